"""Many units on a panel, as a kind of study."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pilotzone.core import DataError, Result, Table
from pilotzone.evaluation.many import ManyEffects, Neighbours
from pilotzone.gather import shapes_holding
from pilotzone.report import Block, Section, plain_section
from pilotzone.store import is_postgres, local_path, panel_digests
from pilotzone.study.panel.atlas import panel_atlas
from pilotzone.study.panel.begin import begun_panel
from pilotzone.study.panel.choices import SETTABLE, claim_alone, panel_choices
from pilotzone.study.panel.dose_told import dose_table
from pilotzone.study.panel.file import EngineSpec, PanelStudySpec
from pilotzone.study.panel.findings import EvaluationFindings
from pilotzone.study.panel.first import panel_first
from pilotzone.study.panel.material import PanelMaterial, panel_material
from pilotzone.study.panel.models import effects_part, panel_models
from pilotzone.study.panel.names import check_bundled, is_bundled, policy_of
from pilotzone.study.panel.page import design_words, render_evaluation, summary_sheets
from pilotzone.study.panel.placed import placed_regions, placed_units
from pilotzone.study.panel.record import evaluation_record
from pilotzone.study.panel.run import open_file, panel_file, panel_findings
from pilotzone.study.panel.terminal import brief_text, evaluation_lines
from pilotzone.study.panel.variants import variants_of
from pilotzone.study.runs.evidence import series_inputs
from pilotzone.study.runs.kind import Input, Kind, Progress
from pilotzone.study.runs.records import cell, table_of, tables_of, verdict_headline
from pilotzone.study.runs.shapefiles import shapes_files, shapes_inputs, shapes_moved

if TYPE_CHECKING:
    from pilotzone.core import Cell
    from pilotzone.study.panel.file import PanelStudy
    from pilotzone.study.runs.atlas import Atlas
    from pilotzone.study.runs.choices import Choice
    from pilotzone.study.runs.models import Model

__all__ = ["PanelKind"]


class PanelKind(Kind[PanelStudySpec, EvaluationFindings]):
    """A study of many units: effects by cohort and period, and a verdict where outcomes make a claim."""

    name = "panel"
    word = "a study of a panel with many units"
    file = PanelStudySpec
    record_file = "verdict.json"
    statistics = 3
    """1: verdicts behind a gate of checks, without a declared bound on departures. 2: earlier moves, the measure of
    departures, were differences of averages by time since treatment, and a cohort that came in counted as a move."""
    table_files = ("effects.parquet",)
    manual = "see the comments that 'pilotzone init --kind panel' writes"
    stages = ("effects", "verdict")
    optional = ("diff-diff",)
    engines = True
    mapped = True
    settable = SETTABLE

    def check(self, spec: PanelStudySpec) -> None:
        """Refuse work on another machine, from where what comes is unpickled here, and what the evidence lacks."""
        spec.engine.check_ours()
        if is_bundled(spec):
            check_bundled(spec)

    def files(self, spec: PanelStudySpec) -> Sequence[str]:
        """Return the panel and its table of neighbours, as far as they are files here."""
        near = spec.space.neighbours
        own = None if spec.engine.name == "spark" or is_postgres(spec.panel.file) else spec.panel.file
        return (*(() if own is None else (own,)), *(() if near is None else (near.file,)), *shapes_files(spec.shapes))

    def moved(self, spec: PanelStudySpec, where: Callable[[str], str]) -> PanelStudySpec:
        """Return the study with its files elsewhere."""
        own = spec.panel.file
        panel = spec.panel.model_copy(update={"file": own if own is None or is_postgres(own) else where(own)})
        near = spec.space.neighbours
        if near is not None:
            near = near.model_copy(update={"file": where(near.file)})
        space = spec.space.model_copy(update={"neighbours": near})
        return spec.model_copy(update={"panel": panel, "space": space, "shapes": shapes_moved(spec.shapes, where)})

    def inputs(self, study: PanelStudy) -> Sequence[Input]:
        """Return the evidence or the panel, and the table of neighbours; none of what Spark alone can find."""
        found = self._evidence(study) if is_bundled(study.spec) else self._own_inputs(study)
        spillovers = study.spec.space.spillovers(study.folder)
        if isinstance(spillovers, Neighbours):
            found.append(Input("neighbours", Path(str(spillovers.table)), digests=panel_digests))
        return [*found, *shapes_inputs(study)]

    def _evidence(self, study: PanelStudy) -> list[Input]:
        """Return the tables of the study's series, and the shapes of its map."""
        shapes = None if study.spec.shapes is not None else shapes_holding(policy_of(study.spec).regions)
        drawn = [] if shapes is None else [Input("shapes", shapes.file, own=False)]
        return [*series_inputs(study.spec.panel.series), *drawn]

    def _own_inputs(self, study: PanelStudy) -> list[Input]:
        file = panel_file(study)
        if is_postgres(file):
            return [Input.of_database("data", str(file), study.spec.panel.table, study.spec.panel.query)]
        here = local_path(file) if study.spec.engine.name == "spark" else file
        return [] if here is None else [Input("data", Path(here), digests=panel_digests)]

    def material(self, study: PanelStudy) -> PanelMaterial | None:
        """Return what a study on the bundled evidence stands on."""
        return panel_material(study.spec) if is_bundled(study.spec) else None

    def needed(self, spec: PanelStudySpec) -> Sequence[str]:
        """Return what covariates are used by."""
        return self.optional if spec.panel.covariates else ()

    def seeds(self, spec: PanelStudySpec) -> dict[str, int]:
        """Return the seed of bands."""
        return {"bands": spec.method.seed}

    def engine_of(self, spec: PanelStudySpec) -> str:
        """Return what reads the panel."""
        return spec.engine.name

    def read_by(self, spec: PanelStudySpec, engine: str, master: str | None) -> PanelStudySpec:
        """Return the study as another engine reads it."""
        return spec.model_copy(update={"engine": EngineSpec.model_validate({"name": engine, "master": master})})

    def run(
        self,
        study: PanelStudy,
        material: PanelMaterial | None,
        given: Mapping[str, Any],  # noqa: ARG002 - needs none
        progress: Progress,
    ) -> EvaluationFindings:
        """Estimate and judge, then do the same for what is declared beside the claim."""
        progress("effects", None)
        # A file of shapes that cannot be read is told before anything is estimated.
        placed = None
        if study.spec.shapes is not None:
            placed = placed_units(study, open_file(study)) if material is None else placed_regions(study)
        found = replace(panel_findings(study, material, progress), placed=placed)
        if material is None or found.treatment is None:
            return found
        last = study.spec.method.last_cohort
        counted = [unit for unit, year in found.treatment.cohorts.items() if last is None or year <= last]
        return replace(found, variants=variants_of(study, counted, lambda share: progress("verdict", share)))

    def record(self, found: EvaluationFindings) -> dict[str, Any]:
        """Return effects and verdict."""
        return evaluation_record(found)

    def tables(self, found: EvaluationFindings) -> Mapping[str, Table]:
        """Return the effects."""
        dosed = {} if found.dose is None else {"doses.parquet": dose_table(found.dose)}
        return {"effects.parquet": found.effects.to_table(), **dosed}

    def page(self, found: EvaluationFindings, audit: Mapping[str, Any], sections: Sequence[Section]) -> str:
        """Return the report."""
        return render_evaluation(found, audit, sections)

    def section(self, found: EvaluationFindings) -> Section:
        """Return effects in one number each, and the verdict."""
        words = [] if found.verdict is None else [found.verdict.sentence]
        words += [f"{term}: {text}" for term, text in design_words(found.effects)]
        return plain_section("beside-panel", f"Many units: {found.title}", words, sheets=summary_sheets(found))

    def narrowed(self, spec: PanelStudySpec) -> PanelStudySpec:
        """Return the study without what it declares beside its claim."""
        return claim_alone(spec)

    def choices(self, study: PanelStudy, found: EvaluationFindings) -> Sequence[Choice]:
        """Return design, window, margins, claim, and who takes no part."""
        return panel_choices(study.spec, found)

    def first(self, found: EvaluationFindings, *, charts: bool = True) -> Section:
        """Return the verdict and the event study."""
        return panel_first(found, charts=charts)

    def begun(self, given: Mapping[str, Any]) -> str:
        """Return the study file of many units in a table of one's own."""
        return begun_panel(given)

    def atlas(self, study: PanelStudy, found: EvaluationFindings, series: str) -> Atlas:
        """Return the map of a series, with who is treated from when."""
        return panel_atlas(study, found, series)

    def lines(self, found: EvaluationFindings, width: int) -> Sequence[Block]:
        """Return the answer, effects by time since treatment, and checks."""
        return evaluation_lines(found, width)

    def brief(self, found: EvaluationFindings) -> str:
        """Return the label of the verdict, or the effects."""
        return brief_text(found)

    def central(self, found: EvaluationFindings) -> Result:
        """Return the effects."""
        return found.effects

    def headline(self, record: Mapping[str, Any]) -> Mapping[str, Mapping[str, Cell]]:
        """Return the verdict, and the effects in one number each."""
        if not isinstance(record.get("overall"), list):
            raise DataError("holds no effects.")
        told = (
            {"verdict": {}, "outcome": {}}
            if record.get("verdict") is None
            else verdict_headline(table_of(record["verdict"]))
        )
        for row in tables_of(record["overall"]):
            for key in ("estimate", "standard_error"):
                told["outcome"][f"{row.get('outcome')}: {key.replace('_', ' ')}"] = cell(row.get(key))
        for row in tables_of(table_of(record.get("dose")).get("main")):
            per = f" per {row['per']}" if row.get("per") else " of the doses that units got"
            told.setdefault("dose", {})[f"{row.get('outcome')}{per}"] = cell(row.get("estimate"))
        regions = tables_of(table_of(record.get("treatment")).get("regions"))
        if regions:
            told["treatment"] = {str(row.get("region")): _state(row) for row in regions}
        return told

    def models(self, record: Mapping[str, Any]) -> Sequence[Model]:
        """Return a column for each estimator: effects in one number, units, design, differences before."""
        return panel_models(record)

    def part_of(self, result: object) -> dict[str, Any] | None:
        """Return effects and what they rest on."""
        return effects_part(result) if isinstance(result, ManyEffects) else None


def _state(row: Mapping[str, Any]) -> str:
    """Return the state of a region in words."""
    since = "" if row.get("cohort") is None else f" from {row['cohort']}"
    return f"{row.get('state')}{since}"
