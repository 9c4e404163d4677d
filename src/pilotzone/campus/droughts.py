"""Dry years and hot ones: what is known of each, and how they may meet.

A few annual figures of real dams say how much dry years take. They cannot say how often a dry year is a hot one: seven
years cannot estimate a correlation. So three cases stand beside one another: independent, a rank correlation that
someone declares, and the worst, in which the driest year is the hottest.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from pilotzone.campus.given import MONTHS, number, numbers
from pilotzone.core import Brief, DataError, MethodError, Result, Table, UsageError, check_choice, listing

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

__all__ = [
    "AnnualFactors",
    "Dependence",
    "Heatwave",
    "annual_factors",
    "joint_weights",
    "monthly_inflow",
    "sampled_cells",
]

Dependence = Literal["independent", "declared", "worst"]
"""How a dry year and a hot one meet."""
_PART = 0.6
"""A first year below this share of the mean of the others looks like one in which a plant was still being built."""
_NODES = 64


@dataclass(frozen=True, eq=False)
class AnnualFactors(Result):
    """Generation of years over its mean.

    Attributes
    ----------
    years
        Shape (years,).
    factors
        Factors of all plants together, shape (years,).
    plants, left_out
        Names of those that have every year, and of those that have not or were left out.
    notes
        What a reader has to know.
    """

    years: tuple[int, ...]
    factors: Floats
    plants: tuple[str, ...]
    left_out: tuple[str, ...]
    notes: tuple[str, ...] = ()

    @property
    def driest(self) -> int:
        """Year of the least factor."""
        return self.years[int(self.factors.argmin())]

    def to_table(self) -> Table:
        """Return a row for each year."""
        rows = list(zip(self.years, self.factors.tolist(), strict=True))
        table = Table.from_rows(("year", "factor"), rows, title="Hydro generation over its mean")
        return Table(table.columns, title=table.title, note=" ".join(self.notes))


@dataclass(frozen=True)
class Heatwave(Brief):
    """A kind of summer.

    Attributes
    ----------
    name
        Name of the summer.
    shift_k
        How much warmer its hours are than in the weather that was given, K.
    weight
        Its probability in a year.
    """

    name: str
    shift_k: float
    weight: float

    def __post_init__(self) -> None:
        number(self.shift_k, f"temperature shift of {self.name!r}, K", low=-20.0, high=20.0)
        number(self.weight, f"weight of {self.name!r}", high=1.0)


def annual_factors(generation: Mapping[str, Mapping[int, float]], *, leave_out: Sequence[str] = ()) -> AnnualFactors:
    """Return generation of each year over the mean, of plants that have all years.

    Parameters
    ----------
    generation
        Plant to year to its generation, one unit for all.
    leave_out
        Plants that are not to count, such as those that were still being built.

    Raises
    ------
    DataError
        If a figure is missing or negative, or no plant has all years.

    Examples
    --------
    >>> annual_factors({"a": {2011: 50.0, 2012: 150.0}, "new": {2012: 80.0}}).factors.tolist()
    [0.5, 1.5]
    """
    years = sorted({year for known in generation.values() for year in known})
    whole = [name for name, known in generation.items() if len(known) == len(years) and name not in leave_out]
    if not whole or len(years) < 2:  # noqa: PLR2004 - one year has no mean to differ from
        raise DataError(
            "no plant has two years or more and all years of the others.", todo="give plants with all years"
        )
    figures = np.array([[generation[name][year] for year in years] for name in whole])
    numbers(figures, "generation", low=0.0)
    total = figures.sum(axis=0)
    if total.sum() == 0:
        raise DataError("generation is zero in all years.", allowed="plants that generate")
    notes = [f"{len(years)} years: too few for how likely each is, and for any link with heat."]
    early = [name for name, row in zip(whole, figures, strict=True) if row[0] < _PART * row[1:].mean()]
    if early:
        notes.append(
            f"{years[0]} looks like a year of construction for {listing(early)}: its factor may show no drought. "
            "Leave these plants out to see."
        )
    out = tuple(name for name in generation if name not in whole)
    return AnnualFactors(tuple(years), total / total.mean(), tuple(whole), out, tuple(notes))


def monthly_inflow(
    annual_mwh: float, shape: ArrayLike, *, factor: float = 1.0, dry_months: ArrayLike | None = None
) -> Floats:
    """Return the inflow of each month of a dry or wet year, MWh, shape (12,).

    Parameters
    ----------
    annual_mwh
        Yearly energy of a mean year.
    shape
        Share of each month in a mean year, shape (12,), summing to one: an assumption wherever only years are known.
    factor
        Factor of the year.
    dry_months
        Weights of months, shape (12,), by which what the year differs from the mean falls on them; like `shape` if left
        out, which takes the same share from each month.

    Raises
    ------
    DataError
        If a shape has not 12 values or does not sum to one.
    MethodError
        If months would have less than no water.

    Examples
    --------
    >>> monthly_inflow(1200.0, [1 / 12] * 12, factor=0.5).tolist()[:2]
    [50.0, 50.0]
    """
    shares = numbers(shape, "monthly shape of inflow", low=0.0, size=MONTHS)
    if abs(float(shares.sum()) - 1) > 1e-6:  # noqa: PLR2004 - decimals that someone wrote
        raise DataError(f"the monthly shape of inflow sums to {float(shares.sum()):g}.", allowed="1")
    whole = number(annual_mwh, "inflow of a mean year, MWh")
    number(factor, "factor of the year")
    weights = shares if dry_months is None else numbers(dry_months, "weights of dry months", low=0.0, size=MONTHS)
    if weights.sum() <= 0:
        raise DataError("weights of dry months are all zero.", allowed="one above zero")
    found = whole * (shares - (1 - factor) * weights / weights.sum())
    if found.min() < -1e-9 * max(whole, 1.0):
        month = int(found.argmin()) + 1
        raise MethodError(
            f"a factor of {factor:g} takes more water from month {month} than it has.",
            todo="spread the dry months wider: weights of dry_months fall on too few",
        )
    return np.asarray(np.maximum(found, 0.0))


def joint_weights(
    factors: ArrayLike,
    heats: Sequence[Heatwave],
    case: Dependence,
    *,
    rank_correlation: float | None = None,
    factor_weights: ArrayLike | None = None,
) -> Floats:
    """Return the probability of each pair of a year's water and a summer, shape (factors, heats).

    Parameters
    ----------
    factors
        Factors of years, shape (factors,).
    heats
        Summers; their weights sum to one.
    case
        Whether they are independent, as declared, or as bad as can be.
    rank_correlation
        Rank correlation of dryness and heat (Spearman's, of the copula behind both), needed where it is declared: 1 is
        the worst case.
    factor_weights
        Probability of each factor; equal if left out.

    Returns
    -------
    ndarray
        Its margins are the weights given.

    Notes
    -----
    The declared case has a Gaussian copula of correlation 2 sin(pi r / 6). The worst has the greatest dependence that
    the margins allow: dryness and heat rise together.

    Raises
    ------
    UsageError
        If a rank correlation is missing, is given where none is declared, or is not from -1 to 1.
    DataError
        If weights do not sum to one.
    """
    check_choice(case, Dependence, "case")
    if (case == "declared") != (rank_correlation is not None):
        raise UsageError(
            "a rank correlation is missing, or is given where none is declared.",
            allowed="rank_correlation with case='declared' only: seven years cannot estimate one",
        )
    water = numbers(factors, "factors of years", low=0.0)
    given = np.full(len(water), 1 / len(water)) if factor_weights is None else factor_weights
    rows = _margin(given, "weights of factors", len(water))
    columns = _margin([heat.weight for heat in heats], "weights of summers", len(heats))
    shifts = np.array([heat.shift_k for heat in heats])
    # From the mildest to the driest, and from the coolest to the hottest.
    dry, hot = np.argsort(-water, kind="stable"), np.argsort(shifts, kind="stable")
    u, v = np.cumsum(rows[dry])[:-1], np.cumsum(columns[hot])[:-1]
    r = {"independent": 0.0, "worst": 1.0}.get(case, rank_correlation)
    inner = _copula(u[:, None], v[None, :], number(r if r is not None else 0.0, "rank correlation", low=-1.0, high=1.0))
    corners = np.zeros((len(water) + 1, len(heats) + 1))
    corners[1:-1, 1:-1] = inner
    corners[1:-1, -1], corners[-1, 1:-1], corners[-1, -1] = u, v, 1.0
    sorted_weights = np.maximum(np.diff(np.diff(corners, axis=0), axis=1), 0.0)
    found = np.empty_like(sorted_weights)
    found[np.ix_(dry, hot)] = sorted_weights
    return found


def sampled_cells(weights: ArrayLike, draws: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Return draws of pairs by their weights: positions of the factor and of the summer, shape (draws, 2)."""
    chance = numbers(weights, "weights", low=0.0)
    cells = rng.choice(chance.size, size=draws, p=chance.ravel() / chance.sum())
    return np.stack(np.unravel_index(cells, chance.shape), axis=1).astype(np.int64)


def _margin(values: ArrayLike, name: str, size: int) -> Floats:
    found = numbers(values, name, low=0.0, size=size)
    if abs(float(found.sum()) - 1) > 1e-9:  # noqa: PLR2004 - rounding of decimals
        raise DataError(f"{name} sum to {float(found.sum()):g}.", allowed="1")
    return np.asarray(found / found.sum())


def _copula(u: Floats, v: Floats, rank: float) -> Floats:
    """Return a Gaussian copula of a rank correlation at u and v."""
    if rank == 1:
        return np.minimum(u, v)
    if rank == -1:
        return np.maximum(u + v - 1, 0.0)
    if rank == 0:
        return np.asarray(u * v)
    from scipy.special import ndtri

    a, b = ndtri(np.clip(u, 0.0, 1.0)), ndtri(np.clip(v, 0.0, 1.0))
    # Plackett's identity: the derivative by the correlation is the density. With rho = sin(t) the root goes.
    end = math.asin(2 * math.sin(math.pi * rank / 6))
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    total = np.zeros(np.broadcast_shapes(a.shape, b.shape))
    for node, weight in zip(nodes.tolist(), weights.tolist(), strict=True):
        t = end / 2 * (node + 1)
        exponent = (a**2 - 2 * math.sin(t) * a * b + b**2) / (2 * math.cos(t) ** 2)
        total += weight * np.exp(-exponent)
    return np.asarray(u * v + end / 2 * total / (2 * math.pi))
