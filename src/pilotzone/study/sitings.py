"""A ranking of places on disk: its report, its tables, and what it was made from."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pilotzone.core import Table
from pilotzone.gather import load_shapes
from pilotzone.report import SitingFindings, render_siting
from pilotzone.site import rank_places
from pilotzone.store import sha256_file, write_csv
from pilotzone.study.artefacts import json_bytes
from pilotzone.study.audit import versions
from pilotzone.study.publish import publish
from pilotzone.study.siting_plain import siting_record
from pilotzone.study.siting_reading import input_hashes

if TYPE_CHECKING:
    from pilotzone.site import Siting
    from pilotzone.study.siting_reading import SitingStudy

__all__ = ["SITING_FILES", "siting_findings", "siting_record", "write_siting"]

SITING_FILES = (
    "siting.json",
    "ranking.csv",
    "ranks.csv",
    "figures.csv",
    "assumptions.csv",
    "report.html",
    "audit.json",
)
"""File names of a ranking, in the order in which they are written."""


def siting_findings(study: SitingStudy) -> SitingFindings:
    """Rank the places of a siting file; return all that its report shows.

    Raises
    ------
    UsageError, DataError, MethodError
        As in `rank_sites`.
    """
    siting = rank_places(study.spec)
    audit = {
        "kind": "siting",
        "study": {
            "name": study.name,
            "sha256": study.hashes.get(f"{study.name}.toml", ""),
            "settings": study.settings,
        },
        "inputs": input_hashes(study),
        "versions": versions(),
        "seeds": {"draws": study.spec.seed},
    }
    return SitingFindings(study.name, siting, load_shapes(), audit)


def write_siting(findings: SitingFindings, folder: Path) -> Path:
    """Write a ranking into a folder, whole or not at all.

    Parameters
    ----------
    findings
        What was found.
    folder
        Made if absent; an earlier ranking in it is replaced in one step.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    UsageError
        If the folder holds something else, or cannot be written.
    """
    siting = findings.siting
    report = render_siting(findings).encode()
    tables = {
        "ranking.csv": siting.to_table(),
        "ranks.csv": _ranks_table(siting),
        "figures.csv": siting.figures(),
        "assumptions.csv": siting.spec.assumptions.to_table(),
    }

    def write(target: Path) -> None:
        (target / "siting.json").write_bytes(json_bytes(siting_record(findings.name, findings.siting)))
        for name, table in tables.items():
            write_csv(table, target / name)
        (target / "report.html").write_bytes(report)
        outputs = {name: sha256_file(target / name) for name in SITING_FILES if name != "audit.json"}
        (target / "audit.json").write_bytes(json_bytes({**findings.audit, "outputs": outputs}))

    publish(folder, write)
    return folder


def _ranks_table(siting: Siting) -> Table:
    names = ["place", *(str(k) for k in range(1, len(siting.places) + 1))]
    rows = [(name, *row) for name, row in zip(siting.places, siting.acceptability.ranks.tolist(), strict=True)]
    return Table.from_rows(names, rows, title="Share of draws in which each place has each rank")
