"""A site's whole supply: one description, planned with foresight and operated without."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.campus.fleet import Fleet, FleetReservoir, rule_curve
from pilotzone.campus.given import MONTHS, month_of_hours, named_once, number, numbers
from pilotzone.campus.load import CampusLoad
from pilotzone.campus.parts import Battery, Capacity, Deferrable, Flow, Limit, Reservoir
from pilotzone.campus.planned import fleet_of
from pilotzone.campus.problem import SupplyProblem
from pilotzone.campus.sources import Supply
from pilotzone.campus.technologies import check_one_currency
from pilotzone.core import Brief, UsageError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["WAITING", "ReservoirSupply", "SiteSystem"]

_NO_FUEL = 1e-9
"""MWh: a store of nothing still has a size."""
WAITING = "load that waits"
"""Name of the store of load in plans."""


@dataclass(frozen=True, eq=False)
class ReservoirSupply(Brief):
    """A hydro plant with a reservoir.

    Attributes
    ----------
    plant
        Its turbines: capacity is given, availability is 1 wherever they can run.
    inflow_mwh
        Energy of the water that comes in each hour, MWh, shape (hours,) or (years, hours).
    energy_mwh
        Energy of the water that it holds, MWh.
    """

    plant: Supply
    inflow_mwh: Floats
    energy_mwh: float

    @property
    def name(self) -> str:
        """Currency of the plant."""
        return self.plant.name

    @property
    def currency(self) -> str:
        """Of its costs."""
        return self.plant.currency


@dataclass(frozen=True, eq=False)
class SiteSystem(Brief):
    """A site's load and all that can supply it.

    Attributes
    ----------
    name
        Name of the site.
    load
        One for each weather year, of the same hours.
    supplies
        Sources, batteries (with an energy cost) and backup.
    reservoirs
        Hydro plants with storage.
    limits
        On a year's emissions and water.
    unserved_price
        Currency per MWh that is not served.
    carbon_price
        Currency per t of CO2, on top of costs.
    sets
        Name of a supply to the number of equal sets it is made of.
    fuel_mwh
        Name of backup to the energy that its fuel gives in a year, MWh; without a bound where it is not named.
    notes
        What a reader has to know.

    Raises
    ------
    UsageError
        If two supplies have one name, or there is none.
    MethodError
        If costs are in several currencies.
    DataError
        If a limit is on a quantity that is unknown of a supply.
    """

    name: str
    load: tuple[CampusLoad, ...]
    supplies: tuple[Supply, ...]
    reservoirs: tuple[ReservoirSupply, ...] = ()
    limits: tuple[Limit, ...] = ()
    unserved_price: float = 0.0
    carbon_price: float = 0.0
    sets: Mapping[str, int] = field(default_factory=dict)
    fuel_mwh: Mapping[str, float] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        named_once([*(item.name for item in self.supplies), *(item.name for item in self.reservoirs)], "supply")
        if not self.load:
            raise UsageError(f"site {self.name!r} has no load.", todo="give one for each weather year")
        check_one_currency([*self.supplies, *self.reservoirs])
        number(self.unserved_price, "price of unserved load", above=True)

    @property
    def currency(self) -> str:
        """Currency of all costs."""
        return check_one_currency([*self.supplies, *self.reservoirs])

    @property
    def facility_mw(self) -> Floats:
        """Facility load, MW, shape (years, hours)."""
        return np.stack([load.facility_mw for load in self.load])

    @property
    def _due(self) -> Floats:
        """Load that may wait as it falls due, MW, shape (years, hours)."""
        return self.load[0].waiting.share * self.facility_mw

    def problem(self, *, carbon_price: float | None = None) -> SupplyProblem:
        """Return the least-cost plan that is asked for; carbon at another price if one is given."""
        price = self.carbon_price if carbon_price is None else carbon_price
        asked = self._asked(price)
        facility = self.facility_mw
        due = self._due
        return SupplyProblem(
            load=facility - due,
            flows=tuple(self._flow(item, asked) for item in self.supplies if item.energy_cost is None),
            stores=(
                *(_battery(item) for item in self.supplies if item.energy_cost is not None),
                *(_reservoir(item, asked) for item in self.reservoirs),
                *self._waiting(due, float(facility.max())),
            ),
            limits=(*self.limits, *self._fuel_limits()),
            unserved_price=self.unserved_price,
            carbon_price=price,
            currency=self.currency,
        )

    def _flow(self, item: Supply, asked: tuple[str, ...]) -> Flow:
        fuel = {_fuel_of(item.name): 1.0} if item.name in self.fuel_mwh else {}
        return Flow(
            item.name,
            Capacity(item.least_mw, item.most_mw, item.capacity_cost),
            availability=item.availability,
            marginal_cost=item.marginal_cost,
            intensity=_intensities(item, asked) | fuel,
        )

    def _fuel_limits(self) -> tuple[Limit, ...]:
        return tuple(Limit(_fuel_of(name), amount, unit="MWh") for name, amount in self.fuel_mwh.items())

    def _asked(self, carbon_price: float) -> tuple[str, ...]:
        """Return the quantities that the plan depends on: each must be known of every supply."""
        names = dict.fromkeys(limit.quantity for limit in self.limits)
        return (*names, *(("co2",) if carbon_price and "co2" not in names else ()))

    def _waiting(self, due: Floats, most: float) -> tuple[Deferrable, ...]:
        """Return load that may wait.

        What waits is at most the least that falls due within as many hours as it may wait: served first come, first
        served, nothing then waits longer.
        """
        hours = self.load[0].waiting.hours
        if not due.any() or not hours:
            return ()
        # Over the year's end as well: a plan's year follows itself.
        sums = sum(np.roll(due, shift, axis=1) for shift in range(hours))
        held = float(np.min(sums))
        return (Deferrable(WAITING, due, Capacity.given(most), Capacity.given(held)),)

    def fleet(
        self,
        capacity_mw: Mapping[str, float],
        energy_mwh: Mapping[str, float],
        levels: Mapping[str, Floats],
        *,
        out: Mapping[str, int] | None = None,
    ) -> Fleet:
        """Return what a plan builds, run by rules.

        Parameters
        ----------
        capacity_mw
            Supply to capacity, MW.
        energy_mwh
            Battery to what it holds, MWh.
        levels
            Reservoir to what it holds at the end of each hour in the plan, MWh, shape (years, hours): the rule curve is
            its mean share at each month's end.
        out
            Backup with a bound on its fuel to the number of its sets that are out.

        Notes
        -----
        Of several weather years, availabilities and prices are those of the first. Fuel of backup is a reservoir
        without inflow that is full at the beginning and drawn only where load would not be served.
        """
        hours = self.load[0].facility_mw.size
        fuelled = [item for item in self.supplies if item.name in self.fuel_mwh]
        others = [_in_first_year(item) for item in self.supplies if item.name not in self.fuel_mwh]
        left = {name: 1 - count / self.sets.get(name, 1) for name, count in (out or {}).items()}
        return fleet_of(
            others,
            {item.name: capacity_mw[item.name] for item in others},
            energy_mwh={item.name: energy_mwh[item.name] for item in others if item.energy_cost is not None},
            reservoirs=[
                *(_fleet_reservoir(item, levels[item.name], hours) for item in self.reservoirs),
                *(
                    _fuel_store(
                        item, capacity_mw[item.name] * left.get(item.name, 1.0), self.fuel_mwh[item.name], hours
                    )
                    for item in fuelled
                ),
            ],
            sets={name: count for name, count in self.sets.items() if name not in self.fuel_mwh},
            waiting=self.load[0].waiting,
            unserved_price=self.unserved_price,
        )


def _in_first_year(item: Supply) -> Supply:
    """Return a supply with the hours of the first weather year alone."""
    return replace(
        item,
        availability=np.asarray(_first(item.availability)),
        marginal_cost=np.asarray(_first(item.marginal_cost)),
        intensities={name: _first(value) for name, value in item.intensities.items()},
    )


def _first(values: object) -> Floats | float:
    """Return a number or (hours,) of a number, (hours,) or (years, hours)."""
    found = np.asarray(values, dtype=np.float64)
    return found[0] if found.ndim == 2 else found if found.ndim else float(found)  # noqa: PLR2004 - (years, hours)


def _fuel_of(name: str) -> str:
    return f"fuel of {name}"


def _intensities(item: Supply, asked: tuple[str, ...]) -> dict[str, Floats | float]:
    """Return intensities that are known; those that the plan depends on must be."""
    for name in asked:
        item.intensity(name)
    return dict(item.intensities)


def _battery(item: Supply) -> Battery:
    return Battery(
        item.name,
        Capacity(item.least_mw, item.most_mw, item.capacity_cost),
        Capacity(0.0, item.most_mwh, item.energy_cost or 0.0),
        charge_efficiency=item.charging,
        discharge_efficiency=item.discharging,
    )


def _reservoir(item: ReservoirSupply, asked: tuple[str, ...]) -> Reservoir:
    plant = item.plant
    return Reservoir(
        item.name,
        numbers(item.inflow_mwh, f"inflow of {item.name!r}, MWh", low=0.0),
        Capacity(plant.least_mw, plant.most_mw, plant.capacity_cost),
        Capacity.given(number(item.energy_mwh, f"energy of {item.name!r}, MWh", above=True)),
        marginal_cost=plant.marginal_cost,
        intensity=_intensities(plant, asked),
    )


def _fleet_reservoir(item: ReservoirSupply, level: Floats, hours: int) -> FleetReservoir:
    plant = item.plant
    if not math.isfinite(plant.most_mw):
        raise UsageError(f"the turbines of {item.name!r} have no bound.", todo="give their capacity")
    return FleetReservoir(
        item.name,
        plant.most_mw,
        item.energy_mwh,
        _first(item.inflow_mwh),
        rule_curve(np.clip(level, 0.0, item.energy_mwh), month_of_hours(hours), item.energy_mwh),
        marginal_cost=_first(plant.marginal_cost),
        intensities={name: _first(value) for name, value in plant.intensities.items()},
        yearly_cost=plant.capacity_cost * plant.most_mw,
    )


def _fuel_store(item: Supply, capacity_mw: float, fuel_mwh: float, hours: int) -> FleetReservoir:
    return FleetReservoir(
        item.name,
        capacity_mw,
        max(fuel_mwh, _NO_FUEL),
        np.zeros(hours),
        # Always below its curve: drawn only where load would not be served.
        (1.0,) * MONTHS,
        marginal_cost=_first(item.marginal_cost),
        intensities={name: _first(value) for name, value in item.intensities.items()},
        yearly_cost=item.capacity_cost * capacity_mw,
    )
