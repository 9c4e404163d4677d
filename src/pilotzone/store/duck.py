"""DuckDB carries kernels to panels: in this process, out of core, from files, tables and frames."""

from __future__ import annotations

import weakref
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from pilotzone.core import DataError, UsageError
from pilotzone.store.confined import said
from pilotzone.store.form import quoted
from pilotzone.store.keeping import KeptRows
from pilotzone.store.merging import merged
from pilotzone.store.scrutiny import Scrutiny
from pilotzone.store.spelling import spelled_panel
from pilotzone.store.survey import RowSurveyKernel, SurveyKernel
from pilotzone.store.units import OutOfOrderError, row_batches, unit_batches

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pyarrow as pa

    from pilotzone.store.confined import Confined
    from pilotzone.store.kernel import Kernel, PanelColumns, PanelFacts, RowKernel

__all__ = ["DuckEngine", "explained"]

State = TypeVar("State")
_BATCH = 1_000_000
"""Rows of a batch."""


class DuckEngine:
    """A panel that DuckDB reads.

    Parameters
    ----------
    home
        A connection with a view named ``panel``, unless there is a frame, and a folder where rows are kept once they
        have been sorted; closed when the engine is no longer used.
    columns
        Which columns make the panel.
    frame
        An Arrow table that is the panel; ``None`` where the connection has a view.
    progress
        Called with the rows read so far and all rows that are to be read.
    """

    name = "duckdb"

    def __init__(
        self,
        home: Confined,
        columns: PanelColumns,
        *,
        frame: pa.Table | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> None:
        self.columns = columns
        connection = self._connection = home.connection
        self._progress = progress
        self._frame = frame
        if frame is not None:
            connection.register("panel", frame)
        self._in_order = True
        self._kept = KeptRows(home.spill)
        self._closing = weakref.finalize(self, home.close)

        def ask(query: str) -> pa.Table:  # knows no engine, which is to be forgotten with the last who uses it
            with explained():
                return connection.execute(query).to_arrow_table()

        described = {row[0]: row[1] for row in self._connection.execute("DESCRIBE panel").fetchall()}
        how = spelled_panel(columns, described, "panel", ask, '"')
        table = "panel"
        if how.columns:
            made = ", ".join(f"{sql} AS {quoted(name)}" for name, sql in how.columns.items())
            table = f"(SELECT * REPLACE ({made}) FROM panel) AS numbered"
        self._scrutiny = Scrutiny(columns, how.types(described), table, ask, frequency=how.frequency)

    def facts(self) -> PanelFacts:
        """Return what the panel holds."""
        return self._facts

    def row_facts(self) -> PanelFacts:
        """Return what the panel holds, each row taken for a unit of its own."""
        return self._row_facts

    def carry(self, kernel: Kernel[State]) -> State:
        """Carry a kernel to all units; rows are sorted once if at all, and kept in that order for what follows."""
        if self._in_order:
            try:
                return self._carried(kernel, self._rows(""))
            except OutOfOrderError:
                self._in_order = False
        if self._kept:
            return self._carried(kernel, self._told(self._kept.read()))
        return self._carried(kernel, self._kept.keep(self._rows(" ORDER BY u, t")))

    def carry_rows(self, kernel: RowKernel[State]) -> State:
        """Carry a kernel to all rows as units of their own."""
        found = merged((kernel.take(batch) for batch in row_batches(self._rows(""), self._scrutiny.form)), kernel.merge)
        return self._some(found)

    def _carried(self, kernel: Kernel[State], rows: Iterator[pa.RecordBatch]) -> State:
        found = merged((kernel.take(batch) for batch in unit_batches(rows, self._scrutiny.form)), kernel.merge)
        return self._some(found)

    def _some(self, found: State | None) -> State:
        if found is None:
            raise DataError("the panel has no rows.", allowed="a row for each unit and period")
        return found

    @cached_property
    def _facts(self) -> PanelFacts:
        return self._scrutiny.facts(self.carry(SurveyKernel()))

    @cached_property
    def _row_facts(self) -> PanelFacts:
        return self._scrutiny.facts(self.carry_rows(RowSurveyKernel(len(self._scrutiny.form.periods))))

    def _rows(self, order: str) -> Iterator[pa.RecordBatch]:
        query = self._scrutiny.rows + order
        cursor = self._connection.cursor()  # of its own: another query would end the stream
        if self._frame is not None:
            cursor.register("panel", self._frame)
        with explained():
            reader = iter(cursor.execute(query).to_arrow_reader(_BATCH))
        yield from self._told(reader)

    def _told(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Yield batches, and tell how many rows have been read."""
        done, count = 0, self._scrutiny.count
        while True:
            with explained():
                batch = next(batches, None)
            if batch is None:
                return
            yield batch
            done += batch.num_rows
            if self._progress is not None:
                self._progress(done, count)


@contextmanager
def explained() -> Iterator[None]:
    """Say what errors mean that come while rows are read: most are of columns that are computed then."""
    import duckdb
    import pyarrow as pa

    try:
        yield
    except (duckdb.Error, pa.ArrowException) as error:
        words = said(error)
        if isinstance(error, duckdb.OutOfMemoryException) or "Out of Memory" in words:
            raise UsageError(
                f"DuckDB has too little memory: {words}.",
                todo="raise the memory limit, or lower the number of threads, each of which needs some",
            ) from error
        if isinstance(error, duckdb.ConversionException | duckdb.OutOfRangeException | pa.ArrowException):
            raise DataError(
                f"DuckDB cannot compute the panel's columns: {words}.",
                todo="mend the column where it is computed; a figure that cannot be computed is missing, which is NULL",
            ) from error
        raise DataError(
            f"the panel cannot be read to its end: {words}.",
            todo="check that the file was written to its end; write it anew with the program that made it",
        ) from error
