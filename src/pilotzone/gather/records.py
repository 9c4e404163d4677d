"""What the bundled evidence is made of, as frozen records: collections, series, regions, zones, caveats, breaks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pilotzone.core import Break, Brief, Caveat, Licence, SeriesInfo, Source

__all__ = [
    "Collection",
    "Coverage",
    "Event",
    "EvidenceBreak",
    "EvidenceCaveat",
    "EvidenceSeries",
    "Geography",
    "Programme",
    "Region",
    "Zone",
]


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
class EvidenceSeries(Brief):
    """One series of the evidence.

    Attributes
    ----------
    info
        Name, label, unit, sources, licences, vintage, and all caveats and breaks on the series.
    definition
        What is measured, in a sentence.
    collection
        Name of the collection it belongs to.
    geography
        Name of the geography whose regions it has figures for.
    resource
        Name of the collection's table that holds the figures.
    coverage
        Periods and regions with figures.
    """

    info: SeriesInfo
    definition: str
    collection: str
    geography: str
    resource: str
    coverage: Coverage


@dataclass(frozen=True)
class Geography:
    """Regions that make up a country at one level.

    Attributes
    ----------
    name
        Such as ``cn-province``.
    label
        Words for all of them.
    one, many
        Words for one region, and for several.
    """

    name: str
    label: str
    one: str
    many: str


@dataclass(frozen=True)
class Collection:
    """One data package of the evidence: tables that came together, with the licences they came under.

    Attributes
    ----------
    name, title
        Name and title of the collection.
    geography
        Whose regions its series are about.
    licences
        Licences by name.
    files
        Description and tables, for the audit trail; the description comes first.
    has_regions
        Whether the geography's regions stand in it.
    notice
        What has to be said wherever the collection is passed on, or empty.
    """

    name: str
    title: str
    geography: str
    licences: Mapping[str, Licence]
    files: tuple[Path, ...] = field(repr=False)
    has_regions: bool = True
    notice: str = ""


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
class EvidenceBreak:
    """A break with the series that it is in."""

    found: Break
    series: tuple[str, ...]


@dataclass(frozen=True)
class Region:
    """A region by its code: ISO 3166-2 for provinces and states, ``CN-`` and GB/T 2260 for cities.

    Attributes
    ----------
    code
        Unique within the evidence.
    name
        In English.
    iso_name
        As ISO 3166-2 has it; empty for cities.
    name_zh
        In Chinese; empty outside China.
    kind
        Such as ``province`` or ``state``.
    geography
        Name of the geography it belongs to.
    parent
        Code of the region it lies in; empty where there is none.
    official
        The country's own code: GB/T 2260, FIPS.
    """

    code: str
    name: str
    iso_name: str
    name_zh: str
    kind: str
    geography: str = ""
    parent: str = ""
    official: str = ""


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
