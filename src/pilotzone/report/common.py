"""Tables that several kinds of study share: diagnostics, what a verdict rests on, and assumptions."""

from __future__ import annotations

from collections.abc import Sequence

from pilotzone.core import Check, Table
from pilotzone.report.cells import state_cell
from pilotzone.report.formatting import number_text, sentence
from pilotzone.report.sheet import Cell, Column, Sheet, number

__all__ = ["assumption_sheet", "check_sheet", "rests_sheet"]

_BY_SIZE = "A check fails by the size of what it measures, never by a p-value, and decides no verdict."


def check_sheet(checks: Sequence[Check], caption: str, sheet_id: str, note: str = _BY_SIZE) -> Sheet:
    """Return diagnostics, one a row, and how they are to be read."""
    columns = (
        Column("Check"),
        Column("State"),
        Column("Measured", numeric=True),
        Column("Fails"),
        Column("What was found"),
        Column("If it fails"),
    )
    return Sheet(
        id=sheet_id,
        caption=caption,
        columns=columns,
        rows=tuple(_check_row(check) for check in checks),
        note=note if checks else "No diagnostic was run for this outcome.",
    )


_RULES = {
    "fit_rank": "above {limit}, and only as the worst fit of all",
    "pre_trends": "if the largest difference exceeds the margin",
    "no_pre_trend": "if p is below 0.05",
}
"""When a check fails, where what is measured does not alone decide."""


def _rule(check: Check) -> str:
    """Return in words when a check fails."""
    limit = "" if check.threshold is None else number_text(check.threshold)
    return _RULES.get(check.name, "above {limit}" if limit else "").format(limit=limit)


def _check_row(check: Check) -> tuple[Cell, ...]:
    return (
        Cell(check.label),
        state_cell(check.state),
        number(number_text(check.value), check.value),
        Cell(_rule(check)),
        Cell(check.statement),
        Cell(check.meaning),
    )


def assumption_sheet(assumptions: Sequence[tuple[str, str, str]]) -> Sheet:
    """Return the assumptions, each marked as one."""
    rows = tuple((Cell(what), Cell(f"ASSUMED: {value}"), Cell(reason)) for what, value, reason in assumptions)
    columns = (Column("What"), Column("Value"), Column("Reason"))
    return Sheet("assumptions", "Choices that are neither in the evidence nor in the data", columns, rows)


def rests_sheet(assumptions: Table) -> Sheet:
    """Return what a verdict rests on, one assumption a row, as `Verdict.assumptions` has them."""
    heads = ("Assumption", "Needed for", "What must hold", "What was checked", "What cannot be checked")
    rows = tuple(
        tuple(Cell(sentence(str(cell))) if k > 1 else Cell(str(cell)) for k, cell in enumerate(row))
        for row in assumptions.rows()
    )
    return Sheet("rests", "What must hold for this verdict", tuple(map(Column, heads)), rows)
