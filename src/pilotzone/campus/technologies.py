"""Technologies of supply as specifications: every figure with its unit and its source, or ASSUMED with a range."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from pilotzone.campus.given import number
from pilotzone.core import Assumptions, Brief, MethodError, UsageError, check_choice, listing, unknown

__all__ = [
    "ASSUMED",
    "INTENSITIES",
    "LABELS",
    "UNITS",
    "Currency",
    "Figure",
    "Technology",
    "annuity_factor",
    "check_one_currency",
    "cost_figures",
    "technology_of",
]

Currency = Literal["CNY", "EUR", "USD"]
ASSUMED = "ASSUMED"
INTENSITIES: Mapping[str, str] = {
    "co2": "t/MWh",
    "so2": "kg/MWh",
    "nox": "kg/MWh",
    "pm": "kg/MWh",
    "water_withdrawn": "m3/MWh",
    "water_consumed": "m3/MWh",
    "water_consumed_without_reservoirs": "m3/MWh",
}
"""What a megawatt-hour emits and takes, and in which unit. What is not named of a supply is unknown, not zero."""
LABELS: Mapping[str, str] = {
    "co2": "CO2",
    "so2": "SO2",
    "nox": "NOx",
    "pm": "particulate matter",
    "water_withdrawn": "water withdrawn",
    "water_consumed": "water consumed",
    "water_consumed_without_reservoirs": "water consumed, evaporation of reservoirs not counted",
}
"""What they are called."""
UNITS: Mapping[str, str] = {name: unit.partition("/")[0] for name, unit in INTENSITIES.items()}
"""Units of totals."""
_NEEDED = ("investment", "lifetime", "fixed_om", "variable_om", "efficiency")
_KW_A_MW = 1000.0
_UNITS = {
    "lifetime": ("years",),
    "efficiency": ("per unit",),
    "fixed_om": ("% of investment a year",),
}


@dataclass(frozen=True)
class Figure(Brief):
    """A number with where it is from.

    Attributes
    ----------
    value
        The number.
    unit
        Its unit.
    source
        Source, or a text that begins with ASSUMED.
    low, high
        Range: of the sources where there are several, or of what is assumed. Needed where the figure is assumed.

    Raises
    ------
    UsageError
        If it has no source, is assumed without a range, or lies outside its range.
    """

    value: float
    unit: str
    source: str
    low: float | None = None
    high: float | None = None

    def __post_init__(self) -> None:
        number(self.value, f"a figure in {self.unit}", low=-float("inf"))
        if not self.source.strip():
            raise UsageError(
                f"the figure {self.value:g} {self.unit} has no source.", todo=f"name one, or write {ASSUMED} and why"
            )
        if self.assumed and (self.low is None or self.high is None):
            raise UsageError(f"the assumed figure {self.value:g} {self.unit} has no range.", todo="give low and high")
        if (self.low is not None and self.value < self.low) or (self.high is not None and self.value > self.high):
            raise UsageError(
                f"the figure {self.value:g} {self.unit} is outside its range.", allowed=f"{self.low} to {self.high}"
            )

    @property
    def assumed(self) -> bool:
        """Whether nobody measured or reported it."""
        return self.source.startswith(ASSUMED)


@dataclass(frozen=True, eq=False)
class Technology(Brief):
    """A technology of supply.

    Attributes
    ----------
    name
        Name of the technology.
    currency, price_year
        Currency and price year of all costs; the year of prices is "not stated" where the source does not tell.
    investment
        Currency per kW.
    lifetime
        Years.
    fixed
        Currency per kW and year.
    variable
        Currency per MWh, without fuel and carbon.
    efficiency
        Efficiency of conversion, per unit.
    fuel_price
        Currency per MWh of fuel (lower heating value); ``None`` where there is no fuel.
    fuel_carbon
        t of CO2 per MWh of fuel; ``None`` where there is no fuel.
    intensities
        Names of `INTENSITIES`, other than what follows from `fuel_carbon`, to figures per MWh.

    Raises
    ------
    UsageError
        If a cost is negative, an efficiency is not above 0, or an intensity has no known name.
    """

    name: str
    currency: Currency
    price_year: str
    investment: Figure
    lifetime: Figure
    fixed: Figure
    variable: Figure
    efficiency: Figure
    fuel_price: Figure | None = None
    fuel_carbon: Figure | None = None
    intensities: Mapping[str, Figure] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_choice(self.currency, Currency, f"currency of {self.name!r}")
        number(self.investment.value, f"investment of {self.name!r}, {self.currency}/kW")
        number(self.lifetime.value, f"lifetime of {self.name!r}, years", above=True)
        number(self.fixed.value, f"fixed cost of {self.name!r}, {self.currency}/kW and year")
        number(self.efficiency.value, f"efficiency of {self.name!r}", above=True)
        for name, figure in self.intensities.items():
            if name not in INTENSITIES:
                raise unknown("intensity", name, INTENSITIES, error=UsageError, of=f"technology {self.name!r}")
            number(figure.value, f"{name} of {self.name!r}, {INTENSITIES[name]}")

    def capacity_cost(self, discount_rate: float) -> float:
        """Return annuity of the investment and fixed cost, currency per MW and year."""
        annuity = annuity_factor(discount_rate, self.lifetime.value)
        return _KW_A_MW * (annuity * self.investment.value + self.fixed.value)

    @property
    def marginal_cost(self) -> float:
        """Variable cost and fuel, currency per MWh."""
        fuel = 0.0 if self.fuel_price is None else self.fuel_price.value / self.efficiency.value
        return self.variable.value + fuel

    @property
    def per_mwh(self) -> dict[str, float]:
        """Intensities per MWh of electricity, carbon of the fuel included."""
        found = {name: figure.value for name, figure in self.intensities.items()}
        if self.fuel_carbon is not None:
            found["co2"] = self.fuel_carbon.value / self.efficiency.value
        return found

    @property
    def figures(self) -> dict[str, Figure]:
        """Every figure by its name."""
        named = ("investment", "lifetime", "fixed", "variable", "efficiency", "fuel_price", "fuel_carbon")
        found = {name: getattr(self, name) for name in named}
        return {name: figure for name, figure in (found | dict(self.intensities)).items() if figure is not None}

    @property
    def assumed(self) -> tuple[str, ...]:
        """Names of figures that are assumed."""
        return tuple(name for name, figure in self.figures.items() if figure.assumed)


class Priced(Protocol):
    """What has costs in a currency."""

    @property
    def name(self) -> str:
        """Of it."""

    @property
    def currency(self) -> str:
        """Of its costs."""


def annuity_factor(rate: float, years: float) -> float:
    """Return the yearly payment that repays one unit over so many years: r / (1 - (1 + r)^-n).

    Parameters
    ----------
    rate
        Interest a year, as a share; at zero the factor is one over the years.
    years
        Lifetime.

    Examples
    --------
    >>> round(annuity_factor(0.06, 25), 10)
    0.0782267182
    """
    number(rate, "discount rate")
    number(years, "lifetime, years", above=True)
    if rate == 0:
        return 1 / years
    # Without cancellation where the rate is small.
    return -rate / math.expm1(-years * math.log1p(rate))


def check_one_currency(priced: Iterable[Priced]) -> str:
    """Return the one currency of what is priced.

    Raises
    ------
    MethodError
        If there are several: Chinese and European costs differ by two to three times, and no rate makes them one.
    """
    by_currency: dict[str, list[str]] = {}
    for item in priced:
        by_currency.setdefault(item.currency, []).append(item.name)
    if len(by_currency) != 1:
        told = "; ".join(f"{currency}: {listing(names)}" for currency, names in sorted(by_currency.items()))
        raise MethodError(
            f"costs are in {len(by_currency)} currencies ({told or 'nothing is priced'}).",
            allowed="one currency in a system",
            todo="take all costs from one collection: those of China and Europe differ by two to three times",
        )
    return next(iter(by_currency))


def cost_figures(
    rows: Sequence[Mapping[str, object]], technology: str, region: str, year: int
) -> tuple[dict[str, Figure], str]:
    """Return figures of a technology from rows of a table of costs, and the year of their prices.

    Parameters
    ----------
    rows
        With technology, region, parameter, year, value, unit, price_year and source.
    technology, region, year
        Which rows.

    Returns
    -------
    figures
        Parameter, with the unit of energy behind it where costs are per kWh of storage, to the median of the studies
        with their range.
    price_year
        "not stated" where no row tells.

    Raises
    ------
    UsageError
        If there is no such row.
    """
    wanted = [
        row
        for row in rows
        if row["technology"] == technology and row["region"] == region and int(str(row["year"])) == year
    ]
    if not wanted:
        known = sorted({f"{row['technology']} ({row['region']}, {row['year']})" for row in rows})
        raise unknown("row of costs", f"{technology} ({region}, {year})", known, error=UsageError)
    groups: dict[str, list[Mapping[str, object]]] = {}
    for row in wanted:
        per_energy = "_per_kwh" if str(row["unit"]).endswith("/kWh") else ""
        groups.setdefault(f"{row['parameter']}{per_energy}", []).append(row)
    figures = {}
    for name, same in groups.items():
        values = [float(str(row["value"])) for row in same]
        sources = "; ".join(dict.fromkeys(str(row["source"]) for row in same))
        figures[name] = Figure(statistics.median(values), str(same[0]["unit"]), sources, min(values), max(values))
    stated = sorted({str(row["price_year"]) for row in wanted if row["price_year"]})
    return figures, listing(stated) or "not stated"


def technology_of(
    name: str,
    figures: Mapping[str, Figure],
    *,
    currency: Currency,
    price_year: str,
    assumptions: Assumptions,
    intensities: Mapping[str, Figure] | None = None,
) -> Technology:
    """Return a technology from figures, and from assumptions where there is no figure.

    Parameters
    ----------
    name
        Name of the technology: its assumptions are those about this place.
    figures
        Investment (per kW), lifetime, fixed_om (% of investment a year), variable_om (per MWh) and efficiency, and
        of fuel_price and fuel_carbon where it burns fuel.
    currency, price_year
        Currency and price year of the costs.
    assumptions
        Assumptions on what is not among the figures, by the same names.
    intensities
        Per MWh.

    Raises
    ------
    UsageError
        If something is neither known nor assumed.
    """
    found = dict(figures)
    for parameter in (*_NEEDED, "fuel_price", "fuel_carbon"):
        entry = assumptions.get(parameter, name)
        if parameter not in found and entry is not None:
            found[parameter] = Figure(entry.middle, entry.unit, f"{ASSUMED}: {entry.source}", entry.low, entry.high)
    absent = [parameter for parameter in _NEEDED if parameter not in found]
    if absent:
        raise UsageError(
            f"{listing(absent)} of {name!r}: not known.", todo="assume a range with a reason: nothing is filled in"
        )
    # A cost in another currency is refused here, before it is added to one of this.
    per_energy = (f"{currency}/MWh",)
    costs = {"investment": (f"{currency}/kW",), "variable_om": per_energy, "fuel_price": per_energy}
    for parameter, units in {**_UNITS, **costs}.items():
        if parameter in found and found[parameter].unit not in units:
            raise UsageError(
                f"{parameter} of {name!r} is in {found[parameter].unit!r}.", allowed=listing([repr(u) for u in units])
            )
    if "fuel_carbon" in found and "fuel_price" not in found:
        raise UsageError(
            f"fuel_price of {name!r}: not known.", todo="assume a range with a reason: fuel is not burnt for nothing"
        )
    share, whole = found["fixed_om"], found["investment"].value / 100
    low, high = (None if end is None else end * whole for end in (share.low, share.high))
    fixed = Figure(share.value * whole, f"{currency}/kW and year", share.source, low, high)
    return Technology(
        name,
        currency,
        price_year,
        investment=found["investment"],
        lifetime=found["lifetime"],
        fixed=fixed,
        variable=found["variable_om"],
        efficiency=found["efficiency"],
        fuel_price=found.get("fuel_price"),
        fuel_carbon=found.get("fuel_carbon"),
        intensities=intensities or {},
    )
