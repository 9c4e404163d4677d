"""Loss of load of given capacities without foresight: hour by hour by rules, in many scenarios at once.

A least-cost programme knows every hour of its year: it fills its reservoir in July because it knows August. Here
nobody knows more than the hour, the month's rule curve and the rules of batteries, and what the programme serves may be
lost.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.campus.fleet import Fleet
from pilotzone.campus.given import HOURS_OF_YEARS, MONTHS, as_whole, month_of_hours, number, numbers
from pilotzone.campus.hourly import Stepper, hours_first, of_hours
from pilotzone.campus.outages import LOSS_MW
from pilotzone.campus.technologies import INTENSITIES
from pilotzone.core import DataError, Result, Table, UsageError, listing, unknown

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

__all__ = ["ForesightGap", "OperationResult", "operate", "sampled_outages"]

_BLOCK = 168
"""Hours that are kept at once before they are summed."""


@dataclass(frozen=True, eq=False)
class OperationResult(Result):
    """What a fleet did in each scenario.

    Attributes
    ----------
    unserved_mwh, hours_lost
        Energy not served, MWh, and hours of lost load, by scenario and month, shape (scenarios, 12).
    load_mwh
        Shape (scenarios,).
    energy_mwh
        FleetSource, reservoir, and what was spilled, discharged and charged, by name to MWh, each (scenarios,).
    running_cost
        Variable cost, shape (scenarios,), currency.
    capacity_cost
        Cost of all capacities, currency a year.
    unserved_cost
        Shape (scenarios,), currency.
    totals
        Names of `INTENSITIES` to totals, each (scenarios,), where every source that could run has the figure.
    unknown
        Names of `INTENSITIES` to sources that lack the figure: there is no total of these.
    curtailed_mwh
        FleetSource that costs nothing to what it could have given besides, each (scenarios,).
    waited_mwh
        Load that waited, an hour's worth for every hour that it did, shape (scenarios,).
    held_change_mwh
        FleetBattery or reservoir to energy at the end less that at the beginning, each (scenarios,).
    hours
        How many there are.
    dispatch
        Row to MWh by scenario and hour, each (scenarios, hours), where it was asked for; else empty.
    """

    unserved_mwh: Floats
    hours_lost: Floats
    load_mwh: Floats
    energy_mwh: Mapping[str, Floats]
    running_cost: Floats
    capacity_cost: float
    unserved_cost: Floats
    totals: Mapping[str, Floats]
    unknown: Mapping[str, tuple[str, ...]]
    curtailed_mwh: Mapping[str, Floats]
    waited_mwh: Floats
    held_change_mwh: Mapping[str, Floats]
    hours: int
    dispatch: Mapping[str, Floats] = field(default_factory=dict)

    @property
    def scenarios(self) -> int:
        """How many there are."""
        return len(self.load_mwh)

    @property
    def lost_hours(self) -> Floats:
        """Hours with loss of load, shape (scenarios,)."""
        return np.asarray(self.hours_lost.sum(axis=1))

    @property
    def lost_mwh(self) -> Floats:
        """Energy not served, MWh, shape (scenarios,)."""
        return np.asarray(self.unserved_mwh.sum(axis=1))

    @property
    def total_cost(self) -> Floats:
        """Capacities, running and unserved load, currency, shape (scenarios,)."""
        return np.asarray(self.capacity_cost + self.running_cost + self.unserved_cost)

    def to_table(self) -> Table:
        """Return a row for each scenario."""
        columns = {
            "scenario": tuple(range(1, self.scenarios + 1)),
            "lost_hours": tuple(self.lost_hours.tolist()),
            "lost_mwh": tuple(self.lost_mwh.tolist()),
            "worst_month": tuple(int(row.argmax()) + 1 if row.any() else None for row in self.unserved_mwh),
            "running_cost": tuple(self.running_cost.tolist()),
            "unserved_cost": tuple(self.unserved_cost.tolist()),
            **{name: tuple(value.tolist()) for name, value in self.totals.items()},
        }
        note = " ".join(
            f"{name}: no total, since {listing(who)} lack the figure." for name, who in self.unknown.items()
        )
        return Table(columns, title="Operation without foresight, by scenario", note=note)


@dataclass(frozen=True, eq=False)
class ForesightGap(Result):
    """Cost and loss of one set of capacities, with foresight (the plan's) and without (operated by rules).

    Attributes
    ----------
    plan_cost, plan_lost_mwh
        Cost and lost energy of the plan, currency and MWh a year.
    operated
        Without foresight.
    weights
        Weights of scenarios, shape (scenarios,); equal if left out.
    """

    plan_cost: float
    plan_lost_mwh: float
    operated: OperationResult
    weights: Floats | None = None

    def _mean(self, values: Floats) -> float:
        return float(np.average(values, weights=self.weights))

    @property
    def cost_without(self) -> float:
        """Expected cost without foresight, unserved load at its price, currency a year."""
        return self._mean(self.operated.total_cost)

    def to_table(self) -> Table:
        """Return cost and unserved energy of both."""
        lost = self._mean(self.operated.lost_mwh)
        rows = [
            ("cost a year", self.plan_cost, self.cost_without, self.cost_without - self.plan_cost),
            ("energy not served, MWh a year", self.plan_lost_mwh, lost, lost - self.plan_lost_mwh),
            ("hours with loss a year", None, self._mean(self.operated.lost_hours), None),
        ]
        names = ("quantity", "with_foresight", "without_foresight", "difference")
        return Table.from_rows(names, rows, title="With and without foresight")


def operate(
    fleet: Fleet,
    load_mw: ArrayLike,
    *,
    months: ArrayLike | None = None,
    out: Mapping[str, int] | None = None,
    keep: bool = False,
) -> OperationResult:
    """Run a fleet hour by hour.

    Parameters
    ----------
    fleet
        Capacities and rules.
    load_mw
        MW, shape (hours,) or (scenarios, hours).
    months
        Month, 1 to 12, of each hour; those of a year from January if left out.
    out
        N-k: name of a source to the number of its sets that are out all along.
    keep
        Whether every hour is kept: arrays of scenarios times hours for each row.

    Returns
    -------
    OperationResult
        With figures for each scenario.

    Raises
    ------
    DataError
        If a series has a gap, or lengths or numbers of scenarios differ.
    UsageError
        If more sets are out than there are, or months are not told for hours that are not a year.

    Notes
    -----
    In an hour sources, free water and batteries above their reserve serve the load in order of cost; load that may
    wait waits only for want of these. A shortage is served by batteries, water below the curve and backup, in this
    order. Then batteries charge from what is over.
    """
    load = numbers(load_mw, "load, MW", low=0.0)
    hours = load.shape[-1] if load.ndim else 0
    if not hours:
        raise DataError(f"load has shape {load.shape}.", allowed="(hours,) or (scenarios, hours)")
    month = _months(months, hours)
    missing = dict(out or {})
    _check_out(fleet, missing)
    of_load = hours_first(load, hours)
    stepper = Stepper(fleet, of_load, month, _scenarios(fleet, load, hours), missing)
    sums = _Sums(fleet, stepper, month, keep=keep)
    start = [value.copy() for value in (*stepper.held, *stepper.stored)]
    for hour in range(hours):
        stepper.step(hour, sums.row_of(hour))
    sums.close()
    change = {
        name: end - begin
        for name, end, begin in zip(fleet.stores, (*stepper.held, *stepper.stored), start, strict=True)
    }
    return sums.result(of_load, change)


class _Sums:
    """Sums over hours of what was used, block by block."""

    def __init__(self, fleet: Fleet, stepper: Stepper, month: NDArray[np.int64], *, keep: bool) -> None:
        self.fleet, self.stepper, self.keep = fleet, stepper, keep
        self.length = stepper.hours if keep else min(_BLOCK, stepper.hours)
        self.block = np.zeros((len(stepper.rows), self.length, stepper.scenarios))
        self.begin = 0
        self.is_month = (month[None, :] == np.arange(1, MONTHS + 1)[:, None]).astype(np.float64)
        names = list(INTENSITIES)
        # Rows of weights of each supply: energy, cost, and each intensity.
        self.weights = np.array(
            [
                [
                    np.ones(stepper.hours),
                    of_hours(cost, stepper.hours),
                    *(of_hours(known.get(name, 0.0), stepper.hours) for name in names),
                ]
                for cost, known in fleet.priced.values()
            ]
        )
        self.sums = np.zeros((*self.weights.shape[:2], stepper.scenarios))
        self.energy = np.zeros((len(stepper.rows), stepper.scenarios))
        self.unserved = np.zeros((MONTHS, stepper.scenarios))
        self.lost = np.zeros((MONTHS, stepper.scenarios))

    def row_of(self, hour: int) -> Floats:
        """Return zeros for an hour, shape (rows, scenarios)."""
        if hour - self.begin == self.length:
            self.close()
            self.begin = hour
            self.block[:] = 0.0
        return self.block[:, hour - self.begin]

    def close(self) -> None:
        """Add a block to the sums."""
        end = min(self.begin + self.length, self.stepper.hours)
        block, hours = self.block[:, : end - self.begin], slice(self.begin, end)
        for k in range(len(self.weights)):
            self.sums[k] += self.weights[k][:, hours] @ block[k]
        self.energy += block.sum(axis=1)
        unserved = block[self.stepper.first["unserved"]]
        self.unserved += self.is_month[:, hours] @ unserved
        self.lost += self.is_month[:, hours] @ (unserved > LOSS_MW)

    def result(self, load: Floats, change: Mapping[str, Floats]) -> OperationResult:
        """Return the sums as a result."""
        fleet, rows = self.fleet, self.stepper.rows
        known = {name: has for name, (_, has) in fleet.priced.items()}
        absent = {
            key: tuple(name for name, has in known.items() if key not in has)
            for key in INTENSITIES
            if any(key in has for has in known.values())
        }
        totals = {
            key: self.sums[:, 2 + k].sum(axis=0)
            for k, key in enumerate(INTENSITIES)
            if key in absent and not absent[key]
        }
        return OperationResult(
            unserved_mwh=self.unserved.T.copy(),
            hours_lost=self.lost.T.copy(),
            load_mwh=np.broadcast_to(load.sum(axis=0), (self.stepper.scenarios,)).copy(),
            energy_mwh={name: self.energy[k] for k, name in enumerate(rows[:-2])},
            running_cost=self.sums[:, 1].sum(axis=0),
            capacity_cost=fleet.yearly_cost,
            unserved_cost=fleet.unserved_price * self.unserved.sum(axis=0),
            totals=totals,
            unknown={key: who for key, who in absent.items() if who},
            curtailed_mwh=self._curtailed(),
            waited_mwh=self.energy[-1],
            held_change_mwh=change,
            hours=self.stepper.hours,
            dispatch={name: self.block[k].T for k, name in enumerate(rows)} if self.keep else {},
        )

    def _curtailed(self) -> dict[str, Floats]:
        free = [k for k in self.stepper.normal if not self.stepper.cost[k].any()]
        return {self.fleet.sources[k].name: self.stepper.available[k].sum(axis=0) - self.energy[k] for k in free}


def sampled_outages(
    sets: int,
    *,
    hours_to_failure: ArrayLike,
    hours_to_repair: float,
    scenarios: int,
    hours: int,
    rng: np.random.Generator,
) -> Floats:
    """Return the share of sets that are up, drawn hour by hour, shape (scenarios, hours).

    Parameters
    ----------
    sets
        Equal units that fail independently.
    hours_to_failure
        Mean time to failure, h, at least 1: one, or one for each hour, such as shorter in heat.
    hours_to_repair
        Mean time to repair, h, at least 1.
    scenarios, hours
        How many.
    rng
        FleetSource of random numbers.

    Notes
    -----
    Each set is a chain of two states; at the beginning it is up with the chance of the first hour's steady state.
    """
    count = as_whole(sets, "number of sets", low=1)
    fails = 1 / of_hours(numbers(hours_to_failure, "mean time to failure, h", low=1.0), hours)
    mends = 1 / number(hours_to_repair, "mean time to repair, h", low=1.0)
    up = rng.binomial(count, mends / (mends + fails[0]), size=scenarios)
    found = np.empty((hours, scenarios))
    for hour in range(hours):
        found[hour] = up
        up = rng.binomial(up, 1 - fails[hour]) + rng.binomial(count - up, mends)
    return np.asarray(found.T / count)


def _months(months: ArrayLike | None, hours: int) -> NDArray[np.int64]:
    if months is not None:
        return numbers(months, "month", low=1, high=MONTHS, size=hours).astype(np.int64)
    if hours not in HOURS_OF_YEARS:
        raise UsageError(
            f"months of {hours:,} hours are not given.", todo="give months: they are told for whole years only"
        )
    return month_of_hours(hours)


def _scenarios(fleet: Fleet, load: Floats, hours: int) -> int:
    given = {"load": load}
    given |= {source.name: np.asarray(source.availability) for source in fleet.sources}
    given |= {item.name: np.asarray(item.availability) for item in fleet.reservoirs}
    given |= {f"inflow of {item.name}": np.asarray(item.inflow_mwh) for item in fleet.reservoirs}
    several = {name: values.shape[0] for name, values in given.items() if values.ndim == 2}  # noqa: PLR2004 - (scenarios, hours)
    counts = set(several.values()) - {1}
    if len(counts) > 1:
        told = ", ".join(f"{name}: {count}" for name, count in several.items())
        raise DataError(
            f"numbers of scenarios differ ({told}).", allowed=f"one number, or one series of {hours:,} hours"
        )
    return math.prod(counts)


def _check_out(fleet: Fleet, out: Mapping[str, int]) -> None:
    sets = {source.name: source.sets for source in fleet.sources}
    for name, count in out.items():
        if name not in sets:
            raise unknown("source", name, sets, error=UsageError)
        if as_whole(count, f"sets of {name!r} that are out") > sets[name]:
            raise UsageError(f"{count} sets of {name!r} are out.", allowed=f"{sets[name]} at most")
