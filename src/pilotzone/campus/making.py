"""From a supply problem to its form: rows are gathered part by part."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pilotzone.campus.form import UNSERVED, Form, Row
from pilotzone.campus.parts import Battery, Capacity, Flow, Reservoir, Store
from pilotzone.campus.problem import SupplyProblem

if TYPE_CHECKING:
    Floats = NDArray[np.float64]

__all__ = ["make_form"]

_UNBOUNDED = 1e3
"""Largest loads that stand for no bound, where something without a bound is not available in every hour."""

Bound = tuple[int | None, NDArray[np.float64], NDArray[np.float64] | None]
"""Number, share and what is there of a capacity; no room stands for no bound."""


def make_form(problem: SupplyProblem) -> Form:
    """Return a problem as arrays."""
    return _Maker(problem).finished()


@dataclass(eq=False)
class _Added:
    row: Row
    sign: float
    into: dict[int, float]
    cost: Floats
    cap: int | None
    avail: Floats
    room: Floats
    effects: dict[str, Floats]


@dataclass(eq=False)
class _Maker:
    """Gathers rows, capacities and limits of a problem."""

    problem: SupplyProblem
    rows: list[_Added] = field(default_factory=list)
    levels: list[tuple[Row, float]] = field(default_factory=list)
    inflow: list[Floats] = field(default_factory=list)
    capacities: list[tuple[Row, Capacity]] = field(default_factory=list)
    constant: float = 0.0

    def finished(self) -> Form:
        problem = self.problem
        for flow in problem.flows:
            self._flow(flow)
        for store in problem.stores:
            self._store(store)
        load = problem.by_hour(problem.load)
        if problem.unserved_price is not None:
            price = np.full(len(load), problem.unserved_price)
            self._add(Row(UNSERVED, "unserved"), 1.0, price, (None, np.ones_like(load), load))
        return self._form(load)

    def _flow(self, flow: Flow) -> None:
        bound = self._capacity(Row(flow.name, "power"), flow.capacity, self.problem.by_hour(flow.availability))
        sign = 1.0 if flow.direction == "supply" else -1.0
        self._add(Row(flow.name, flow.direction), sign, self.problem.cost_of(flow), bound, effects=flow.intensity)

    def _store(self, store: Store) -> None:
        one, none = self.problem.by_hour(1.0), self.problem.by_hour(0.0)
        s, name, step = len(self.levels), store.name, self.problem.step_h
        rate = getattr(store, "self_discharge", 0.0)
        if isinstance(store, Battery):
            power = self._capacity(Row(name, "power"), store.power, one)
            self._add(Row(name, "charge"), -1.0, none, power, {s: store.charge_efficiency})
            cost = self.problem.by_hour(store.marginal_cost)
            self._add(Row(name, "discharge"), 1.0, cost, power, {s: -1 / store.discharge_efficiency})
            if store.duration_h is not None:
                cap, avail, room = power
                assert room is not None  # noqa: S101 - a battery of a given duration has a bound (its spec)
                factor = store.duration_h / step
                held: Bound = cap, avail * factor, room * factor
            else:
                held = self._capacity(Row(name, "energy"), store.energy, one / step)
            self.inflow.append(none)
        elif isinstance(store, Reservoir):
            turbine = self._capacity(Row(name, "power"), store.turbine, self.problem.by_hour(store.availability))
            cost = self.problem.cost_of(store)
            out = {s: -1 / store.efficiency}
            self._add(Row(name, "discharge"), 1.0, cost, turbine, out, effects=store.intensity)
            if store.spill:
                self._add(Row(name, "spill"), 0.0, none, (None, one, None), {s: -1.0})
            held = self._capacity(Row(name, "energy"), store.energy, one / step)
            self.inflow.append(self.problem.by_hour(store.inflow))
        else:
            power = self._capacity(Row(name, "power"), store.power, one)
            self._add(Row(name, "served"), -1.0, none, power, {s: -1.0})
            held = self._capacity(Row(name, "energy"), store.waiting, one / step)
            self.inflow.append(self.problem.by_hour(store.load))
        self.levels.append((Row(name, "level"), (1 - rate) ** step))
        self._add(Row(name, "level"), 0.0, none, held)

    def _capacity(self, row: Row, capacity: Capacity | None, avail: Floats) -> Bound:
        """Return number, share and what is there of a capacity; no room stands for no bound."""
        if capacity is None or capacity.is_free:
            return None, avail, None
        self.constant += capacity.cost * capacity.least
        if capacity.is_given:
            return None, avail, avail * capacity.least
        self.capacities.append((row, capacity))
        return len(self.capacities) - 1, avail, avail * capacity.least

    def _add(
        self,
        row: Row,
        sign: float,
        cost: Floats,
        bound: Bound,
        into: dict[int, float] | None = None,
        effects: Mapping[str, Floats | float] | None = None,
    ) -> None:
        cap, avail, room = bound
        if room is None:
            # What has no bound cannot be used where it is not available either.
            room = np.where(avail > 0, np.inf, 0.0)
            if (room == 0).any():
                room = np.where(avail > 0, _UNBOUNDED * max(float(self.problem.load.max()), 1.0), 0.0)
        by_hour = {name: self.problem.by_hour(values) for name, values in (effects or {}).items()}
        self.rows.append(_Added(row, sign, into or {}, cost, cap, avail, room, by_hour))

    def _form(self, load: Floats) -> Form:
        problem, step = self.problem, self.problem.step_h
        rows = sorted(self.rows, key=lambda added: not np.isfinite(added.room).all())
        bounded = sum(bool(np.isfinite(added.room).all()) for added in rows)
        weight = np.repeat(problem.weights, problem.hours) * step
        into = np.zeros((len(self.levels), len(rows)))
        for j, added in enumerate(rows):
            for s, coefficient in added.into.items():
                into[s, j] = coefficient
        names = [added.row for added in rows]
        least, most, cost = (
            np.array([getattr(capacity, name) for _, capacity in self.capacities], dtype=np.float64)
            for name in ("least", "most", "cost")
        )
        empty = np.zeros((0, len(load)))
        limits, limit_of = _limits(problem, rows)
        return Form(
            rows=tuple(names),
            years=problem.years,
            step_h=step,
            load=load,
            sign=np.array([added.sign for added in rows]),
            into=into,
            level=np.array([names.index(row) for row, _ in self.levels], dtype=np.int64),
            keep=np.array([keep for _, keep in self.levels]),
            inflow=np.array(self.inflow) if self.inflow else empty,
            cost=np.array([added.cost * weight for added in rows]),
            bounded=bounded,
            avail=np.array([added.avail for added in rows[:bounded]]).reshape(bounded, len(load)),
            room=np.array([added.room for added in rows[:bounded]]).reshape(bounded, len(load)),
            cap=np.array([-1 if added.cap is None else added.cap for added in rows[:bounded]], dtype=np.int64),
            capacities=tuple(row for row, _ in self.capacities),
            least=least,
            most=most - least,
            capacity_cost=cost,
            constant=self.constant,
            effects=tuple(limits.effects),
            limit_of=limit_of,
            amount=np.array(limits.amounts),
            price=np.array(limits.prices),
            turned=np.array(limits.turned),
        )


@dataclass(eq=False)
class _Limits:
    """What a form knows of limits; see there."""

    effects: list[tuple[int, int, Floats]] = field(default_factory=list)
    amounts: list[float] = field(default_factory=list)
    prices: list[float] = field(default_factory=list)
    turned: list[float] = field(default_factory=list)


def _limits(problem: SupplyProblem, rows: list[_Added]) -> tuple[_Limits, NDArray[np.int64]]:
    """Return limits, and the rows that each has in each year."""
    found = _Limits()
    limit_of = np.zeros((problem.years, len(problem.limits)), dtype=np.int64)
    for number, limit in enumerate(problem.limits):
        turn = 1.0 if limit.sense == "at most" else -1.0
        hours = np.ones(problem.hours) if limit.hours is None else np.asarray(limit.hours, dtype=np.float64)
        weight = np.tile(hours, problem.years) * problem.step_h * turn
        if not limit.each_year:
            weight = weight * np.repeat(problem.weights, problem.hours)
        for year in range(problem.years if limit.each_year else 1):
            limit_of[year if limit.each_year else slice(None), number] = len(found.amounts)
            found.amounts.append(turn * limit.amount)
            # What goes beyond in a year counts by the year's weight.
            share = float(problem.weights[year]) if limit.each_year else 1.0
            found.prices.append(np.inf if limit.price is None else limit.price * share)
            found.turned.append(turn)
        for j, added in enumerate(rows):
            values = added.effects.get(limit.quantity)
            if values is not None and values.any():
                found.effects.append((number, j, values * weight))
    return found, limit_of
