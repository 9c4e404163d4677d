"""Tables as other programs keep them: sheets of a workbook with their addresses, Stata and SPSS with their labels."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from pilotzone.core import DataError, Frequency, listing, period_label
from pilotzone.gather.columns import Column, NumberColumn, RawTable, RefusedColumn, TextColumn, code
from pilotzone.gather.objects import DATES, kind_of, object_column
from pilotzone.gather.trimming import without_notes
from pilotzone.store import LabelledTable, OddCell, Sheet

__all__ = ["labelled_table", "sheet_table", "stata_periods"]

_DEEPEST = 100
"""Rows of a sheet within which its header is looked for."""
_ODD = {
    "error": ("errors of formulas", "mend the formula, or empty the cell if the value is missing"),
    "formula": (
        "formulas whose results are not in the file",
        "open the workbook in a spreadsheet program and save it: it then holds results as well",
    ),
    "merged": ("merged cells", "unmerge them and fill in every cell"),
    "scaled": (
        "numbers that are shown in percent or thousands, and are stored as something else",
        "give the cells a plain number format, and the unit of measure that fits what they then show",
    ),
}
"""What is said of cells that hold no value to be taken as it stands: what they are, and what to do."""

_STATA_DATE = re.compile(r"%-?(?:t([cCdwmqhb])|d).*")
_STATA_COUNTS = {
    "c": "times", "C": "times", "d": "days", "w": "weeks", "m": "months", "q": "quarters", "h": "half-years",
    "b": "business days", None: "days",
}  # fmt: skip
_STATA_PERIODS: dict[str, tuple[Frequency, int, int]] = {
    "d": ("day", 715_510, 1), "c": ("day", 715_510, 86_400_000), "m": ("month", 12 * 1960, 1),
    "q": ("quarter", 4 * 1960, 1),
}  # fmt: skip
"""What Stata counts, the number here of its zero, and how much of it is one: days are those from 1960-01-01."""
_STATA_TODO = {
    "w": "Stata's weeks begin on 1 January and are 52 in every year, so that the last has eight or nine days. Make the"
    " days of them (dofw), or ISO weeks as text such as 2016-W05",
    "h": "make months or years of them (mofd(dofh(t)), yofd(dofh(t)))",
    "b": "make days of them (dofb)",
    "C": "make days of them (dofC)",
}
_SPSS_DATE = re.compile(
    r"(?:A?DATE|EDATE|JDATE|SDATE|QYR|MOYR|WKYR|WKDAY|MONTH|D?TIME|DATETIME|MTIME|YMDHMS)[0-9.]*", re.IGNORECASE
)


def sheet_table(sheet: Sheet, keys: Sequence[str], header: int | None = None) -> RawTable:
    """Return the table that stands in a sheet.

    The header is the first row that holds the names of all key columns, so that titles may stand above it. Where these
    names run over several rows in merged cells, it is the last of these rows.

    Parameters
    ----------
    sheet
        The cells.
    keys
        Columns by whose names the header is known.
    header
        Row of the sheet with the names; looked for if left out.

    Raises
    ------
    DataError
        If the sheet is empty, or the header is merged, or holds errors or results that are not there.
    """
    source = f"{sheet.path.name!r}, sheet {sheet.name!r}"
    if not sheet.rows:
        raise DataError(f"{source} is empty.", allowed="a row with column names and at least one row of figures")
    top = _header(sheet, keys) if header is None else _named_header(sheet, header, source)
    odd = [
        (k, cell) for k, cell in enumerate(sheet.rows[top]) if isinstance(cell, OddCell) and not _names_one_column(cell)
    ]
    if odd:
        places = listing([f"{sheet.letters[k]}{sheet.numbers[top]}" for k, _ in odd])
        what, todo = _ODD[odd[0][1].kind]
        if odd[0][1].kind == "merged":
            todo = (
                "unmerge them; or, where the names of the columns stand in another row, say which: header = ROW in"
                " [data] or [panel], form=TableForm(header=ROW) in Python"
            )
        raise DataError(
            f"{source}: the header holds {what} ({places}).", allowed="one row of names, one cell for each", todo=todo
        )
    names = [_heading(cell) for cell in sheet.rows[top]]
    count, told = without_notes(source, sheet.rows[top + 1 :], sheet.numbers[top + 1 :], "row")
    body = sheet.rows[top + 1 : top + 1 + count]
    kept = [k for k, name in enumerate(names) if name or any(row[k] is not None for row in body)]
    return RawTable(
        source=source,
        names=tuple(names[k] for k in kept),
        columns=tuple(_sheet_column([row[k] for row in body]) for k in kept),
        rows=sheet.numbers[top + 1 : top + 1 + count],
        word="row",
        letters=tuple(sheet.letters[k] for k in kept),
        told=told,
    )


def _header(sheet: Sheet, keys: Sequence[str]) -> int:
    """Return the position of the header; where no row has all keys, of the row that has most names."""
    rows = [[_heading(cell) for cell in row] for row in sheet.rows[:_DEEPEST]]
    for k, names in enumerate(rows):
        if set(keys) <= set(names):
            at = [names.index(key) for key in keys]
            below = k
            while at and below + 1 < len(rows) and _runs_on(sheet, below, at):
                below += 1
            return below
    filled = [sum(isinstance(cell, str) for cell in row) for row in sheet.rows[:_DEEPEST]]
    return filled.index(max(filled))


def _runs_on(sheet: Sheet, row: int, columns: Sequence[int]) -> bool:
    """Whether the merged cells of these columns reach into the next row as well."""
    pairs = [(sheet.rows[row][k], sheet.rows[row + 1][k]) for k in columns]
    return all(
        isinstance(one, OddCell) and isinstance(other, OddCell) and one.kind == "merged" and one.shown == other.shown
        for one, other in pairs
    )


def _names_one_column(cell: OddCell) -> bool:
    """Whether merged cells are of one column, and so give it one name."""
    first, _, last = cell.shown.partition(":")
    return cell.kind == "merged" and first.rstrip("0123456789") == last.rstrip("0123456789")


def _named_header(sheet: Sheet, header: int, source: str) -> int:
    if header not in sheet.numbers:
        raise DataError(
            f"{source}: the header is said to be row {header}, which is empty.",
            allowed=f"the number of a row with names, from {sheet.numbers[0]} to {sheet.numbers[-1]}",
        )
    return sheet.numbers.index(header)


def _heading(cell: object) -> str:
    if isinstance(cell, OddCell):
        return _heading(cell.value)
    if cell is None:
        return ""
    if isinstance(cell, dt.datetime) and cell.time() == dt.time():
        return str(cell.date())
    return code(cell) if isinstance(cell, float) else str(cell)


def _sheet_column(cells: Sequence[object]) -> Column:
    odd = [(k, cell) for k, cell in enumerate(cells) if isinstance(cell, OddCell)]
    if odd:
        kind = odd[0][1].kind
        example = f", such as {odd[0][1].shown}" if kind in {"error", "merged"} else ""
        what, todo = _ODD[kind]
        return RefusedColumn(what + example, todo, tuple(k for k, cell in odd if cell.kind == kind))
    kinds = [kind_of(cell) for cell in cells]
    if set(kinds) - {"missing"} == {"number", "text"}:
        # Numbers stored as text are numbers, as they are in CSV; and so is their absence text.
        plain = object_column([None if isinstance(cell, str) else cell for cell in cells])
        if isinstance(plain, RefusedColumn):
            return plain
        return TextColumn(["" if cell is None else _heading(cell) for cell in cells])
    column = object_column(cells)
    if isinstance(column, RefusedColumn) and not column.rows:
        return replace(column, rows=tuple(k for k, kind in enumerate(kinds) if kind != "missing"))
    return column


def labelled_table(table: LabelledTable) -> RawTable:
    """Return the table of a Stata or SPSS file, with the labels of variables and values."""
    count = len(next(iter(table.columns.values()), ()))
    return RawTable(
        source=repr(table.path.name),
        names=tuple(table.columns),
        columns=tuple(_labelled_column(table, name) for name in table.columns),
        rows=range(1, count + 1),
        word="row",
        labels={name: text for name, label in table.labels.items() if (text := " ".join(label.split()))},
    )


def _labelled_column(table: LabelledTable, name: str) -> Column:
    counts = _counted(table.formats.get(name, ""))
    if counts:
        return _stata_dates(table, name, counts)
    given = table.value_labels.get(name, {})
    labels = {code(value) if isinstance(value, float | int) else value: label for value, label in given.items()}
    column = object_column(table.columns[name])
    return replace(column, labels=labels) if isinstance(column, NumberColumn | TextColumn) else column


def _stata_dates(table: LabelledTable, name: str, counts: str) -> Column:
    """Return a column of dates: as text where they are days, months or quarters, or times that are all midnight."""
    form = table.formats[name]
    known = stata_periods(form)
    refused = RefusedColumn(f"{counts} (format {form})", DATES.todo, dates=True)
    if known is None or isinstance(known, RefusedColumn):
        return known or refused
    odd: list[int] = []
    labels: list[str] = []
    for k, cell in enumerate(table.columns[name]):
        try:
            labels.append(known(cell) or "")
        except DataError:
            odd.append(k)
    if odd:
        return replace(refused, what=f"{refused.what}, some of them fractions", rows=tuple(odd))
    return replace(refused, cells=labels)


def stata_periods(form: str) -> Callable[[object], str | None] | RefusedColumn | None:
    """Return what makes periods of cells in a format of dates.

    ``None`` where the format is not one of dates; a refused column where such dates are not periods.
    """
    counts = _counted(form)
    if not counts:
        return None
    stata = _STATA_DATE.fullmatch(form)
    letter = (stata[1] or "d") if stata else ""
    if letter not in _STATA_PERIODS:
        return RefusedColumn(f"{counts} (format {form})", _STATA_TODO.get(letter, DATES.todo), dates=True)
    frequency, first, one = _STATA_PERIODS[letter]

    def text(cell: Any) -> str | None:  # noqa: ANN401 - a number, or none
        if cell is None:
            return None
        count = float(cell) / one
        if not count.is_integer():
            raise DataError(
                f"a variable in the format {form} holds {cell}, which is not a whole {frequency}.",
                todo="make a date of it (dofc in Stata)",
            )
        return period_label(frequency, first + int(count))

    return text


def _counted(form: str) -> str:
    """Return what a format of dates counts, an empty text for others: years are whole numbers as they are."""
    stata = _STATA_DATE.fullmatch(form)
    if stata:
        return f"dates: {_STATA_COUNTS[stata[1]]} counted from 1960"
    return "dates or times" if _SPSS_DATE.fullmatch(form) else ""
