"""What is not in the evidence and not the user's: assumptions, each a range with a reason."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace

from pilotzone.core.errors import UsageError, unknown
from pilotzone.core.result import Result
from pilotzone.core.table import Table

__all__ = ["Assumption", "Assumptions"]


@dataclass(frozen=True)
class Assumption:
    """A quantity that nobody measured here.

    Attributes
    ----------
    name
        Name of the quantity.
    low, high
        Range in which it is assumed to lie.
    unit
        Unit of the range.
    source
        Why this range: a source, or that it is general knowledge and to be checked.
    place
        Place that it is about; empty for one about all places.
    shared
        Share of its variance that all places have in common, from 0 (each place has its own value in the range) to 1
        (one value holds everywhere). Where nothing is said it is 1 for one about all places, 0 for one about a place.
    label
        Name in words, for readers; empty for the name itself without underscores.

    Raises
    ------
    UsageError
        If the range is not a range, it has no source, or the share is not from 0 to 1.
    """

    name: str
    low: float
    high: float
    unit: str
    source: str
    place: str = ""
    shared: float | None = None
    label: str = ""

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
        if self.shared is not None and not 0 <= self.shared <= 1:
            raise UsageError(
                f"the shared part of assumption {self.name!r}{where} is {self.shared:g}.", allowed="0 to 1"
            )

    @property
    def title(self) -> str:
        """Name in words."""
        return self.label or self.name.replace("_", " ")

    @property
    def share(self) -> float:
        """Share of its variance that all places have in common."""
        if self.shared is not None:
            return self.shared
        return 0.0 if self.place else 1.0

    @property
    def middle(self) -> float:
        """Middle of the range."""
        return (self.low + self.high) / 2


@dataclass(frozen=True)
class Assumptions(Result):
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
            raise unknown(
                "assumption",
                name,
                known,
                told=f"nothing is assumed about {name!r}{where}",
                allowed=", ".join(known) or "no assumptions were given",
                error=UsageError,
                todo="give a range with a source in the file of assumptions",
            )
        return found

    def get(self, name: str, place: str = "") -> Assumption | None:
        """Return what is assumed of a quantity at a place, or ``None``."""
        by_key = {(entry.name, entry.place): entry for entry in self.entries}
        return by_key.get((name, place)) or by_key.get((name, ""))

    def title_of(self, name: str) -> str:
        """Return the name of a quantity in words, also where nothing is assumed about it.

        Examples
        --------
        >>> found = Assumptions(
        ...     (Assumption("base_ms", 2, 10, "ms", "to be checked", label="round trip at no distance"),)
        ... )
        >>> found.title_of("base_ms"), found.title_of("it_load")
        ('round trip at no distance', 'it load')
        """
        titles = {entry.name: entry.title for entry in reversed(self.entries)}
        return titles.get(name) or name.replace("_", " ")

    def instead(self, others: Iterable[Assumption]) -> Assumptions:
        """Return these with others instead or besides.

        One about all places takes the place of all those of its name. What is shared of a quantity stays as it was
        where the new one does not say: a narrower range of humidities is still one humidity for each place. So does
        its name in words.
        """
        shared = {entry.name: entry.shared for entry in self.entries}
        labels = {entry.name: entry.label for entry in self.entries}
        new = tuple(
            replace(
                entry,
                shared=shared.get(entry.name) if entry.shared is None else entry.shared,
                label=entry.label or labels.get(entry.name, ""),
            )
            for entry in others
        )
        everywhere = {entry.name for entry in new if not entry.place}
        named = {(entry.name, entry.place) for entry in new}
        kept = tuple(
            entry for entry in self.entries if entry.name not in everywhere and (entry.name, entry.place) not in named
        )
        return Assumptions((*kept, *new))

    def to_table(self) -> Table:
        """Return a row for each assumption, each marked ASSUMED."""
        rows = [
            (e.name, e.title, e.place or "all places", "ASSUMED", e.low, e.high, e.unit, _drawn(e), e.source)
            for e in self.entries
        ]
        names = ["quantity", "in_words", "place", "status", "low", "high", "unit", "drawn", "source"]
        return Table.from_rows(names, rows, title="What is assumed")


def _drawn(entry: Assumption) -> str:
    if entry.share in {0.0, 1.0}:
        return "once for all places" if entry.share else "for each place"
    return f"{entry.share:.0%} of the variance once for all places, the rest for each"
