"""Tables as text: CSV read cell by cell, with the line that each row stands on, and written so that bytes repeat."""

from __future__ import annotations

import codecs
import csv
import io
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pilotzone.core import MOST_CELLS, Cell, DataError, Table, UsageError, as_cell, listing, shown, shown_path
from pilotzone.store.paths import read_bytes, replacing

__all__ = ["TextTable", "csv_bytes", "read_csv", "rows_of", "unequal", "write_csv"]

_OTHER_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CHINESE = "gb18030"
_TO_QUOTE = re.compile(r'[",;\t\r\n]')
_NO_TEXTS = {"punycode", "idna", "unicode-escape", "raw-unicode-escape", "undefined"}
"""What Python calls encodings too: of host names, which take the square of the length, and of its own source."""


@dataclass(frozen=True, eq=False)
class TextTable:
    """A table whose cells are text, as they stand in the file.

    Attributes
    ----------
    path
        The file.
    header
        Column names as they stand there, in order; nothing keeps them from repeating.
    rows
        Cells, every row as long as the header.
    lines
        Line of the file on which each row begins; the header is on line 1 as a rule.
    """

    path: Path
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    lines: tuple[int, ...]


def read_csv(path: str | os.PathLike[str], *, delimiter: str = ",", encoding: str = "utf-8") -> TextTable:
    """Read a CSV file as text; what the cells mean is not decided here.

    Byte order marks, Windows and old Mac line ends, quoted fields and blank lines are understood. Nothing else is
    guessed: neither the delimiter nor the encoding.

    Parameters
    ----------
    path
        The file.
    delimiter
        One character.
    encoding
        Name of a text encoding, such as ``gb18030`` for older Chinese files.

    Raises
    ------
    DataError
        If the file is missing, empty, not in this encoding, not CSV, or has rows of unequal length.
    UsageError
        If the delimiter or the encoding is not one.
    """
    if len(delimiter) != 1 or delimiter in '"\r\n\0':
        raise UsageError(f"the delimiter is {shown(delimiter)}.", allowed="one character, such as ',' or ';' or '\\t'")
    text = _decoded(read_bytes(path), path, encoding)
    if not text.strip():
        raise DataError(f"{_name(path)} is empty.", allowed="a line with column names and at least one row")
    if "\0" in text:
        line = _line(text[: text.index("\0")].encode("utf-8", "replace"))
        raise DataError(f"{_name(path)} is not a CSV file: there is a null character on line {line}.", allowed="text")
    if text.count(delimiter) + text.count("\n") + text.count("\r") > MOST_CELLS:
        raise DataError(f"{_name(path)} has more cells than can be read.", allowed=f"up to {MOST_CELLS:,} cells")
    parsed = list(rows_of(io.StringIO(text, newline=""), path, delimiter))
    (_, header), body = parsed[0], parsed[1:]
    _check_delimiter(path, header, delimiter)
    _check_lengths(path, header, body)
    return TextTable(Path(path), header, tuple(row for _, row in body), tuple(line for line, _ in body))


def write_csv(table: Table, path: str | os.PathLike[str]) -> None:
    """Write a table as CSV: UTF-8, line feeds, numbers in the shortest form that reads back as the same number.

    Missing values become empty cells. A text that begins like a formula gets an apostrophe before it, by which
    spreadsheet programs know text. The file appears whole or not at all.

    Parameters
    ----------
    table
        Columns of text, numbers, truth values and ``None``.
    path
        The file to make or to replace.

    Raises
    ------
    UsageError
        If the place cannot be written to.
    """
    content = csv_bytes(table)
    with replacing(path) as new:
        new.write_bytes(content)


def csv_bytes(table: Table) -> bytes:
    """Return a table as the bytes of a CSV file, as `write_csv` writes it."""
    # A line with nothing on it would be no row.
    lines = (",".join(_quoted(_written(cell)) for cell in row) or '""' for row in (table.columns, *table.rows()))
    return "".join(f"{line}\n" for line in lines).encode()


def _written(cell: Cell) -> str:
    if cell is None or (isinstance(cell, float) and cell != cell):  # noqa: PLR0124 - NaN is missing
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, str):
        return as_cell(cell)
    return repr(float(cell)) if isinstance(cell, float) else str(cell)


def _quoted(cell: str) -> str:
    # The delimiters of other countries too: there a spreadsheet splits at them, and what follows may be a formula.
    return '"' + cell.replace('"', '""') + '"' if _TO_QUOTE.search(cell) else cell


def _decoded(raw: bytes, path: str | os.PathLike[str], encoding: str) -> str:
    try:
        known = codecs.lookup(encoding)
    except (LookupError, ValueError) as error:
        raise UsageError(f"there is no encoding {shown(encoding)}.", allowed="utf-8, gb18030, utf-16, ...") from error
    if known.name in _NO_TEXTS:
        raise UsageError(f"{_name(path)} cannot be read as {encoding!r}.", allowed="a text encoding")
    if known.name == "utf-8":
        for mark, name in _OTHER_MARKS:
            if raw.startswith(mark):
                raise DataError(f"{_name(path)} is in {name}, not utf-8.", todo=f"read it with encoding={name!r}")
    try:
        text = raw.decode("utf-8-sig" if known.name == "utf-8" else encoding)
    except UnicodeDecodeError as error:
        # The codec may have taken a byte order mark off before it counted.
        at = error.start + len(raw) - len(error.object)
        raise DataError(
            f"{_name(path)} is not in {encoding}: byte 0x{raw[at]:02X} on line {_line(raw[:at])} "
            f"(byte {at + 1} of the file) is not a character.",
            todo=_other_encoding(raw, encoding),
        ) from error
    except (LookupError, ValueError) as error:
        # Python also calls compressions and the like encodings, and some codecs fail without naming a byte.
        raise UsageError(f"{_name(path)} cannot be read as {encoding!r}.", allowed="a text encoding") from error
    return text


def _line(before: bytes) -> int:
    return 1 + before.count(b"\n") + before.count(b"\r") - before.count(b"\r\n")


def _other_encoding(raw: bytes, encoding: str) -> str:
    save = "save the file as UTF-8"
    if codecs.lookup(encoding).name == _CHINESE:
        return save
    try:
        raw.decode(_CHINESE)
    except UnicodeDecodeError:
        return save
    return f"{save}, or name its encoding; encoding={_CHINESE!r} (older Chinese files) would read it"


def rows_of(
    stream: Iterable[str], path: str | os.PathLike[str], delimiter: str
) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Yield the line on which each row begins, and its cells; blank lines are left out.

    Parameters
    ----------
    stream
        Lines with their ends as they are.
    path
        For messages.
    delimiter
        One character.

    Raises
    ------
    DataError
        If it is not CSV from some line on.
    """
    reader = csv.reader(stream, delimiter=delimiter, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise DataError(
                f"{_name(path)} is not a CSV file from line {line} on: {error}.",
                allowed="cells between delimiters; one that holds a delimiter, a quote or a line end stands in quotes",
                todo="look for a quote that is not closed, or for one inside a cell that is not doubled",
            ) from error
        if row:
            yield line, tuple(row)


def _check_delimiter(path: str | os.PathLike[str], header: tuple[str, ...], delimiter: str) -> None:
    others = [mark for mark in ";\t|," if mark != delimiter and mark in header[0]]
    if len(header) == 1 and others:
        raise DataError(
            f"{_name(path)} has a single column, {shown(header[0])}.",
            allowed=f"columns separated by {delimiter!r}",
            todo=f"if they are separated by {others[0]!r}, read it with delimiter={others[0]!r}",
        )


def _check_lengths(
    path: str | os.PathLike[str], header: tuple[str, ...], body: list[tuple[int, tuple[str, ...]]]
) -> None:
    wrong = [(line, len(row)) for line, row in body if len(row) != len(header)]
    if wrong:
        raise unequal(path, len(header), wrong)


def unequal(path: str | os.PathLike[str], width: int, wrong: Sequence[tuple[int, int]]) -> DataError:
    """Return what is said of rows that are not as long as the header: lines, and how many cells they have."""
    return DataError(
        f"{_name(path)} has {width} columns, but {listing([f'line {line} has {cells}' for line, cells in wrong])}.",
        allowed="as many cells on every line as there are column names",
        todo="look there for a comma inside a number or a name that is not quoted, or for a line that was cut",
    )


def _name(path: str | os.PathLike[str]) -> str:
    return shown_path(path)
