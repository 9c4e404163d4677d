"""Running a study: from its file to findings, stage by stage."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pilotzone.core import one_thread
from pilotzone.report import Findings, render_report, verdict_lines
from pilotzone.study.audit import audit_inputs
from pilotzone.study.context import StudyContext
from pilotzone.study.material import limits_of, load_panel, map_material, outcome_of, programmes_of, unused_units
from pilotzone.study.siting_reading import siting_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from pilotzone.evaluate.few import FewEffects, SeveralEffects
    from pilotzone.judge import Verdict
    from pilotzone.study.reading import Study

__all__ = ["STAGES", "StudyRun", "run_study"]

STAGES = (
    "evidence",
    "effects",
    "other designs",
    "other outcomes and windows",
    "other estimators",
    "specifications",
    "siting",
    "verdict",
)
"""Names of the stages, in order, as `run_study` announces them."""


@dataclass(frozen=True, eq=False)
class StudyRun:
    """A study that was run.

    Attributes
    ----------
    study
        The study.
    findings
        Everything it found.
    seconds
        Duration of each stage; not part of what is compared between runs.
    """

    study: Study
    findings: Findings
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def verdict(self) -> Verdict:
        """The verdict of the main design."""
        return self.findings.main.verdict

    @property
    def effects(self) -> FewEffects:
        """The effects of the main design; of the first zone, where there are several (`zones`)."""
        return self.findings.main.effects

    @property
    def zones(self) -> SeveralEffects | None:
        """The effects of several zones and their mean, by the main design; ``None`` for one zone."""
        return self.findings.main.zones

    def all_effects(self) -> tuple[FewEffects | SeveralEffects, ...]:
        """Return the effects of every design, outcome and window, the main one first."""
        found = self.findings
        designs = [item.zones or item.effects for item in (found.main, *found.alternatives)]
        return (*designs, *found.secondary, *found.longer)

    def report(self) -> str:
        """Return the report as one HTML page."""
        return render_report(self.findings)

    def _repr_html_(self) -> str:
        import html

        lines = "\n".join(line.text for line in verdict_lines(self.findings))
        return f"<pre>{html.escape(lines)}</pre>{self.verdict._repr_html_()}"


class _Clock:
    """Announces stages and keeps how long each took."""

    def __init__(self, announce: Callable[[str], None] | None) -> None:
        self.seconds: dict[str, float] = {}
        self._announce = announce
        self._running: tuple[str, float] | None = None

    def stage(self, name: str) -> None:
        self.stop()
        self._running = (name, time.perf_counter())
        if self._announce is not None:
            self._announce(name)

    def stop(self) -> None:
        if self._running is not None:
            name, since = self._running
            self.seconds[name] = round(time.perf_counter() - since, 3)


@one_thread()
def run_study(study: Study, *, progress: Callable[[str], None] | None = None) -> StudyRun:
    """Run a study.

    Parameters
    ----------
    study
        What `load_study` returns.
    progress
        Called with the name of each stage as it begins (see `STAGES`).

    Returns
    -------
    StudyRun

    Raises
    ------
    StudyError
        If the study file contradicts its data.
    DataError
        If data are not of the form that is admitted, or cannot carry the design.
    """
    clock = _Clock(progress)
    clock.stage("evidence")
    panel = load_panel(study)
    unused = unused_units(study, panel)
    outcomes = tuple(outcome_of(panel, item, unused) for item in study.spec.outcomes)
    context = StudyContext(study, panel, outcomes, limits_of(study, panel))
    clock.stage("effects")
    effects = context.estimate(context.design(), "main")
    clock.stage("other designs")
    alternatives = tuple(context.alternative(item) for item in study.spec.alternatives)
    clock.stage("other outcomes and windows")
    secondary = tuple(context.secondary())
    longer, notes = context.longer()
    clock.stage("other estimators")
    rows = context.estimators(effects)
    clock.stage("specifications")
    curve = context.curve()
    clock.stage("siting")
    siting = siting_of(study)
    clock.stage("verdict")
    fixed = "Fixed in the study file before estimation."
    main = context.found("main", "Main design", fixed, effects, "moving_block", "iid")
    spec = study.spec
    findings = Findings(
        name=study.name,
        title=spec.title,
        question=spec.question,
        panel=panel,
        main=main,
        alternatives=alternatives,
        secondary=secondary,
        longer=longer,
        estimators=rows,
        curve=curve,
        limits=context.limits,
        programmes=programmes_of(study),
        notes=(*context.remarks(), *notes),
        assumptions=context.assumptions(),
        map=map_material(study, panel),
        siting=siting,
        audit=audit_inputs(study),
    )
    clock.stop()
    return StudyRun(study, findings, clock.seconds)
