"""Running a plan: the placement, what the law costs, what a carbon price changes, and what hangs on assumptions."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pilotzone.core import MethodError, Table, one_thread
from pilotzone.gather import load_shapes
from pilotzone.place import (
    FrontierPoint,
    ImpossibleError,
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
from pilotzone.report import PlanFindings, render_plan
from pilotzone.store import sha256_file, write_csv
from pilotzone.study.artefacts import json_bytes
from pilotzone.study.audit import versions
from pilotzone.study.plan_reading import load_plan
from pilotzone.study.publish import publish
from pilotzone.study.siting_reading import evidence_hashes

if TYPE_CHECKING:
    import os
    from collections.abc import Callable

    from pilotzone.core import Assumption
    from pilotzone.study.plan_reading import PlanStudy

__all__ = ["PLAN_FILES", "place_file", "plan_record", "run_plan", "write_plan"]

PLAN_FILES = (
    "plan.json",
    "flows.csv",
    "sites.csv",
    "frontier.csv",
    "rules.csv",
    "assumptions.csv",
    "report.html",
    "audit.json",
)
"""File names of a plan, in the order in which they are written."""


def place_file(which: str | os.PathLike[str]) -> PlanResult:
    """Place data and work on sites under residency law.

    Parameters
    ----------
    which
        ``"homecoming"``, the example that comes with the package, or the path of a plan file.

    Returns
    -------
    PlanResult
        The placement with its proof, what each rule costs, the carbon price that changes it, and the frontier. The law
        is read as data: no legal advice.

    Raises
    ------
    UsageError
        If there is no such file.
    StudyError
        If the file, or a rule book that it names, is not what it should be.
    MethodError
        If the plan cannot be kept, with a smallest set of demands that conflict.
    """
    return run_plan(load_plan(which)).result


@one_thread()
def run_plan(study: PlanStudy) -> PlanFindings:
    """Return all that a plan's report shows; errors as in `place_file`."""
    file, plan = study.file, study.plan
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
    audit = {
        "kind": "plan",
        "study": {
            "name": study.name,
            "sha256": study.hashes.get(f"{study.name}.toml", ""),
            "settings": file.model_dump(mode="json"),
        },
        "inputs": dict(sorted(({f"plan/{k}": v for k, v in study.hashes.items()} | evidence_hashes()).items())),
        "versions": versions(),
        "seeds": {"solver": 0},
    }
    return PlanFindings(study.name, result, _varied(study, best), dict(study.left_out), load_shapes(), audit)


def _solved(study: PlanStudy, plan: Plan, *, shown: bool = True) -> Placement:
    """Return the best placement of a plan; one that is shown is also the best of those that are as good."""
    file = study.file
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
    except ImpossibleError as error:
        parts = conflict_words(plan, conflicts_of(plan, seconds=file.seconds))
        raise ImpossibleError(
            f"plan {study.name!r} cannot be kept. These conflict, and any fewer of them do not: {'; '.join(parts)}.",
            allowed="a plan without one of them",
            todo="see 'pilotzone place explain'; widen latency, keep fewer copies, or add sites and capacity",
        ) from error


def _varied(study: PlanStudy, best: Placement) -> Table:
    """Return a row for each assumption at each end: cost, and which sites open and close."""
    rows: list[tuple[str | float | None, ...]] = []
    now = {site.name for site, on in zip(study.plan.sites, best.open.tolist(), strict=True) if on}
    known = {_arrays(study.plan): best}
    for name in dict.fromkeys(entry.name for entry in study.plan.assumptions.entries):
        for end in ("low", "high"):
            plan = study.varied(_at(name, end))
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


def plan_record(found: PlanFindings) -> dict[str, Any]:
    """Return a plan as plain data: what ``plan.json`` holds and ``--json`` prints."""
    result = found.result
    best = result.placement
    return {
        "name": found.name,
        "title": result.plan.title,
        "day": result.plan.day.isoformat(),
        "books": [book.name for book in result.plan.books],
        "no_legal_advice": True,
        "notes": list(result.plan.notes),
        "cost": best.cost,
        "currency": result.plan.currency,
        "carbon_t": best.carbon,
        "gap": best.gap,
        "tolerance": best.tolerance,
        "proof": best.proof,
        "open": result.sites().records(),
        "rules": [
            {"rule": r.rule, "citation": r.citation, "cost": r.cost, "carbon_t": r.carbon, "binds": r.binds}
            for r in result.rules
        ],
        "carbon_price_of_change": result.change,
        "frontier": [{"cost": p.cost, "carbon_t": p.carbon, "sites": list(p.sites)} for p in result.frontier],
        "assumptions_varied": found.varied.records(),
        "left_out": found.left_out,
    }


def write_plan(found: PlanFindings, folder: Path) -> Path:
    """Write a plan into a folder, whole or not at all.

    Raises
    ------
    UsageError
        If the folder holds something else, or cannot be written.
    """
    result = found.result
    report = render_plan(found).encode()
    frontier = [(p.cost, p.carbon, ", ".join(p.sites), p.gap) for p in result.frontier]
    rules = [(r.rule, r.citation, r.cost, r.carbon, r.binds) for r in result.rules]
    tables = {
        "flows.csv": result.flows(),
        "sites.csv": result.sites(),
        "frontier.csv": Table.from_rows(("cost", "carbon_t", "sites", "gap"), frontier),
        "rules.csv": Table.from_rows(("rule", "citation", "cost", "carbon_t", "binds"), rules),
        "assumptions.csv": result.plan.assumptions.to_table(),
    }

    def write(target: Path) -> None:
        (target / "plan.json").write_bytes(json_bytes(plan_record(found)))
        for name, table in tables.items():
            write_csv(table, target / name)
        (target / "report.html").write_bytes(report)
        outputs = {name: sha256_file(target / name) for name in PLAN_FILES if name != "audit.json"}
        (target / "audit.json").write_bytes(json_bytes({**found.audit, "outputs": outputs}))

    publish(folder, write)
    return folder
