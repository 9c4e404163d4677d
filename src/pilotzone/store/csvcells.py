"""What the cells of a CSV column are, and what is said where one is not what it has to be."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from pilotzone.core import MISSING_WORDS, PERIOD_PATTERN, DataError, shown_path
from pilotzone.store.confined import literal

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pilotzone.store.csvform import CsvForm

__all__ = ["Cells", "Part", "cells_error"]

Part = Literal["number", "period", "cohort", "key", "any"]
"""What a column is for: a number; a period or cohort, a whole number or spelled, a cohort in a word besides; a unit or
cluster; or not known."""

Kind = Literal["BIGINT", "DOUBLE", "VARCHAR"]

_NARROWEST: dict[Part, Kind] = {"number": "DOUBLE"}
_SPELLED = {"period", "cohort"}
_COHORT_WORDS = ("never", "true", "false")
"""What a cohort column may hold besides numbers and periods, whatever the capitals."""
_WIDER: dict[Part, dict[Kind, Kind]] = {
    "number": {},
    "period": {"BIGINT": "DOUBLE", "DOUBLE": "VARCHAR"},
    "cohort": {"BIGINT": "DOUBLE", "DOUBLE": "VARCHAR"},
    "key": {"BIGINT": "DOUBLE", "DOUBLE": "VARCHAR"},
    "any": {"BIGINT": "DOUBLE", "DOUBLE": "VARCHAR"},
}
_WHOLE_AS_FLOAT = "-?(0|[1-9][0-9]{0,14})([.]0)?"

_LONGEST = 40
_MISSING = MISSING_WORDS | {"#n/a"}
_COMMA = re.compile(r"[+-]?([0-9]+|[0-9]{1,3}(\.[0-9]{3})+),[0-9]+([eE][+-]?[0-9]+)?")
_THOUSANDS = re.compile(r"[+-]?[0-9]{1,3}([,_\s'\u2019][0-9]{3})+(\.[0-9]+)?")
_DATE = re.compile(r"[0-9]{1,4}[-/.][0-9]{1,2}([-/.][0-9]{1,4})?([ T].*)?")
_NUMBERS = {
    ".": "digits with a point as decimal mark, such as 1234.5 or 1.2e3; an empty cell is a missing value",
    ",": "digits with a comma as decimal mark, such as 1234,5; an empty cell is a missing value",
}


@dataclass(frozen=True)
class Cells:
    """The cells of a column, as SQL has them.

    Attributes
    ----------
    at
        Position of the column, from zero.
    name
        Its name.
    part
        What it is for.
    form
        How the file is written.
    kind
        What its cells are taken for; the narrowest to begin with.
    engine
        Whose SQL it is.
    """

    at: int
    name: str
    part: Part
    form: CsvForm
    kind: Kind | None = None
    engine: Literal["duckdb", "spark"] = "duckdb"

    @property
    def type(self) -> Kind:
        """What cells are taken for."""
        return self.kind or _NARROWEST.get(self.part, "BIGINT")

    def wider(self) -> Cells | None:
        """Return the column in the next kind, ``None`` where there is none."""
        kind = _WIDER[self.part].get(self.type)
        return None if kind is None else replace(self, kind=kind)

    @property
    def value(self) -> str:
        """SQL for the value of a cell, NULL where it is missing or of another kind."""
        if self.type == "VARCHAR" and self.part in _SPELLED:
            nothing = f"{self._named} OR {self._trimmed} = ''" if self._named else f"{self._trimmed} = ''"
            return f"CASE WHEN {nothing} THEN NULL ELSE {self._trimmed} END"
        if self.type == "VARCHAR":
            return self._text
        number = f"TRY_CAST({self._plain} AS {self.type})"
        return f"CASE WHEN {self._named} THEN NULL ELSE {number} END" if self._named else number

    @property
    def odd(self) -> str:
        """SQL for whether a cell is of another kind."""
        if self.type == "VARCHAR" and self.part in _SPELLED:
            return f"CASE WHEN {self._text} IS NULL THEN false ELSE {self._not_a_period} END"
        if self.type == "VARCHAR":
            return "false"
        wrong = self._not_a_key if self.part in {"key", "any"} else self._not_a_number
        return f"CASE WHEN {self._text} IS NULL THEN false ELSE {wrong} END"

    @property
    def _not_a_key(self) -> str:
        cell, number = self._text, f"TRY_CAST({self._text} AS DOUBLE)"
        if self.type == "BIGINT":  # one number, one spelling: 007 and 7 are two names
            text = "VARCHAR" if self.engine == "duckdb" else "STRING"
            return f"coalesce(CAST(TRY_CAST({cell} AS BIGINT) AS {text}) <> {cell}, true)"
        if self.part == "key":
            return f"NOT {self._like(_WHOLE_AS_FLOAT)}"
        return f"({number} IS NULL OR {self._strange} OR {self._like('[+-]?0[0-9].*')})"

    @property
    def _not_a_number(self) -> str:
        whole, number = (f"TRY_CAST({self._plain} AS {kind})" for kind in ("BIGINT", "DOUBLE"))
        # DuckDB takes 1.5 for the whole number 2.
        wrong = f"coalesce({whole} <> {number}, true)" if self.type == "BIGINT" else f"{number} IS NULL"
        wrong += f" OR {self._strange}"
        if self.form.decimal == ",":
            wrong += f" OR contains({self._text}, '.')"
        there = f"{self._trimmed} <> ''"
        if self._named:
            there += f" AND NOT {self._named}"
        return f"(CASE WHEN {wrong} THEN {there} ELSE false END)"

    @property
    def _trimmed(self) -> str:
        return f"trim(BOTH ' \t' FROM {self._text})"

    @property
    def _not_a_period(self) -> str:
        """Whether a cell of a column of dates is neither one, nor a number; which kind each is, is told later."""
        number = f"(TRY_CAST({self._plain} AS DOUBLE) IS NOT NULL AND NOT {self._strange})"
        there = f"{self._trimmed} <> ''" + (f" AND NOT {self._named}" if self._named else "")
        pattern = f"[ \t]*({PERIOD_PATTERN})[ \t]*"
        word = ""
        if self.part == "cohort":
            word = f" AND lower({self._trimmed}) NOT IN ({', '.join(map(self._literal, _COHORT_WORDS))})"
        return f"({there} AND NOT {number} AND NOT {self._like(pattern)}{word})"

    @property
    def _strange(self) -> str:
        """Whether a cell that the engine takes for a number is none: 1_0 to DuckDB, 1d and 0x1p3 to Java."""
        if self.engine == "duckdb":
            return f"contains({self._text}, '_')"
        return f"{self._text} RLIKE '_|[xX]|[0-9.][dDfF]'"

    def _like(self, pattern: str) -> str:
        if self.engine == "duckdb":
            return f"regexp_full_match({self._text}, '{pattern}')"
        return f"{self._text} RLIKE '^({pattern})$'"

    @property
    def _text(self) -> str:
        return f"c{self.at}"

    @property
    def _plain(self) -> str:
        """A number with a point as decimal mark."""
        if self.form.decimal == "," and self.part in {"number", *_SPELLED}:
            return f"replace({self._text}, ',', '.')"
        return self._text

    @property
    def _named(self) -> str:
        """Whether a cell is one of the words for a missing number; empty where there are none."""
        if not self.form.na or self.part not in {"number", *_SPELLED}:
            return ""
        words = ", ".join(self._literal(word.strip()) for word in self.form.na)
        return f"coalesce(trim(BOTH ' \t' FROM {self._text}) IN ({words}), false)"

    def _literal(self, text: str) -> str:
        if self.engine == "duckdb":
            return literal(text)
        return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def cells_error(
    file: Path | str, line: int | None, item: Cells, cell: str, count: int, shown: Sequence[str]
) -> DataError:
    """Return what is wrong with a column: which cell, where it is first, how many more, and what may help.

    Parameters
    ----------
    file, line, cell
        Where the first one stands, and what it is.
    item
        The column.
    count
        How many cells are wrong.
    shown
        Some of them.
    """
    where = "" if line is None else f" on line {line}"
    what = "numbers" if item.part == "number" else "periods"
    more = f", and {count - 1:,} more like it" if count > 1 else ""
    return DataError(
        f"{shown_path(file)}: column {item.name!r} holds {_short(cell)}{where}{more}, where {what} belong.",
        allowed=_NUMBERS[item.form.decimal]
        if item.part == "number"
        else "2016, 2016Q1, 2016-03, 2016-W05 or 2016-03-01, one kind throughout; an empty cell is a missing value",
        todo=_todo(item, cell, line, shown),
    )


def _todo(item: Cells, cell: str, line: int | None, shown: Sequence[str]) -> str:
    words = [word.strip() for word in dict.fromkeys((cell, *shown))]
    short = [word for word in words if len(word) <= _LONGEST]
    named = [word for word in words if word.casefold() in _MISSING][:3]
    listed = ", ".join(f'"{word}"' for word in named)
    options = " ".join(f"--na '{word}'" for word in named)
    others = [word for word in words if not _COMMA.fullmatch(word)]
    also = f", and {options} (na = [{listed}])" if named else ""
    hints = (
        (cell == item.name, f"line {line} repeats the header: take it out"),
        (
            item.form.decimal == "." and len(others) < len(words) and len(named) == len(others),
            f"if the comma is the decimal mark, say so: --decimal ',' (decimal = \",\" in [panel]){also}",
        ),
        (bool(named), f"if {listed} is a missing value, say so: {options} (na = [{listed}] in [panel])"),
        (
            item.part in _SPELLED and any(_DATE.fullmatch(word) for word in short),
            "write dates as 2016-03-01, months as 2016-03",
        ),
        (any(_THOUSANDS.fullmatch(word) for word in short), "take out the marks between thousands"),
        (
            any(unicodedata.normalize("NFKC", word) != word for word in short),
            "write digits and signs in their plain (half-width) form",
        ),
    )
    otherwise = "mend the cell, or check that this is the column that is meant; a missing value is an empty cell"
    return next((hint for holds, hint in hints if holds), otherwise)


def _short(cell: str) -> str:
    return repr(cell if len(cell) <= _LONGEST else cell[:_LONGEST] + "...")
