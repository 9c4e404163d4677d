"""People or households with an income: what the statistics of inclusion are computed from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from pilotzone.core import Brief, MethodError, UsageError, listing, unknown

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

__all__ = ["EQUAL", "MicroData", "micro_data", "micro_data_of"]

EQUAL = "equal"
"""The word by which equal weights are asked for."""


@dataclass(frozen=True, eq=False)
class MicroData(Brief):
    """Rows of a survey or register, one per person or household; made by `micro_data`.

    Attributes
    ----------
    income
        Income, consumption or another amount per person, shape (n,), in `unit`.
    weights
        How many people each row stands for, shape (n,), positive.
    clusters
        Code of the cluster of each row, shape (n,); ``None`` where rows were drawn one by one.
    groups
        Name of the group of each row, shape (n,); ``None`` where none were given.
    zone
        Whether a row lies in the zone, shape (n,); ``None`` where that was not said.
    comparison
        Whether a row belongs to the comparison, shape (n,). Rows of neither are the rest of the country.
    periods
        Period of each row, shape (n,); ``None`` where there is only one.
    unit
        Unit of income, as text.
    """

    income: Floats
    weights: Floats
    clusters: NDArray[np.intp] | None = None
    groups: NDArray[np.str_] | None = None
    zone: NDArray[np.bool_] | None = None
    comparison: NDArray[np.bool_] | None = None
    periods: NDArray[np.int64] | None = None
    unit: str = "1"

    @property
    def drawn(self) -> str:
        """What was drawn one by one, in the plural."""
        return "rows" if self.clusters is None else "clusters"

    @property
    def population(self) -> float:
        """How many people all rows stand for."""
        return float(self.weights.sum())


_COLUMNS = ("income", "weights", "clusters", "groups", "zone", "comparison", "periods")


def micro_data(
    income: ArrayLike,
    *,
    weights: ArrayLike | str | None = None,
    clusters: ArrayLike | None = None,
    groups: ArrayLike | None = None,
    zone: ArrayLike | None = None,
    comparison: ArrayLike | None = None,
    periods: ArrayLike | None = None,
    unit: str = "1",
) -> MicroData:
    """Check the columns of a survey and return them as `MicroData`.

    Parameters
    ----------
    income
        Amount per person, shape (n,).
    weights
        How many people each row stands for, shape (n,), positive; ``"equal"`` asks for one each. There is no default:
        most surveys draw some people more often than others.
    clusters
        What rows were drawn in, such as villages or regions, shape (n,); names or codes.
    groups
        Group of each row, such as urban and rural, shape (n,).
    zone, comparison
        Whether a row lies in the zone or in the comparison, shape (n,), boolean. Without `comparison` all rows outside
        the zone are the comparison.
    periods
        Period of each row, shape (n,), whole numbers.
    unit
        Unit of income, as text.

    Raises
    ------
    UsageError
        If no weights were given, or a row is in the zone and in the comparison.
    MethodError
        If a column has another length, misses values, or weights are not positive.

    Examples
    --------
    >>> micro_data([1.0, 2.0, 5.0], weights=[10, 20, 10]).population
    40.0
    """
    amounts = _numbers(income, "income")
    count = len(amounts)
    if weights is None or (isinstance(weights, str) and weights != EQUAL):
        raise UsageError(
            "micro data have no weights." if weights is None else f"weights are {weights!r}.",
            allowed='one positive weight per row, or weights="equal"',
            todo='pass the survey weights; weights="equal" only if every row stands for as many people',
        )
    sizes = np.ones(count) if isinstance(weights, str) else _numbers(weights, "weights", count)
    if (sizes <= 0).any():
        raise MethodError(
            f"weights are zero or negative in {int((sizes <= 0).sum()):,} of {count:,} rows, the first in row"
            f" {int(np.argmax(sizes <= 0)):,}, from zero.",
            allowed="positive weights",
            todo="leave rows out that stand for nobody",
        )
    inside, beside = (None if part is None else _flags(part, what, count) for part, what in _sides(zone, comparison))
    if inside is not None and beside is None:
        beside = ~inside
    if inside is not None and beside is not None and (inside & beside).any():
        raise UsageError(
            f"{int((inside & beside).sum())} rows are in the zone and in the comparison.", allowed="one of the two"
        )
    dates = None if periods is None else _numbers(periods, "periods", count)
    if dates is not None and (dates % 1 != 0).any():
        raise MethodError("periods hold fractions.", allowed="whole numbers, such as years")
    return MicroData(
        amounts,
        sizes,
        None if clusters is None else np.unique(_names(clusters, "clusters", count), return_inverse=True)[1],
        None if groups is None else _names(groups, "groups", count),
        inside,
        beside,
        None if dates is None else dates.astype(np.int64),
        unit,
    )


def micro_data_of(frame: pd.DataFrame, income: str, *, weights: str | None = None, **columns: str) -> MicroData:
    """Return `MicroData` from the columns of a data frame.

    Parameters
    ----------
    frame
        One row per person or household.
    income, weights
        Names of columns. ``weights="equal"`` asks for equal weights where no column has that name.
    columns
        Names of columns for the other parameters of `micro_data`; ``unit`` is a text.

    Raises
    ------
    UsageError
        If a column is not there.
    MethodError
        As `micro_data`.

    Examples
    --------
    >>> import pandas as pd
    >>> micro_data_of(pd.DataFrame({"pay": [1.0, 3.0]}), "pay", weights="equal").population
    2.0
    """
    unit = columns.pop("unit", "1")
    strange = [name for name in columns if name not in _COLUMNS]
    if strange:
        raise unknown("column", strange[0], _COLUMNS, of="micro data", error=UsageError)
    known = [str(name) for name in frame.columns]
    found: dict[str, Any] = {}
    for part, name in {"income": income, **({} if weights is None else {"weights": weights}), **columns}.items():
        if part == "weights" and name == EQUAL and EQUAL not in known:
            found[part] = EQUAL
        elif name not in known:
            raise unknown("column", name, known, of="the data frame", error=UsageError)
        else:
            found[part] = frame[name].to_numpy()
    return micro_data(found.pop("income"), unit=unit, **found)


def possible_starts(periods: Sequence[int]) -> str:
    """Return in words which starts some periods in rising order allow."""
    if len(periods) == 1:
        return f"two periods or more: the data have {periods[0]} alone"
    return f"a start after {periods[0]} and up to {periods[-1]}"


def _sides(zone: ArrayLike | None, comparison: ArrayLike | None) -> tuple[tuple[ArrayLike | None, str], ...]:
    return (zone, "zone"), (comparison, "comparison")


def _numbers(values: ArrayLike, what: str, count: int | None = None) -> Floats:
    try:
        found: Floats = np.array(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise MethodError(f"{what} holds texts.", allowed="numbers") from None
    _check_length(found, what, count)
    missing = np.flatnonzero(~np.isfinite(found))
    if len(missing):
        raise MethodError(
            f"{what} misses {len(missing)} of {len(found)} values, rows {listing(missing.tolist())}.",
            allowed="finite numbers",
            todo="leave these rows out, and say how many there were",
        )
    found.setflags(write=False)
    return found


def _flags(values: ArrayLike, what: str, count: int) -> NDArray[np.bool_]:
    found = np.asarray(values)
    _check_length(found, what, count)
    if found.dtype != np.bool_ and not (found.dtype.kind in "iuf" and np.isin(found, (0, 1)).all()):
        raise MethodError(f"{what} holds other values than true and false.", allowed="booleans, or 0 and 1")
    return found.astype(np.bool_)


def _names(values: ArrayLike, what: str, count: int) -> NDArray[np.str_]:
    found = np.asarray(values)
    _check_length(found, what, count)
    gone = np.array([item is None or item != item for item in found.tolist()], dtype=bool)  # noqa: PLR0124 - NaN
    if gone.any():
        raise MethodError(f"{what} misses {int(gone.sum())} of {count} values.", allowed="a name or code in every row")
    return found.astype(np.str_)


def _check_length(found: NDArray[Any], what: str, count: int | None) -> None:
    if found.ndim != 1 or not len(found) or (count is not None and len(found) != count):
        raise MethodError(
            f"{what} has shape {found.shape}.", allowed="one value per row" if count is None else f"{count} values"
        )
