"""Placements of data and work under residency law, as a kind of study."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pilotzone.core import DataError, Result, Table
from pilotzone.report import Block, Section
from pilotzone.study.plan.choices import SETTABLE, plan_choices
from pilotzone.study.plan.file import PlanFile
from pilotzone.study.plan.findings import PlanFindings
from pilotzone.study.plan.first import plan_first
from pilotzone.study.plan.material import PlanMaterial, plan_material
from pilotzone.study.plan.models import plan_models
from pilotzone.study.plan.page import plan_beside, render_plan
from pilotzone.study.plan.record import plan_record, plan_tables
from pilotzone.study.plan.run import plan_findings
from pilotzone.study.plan.terminal import plan_lines
from pilotzone.study.runs.assumed import packaged_inputs
from pilotzone.study.runs.evidence import places_inputs
from pilotzone.study.runs.kind import Input, Kind, Progress, named_inputs
from pilotzone.study.runs.records import cell, tables_of

if TYPE_CHECKING:
    from pilotzone.core import Cell
    from pilotzone.study.plan.file import PlanStudy
    from pilotzone.study.runs.choices import Choice
    from pilotzone.study.runs.models import Model

__all__ = ["PlanKind"]

_BOOKS = (".yaml", ".yml")


class PlanKind(Kind[PlanFile, PlanFindings]):
    """What is placed where: least cost or carbon within the law, with its proof."""

    name = "plan"
    word = "a plan of what is placed where"
    noun = "plan"
    file = PlanFile
    record_file = "plan.json"
    table_files = ("flows.csv", "sites.csv", "frontier.csv", "rules.csv", "assumptions.csv")
    manual = "see docs/reference/plan-file.md for all keys"
    stages = ("placing",)
    packages = ("highspy", "pint", "pyyaml")
    settable = SETTABLE

    def files(self, spec: PlanFile) -> Sequence[str]:
        """Return rule books of the user's own, and assumptions."""
        books = [book for book in spec.books if book.endswith(_BOOKS)]
        return [*books, *(() if spec.assumptions is None else (spec.assumptions,))]

    def moved(self, spec: PlanFile, where: Callable[[str], str]) -> PlanFile:
        """Return the plan with the files that it names elsewhere."""
        books = tuple(where(book) if book.endswith(_BOOKS) else book for book in spec.books)
        own = None if spec.assumptions is None else where(spec.assumptions)
        return spec.model_copy(update={"books": books, "assumptions": own})

    def inputs(self, study: PlanStudy) -> Sequence[Input]:
        """Return the files that it names, and the evidence."""
        spec = study.spec
        words = {file: "file of assumptions" if file == spec.assumptions else "rule book" for file in self.files(spec)}
        files = {file: (what, study.path(file)) for file, what in words.items()}
        assumed = packaged_inputs("pilotzone.study.plan", "placement.toml")
        return [*named_inputs("plan", files), *places_inputs(), *assumed]

    def seeds(self, spec: PlanFile) -> dict[str, int]:  # noqa: ARG002 - the solver's own is fixed
        """Return the solver's seed."""
        return {"solver": 0}

    def material(self, study: PlanStudy) -> PlanMaterial:
        """Return what is to be placed."""
        return plan_material(study)

    def run(
        self,
        study: PlanStudy,
        material: PlanMaterial,
        given: Mapping[str, Any],  # noqa: ARG002 - needs none
        progress: Progress,
    ) -> PlanFindings:
        """Place."""
        progress("placing", None)
        return plan_findings(study, material)

    def record(self, found: PlanFindings) -> dict[str, Any]:
        """Return the placement, what the law costs, and what depends on assumptions."""
        return plan_record(found)

    def tables(self, found: PlanFindings) -> Mapping[str, Table]:
        """Return flows, sites, frontier, rules and assumptions."""
        return plan_tables(found)

    def page(self, found: PlanFindings, audit: Mapping[str, Any], sections: Sequence[Section]) -> str:
        """Return the report."""
        return render_plan(found, audit, sections)

    def section(self, found: PlanFindings) -> Section:
        """Return what is where, and on which assumptions it hangs."""
        return plan_beside(found)

    def choices(self, study: PlanStudy, found: PlanFindings) -> Sequence[Choice]:  # noqa: ARG002 - the file says all
        """Return what is least, limits, rules, sites and classes."""
        return plan_choices(study)

    def first(self, found: PlanFindings, *, charts: bool = True) -> Section:
        """Return what is where, why, and what each rule costs."""
        return plan_first(found, charts=charts)

    def lines(self, found: PlanFindings, width: int) -> Sequence[Block]:
        """Return the answer, and what is where."""
        return plan_lines(found, width)

    def brief(self, found: PlanFindings) -> str:
        """Return the sites that are open."""
        return ", ".join(str(row["site"]) for row in found.result.sites().records())

    def central(self, found: PlanFindings) -> Result:
        """Return the placement."""
        return found.result

    def models(self, record: Mapping[str, Any]) -> Sequence[Model]:
        """Return cost, carbon, open sites and costs of rules."""
        return plan_models(record)

    def headline(self, record: Mapping[str, Any]) -> Mapping[str, Mapping[str, Cell]]:
        """Return cost, carbon, open sites, and what rules cost."""
        if not isinstance(record.get("open"), list):
            raise DataError("holds no placement.")
        told = {key: cell(record.get(key)) for key in ("cost", "currency", "carbon_t", "carbon_price_of_change", "gap")}
        told["open"] = ", ".join(str(row.get("site")) for row in tables_of(record["open"]))
        rules = {f"{row.get('rule')}: cost": cell(row.get("cost")) for row in tables_of(record.get("rules"))}
        return {"finding": told, "rule": rules}
