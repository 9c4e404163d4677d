"""What is known, as tables to print: all of the evidence at a glance, and one series in full."""

from __future__ import annotations

from dataclasses import dataclass

from pilotzone.core import Break, Table, span_text
from pilotzone.gather.catalogue import Evidence
from pilotzone.gather.describe_tables import tables_overview
from pilotzone.gather.evidence import figures, load_evidence
from pilotzone.gather.records import EvidenceCaveat, EvidenceSeries
from pilotzone.gather.spans import spans

__all__ = ["EvidenceOverview", "SeriesDescription", "describe_evidence", "describe_series"]


@dataclass(frozen=True)
class EvidenceOverview:
    """The evidence at a glance.

    Attributes
    ----------
    title, version
        Title and version of the package.
    series
        One row per series: name, label, unit, geography, first and last period, number of regions, of figures, of
        caveats and of breaks, licence, vintage.
    zones
        One row per zone and region: zone, region, name, date, batch, extent, source.
    programmes
        Other programmes in a zone's region: programme, region, name, start, end, source.
    events
        What came before a zone in its region: region, first, last, event, source.
    treatments
        Programmes that can be studied as treatments: name, title, geography, number of instruments, of regions that
        have some, of regions without, and of regions always exempt.
    tables
        One row per table on places and campuses: name, package, title, number of rows and of caveats, licence, vintage.
    caveats
        Caveats that are not about a series: name, about, regions, whether a verdict has to say so, text.
    licences
        On what terms the figures may be used, one row per collection and licence: collection, licence, title, whether
        terms are stated, text, address, and what has to be said wherever the collection is passed on.
    """

    title: str
    version: str
    series: Table
    zones: Table
    programmes: Table
    events: Table
    treatments: Table
    tables: Table
    caveats: Table
    licences: Table


@dataclass(frozen=True)
class SeriesDescription:
    """One series in full.

    Attributes
    ----------
    entry
        Name, label, unit, sources, definition, coverage.
    summary
        Two columns, what and value, for what is known about the series.
    sources
        Title and address of each source.
    regions
        One row per region: code, name, first and last period with a figure, number of figures, missing periods.
    periods
        One row per period between the first and the last: number of regions with a figure, regions without one.
    caveats
        Name, text, regions, periods, whether a verdict has to say so, and who says so.
    licences
        Name, title, terms and address of each licence.
    breaks
        Name, when, kind, severity, regions, text and source of each break, in order of time.
    """

    entry: EvidenceSeries
    summary: Table
    sources: Table
    regions: Table
    periods: Table
    caveats: Table
    licences: Table
    breaks: Table


def describe_evidence() -> EvidenceOverview:
    """Return what the bundled evidence holds.

    Examples
    --------
    >>> describe_evidence().series.records()[0]["series"]
    'gdp_nominal_cny'
    """
    evidence = load_evidence()
    return EvidenceOverview(
        title=evidence.title,
        version=evidence.version,
        series=evidence.to_table(),
        zones=Table.from_rows(
            ("zone", "region", "name", "date", "batch", "extent", "source"),
            [
                (z.zone, z.region, z.name, z.date, z.batch, "whole region" if z.whole else z.part, z.source.title)
                for z in evidence.zones
            ],
            title="Pilot zones",
        ),
        programmes=Table.from_rows(
            ("programme", "region", "name", "start", "end", "source"),
            [(p.programme, p.region, p.name, p.start, p.end, p.source.title) for p in evidence.programmes],
            title="Other programmes",
        ),
        events=Table.from_rows(
            ("region", "first", "last", "event", "source"),
            [(e.region, e.first, e.last, e.event, e.source.title) for e in evidence.events],
            title="What came before",
        ),
        treatments=Table.from_rows(
            ("programme", "title", "geography", "instruments", "regions", "without", "exempt"),
            [
                (
                    item.name,
                    item.title,
                    item.geography,
                    len(item.instruments),
                    len({each.region for each in item.instruments}),
                    len(item.without),
                    len(item.exempt),
                )
                for item in evidence.policies.values()
            ],
            title="Programmes as treatments",
        ),
        tables=tables_overview(),
        caveats=Table.from_rows(
            ("name", "about", "regions", "limits_verdict", "text"),
            [
                (
                    item.caveat.name,
                    ", ".join(item.about),
                    ", ".join(item.caveat.regions) or "all",
                    item.caveat.limits_verdict,
                    item.caveat.text,
                )
                for item in evidence.caveats
                if item.about
            ],
            title="Caveats about zones, programmes, neighbours, incentives, names and positions",
        ),
        licences=Table.from_rows(
            ("collection", "licence", "title", "stated", "text", "address", "notice"),
            [
                (part.title, item.name, item.title, item.stated, item.text, item.url, part.notice)
                for part in evidence.collections.values()
                for item in part.licences.values()
            ],
            title="Licences",
        ),
    )


def describe_series(name: str) -> SeriesDescription:
    """Return all that is known about one series.

    Parameters
    ----------
    name
        Name of a series.

    Raises
    ------
    UsageError
        If there is no such series (with the closest name).

    Examples
    --------
    >>> describe_series("co2_t").regions.records()[-1]["name"]
    'Zhejiang'
    """
    evidence = load_evidence()
    entry = evidence.of(name)
    info = entry.info
    return SeriesDescription(
        entry=entry,
        summary=_summary(entry),
        sources=Table.from_rows(
            ("source", "address"), [(source.title, source.url) for source in info.sources], title="Sources"
        ),
        regions=_by_region(evidence, name),
        periods=_by_period(evidence, entry),
        caveats=Table.from_rows(
            ("name", "text", "regions", "periods", "limits_verdict", "origin"),
            [_caveat_row(item) for item in evidence.caveats if name in item.series],
            title="Caveats",
        ),
        licences=Table.from_rows(
            ("licence", "title", "text", "address"),
            [(item.name, item.title, item.text, item.url) for item in info.licences],
            title="Licences",
        ),
        breaks=Table.from_rows(
            ("name", "when", "kind", "severity", "regions", "text", "source"),
            [_break_row(item) for item in info.breaks],
            title="Breaks",
        ),
    )


def _summary(entry: EvidenceSeries) -> Table:
    info, covered = entry.info, entry.coverage
    years = f"{covered.first}" if covered.first == covered.last else f"{covered.first} to {covered.last}"
    times = sorted({period for _, period in figures(info.name)})
    if len(times) <= covered.last - covered.first:
        years = f"{spans(times)} ({len(times)} years)"
    notice = load_evidence().collections[entry.collection].notice
    rows = [
        ("what", info.label),
        ("definition", entry.definition),
        ("unit", info.unit),
        ("published in", info.published_unit),
        ("last digit", f"{info.precision:g}" if info.unit == "1" else f"{info.precision:g} {info.unit}"),
        ("vintage", info.vintage),
        ("coverage", f"{years}, {covered.regions} regions, {covered.figures} figures"),
        ("missing", "; ".join(covered.gaps) or "nothing in that span"),
        *([("notice", notice)] if notice else []),
    ]
    return Table.from_rows(("what", "value"), rows, title=info.name)


def _by_region(evidence: Evidence, name: str) -> Table:
    known = figures(name)
    times = sorted({period for _, period in known})
    rows: list[tuple[str | int | None, ...]] = []
    for region in evidence.regions_of(evidence.of(name).geography):
        here = [period for period in times if (region.code, period) in known]
        missing = [period for period in times if (region.code, period) not in known]
        rows.append(
            (
                region.code,
                region.name,
                here[0] if here else None,
                here[-1] if here else None,
                len(here),
                spans(missing),
            )
        )
    return Table.from_rows(("region", "name", "first", "last", "figures", "missing"), rows, title="By region")


def _by_period(evidence: Evidence, entry: EvidenceSeries) -> Table:
    known = figures(entry.info.name)
    rows: list[tuple[int, int, str]] = []
    regions = evidence.regions_of(entry.geography)
    for period in range(entry.coverage.first, entry.coverage.last + 1):
        without = [region.name for region in regions if (region.code, period) not in known]
        count = len(regions) - len(without)
        rows.append((period, count, ", ".join(without) if count else "all"))
    return Table.from_rows(("period", "regions", "without"), rows, title="By period")


def _caveat_row(item: EvidenceCaveat) -> tuple[str | bool, ...]:
    caveat = item.caveat
    return (
        caveat.name,
        caveat.text,
        ", ".join(caveat.regions) or "all",
        spans(item.periods) or "all",
        caveat.limits_verdict,
        item.origin,
    )


def _break_row(item: Break) -> tuple[str, ...]:
    when = span_text(item.first, item.last)
    regions = ", ".join(item.regions) or "all"
    return (item.name, when, item.kind, item.severity, regions, item.text, item.source.title if item.source else "")
