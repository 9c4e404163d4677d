"""Which units could have been the zones: all assignments of dates to units, or random draws of them.

With m zones an assignment gives each of their dates a unit of its own. Zones with the same date and window can be
exchanged without changing anything; such assignments are one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import factorial, perm, prod
from typing import TYPE_CHECKING, overload

import numpy as np

from pilotzone.core import Brief

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["ENUMERATED", "Assignments", "all_or_drawn", "count_assignments"]

ENUMERATED = 1_000_000
"""Up to so many assignments are enumerated; of more, some are drawn."""


@dataclass(frozen=True, eq=False)
class Assignments(Sequence[str], Brief):
    """Assignments of units to dates; as a sequence, their names.

    Attributes
    ----------
    rows
        Unit of each date, shape (A, m), by its index.
    actual
        Which row is the actual assignment.
    drawn
        Whether they are random draws, the actual one put first.
    names
        Names of the units.
    dates
        Dates of the m zones.
    """

    rows: NDArray[np.intp]
    actual: int
    drawn: bool
    names: tuple[str, ...]
    dates: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.rows)

    @overload
    def __getitem__(self, at: int) -> str: ...

    @overload
    def __getitem__(self, at: slice) -> list[str]: ...

    def __getitem__(self, at: int | slice) -> str | list[str]:
        if isinstance(at, slice):
            return [self[k] for k in range(*at.indices(len(self)))]
        return ", ".join(f"{self.names[unit]} {date}" for unit, date in zip(self.rows[at], self.dates, strict=True))


def count_assignments(units: int, kinds: Sequence[int]) -> int:
    """Return how many assignments there are.

    Parameters
    ----------
    units
        Number of units.
    kinds
        Kind of each of the m dates; dates of one kind can be exchanged.

    Examples
    --------
    Two zones with dates of their own, and two with the same, among 30 units:

    >>> count_assignments(30, [0, 1]), count_assignments(30, [0, 0])
    (870, 435)
    """
    return perm(units, len(kinds)) // prod(factorial(kinds.count(kind)) for kind in set(kinds))


def all_or_drawn(
    names: Sequence[str], kinds: Sequence[int], dates: Sequence[int], actual: Sequence[int], *, draws: int, seed: int
) -> Assignments:
    """Return all assignments where they are at most `ENUMERATED`, else the actual one and random ones.

    Parameters
    ----------
    names
        Names of the n units.
    kinds, dates
        Kind and date of each of the m zones, zones of one kind next to one another.
    actual
        Index of the unit that had each date.
    draws
        How many random assignments, each as likely as any other, with replacement.
    seed
        Seed of the draws.
    """
    fixed = np.asarray(actual, dtype=np.intp)
    if count_assignments(len(names), kinds) <= ENUMERATED:
        rows = _all(len(names), kinds)
        place = int(np.flatnonzero((rows == _in_order(fixed[None], kinds)).all(axis=1))[0])
        return Assignments(rows, place, drawn=False, names=tuple(names), dates=tuple(dates))
    rows = np.vstack([fixed, _drawn(len(names), len(kinds), draws, seed)])
    return Assignments(_in_order(rows, kinds), 0, drawn=True, names=tuple(names), dates=tuple(dates))


def _in_order(rows: NDArray[np.intp], kinds: Sequence[int]) -> NDArray[np.intp]:
    """Sort the units of each kind, so that what can be exchanged looks the same."""
    ordered = rows.copy()
    for kind in set(kinds):
        columns = [k for k, own in enumerate(kinds) if own == kind]
        ordered[:, columns] = np.sort(rows[:, columns], axis=1)
    return ordered


def _all(count: int, kinds: Sequence[int]) -> NDArray[np.intp]:
    """Return all assignments, growing them date by date."""
    rows = np.arange(count, dtype=np.intp)[:, None]
    for k in range(1, len(kinds)):
        before = np.repeat(rows, count, axis=0)
        added = np.tile(np.arange(count, dtype=np.intp), len(rows))
        fresh = (before != added[:, None]).all(axis=1)
        if kinds[k] == kinds[k - 1]:
            fresh &= added > before[:, -1]
        rows = np.column_stack([before[fresh], added[fresh]])
    return rows


def _drawn(count: int, length: int, draws: int, seed: int) -> NDArray[np.intp]:
    """Draw ordered units without replacement, many times: what repeats a unit is drawn again."""
    rng = np.random.default_rng(seed)
    rows = rng.integers(count, size=(draws, length))
    while True:
        ordered = np.sort(rows, axis=1)
        again = np.flatnonzero((ordered[:, 1:] == ordered[:, :-1]).any(axis=1))
        if not len(again):
            return rows.astype(np.intp)
        rows[again] = rng.integers(count, size=(len(again), length))
