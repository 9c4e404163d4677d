"""Rankings of places, as a kind of study."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pilotzone.core import DataError, Result, Table
from pilotzone.report import Block, Section
from pilotzone.site import ManyPlaces, ManySiting, SitingSpec
from pilotzone.study.runs.assumed import packaged_inputs
from pilotzone.study.runs.evidence import places_inputs
from pilotzone.study.runs.kind import Input, Kind, Progress, named_inputs
from pilotzone.study.runs.records import cell, tables_of
from pilotzone.study.siting.begin import begun_siting
from pilotzone.study.siting.choices import SETTABLE, siting_choices
from pilotzone.study.siting.file import SitingFile
from pilotzone.study.siting.findings import ManyFindings, SitingFindings
from pilotzone.study.siting.first import siting_first
from pilotzone.study.siting.many import many_lines, many_ranks_table, many_record
from pilotzone.study.siting.material import siting_material
from pilotzone.study.siting.models import ranking_models
from pilotzone.study.siting.page import render_siting, siting_beside
from pilotzone.study.siting.record import ranks_table, siting_record
from pilotzone.study.siting.run import siting_findings
from pilotzone.study.siting.terminal import siting_lines
from pilotzone.study.siting.wording import siting_brief

if TYPE_CHECKING:
    from pilotzone.core import Cell
    from pilotzone.study.runs.choices import Choice
    from pilotzone.study.runs.models import Model
    from pilotzone.study.siting.file import SitingStudy

__all__ = ["SitingKind"]

AnyFindings = SitingFindings | ManyFindings


class SitingKind(Kind[SitingFile, AnyFindings]):
    """A ranking of places that allows for uncertain figures and weights."""

    name = "siting"
    word = "a ranking of places"
    noun = "siting"
    file = SitingFile
    record_file = "siting.json"
    table_files = ("ranking.csv", "ranks.csv", "figures.csv", "assumptions.csv")
    manual = "see docs/reference/siting-file.md for all keys"
    stages = ("ranking places",)
    uses = ("transfer",)
    packages = ("pint",)
    settable = SETTABLE

    def files(self, spec: SitingFile) -> Sequence[str]:
        """Return weather files, figures and assumptions."""
        named = (*(place.weather for place in spec.place), spec.places, spec.figures, spec.assumptions)
        return [file for file in dict.fromkeys(named) if file is not None]

    def moved(self, spec: SitingFile, where: Callable[[str], str]) -> SitingFile:
        """Return the siting file with the files that it names elsewhere."""
        places = tuple(
            place if place.weather is None else place.model_copy(update={"weather": where(place.weather)})
            for place in spec.place
        )
        named = {"places": spec.places, "figures": spec.figures, "assumptions": spec.assumptions}
        files = {key: where(file) for key, file in named.items() if file is not None}
        return spec.model_copy(update={"place": places, **files})

    def inputs(self, study: SitingStudy) -> Sequence[Input]:
        """Return the files that it names, and the evidence."""
        spec = study.spec
        kinds = {
            spec.places: "table of places",
            spec.figures: "table of figures",
            spec.assumptions: "file of assumptions",
        }
        files = {file: (kinds.get(file, "weather file"), study.path(file)) for file in self.files(spec)}
        return [*named_inputs("siting", files), *places_inputs(), *packaged_inputs()]

    def seeds(self, spec: SitingFile) -> dict[str, int]:
        """Return the seed of draws."""
        return {"draws": spec.seed}

    def rests_on(self, spec: SitingFile) -> Sequence[str]:
        """Return the transfer, if a criterion is predicted by it."""
        return [name for name in self.uses if any(entry.transfer is not None for entry in spec.criterion)]

    def material(self, study: SitingStudy) -> SitingSpec | ManyPlaces:
        """Return what is to be ranked."""
        return siting_material(study)

    def run(
        self,
        study: SitingStudy,
        material: SitingSpec | ManyPlaces,
        given: Mapping[str, Any],
        progress: Progress,
    ) -> AnyFindings:
        """Rank."""
        progress("ranking places", None)
        return siting_findings(study, material, given)

    def record(self, found: AnyFindings) -> dict[str, Any]:
        """Return the ranking."""
        if isinstance(found, ManyFindings):
            return many_record(found.name, found.siting)
        return siting_record(found.name, found.siting)

    def tables(self, found: AnyFindings) -> Mapping[str, Table]:
        """Return ranking, shares of ranks, figures and assumptions."""
        siting = found.siting
        return {
            "ranking.csv": siting.to_table(),
            "ranks.csv": many_ranks_table(siting) if isinstance(siting, ManySiting) else ranks_table(siting),
            "figures.csv": siting.figures(),
            "assumptions.csv": siting.spec.assumptions.to_table(),
        }

    def page(self, found: AnyFindings, audit: Mapping[str, Any], sections: Sequence[Section]) -> str:
        """Return the report."""
        return render_siting(found, audit, sections)

    def section(self, found: AnyFindings) -> Section:
        """Return the ranking and what it rests on."""
        return siting_beside(found)

    def choices(self, study: SitingStudy, found: AnyFindings) -> Sequence[Choice]:
        """Return weights, places, method and draws."""
        return siting_choices(study, found)

    def first(self, found: AnyFindings, *, charts: bool = True) -> Section:
        """Return who ranks first, what would change that, and charts."""
        return siting_first(found, charts=charts)

    def begun(self, given: Mapping[str, Any]) -> str:
        """Return the siting file of places in a table of one's own."""
        return begun_siting(given)

    def lines(self, found: AnyFindings, width: int) -> Sequence[Block]:
        """Return the answer, the ranking, criteria and limits."""
        return many_lines(found.siting, width) if isinstance(found, ManyFindings) else siting_lines(found, width)

    def brief(self, found: AnyFindings) -> str:
        """Return the place that ranks first most often, and how often."""
        return found.siting.winner if isinstance(found, ManyFindings) else siting_brief(found.siting)

    def central(self, found: AnyFindings) -> Result:
        """Return the ranking."""
        return found.siting

    def models(self, record: Mapping[str, Any]) -> Sequence[Model]:
        """Return shares of first ranks, and a column for each method."""
        return ranking_models(record)

    def headline(self, record: Mapping[str, Any]) -> Mapping[str, Mapping[str, Cell]]:
        """Return who is first, how often each place is, and mean ranks."""
        if not isinstance(record.get("places"), list):
            raise DataError("holds no ranking.")
        told = {key: cell(record.get(key)) for key in ("winner", "clear", "method")}
        rows = {
            f"{row.get('place')}: {words}": cell(row.get(key))
            for row in tables_of(record["places"])
            for key, words in (
                ("first", "share of simulated cases in which it ranks first"),
                ("mean_rank", "mean rank"),
            )
        }
        return {"finding": told, "place": rows}
