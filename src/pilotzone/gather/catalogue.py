"""What the bundled evidence is made of: series, regions, zones, programmes, events and caveats, as frozen records."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pilotzone.core import Caveat, SeriesInfo, Source, UsageError, did_you_mean, listing

__all__ = ["Coverage", "Event", "Evidence", "EvidenceCaveat", "EvidenceSeries", "Programme", "Region", "Zone"]


@dataclass(frozen=True)
class Coverage:
    """What a series covers.

    Attributes
    ----------
    first, last
        First and last period with a figure.
    regions
        Number of regions with a figure.
    figures
        Number of figures.
    gaps
        What is missing inside that span, in words.
    """

    first: int
    last: int
    regions: int
    figures: int
    gaps: tuple[str, ...] = ()


@dataclass(frozen=True)
class EvidenceSeries:
    """One series of the evidence.

    Attributes
    ----------
    info
        Name, label, unit, sources and all caveats on the series.
    definition
        What is measured, in a sentence.
    resource
        Name of the table that holds the figures.
    coverage
        Periods and regions with figures.
    """

    info: SeriesInfo
    definition: str
    resource: str
    coverage: Coverage


@dataclass(frozen=True)
class EvidenceCaveat:
    """A caveat with what it is about.

    Attributes
    ----------
    caveat
        The caveat itself, as results carry it.
    series
        Series concerned; empty for one that is about something else than figures.
    periods
        Periods concerned; empty means all of them.
    about
        Other tables concerned, such as ``zones``.
    origin
        Who says so: the source, the figures themselves, or general knowledge.
    """

    caveat: Caveat
    series: tuple[str, ...]
    periods: tuple[int, ...]
    about: tuple[str, ...]
    origin: str

    def touches(self, regions: Iterable[str], periods: Iterable[int]) -> bool:
        """Whether any of these regions and any of these periods is concerned."""
        return (not self.caveat.regions or not set(self.caveat.regions).isdisjoint(regions)) and (
            not self.periods or not set(self.periods).isdisjoint(periods)
        )


@dataclass(frozen=True)
class Region:
    """A province, municipality or autonomous region, by its ISO 3166-2 code."""

    code: str
    name: str
    iso_name: str
    name_zh: str
    kind: str


@dataclass(frozen=True)
class Zone:
    """One region of one pilot zone.

    Attributes
    ----------
    zone
        Identifier; a zone over several regions has several records.
    name
        Words for a reader.
    region
        ISO 3166-2 code.
    date
        Month of approval, ``YYYY-MM``.
    batch
        1 or 2.
    whole
        Whether the zone is the whole region.
    part
        Which part it is, where it is not the whole.
    source
        Where this is from.
    """

    zone: str
    name: str
    region: str
    date: str
    batch: int
    whole: bool
    part: str
    source: Source


@dataclass(frozen=True)
class Programme:
    """Another programme in a zone's region: something else that may have moved the same outcomes."""

    programme: str
    name: str
    region: str
    start: int
    end: int | None
    source: Source


@dataclass(frozen=True)
class Event:
    """Something that happened in a zone's region before the zone: dates as ``YYYY-MM`` or ``YYYY-MM-DD``."""

    region: str
    first: str
    last: str
    event: str
    source: Source


@dataclass(frozen=True, eq=False)
class Evidence:
    """The bundled evidence: what is known, about which regions, from where, and what is wrong with it.

    Attributes
    ----------
    title, version
        Of the package.
    series
        Series by name.
    regions
        Regions, sorted by code.
    zones, programmes, events
        As the tables of the same names have them.
    neighbours
        Region to the regions with a common border on land, sorted.
    caveats
        All caveats, in the order of the package.
    files
        Every file that the evidence is read from, for the audit trail.
    """

    title: str
    version: str
    series: Mapping[str, EvidenceSeries]
    regions: tuple[Region, ...]
    zones: tuple[Zone, ...]
    programmes: tuple[Programme, ...]
    events: tuple[Event, ...]
    neighbours: Mapping[str, tuple[str, ...]]
    caveats: tuple[EvidenceCaveat, ...]
    files: tuple[Path, ...] = field(repr=False)

    def of(self, name: str) -> EvidenceSeries:
        """Return a series.

        Raises
        ------
        UsageError
            If there is no such series (with the closest name).
        """
        if name not in self.series:
            raise UsageError(
                f"the evidence has no series {name!r}.{did_you_mean(name, self.series)}",
                allowed=", ".join(self.series),
            )
        return self.series[name]

    def region(self, code: str) -> Region:
        """Return a region by its code.

        Raises
        ------
        UsageError
            If there is no such region. Names are understood well enough to say which code is meant.
        """
        for region in self.regions:
            if region.code == code:
                return region
        words = {
            word: region.code
            for region in self.regions
            for word in (region.code, region.name, region.iso_name, region.name_zh, f"CN-{region.name}")
        }
        close = {words[hit] for hit in words if hit.casefold() == code.strip().casefold()}
        hint = f" Did you mean {min(close)!r}?" if close else did_you_mean(code, words)
        raise UsageError(
            f"the evidence has no region {code!r}.{hint}",
            allowed=f"ISO 3166-2 codes: {listing([region.code for region in self.regions], most=40)}",
        )

    def zones_in(self, region: str) -> tuple[Zone, ...]:
        """Return the zones that a region has a part in; none if it has no part in any."""
        code = self.region(region).code
        return tuple(zone for zone in self.zones if zone.region == code)

    def neighbours_of(self, region: str) -> tuple[str, ...]:
        """Return the regions with a common border on land; empty for an island."""
        return self.neighbours.get(self.region(region).code, ())

    def caveats_on(
        self, series: str, *, regions: Iterable[str] | None = None, periods: Iterable[int] | None = None
    ) -> tuple[Caveat, ...]:
        """Return the caveats on a series that touch some of these regions and periods; ``None`` means all."""
        name = self.of(series).info.name
        return self._caveats([item for item in self.caveats if name in item.series], regions, periods)

    def caveats_about(self, table: str, *, regions: Iterable[str] | None = None) -> tuple[Caveat, ...]:
        """Return the caveats about ``zones``, ``programmes``, ``events`` or ``neighbours`` in these regions.

        Raises
        ------
        UsageError
            If nothing in the evidence is called so.
        """
        known = sorted({name for item in self.caveats for name in item.about})
        if table not in known:
            raise UsageError(
                f"the evidence has no caveats about {table!r}.{did_you_mean(table, known)}", allowed=", ".join(known)
            )
        return self._caveats([item for item in self.caveats if table in item.about], regions, None)

    def _caveats(
        self, items: list[EvidenceCaveat], regions: Iterable[str] | None, periods: Iterable[int] | None
    ) -> tuple[Caveat, ...]:
        given = [regions] if isinstance(regions, str) else regions
        places = {region.code for region in self.regions} if given is None else set(given)
        times = {period for item in items for period in item.periods} if periods is None else set(periods)
        return tuple(item.caveat for item in items if item.touches(places, times))
