"""Appraisals of what a campus costs and brings, as a kind of study."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pilotzone.core import DataError, Result, Table
from pilotzone.gather import shapes_holding
from pilotzone.report import Block, Section
from pilotzone.study.appraisal.choices import SETTABLE, appraisal_choices
from pilotzone.study.appraisal.file import AppraisalFile
from pilotzone.study.appraisal.findings import AppraisalFindings
from pilotzone.study.appraisal.first import appraisal_first
from pilotzone.study.appraisal.material import AppraisalMaterial, appraisal_material
from pilotzone.study.appraisal.models import appraisal_models, per_cost_rows
from pilotzone.study.appraisal.page import appraisal_beside, render_appraisal
from pilotzone.study.appraisal.record import appraisal_record, appraisal_tables
from pilotzone.study.appraisal.run import STAGES, appraisal_findings
from pilotzone.study.appraisal.terminal import appraisal_lines
from pilotzone.study.appraisal.wording import appraisal_brief
from pilotzone.study.runs.assumed import packaged_inputs
from pilotzone.study.runs.evidence import campus_inputs, series_inputs
from pilotzone.study.runs.kind import Input, Kind, Progress, named_inputs
from pilotzone.study.runs.records import cell, table_of, tables_of
from pilotzone.study.runs.saying import within

if TYPE_CHECKING:
    from pilotzone.core import Cell
    from pilotzone.study.appraisal.file import AppraisalStudy
    from pilotzone.study.runs.choices import Choice
    from pilotzone.study.runs.models import Model

__all__ = ["AppraisalKind"]

_TABLES = ("capital_formation", "io_flows", "io_totals", "io_sectors", "data_centre_facts", "electricity_forecasts")


class AppraisalKind(Kind[AppraisalFile, AppraisalFindings]):
    """What a campus costs and brings, to whom, and how likely its capital is to be stranded."""

    name = "appraisal"
    word = "an appraisal of what a campus costs and brings"
    noun = "appraisal"
    file = AppraisalFile
    record_file = "appraisal.json"
    table_files = (
        "flows.csv",
        "payers.csv",
        "landed.csv",
        "burdens.csv",
        "impact.csv",
        "effectiveness.csv",
        "distribution.csv",
        "tornado.csv",
        "shares.csv",
        "stranding.csv",
        "misallocation.csv",
        "capital.csv",
        "corrected.csv",
        "firms.csv",
        "backtest.csv",
        "figures.csv",
        "assumptions.csv",
    )
    manual = "see docs/reference/appraisal-file.md for all keys"
    stages = STAGES
    uses = ("campus", "zone")
    packages = ("scipy",)
    settable = SETTABLE

    def files(self, spec: AppraisalFile) -> Sequence[str]:
        """Return assumptions, an input-output table, figures of the nation, corrections and firms of the user's own."""
        asked = spec.misallocation
        own = (
            spec.appraisal.assumptions,
            None if spec.impact is None or spec.impact.table is None else spec.impact.table.file,
            None if asked is None else asked.nation,
            None if asked is None else asked.corrections,
            None if spec.firms is None else spec.firms.file,
        )
        return [file for file in own if file is not None]

    def moved(self, spec: AppraisalFile, where: Callable[[str], str]) -> AppraisalFile:
        """Return the appraisal with the files that it names elsewhere."""
        changed: dict[str, Any] = {}
        if spec.appraisal.assumptions is not None:
            own = where(spec.appraisal.assumptions)
            changed["appraisal"] = spec.appraisal.model_copy(update={"assumptions": own})
        if spec.impact is not None and spec.impact.table is not None:
            table = spec.impact.table.model_copy(update={"file": where(spec.impact.table.file)})
            changed["impact"] = spec.impact.model_copy(update={"table": table})
        if spec.misallocation is not None:
            given = {key: getattr(spec.misallocation, key) for key in ("nation", "corrections")}
            moved = {key: where(file) for key, file in given.items() if file is not None}
            changed["misallocation"] = spec.misallocation.model_copy(update=moved)
        if spec.firms is not None:
            changed["firms"] = spec.firms.model_copy(update={"file": where(spec.firms.file)})
        return spec.model_copy(update=changed)

    def inputs(self, study: AppraisalStudy) -> Sequence[Input]:
        """Return the files that it names, and the evidence."""
        spec = study.spec
        own = spec.appraisal.assumptions
        words = {file: "file of assumptions" if file == own else "table" for file in self.files(spec)}
        files = {file: (what, study.path(file)) for file, what in words.items()}
        shapes = None if spec.investment is None else shapes_holding([spec.appraisal.region])
        return [
            *named_inputs("appraisal", files),
            *series_inputs(["gdp_nominal_cny"]),
            *campus_inputs(_TABLES),
            *packaged_inputs("pilotzone.study.appraisal", "appraisal.toml", places=False),
            *([] if shapes is None else [Input("shapes", shapes.file, own=False)]),
        ]

    def seeds(self, spec: AppraisalFile) -> dict[str, int]:
        """Return the seed of the scrambles."""
        return {"draws": spec.chance.seed} if spec.driver or spec.stranding else {}

    def rests_on(self, spec: AppraisalFile) -> Sequence[str]:
        """Return the campus, if a site of it supplies power, and the zone, if an effect of it is handed over."""
        effects = () if spec.effectiveness is None else spec.effectiveness.effect
        asked = {"campus": spec.power.site is not None, "zone": any(entry.handed for entry in effects)}
        return [name for name in self.uses if asked[name]]

    def material(self, study: AppraisalStudy) -> AppraisalMaterial:
        """Return what the appraisal rests on."""
        with within(f"{self.noun} {study.name!r}"):
            return appraisal_material(study)

    def run(
        self,
        study: AppraisalStudy,
        material: AppraisalMaterial,
        given: Mapping[str, Any],
        progress: Progress,
    ) -> AppraisalFindings:
        """Weigh."""
        with within(f"{self.noun} {study.name!r}"):
            return appraisal_findings(study, material, given, progress)

    def record(self, found: AppraisalFindings) -> dict[str, Any]:
        """Return every section that was asked for."""
        return appraisal_record(found)

    def tables(self, found: AppraisalFindings) -> Mapping[str, Table]:
        """Return flows, payers, impact, draws, capital, forecasts and figures."""
        return appraisal_tables(found)

    def page(self, found: AppraisalFindings, audit: Mapping[str, Any], sections: Sequence[Section]) -> str:
        """Return the report."""
        return render_appraisal(found, audit, sections)

    def section(self, found: AppraisalFindings) -> Section:
        """Return who pays, and what that depends on."""
        return appraisal_beside(found)

    def choices(self, study: AppraisalStudy, found: AppraisalFindings) -> Sequence[Choice]:
        """Return years, money, power, work, transfers and chance."""
        return appraisal_choices(study, found)

    def first(self, found: AppraisalFindings, *, charts: bool = True) -> Section:
        """Return who pays, and what chance does."""
        return appraisal_first(found, charts=charts)

    def lines(self, found: AppraisalFindings, width: int) -> Sequence[Block]:
        """Return the answer, and who pays."""
        return appraisal_lines(found, width)

    def brief(self, found: AppraisalFindings) -> str:
        """Return net present values, or what else was asked for."""
        return appraisal_brief(found)

    def central(self, found: AppraisalFindings) -> Result:
        """Return who pays; without a campus the table on capital, the firms, or the first backtest."""
        if found.money is not None:
            return found.money.payers
        if found.capital is not None:
            return found.capital.table
        return found.backtests[0] if found.firms is None else found.firms.allocation

    def models(self, record: Mapping[str, Any]) -> Sequence[Model]:
        """Return values by party, chances and counts."""
        return appraisal_models(record)

    def headline(self, record: Mapping[str, Any]) -> Mapping[str, Mapping[str, Cell]]:
        """Return values by party, chance of loss, stranding, and counts for and against."""
        if not isinstance(record.get("region"), str) or not isinstance(record.get("words"), list):
            raise DataError("holds no appraisal.")
        money, chance = table_of(record.get("money")), table_of(record.get("chance"))
        found = {f"net present value: {party}": cell(value) for party, value in table_of(money.get("npv")).items()}
        if money:
            found["break-even utilisation"] = cell(money.get("break_even"))
        outcomes = table_of(chance.get("outcomes"))
        found |= {f"chance of loss: {party}": cell(table_of(item).get("loss")) for party, item in outcomes.items()}
        for row in per_cost_rows(record):
            head = f"{row.get('outcome')} per {row.get('cost_unit')} of {row.get('per')}"
            found |= {f"{head}: {key}": cell(row.get(key)) for key in ("estimate", "low", "high")}
        if "stranding" in record:
            found["chance of stranded capacity"] = cell(table_of(record["stranding"]).get("probability"))
        if "misallocation" in record:
            table = table_of(record["misallocation"])
            found |= {f"misallocation: {key}": cell(table.get(key)) for key in ("for", "against", "neither")}
        if "firms" in record:
            index = table_of(record["firms"])
            found |= {f"firms: {key}": cell(index.get(key)) for key in ("productivity_over_efficient", "gain")}
        shares = {
            f"{row.get('input')}: share of variance": cell(row.get("share")) for row in tables_of(chance.get("shapley"))
        }
        return {"finding": found, "driver": shares}
