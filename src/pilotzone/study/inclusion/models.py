"""Studies of who gains as columns of a table side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pilotzone.core import DataError
from pilotzone.study.runs.models import Model, facts_of, figure_of, number_of
from pilotzone.study.runs.records import tables_of

__all__ = ["inclusion_models"]

_NOTE = "Indices are those of everybody in the last period; effects are in their readable unit."


def inclusion_models(record: Mapping[str, Any]) -> Sequence[Model]:
    """Return the column of a study.

    Raises
    ------
    DataError
        If the record holds no levels.
    """
    if not isinstance(record.get("levels"), list):
        raise DataError("holds no study of who gains.")
    levels = {
        str(row.get("index")): figure_of(number_of(row.get("estimate")))
        for row in tables_of(record["levels"])
        if row.get("group") == "all"
    }
    effects = {
        _with_unit(f"Effect on {row.get('outcome')}", row.get("effect_unit")): figure_of(number_of(row.get("effect")))
        for row in tables_of(record.get("effects"))
    }
    groups = {
        f"Effect in {row.get('group')}, {row.get('effect_unit')}": figure_of(number_of(row.get("effect")))
        for row in tables_of(record.get("groups"))
    }
    gap = {
        f"{row.get('quantity')}, {row.get('unit')}": figure_of(number_of(row.get("value")))
        for row in tables_of(record.get("convergence"))
    }
    told = {"Answer": record.get("answer"), "Rows": figure_of(number_of(record.get("rows")))}
    facts = tuple(part for rows in (levels, effects, groups, gap, told) if (part := facts_of(rows)))
    return (Model(str(record.get("title") or ""), facts=facts, notes={"": _NOTE}),)


def _with_unit(text: str, unit: object) -> str:
    return text if unit in {"1", "", None} else f"{text}, {unit}"
