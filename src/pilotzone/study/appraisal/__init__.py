"""Appraisals: one file, what a campus costs and brings, and to whom."""

from pilotzone.study.appraisal.file import AppraisalFile, AppraisalStudy
from pilotzone.study.appraisal.findings import AppraisalFindings
from pilotzone.study.appraisal.kind import AppraisalKind
from pilotzone.study.appraisal.material import AppraisalMaterial, appraisal_material
from pilotzone.study.appraisal.wording import appraisal_words

__all__ = [
    "KIND",
    "AppraisalFile",
    "AppraisalFindings",
    "AppraisalKind",
    "AppraisalMaterial",
    "AppraisalStudy",
    "appraisal_material",
    "appraisal_words",
]

KIND = AppraisalKind()
