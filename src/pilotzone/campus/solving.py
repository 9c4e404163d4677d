"""From a supply problem to a plan: the interior point method first, HiGHS where it does not prove its answer."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

import numpy as np

from pilotzone.campus.accounts import make_plan
from pilotzone.campus.between import Between
from pilotzone.campus.highs import solve_by_highs
from pilotzone.campus.interior import Certified, interior_point
from pilotzone.campus.making import make_form
from pilotzone.campus.plan import PROVEN, Solved, SupplyPlan
from pilotzone.core import InfeasibleError, MethodError, check_choice, one_thread

if TYPE_CHECKING:
    from pilotzone.campus.problem import SupplyProblem

__all__ = ["SupplySolver", "plan_supply"]

SupplySolver = Literal["auto", "interior point", "HiGHS"]
"""Which solver: the interior point method and HiGHS where needed, or one of them alone."""

_AIM = 1e-7
"""Gap that the interior point method stops at: what it is held to is ten times as much."""


@one_thread()
def plan_supply(
    problem: SupplyProblem,
    *,
    seconds: float = np.inf,
    between: tuple[SupplyPlan, SupplyPlan] | None = None,
    keep_way: bool = False,
    solver: SupplySolver = "auto",
    progress: Callable[[str, float], None] | None = None,
) -> SupplyPlan:
    """Return the cheapest plan.

    Parameters
    ----------
    problem
        What is to be supplied from what.
    seconds
        Limit of time; then the best plan so far is returned, with its gap.
    between
        Plans of problems that differ from this one in the amount of one limit alone, one with less of it and one with
        more, whose ways were kept: it begins between them.
    keep_way
        Whether points on the way are kept in the plan, some 10 MB for a year: plans between it and another need them.
    solver
        Which one; ``auto`` unless the two are to be compared.
    progress
        Called with the name of the solver and the relative gap so far.

    Raises
    ------
    InfeasibleError
        If no plan keeps all demands; the error says what conflicts.
    MethodError
        If no plan was found within the time.
    """
    check_choice(solver, SupplySolver, "solver")
    began = time.perf_counter()
    form = make_form(problem)
    best = Certified()
    if solver != "HiGHS":
        begin = None if between is None else _begin(problem, *between)
        best = interior_point(form, gap=_AIM, seconds=seconds, start=begin, keep_way=keep_way, progress=progress)
        if best.gap > PROVEN and begin is not None:
            left = max(seconds - (time.perf_counter() - began), 0.0)
            best = interior_point(form, gap=_AIM, seconds=left, keep_way=keep_way, progress=progress)
    used, why = "interior point", f"its dispatch and bound are within {best.gap:.1e}"
    if solver != "interior point" and best.gap > PROVEN:
        why = "it was asked for" if solver == "HiGHS" else f"the interior point method came to a gap of {best.gap:.1e}"
        used = "HiGHS"
        left = max(seconds - (time.perf_counter() - began), 0.0)
        said = solve_by_highs(form, best, gap=PROVEN, seconds=left, progress=progress)
        if best.y is None and "infeasible" in said:
            raise _infeasible(problem)
        if best.y is None:
            raise MethodError(f"no plan was found: HiGHS says {said}.", todo="allow more seconds")
        if best.gap > PROVEN:
            why += f"; HiGHS says {said}"
    if best.y is None:
        raise MethodError("the interior point method found no plan.", todo="let HiGHS solve it: solver 'auto'")
    solved = Solved(used, why, best.iterations, time.perf_counter() - began)
    return make_plan(problem, form, best, solved)


def _infeasible(problem: SupplyProblem) -> InfeasibleError:
    from pilotzone.campus.conflicts import conflict_words

    told = conflict_words(problem)
    return InfeasibleError(
        " ".join(told) or "no plan meets all demands.",
        allowed="limits, capacities and load that go together",
        todo="loosen one of them, or give load that is not served a price",
        conflict=told,
    )


def _begin(problem: SupplyProblem, less: SupplyPlan, more: SupplyPlan) -> Between | None:
    """Return where a problem between two others begins; ``None`` where it is not between them."""
    if less.warm is None or more.warm is None or not all(_alike(plan.problem, problem) for plan in (less, more)):
        return None
    low, at, high = ([limit.amount for limit in item.limits] for item in (less.problem, problem, more.problem))
    moved = [k for k in range(len(at)) if low[k] != high[k]]
    if len(moved) != 1 or any(at[k] != low[k] for k in range(len(at)) if k not in moved):
        return None
    share = (at[moved[0]] - low[moved[0]]) / (high[moved[0]] - low[moved[0]])
    return Between(less.warm, more.warm, share) if 0 <= share <= 1 else None


def _alike(former: SupplyProblem, problem: SupplyProblem) -> bool:
    """Whether the points of one problem have the shape of those of another: the same parts and hours."""
    names = [
        (
            item.load.shape,
            tuple(flow.name for flow in item.flows),
            tuple(store.name for store in item.stores),
            tuple((limit.name, limit.price is None, limit.each_year) for limit in item.limits),
            item.unserved_price is None,
        )
        for item in (former, problem)
    ]
    return names[0] == names[1] and _shape(former) == _shape(problem)


def _shape(problem: SupplyProblem) -> tuple[object, ...]:
    form = make_form(problem)
    return (
        form.rows,
        form.bounded,
        form.capacities,
        tuple(np.isfinite(form.most).tolist()),
        form.cap.tobytes(),
        form.live.tobytes(),
    )
