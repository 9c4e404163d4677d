"""A study of a zone begun from a user's own table: which column is what, written as a study file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from pilotzone.core import Direction, Role, Scale
from pilotzone.gather import WIDE
from pilotzone.study.runs.begun import BegunFile, quoted, quoted_margin
from pilotzone.study.runs.fields import Margin, PeriodOf, StrictModel, Text

__all__ = ["begun_study"]

_NAME = re.compile(r"[^\W\d]\w{0,60}")
_MOST = 12
"""Outcomes."""


class _Outcome(StrictModel):
    """A column that is an outcome: what it is, what is good, and which harm would still count as none."""

    column: Text
    label: Text
    unit: Text
    role: Role
    good: Direction
    scale: Scale
    margin: Margin
    why: str = Field(default="", max_length=500)


class _Begun(BegunFile):
    """What a page asks for a study of a zone in a table of one's own; without `period`, columns are periods."""

    unit: Text
    period: Text | None = None
    zone: Text
    start: PeriodOf
    last: PeriodOf
    outcomes: Annotated[tuple[_Outcome, ...], Field(min_length=1, max_length=_MOST)]

    @model_validator(mode="after")
    def _columns_that_can_be_written(self) -> Self:
        columns = [item.column for item in self.outcomes]
        if len({*columns}) < len(columns):
            message = "a column is an outcome twice"
            raise ValueError(message)
        if self.period is None and columns != [WIDE]:
            message = f"a table with a column for each period has one outcome, {WIDE}"
            raise ValueError(message)
        if any("`" in column for column in columns):
            message = "a column has a backquote in its name: rename it in the file"
            raise ValueError(message)
        return self


def begun_study(given: Mapping[str, Any]) -> str:
    """Return the study file of what was chosen on a page.

    Parameters
    ----------
    given
        Title, and question if there is one; file as the study file is to name it; columns of unit and period, the
        latter left out where each period is a column; zone, start, and last period of the window; outcomes with
        column, label, unit of measure, role, good, scale, margin and why; how the file is written, where it is not as
        most are.

    Raises
    ------
    StudyError
        If something is missing or cannot be.

    Examples
    --------
    >>> outcome = {"column": "GDP", "label": "GDP", "unit": "CNY", "role": "development", "good": "up"}
    >>> given = {"title": "Mine", "file": "a.csv", "unit": "place", "period": "year", "zone": "A", "start": 2014}
    >>> more = {"last": 2019, "outcomes": [{**outcome, "scale": "log", "margin": "5%"}]}
    >>> print(begun_study({**given, **more}).splitlines()[-4])
    margin = "5%"
    """
    begun = _Begun.of_page(given)
    names = _names(begun)
    lines = [
        *begun.head("study-file.md"),
        "[zone]",
        f"unit = {quoted(begun.zone)}",
        f"start = {_period(begun.start)}",
        "",
        "[data]",
        'source = "file"',
        f"file = {quoted(begun.file)}",
        f"unit = {quoted(begun.unit)}",
        'layout = "wide"' if begun.period is None else f"period = {quoted(begun.period)}",
        *begun.form(),
        "",
        "[data.units]",
        *(f"{quoted(item.column)} = {quoted(item.unit)}" for item in begun.outcomes),
        "",
        "[derive]",
        *(f"{names[item.column]} = {quoted(_formula(item))}" for item in begun.outcomes),
        "",
        *(line for item in begun.outcomes for line in _outcome(item, names[item.column])),
        "[window]",
        f"verdict = [{_period(begun.start)}, {_period(begun.last)}]",
        "",
    ]
    return "\n".join(lines)


def _outcome(item: _Outcome, name: str) -> list[str]:
    return [
        "[[outcomes]]",
        f"name = {quoted(name)}",
        f"label = {quoted(item.label)}",
        f"role = {quoted(item.role)}",
        f"good = {quoted(item.good)}",
        f"scale = {quoted(item.scale)}",
        f"margin = {quoted_margin(item.margin)}",
        *([f"why_margin = {quoted(item.why)}"] if item.why else []),
        "",
    ]


def _names(begun: _Begun) -> dict[str, str]:
    """Return a name for each outcome that no column has: a derived series has a name of its own."""
    taken = {item.column for item in begun.outcomes}
    found: dict[str, str] = {}
    for k, item in enumerate(begun.outcomes, start=1):
        prefix = "log" if item.scale == "log" else "outcome"
        plain = f"{prefix}_{item.column}"
        name = plain if _NAME.fullmatch(plain) and plain.isascii() and plain not in taken else f"{prefix}_{k}"
        while name in taken:
            name += "_"
        taken.add(name)
        found[item.column] = name
    return found


def _formula(item: _Outcome) -> str:
    return f"log(`{item.column}`)" if item.scale == "log" else f"`{item.column}`"


def _period(period: int) -> str:
    """Return a period as a study file has it: a year is a number, any other a text."""
    return str(int(period)) if type(period) is int else quoted(str(period))
