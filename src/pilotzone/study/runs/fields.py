"""Fields of study files that kinds share, each checked as it is read."""

from __future__ import annotations

import datetime as dt
import math
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PlainSerializer,
    PlainValidator,
    Strict,
    model_validator,
)
from pydantic_core import PydanticCustomError, PydanticKnownError

from pilotzone.core import Break, BreakKind, Period, Severity, Source, StudyError, given_period, set_aside

_LONGEST_MARGIN = 200

# What schemas tell of fields that functions check: the form, not all that is checked.
_MarginForm = Annotated[float, Field(gt=0)] | Annotated[str, Field(min_length=1, max_length=_LONGEST_MARGIN)]
_PeriodForm = Annotated[int, Strict()] | Annotated[str, Field(min_length=1)]

__all__ = [
    "LARGEST",
    "AcceptedSpec",
    "AssumptionSpec",
    "BreakSpec",
    "FileOrAddress",
    "LimitSpec",
    "Margin",
    "Name",
    "Number",
    "PeriodOf",
    "Query",
    "Row",
    "Span",
    "StrictModel",
    "StudyFile",
    "Text",
    "Truth",
    "Value",
    "Whole",
]

LARGEST = 1e30
"""Largest figure of a study, with either sign: squares and differences of larger ones are beyond all numbers."""

Name = Annotated[str, Field(pattern=r"^[^\W\d]\w*$", max_length=80)]
Text = Annotated[str, Field(min_length=1, max_length=2000)]
FileOrAddress = Annotated[Text, AfterValidator(set_aside)]
"""A file, or the address of a database, whose password is taken out as it is read."""
Query = Annotated[str, Field(min_length=1, max_length=20_000)]
BreakName = Annotated[str, Field(pattern=r"^[^\W\d][\w-]*$", max_length=80)]
# Strict: neither "2016" nor true is a period, and what is quoted by mistake is said to be.
Whole = Annotated[int, Strict()]
Row = Annotated[int, Strict(), Field(ge=1, le=2**20)]
"""A row of a sheet."""
Number = Annotated[float, Strict(), Field(allow_inf_nan=False)]
Value = Annotated[float, Strict(), Field(allow_inf_nan=False, ge=-LARGEST, le=LARGEST)]
"""A figure, whose square is a number."""
Truth = Annotated[bool, Strict()]


def _written_margin(value: object) -> float | str:
    """Return a bare number, or text with a unit such as "5%": `core.read_margin` says what is a margin of what."""
    if isinstance(value, str) and 0 < len(value) <= _LONGEST_MARGIN:
        return value
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise PydanticCustomError("margin_type", 'a number is needed, or text with its unit such as "5%" or "0.5 t"')
    if not math.isfinite(value):
        raise PydanticKnownError("finite_number")
    if value <= 0:
        raise PydanticKnownError("greater_than", {"gt": 0.0})
    return float(value)


Margin = Annotated[float | str, PlainValidator(_written_margin, json_schema_input_type=_MarginForm)]


def _written_period(value: object) -> int:
    """Return a whole number, or a period that is written as text or as a date of TOML."""
    given = value.strip() if isinstance(value, str) else value
    period = None if isinstance(given, float | bool) else given_period(given)
    spelled = isinstance(given, str) and not given.lstrip("+-").isdecimal()
    if period is None and (spelled or isinstance(given, dt.date | dt.time)):
        raise PydanticCustomError("period", 'a period is needed, such as 2016, "2016Q1", "2016-03" or 2016-03-01')
    if period is None:
        raise PydanticKnownError("int_type")
    return period


def _label(period: int) -> int | str:
    return str(period) if isinstance(period, Period) else period


PeriodOf = Annotated[
    int,
    PlainValidator(_written_period, json_schema_input_type=_PeriodForm),
    PlainSerializer(_label, when_used="json"),
]
"""A year or a count as a whole number; a quarter, month or week as text; a day as text or as a date of TOML."""
Span = tuple[PeriodOf, PeriodOf]


class StrictModel(BaseModel):
    """A table of a study file: a key that is not known is an error."""

    # A key that means nothing would be a wish ignored in silence.
    model_config = ConfigDict(extra="forbid", frozen=True)


class StudyFile(StrictModel):
    """What every study file may say, of whatever kind.

    `beside` names studies of other kinds whose findings stand in the report as well, by kind: a bundled name, or the
    path of a file relative to this one.
    """

    format: Literal[1] = 1
    title: str = ""
    question: str = ""
    beside: dict[str, Text] = Field(default_factory=dict)


class LimitSpec(StrictModel):
    """Something the data cannot answer, in full and in a few words for the terminal, with where that is known from.

    `remedy` names figures that would take it away, such as "CO2 after 2019".
    """

    text: Text
    brief: str = Field(default="", max_length=100)
    remedy: str = Field(default="", max_length=100)
    source: str = ""


class BreakSpec(StrictModel):
    """A date at which series of the user's own stop being comparable with their past: one period, or a first and last.

    `series` names series of the data, and `regions` units of them; without regions all units are concerned.
    """

    name: BreakName
    series: Annotated[tuple[Text, ...], Field(min_length=1)]
    at: PeriodOf | None = None
    first: PeriodOf | None = None
    last: PeriodOf | None = None
    kind: BreakKind
    severity: Severity
    text: Text
    brief: str = Field(default="", max_length=100)
    source: str = ""
    regions: tuple[Text, ...] = ()

    @property
    def span(self) -> tuple[int, int]:
        """First and last period whose change from the period before is not comparable."""
        if self.first is not None and self.last is not None:
            return self.first, self.last
        assert self.at is not None  # noqa: S101 - checked below
        return self.at, self.at

    @model_validator(mode="after")
    def _dated(self) -> Self:
        given = (self.at is not None, self.first is not None, self.last is not None)
        if given not in {(True, False, False), (False, True, True)}:
            raise StudyError(
                f"breaks: {self.name!r} needs one period, or a first and a last one.",
                allowed="at = 2016; or first = 2010 and last = 2011",
            )
        first, last = self.span
        if isinstance(first, Period) != isinstance(last, Period) or first > last:
            raise StudyError(
                f"breaks: {self.name!r} runs from {first} to {last}.", allowed="first <= last, of one kind"
            )
        return self

    def found(self) -> Break:
        """Return it as a break of a series."""
        first, last = self.span
        source = Source(self.source) if self.source else None
        return Break(
            self.name, self.kind, self.severity, first, last, self.text, self.brief, tuple(self.regions), source
        )


class AcceptedSpec(StrictModel):
    """A severe break that a study compares across all the same, and why."""

    break_: BreakName = Field(alias="break")
    why: Text


class AssumptionSpec(StrictModel):
    """A choice that is neither in the evidence nor in the user's data."""

    what: Text
    value: Text
    reason: Text
