"""Outcomes whose levels are arbitrary: which estimators a study of a zone may use on them, and what it says of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pilotzone.evaluation.few import ESTIMATORS, estimators_that
from pilotzone.study.runs.levels import check_free_estimator, level_remark

if TYPE_CHECKING:
    from pilotzone.core import Panel
    from pilotzone.study.zone.file import ZoneStudy
    from pilotzone.study.zone.findings import Findings

__all__ = ["check_levels", "level_notes"]


def check_levels(panel: Panel, study: ZoneStudy) -> None:
    """Refuse estimators that compare levels where those of an outcome are arbitrary.

    Raises
    ------
    StudyError
        Naming the first outcome and estimator.
    """
    spec = study.spec
    main = "method.estimator", spec.method.estimator
    named = [main, *(("method.compare", item) for item in spec.method.compare)]
    named += [
        (f"alternatives[{place}] ({item.name})", item.estimator)
        for place, item in enumerate(spec.alternatives, 1)
        if item.estimator is not None
    ]
    allowed = estimators_that(lambda record: record.ignores_levels)
    pairs = [(item.name, key, name) for item in spec.outcomes for key, name in named]
    pairs += [(item.name, main[0], ESTIMATORS[main[1]].alone.name) for item in spec.secondary]
    for outcome, key, name in pairs:
        ignores = ESTIMATORS[name].ignores_levels
        check_free_estimator(panel.series[outcome], key, name, allowed, ignores_levels=ignores)


def level_notes(findings: Findings) -> tuple[str, ...]:
    """Return a sentence or two on each outcome whose level is arbitrary, or that is not a level."""
    outcomes = [*findings.main.joint.outcomes, *(fit.outcome for item in findings.secondary for fit in item.fits)]
    infos = {item.name: (findings.panel.series[item.name], item.title) for item in outcomes}
    return tuple(filter(None, (level_remark(info, title) for info, title in infos.values())))
