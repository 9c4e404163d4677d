"""What is not in the evidence and not the user's: assumptions, each a range with a reason."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from pilotzone.core.errors import UsageError, did_you_mean
from pilotzone.core.table import Table

__all__ = ["Assumption", "Assumptions"]


@dataclass(frozen=True)
class Assumption:
    """A quantity that nobody measured here.

    Attributes
    ----------
    name
        Of the quantity.
    low, high
        Range in which it is assumed to lie.
    unit
        Of the range.
    source
        Why this range: a source, or that it is general knowledge and to be checked.
    place
        Place that it is about; empty for one about all places.

    Raises
    ------
    UsageError
        If the range is none, or it has no source.
    """

    name: str
    low: float
    high: float
    unit: str
    source: str
    place: str = ""

    def __post_init__(self) -> None:
        where = f" of {self.place}" if self.place else ""
        if not (math.isfinite(self.low) and math.isfinite(self.high) and self.low <= self.high):
            raise UsageError(
                f"assumption {self.name!r}{where} has the range {self.low} to {self.high}.",
                allowed="two finite numbers, the lower first",
            )
        if not self.source.strip():
            raise UsageError(
                f"assumption {self.name!r}{where} has no source.",
                todo="say why this range, if only that it is general knowledge and to be checked",
            )

    @property
    def middle(self) -> float:
        """Middle of the range."""
        return (self.low + self.high) / 2


@dataclass(frozen=True)
class Assumptions:
    """Assumptions by name and place; one about a place goes before one about all.

    Attributes
    ----------
    entries
        All of them.

    Raises
    ------
    UsageError
        If the same is assumed twice.

    Examples
    --------
    >>> found = Assumptions((Assumption("rel_humidity", 0.4, 0.8, "1", "to be checked"),))
    >>> found.of("rel_humidity", "CN-GZ").middle.__round__(3)
    0.6
    """

    entries: tuple[Assumption, ...] = ()

    def __post_init__(self) -> None:
        keys = [(entry.name, entry.place) for entry in self.entries]
        twice = sorted({key for key in keys if keys.count(key) > 1})
        if twice:
            name, place = twice[0]
            raise UsageError(
                f"{name!r} is assumed twice{f' of {place}' if place else ''}.", allowed="one entry for each"
            )

    def of(self, name: str, place: str = "") -> Assumption:
        """Return what is assumed of a quantity at a place.

        Raises
        ------
        UsageError
            If nothing is.
        """
        found = self.get(name, place)
        if found is None:
            known = sorted({entry.name for entry in self.entries})
            where = f" of {place}" if place else ""
            raise UsageError(
                f"nothing is assumed about {name!r}{where}.{did_you_mean(name, known)}",
                allowed=", ".join(known) or "no assumptions were given",
                todo="give a range with a source in the file of assumptions",
            )
        return found

    def get(self, name: str, place: str = "") -> Assumption | None:
        """Return what is assumed of a quantity at a place, or ``None``."""
        by_key = {(entry.name, entry.place): entry for entry in self.entries}
        return by_key.get((name, place)) or by_key.get((name, ""))

    def instead(self, others: Iterable[Assumption]) -> Assumptions:
        """Return these with others instead or besides.

        One about all places takes the place of all those of its name.
        """
        new = tuple(others)
        everywhere = {entry.name for entry in new if not entry.place}
        named = {(entry.name, entry.place) for entry in new}
        kept = tuple(
            entry for entry in self.entries if entry.name not in everywhere and (entry.name, entry.place) not in named
        )
        return Assumptions((*kept, *new))

    def to_table(self) -> Table:
        """Return a row for each assumption, each marked ASSUMED."""
        rows = [(e.name, e.place or "all places", "ASSUMED", e.low, e.high, e.unit, e.source) for e in self.entries]
        names = ["quantity", "place", "status", "low", "high", "unit", "source"]
        return Table.from_rows(names, rows, title="What is assumed")
