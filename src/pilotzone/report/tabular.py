"""A table as it is, as a sheet: for tables whose cells need no words of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pilotzone.core import Table
from pilotzone.report.sheet import Cell, Column, Sheet, number

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["plain_sheet"]

_LARGE = 9999.5
"""From here on four digits would need an exponent."""


def plain_sheet(
    name: str,
    table: Table,
    blank: str = "",
    *,
    head: str | None = None,
    words: Mapping[str, str] | None = None,
) -> Sheet:
    """Return a table of plain cells as it is; rows without a head get one that a screen reader can read.

    Parameters
    ----------
    name, table
        Name of the sheet, and what is in it.
    blank
        What stands where a row has no head.
    head
        Column of the heads; the first one if left out or not there.
    words
        Column to what it is called for a reader, with its unit; others are called as they are.
    """
    at = list(table.columns).index(head) if head is not None and head in table.columns else 0
    columns = [list(cells) for cells in table.columns.values()]
    numeric = [all(cell is None or type(cell) in {int, float} for cell in cells) for cells in columns]
    rows = tuple(
        tuple(
            number(_told(cell), cell)  # type: ignore[arg-type]
            if one and cell is not None
            else Cell(str(cell) if cell not in {None, ""} else blank if k == at else "")
            for k, (cell, one) in enumerate(zip(row, numeric, strict=True))
        )
        for row in table.rows()
    )
    told = dict(zip(table.columns, table.heads(), strict=True)) | dict(words or {})
    heads = tuple(Column(told[key], numeric=one) for key, one in zip(table.columns, numeric, strict=True))
    return Sheet(name, table.title, heads, rows, table.note)


def _told(value: float) -> str:
    """Return a number as it is read: a large one without an exponent, a negative one with a minus sign."""
    style = "d" if isinstance(value, int) else ",.0f" if abs(value) >= _LARGE else ".4g"
    text = format(value, style)
    return f"\N{MINUS SIGN}{text[1:]}" if text.startswith("-") else text
