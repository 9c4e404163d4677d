"""The report's table of effects that errors on control units allow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pilotzone.judgement import misspecification_set
from pilotzone.report import Cell, Column, Sheet, bare_title, effect_cell, number, rmspe_cell, set_text

if TYPE_CHECKING:
    from pilotzone.core import Panel
    from pilotzone.judgement import MisspecificationSet
    from pilotzone.study.zone.findings import DesignFindings

__all__ = ["control_errors_sheet"]


def control_errors_sheet(panel: Panel, design: DesignFindings) -> Sheet | None:
    """Return how far errors on control units carry, a row for each outcome; ``None`` with several zones."""
    if design.zones:
        return None
    columns = (
        Column("Outcome"),
        Column("Mean gap", numeric=True),
        Column("Largest error", numeric=True),
        Column("On"),
        Column("Effects that it allows"),
        Column("Controls whose error allows an effect of zero"),
        Column("Controls whose error allows harm of the margin"),
    )
    rows = []
    for test in design.verdict.tests:
        found = misspecification_set(design.joint, test.outcome.name)
        first = found.controls[0]
        rows.append(
            (
                Cell(bare_title(found.outcome)),
                effect_cell(found.outcome, found.estimate),
                rmspe_cell(found.outcome, first.error),
                Cell(panel.label(first.unit)),
                Cell(set_text(first)),
                _allowing(panel, found, 0.0),
                _allowing(panel, found, found.outcome.harm_boundary),
            )
        )
    note = (
        "A synthetic control that predicts a control unit misses it by an error, its mean gap over the window. If the "
        "zone's own error is at most as large, its effect lies within that error of the estimate (Ferguson and Ross "
        "2020). This restates the placebo test by the mean gap, whatever statistic decides, in the outcome's unit. "
        + (
            "It is not a second check."
            if design.ranked is None
            else "Like the placebo ranks it is not part of the verdict."
        )
    )
    return Sheet("control-errors", "Effects within the errors on control units", columns, tuple(rows), note)


def _allowing(panel: Panel, found: MisspecificationSet, effect: float) -> Cell:
    """Return how many controls' errors allow an effect, with the smallest of these errors."""
    allowing = found.allowing(effect)
    if not allowing:
        return number(f"none of {len(found.controls)}", 0)
    smallest = rmspe_cell(found.outcome, allowing[-1].error).text
    return number(
        f"{len(allowing)} of {len(found.controls)}; the smallest error: {smallest}, {panel.label(allowing[-1].unit)}",
        len(allowing),
    )
