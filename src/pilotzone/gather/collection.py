"""Reading a collection of the bundled evidence: a data package with its tables, as the records of the catalogue."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from pilotzone.core import Break, Caveat, Licence, SeriesInfo, Source, listing
from pilotzone.gather.records import (
    Collection,
    Coverage,
    EvidenceBreak,
    EvidenceCaveat,
    EvidenceSeries,
    Geography,
    Region,
)
from pilotzone.gather.spans import spans
from pilotzone.store import read_csv

__all__ = ["BUNDLED", "COLLECTIONS", "Read", "licences_of", "read_collection", "read_package", "rows_of", "sources_of"]

BUNDLED = Path(__file__).parent / "bundled"
"""Folder of the evidence: a folder for each collection, the places and the shapes."""

COLLECTIONS = ("provinces", "cities", "states", "mapped")
"""Folders of the collections with series by region and year, in the order in which they are shown."""

_MOST = 12
"""Regions without figures are named up to this many."""


class Read(NamedTuple):
    """What a collection holds."""

    collection: Collection
    geography: Geography
    regions: tuple[Region, ...]
    series: tuple[EvidenceSeries, ...]
    caveats: tuple[EvidenceCaveat, ...]
    breaks: tuple[EvidenceBreak, ...]
    sources: Mapping[str, Source]


@lru_cache(maxsize=16)
def read_package(name: str) -> dict[str, Any]:
    """Return the description of a data package, as it stands in its ``datapackage.json``."""
    package: dict[str, Any] = json.loads((BUNDLED / name / "datapackage.json").read_text(encoding="utf-8"))
    return package


def rows_of(collection: str, resource: str) -> list[dict[str, str]]:
    """Return the rows of a table, each by column."""
    table = read_csv(BUNDLED / collection / f"{resource}.csv")
    return [dict(zip(table.header, row, strict=True)) for row in table.rows]


def sources_of(package: Mapping[str, Any]) -> dict[str, Source]:
    """Return the sources of a package by name."""
    return {item["name"]: Source(item["title"], item.get("path", "")) for item in package["sources"]}


def licences_of(package: Mapping[str, Any]) -> dict[str, Licence]:
    """Return the licences of a package by name."""
    return {
        item["name"]: Licence(item["name"], item["title"], item["text"], item.get("path", ""), item["stated"])
        for item in package["licenses"]
    }


@lru_cache(maxsize=16)
def read_collection(name: str) -> Read:
    """Return what a collection holds, the figures themselves excepted."""
    package = read_package(name)
    given = package["geography"]
    geography = Geography(given["name"], given["label"], given["one"], given["many"])
    sources, licences = sources_of(package), licences_of(package)
    caveats = tuple(_caveat(item) for item in package["caveats"])
    breaks = tuple(_break(item, sources) for item in sorted(package["breaks"], key=lambda item: item["first"]))
    tables = {item["name"]: item["path"] for item in package["resources"]}
    regions = tuple(_region(row, geography.name) for row in rows_of(name, "regions")) if "regions" in tables else ()
    names = {item.code: item.name for item in regions or _regions_elsewhere(name, geography.name)}
    make = _Series(name, geography.name, sources, licences, caveats, breaks, names)
    folder = BUNDLED / name
    return Read(
        Collection(
            name,
            package["title"],
            geography.name,
            MappingProxyType(licences),
            (folder / "datapackage.json", *(folder / path for path in tables.values())),
            bool(regions),
            package.get("notice", ""),
        ),
        geography,
        regions,
        tuple(make(item) for item in package["series"]),
        caveats,
        breaks,
        MappingProxyType(sources),
    )


def _regions_elsewhere(name: str, geography: str) -> tuple[Region, ...]:
    """Return the regions of a geography from another collection: figures under other terms have none of their own."""
    others = [other for other in COLLECTIONS if other != name and read_package(other)["geography"]["name"] == geography]
    return tuple(_region(row, geography) for row in rows_of(others[0], "regions")) if others else ()


class _Series(NamedTuple):
    """Makes series of their descriptions."""

    collection: str
    geography: str
    sources: Mapping[str, Source]
    licences: Mapping[str, Licence]
    caveats: tuple[EvidenceCaveat, ...]
    breaks: tuple[EvidenceBreak, ...]
    names: Mapping[str, str]

    def __call__(self, item: Mapping[str, Any]) -> EvidenceSeries:
        name = item["name"]
        info = SeriesInfo(
            name=name,
            label=item["label"],
            unit=item["unit"],
            sources=tuple(self.sources[key] for key in item["sources"]),
            caveats=tuple(entry.caveat for entry in self.caveats if name in entry.series),
            published_unit=item["published_unit"],
            precision=float(item["precision"]),
            licences=tuple(self.licences[key] for key in item["licenses"]),
            breaks=tuple(entry.found for entry in self.breaks if name in entry.series),
            vintage=item["vintage"],
            # Each region's index is 100 in the base period, whatever its level was: only changes mean something.
            free_level=item.get("index", "") == "fixed-base",
            index=item.get("index", ""),
            measures=item.get("measures", ""),
        )
        place = (self.collection, self.geography, item["resource"])
        return EvidenceSeries(info, item["definition"], *place, self._coverage(item["coverage"]))

    def _coverage(self, covered: Mapping[str, Any]) -> Coverage:
        counts = (covered["first"], covered["last"], covered["regions"], covered["figures"])
        if covered["gaps"] == "unbalanced":
            cells = (covered["last"] - covered["first"] + 1) * covered["regions"]
            return Coverage(*counts, (f"{cells - covered['figures']:,} of {cells:,} figures of these regions",))
        return Coverage(*counts, tuple(self._gap(gap) for gap in covered["gaps"]))

    def _gap(self, gap: Mapping[str, list[Any]]) -> str:
        names = [self.names.get(code, code) for code in gap.get("regions", ())]
        where = f"{len(names)} regions ({listing(names)})" if len(names) > _MOST else ", ".join(names) or "all regions"
        when = spans(gap["periods"]) if "periods" in gap else "all years"
        return f"{where}: {when}"


def _region(row: Mapping[str, str], geography: str) -> Region:
    names = (row["name_en"], row["name_iso"], row["name_zh"])
    return Region(row["region"], *names, row["kind"], geography, row["parent"], row["official_code"])


def _caveat(item: Mapping[str, Any]) -> EvidenceCaveat:
    words = {key: item.get(key, "") for key in ("brief", "remedy")}
    return EvidenceCaveat(
        caveat=Caveat(
            item["name"],
            item["text"],
            item["limits_verdict"],
            tuple(item.get("regions", ())),
            nominal=item.get("nominal", False),
            **words,
        ),
        series=tuple(item["series"]),
        periods=tuple(item.get("periods", ())),
        about=tuple(item.get("about", ())),
        origin=item["origin"],
    )


def _break(item: Mapping[str, Any], sources: Mapping[str, Source]) -> EvidenceBreak:
    return EvidenceBreak(
        Break(
            name=item["name"],
            kind=item["kind"],
            severity=item["severity"],
            first=item["first"],
            last=item["last"],
            text=item["text"],
            brief=item["brief"],
            regions=tuple(item.get("regions", ())),
            source=sources[item["source"]],
        ),
        tuple(item["series"]),
    )
