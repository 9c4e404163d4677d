"""Findings of a zone as plain data and tables: verdicts, effects, evidence."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from pilotzone.core import Table
from pilotzone.study.runs.plain import checks_record
from pilotzone.study.runs.terms import terms_of, terms_record
from pilotzone.study.zone.controls import control_records
from pilotzone.study.zone.dose_told import dose_record
from pilotzone.study.zone.levels import level_notes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pilotzone.evaluation.few import EstimatorRow, FewEffects
    from pilotzone.judgement import ConfidenceSet
    from pilotzone.study.zone.findings import DesignFindings, Findings

__all__ = ["effects_table", "evidence_table", "verdict_record"]


def verdict_record(found: Findings) -> dict[str, Any]:
    """Return the verdicts as plain data: what ``verdict.json`` holds and ``--json`` prints."""
    return {
        "study": found.name,
        "title": found.title,
        "question": found.question,
        **_zones_record(found.main),
        "verdict": found.main.verdict.to_dict(),
        "confidence_sets": _sets(found.main.sets),
        **_ranked_record(found.main),
        "conformal_sets": _conformal(found.main),
        "identification": checks_record(found.main.joint),
        "designs": [_alternative_record(item) for item in found.alternatives],
        "secondary": [_effect_record(item) for item in found.secondary],
        "negative_controls": control_records(found.controls),
        "longer_windows": [_effect_record(item) for item in found.longer],
        "estimators": [_estimator_record(row) for row in found.estimators],
        "sensitivity": None if found.curve is None else found.curve.to_dict(),
        "notes": [*(found.main.zones or found.main.effects).notes, *level_notes(found), *found.notes],
        "limits": [{"text": item.text, "origin": item.origin, "source": item.source} for item in found.limits],
        "breaks": [item.record() for item in found.breaks],
        "doubts": [item.record() for item in found.doubts],
        "programmes": list(found.programmes),
        "terms": terms_record(terms_of(found.panel.series.values())),
        **({} if found.dose is None else {"dose": dose_record(found.dose)}),
    }


def _zones_record(item: DesignFindings) -> dict[str, Any]:
    """Return the zone, and what several of them have each by itself."""
    first, *others = item.parts
    record: dict[str, Any] = {"zone": _design_record(first)}
    if others:
        record["also"] = [_design_record(part) for part in others]
        record["each_zone"] = [{"unit": part.design.unit, "effects": part.fit_table().records()} for part in item.parts]
    return record


def _design_record(effects: FewEffects) -> dict[str, Any]:
    design = effects.design
    return {
        "unit": design.unit,
        "start": design.start,
        "anticipation": design.anticipation,
        "window": list(design.window),
        "pre_from": design.pre_from,
        "estimator": design.estimator,
        "pools": design.pools,
        **({"ranked_among": list(effects.joint.draws.units)} if design.ranking.among else {}),
        "donors": [item.unit for item in effects.donors if item.admitted],
        "not_donors": {item.unit: item.reason for item in effects.donors if not item.admitted},
    }


def _alternative_record(item: DesignFindings) -> dict[str, Any]:
    return {
        "name": item.name,
        "label": item.label,
        "why": item.why,
        **_zones_record(item),
        "verdict": item.verdict.to_dict(),
        "confidence_sets": _sets(item.sets),
        **_ranked_record(item),
        "conformal_sets": _conformal(item),
        "identification": checks_record(item.joint),
    }


def _ranked_record(item: DesignFindings) -> dict[str, Any]:
    """Return placebo ranks where they stand beside conformal p-values, without a label: they decide nothing."""
    if item.ranked is None:
        return {}
    ranks = item.ranked.ranks
    tests = item.ranked.to_table().records()
    return {"placebo_ranks": {**asdict(ranks), "tests": tests, "confidence_sets": _sets(item.ranked_sets)}}


def _sets(sets: Sequence[ConfidenceSet]) -> list[dict[str, Any]]:
    return [
        {
            "outcome": found.outcome.name,
            "statistic": found.statistic,
            "side": found.side,
            "attained": found.attained,
            "intervals": found.to_table().records(),
        }
        for found in sets
    ]


def _conformal(item: DesignFindings) -> list[dict[str, Any]]:
    return [
        {
            "outcome": found.outcome.name,
            "norm": found.norm,
            "permutations": found.permutations,
            "compared": found.count,
            "attained": found.attained,
            "resolution": found.resolution,
            "intervals": found.to_table().records(),
        }
        for found in item.conformal
    ]


def _effect_record(effects: FewEffects) -> dict[str, Any]:
    return {
        "name": effects.name,
        "window": list(effects.design.window),
        "donors": sum(item.admitted for item in effects.donors),
        "effects": effects.fit_table().records(),
        "identification": checks_record(effects.joint),
        "notes": list(effects.notes),
    }


def _estimator_record(row: EstimatorRow) -> dict[str, Any]:
    """Return a row without its single placebos, which stand in the report."""
    return {name: value for name, value in asdict(row).items() if name != "placebos"}


def effects_table(found: Findings) -> Table:
    """Return the effects of every design, outcome and window."""
    tables = [effects.to_table() for effects in found.all_effects()]
    names = list(tables[0].columns)
    return Table.from_rows(names, [row for table in tables for row in table.rows()], title="Effects")


def evidence_table(found: Findings) -> Table:
    """Return every figure used, with its unit, how it was derived and its sources."""
    panel = found.panel
    about = {
        name: (info.unit, info.formula or None, "; ".join(source.title for source in info.sources) or None)
        for name, info in panel.series.items()
    }
    rows = [(*row, *about[str(row[2])]) for row in panel.to_table().rows()]
    names = ("unit", "period", "series", "value", "unit_of_measure", "formula", "source")
    return Table.from_rows(names, rows, title="Evidence")
