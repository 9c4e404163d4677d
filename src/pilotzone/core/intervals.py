"""Sets of effects that a test does not reject: finite unions of intervals on the line."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from numbers import Real
from typing import TYPE_CHECKING

from pilotzone.core.errors import UsageError
from pilotzone.core.showing import shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pilotzone.core.cell import Cell
    from pilotzone.core.outcome import Outcome

__all__ = ["EffectSet", "Interval", "attained_level", "check_level", "distinct_points", "probes", "united"]

_SAME = 1e-12
"""Points closer than this, relative to their size, are one: what rounding makes of one point."""


@dataclass(frozen=True)
class Interval:
    """An interval of effects in the outcome's own scale; infinite ends are open."""

    low: float
    high: float
    low_closed: bool = False
    high_closed: bool = False

    def __contains__(self, effect: float) -> bool:
        above = effect > self.low or (self.low_closed and effect == self.low)
        return above and (effect < self.high or (self.high_closed and effect == self.high))


class EffectSet:
    """What every set of effects on one outcome can do; subclasses are frozen dataclasses with these two fields.

    Attributes
    ----------
    outcome
        The outcome.
    intervals
        From left to right, in the outcome's own scale; several if the set is not convex, none if it is empty.
    """

    outcome: Outcome
    intervals: tuple[Interval, ...]

    def __contains__(self, effect: float) -> bool:
        return any(effect in interval for interval in self.intervals)

    @property
    def displayed(self) -> tuple[Interval, ...]:
        """The intervals in readable units: percent on a log scale, where the least effect is -100 percent."""
        show = self.outcome.display
        return tuple(Interval(show(i.low), show(i.high), i.low_closed, i.high_closed) for i in self.intervals)

    @property
    def span(self) -> tuple[float | None, float | None]:
        """The outermost ends in readable units; ``None`` for one that is infinite, and for both of an empty set."""
        ends = self.end_cells()
        low, high = (ends[0][0], ends[-1][1]) if ends else (None, None)
        return (low if isinstance(low, float) else None), (high if isinstance(high, float) else None)

    def end_cells(self) -> list[tuple[Cell, ...]]:
        """Return both ends in readable units, whether each belongs to it and the unit; an infinite end is ``None``."""
        return [
            (
                shown.low if math.isfinite(own.low) else None,
                shown.high if math.isfinite(own.high) else None,
                own.low_closed,
                own.high_closed,
                self.outcome.display_unit,
            )
            for own, shown in zip(self.intervals, self.displayed, strict=True)
        ]


def check_level(alpha: object, *, below: float = 1.0, name: str = "alpha", such: float = 0.05) -> float:
    """Return a level of tests, sets or intervals as a number; anything else is refused in the parameter's own name.

    Parameters
    ----------
    alpha
        What the caller gave.
    below
        What it has to be below.
    name
        What the parameter is called.
    such
        A level that is usual.

    Raises
    ------
    UsageError
        If it is not a number above 0 and below that.
    """
    level = 0.0 if isinstance(alpha, bool) or not isinstance(alpha, Real) else float(alpha)
    if not 0 < level < below:
        raise UsageError(f"{name} is {shown(alpha)}.", allowed=f"a level above 0 and below {below:g}, such as {such:g}")
    return level


def attained_level(alpha: float, count: int) -> float:
    """Return the largest k/n that is at most alpha: the level of a test by ranks among n, zero where 1/n exceeds alpha.

    What rounding leaves of alpha counts for nothing: 1 - 0.9 is a tenth.

    Raises
    ------
    UsageError
        If alpha is not a level.

    Examples
    --------
    >>> attained_level(0.12, 20), attained_level(1 - 0.9, 20), attained_level(0.04, 20)
    (0.1, 0.1, 0.0)
    """
    return math.floor(check_level(alpha) * count + 1e-9) / count


def distinct_points(points: Sequence[float]) -> list[float]:
    """Return ascending points without those that rounding alone tells from the one before."""
    distinct: list[float] = []
    for point in points:
        if not distinct or point - distinct[-1] > _SAME * max(abs(point), abs(distinct[-1])):
            distinct.append(point)
    return distinct


def probes(points: Sequence[float], size: float) -> list[float]:
    """Return a point in each of the n + 1 open cells around n ascending points, n at least 1.

    It lies no farther than `size` from the end that is nearer to zero: far out, statistics are large, and what differs
    between them is lost in rounding.

    Examples
    --------
    >>> probes([0.0, 1.0, 1000.0], size=10.0)
    [-10.0, 0.5, 11.0, 1010.0]
    """
    step = size or max(abs(points[0]), abs(points[-1])) or 1.0

    def inside(left: float, right: float) -> float:
        away = min(step, (right - left) / 2)
        return left + away if abs(left) <= abs(right) else right - away

    return [points[0] - step, *(inside(*pair) for pair in pairwise(points)), points[-1] + step]


def united(points: Sequence[float], cells: Sequence[bool], at: Sequence[bool]) -> tuple[Interval, ...]:
    """Join neighbouring pieces of the line: open cells, and the points between them.

    Parameters
    ----------
    points
        n ascending points.
    cells
        Whether each of the n + 1 open cells around them belongs to the set.
    at
        Whether each point does.

    Examples
    --------
    >>> united([1.0, 2.0], [False, True, False], [True, False])
    (Interval(low=1.0, high=2.0, low_closed=True, high_closed=False),)
    """
    found: list[Interval] = []
    start: tuple[float, bool] | None = (-math.inf, False) if cells[0] else None
    for point, here, after in zip(points, at, cells[1:], strict=True):
        if start is None and here:
            start = (point, True)
        if start is not None and not here:
            found.append(Interval(start[0], point, low_closed=start[1]))
            start = None
        if start is not None and not after:
            found.append(Interval(start[0], point, low_closed=start[1], high_closed=True))
            start = None
        if start is None and after:
            start = (point, False)
    if start is not None:
        found.append(Interval(start[0], math.inf, low_closed=start[1]))
    return tuple(found)
