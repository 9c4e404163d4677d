"""Running a plan: the placement, what the law costs, what a carbon price changes, and what depends on assumptions."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from pilotzone.core import InfeasibleError, MethodError, Table
from pilotzone.gather import load_shapes
from pilotzone.placement import (
    FrontierPoint,
    Placement,
    Plan,
    PlanResult,
    best_placement,
    conflict_words,
    conflicts_of,
    frontier_of,
    price_changes,
    prices_of_rules,
    solve_placement,
    undominated,
)
from pilotzone.study.plan.findings import PlanFindings

if TYPE_CHECKING:
    from collections.abc import Callable

    from pilotzone.core import Assumption
    from pilotzone.study.plan.file import PlanStudy
    from pilotzone.study.plan.material import PlanMaterial

__all__ = ["plan_findings"]


def plan_findings(study: PlanStudy, material: PlanMaterial) -> PlanFindings:
    """Place data and work; return all that a plan's report shows.

    Raises
    ------
    InfeasibleError
        If the plan cannot be kept, with a smallest set of demands that conflict.
    MethodError
        If no placement was found in time, or the solver failed.
    """
    file, plan = study.spec, material.plan
    best = _solved(study, plan)
    frontier: tuple[FrontierPoint, ...] = ()
    if file.frontier > 1:
        frontier = frontier_of(plan, points=file.frontier, seconds=file.seconds, gap=file.gap, best=best)
        best = undominated(best, frontier)
    result = PlanResult(
        plan=plan,
        placement=best,
        rules=prices_of_rules(
            plan,
            best,
            carbon_price=file.carbon_price,
            only_carbon=file.objective == "carbon",
            seconds=file.seconds,
            gap=file.gap,
        ),
        change=price_changes(plan, best, seconds=file.seconds)
        if file.objective == "cost" and not file.carbon_price
        else None,
        frontier=frontier,
    )
    varied = _varied(study, material, best)
    return PlanFindings(study.name, result, varied, dict(material.left_out), load_shapes())


def _solved(study: PlanStudy, plan: Plan, *, shown: bool = True) -> Placement:
    """Return the best placement of a plan; one that is shown is also the best of those that are as good."""
    file = study.spec
    solve = best_placement if shown or file.objective == "carbon" else solve_placement
    try:
        return solve(
            plan.problem(),
            carbon_price=file.carbon_price,
            only_carbon=file.objective == "carbon",
            limits=plan.limits(),
            gap=file.gap,
            seconds=file.seconds,
        )
    except InfeasibleError as error:
        conflict = conflicts_of(plan, seconds=file.seconds)
        parts = "; ".join(conflict_words(plan, conflict))
        raise InfeasibleError(
            f"plan {study.name!r} has no solution. These demands conflict; dropping any one helps: {parts}.",
            conflict=conflict,
            allowed="a plan without one of them",
            todo="see 'pilotzone place explain'; widen latency, keep fewer copies, or add sites and capacity",
        ) from error


def _varied(study: PlanStudy, material: PlanMaterial, best: Placement) -> Table:
    """Return a row for each assumption at each end: cost, and which sites open and close."""
    rows: list[tuple[str | float | None, ...]] = []
    now = {site.name for site, on in zip(material.plan.sites, best.open.tolist(), strict=True) if on}
    known = {_arrays(material.plan): best}
    for name in dict.fromkeys(entry.name for entry in material.plan.assumptions.entries):
        for end in ("low", "high"):
            plan = material.varied(_at(name, end))
            try:
                if _arrays(plan) not in known:
                    known[_arrays(plan)] = _solved(study, plan, shown=False)
                found = known[_arrays(plan)]
            except MethodError as error:
                rows.append((name, end, None, None, error.what, ""))
                continue
            then = {site.name for site, on in zip(plan.sites, found.open.tolist(), strict=True) if on}
            opened, closed = ", ".join(sorted(then - now)), ", ".join(sorted(now - then))
            rows.append((name, end, found.cost, found.carbon, opened, closed))
    names = ("assumption", "end", "cost", "carbon_t", "opens", "closes")
    return Table.from_rows(names, rows, title="The plan with each assumption at either end of its range")


def _arrays(plan: Plan) -> bytes:
    """Return what tells a plan's numbers from those of another: where an assumption changes none, nothing is solved."""
    problem = plan.problem()
    parts = problem.cost, problem.carbon, problem.fixed, problem.allowed
    return hashlib.sha256(b"".join(part.tobytes() for part in parts)).digest()


def _at(name: str, end: str) -> Callable[[Assumption], float]:
    def pick(entry: Assumption) -> float:
        return float(getattr(entry, end)) if entry.name == name else entry.middle

    return pick
