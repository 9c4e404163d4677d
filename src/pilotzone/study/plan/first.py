"""What a reader looks at first of a plan: what is where, what the law says of every class, and what each rule costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pilotzone.report import Section, first_section, plain_sheet
from pilotzone.study.plan.answer import plan_answer
from pilotzone.study.plan.page import law_sheets, plan_figures, rule_sheet
from pilotzone.study.plan.sheets import flow_sheet, site_sheet, varied_sheet
from pilotzone.study.runs.assumed import assumed_table

if TYPE_CHECKING:
    from pilotzone.study.plan.findings import PlanFindings

__all__ = ["plan_first"]


def plan_first(found: PlanFindings, *, charts: bool = True) -> Section:
    """Return the answer with open sites, reasons and costs of rules, then flows on the map and the frontier."""
    result = found.result
    shapes, figures = plan_figures(found) if charts else ({}, [])
    return first_section(
        result.plan.title,
        plan_answer(found),
        sheets=[
            site_sheet(found),
            *law_sheets(result),
            *([rule_sheet(result)] if result.rules else []),
        ],
        charts=[("What is where", figures[:1]), ("Cost and CO2", figures[1:])],
        rest=[
            varied_sheet(found),
            flow_sheet(found),
            plain_sheet("plan-assumptions", assumed_table(result.plan.assumptions)),
        ],
        tables_last=True,
        shapes=shapes,
    )
