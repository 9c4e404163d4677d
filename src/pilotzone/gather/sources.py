"""What a user can hand over, brought into one form: CSV and Parquet files, data frames, Arrow tables."""

from __future__ import annotations

import datetime as dt
import os
import sys
from collections.abc import Sequence
from decimal import Decimal
from numbers import Integral, Real
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pilotzone.core import DataError, UsageError
from pilotzone.gather.columns import Column, NumberColumn, RawTable, RefusedColumn, TextColumn
from pilotzone.store import read_csv, read_parquet

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

__all__ = ["read_source"]

_TEXT = (".csv", ".txt")
_TABS = (".tsv", ".tab")
_PARQUET = (".parquet", ".pq")
_ALLOWED = (
    "a path to a CSV file (.csv, .txt, .tsv), a Parquet file (.parquet, .pq) or a folder of Parquet files; "
    "a pandas or polars data frame; anything else with __arrow_c_stream__, such as an Arrow table"
)
_DATES = RefusedColumn("dates or times", "give periods as whole numbers, such as the year", dates=True)
_LARGE = (
    "whole numbers beyond 2^53, which cannot be held exactly",
    "write codes as text, and large figures in a larger unit",
)
_EXACT = 2**53
_TRUTH = "truth values"
_SHOWN = 40
_TO_NUMBERS = "turn them into numbers, or leave the column out"


def read_source(source: object, *, delimiter: str | None = None, encoding: str = "utf-8") -> RawTable:
    """Bring a user's table into the form that the checks understand.

    Parameters
    ----------
    source
        A path, or a table in memory.
    delimiter, encoding
        Of CSV files; without a delimiter it is the tab for ``.tsv`` and ``.tab``, else the comma.

    Raises
    ------
    DataError
        If a file cannot be read.
    UsageError
        If this is no table.
    """
    if isinstance(source, (str, os.PathLike)):
        return _from_path(Path(os.fspath(source)), delimiter, encoding)
    pandas = sys.modules.get("pandas")
    if pandas is not None and isinstance(source, pandas.DataFrame):
        return _from_pandas(source)
    if hasattr(source, "__arrow_c_stream__"):
        return _from_stream(source)
    todo = "collect() it first" if hasattr(source, "collect") else "put the figures into a data frame or a CSV file"
    raise UsageError(f"a {type(source).__name__} is no table that can be read.", allowed=_ALLOWED, todo=todo)


def _from_path(path: Path, delimiter: str | None, encoding: str) -> RawTable:
    suffix = path.suffix.lower()
    if suffix in _PARQUET or os.path.isdir(path):  # noqa: PTH112 - Path's raises on odd names
        return _from_arrow(read_parquet(path), repr(path.name))
    if suffix not in _TEXT + _TABS:
        raise DataError(
            f"{path.name!r} has a name that ends in {suffix!r}." if suffix else f"{path.name!r} has no ending.",
            allowed=_ALLOWED,
            todo="from a spreadsheet or a statistics program, save the table as CSV (UTF-8)",
        )
    mark = delimiter or ("\t" if suffix in _TABS else ",")
    text = read_csv(path, delimiter=mark, encoding=encoding)
    cells = zip(*text.rows, strict=True) if text.rows else ((),) * len(text.header)
    return RawTable(
        source=repr(path.name),
        names=text.header,
        columns=tuple(TextColumn(column) for column in cells),
        rows=text.lines,
        word="line",
    )


def _from_stream(source: object) -> RawTable:
    import pyarrow as pa

    name = f"the {type(source).__module__.split('.')[0]} {type(source).__name__}"
    try:
        table = pa.table(source)
    # Whatever produces the stream may fail in ways of its own; all of them mean that there is no table to read.
    except Exception as error:
        raise UsageError(f"{name} gives no table: {_first_line(error)}.", allowed=_ALLOWED) from error
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
        return RefusedColumn(_TRUTH, _TO_NUMBERS)
    if types.is_temporal(kind):
        return _DATES
    if types.is_decimal(kind):
        # Arrow's own cast rounds whole numbers beyond 2^53 without a word.
        return _object_column(column.to_pylist())
    if not (types.is_integer(kind) or types.is_floating(kind) or types.is_null(kind)):
        return RefusedColumn(f"values of type {kind}", _TO_NUMBERS)
    try:
        values = column.cast(pa.float64()).to_numpy(zero_copy_only=False)
        return NumberColumn(np.asarray(values, dtype=np.float64))
    except pa.ArrowInvalid:
        return RefusedColumn(*_LARGE)


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
            f"the pandas data frame has an index and a column of the same name: {_first_line(error)}.",
            allowed="every column once; named indexes count as columns",
            todo="rename one of them, or drop the index with reset_index(drop=True)",
        ) from error


def _column_name(label: object) -> str:
    # Tables with one column per year have years for labels, as floats if a label was ever missing.
    return str(int(label)) if isinstance(label, float) and label.is_integer() else str(label)


def _pandas_column(column: pd.Series[Any]) -> Column:
    import pyarrow as pa

    if column.dtype == object:
        return _object_column(column.tolist())
    try:
        return _arrow_column(pa.Array.from_pandas(column))
    except (pa.ArrowException, TypeError, ValueError, NotImplementedError):
        return RefusedColumn(f"values of type {column.dtype}", _TO_NUMBERS)


def _object_column(cells: Sequence[object]) -> Column:
    import numpy as np

    kinds = [_kind(cell) for cell in cells]
    present = {kind for kind in kinds if kind != "missing"}
    if present <= {"number"}:
        values = np.array([_as_float(cell) for cell in cells], dtype=np.float64)
        large = [k for k, cell in enumerate(cells) if _is_rounded(cell, float(values[k]))]
        return RefusedColumn(*_LARGE, tuple(large)) if large else NumberColumn(values)
    if present == {"text"}:
        return TextColumn([str(cell) if kind == "text" else "" for cell, kind in zip(cells, kinds, strict=True)])
    if present == {"date"}:
        return _DATES
    if present == {_TRUTH}:
        return RefusedColumn(_TRUTH, _TO_NUMBERS)
    # The kind that is rarest is the one to look for; among equals, not the numbers.
    counts = {kind: kinds.count(kind) for kind in sorted(present)}
    odd = min(counts, key=lambda kind: (counts[kind], kind == "number"))
    rows = tuple(k for k, kind in enumerate(kinds) if kind == odd)
    # Only text is sure to show itself in few signs.
    example = f", such as {str(cells[rows[0]])[:_SHOWN]!r}" if odd == "text" else ""
    what = f"a mix of {' and '.join(counts)}" if len(counts) > 1 else f"values of type {odd}"
    return RefusedColumn(what + example, f"make all cells numbers, or all text; look for the {odd}", rows)


def _kind(cell: object) -> str:
    name = type(cell).__name__
    if cell is None or name in {"NAType", "NaTType"} or (isinstance(cell, float) and cell != cell):  # noqa: PLR0124
        return "missing"
    if isinstance(cell, bool) or name in {"bool", "bool_"}:
        return _TRUTH
    if isinstance(cell, str):
        return "text"
    if isinstance(cell, (Real, Decimal)):
        return "number"
    return "date" if isinstance(cell, (dt.date, dt.time, dt.timedelta)) or name == "Period" else name


def _as_float(cell: object) -> float:
    if _kind(cell) == "missing":
        return float("nan")
    try:
        return float(cell)  # type: ignore[arg-type] # a real number or a decimal, by its kind
    except OverflowError:
        return float("inf")  # refused by the check of numbers, which names the row
    except ValueError:
        return float("nan")  # a signalling NaN among decimals


def _is_rounded(cell: object, value: float) -> bool:
    # Infinite ones are left to the check of numbers; what is no float may have more digits than one can hold.
    if not _EXACT <= abs(value) < float("inf") or isinstance(cell, float):
        return False
    whole = int(cell)  # type: ignore[call-overload] # a real number or a decimal, as its value is finite
    return whole != int(value) or (isinstance(cell, Integral) and abs(whole) > _EXACT)


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0].rstrip(".") if lines else type(error).__name__
