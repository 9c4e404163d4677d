"""What is known of a place on a criterion: a range, where it is from, and how much of it anybody measured."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from pilotzone.core import Cell, DataError, Table

__all__ = ["CriterionValue", "ValueKind", "missing", "values_table"]

ValueKind = Literal["data", "modelled", "assumed", "yours", "missing"]
"""Computed from data alone; from a model and data; resting on assumptions; given by the user; not known."""


@dataclass(frozen=True)
class CriterionValue:
    """A range of one place on one criterion.

    Attributes
    ----------
    place, criterion
        Names of both.
    low, high
        Range, the same where it is certain; NaN where nothing is known.
    unit
        Unit of the range.
    kind
        How much of it anybody measured.
    source
        Where it is from.
    note
        What a reader has to know.

    Raises
    ------
    DataError
        If the range does not hold two finite numbers, the lower first.
    """

    place: str
    criterion: str
    low: float
    high: float
    unit: str
    kind: ValueKind
    source: str
    note: str = ""

    def __post_init__(self) -> None:
        known = math.isfinite(self.low) and math.isfinite(self.high) and self.low <= self.high
        if known == (self.kind == "missing"):
            raise DataError(
                f"{self.criterion} of {self.place} ranges from {self.low} to {self.high}.",
                allowed="two finite numbers, the lower first",
            )

    @property
    def middle(self) -> float:
        """Middle of the range."""
        return (self.low + self.high) / 2


def missing(place: str, criterion: str, unit: str, why: str) -> CriterionValue:
    """Return a figure of which nothing is known, and why."""
    return CriterionValue(place, criterion, math.nan, math.nan, unit, "missing", "", why)


def values_table(figures: Iterable[CriterionValue], title: str) -> Table:
    """Return a row for each figure."""
    names = ("place", "criterion", "low", "high", "unit", "kind", "source", "note")
    rows: list[tuple[Cell, ...]] = [
        (f.place, f.criterion, _cell(f.low), _cell(f.high), f.unit, f.kind, f.source, f.note) for f in figures
    ]
    return Table.from_rows(names, rows, title=title)


def _cell(value: float) -> float | None:
    return None if math.isnan(value) else value
