"""From cells to numbers, units and periods: what may stand in a cell, and what is said where something else does."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import TYPE_CHECKING

from pilotzone.core import (
    MISSING_WORDS,
    DataError,
    Frequency,
    as_period,
    frequency_of,
    listing,
    read_period,
    settled_periods,
)
from pilotzone.gather.columns import NumberColumn, RawTable, RefusedColumn, TextColumn, code
from pilotzone.gather.labels import check_figures, check_periods, label_units

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = [
    "cell_fault",
    "check_no_dates",
    "check_variants",
    "looks_like_date",
    "numbers",
    "period_of",
    "periods",
    "spelled_alike",
    "units",
]

_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_INFINITE = re.compile(r"[+-]?(?:inf|infinity|∞)", re.IGNORECASE)
_WHOLE = re.compile(r"[+-]?[0-9]{1,9}(?:\.0*)?")
_DATE = re.compile(
    r"\d{1,4}[-/]\d{1,2}([-/]\d{1,4})?([ T].*)?"  # 2016-02, 1/2/2016, 2016-02-01T00:00
    r"|\d{1,4}\.\d{1,2}\.\d{1,4}"  # 01.02.2016
    r"|\d{4}\s?[-/]?\s?[qhm]\d{1,2}|[qhm]\d{1,2}\s?[-/]?\s?\d{4}"  # 2016Q1
    r"|\d{2,4}年.*"
    r"|(\d{1,4}\W+)?(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\W+\d[\d\W]*",
    re.IGNORECASE,
)
# Longer texts are not numbers or dates with something wrong about them; they are not searched for what that may be.
_LONGEST = 40
# What a text that is not a number may be, and what to do about it; nothing is converted by guess. First match holds.
_HINTS = (
    (
        re.compile(r"[+-]?\d{1,3}([,\s'\u2019]\d{3})+(\.\d+)?"),
        "take out the marks between thousands; in a workbook they may stay: name the mark, such as thousands = ','",
    ),
    (re.compile(r"[+-]?(\d+|\d{1,3}(\.\d{3})+),\d+"), "write a point, not a comma, as decimal mark"),
    (re.compile(r"[+-]?[\d.,]+\s*%"), "take out the percent sign and give the unit as percent"),
    (
        re.compile(r"\D{0,4}[+-]?[\d.,]+\s*\D{0,12}"),
        "take units, signs and notes out of the cells; the unit is given once for the column",
    ),
)
_BLANK = " \t"
# Periods that read as YYYYMMDD and YYYYMM are dates in disguise: differences between them are not numbers of periods.
_EARLIEST, _LATEST = 1800, 2200
_MOST = 1e9
_MONTHS, _DAYS = 12, 31

_NUMBERS_ALLOWED = "digits with a point as decimal mark, such as 1234.5 or 1.2e3; an empty cell is a missing value"
_PERIODS_ALLOWED = (
    "years (2016), quarters (2016Q1), months (2016-03), ISO weeks (2016-W05), days (2016-03-01), or whole numbers; all "
    "of one kind"
)
_PERIODS_TODO = "write the periods in one of these ways; a bare number is a year, or counts periods through"
_PLAIN: set[Frequency] = {"year", "number"}


def numbers(table: RawTable, name: str) -> NDArray[np.float64]:
    """Return the numbers of a column, NaN where a cell is empty.

    Raises
    ------
    DataError
        If the column holds something else, text that is not a number, or infinities; rows are named.
    """
    import numpy as np

    column = table.usable(name, what="values")
    if isinstance(column, TextColumn):
        values = np.full(len(column.cells), np.nan)
        wrong: list[int] = []
        for k, cell in enumerate(column.cells):
            text = cell.strip(_BLANK)
            if _NUMBER.fullmatch(text):
                values[k] = float(text)
            elif _INFINITE.fullmatch(text):
                values[k] = np.inf
            elif text:
                wrong.append(k)
        if wrong:
            raise _no_numbers(table, name, column.cells, wrong)
    else:
        values = column.values
        if column.labels:
            check_figures(table, name, _codes(column), column.labels)
    infinite = np.flatnonzero(np.isinf(values))
    if infinite.size:
        raise DataError(
            f"{table.source}: column {name!r} is infinite {table.at(infinite.tolist(), name)}.",
            allowed="finite numbers; an empty cell is a missing value",
            todo="look for a division by zero where the figure was made",
        )
    return values


def cell_fault(cell: str) -> str:
    """Return what to do about a cell that is to hold a number and cannot be read as one; empty where it can.

    Examples
    --------
    >>> cell_fault("12.5"), cell_fault(""), cell_fault("n/a")
    ('', '', 'this is not a number: leave a cell empty where a value is missing')
    """
    text = cell.strip(_BLANK)
    if not text or _NUMBER.fullmatch(text):
        return ""
    if _INFINITE.fullmatch(text):
        return "this is infinite: look for a division by zero where the figure was made"
    return f"this is not a number: {_hint(text)}"


def units(table: RawTable, name: str) -> list[str]:
    """Return the unit of every row.

    Raises
    ------
    DataError
        If a cell is empty or surrounded by blanks, if codes are fractions, or if two units differ only in case,
        blanks or the form of their letters.
    """
    column = table.usable(name, what="units")
    if isinstance(column, NumberColumn):
        wrong = [k for k, value in enumerate(column.values.tolist()) if value == value and not value.is_integer()]  # noqa: PLR0124
        if wrong:
            raise DataError(
                f"{table.source}: column {name!r} has units that are not whole numbers ({table.places(wrong, name)}).",
                allowed="names or codes",
                todo="check that this is the column that says which unit a row belongs to",
            )
        cells = _codes(column)
    else:
        cells = list(column.cells)
    if column.labels:
        cells = label_units(cells, column.labels, spelled_alike)
    _check_filled(table, name, cells)
    check_variants(table, f"column {name!r}", cells, name)
    return cells


def periods(table: RawTable, name: str) -> list[int]:
    """Return the period of every row.

    Raises
    ------
    DataError
        If a cell is empty or not a period, or if periods are of different kinds.
    """
    import numpy as np

    column = table.column(name)
    if isinstance(column, RefusedColumn) and column.cells:
        return _spelled_periods(table, name, column.cells)
    if isinstance(column, RefusedColumn) and column.dates:
        where = f" ({table.places(column.rows, name)})" if column.rows else ""
        raise DataError(
            f"{table.source}: column {name!r} holds {column.what}{where}.", allowed=_PERIODS_ALLOWED, todo=column.todo
        )
    column = table.usable(name, what="periods")
    if column.labels:
        check_periods(table, name, _codes(column), column.labels)
    if isinstance(column, TextColumn):
        return _spelled_periods(table, name, [cell.strip(_BLANK) for cell in column.cells])
    values = column.values
    _check_filled(table, name, ["" if value != value else "x" for value in values.tolist()])  # noqa: PLR0124
    beyond = (np.abs(values) >= _MOST) | (values != np.round(values))
    if beyond.any():
        rows = np.flatnonzero(beyond).tolist()
        raise _no_periods(table, name, [f"{value:.12g}" for value in values.tolist()], rows)
    found = [int(value) for value in values.tolist()]
    check_no_dates(f"{table.source}: column {name!r}", found)
    return found


def _spelled_periods(table: RawTable, name: str, cells: Sequence[str]) -> list[int]:
    """Return the periods that texts spell, all of one kind."""
    _check_filled(table, name, cells)
    known = {cell: period_of(cell) for cell in dict.fromkeys(cells)}
    wrong = [k for k, cell in enumerate(cells) if known[cell] is None]
    if wrong:
        raise _no_periods(table, name, cells, wrong)
    found = [known[cell] for cell in cells]
    periods = [period for period in found if period is not None]
    kinds = [frequency_of([period]) for period in periods]
    first = {kind: kinds.index(kind) for kind in kinds}
    if len({kind for kind in first if kind not in _PLAIN} | ({"number"} if _PLAIN & set(first) else set())) > 1:
        shown = listing([f"{_short(cells[k])} ({table.place(k, name)})" for k in first.values()])
        raise DataError(
            f"{table.source}: column {name!r} has periods of different kinds: {shown}.",
            allowed=_PERIODS_ALLOWED,
            todo="write all of them in one way",
        )
    check_no_dates(f"{table.source}: column {name!r}", periods)
    return list(settled_periods(periods))


def period_of(text: str) -> int | None:
    """Return the period that a text spells, ``None`` if it spells none."""
    plain = text.strip(_BLANK)
    if _WHOLE.fullmatch(plain):
        return int(plain.split(".")[0])
    try:
        frequency, number = read_period(plain)
    except DataError:
        return None
    return as_period(frequency, number)


def looks_like_date(text: str) -> bool:
    """Whether a text reads as a date, a month, a quarter or a year with words."""
    return len(text) <= _LONGEST and _DATE.fullmatch(text.strip()) is not None


def check_no_dates(where: str, found: Sequence[int]) -> None:
    """Refuse plain numbers that all read as YYYYMMDD or YYYYMM.

    Raises
    ------
    DataError
        Starting with the words `where`.
    """
    if found and frequency_of(found) == "number" and (all(map(_is_day, found)) or all(map(_is_month, found))):
        raise DataError(
            f"{where} has dates written as numbers, such as {found[0]}.", allowed=_PERIODS_ALLOWED, todo=_PERIODS_TODO
        )


def spelled_alike(text: str) -> str:
    r"""Return what is left of a name when case, blanks and forms of letters do not count.

    Examples
    --------
    >>> spelled_alike("CN-GZ") == spelled_alike("\uff23\uff4e-gz ")
    True
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    # Cf: zero-width marks that no reader sees.
    return "".join(sign for sign in folded if not sign.isspace() and unicodedata.category(sign) != "Cf")


def check_variants(table: RawTable, what: str, cells: Sequence[str], column: str | None = None) -> None:
    """Refuse names that differ only in case, blanks or the form of their letters.

    Raises
    ------
    DataError
        Naming the variants and where each stands first.
    """
    first: dict[str, int] = {}
    for k, cell in enumerate(cells):
        first.setdefault(cell, k)
    groups: dict[str, list[str]] = {}
    for cell in first:
        groups.setdefault(spelled_alike(cell), []).append(cell)
    twins = [
        " and ".join(f"{_short(cell)} ({table.place(first[cell], column)})" for cell in group)
        for group in groups.values()
        if len(group) > 1
    ]
    if twins:
        raise DataError(
            f"{table.source}: {what} writes the same name in different ways: {listing(twins, most=3)}.",
            allowed="one spelling per name; capitals, blanks and full-width letters count",
            todo="choose one spelling and use it throughout",
        )
    odd = [k for cell, k in first.items() if cell != cell.strip() or _has_controls(cell)]
    if odd:
        shown = listing([f"{_short(cells[k])} ({table.place(k, column)})" for k in odd])
        raise DataError(
            f"{table.source}: {what} has names with blanks around them, or line ends or the like in them: {shown}.",
            allowed="names without blanks before or after them and without control characters",
            todo="take them off",
        )


def _codes(column: NumberColumn | TextColumn) -> list[str]:
    if isinstance(column, TextColumn):
        return list(column.cells)
    return ["" if value != value else code(value) for value in column.values.tolist()]  # noqa: PLR0124


def _has_controls(cell: str) -> bool:
    return any(unicodedata.category(sign) == "Cc" for sign in cell)


def _check_filled(table: RawTable, name: str, cells: Sequence[str]) -> None:
    empty = [k for k, cell in enumerate(cells) if not cell.strip()]
    if empty:
        raise DataError(
            f"{table.source}: column {name!r} is empty {table.at(empty, name)}.",
            allowed="a value on every row: it says which unit or period the row belongs to",
            todo="fill it in, or take out rows that hold no data",
        )


def _no_numbers(table: RawTable, name: str, cells: Sequence[str], wrong: list[int]) -> DataError:
    shown = listing([f"{_short(cells[k])} ({table.place(k, name)})" for k in wrong])
    hints = list(dict.fromkeys(_hint(cells[k].strip(_BLANK)) for k in wrong[:1000]))
    return DataError(
        f"{table.source}: column {name!r} has text where numbers belong: {shown}.",
        allowed=_NUMBERS_ALLOWED,
        todo="; ".join(hints[:3]),
    )


def _short(cell: str) -> str:
    return repr(cell if len(cell) <= _LONGEST else cell[:_LONGEST] + "...")


def _hint(text: str) -> str:
    if text.casefold() in MISSING_WORDS:
        return "leave a cell empty where a value is missing"
    plain = unicodedata.normalize("NFKC", text).replace("\N{MINUS SIGN}", "-")
    if plain != text and _NUMBER.fullmatch(plain):
        return "write digits and signs in their plain (half-width) form"
    hints = [advice for pattern, advice in _HINTS if len(plain) <= _LONGEST and pattern.fullmatch(plain)]
    return hints[0] if hints else "check that this is a column of numbers, and leave it out if not"


def _no_periods(table: RawTable, name: str, cells: Sequence[str], wrong: list[int]) -> DataError:
    shown = listing([f"{_short(cells[k])} ({table.place(k, name)})" for k in wrong])
    dates = any(looks_like_date(cells[k]) for k in wrong[:1000])
    what = "dates in a way that is not read" if dates else "cells that are not periods"
    return DataError(
        f"{table.source}: column {name!r} has {what}: {shown}.", allowed=_PERIODS_ALLOWED, todo=_PERIODS_TODO
    )


def _is_day(number: int) -> bool:
    year, rest = divmod(number, 10_000)
    return _EARLIEST <= year <= _LATEST and 1 <= rest // 100 <= _MONTHS and 1 <= rest % 100 <= _DAYS


def _is_month(number: int) -> bool:
    year, month = divmod(number, 100)
    return _EARLIEST <= year <= _LATEST and 1 <= month <= _MONTHS
