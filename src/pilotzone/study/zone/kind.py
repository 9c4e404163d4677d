"""A few zones, often just one, as a kind of study."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pilotzone.core import DataError, Result, Table, TableFormat
from pilotzone.evaluation.few import FewEffects, SeveralEffects
from pilotzone.gather import load_shapes, shapes_holding
from pilotzone.report import Block, Section, headline, plain_section
from pilotzone.store import is_postgres, table_digests
from pilotzone.study.runs.evidence import series_inputs
from pilotzone.study.runs.kind import Input, Kind, Progress
from pilotzone.study.runs.records import cell, table_of, tables_of, verdict_headline
from pilotzone.study.runs.shapefiles import shapes_files, shapes_inputs, shapes_moved
from pilotzone.study.zone.agreement import check_agreement
from pilotzone.study.zone.atlas import zone_atlas
from pilotzone.study.zone.begin import begun_study
from pilotzone.study.zone.choices import SETTABLE, main_alone, zone_choices
from pilotzone.study.zone.file import SensitivitySpec, StudySpec
from pilotzone.study.zone.findings import Findings
from pilotzone.study.zone.first import first_section
from pilotzone.study.zone.material import bundled_series, data_file, uses_bundled_evidence
from pilotzone.study.zone.models import few_part, zone_models
from pilotzone.study.zone.page import render_report
from pilotzone.study.zone.paper import paper_files, paper_names
from pilotzone.study.zone.places import positions_of
from pilotzone.study.zone.record import effects_table, evidence_table, verdict_record
from pilotzone.study.zone.run import STAGES, read_zone, zone_findings
from pilotzone.study.zone.terminal import verdict_lines
from pilotzone.study.zone.tested import tests_sheets

if TYPE_CHECKING:
    from pilotzone.core import Cell
    from pilotzone.study.runs.atlas import Atlas
    from pilotzone.study.runs.choices import Choice
    from pilotzone.study.runs.models import Model
    from pilotzone.study.zone.file import ZoneStudy

__all__ = ["ZoneKind"]


class ZoneKind(Kind[StudySpec, Findings]):
    """A study of a zone, or of a few: synthetic control, placebos, one verdict."""

    name = "zone"
    word = "a study of a zone"
    file = StudySpec
    record_file = "verdict.json"
    statistics = 2  # 1: verdicts behind a gate of checks, labels by mean_gap unless a study said otherwise
    table_files = ("effects.parquet", "evidence.parquet")
    manual = "see the comments that 'pilotzone init' writes"
    stages = STAGES
    packages = ("pint",)
    asked = ("sensitivity",)
    renamed = {"siting": 'a table [beside] with a line such as siting = "guizhou"'}  # noqa: RUF012 - never changed
    settable = SETTABLE
    mapped = True
    papers = (*paper_names("latex"), *paper_names("word"))

    def check(self, spec: StudySpec) -> None:
        """Refuse parts that contradict one another."""
        check_agreement(spec)

    def varied(self, spec: StudySpec) -> StudySpec:
        """Return the study with its main design varied as by default, unless its file says how."""
        if spec.sensitivity is not None:
            return spec
        changed = spec.model_copy(update={"sensitivity": SensitivitySpec()})
        check_agreement(changed)
        return changed

    def files(self, spec: StudySpec) -> Sequence[str]:
        """Return the data file and the file of shapes, where there are such."""
        data = () if spec.data.file is None or is_postgres(spec.data.file) else (spec.data.file,)
        return (*data, *shapes_files(spec.shapes))

    def moved(self, spec: StudySpec, where: Callable[[str], str]) -> StudySpec:
        """Return the study with its files elsewhere."""
        spec = spec.model_copy(update={"shapes": shapes_moved(spec.shapes, where)})
        if spec.data.file is None or is_postgres(spec.data.file):
            return spec
        data = spec.data.model_copy(update={"file": where(spec.data.file)})
        return spec.model_copy(update={"data": data})

    def inputs(self, study: ZoneStudy) -> Sequence[Input]:
        """Return the bundled evidence or the user's data file, and the shapes of the map."""
        found = []
        if uses_bundled_evidence(study):
            found += series_inputs(bundled_series(study))
        own, data = data_file(study), study.spec.data
        if data.file is not None and is_postgres(data.file):
            found.append(Input.of_database("data", data.file, data.table, data.query))
        if own is not None:
            found.append(Input("data", own, digests=table_digests))
        if study.spec.shapes is not None:
            return [*found, *shapes_inputs(study)]
        shapes, points = shapes_holding(study.spec.zone.units), positions_of(study)
        if shapes is None and points is not None and not uses_bundled_evidence(study):
            found.append(Input("shapes", points.file, own=False))
        return [*found, Input("shapes", (shapes or load_shapes()).file, own=False)]

    def read(self, study: ZoneStudy) -> None:
        """Read the data and look for outcomes, zone and window in them."""
        read_zone(study)

    def run(
        self,
        study: ZoneStudy,
        material: None,  # noqa: ARG002 - needs none
        given: Mapping[str, Any],  # noqa: ARG002 - needs none
        progress: Progress,
    ) -> Findings:
        """Estimate and judge."""
        return zone_findings(study, progress)

    def record(self, found: Findings) -> dict[str, Any]:
        """Return the verdicts."""
        return verdict_record(found)

    def tables(self, found: Findings) -> Mapping[str, Table]:
        """Return effects and evidence."""
        return {"effects.parquet": effects_table(found), "evidence.parquet": evidence_table(found)}

    def extras(self, found: Findings, formats: Sequence[TableFormat]) -> Mapping[str, str]:
        """Return tables for papers."""
        return paper_files(found, formats)

    def page(self, found: Findings, audit: Mapping[str, Any], sections: Sequence[Section]) -> str:
        """Return the report."""
        return render_report(found, audit, sections)

    def section(self, found: Findings) -> Section:
        """Return verdict, reasons and tests."""
        verdict = found.verdict
        sheets = tests_sheets(verdict, found.main.sets, zones=len(found.main.parts))
        words = [headline(verdict.label, verdict.grade), verdict.sentence, *verdict.overturn, *verdict.reasons]
        return plain_section("beside-zone", f"Verdict on a zone: {found.title}", words, sheets=sheets)

    def narrowed(self, spec: StudySpec) -> StudySpec:
        """Return the study with its main design alone."""
        return main_alone(spec)

    def choices(self, study: ZoneStudy, found: Findings) -> Sequence[Choice]:
        """Return zone, dates, outcomes with their margins, donors, estimator and claim."""
        return zone_choices(study, found)

    def first(self, found: Findings, *, charts: bool = True) -> Section:
        """Return the verdict, paths, gaps and map."""
        return first_section(found, charts=charts)

    def begun(self, given: Mapping[str, Any]) -> str:
        """Return the study file of a zone in a table of one's own."""
        return begun_study(given)

    def atlas(self, study: ZoneStudy, found: Findings, series: str) -> Atlas:
        """Return the map of a series, with zones, donors and what is left out."""
        return zone_atlas(study, found, series)

    def lines(self, found: Findings, width: int) -> Sequence[Block]:
        """Return the verdict, outcome by outcome, and what the data cannot answer."""
        return verdict_lines(found, width)

    def brief(self, found: Findings) -> str:
        """Return the label of the verdict."""
        return found.verdict.headline

    def central(self, found: Findings) -> Result:
        """Return the effects of the main design."""
        return found.main.zones or found.main.effects

    def models(self, record: Mapping[str, Any]) -> Sequence[Model]:
        """Return the effects as they are judged, and a column for each estimator."""
        return zone_models(record)

    def part_of(self, result: object) -> dict[str, Any] | None:
        """Return effects by synthetic control and its relatives."""
        return few_part(result) if isinstance(result, FewEffects | SeveralEffects) else None

    def headline(self, record: Mapping[str, Any]) -> Mapping[str, Mapping[str, Cell]]:
        """Return verdicts, tests and donors."""
        verdict = record.get("verdict")
        if not isinstance(verdict, dict):
            raise DataError("holds no verdict.")
        told = verdict_headline(verdict)
        for design in tables_of(record.get("designs")):
            told["verdict"][f"label, {design.get('name')}"] = cell(table_of(design.get("verdict")).get("label"))
        zone = table_of(record.get("zone"))
        reasons = {str(unit): f"none: {why}" for unit, why in table_of(zone.get("not_donors")).items()}
        listed = zone.get("donors")
        donors = dict.fromkeys(map(str, listed if isinstance(listed, list) else ()), "donor")
        controls: dict[str, Cell] = {
            f"{item.get('name')}, {item.get('outcome')}: {what}": cell(item.get(key))
            for item in tables_of(record.get("negative_controls"))
            for what, key in (("effect", "effect"), ("an effect is found", "found"))
        }
        dosed: dict[str, Cell] = {
            f"{row.get('outcome')} per {row.get('per')}": cell(row.get("estimate"))
            for row in tables_of(table_of(record.get("dose")).get("effects"))
        }
        among = zone.get("ranked_among")
        ranked: dict[str, Cell] = dict.fromkeys(map(str, among if isinstance(among, list) else ()), "ranked")
        more = {"dose": dosed, "negative control": controls, "ranked": ranked}
        return {**told, "donor": {**donors, **reasons}, **{what: rows for what, rows in more.items() if rows}}
