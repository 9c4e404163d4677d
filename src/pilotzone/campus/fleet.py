"""What is built and by which rules it is run: sources, batteries, reservoirs, and load that may wait."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.campus.given import MONTHS, as_whole, named_once, number, numbers, probability
from pilotzone.campus.load import NOTHING_WAITS, Waiting
from pilotzone.campus.technologies import INTENSITIES
from pilotzone.core import Brief, UsageError, unknown

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

__all__ = ["BatteryRule", "Fleet", "FleetBattery", "FleetReservoir", "FleetSource", "curve_of_hours", "rule_curve"]


@dataclass(frozen=True, eq=False)
class FleetSource(Brief):
    """A source of a given capacity.

    Attributes
    ----------
    name
        Name of the source.
    capacity_mw
        MW.
    availability
        Share of capacity: one, one for each hour (hours,), or one for each scenario and hour (scenarios, hours).
    marginal_cost
        Currency per MWh: one, or one for each hour.
    intensities
        Names of `INTENSITIES` to a number per MWh, or one for each hour.
    capacity_cost
        Currency per MW and year.
    sets
        Equal units that it is made of, some of which N-k takes out.
    backup
        Whether it runs only where all else falls short.
    """

    name: str
    capacity_mw: float
    availability: ArrayLike = 1.0
    marginal_cost: ArrayLike = 0.0
    intensities: Mapping[str, ArrayLike] = field(default_factory=dict)
    capacity_cost: float = 0.0
    sets: int = 1
    backup: bool = False

    def __post_init__(self) -> None:
        number(self.capacity_mw, f"capacity of {self.name!r}, MW")
        number(self.capacity_cost, f"capacity cost of {self.name!r}")
        as_whole(self.sets, f"number of sets of {self.name!r}", low=1)
        numbers(self.availability, f"availability of {self.name!r}", low=0.0, high=1.0)
        numbers(self.marginal_cost, f"marginal cost of {self.name!r}")
        _check_intensities(self.name, self.intensities)


@dataclass(frozen=True)
class BatteryRule(Brief):
    """When a battery charges and discharges: it knows the hour, and nothing of what comes.

    Attributes
    ----------
    charge_below
        It charges from sources that cost no more than this, currency per MWh. Zero: from what would be curtailed.
    discharge_above
        Down to its reserve, it takes the place of sources that cost more than this. Infinite: it discharges only where
        load would not be served.
    reserve_share
        Share of its energy that it keeps for a shortage, and that it restores from any source that is not a backup.
    """

    charge_below: float = 0.0
    discharge_above: float = math.inf
    reserve_share: float = 0.5

    def __post_init__(self) -> None:
        number(self.charge_below, "price below which the battery charges", low=-math.inf)
        probability(self.reserve_share, "reserve of the battery")
        if not self.discharge_above >= self.charge_below:
            raise UsageError(
                f"the battery discharges above {self.discharge_above!r} and charges below {self.charge_below:g}.",
                allowed="a price of discharging that is no lower than that of charging",
            )


@dataclass(frozen=True)
class FleetBattery(Brief):
    """A battery of a given size.

    Attributes
    ----------
    name
        Name of the battery.
    power_mw, energy_mwh
        Power of charging and of discharging, each at the campus, MW, and energy held, MWh.
    charging, discharging
        Efficiencies.
    start_share
        Share of its energy that is in it at the beginning.
    rule
        Rule by which the battery is run.
    yearly_cost
        Yearly cost of power and energy, currency a year.
    """

    name: str
    power_mw: float
    energy_mwh: float
    charging: float = 0.95
    discharging: float = 0.95
    start_share: float = 0.5
    rule: BatteryRule = BatteryRule()
    yearly_cost: float = 0.0

    def __post_init__(self) -> None:
        number(self.power_mw, f"power of {self.name!r}, MW")
        number(self.energy_mwh, f"energy of {self.name!r}, MWh")
        number(self.charging, f"charging efficiency of {self.name!r}", high=1.0, above=True)
        number(self.discharging, f"discharging efficiency of {self.name!r}", high=1.0, above=True)
        probability(self.start_share, f"energy in {self.name!r} at the beginning, share")
        number(self.yearly_cost, f"cost of {self.name!r} a year")


@dataclass(frozen=True, eq=False)
class FleetReservoir(Brief):
    """A reservoir with its turbines, run by a rule curve.

    Attributes
    ----------
    name
        Name of the reservoir.
    turbine_mw, energy_mwh
        Power of its turbines, MW, and energy of the water that it holds, MWh.
    inflow_mwh
        Energy of the water that comes in each hour, shape (hours,) or (scenarios, hours).
    curve
        Share of its energy that it should hold at the end of each month, shape (12,).
    minimum_share
        Share below which it is not drawn.
    start_share
        Share that is in it at the beginning; that of December in the curve if left out.
    hedging
        Share of the inflow that may be used while less than the curve is held. At zero it refills first.
    marginal_cost
        Currency per MWh: one, or one for each hour; where power could be sold elsewhere, what it would bring.
    intensities
        Per MWh.
    yearly_cost
        Currency a year.
    availability
        Share of its turbines that can run: one, one for each hour (hours,), or one for each scenario and hour.

    Notes
    -----
    Water above the curve is used in order of cost. Water below it is used only where load would not be served.
    """

    name: str
    turbine_mw: float
    energy_mwh: float
    inflow_mwh: ArrayLike
    curve: tuple[float, ...]
    minimum_share: float = 0.0
    start_share: float | None = None
    hedging: float = 0.0
    marginal_cost: ArrayLike = 0.0
    intensities: Mapping[str, ArrayLike] = field(default_factory=dict)
    yearly_cost: float = 0.0
    availability: ArrayLike = 1.0

    def __post_init__(self) -> None:
        numbers(self.availability, f"availability of {self.name!r}", low=0.0, high=1.0)
        number(self.turbine_mw, f"turbines of {self.name!r}, MW")
        number(self.energy_mwh, f"energy of {self.name!r}, MWh")
        numbers(self.inflow_mwh, f"inflow of {self.name!r}, MWh", low=0.0)
        probability(self.minimum_share, f"least share in {self.name!r}")
        numbers(self.curve, f"rule curve of {self.name!r}", low=self.minimum_share, high=1.0, size=MONTHS)
        number(self.start_of_year, f"share in {self.name!r} at the beginning", low=self.minimum_share, high=1.0)
        probability(self.hedging, f"hedging of {self.name!r}")
        numbers(self.marginal_cost, f"marginal cost of {self.name!r}")
        number(self.yearly_cost, f"cost of {self.name!r} a year")
        _check_intensities(self.name, self.intensities)

    @property
    def start_of_year(self) -> float:
        """Share of energy at the beginning."""
        return self.curve[-1] if self.start_share is None else self.start_share


@dataclass(frozen=True, eq=False)
class Fleet(Brief):
    """Everything that serves a load.

    Attributes
    ----------
    sources, batteries, reservoirs
        Each with a name of its own.
    waiting
        Load that may wait.
    unserved_price
        Currency per MWh that is not served.

    Raises
    ------
    UsageError
        If there is no supply, or two have one name.
    """

    sources: tuple[FleetSource, ...]
    batteries: tuple[FleetBattery, ...] = ()
    reservoirs: tuple[FleetReservoir, ...] = ()
    waiting: Waiting = NOTHING_WAITS
    unserved_price: float = 0.0

    def __post_init__(self) -> None:
        supplies = [*(item.name for item in self.sources), *(item.name for item in self.reservoirs)]
        names = [*supplies, *(item.name for item in self.batteries)]
        named_once(names, "supply")
        if not supplies:
            raise UsageError("nothing supplies the load.", todo="give at least one source or reservoir")
        number(self.unserved_price, "price of unserved load")

    @property
    def stores(self) -> tuple[str, ...]:
        """Names of what holds energy, batteries first."""
        return (*(item.name for item in self.batteries), *(item.name for item in self.reservoirs))

    @property
    def priced(self) -> dict[str, tuple[ArrayLike, Mapping[str, ArrayLike]]]:
        """Source or reservoir to its marginal cost and its intensities."""
        found = {item.name: (item.marginal_cost, item.intensities) for item in self.sources}
        return found | {item.name: (item.marginal_cost, item.intensities) for item in self.reservoirs}

    @property
    def yearly_cost(self) -> float:
        """Cost of capacities a year."""
        sources = math.fsum(source.capacity_cost * source.capacity_mw for source in self.sources)
        batteries = math.fsum(item.yearly_cost for item in self.batteries)
        return sources + batteries + math.fsum(item.yearly_cost for item in self.reservoirs)


def rule_curve(storage_mwh: ArrayLike, months: ArrayLike, energy_mwh: float) -> tuple[float, ...]:
    """Return a rule curve from the storage of one or several years, such as a plan's: mean share at each month's end.

    Parameters
    ----------
    storage_mwh
        At the end of each hour, MWh, shape (hours,) or (years, hours).
    months
        Month of each hour, 1 to 12 in order, shape (hours,).
    energy_mwh
        What the reservoir holds.

    Raises
    ------
    UsageError
        If a month has no hour.

    Examples
    --------
    >>> rule_curve(np.arange(1.0, 25.0), np.repeat(np.arange(1, 13), 2), 24.0)[:2]
    (0.08333333333333333, 0.16666666666666666)
    """
    month = np.asarray(months)
    held = numbers(storage_mwh, "storage, MWh", low=0.0, size=len(month))
    ends = [np.flatnonzero(month == k) for k in range(1, MONTHS + 1)]
    if not all(len(found) for found in ends):
        raise UsageError("a month has no hour.", allowed="twelve months")
    size = number(energy_mwh, "energy of the reservoir, MWh", above=True)
    share = np.atleast_2d(held)[:, [found[-1] for found in ends]].mean(axis=0) / size
    return tuple(np.clip(share, 0.0, 1.0).tolist())


def curve_of_hours(curve: tuple[float, ...], months: NDArray[np.int64]) -> Floats:
    """Return the share to be held at the end of each hour: a line from the end of one month to that of the next."""
    before = np.roll(np.asarray(curve), 1)
    target = np.empty(len(months))
    edges = np.concatenate([[0], np.flatnonzero(np.diff(months)) + 1, [len(months)]])
    for first, last in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        k = int(months[first]) - 1
        along = np.arange(1, last - first + 1) / (last - first)
        target[first:last] = before[k] + along * (curve[k] - before[k])
    return target


def _check_intensities(name: str, intensities: Mapping[str, ArrayLike]) -> None:
    for key, value in intensities.items():
        if key not in INTENSITIES:
            raise unknown("intensity", key, INTENSITIES, error=UsageError, of=f"supply {name!r}")
        numbers(value, f"{key} of {name!r}, {INTENSITIES[key]}", low=0.0)
