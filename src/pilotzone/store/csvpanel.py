"""CSV files as a panel: every row and every cell is looked at once, and what was read is kept as Parquet.

The first line of a file is its header, and every other row is as long. What columns are is not guessed from their first
rows: a column of numbers holds numbers in every row, or the row is named. The file is parsed by DuckDB, told everything
about its form, twice at most; later passes read what was kept.
"""

from __future__ import annotations

import codecs
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pilotzone.core import DataError, shown_path
from pilotzone.store.bytescan import opened, scan
from pilotzone.store.confined import literal, said, spelled
from pilotzone.store.csvcells import Cells, Part, cells_error
from pilotzone.store.form import check_names, quoted
from pilotzone.store.spelling import kind_of_period
from pilotzone.store.text import rows_of, unequal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from pilotzone.store.confined import Confined
    from pilotzone.store.csvform import CsvForm
    from pilotzone.store.files import PanelFiles
    from pilotzone.store.kernel import PanelColumns

__all__ = ["CsvPanel", "csv_header", "header_of", "parts_of", "view_csv", "widened"]

_MOST_COLUMNS = 10_000
_LONGEST_HEADER = 1_000_000
_SAMPLE = 10_000
_SHOWN = 40
_FEW = 6


@dataclass(frozen=True)
class CsvPanel:
    """CSV files whose header was read.

    Attributes
    ----------
    found
        The files.
    form
        How they are written.
    header
        Names of their columns.
    """

    found: PanelFiles
    form: CsvForm
    header: tuple[str, ...]

    def select(self) -> str:
        """Return the query for all cells as text, by their position: ``c0``, ``c1`` and so on."""
        columns = ", ".join(f"'c{k}': 'VARCHAR'" for k in range(len(self.header)))
        files = ", ".join(literal(spelled(file)) for file in self.found.files)
        packed = self.found.files[0].name.lower().endswith(".gz")
        return (
            f"SELECT * FROM read_csv([{files}], columns={{{columns}}}, auto_detect=false, header=true,"
            f" delim={literal(self.form.mark(self.found.files[0]))}, quote='\"', escape='\"', comment='',"
            " strict_mode=true, null_padding=false, ignore_errors=false, hive_partitioning=false,"
            f" compression='{'gzip' if packed else 'none'}')"
        )


def csv_header(found: PanelFiles, form: CsvForm) -> CsvPanel:
    """Read the header of CSV files, all of which have the same.

    Raises
    ------
    DataError
        If the first line is not a header, or files have several.
    """
    headers = [_header(file, form) for file in found.files]
    for file, header in zip(found.files, headers, strict=True):
        if header != headers[0]:
            raise DataError(
                f"{file.name!r} and {found.files[0].name!r} do not have the same columns in the same order.",
                allowed="the same first line in every file of a folder",
            )
    if any(found.keys) or len({file.name.lower().endswith(".gz") for file in found.files}) > 1:
        raise DataError(
            f"{shown_path(found.root)} has folders named key=value, or files and some of them are compressed.",
            allowed="CSV files of one kind with all of their columns in them",
            todo="write it as Parquet, which may lie in folders named key=value",
        )
    return CsvPanel(found, form, headers[0])


def _header(file: Path, form: CsvForm) -> tuple[str, ...]:
    mark = form.mark(file)
    with opened(file) as stream:
        head = stream.read(_LONGEST_HEADER)
    if not head.strip():
        raise DataError(f"{shown_path(file)} is empty.", allowed="a line with column names and at least one row")
    if b"\0" in head or head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        scan(file, mark)  # which says what it is in
    return header_of(str(file), head.decode("utf-8-sig", errors="replace"), mark)


def header_of(file: str, text: str, mark: str) -> tuple[str, ...]:
    """Return the names of columns on the first line of a text.

    Raises
    ------
    DataError
        If these cannot be names of columns.
    """
    line, names = next(rows_of(io.StringIO(text, newline=""), file, mark))
    if line != 1:
        raise DataError(
            f"the first line of {file!r} is blank.",
            allowed="column names on the first line",
            todo=f"take out what stands above line {line}",
        )
    _check_header(file, names, mark)
    return names


def _check_header(file: str, names: tuple[str, ...], mark: str) -> None:
    if len(names) == 1:
        others = [sign for sign in ";\t|," if sign != mark and sign in names[0]]
        sign = {"\t": r"\t"}.get(others[0], others[0]) if others else ""
        raise DataError(
            f"{file!r} has a single column, {names[0][:_SHOWN]!r}.",
            allowed=f"columns separated by {mark!r}",
            todo=f"if {sign!r} separates them: in a panel say --delimiter '{sign}' (delimiter = \"{sign}\" in [panel]);"
            f" elsewhere save the table with {mark!r}"
            if others
            else "check that it is a CSV file",
        )
    if len(names) > _MOST_COLUMNS:
        raise DataError(f"{file!r} has {len(names):,} columns.", allowed=f"up to {_MOST_COLUMNS:,}")
    twice = [name for name in dict.fromkeys(names) if name and names.count(name) > 1]
    if twice:
        shown = ", ".join(repr(name[:_SHOWN]) for name in twice[:_FEW])
        raise DataError(
            f"{file!r} has columns of the same name: {shown}.",
            allowed="every column once",
            todo="rename one of them, or take it out",
        )


def view_csv(home: Confined, panel: CsvPanel, columns: PanelColumns | None) -> list[str]:
    """Make the view ``panel`` of CSV files.

    Parameters
    ----------
    home
        What reads them.
    panel
        The files.
    columns
        Which columns make the panel, and are kept; ``None``: all, each as what it is.

    Returns
    -------
    list of str
        Names of all columns.

    Raises
    ------
    UsageError
        If a column is not there.
    DataError
        If a file is not text in UTF-8, or rows or cells are not what they have to be: where.
    """
    import duckdb

    header = list(panel.header)
    if columns is not None:
        check_names(columns, header)
    counts = {file: scan(file, panel.form.mark(file)) for file in panel.found.files}
    parts = parts_of(header, columns)
    raw = panel.select()
    try:
        home.connection.execute(f"CREATE VIEW cells AS {raw}")
        rows = _kept(home, panel, _typed(home, panel, parts))
        if columns is not None:
            _check_one_kind(home, panel, columns.time)
    except duckdb.Error as error:
        for file in panel.found.files:
            _read_again(file, panel)
        mixed = next((file for file, count in counts.items() if count.mixed), None)
        if mixed is not None:
            raise DataError(
                f"the lines of {shown_path(mixed)} end in several ways.",
                allowed="one kind of line end: that of Windows (CRLF) or that of Unix (LF)",
                todo="save it anew with the program that made it",
            ) from error
        raise DataError(f"{shown_path(panel.found.root)} cannot be read: {said(error)}.") from error
    expected = (rows + len(counts)) * (len(header) - 1)
    if sum(count.delimiters for count in counts.values()) != expected:
        # Delimiters in quotes that stand within a cell, or a last cell too many, which DuckDB passes over.
        seen = sum(_read_again(file, panel) for file in panel.found.files)
        if seen != rows:
            raise DataError(
                f"{shown_path(panel.found.root)} has {seen:,} rows by one reading and {rows:,} by another.",
                allowed="cells between delimiters; one that holds a delimiter, a quote or a line end stands in quotes",
                todo="look for quotes within cells that are not doubled",
            )
    return header


def parts_of(header: Sequence[str], columns: PanelColumns | None) -> dict[int, Part]:
    """Return which columns are kept, by position, and what they are for."""
    if columns is None:
        return {k: "any" for k, name in enumerate(header) if name}
    found: dict[int, Part] = {}
    parts: dict[str | None, Part] = {columns.cohort: "cohort", columns.time: "period"}
    parts |= {columns.unit: "key", columns.cluster: "key"}
    for name in columns.every:
        found[header.index(name)] = parts.get(name, "number")
    return found


def _typed(home: Confined, panel: CsvPanel, parts: dict[int, Part]) -> list[Cells]:
    """Return what columns are by their first rows; all rows are held against it as they are read."""
    first = [Cells(k, panel.header[k], part, panel.form) for k, part in parts.items()]
    return widened(_asks(home), first, f"(SELECT * FROM cells LIMIT {_SAMPLE})")


def widened(ask: Callable[[str], Sequence[int]], cells: list[Cells], table: str) -> list[Cells]:
    """Return columns as what their cells are, in the narrowest kind that holds all of them, or else the widest.

    Parameters
    ----------
    ask
        Returns the one row that a query has.
    cells
        The columns.
    table
        What the engine calls the table of cells.
    """
    while True:
        row = ask(f"SELECT {', '.join(f'count_if({item.odd})' for item in cells)} FROM {table}")
        wider = [item.wider() if odd else None for item, odd in zip(cells, row, strict=True)]
        if not any(wider):
            return cells
        cells = [new or item for item, new in zip(cells, wider, strict=True)]


def _asks(home: Confined) -> Callable[[str], Sequence[int]]:
    return lambda query: home.connection.execute(query).fetchone() or ()


def _kept(home: Confined, panel: CsvPanel, cells: list[Cells]) -> int:
    """Keep all rows under the names of the header, as the view ``panel``, and return how many there are."""
    for _ in range(2):
        table = _written(home, cells)
        counted = "".join(f", count_if(odd{item.at})" for item in cells)
        rows, *odd = home.connection.execute(f"SELECT count(*){counted} FROM {table}").fetchone() or (0,)
        strange = [item for item, count in zip(cells, odd, strict=True) if count]
        if not strange:
            chosen = ", ".join(f"v{item.at} AS {quoted(item.name)}" for item in cells)
            home.connection.execute(f"CREATE VIEW panel AS SELECT {chosen} FROM {table}")
            return int(rows)
        again = widened(_asks(home), strange, "cells")
        wrong = [item for item in again if item.wider() is None and item in strange]
        if wrong:
            count = odd[cells.index(wrong[0])]
            raise _cells_fault(home, panel, wrong[0], int(count))
        new = {item.at: item for item in again}
        cells = [new.get(item.at, item) for item in cells]
    raise DataError(
        f"{shown_path(panel.found.root)} changes while it is read.", todo="copy a file that others write to"
    )


def _check_one_kind(home: Confined, panel: CsvPanel, time: str) -> None:
    """Refuse periods of several kinds, and name the line of the first one of the kind that is rarest."""
    name = quoted(time)
    types = {row[0]: row[1] for row in home.connection.execute("DESCRIBE panel").fetchall()}
    if types[time] != "VARCHAR":
        return
    counts: dict[str, int] = {}
    texts: dict[str, list[str]] = {}
    for text, count in home.connection.execute(f"SELECT {name}, count(*) FROM panel GROUP BY 1").fetchall():
        if text is not None:
            kind = kind_of_period(text)
            counts[kind] = counts.get(kind, 0) + int(count)
            texts.setdefault(kind, []).append(text)
    if len(counts) < 2:  # noqa: PLR2004 - one kind
        return
    *_, rarest = sorted(counts, key=lambda kind: -counts[kind])
    usual = next(kind for kind in counts if kind != rarest)
    at = panel.header.index(time)
    for file in panel.found.files:
        for line, row in _rows(file, panel):
            if len(row) > at and row[at].strip(" \t") in texts[rarest]:
                raise DataError(
                    f"{shown_path(file)}: column {time!r} holds {row[at]!r} on line {line}, among periods of another"
                    f" kind, such as {texts[usual][0]!r}.",
                    allowed="periods of one kind: years, quarters, months, weeks or days throughout",
                    todo="write all of them in one way",
                )


def _written(home: Confined, cells: list[Cells]) -> str:
    """Write values and whether they are odd to the engine's own folder, and return the table with them."""
    import duckdb

    chosen = ", ".join(f"{item.value} AS v{item.at}, {item.odd} AS odd{item.at}" for item in cells)
    target = literal(str(home.spill / "panel.parquet"))
    try:
        home.connection.execute(f"COPY (SELECT {chosen} FROM cells) TO {target} (FORMAT parquet, COMPRESSION lz4)")
    except duckdb.IOException:  # no room on the disk: each pass parses the file anew
        return f"(SELECT {chosen} FROM cells)"
    return f"read_parquet({target}, hive_partitioning=false)"


def _cells_fault(home: Confined, panel: CsvPanel, item: Cells, count: int) -> DataError:
    query = f"SELECT DISTINCT c FROM (SELECT c{item.at} AS c FROM cells WHERE {item.odd} LIMIT 1000)"
    shown = [str(row[0]) for row in home.connection.execute(query).fetchall()]
    for file in panel.found.files:
        for line, row in _rows(file, panel):
            if len(row) > item.at and row[item.at] in shown:
                return cells_error(file, line, item, row[item.at], count, shown)
    return cells_error(panel.found.root, None, item, shown[0], count, shown)


def _rows(file: Path, panel: CsvPanel) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Yield lines and rows below the header, parsed by Python: slow, and a second opinion."""
    with opened(file) as stream, io.TextIOWrapper(stream, "utf-8-sig", newline="") as text:
        rows = rows_of(text, file, panel.form.mark(file))
        next(rows, None)
        yield from rows


def _read_again(file: Path, panel: CsvPanel) -> int:
    """Return how many rows a file has, or refuse it with the lines that are not as they should be."""
    width, count = len(panel.header), 0
    wrong: list[tuple[int, int]] = []
    for line, row in _rows(file, panel):
        count += 1
        if len(row) != width:
            wrong.append((line, len(row)))
            if len(wrong) > _FEW:
                break
    if wrong:
        raise unequal(file, width, wrong)
    return count
