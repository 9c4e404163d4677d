"""Changes in changes: effects of a zone on the quantiles of a distribution.

Athey and Imbens (2006), "Identification and inference in nonlinear difference-in-differences models", Econometrica 74,
431-497. The zone's distribution without an effect is that before, each income moved as far as incomes of the same size
moved in the comparison: k(y) = F01^-1(F00(y)), with F00 and F01 the comparison's distributions before and since. It
needs that what people have in common in each period decides their rank, not the zone, and that the zone's incomes
before lie among the comparison's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from pilotzone.core import JointEffects, MethodError, Outcome, Result, Table, UsageError, check_choice, check_level
from pilotzone.evaluation.inclusion.cells import mean_of, point_effects, rows_of
from pilotzone.evaluation.inclusion.deviations import analytic, bootstrapped
from pilotzone.evaluation.inclusion.effects import checked_sides, joint_of
from pilotzone.evaluation.inclusion.spread import Spread, t_bound
from pilotzone.evaluation.inclusion.steps import Steps
from pilotzone.evaluation.many import sup_t

if TYPE_CHECKING:
    import altair as alt
    from numpy.typing import ArrayLike, NDArray

    from pilotzone.evaluation.inclusion.cells import Cells
    from pilotzone.evaluation.inclusion.sample import MicroData

    Floats = NDArray[np.float64]

__all__ = ["NOT_PEOPLE", "Errors", "QuantileEffects", "changes_in_changes"]

Errors = Literal["bootstrap", "analytic"]
"""How standard errors are computed."""

NOT_PEOPLE = (
    "An effect on a quantile compares two distributions and not the same people: who is poorest with the zone need not "
    "be who would be poorest without it."
)
_DECILES = tuple(k / 10 for k in range(1, 10))
_TIES = 0.1
"""A share of repeated values above which incomes are told to be discrete."""


@dataclass(frozen=True, eq=False)
class QuantileEffects(Result):
    """Effects on quantiles and on the mean; the mean stands last in every array.

    Attributes
    ----------
    quantiles
        Shares at which quantiles are taken, shape (Q,).
    actual, without
        Quantiles and mean of the zone since the start, and those it would have had, shape (Q + 1,). With bounds
        `without` has two rows, shape (2, Q + 1): the least and the largest.
    low_effect, high_effect
        Bounds on the effects, shape (Q + 1,); equal where income is continuous.
    identified
        Whether the comparison's incomes before reach over this quantile, shape (Q + 1,); for the mean, over all.
    spread
        Covariance of the effects, shape (Q + 1, Q + 1); of bounds, the low ones before the high ones, twice as many.
    critical
        Standard errors that a band over all identified quantiles reaches to either side; NaN without.
    discrete
        Whether effects are bounds.
    interior
        Shares between which quantiles are identified.
    level, errors, draws
        Level of intervals, how standard errors were computed, and how many bootstrap draws were used.
    joint
        The same effects as they pass to a verdict; ``None`` for bounds.
    notes
        What a reader has to know.
    why
        Why there are no standard errors, or nothing.
    """

    quantiles: tuple[float, ...]
    actual: Floats
    without: Floats
    low_effect: Floats
    high_effect: Floats
    identified: NDArray[np.bool_]
    spread: Spread
    critical: float
    discrete: bool
    interior: tuple[float, float]
    level: float
    errors: Errors
    draws: int
    joint: JointEffects | None
    notes: tuple[str, ...]
    why: str

    @property
    def effect(self) -> Floats:
        """Effects, shape (Q + 1,).

        Raises
        ------
        UsageError
            If there are only bounds.
        """
        if self.discrete:
            raise UsageError("effects on discrete incomes are bounds.", allowed="low_effect and high_effect")
        return self.low_effect

    @property
    def se(self) -> Floats:
        """Standard errors, shape (2, Q + 1): of the low and of the high ends of the effects."""
        found: Floats = self.spread.se.reshape(-1, len(self.actual))
        return found[[0, -1]]

    def plot(self) -> alt.LayerChart | alt.FacetChart:
        """Return a chart: effects by quantile with their band."""
        from pilotzone.evaluation.inclusion.drawing import plotted, quantile_figure

        return plotted(quantile_figure(self))

    def to_table(self) -> Table:
        """Return one row per quantile and one for the mean, with interval, band, and whether it is identified.

        ``effect`` is missing where there are bounds alone, which are ``effect_low`` and ``effect_high``.
        """
        bound = t_bound(self.level, self.spread.degrees)
        rows = []
        names = [f"quantile {share:g}" for share in self.quantiles]
        for k, name in enumerate([*names, "mean"]):
            low, high = float(self.low_effect[k]), float(self.high_effect[k])
            ends: tuple[float | None, ...] = (None,) * 4
            if not self.why and (self.identified[k] or name == "mean"):
                left, right = self.se[:, k].tolist()
                band = (None, None) if name == "mean" else (low - self.critical * left, high + self.critical * right)
                ends = (low - bound * left, high + bound * right, *band)
            known = bool(self.identified[k])
            point = low if low == high else None
            rows.append((name, float(self.actual[k]), point, low, high, *map(_finite, ends), known))
        heads = (
            "of",
            "actual",
            "effect",
            "effect_low",
            "effect_high",
            "low",
            "high",
            "band_low",
            "band_high",
            "identified",
        )
        table = Table.from_rows(heads, rows, title="Effects on the distribution, by changes in changes")
        return Table(table.columns, title=table.title, note=" ".join(self.notes))


def _finite(value: float | None) -> float | None:
    return value if value is not None and np.isfinite(value) else None


def changes_in_changes(
    data: MicroData,
    *,
    start: int,
    quantiles: ArrayLike = _DECILES,
    discrete: bool = False,
    errors: Errors = "bootstrap",
    draws: int = 999,
    seed: int = 20200,
    level: float = 0.95,
) -> QuantileEffects:
    """Return effects of a zone on quantiles of income, and on its mean.

    Parameters
    ----------
    data
        Rows with `zone` and `periods`. Rows before the start, and since it, are taken together on each side.
    start
        First period with the zone's programme.
    quantiles
        Shares above 0 and below 1, ascending.
    discrete
        Whether income takes few values, so that only bounds follow (their section 4). Then the errors have to be by
        bootstrap.
    errors
        ``bootstrap`` draws clusters (or rows) anew on each side; ``analytic`` adds up influence functions
        whose densities are estimated with a normal kernel (their section 5).
    draws, seed
        Number of bootstrap draws, and their seed.
    level
        Level of intervals and of the band.

    Returns
    -------
    QuantileEffects

    Raises
    ------
    UsageError
        If quantiles are out of range or not in order, or analytic errors are asked for bounds.
    MethodError
        If a side has no rows in a period, or the zone's incomes all lie outside the comparison's.

    Notes
    -----
    Quantiles are the least values up to which there is the share asked for, in the sample and in the inverse inside k.
    """
    check_choice(errors, Errors, "errors")
    check_level(level, name="level", such=0.95)
    shares = _checked_quantiles(quantiles)
    if discrete and errors == "analytic":
        raise UsageError("analytic errors are for continuous incomes.", allowed='errors="bootstrap" for bounds')
    if draws < 2:  # noqa: PLR2004 - a variance
        raise UsageError(f"draws is {draws}.", allowed="2 or more; 999 are usual")
    zone, periods, after = checked_sides(data, start)
    late = np.asarray(data.periods) >= start
    rows = rows_of(data, zone, late)
    cells = {cell: Steps.of(data.income[at], data.weights[at]) for cell, at in rows.items()}
    interior, known = _support(cells, shares)
    kinds = (True, False) if discrete else (False,)
    values = np.concatenate([point_effects(cells, shares, strictly=kind) for kind in kinds])
    spread = (
        analytic(data, rows, cells, shares, zone, late)
        if errors == "analytic"
        else bootstrapped(data, rows, cells, shares, kinds, draws, seed)
    )
    why = spread.refusal(data.drawn)
    actual = np.append(cells[1, 1].quantile(shares), mean_of(cells[1, 1]))
    low, high = _ends(values, len(actual))
    kept = np.flatnonzero(known[:-1])
    kept = np.concatenate([kept, kept + len(actual)]) if discrete else kept
    flat = not (spread.matrix.diagonal()[kept] > 0).any()
    critical = float("nan")
    if not why and not flat:
        degrees = spread.degrees if np.isfinite(spread.degrees) else None
        critical = sup_t(spread.matrix[np.ix_(kept, kept)], level, degrees=degrees, seed=seed)
    window = np.array(periods)[after].tolist()
    chosen = np.append(np.flatnonzero(known[:-1]), len(shares))
    joint = None if discrete else _joint(data, shares, low, spread, chosen, window)
    return QuantileEffects(
        tuple(shares.tolist()),
        actual,
        actual - high if not discrete else np.stack([actual - high, actual - low]),
        low,
        high,
        known,
        spread,
        critical,
        discrete,
        interior,
        level,
        errors,
        draws if errors == "bootstrap" else 0,
        joint,
        _notes(cells, interior, known, discrete=discrete),
        why,
    )


def _checked_quantiles(quantiles: ArrayLike) -> Floats:
    shares = np.atleast_1d(np.asarray(quantiles, dtype=np.float64))
    if shares.ndim != 1 or not len(shares) or not ((shares > 0) & (shares < 1)).all() or (np.diff(shares) <= 0).any():
        raise UsageError(f"quantiles are {shares.tolist()}.", allowed="shares above 0 and below 1, ascending")
    return shares


def _support(cells: Cells, shares: Floats) -> tuple[tuple[float, float], NDArray[np.bool_]]:
    """Return between which shares quantiles are identified (their corollary 3.1), and which of those asked for are."""
    before, zone = cells[0, 0], cells[1, 0]
    low = float(zone.reaching(before.values[0], strictly=True))
    high = float(zone.reaching(before.values[-1]))
    if not low < high:
        raise MethodError(
            f"no income of the zone before the start lies among those of the comparison, {before.values[0]:.4g} to "
            f"{before.values[-1]:.4g}.",
            allowed="incomes of the zone between the least and the largest of the comparison",
            todo="compare with regions of the same incomes",
        )
    inside = (shares > low) & (shares <= high)
    return (low, high), np.append(inside, low <= 0 and high >= 1)


def _ends(values: Floats, count: int) -> tuple[Floats, Floats]:
    """Return low and high effects; ranking strictly below gives the high ones and stands first."""
    parts = values.reshape(-1, count)
    return parts[-1], parts[0]


def _joint(
    data: MicroData, shares: Floats, effect: Floats, spread: Spread, kept: NDArray[np.intp], window: Sequence[int]
) -> JointEffects:
    """Return effects on identified quantiles and on the mean as they pass to a verdict."""
    names = [*(f"quantile {share:g}" for share in shares), "mean"]
    outcomes = [Outcome(names[k], None, "up", None, "level", unit=data.unit) for k in kept]
    some = Spread(spread.matrix[np.ix_(kept, kept)], spread.degrees, spread.fewest, spread.counts)
    counts = (spread.counts[-1], spread.counts[0]) if data.clusters is not None else _rows_of(data)
    return joint_of(
        outcomes,
        effect[kept],
        some,
        counts=counts,
        drawn=data.drawn,
        window=window,
        why=spread.refusal(data.drawn),
        method="changes in changes",
    )


def _rows_of(data: MicroData) -> tuple[int, int]:
    return int(np.sum(np.asarray(data.zone))), int(np.sum(np.asarray(data.comparison)))


def _notes(cells: Cells, interior: tuple[float, float], known: NDArray[np.bool_], *, discrete: bool) -> tuple[str, ...]:
    notes = [NOT_PEOPLE]
    if not known[-1]:
        lost = interior[0] + 1 - interior[1]
        notes.append(
            f"{lost:.1%} of the zone before the start have incomes outside those of the comparison. Effects are "
            f"identified for quantiles from {interior[0]:.3g} to {interior[1]:.3g}; that on the mean takes incomes "
            "outside as if they were at the border."
        )
    most = max(1 - len(np.unique(cell.values)) / len(cell.values) for cell in cells.values())
    if most > _TIES and not discrete:
        notes.append(
            f"Up to {most:.0%} of the values of a cell are repeated. If income takes few values only bounds follow: "
            "discrete=True."
        )
    if discrete:
        notes.append("Income is discrete: effects are bounds, and intervals reach beyond both.")
    return tuple(notes)
