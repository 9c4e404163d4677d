"""A ranking of places begun from a user's own table: places with their figures, written as a siting file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from pilotzone.core import Direction
from pilotzone.study.runs.begun import BegunFile, quoted
from pilotzone.study.runs.fields import Number, StrictModel, Text, Value

__all__ = ["begun_siting"]

_MOST_PLACES, _MOST_CRITERIA = 300, 20


class _Criterion(StrictModel):
    """A column that places are compared on, and what it weighs in percent where that is known."""

    column: Text
    unit: Text
    good: Direction
    weight: Number | None = Field(default=None, ge=0, le=100)


class _Begun(BegunFile):
    """What a page asks for a ranking of places, with the figures of the table: a place, then one for each criterion."""

    question: Text = "Which place suits best?"
    criteria: Annotated[tuple[_Criterion, ...], Field(min_length=1, max_length=_MOST_CRITERIA)]
    places: Annotated[tuple[tuple[Text, tuple[Value | None, ...]], ...], Field(min_length=2, max_length=_MOST_PLACES)]

    @model_validator(mode="after")
    def _whole(self) -> Self:
        given = [item.weight for item in self.criteria if item.weight is not None]
        if given and len(given) < len(self.criteria):
            message = "some criteria have a weight and some have none: give all of them, or none"
            raise ValueError(message)
        if given and abs(sum(given) - 100) > 1e-6:  # noqa: PLR2004 - percents that do not sum to a hundred
            message = f"the weights sum to {sum(given):g} %, not to 100 %"
            raise ValueError(message)
        return self


def begun_siting(given: Mapping[str, Any]) -> str:
    """Return the siting file of what was chosen on a page.

    Parameters
    ----------
    given
        Title, and question if there is one; file that the figures are from; criteria with column, unit of measure,
        which way is good and weight in percent; places, each with its name and a figure for each criterion, ``None``
        where the table has none.

    Raises
    ------
    StudyError
        If something is missing or cannot be.

    Examples
    --------
    >>> criteria = [{"column": "rent", "unit": "CNY", "good": "down"}]
    >>> given = {"title": "Mine", "file": "a.csv", "criteria": criteria, "places": [["A", [2.0]], ["B", [None]]]}
    >>> begun_siting(given).splitlines()[-2:]
    ['name = "B"', 'source = "given in a.csv"']
    """
    begun = _Begun.of_page(given, "siting")
    lines = [
        *begun.head("siting-file.md"),
        *(line for item in begun.criteria for line in _criterion(item)),
        *_weights(begun),
        *(line for name, figures in begun.places for line in _place(begun, name, figures)),
    ]
    return "\n".join(lines)


def _criterion(item: _Criterion) -> list[str]:
    return [
        "[[criterion]]",
        f"name = {quoted(item.column)}",
        f"good = {quoted(item.good)}",
        f"unit = {quoted(item.unit)}",
        "",
    ]


def _weights(begun: _Begun) -> list[str]:
    """Return the weights as shares; the last takes what rounding leaves, so that they sum to one."""
    given = [item.weight for item in begun.criteria if item.weight is not None]
    if not given:
        return []
    shares = [round(weight / 100, 12) for weight in given[:-1]]
    shares.append(round(1 - sum(shares), 12))
    rows = zip(begun.criteria, shares, strict=True)
    return ["[weights.fixed]", *(f"{quoted(item.column)} = {share!r}" for item, share in rows), ""]


def _place(begun: _Begun, name: str, figures: tuple[float | None, ...]) -> list[str]:
    pairs = zip(begun.criteria, figures, strict=True)
    known = [f"{quoted(item.column)} = {float(value)!r}" for item, value in pairs if value is not None]
    return [
        "[[place]]",
        f"name = {quoted(name)}",
        f"source = {quoted(f'given in {begun.file}')}",
        *([f"figures = {{ {', '.join(known)} }}"] if known else []),
        "",
    ]
