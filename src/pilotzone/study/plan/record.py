"""A placement as plain data and tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pilotzone.core import Table

if TYPE_CHECKING:
    from pilotzone.study.plan.findings import PlanFindings

__all__ = ["plan_record", "plan_tables"]


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


def plan_tables(found: PlanFindings) -> dict[str, Table]:
    """Return flows, sites, frontier, rules and assumptions, by the name of their file."""
    result = found.result
    frontier = [(p.cost, p.carbon, ", ".join(p.sites), p.gap) for p in result.frontier]
    rules = [(r.rule, r.citation, r.cost, r.carbon, r.binds) for r in result.rules]
    return {
        "flows.csv": result.flows(),
        "sites.csv": result.sites(),
        "frontier.csv": Table.from_rows(("cost", "carbon_t", "sites", "gap"), frontier),
        "rules.csv": Table.from_rows(("rule", "citation", "cost", "carbon_t", "binds"), rules),
        "assumptions.csv": result.plan.assumptions.to_table(),
    }
