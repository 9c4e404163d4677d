"""A study of many units begun from a user's own table: which column is what, written as a study file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from pilotzone.core import Direction, Role, Scale
from pilotzone.study.runs.begun import BegunFile, quoted, quoted_margin
from pilotzone.study.runs.fields import Margin, StrictModel, Text

__all__ = ["begun_panel"]

_MOST = 12
"""Outcomes."""


class _Outcome(StrictModel):
    """A column that is an outcome; without a role it is reported, and not part of the claim."""

    column: Text
    label: Text
    unit: Text
    role: Role | Literal[""]
    good: Direction
    scale: Scale
    margin: Margin | None = None
    why: str = Field(default="", max_length=500)

    @model_validator(mode="after")
    def _with_its_margin(self) -> Self:
        if bool(self.role) != (self.margin is not None):
            message = "an outcome with a role has a margin, and one that is only reported has none"
            raise ValueError(message)
        return self


class _Begun(BegunFile):
    """What a page asks for a study of many units."""

    unit: Text
    period: Text
    cohort: Text
    outcomes: Annotated[tuple[_Outcome, ...], Field(min_length=1, max_length=_MOST)]


def begun_panel(given: Mapping[str, Any]) -> str:
    """Return the study file of what was chosen on a page.

    Parameters
    ----------
    given
        Title, and question if there is one; file as the study file is to name it; columns of unit, period and
        treatment; outcomes with column, label, unit of measure, role, good, scale, margin and why; how the file is
        written, where it is not as most are.

    Raises
    ------
    StudyError
        If something is missing or cannot be.

    Examples
    --------
    >>> outcome = {"column": "ln_gdp", "label": "GDP", "unit": "1", "role": "development", "good": "up"}
    >>> given = {"title": "Mine", "file": "a.csv", "unit": "place", "period": "year", "cohort": "since"}
    >>> print(begun_panel({**given, "outcomes": [{**outcome, "scale": "log", "margin": "5%"}]}).splitlines()[-1])
    margin = "5%"
    """
    begun = _Begun.of_page(given)
    lines = [
        *begun.head("panel-study.md"),
        "[panel]",
        f"file = {quoted(begun.file)}",
        f"unit = {quoted(begun.unit)}",
        f"time = {quoted(begun.period)}",
        f"cohort = {quoted(begun.cohort)}",
        *begun.form(),
        *(line for item in begun.outcomes for line in _outcome(item)),
        "",
    ]
    return "\n".join(lines)


def _outcome(item: _Outcome) -> list[str]:
    claim = [f"role = {quoted(item.role)}", f"good = {quoted(item.good)}"] if item.role else []
    return [
        "",
        "[[outcomes]]",
        f"name = {quoted(item.column)}",
        f"label = {quoted(item.label)}",
        f"unit = {quoted(item.unit)}",
        *claim,
        f"scale = {quoted(item.scale)}",
        *([f"why_margin = {quoted(item.why)}"] if item.why and item.role else []),
        *([] if item.margin is None else [f"margin = {quoted_margin(item.margin)}"]),
    ]
