"""Loss of load of a design whose units break down, in each year's water and each summer, by convolution.

Plants, the connection to the grid and backup sets fail independently, more often in heat. What water gives is what the
operation without foresight drew from it: it did not know of breakdowns either.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.campus.conditioned import StressedUnit, linear_rate, loss_under_stress
from pilotzone.campus.fleet import Fleet
from pilotzone.campus.given import number, numbers, probability
from pilotzone.campus.outages import LOSS_MW, Unit
from pilotzone.campus.stress import StressResult
from pilotzone.core import Brief, Result, Table, UsageError, unknown

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["BreakdownLoss", "Breakdowns", "breakdown_loss"]

_STEP_MW = 0.1
"""Grid of capacities: those of a plan are any number."""


@dataclass(frozen=True, eq=False)
class Breakdowns(Brief):
    """How supplies break down.

    Attributes
    ----------
    units
        Source or backup to the size of one of its units, MW, and the probability that it is out in an hour. A size of
        infinity: all of it is one unit.
    temp_c
        Temperature of each hour in each summer, degC, shape (heats, hours).
    per_kelvin, above_c
        What a kelvin above a temperature adds to each probability.

    Raises
    ------
    UsageError
        If a size is not above zero or a probability is outside 0 to 1.
    """

    units: Mapping[str, tuple[float, float]]
    temp_c: Floats
    per_kelvin: float = 0.0
    above_c: float = 30.0

    def __post_init__(self) -> None:
        for name, (size, rate) in self.units.items():
            if math.isfinite(size):
                number(size, f"size of a unit of {name!r}, MW", above=True)
            probability(rate, f"outage rate of {name!r}")
        numbers(self.temp_c, "temperatures of summers, degC", low=-90.0, high=60.0)


@dataclass(frozen=True, eq=False)
class BreakdownLoss(Result):
    """Expected loss of load with breakdowns.

    Attributes
    ----------
    factors, summers
        Factors of a year's water, shape (factors,), and names of summers.
    lole_h, eens_mwh
        Hours with loss and energy not served in a year, expected over breakdowns, shape (factors, heats).
    weights
        Case of how dry and hot years meet to the probability of each pair, shape (factors, heats).
    """

    factors: Floats
    summers: tuple[str, ...]
    lole_h: Floats
    eens_mwh: Floats
    weights: Mapping[str, Floats]

    def expected(self, case: str) -> tuple[float, float]:
        """Return hours with loss and MWh not served in a year under a case."""
        if case not in self.weights:
            raise unknown("case", case, self.weights, error=UsageError)
        weight = self.weights[case]
        return float((weight * self.lole_h).sum()), float((weight * self.eens_mwh).sum())

    def to_table(self) -> Table:
        """Return a row for each case."""
        rows = [(case, *self.expected(case)) for case in self.weights]
        return Table.from_rows(("case", "lole_h", "eens_mwh"), rows, title="Loss of load with breakdowns")


def breakdown_loss(
    fleet: Fleet,
    tested: StressResult,
    breakdowns: Breakdowns,
    *,
    heat: Mapping[str, Floats],
    fuelled: Collection[str] = (),
) -> BreakdownLoss:
    """Return loss of load with breakdowns in each pair of water and summer.

    Parameters
    ----------
    fleet
        As it was run.
    tested
        Its stress test, every hour of which was kept.
    breakdowns
        Breakdowns of sources and of backup.
    heat
        Source to the share of its capacity that is left in each summer, shape (heats, hours).
    fuelled
        Reservoirs of the fleet that are fuel of backup: it counts until the operation has used it up.

    Notes
    -----
    A source that is not among the breakdowns never fails. Temperatures are rounded to whole degrees. What breakdowns
    take from fuel on top of the operation is left out.
    """
    pairs = _Pairs(fleet, tested, breakdowns, heat, tuple(fuelled))
    shape = (len(tested.factors), len(tested.heats))
    found = np.array([pairs.loss(i, j) for i in range(shape[0]) for j in range(shape[1])]).reshape(*shape, 2)
    names = tuple(item.name for item in tested.heats)
    return BreakdownLoss(tested.factors, names, found[..., 0], found[..., 1], tested.weights)


@dataclass(frozen=True, eq=False)
class _Pairs:
    """Pairs of water and summer of a stress test; attributes are the arguments of `breakdown_loss`."""

    fleet: Fleet
    tested: StressResult
    breakdowns: Breakdowns
    heat: Mapping[str, Floats]
    fuelled: tuple[str, ...]

    def loss(self, factor: int, summer: int) -> tuple[float, float]:
        """Return expected hours with loss and MWh not served in a pair."""
        row = factor * len(self.tested.heats) + summer
        left = self._asked(row, summer)
        fuel = self._fuel(row)
        # In the hour in which fuel ends, what is left of it is used.
        last = sum((self.tested.operated.dispatch[name][row] for name in self.fuelled), np.zeros(len(left)))
        left = np.where(fuel, left, left - last)
        temp = np.round(self.breakdowns.temp_c[summer])
        hours, unserved = 0.0, 0.0
        for there, names in ((fuel, set(self.breakdowns.units)), (~fuel, set(self.breakdowns.units) - {*self.fuelled})):
            if not there.any():
                continue
            units, rest = _units(self._capacities(), self.breakdowns, names)
            # Less than nothing is asked where what never fails can give more than all.
            load = np.maximum(left[there] - rest, 0.0)
            if not units:
                hours, unserved = hours + float((load > LOSS_MW).sum()), unserved + float(load.sum())
                continue
            found = loss_under_stress(units, load, temp_c=temp[there], factor=float(self.tested.factors[factor]))
            hours, unserved = hours + found.lole_hours, unserved + found.eens_mwh
        return hours, unserved

    def _capacities(self) -> dict[str, float]:
        found = {item.name: item.capacity_mw for item in self.fleet.sources}
        return found | {item.name: item.turbine_mw for item in self.fleet.reservoirs if item.name in self.fuelled}

    def _asked(self, row: int, summer: int) -> Floats:
        """Return what units that may fail are asked for, MW.

        That is what sources and backup gave in the operation, and what was not served: load has waited by then, and
        water and batteries have done their part. Sources that never fail take off what they can give; what heat takes
        from units that may fail comes on top.
        """
        dispatch = self.tested.operated.dispatch
        found: Floats = dispatch["unserved"][row].copy()
        for name in self.fuelled:
            found += dispatch[name][row]
        for source in self.fleet.sources:
            found += dispatch[source.name][row]
            share = np.asarray(self.heat[source.name][summer] if source.name in self.heat else 1.0)
            if source.name in self.breakdowns.units:
                found += source.capacity_mw * (1 - share)
            else:
                found -= source.capacity_mw * np.asarray(source.availability) * share
        return found

    def _fuel(self, row: int) -> NDArray[np.bool_]:
        """Return the hours at whose end fuel of backup is left."""
        left = np.ones(self.tested.operated.hours, dtype=bool)
        for item in self.fleet.reservoirs:
            if item.name in self.fuelled:
                used = self.tested.operated.dispatch[item.name][row]
                left &= item.energy_mwh - np.cumsum(used) > LOSS_MW
        return left


def _units(
    capacity: Mapping[str, float], breakdowns: Breakdowns, names: Collection[str]
) -> tuple[list[StressedUnit], float]:
    """Return units of what was built, and what the grid of capacities leaves of it, MW.

    There are as many equal units as a capacity needs, none larger than was said. What is less than a step of the grid
    is taken never to fail: an hour that asks for all of a capacity is not to be lost by rounding.
    """
    found, rest = [], 0.0
    for name, (size, rate) in breakdowns.units.items():
        if name not in capacity:
            raise unknown("supply", name, capacity, error=UsageError, of="the fleet")
        if name not in names:
            continue
        count = 1 if math.isinf(size) else max(1, math.ceil(capacity[name] / size - 1e-9))
        each = math.floor(capacity[name] / count / _STEP_MW + 1e-9)
        rest += max(capacity[name] - count * each * _STEP_MW, 0.0)
        if each > 0:
            law = linear_rate(rate, per_kelvin=breakdowns.per_kelvin, above_c=breakdowns.above_c)
            found.append(StressedUnit(Unit(name, round(each * _STEP_MW, 1), rate, count), law))
    return found, rest
