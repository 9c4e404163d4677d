"""What Parquet files say of themselves, looked at before an engine believes it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pilotzone.core import DataError, first_line, listing, shown_path
from pilotzone.store.confined import literal, said, spelled
from pilotzone.store.files import values_of_keys
from pilotzone.store.form import check_names, quoted

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pyarrow as pa

    from pilotzone.store.confined import Confined
    from pilotzone.store.files import PanelFiles
    from pilotzone.store.kernel import PanelColumns

__all__ = ["MOST_ROWS_A_BYTE", "MOST_UNPACKED", "check_rows", "schemas", "view_parquet"]

MOST_ROWS_A_BYTE = 1000
"""Rows that a file may claim for each of its bytes: a panel has units, periods and figures, no file of one value."""
MOST_UNPACKED = 250
"""Bytes that each byte of a compressed file may stand for."""
_FREE_ROWS = 1_000_000
_FREE_BYTES = 1 << 28


@dataclass(frozen=True)
class _Footer:
    file: Path
    names: tuple[str, ...]
    types: dict[str, pa.DataType]


def view_parquet(home: Confined, found: PanelFiles, columns: PanelColumns | None) -> list[str]:
    """Make the view ``panel`` of Parquet files, and return the names of its columns.

    Folders ``key=value`` between the files and the folder that was named are columns; those above it are not.

    Raises
    ------
    UsageError
        If a column is not there.
    DataError
        If files do not go together, or claim what cannot be.
    """
    keys = values_of_keys(found)
    names = check_files(home, found, columns)
    files = ", ".join(literal(spelled(file)) for file in found.files)
    several = "true" if len(found.files) > 1 else "false"
    made = "".join(
        f", ([{', '.join(_cell(value) for value in values)}])[CAST(file_index AS BIGINT) + 1] AS {quoted(name)}"
        for name, values in keys.items()
    )
    home.connection.execute(
        f"CREATE VIEW panel AS SELECT *{made} FROM"
        f" read_parquet([{files}], hive_partitioning=false, union_by_name={several})"
    )
    return [*names, *keys]


def check_files(home: Confined, found: PanelFiles, columns: PanelColumns | None, *, alike: bool = False) -> list[str]:
    """Return the columns of Parquet files that go together; `alike` if columns are to be of one type and not one kind.

    Raises
    ------
    UsageError
        If a column is not there.
    DataError
        If files do not go together, or claim what cannot be.
    """
    keys = values_of_keys(found)
    footers = schemas(found.files)
    _check_claims(home, found.files)
    names = list(footers[0].names)
    both = sorted({key.casefold() for key in keys} & {name.casefold() for item in footers for name in item.names})
    if both:
        raise DataError(
            f"the files in {shown_path(found.root)} have a column {both[0]!r}, and so have its folders.",
            allowed="every column once",
            todo="rename the folders so that no '=' is in their names, or take the column out of the files",
        )
    if columns is not None:
        check_names(columns, [*names, *keys])
    used = set(names if columns is None else columns.every) - set(keys)
    for item in footers[1:]:
        lacking = sorted(name for name in used if name not in item.types)
        more = sorted(set(item.names) - set(names)) if columns is None else []
        if lacking or more:
            raise DataError(
                f"{item.file.name!r} and {footers[0].file.name!r} do not have the same columns: look at"
                f" {listing([*lacking, *more])}.",
                allowed="the same columns in every file of a folder",
            )
        _check_types(footers[0], item, sorted(used), alike=alike)
    return names


def _check_types(one: _Footer, other: _Footer, names: Sequence[str], *, alike: bool) -> None:
    """Refuse a column that is of one kind here and of another there: an engine would make one of them the other."""
    for name in names:
        kinds = {str(item.types[name]) if alike else _sort(item.types[name]) for item in (one, other)} - {"nothing"}
        if len(kinds) > 1:
            raise DataError(
                f"column {name!r} is {one.types[name]} in {one.file.name!r} and {other.types[name]} in"
                f" {other.file.name!r}.",
                allowed="columns of the same kind in every file of a folder",
            )


def _sort(kind: pa.DataType) -> str:
    import pyarrow as pa

    if pa.types.is_null(kind):
        return "nothing"
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return "numbers"
    if pa.types.is_dictionary(kind):
        return _sort(kind.value_type)
    return "text" if pa.types.is_string(kind) or pa.types.is_large_string(kind) else str(kind)


def _cell(value: int | str | None) -> str:
    return "NULL" if value is None else literal(value) if isinstance(value, str) else str(value)


def schemas(files: Sequence[Path]) -> list[_Footer]:
    """Return the columns of Parquet files.

    Raises
    ------
    DataError
        If a footer cannot be read.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    found = []
    for file in files:
        try:
            meta = pq.read_metadata(file)
            schema = meta.schema.to_arrow_schema()
            names = tuple(schema.names)
        except (pa.ArrowException, OSError, ValueError, OverflowError, TypeError) as error:
            raise DataError(
                f"{shown_path(file)} is not a Parquet file that can be read: {first_line(error)[:200]}.",
                todo="check that it was written to its end, with names of columns in UTF-8",
            ) from error
        found.append(_Footer(file, names, {item.name: item.type for item in schema}))
    return found


def _check_claims(home: Confined, files: Sequence[Path]) -> None:
    """Refuse files that claim more than they can hold, by DuckDB, which damaged footers do not bring down."""
    import duckdb

    names = ", ".join(literal(spelled(file)) for file in files)
    try:
        claims = home.connection.execute(f"SELECT num_rows FROM parquet_file_metadata([{names}])").fetchall()
        unpacked = home.connection.execute(
            f"SELECT file_name, sum(total_uncompressed_size) FROM parquet_metadata([{names}]) GROUP BY file_name"
        ).fetchall()
    except duckdb.Error as error:
        raise DataError(
            f"{shown_path(files[0])} is not a Parquet file that can be read: {said(error)}.",
            todo="check that it was written to its end",
        ) from error
    sizes = {str(name): int(size or 0) for name, size in unpacked}
    for file, (rows,) in zip(files, claims, strict=True):
        check_rows(file, int(rows))
        own, there = sizes.get(os.path.abspath(file), 0), file.stat().st_size  # noqa: PTH100 - links stay links
        if not 0 <= own <= max(_FREE_BYTES, MOST_UNPACKED * there):
            raise DataError(
                f"{shown_path(file)} claims to be {own:,} bytes when it is decompressed, and has {there:,}.",
                allowed=f"up to {MOST_UNPACKED} times the size of a file",
                todo="write it anew without compression, if that is meant",
            )


def check_rows(file: Path, rows: int) -> None:
    """Refuse a file that claims more rows than can be in so few bytes.

    Raises
    ------
    DataError
        If it does.
    """
    size = file.stat().st_size
    if not 0 <= rows <= max(_FREE_ROWS, MOST_ROWS_A_BYTE * size):
        raise DataError(
            f"{shown_path(file)} claims {rows:,} rows in {size:,} bytes.",
            allowed=f"up to {MOST_ROWS_A_BYTE:,} rows for each byte of a file, as rows of a panel differ",
        )
