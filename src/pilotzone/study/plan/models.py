"""Placements as columns of a table side by side: cost, carbon, open sites, and what each rule costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pilotzone.core import DataError
from pilotzone.study.runs.models import Model, facts_of, figure_of, number_of
from pilotzone.study.runs.records import tables_of

__all__ = ["plan_models"]

_NOTE = "Modelled: least cost within the law. assumptions.csv of the run lists the figures that are ASSUMED."


def plan_models(record: Mapping[str, Any]) -> Sequence[Model]:
    """Return one column.

    Raises
    ------
    DataError
        If the record holds no placement.
    """
    if not isinstance(record.get("open"), list):
        raise DataError("holds no placement.")
    currency = str(record.get("currency") or "")
    gap = number_of(record.get("gap"))
    told = {
        f"Cost a year, {currency}": _figure(record.get("cost")),
        "CO2 a year, t": _figure(record.get("carbon_t")),
        f"Another plan is best from, {currency} per t of CO2": _figure(record.get("carbon_price_of_change")),
        "Sites in use": ", ".join(str(row.get("site")) for row in tables_of(record["open"])),
    }
    rules = {f"Cost of rule {row.get('rule')}, {currency}": _figure(row.get("cost")) for row in _rules(record)}
    books = record.get("books")
    about = {
        "Day of the law": record.get("day"),
        "Rule books": ", ".join(map(str, books)) if isinstance(books, list) else "",
        "Proven to within": "" if gap is None else f"{gap:.2%}",
    }
    return (
        Model("", facts=tuple(group for rows in (told, rules, about) if (group := facts_of(rows))), notes={"": _NOTE}),
    )


def _rules(record: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    return tables_of(record.get("rules"))


def _figure(value: object) -> str:
    return figure_of(number_of(value))
