"""The bundled evidence package: read once, handed out as it is."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import lru_cache
from itertools import groupby
from numbers import Integral
from pathlib import Path
from types import MappingProxyType
from typing import Any

from pilotzone.core import Caveat, Panel, SeriesInfo, Source, UsageError, listing
from pilotzone.gather.catalogue import (
    Coverage,
    Event,
    Evidence,
    EvidenceCaveat,
    EvidenceSeries,
    Programme,
    Region,
    Zone,
)
from pilotzone.store import read_csv

__all__ = ["BUNDLED", "evidence_panel", "figures", "load_evidence"]

BUNDLED = Path(__file__).parent / "bundled"
"""Folder of the package: ``datapackage.json``, the tables and the shapes."""


@lru_cache(maxsize=1)
def load_evidence() -> Evidence:
    """Return the bundled evidence.

    What is known about the figures is read at once, the figures themselves when they are asked for.

    Returns
    -------
    Evidence
        Frozen; the same object on every call.

    Examples
    --------
    >>> evidence = load_evidence()
    >>> evidence.of("co2_t").info.unit, evidence.of("co2_t").coverage.last
    ('t', 2019)
    >>> [zone.date for zone in evidence.zones_in("CN-GZ")]
    ['2016-02']
    """
    package = json.loads((BUNDLED / "datapackage.json").read_text(encoding="utf-8"))
    sources = {item["name"]: Source(item["title"], item.get("path", "")) for item in package["sources"]}
    caveats = tuple(_caveat(item) for item in package["caveats"])
    regions = tuple(
        Region(row["region"], row["name_en"], row["name_iso"], row["name_zh"], row["kind"]) for row in _rows("regions")
    )
    names = {region.code: region.name for region in regions}
    return Evidence(
        title=package["title"],
        version=package["version"],
        series=MappingProxyType({item["name"]: _series(item, sources, caveats, names) for item in package["series"]}),
        regions=regions,
        zones=tuple(_zone(row, sources) for row in _rows("zones")),
        programmes=tuple(_programme(row, sources) for row in _rows("programmes")),
        events=tuple(
            Event(row["region"], row["first"], row["last"], row["event"], sources[row["source"]])
            for row in _rows("events")
        ),
        neighbours=MappingProxyType(
            {
                region: tuple(row["neighbour"] for row in rows)
                for region, rows in groupby(_rows("neighbours"), key=lambda row: row["region"])
            }
        ),
        caveats=caveats,
        files=(BUNDLED / "datapackage.json", *(BUNDLED / item["path"] for item in package["resources"])),
    )


def evidence_panel(
    series: Iterable[str], *, regions: Iterable[str] | None = None, periods: Iterable[int] | None = None
) -> Panel:
    """Return series of the bundled evidence as a panel.

    Missing stays missing: a cell without a figure is NaN.

    Parameters
    ----------
    series
        Names of series.
    regions
        ISO 3166-2 codes; all regions if left out.
    periods
        Years, inside what the series cover together; left out, every year for which one of them has a figure.

    Returns
    -------
    Panel
        N regions by T years per series. Each series carries the caveats that touch these regions and years.

    Raises
    ------
    UsageError
        If a series or region is unknown, if none is asked for, or if a year lies outside.

    Examples
    --------
    >>> panel = evidence_panel(["population"], regions=["CN-GZ"], periods=[2010, 2011])
    >>> panel.matrix("population").tolist()
    [[34790000.0, 35300000.0]]
    """
    import numpy as np

    evidence = load_evidence()
    names = _several(series, "series")
    entries = [evidence.of(name) for name in names]
    places = (
        [region.code for region in evidence.regions]
        if regions is None
        else sorted(evidence.region(code).code for code in _several(regions, "regions"))
    )
    times = _times(entries, periods)
    row_of, column_of = ({key: k for k, key in enumerate(keys)} for keys in (places, times))
    values = {name: np.full((len(places), len(times)), np.nan) for name in names}
    for name in names:
        for (region, period), value in figures(name).items():
            if region in row_of and period in column_of:
                values[name][row_of[region], column_of[period]] = value
    return Panel(
        units=tuple(places),
        periods=times,
        values=values,
        series={entry.info.name: _with_caveats(evidence, entry.info, places, times) for entry in entries},
        labels={region.code: region.name for region in evidence.regions if region.code in row_of},
    )


def figures(series: str) -> Mapping[tuple[str, int], float]:
    """Return the figures of a series by region and period, read-only.

    Raises
    ------
    UsageError
        If there is no such series.
    """
    return MappingProxyType(_table(load_evidence().of(series).resource)[series])


@lru_cache(maxsize=8)
def _table(resource: str) -> dict[str, dict[tuple[str, int], float]]:
    table: dict[str, dict[tuple[str, int], float]] = {}
    for row in _rows(resource):
        table.setdefault(row["series"], {})[row["region"], int(row["period"])] = float(row["value"])
    return table


def _rows(resource: str) -> list[dict[str, str]]:
    table = read_csv(BUNDLED / f"{resource}.csv")
    return [dict(zip(table.header, row, strict=True)) for row in table.rows]


def _several(names: Iterable[str], what: str) -> list[str]:
    if isinstance(names, str):
        raise UsageError(f"{what} is the text {names!r}.", allowed="a list of names", todo=f"write [{names!r}]")
    unique = list(dict.fromkeys(names))
    if not unique:
        raise UsageError(f"no {what} asked for.", allowed="a list of one or more names")
    return unique


def _times(entries: list[EvidenceSeries], periods: Iterable[int] | None) -> tuple[int, ...]:
    known = sorted({period for entry in entries for _, period in figures(entry.info.name)})
    if periods is None:
        return tuple(known)
    given = list(periods)
    odd = [period for period in given if not _is_whole(period)]
    if odd:
        raise UsageError(f"{listing(odd)} is no year.", allowed="whole numbers, such as 2010")
    wanted = sorted({int(period) for period in given})
    outside = [period for period in wanted if not known[0] <= period <= known[-1]]
    if outside or not wanted:
        raise UsageError(
            f"there are no figures for {listing(outside)}." if wanted else "no periods asked for.",
            allowed=f"years from {known[0]} to {known[-1]}",
        )
    return tuple(wanted)


def _is_whole(value: object) -> bool:
    return isinstance(value, Integral) and not isinstance(value, bool)


def _with_caveats(evidence: Evidence, info: SeriesInfo, regions: list[str], periods: tuple[int, ...]) -> SeriesInfo:
    return replace(info, caveats=evidence.caveats_on(info.name, regions=regions, periods=periods))


def _caveat(item: dict[str, Any]) -> EvidenceCaveat:
    return EvidenceCaveat(
        caveat=Caveat(
            item["name"],
            item["text"],
            item["limits_verdict"],
            tuple(item.get("regions", ())),
            item.get("brief", ""),
        ),
        series=tuple(item["series"]),
        periods=tuple(item.get("periods", ())),
        about=tuple(item.get("about", ())),
        origin=item["origin"],
    )


def _series(
    item: dict[str, Any], sources: dict[str, Source], caveats: tuple[EvidenceCaveat, ...], names: dict[str, str]
) -> EvidenceSeries:
    info = SeriesInfo(
        name=item["name"],
        label=item["label"],
        unit=item["unit"],
        sources=tuple(sources[name] for name in item["sources"]),
        caveats=tuple(entry.caveat for entry in caveats if item["name"] in entry.series),
        published_unit=item["published_unit"],
        precision=float(item["precision"]),
    )
    covered = item["coverage"]
    gaps = tuple(_gap(gap, names) for gap in covered["gaps"])
    coverage = Coverage(covered["first"], covered["last"], covered["regions"], covered["figures"], gaps)
    return EvidenceSeries(info, item["definition"], item["resource"], coverage)


def _gap(gap: dict[str, list[Any]], names: dict[str, str]) -> str:
    where = ", ".join(names[code] for code in gap["regions"]) if "regions" in gap else "all regions"
    when = ", ".join(str(period) for period in gap["periods"]) if "periods" in gap else "all years"
    return f"{where}: {when}"


def _zone(row: dict[str, str], sources: dict[str, Source]) -> Zone:
    return Zone(
        zone=row["zone"],
        name=row["name"],
        region=row["region"],
        date=row["date"],
        batch=int(row["batch"]),
        whole=row["extent"] == "whole",
        part=row["part"],
        source=sources[row["source"]],
    )


def _programme(row: dict[str, str], sources: dict[str, Source]) -> Programme:
    return Programme(
        programme=row["programme"],
        name=row["name"],
        region=row["region"],
        start=int(row["start"]),
        end=int(row["end"]) if row["end"] else None,
        source=sources[row["source"]],
    )
