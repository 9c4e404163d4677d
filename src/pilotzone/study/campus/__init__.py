"""Campuses: one campus file, what it needs, emits and costs at each site, and when its supply fails."""

from pilotzone.study.campus.file import CampusFile, CampusStudy
from pilotzone.study.campus.findings import CampusFindings
from pilotzone.study.campus.kind import CampusKind
from pilotzone.study.campus.material import CampusMaterial, campus_material

__all__ = ["KIND", "CampusFile", "CampusFindings", "CampusKind", "CampusMaterial", "CampusStudy", "campus_material"]

KIND = CampusKind()
