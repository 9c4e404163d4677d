"""Campuses, as a kind of study."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pilotzone.core import DataError, Result, Table
from pilotzone.report import Block, Section
from pilotzone.study.campus.choices import SETTABLE, alone, campus_choices
from pilotzone.study.campus.file import CampusFile
from pilotzone.study.campus.findings import CampusFindings
from pilotzone.study.campus.first import campus_first
from pilotzone.study.campus.material import CampusMaterial, campus_material, files_of_site
from pilotzone.study.campus.models import campus_models
from pilotzone.study.campus.page import campus_beside, render_campus
from pilotzone.study.campus.record import campus_record, campus_tables
from pilotzone.study.campus.run import campus_findings
from pilotzone.study.campus.terminal import campus_lines
from pilotzone.study.campus.weather import check_weather_named
from pilotzone.study.campus.wording import brief_words
from pilotzone.study.runs.assumed import packaged_inputs
from pilotzone.study.runs.evidence import campus_inputs, places_inputs
from pilotzone.study.runs.kind import Input, Kind, Progress, named_inputs
from pilotzone.study.runs.records import cell, tables_of

if TYPE_CHECKING:
    from pilotzone.core import Cell
    from pilotzone.study.campus.file import CampusStudy
    from pilotzone.study.runs.choices import Choice
    from pilotzone.study.runs.models import Model

__all__ = ["CampusKind"]


class CampusKind(Kind[CampusFile, CampusFindings]):
    """What a campus needs, emits and costs at each of some sites."""

    name = "campus"
    word = "a study of a campus"
    noun = "campus"
    file = CampusFile
    record_file = "campus.json"
    table_files = (
        "sites.csv", "supply.csv", "frontier.csv", "stress.csv", "pairs.csv", "credits.csv", "assumptions.csv",
        "hours.parquet",
    )  # fmt: skip
    manual = "see docs/reference/campus-file.md for all keys"
    stages = ("planning", "frontier")
    packages = ("highspy", "pint")
    optional = ("pvlib",)
    settable = SETTABLE

    def needed(self, spec: CampusFile) -> Sequence[str]:
        """Return what output of PV is modelled by."""
        modelled = any(plant.pv is not None for site in spec.site for plant in site.plant)
        return self.optional if modelled else ()

    def files(self, spec: CampusFile) -> Sequence[str]:
        """Return files of weather, prices and profiles, and assumptions."""
        named = [file for site in spec.site for file in files_of_site(site)]
        return [*dict.fromkeys(named), *(() if spec.assumptions is None else (spec.assumptions,))]

    def moved(self, spec: CampusFile, where: Callable[[str], str]) -> CampusFile:
        """Return the campus with the files that it names elsewhere."""
        sites = []
        for site in spec.site:
            own = files_of_site(site)
            weather = where(site.weather) if site.weather is not None and site.weather in own else site.weather
            grid = site.grid
            if grid is not None and grid.prices is not None:
                grid = grid.model_copy(update={"prices": where(grid.prices)})
            plants = tuple(
                plant if plant.profile is None else plant.model_copy(update={"profile": where(plant.profile)})
                for plant in site.plant
            )
            sky = site.sky
            if sky is not None and sky.file is not None:
                sky = sky.model_copy(update={"file": where(sky.file)})
            sites.append(site.model_copy(update={"weather": weather, "sky": sky, "grid": grid, "plant": plants}))
        own_file = None if spec.assumptions is None else where(spec.assumptions)
        return spec.model_copy(update={"site": tuple(sites), "assumptions": own_file})

    def inputs(self, study: CampusStudy) -> Sequence[Input]:
        """Return the files that it names, and the evidence."""
        spec = study.spec
        for site in spec.site:
            # A place that is not known is told as such, and not as a file that is missing.
            check_weather_named(study, site)
        words = {file: what for site in spec.site for file, what in files_of_site(site).items()}
        if spec.assumptions is not None:
            words[spec.assumptions] = "file of assumptions"
        files = {file: (what, study.path(file)) for file, what in words.items()}
        assumed = packaged_inputs("pilotzone.study.campus", "campus.toml")
        return [*named_inputs("campus", files), *places_inputs(), *campus_inputs(), *assumed]

    def material(self, study: CampusStudy) -> CampusMaterial:
        """Return what is planned."""
        return campus_material(study)

    def run(
        self,
        study: CampusStudy,
        material: CampusMaterial,
        given: Mapping[str, Any],  # noqa: ARG002 - needs none
        progress: Progress,
    ) -> CampusFindings:
        """Plan."""
        return campus_findings(study, material, progress)

    def record(self, found: CampusFindings) -> dict[str, Any]:
        """Return plans, operation, stress and frontiers."""
        return campus_record(found)

    def tables(self, found: CampusFindings) -> Mapping[str, Table]:
        """Return sites, supply, frontiers, stress, credits, assumptions, and every hour."""
        return campus_tables(found)

    def page(self, found: CampusFindings, audit: Mapping[str, Any], sections: Sequence[Section]) -> str:
        """Return the report."""
        return render_campus(found, audit, sections)

    def section(self, found: CampusFindings) -> Section:
        """Return what each site needs, emits and costs."""
        return campus_beside(found)

    def narrowed(self, spec: CampusFile) -> CampusFile:
        """Return the campus without frontiers."""
        return alone(spec)

    def choices(self, study: CampusStudy, found: CampusFindings) -> Sequence[Choice]:  # noqa: ARG002 - the file says all
        """Return load, prices, caps, and supplies of each site."""
        return campus_choices(study)

    def first(self, found: CampusFindings, *, charts: bool = True) -> Section:
        """Return what each site costs and emits, frontiers and weeks."""
        return campus_first(found, charts=charts)

    def lines(self, found: CampusFindings, width: int) -> Sequence[Block]:
        """Return the answer, and the sites side by side."""
        return campus_lines(found, width)

    def brief(self, found: CampusFindings) -> str:
        """Return the cost of each site."""
        return brief_words(found)

    def central(self, found: CampusFindings) -> Result:
        """Return the design of the first site."""
        return found.designs[0]

    def models(self, record: Mapping[str, Any]) -> Sequence[Model]:
        """Return a column for each site."""
        return campus_models(record)

    def headline(self, record: Mapping[str, Any]) -> Mapping[str, Mapping[str, Cell]]:
        """Return cost, emissions, water and loss of each site."""
        if not isinstance(record.get("sites"), list):
            raise DataError("holds no campus.")
        keys = ("cost", "cost_per_kwh_it", "co2", "water_consumed", "lost_hours", "solver")
        return {str(row.get("site")): {key: cell(row.get(key)) for key in keys} for row in tables_of(record["sites"])}
