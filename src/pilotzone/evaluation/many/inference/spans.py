"""How many of many sets on a line cover each point: the p-value of every hypothesis at once, as a step function.

Each assignment has a statistic at least as extreme as the observed one for some sizes of effect, and not for others.
These sizes are intervals between roots of a polynomial. Counting them gives p of every size without a search.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import Brief

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Booleans = NDArray[np.bool_]

__all__ = ["Spans", "probes", "real_roots"]

_SAME = 1e-9
"""Ends that differ by less than this share of the scale are one point."""
_NOTHING = 1e-12
"""A leading coefficient below this share of the largest one is zero."""
_REAL = 1e-6
"""Roots with imaginary parts below this, of their size, are real."""


@dataclass(frozen=True, eq=False)
class Spans(Brief):
    """Closed intervals, counted.

    Attributes
    ----------
    starts, ends
        Starts and ends of all intervals, each sorted, infinite where an interval has no end, shape (I,).
    scale
        Size beside which differences of ends are rounding.
    """

    starts: Floats
    ends: Floats
    scale: float

    @classmethod
    def of(cls, breaks: Floats, inside: Booleans, scale: float, *, centre: float = 0.0, unit: float = 1.0) -> Spans:
        """Return the intervals of many sets.

        Parameters
        ----------
        breaks
            Where each of n sets may begin or end, rising in each row, infinite where there are fewer, shape (n, m).
        inside
            Whether what lies before the first break, between two and after the last belongs to it, shape (n, m + 1).
        scale
            As in `Spans`.
        centre, unit
            Breaks are told in units from here.
        """
        n = len(breaks)
        edges = np.column_stack([np.full(n, -np.inf), centre + unit * breaks, np.full(n, np.inf)])
        before = np.column_stack([np.zeros(n, dtype=bool), inside[:, :-1]])
        after = np.column_stack([inside[:, 1:], np.zeros(n, dtype=bool)])
        starts, ends = edges[:, :-1][inside & ~before], edges[:, 1:][inside & ~after]
        return cls(np.sort(starts), np.sort(ends), scale)

    def counts(self, points: Floats) -> NDArray[np.intp]:
        """Return how many intervals hold each point, those counted whose ends it may be but for rounding."""
        slack = _SAME * self.scale
        begun = np.searchsorted(self.starts, points + slack, side="right")
        found: NDArray[np.intp] = begun - np.searchsorted(self.ends, points - slack, side="left")
        return found

    def most(self, until: float, *, above: bool) -> int:
        """Return the largest count at any point up to `until`, or from it on."""
        at = self.starts if above else self.ends
        some = at[at <= until] if above else at[at >= until]
        found = self.counts(np.append(some, until))
        return int(found.max())

    def first_over(self, count: float) -> float:
        """Return the lowest point that more than `count` intervals hold; infinity if there is none."""
        if count < 0:
            return -np.inf
        found = self.starts[self.counts(self.starts) > count]
        return float(found.min()) if len(found) else np.inf

    def last_over(self, count: float) -> float:
        """Return the highest point that more than `count` intervals hold; minus infinity if there is none."""
        if count < 0:
            return np.inf
        found = self.ends[self.counts(self.ends) > count]
        return float(found.max()) if len(found) else -np.inf


def probes(breaks: Floats) -> Floats:
    """Return one point before the first break of each row, between each two and after the last, shape (n, m + 1)."""
    n = len(breaks)
    low = np.column_stack([np.full(n, -np.inf), breaks])
    high = np.column_stack([breaks, np.full(n, np.inf)])
    left, right = np.isfinite(low), np.isfinite(high)
    a, b = np.where(left, low, 0.0), np.where(right, high, 0.0)
    found = np.where(left & right, (a + b) / 2, np.where(left, a + 1 + np.abs(a), b - 1 - np.abs(b)))
    found = np.where(~left & ~right, 0.0, found)
    for k in range(1, found.shape[1]):
        # After the last break that is finite there is one stretch, however many are infinite.
        found[:, k] = np.where(low[:, k] == np.inf, found[:, k - 1], found[:, k])
    return found


def real_roots(coefficients: Floats) -> Floats:
    """Return the real roots of polynomials, rising, infinite where there are fewer.

    Parameters
    ----------
    coefficients
        Coefficients of n polynomials of degree m, highest power first, shape (n, m + 1).

    Returns
    -------
    array
        Shape (n, m).

    Examples
    --------
    >>> real_roots(np.array([[1.0, 0.0, -4.0], [0.0, 2.0, 1.0], [1.0, 0.0, 1.0]]))
    array([[-2. ,  2. ],
           [-0.5,  inf],
           [ inf,  inf]])
    """
    n, width = coefficients.shape
    found = np.full((n, width - 1), np.inf)
    size = np.abs(coefficients).max(axis=1, keepdims=True)
    there = np.abs(coefficients) > _NOTHING * size
    first = np.where(there.any(axis=1), there.argmax(axis=1), width - 1)
    for start in range(width - 1):
        rows = np.flatnonzero(first == start)
        if not len(rows):
            continue
        own = coefficients[rows, start:]
        degree = own.shape[1] - 1
        companion = np.zeros((len(rows), degree, degree))
        companion[:, 0, :] = -own[:, 1:] / own[:, :1]
        companion[:, np.arange(1, degree), np.arange(degree - 1)] = 1
        roots = np.linalg.eigvals(companion)
        real = np.abs(roots.imag) <= _REAL * np.maximum(np.abs(roots.real), 1)
        values = _polished(own, np.where(real, roots.real, np.inf))
        found[rows, :degree] = np.sort(values, axis=1)
    return found


def _polished(coefficients: Floats, roots: Floats) -> Floats:
    """Return roots after two steps of Newton's, where these come nearer to zero."""
    for _ in range(2):
        finite = np.isfinite(roots)
        x = np.where(finite, roots, 0.0)
        value, slope = np.zeros_like(x), np.zeros_like(x)
        for c in coefficients.T:
            slope = slope * x + value
            value = value * x + c[:, None]
        with np.errstate(divide="ignore", invalid="ignore"):
            moved = x - value / slope
        after = np.zeros_like(x)
        for c in coefficients.T:
            after = after * np.where(np.isfinite(moved), moved, 0.0) + c[:, None]
        better = finite & np.isfinite(moved) & (np.abs(after) < np.abs(value))
        roots = np.where(better, moved, roots)
    return roots
