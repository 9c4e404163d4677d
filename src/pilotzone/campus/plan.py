"""What a supply plan comes to: capacities, dispatch, costs, limits, prices, and the proof of its cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.campus.between import Warm
from pilotzone.campus.problem import SupplyProblem
from pilotzone.campus.repair import Missed
from pilotzone.core import Glance, Result, Table

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["PROVEN", "Built", "LimitTotal", "Solved", "SupplyPlan"]

PROVEN = 1e-6
"""Gap and residuals up to which a plan is called proven."""


@dataclass(frozen=True)
class Built:
    """A capacity of a plan.

    Attributes
    ----------
    part, role
        Flow or store, and ``power`` or ``energy``.
    amount
        MW, or MWh of energy.
    cost
        Cost of a year.
    """

    part: str
    role: str
    amount: float
    cost: float


@dataclass(frozen=True, eq=False)
class LimitTotal:
    """A limit, and what a plan brings of it.

    Attributes
    ----------
    name, unit, sense
        Name, unit and sense of the limit.
    amount
        Amount of the limit, in a year.
    totals
        Totals of each weather year; of their mean where the limit is on it.
    price
        What the cost of a year falls by if the limit is one unit looser in every year; zero or more.
    beyond
        Mean over years of what is beyond the limit, where it has a price.
    """

    name: str
    unit: str
    sense: str
    amount: float
    totals: tuple[float, ...]
    price: float
    beyond: float


@dataclass(frozen=True)
class Solved:
    """How a plan was found.

    Attributes
    ----------
    solver
        ``interior point`` or ``HiGHS``.
    why
        Why that one.
    iterations
        Steps of the interior point method.
    seconds
        Time taken, s, by the clock.
    """

    solver: str
    why: str
    iterations: int
    seconds: float


@dataclass(frozen=True, eq=False)
class SupplyPlan(Result):
    """The cheapest supply of a load, as far as it is proven. Arrays of hours have the shape of the load.

    Attributes
    ----------
    problem
        What was asked for.
    capacities
        What is built, of flows and stores.
    dispatch
        MW of each flow, by its name; of uses as well as of supplies.
    stores
        For each store, MW of ``charge``, ``discharge``, ``served`` and ``spill`` as it has them, and MWh of its
        ``level`` at the end of each period.
    unserved
        Load that is not served, MW.
    price
        What a further MWh of load would cost in each hour, currency per MWh.
    limits
        Each limit with its totals and price.
    costs
        Cost of a year by its parts, in currency; they sum to `objective`.
    objective, bound, gap
        Cost of a year, what no plan costs less than, and how far apart they are, relative.
    missed
        Largest residual of each kind of equation, relative.
    solved
        Which solver found it, and why.
    warm
        Points on the way to it, where it was asked for: plans between this and another begin there.
    """

    problem: SupplyProblem
    capacities: tuple[Built, ...]
    dispatch: Mapping[str, Floats]
    stores: Mapping[str, Mapping[str, Floats]]
    unserved: Floats
    price: Floats
    limits: tuple[LimitTotal, ...]
    costs: Mapping[str, float]
    objective: float
    bound: float
    gap: float
    missed: Missed
    solved: Solved
    warm: Warm | None = field(default=None, repr=False)

    @property
    def proven(self) -> bool:
        """Whether gap and residuals are 1e-6 or less."""
        return self.gap <= PROVEN and self.missed.most <= PROVEN

    @property
    def served_mwh(self) -> float:
        """Load that is served in a year, mean over weather years, MWh."""
        served = self.problem.by_hour(self.problem.load) - self.unserved.ravel()
        return float(self._mean(served))

    @property
    def cost_per_kwh(self) -> float:
        """Cost of a kWh that is served."""
        return self.objective / self.served_mwh / 1000 if self.served_mwh > 0 else np.nan

    def _mean(self, values: Floats) -> float:
        by_year = values.reshape(self.problem.years, -1).sum(axis=1) * self.problem.step_h
        return float(self.problem.weights @ by_year)

    def capacity(self, part: str, role: str = "power") -> float:
        """Return MW, or MWh of ``energy``, of a flow or store."""
        return next(built.amount for built in self.capacities if (built.part, built.role) == (part, role))

    def curtailed(self, name: str) -> Floats:
        """Return what a flow could have given and did not, MW."""
        flow = next(flow for flow in self.problem.flows if flow.name == name)
        room = self.problem.by_hour(flow.availability).reshape(self.problem.load.shape) * self.capacity(name)
        return np.maximum(room - self.dispatch[name], 0.0)

    def to_table(self) -> Table:
        """Return `hours`."""
        return self.hours()

    def summary(self) -> Table:
        """Return `built`."""
        return self.built()

    def glance(self) -> Glance:
        """Return cost, proof, limits that bind, and capacities."""
        currency = self.problem.currency
        told = [
            f"A year costs {self.objective:,.0f} {currency}, a kWh {self.cost_per_kwh:.4g}.",
            f"{'Proven' if self.proven else 'Not proven'}: within {self.gap:.1e} of what no plan costs less than.",
            f"Solved by {self.solved.solver}: {self.solved.why}.",
        ]
        told += [
            f"{limit.name} binds: a {limit.unit} more a year would save {limit.price:,.4g} {currency}."
            for limit in self.limits
            if limit.price > 0
        ]
        return Glance("Supply plan", told, self.built())

    def built(self) -> Table:
        """Return a row for each capacity."""
        rows = [
            (item.part, item.role, item.amount, "MWh" if item.role == "energy" else "MW", item.cost)
            for item in self.capacities
        ]
        return Table.from_rows(("part", "role", "amount", "unit", "cost"), rows, title="What is built")

    def spent(self) -> Table:
        """Return a row for each part of the cost: of a year, and of a kWh that is served."""
        served = self.served_mwh * 1000
        rows = [(name, cost, cost / served if served > 0 else None) for name, cost in self.costs.items()]
        return Table.from_rows(("part", "cost", "per_kwh"), rows, title="Cost of a year")

    def kept(self) -> Table:
        """Return a row for each limit and weather year."""
        rows = [
            (limit.name, year + 1, limit.sense, limit.amount, total, limit.unit, limit.price)
            for limit in self.limits
            for year, total in enumerate(limit.totals)
        ]
        names = ("limit", "year", "sense", "amount", "total", "unit", "price")
        return Table.from_rows(names, rows, title="Limits")

    def energy(self) -> Table:
        """Return a row for each flow: MWh of a year, what was curtailed, and the mean share of capacity that runs."""
        rows = []
        for flow in self.problem.flows:
            amount = self._mean(self.dispatch[flow.name])
            curtailed = self._mean(self.curtailed(flow.name)) if flow.direction == "supply" else None
            full = self.capacity(flow.name) * self.problem.hours * self.problem.step_h
            rows.append((flow.name, flow.direction, amount, curtailed, amount / full if full > 0 else None))
        names = ("flow", "direction", "mwh", "curtailed_mwh", "capacity_factor")
        return Table.from_rows(names, rows, title="Energy of a year")

    def hours(self) -> Table:
        """Return a row for each hour: load, flows, stores, unserved load and the price of power."""
        years, hours = self.problem.years, self.problem.hours
        columns: dict[str, list[float] | list[int]] = {
            "year": np.repeat(np.arange(1, years + 1), hours).tolist(),
            "hour": np.tile(np.arange(1, hours + 1), years).tolist(),
            "load_mw": self.problem.load.ravel().tolist(),
        }
        for name, values in self.dispatch.items():
            columns[f"{name}_mw"] = values.ravel().tolist()
        for store, roles in self.stores.items():
            for role, values in roles.items():
                columns[f"{store}_{role}_{'mwh' if role == 'level' else 'mw'}"] = values.ravel().tolist()
        columns["unserved_mw"] = self.unserved.ravel().tolist()
        columns["price_per_mwh"] = self.price.ravel().tolist()
        return Table(columns, title="Supply by the hour")
