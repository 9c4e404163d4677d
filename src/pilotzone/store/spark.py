"""Spark carries kernels to panels: on the executors, unit by unit, and brings their states back.

States come back through the job that computed them, one a task, and a task that is run again gives its one state again:
nothing is added up on the side. Units go to tasks by their keys and are sorted there, and states are merged in the
order of tasks, so that neither who finishes first nor where rows lay before changes a digit.
"""

from __future__ import annotations

import re
import weakref
from contextlib import contextmanager
from functools import cached_property
from math import ceil
from secrets import token_hex
from typing import TYPE_CHECKING, TypeVar

from pilotzone.core import DataError, PilotZoneError, UsageError
from pilotzone.store.executors import PART, STATE, Work, merge_work, opened
from pilotzone.store.form import quoted
from pilotzone.store.merging import merged
from pilotzone.store.scrutiny import Scrutiny
from pilotzone.store.session import check_version, java_is_gone, said_first, ship
from pilotzone.store.spelling import spelled_panel
from pilotzone.store.survey import RowSurveyKernel, SurveyKernel
from pilotzone.store.units import TIME, UNIT, row_batches, unit_batches
from pilotzone.store.watching import watched

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pyarrow as pa
    from pyspark.sql import DataFrame

    from pilotzone.store.kernel import Kernel, PanelColumns, PanelFacts, RowKernel

__all__ = ["SparkEngine", "explained"]

State = TypeVar("State")

_LEAST, _MOST = 2**16, 2**20
"""Rows of a task: fewer are not worth one, and more are slow to do again when it fails."""
_FAN = 16
"""States that one task merges into one, as long as there are more than twice as many."""
_LONG = 300
"""Signs of what Spark says that are passed on."""
_BACK = f"{PART} int, {STATE} binary"
_TYPES = {"STRING": "VARCHAR", "INT": "INTEGER", "VOID": "NULL"}
"""Spark's words for types, where DuckDB has others."""


class SparkEngine:
    """A panel that Spark reads.

    Parameters
    ----------
    frame
        Its rows, one for each unit and period. They are computed anew in each pass, unless the frame is cached.
    columns
        Which columns make the panel.
    progress
        Called now and then with the rows done so far, by the tasks that are done, and all rows.
    close
        Called when the engine is no longer used.
    """

    name = "spark"

    def __init__(
        self,
        frame: DataFrame,
        columns: PanelColumns,
        *,
        progress: Callable[[int, int], None] | None = None,
        close: Callable[[], None] | None = None,
    ) -> None:
        if close is not None:
            weakref.finalize(self, close)
        check_version()
        if not hasattr(frame, "_jdf"):
            raise UsageError(
                "the panel is a DataFrame of Spark Connect, to which no kernel can be shipped.",
                allowed="a DataFrame of a session with a master, such as spark://host:7077",
            )
        self.columns = columns
        self._frame = frame
        self._progress = progress
        types = {name: _TYPES.get(kind.upper(), kind.upper()) for name, kind in frame.dtypes}
        self._view = f"pilotzone_{token_hex(8)}"
        how = spelled_panel(columns, types, self._view, self._ask, "`")
        if how.columns:
            names = {name: quoted(name, "`") for name in frame.columns}
            self._frame = frame.selectExpr(*(f"{how.columns.get(name, own)} AS {own}" for name, own in names.items()))
        self._scrutiny = Scrutiny(columns, how.types(types), self._view, self._ask, "`", how.frequency)
        ship(frame.sparkSession)

    def facts(self) -> PanelFacts:
        """Return what the panel holds."""
        return self._facts

    def row_facts(self) -> PanelFacts:
        """Return what the panel holds, each row taken for a unit of its own."""
        return self._row_facts

    def carry(self, kernel: Kernel[State]) -> State:
        """Carry a kernel to all units, each whole in one task."""
        with explained():
            form, tasks = self._scrutiny.form, self._tasks()
            rows = self._query(self._scrutiny.rows).repartition(tasks, UNIT).sortWithinPartitions(UNIT, TIME)
            return self._carried(rows, kernel, Work(kernel, form, unit_batches), tasks, dealt=True)

    def carry_rows(self, kernel: RowKernel[State]) -> State:
        """Carry a kernel to all rows as units of their own, where they lie."""
        with explained():
            rows = self._query(self._scrutiny.rows)
            work = Work(kernel, self._scrutiny.form, row_batches)
            return self._carried(rows, kernel, work, rows.rdd.getNumPartitions(), dealt=False)

    @cached_property
    def _facts(self) -> PanelFacts:
        return self._scrutiny.facts(self.carry(SurveyKernel()))

    @cached_property
    def _row_facts(self) -> PanelFacts:
        return self._scrutiny.facts(self.carry_rows(RowSurveyKernel(len(self._scrutiny.form.periods))))

    def _tasks(self) -> int:
        """Return how many tasks the units are dealt to: as many as cores where that keeps them busy."""
        rows, cores = self._scrutiny.count, self._frame.sparkSession.sparkContext.defaultParallelism
        return max(min(cores, ceil(rows / _LEAST)), ceil(rows / _MOST))

    def _carried(
        self, rows: DataFrame, kernel: Kernel[State] | RowKernel[State], work: Work, tasks: int, *, dealt: bool
    ) -> State:
        states, left = rows.mapInArrow(work, _BACK), tasks  # type: ignore[arg-type]
        while left > 2 * _FAN:
            left = ceil(left / _FAN)
            parts = states.selectExpr(f"CAST({PART} div {_FAN} AS int) AS {PART}", f"{PART} AS old", STATE)
            side_by_side = parts.repartition(left, PART).sortWithinPartitions(PART, "old").select(PART, STATE)
            states = side_by_side.mapInArrow(merge_work(kernel), _BACK)  # type: ignore[arg-type]
        with self._told(tasks, dealt=dealt):
            found = states.toArrow().sort_by(PART)
        state: State | None = merged((opened(cell.as_py()) for cell in found[STATE]), kernel.merge)
        if state is None:
            raise DataError("the panel has no rows.", allowed="a row for each unit and period")
        return state

    @contextmanager
    def _told(self, tasks: int, *, dealt: bool) -> Iterator[None]:
        """Tell how far the one job in the block is."""
        if self._progress is None:
            yield
            return
        tell, rows = self._progress, self._scrutiny.count
        with watched(
            self._frame.sparkSession.sparkContext, lambda share: tell(int(share * rows), rows), tasks=tasks, dealt=dealt
        ):
            yield
        tell(rows, rows)

    def _ask(self, query: str) -> pa.Table:
        with explained():
            return self._query(query).toArrow()

    def _query(self, query: str) -> DataFrame:
        spark = self._frame.sparkSession
        self._frame.createOrReplaceTempView(self._view)
        try:
            return spark.sql(query)
        finally:
            spark.catalog.dropTempView(self._view)


@contextmanager
def explained() -> Iterator[None]:
    """Say what Spark's errors mean; those of a kernel stay what they are."""
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException, PythonException

    try:
        yield
    except (PySparkException, Py4JError, ConnectionError, EOFError) as error:
        meant = _of_workers(str(error)) if isinstance(error, PythonException) else _of_spark(error)
        if meant is None:
            raise
        raise meant from error


def _of_workers(text: str) -> PilotZoneError | None:
    if found := re.search(r"ModuleNotFoundError: No module named '([^']+)'", text):
        return UsageError(
            f"Spark's workers cannot import {found[1]!r}.",
            allowed="workers that have numpy and pyarrow, in the versions that are here",
            todo="install them there, or name an interpreter that has them: PYSPARK_PYTHON=/path/to/python",
        )
    if "PYTHON_VERSION_MISMATCH" in text:
        return UsageError(
            f"Spark's workers run another Python: {said_first(text)}",
            allowed="the same minor version there and here",
            todo="name another interpreter: PYSPARK_PYTHON=/path/to/python",
        )
    return None


def _of_spark(error: Exception) -> PilotZoneError:
    from py4j.protocol import Py4JError, Py4JJavaError, Py4JNetworkError
    from pyspark.errors import AnalysisException, ArithmeticException, IllegalArgumentException, SparkRuntimeException

    said = said_first(error)
    if "MALFORMED_RECORD_IN_PARSING" in str(error) or "CSV header does not conform" in str(error):
        return DataError(
            f"Spark cannot parse the panel's CSV files: {said_first(error)[:_LONG]}",
            allowed="the same columns in every file, and as many cells on every line as there are column names",
            todo="look for lines that were cut, and for delimiters or line ends within cells",
        )
    if isinstance(error, AnalysisException):
        return UsageError(f"Spark cannot read the panel: {said}")
    if isinstance(error, ArithmeticException | IllegalArgumentException | SparkRuntimeException):
        return DataError(
            f"Spark cannot compute the panel's columns: {said}",
            todo="mend the column where it is computed; a figure that cannot be computed is missing, which is NULL",
        )
    todo = "read the logs of the executors; where they ran out of memory, give them more (spark.executor.memory)"
    if "maxResultSize" in said:
        todo = "raise spark.driver.maxResultSize, and spark.driver.memory with it: states are large, of many clusters"
    # A call that Java did not answer: its connections close a moment before the process has ended.
    unanswered = isinstance(error, Py4JError) and not isinstance(error, Py4JJavaError)
    if java_is_gone(1.0 if unanswered else 0.0) or isinstance(error, Py4JNetworkError | ConnectionError | EOFError):
        said = f"its Java process is gone ({said})"
        todo = "look for what Java said above; where it was killed for its memory, set spark.driver.memory lower"
    return UsageError(f"Spark gave up: {said}", allowed="a session of Spark that runs to its end", todo=todo)
