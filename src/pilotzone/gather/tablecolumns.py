"""The columns of a user's table of any length: whatever file it is in, numbers and texts as arrays."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pilotzone.core import DataError
from pilotzone.gather.cells import cell_fault
from pilotzone.gather.columns import NumberColumn
from pilotzone.gather.forms import TableForm
from pilotzone.gather.sources import read_source
from pilotzone.store import IPC, JSON_LINES, LABELLED, SHEETS, read_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["PLAIN_FILES", "table_columns"]

_EXACT = 2**53
"""Below it every whole number is told from the next."""

PLAIN_FILES = (*SHEETS, *LABELLED, *IPC, *JSON_LINES)
"""Endings of files that are read cell by cell; all others are read by the engine, in any length."""


def table_columns(
    path: Path, names: Sequence[str], *, table: str | None = None, most: int | None = None
) -> dict[str, NDArray[Any]]:
    """Return columns of a table as arrays; of other files than CSV, Parquet and DuckDB, only those with these names.

    Parameters
    ----------
    path
        A CSV or Parquet file, a DuckDB database, an Excel workbook with one table, a Stata or SPSS file, a Feather or
        Arrow file, or JSON lines.
    names
        Columns that are wanted. A name that no column has is left out: whoever asks says what lacks it.
    table
        Table of a database.
    most
        Cells that a file may have.

    Raises
    ------
    UsageError, DataError
        If it cannot be read, has no rows or more cells, or a column holds what is neither text nor number.
    """
    if path.suffix.lower() not in PLAIN_FILES:
        found = read_table(path, table, most=most)
        _check_rows(path, found.num_rows)
        return {name: found.column(name).to_numpy() for name in found.column_names}
    raw = read_source(path, TableForm(table=table), keys=names)
    _check_rows(path, len(raw.rows))
    if most is not None and len(raw.rows) * len(raw.names) > most:
        raise DataError(f"{path.name} has {len(raw.rows):,} rows.", allowed=f"up to {most:,} cells")
    columns: dict[str, NDArray[Any]] = {}
    for name in dict.fromkeys(raw.names):
        if name not in names:
            columns[name] = np.empty(0)  # known by its name, and not asked for
            continue
        column = raw.usable(name, what="figures of this study")
        if isinstance(column, NumberColumn):
            columns[name] = _whole(column.values)
        else:
            columns[name] = _texts(column.cells)
    return columns


def _check_rows(path: Path, count: int) -> None:
    if not count:
        raise DataError(f"{path.name} has no rows.")


def _whole(values: NDArray[np.float64]) -> NDArray[Any]:
    """Return whole numbers as such, so that codes of groups are not named 1.0."""
    whole = np.isfinite(values).all() and (values % 1 == 0).all() and (np.abs(values) < _EXACT).all()
    return values.astype(np.int64) if whole else values


def _texts(cells: Sequence[str]) -> NDArray[Any]:
    """Return numbers where all cells are numbers or empty, else texts: a sheet may hold either as text."""
    if any(cell_fault(cell) for cell in cells):
        return np.array(cells, dtype=object)
    return _whole(np.array([float(cell) if cell.strip() else np.nan for cell in cells]))
