"""What runs on Spark's executors: rows to units to a state, and states to fewer states. Knows nothing of the session.

A fault of the panel is an answer: it comes back like a state and is raised where the panel was asked for, instead of
failing a task that would fail as often as it is tried.
"""

from __future__ import annotations

import pickle
from itertools import groupby
from typing import TYPE_CHECKING, Any

from pilotzone.core import PilotZoneError, one_thread
from pilotzone.store.merging import merged

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    import pyarrow as pa

    from pilotzone.store.kernel import Kernel, RowKernel
    from pilotzone.store.units import RowForm

__all__ = ["PART", "STATE", "Work", "merge_work", "opened"]

PART, STATE = "part", "state"
"""Columns of what comes back: the number of the task, and the pickled state."""

_ROWS = 2**18
"""Rows that a kernel gets at a time, or a few more: Spark hands them over in smaller batches."""


class Work:
    """What a task does with the rows of a panel.

    Parameters
    ----------
    kernel
        What is carried.
    form
        What is known of the rows.
    cut
        Makes batches of them that the kernel takes.
    """

    def __init__(
        self,
        kernel: Kernel[Any] | RowKernel[Any],
        form: RowForm,
        cut: Callable[[Iterable[pa.RecordBatch], RowForm], Iterable[Any]],
    ) -> None:
        self.kernel = kernel
        self.form = form
        self.cut = cut

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Return one row with the state of all rows, or none where there is no row."""
        from pyspark import TaskContext

        context = TaskContext.get()
        assert context is not None  # noqa: S101 - a task runs here
        try:
            taken = (self.kernel.take(batch) for batch in self.cut(_larger(batches), self.form))
            with one_thread():
                state = merged(taken, self.kernel.merge)
        except PilotZoneError as error:
            state = error
        yield from _packed(context.partitionId(), state)


def merge_work(kernel: Kernel[Any] | RowKernel[Any]) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """Return what a task does with states in the order of their parts: those of one part become one."""

    def work(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        rows = (row for batch in batches for row in batch.to_pylist())
        for part, group in groupby(rows, key=lambda row: row[PART]):
            try:
                with one_thread():
                    state = merged((opened(row[STATE]) for row in group), kernel.merge)
            except PilotZoneError as error:
                state = error
            yield from _packed(part, state)

    return work


def opened(state: bytes) -> Any:  # noqa: ANN401 - whatever a kernel makes
    """Return a state that came back.

    Raises
    ------
    PilotZoneError
        If it is one.
    """
    found = pickle.loads(state)  # noqa: S301 - our own task wrote it
    if isinstance(found, PilotZoneError):
        raise found
    return found


def _packed(part: int, state: Any) -> Iterator[pa.RecordBatch]:  # noqa: ANN401
    import pyarrow as pa
    from pyspark import cloudpickle

    if state is not None:
        # A kernel's own types may be of a notebook, which workers cannot import.
        packed = cloudpickle.dumps(state)  # type: ignore[no-untyped-call]
        yield pa.RecordBatch.from_arrays(
            [pa.array([part], type=pa.int32()), pa.array([packed], type=pa.binary())], names=[PART, STATE]
        )


def _larger(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Put batches together: what a kernel does for each batch is done less often."""
    import pyarrow as pa

    held: list[pa.RecordBatch] = []
    rows = 0
    for batch in batches:
        held.append(batch)
        rows += batch.num_rows
        if rows >= _ROWS:
            yield from pa.Table.from_batches(held).combine_chunks().to_batches()
            held, rows = [], 0
    if rows:
        yield from pa.Table.from_batches(held).combine_chunks().to_batches()
