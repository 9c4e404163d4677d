"""Placements: one plan file, what is put where under the law."""

from pilotzone.study.plan.answer import plan_answer
from pilotzone.study.plan.file import PlanFile, PlanStudy
from pilotzone.study.plan.findings import PlanFindings
from pilotzone.study.plan.kind import PlanKind
from pilotzone.study.plan.material import PlanMaterial, plan_material

__all__ = [
    "KIND",
    "PlanFile",
    "PlanFindings",
    "PlanKind",
    "PlanMaterial",
    "PlanStudy",
    "plan_answer",
    "plan_material",
]

KIND = PlanKind()
