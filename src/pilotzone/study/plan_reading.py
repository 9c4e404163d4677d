"""Reading plan files: bundled ones by name, a user's own by path; provinces as sites from evidence and assumptions."""

from __future__ import annotations

import hashlib
import math
import os
from collections.abc import Callable
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from pilotzone.core import (
    MOST_OF_A_STUDY,
    Assumption,
    Assumptions,
    StudyError,
    UsageError,
    did_you_mean,
    expanded,
    listing,
    parse_toml,
    read_regular,
    shown,
)
from pilotzone.gather import (
    evidence_panel,
    load_evidence,
    load_shapes,
    parse_assumptions,
    points_inside,
)
from pilotzone.place import DataClass, Plan, PlanSite, UserRegion, Workload, load_rules
from pilotzone.site import Figure, default_assumptions, place_of_region, profile_of, sampled_pue
from pilotzone.study.faults import explain
from pilotzone.study.plan_spec import ClassEntry, PlanFile, SiteEntry
from pilotzone.study.reading import name_of

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

__all__ = ["PlanStudy", "bundled_plans", "load_plan"]

_POINTS = 60


@dataclass(frozen=True, eq=False)
class PlanStudy:
    """A plan file that was read.

    Attributes
    ----------
    name
        The bundled file's name, or the stem of the user's.
    file
        What it says.
    plan
        What is to be placed, assumptions at the middles of their ranges.
    varied
        Returns the plan with assumptions at other values.
    left_out
        Provinces that cannot be sites, each with the reason.
    hashes
        File to its SHA-256: the plan file and those that it names.
    """

    name: str
    file: PlanFile
    plan: Plan
    varied: Callable[[Callable[[Assumption], float]], Plan]
    left_out: dict[str, str]
    hashes: dict[str, str]


def bundled_plans() -> tuple[str, ...]:
    """Return the names of the plan files that come with the package."""
    return tuple(sorted(item.name.removesuffix(".toml") for item in _folder().iterdir() if item.name.endswith(".toml")))


def load_plan(which: str | os.PathLike[str]) -> PlanStudy:
    """Read a plan file.

    Parameters
    ----------
    which
        ``"homecoming"``, or the path of a TOML file.

    Raises
    ------
    UsageError
        If there is no such plan or file, or something that is needed is not assumed.
    StudyError
        If the file is no plan file.
    """
    path = Path(which)
    if path.suffix == ".toml" or os.path.lexists(path):
        content = read_regular(path, "plan file", most=MOST_OF_A_STUDY, fault=StudyError)
        return _Reader(name_of(path), content, path.parent).study()
    if str(which) not in bundled_plans():
        raise UsageError(
            f"there is no plan {shown(str(which))}.{did_you_mean(str(which), bundled_plans())}",
            allowed=f"{listing(bundled_plans())}, or a path of a TOML file",
        )
    return _Reader(str(which), (_folder() / f"{which}.toml").read_bytes(), None).study()


def _folder() -> Traversable:
    return resources.files("pilotzone.study") / "bundled" / "plans"


class _Reader:
    """A plan file and the folder that its paths start from."""

    def __init__(self, name: str, content: bytes, folder: Path | None) -> None:
        self.name = name
        self.folder = folder
        self.hashes = {f"{name}.toml": hashlib.sha256(content).hexdigest()}
        self.left_out: dict[str, str] = {}
        raw = parse_toml(content, f"plan {name!r}")
        try:
            self.file = PlanFile.model_validate(raw)
        except ValidationError as error:
            raise explain(error, name, PlanFile, what="plan") from error

    def study(self) -> PlanStudy:
        """Return what was read."""
        file = self.file
        assumptions = self._assumptions()
        self._evidence = self._known()
        self._books = tuple(load_rules(self._book(book)) for book in file.books)

        def plan(pick: Callable[[Assumption], float]) -> Plan:
            try:
                return self._plan(assumptions, pick)
            except UsageError as error:
                raise StudyError(f"plan {self.name!r}: {error.what}", allowed=error.allowed, todo=error.todo) from error

        return PlanStudy(self.name, file, plan(lambda entry: entry.middle), plan, self.left_out, self.hashes)

    def _plan(self, assumptions: Assumptions, pick: Callable[[Assumption], float]) -> Plan:
        file = self.file
        sites = tuple(_site(entry) for entry in file.site) + self._provinces(assumptions, pick)
        return Plan(
            title=file.title,
            sites=sites,
            regions=self._regions(),
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
        text = (_folder() / "assumptions" / "placement.toml").read_text(encoding="utf-8")
        found = parse_assumptions(text, "placement.toml")
        if self.file.assumptions is not None:
            path = (self.folder or Path()) / expanded(self.file.assumptions)
            content = read_regular(path, "file of assumptions", most=MOST_OF_A_STUDY, fault=StudyError)
            self.hashes[self.file.assumptions] = hashlib.sha256(content).hexdigest()
            found = found.instead(parse_assumptions(content, path.name).entries)
        return found

    def _book(self, book: str) -> str | Path:
        if not book.endswith((".yaml", ".yml")):
            return book
        path = (self.folder or Path()) / expanded(book)
        content = read_regular(path, "rule book", most=MOST_OF_A_STUDY, fault=StudyError)
        self.hashes[book] = hashlib.sha256(content).hexdigest()
        return path

    def _known(self) -> dict[str, tuple[tuple[float, float] | None, Figure, float, float]]:
        """Return PUE, carbon of the grid and position of the provinces that are sites."""
        if self.file.provinces is None:
            return {}
        evidence, shapes = load_evidence(), load_shapes()
        wanted = self.file.provinces.regions
        codes = [region.code for region in evidence.regions] if wanted == "all" else list(wanted)
        found = {}
        for code in codes:
            place, assumptions = place_of_region(code), default_assumptions()
            (grid,) = profile_of(place, ["grid_kg_per_kwh"], assumptions).figures
            lat, lon = points_inside(shapes, code, _POINTS).mean(axis=0).tolist()
            found[code] = (sampled_pue(place, assumptions), grid, lat, lon)
        return found

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
            shapes = load_shapes()
            for code, count in zip(panel.units, people.tolist(), strict=True):
                lat, lon = points_inside(shapes, code, _POINTS).mean(axis=0).tolist()
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
