"""Running a study of many units: from its file to effects, verdict and report."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from pilotzone.core import StudyError, expanded, one_thread
from pilotzone.evaluate.many import Comparison, ManyDesign, Rings, evaluate_panel
from pilotzone.report import Limit, render_evaluation
from pilotzone.store import PanelColumns, local_path, open_panel
from pilotzone.study.audit import way_from
from pilotzone.study.evaluations import evaluation_findings, write_evaluation
from pilotzone.study.faults import explain
from pilotzone.study.panel_spec import PanelClaimSpec, PanelMethodSpec, PanelSpec, PanelStudySpec
from pilotzone.study.reading import PanelStudy, load_panel_study

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pilotzone.evaluate.many import ManyEffects
    from pilotzone.judge import Verdict
    from pilotzone.report import EvaluationFindings
    from pilotzone.study.spec import StrictModel

__all__ = ["PanelRun", "panel_file", "run_of_options", "run_panel", "run_panel_study"]

_OUTCOME_KEYS = ("name", "role", "good", "scale", "label", "unit")


@dataclass(frozen=True, eq=False)
class PanelRun:
    """A study of many units that was run.

    Attributes
    ----------
    study
        The study.
    findings
        Everything it found.
    """

    study: PanelStudy
    findings: EvaluationFindings

    @property
    def effects(self) -> ManyEffects:
        """Effects by cohort and period, their averages, and what passes to a verdict."""
        return self.findings.effects

    @property
    def verdict(self) -> Verdict | None:
        """The verdict; ``None`` without a development and an environment outcome, each with a margin."""
        return self.findings.verdict

    def report(self) -> str:
        """Return the report as one HTML page."""
        return render_evaluation(self.findings)

    def write(self, folder: str | Path) -> Path:
        """Write verdict, effects, report and audit trail into a folder, whole or not at all.

        Raises
        ------
        UsageError
            If the folder holds something else, or cannot be written.
        """
        return write_evaluation(self.findings, Path(folder), start=self.study.folder)

    def _repr_html_(self) -> str:
        return self.effects._repr_html_() if self.verdict is None else self.verdict._repr_html_()


def run_panel(
    path: str | Path, *, out: str | Path | None = None, progress: Callable[[int, int], None] | None = None
) -> PanelRun:
    """Run a study of many units by the path of its file.

    Parameters
    ----------
    path
        A study file with a table ``[panel]``.
    out
        Folder to write verdict, effects, report and audit trail into; nothing is written if left out.
    progress
        Called with the rows read so far and all rows that are to be read, in each pass.

    Returns
    -------
    PanelRun
        ``verdict``, ``effects`` and ``findings``; shows itself in a notebook.

    Raises
    ------
    PilotZoneError
        If the study cannot be read or run, or its folder cannot be written.
    """
    done = run_panel_study(load_panel_study(path), progress=progress)
    if out is not None:
        done.write(out)
    return done


@one_thread()
def run_panel_study(study: PanelStudy, *, progress: Callable[[int, int], None] | None = None) -> PanelRun:
    """Run a study of many units.

    Parameters
    ----------
    study
        What `load_panel_study` returns.
    progress
        As in `run_panel`.

    Returns
    -------
    PanelRun

    Raises
    ------
    UsageError
        If a column is not in the panel, or the engine cannot be had.
    DataError
        If the panel is not of the form that is admitted.
    MethodError
        If nothing can be estimated from it, or the design does not go with it.
    """
    spec = study.spec
    panel = open_panel(
        panel_file(study),
        _columns(study),
        engine=spec.engine.name,
        table=spec.panel.table,
        memory_limit=spec.engine.memory,
        threads=spec.engine.threads,
        master=spec.engine.master,
        spark=spec.engine.spark or None,
        progress=progress,
        na=spec.panel.na,
        delimiter=spec.panel.delimiter,
        decimal=spec.panel.decimal,
    )
    outcomes = [item.outcome() for item in spec.outcomes]
    method = spec.method
    effects = evaluate_panel(panel, outcomes, _design(study), beside=method.beside, honest=method.honest)
    return _judged(study, effects)


def _judged(study: PanelStudy, effects: ManyEffects) -> PanelRun:
    """Return effects with what a study makes of them."""
    spec = study.spec
    findings = evaluation_findings(
        study.name,
        effects,
        data=panel_file(study),
        settings=spec.model_dump(mode="json"),
        alpha=spec.claim.alpha,
        development=spec.claim.development,
        familywise=spec.claim.familywise,
        title=spec.title,
        question=spec.question,
        sha256=study.sha256,
        citation=spec.panel.citation,
        limits=[Limit(item.text, "study", item.source, item.brief) for item in spec.limits],
        assumptions=_assumptions(spec),
    )
    return PanelRun(study, findings)


def panel_file(study: PanelStudy) -> str | Path:
    """Return where the panel is: a path as seen from here, or what is for Spark alone to find."""
    given = study.spec.panel.file
    path = expanded(given, fault=StudyError)
    below = path if path.is_absolute() or study.folder is None else study.folder / path
    try:
        there = below.exists()
    except (OSError, ValueError):
        there = False
    return given if study.spec.engine.name == "spark" and not there else below


def run_of_options(
    name: str, data: str, effects: ManyEffects, options: Mapping[str, Any], *, folder: Path | None = None
) -> PanelRun:
    """Return an evaluation as the run of a study file that says the same.

    Parameters
    ----------
    name
        Of the evaluation.
    data
        Where the panel is.
    effects
        What was estimated.
    options
        How, by their names in a study file, whatever its table; what is ``None`` or not there is as by default.
    folder
        Folder that a relative path of the panel starts from.

    Raises
    ------
    StudyError
        If an option is none, or out of range.
    """
    given = {key: value for key, value in options.items() if value is not None}
    tables: dict[str, type[StrictModel]] = {"panel": PanelSpec, "method": PanelMethodSpec, "claim": PanelClaimSpec}
    content: dict[str, Any] = {
        table: {key: given[key] for key in model.model_fields if key in given} for table, model in tables.items()
    }
    if os.path.isabs(data) and local_path(data) is not None:  # noqa: PTH117 - of a text
        # From its own folder, as in a study file beside it: nobody's home goes with the run.
        folder, data = Path(data).parent, Path(data).name
    content["panel"]["file"] = data
    engine = (("engine", "name"), ("memory", "memory"), ("master", "master"))
    content["engine"] = {key: given[option] for option, key in engine if option in given}
    content["space"] = _space(effects.design)
    near = content["space"].get("neighbours")
    if near is not None and folder is not None:
        near["file"] = way_from(Path(near["file"]), folder) or Path(near["file"]).name
    content["outcomes"] = [
        {key: getattr(item, key) for key in _OUTCOME_KEYS} | {"margin": item.margin_text} for item in effects.outcomes
    ]
    try:
        spec = PanelStudySpec.model_validate({"format": 1, **content})
    except ValidationError as error:
        raise explain(error, name, PanelStudySpec) from error
    return _judged(PanelStudy(name, spec, "", folder), effects)


def _columns(study: PanelStudy) -> PanelColumns:
    panel = study.spec.panel
    return PanelColumns(
        panel.unit,
        panel.time,
        panel.cohort,
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
        Comparison(method.controls, method.base, method.anticipation),
        estimator=method.estimator,
        summary=method.summary,
        cross_sections=spec.panel.cross_sections,
        adjustment=method.adjustment,
        spillovers=spec.space.spillovers(study.folder),
        conley=spec.space.errors(),
        level=method.level,
        seed=method.seed,
    )


def _space(design: ManyDesign) -> dict[str, Any]:
    """Return what a study file says of places, exposure and errors of a design."""
    found: dict[str, Any] = {}
    how, errors = design.spillovers, design.conley
    place = how.place if isinstance(how, Rings) else None if errors is None else errors.place
    if place is not None:
        found |= {"coordinates": place.coordinates, "measure": place.measure}
    if isinstance(how, Rings):
        found["rings"] = how.edges
    elif how is not None:
        named = {"threshold": how.threshold, "unit": how.unit, "neighbour": how.neighbour, "weight": how.weight}
        found["neighbours"] = {"file": str(how.table), **named}
    if errors is not None:
        found["conley"] = {"cutoff": errors.cutoff, "kernel": errors.kernel, "cell": errors.cell}
    return found


def _assumptions(spec: PanelStudySpec) -> tuple[tuple[str, str, str], ...]:
    """Return margins, and choices that are not in the data: what, value, reason."""
    margins = []
    for item in spec.outcomes:
        outcome = item.outcome()
        if outcome.margin is not None:
            value = f"{outcome.margin:g} {outcome.display_unit}"
            margins.append((f"Margin of {outcome.title}", value, item.why_margin or "no reason given"))
    return (*margins, *((item.what, item.value, item.reason) for item in spec.assumptions))
