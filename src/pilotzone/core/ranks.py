"""Placebo ranks: the one way in which this package counts them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["evenly_spaced", "median_of", "rank_counts", "rank_p"]

_TIE = 1e-10
"""Statistics closer than this are ties: the solver's weights carry errors of that size.

It is relative to the treated unit's statistic or the median one, whichever is larger; the largest would be no measure,
since the ratio of a placebo with a nearly perfect fit has no bound.
"""


def rank_p(values: NDArray[np.float64], treated: int) -> float:
    """Return the share of units whose value is at least the treated unit's.

    Parameters
    ----------
    values
        Statistics of shape (n,), oriented so that large values speak against the null.
    treated
        Index of the treated unit.

    Examples
    --------
    >>> import numpy as np
    >>> rank_p(np.array([3.0, 1.0, 3.0, 0.0]), treated=0)
    0.5
    """
    import numpy as np  # here, so that importing the core stays cheap

    bar = values[treated]
    sizes = np.abs(values[np.isfinite(values)])
    typical = median_of(sizes) if sizes.size else 0.0
    slack = _TIE * max(typical, abs(bar) if np.isfinite(bar) else 0.0)
    # What cannot be compared counts against the treated unit.
    return float(np.mean(np.isnan(values) | np.isnan(bar) | (values >= bar - slack)))


def rank_counts(values: NDArray[np.float64]) -> NDArray[np.intp]:
    """Return for every unit how many units' values are at least its own: n times what `rank_p` gives for it.

    Parameters
    ----------
    values
        Statistics of shape (n,), oriented so that large values speak against the null.

    Examples
    --------
    >>> import numpy as np
    >>> rank_counts(np.array([3.0, 1.0, 3.0, 0.0]))
    array([2, 3, 2, 4])
    """
    import numpy as np  # here, so that importing the core stays cheap

    count = len(values)
    finite = np.isfinite(values)
    typical = median_of(np.abs(values[finite])) if finite.any() else 0.0
    absent = np.isnan(values)
    ordered = np.sort(values[~absent])
    sizes = np.where(finite, np.abs(np.where(finite, values, 0.0)), 0.0)
    bars = values - _TIE * np.maximum(typical, sizes)
    found: NDArray[np.intp] = count - np.searchsorted(ordered, np.where(absent, -np.inf, bars), side="left")
    return np.where(absent, count, found)


def median_of(values: NDArray[np.float64]) -> float:
    """Return the median of one number or more, shape (n,); NaN where one of them is.

    It is that of ``numpy.median`` to the last digit, which takes ten times as long for the few units of a placebo test,
    while a confidence set asks for thousands.

    Examples
    --------
    >>> import numpy as np
    >>> median_of(np.array([3.0, 1.0, 2.0])), median_of(np.array([4.0, 1.0]))
    (2.0, 2.5)
    """
    ordered = values.copy()
    ordered.sort()
    half, last = len(ordered) // 2, float(ordered[-1])
    if last != last:  # noqa: PLR0124 - NaN alone, which is sorted to the end
        return last
    return float(ordered[half]) if len(ordered) % 2 else float((ordered[half - 1] + ordered[half]) / 2)


def evenly_spaced(count: int, most: int) -> list[int]:
    """Return which of very many draws are looked at: up to `most` indices, the first and the last among them.

    Examples
    --------
    >>> evenly_spaced(3, 5), evenly_spaced(101, 5)
    ([0, 1, 2], [0, 25, 50, 75, 100])
    """
    return sorted({round(k * (count - 1) / (most - 1)) for k in range(most)})
