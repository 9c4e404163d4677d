"""Capacity that nobody uses: how likely, how much and at what cost, from ramps of demand that nobody knows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.appraisal.checking import Floats, check_year, number, share, text, vector
from pilotzone.appraisal.rates import annuity
from pilotzone.core import DataError, Glance, Result, Table, UsageError, significant

if TYPE_CHECKING:
    import altair as alt
    from numpy.typing import ArrayLike

__all__ = ["HOURS", "BreakEven", "Stranding", "StrandingSpec", "break_even", "logistic_ramp", "stranding_of"]

HOURS = 8760
"""Hours of a common year."""
_LEVELS = (0.05, 0.5, 0.95)


@dataclass(frozen=True)
class BreakEven:
    """Utilisation at which a year's margin pays for a year's fixed cost.

    Attributes
    ----------
    utilisation
        Share of capacity in use over the year; ``None`` if no utilisation pays.
    statement
        What this says, in a sentence.
    """

    utilisation: float | None
    statement: str


def break_even(fixed_cost: float, margin: float, *, hours: float = HOURS) -> BreakEven:
    """Return the break-even utilisation: fixed cost over the margin of a year at full use.

    Parameters
    ----------
    fixed_cost
        Fixed cost of one MW for a year: annuity of the investment and running cost that does not depend on use.
    margin
        Revenue less cost of a MWh of IT; zero or less where each MWh loses money.
    hours
        Hours in a year.

    Raises
    ------
    UsageError
        If the fixed cost is negative, or a figure is not finite.

    Examples
    --------
    >>> break_even(438_000, 100).utilisation
    0.5
    """
    number("the fixed cost", fixed_cost, low=0)
    number("the hours", hours, above=0)
    if number("the margin", margin) <= 0:
        return BreakEven(None, f"No utilisation pays: a MWh brings {significant(margin)} after its own cost.")
    found = fixed_cost / (hours * margin)
    if found > 1:
        return BreakEven(None, f"No utilisation pays: full use would cover {1 / found:.0%} of the fixed cost.")
    return BreakEven(found, f"A year pays for itself from a utilisation of {found:.1%} on.")


def logistic_ramp(ceiling: ArrayLike, midpoint: ArrayLike, speed: ArrayLike, years: int) -> Floats:
    """Return demand that grows along a logistic curve, shape (D, years).

    Parameters
    ----------
    ceiling
        Demand that is reached in the end, MW, shape (D,).
    midpoint
        Years after the first in which half of it is reached, shape (D,).
    speed
        Growth rate at first, a year, above zero, shape (D,).
    years
        How many years.

    Raises
    ------
    DataError
        If a ceiling is negative, a speed is not above zero, or shapes differ.
    """
    top = vector("the ceiling", ceiling, low=0)
    half, rate = vector("the midpoint", midpoint, len(top)), vector("the speed", speed, len(top))
    if (rate <= 0).any():
        raise DataError("a speed is not above zero.", allowed="above zero")
    # Of a logistic curve far from its middle only the limit matters; a clip keeps exp within floats.
    power = np.clip(-rate[:, None] * (np.arange(years) - half[:, None]), -700.0, 700.0)
    return np.asarray(top[:, None] / (1 + np.exp(power)))


@dataclass(frozen=True, eq=False, kw_only=True)
class StrandingSpec:
    """What is built, and what counts as stranded.

    Attributes
    ----------
    years
        Calendar years, shape (T,).
    capacity_mw
        Capacity of IT that stands in each year, MW, never falling, shape (T,).
    investment
        Investment of one MW.
    life
        Years over which it is written off.
    rate
        Real, a year.
    salvage
        Share of the investment that capacity never used still brings.
    break_even
        Utilisation below which a year does not pay; see `break_even`.
    filled
        Utilisation from which the campus counts as filled.
    money
        Currency and price year.

    Raises
    ------
    UsageError, DataError
        If a figure is out of range.
    """

    years: tuple[int, ...]
    capacity_mw: Floats
    investment: float
    life: float
    rate: float
    salvage: float
    break_even: float
    filled: float
    money: str

    def __post_init__(self) -> None:
        for year in self.years:
            check_year("a year", year)
        text("the money", self.money, todo="name currency and price year")
        built = vector("the capacity", self.capacity_mw, self.years, low=0)
        if (np.diff(built) < 0).any():
            raise DataError("capacity falls from one year to the next.", allowed="capacity that stands or grows")
        if built[-1] == 0:
            raise DataError("no capacity is built.", allowed="capacity above zero in the last year")
        object.__setattr__(self, "capacity_mw", built)
        number("the investment", self.investment, low=0)
        annuity(self.rate, self.life)
        share("the salvage value", self.salvage)
        share("the break-even utilisation", self.break_even)
        share("the utilisation that counts as filled", self.filled)


@dataclass(frozen=True, eq=False, kw_only=True)
class Stranding(Result):
    """What becomes of capacity over draws of demand.

    Attributes
    ----------
    spec
        What was asked.
    draws
        How many ramps.
    mean, low, middle, high
        Utilisation by year: mean, and quantiles 5, 50 and 95 %, shape (T,); NaN before anything stands.
    below
        Share of draws below break-even in each year, shape (T,).
    idle_mw
        Mean idle capacity by year, MW, shape (T,).
    never_used_mw
        Capacity never used in any year, by draw, MW, shape (D,).
    idle_cost, never_used_cost
        Present values by draw, shape (D,): yearly payments for idle capacity; and of that the investment in what is
        never used at all, less salvage. The second is part of the same money seen otherwise: do not add them.
    never_fills
        Share of draws that never reach the utilisation that counts as filled.
    """

    spec: StrandingSpec
    draws: int
    mean: Floats
    low: Floats
    middle: Floats
    high: Floats
    below: Floats
    idle_mw: Floats
    never_used_mw: Floats
    idle_cost: Floats
    never_used_cost: Floats
    never_fills: float

    @property
    def probability(self) -> float:
        """Share of draws that are below break-even in the last year."""
        return float(self.below[-1])

    @property
    def error(self) -> float:
        """Monte Carlo standard error of `probability`, as if draws were independent."""
        return float(np.sqrt(self.probability * (1 - self.probability) / self.draws))

    @property
    def statements(self) -> tuple[str, ...]:
        """What this says, a sentence each."""
        last = self.spec.years[-1]
        below = f"Capacity is below break-even ({self.spec.break_even:.0%}) in {last} in {self.probability:.1%}"
        cost = f"{significant(float(self.idle_cost.mean()))} {self.spec.money}"
        never = f"{significant(float(self.never_used_mw.mean()))} MW are never used"
        found = [f"{below} of {self.draws} draws.", f"Idle capacity costs {cost} on average at present value; {never}."]
        if self.never_fills == 1:
            found.append(f"The ramp never fills the campus: no draw reaches {self.spec.filled:.0%} by {last}.")
        elif self.never_fills > 0:
            found.append(f"{self.never_fills:.1%} of draws never reach {self.spec.filled:.0%} by {last}.")
        return tuple(found)

    def to_table(self) -> Table:
        """Return a row for each year."""
        return Table(
            {
                "year": list(self.spec.years),
                "capacity": self.spec.capacity_mw.tolist(),
                "utilisation_mean": _cells(self.mean),
                "utilisation_5": _cells(self.low),
                "utilisation_50": _cells(self.middle),
                "utilisation_95": _cells(self.high),
                "below_break_even": self.below.tolist(),
                "idle": self.idle_mw.tolist(),
            },
            title="Capacity in use and idle",
            units={"capacity": "MW", "idle": "MW"},
            note=" ".join(self.statements),
        )

    def glance(self) -> Glance:
        """Return its sentences, then the table."""
        return Glance("Stranded capacity", self.statements, self.to_table())

    def plot(self) -> alt.LayerChart | alt.FacetChart:
        """Return utilisation by year; it shows itself in a notebook, and ``.save("chart.png")`` writes it."""
        from pilotzone.appraisal.drawing import plot_figure, utilisation_figure

        return plot_figure(utilisation_figure(self))


def _cells(values: Floats) -> list[float | None]:
    return [None if np.isnan(value) else float(value) for value in values]


def stranding_of(spec: StrandingSpec, demand_mw: ArrayLike) -> Stranding:
    """Return probability and cost of stranded capacity.

    Parameters
    ----------
    spec
        What is built.
    demand_mw
        Demand for IT capacity by draw and year, MW, shape (D, T); what exceeds capacity is turned away.

    Raises
    ------
    DataError
        If the shape is another, or demand is negative or not finite.
    UsageError
        If there are no draws.

    Notes
    -----
    Cost of idle capacity: ``sum_t (capacity_t - used_t) I a(rate, life) / (1 + rate)^t`` with a the annuity, over the
    years of the spec and no longer.
    """
    demand = np.array(demand_mw, dtype=np.float64)
    if demand.ndim != 2 or demand.shape[1] != len(spec.years):  # noqa: PLR2004 - draws by years
        raise DataError(f"demand has the shape {demand.shape}.", allowed=f"(draws, {len(spec.years)} years)")
    if not len(demand):
        raise UsageError("there are no draws of demand.", allowed="one or more")
    if not np.isfinite(demand).all() or (demand < 0).any():
        raise DataError("demand holds a value that is negative or not finite.", allowed="MW, zero or more")
    built = spec.capacity_mw
    used = np.minimum(demand, built)
    stands = built > 0
    shares = np.full(demand.shape, np.nan)
    shares[:, stands] = used[:, stands] / built[stands]
    low, middle, high = np.full((3, len(built)), np.nan)
    if stands.any():
        low[stands], middle[stands], high[stands] = np.quantile(shares[:, stands], _LEVELS, axis=0)
    idle = built - used
    discount = (1 + spec.rate) ** -np.arange(len(built), dtype=np.float64)
    never = built[-1] - used.max(axis=1)
    return Stranding(
        spec=spec,
        draws=len(demand),
        mean=shares.mean(axis=0),
        low=low,
        middle=middle,
        high=high,
        below=np.where(stands, (np.nan_to_num(shares, nan=1.0) < spec.break_even).mean(axis=0), 0.0),
        idle_mw=idle.mean(axis=0),
        never_used_mw=never,
        idle_cost=(idle * discount).sum(axis=1) * spec.investment * annuity(spec.rate, spec.life),
        never_used_cost=never * spec.investment * (1 - spec.salvage),
        never_fills=float((np.nan_to_num(shares, nan=0.0).max(axis=1) < spec.filled).mean()),
    )
