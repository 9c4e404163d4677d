"""From a dispatch and its bound to a plan: what is built, what it costs and what limits come to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.campus.form import UNSERVED, Form
from pilotzone.campus.interior import Certified
from pilotzone.campus.parts import Battery, Deferrable, Reservoir
from pilotzone.campus.plan import PROVEN, Built, LimitTotal, Solved, SupplyPlan
from pilotzone.campus.problem import SupplyProblem
from pilotzone.campus.repair import missed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["make_plan"]


def make_plan(problem: SupplyProblem, form: Form, best: Certified, solved: Solved) -> SupplyPlan:
    """Return the plan of a dispatch and its bound."""
    assert best.y is not None  # noqa: S101 - whoever calls has a dispatch
    assert best.x is not None  # noqa: S101
    y, x = best.y, best.x
    shape = problem.load.shape
    flows = {flow.name for flow in problem.flows}
    dispatch: dict[str, Floats] = {}
    stores: dict[str, dict[str, Floats]] = {store.name: {} for store in problem.stores}
    unserved = np.zeros(shape)
    for j, row in enumerate(form.rows):
        values = y[j].reshape(shape)
        if row.part in flows:
            dispatch[row.part] = values
        elif row.part == UNSERVED and row.role == "unserved":
            unserved = values
        else:
            stores[row.part][row.role] = values * form.step_h if row.role == "level" else values
    ordered = {flow.name: dispatch[flow.name] for flow in problem.flows}
    built = _built(problem, form, x, ordered)
    weight = np.repeat(problem.weights, problem.hours) * problem.step_h
    power = best.prices.power if best.prices is not None else np.full(form.hours, np.nan)
    return SupplyPlan(
        problem=problem,
        capacities=built,
        dispatch=ordered,
        stores=stores,
        unserved=unserved,
        price=(power / weight).reshape(shape),
        limits=_limits(problem, form, best),
        costs=_costs(problem, form, y, built),
        objective=best.objective,
        bound=best.bound,
        gap=best.gap,
        missed=missed(form, y, x),
        solved=solved,
        warm=best.warm,
    )


def _built(problem: SupplyProblem, form: Form, x: Floats, dispatch: Mapping[str, Floats]) -> tuple[Built, ...]:
    sought = {(row.part, row.role): float(form.least[k] + x[k]) for k, row in enumerate(form.capacities)}
    found = []
    for flow in problem.flows:
        bound = flow.capacity
        amount = sought.get((flow.name, "power"))
        if amount is None:
            # What has no bound and no cost is as large as it is used.
            amount = float(dispatch[flow.name].max()) if bound is None or bound.is_free else bound.least
            amount = max(amount, bound.least) if bound is not None else amount
        found.append(Built(flow.name, "power", amount, amount * bound.cost if bound is not None else 0.0))
    for store in problem.stores:
        power = store.turbine if isinstance(store, Reservoir) else store.power
        energy = store.waiting if isinstance(store, Deferrable) else store.energy
        amount = sought.get((store.name, "power"), power.least)
        found.append(Built(store.name, "power", amount, amount * power.cost))
        if isinstance(store, Battery) and store.duration_h is not None:
            found.append(Built(store.name, "energy", amount * store.duration_h, 0.0))
        elif energy is not None:
            held = sought.get((store.name, "energy"), energy.least)
            found.append(Built(store.name, "energy", held, held * energy.cost))
    return tuple(found)


def _costs(problem: SupplyProblem, form: Form, y: Floats, built: tuple[Built, ...]) -> dict[str, float]:
    """Return parts of the cost that sum to the objective."""
    costs = {
        f"capacity of {item.part}" + (" (energy)" if item.role == "energy" else ""): item.cost
        for item in built
        if item.cost
    }
    weight = np.repeat(problem.weights, problem.hours) * problem.step_h
    carbon = 0.0
    for j, row in enumerate(form.rows):
        spent = float(form.cost[j] @ y[j])
        part = next((flow for flow in (*problem.flows, *problem.stores) if flow.name == row.part), None)
        intensity = (
            getattr(part, "intensity", {}).get(problem.carbon) if row.role in {"supply", "use", "discharge"} else None
        )
        if problem.carbon_price and intensity is not None:
            paid = problem.carbon_price * float(weight * problem.by_hour(intensity) @ y[j])
            carbon, spent = carbon + paid, spent - paid
        if spent:
            name = "unserved load" if row.role == "unserved" else f"running {row.part}"
            costs[name] = costs.get(name, 0.0) + spent
    if problem.carbon_price:
        costs["carbon price"] = carbon
    beyond = np.maximum(form.totals(y) - form.amount, 0.0)
    priced = np.isfinite(form.price)
    if priced.any():
        costs["beyond limits"] = float(beyond[priced] @ form.price[priced])
    return costs


def _limits(problem: SupplyProblem, form: Form, best: Certified) -> tuple[LimitTotal, ...]:
    assert best.y is not None  # noqa: S101 - see make_plan
    totals = form.totals(best.y)
    prices = best.prices.limit if best.prices is not None else np.full(len(totals), np.nan)
    # A price that all of the limit together does not make a millionth of the cost of is rounding where there is room.
    small = prices * np.maximum(np.abs(form.amount), np.abs(totals)) <= PROVEN * abs(best.objective)
    loose = form.amount - totals > PROVEN * np.maximum(np.abs(form.amount), 1e-9)
    prices = np.where(small & loose, 0.0, prices)
    found = []
    for number, limit in enumerate(problem.limits):
        rows = np.unique(form.limit_of[:, number])
        weights = problem.weights if limit.each_year else np.ones(1)
        beyond = weights @ np.maximum(totals[rows] - form.amount[rows], 0.0) if limit.price is not None else 0.0
        told = tuple((form.turned[rows] * totals[rows]).tolist())
        price = float(prices[rows].sum())
        found.append(LimitTotal(limit.name, limit.unit, limit.sense, limit.amount, told, price, float(beyond)))
    return tuple(found)
