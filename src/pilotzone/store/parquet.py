"""Parquet files and folders of them, read by DuckDB, and files whose bytes repeat for the same table."""

from __future__ import annotations

import glob
import os
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from pilotzone.core import DataError, Table, UsageError, listing
from pilotzone.store.arrow import as_arrow
from pilotzone.store.place import readable, replacing

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["read_parquet", "write_parquet"]

_SUFFIXES = (".parquet", ".pq")
# The engine must neither fetch extensions nor look for them: reading a file needs no network.
_CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
}


def read_parquet(path: str | os.PathLike[str]) -> pa.Table:
    """Read a Parquet file, or all Parquet files below a folder, as one table.

    Rows come in the order of the files (sorted by path), then in the order within each. Folders named ``key=value``
    become a column. Files below one folder must have the same columns.

    Parameters
    ----------
    path
        A file, or a folder with files whose names end in ``.parquet`` or ``.pq``.

    Raises
    ------
    DataError
        If there is nothing, if a file is no Parquet file, if the files differ in their columns, or if two columns
        of one file differ in case only (the engine would rename one without a word).
    """
    import duckdb

    found = readable(path, folders=True)
    files = _files(found) if found.is_dir() else [found]
    _check_columns(files)
    with duckdb.connect(config=_CONFIG) as engine:
        try:
            relation = engine.from_parquet(
                [glob.escape(str(file)) for file in files],
                hive_partitioning=found.is_dir(),
                union_by_name=True,
            )
            return relation.to_arrow_table()
        except duckdb.Error as error:
            raise DataError(f"{str(found)!r} cannot be read: {_first_line(error)}.") from error


def write_parquet(table: pa.Table | Table, path: str | os.PathLike[str]) -> None:
    """Write a table as a Parquet file, whole or not at all.

    Parameters
    ----------
    table
        An Arrow table, or one of the package's own.
    path
        The file to make or to replace.

    Raises
    ------
    UsageError
        If the place cannot be written to.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    content = as_arrow(table) if isinstance(table, Table) else table
    with replacing(path) as new:
        try:
            pq.write_table(content, new, compression="zstd")
        except (pa.ArrowNotImplementedError, pa.ArrowInvalid, pa.ArrowTypeError) as error:
            raise UsageError(f"the table cannot be written as Parquet: {_first_line(error)}.") from error


def _files(folder: Path) -> list[Path]:
    below = sorted(file for file in folder.rglob("*") if file.suffix.lower() in _SUFFIXES and file.is_file())
    files = [file for file in below if not any(part.startswith((".", "_")) for part in file.relative_to(folder).parts)]
    if not files:
        raise DataError(
            f"there is no Parquet file in the folder {str(folder)!r}.",
            allowed=f"files whose names end in {' or '.join(_SUFFIXES)}",
        )
    return files


def _check_columns(files: list[Path]) -> None:
    first: list[str] | None = None
    for file in files:
        names = _column_names(file)
        counts = Counter(name.casefold() for name in names)
        twice = [name for name in names if counts[name.casefold()] > 1]
        if twice:
            raise DataError(
                f"{str(file)!r} has columns that differ in case only, or twice the same: {listing(twice)}.",
                todo="rename or drop one of them",
            )
        first = names if first is None else first
        if set(names) != set(first):
            odd = sorted(set(names) ^ set(first))
            raise DataError(
                f"{str(file)!r} has not the columns of {files[0].name!r}: they differ in {listing(odd)}.",
                allowed="the same columns in every file of a folder",
            )


def _column_names(file: Path) -> list[str]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return [str(name) for name in pq.read_schema(file).names]
    except (pa.ArrowException, OSError) as error:
        raise DataError(
            f"{str(file)!r} is no Parquet file that can be read: {_first_line(error)}.",
            todo="check that it was written to its end; for CSV give the file a name that ends in .csv",
        ) from error


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0].rstrip(".") if lines else type(error).__name__
