"""Findings on many units as plain data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pilotzone.evaluation.many import effect_table
from pilotzone.study.panel.allowed import departures_record
from pilotzone.study.panel.dose_told import dose_record
from pilotzone.study.panel.models import side_record
from pilotzone.study.panel.page import design_words
from pilotzone.study.panel.told import treatment_record
from pilotzone.study.panel.varied_told import variants_record
from pilotzone.study.runs.plain import checks_record
from pilotzone.study.runs.terms import terms_record

if TYPE_CHECKING:
    from pilotzone.study.panel.findings import EvaluationFindings

__all__ = ["evaluation_record"]


def evaluation_record(findings: EvaluationFindings) -> dict[str, Any]:
    """Return an evaluation as plain data: what ``verdict.json`` holds and ``--json`` prints."""
    effects = findings.effects
    return {
        "name": findings.name,
        "title": findings.title,
        "question": findings.question,
        "design": dict(design_words(effects)),
        "cohorts": effects.cohorts().records(),
        "periods": [effects.facts.label(period) for period in effects.facts.periods],
        "overall": effect_table(effects.overall).records(),
        "side": side_record(effects),
        "effects": effects.to_table().records(),
        "left_out": effects.left_out().records(),
        "departures": departures_record(effects.joint, findings.verdict),
        "diagnostics": checks_record(effects.joint),
        "verdict": None if findings.verdict is None else findings.verdict.to_dict(),
        **({"beside_the_claim": variants_record(findings)} if findings.variants else {}),
        "others": [{"title": table.title, "rows": table.records(), "note": table.note} for table in findings.others],
        "notes": list(effects.notes),
        "limits": [{"text": item.text, "origin": item.origin, "source": item.source} for item in findings.limits],
        "breaks": [item.record() for item in findings.breaks],
        "source": findings.source,
        "terms": terms_record(findings.terms),
        **({} if findings.dose is None else {"dose": dose_record(findings.dose)}),
        **({} if findings.treatment is None else {"treatment": treatment_record(findings.treatment)}),
    }
