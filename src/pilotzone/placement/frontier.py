"""The best placement of several that are as good, and the frontier between least cost and least carbon.

No two placements are shown of which one is better than the other on both counts.
"""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np

from pilotzone.placement.plan import Plan
from pilotzone.placement.problem import PlacementProblem
from pilotzone.placement.result import FrontierPoint
from pilotzone.placement.solving import Placement, solve_placement

__all__ = ["best_placement", "frontier_of", "undominated"]

_SAME = 1e-6
"""Relative difference below which two plans are one."""
_TIE = 1e-9
"""Relative difference of rounding."""


def best_placement(
    problem: PlacementProblem,
    *,
    carbon_price: float = 0.0,
    only_carbon: bool = False,
    limits: tuple[float, float] = (np.inf, np.inf),
    gap: float = 1e-4,
    seconds: float = 60.0,
) -> Placement:
    """Return the best placement, and of those that are as good the one that is best on the other count.

    Parameters
    ----------
    problem
        The problem.
    carbon_price, only_carbon, limits, gap, seconds
        As in `solve_placement`.

    Notes
    -----
    Where emissions are minimised: of all placements whose emissions are at most the proven bound and a tolerance, which
    is `gap` of the emissions, or what was left unproven if that is more, the cheapest. Where cost is: emissions are
    added at a price so small that it moves cost by a tenth of `gap` at most; what that finds is taken if it costs no
    more.
    """
    started = time.perf_counter()
    first = solve_placement(
        problem, carbon_price=carbon_price, only_carbon=only_carbon, limits=limits, gap=gap, seconds=seconds
    )
    left = max(1.0, seconds - (time.perf_counter() - started))
    if only_carbon:
        slack = max(gap * first.carbon, first.objective - first.bound)
        capped = (min(max(first.bound + slack, first.carbon), limits[0]), limits[1])
        other = solve_placement(problem, limits=capped, gap=gap, seconds=left, start=first)
        return replace(first.instead(other), tolerance=slack)
    if carbon_price > 0 or first.carbon <= 0 or first.cost <= 0:
        return first
    price = 0.1 * gap * first.cost / first.carbon
    other = solve_placement(problem, carbon_price=price, limits=limits, gap=0.1 * gap, seconds=left, start=first)
    if other.cost <= first.cost * (1 + _TIE) and other.carbon < first.carbon:
        return first.instead(other)
    return first


def frontier_of(
    plan: Plan, *, points: int = 5, seconds: float = 30.0, gap: float = 1e-4, best: Placement | None = None
) -> tuple[FrontierPoint, ...]:
    """Return plans from least cost to least carbon, by limits of carbon evenly between.

    Parameters
    ----------
    plan
        The plan.
    points
        How many, both ends among them.
    seconds, gap
        Seconds and gap of each solution.
    best
        A placement of the plan that is shown beside them, and stands among them unless one of them is better.

    Notes
    -----
    The epsilon-constraint method (Haimes, Lasdon and Wismer 1971), which finds plans that no carbon price leads to as
    well. Each solution begins from the next cleaner one, so that none is lost for want of time. Plans are left out that
    cost no less and emit no less than another one.
    """
    problem, limits = plan.problem(), plan.limits()
    cheap = clean = best
    if cheap is None or cheap.only_carbon or cheap.carbon_price > 0:
        cheap = best_placement(problem, limits=limits, seconds=seconds, gap=gap)
    if clean is None or not clean.only_carbon:
        clean = best_placement(problem, only_carbon=True, limits=limits, seconds=seconds, gap=gap)
    found = [clean]
    for cap in np.linspace(clean.carbon, cheap.carbon, points)[1:-1]:
        capped = (min(max(float(cap), found[-1].carbon), limits[0]), limits[1])
        found.append(solve_placement(problem, limits=capped, seconds=seconds, gap=gap, start=found[-1]))
    kept: list[Placement] = []
    for one in ([best] if best is not None else []) + [cheap, *reversed(found)]:
        twin = any(
            abs(p.cost - one.cost) <= _SAME * p.cost and abs(p.carbon - one.carbon) <= _SAME * max(p.carbon, 1e-9)
            for p in kept
        )
        if not twin:
            kept.append(one)
    shown = [one for one in kept if not any(_dominates(other, one) for other in kept)]
    return tuple(_point(plan, one) for one in sorted(shown, key=lambda one: one.cost))


def undominated(best: Placement, frontier: tuple[FrontierPoint, ...]) -> Placement:
    """Return a placement, or one of the frontier that costs no more and emits no more, and less of either.

    What is minimised is no more in a placement that is better on both counts, so that the proof holds of it too.
    """
    for point in frontier:
        if _dominates(point.placement, best):
            return undominated(best.instead(point.placement), frontier)
    return best


def _dominates(one: Placement, other: Placement) -> bool:
    return (
        one.cost <= other.cost and one.carbon <= other.carbon and (one.cost, one.carbon) != (other.cost, other.carbon)
    )


def _point(plan: Plan, one: Placement) -> FrontierPoint:
    names = tuple(site.name for site, on in zip(plan.sites, one.open.tolist(), strict=True) if on)
    return FrontierPoint(one.cost, one.carbon, names, one.gap, one)
