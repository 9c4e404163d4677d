"""One hour after another, all scenarios at once: what runs, by rules that know nothing of the hours to come."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.campus.fleet import Fleet, FleetBattery, curve_of_hours
from pilotzone.campus.given import numbers
from pilotzone.core import DataError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

__all__ = ["Stepper"]


class Stepper:
    """State of a fleet over scenarios, and what it does in an hour.

    Parameters
    ----------
    fleet
        What is run.
    load
        MW, shape (hours, scenarios) or (hours, 1).
    months
        Month of each hour, shape (hours,).
    scenarios
        How many.
    out
        Name of a source to the number of its sets that are out all along.
    """

    def __init__(
        self, fleet: Fleet, load: Floats, months: NDArray[np.int64], scenarios: int, out: Mapping[str, int]
    ) -> None:
        self.fleet, self.load, self.hours, self.scenarios = fleet, load, len(load), scenarios
        self.normal = [k for k, source in enumerate(fleet.sources) if not source.backup]
        self.backups = [k for k, source in enumerate(fleet.sources) if source.backup]
        self.available = [
            source.capacity_mw
            * (1 - out.get(source.name, 0) / source.sets)
            * hours_first(source.availability, self.hours)
            for source in fleet.sources
        ]
        self.turbine = [item.turbine_mw * hours_first(item.availability, self.hours) for item in fleet.reservoirs]
        self.inflow = [hours_first(item.inflow_mwh, self.hours) for item in fleet.reservoirs]
        self.target = [item.energy_mwh * curve_of_hours(item.curve, months) for item in fleet.reservoirs]
        self.cost = np.array([of_hours(source.marginal_cost, self.hours) for source in fleet.sources])
        self.held = [np.full(scenarios, item.start_share * item.energy_mwh) for item in fleet.batteries]
        self.stored = [np.full(scenarios, item.start_of_year * item.energy_mwh) for item in fleet.reservoirs]
        slots = fleet.waiting.hours + 1
        self.queue = np.zeros((slots, scenarios))
        self.waits = bool(fleet.waiting.share and fleet.waiting.hours)
        self.nothing = np.zeros(scenarios)
        self._names_of_rows()
        self._order_of_cost()

    def _names_of_rows(self) -> None:
        fleet = self.fleet
        self.rows = [
            *(source.name for source in fleet.sources),
            *(item.name for item in fleet.reservoirs),
            *(f"{item.name} spilled" for item in fleet.reservoirs),
            *(f"{item.name} discharged" for item in fleet.batteries),
            *(f"{item.name} charged" for item in fleet.batteries),
            "unserved",
            "waiting",
        ]
        ends = np.cumsum(
            [0, *map(len, (fleet.sources, fleet.reservoirs, fleet.reservoirs, fleet.batteries, fleet.batteries))]
        )
        self.first = dict(
            zip(("source", "reservoir", "spilled", "discharged", "charged", "unserved"), ends.tolist(), strict=True)
        )

    def _order_of_cost(self) -> None:
        """Say in which order things run in each hour: kind and position, the cheapest first."""
        fleet = self.fleet
        items = [("source", k) for k in self.normal]
        costs = [self.cost[k] for k in self.normal]
        items += [("reservoir", k) for k in range(len(fleet.reservoirs))]
        costs += [of_hours(item.marginal_cost, self.hours) for item in fleet.reservoirs]
        arbitrage = [k for k, item in enumerate(fleet.batteries) if np.isfinite(item.rule.discharge_above)]
        items += [("discharged", k) for k in arbitrage]
        costs += [np.full(self.hours, fleet.batteries[k].rule.discharge_above) for k in arbitrage]
        order = np.argsort(np.array(costs).reshape(len(items), self.hours), axis=0, kind="stable").T
        self.order = [[items[k] for k in row] for row in order.tolist()]
        # Of each battery, the sources that it may be charged from in each hour, and whether they are cheap enough.
        charging = [[k for kind, k in row if kind == "source"] for row in self.order]
        self.charging = [
            [[(k, bool(k in cheap)) for k in row] for row, cheap in zip(charging, self._cheap(battery), strict=True)]
            for battery in fleet.batteries
        ]

    def _cheap(self, battery: FleetBattery) -> list[set[int]]:
        """Return the sources that cost no more in each hour than what a battery charges at."""
        below = (self.cost <= battery.rule.charge_below).T
        return [set(np.flatnonzero(row).tolist()) for row in below]

    def step(self, hour: int, used: Floats) -> None:
        """Run an hour.

        Parameters
        ----------
        hour
            From 0.
        used
            MWh of each row, shape (rows, scenarios): zeros that are filled.
        """
        need, pool = self._demand(hour)
        left = need + pool
        room = {}
        for kind, k in self.order[hour]:
            most = self._at_hand(kind, k, hour)
            row = used[self.first[kind] + k]
            np.minimum(left, most, out=row)
            left -= row
            room[kind, k] = most
        short = np.maximum(left - pool, 0.0)
        if self.waits:
            self._keep_waiting(hour, left - short, used)
        if short.any():
            self._rescue(hour, short, used)
        used[self.first["unserved"]] = short
        for k in range(len(self.held)):
            self._run_battery(k, hour, room, used)
        for k in range(len(self.stored)):
            self._run_reservoir(k, hour, used)

    def _demand(self, hour: int) -> tuple[Floats, Floats]:
        """Return load that has to be served now, and load that may wait, each (scenarios,)."""
        share, hours = self.fleet.waiting.share, self.fleet.waiting.hours
        load = self.load[hour]
        if not self.waits:
            return np.broadcast_to(load, (self.scenarios,)), self.nothing
        slots = len(self.queue)
        # What comes near the end has to be served by the end, so that nothing is left over.
        self.queue[min(hour + hours, self.hours - 1) % slots] += share * load
        due = self.queue[hour % slots].copy()
        self.queue[hour % slots] = 0.0
        return (1 - share) * load + due, self.queue.sum(axis=0)

    def _keep_waiting(self, hour: int, kept: Floats, used: Floats) -> None:
        """Keep in the queue what was not served, the latest deadlines of it."""
        used[-1] = kept
        slots = len(self.queue)
        if not kept.any():
            self.queue[:] = 0.0
            return
        for later in range(slots - 1, 0, -1):
            slot = self.queue[(hour + later) % slots]
            np.minimum(slot, kept, out=slot)
            kept = kept - slot

    def _at_hand(self, kind: str, k: int, hour: int) -> Floats:
        """Return what may run in order of cost, MW: one figure or one for each scenario."""
        if kind == "source":
            return np.asarray(self.available[k][hour])
        if kind == "reservoir":
            item, inflow = self.fleet.reservoirs[k], self.inflow[k][hour]
            water = self.stored[k] + inflow
            free = np.maximum(water - self.target[k][hour], item.hedging * inflow)
            free = np.minimum(free, water - item.minimum_share * item.energy_mwh)
            return np.asarray(np.minimum(np.maximum(free, 0.0), self.turbine[k][hour]))
        battery = self.fleet.batteries[k]
        above = self.held[k] - battery.rule.reserve_share * battery.energy_mwh
        return np.asarray(np.minimum(np.maximum(above * battery.discharging, 0.0), battery.power_mw))

    def _rescue(self, hour: int, short: Floats, used: Floats) -> None:
        """Serve a shortage from batteries, from water below the curve, and from backup, in this order."""
        for k, battery in enumerate(self.fleet.batteries):
            row = used[self.first["discharged"] + k]
            most = np.minimum(battery.power_mw, self.held[k] * battery.discharging) - row
            _take(short, most, row)
        for k, item in enumerate(self.fleet.reservoirs):
            row = used[self.first["reservoir"] + k]
            water = self.stored[k] + self.inflow[k][hour] - item.minimum_share * item.energy_mwh
            _take(short, np.minimum(self.turbine[k][hour], water) - row, row)
        for k in self.backups:
            _take(short, np.broadcast_to(self.available[k][hour], short.shape), used[k])

    def _run_battery(self, k: int, hour: int, room: dict[tuple[str, int], Floats], used: Floats) -> None:
        """Charge a battery from what is over, and move its energy on."""
        battery, given = self.fleet.batteries[k], used[self.first["discharged"] + k]
        taken, held = used[self.first["charged"] + k], self.held[k]
        open_to = np.minimum(battery.power_mw, (battery.energy_mwh - held) / battery.charging)
        gave = bool(given.any())
        if gave:
            # Not in an hour in which it gave; where load is lost, nothing is over.
            open_to = np.where(given > 0, 0.0, open_to)
        took = bool((open_to > 0).any()) and self._charge(k, hour, open_to, room, used)
        if gave or took:
            after = held + battery.charging * taken - given / battery.discharging
            self.held[k] = np.minimum(np.maximum(after, 0.0), battery.energy_mwh)

    def _charge(self, k: int, hour: int, open_to: Floats, room: dict[tuple[str, int], Floats], used: Floats) -> bool:
        """Charge a battery as far as it is open to it; say whether any source was asked."""
        battery, taken = self.fleet.batteries[k], used[self.first["charged"] + k]
        lacking = battery.rule.reserve_share * battery.energy_mwh - self.held[k]
        lacks, asked = bool((lacking > 0).any()), False
        restore = np.minimum(np.maximum(lacking / battery.charging, 0.0), open_to) if lacks else open_to
        for source, cheap in self.charging[k][hour]:
            # Above its reserve it takes nothing from what is dear.
            if cheap or lacks:
                most = np.maximum((open_to if cheap else restore) - taken, 0.0)
                extra = np.minimum(most, room["source", source] - used[source])
                used[source] += extra
                taken += extra
                asked = True
        return asked

    def _run_reservoir(self, k: int, hour: int, used: Floats) -> None:
        item = self.fleet.reservoirs[k]
        water = self.stored[k] + self.inflow[k][hour] - used[self.first["reservoir"] + k]
        spilled = np.maximum(water - item.energy_mwh, 0.0)
        used[self.first["spilled"] + k] = spilled
        self.stored[k] = np.maximum(water - spilled, 0.0)


def _take(short: Floats, most: Floats, row: Floats) -> None:
    """Serve what is short from what is at hand, in place."""
    extra = np.minimum(short, np.maximum(most, 0.0))
    row += extra
    short -= extra


def hours_first(values: ArrayLike, hours: int) -> Floats:
    """Return one figure, (hours,) or (scenarios, hours) as an array whose first axis is that of hours."""
    found = np.asarray(values, dtype=np.float64)
    if found.ndim == 0:
        return np.full((hours, 1), float(found))
    if found.shape[-1] != hours or found.ndim > 2:  # noqa: PLR2004 - scenarios and hours
        raise DataError(f"a series has shape {found.shape}.", allowed=f"({hours},) or (scenarios, {hours})")
    return np.ascontiguousarray(np.atleast_2d(found).T)


def of_hours(values: ArrayLike, hours: int) -> Floats:
    """Return one figure, or one for each hour, as an array of hours."""
    found = np.asarray(values, dtype=np.float64)
    if found.ndim:
        numbers(found, "a cost", size=hours)
    return np.asarray(np.broadcast_to(found, (hours,)))
