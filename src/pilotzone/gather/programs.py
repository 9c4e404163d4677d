"""Tables as other programs keep them: sheets of a workbook with their addresses, Stata and SPSS with their labels."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from pilotzone.core import DataError, Frequency, listing, period_label
from pilotzone.gather.columns import Column, NumberColumn, RawTable, RefusedColumn, TextColumn, code
from pilotzone.gather.objects import DATES, kind_of, object_column
from pilotzone.store import LabelledTable, OddCell, Sheet

__all__ = ["labelled_table", "sheet_table"]

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


def sheet_table(sheet: Sheet, keys: Sequence[str]) -> RawTable:
    """Return the table that stands in a sheet.

    The header is the first row that holds the names of all key columns, so that titles may stand above it.

    Raises
    ------
    DataError
        If the sheet is empty, or the header is merged, or holds errors or results that are not there.
    """
    source = f"{sheet.path.name!r}, sheet {sheet.name!r}"
    if not sheet.rows:
        raise DataError(f"{source} is empty.", allowed="a row with column names and at least one row of figures")
    top = _header(sheet, keys)
    odd = [(k, cell) for k, cell in enumerate(sheet.rows[top]) if isinstance(cell, OddCell)]
    if odd:
        places = listing([f"{sheet.letters[k]}{sheet.numbers[top]}" for k, _ in odd])
        what, todo = _ODD[odd[0][1].kind]
        raise DataError(
            f"{source}: the header holds {what} ({places}).", allowed="one row of names, one cell for each", todo=todo
        )
    names = [_heading(cell) for cell in sheet.rows[top]]
    body = sheet.rows[top + 1 :]
    kept = [k for k, name in enumerate(names) if name or any(row[k] is not None for row in body)]
    return RawTable(
        source=source,
        names=tuple(names[k] for k in kept),
        columns=tuple(_sheet_column([row[k] for row in body]) for k in kept),
        rows=sheet.numbers[top + 1 :],
        word="row",
        letters=tuple(sheet.letters[k] for k in kept),
    )


def _header(sheet: Sheet, keys: Sequence[str]) -> int:
    """Return the position of the header; where no row has all keys, of the row that has most names."""
    rows = [[_heading(cell) for cell in row] for row in sheet.rows[:_DEEPEST]]
    for k, names in enumerate(rows):
        if set(keys) <= set(names):
            return k
    filled = [sum(isinstance(cell, str) for cell in row) for row in sheet.rows[:_DEEPEST]]
    return filled.index(max(filled))


def _heading(cell: object) -> str:
    if isinstance(cell, OddCell):
        return _heading(cell.value)
    if cell is None:
        return ""
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
    stata = _STATA_DATE.fullmatch(form)
    letter = (stata[1] or "d") if stata else ""
    refused = RefusedColumn(f"{counts} (format {form})", _STATA_TODO.get(letter, DATES.todo), dates=True)
    if letter not in _STATA_PERIODS:
        return refused
    frequency, first, one = _STATA_PERIODS[letter]
    cells = [None if cell is None else float(cell) / one for cell in table.columns[name]]
    odd = [k for k, cell in enumerate(cells) if cell is not None and not cell.is_integer()]
    if odd:
        return replace(refused, what=f"{refused.what}, some of them fractions", rows=tuple(odd))
    labels = ["" if cell is None else period_label(frequency, first + int(cell)) for cell in cells]
    return replace(refused, cells=labels)


def _counted(form: str) -> str:
    """Return what a format of dates counts, an empty text for others: years are whole numbers as they are."""
    stata = _STATA_DATE.fullmatch(form)
    if stata:
        return f"dates: {_STATA_COUNTS[stata[1]]} counted from 1960"
    return "dates or times" if _SPSS_DATE.fullmatch(form) else ""
