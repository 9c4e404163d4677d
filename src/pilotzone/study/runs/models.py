"""What a result brings to a table side by side: one column of estimates and of facts, or a column for each part."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pilotzone.core import Cell, p_text, significant
from pilotzone.study.runs.records import cell

__all__ = ["Ends", "Estimate", "Model", "facts_of", "figure_of", "number_of", "p_of", "parts_as_models", "row_name"]

Ends = tuple[float | None, float | None]
"""Ends of an interval; an end that is ``None`` is not bounded."""


@dataclass(frozen=True)
class Estimate:
    """One effect of a column.

    Attributes
    ----------
    value
        The effect; a finite number.
    se
        Its standard error, in the same unit; ``None`` where there is none.
    p
        Its p-value; what it is against stands in the column's notes.
    intervals
        One, several, or with an empty tuple none that is left; ``None`` where there is no interval to tell.
    why
        Why there is no standard error; may be empty.
    """

    value: float
    se: float | None = None
    p: float | None = None
    intervals: tuple[Ends, ...] | None = None
    why: str = ""


@dataclass(frozen=True)
class Model:
    """One column: the effects that a design found, and what stands below them.

    Attributes
    ----------
    name
        What tells it from others of the same run: its estimator, or its place.
    estimates
        Row to effect.
    facts
        Groups of rows, each row with its text; a rule stands above each group.
    notes
        How to read it: ``""`` in general, ``se``, ``p`` and ``interval`` of what they name.
    events
        Row and time since treatment to effect; empty where nothing is known by time.
    beside
        Whether it stands beside the result of its run, so that it is shown only where the run stands alone.
    """

    name: str
    estimates: Mapping[str, Estimate] = field(default_factory=dict)
    facts: tuple[Mapping[str, str], ...] = ()
    notes: Mapping[str, str] = field(default_factory=dict)
    events: Mapping[tuple[str, int], Estimate] = field(default_factory=dict)
    beside: bool = False


def row_name(outcome: object, unit: object) -> str:
    """Return the head of a row of a table: an outcome with the unit of effects on it, where they have one."""
    return f"{outcome}{f' ({unit})' if unit and unit != '1' else ''}"


def number_of(value: object) -> float | None:
    """Return a finite number of a record, ``None`` for all else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if math.isfinite(value) else None


def figure_of(value: object, unit: str = "") -> str:
    """Return a cell of a record as text: numbers with four significant digits, whole ones in full.

    Examples
    --------
    >>> figure_of(0.62345678, "CNY/kWh"), figure_of(1234567), figure_of(None), figure_of(True)
    ('0.6235 CNY/kWh', '1,234,567', '', 'yes')
    """
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        text = f"{value:,}"
    elif isinstance(value, float):
        text = significant(value, 4) if math.isfinite(value) else ""
    else:
        return str(cell(value))
    return f"{text} {unit}".rstrip().replace("-", "\N{MINUS SIGN}") if text else ""


def facts_of(rows: Mapping[str, object]) -> dict[str, str]:
    """Return rows with their texts, without those that say nothing."""
    told = {key: figure_of(value) for key, value in rows.items()}
    return {key: text for key, text in told.items() if text}


def parts_as_models(parts: Mapping[str, Mapping[str, Cell]]) -> Sequence[Model]:
    """Return what two runs are compared by as one column: its parts are its groups of rows."""
    groups = tuple(group for rows in parts.values() if (group := facts_of(rows)))
    return (Model("", facts=groups),) if groups else ()


def p_of(value: Any) -> str:  # noqa: ANN401 - any plain data
    """Return a p-value of a record as text; nothing where there is none."""
    number = number_of(value)
    return "" if number is None else p_text(number)
