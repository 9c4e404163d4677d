"""Looking into records of runs, which anybody may have written: what has another form is nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pilotzone.core import Cell

__all__ = ["cell", "table_of", "tables_of", "verdict_headline"]

_TESTED = {
    "effect": "effect",
    "p_improved": "p, improvement",
    "p_worsened": "p, worsening",
    "p_harm_excluded": "p, harm excluded",
    "p_harm_shown": "p, harm shown",
    "breakdown_gain": "breakdown, gain",
    "breakdown_harm_excluded": "breakdown, harm excluded",
    "breakdown_harm_shown": "breakdown, harm shown",
    "grade": "finding",
    "diagnostics": "diagnostics",
}
_JOINT = {"label": "label", "grade": "finding", "p_claim": "p, claim", "unit_count": "units ranked"}


def table_of(value: object) -> dict[str, Any]:
    """Return a table, or an empty one."""
    return value if isinstance(value, dict) else {}


def tables_of(value: object) -> list[dict[str, Any]]:
    """Return the tables of a list."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def cell(value: object) -> Cell:
    """Return a cell; what is none as text."""
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)


def verdict_headline(verdict: Mapping[str, Any]) -> dict[str, dict[str, Cell]]:
    """Return of a verdict what two runs are compared by: its label, and what was found for each outcome."""
    outcomes = {
        f"{test.get('outcome')}: {what}{_unit(test) if key == 'effect' else ''}": cell(test.get(key))
        for test in tables_of(verdict.get("tests"))
        if test.get("statistic") == verdict.get("statistic")
        for key, what in _TESTED.items()
    }
    return {"verdict": {what: cell(verdict.get(key)) for key, what in _JOINT.items()}, "outcome": outcomes}


def _unit(test: Mapping[str, Any]) -> str:
    return f" ({test['effect_unit']})" if test.get("effect_unit") else ""
