"""A few zones, often just one: one study file, one verdict."""

from pilotzone.study.zone.file import StudySpec, ZoneStudy
from pilotzone.study.zone.findings import DesignFindings, Findings, MapMaterial
from pilotzone.study.zone.kind import ZoneKind
from pilotzone.study.zone.paper import paper_files, paper_names, paper_tables
from pilotzone.study.zone.variations import Variations, specification_curve

__all__ = [
    "KIND",
    "DesignFindings",
    "Findings",
    "MapMaterial",
    "StudySpec",
    "Variations",
    "ZoneKind",
    "ZoneStudy",
    "paper_files",
    "paper_names",
    "paper_tables",
    "specification_curve",
]

KIND = ZoneKind()
