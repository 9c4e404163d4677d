"""What is asked of a panel before its rows are read side by side: the same on every engine.

An engine answers queries and says what types its columns have; what is asked, and what is refused, stands here and in
`form`. The queries keep to what engines agree on: nothing is divided, no whole numbers are summed, types are cast by
name, and NaN is told from NULL.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from pilotzone.core import DataError
from pilotzone.store.form import Checks, Mark, check_names, check_types, quoted, select_sql
from pilotzone.store.indicator import Indicator, Looked
from pilotzone.store.units import RowForm, numbers_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pyarrow as pa
    from numpy.typing import NDArray

    from pilotzone.core import Frequency
    from pilotzone.store.kernel import PanelColumns, PanelFacts
    from pilotzone.store.survey import Survey

    Integers = NDArray[np.int64]

__all__ = ["Scrutiny"]


@dataclass(frozen=True)
class Scrutiny:
    """Looks at each row of a panel by itself.

    Parameters
    ----------
    columns
        Which columns make the panel.
    types
        All columns of the table and their types, in DuckDB's words.
    table
        What the engine calls the table.
    ask
        Answers a query.
    mark
        What the engine puts around names.
    frequency
        What the periods count.

    Raises
    ------
    UsageError
        If a column is missing or named twice, or there is no outcome.
    DataError
        If a column is of a type that its part cannot be.
    """

    columns: PanelColumns
    types: Mapping[str, str]
    table: str
    ask: Callable[[str], pa.Table]
    mark: Mark = '"'
    frequency: Frequency = "number"

    def __post_init__(self) -> None:
        check_names(self.columns, list(self.types))
        check_types(self.columns, self.types)

    @property
    def count(self) -> int:
        """How many rows there are, each of which has been looked at.

        Raises
        ------
        DataError
            If there is none, or one is wrong by itself.
        """
        return self._looked.rows

    @cached_property
    def _looked(self) -> Looked:
        """What one pass over the rows tells: how many there are, and what numbers the cohorts are."""
        checks = Checks(self.columns, self.types, self.mark, self.frequency)
        conditions = checks.conditions()
        counted = "".join(f", count_if({item}) AS k{k}" for k, item in enumerate(conditions.values()))
        cohort = self._quoted(self.columns.cohort)
        rows, given, zeros, ones, *counts = self._one(
            f"SELECT count(*) AS n, count_if({cohort} < 9e15) AS given, count_if({cohort} = 0) AS zeros,"
            f" count_if({cohort} = 1) AS ones{counted} FROM {self.table}"
        )
        if rows == 0:
            raise DataError("the panel has no rows.", allowed="a row for each unit and period")
        for (key, condition), count in zip(conditions.items(), counts, strict=True):
            if count:
                names = (self.columns.unit, self.columns.time)
                chosen = ", ".join(f"{self._quoted(name)} AS k{k}" for k, name in enumerate(names))
                row = self._one(f"SELECT {chosen} FROM {self.table} WHERE {condition} LIMIT 1")
                raise checks.error(key, int(count), dict(zip(names, row, strict=True)))
        # Where all are empty, an engine may count nothing in place of zero.
        return Looked(int(rows), int(given or 0), int(zeros or 0), int(ones or 0))

    @cached_property
    def _periods(self) -> Integers:
        _ = self.count  # looks at all rows first: casts would fail on what it refuses
        time = f"SELECT DISTINCT CAST({self._quoted(self.columns.time)} AS BIGINT) AS t FROM {self.table}"
        return np.asarray(numbers_of(self.ask(time).sort_by("t")["t"]), dtype=np.int64)

    @cached_property
    def form(self) -> RowForm:
        """What is known before rows are read side by side; every row has been looked at."""
        clusters = None
        query = self._select()
        if self.columns.cluster is not None:
            clusters = self.ask(f"SELECT DISTINCT c FROM ({query}) AS panel").sort_by("c")["c"].combine_chunks()
        return RowForm(self.columns, self._periods, clusters, self.frequency)

    @cached_property
    def rows(self) -> str:
        """The query for all rows under the names that `units` knows."""
        _ = self.form  # refuses what rows tell by themselves
        return self._select()

    def facts(self, survey: Survey) -> PanelFacts:
        """Return what rows tell by themselves and side by side."""
        names = self.form.cluster_names
        clusters = None if names is None else np.asarray(names.to_numpy(zero_copy_only=False))
        found = survey.facts(tuple(self.form.periods.tolist()), self.count, clusters)
        indicator = "" if self._indicator is None else self.columns.cohort
        return replace(found, frequency=self.frequency, indicator=indicator)

    @cached_property
    def _indicator(self) -> Indicator | None:
        """The cohort column as one of zeros and ones; ``None`` where it holds first periods of treatment."""
        if not self._looked.binary:
            return None
        found = Indicator(self.columns, self.table, self.ask, self._looked, self.mark, self.frequency)
        return found if found.says_when(int(self._periods[0])) else None

    def _select(self) -> str:
        """Return the query for all rows, cohorts being first periods of treatment."""
        table, types = self.table, self.types
        zero_is_never = bool(self._periods[0] > 0)
        if self._indicator is not None:
            table = self._indicator.dated(tuple(dict.fromkeys(self.columns.every)))
            types, zero_is_never = {**types, self.columns.cohort: "BIGINT"}, False
        elif not zero_is_never:
            self._check_zeros()
        return f"SELECT {select_sql(self.columns, types, zero_is_never=zero_is_never, mark=self.mark)} FROM {table}"

    def _check_zeros(self) -> None:
        """Refuse zeros as cohorts where zero can be a period."""
        if self._looked.zeros:
            raise DataError(
                f"column {self.columns.cohort!r} is zero in {self._looked.zeros:,} rows, and periods begin at"
                f" {self._periods[0]}: zero may be a period or mean 'never'.",
                allowed="an empty cell or infinity for never; zero only where all periods are above it",
                todo="add a number to periods and cohorts so that all are above zero.",
            )

    def _quoted(self, name: str) -> str:
        return quoted(name, self.mark)

    def _one(self, query: str) -> tuple[Any, ...]:
        (row,) = self.ask(query).to_pylist()
        return tuple(row.values())
