"""Transfers as columns of a table side by side: mean effects and what a further zone may have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pilotzone.core import DataError
from pilotzone.study.runs.models import Model, facts_of, figure_of, number_of
from pilotzone.study.runs.records import tables_of

__all__ = ["outcomes_of", "transfer_models"]

_NOTE = "Prediction intervals are of the true effect of a further zone."


def outcomes_of(record: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the outcomes of a record.

    Raises
    ------
    DataError
        If it holds no transfer.
    """
    if not isinstance(record.get("treatment"), str) or not isinstance(record.get("outcomes"), list):
        raise DataError("holds no transfer.")
    return tables_of(record["outcomes"])


def transfer_models(record: Mapping[str, Any]) -> Sequence[Model]:
    """Return one column.

    Raises
    ------
    DataError
        If the record holds no transfer.
    """
    told: dict[str, object] = {}
    for row in outcomes_of(record):
        name, unit = str(row.get("outcome")), str(row.get("effect_unit") or "")
        head = f"{name}, {unit}" if unit else name
        told[f"Mean effect on {head}"] = figure_of(number_of(row.get("effect")))
        told[f"Interval of the mean, {head}"] = _ends(row.get("interval"))
        told[f"A further zone, {head}"] = _ends(row.get("prediction"))
        told[f"Standard error, {name}"] = figure_of(number_of(row.get("se")))
        told[f"Variance of true effects, {name}"] = figure_of(number_of(row.get("tau2")))
        told[f"Zones, {name}"] = row.get("zones")
        told[f"Method, {name}"] = row.get("method")
        for item in tables_of(row.get("candidates")):
            told[f"{item.get('place')}: {head}"] = figure_of(number_of(item.get("effect"))) or "cannot be transported"
    facts = facts_of(told)
    return (Model("", facts=(facts,) if facts else (), notes={"": _NOTE}),)


def _ends(value: object) -> str:
    if not isinstance(value, list) or len(value) != 2:  # noqa: PLR2004 - two ends
        return ""
    low, high = (figure_of(number_of(end)) for end in value)
    return f"{low} to {high}" if low and high else ""
