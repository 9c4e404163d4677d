"""Plans under a limit that is moved: cost against carbon, or against water."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.campus.conflicts import least_total
from pilotzone.campus.plan import SupplyPlan
from pilotzone.campus.solving import plan_supply
from pilotzone.core import MethodError, UsageError, unknown

if TYPE_CHECKING:
    from pilotzone.campus.problem import SupplyProblem

__all__ = ["frontier_amounts", "supply_frontier", "with_limit"]


def with_limit(problem: SupplyProblem, name: str, amount: float) -> SupplyProblem:
    """Return a problem with another amount of a limit."""
    names = [limit.name for limit in problem.limits]
    if name not in names:
        raise unknown("limit", name, names, error=UsageError, of="the problem")
    return replace(
        problem,
        limits=tuple(replace(limit, amount=amount) if limit.name == name else limit for limit in problem.limits),
    )


def frontier_amounts(problem: SupplyProblem, name: str, points: int = 20) -> tuple[float, ...]:
    """Return amounts from the least that can be reached to that of the cheapest plan without the limit.

    Raises
    ------
    UsageError
        If there is no such limit, it is not ``at most``, or there are fewer than two points.
    """
    if points < 2:  # noqa: PLR2004 - both ends
        raise UsageError(f"a frontier has {points} points.", allowed="2 or more")
    limit = next((limit for limit in problem.limits if limit.name == name), None)
    if limit is None:
        raise unknown("limit", name, [limit.name for limit in problem.limits], error=UsageError, of="the problem")
    if limit.sense != "at most":
        raise UsageError(f"limit {name!r} is one that has to be reached.", allowed="limits with 'at most'")
    far = 10 * sum(float(np.abs(value).sum()) for value in (problem.load,)) * problem.step_h
    strength = max(
        float(np.max(np.abs(part.intensity[limit.quantity])))
        for part in problem.flows
        if limit.quantity in part.intensity
    )
    free = plan_supply(with_limit(problem, name, far * max(strength, 1e-9)))
    most = max(next(item for item in free.limits if item.name == name).totals)
    least = least_total(problem, name)
    # At the least itself there is no inside left: the first point is a thousandth of the way from it.
    return tuple(np.linspace(least + 1e-3 * (most - least), most, points).tolist())


def supply_frontier(
    problem: SupplyProblem,
    limit: str,
    amounts: Sequence[float],
    *,
    seconds: float = np.inf,
    progress: Callable[[str, float], None] | None = None,
) -> tuple[SupplyPlan, ...]:
    """Return a plan for each amount of a limit, in the order of the amounts.

    Parameters
    ----------
    problem
        What is to be supplied.
    limit
        Name of the limit.
    amounts
        Amounts of the quantity, in its unit.
    seconds
        Limit of time for each plan.
    progress
        As for `plan_supply`.

    Notes
    -----
    The tightest and the loosest first, then the one between them, and so on: each begins between two that are known.
    """
    found: dict[int, SupplyPlan] = {}
    for k, plan in plans_by_limit(problem, limit, amounts, seconds=seconds, progress=progress):
        if isinstance(plan, MethodError):
            raise plan
        found[k] = plan
    return tuple(found[k] for k in range(len(amounts)))


def plans_by_limit(
    problem: SupplyProblem,
    limit: str,
    amounts: Sequence[float],
    *,
    seconds: float = np.inf,
    progress: Callable[[str, float], None] | None = None,
) -> Iterator[tuple[int, SupplyPlan | MethodError]]:
    """Give the position of each amount of a limit with its plan, or with why there is none.

    The tightest is the first and the loosest the second; each of the others begins between the two nearest of those
    before. Parameters are those of `supply_frontier`.
    """
    order = np.argsort(np.asarray(amounts, dtype=np.float64), kind="stable").tolist()
    known: dict[int, SupplyPlan] = {}

    def solved(at: int, *ends: int) -> tuple[int, SupplyPlan | MethodError]:
        both = (known[ends[0]], known[ends[1]]) if ends and all(end in known for end in ends) else None
        asked = with_limit(problem, limit, float(amounts[order[at]]))
        try:
            plan = plan_supply(asked, between=both, keep_way=True, seconds=seconds, progress=progress)
        except MethodError as error:
            return order[at], error
        known[at] = plan
        return order[at], replace(plan, warm=None)

    def inside(low: int, high: int) -> Iterator[tuple[int, SupplyPlan | MethodError]]:
        middle = (low + high) // 2
        if middle == low:
            return
        yield solved(middle, low, high)
        yield from inside(low, middle)
        yield from inside(middle, high)
        # Its way is of no more use, and large.
        known.pop(middle, None)

    for at in sorted({0, len(order) - 1}) if order else ():
        yield solved(at)
    yield from inside(0, len(order) - 1)
