"""Appraisals as columns of a table side by side: values by party, chances, and what was found for and against."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pilotzone.core import DataError
from pilotzone.study.runs.models import Model, facts_of, figure_of, number_of
from pilotzone.study.runs.records import table_of, tables_of

__all__ = ["appraisal_models", "per_cost_rows"]

_MEASURES = {
    "for": "Measures that speak for misallocation",
    "against": "Measures that speak against it",
    "neither": "Measures that say neither",
}
_NOTE = "Values are modelled; the run's report and assumptions.csv list the figures that are ASSUMED."


def appraisal_models(record: Mapping[str, Any]) -> Sequence[Model]:
    """Return one column.

    Raises
    ------
    DataError
        If the record holds no appraisal.
    """
    if not isinstance(record.get("region"), str) or not isinstance(record.get("words"), list):
        raise DataError("holds no appraisal.")
    groups = (
        _money(table_of(record.get("money"))),
        _chance(record),
        _effective(record),
        _capital(record),
        {"Region": record["region"]},
    )
    return (Model("", facts=tuple(told for group in groups if (told := facts_of(group))), notes={"": _NOTE}),)


def _money(money: Mapping[str, Any]) -> dict[str, str]:
    """Return values by party, returns, payback and costs of a unit."""
    if not money:
        return {}
    prices = table_of(money.get("prices"))
    unit = f"{prices.get('currency')} of {prices.get('year')}"
    told = {
        f"Net present value, {party}, {unit}": _figure(value) for party, value in table_of(money.get("npv")).items()
    }
    for party, rates in table_of(money.get("internal_rates")).items():
        roots = table_of(rates).get("roots")
        told[f"Internal rate of return, {party}"] = (
            ", ".join(_share(root) for root in roots) if isinstance(roots, list) else ""
        )
    told["Real discount rate"] = _share(money.get("real_rate"))
    told["Payback, years"] = _figure(money.get("payback_years"))
    told["Break-even utilisation"] = _share(money.get("break_even"))
    for row in tables_of(money.get("units")):
        quantity = str(row.get("quantity"))
        told[f"{quantity[:1].upper()}{quantity[1:]}, {row.get('unit')}"] = _figure(row.get("value"))
    return told


def _chance(record: Mapping[str, Any]) -> dict[str, str]:
    """Return chances of loss by party, and of stranded capacity."""
    outcomes = table_of(table_of(record.get("chance")).get("outcomes"))
    told = {f"Chance of loss, {party}": _share(table_of(item).get("loss")) for party, item in outcomes.items()}
    told["Chance of stranded capacity"] = _share(table_of(record.get("stranding")).get("probability"))
    return told


def _effective(record: Mapping[str, Any]) -> dict[str, object]:
    """Return effects per unit of costs with their sets; Fieller's stand in the run's own tables."""
    told: dict[str, object] = {}
    for row in per_cost_rows(record):
        what = f"{row.get('outcome')} per {row.get('cost_unit')} of {row.get('per')}"
        told[f"{what}, {row.get('unit')}"] = _figure(row.get("estimate"))
        low, high = (_figure(row.get(end)) or "unbounded" for end in ("low", "high"))
        told[f"{what}, set"] = f"{low} to {high}"
    return told


def per_cost_rows(record: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return rows of effects per unit of costs, Fieller's sets left out; none where none were asked for."""
    rows = tables_of(table_of(record.get("effectiveness")).get("per_cost"))
    return [row for row in rows if row.get("by") in {"cost known", "draws of the cost"}]


def _capital(record: Mapping[str, Any]) -> dict[str, object]:
    """Return counts of measures of misallocation, and the gain from moving capital among firms."""
    table, firms = table_of(record.get("misallocation")), table_of(record.get("firms"))
    told: dict[str, object] = {words: table.get(key) for key, words in _MEASURES.items()}
    told["Firms: output over efficient output"] = _figure(firms.get("productivity_over_efficient"))
    return told


def _figure(value: object) -> str:
    return figure_of(number_of(value))


def _share(value: object) -> str:
    share = number_of(value)
    return "" if share is None else f"{share:.1%}".replace("-", "\N{MINUS SIGN}")
