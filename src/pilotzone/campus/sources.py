"""Supply of a campus, as a solver needs it: availability and cost of each hour, and what a megawatt-hour emits."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from pilotzone.campus.given import MONTHS, as_whole, month_of_hours, number, numbers, probability
from pilotzone.campus.outages import k_of_n
from pilotzone.campus.technologies import INTENSITIES, Technology, annuity_factor
from pilotzone.core import Brief, DataError, UsageError, check_choice, unknown

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

__all__ = [
    "CarbonKind",
    "DieselSets",
    "GridCarbon",
    "Redundancy",
    "Supply",
    "battery_supply",
    "diesel_sets",
    "diesel_supply",
    "grid_supply",
    "hydro_supply",
    "inflow_of_months",
    "profile_supply",
    "thermal_supply",
]

CarbonKind = Literal["average", "marginal"]
Redundancy = Literal["N", "N+1", "2N"]


@dataclass(frozen=True, eq=False)
class Supply(Brief):
    """A supply over the hours of a year.

    Attributes
    ----------
    name
        Name of the technology.
    availability
        Share of capacity that can be used in each hour, shape (hours,).
    marginal_cost
        Currency per MWh in each hour, shape (hours,).
    capacity_cost
        Currency per MW and year.
    intensities
        Names of `INTENSITIES` to a number per MWh, or one for each hour. What is not named is unknown.
    currency, price_year
        Currency and price year of the costs.
    least_mw, most_mw
        Bounds of capacity; equal where it is given.
    energy_cost, charging, discharging, most_mwh
        For storage: currency per MWh held and year, efficiencies, and a bound of what it holds; no energy cost where it
        is not storage.
    backup
        Whether it runs only where all else falls short.
    variable
        Whether sun, wind or a river makes it: what is available and not used is curtailed.
    modelled
        Whether its availability is modelled from weather.
    notes
        What a reader has to know.
    """

    name: str
    availability: Floats
    marginal_cost: Floats
    capacity_cost: float
    intensities: Mapping[str, Floats | float]
    currency: str
    price_year: str
    least_mw: float = 0.0
    most_mw: float = math.inf
    energy_cost: float | None = None
    charging: float = 1.0
    discharging: float = 1.0
    most_mwh: float = math.inf
    backup: bool = False
    variable: bool = False
    modelled: bool = False
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        hours = numbers(self.availability, f"availability of {self.name!r}", low=0.0, high=1.0).shape[-1]
        numbers(self.marginal_cost, f"marginal cost of {self.name!r}, {self.currency}/MWh", size=hours)
        number(self.capacity_cost, f"capacity cost of {self.name!r}, {self.currency}/MW and year")
        number(self.least_mw, f"least capacity of {self.name!r}, MW")
        if not self.most_mw >= self.least_mw:
            raise UsageError(
                f"most capacity of {self.name!r} is {self.most_mw!r} MW.", allowed=f"numbers from {self.least_mw:g}"
            )
        for name, value in self.intensities.items():
            if name not in INTENSITIES:
                raise unknown("intensity", name, INTENSITIES, error=UsageError, of=f"supply {self.name!r}")
            numbers(value, f"{name} of {self.name!r}, {INTENSITIES[name]}", low=0.0)

    def intensity(self, name: str) -> Floats:
        """Return an intensity in each hour, shape (hours,).

        Raises
        ------
        DataError
            If it is not known: it is not taken for zero.
        """
        if name not in self.intensities:
            raise DataError(
                f"{name} of supply {self.name!r}: not known.", todo="give it, with its source or as an assumption"
            )
        value = np.asarray(self.intensities[name], dtype=np.float64)
        return np.asarray(np.broadcast_to(value, self.availability.shape))

    def bounded(self, name: str, least_mw: float, most_mw: float | None, most_mwh: float | None = None) -> Supply:
        """Return the supply under another name and with other bounds; ``None`` for no bound."""
        return replace(
            self,
            name=name,
            least_mw=least_mw,
            most_mw=math.inf if most_mw is None else most_mw,
            most_mwh=math.inf if most_mwh is None else most_mwh,
        )

    def always(self) -> Supply:
        """Return the supply without hours in which it is not available: turbines behind a reservoir."""
        return replace(self, availability=np.ones_like(self.availability))


@dataclass(frozen=True)
class GridCarbon(Brief):
    """Carbon of power from the grid.

    Attributes
    ----------
    kind
        Average over all that is generated, or marginal: what one more MWh causes.
    own
        Carbon factor of power generated in the area, t/MWh.
    imported_share, imported
        Share of imports in the area's supply, and their carbon, t/MWh.
    contracted_hydro
        Share of the area's supply that is hydro power under contract to others. An average without it is what is left
        to buy.

    Raises
    ------
    UsageError
        If a number is out of range, or hydro under contract is taken out of a marginal factor, which has no shares.
    """

    kind: CarbonKind
    own: float
    imported_share: float = 0.0
    imported: float | None = None
    contracted_hydro: float = 0.0

    def __post_init__(self) -> None:
        check_choice(self.kind, CarbonKind, "kind of carbon factor")
        number(self.own, "carbon of the grid, t/MWh")
        probability(self.imported_share, "share of imports")
        number(self.contracted_hydro, "share of hydro under contract", high=1.0)
        if self.contracted_hydro == 1:
            raise UsageError("all power is hydro under contract.", allowed="a share below 1: something is left to buy")
        if self.imported_share > 0:
            if self.imported is None:
                raise UsageError("carbon of imports is not given.", todo="give imported, t/MWh, or no share of imports")
            number(self.imported, "carbon of imports, t/MWh")
        if self.kind == "marginal" and self.contracted_hydro > 0:
            raise UsageError(
                "hydro under contract is taken out of a marginal factor.",
                allowed="a share with an average factor: a marginal one is not a mix",
            )

    @property
    def with_imports(self) -> float:
        """Carbon of all that the area supplies, t/MWh."""
        return self.own + self.imported_share * ((self.imported or 0.0) - self.own)

    @property
    def factor(self) -> float:
        """Carbon of what can be bought, t/MWh: imports in it, hydro under contract (without carbon) out of it."""
        return self.with_imports / (1 - self.contracted_hydro)

    @property
    def note(self) -> str:
        """What the factor is, in words."""
        parts = [f"Carbon of the grid is the {self.kind} factor, {self.factor:.4g} t/MWh"]
        parts += [f"imports ({100 * self.imported_share:.3g} %) included"] if self.imported_share else []
        parts += [f"contracted hydro ({100 * self.contracted_hydro:.3g} %) taken out"] if self.contracted_hydro else []
        return ", ".join(parts) + "."


def grid_supply(  # noqa: PLR0913 - a tariff's parts, all but the first by name
    tariff: ArrayLike,
    *,
    carbon: GridCarbon,
    capacity_charge: float,
    currency: str,
    price_year: str,
    intensities: Mapping[str, float] | None = None,
    most_mw: float = math.inf,
    availability: ArrayLike = 1.0,
    name: str = "grid",
) -> Supply:
    """Return power from the grid.

    Parameters
    ----------
    tariff
        Currency per MWh in each hour, shape (hours,); negative prices are allowed.
    carbon
        Its carbon factor.
    capacity_charge
        Currency per MW of contracted capacity and year.
    currency, price_year
        Currency and year of prices of energy and of the capacity charge.
    intensities
        Other than carbon, per MWh.
    most_mw
        Capacity that can be contracted.
    availability
        Share of contracted capacity in each hour: below one where the grid sheds load.
    name
        Name of the supply.
    """
    prices = _hourly(tariff, "tariff")
    share = np.broadcast_to(numbers(availability, "availability of the grid", low=0.0, high=1.0), prices.shape)
    return Supply(
        name,
        np.array(share),
        prices,
        capacity_charge,
        {"co2": carbon.factor, **(intensities or {})},
        currency,
        price_year,
        most_mw=most_mw,
        notes=(carbon.note,),
    )


def thermal_supply(
    technology: Technology, hours: int, *, discount_rate: float, availability: ArrayLike = 1.0
) -> Supply:
    """Return a plant that burns coal or gas.

    Parameters
    ----------
    technology
        Its specification.
    hours
        Hours of the year.
    discount_rate
        Interest a year.
    availability
        Share of capacity, one or one for each hour, such as less in heat.
    """
    return _from_technology(
        technology, np.broadcast_to(np.asarray(availability, dtype=np.float64), (hours,)), discount_rate
    )


def profile_supply(
    technology: Technology, profile: ArrayLike, *, discount_rate: float, note: str = "", modelled: bool = False
) -> Supply:
    """Return wind or PV from its hourly share of capacity (`pv_profile`, `wind_profile`, or one of the user's).

    Parameters
    ----------
    technology
        Its specification.
    profile
        Share of capacity in each hour, shape (hours,).
    discount_rate
        Interest a year.
    note
        Where the profile is from.
    modelled
        Whether it is modelled rather than given.
    """
    share = _hourly(profile, f"profile of {technology.name!r}")
    return replace(_from_technology(technology, share, discount_rate, note=note), variable=True, modelled=modelled)


def battery_supply(technology: Technology, hours: int, *, energy_per_kwh: float, discount_rate: float) -> Supply:
    """Return a battery: capacity cost is of its power, energy cost of what it holds.

    Parameters
    ----------
    technology
        Technology of its power: investment per kW; its efficiency is that of a round trip, the root of it each way.
    hours
        Hours of the year.
    energy_per_kwh
        Investment per kWh held.
    discount_rate
        Interest a year.
    """
    each_way = math.sqrt(number(technology.efficiency.value, "efficiency of a round trip", high=1.0, above=True))
    annuity = annuity_factor(discount_rate, technology.lifetime.value)
    return replace(
        _from_technology(technology, np.ones(hours), discount_rate),
        energy_cost=1000 * annuity * number(energy_per_kwh, "investment per kWh of storage"),
        charging=each_way,
        discharging=each_way,
    )


def inflow_of_months(energy_mwh: ArrayLike, hours: int) -> Floats:
    """Return inflow in each hour, MWh: that of each month spread evenly over its hours, shape (hours,).

    Parameters
    ----------
    energy_mwh
        Energy of each month, shape (12,).
    hours
        8,760 or 8,784.
    """
    monthly = numbers(energy_mwh, "inflow of months, MWh", low=0.0, size=MONTHS)
    month = month_of_hours(hours)
    return np.asarray((monthly / np.bincount(month)[1:])[month - 1])


def hydro_supply(
    technology: Technology,
    inflow_mwh: ArrayLike,
    capacity_mw: float,
    *,
    discount_rate: float,
    export_price: ArrayLike | None = None,
    contract_price: float | None = None,
) -> Supply:
    """Return a hydro plant without storage, of a given capacity.

    Parameters
    ----------
    technology
        Its specification.
    inflow_mwh
        Energy that comes in each hour, MWh, shape (hours,) (`inflow_of_months`). What exceeds capacity is spilled.
    capacity_mw
        Capacity of the turbines.
    discount_rate
        Interest a year.
    export_price
        What the power would bring elsewhere, currency per MWh, net of losses and fees: its opportunity. Where it is
        above variable cost, it is what the campus pays.
    contract_price
        What the campus pays for each MWh under a contract, in place of investment: capacity then costs nothing. It may
        not lie below the opportunity in silence: a note says by how much.
    """
    inflow = numbers(inflow_mwh, f"inflow of {technology.name!r}, MWh", low=0.0)
    size = number(capacity_mw, f"capacity of {technology.name!r}, MW", above=True)
    base = np.full(inflow.shape, technology.marginal_cost if contract_price is None else contract_price)
    elsewhere = base if export_price is None else np.broadcast_to(numbers(export_price, "export price"), inflow.shape)
    notes = []
    spilled = float(np.maximum(inflow - size, 0.0).sum())
    if spilled:
        notes.append(f"Water worth {spilled:,.4g} MWh exceeds the turbines and is spilled.")
    below = float(np.maximum(elsewhere - base, 0.0).mean())
    if below and contract_price is not None:
        notes.append(
            f"The contract is {below:,.4g} {technology.currency}/MWh below what the power would bring elsewhere."
        )
    cost = 0.0 if contract_price is not None else technology.capacity_cost(discount_rate)
    return Supply(
        technology.name,
        np.minimum(inflow / size, 1.0),
        np.maximum(base, elsewhere),
        cost,
        technology.per_mwh,
        technology.currency,
        technology.price_year,
        least_mw=size,
        most_mw=size,
        variable=True,
        notes=tuple(notes),
    )


@dataclass(frozen=True)
class DieselSets(Brief):
    """Diesel sets under a rule of redundancy.

    Attributes
    ----------
    needed, installed
        How many sets the load needs, and how many there are.
    set_mw
        Power of one set, MW.
    rule
        N, N+1 or 2N.
    """

    needed: int
    installed: int
    set_mw: float
    rule: Redundancy

    @property
    def installed_mw(self) -> float:
        """Capacity of all sets, MW."""
        return self.installed * self.set_mw

    def available(self, each: float) -> float:
        """Return the probability that enough sets run, where each does with some probability."""
        return k_of_n(self.needed, each, self.installed)


def diesel_sets(peak_mw: float, set_mw: float, rule: Redundancy) -> DieselSets:
    """Return how many sets carry a load under a rule.

    Parameters
    ----------
    peak_mw
        Load that they carry, MW.
    set_mw
        Power of one set, MW.
    rule
        N: as many as needed; N+1: one more; 2N: twice as many.

    Examples
    --------
    >>> diesel_sets(100.0, 2.5, "N+1").installed
    41
    """
    check_choice(rule, Redundancy, "rule of redundancy")
    size = number(set_mw, "size of a diesel set, MW", above=True)
    # A load of exactly so many sets needs no further one because of rounding.
    needed = math.ceil(number(peak_mw, "load on diesel sets, MW") / size - 1e-9)
    return DieselSets(needed, {"N": needed, "N+1": needed + 1, "2N": 2 * needed}[rule], size, rule)


def diesel_supply(technology: Technology, hours: int, sets: DieselSets, *, discount_rate: float) -> Supply:
    """Return diesel sets as a supply of given capacity that runs only where all else falls short."""
    as_whole(sets.installed, "number of diesel sets")
    found = _from_technology(technology, np.ones(hours), discount_rate)
    return replace(found, least_mw=sets.installed_mw, most_mw=sets.installed_mw, backup=True)


def _from_technology(technology: Technology, availability: Floats, rate: float, *, note: str = "") -> Supply:
    notes = [note] if note else []
    if technology.assumed:
        notes.append(f"ASSUMED of {technology.name}: {', '.join(technology.assumed)}.")
    return Supply(
        technology.name,
        np.array(availability),
        np.full(len(availability), technology.marginal_cost),
        technology.capacity_cost(rate),
        technology.per_mwh,
        technology.currency,
        technology.price_year,
        notes=tuple(notes),
    )


def _hourly(values: ArrayLike, name: str) -> Floats:
    found = numbers(values, name)
    if found.ndim != 1 or not len(found):
        raise DataError(f"{name} has shape {found.shape}.", allowed="one figure for each hour")
    return found
