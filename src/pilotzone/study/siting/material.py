"""From a siting file to what is ranked: criteria, places, weights, with the files that it names."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pilotzone.core import (
    DataError,
    StudyError,
    UsageError,
    close_names,
    did_you_mean,
    listing,
    open_regular,
    shown,
    unknown,
)
from pilotzone.gather import read_assumptions, read_weather
from pilotzone.site import (
    DEFAULT_CRITERIA,
    KNOWN_CRITERIA,
    MANY_PLACES,
    Candidate,
    Criterion,
    CriterionValue,
    ManyPlaces,
    SitingSpec,
    WeightSpace,
    default_assumptions,
    known_criterion,
    known_regions,
    place_of_region,
)
from pilotzone.store import read_csv
from pilotzone.study.runs.fields import LARGEST
from pilotzone.study.siting.file import CriterionEntry, PlaceEntry, SitingFile, SitingStudy
from pilotzone.study.siting.table import PlaceTable, read_places
from pilotzone.study.siting.transferred import check_transferred, outcome_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pilotzone.core import Assumptions

    Admit = Callable[[str, Path, str], None]

__all__ = ["siting_material", "siting_spec"]

_MOST_DRAWN = 100_000_000
"""Values that are drawn of all places at once, 8 bytes each."""
_MOST_SCORED = 10_000_000_000
"""Scores of very many places: a minute or two of two processors. They are made some at a time."""
_ROUNDING = 1e-9
"""How far weights that are given may be from one in sum."""
_COLUMNS = ("place", "criterion", "low", "high", "source")


def siting_material(study: SitingStudy) -> SitingSpec | ManyPlaces:
    """Return what a siting file has ranked, with the files that it names: a table of very many places by itself.

    Raises
    ------
    UsageError
        If something that is needed is neither known nor assumed.
    StudyError
        If parts of the file contradict one another.
    DataError
        If a file that it names cannot be read.
    """
    return _Reader(study).spec()


def siting_spec(study: SitingStudy) -> SitingSpec:
    """Return what a siting file has ranked, with the files that it names; errors as in `siting_material`.

    Raises
    ------
    UsageError
        If it names a table of more places than are ranked one by one.
    """
    check_transferred(study.spec, study.name)
    found = siting_material(study)
    if isinstance(found, ManyPlaces):
        raise UsageError(
            f"siting {study.name!r} ranks {len(found.names):,} places of a table, which have no `SitingSpec`.",
            allowed=f"up to {MANY_PLACES:,} places",
            todo="rank them by `rank_sites` or `run`",
        )
    return found


@dataclass(frozen=True, eq=False)
class _Reader:
    """A siting file with the files that it names."""

    study: SitingStudy

    @property
    def name(self) -> str:
        """Name of the file."""
        return self.study.name

    @property
    def file(self) -> SitingFile:
        """What it says."""
        return self.study.spec

    def spec(self) -> SitingSpec | ManyPlaces:
        """Return what is to be ranked."""
        file = self.file
        entries = file.criterion or tuple(CriterionEntry(name=name) for name in DEFAULT_CRITERIA)
        criteria = tuple(self._criterion(entry) for entry in entries)
        assumptions = default_assumptions()
        if file.assumptions is not None:
            own = self._there(file.assumptions, "file of assumptions")
            assumptions = assumptions.instead(read_assumptions(own).entries)
        system = (file.systems or ("airside",))[0]
        table = (
            None if file.places is None else read_places(self.study.path(file.places), criteria, assumptions, system)
        )
        if table is not None and len(table.names) > MANY_PLACES:
            return self._many(table, assumptions)
        places = (*self._places(criteria), *(() if table is None else table.candidates()))
        self._check_size(len(places), len(criteria))
        given = {} if file.alternatives is None else {"alternatives": self._alternatives(file.alternatives, criteria)}
        return SitingSpec(
            title=file.title,
            places=places,
            criteria=criteria,
            space=self._space([criterion.name for criterion in criteria]),
            method=file.method,
            draws=file.draws,
            batches=file.batches,
            gaps=file.gaps,
            spot=file.spot,
            uncertain_figures=file.uncertain_figures,
            common={entry.name: entry.common for entry in entries if entry.common},
            correlations={entry.between: entry.value for entry in file.correlation},
            assumptions=assumptions,
            systems=file.systems or ("airside", "waterside"),
            year=file.year,
            seed=file.seed,
            **given,
        )

    def _many(self, table: PlaceTable, assumptions: Assumptions) -> ManyPlaces:
        """Return very many places, whose values are numbers and which are ranked by themselves."""
        file, count = self.file, len(table.names)
        beside = [key for key in ("regions", "place", "figures", "correlation") if getattr(file, key)]
        beside += ["spot"] * (file.spot != "chosen") + ["method"] * (file.method != "weighted_sum")
        beside += ["criterion.transfer"] * any(entry.transfer for entry in file.criterion)
        beside += ["criterion.common"] * any(entry.common for entry in file.criterion)
        if beside:
            raise StudyError(
                f"siting {self.name!r}: {table.file} has {count:,} places, and {beside[0]} does not go with so many.",
                allowed=f"up to {MANY_PLACES:,} places with it; more are ranked by themselves, by the weighted sum",
                todo=f"leave {beside[0]} out, or name fewer places",
            )
        if file.draws * count > _MOST_SCORED:
            raise StudyError(
                f"siting {self.name!r}: draws is {file.draws:,}, which for {count:,} places are "
                f"{file.draws * count:,} scores.",
                allowed=f"up to {_MOST_SCORED:,}",
                todo="ask for fewer draws, or rank fewer places at once",
            )
        return ManyPlaces(
            title=file.title,
            names=table.names,
            values=table.values,
            criteria=table.criteria,
            sources=table.sources,
            space=self._space([criterion.name for criterion in table.criteria]),
            draws=file.draws,
            seed=file.seed,
            assumptions=assumptions,
            notes=table.notes,
        )

    def _alternatives(self, given: Mapping[str, str], criteria: tuple[Criterion, ...]) -> dict[str, str]:
        """Return which criteria give way to another in a second ranking: one that is not a criterion never would."""
        names = [criterion.name for criterion in criteria]
        wrong = next((name for name in given if name not in names), None)
        if wrong is not None:
            raise StudyError(
                f"siting {self.name!r}: alternatives name {wrong!r}, which is not a criterion here."
                f"{did_you_mean(wrong, names)}",
                allowed=listing(names, most=20),
            )
        return dict(given)

    def _there(self, file: str, what: str) -> Path:
        """Return where a file is that has to be there."""
        path = self.study.path(file)
        with open_regular(path, what):
            return path

    def _space(self, names: list[str]) -> WeightSpace:
        """Return what is known of the weights; a fixed one is an interval without width."""
        given = self.file.weights
        self._check_fixed(given.fixed, names)
        twice = sorted(set(given.fixed) & set(given.intervals))
        if twice:
            raise StudyError(
                f"siting {self.name!r}: the weight of {twice[0]!r} is both fixed and an interval.",
                allowed="one of the two",
            )
        return WeightSpace(
            {**given.intervals, **{name: (value, value) for name, value in given.fixed.items()}}, given.order
        )

    def _check_fixed(self, fixed: dict[str, float], names: list[str]) -> None:
        """Refuse fixed weights that leave nothing for the others, or something where there are none."""
        total = sum(fixed.values())
        wrong = next((name for name, weight in fixed.items() if not 0 <= weight <= 1), None)
        if wrong is not None:
            raise StudyError(
                f"siting {self.name!r}: the fixed weight of {wrong!r} is {fixed[wrong]:g}.",
                allowed="numbers from 0 to 1; with all criteria fixed they sum to 1",
                todo="divide percentages by 100" if fixed[wrong] > 1 else None,
            )
        if total > 1 + _ROUNDING or (total < 1 - _ROUNDING and set(names) == set(fixed)):
            raise StudyError(
                f"siting {self.name!r}: fixed weights sum to {total:.12g}.",
                allowed="1, where all criteria are fixed; at most 1, where others are not",
                todo="divide each by their sum",
            )

    def _check_size(self, places: int, criteria: int) -> None:
        """Refuse what would take all memory: each number is bounded by itself, and their product too."""
        for key, size in (("draws", self.file.draws * places), ("batches", self.file.batches * places * criteria)):
            if size > _MOST_DRAWN:
                raise StudyError(
                    f"siting {self.name!r}: {key} is {getattr(self.file, key):,}, which for {places:,} places and "
                    f"{criteria} criteria are {size:,} values.",
                    allowed=f"up to {_MOST_DRAWN:,}",
                    todo=f"ask for fewer {key}, or rank fewer places at once",
                )

    def _criterion(self, entry: CriterionEntry) -> Criterion:
        known = KNOWN_CRITERIA.get(entry.name)
        if entry.transfer is not None:
            told = outcome_of(self.study, entry)
            entry = entry.model_copy(update={"good": told.good, "unit": told.display_unit})
        if known is None and entry.good is None:
            if close_names(entry.name, KNOWN_CRITERIA):
                known_criterion(entry.name)
            raise StudyError(
                f"siting {self.name!r}: criterion {entry.name!r} has no good direction.",
                allowed=f"good = 'up' or 'down'; known without it: {listing(list(KNOWN_CRITERIA), most=20)}",
            )
        base = Criterion(entry.name, entry.good or "up", entry.unit) if known is None else known.criterion
        if known is not None and entry.unit not in {"1", base.unit}:
            raise StudyError(
                f"siting {self.name!r}: {entry.name} is in {base.unit}, not in {entry.unit}.",
                allowed=f"figures in {base.unit}, and no unit",
            )
        good = entry.good or base.good
        return Criterion(
            entry.name, good, base.unit, entry.shape, entry.indifference, entry.preference, entry.scale, entry.reference
        )

    def _places(self, criteria: tuple[Criterion, ...]) -> tuple[Candidate, ...]:
        codes = known_regions() if self.file.regions == "all" else self.file.regions
        entries = [PlaceEntry(region=code) for code in codes] + list(self.file.place)
        units = {criterion.name: criterion.unit for criterion in criteria}
        table = {} if self.file.figures is None else self._figures(units)
        places = [self._place(entry, units, table) for entry in entries]
        known = {place.name for place in places} | {place.region for place in places if place.region}
        for name in table:
            if name not in known:
                told = f"{self.file.figures} has {name!r}, which is not a place of the file"
                raise unknown("place", name, sorted(known), told=told, error=DataError)
        return tuple(places)

    def _place(
        self, entry: PlaceEntry, units: dict[str, str], table: dict[str, dict[str, CriterionValue]]
    ) -> Candidate:
        base = place_of_region(entry.region) if entry.region is not None else Candidate(entry.name or "")
        name = entry.name or base.name
        figures = {**table.get(name, {}), **table.get(base.region, {})}
        for criterion, value in entry.figures.items():
            low, high = value if isinstance(value, tuple) else (value, value)
            figures[criterion] = CriterionValue(
                name, criterion, low, high, self._unit(criterion, units), "yours", entry.source
            )
        weather = (
            None if entry.weather is None else read_weather(self._there(entry.weather, "weather file"), place=name)
        )
        return Candidate(
            name,
            base.region,
            math.nan if entry.latitude is None else entry.latitude,
            math.nan if entry.longitude is None else entry.longitude,
            weather,
            {key: CriterionValue(name, key, f.low, f.high, f.unit, "yours", f.source) for key, f in figures.items()},
            entry.spot_of or "",
        )

    def _unit(self, criterion: str, units: dict[str, str]) -> str:
        if criterion not in units:
            told = f"siting {self.name!r}: a figure is of {criterion!r}, which is not a criterion here"
            raise unknown("criterion", criterion, units, told=told, error=StudyError)
        return units[criterion]

    def _figures(self, units: dict[str, str]) -> dict[str, dict[str, CriterionValue]]:
        """Return the figures of a user's table by place and criterion."""
        path = self._there(self.file.figures or "", "table of figures")
        table = read_csv(path)
        absent = sorted(set(_COLUMNS) - set(table.header))
        if absent:
            raise DataError(f"{path.name} has no column {listing(absent)}.", allowed=", ".join(_COLUMNS))
        found: dict[str, dict[str, CriterionValue]] = {}
        for line, cells in enumerate(table.rows, start=2):
            row = dict(zip(table.header, cells, strict=True))
            try:
                low, high = _figure(row["low"]), _figure(row["high"] or row["low"])
                figure = CriterionValue(
                    row["place"],
                    row["criterion"],
                    low,
                    high,
                    self._unit(row["criterion"], units),
                    "yours",
                    row["source"],
                )
            except ValueError as error:
                raise DataError(
                    f"{path.name}, row {line}: low and high are {shown(row['low'])} and {shown(row['high'])}.",
                    allowed=f"numbers from -{LARGEST:g} to {LARGEST:g}; an empty high is the low one",
                ) from error
            if not row["source"].strip():
                raise DataError(f"{path.name}, row {line}: the figure has no source.", todo="say where it is from")
            if row["criterion"] in found.setdefault(row["place"], {}):
                raise DataError(f"{path.name}, row {line}: {row['criterion']} of {row['place']} stands twice.")
            found[row["place"]][row["criterion"]] = figure
        return found


def _figure(text: str) -> float:
    value = float(text)
    if not -LARGEST <= value <= LARGEST:
        raise ValueError(text)
    return value
