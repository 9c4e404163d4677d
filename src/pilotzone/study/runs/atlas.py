"""The map of figures that stands beside a study: regions by any series and period, and the part that each has in it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from pilotzone.gather import load_evidence, modelled_caveat
from pilotzone.report import (
    Chart,
    Figure,
    Frame,
    Land,
    Mark,
    Sheet,
    chart_material,
    figures_chart,
    number_text,
)
from pilotzone.report import plain_unit as unit_words
from pilotzone.study.runs.ownshapes import own_shapes

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from pilotzone.core import Panel, SeriesInfo
    from pilotzone.study.runs.choices import Option

__all__ = [
    "Atlas",
    "Part",
    "RegionFact",
    "atlas_of",
    "evidence_facts",
    "geography_of",
    "other_series",
    "titled",
    "with_shapes",
]

_MOST_TEXTS = 40_000
"""Figures of other series that go along; where there are more, a region tells those of the chosen series alone."""
_NAMED = 3
"""Regions named at each end of a summary."""


@dataclass(frozen=True)
class RegionFact:
    """Something that is known about a region.

    Attributes
    ----------
    head
        What it is, such as ``Zone``.
    text
        One or two sentences.
    source
        Who says so; may be empty.
    """

    head: str
    text: str
    source: str = ""


@dataclass(frozen=True)
class Part:
    """The part of a region in a study.

    Attributes
    ----------
    role
        In a few words: ``treated from 2016``, ``donor``, ``left out``.
    why
        In a sentence; may be empty.
    """

    role: str
    why: str = ""


@dataclass(frozen=True, eq=False)
class Atlas:
    """A map of one series in all periods, with what is known about each region.

    Attributes
    ----------
    series
        Name of the series shown.
    options
        Series that can be shown, in groups: heading to names with their words.
    panel
        Figures: the series shown among others of the same regions.
    frames
        What is shown, period by period.
    begin
        Position of the frame to begin with.
    land, credit
        Where regions lie, with the line that has to stand on the map; no shapes where none are known.
    note
        How to read what is written on regions.
    parts
        Code to the part in the study; a region without one has none.
    marks
        What is written on regions.
    facts
        Code to what is known about the region besides figures.
    """

    series: str
    options: Mapping[str, Sequence[Option]]
    panel: Panel
    frames: Sequence[Frame]
    begin: int
    land: Land
    credit: str
    note: str
    parts: Mapping[str, Part]
    marks: Mapping[str, Mark] = field(default_factory=dict)
    facts: Mapping[str, Sequence[RegionFact]] = field(default_factory=dict)

    @property
    def info(self) -> SeriesInfo:
        """What is known about the series."""
        return self.panel.series[self.series]

    @property
    def title(self) -> str:
        """The series with its unit."""
        return titled(self.info)

    def plain(self, name: str) -> dict[str, Any]:
        """Return it as plain data for a page; `name` names exported files."""
        labels = {unit: self.panel.label(unit) for unit in self.panel.units}
        shapes = dict(self.land.geometries)
        drawn = [self._figure(labels)] if shapes else []
        return {
            "title": self.title,
            "series": self.series,
            "options": [[head, [[o.value, o.label] for o in group]] for head, group in self.options.items() if group],
            "periods": [frame.period for frame in self.frames],
            "summaries": [self._summary(frame, labels) for frame in self.frames],
            "begin": self.begin,
            "material": chart_material(name, drawn, shapes),
            "remarks": self._remarks(),
            "sources": [_cited(source) for source in self.info.sources],
            "credit": self.credit,
            "note": self.note,
            "regions": [self._region(code, labels) for code in sorted(labels, key=labels.__getitem__)],
        }

    def _figure(self, labels: Mapping[str, str]) -> Figure:
        chart: Chart = figures_chart(self.land, labels, self.frames, self.marks, self.title)
        cited = "; ".join(_cited(source) for source in self.info.sources)
        empty = Sheet("atlas-data", self.title, (), ())
        return Figure("atlas", self.title, self.title, cited, f"Source: {cited}", chart, empty, credit=self.credit)

    def _summary(self, frame: Frame, labels: Mapping[str, str]) -> str:
        known = sorted(
            ((code, value) for code, value in frame.values.items() if math.isfinite(value)), key=lambda item: item[1]
        )
        told = f"{self.title}, {frame.period}: {len(known)} of {len(labels)} regions have a figure."
        if len(known) <= _NAMED:
            return told
        ends = [
            f"{word}: {', '.join(f'{labels[code]} {number_text(value)}' for code, value in part)}."
            for word, part in (("Highest", known[: -_NAMED - 1 : -1]), ("Lowest", known[:_NAMED]))
        ]
        return " ".join([told, *ends])

    def _remarks(self) -> list[str]:
        """Return how the figures came about where they were not counted, and what is wrong with all of them."""
        found = [f"Computed by the study: {self.info.formula}."] if self.info.formula else []
        modelled = modelled_caveat(self.info)
        if modelled is not None:
            found.append(f"Modelled, not measured: {modelled.text}")
        rest = [item.text for item in self.info.caveats if not item.regions and item is not modelled]
        breaks = [f"Break, {item.first}: {item.text}" for item in self.info.breaks if not item.regions]
        return [*found, *rest, *breaks]

    def _region(self, code: str, labels: Mapping[str, str]) -> dict[str, Any]:
        part = self.parts.get(code, Part("takes no part"))
        facts = [*self.facts.get(code, ()), *_series_facts(self.info, code)]
        return {
            "code": code,
            "label": labels[code],
            "role": part.role,
            "why": part.why,
            "mark": self._marked(code),
            "facts": [[item.head, item.text, item.source] for item in facts],
            "figures": [_told(frame.values.get(code, math.nan)) for frame in self.frames],
            "others": self._others(code),
        }

    def _marked(self, code: str) -> str:
        mark = self.marks.get(code)
        return "" if mark is None else f"{mark.sign} {mark.date}".strip()

    def _others(self, code: str) -> list[list[Any]]:
        """Return the figures of other series of the data: their title, and a text for each frame."""
        names = [name for name in self.panel.series if name != self.series]
        if len(names) * len(self.panel.units) * len(self.frames) > _MOST_TEXTS:
            return []
        row = self.panel.unit_index(code)
        column = {str(period): k for k, period in enumerate(self.panel.periods)}
        places = [column.get(frame.period) for frame in self.frames]
        return [
            [titled(self.panel.series[name]), [_told(math.nan if k is None else values[k]) for k in places]]
            for name in names
            for values in [self.panel.matrix(name)[row].tolist()]
        ]


def atlas_of(panel: Panel, series: str, *, at: int | None, **rest: Any) -> Atlas:
    """Return the map of a series of a panel.

    Parameters
    ----------
    panel
        Figures.
    series
        Name of one of its series.
    at
        Period to begin with, if it has figures; the last one with figures if left out.
    rest
        Further attributes of `Atlas`.
    """
    import numpy as np

    matrix = panel.matrix(series)
    filled = np.flatnonzero(np.isfinite(matrix).any(axis=0)).tolist()
    span = range(filled[0], filled[-1] + 1) if filled else range(len(panel.periods))
    frames = [Frame(str(panel.periods[k]), dict(zip(panel.units, matrix[:, k].tolist(), strict=True))) for k in span]
    begin = next((place for place, k in enumerate(span) if panel.periods[k] == at), len(frames) - 1)
    return Atlas(series=series, panel=panel, frames=frames, begin=begin, **rest)


def with_shapes(atlas: Atlas, file: Path) -> Atlas:
    """Return a map on a user's own shapes.

    Parameters
    ----------
    atlas
        A map.
    file
        GeoJSON or TopoJSON, as `pilotzone.gather.match_shapes` takes it.

    Raises
    ------
    UsageError, DataError
        If it cannot be read, or has none of the regions.
    """
    labels = {unit: atlas.panel.label(unit) for unit in atlas.panel.units}
    own = own_shapes(file, labels)
    return replace(atlas, land=own.land, credit=own.credit)


def titled(info: SeriesInfo) -> str:
    """Return what a series is called, with its unit."""
    if info.unit in {"1", "index"}:
        return info.label
    of = "logarithm of " if info.unit.startswith("log(") else ""
    return f"{info.label}, {of}{unit_words(info.unit)}"


def _told(value: float) -> str:
    return number_text(value) if math.isfinite(value) else "no figure"


def _cited(source: Any) -> str:  # noqa: ANN401 - a source
    return f"{source.title.rstrip('.')}{f', {source.vintage}' if source.vintage else ''}"


def _series_facts(info: SeriesInfo, code: str) -> list[RegionFact]:
    """Return caveats on the figures of this region, and breaks in them."""
    caveats = [RegionFact("Caveat", item.text) for item in info.caveats if code in item.regions]
    breaks = [
        RegionFact(f"Break, {item.first}", item.text, item.source.title if item.source else "")
        for item in info.breaks
        if code in item.regions
    ]
    return [*caveats, *breaks]


def evidence_facts(codes: Iterable[str]) -> dict[str, list[RegionFact]]:
    """Return what the bundled evidence knows about regions besides figures: zones, programmes, events."""
    evidence = load_evidence()
    known = {region.code for region in evidence.regions}
    found: dict[str, list[RegionFact]] = {}
    for code in codes:
        if code not in known:
            continue
        lineage = set(evidence.lineage(code))
        zones = [
            RegionFact("Zone", f"{item.name}, {item.date}{'' if item.whole else f', {item.part}'}", item.source.title)
            for item in evidence.zones
            if item.region in lineage
        ]
        programmes = [
            RegionFact(
                "Programme", f"{item.name}, from {item.start}{f' to {item.end}' if item.end else ''}", item.source.title
            )
            for item in evidence.programmes
            if item.region in lineage
        ]
        events = [
            RegionFact(f"Event, {item.first}", item.event, item.source.title)
            for item in evidence.events
            if item.region in lineage
        ]
        found[code] = [*zones, *programmes, *events]
    return found


def geography_of(codes: Iterable[str]) -> str:
    """Return the geography of the evidence that all of these regions belong to; empty if there is none."""
    by_code = {region.code: region.geography for region in load_evidence().regions}
    found = {by_code.get(code, "") for code in codes}
    return found.pop() if len(found) == 1 else ""


def other_series(geography: str, without: Iterable[str]) -> dict[str, str]:
    """Return the series of the evidence on a geography by name, those apart that a study has."""
    own = set(without)
    return {
        name: titled(entry.info)
        for name, entry in load_evidence().series.items()
        if entry.geography == geography and name not in own
    }
