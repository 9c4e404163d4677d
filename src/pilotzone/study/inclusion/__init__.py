"""Who gains: inequality and poverty, effects by quantile and by group, and whether a zone closes its gap."""

from pilotzone.study.inclusion.file import InclusionFile, InclusionStudy
from pilotzone.study.inclusion.findings import InclusionFindings
from pilotzone.study.inclusion.kind import InclusionKind

__all__ = ["KIND", "InclusionFile", "InclusionFindings", "InclusionKind", "InclusionStudy"]

KIND = InclusionKind()
