"""A treatment column of zeros and ones, as regressions have it: cohorts are the first period in which it is 1.

How it is told from a column of cohorts: all its values are 0 or 1, and it changes within a unit. A cohort is the same
in all rows of its unit, so no column of cohorts looks like that. The queries keep to what engines agree on.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from pilotzone.core import DataError, period_label
from pilotzone.store.form import Mark, quoted

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from pilotzone.core import Frequency
    from pilotzone.store.kernel import PanelColumns

__all__ = ["Indicator", "Looked", "undated"]


class Looked(NamedTuple):
    """Numbers of rows: all, those with a value in the cohort column, and those where it is zero or one."""

    rows: int
    given: int
    zeros: int
    ones: int

    @property
    def binary(self) -> bool:
        """Whether all values are 0 or 1, and 1 is among them."""
        return self.ones > 0 and self.given == self.zeros + self.ones


@dataclass(frozen=True)
class Indicator:
    """A cohort column whose values are all 0 or 1.

    Parameters
    ----------
    columns, table, ask, mark, frequency
        As in `Scrutiny`.
    looked
        What one pass over the rows told.
    """

    columns: PanelColumns
    table: str
    ask: Callable[[str], pa.Table]
    looked: Looked
    mark: Mark = '"'
    frequency: Frequency = "number"

    def says_when(self, first: int) -> bool:
        """Return whether the column says since when units are treated: it is not a column of cohorts.

        Without a written 0, a column of 1 and empty cells is one of cohorts where 1 can be a period.

        Parameters
        ----------
        first
            First period of the panel.

        Raises
        ------
        DataError
            If it says who is ever treated and not when, 1 being before all periods; or if it switches off, or is empty
            where it must not be.
        """
        outside = first > 1
        if not (outside or self.looked.zeros):
            return False
        off = f"{self._off}" if outside else f"{self._cohort} = 0"
        changing = self._first_row(
            f"SELECT {self._unit} AS u FROM {self.table} GROUP BY {self._unit}"
            f" HAVING count_if({self._cohort} = 1) > 0 AND count_if({off}) > 0 LIMIT 1"
        )
        if not changing:
            if outside:
                raise undated(self.columns, "holds 0 and 1 only" if self.looked.zeros else "holds 1 only")
            return False
        self._check_empty()
        self._check_off()
        return True

    def dated(self, names: Sequence[str]) -> str:
        """Return the table whose cohort column holds first periods, and is empty for units never treated.

        Parameters
        ----------
        names
            Columns that the table needs.
        """
        kept = ", ".join(
            f"s.since AS {self._cohort}" if name == self.columns.cohort else f"p.{self._quoted(name)}" for name in names
        )
        return f"(SELECT {kept} FROM {self._rows} LEFT JOIN {self._since} ON p.{self._unit} = s.u) AS dated"

    @property
    def _rows(self) -> str:
        return f"(SELECT * FROM {self.table}) AS p"

    @property
    def _since(self) -> str:
        first = f"min(CAST({self._time} AS BIGINT))"
        return (
            f"(SELECT {self._unit} AS u, {first} AS since FROM {self.table} WHERE {self._cohort} = 1"
            f" GROUP BY {self._unit}) AS s"
        )

    @property
    def _off(self) -> str:
        """Whether a row is not treated: whatever is not 1, since NaN equals nothing."""
        return f"coalesce({self._cohort} <> 1, true)"

    @property
    def _empty(self) -> str:
        return f"coalesce({self._cohort} <> 0 AND {self._cohort} <> 1, true)"

    def _check_empty(self) -> None:
        """Refuse empty cells beside zeros and ones of one unit: whether it is treated then is not known."""
        if not self.looked.zeros:
            return  # 1 and nothing else is written, so that nothing means 0
        known = f"(SELECT {self._unit} AS u FROM {self.table} WHERE NOT {self._empty} GROUP BY {self._unit}) AS s"
        row = self._first_row(
            f"SELECT p.{self._unit} AS u, CAST(p.{self._time} AS BIGINT) AS t FROM {self._rows} JOIN {known}"
            f" ON p.{self._unit} = s.u WHERE {self._empty} ORDER BY u, t LIMIT 1"
        )
        if row:
            raise DataError(
                f"column {self.columns.cohort!r} of zeros and ones is empty for unit {row['u']!r} in period"
                f" {self._label(row['t'])}: whether the unit is treated then is not known.",
                allowed="0 or 1 in all rows of a unit; all rows empty for a unit never treated",
                todo="write 0 or 1 there, or drop the row",
            )

    def _check_off(self) -> None:
        """Refuse a treatment that ends: effects are of having been treated since a period."""
        row = self._first_row(
            f"SELECT p.{self._unit} AS u, s.since AS since, min(CAST(p.{self._time} AS BIGINT)) AS t"
            f" FROM {self._rows} JOIN {self._since} ON p.{self._unit} = s.u"
            f" WHERE {self._off} AND CAST(p.{self._time} AS BIGINT) >= s.since"
            f" GROUP BY p.{self._unit}, s.since ORDER BY u LIMIT 1"
        )
        if not row:
            return
        since, ends = self._label(row["since"]), self._label(row["t"])
        told = f"is treated from period {since} and not in period {ends}: treatment switches off"
        if since == ends:
            told = f"is treated and not treated in period {since}"
        raise DataError(
            f"unit {row['u']!r} {told} in column {self.columns.cohort!r} of zeros and ones.",
            allowed="0 before treatment and 1 from its first period on, to the end",
            todo="leave the unit out, or drop its rows from the end of treatment on; to measure its effect after the"
            " end too, name a column with the first period of treatment as the cohort",
        )

    def _first_row(self, query: str) -> dict[str, Any] | None:
        rows: list[dict[str, Any]] = self.ask(query).to_pylist()
        return rows[0] if rows else None

    def _label(self, period: int) -> str:
        return period_label(self.frequency, period)

    @property
    def _unit(self) -> str:
        return self._quoted(self.columns.unit)

    @property
    def _time(self) -> str:
        return self._quoted(self.columns.time)

    @property
    def _cohort(self) -> str:
        return self._quoted(self.columns.cohort)

    def _quoted(self, name: str) -> str:
        return quoted(name, self.mark)


def undated(columns: PanelColumns, what: str) -> DataError:
    """Return the error of a cohort column that says who is ever treated, of which no date can be made."""
    return DataError(
        f"column {columns.cohort!r} {what} and does not change within a unit: it says who is ever treated, and not"
        " when.",
        allowed="the first period of treatment in each row of a unit, empty if never; or a column that is 0 before"
        " treatment and 1 from its first period on",
        todo="make such a column from the dates of treatment, which this column does not hold; then name it as the"
        " cohort",
    )
