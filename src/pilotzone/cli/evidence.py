"""``pilotzone evidence``: what the bundled evidence holds, at a glance or series by series."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from pilotzone.cli.completion import complete_series
from pilotzone.cli.terms import listed, print_caveats, print_terms

if TYPE_CHECKING:
    from pilotzone.core import Cell, Table
    from pilotzone.gather import EvidenceOverview, SeriesDescription

__all__ = ["evidence"]

_FEW = 60
"""A geography of this many regions has all of them named."""
_MOST = 12
"""Most lines of a large table, and most groups of regions, that are printed at once."""


def evidence(
    series: Annotated[
        str | None,
        typer.Argument(
            metavar="NAME",
            help="One series, one table, or one programme with its instruments; without it all of them.",
            autocompletion=complete_series,
        ),
    ] = None,
    json: Annotated[
        bool, typer.Option("--json", help="Print it as JSON: a series by region and period, a table by rows.")
    ] = False,
) -> None:
    """Show what is known: series, sources, caveats and gaps.

    All of the bundled evidence at a glance, or one series in full: definition, unit, sources, terms of use, coverage,
    what is missing, where it breaks and what is wrong with it. Or one programme in full: its instruments by region,
    with law, dates, reach and confidence. Or one table on places or campuses: its columns and units, sources, terms of
    use and caveats.
    """
    from pilotzone.cli.evidence_tables import show_table
    from pilotzone.cli.programme import show_programme
    from pilotzone.cli.screen import print_json
    from pilotzone.core import UsageError, unknown
    from pilotzone.gather import describe_evidence, describe_series, load_evidence, table_titles

    if series is None:
        overview = describe_evidence()
        if json:
            print_json(_overview_record(overview))
        else:
            _print_overview(overview)
        return
    known = load_evidence()
    if series in known.policies:
        show_programme(known.policies[series], json=json)
        return
    if series in table_titles():
        show_table(series, json=json)
        return
    if series not in known.series:
        names = [*known.series, *known.policies, *table_titles()]
        raise unknown("series, table or programme", series, names, of="the evidence", error=UsageError)
    described = describe_series(series)
    if json:
        print_json(_series_record(series, described))
    else:
        _print_series(described)


def _overview_record(overview: EvidenceOverview) -> dict[str, object]:
    return {
        "title": overview.title,
        "version": overview.version,
        "series": overview.series.records(),
        "zones": overview.zones.records(),
        "programmes": overview.programmes.records(),
        "events": overview.events.records(),
        "treatments": overview.treatments.records(),
        "tables": overview.tables.records(),
        "caveats": overview.caveats.records(),
        "licences": overview.licences.records(),
    }


def _series_record(name: str, described: SeriesDescription) -> dict[str, object]:
    return {
        "series": name,
        "summary": {str(what): value for what, value in described.summary.rows()},
        "sources": described.sources.records(),
        "regions": described.regions.records(),
        "periods": described.periods.records(),
        "breaks": described.breaks.records(),
        "caveats": described.caveats.records(),
        "licences": described.licences.records(),
    }


def _print_overview(overview: EvidenceOverview) -> None:
    from pilotzone.cli.evidence_tables import print_tables
    from pilotzone.cli.screen import print_table, print_text

    print_text(f"{overview.title} (version {overview.version})", style="bold")
    for geography, records in _by_geography(overview.series).items():
        print_text()
        print_text(geography, style="bold")
        print_table(
            ("series", "unit", "periods", "regions", "what"),
            [
                (row["series"], row["unit"], _span(row["first"], row["last"]), row["regions"], row["label"])
                for row in records
            ],
            right=("regions",),
            whole=("series", "unit", "periods"),
            remark="what",
        )
    _print_known(overview.zones, ("region", "name", "date", "extent"))
    _print_known(overview.programmes, ("region", "name", "start", "end"))
    _print_known(overview.events, ("region", "first", "last", "event"))
    _print_treatments(overview.treatments)
    print_tables(overview.tables)
    print_caveats(overview.caveats)
    _print_licences(overview.licences)
    print_text()
    print_text("One series with its sources, terms, breaks, caveats and gaps: pilotzone evidence SERIES")
    print_text("One programme with its instruments: pilotzone evidence PROGRAMME")
    print_text("One table with its columns, sources, terms and caveats: pilotzone evidence TABLE")


def _print_treatments(treatments: Table) -> None:
    from pilotzone.cli.screen import print_table, print_text

    print_text()
    print_text(treatments.title, style="bold")
    figures = ("instruments", "regions", "without", "exempt")
    shown = ("programme", *figures)
    rows = [[row[name] for name in shown] for row in treatments.records()]
    print_table(shown, rows, right=figures, whole=shown)


def _by_geography(series: Table) -> dict[str, list[dict[str, Cell]]]:
    """Group the series by what their regions are called together."""
    from pilotzone.gather import load_evidence

    known = load_evidence().geographies
    groups: dict[str, list[dict[str, Cell]]] = {}
    for row in series.records():
        groups.setdefault(known[str(row["geography"])].label, []).append(row)
    return groups


def _print_licences(licences: Table) -> None:
    from pilotzone.cli.screen import print_text

    print_text()
    print_text(licences.title, style="bold")
    for row in licences.records():
        address = f" {row['address']}" if row["address"] else ""
        print_text(f"- {row['collection']}: {row['title']}. {row['text']}{address}", hanging="  ")
    for notice in dict.fromkeys(str(row["notice"]) for row in licences.records() if row["notice"]):
        print_text(f"Notice: {notice}", hanging="  ")


def _print_known(table: Table, shown: tuple[str, ...]) -> None:
    """Print some columns of a table, and beneath it each source once."""
    from pilotzone.cli.screen import print_table, print_text

    print_text()
    print_text(table.title, style="bold")
    records = table.records()
    print_table(shown, [[row[name] for name in shown] for row in records], whole=shown[:1])
    for source in dict.fromkeys(str(row["source"]) for row in records):
        print_text(f"Source: {source}", hanging="  ")


def _print_series(described: SeriesDescription) -> None:
    from pilotzone.cli.screen import print_table, print_text

    print_text(described.summary.title, style="bold")
    for what, value in described.summary.rows():
        print_text(f"{what}: {value}", indent="  ", hanging="    ")
    print_text()
    print_text(described.sources.title, style="bold")
    for title, address in described.sources.rows():
        print_text(f"- {title}{f'. {address}' if address else ''}", hanging="  ")
    print_text()
    print_text(described.regions.title, style="bold")
    print_table(
        ("regions", "periods", "own gaps", "which"), _alike(described), whole=("periods",) if _whole(described) else ()
    )
    if len(described.regions) > _FEW:
        print_text(f"Every region by itself: pilotzone evidence {described.summary.title} --json", hanging="  ")
    _print_breaks(described.breaks)
    print_caveats(described.caveats)
    print_terms(described.licences)


def _print_breaks(breaks: Table) -> None:
    from pilotzone.cli.screen import print_text

    if not len(breaks):
        return
    print_text()
    print_text(breaks.title, style="bold")
    for row in breaks.records():
        where = "" if row["regions"] == "all" else f" [{listed(row['regions'])}]"
        told = f"- {row['when']}, {row['severity']} ({row['kind']}, {row['name']}): {row['text']}{where}"
        print_text(f"{told} Source: {row['source']}.", hanging="  ")


def _years(described: SeriesDescription) -> list[int]:
    """Return the years in which some region has a figure."""
    return [int(str(row["period"])) for row in described.periods.records() if row["regions"]]


def _whole(described: SeriesDescription) -> bool:
    """Whether there is a figure in every year of the span."""
    return len(_years(described)) == len(described.periods)


def _alike(described: SeriesDescription) -> list[tuple[Cell, ...]]:
    """Group regions that have figures for the same periods: most of them do. Years that stand alone are listed."""
    from pilotzone.core import listing

    regions, years = described.regions, _years(described)
    whole = _whole(described)
    most = len(regions) if len(regions) <= _FEW else _MOST
    groups: dict[tuple[Cell, Cell, Cell], list[str]] = {}
    for row in regions.records():
        key = (row["first"], row["last"], row["missing"] or "none")
        groups.setdefault(key, []).append(str(row["name"]))
    largest_first = sorted(groups.items(), key=lambda item: -len(item[1]))
    shown = largest_first if len(regions) <= _FEW or len(groups) <= _MOST + 1 else largest_first[:_MOST]
    rest = [name for _, names in largest_first[len(shown) :] for name in names]
    left: list[tuple[Cell, ...]] = [(len(rest), "various", "various", listing(rest, most=most))] if rest else []
    return [
        (
            len(names),
            _span(first, last) if whole or first is None else _listed_years(years, first, last),
            missing,
            listing(names, most=most),
        )
        for (first, last, missing), names in shown
    ] + left


def _listed_years(years: list[int], first: Cell, last: Cell) -> str:
    return ", ".join(str(year) for year in years if int(str(first)) <= year <= int(str(last)))


def _span(first: Cell, last: Cell) -> str:
    from pilotzone.core import span_text

    if first is None:
        return "none"
    return span_text(first, last)
