"""Excel workbooks: one sheet as a grid of values with their addresses; cells that hold none are marked as such."""

from __future__ import annotations

import io
import os
import re
import warnings
import zipfile
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Literal
from xml.parsers import expat

from pilotzone.core import (
    MOST_CELLS,
    MOST_OF_A_TABLE,
    DataError,
    PilotZoneError,
    UsageError,
    listing,
    shown,
    shown_path,
    unknown,
)
from pilotzone.store.paths import read_bytes

__all__ = ["SHEETS", "OddCell", "Sheet", "read_workbook"]

SHEETS = (".xlsx", ".xlsm")

_MOST_PLACES = 5 * MOST_CELLS
"""Cells that are looked at, most of them empty in a sheet whose figures stand far to the right."""
_MOST_ROWS = 2**20
_SCALED = re.compile(r"%|[0#?],+(?![0#?,])")
_LITERAL = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|_.')

Place = tuple[int, int]
"""Row and column of a cell, both from 1."""
Bounds = tuple[int, int, int, int]
"""First column, first row, last column, last row."""
_AREA = re.compile(r"\$?[A-Za-z]{1,3}\$?[1-9][0-9]{0,6}:\$?[A-Za-z]{1,3}\$?[1-9][0-9]{0,6}")
_OLD = b"\xd0\xcf\x11\xe0"
"""How files of Office before 2007 begin, and encrypted ones since."""


@dataclass(frozen=True)
class OddCell:
    """A cell that shows something but holds no value that may be taken as it stands.

    Attributes
    ----------
    kind
        ``error``: the error of a formula. ``formula``: one whose result is not in the file. ``merged``: part of
        several cells made one. ``scaled``: a number that is shown in percent or in thousands, and so is not what it
        looks like.
    shown
        The error, the merged range, or the format.
    value
        What stands in it, as far as that is known; in each cell of several rows of one column that are merged.
    """

    kind: Literal["error", "formula", "merged", "scaled"]
    shown: str
    value: object = None


@dataclass(frozen=True, eq=False)
class Sheet:
    """The cells of one sheet, rows and columns that are empty throughout left out.

    Attributes
    ----------
    path, name
        The workbook and the sheet.
    rows
        Values (text, numbers, truth values, dates and times, ``None``) or `OddCell`, all rows of equal length.
    numbers
        Row of the sheet in which each row stands.
    letters
        Letters of each column.
    """

    path: Path
    name: str
    rows: tuple[tuple[object, ...], ...]
    numbers: tuple[int, ...]
    letters: tuple[str, ...]


def read_workbook(path: str | os.PathLike[str], *, sheet: str | None = None, area: str | None = None) -> Sheet:
    """Read one sheet of an Excel workbook (.xlsx, .xlsm): values, not formulas.

    Hidden rows and columns are read like others. Without a name the only sheet is taken that is neither hidden nor
    empty.

    Parameters
    ----------
    path
        The file.
    sheet
        Name of the sheet; a hidden one may be named.
    area
        Cells that are read, such as ``A5:P25``; all others are left out.

    Raises
    ------
    UsageError
        If the area is not one.
    DataError
        If the file is missing, no workbook or damaged, or if there is no such sheet, none or more than one.
    """
    bounds = None if area is None else _bounds(area)
    raw = read_bytes(path)
    if raw.startswith(_OLD):
        raise DataError(
            f"{_name(Path(path))} is protected by a password, or of the format before 2007.",
            allowed="workbooks as Excel has written them since 2007 (.xlsx, .xlsm), without a password",
            todo="open it in a spreadsheet program and save it as .xlsx without a password",
        )
    try:
        with warnings.catch_warnings():
            # openpyxl warns of what it leaves out when a workbook is written again; here none is.
            warnings.simplefilter("ignore")
            return _read(raw, Path(path), sheet, bounds)
    except PilotZoneError:
        raise
    # Whatever is wrong within the package shows in errors of zip, XML, or openpyxl's own conversions.
    except Exception as error:
        raise DataError(
            f"{_name(Path(path))} is not an Excel workbook that can be read: {_first_line(error)}.",
            allowed="workbooks as Excel has written them since 2007 (.xlsx, .xlsm), without a password",
            todo="open it in a spreadsheet program and save it as .xlsx, or as CSV (UTF-8)",
        ) from error


def _read(raw: bytes, path: Path, wanted: str | None, bounds: Bounds | None) -> Sheet:
    from openpyxl.reader.excel import ExcelReader

    with zipfile.ZipFile(io.BytesIO(raw)) as package:
        size = sum(item.file_size for item in package.infolist())
        if size > MOST_OF_A_TABLE:
            raise DataError(
                f"{_name(path)} unpacks to {size / 1e6:.0f} MB.",
                allowed=f"workbooks of up to {MOST_OF_A_TABLE // 10**6} MB unpacked",
                todo="save the sheet as CSV (UTF-8), or as Parquet",
            )
    reader = ExcelReader(io.BytesIO(raw), read_only=True, data_only=True, keep_links=False)
    # Charts are not read, and some that programs write cannot be.
    reader.read_chartsheet = lambda *_: None
    reader.read()
    parts = {part.name: rel.target for part, rel in reader.parser.find_sheets()}
    sheets = {sheet.title: sheet for sheet in reader.wb.worksheets}
    name = _chosen(sheets, path, wanted)
    with reader.archive.open(parts[name]) as stream:
        scan = _Scan(stream)
    cells = _cells(sheets[name])
    # Where the program that wrote it left the computing to the next one, results in the file are stand-ins.
    with reader.archive.open(reader.parser.workbook_part_name) as stream:
        bare = scan.formulas if _left_to_compute(stream) else scan.uncomputed
    cells |= dict.fromkeys(bare, OddCell("formula", "no result"))
    return _grid(path, name, cells, scan.merged, bounds)


def _bounds(area: str) -> Bounds:
    """Return first column, first row, last column and last row of an area."""
    found = _AREA.fullmatch(area.strip())
    if found is None:
        raise UsageError(f"the range is {shown(area)}.", allowed="two cells with a colon between, such as 'A5:P25'")
    from openpyxl.utils.cell import range_boundaries

    left, top, right, bottom = range_boundaries(area.strip().replace("$", "").upper())
    if left > right or top > bottom:
        raise UsageError(f"the range {shown(area)} ends before it starts.", allowed="such as 'A5:P25'")
    return left, top, right, bottom


def _inside(place: Place, bounds: Bounds) -> bool:
    row, column = place
    left, top, right, bottom = bounds
    return top <= row <= bottom and left <= column <= right


def _chosen(sheets: Mapping[str, Any], path: Path, wanted: str | None) -> str:
    if wanted is not None:
        if wanted not in sheets:
            raise unknown(
                "sheet",
                wanted,
                sheets,
                of=_name(path),
                allowed=f"its sheets are {listing([shown(name) for name in sheets], most=20)}",
                error=DataError,
            )
        return wanted
    there = [name for name, sheet in sheets.items() if sheet.sheet_state == "visible"]
    if len(there) > 1:
        # New workbooks come with several sheets, most of which stay empty.
        there = [name for name in there if _cells(sheets[name], most=1)] or there
    if len(there) != 1:
        hidden = [f"{shown(name)} (hidden)" for name, sheet in sheets.items() if sheet.sheet_state != "visible"]
        count = f"{len(there)} sheets, and none is named" if there else "no sheet that is not hidden"
        raise DataError(
            f"{_name(path)} has {count}.",
            allowed=f"one of its sheets: {listing([shown(name) for name in there] + hidden, most=20)}",
            todo="name it: sheet = 'NAME' in [data] of a study file, form=TableForm(sheet='NAME') in Python",
        )
    return there[0]


def _cells(sheet: Any, *, most: int = MOST_CELLS) -> dict[Place, object]:  # noqa: ANN401 - openpyxl has no types
    """Return the cells that are not empty, up to one more than `most` of them."""
    # The size that a workbook states for a sheet is wrong in many; without it all cells are read.
    sheet.reset_dimensions()
    found: dict[Place, object] = {}
    looked = 0
    for row, cells in enumerate(sheet.iter_rows(), start=1):
        looked += len(cells)
        if looked > _MOST_PLACES:
            raise DataError(
                f"sheet {shown(sheet.title)} has figures in more places than can be looked at.",
                allowed=f"up to {_MOST_PLACES:,} cells, empty ones among others included",
                todo="delete what stands far to the right of the table, or save the table alone as CSV (UTF-8)",
            )
        for column, cell in enumerate(cells, start=1):
            if cell.value is not None:
                found[row, column] = _value(cell)
        if len(found) > most:
            break
    return found


def _value(cell: Any) -> object:  # noqa: ANN401 - openpyxl has no types
    if cell.data_type == "e":
        return OddCell("error", str(cell.value))
    if cell.data_type == "n" and _SCALED.search(_LITERAL.sub("", cell.number_format)):
        return OddCell("scaled", cell.number_format)
    return cell.value


def _left_to_compute(stream: IO[bytes]) -> bool:
    """Whether a workbook asks to be computed when it is opened; openpyxl takes silence for a yes."""
    asked: list[str] = []
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = lambda tag, attributes: (
        asked.append(attributes.get("fullCalcOnLoad", "0")) if tag.endswith(" calcPr") else None
    )
    parser.ParseFile(stream)
    return bool({"1", "true"} & set(asked))


def _grid(path: Path, name: str, cells: dict[Place, object], merged: Sequence[str], bounds: Bounds | None) -> Sheet:
    from openpyxl.utils.cell import get_column_letter, range_boundaries

    numbers = sorted({row for row, _ in cells})
    columns = sorted({column for _, column in cells})
    if len(numbers) * len(columns) > MOST_CELLS:
        raise DataError(
            f"{_name(path)}, sheet {shown(name)}, is {len(numbers)} rows by {len(columns)} columns.",
            allowed=f"up to {MOST_CELLS:,} cells",
            todo="save the table alone, as CSV (UTF-8) or as Parquet",
        )
    covered = 0
    for area in merged:
        left, top, right, bottom = range_boundaries(area)
        if (top, left) in cells and (left, top) != (right, bottom):
            rows = numbers[bisect_left(numbers, top) : bisect_right(numbers, bottom)]
            across = columns[bisect_left(columns, left) : bisect_right(columns, right)]
            covered += len(rows) * len(across)
            if covered > MOST_CELLS:
                raise DataError(f"{_name(path)}, sheet {shown(name)}, has merged cells over one another.")
            anchor = cells[top, left]
            # One name over several rows is the name of the column in each of them.
            below = anchor if left == right else None
            cells |= {(row, column): OddCell("merged", area, below) for row in rows for column in across}
            cells[top, left] = OddCell("merged", area, anchor)
    if bounds is not None:
        cells = {place: cell for place, cell in cells.items() if _inside(place, bounds)}
        numbers = sorted({row for row, _ in cells})
        columns = sorted({column for _, column in cells})
    return Sheet(
        path=path,
        name=name,
        rows=tuple(tuple(cells.get((row, column)) for column in columns) for row in numbers),
        numbers=tuple(numbers),
        letters=tuple(get_column_letter(column) for column in columns),
    )


class _Scan:
    """What a sheet's XML says that openpyxl's values do not: merged ranges, formulas, and which have no result."""

    def __init__(self, stream: IO[bytes]) -> None:
        self.merged: list[str] = []
        self.formulas: set[Place] = set()
        self.uncomputed: set[Place] = set()
        self._row = self._column = 0
        self._text = self._formula = self._inside = self._result = False
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parser.StartDoctypeDeclHandler = self._refuse
        parser.ParseFile(stream)

    def _start(self, tag: str, attributes: Mapping[str, str]) -> None:
        tag = tag.rpartition(" ")[2]
        if tag == "row":
            number = int(attributes.get("r", self._row + 1))
            # openpyxl leaves out rows that stand too late, and fills up to those that stand too far down.
            self._check(self._row < number <= _MOST_ROWS, f"row {number} after row {self._row}")
            self._row, self._column = number, 0
        elif tag == "c":
            self._start_cell(attributes)
        elif tag == "f":
            self._formula = True
        elif tag == "v":
            self._inside = True
            self._result = self._text  # of a formula that gives text, the empty one is a result as well
        elif tag == "mergeCell":
            self.merged.append(attributes["ref"])

    def _start_cell(self, attributes: Mapping[str, str]) -> None:
        from openpyxl.utils.cell import coordinate_to_tuple

        row, column = coordinate_to_tuple(attributes["r"]) if "r" in attributes else (self._row, self._column + 1)
        self._check(row == self._row and column > self._column, f"cell {attributes.get('r')} in row {self._row}")
        self._column = column
        self._text = attributes.get("t") == "str"
        self._formula = self._result = False

    def _characters(self, text: str) -> None:
        self._result = self._result or (self._inside and bool(text.strip()))

    def _end(self, tag: str) -> None:
        if tag.endswith(" v"):
            self._inside = False
        elif tag.endswith(" c") and self._formula:
            self.formulas.add((self._row, self._column))
            if not self._result:
                self.uncomputed.add((self._row, self._column))

    def _check(self, holds: bool, what: str) -> None:  # noqa: FBT001 - what is to hold
        if not holds:
            message = f"{what} is out of order"
            raise ValueError(message)

    def _refuse(self, *_: object) -> None:
        message = "a sheet has no document type"
        raise ValueError(message)


def _name(path: Path) -> str:
    return shown_path(path)


def _first_line(error: Exception) -> str:
    # openpyxl's own ValueError says little; what it was made from says what is wrong.
    lines = str(error.__cause__ or error).strip().splitlines()
    return lines[0].rstrip(".") if lines else type(error).__name__
