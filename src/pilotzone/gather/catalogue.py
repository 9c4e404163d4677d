"""The catalogue of the bundled evidence: what is known, about which regions, from where, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from pilotzone.core import Break, Caveat, Glance, Result, Table, UsageError, listing, unknown
from pilotzone.gather.policy import Policy
from pilotzone.gather.records import (
    Collection,
    Event,
    EvidenceBreak,
    EvidenceCaveat,
    EvidenceSeries,
    Geography,
    Programme,
    Region,
    Zone,
)

__all__ = ["Evidence"]


@dataclass(frozen=True, eq=False)
class Evidence(Result):
    """The bundled evidence: what is known, about which regions, from where, and what is wrong with it.

    Attributes
    ----------
    title, version
        Title and version of the package.
    series
        Series by name.
    geographies, collections
        Geographies and collections by name.
    regions
        Regions of all geographies, each geography's sorted by code.
    zones, programmes, events
        As the tables of the same names have them.
    neighbours
        Region to the regions with a common border on land, sorted.
    caveats, breaks
        All of them, in the order of the collections.
    policies
        Programmes that can be studied as treatments, by name.
    """

    title: str
    version: str
    series: Mapping[str, EvidenceSeries]
    geographies: Mapping[str, Geography]
    collections: Mapping[str, Collection]
    regions: tuple[Region, ...]
    zones: tuple[Zone, ...]
    programmes: tuple[Programme, ...]
    events: tuple[Event, ...]
    neighbours: Mapping[str, tuple[str, ...]]
    caveats: tuple[EvidenceCaveat, ...]
    breaks: tuple[EvidenceBreak, ...]
    policies: Mapping[str, Policy] = field(default_factory=dict)

    def to_table(self) -> Table:
        """Return one row per series: what it is, its unit, and what it covers."""
        names = ("series", "label", "unit", "geography", "first", "last", "regions", "figures", "caveats")
        rows = []
        for entry in self.series.values():
            info, covered = entry.info, entry.coverage
            ends = (entry.geography, covered.first, covered.last, covered.regions, covered.figures)
            terms = "; ".join(item.name for item in info.licences)
            rows.append(
                (info.name, info.label, info.unit, *ends, len(info.caveats), len(info.breaks), terms, info.vintage)
            )
        return Table.from_rows((*names, "breaks", "licence", "vintage"), rows, title="Series")

    def glance(self) -> Glance:
        """Return what there is, and the series."""
        return Glance(f"{self.title} {self.version}, {len(self.regions)} regions", (), self.to_table())

    def regions_of(self, geography: str) -> tuple[Region, ...]:
        """Return the regions of a geography, sorted by code.

        Raises
        ------
        UsageError
            If there is no such geography (with the closest name).
        """
        if geography not in self.geographies:
            raise unknown("geography", geography, self.geographies, of="the evidence", error=UsageError)
        return tuple(region for region in self.regions if region.geography == geography)

    def files_of(self, series: Iterable[str]) -> tuple[Path, ...]:
        """Return every file that these series are read from, for the audit trail."""
        entries = [self.of(name) for name in series]
        named, about = {entry.collection for entry in entries}, {entry.geography for entry in entries}
        # What is known about a region is known about those that lie in it: zones, programmes, caveats.
        parents = {region.parent for region in self.regions if region.geography in about}
        about |= {region.geography for region in self.regions if region.code in parents}
        # Names of regions stand in one collection of a geography: figures under other terms are kept in another.
        used = [c for c in self.collections.values() if c.name in named or (c.has_regions and c.geography in about)]
        return tuple(file for item in used for file in item.files)

    def of(self, name: str) -> EvidenceSeries:
        """Return a series.

        Raises
        ------
        UsageError
            If there is no such series (with the closest name).
        """
        if name not in self.series:
            raise unknown("series", name, self.series, of="the evidence", error=UsageError)
        return self.series[name]

    def policy(self, name: str) -> Policy:
        """Return a programme that can be studied as a treatment.

        Raises
        ------
        UsageError
            If there is no such programme (with the closest name).
        """
        if name not in self.policies:
            raise unknown("programme", name, self.policies, of="the evidence", error=UsageError)
        return self.policies[name]

    @cached_property
    def _by_code(self) -> dict[str, Region]:
        return {region.code: region for region in self.regions}

    def region(self, code: str) -> Region:
        """Return a region by its code.

        Raises
        ------
        UsageError
            If there is no such region. Names are understood well enough to say which code is meant.
        """
        if code in self._by_code:
            return self._by_code[code]
        # The first one has a name: a municipality is a province before it is a city.
        words = {
            word: region.code
            for region in reversed(self.regions)
            for word in (region.code, region.name, region.iso_name, region.name_zh, f"{region.code[:2]}-{region.name}")
            if word
        }
        close = {words[hit] for hit in words if hit.casefold() == code.strip().casefold()}
        raise unknown(
            "region",
            code,
            words,
            of="the evidence",
            hint=f" Did you mean {min(close)!r}?" if close else None,
            allowed=f"codes such as {listing([region.code for region in self.regions], most=40)}",
            error=UsageError,
        )

    def lineage(self, region: str) -> tuple[str, ...]:
        """Return the codes of a region and of the region that it lies in, if there is one.

        Raises
        ------
        UsageError
            If there is no such region.
        """
        found = self.region(region)
        return (found.code, found.parent) if found.parent else (found.code,)

    def zones_in(self, region: str) -> tuple[Zone, ...]:
        """Return the zones that a region, or the one that it lies in, has a part in; none if there is none.

        Raises
        ------
        UsageError
            If there is no such region.
        """
        codes = self.lineage(region)
        return tuple(zone for zone in self.zones if zone.region in codes)

    def neighbours_of(self, region: str) -> tuple[str, ...]:
        """Return the regions with a common border on land; empty for an island.

        Raises
        ------
        UsageError
            If there is no such region, or borders are not known of its geography.
        """
        found = self.region(region)
        geography = found.geography
        if not any(item.code in self.neighbours for item in self.regions if item.geography == geography):
            many = self.geographies[geography].many
            raise UsageError(
                f"the evidence does not know which {many} share a border.", todo="list the neighbours yourself"
            )
        return self.neighbours.get(found.code, ())

    def caveats_on(
        self, series: str, *, regions: Iterable[str] | None = None, periods: Iterable[int] | None = None
    ) -> tuple[Caveat, ...]:
        """Return the caveats on a series that touch some of these regions and periods; ``None`` means all."""
        name = self.of(series).info.name
        return self._caveats([item for item in self.caveats if name in item.series], regions, periods)

    def breaks_in(self, series: str, *, regions: Iterable[str] | None = None) -> tuple[Break, ...]:
        """Return the breaks in a series that touch some of these regions, in order of time; ``None`` means all."""
        here = self.of(series).info.breaks
        given = [regions] if isinstance(regions, str) else regions
        places = None if given is None else set(given)
        return tuple(item for item in here if places is None or item.touches(places))

    def caveats_about(self, table: str, *, regions: Iterable[str] | None = None) -> tuple[Caveat, ...]:
        """Return the caveats about ``zones``, ``programmes``, ``events`` or ``neighbours`` in these regions.

        Raises
        ------
        UsageError
            If nothing in the evidence is called so.
        """
        known = sorted({name for item in self.caveats for name in item.about})
        if table not in known:
            raise unknown("caveats about", table, known, of="the evidence", error=UsageError)
        return self._caveats([item for item in self.caveats if table in item.about], regions, None)

    def _caveats(
        self, items: list[EvidenceCaveat], regions: Iterable[str] | None, periods: Iterable[int] | None
    ) -> tuple[Caveat, ...]:
        given = [regions] if isinstance(regions, str) else regions
        places = {region.code for region in self.regions} if given is None else set(given)
        if periods is not None and not isinstance(periods, Iterable):
            raise UsageError(f"periods is {periods!r}.", allowed="a list of years, or a range")
        times = {period for item in items for period in item.periods} if periods is None else set(periods)
        return tuple(item.caveat for item in items if item.touches(places, times))
