"""Feather and other Arrow IPC files: read batch by batch, each looked at before anything believes it."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pilotzone.core import DataError, UsageError, first_line, listing, open_regular, shown_path
from pilotzone.store.arriving import Arriving

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pyarrow as pa

__all__ = ["IPC", "open_ipc"]

IPC = (".feather", ".arrow", ".ipc")
_FILE, _OLD = b"ARROW1", b"FEA1"


def open_ipc(path: str | os.PathLike[str]) -> Arriving:
    """Open a Feather file (version 2) or another Arrow IPC file, as pandas, polars and R's arrow write them.

    Categories and factors are read as their values.

    Parameters
    ----------
    path
        The file.

    Raises
    ------
    DataError
        If it is missing, damaged, of the first version of Feather, or has two columns of one name.
    """
    name = shown_path(path)
    with open_regular(path, fault=DataError) as stream:
        head = stream.read(8)
    if head.startswith(_OLD):
        raise DataError(
            f"{name} is a Feather file of version 1, which is not read any more.",
            allowed="Feather of version 2, which is Arrow IPC",
            todo="write it anew: to_feather in pandas, write_feather of R's arrow",
        )
    if not head.startswith(_FILE):
        what = "is empty" if not head else "does not begin as Arrow files do"
        raise DataError(
            f"{name} is not a Feather or Arrow file: it {what}.",
            allowed=f"Arrow IPC files, whose names end in {listing(IPC)}",
            todo="check that it was written to its end, and that its name has the ending of what it is",
        )
    with _reader(path, name) as reader:
        names = tuple(reader.schema.names)
    twice = [each for each in dict.fromkeys(names) if names.count(each) > 1]
    if twice:
        raise DataError(f"{name} has two columns called {twice[0]!r}.", allowed="every column once")

    def batches(chosen: Sequence[str]) -> Iterator[pa.RecordBatch]:
        with _reader(path, name) as reader:
            for number in range(reader.num_record_batches):
                yield _plain(reader.get_batch(number), chosen)

    return Arriving(name, names, batches)


@contextmanager
def _reader(path: str | os.PathLike[str], name: str) -> Iterator[pa.RecordBatchFileReader]:
    """Open the file; whatever is wrong with it is one error."""
    import pyarrow as pa

    try:
        with pa.memory_map(os.fspath(path)) as source, pa.ipc.open_file(source) as reader:
            yield reader
    except (pa.ArrowException, OSError, MemoryError) as error:
        raise DataError(
            f"{name} is not a Feather or Arrow file that can be read: {first_line(error)}.",
            allowed="Arrow IPC files that were written to their end",
            todo="write it anew with the program that made it",
        ) from error


def _plain(batch: pa.RecordBatch, chosen: Sequence[str]) -> pa.RecordBatch:
    """Return columns of a batch with dictionaries spelt out, every offset and text of them looked at."""
    import pyarrow as pa

    columns = []
    for name in chosen:
        column = batch.column(name)
        column.validate(full=True)
        if pa.types.is_dictionary(column.type):
            column = column.cast(column.type.value_type)
        columns.append(column)
    if not columns:
        raise UsageError("no columns are asked for.", allowed="one or more")
    return pa.RecordBatch.from_arrays(columns, names=list(chosen))
