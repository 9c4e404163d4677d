"""Effects of a zone as columns of a table side by side: of each run as it is judged, of one run by each estimator."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pilotzone.core import DataError
from pilotzone.evaluation.few import ESTIMATORS
from pilotzone.study.runs.models import Ends, Estimate, Model, facts_of, number_of, p_of, row_name
from pilotzone.study.runs.records import table_of, tables_of

if TYPE_CHECKING:
    from pilotzone.evaluation.few import FewEffects, SeveralEffects

__all__ = ["few_part", "zone_models"]

_LABELS: Mapping[str, str] = {name: record.label for name, record in ESTIMATORS.items()}
_AS_JUDGED = "as judged"
_FULL = 100


def few_part(effects: FewEffects | SeveralEffects) -> dict[str, Any]:
    """Return the part of a record that `zone_models` reads, of effects without a verdict."""
    return {
        "summary": {
            "estimator": effects.joint.estimator,
            "unit": effects.joint.unit,
            "start": effects.joint.start,
            "window": list(effects.joint.window),
            "rows": effects.summary().records(),
        }
    }


def zone_models(record: Mapping[str, Any]) -> Sequence[Model]:
    """Return a column for the main design, as it is judged, and one for each estimator beside it.

    Raises
    ------
    DataError
        If the record holds no verdict.
    """
    if isinstance(record.get("summary"), dict):
        return (_of_summary(record["summary"]),)
    verdict = record.get("verdict")
    if not isinstance(verdict, dict):
        raise DataError("holds no verdict.")
    tests = [test for test in tables_of(verdict.get("tests")) if test.get("statistic") == verdict.get("statistic")]
    units = {str(test.get("outcome")): str(test.get("effect_unit") or "") for test in tests}
    return (_judged(record, verdict, tests), *_estimators(record, units))


def _judged(record: Mapping[str, Any], verdict: Mapping[str, Any], tests: Sequence[Mapping[str, Any]]) -> Model:
    estimates = {}
    for test in tests:
        value = number_of(test.get("effect"))
        if value is not None:
            found = _intervals(record, test.get("outcome"), verdict.get("statistic"))
            estimates[row_name(test.get("outcome"), test.get("effect_unit"))] = Estimate(
                value, p=number_of(test.get("p_improved")), intervals=found
            )
    attained = {
        number_of(item.get("attained"))
        for item in tables_of(record.get("confidence_sets"))
        if item.get("statistic") == verdict.get("statistic")
    } - {None}
    sure = f"{min(map(float, attained)):.1%} " if attained else ""  # type: ignore[arg-type]
    notes = {
        "p": "p: one-sided, of no improvement.",
        "interval": f"{sure}sets of constant effects that the two-sided test does not reject.",
    }
    return Model(_AS_JUDGED, estimates, (_claims(tests), _design(record, verdict)), notes)


def _claims(tests: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Return, by outcome, p against harm beyond the margin, and what was found."""
    told: dict[str, str] = {}
    for test in tests:
        outcome, margin, p = str(test.get("outcome")), number_of(test.get("margin")), p_of(test.get("p_harm_excluded"))
        if margin is not None and p:
            told[f"{outcome}: p, harm of {margin:g} {test.get('effect_unit') or ''} excluded".replace("  ", " ")] = p
        told |= facts_of({f"{outcome}: finding": test.get("grade")})
    return told


def _design(record: Mapping[str, Any], verdict: Mapping[str, Any]) -> dict[str, str]:
    zone, also = table_of(record.get("zone")), tables_of(record.get("also"))
    window, donors = zone.get("window"), zone.get("donors")
    told = {
        "Verdict": verdict.get("label"),
        "It holds": verdict.get("grade"),
        "p of the claim": p_of(verdict.get("p_claim")),
        "Zones": len(also) + 1 if also else None,
        "Treated": zone.get("unit"),
        "Start": str(zone.get("start") or ""),
        "Window": _span(window),
        "Donors": len(donors) if isinstance(donors, list) else None,
        "Units ranked": verdict.get("unit_count"),
        "Estimator": _label(zone.get("estimator")),
        "Statistic": str(verdict.get("statistic") or "").replace("_", " "),
    }
    return facts_of(told)


def _estimators(record: Mapping[str, Any], units: Mapping[str, str]) -> list[Model]:
    """Return a column for each estimator beside the verdict, whose name is its head; the design's own is among them."""
    found: dict[str, dict[str, Estimate]] = {}
    pools: dict[str, str] = {}
    for row in tables_of(record.get("estimators")):
        name, outcome = str(row.get("estimator")), str(row.get("outcome"))
        value = _displayed(number_of(row.get("effect")), units.get(outcome, ""))
        if value is not None:
            head = row_name(outcome, units.get(outcome))
            found.setdefault(name, {})[head] = Estimate(value, p=number_of(row.get("p_good")))
            pools[name] = "exact" if row.get("pools") == "symmetric" else "approximate"
    notes = {"p": "p: one-sided, of no improvement, by rank of the mean gap; it is not what was judged."}
    return [Model(_label(name), rows, ({}, {"Ranks": pools[name]}), notes, beside=True) for name, rows in found.items()]


def _of_summary(summary: Mapping[str, Any]) -> Model:
    """Return the column of effects from Python, by placebo ranks of the mean gap."""
    rows = tables_of(summary.get("rows"))
    estimates = {}
    for row in rows:
        value = number_of(row.get("effect"))
        if value is not None:
            ends = (number_of(row.get("low")), number_of(row.get("high")))
            intervals = None if ends == (None, None) else (ends,)
            estimates[row_name(row.get("outcome"), row.get("effect_unit"))] = Estimate(
                value, p=number_of(row.get("p")), intervals=intervals
            )
    told = {
        "Treated": summary.get("unit"),
        "Start": str(summary.get("start") or ""),
        "Window": _span(summary.get("window")),
        "Units ranked": rows[0].get("n") if rows else None,
        "Estimator": _label(summary.get("estimator")),
    }
    notes = {
        "p": "p: two-sided, by placebo rank of the mean gap.",
        "interval": "Intervals: constant effects that this test does not reject at 0.05.",
    }
    return Model(_label(summary.get("estimator")), estimates, (facts_of(told),), notes)


def _intervals(record: Mapping[str, Any], outcome: object, statistic: object) -> tuple[Ends, ...] | None:
    """Return the confidence set of an outcome by the statistic that judges it; ``None`` where there is none."""
    for item in tables_of(record.get("confidence_sets")):
        if item.get("outcome") == outcome and item.get("statistic") == statistic:
            return tuple(
                (number_of(row.get("low")), number_of(row.get("high"))) for row in tables_of(item["intervals"])
            )
    return None


def _displayed(value: float | None, unit: str) -> float | None:
    """Return an effect in readable units: percent of logarithms."""
    if value is None or unit != "%":
        return value
    try:
        return _FULL * math.expm1(value)
    except OverflowError:
        return None


def _span(window: object) -> str:
    return f"{window[0]} to {window[-1]}" if isinstance(window, list) and window else ""


def _label(name: object) -> str:
    return _LABELS.get(str(name), str(name or ""))
