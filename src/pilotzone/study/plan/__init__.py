"""Placements: one plan file, what is put where under the law."""

from pilotzone.study.plan.file import PlanFile, PlanStudy
from pilotzone.study.plan.findings import PlanFindings
from pilotzone.study.plan.kind import PlanKind
from pilotzone.study.plan.material import PlanMaterial, plan_material
from pilotzone.study.plan.page import plan_words

__all__ = [
    "KIND",
    "PlanFile",
    "PlanFindings",
    "PlanKind",
    "PlanMaterial",
    "PlanStudy",
    "plan_material",
    "plan_words",
]

KIND = PlanKind()
