"""What a user can hand over, brought into one form: files of many kinds, data frames, Arrow tables."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pilotzone.core import MOST_CELLS, DataError, UsageError, first_line, open_regular
from pilotzone.gather.columns import Column, NumberColumn, RawTable, RefusedColumn, TextColumn
from pilotzone.gather.forms import TableForm
from pilotzone.gather.objects import DATES, LARGE, TO_NUMBERS, TRUTH, object_column, spelled_period
from pilotzone.gather.programs import labelled_table, sheet_table
from pilotzone.gather.trimming import plain_numbers, without_notes
from pilotzone.store import (
    IPC,
    JSON_LINES,
    LABELLED,
    SHEETS,
    Arriving,
    is_postgres,
    open_ipc,
    open_json_lines,
    open_postgres,
    read_csv,
    read_labelled,
    read_parquet,
    read_table,
    read_workbook,
    whole_table,
)

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

__all__ = ["check_form", "read_source"]

_TEXT = (".csv", ".txt")
_TABS = (".tsv", ".tab")
_PARQUET = (".parquet", ".pq")
_DATABASES = (".duckdb", ".ddb", ".db")
_KNOWN = (*_TEXT, *_TABS, *_PARQUET, *SHEETS, *LABELLED, *IPC, *JSON_LINES, *_DATABASES)
# How files begin, what they then are, and the endings that such files have.
_BEGINNINGS: tuple[tuple[bytes, str, tuple[str, ...]], ...] = (
    (b"PK\x03\x04", "a zip archive, as Excel workbooks are", SHEETS),
    (b"\xd0\xcf\x11\xe0", "an Excel workbook of the format before 2007, or one with a password", ()),
    (b"PAR1", "a Parquet file", _PARQUET),
    (b"<stata_dta>", "a Stata file", (".dta",)),
    (b"$FL2", "an SPSS file", (".sav",)),
    (b"$FL3", "a compressed SPSS file", (".zsav",)),
    (b"ARROW1", "a Feather or Arrow file", IPC),
    (b"SQLite format 3", "an SQLite database", ()),
)
_ALLOWED = (
    "a path to a CSV file (.csv, .txt, .tsv), an Excel workbook (.xlsx, .xlsm), a Stata file (.dta), an SPSS file "
    "(.sav, .zsav), a Parquet file (.parquet, .pq) or a folder of them, a Feather or Arrow file (.feather, .arrow, "
    ".ipc), JSON lines (.jsonl, .ndjson), a DuckDB database (.duckdb); the address of a PostgreSQL database; "
    "a pandas or polars data frame; anything else with __arrow_c_stream__, such as an Arrow table"
)


def read_source(source: object, form: TableForm, *, keys: Sequence[str] = (), sheet: str | None = None) -> RawTable:
    """Bring a user's table into the form that the checks understand.

    Parameters
    ----------
    source
        A path, the address of a database, or a table in memory.
    form
        How it is written.
    keys
        Columns by whose names the header of a sheet is known.
    sheet
        Sheet of a workbook, in place of that of the form.

    Raises
    ------
    DataError
        If a file cannot be read.
    UsageError
        If this is not a table, or the form says what does not go with it.
    """
    named = sheet or form.sheet
    path = None
    if not is_postgres(source):
        path = Path(os.fspath(source)) if isinstance(source, (str, os.PathLike)) else None
    check_form(source, path, form, named)
    if is_postgres(source):
        return _from_arriving(open_postgres(str(source), form.table, form.query))
    if path is not None:
        found = _from_path(path, form, named, keys)
        return plain_numbers(found, form.thousands, form.decimal, keys)
    pandas = sys.modules.get("pandas")
    if pandas is not None and isinstance(source, pandas.DataFrame):
        return _from_pandas(source)
    if hasattr(source, "__arrow_c_stream__"):
        return _from_stream(source)
    todo = "collect() it first" if hasattr(source, "collect") else "put the figures into a data frame or a CSV file"
    raise UsageError(f"a {type(source).__name__} is not a table that can be read.", allowed=_ALLOWED, todo=todo)


def check_form(source: object, path: Path | None, form: TableForm, sheet: str | None) -> None:
    """Refuse what is said of a form that the table does not have.

    Raises
    ------
    UsageError
        Naming it.
    """
    what = f"a {type(source).__name__}" if path is None else repr(path.name)
    if is_postgres(source):
        what = "a PostgreSQL database"
    sheets = path is not None and path.suffix.lower() in SHEETS
    if sheet is not None and not sheets:
        raise UsageError(f"the sheet is {sheet!r}, but {what} has no sheets.", todo="leave the sheet out")
    for name, given in (("header", form.header), ("range", form.range)):
        if given is not None and not sheets:
            raise UsageError(f"the {name} is {given!r}, but {what} is not a workbook.", todo=f"leave {name} out")
    texts = path is not None and (
        sheets or path.suffix.lower() in (*_TEXT, *_TABS) or path.name.lower().endswith(".gz")
    )
    if (form.thousands is not None or form.decimal != ".") and not texts:
        raise UsageError(
            f"a decimal or thousands mark is given, but {what} holds numbers and no text.",
            todo="leave out thousands and decimal",
        )
    database = is_postgres(source) or (path is not None and path.suffix.lower() in _DATABASES)
    if form.table is not None and not database:
        raise UsageError(f"the table is {form.table!r}, but {what} is not a database.", todo="leave table out")
    if form.query is not None and not is_postgres(source):
        raise UsageError(
            f"a query is given, but {what} is not a PostgreSQL database.", todo="leave query out, or name a table"
        )


def _from_path(path: Path, form: TableForm, sheet: str | None, keys: Sequence[str]) -> RawTable:  # noqa: PLR0911
    suffix = path.suffix.lower()
    if os.path.isdir(path):  # noqa: PTH112 - Path's raises on odd names
        return _from_arrow(read_parquet(path), repr(path.name))
    _check_ending(path, suffix)
    if suffix in _PARQUET:
        return _from_arrow(read_parquet(path), repr(path.name))
    if suffix in SHEETS:
        return sheet_table(read_workbook(path, sheet=sheet, area=form.range), keys, form.header)
    if suffix in LABELLED:
        return labelled_table(read_labelled(path, encoding=form.encoding))
    if suffix in IPC:
        return _from_arriving(open_ipc(path), repr(path.name))
    if suffix in JSON_LINES:
        return _from_arriving(open_json_lines(path), repr(path.name))
    if suffix in _DATABASES:
        return _from_arrow(read_table(path, form.table, most=MOST_CELLS), f"table {form.table!r} of {path.name!r}")
    return _from_text(path, form.delimiter or ("\t" if suffix in _TABS else ","), form.encoding)


def _from_text(path: Path, mark: str, encoding: str) -> RawTable:
    text = read_csv(path, delimiter=mark, encoding=encoding)
    count, told = without_notes(repr(path.name), text.rows, text.lines, "line")
    rows = text.rows[:count]
    cells = zip(*rows, strict=True) if rows else ((),) * len(text.header)
    return RawTable(
        source=repr(path.name),
        names=text.header,
        columns=tuple(TextColumn(column) for column in cells),
        rows=text.lines[:count],
        word="line",
        told=told,
    )


def _from_arriving(table: Arriving, source: str | None = None) -> RawTable:
    return replace(_from_arrow(whole_table(table), source or table.source), told=table.told)


def _check_ending(path: Path, suffix: str) -> None:
    """Refuse files whose endings are not known, or are not those of what is in them."""
    if suffix not in _KNOWN:
        raise DataError(
            f"{path.name!r} has a name that ends in {suffix!r}." if suffix else f"{path.name!r} has no ending.",
            allowed=_ALLOWED,
            todo="from another program, save the table as CSV (UTF-8), or from a spreadsheet as .xlsx",
        )
    with open_regular(path, fault=DataError) as stream:
        begins = stream.read(16)
    for mark, what, endings in _BEGINNINGS:
        if begins.startswith(mark) and suffix not in endings:
            raise DataError(
                f"{path.name!r} has a name that ends in {suffix!r}, but is {what}.",
                allowed=_ALLOWED,
                todo=f"give it a name that ends in {' or '.join(endings)}" if endings
                else "save it as .xlsx, without a password",
            )  # fmt: skip


def _from_stream(source: object) -> RawTable:
    import pyarrow as pa

    name = f"the {type(source).__module__.split('.')[0]} {type(source).__name__}"
    try:
        table = pa.table(source)
    # Whatever produces the stream may fail in ways of its own; all of them mean that there is no table to read.
    except Exception as error:
        raise UsageError(f"{name} gives no table: {first_line(error)}.", allowed=_ALLOWED) from error
    return _from_arrow(table, name)


def _from_arrow(table: pa.Table, source: str) -> RawTable:
    return RawTable(
        source=source,
        names=tuple(str(name) for name in table.column_names),
        columns=tuple(_arrow_column(column) for column in table.columns),
        rows=range(1, table.num_rows + 1),
        word="row",
    )


def _arrow_column(column: pa.ChunkedArray | pa.Array) -> Column:  # noqa: PLR0911 - one return per family of types
    import numpy as np
    import pyarrow as pa
    from pyarrow import types

    kind = column.type
    if types.is_dictionary(kind):
        # Not every kind of text can be cast out of a dictionary; all can be listed.
        if _is_text(kind.value_type):
            return TextColumn([cell or "" for cell in column.to_pylist()])
        return _arrow_column(column.cast(kind.value_type))
    if _is_text(kind):
        return TextColumn([cell or "" for cell in column.to_pylist()])
    if types.is_boolean(kind):
        return RefusedColumn(TRUTH, TO_NUMBERS)
    if types.is_temporal(kind):
        return _dates(column)
    if types.is_decimal(kind):
        # Arrow's own cast rounds whole numbers beyond 2^53 without a word.
        return object_column(column.to_pylist())
    if not (types.is_integer(kind) or types.is_floating(kind) or types.is_null(kind)):
        return RefusedColumn(f"values of type {kind}", TO_NUMBERS)
    try:
        values = column.cast(pa.float64()).to_numpy(zero_copy_only=False)
        return NumberColumn(np.asarray(values, dtype=np.float64))
    except pa.ArrowInvalid:
        return RefusedColumn(*LARGE)


def _dates(column: pa.ChunkedArray | pa.Array) -> Column:
    """Return a column of dates; times of day, spans of time and times of a time zone are not dates."""
    import pyarrow as pa
    from pyarrow import types

    kind = column.type
    if types.is_date(kind) or (types.is_timestamp(kind) and kind.tz is None):
        return replace(DATES, cells=[cell or "" for cell in column.cast(pa.string()).to_pylist()])
    if types.is_timestamp(kind):
        return replace(DATES, what=f"times of the time zone {kind.tz}, and not dates")
    return DATES


def _is_text(kind: pa.DataType) -> bool:
    from pyarrow import types

    return bool(types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind))


def _from_pandas(frame: pd.DataFrame) -> RawTable:
    if frame.columns.nlevels > 1:
        raise DataError("the pandas data frame has column names on several levels.", allowed="one name per column")
    if any(name is not None for name in frame.index.names):
        frame = _with_index(frame)
    return RawTable(
        source="the pandas data frame",
        names=tuple(_column_name(label) for label in frame.columns),
        columns=tuple(_pandas_column(frame.iloc[:, k]) for k in range(frame.shape[1])),
        rows=range(1, len(frame) + 1),
        word="row",
    )


def _with_index(frame: pd.DataFrame) -> pd.DataFrame:
    try:
        return frame.reset_index()
    except ValueError as error:
        raise DataError(
            f"the pandas data frame has an index and a column of the same name: {first_line(error)}.",
            allowed="every column once; named indexes count as columns",
            todo="rename one of them, or drop the index with reset_index(drop=True)",
        ) from error


def _column_name(label: object) -> str:
    # Tables with one column per year have years for labels, as floats if a label was ever missing.
    return str(int(label)) if isinstance(label, float) and label.is_integer() else str(label)


def _pandas_column(column: pd.Series[Any]) -> Column:
    import pandas as pd
    import pyarrow as pa

    if column.dtype == object:
        return object_column(column.tolist())
    if str(column.dtype).startswith("period["):
        return replace(DATES, cells=["" if cell is pd.NaT else spelled_period(cell) for cell in column])
    try:
        return _arrow_column(pa.Array.from_pandas(column))
    except (pa.ArrowException, TypeError, ValueError, NotImplementedError):
        return RefusedColumn(f"values of type {column.dtype}", TO_NUMBERS)
