"""A study of a zone begun from a user's own table: which column is what, written as a study file."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Annotated, Any, Self

from pydantic import Field, ValidationError, model_validator

from pilotzone.core import Direction, Role, Scale, UsageError
from pilotzone.study.runs.faults import explain
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


class _Begun(StrictModel):
    """What a page asks for a study of a zone in a table of one's own."""

    title: Text
    question: Text = "What did the zone change?"
    file: Text
    unit: Text
    period: Text
    zone: Text
    start: PeriodOf
    last: PeriodOf
    outcomes: Annotated[tuple[_Outcome, ...], Field(min_length=1, max_length=_MOST)]
    delimiter: Text | None = None
    encoding: Text | None = None
    sheet: Text | None = None

    @model_validator(mode="after")
    def _columns_that_can_be_written(self) -> Self:
        columns = [item.column for item in self.outcomes]
        if len({*columns}) < len(columns):
            message = "a column is an outcome twice"
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
        Title, and question if there is one; file as the study file is to name it; columns of unit and period; zone,
        start, and last period of the window; outcomes with column, label, unit of measure, role, good, scale, margin
        and why; how the file is written, where it is not as most are.

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
    try:
        begun = _Begun.model_validate(given)
    except ValidationError as error:
        raise explain(error, "of the page", _Begun, what="study") from error
    names = _names(begun)
    lines = [
        "# Begun in the lab from a table. Every key is told in docs/reference/study-file.md.",
        "format = 1",
        f"title = {_quoted(begun.title)}",
        f"question = {_quoted(begun.question)}",
        "",
        "[zone]",
        f"unit = {_quoted(begun.zone)}",
        f"start = {_period(begun.start)}",
        "",
        "[data]",
        'source = "file"',
        f"file = {_quoted(begun.file)}",
        f"unit = {_quoted(begun.unit)}",
        f"period = {_quoted(begun.period)}",
        *(f"{key} = {_quoted(text)}" for key in ("delimiter", "encoding", "sheet") if (text := getattr(begun, key))),
        "",
        "[data.units]",
        *(f"{_quoted(item.column)} = {_quoted(item.unit)}" for item in begun.outcomes),
        "",
        "[derive]",
        *(f"{names[item.column]} = {_quoted(_formula(item))}" for item in begun.outcomes),
        "",
        *(line for item in begun.outcomes for line in _outcome(item, names[item.column])),
        "[window]",
        f"verdict = [{_period(begun.start)}, {_period(begun.last)}]",
        "",
    ]
    return "\n".join(lines)


def _outcome(item: _Outcome, name: str) -> list[str]:
    margin = _quoted(item.margin) if isinstance(item.margin, str) else f"{item.margin!r}"
    return [
        "[[outcomes]]",
        f"name = {_quoted(name)}",
        f"label = {_quoted(item.label)}",
        f"role = {_quoted(item.role)}",
        f"good = {_quoted(item.good)}",
        f"scale = {_quoted(item.scale)}",
        f"margin = {margin}",
        *([f"why_margin = {_quoted(item.why)}"] if item.why else []),
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


def _quoted(text: str) -> str:
    """Return a text as TOML writes it; the escapes of JSON are among those of TOML."""
    if any(0xD800 <= ord(sign) <= 0xDFFF for sign in text):  # noqa: PLR2004 - what no file can hold
        raise UsageError("a name holds signs that cannot be written.", todo="rename it in the file")
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _period(period: int) -> str:
    """Return a period as a study file has it: a year is a number, any other a text."""
    return str(int(period)) if type(period) is int else _quoted(str(period))
