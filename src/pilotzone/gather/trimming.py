"""What is taken off a table before it is read: notes below it, marks between thousands, other decimal marks."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import replace

from pilotzone.core import DataError, UsageError, listing, shown
from pilotzone.gather.columns import RawTable, TextColumn

__all__ = ["plain_numbers", "without_notes"]

_LONGEST_NOTE = 60
_THOUSANDS = (",", ".", " ", "'", "\u00a0", "\u202f", "\u2019")
_POINTED = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")


def without_notes(
    source: str, rows: Sequence[Sequence[object]], places: Sequence[int], word: str
) -> tuple[int, tuple[str, ...]]:
    """Return how many rows belong to a table, and a sentence on the notes below it.

    A row is a note where it stands below the last row with more than one filled cell, and has one filled cell, with
    text. So a last region without any figure is left out as well, and named.

    Parameters
    ----------
    source
        What the table is called.
    rows
        Cells below the header.
    places, word
        Number of each row in the file, and what it counts.
    """
    filled = [[cell for cell in row if cell is not None and str(cell).strip()] for row in rows]
    last = max((k for k, cells in enumerate(filled) if len(cells) > 1), default=-1)
    below = [(k, cells[0]) for k, cells in enumerate(filled) if k > last and cells]
    if last < 0 or not below or not all(isinstance(cell, str) for _, cell in below):
        return len(rows), ()
    said = listing([f"{shown(str(cell)[:_LONGEST_NOTE])} ({word} {places[k]})" for k, cell in below], most=3)
    what = "one row below the table is left out as a note"
    if len(below) > 1:
        what = f"{len(below)} rows below the table are left out as notes"
    return last + 1, (f"{source}: {what}: {said}.",)


def plain_numbers(table: RawTable, thousands: str | None, decimal: str, keys: Collection[str]) -> RawTable:
    """Return a table in whose text numbers have a point before decimals, and no marks between thousands.

    Columns of keys stay as they are. A number that is not in the form that is said is refused.

    Raises
    ------
    UsageError
        If the marks are not possible.
    DataError
        If a cell reads as a number in another form.
    """
    if thousands is None and decimal == ".":
        return table
    if decimal not in {".", ","} or thousands == decimal or (thousands is not None and thousands not in _THOUSANDS):
        raise UsageError(
            f"the marks in numbers are {shown(thousands)} between thousands and {shown(decimal)} before decimals.",
            allowed="'.' or ',' before decimals; ',', '.', a blank or an apostrophe between thousands; two that differ",
        )
    mark = "" if thousands is None else re.escape(thousands)
    whole = rf"[0-9]{{1,3}}(?:{mark}[0-9]{{3}})+|[0-9]+" if mark else "[0-9]+"
    form = re.compile(rf"[+-]?(?:{whole})?(?:{re.escape(decimal)}[0-9]*)?(?:[eE][+-]?[0-9]+)?")
    columns = []
    for name, column in zip(table.names, table.columns, strict=True):
        if not isinstance(column, TextColumn) or name in keys:
            columns.append(column)
            continue
        texts = [cell.strip() for cell in column.cells]
        odd = [k for k, text in enumerate(texts) if text and _POINTED.fullmatch(text) and not form.fullmatch(text)]
        if odd:
            raise DataError(
                f"{table.source}: column {name!r} holds {shown(texts[odd[0]])} ({table.place(odd[0], name)}), and the"
                f" decimal mark is {decimal!r}.",
                allowed=f"numbers with {decimal!r} before decimals"
                + (f" and {thousands!r} between thousands" if thousands else ""),
            )
        columns.append(replace(column, cells=[_plain(text, form, thousands, decimal) for text in texts]))
    return replace(table, columns=tuple(columns))


def _plain(text: str, form: re.Pattern[str], thousands: str | None, decimal: str) -> str:
    if not text or not form.fullmatch(text):
        return text
    return (text.replace(thousands, "") if thousands else text).replace(decimal, ".")
