"""Numbers that a caller gives, checked once: shape, gaps and range, with an error that names them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import DataError, UsageError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

__all__ = ["as_whole", "month_of_hours", "named_once", "number", "numbers", "probability"]

_NOTHING = -math.inf
HOURS_OF_DAY = 24
DAYS_OF_MONTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
MONTHS = 12
HOURS_OF_YEARS = (8760, 8784)


def number(value: float, name: str, *, low: float = 0.0, high: float = math.inf, above: bool = False) -> float:
    """Return a finite number in a range.

    Parameters
    ----------
    value
        The number.
    name
        What it is, with its unit: the subject of the error.
    low, high
        Range that is allowed, ends included.
    above
        Whether the lower end is left out.

    Raises
    ------
    UsageError
        If it is not a number, or outside the bounds.
    """
    try:
        found = float(value)
    except (TypeError, ValueError):
        found = math.nan
    if not (math.isfinite(found) and low <= found <= high) or (above and found == low):
        raise UsageError(f"{name} is {value!r}.", allowed=_range(low, high, above=above))
    return found


def probability(value: float, name: str) -> float:
    """Return a probability; negative ones and those above 1 are errors."""
    return number(value, name, low=0.0, high=1.0)


def as_whole(value: int, name: str, *, low: int = 0) -> int:
    """Return a whole number that is at least `low`."""
    if not _is_whole(value) or value < low:
        raise UsageError(f"{name} is {value!r}.", allowed=f"whole numbers from {low}")
    return int(value)


def numbers(
    values: ArrayLike, name: str, *, low: float = _NOTHING, high: float = math.inf, size: int | None = None
) -> Floats:
    """Return an array of finite numbers in a range.

    Parameters
    ----------
    values
        The numbers, of any shape; the last axis is that of hours where there are hours.
    name
        What they are, with their unit: the subject of the error.
    low, high
        Range that is allowed, ends included.
    size
        Length that the last axis must have; any if left out.

    Raises
    ------
    DataError
        If a number is missing or outside the range, or the length differs.
    """
    try:
        found = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise DataError(f"{name} holds what is not a number.", allowed="numbers") from None
    if size is not None and (found.ndim == 0 or found.shape[-1] != size):
        length = 1 if found.ndim == 0 else found.shape[-1]
        raise DataError(f"{name} has {length:,} values.", allowed=f"{size:,} values")
    bad = ~np.isfinite(found)
    if bad.any():
        raise DataError(
            f"{name} has {int(bad.sum()):,} gaps, the first at position {_first(bad)}.",
            allowed="a number everywhere",
            todo="nothing is filled in: give a series without gaps, or say what stands in the gaps",
        )
    outside = (found < low) | (found > high)
    if outside.any():
        raise DataError(
            f"{name} is {float(found[outside][0]):g} at position {_first(outside)}.",
            allowed=_range(low, high, above=False),
        )
    return found


def named_once(names: Sequence[str], what: str) -> None:
    """Raise where a name is empty or there twice."""
    for name in names:
        if not name.strip():
            raise UsageError(f"a {what} has no name.", todo=f"give each {what} a name")
        if names.count(name) > 1:
            raise UsageError(f"{what} {name!r} is there twice.", allowed="each name once")


def month_of_hours(hours: int) -> NDArray[np.int64]:
    """Return the month, 1 to 12, of each hour of a year.

    Parameters
    ----------
    hours
        8,760, or 8,784 in a leap year.

    Raises
    ------
    UsageError
        If a year has another number of hours.

    Examples
    --------
    >>> [int((month_of_hours(8784) == month).sum()) // 24 for month in (1, 2, 12)]
    [31, 29, 31]
    """
    if hours not in HOURS_OF_YEARS:
        raise UsageError(f"a year has {hours:,} hours.", allowed="8,760 or 8,784")
    days = np.array(DAYS_OF_MONTHS)
    days[1] += hours == HOURS_OF_YEARS[1]
    return np.repeat(np.arange(1, MONTHS + 1), days * HOURS_OF_DAY)


def _is_whole(value: object) -> bool:
    return isinstance(value, int | np.integer) and not isinstance(value, bool)


def _first(where: NDArray[np.bool_]) -> str:
    """Return the place of the first true cell, counted from 1."""
    place = np.argwhere(np.atleast_1d(where))[0] + 1
    return ", ".join(f"{k:,}" for k in place.tolist())


def _range(low: float, high: float, *, above: bool) -> str:
    lower = "" if math.isinf(low) else f"above {low:g}" if above else f"from {low:g}"
    upper = "" if math.isinf(high) else f"to {high:g}"
    return f"finite numbers {lower} {upper}".strip().replace("  ", " ")
