"""What cannot be kept together: each demand is given a price in turn, and what is still missed is told in words."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.campus.highs import solve_by_highs
from pilotzone.campus.interior import interior_point
from pilotzone.campus.making import make_form
from pilotzone.campus.parts import Battery, Capacity, Limit, Reservoir
from pilotzone.campus.problem import SupplyProblem
from pilotzone.core import MethodError, listing

if TYPE_CHECKING:
    from pilotzone.campus.parts import Store

__all__ = ["conflict_words", "least_total"]

_PLENTY = 1e3
_NOTHING = 1e-6
"""Part of an amount that counts as none of it."""


def least_total(problem: SupplyProblem, name: str) -> float:
    """Return the least of a limit's quantity that any plan brings, all other demands kept.

    Raises
    ------
    MethodError
        If the others cannot be kept together.
    """
    none = tuple(replace(limit, amount=0.0) if limit.name == name else limit for limit in problem.limits)
    found = _beyond(replace(problem, limits=none), name)
    if found is None:
        raise MethodError(
            f"the least that limit {name!r} could be set to is not defined: other demands conflict without it.",
            todo="loosen one of these first",
        )
    return found


def conflict_words(problem: SupplyProblem) -> tuple[str, ...]:
    """Return a sentence for each demand that cannot be kept with all the others; none where all can.

    Notes
    -----
    For one limit at a time, or the load, only what goes beyond it costs anything. Where that least is above nothing,
    the demand is one that conflicts; where the others cannot be kept either, nothing is said of it. If no single demand
    can be loosened, load and limits are all loosened together.
    """
    told = [words for limit in problem.limits if (words := _limit_words(problem, limit))]
    load = _unserved(problem)
    if load is not None and load > _NOTHING * float(problem.load.sum()) * problem.step_h:
        share = load / (float(problem.load.mean()) * problem.hours * problem.step_h)
        with_what = _with_what(problem)
        amount = f"{_rounded(load)} MWh a year ({100 * share:.4g} %)"
        told.append(f"The load cannot be served{with_what}: at least {amount} are missing.")
    if not told and load is None:
        told.append(_stores_words(problem))
    return tuple(told)


def _limit_words(problem: SupplyProblem, limit: Limit) -> str:
    if limit.price is not None:
        return ""
    beyond = _beyond(problem, limit.name)
    size = max(abs(limit.amount), 1e-9)
    if beyond is None or beyond <= _NOTHING * size:
        return ""
    unit = f" {limit.unit}" if limit.unit else ""
    if limit.sense == "at most":
        reach = limit.amount + beyond
        return (
            f"The {limit.name} limit of {limit.amount:,.5g}{unit} cannot be met{_with_what(problem)}: "
            f"at least {reach:,.5g}{unit} are needed."
        )
    return (
        f"The {limit.name} of at least {limit.amount:,.5g}{unit} cannot be reached{_with_what(problem)}: "
        f"at most {limit.amount - beyond:,.5g}{unit} can."
    )


def _beyond(problem: SupplyProblem, name: str) -> float | None:
    """Return by how much a limit is missed at least; ``None`` where the others cannot be kept."""
    return _least(_free(problem), {name: 1.0})


def _free(problem: SupplyProblem) -> SupplyProblem:
    """Return a problem in which nothing costs anything, load has to be served unless it has a price, and so on."""
    flows = tuple(
        replace(flow, capacity=None if flow.capacity is None else _bound(flow.capacity, problem), marginal_cost=0.0)
        for flow in problem.flows
    )
    return replace(
        problem,
        flows=flows,
        stores=tuple(_costless_store(store, problem) for store in problem.stores),
        carbon_price=0.0,
    )


def _bound(capacity: Capacity, problem: SupplyProblem) -> Capacity:
    """Return a capacity without cost; where cost was all that bounded it, as much as could be of use stands for it."""
    plenty = capacity.least + _PLENTY * max(float(problem.load.max()), 1.0)
    return Capacity(capacity.least, capacity.most if np.isfinite(capacity.most) else plenty)


def _costless_store(store: Store, problem: SupplyProblem) -> Store:
    if isinstance(store, Battery):
        power, energy = _bound(store.power, problem), store.energy
        return replace(
            store, power=power, energy=None if energy is None else _bound(energy, problem), marginal_cost=0.0
        )
    if isinstance(store, Reservoir):
        turbine, energy = _bound(store.turbine, problem), _bound(store.energy, problem)
        return replace(store, turbine=turbine, energy=energy, marginal_cost=0.0)
    return replace(store, power=_bound(store.power, problem), waiting=_bound(store.waiting, problem))


def _least(problem: SupplyProblem, priced: dict[str, float]) -> float | None:
    """Return the least sum of what goes beyond some limits, at a price each."""
    limits = tuple(
        replace(limit, price=priced[limit.name]) if limit.name in priced else limit for limit in problem.limits
    )
    form = make_form(replace(problem, limits=limits, unserved_price=problem.unserved_price and 1e-9))
    best = interior_point(form, gap=_NOTHING, iterations=60)
    if best.y is None or best.gap > 1e-3:  # noqa: PLR2004 - three digits are what a sentence says
        said = solve_by_highs(form, best, gap=_NOTHING)
        if "infeasible" in said:
            return None
    if best.y is None:
        return None
    beyond = np.maximum(form.totals(best.y) - form.amount, 0.0)
    rows = np.isfinite(form.price)
    return float((beyond[rows] * form.price[rows]).sum())


def _unserved(problem: SupplyProblem) -> float | None:
    """Return how much load goes unserved at least in a year where only that costs; ``None`` if it can not be told."""
    free = replace(_free(problem), unserved_price=1.0)
    form = make_form(free)
    best = interior_point(form, gap=_NOTHING, iterations=60)
    if best.y is None or best.gap > 1e-3:  # noqa: PLR2004 - three digits are what a sentence says
        said = solve_by_highs(form, best, gap=_NOTHING)
        if "infeasible" in said:
            return None
    return None if best.y is None else float(form.value(best.y, best.x))  # type: ignore[arg-type]


def _with_what(problem: SupplyProblem) -> str:
    """Return what is bounded in words: `` with 5 MW of hydro and 10 MW of grid``."""
    bounded = [
        f"{flow.capacity.most:,.5g} MW of {flow.name}"
        for flow in problem.flows
        if flow.capacity is not None and np.isfinite(flow.capacity.most) and flow.direction == "supply"
    ]
    bounded += [
        f"{store.turbine.most:,.5g} MW of {store.name}"
        for store in problem.stores
        if isinstance(store, Reservoir) and np.isfinite(store.turbine.most)
    ]
    return f" with {listing(bounded, most=5)}" if bounded else ""


def _stores_words(problem: SupplyProblem) -> str:
    names = [store.name for store in problem.stores]
    if names:
        return f"What flows into {listing(names)} can neither be kept nor used."
    return "Limits conflict with one another, whatever load is served."


def _rounded(value: float) -> str:
    """Return four significant digits, and all digits of large numbers, without an exponent."""
    return f"{value:,.0f}" if value >= 1000 else f"{value:.4g}"  # noqa: PLR2004 - four digits
