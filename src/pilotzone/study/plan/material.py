"""From a plan file to what is placed: provinces as sites from evidence and assumptions, users, classes, rule books."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pilotzone.core import (
    Assumption,
    Assumptions,
    StudyError,
    UsageError,
)
from pilotzone.gather import (
    evidence_panel,
    load_evidence,
    load_shapes,
    points_inside,
)
from pilotzone.placement import DataClass, Plan, PlanSite, UserRegion, Workload, load_rules
from pilotzone.site import CriterionValue, default_assumptions, known_regions, place_of_region, profile_of, sampled_pue
from pilotzone.study.plan.file import ClassEntry, PlanStudy, SiteEntry
from pilotzone.study.runs.assumed import own_assumptions, packaged_assumptions

__all__ = ["PlanMaterial", "plan_material"]

_POINTS = 60


@dataclass(frozen=True, eq=False)
class PlanMaterial:
    """A plan file with the files that it names.

    Attributes
    ----------
    plan
        What is to be placed, assumptions at the middles of their ranges.
    varied
        Returns the plan with assumptions at other values.
    left_out
        Provinces that cannot be sites, each with the reason.
    """

    plan: Plan
    varied: Callable[[Callable[[Assumption], float]], Plan]
    left_out: dict[str, str]


def plan_material(study: PlanStudy) -> PlanMaterial:
    """Return what a plan file has placed.

    Raises
    ------
    UsageError
        If something that is needed is not assumed.
    StudyError
        If the file, or a rule book that it names, is not what it should be.
    """
    return _Reader(study).material()


class _Reader:
    """A plan file with the files that it names."""

    def __init__(self, study: PlanStudy) -> None:
        self.study = study
        self.name = study.name
        self.file = study.spec
        self.left_out: dict[str, str] = {}
        self._centres: dict[str, tuple[float, float]] = {}

    def material(self) -> PlanMaterial:
        """Return what was read."""
        file = self.file
        assumptions = self._assumptions()
        # What no assumption changes is read once: a plan is made anew for each value of each assumption.
        self._evidence, self._users = self._known(), self._regions()
        self._books = tuple(load_rules(self._book(book)) for book in file.books)

        def plan(pick: Callable[[Assumption], float]) -> Plan:
            try:
                return self._plan(assumptions, pick)
            except UsageError as error:
                raise StudyError(f"plan {self.name!r}: {error.what}", allowed=error.allowed, todo=error.todo) from error

        return PlanMaterial(plan(lambda entry: entry.middle), plan, self.left_out)

    def _plan(self, assumptions: Assumptions, pick: Callable[[Assumption], float]) -> Plan:
        file = self.file
        sites = tuple(_site(entry) for entry in file.site) + self._provinces(assumptions, pick)
        return Plan(
            title=file.title,
            sites=sites,
            regions=self._users,
            workloads=tuple(_workload(entry) for entry in file.class_),
            books=self._books,
            day=file.day,
            currency=file.currency,
            km_per_ms=pick(assumptions.of("km_per_ms")),
            base_ms=pick(assumptions.of("base_ms")),
            traffic_cost=pick(assumptions.of("traffic_cost")),
            slots=tuple((slot.share, slot.cost, slot.carbon) for slot in file.slot) or ((1.0, 1.0, 1.0),),
            years=file.years,
            sourcing=file.sourcing,
            carbon_cap_t=math.inf if file.carbon_cap_t is None else file.carbon_cap_t,
            budget=math.inf if file.budget is None else file.budget,
            assumptions=assumptions,
            notes=(*file.notes, *self._currency_notes(assumptions)),
        )

    def _currency_notes(self, assumptions: Assumptions) -> list[str]:
        """Return a note for each assumed cost that the plan uses and that is in another currency than the plan's."""
        file = self.file
        used = ["traffic_cost"] if any(entry.traffic_mb_s > 0 for entry in file.class_) else []
        used += ["fixed_cost", "cost_per_mwh"] if file.provinces is not None else []
        return [
            f"{name} is assumed in {assumptions.of(name).unit.split()[0].partition('/')[0]} and counted as "
            f"{file.currency} one to one: give it in {file.currency} in assumptions of your own."
            for name in used
            if not assumptions.of(name).unit.startswith(file.currency)
        ]

    def _assumptions(self) -> Assumptions:
        found = packaged_assumptions("pilotzone.study.plan", "placement.toml")
        return own_assumptions(self.study, self.file.assumptions, found)

    def _book(self, book: str) -> str | Path:
        if not book.endswith((".yaml", ".yml")):
            return book
        return self.study.path(book)

    def _known(self) -> dict[str, tuple[tuple[float, float] | None, CriterionValue, float, float]]:
        """Return PUE, carbon of the grid and position of the provinces that are sites."""
        if self.file.provinces is None:
            return {}
        wanted = self.file.provinces.regions
        codes = list(known_regions()) if wanted == "all" else list(wanted)
        found = {}
        for code in codes:
            place, assumptions = place_of_region(code), default_assumptions()
            (grid,) = profile_of(place, ["grid_kg_per_kwh"], assumptions).figures
            lat, lon = self._centre(code)
            found[code] = (sampled_pue(place, assumptions), grid, lat, lon)
        return found

    def _centre(self, code: str) -> tuple[float, float]:
        """Return latitude and longitude of a region's middle, the mean of points spread evenly inside it."""
        if code not in self._centres:
            lat, lon = points_inside(load_shapes(), code, _POINTS).mean(axis=0).tolist()
            self._centres[code] = (lat, lon)
        return self._centres[code]

    def _provinces(self, assumptions: Assumptions, pick: Callable[[Assumption], float]) -> tuple[PlanSite, ...]:
        found = []
        for code, (pue, grid, lat, lon) in self._evidence.items():
            name = load_evidence().region(code).name
            assumed = assumptions.get("grid_kg_per_kwh", code)
            if grid.kind == "missing" and assumed is None:
                self.left_out[name] = grid.note
                continue
            carbon = grid.middle if grid.kind != "missing" or assumed is None else pick(assumed)
            found.append(
                PlanSite(
                    name=name,
                    jurisdiction="CN",
                    capacity_mw=self.file.provinces.capacity_mw if self.file.provinces else 0.0,
                    fixed_cost=pick(assumptions.of("fixed_cost", code)),
                    cost_per_mwh=pick(assumptions.of("cost_per_mwh", code)),
                    pue=pick(assumptions.of("pue", code)) if pue is None else (pue[0] + pue[1]) / 2,
                    carbon_kg_per_kwh=carbon,
                    zone=code,
                    latitude=lat,
                    longitude=lon,
                )
            )
        return tuple(found)

    def _regions(self) -> tuple[UserRegion, ...]:
        entries = [(entry.name, entry.latitude, entry.longitude, entry.users) for entry in self.file.region]
        if self.file.users == "population":
            panel = evidence_panel(["population"])
            year = min(max(self.file.day.year, panel.periods[0]), panel.periods[-1])
            people = panel.matrix("population")[:, panel.periods.index(year)]
            for code, count in zip(panel.units, people.tolist(), strict=True):
                lat, lon = self._centre(code)
                entries.append((panel.label(code), lat, lon, count))
        total = sum(users for *_, users in entries)
        return tuple(UserRegion(name, lat, lon, users / total) for name, lat, lon, users in entries)


def _site(entry: SiteEntry) -> PlanSite:
    return PlanSite(**entry.model_dump())


def _workload(entry: ClassEntry) -> Workload:
    data = DataClass(
        entry.name, entry.collected_in, entry.kind, entry.operator, entry.persons, frozenset(entry.permits)
    )
    return Workload(
        data=data,
        operations=entry.operations or ("store", "process"),
        load_mw=entry.load_mw,
        copies=entry.copies,
        latency_ms=math.inf if entry.latency_ms is None else entry.latency_ms,
        traffic_mb_s=entry.traffic_mb_s,
        waits=entry.waits,
        growth=entry.growth,
    )
