"""Misallocation between firms: dispersion of revenue productivity, and output lost by it.

Hsieh and Klenow 2009, "Misallocation and manufacturing TFP in China and India", Quarterly Journal of Economics 124,
1403-1448. Firms of an industry face the same elasticity of demand s. With value added PY, capital K and wages wL,
``TFPR = PY / (K^a (wL)^(1-a))`` and ``A ~ (PY)^(s/(s-1)) / (K^a (wL)^(1-a))``. Were TFPR the same everywhere, an
industry would reach ``(sum A^(s-1))^(1/(s-1))``; it reaches that sum with each A times mean TFPR over its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from pilotzone.appraisal.checking import Floats, number, vector
from pilotzone.core import DataError, Result, Table, UsageError, shown, unknown

__all__ = ["FirmAllocation", "firm_allocation"]


@dataclass(frozen=True, eq=False, kw_only=True)
class FirmAllocation(Result):
    """What is found of firms in industries.

    Attributes
    ----------
    industries
        Their names, those left out not among them.
    weights
        Share of each in output, shape (S,): that of the firms' value added, or as given.
    ratios
        Productivity over that with equal TFPR, by industry, shape (S,).
    firms
        Firms that count, by industry.
    log_tfpr
        Log of TFPR over the industry's mean, of all firms that count, shape (N,).
    sigma
        Elasticity of substitution.
    trimmed
        Share of firms cut off at each end of TFPR and of A.
    """

    industries: tuple[str, ...]
    weights: Floats
    ratios: Floats
    firms: tuple[int, ...]
    log_tfpr: Floats
    sigma: float
    trimmed: float

    @property
    def ratio(self) -> float:
        """Productivity of all over that with equal TFPR within industries."""
        return float(np.exp(self.weights @ np.log(self.ratios)))

    @property
    def gain(self) -> float:
        """Gain from equal TFPR within industries, a share."""
        return 1 / self.ratio - 1

    @property
    def spread(self) -> float:
        """Standard deviation of log TFPR over the industry's mean."""
        return float(self.log_tfpr.std())

    def between(self, low: float, high: float) -> float:
        """Return the difference of two quantiles of log TFPR, such as 0.25 and 0.75."""
        ends = np.quantile(self.log_tfpr, [low, high])
        return float(ends[1] - ends[0])

    def to_table(self) -> Table:
        """Return a row for each industry."""
        return Table(
            {
                "industry": self.industries,
                "firms": self.firms,
                "weight": self.weights.tolist(),
                "tfp_over_efficient": self.ratios.tolist(),
                "gain": (1 / self.ratios - 1).tolist(),
            },
            title="Productivity lost by unequal revenue productivity",
            note=" ".join(
                (
                    f"All: {self.ratio:.4f} of efficient productivity, gain {self.gain:.2%}.",
                    f"Log TFPR: SD {self.spread:.3f}, 75-25 {self.between(0.25, 0.75):.3f},",
                    f"90-10 {self.between(0.1, 0.9):.3f}.",
                    f"Elasticity {self.sigma:g}, {self.trimmed:.1%} cut at each end.",
                    "Errors of measurement count as misallocation.",
                )
            ),
        )


def firm_allocation(
    value_added: Sequence[float] | Floats,
    capital: Sequence[float] | Floats,
    wages: Sequence[float] | Floats,
    industry: Sequence[str],
    capital_share: dict[str, float],
    *,
    sigma: float = 3.0,
    trim: float = 0.0,
    weights: Mapping[str, float] | None = None,
) -> FirmAllocation:
    """Return how far firms are from equal revenue productivity.

    Parameters
    ----------
    value_added, capital, wages
        Value added, capital and wages of each firm, above zero, shape (N,). With a capital share of zero capital has no
        effect, and so on.
    industry
        Industry of each firm.
    capital_share
        Industry to its share of capital, 0 to 1: that of an economy without distortions, so not the firms' own.
    sigma
        Elasticity of substitution, above one. Hsieh and Klenow take 3.
    trim
        Share of firms that is left out at each end of TFPR and of A, below one half.
    weights
        Industry to its share of all output, above zero, 1 together; that of the firms' value added if left out.

    Raises
    ------
    DataError
        If figures are not above zero, shapes differ, or an industry with a weight has no firm that counts.
    UsageError
        If a parameter is out of range or an industry has no share of capital.

    Examples
    --------
    Two firms of equal productivity, one of which has half of its sales taxed away.

    >>> sales = np.array([1.0, 0.25])
    >>> found = firm_allocation(sales, [1, 1], sales * [1, 0.5], ["a", "a"], {"a": 0.0})
    >>> round(found.ratio, 10)
    0.8784104612
    """
    made, stock, paid = _figures(value_added, capital, wages, industry)
    if number("sigma", sigma) <= 1:
        raise UsageError(f"sigma is {sigma:g}.", allowed="more than 1")
    if not 0 <= number("trim", trim) < 0.5:  # noqa: PLR2004 - half of the firms at each end
        raise UsageError(f"trim is {trim:g}.", allowed="0 to less than 0.5")
    log_tfpr, log_a, labels = _productivity(made, stock, paid, industry, capital_share, sigma)
    kept = _kept(log_tfpr, log_a, trim)
    names = tuple(sorted(set(labels[kept].tolist())))
    totals, ratios, counts = [], [], []
    spread = np.empty(len(made))
    for name in names:
        own = kept & (labels == name)
        alpha = capital_share[name]
        # Mean TFPR is the industry's value added over its bundle of inputs: harmonic means of marginal products.
        mean = np.log(made[own].sum()) - alpha * np.log(stock[own].sum()) - (1 - alpha) * np.log(paid[own].sum())
        spread[own] = log_tfpr[own] - mean
        ratios.append(_ratio(log_a[own], spread[own], sigma - 1))
        totals.append(made[own].sum())
        counts.append(int(own.sum()))
    return FirmAllocation(
        industries=names,
        weights=np.array(totals) / sum(totals) if weights is None else _given_weights(names, industry, weights),
        ratios=np.array(ratios),
        firms=tuple(counts),
        log_tfpr=spread[kept],
        sigma=float(sigma),
        trimmed=float(trim),
    )


def _figures(
    value_added: Sequence[float] | Floats,
    capital: Sequence[float] | Floats,
    wages: Sequence[float] | Floats,
    industry: Sequence[str],
) -> tuple[Floats, Floats, Floats]:
    """Return figures of firms as arrays, each above zero."""
    made = vector("value added", value_added)
    stock, paid = vector("capital", capital, len(made)), vector("wages", wages, len(made))
    if len(industry) != len(made):
        raise DataError(f"{len(made)} firms have {len(industry)} industries.", allowed="one for each firm")
    for name, values in (("value added", made), ("capital", stock), ("wages", paid)):
        if (values <= 0).any():
            raise DataError(
                f"{name} of firm {int(np.argmax(values <= 0)) + 1} is not above zero.", allowed="above zero"
            )
    return made, stock, paid


def _ratio(log_a: Floats, spread: Floats, power: float) -> float:
    """Return productivity of an industry over that with equal TFPR."""
    best = np.logaddexp.reduce(power * log_a)
    reached = np.logaddexp.reduce(power * (log_a - spread))
    return float(np.exp((reached - best) / power))


def _given_weights(names: tuple[str, ...], industry: Sequence[str], weights: Mapping[str, float]) -> Floats:
    """Return shares of output as given, in the order of the industries."""
    known = sorted(set(industry))
    for name, part in weights.items():
        if name not in known:
            raise unknown("industry", name, known, error=UsageError, of="the list of firms")
        number(f"the weight of {shown(name)}", part, above=0)
        if name not in names:
            raise DataError(
                f"no firm of {shown(name)} is left.", allowed="a firm or more of each industry", todo="trim less"
            )
    left = [name for name in known if name not in weights]
    if left:
        raise UsageError(f"no weight is given for {shown(left[0])}.", allowed="one for each industry, or none at all")
    total = sum(weights.values())
    if abs(total - 1) > 1e-6:  # noqa: PLR2004 - shares are written with few digits
        raise UsageError(f"the weights sum to {total:g}.", allowed="1 together")
    return np.array([weights[name] for name in names]) / total


def _productivity(
    made: Floats,
    stock: Floats,
    paid: Floats,
    industry: Sequence[str],
    capital_share: dict[str, float],
    sigma: float,
) -> tuple[Floats, Floats, np.ndarray]:
    left = sorted(set(industry) - set(capital_share))
    if left:
        raise UsageError(f"no share of capital is given for {shown(left[0])}.", allowed="one for each industry")
    for name, part in capital_share.items():
        if not 0 <= number(f"the share of capital of {shown(name)}", part) <= 1:
            raise UsageError(f"the share of capital of {shown(name)} is {part:g}.", allowed="0 to 1")
    alpha = np.array([capital_share[name] for name in industry])
    inputs = alpha * np.log(stock) + (1 - alpha) * np.log(paid)
    return np.log(made) - inputs, sigma / (sigma - 1) * np.log(made) - inputs, np.array(industry, dtype=object)


def _kept(log_tfpr: Floats, log_a: Floats, trim: float) -> np.ndarray:
    kept = np.ones(len(log_tfpr), dtype=bool)
    if trim:
        for values in (log_tfpr, log_a):
            low, high = np.quantile(values, [trim, 1 - trim])
            kept &= (values >= low) & (values <= high)
    return kept
