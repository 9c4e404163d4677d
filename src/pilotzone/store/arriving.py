"""Tables that no engine reads by itself: they arrive in batches of rows, and are kept as Parquet for the passes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pilotzone.core import MOST_CELLS, DataError, first_line

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa

__all__ = ["Arriving", "keep_batches", "whole_table"]

Batches = Callable[[Sequence[str]], "Iterator[pa.RecordBatch]"]
"""Returns the rows of some columns, in batches of one schema."""


@dataclass(frozen=True, eq=False)
class Arriving:
    """A table on its way in.

    Attributes
    ----------
    source
        What it is called in messages, without any password.
    names
        Names of its columns.
    batches
        Reads some of these columns from the first row on; it may be asked once for each pass.
    told
        What a reader of the findings should know of how it was read, one sentence each.
    """

    source: str
    names: tuple[str, ...]
    batches: Batches
    told: tuple[str, ...] = ()


def keep_batches(table: Arriving, chosen: Sequence[str], target: Path) -> None:
    """Write some columns of a table into a Parquet file, one batch at a time.

    Parameters
    ----------
    table
        What arrives.
    chosen
        Names of columns.
    target
        The file.

    Raises
    ------
    DataError
        If the table cannot be read to its end, or there is no room for it.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    writer: pq.ParquetWriter | None = None
    try:
        for batch in table.batches(chosen):
            if writer is None:
                writer = pq.ParquetWriter(target, batch.schema, compression="lz4")
            writer.write_batch(batch)
    except (pa.ArrowException, OSError) as error:
        raise DataError(
            f"{table.source} cannot be kept: {first_line(error)}.",
            todo=f"make room in the folder for temporary files, {str(target.parent.parent)!r}",
        ) from error
    finally:
        if writer is not None:
            writer.close()
    if writer is None:
        raise DataError(f"{table.source} has no rows.", allowed="at least one row of figures")


def whole_table(table: Arriving, chosen: Sequence[str] | None = None) -> pa.Table:
    """Return some columns of a table in memory, or all of them.

    Raises
    ------
    DataError
        If it has more cells than a table of zones may have.
    """
    import pyarrow as pa

    names = list(table.names if chosen is None else chosen)
    found: list[pa.RecordBatch] = []
    rows = 0
    for batch in table.batches(names):
        found.append(batch)
        rows += batch.num_rows
        if rows * max(1, len(names)) > MOST_CELLS:
            raise DataError(
                f"{table.source} has more than {MOST_CELLS:,} cells.",
                allowed=f"up to {MOST_CELLS:,} cells; of units in any number: a study of a panel",
                todo="keep the rows and columns that the study needs",
            )
    if not found:
        raise DataError(f"{table.source} has no rows.", allowed="at least one row of figures")
    return pa.Table.from_batches(found)
