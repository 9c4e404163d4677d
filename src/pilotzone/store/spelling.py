"""Periods that are spelled: dates, quarters, months and weeks of a panel, made whole numbers in the query itself.

The few different periods of a panel are read here, in Python, by the one reader that all files have: it says what they
are, and what is not one. The many rows become numbers in SQL, which both engines compute alike: digits of a text, and
days between dates.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pilotzone.core import (
    SPELLINGS,
    DataError,
    Frequency,
    UsageError,
    as_period,
    frequency_of,
    in_frequency,
    listing,
    read_period,
    settled_periods,
    shortened,
)
from pilotzone.store.form import Mark, check_names, quoted, sort_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pyarrow as pa

    from pilotzone.store.kernel import PanelColumns

__all__ = ["Spelled", "kind_of_period", "spelled_panel"]

_MOST_PERIODS = 100_000
_NEVER = ("inf", "+inf", "infinity", "+infinity", "nan", "0", "never")
"""What stands in a column of cohorts for units that are never treated, besides an empty cell."""
_TREATED, _UNTREATED = ("1", "true"), ("0", "false")
"""What stands in a treatment column of zeros and ones that is text."""
_ALLOWED = f"one kind of period throughout: {', '.join(SPELLINGS[kind] for kind in SPELLINGS if kind != 'number')}"


@dataclass(frozen=True)
class Spelled:
    """What a panel's periods are.

    Attributes
    ----------
    frequency
        What they count.
    columns
        Column to the SQL that makes its cells whole numbers; empty where they are already.
    """

    frequency: Frequency = "number"
    columns: Mapping[str, str] = field(default_factory=dict)

    def types(self, types: Mapping[str, str]) -> dict[str, str]:
        """Return the types of a table whose periods have become numbers."""
        return {name: "BIGINT" if name in self.columns else kind for name, kind in types.items()}


@dataclass(frozen=True)
class _Texts:
    """The different texts of a column, and the period that each spells; ``None`` for never."""

    name: str
    periods: Mapping[str, int | None]

    @property
    def kinds(self) -> dict[str, str]:
        """A text of each kind, by the kind."""
        return {_kind(period): text for text, period in reversed(list(self.periods.items())) if period is not None}


def spelled_panel(
    columns: PanelColumns, types: Mapping[str, str], table: str, ask: Callable[[str], pa.Table], mark: Mark
) -> Spelled:
    """Return what the periods of a panel are, and how they become numbers.

    Parameters
    ----------
    columns, types, table, ask, mark
        As in `Scrutiny`.

    Raises
    ------
    DataError
        If a text is not a period, or periods and cohorts are of several kinds.
    """
    check_names(columns, list(types))
    look = _Look(columns, types, table, ask, mark)
    time, cohort = (look.is_spelled(name) for name in (columns.time, columns.cohort))
    zeros_and_ones = look.zeros_and_ones()
    if not time:
        return Spelled(columns=zeros_and_ones) if zeros_and_ones else look.cohorts_only() if cohort else Spelled()
    times = look.texts(columns.time)
    found = list(times.kinds.items())
    if len(found) > 1:
        shown = listing([repr(text) for _, text in found])
        raise DataError(f"column {columns.time!r} has periods of different kinds: {shown}.", allowed=_ALLOWED)
    if not found:
        return Spelled(columns={columns.time: "CAST(NULL AS BIGINT)"})  # the check of empty cells says so
    periods = settled_periods([period for period in times.periods.values() if period is not None])
    frequency = frequency_of(periods)
    made = {columns.time: look.number(columns.time, found[0][0], frequency)}
    if zeros_and_ones:
        made |= zeros_and_ones
    elif cohort:
        made |= look.cohorts(frequency)
    elif frequency not in {"year", "number"}:
        look.check_no_numbers(frequency)
    return Spelled(frequency, made)


@dataclass(frozen=True)
class _Look:
    columns: PanelColumns
    types: Mapping[str, str]
    table: str
    ask: Callable[[str], pa.Table]
    mark: Mark

    def is_spelled(self, name: str) -> bool:
        """Whether a column holds text or dates."""
        return name in self.types and sort_of(self.types[name], self.mark) in {"text", "date"}

    def texts(self, name: str, never: tuple[str, ...] = ()) -> _Texts:
        """Return the different texts of a column, all of which are periods."""
        query = f"SELECT DISTINCT {self._text(name)} AS v FROM {self.table} LIMIT {_MOST_PERIODS + 1}"
        cells = sorted(cell for cell in self.ask(query)["v"].to_pylist() if cell is not None)
        if len(cells) > _MOST_PERIODS:
            raise DataError(f"column {name!r} has more than {_MOST_PERIODS:,} different periods.")
        known: dict[str, int | None] = {}
        for cell in cells:
            if cell.lower() in never:
                known[cell] = None
                continue
            try:
                known[cell] = as_period(*read_period(cell))
            except DataError as error:
                raise self._refused(name, cell, error) from None
        return _Texts(name, known)

    def zeros_and_ones(self) -> dict[str, str]:
        """Return how truth values and texts of zeros and ones become numbers; nothing for any other cohort column."""
        name = self.columns.cohort
        sort = sort_of(self.types[name], self.mark)
        if sort == "truth":
            return {name: f"CAST({quoted(name, self.mark)} AS BIGINT)"}
        if sort != "text":
            return {}
        text = f"lower({self._text(name)})"
        query = f"SELECT DISTINCT {text} AS v FROM {self.table} LIMIT {len((*_NEVER, *_TREATED, *_UNTREATED)) + 2}"
        found = {cell for cell in self.ask(query)["v"].to_pylist() if cell is not None}
        if not found & {*_TREATED} or found - {*_NEVER, *_TREATED, *_UNTREATED}:
            return {}
        ones, zeros = (", ".join(f"'{word}'" for word in words) for words in (_TREATED, _UNTREATED))
        return {name: f"CASE WHEN {text} IN ({ones}) THEN 1 WHEN {text} IN ({zeros}) THEN 0 ELSE NULL END"}

    def cohorts(self, frequency: Frequency) -> dict[str, str]:
        """Return how spelled cohorts become numbers, as the panel's periods have done."""
        name = self.columns.cohort
        texts = self.texts(name, _NEVER)
        try:
            for period in texts.periods.values():
                if period is not None:
                    in_frequency(period, frequency, f"in column {name!r}, a cohort")
        except UsageError as error:
            raise DataError(error.what, allowed=error.allowed, todo="spell cohorts as periods are") from None
        kinds = list(texts.kinds)
        numbers = [self.number(name, kind, frequency) for kind in kinds]
        if len(kinds) > 1:
            days = f"{self._text(name)} LIKE '____-__-__%'"
            at = kinds.index("day")
            return {name: f"CASE WHEN {days} THEN {numbers[at]} ELSE {numbers[1 - at]} END"}
        return {name: numbers[0] if numbers else "CAST(NULL AS BIGINT)"}

    def cohorts_only(self) -> Spelled:
        """Return how spelled cohorts become numbers where periods are: years, of dates those that hold them."""
        time = quoted(self.columns.time, self.mark)
        if sort_of(self.types[self.columns.time], self.mark) != "number":
            return Spelled()
        (row,) = self.ask(f"SELECT min({time}) AS a, max({time}) AS b FROM {self.table}").to_pylist()
        low, high = row.values()
        years = low is not None and frequency_of([int(low), int(high)]) == "year"
        return Spelled(columns=self.cohorts("year" if years else "number"))

    def check_no_numbers(self, frequency: Frequency) -> None:
        """Refuse cohorts that are numbers where periods are spelled; those of zeros and ones are refused as such."""
        name = quoted(self.columns.cohort, self.mark)
        if sort_of(self.types[self.columns.cohort], self.mark) != "number":
            return
        query = f"SELECT {name} AS g FROM {self.table} WHERE {name} > 1 AND {name} < 9e15 LIMIT 1"
        found = self.ask(query)["g"].to_pylist()
        if found:
            raise DataError(
                f"column {self.columns.cohort!r} holds {found[0]}, a number, and the periods in column"
                f" {self.columns.time!r} are {frequency}s.",
                allowed=f"cohorts as the periods are spelled, such as {SPELLINGS[frequency]}; empty for never",
            )

    def number(self, name: str, kind: str, frequency: Frequency) -> str:
        """Return SQL for the number of a text of one kind, as a period of a frequency."""
        text = self._text(name)
        year = f"CAST(substr({text}, 1, 4) AS BIGINT)"
        last = f"CAST(regexp_extract({text}, '([0-9]+)$', 1) AS BIGINT)"
        if kind in {"year", "number"}:
            number = f"CAST({text} AS BIGINT)"
        elif kind == "quarter":
            number = f"4 * {year} + CAST(substr({text}, length({text}), 1) AS BIGINT) - 1"
        elif kind == "month":
            number = f"12 * {year} + {last} - 1"
        elif kind == "week":
            number = f"{self._divided(self._days(f'make_date(CAST({year} AS INT), 1, 4)'), 7)} + {last}"
        else:
            number = self._of_day(text, year, frequency)
        words = ", ".join(f"'{word}'" for word in _NEVER)
        return f"CASE WHEN lower({text}) IN ({words}) THEN NULL ELSE {number} END"

    def _of_day(self, text: str, year: str, frequency: Frequency) -> str:
        month = f"CAST(substr({text}, 6, 2) AS BIGINT)"
        days = self._days(f"CAST(substr({text}, 1, 10) AS DATE)")
        return {
            "year": year,
            "quarter": f"4 * {year} + {self._divided(f'({month} - 1)', 3)}",
            "month": f"12 * {year} + {month} - 1",
            "week": f"{self._divided(days, 7)} + 1",
        }.get(frequency, f"{days} + 1")

    def _text(self, name: str) -> str:
        return f"trim(CAST({quoted(name, self.mark)} AS {'VARCHAR' if self.mark == chr(34) else 'STRING'}))"

    def _days(self, date: str) -> str:
        """Return the days since 0001-01-01, a Monday."""
        if self.mark == '"':
            return f"CAST({date} - DATE '0001-01-01' AS BIGINT)"
        return f"CAST(datediff({date}, DATE'0001-01-01') AS BIGINT)"

    def _divided(self, number: str, by: int) -> str:
        """Return a whole number divided by another, rounded down: none of them is below zero."""
        return f"({number} {'//' if self.mark == chr(34) else 'div'} {by})"

    def _refused(self, name: str, cell: str, error: DataError) -> DataError:
        unit, text = quoted(self.columns.unit, self.mark), "'" + cell.replace("'", "''") + "'"
        if self.mark == "`":
            text = "'" + cell.replace("\\", "\\\\").replace("'", "\\'") + "'"
        row = self.ask(f"SELECT {unit} AS u FROM {self.table} WHERE {self._text(name)} = {text} LIMIT 1").to_pylist()
        where = f", such as {self.columns.unit} {row[0]['u']!r}" if row else ""
        return DataError(
            f"column {name!r} holds {shortened(cell)!r}, which is not a period{where}.",
            allowed=error.allowed,
            todo=error.todo or "mend the cell; a word for a missing value makes the row one that is to be dropped",
        )


def kind_of_period(text: str) -> str:
    """Return what a text spells, such as ``month``; "number" for years and all other numbers, "text" for none."""
    try:
        return _kind(as_period(*read_period(text)))
    except DataError:
        return "number" if text.lower() in _NEVER or text.replace(".", "", 1).isdecimal() else "text"


def _kind(period: int) -> str:
    kind = frequency_of([period])
    return "number" if kind == "year" else kind
