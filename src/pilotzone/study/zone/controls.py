"""Negative controls: the design where the zone can have no effect, at an earlier date or on another outcome."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pilotzone.report import Cell, Column, Sheet, bare_title, effect_cell, effect_text, number, p_text
from pilotzone.study.zone.zones import window_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pilotzone.core import Outcome
    from pilotzone.study.zone.findings import ControlFindings

__all__ = ["control_lines", "control_records", "control_sheet"]


def control_records(controls: Sequence[ControlFindings]) -> list[dict[str, Any]]:
    """Return negative controls as plain data, one record for each and outcome."""
    return [
        {
            "name": item.name,
            "label": item.label,
            "why": item.why,
            "kind": item.kind,
            "start": item.effects.design.start,
            "window": list(item.effects.design.window),
            "outcome": outcome.name,
            "mean_gap": estimate,
            "effect": outcome.worded(estimate, signed=True),
            "p_good": good,
            "p_bad": bad,
            "units": len(item.effects.joint.draws.units),
            "found": item.found(good, bad),
        }
        for item in controls
        for outcome, estimate, good, bad in item.tests()
    ]


def control_sheet(controls: Sequence[ControlFindings]) -> Sheet:
    """Return negative controls as a table of a report."""
    columns = (
        Column("Negative control"),
        Column("Outcome"),
        Column("Window"),
        Column("Mean gap", numeric=True),
        Column("p better", numeric=True),
        Column("p worse", numeric=True),
        Column("Found"),
    )
    rows = tuple(
        (
            Cell(item.label),
            Cell(bare_title(outcome)),
            Cell(window_text(item.effects.design)),
            effect_cell(outcome, estimate),
            number(p_text(good), good),
            number(p_text(bad), bad),
            Cell("an effect" if item.found(good, bad) else "no effect"),
        )
        for item in controls
        for outcome, estimate, good, bad in item.tests()
    )
    note = (
        "The same estimator, donors, ranks and statistic where the zone can have no effect. An effect that is found "
        "here is made by the design itself, or the stated reason is wrong. Where none is found, one may be missed."
    )
    return Sheet("controls", "Negative controls", columns, rows, note)


def control_lines(controls: Sequence[ControlFindings]) -> list[str]:
    """Return one line of a terminal for each."""
    return [
        f"Negative control, {_told(item, outcome)} {effect_text(outcome, estimate)}, "
        f"{'an effect is found' if item.found(good, bad) else 'no effect is found'} "
        f"(p better {p_text(good)}, worse {p_text(bad)})."
        for item in controls
        for outcome, estimate, good, bad in item.tests()
    ]


def _told(item: ControlFindings, outcome: Outcome) -> str:
    """Return what is looked at, with the outcome where the label is not its own."""
    title = bare_title(outcome)
    return f"{item.label}:" if item.label == title else f"{item.label}: {title}"
