"""Parquet files and folders of them, read with their checksums, and files whose bytes repeat for the same table."""

from __future__ import annotations

import io
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from pilotzone.core import MOST_CELLS, MOST_OF_A_TABLE, DataError, Table, UsageError, first_line, listing, shown_path
from pilotzone.store.arrow import as_arrow
from pilotzone.store.files import PanelFiles, table_files, values_of_keys
from pilotzone.store.paths import readable, replacing

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["parquet_bytes", "parquet_content", "read_parquet", "write_parquet"]


def read_parquet(path: str | os.PathLike[str]) -> pa.Table:
    """Read a Parquet file, or all Parquet files below a folder, as one table.

    Rows come in the order of the files (sorted by path), then in the order within each. Folders named ``key=value``
    become a column. Files below one folder must have the same columns. Where a file has checksums (those written by
    `write_parquet` do), damaged pages are found.

    Parameters
    ----------
    path
        A file, or a folder with files whose names end in ``.parquet`` or ``.pq``.

    Raises
    ------
    DataError
        If there is nothing, if a file is not a Parquet file or is damaged, or if the files do not fit together.
    """
    found = readable(path, folders=True)
    if not found.is_dir():
        return _read(found)
    import pyarrow as pa

    listed = table_files(found)
    files = list(listed.files)
    tables = [_read(file) for file in files]
    _check_columns(files, tables)
    tables = _with_keys(listed, tables)
    try:
        # Permissive: a column without any value in one file is of no type there, and whole numbers fit into floats.
        return pa.concat_tables(tables, promote_options="permissive")
    except pa.ArrowException as error:
        raise DataError(
            f"the files in {str(found)!r} do not fit together: {first_line(error)}.",
            allowed="columns of the same kind in every file of a folder",
        ) from error


def write_parquet(table: pa.Table | Table, path: str | os.PathLike[str]) -> None:
    """Write a table as a Parquet file with checksums, whole or not at all.

    Parameters
    ----------
    table
        An Arrow table, or one of the package's own.
    path
        The file to make or to replace.

    Raises
    ------
    UsageError
        If the place cannot be written to, or Parquet cannot hold the table.
    """
    content = as_arrow(table) if isinstance(table, Table) else table
    with replacing(path) as new:
        _write(content, new)


def parquet_bytes(table: pa.Table | Table) -> bytes:
    """Return what `write_parquet` writes; the same table gives the same bytes.

    Raises
    ------
    UsageError
        If Parquet cannot hold the table.
    """
    sink = io.BytesIO()
    _write(as_arrow(table) if isinstance(table, Table) else table, sink)
    return sink.getvalue()


def parquet_content(content: bytes, name: str, *, most: int) -> pa.Table:
    """Return the table in the bytes of a Parquet file.

    Parameters
    ----------
    content
        The bytes.
    name
        What stands for them in errors.
    most
        Rows that are read; a few bytes may stand for any number of rows that are alike.

    Raises
    ------
    DataError
        If they are not a Parquet file, are damaged, or hold more rows.
    """
    import pyarrow as pa

    return _read(pa.BufferReader(content), name, most)


def _write(content: pa.Table, sink: Path | io.BytesIO) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        pq.write_table(content, sink, compression="zstd", write_page_checksum=True)
    except pa.ArrowException as error:
        raise UsageError(f"the table cannot be written as Parquet: {first_line(error)}.") from error


def _read(source: Path | pa.BufferReader, name: str = "", most: int | None = None) -> pa.Table:
    import pyarrow as pa
    import pyarrow.parquet as pq

    shown = repr(name) if name else shown_path(str(source))
    try:
        with pq.ParquetFile(source, page_checksum_verification=True) as content:
            told = content.metadata
            if most is not None and told.num_rows > most:
                raise DataError(f"{shown} has {told.num_rows:,} rows.", allowed=f"up to {most:,} rows")
            if told.num_rows * told.num_columns > MOST_CELLS:
                raise DataError(
                    f"{shown} has {told.num_rows:,} rows of {told.num_columns:,} columns.",
                    allowed=f"up to {MOST_CELLS:,} cells; of units in any number: a study of a panel",
                )
            kinds = {field.name: field.type for field in content.schema_arrow}
        texts = [name for name, kind in kinds.items() if _is_text(kind)]
        # A text that many cells repeat stands in the file once, and is kept once until it is known what it comes to.
        with pq.ParquetFile(source, page_checksum_verification=True, read_dictionary=texts) as content:
            return _spelt_out(content.read(), kinds, shown)
    except (pa.ArrowException, OSError) as error:
        raise DataError(
            f"{shown} is not a Parquet file that can be read: {first_line(error)}.",
            todo="check that it was written to its end; for CSV give the file a name that ends in .csv",
        ) from error


def _is_text(kind: pa.DataType) -> bool:
    from pyarrow import types

    return any(is_kind(kind) for is_kind in (types.is_string, types.is_large_string, types.is_binary))


def _spelt_out(table: pa.Table, kinds: Mapping[str, pa.DataType], shown: str) -> pa.Table:
    """Return a table whose texts are of their own kinds, where all together are no more than a table may be."""
    import pyarrow as pa
    import pyarrow.compute as pc

    for k, field in enumerate(table.schema):
        if not pa.types.is_dictionary(field.type):
            continue
        column = table.column(k)
        sizes = (pc.sum(pc.take(pc.binary_length(part.dictionary), part.indices)).as_py() for part in column.chunks)
        size = sum(each or 0 for each in sizes)
        if size > MOST_OF_A_TABLE:
            raise DataError(
                f"{shown} has {size / 1e6:,.0f} MB of text in the column {field.name!r}.",
                allowed=f"up to {MOST_OF_A_TABLE // 10**6} MB",
            )
        kind = kinds[field.name]
        if kind != field.type:
            table = table.set_column(k, field.with_type(kind), column.cast(field.type.value_type).cast(kind))
    return table


def _check_columns(files: list[Path], tables: list[pa.Table]) -> None:
    first = sorted(tables[0].column_names)
    for file, table in zip(files, tables, strict=True):
        if sorted(table.column_names) != first or len(set(first)) < len(first):
            odd = sorted(set(table.column_names) ^ set(first)) or [name for name in first if first.count(name) > 1]
            raise DataError(
                f"{str(file)!r} and {files[0].name!r} do not have the same columns, each once: look at {listing(odd)}.",
                allowed="the same columns in every file of a folder",
            )


def _with_keys(listed: PanelFiles, tables: list[pa.Table]) -> list[pa.Table]:
    """Append the columns that folders named ``key=value`` stand for: whole numbers where all values are, else text."""
    import pyarrow as pa

    for name, cells in values_of_keys(listed).items():
        if name in tables[0].column_names:
            raise DataError(
                f"the files in {str(listed.root)!r} have a column {name!r}, and so have its folders.",
                allowed="every column once",
            )
        kind = pa.string() if any(isinstance(cell, str) for cell in cells) else pa.int64()
        tables = [
            table.append_column(name, pa.array([cell] * len(table), type=kind))
            for table, cell in zip(tables, cells, strict=True)
        ]
    return tables
