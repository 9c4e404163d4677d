"""Who gains, as a kind of study."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pilotzone.core import DataError, Result, Table
from pilotzone.report import Block, Section
from pilotzone.study.inclusion.answer import inclusion_answer
from pilotzone.study.inclusion.begin import begun_inclusion
from pilotzone.study.inclusion.choices import SETTABLE, inclusion_choices
from pilotzone.study.inclusion.file import InclusionFile
from pilotzone.study.inclusion.findings import InclusionFindings
from pilotzone.study.inclusion.material import BUNDLED, InclusionMaterial, inclusion_material
from pilotzone.study.inclusion.models import inclusion_models
from pilotzone.study.inclusion.page import inclusion_beside, inclusion_first, render_inclusion
from pilotzone.study.inclusion.record import TABLES, inclusion_record, inclusion_tables
from pilotzone.study.inclusion.run import inclusion_findings
from pilotzone.study.inclusion.terminal import inclusion_lines
from pilotzone.study.runs.evidence import series_inputs
from pilotzone.study.runs.kind import Input, Kind, Progress, named_inputs
from pilotzone.study.runs.records import cell, tables_of
from pilotzone.study.runs.saying import within

if TYPE_CHECKING:
    from pilotzone.core import Cell
    from pilotzone.study.inclusion.file import InclusionStudy
    from pilotzone.study.runs.choices import Choice
    from pilotzone.study.runs.models import Model

__all__ = ["InclusionKind"]


class InclusionKind(Kind[InclusionFile, InclusionFindings]):
    """Who gains: inequality, effects by quantile and group, and the gap to the nation."""

    name = "inclusion"
    word = "a study of who gains"
    noun = "inclusion"
    file = InclusionFile
    record_file = "inclusion.json"
    table_files = TABLES
    manual = "see docs/reference/inclusion-file.md for all keys"
    stages = ("inequality", "effects")
    packages = ("scipy",)
    settable = SETTABLE

    def files(self, spec: InclusionFile) -> Sequence[str]:
        """Return the table."""
        return () if spec.inclusion.data == BUNDLED else (spec.inclusion.data,)

    def moved(self, spec: InclusionFile, where: Callable[[str], str]) -> InclusionFile:
        """Return the study with its table elsewhere."""
        if spec.inclusion.data == BUNDLED:
            return spec
        given = spec.inclusion.model_copy(update={"data": where(spec.inclusion.data)})
        return spec.model_copy(update={"inclusion": given})

    def inputs(self, study: InclusionStudy) -> Sequence[Input]:
        """Return the table, or the evidence."""
        with within(f"{self.noun} {study.name!r}"):
            files = {file: ("table", study.path(file)) for file in self.files(study.spec)}
        return named_inputs("data", files) if files else series_inputs()

    def seeds(self, spec: InclusionFile) -> dict[str, int]:
        """Return the seed of the bootstrap."""
        return {} if spec.quantiles is None else {"quantiles": spec.quantiles.seed}

    def material(self, study: InclusionStudy) -> InclusionMaterial:
        """Return the table's columns."""
        with within(f"{self.noun} {study.name!r}"):
            return inclusion_material(study)

    def tried(self, study: InclusionStudy) -> None:
        """Compute all but effects on quantiles, whose bootstrap takes long: what refuses them refuses the others."""
        quick = replace(study, spec=study.spec.model_copy(update={"quantiles": None}))
        self.run(quick, self.material(quick), {}, lambda *_: None)

    def run(
        self,
        study: InclusionStudy,
        material: InclusionMaterial,
        given: Mapping[str, Any],  # noqa: ARG002 - needs none
        progress: Progress,
    ) -> InclusionFindings:
        """Estimate."""
        with within(f"{self.noun} {study.name!r}"):
            return inclusion_findings(study, material, progress)

    def record(self, found: InclusionFindings) -> dict[str, Any]:
        """Return levels and effects."""
        return inclusion_record(found)

    def tables(self, found: InclusionFindings) -> Mapping[str, Table]:
        """Return levels, effects, quantiles, groups, the curve and the gap."""
        return inclusion_tables(found)

    def page(self, found: InclusionFindings, audit: Mapping[str, Any], sections: Sequence[Section]) -> str:
        """Return the report."""
        return render_inclusion(found, audit, sections)

    def section(self, found: InclusionFindings) -> Section:
        """Return who gains."""
        return inclusion_beside(found)

    def choices(self, study: InclusionStudy, found: InclusionFindings) -> Sequence[Choice]:  # noqa: ARG002 - the file says all
        """Return periods, level, quantiles and groups."""
        return inclusion_choices(study)

    def first(self, found: InclusionFindings, *, charts: bool = True) -> Section:
        """Return the answer, its main table and charts."""
        return inclusion_first(found, charts=charts)

    def begun(self, given: Mapping[str, Any]) -> str:
        """Return the inclusion file of incomes in a table of one's own."""
        return begun_inclusion(given)

    def lines(self, found: InclusionFindings, width: int) -> Sequence[Block]:
        """Return the answer, and winners and losers."""
        return inclusion_lines(found, width)

    def brief(self, found: InclusionFindings) -> str:
        """Return the answer in a few words."""
        return inclusion_answer(found).label

    def central(self, found: InclusionFindings) -> Result:
        """Return the effects that the study is about, or its indices where it has none."""
        parts = (found.groups, found.effects, found.convergence, found.quantiles, found.along)
        return next((part for part in parts if part is not None), found.described)

    def models(self, record: Mapping[str, Any]) -> Sequence[Model]:
        """Return indices, effects by group and the gap."""
        return inclusion_models(record)

    def headline(self, record: Mapping[str, Any]) -> Mapping[str, Mapping[str, Cell]]:
        """Return the answer, levels, effects and the gap."""
        if not isinstance(record.get("levels"), list):
            raise DataError("holds no study of who gains.")
        levels = {
            f"{row.get('index')} of {row.get('group')}, {row.get('period')}, {key}": cell(row.get(key))
            for row in tables_of(record["levels"])
            for key in ("estimate", "low", "high")
        }
        effects = {
            f"{part}, {next(iter(row.values()), '')} {row.get('group') or ''}, {key}": cell(row.get(key))
            for part in ("effects", "quantiles", "groups", "along", "convergence")
            for row in tables_of(record.get(part))
            for key in ("effect", "effect_low", "value")
            if key in row
        }
        told = {key: cell(record.get(key)) for key in ("answer", "rows")}
        return {"finding": told, "level": levels, "effect": effects}
