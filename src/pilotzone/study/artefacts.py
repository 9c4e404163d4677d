"""The files a run leaves: verdict, effects, evidence, report and audit trail."""

from __future__ import annotations

import hashlib
import math
import time
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, get_args

from pilotzone.core import Table, TableFormat, as_json, one_thread
from pilotzone.report import paper_files
from pilotzone.store import parquet_bytes
from pilotzone.study.audit import study_folder
from pilotzone.study.publish import publish
from pilotzone.study.siting_plain import siting_record

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from pilotzone.core import JointEffects
    from pilotzone.evaluate.few import EstimatorRow, FewEffects
    from pilotzone.report import DesignFindings
    from pilotzone.study.running import StudyRun

__all__ = [
    "ARTEFACTS",
    "checks_record",
    "digests_of",
    "finite",
    "json_bytes",
    "publish_contents",
    "run_audit",
    "run_contents",
    "verdict_record",
    "write_run",
]

ARTEFACTS = ("verdict.json", "effects.parquet", "evidence.parquet", "report.html", "audit.json")
"""File names of a run, in the order in which they are written."""


def write_run(run: StudyRun, folder: Path, *, tables: Sequence[TableFormat] = ()) -> Path:
    """Write a run into a folder, whole or not at all.

    Parameters
    ----------
    run
        The run.
    folder
        Made if absent; an earlier run in it is replaced in one step.
    tables
        Formats in which tables for papers are written as well, ``latex`` or ``word`` (see `paper_files`).

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    UsageError
        If the folder holds something else than a run, or cannot be written, or a format is unknown.

    Notes
    -----
    The same inputs give the same bytes on one machine, but for ``seconds`` in ``audit.json``; ``folder`` there is
    the way from the run to the study file, and so depends on where the run is written.
    """
    since = time.perf_counter()
    contents = run_contents(run, tables=tables)
    seconds = {**run.seconds, "report": round(time.perf_counter() - since, 3)}
    way = study_folder(run.study, folder)
    audit = run_audit(run.findings.audit, digests_of(contents), way, tables=tables, seconds=seconds)
    publish_contents(folder, {**contents, "audit.json": audit})
    return folder


@one_thread()
def run_contents(run: StudyRun, *, tables: Sequence[TableFormat] = ()) -> dict[str, bytes]:
    """Return every file of a run but its audit trail, by name: the same findings give the same bytes.

    Parameters
    ----------
    run
        The run.
    tables
        Formats of tables for papers.
    """
    report = run.report().encode()
    papers = paper_files(run.findings, tables)
    return {
        "verdict.json": json_bytes(verdict_record(run)),
        "effects.parquet": parquet_bytes(_effects_table(run)),
        "evidence.parquet": parquet_bytes(_evidence_table(run)),
        "report.html": report,
        **{name: text.encode() for name, text in papers.items()},
    }


def run_audit(
    audit: Mapping[str, Any],
    outputs: Mapping[str, str],
    folder: object,
    *,
    tables: Sequence[TableFormat],
    seconds: object,
) -> bytes:
    """Return what ``audit.json`` holds.

    Parameters
    ----------
    audit
        What the run was made from (see `audit_inputs`).
    outputs
        SHA-256 of the files that it wrote, by name.
    folder
        Where the study file stood, as seen from the run.
    tables
        Formats in which tables for papers were asked for.
    seconds
        Duration of each stage.
    """
    study = {**audit["study"], "folder": folder}
    asked = {"tables": [form for form in get_args(TableFormat) if form in tables]}
    return json_bytes({**audit, "study": study, **asked, "outputs": dict(outputs), "seconds": seconds})


def digests_of(contents: Mapping[str, bytes]) -> dict[str, str]:
    """Return the SHA-256 of files by name."""
    return {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()}


def publish_contents(folder: Path, contents: Mapping[str, bytes]) -> None:
    """Write files into a folder, whole or not at all; errors as in `publish`."""

    def write(target: Path) -> None:
        for name, content in contents.items():
            (target / name).write_bytes(content)

    publish(folder, write)


def verdict_record(run: StudyRun) -> dict[str, Any]:
    """Return the verdicts of a run as plain data: what ``verdict.json`` holds and ``--json`` prints.

    Numbers that JSON has no notation for, such as a ratio to a perfect fit, are ``None``.
    """
    found = run.findings
    record = {
        "study": found.name,
        "title": found.title,
        "question": found.question,
        **_zones_record(found.main),
        "verdict": found.main.verdict.to_dict(),
        "confidence_sets": _sets(found.main),
        "conformal_sets": _conformal(found.main),
        "identification": checks_record(found.main.joint),
        "designs": [_alternative_record(item) for item in found.alternatives],
        "secondary": [_effect_record(item) for item in found.secondary],
        "longer_windows": [_effect_record(item) for item in found.longer],
        "estimators": [_estimator_record(row) for row in found.estimators],
        "sensitivity": None if found.curve is None else found.curve.to_dict(),
        "notes": [*(found.main.zones or found.main.effects).notes, *found.notes],
        "limits": [{"text": item.text, "origin": item.origin, "source": item.source} for item in found.limits],
        "programmes": list(found.programmes),
        "siting": None if found.siting is None else siting_record(found.name, found.siting),
    }
    return {key: finite(value) for key, value in record.items()}


def _zones_record(item: DesignFindings) -> dict[str, Any]:
    """Return the zone, and what several of them have each by itself."""
    first, *others = item.parts
    record: dict[str, Any] = {"zone": _design_record(first)}
    if others:
        record["also"] = [_design_record(part) for part in others]
        record["each_zone"] = [{"unit": part.design.unit, "effects": part.summary().records()} for part in item.parts]
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
        "donors": [item.unit for item in effects.donors if item.admitted],
        "not_donors": {item.unit: item.reason for item in effects.donors if not item.admitted},
    }


def checks_record(joint: JointEffects) -> list[dict[str, Any]]:
    """Return the identification checks of all outcomes as plain data."""
    return [
        {
            "outcome": item.outcome,
            "state": item.state,
            "checks": [
                {"name": c.name, "state": c.state, "value": c.value, "threshold": c.threshold, "statement": c.statement}
                for c in item.checks
            ],
        }
        for item in joint.identification
    ]


def _alternative_record(item: DesignFindings) -> dict[str, Any]:
    return {
        "name": item.name,
        "label": item.label,
        "why": item.why,
        **_zones_record(item),
        "verdict": item.verdict.to_dict(),
        "confidence_sets": _sets(item),
        "conformal_sets": _conformal(item),
        "identification": checks_record(item.joint),
    }


def _sets(item: DesignFindings) -> list[dict[str, Any]]:
    return [
        {
            "outcome": found.outcome.name,
            "statistic": found.statistic,
            "side": found.side,
            "attained": found.attained,
            "intervals": found.to_table().records(),
        }
        for found in item.sets
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
        "effects": effects.summary().records(),
        "identification": checks_record(effects.joint),
        "notes": list(effects.notes),
    }


def _estimator_record(row: EstimatorRow) -> dict[str, Any]:
    """Return a row without its single placebos, which stand in the report."""
    return {name: value for name, value in asdict(row).items() if name != "placebos"}


def _effects_table(run: StudyRun) -> Table:
    tables = [effects.to_table() for effects in run.all_effects()]
    names = list(tables[0].columns)
    return Table.from_rows(names, [row for table in tables for row in table.rows()], title="Effects")


def _evidence_table(run: StudyRun) -> Table:
    """Return every figure used, with its unit, how it was derived and its sources."""
    panel = run.findings.panel
    about = {
        name: (info.unit, info.formula or None, "; ".join(source.title for source in info.sources) or None)
        for name, info in panel.series.items()
    }
    rows = [(*row, *about[str(row[2])]) for row in panel.to_table().rows()]
    names = ("unit", "period", "series", "value", "unit_of_measure", "formula", "source")
    return Table.from_rows(names, rows, title="Evidence")


def json_bytes(record: dict[str, Any]) -> bytes:
    """Return plain data as the text of a JSON file."""
    return (as_json(record) + "\n").encode()


def finite(value: Any) -> Any:  # noqa: ANN401 - any plain data
    """Return plain data with ``None`` for numbers that JSON has no notation for."""
    if isinstance(value, dict):
        return {key: finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
