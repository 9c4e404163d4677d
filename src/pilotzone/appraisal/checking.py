"""Arrays at the door: finite numbers of a stated shape, or one error that names the first that is not."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pilotzone.core import DataError, UsageError, shown

__all__ = ["Floats", "check_year", "labels_of", "matrix", "number", "share", "text", "vector"]

Floats = NDArray[np.float64]


def _numbers(name: str, values: ArrayLike) -> Floats:
    try:
        found = np.array(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise DataError(f"{name} holds something that is not a number.", allowed="numbers") from error
    found.flags.writeable = False
    return found


def vector(
    name: str, values: ArrayLike, labels: Sequence[object] | int | None = None, *, low: float = -np.inf
) -> Floats:
    """Return values as an array of one axis that cannot be written to.

    Parameters
    ----------
    name
        How the values are called in an error.
    values
        Numbers.
    labels
        Labels of the entries, or how many there must be; any number of one or more if left out.
    low
        Smallest value that is allowed.

    Raises
    ------
    DataError
        If the shape is another, or a value is not finite or too low.
    """
    found = _numbers(name, values)
    size = labels if isinstance(labels, int) or labels is None else len(labels)
    if found.ndim != 1 or found.size == 0 or (size is not None and found.size != size):
        raise DataError(
            f"{name} has the shape {found.shape}.", allowed=f"{'one or more' if size is None else size} values in a row"
        )
    bad = np.flatnonzero(~np.isfinite(found) | (found < low))
    if bad.size:
        at = int(bad[0])
        where = labels[at] if labels is not None and not isinstance(labels, int) else f"position {at + 1}"
        bound = "finite numbers" + (f" of {low:g} or more" if np.isfinite(low) else "")
        raise DataError(f"{name} is {found[at]:g} at {shown(where)}.", allowed=bound)
    return found


def matrix(
    name: str, values: ArrayLike, rows: Sequence[str], columns: Sequence[str], *, low: float = -np.inf
) -> Floats:
    """Return values as an array of two axes that cannot be written to; errors as in `vector`.

    Parameters
    ----------
    name
        How the values are called in an error.
    values
        Numbers, shape (rows, columns).
    rows, columns
        Labels.
    low
        Smallest value that is allowed.
    """
    found = _numbers(name, values)
    if found.shape != (len(rows), len(columns)):
        raise DataError(f"{name} has the shape {found.shape}.", allowed=f"{len(rows)} rows of {len(columns)} columns")
    bad = np.argwhere(~np.isfinite(found) | (found < low))
    if bad.size:
        i, j = bad[0].tolist()
        bound = "finite numbers" + (f" of {low:g} or more" if np.isfinite(low) else "")
        raise DataError(f"{name} is {found[i, j]:g} at {shown(rows[i])}, {shown(columns[j])}.", allowed=bound)
    return found


def number(name: str, value: float, *, low: float = -np.inf, above: float | None = None) -> float:
    """Return a finite number of `low` or more, or of more than `above`.

    Raises
    ------
    UsageError
        If it is not one.
    """
    given: object = value  # what a caller hands over need not be what the types say
    bad = isinstance(given, bool) or not isinstance(given, int | float | np.floating | np.integer)
    if bad or not np.isfinite(value) or value < low or (above is not None and value <= above):
        bound = f"more than {above:g}" if above is not None else f"{low:g} or more" if np.isfinite(low) else "any size"
        raise UsageError(f"{name} is {shown(value)}.", allowed=f"a finite number, {bound}")
    return float(value)


def share(name: str, value: float) -> float:
    """Return a number from 0 to 1.

    Raises
    ------
    UsageError
        If it is not one.
    """
    if number(name, value) < 0 or value > 1:
        raise UsageError(f"{name} is {value:g}.", allowed="a share, 0 to 1")
    return float(value)


def text(name: str, value: str, *, todo: str | None = None) -> str:
    """Return a text that says something.

    Raises
    ------
    UsageError
        If it is empty.
    """
    given: object = value
    if not isinstance(given, str) or not given.strip():
        raise UsageError(f"{name} is {shown(value)}.", allowed="a text", todo=todo)
    return value


def check_year(name: str, value: int) -> int:
    """Return a calendar year as a whole number.

    Raises
    ------
    UsageError
        If it is not one.
    """
    given: object = value
    if isinstance(given, bool) or not isinstance(given, int | np.integer) or not 1000 <= given <= 9999:  # noqa: PLR2004
        raise UsageError(f"{name} is {shown(value)}.", allowed="a calendar year, such as 2007")
    return int(value)


def labels_of(name: str, values: Sequence[str]) -> tuple[str, ...]:
    """Return labels, each there once.

    Raises
    ------
    DataError
        If there are none, one is empty, or one is there twice.
    """
    found = tuple(values)
    if not found or not all(item.strip() for item in found):
        raise DataError(f"{name} has an empty label.", allowed="one or more labels, none of them empty")
    twice = sorted({item for item in found if found.count(item) > 1}) if len(set(found)) < len(found) else []
    if twice:
        raise DataError(f"{name} holds {shown(twice[0])} twice.", allowed="each label once")
    return found
