"""What an evaluation of many units leaves: effects, verdict, report and audit trail, as a study's run does."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from pilotzone.core import one_thread
from pilotzone.evaluate.many import Neighbours, effect_table, spillover_table
from pilotzone.judge import judge
from pilotzone.report import EvaluationFindings, and_list, bare_title, design_words, render_evaluation
from pilotzone.store import local_path, parquet_bytes
from pilotzone.store import panel_digests as hashes_of_panel
from pilotzone.study.artefacts import checks_record, digests_of, finite, json_bytes, publish_contents
from pilotzone.study.audit import versions, way_from

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pilotzone.core import Combine, Familywise, Table
    from pilotzone.evaluate.many import ManyEffects
    from pilotzone.report import Limit

__all__ = [
    "EVALUATION_FILES",
    "evaluation_audit",
    "evaluation_contents",
    "evaluation_findings",
    "evaluation_record",
    "panel_digests",
    "write_evaluation",
]

EVALUATION_FILES = ("verdict.json", "effects.parquet", "report.html", "audit.json")
"""File names of an evaluation, in the order in which they are written."""


def evaluation_record(findings: EvaluationFindings) -> dict[str, Any]:
    """Return an evaluation as plain data: what ``verdict.json`` holds and ``--json`` prints.

    Numbers that JSON has no notation for are ``None``.
    """
    effects = findings.effects
    record = {
        "name": findings.name,
        "title": findings.title,
        "question": findings.question,
        "design": dict(design_words(effects)),
        "cohorts": effects.cohorts().records(),
        "periods": list(effects.facts.periods),
        "overall": effect_table(effects.overall).records(),
        "effects": effects.to_table().records(),
        "left_out": effects.left_out().records(),
        "identification": checks_record(effects.joint),
        "verdict": None if findings.verdict is None else findings.verdict.to_dict(),
        "others": [{"title": table.title, "rows": table.records(), "note": table.note} for table in findings.others],
        "notes": list(effects.notes),
        "limits": [{"text": item.text, "origin": item.origin, "source": item.source} for item in findings.limits],
        "source": findings.source,
    }
    return {key: finite(value) for key, value in record.items()}


def evaluation_findings(  # noqa: PLR0913 - what a report shows, all by name
    name: str,
    effects: ManyEffects,
    *,
    data: str | Path,
    settings: Mapping[str, Any],
    alpha: float = 0.05,
    development: Combine = "all",
    familywise: Familywise = "sup-t",
    title: str = "",
    question: str = "",
    sha256: str = "",
    citation: str = "",
    limits: Sequence[Limit] = (),
    assumptions: Sequence[tuple[str, str, str]] = (),
) -> EvaluationFindings:
    """Judge effects on many units, where their outcomes make a claim, and put together what a report shows.

    Parameters
    ----------
    name, title
        Of the evaluation; without a title it is called by its outcomes.
    effects
        What was estimated.
    data
        File or folder with the panel: named as the source, and hashed for the audit. What Spark reads elsewhere is
        named alone.
    settings
        Every choice, as plain data, for the audit.
    alpha, development, familywise
        Level of each one-sided test, and the rules over several outcomes, as in `pilotzone.judge`.
    question, citation, limits, assumptions
        What is asked, where the figures are from, what the data cannot answer, and choices beyond the data: what,
        value, reason.
    sha256
        Of the study file, where there is one.
    """
    roles = {outcome.role for outcome in effects.outcomes}
    claimed = {"development", "environment"} <= roles
    texts = [limit.text for limit in limits]
    rules: Any = {"alpha": alpha, "development": development, "familywise": familywise, "limits": texts}
    verdict = judge(effects, **rules) if claimed else None
    spillovers = effects.design.spillovers
    digests = panel_digests(data, spillovers.table if isinstance(spillovers, Neighbours) else None)
    audit = {
        "kind": "evaluation",
        "study": {"name": name, "sha256": sha256, "settings": dict(settings)},
        "inputs": digests,
        "versions": versions(),
        "seeds": {"bands": effects.design.seed},
    }
    words = title or f"Effects on {and_list([bare_title(outcome) for outcome in effects.outcomes])}"
    beside = effects.beside
    others: tuple[Table, ...] = ()
    if beside is not None:
        warning = () if beside.two_way is None else (beside.two_way.to_table(),)
        others = (beside.to_table(effects.design.summary, "dynamic"), *warning)
    others = (*others, *(item.to_table() for item in effects.honest))
    if effects.spillovers:
        others = (*others, spillover_table(effects.spillovers, effects.design.level))
    source = f"Panel in {Path(data).name if digests else data}" + (f": {citation}" if citation else "")
    return EvaluationFindings(
        name,
        words,
        effects,
        verdict,
        source=source,
        question=question,
        others=others,
        limits=tuple(limits),
        assumptions=tuple(assumptions),
        audit=audit,
    )


def panel_digests(data: str | Path, neighbours: object = None) -> dict[str, str]:
    """Return the SHA-256 of the files of a panel and of its table of neighbours, by name.

    None of what Spark alone can find, and of frames in memory.

    Raises
    ------
    DataError
        If a file is there and cannot be read.
    """
    found: dict[str, str] = {}
    for part, where in (("data", data), ("neighbours", neighbours)):
        there = local_path(where) if isinstance(where, str | Path) else None
        if there is not None:
            found |= {f"{part}/{name}": digest for name, digest in sorted(hashes_of_panel(there).items())}
    return found


def write_evaluation(findings: EvaluationFindings, folder: Path, *, start: Path | None = None) -> Path:
    """Write an evaluation into a folder, whole or not at all.

    Parameters
    ----------
    findings
        What was found.
    folder
        Made if absent; an earlier evaluation or run in it is replaced in one step.
    start
        Folder that relative paths in the settings start from, so that the evaluation can be recomputed.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    UsageError
        If the folder holds something else, or cannot be written.
    """
    contents = evaluation_contents(findings)
    audit = evaluation_audit(findings.audit, digests_of(contents), way_from(start, folder))
    publish_contents(folder, {**contents, "audit.json": audit})
    return folder


@one_thread()
def evaluation_contents(findings: EvaluationFindings) -> dict[str, bytes]:
    """Return every file of an evaluation but its audit trail, by name: the same findings give the same bytes."""
    return {
        "verdict.json": json_bytes(evaluation_record(findings)),
        "effects.parquet": parquet_bytes(findings.effects.to_table()),
        "report.html": render_evaluation(findings).encode(),
    }


def evaluation_audit(audit: Mapping[str, Any], outputs: Mapping[str, str], folder: object) -> bytes:
    """Return what ``audit.json`` holds; parameters as in `run_audit`."""
    study = {**audit["study"], "folder": folder}
    return json_bytes({**audit, "study": study, "outputs": dict(outputs)})
