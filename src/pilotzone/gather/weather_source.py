"""Lines, cells and numbers of a weather file: what is wrong is told by its line."""

from __future__ import annotations

import csv
import re
from contextlib import suppress
from typing import TYPE_CHECKING, NoReturn

import numpy as np

from pilotzone.core import DataError
from pilotzone.gather.weather_text import decoded, lines_of, named

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["WORDS", "Numbered", "Row", "Source", "check_widths", "columns", "find_columns", "measured", "placed"]

Row = list[str]
Numbered = list[tuple[int, Row]]

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
_PLAIN = re.compile(r"[-+0-9.eE ]+")
_MOST_LINES = 600_000
_LONGEST = 32
"""Letters of a number."""
_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_WHOLE = re.compile(r"\d{1,4}(\.0*)?", re.ASCII)
WORDS = {"temp_c": "dry bulb", "rel_humidity": "relative humidity", "pressure_pa": "pressure"}
"""Quantities in words."""


class Source:
    """A file's text.

    Attributes
    ----------
    name
        Name of the file.
    text, lines
        All of it, and line by line.
    """

    def __init__(self, name: str, content: bytes, *, called: bool) -> None:
        """Read bytes; where its user calls the place by a name, names that cannot be read are left out."""
        self.name, self._called = name, called
        self.text, self._told = decoded(name, content)
        self.lines = lines_of(self.text)
        if len(self.lines) > _MOST_LINES:
            raise DataError(
                f"{name} has {len(self.lines):,} lines.",
                allowed=f"up to {_MOST_LINES:,}, more than a year of minutes",
                todo="take a file of hours",
            )

    def named(self, text: str, country: str = "") -> str:
        """Return the name of a place, in the encoding of its country if the file does not say in which it is."""
        if self._told:
            return " ".join(text.split())
        try:
            return named(self.name, text, country)
        except DataError:
            if self._called:
                return ""
            raise

    def refuse(self, line: int, what: str, allowed: str, todo: str | None = None) -> NoReturn:
        """Raise about a line, from 1."""
        raise DataError(f"{self.name}, line {line:,}: {what}.", allowed=allowed, todo=todo)

    def row(self, line: int) -> Row:
        """Return the cells of a line, from 1, with quotes taken off; none where there is nothing."""
        return next((row for _, row in self.rows(line, line)), [])

    def rows(self, first: int, last: int | None = None) -> Numbered:
        """Return the cells of lines that are not empty, each with its number."""
        found = []
        for line, text in enumerate(self.lines[first - 1 : last], start=first):
            if '"' in text:
                try:
                    found.append((line, next(csv.reader([text], strict=True))))
                except (csv.Error, StopIteration):
                    self.refuse(line, "quotes are not closed", "one record in a line")
            elif text and not text.isspace():
                found.append((line, text.split(",")))
        return found

    def numbers(self, cells: Sequence[str], rows: Numbered, what: str) -> Floats:
        """Return a column's numbers, NaN where a cell is empty, or raise about the first line without one."""
        # All at once where no letter is odd: Python's own reading lets through more, such as 1_0 and nan.
        if _PLAIN.fullmatch("".join(cells)):
            with suppress(ValueError):
                found = np.array(cells, dtype=np.float64)
                if np.isfinite(found).all():
                    return found
        found = np.empty(len(cells))
        for k, (cell, (line, _)) in enumerate(zip(cells, rows, strict=True)):
            found[k] = self.number(cell, line, what) if cell.strip() else np.nan
        return found

    def wholes(self, cells: Sequence[str], rows: Numbered, what: str, low: int, high: int) -> list[int]:
        """Return a column's whole numbers within bounds, or raise about the first line without one."""
        text = "".join(cells)
        if text.isascii() and text.isdecimal() and all(map(len, cells)):
            found = [int(cell) for cell in cells if len(cell) <= _LONGEST]
            if len(found) == len(cells) and low <= min(found) and max(found) <= high:
                return found
        return [self.whole(cell, line, what, low, high) for cell, (line, _) in zip(cells, rows, strict=True)]

    def number(self, text: object, line: int, what: str) -> float:
        """Return a number, or raise about its line."""
        if isinstance(text, str):
            cell = text.strip()
            if len(cell) <= _LONGEST and _NUMBER.fullmatch(cell):
                return float(cell)
            said = "empty" if not cell else repr(cell[:20])
        elif isinstance(text, int | float) and not isinstance(text, bool) and abs(text) < 1e30:  # noqa: PLR2004
            return float(text)
        else:
            said = f"a {type(text).__name__}" if text is not None else "empty"
        where = f"line {line:,}: " if line else ""
        raise DataError(f"{self.name}, {where}{what} is {said}, which cannot be.", allowed="a number, with a point")

    def whole(self, text: str, line: int, what: str, low: int, high: int) -> int:
        """Return a whole number within bounds."""
        cell = text.strip()
        found = int(cell.partition(".")[0]) if _WHOLE.fullmatch(cell) else -1
        if not low <= found <= high:
            self.refuse(line, f"{what} is {cell[:20]!r}, which cannot be", f"whole numbers from {low} to {high}")
        return found

    def check_day(self, year: int, month: int, day: int, line: int) -> None:
        """Raise if it is not a day of the calendar; the 29th of February is one, since typical years mix years."""
        if not 1 <= month <= 12 or not 1 <= day <= _DAYS[month - 1]:  # noqa: PLR2004 - months
            self.refuse(line, f"{year}-{month:02d}-{day:02d} is not a day", "days of the calendar")


def columns(
    source: Source, rows: Numbered, places: Mapping[str, int], missing: Mapping[str, float], scales: Mapping[str, float]
) -> dict[str, Floats]:
    """Return quantities in our units, NaN where the file says that nobody measured.

    Parameters
    ----------
    source, rows
        The file, and cells of its lines.
    places
        Where a quantity's column stands.
    missing
        Its code for what nobody measured.
    scales
        Its unit in ours.
    """
    found = {}
    for name, scale in scales.items():
        values = source.numbers([row[places[name]] for _, row in rows], rows, WORDS[name])
        found[name] = measured(values, missing[name]) * scale
    return found


def measured(values: Floats, code: float) -> Floats:
    """Return values, NaN where they are the code for what nobody measured."""
    return np.where(np.isclose(values, code, rtol=0, atol=1e-6), np.nan, values)


def check_widths(source: Source, rows: Numbered, least: int) -> None:
    """Raise if a row is shorter or longer than the first one, which would put its cells into the wrong columns."""
    if not rows:
        raise DataError(f"{source.name} holds no hours.", allowed="8,760 hours, or 8,784 in a leap year")
    width = len(rows[0][1])
    if width < least:
        line, row = rows[0]
        todo = "save it with commas" if len(row) == 1 and ";" in row[0] else None
        source.refuse(line, f"there are {width} cells", f"{least} cells or more, set off by commas", todo)
    for line, row in rows:
        if len(row) != width:
            source.refuse(line, f"there are {len(row)} cells, {width} in the lines before", "lines of one width")


def placed(source: Source, text: object, line: int, what: str, most: float) -> float:
    """Return a number of the place, NaN where the file says nothing of it; line 0 is not a line."""
    if text is None or (isinstance(text, str) and not text.strip(" -")):
        return float("nan")
    found = source.number(text, line, f"the {what}")
    if not -most <= found <= most:
        where = f"line {line:,}: " if line else ""
        raise DataError(f"{source.name}, {where}the {what} is {found:g}.", allowed=f"{-most:g} to {most:g}")
    return found


def find_columns(source: Source, line: int, names: Iterable[str], wanted: dict[str, str]) -> dict[str, int]:
    """Return where columns stand; none may be missing or there twice."""
    cells = [name.strip() for name in names]
    for name in wanted.values():
        if cells.count(name) != 1:
            what = f"there is no column {name!r}" if name not in cells else f"the column {name!r} is there twice"
            source.refuse(line, what, ", ".join(repr(one) for one in wanted.values()), "ask the source for all of them")
    return {ours: cells.index(name) for ours, name in wanted.items()}
