"""``pilotzone evidence``: what the bundled evidence holds, at a glance or series by series."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from pilotzone.cli.completion import complete_series

if TYPE_CHECKING:
    from pilotzone.core import Cell, Table
    from pilotzone.gather import EvidenceOverview, SeriesDescription

__all__ = ["evidence"]


def evidence(
    series: Annotated[
        str | None,
        typer.Argument(metavar="SERIES", help="One series; without it all of them.", autocompletion=complete_series),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print it as JSON, by region and by period.")] = False,
) -> None:
    """Show what is known: series, sources, caveats and gaps.

    All of the bundled evidence at a glance, or one series in full: definition, unit, sources, coverage, what is
    missing and what is wrong with it.
    """
    from pilotzone.cli.screen import print_json
    from pilotzone.gather import describe_evidence, describe_series

    if series is None:
        overview = describe_evidence()
        if json:
            print_json(_overview_record(overview))
        else:
            _print_overview(overview)
        return
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
        "caveats": overview.caveats.records(),
    }


def _series_record(name: str, described: SeriesDescription) -> dict[str, object]:
    return {
        "series": name,
        "summary": {str(what): value for what, value in described.summary.rows()},
        "sources": described.sources.records(),
        "regions": described.regions.records(),
        "periods": described.periods.records(),
        "caveats": described.caveats.records(),
    }


def _print_overview(overview: EvidenceOverview) -> None:
    from pilotzone.cli.screen import print_table, print_text

    print_text(f"{overview.title} (version {overview.version})", style="bold")
    print_text()
    print_table(
        ("series", "what", "unit", "periods", "regions", "caveats"),
        [
            (row["series"], row["label"], row["unit"], _span(row["first"], row["last"]), row["regions"], row["caveats"])
            for row in overview.series.records()
        ],
        right=("regions", "caveats"),
        whole=("series", "unit", "periods"),
    )
    _print_known(overview.zones, ("region", "name", "date", "extent"))
    _print_known(overview.programmes, ("region", "name", "start", "end"))
    _print_known(overview.events, ("region", "first", "last", "event"))
    _print_caveats(overview.caveats)
    print_text()
    print_text("One series with its sources, caveats and gaps: pilotzone evidence SERIES")


def _print_known(table: Table, shown: tuple[str, ...]) -> None:
    """Print some columns of a table, and beneath it each source once."""
    from pilotzone.cli.screen import print_table, print_text

    print_text()
    print_text(table.title, style="bold")
    records = table.records()
    print_table(shown, [[row[name] for name in shown] for row in records], whole=shown[:1])
    for source in dict.fromkeys(str(row["source"]) for row in records):
        print_text(f"Source: {source}", hanging="  ")


def _print_caveats(caveats: Table) -> None:
    from pilotzone.cli.screen import print_text

    if not len(caveats):
        return
    print_text()
    print_text(caveats.title, style="bold")
    for row in caveats.records():
        about = [str(row[name]) for name in ("regions", "periods") if row.get(name, "all") != "all"]
        where = f" [{'; '.join(about)}]" if about else ""
        limits = " Limits a verdict." if row["limits_verdict"] else ""
        print_text(f"- {row['text']}{where}{limits}", hanging="  ")


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
    print_table(("regions", "periods", "own gaps", "which"), _alike(described.regions), whole=("periods",))
    _print_caveats(described.caveats)


def _alike(regions: Table) -> list[tuple[Cell, ...]]:
    """Group regions that have figures for the same periods: most of them do."""
    groups: dict[tuple[Cell, Cell, Cell], list[str]] = {}
    for row in regions.records():
        key = (row["first"], row["last"], row["missing"] or "none")
        groups.setdefault(key, []).append(str(row["name"]))
    largest_first = sorted(groups.items(), key=lambda item: -len(item[1]))
    return [
        (len(names), _span(first, last), missing, ", ".join(names)) for (first, last, missing), names in largest_first
    ]


def _span(first: Cell, last: Cell) -> str:
    return "none" if first is None else f"{first}-{last}"
