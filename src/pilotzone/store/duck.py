"""DuckDB carries kernels to panels: in this process, out of core, from files, tables and frames."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from pilotzone.core import DataError
from pilotzone.store.form import Checks, check_names, check_types, quoted, select_sql
from pilotzone.store.merging import merged
from pilotzone.store.survey import SurveyKernel
from pilotzone.store.units import OutOfOrderError, RowForm, row_batches, unit_batches

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import duckdb
    import pyarrow as pa

    from pilotzone.store.kernel import Kernel, PanelColumns, PanelFacts, RowKernel

__all__ = ["DuckEngine", "connected"]

State = TypeVar("State")
_BATCH = 1_000_000
"""Rows of a batch."""


def connected(memory_limit: str | None, threads: int | None) -> tuple[duckdb.DuckDBPyConnection, Callable[[], None]]:
    """Return a connection that may spill to a folder of its own, and what closes it and removes the folder."""
    import duckdb

    spill = tempfile.mkdtemp(prefix="pilotzone-")
    config: dict[str, Any] = {"temp_directory": spill}
    if memory_limit is not None:
        config["memory_limit"] = memory_limit
    if threads is not None:
        config["threads"] = threads
    connection = duckdb.connect(config=config)

    def close() -> None:
        connection.close()
        shutil.rmtree(spill, ignore_errors=True)

    return connection, close


class DuckEngine:
    """A panel that DuckDB reads.

    Parameters
    ----------
    connection
        With a view named ``panel``, unless there is a frame.
    close
        Closes it when the engine is no longer used.
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
        connection: duckdb.DuckDBPyConnection,
        close: Callable[[], None],
        columns: PanelColumns,
        *,
        frame: pa.Table | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> None:
        self.columns = columns
        self._connection = connection
        self._progress = progress
        self._frame = frame
        if frame is not None:
            connection.register("panel", frame)
        self._in_order = True
        self._closing = weakref.finalize(self, close)
        described = self._connection.execute("DESCRIBE panel").fetchall()
        self._types = {row[0]: row[1] for row in described}
        check_names(columns, list(self._types))
        check_types(columns, self._types)

    def facts(self) -> PanelFacts:
        """Return what the panel holds."""
        return self._facts

    def carry(self, kernel: Kernel[State]) -> State:
        """Carry a kernel to all units; rows in the order of units and periods are not sorted again."""
        if self._in_order:
            try:
                return self._carried(kernel, "")
            except OutOfOrderError:
                self._in_order = False
        return self._carried(kernel, " ORDER BY u, t")

    def carry_rows(self, kernel: RowKernel[State]) -> State:
        """Carry a kernel to all rows as units of their own."""
        found = merged((kernel.take(batch) for batch in row_batches(self._rows(""), self._form)), kernel.merge)
        return self._some(found)

    def _carried(self, kernel: Kernel[State], order: str) -> State:
        found = merged((kernel.take(batch) for batch in unit_batches(self._rows(order), self._form)), kernel.merge)
        return self._some(found)

    def _some(self, found: State | None) -> State:
        if found is None:
            raise DataError("the panel has no row.", allowed="a row for each unit and period")
        return found

    @cached_property
    def _facts(self) -> PanelFacts:
        names = self._form.cluster_names
        clusters = None if names is None else np.asarray(names.to_numpy(zero_copy_only=False))
        periods = tuple(self._form.periods.tolist())
        return self.carry(SurveyKernel()).facts(periods, self._count, clusters)

    @cached_property
    def _count(self) -> int:
        (count,) = self._one("SELECT count(*) FROM panel")
        return int(count)

    @cached_property
    def _form(self) -> RowForm:
        """Check every row by itself, and return what is known before rows are read side by side."""
        self._check_rows()
        time = quoted(self.columns.time)
        periods = self._connection.execute(f"SELECT DISTINCT CAST({time} AS BIGINT) AS t FROM panel ORDER BY t")
        found = np.array([row[0] for row in periods.fetchall()], dtype=np.int64)
        clusters = None
        if self.columns.cluster is not None:
            rows = self._connection.execute(f"SELECT DISTINCT c FROM ({self._select(found)}) ORDER BY c")
            clusters = rows.to_arrow_table()["c"].combine_chunks()
        return RowForm(self.columns, found, clusters)

    def _check_rows(self) -> None:
        checks = Checks(self.columns, self._types)
        conditions = checks.conditions()
        counts = self._one(
            f"SELECT count(*), {', '.join(f'count_if({item})' for item in conditions.values())} FROM panel"
        )
        if counts[0] == 0:
            raise DataError("the panel has no row.", allowed="a row for each unit and period")
        for (key, condition), count in zip(conditions.items(), counts[1:], strict=True):
            if count:
                where = {name: quoted(name) for name in (self.columns.unit, self.columns.time)}
                row = self._one(f"SELECT {', '.join(where.values())} FROM panel WHERE {condition} LIMIT 1")
                raise checks.error(key, int(count), dict(zip(where, row, strict=True)))

    def _select(self, periods: Any) -> str:  # noqa: ANN401
        zero_is_never = bool(periods[0] > 0)
        if not zero_is_never:
            (count,) = self._one(f"SELECT count(*) FROM panel WHERE {quoted(self.columns.cohort)} = 0")
            if count:
                raise DataError(
                    f"column {self.columns.cohort!r} is zero in {count:,} rows, and periods begin at {periods[0]}:"
                    " zero may be a period or mean 'never'.",
                    allowed="an empty cell or infinity for never; zero only where all periods are above it",
                    todo="add a number to periods and cohorts so that all are above zero.",
                )
        return f"SELECT {select_sql(self.columns, self._types, zero_is_never=zero_is_never)} FROM panel"

    def _rows(self, order: str) -> Iterator[pa.RecordBatch]:
        query, count = self._select(self._form.periods) + order, self._count
        cursor = self._connection.cursor()  # of its own: another query would end the stream
        if self._frame is not None:
            cursor.register("panel", self._frame)
        done = 0
        for batch in cursor.execute(query).to_arrow_reader(_BATCH):
            yield batch
            done += batch.num_rows
            if self._progress is not None:
                self._progress(done, count)

    def _one(self, query: str) -> tuple[Any, ...]:
        found: tuple[Any, ...] | None = self._connection.execute(query).fetchone()
        return found or ()
