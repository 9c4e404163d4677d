"""Running a study of a zone: from its file to findings, stage by stage."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pilotzone.evaluation.few import refuse_doubts
from pilotzone.study.runs.breaks import refuse, taking_part
from pilotzone.study.runs.breaks_told import accepted_limits
from pilotzone.study.zone.context import StudyContext
from pilotzone.study.zone.dates import dated
from pilotzone.study.zone.dosed import zone_dose
from pilotzone.study.zone.doubts import doubt_limits, doubts_in, idle_figures
from pilotzone.study.zone.findings import Findings
from pilotzone.study.zone.levels import check_levels
from pilotzone.study.zone.limits import donor_limits, limits_of
from pilotzone.study.zone.material import load_panel, outcome_of, programmes_of, unused_units
from pilotzone.study.zone.places import map_material

if TYPE_CHECKING:
    from pilotzone.study.runs.kind import Progress
    from pilotzone.study.zone.file import ZoneStudy

__all__ = ["STAGES", "read_zone", "zone_findings"]

STAGES = (
    "evidence",
    "effects",
    "other designs",
    "other outcomes and windows",
    "other estimators",
    "specifications",
    "verdict",
)
"""Names of the stages, in order."""


def read_zone(study: ZoneStudy) -> None:
    """Read a study's data and look for its units, outcomes and dates in them; nothing is estimated.

    Raises
    ------
    StudyError
        If the study file contradicts its data.
    DataError
        If data are not of the form that is admitted.
    """
    panel = load_panel(study)
    study = dated(study, panel)
    unused = unused_units(study, panel)
    for item in study.spec.outcomes:
        outcome_of(panel, item, unused)
    for other in study.spec.secondary:
        outcome_of(panel, other, unused)
    check_levels(panel, study)
    if study.spec.shapes is not None:
        map_material(study, panel)


def zone_findings(study: ZoneStudy, progress: Progress) -> Findings:
    """Run a study of a zone.

    Raises
    ------
    StudyError
        If the study file contradicts its data, or compares across a severe break that it does not accept.
    DataError
        If data are not of the form that is admitted, or cannot carry the design.
    MethodError
        If figures of the zone cannot be taken as measured.
    """

    def stage(name: str) -> None:
        progress(name, None)

    stage("evidence")
    panel = load_panel(study)
    study = dated(study, panel)
    unused = unused_units(study, panel)
    outcomes = tuple(outcome_of(panel, item, unused) for item in study.spec.outcomes)
    for item in study.spec.secondary:
        outcome_of(panel, item, unused)
    check_levels(panel, study)
    drawn = map_material(study, panel)  # a file of shapes that cannot be read is told before anything is estimated
    context = StudyContext(study, panel, outcomes, limits_of(study, panel))
    breaks = context.breaks()
    refuse(breaks)
    context.refuse_few_periods()
    context = replace(context, limits=(*context.limits, *accepted_limits(breaks)))
    doubts = doubts_in(context)
    refuse_doubts(doubts, panel.label, file=True)
    context = replace(context, limits=(*context.limits, *doubt_limits(doubts, panel.label)))
    stage("effects")
    effects = context.estimate(context.design(), "main")
    context = replace(context, limits=(*context.limits, *donor_limits(study, panel, effects)))
    stage("other designs")
    alternatives = tuple(context.alternative(item) for item in study.spec.alternatives)
    stage("other outcomes and windows")
    secondary = tuple(context.secondary())
    longer, notes = context.longer()
    controls = tuple(context.controls())
    stage("other estimators")
    rows = context.estimators(effects)
    stage("specifications")
    curve = context.curve()
    stage("verdict")
    fixed = "Fixed in the study file before estimation."
    main = context.found("main", "Main design", fixed, effects, "moving_block", "iid")
    found = Findings(
        name=study.name,
        title=study.spec.title,
        question=study.spec.question,
        panel=panel,
        main=main,
        alternatives=alternatives,
        secondary=secondary,
        longer=longer,
        estimators=rows,
        curve=curve,
        limits=context.limits,
        programmes=programmes_of(study),
        notes=(*panel.told, *context.remarks(), *notes, *idle_figures(context.accepted_figures(), doubts)),
        assumptions=context.assumptions(),
        map=drawn,
        breaks=breaks,
        doubts=doubts,
        controls=controls,
        dose=zone_dose(study.spec.dose, main.joint, main.sets, study.spec.claim.alpha),
    )
    return replace(found, breaks=taking_part(breaks, found.units_in_use()))
