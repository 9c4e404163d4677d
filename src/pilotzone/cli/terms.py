"""What is wrong with figures, and on what terms they may be used, on the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pilotzone.core import Cell, Table

__all__ = ["listed", "print_caveats", "print_terms"]

_MOST = 12
"""Most codes that are named in brackets."""


def print_caveats(caveats: Table) -> None:
    """Print the caveats with what they concern; nothing where there are none."""
    from pilotzone.cli.screen import print_text

    if not len(caveats):
        return
    print_text()
    print_text(caveats.title, style="bold")
    for row in caveats.records():
        about = [listed(row[name]) for name in ("regions", "periods") if row.get(name, "all") != "all"]
        where = f" [{'; '.join(about)}]" if about else ""
        limits = " Limits a verdict." if row["limits_verdict"] else ""
        print_text(f"- {row['text']}{where}{limits}", hanging="  ")


def print_terms(licences: Table) -> None:
    """Print the terms of one series or table."""
    from pilotzone.cli.screen import print_text

    print_text()
    print_text(licences.title, style="bold")
    for row in licences.records():
        address = f" {row['address']}" if row["address"] else ""
        print_text(f"- {row['title']}. {row['text']}{address}", hanging="  ")


def listed(cell: Cell) -> str:
    """Return a list in words, shortened."""
    from pilotzone.core import listing

    return listing(str(cell).split(", "), most=_MOST)
