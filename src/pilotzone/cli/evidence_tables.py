"""Tables on places and campuses on the terminal: all at a glance, and one with columns, sources, terms and caveats."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pilotzone.core import Table
    from pilotzone.gather import TableDescription

__all__ = ["print_tables", "show_table"]


def print_tables(tables: Table) -> None:
    """Print what tables there are."""
    from pilotzone.cli.screen import print_table, print_text

    print_text()
    print_text(tables.title, style="bold")
    shown = ("table", "package", "rows", "caveats")
    rows = [[*(row[name] for name in shown), row["title"]] for row in tables.records()]
    print_table((*shown, "what"), rows, right=("rows", "caveats"), whole=shown, remark="what")


def show_table(name: str, *, json: bool) -> None:
    """Print one table: what it is, its columns, sources, caveats and terms; as JSON with all of its rows."""
    from pilotzone.cli.screen import print_json
    from pilotzone.gather import describe_table

    described = describe_table(name)
    if json:
        print_json(_record(name, described))
    else:
        _print(described)


def _record(name: str, described: TableDescription) -> dict[str, object]:
    return {
        "table": name,
        "summary": {str(what): value for what, value in described.summary.rows()},
        "columns": described.columns.records(),
        "sources": described.sources.records(),
        "caveats": described.caveats.records(),
        "licences": described.licences.records(),
        "rows": described.rows().records(),
    }


def _print(described: TableDescription) -> None:
    from pilotzone.cli.screen import print_table, print_text
    from pilotzone.cli.terms import print_caveats, print_terms

    print_text(described.summary.title, style="bold")
    for what, value in described.summary.rows():
        print_text(f"{what}: {value}", indent="  ", hanging="    ")
    print_text()
    print_text(described.columns.title, style="bold")
    shown = ("column", "unit", "filled", "least", "greatest")
    rows = [[*(row[name] for name in shown), row["title"]] for row in described.columns.records()]
    print_table((*shown, "what"), rows, right=shown[2:], whole=shown, remark="what")
    print_text()
    print_text(described.sources.title, style="bold")
    for title, address in described.sources.rows():
        print_text(f"- {title}{f'. {address}' if address else ''}", hanging="  ")
    print_caveats(described.caveats)
    print_terms(described.licences)
    print_text()
    print_text(f"All rows: pilotzone evidence {described.summary.title} --json", hanging="  ")
