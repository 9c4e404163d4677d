"""The form that a panel's columns must have, and the SQL that every engine speaks: one place for checks and words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from pilotzone.core import NEVER, DataError, Frequency, UsageError, listing, period_label, unknown
from pilotzone.store.units import CLUSTER, COHORT, TIME, UNIT, WEIGHT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pilotzone.store.kernel import PanelColumns

__all__ = ["Checks", "Mark", "check_names", "check_types", "quoted", "select_sql", "sort_of"]

_WHOLE = re.compile(r"^(U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|BYTE|SHORT|LONG)$")
_FLOAT = re.compile(r"^(FLOAT|DOUBLE|REAL|DECIMAL.*)$")
_TEXT = re.compile(r"^(VARCHAR|STRING|UUID|ENUM.*)$")
_DATE = re.compile(r"^(DATE|TIME.*)$")
_DAYS = re.compile(r"^(DATE|TIMESTAMP(_S|_MS|_NS)?)$")
_SPARK_DAYS = re.compile(r"^(DATE|TIMESTAMP_NTZ)$")
_INFINITY = "CAST('Infinity' AS DOUBLE)"
_NAN = "CAST('NaN' AS DOUBLE)"

Mark = Literal['"', "`"]
"""What stands around names in SQL: DuckDB's, and Spark's."""


def quoted(name: str, mark: Mark = '"') -> str:
    """Return a column's name as SQL has it."""
    return mark + name.replace(mark, mark * 2) + mark


def check_names(columns: PanelColumns, there: list[str]) -> None:
    """Refuse names that the table does not have, and one column in two parts."""
    for name in columns.every:
        if name not in there:
            raise unknown("column", name, sorted(there), of="the panel", error=UsageError)
        alike = sorted({other for other in there if other.casefold() == name.casefold()})
        if len(alike) > 1 or there.count(name) > 1:
            raise DataError(
                f"the panel has columns that differ by capitals alone: {listing([repr(item) for item in alike])}."
                if len(alike) > 1
                else f"the panel has {there.count(name)} columns {name!r}.",
                allowed="names that differ whatever the capitals, as engines take them for one",
                todo="rename one of them, or take it out",
            )
    if not columns.outcomes:
        raise UsageError("there is no outcome to estimate an effect on.", allowed="one column of numbers or more")
    keys = [columns.unit, columns.time, columns.cohort, *columns.outcomes, *columns.constants]
    twice = sorted({name for name in keys if keys.count(name) > 1})
    if twice:
        raise UsageError(f"columns are named twice: {listing(twice)}.", allowed="each column in one part")


def check_types(columns: PanelColumns, types: Mapping[str, str]) -> None:
    """Refuse columns of a kind that their part cannot be: text as outcome, dates as periods."""
    for name in columns.outcomes:
        _must_be(name, types[name], "an outcome", _WHOLE, _FLOAT)
    for name in columns.constants:
        part = "a covariate" if name in columns.covariates else "a coordinate"
        _must_be(name, types[name], part, _WHOLE, _FLOAT)
    for name, part in ((columns.time, "periods"), (columns.cohort, "cohorts")):
        _must_be(name, types[name], part, _WHOLE, _FLOAT)
    if columns.weight is not None:
        _must_be(columns.weight, types[columns.weight], "weights", _WHOLE, _FLOAT)
    _must_be(columns.unit, types[columns.unit], "units", _WHOLE, _FLOAT, _TEXT)
    if columns.cluster is not None:
        _must_be(columns.cluster, types[columns.cluster], "clusters", _WHOLE, _FLOAT, _TEXT)


def _must_be(name: str, kind: str, part: str, *forms: re.Pattern[str]) -> None:
    if any(form.match(kind.upper()) for form in forms):
        return
    any_number = part in {"an outcome", "a covariate", "a coordinate", "weights"}
    allowed = "whole numbers or text" if _TEXT in forms else "numbers" if any_number else "whole numbers"
    todo = None
    if _DATE.match(kind.upper()):
        todo = "make a date of it, without time of day and time zone"
    elif part == "a covariate" and _TEXT.match(kind.upper()):
        todo = "make a column of zeros and ones of each of its values but one."
    elif _TEXT.match(kind.upper()):
        todo = "cast the column; a word among its numbers, such as 'n/a', makes a whole CSV column text."
    raise DataError(f"column {name!r}, {part}, is of type {kind}.", allowed=allowed, todo=todo)


def sort_of(kind: str, mark: Mark = '"') -> Literal["number", "text", "date", "truth", "other"]:
    """Return what sort of column a type is: dates are those without a time zone."""
    name = kind.upper()
    if _WHOLE.match(name) or _FLOAT.match(name):
        return "number"
    if _TEXT.match(name):
        return "text"
    if name.startswith("BOOL"):
        return "truth"
    # Spark's TIMESTAMP is an instant, which is on one day here and on another there; DuckDB's is not.
    dates = _DAYS if mark == '"' else _SPARK_DAYS
    return "date" if dates.match(name) else "other"


def select_sql(columns: PanelColumns, types: Mapping[str, str], *, zero_is_never: bool, mark: Mark = '"') -> str:
    """Return the list of a SELECT that gives the columns their fixed names and types."""
    cohort = quoted(columns.cohort, mark)
    # Beyond 9e15 floats are not whole any more, infinity among them; whole numbers may be times in nanoseconds.
    floats = bool(_FLOAT.match(types[columns.cohort].upper()))
    beyond = f"{cohort} > 9e15" if floats else f"{cohort} >= {NEVER}"
    never = f"{cohort} IS NULL OR {beyond}" + (f" OR {cohort} = 0" if zero_is_never else "")
    if floats:
        # Not "= NaN": DuckDB reads that off a Parquet file's greatest value, which leaves NaN out, and finds none.
        never += f" OR isnan(CAST({cohort} AS DOUBLE))"
    parts = [
        f"{_key(columns.unit, types, mark)} AS {UNIT}",
        f"CAST({quoted(columns.time, mark)} AS BIGINT) AS {TIME}",
        f"CASE WHEN {never} THEN {NEVER} ELSE CAST({cohort} AS BIGINT) END AS {COHORT}",
        *(f"coalesce(CAST({quoted(name, mark)} AS DOUBLE), {_NAN}) AS y{k}" for k, name in enumerate(columns.outcomes)),
    ]
    if columns.cluster is not None:
        parts.append(f"{_key(columns.cluster, types, mark)} AS {CLUSTER}")
    if columns.weight is not None:
        parts.append(f"CAST({quoted(columns.weight, mark)} AS DOUBLE) AS {WEIGHT}")
    parts += [f"CAST({quoted(name, mark)} AS DOUBLE) AS x{k}" for k, name in enumerate(columns.constants)]
    return ", ".join(parts)


def _key(name: str, types: Mapping[str, str], mark: Mark) -> str:
    if _WHOLE.match(types[name].upper()) or types[name].upper() == "VARCHAR":
        return quoted(name, mark)
    return f"CAST({quoted(name, mark)} AS {'BIGINT' if _FLOAT.match(types[name].upper()) else 'STRING'})"


@dataclass(frozen=True)
class Checks:
    """Conditions that no row may meet, as SQL, each with what to say where one does.

    Attributes
    ----------
    columns, types
        Which columns make the panel, and their types.
    mark
        What stands around names.
    frequency
        What the panel's periods count.
    """

    columns: PanelColumns
    types: Mapping[str, str]
    mark: Mark = '"'
    frequency: Frequency = "number"

    def conditions(self) -> dict[str, str]:
        """Return conditions by the column they are about, in the order in which they are told."""
        found = {}
        for name in (self.columns.unit, self.columns.time):
            found[f"{name}:empty"] = self._empty(name)
        if self.columns.cluster is not None:
            found[f"{self.columns.cluster}:empty"] = self._empty(self.columns.cluster)
        keys = [self.columns.unit, self.columns.time]
        keys += [] if self.columns.cluster is None else [self.columns.cluster]
        for name in keys:
            if self._is_float(name):
                found[f"{name}:fraction"] = self._fraction(name)
        if self._is_float(self.columns.cohort):
            name = self._quoted(self.columns.cohort)
            beyond = f"CAST({name} AS DOUBLE) = -{_INFINITY}"
            broken = f"({name} < 9e15 AND {name} <> floor({name}))"
            found[f"{self.columns.cohort}:fraction"] = f"({beyond} OR {broken})"
        for name in self.columns.outcomes:
            if self._is_float(name):
                found[f"{name}:infinite"] = f"abs(CAST({self._quoted(name)} AS DOUBLE)) = {_INFINITY}"
        if self.columns.weight is not None:
            weight = f"CAST({self._quoted(self.columns.weight)} AS DOUBLE)"
            found[f"{self.columns.weight}:weight"] = (
                f"({weight} IS NULL OR isnan({weight}) OR {weight} = {_INFINITY} OR {weight} <= 0)"
            )
        for name in self.columns.constants:
            value = f"CAST({self._quoted(name)} AS DOUBLE)"
            part = "covariate" if name in self.columns.covariates else "coordinate"
            found[f"{name}:{part}"] = f"({value} IS NULL OR isnan({value}) OR abs({value}) = {_INFINITY})"
        return found

    def error(self, key: str, count: int, row: Mapping[str, Any]) -> DataError:
        """Return what is wrong with a column: how often, and in which row first."""
        name, _, what = key.rpartition(":")
        words = {
            "empty": ("is empty", "a value in every row", "drop these rows, or fill the column"),
            "fraction": ("is not a whole number", "whole numbers", None),
            "infinite": ("is infinite", "finite numbers; empty or NaN where a figure is missing", None),
            "coordinate": ("is not a number", "finite numbers in every row", "drop units whose place is not known"),
            "covariate": ("is not a number", "finite numbers in every row", "drop these units, or the covariate"),
            "weight": ("is not a weight", "numbers above zero, finite, in every row", "drop units of weight zero"),
        }
        said, allowed, todo = words[what]
        spelled = {**row, self.columns.time: self._period(row.get(self.columns.time))}
        where = ", ".join(f"{column} {value!r}" for column, value in spelled.items())
        rows = "row" if count == 1 else "rows"
        return DataError(f"column {name!r} {said} in {count:,} {rows}, such as {where}.", allowed=allowed, todo=todo)

    def _period(self, value: Any) -> Any:  # noqa: ANN401 - whatever stands in the column
        plain = self.frequency in {"year", "number"} or not isinstance(value, int)
        return value if plain else period_label(self.frequency, value)

    def _quoted(self, name: str) -> str:
        return quoted(name, self.mark)

    def _is_float(self, name: str) -> bool:
        return bool(_FLOAT.match(self.types[name].upper()))

    def _empty(self, name: str) -> str:
        column = self._quoted(name)
        return f"({column} IS NULL OR isnan(CAST({column} AS DOUBLE)))" if self._is_float(name) else f"{column} IS NULL"

    def _fraction(self, name: str) -> str:
        column = self._quoted(name)
        return f"(abs(CAST({column} AS DOUBLE)) = {_INFINITY} OR {column} <> floor({column}))"
