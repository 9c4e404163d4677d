"""Averages per unit of the zone's dose in words, as a table and as plain data."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from pilotzone.report import Cell, Column, Sheet, and_list, bare_title, effect_cell, effect_text, number_text, set_text

if TYPE_CHECKING:
    from pilotzone.study.zone.dosed import PerDose, ZoneDose

__all__ = ["dose_record", "dose_sheet", "dose_words"]

_SAID = (
    "This is the average per unit of the dose that the zone had. One zone says nothing of what more or less would have"
    " done. p-values are those of the effects themselves, since each placebo is divided by the same dose."
)
_FIELLER = (
    " The dose is an estimate: sets are Fieller's, with the spread of placebo effects as the standard error of the"
    " effect, which takes units to vary alike."
)


def _set(row: PerDose) -> str:
    if row.kind == "whole line":
        return "unbounded set: no value is excluded"
    word = "set" if row.kind == "bounded" else "unbounded set"
    return f"{100 * row.level:.3g} % {word} {set_text(row)}"


def _amount(dose: ZoneDose) -> str:
    unit = f" {dose.amount_unit}" if dose.amount_unit else ""
    error = "" if dose.se is None else f", standard error {number_text(dose.se)}{unit}"
    return f"{number_text(dose.amount)}{unit}{error}"


def dose_words(dose: ZoneDose) -> str:
    """Return averages per unit of dose in one sentence."""
    told = [f"{bare_title(row.outcome)} {effect_text(row.outcome, row.estimate)} ({_set(row)})" for row in dose.rows]
    return f"On average per {dose.unit} of the zone's dose ({_amount(dose)}): {and_list(told)}."


def dose_sheet(dose: ZoneDose | None) -> Sheet | None:
    """Return averages per unit of dose as a table; ``None`` where the study has no dose."""
    if dose is None:
        return None
    columns = (
        Column("Outcome"),
        Column(f"Average effect per {dose.unit}", numeric=True),
        Column("What is not rejected"),
        Column("Set"),
    )
    rows = tuple(
        (Cell(bare_title(row.outcome)), effect_cell(row.outcome, row.estimate), Cell(_set(row)), Cell(row.kind))
        for row in dose.rows
    )
    what = dose.what or "Dose"
    source = f" Source: {dose.source.rstrip('.')}." if dose.source else ""
    note = f"{what[:1].upper()}{what[1:]}: {_amount(dose)}.{source} {_SAID}{_FIELLER if dose.se is not None else ''}"
    return Sheet("per-dose", "Averages per unit of the zone's dose", columns, rows, note=note)


def dose_record(dose: ZoneDose) -> dict[str, Any]:
    """Return averages per unit of dose as plain data; an end that is not bounded is ``None``."""
    return {
        "amount": dose.amount,
        "se": dose.se,
        "what": dose.what,
        "amount_unit": dose.amount_unit,
        "unit": dose.unit,
        "scale": dose.scale,
        "source": dose.source,
        "effects": [
            {
                "outcome": row.outcome.name,
                "per": dose.unit,
                "estimate": row.estimate,
                "effect": row.outcome.display(row.estimate),
                "effect_unit": row.outcome.display_unit,
                "level": row.level,
                "set": row.kind,
                "fieller": row.fieller,
                "intervals": [{"low": _end(item.low), "high": _end(item.high)} for item in row.intervals],
            }
            for row in dose.rows
        ],
        "note": f"{_SAID}{_FIELLER if dose.se is not None else ''}",
    }


def _end(value: float) -> float | None:
    return None if math.isinf(value) else value
