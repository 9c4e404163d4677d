"""The bundled evidence package: read once, handed out as it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import lru_cache
from itertools import groupby
from numbers import Integral
from types import MappingProxyType

from pilotzone.core import Panel, SeriesInfo, Source, UsageError, listing
from pilotzone.gather.catalogue import Evidence
from pilotzone.gather.collection import BUNDLED, COLLECTIONS, Read, read_collection, rows_of
from pilotzone.gather.policies import incentives, zones_as_policy
from pilotzone.gather.policy import Policy
from pilotzone.gather.records import Event, EvidenceSeries, Programme, Zone

__all__ = ["BUNDLED", "evidence_panel", "figures", "load_evidence"]

_TITLE = "Evidence on pilot zones"
_VERSION = "2026.12"
_ZONES = "provinces"
"""Collection in which zones, programmes, events and neighbours stand."""
_STATES = "states"
"""Collection in which incentives of states stand."""


@lru_cache(maxsize=1)
def load_evidence() -> Evidence:
    """Return the bundled evidence.

    Descriptions of the figures are read at once, the figures themselves on first use.

    Returns
    -------
    Evidence
        A frozen object, the same one on every call.

    Examples
    --------
    >>> evidence = load_evidence()
    >>> evidence.of("co2_t").info.unit, evidence.of("co2_t").coverage.last
    ('t', 2019)
    >>> [zone.date for zone in evidence.zones_in("CN-GZ")]
    ['2016-02']
    """
    read = [read_collection(name) for name in COLLECTIONS]
    sources = read_collection(_ZONES).sources
    zones = tuple(_zone(row, sources) for row in rows_of(_ZONES, "zones"))
    return Evidence(
        title=_TITLE,
        version=_VERSION,
        series=MappingProxyType({entry.info.name: entry for part in read for entry in part.series}),
        geographies=MappingProxyType({part.geography.name: part.geography for part in reversed(read)}),
        collections=MappingProxyType({part.collection.name: part.collection for part in read}),
        regions=tuple(region for part in read for region in part.regions),
        zones=zones,
        programmes=tuple(_programme(row, sources) for row in rows_of(_ZONES, "programmes")),
        events=tuple(
            Event(row["region"], row["first"], row["last"], row["event"], sources[row["source"]])
            for row in rows_of(_ZONES, "events")
        ),
        neighbours=MappingProxyType(
            {
                region: tuple(row["neighbour"] for row in rows)
                for region, rows in groupby(rows_of(_ZONES, "neighbours"), key=lambda row: row["region"])
            }
        ),
        caveats=tuple(item for part in read for item in part.caveats),
        breaks=tuple(item for part in read for item in part.breaks),
        policies=MappingProxyType({item.name: item for item in _policies(read, zones)}),
    )


def _policies(read: list[Read], zones: tuple[Zone, ...]) -> list[Policy]:
    by_name = {part.collection.name: part for part in read}
    found = []
    if _STATES in by_name:
        labels = {region.code: region.name for region in by_name[_STATES].regions}
        found.append(incentives(rows_of(_STATES, "incentives"), labels))
    return [*found, zones_as_policy(zones, by_name[_ZONES].regions)]


def evidence_panel(
    series: Iterable[str], *, regions: Iterable[str] | None = None, periods: Iterable[int] | None = None
) -> Panel:
    """Return series of the bundled evidence as a panel.

    A cell without a figure is NaN; nothing is filled in.

    Parameters
    ----------
    series
        Names of series. All must be of one geography: provinces, cities or states.
    regions
        Codes of regions of this geography. Default: all of them.
    periods
        Years within the range that the series cover together. Default: every year in which at least one series has a
        figure.

    Returns
    -------
    Panel
        N regions by T years per series. Each series has the caveats of these regions and years, and the breaks of these
        regions.

    Raises
    ------
    UsageError
        If a series or region is unknown or of another geography, the list of series is empty, or a year is out of
        range.

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
    geography = _geography(entries)
    places = _places(evidence, geography, regions)
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
        series={entry.info.name: _narrowed(evidence, entry.info, places, times) for entry in entries},
        labels={region.code: region.name for region in evidence.regions if region.code in row_of},
    )


def _geography(entries: list[EvidenceSeries]) -> str:
    found: dict[str, list[str]] = {}
    for entry in entries:
        found.setdefault(entry.geography, []).append(entry.info.name)
    if len(found) > 1:
        known = load_evidence().geographies
        told = listing([f"{known[name].many} ({listing(names, most=3)})" for name, names in found.items()])
        raise UsageError(f"the series are of different geographies: {told}.", allowed="series of one geography")
    return next(iter(found))


def _places(evidence: Evidence, geography: str, regions: Iterable[str] | None) -> list[str]:
    if regions is None:
        return [region.code for region in evidence.regions_of(geography)]
    found = [evidence.region(code) for code in _several(regions, "regions")]
    strange = [region for region in found if region.geography != geography]
    if strange:
        known = evidence.geographies
        raise UsageError(
            f"{strange[0].code} ({strange[0].name}) is one of the {known[strange[0].geography].many}, "
            f"and the series are of {known[geography].many}.",
            allowed=f"codes such as {listing([item.code for item in evidence.regions_of(geography)], most=5)}",
        )
    return sorted(region.code for region in found)


def figures(series: str) -> Mapping[tuple[str, int], float]:
    """Return the figures of a series by region and period, read-only.

    Raises
    ------
    UsageError
        If there is no such series.
    """
    entry = load_evidence().of(series)
    return MappingProxyType(_table(entry.collection, entry.resource)[series])


@lru_cache(maxsize=16)
def _table(collection: str, resource: str) -> dict[str, dict[tuple[str, int], float]]:
    table: dict[str, dict[tuple[str, int], float]] = {}
    for row in rows_of(collection, resource):
        table.setdefault(row["series"], {})[row["region"], int(row["period"])] = float(row["value"])
    return table


def _several(names: Iterable[str], what: str) -> list[str]:
    if isinstance(names, str):
        raise UsageError(f"{what} is the text {names!r}.", allowed="a list of names", todo=f"write [{names!r}]")
    if not isinstance(names, Iterable):
        raise UsageError(f"{what} is {names!r}.", allowed="a list of names")
    unique = list(dict.fromkeys(names))
    if not unique:
        raise UsageError(f"no {what} asked for.", allowed="a list of one or more names")
    return unique


def _times(entries: list[EvidenceSeries], periods: Iterable[int] | None) -> tuple[int, ...]:
    known = sorted({period for entry in entries for _, period in figures(entry.info.name)})
    if periods is None:
        return tuple(known)
    asked: object = periods
    if not isinstance(asked, Iterable) or isinstance(asked, str):
        raise UsageError(
            f"periods is {asked!r}.", allowed="a list of years, or a range", todo="write [2010] or range(2010, 2020)"
        )
    given = list(periods)
    odd = [period for period in given if not _is_whole(period)]
    if odd:
        raise UsageError(f"{listing(odd)} is not a year.", allowed="whole numbers, such as 2010")
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


def _narrowed(evidence: Evidence, info: SeriesInfo, regions: list[str], periods: tuple[int, ...]) -> SeriesInfo:
    return replace(
        info,
        caveats=evidence.caveats_on(info.name, regions=regions, periods=periods),
        breaks=evidence.breaks_in(info.name, regions=regions),
    )


def _zone(row: dict[str, str], sources: Mapping[str, Source]) -> Zone:
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


def _programme(row: dict[str, str], sources: Mapping[str, Source]) -> Programme:
    return Programme(
        programme=row["programme"],
        name=row["name"],
        region=row["region"],
        start=int(row["start"]),
        end=int(row["end"]) if row["end"] else None,
        source=sources[row["source"]],
    )
