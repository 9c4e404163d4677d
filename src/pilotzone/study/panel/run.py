"""Running a study of many units: from its file to effects and verdict."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from pilotzone.core import StudyError, check_extra
from pilotzone.evaluation.many import Comparison, ManyDesign, evaluate_panel, small_cohorts_tables, spillover_table
from pilotzone.gather import TableForm, open_any_panel
from pilotzone.judgement import judge
from pilotzone.report import Limit, and_list, bare_title
from pilotzone.store import WIDE_TIME, PanelColumns, is_postgres, local_path
from pilotzone.study.panel.breaks import Heeded, heed_breaks
from pilotzone.study.panel.doserun import dose_part, needed_beside_doses
from pilotzone.study.panel.file import PanelClaimSpec
from pilotzone.study.panel.findings import EvaluationFindings
from pilotzone.study.panel.material import panel_material
from pilotzone.study.runs.breaks_told import accepted_limits

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pilotzone.core import Outcome, Table
    from pilotzone.evaluation.many import ManyEffects
    from pilotzone.gather import Treatment
    from pilotzone.store import Engine
    from pilotzone.study.panel.file import PanelStudy, PanelStudySpec
    from pilotzone.study.panel.material import PanelMaterial
    from pilotzone.study.runs.breaks import Spanned
    from pilotzone.study.runs.kind import Progress
    from pilotzone.study.runs.terms import Terms

__all__ = ["evaluation_findings", "findings_beside", "open_file", "panel_file", "panel_findings"]


def panel_findings(study: PanelStudy, material: PanelMaterial | None, progress: Progress) -> EvaluationFindings:
    """Run a study of many units.

    Parameters
    ----------
    study
        What was read.
    material
        What a study on the bundled evidence stands on; ``None`` where the panel is in a file.
    progress
        Called with each stage.

    Raises
    ------
    StudyError
        If figures are compared across a severe break that the study does not accept.
    UsageError
        If a column is not in the panel, or the engine cannot be had.
    DataError
        If the panel is not of the form that is admitted.
    MethodError
        If nothing can be estimated from it, or the design does not go with it.
    """
    progress("effects", None)
    panel, told = _opened(study, material, progress, _columns(study, material))
    method = study.spec.method
    outcomes = _outcomes(study.spec, material)
    heeded = heed_breaks(panel, study.spec) if material is None else Heeded(panel, material.breaks, material.broken)
    # Units that are left out for a break of theirs expose others as they did.
    with needed_beside_doses(study.spec):
        effects = evaluate_panel(
            heeded.panel, outcomes, _design(study), beside=method.beside, honest=method.honest, exposing=panel
        )
    effects = replace(effects, notes=(*told, *effects.notes))
    dose = dose_part(study.spec, partial(_opened, study, material, progress), _columns(study, material))
    progress("verdict", None)
    starts = {} if material is None else material.cohorts
    found = judged(study, replace(effects, breaks=heeded.breaks, starts=starts), material, heeded.found)
    return replace(found, dose=dose)


def findings_beside(study: PanelStudy, earlier: int = 0) -> EvaluationFindings:
    """Run a study of the bundled evidence that stands beside another one, its effects in one number alone being tested.

    Parameters
    ----------
    study
        Study on the bundled evidence.
    earlier
        As in `panel_material`.

    Raises
    ------
    PilotZoneError
        As `panel_findings` does.
    """
    material = panel_material(study.spec, earlier)
    panel, _ = _opened(study, material, lambda _, __: None, _columns(study, material))
    effects = evaluate_panel(panel, material.outcomes, _design(study), overall=True)
    return judged(study, effects, material, material.breaks)


def open_file(study: PanelStudy) -> Engine:
    """Return the panel in the file that a study names, as it is estimated from."""
    return _opened(study, None, lambda _, __: None, _columns(study, None))[0]


def _opened(
    study: PanelStudy, material: PanelMaterial | None, progress: Progress, columns: PanelColumns
) -> tuple[Engine, tuple[str, ...]]:
    """Return the panel, that of the evidence as a frame, or the file; and what is told of how it was read."""
    spec = study.spec
    panel = spec.panel
    if panel.covariates:
        check_extra("covariates", "covariates are used")
    form = TableForm(
        delimiter=panel.delimiter,
        encoding=panel.encoding,
        sheet=panel.sheet,
        sheets=panel.sheets,
        header=panel.header,
        range=panel.range,
        thousands=panel.thousands,
        decimal=panel.decimal,
        table=panel.table,
        query=panel.query,
    )
    return open_any_panel(
        panel_file(study) if material is None else material.frame(),
        columns,
        form,
        wide=panel.layout == "wide",
        na=panel.na,
        engine=spec.engine.name,
        memory_limit=spec.engine.memory,
        threads=spec.engine.threads,
        master=spec.engine.master,
        spark=spec.engine.spark or None,
        progress=lambda done, count: progress("effects", done / count if count else None),
    )


def _outcomes(spec: PanelStudySpec, material: PanelMaterial | None) -> list[Outcome]:
    return [item.outcome() for item in spec.outcomes] if material is None else list(material.outcomes)


def judged(
    study: PanelStudy,
    effects: ManyEffects,
    material: PanelMaterial | None = None,
    breaks: tuple[Spanned, ...] = (),
) -> EvaluationFindings:
    """Return effects with what a study makes of them."""
    spec = study.spec
    known = () if material is None else material.limits
    return evaluation_findings(
        study.name,
        effects,
        data=panel_file(study) if material is None else "",
        claim=spec.claim,
        title=spec.title,
        question=spec.question,
        citation=spec.panel.citation if material is None else material.source,
        limits=(
            *known,
            *(Limit(item.text, "study", item.source, item.brief, item.remedy) for item in spec.limits),
            *accepted_limits(breaks),
        ),
        assumptions=(*_assumptions(spec, _outcomes(spec, material)), *(() if material is None else material.remarks)),
        treatment=None if material is None else material.treatment,
        breaks=breaks,
        terms=() if material is None else material.terms,
    )


def evaluation_findings(  # noqa: PLR0913 - what a report shows, all by name
    name: str,
    effects: ManyEffects,
    *,
    data: str | Path,
    claim: PanelClaimSpec | None = None,
    title: str = "",
    question: str = "",
    citation: str = "",
    limits: tuple[Limit, ...] = (),
    assumptions: tuple[tuple[str, str, str], ...] = (),
    treatment: Treatment | None = None,
    breaks: tuple[Spanned, ...] = (),
    terms: tuple[Terms, ...] = (),
) -> EvaluationFindings:
    """Judge effects on many units, where their outcomes make a claim, and put together what a report shows.

    Parameters
    ----------
    name, title
        Name and title of the evaluation; without a title it is called by its outcomes.
    effects
        What was estimated.
    data
        File or folder with the panel, named as the source; empty where there is none.
    claim
        How the verdict is reached; as by default if left out.
    question, citation, limits, assumptions
        What is asked, where the figures are from, what the data cannot answer, and choices beyond the data: what,
        value, reason.
    treatment
        The state of every region, where it follows from a programme.
    breaks
        Breaks that figures are compared across, and what follows from each.
    terms
        On what terms the figures may be used.
    """
    rules = claim or PanelClaimSpec()
    verdict = None
    if any(outcome.role for outcome in effects.outcomes):
        verdict = judge(
            effects,
            alpha=rules.alpha,
            allowance=rules.allowance,
            development=rules.development,
            familywise=rules.familywise,
            limits=[limit.text for limit in limits],
        )
    where = Path(data).name if local_path(data) is not None else data
    told = [f"Panel in {where}"] if where else []
    return EvaluationFindings(
        name,
        title or f"Effects on {and_list([bare_title(outcome) for outcome in effects.outcomes])}",
        effects,
        verdict,
        source=": ".join([*told, *([citation] if citation else [])]),
        question=question,
        others=tuple(_others(effects)),
        limits=limits,
        assumptions=assumptions,
        treatment=treatment,
        breaks=breaks,
        terms=terms,
    )


def _others(effects: ManyEffects) -> Sequence[Table]:
    """Return what was estimated besides, as tables."""
    beside = effects.beside
    others: list[Table] = []
    if beside is not None:
        others.append(beside.to_table(effects.design.summary, "dynamic"))
        others += [] if beside.two_way is None else [beside.two_way.to_table()]
    others += [item.to_table() for item in effects.honest]
    if effects.small:
        others += small_cohorts_tables(effects.small)
    if effects.spillovers:
        others.append(spillover_table(effects.spillovers, effects.design.level))
    return others


def panel_file(study: PanelStudy) -> str | Path:
    """Return where the panel is: a path as seen from here, or what is for Spark alone to find."""
    given = study.spec.panel.file or ""
    if is_postgres(given):
        return given
    below = study.path(given, StudyError)
    try:
        there = below.exists()
    except (OSError, ValueError):
        there = False
    return given if study.spec.engine.name == "spark" and not there else below


def _columns(study: PanelStudy, material: PanelMaterial | None) -> PanelColumns:
    panel = study.spec.panel
    if material is not None:
        return material.columns(panel.weight, panel.covariates)
    return PanelColumns(
        panel.unit or "",
        WIDE_TIME if panel.layout == "wide" else panel.time or "",
        panel.cohort or "",
        tuple(item.name for item in study.spec.outcomes),
        panel.cluster,
        panel.weight,
        panel.covariates,
        _design(study).coordinates,
    )


def _design(study: PanelStudy) -> ManyDesign:
    spec = study.spec
    method = spec.method
    return ManyDesign(
        Comparison(method.controls, method.base, method.anticipation, method.last_cohort, method.horizon),
        estimator=method.estimator,
        summary=method.summary,
        cross_sections=spec.panel.cross_sections,
        adjustment=method.adjustment,
        spillovers=spec.space.spillovers(study.folder),
        conley=spec.space.errors(),
        level=method.level,
        seed=method.seed,
    )


def _assumptions(spec: PanelStudySpec, outcomes: Sequence[Outcome]) -> tuple[tuple[str, str, str], ...]:
    """Return margins, and choices that are not in the data: what, value, reason."""
    margins = []
    for item, outcome in zip(spec.outcomes, outcomes, strict=True):
        if outcome.margin is not None:
            value = f"{outcome.margin:g} {outcome.display_unit}".removesuffix(" 1")
            margins.append((f"Margin of {outcome.title}", value, item.why_margin or "no reason given"))
    return (*margins, *((item.what, item.value, item.reason) for item in spec.assumptions))
