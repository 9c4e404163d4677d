"""Rearranging residuals over time: which sets of periods may stand for the window, and the p-values that follow.

Chernozhukov, Wuethrich and Zhu (2021). A statistic reads the residuals of the window only, so that a permutation of
time matters by the set of periods that it brings there.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import TYPE_CHECKING, Literal

import numpy as np

from pilotzone.evaluation.few.design import whole_seed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pilotzone.evaluation.few.inference.nulls import Segment

    Floats = NDArray[np.float64]

__all__ = ["MOST_SETS", "Norm", "Permutations", "Rearranged", "Side", "meeting_nulls", "rearrange"]

Permutations = Literal["moving_block", "iid"]
"""All cyclic shifts of the residuals, or all ways of drawing the window's periods from all periods."""

Side = Literal["good", "bad"]
"""On which side of the null an effect is looked for: in the outcome's good direction, or in the other."""

Norm = Literal["mean_absolute", "root_mean_square"]
"""Size of the window's residuals, such as S_q of the paper with q = 1 or 2.

The largest residual (q to infinity) is not offered: all rearrangements that keep it in the window tie with the window's
own order, so that p could not fall below W/T for W periods of the window out of T.
"""

MOST_SETS = 5_000
"""Ways of drawing the window that are counted one by one; of more, a sample is drawn."""

_DRAWN = 1999
"""Draws beside the window itself where not all are counted."""

_TIE = 1e-10
"""Statistics closer than this, relative to the window's own or the same over all periods, are ties."""

_ROUNDING = 1e-12
"""Sums that differ by less than this, relative to their terms, are equal."""

_AT_ONCE = 4_000_000
"""Statistics held in memory at a time."""

_MANY = 50_000
"""Periods in all cyclic shifts together from which sums over them are differences of running totals."""


@dataclass(frozen=True, eq=False)
class Rearranged:
    """Sets of periods in place of the window; the window itself comes first.

    Attributes
    ----------
    sets
        Rows of period indices, shape (M, W).
    monte_carlo
        Whether the sets are a random sample.
    cyclic
        Whether they are all cyclic shifts of the window, in order.
    """

    sets: NDArray[np.intp]
    monte_carlo: bool = False
    cyclic: bool = False

    @property
    def running(self) -> bool:
        """Whether sums over sets are differences of running totals: periods of long panels are not added set by set."""
        return self.cyclic and self.sets.size > _MANY

    def sums(self, parts: Floats) -> Floats:
        """Return the sums of parts over each set, for parts of shape (..., T): shape (..., M)."""
        if not self.running:
            found: Floats = parts[..., self.sets].sum(axis=-1)
            return found
        count, width = self.sets.shape
        totals = np.zeros((*parts.shape[:-1], count + width + 1))
        np.cumsum(np.concatenate([parts, parts[..., :width]], axis=-1), axis=-1, out=totals[..., 1:])
        shifted: Floats = np.roll(totals[..., width : width + count] - totals[..., :count], width, axis=-1)
        return shifted

    def p_values(self, residuals: Floats, norm: Norm) -> Floats:
        """Return the share of sets whose residuals are at least as large as the window's.

        Parameters
        ----------
        residuals
            Residuals under K nulls, shape (K, T).
        norm
            How their size is measured.
        """
        sizes, overall = np.abs(residuals), np.abs(residuals).mean(axis=1, keepdims=True)
        found = np.empty(len(sizes))
        step = max(1, _AT_ONCE // (len(self.sets) if self.running else self.sets.size))
        for start in range(0, len(sizes), step):
            part = slice(start, start + step)
            values = self._measured(sizes[part], norm)
            bar = values[:, :1]
            found[part] = (values >= bar - _TIE * np.maximum(overall[part], bar)).mean(axis=1)
        return found

    def signed_p(self, residuals: Floats) -> float:
        """Return the share of sets whose mean residual is at least the window's, for residuals of shape (T,)."""
        means = self.sums(residuals) / self.sets.shape[1]
        slack = _TIE * max(float(np.abs(residuals).mean()), abs(float(means[0])))
        return float((means >= means[0] - slack).mean())

    def _measured(self, sizes: Floats, norm: Norm) -> Floats:
        count, periods = self.sets.shape[1], sizes.shape[1]
        if self.running:
            powers = sizes if norm == "mean_absolute" else sizes**2
            means: Floats = np.maximum(self.sums(powers), 0.0) / count
            return means if norm == "mean_absolute" else np.sqrt(means)
        shares = np.zeros((periods, len(self.sets)))
        shares[self.sets, np.arange(len(self.sets))[:, None]] = 1 / count
        found: Floats = sizes @ shares if norm == "mean_absolute" else np.sqrt(sizes**2 @ shares)
        return found


def rearrange(periods: int, window: int, permutations: Permutations, seed: int = 0) -> Rearranged:
    """Return what may stand for the window, which are the last of the periods.

    Parameters
    ----------
    periods, window
        T periods, the last W of which are the window.
    permutations
        ``moving_block`` for the T cyclic shifts; ``iid`` for all T over W sets up to `MOST_SETS`, of more a sample.
    seed
        Seed of the sample.

    Examples
    --------
    >>> rearrange(4, 2, "moving_block").sets.tolist()
    [[2, 3], [3, 0], [0, 1], [1, 2]]
    >>> len(rearrange(14, 4, "iid").sets)
    1001
    """
    own = np.arange(periods - window, periods)
    if permutations == "moving_block":
        return Rearranged((own + np.arange(periods)[:, None]) % periods, cyclic=True)
    if math.comb(periods, window) <= MOST_SETS:
        every = np.array(list(combinations(range(periods), window)), dtype=np.intp)
        return Rearranged(every[::-1].copy())
    rng = np.random.default_rng(whole_seed(seed))
    drawn = np.argsort(rng.random((_DRAWN, periods)), axis=1)[:, :window]
    return Rearranged(np.vstack([own, drawn]), monte_carlo=True)


def meeting_nulls(segment: Segment, rearranged: Rearranged, norm: Norm) -> list[float]:
    """Return the nulls of a segment where p may change: where the window's statistic meets that of another set.

    Points where residuals cross zero come along, and so do the segment's own ends.
    """
    inside = [end for end in (segment.low, segment.high) if math.isfinite(end)]
    residuals, slope = segment.residuals, segment.slope
    if norm == "root_mean_square":
        squares = (residuals**2, 2 * residuals * slope, slope**2)
        two, one, none = (_against_first(rearranged, part) for part in squares[::-1])
        return inside + _within(segment, _quadratic_roots(two, one, none))
    zeros = _within(segment, _linear_roots(residuals, slope))
    stops = [segment.low, *sorted(zeros), segment.high]
    for low, high in pairwise(stops):
        signs = np.sign(residuals + (_inner(low, high) - segment.anchor) * slope)
        size, rate = (_against_first(rearranged, signs * part) for part in (residuals, slope))
        roots = _within(segment, _linear_roots(size, rate))
        inside += [root for root in roots if low <= root <= high]
    return inside + zeros


def _against_first(rearranged: Rearranged, parts: Floats) -> Floats:
    """Return sums over sets less that over the first; what is left of an exact cancellation is zero."""
    sums, sizes = rearranged.sums(parts), rearranged.sums(np.abs(parts))
    apart: Floats = np.where(np.abs(sums - sums[0]) <= _ROUNDING * (sizes + sizes[0]), 0.0, sums - sums[0])
    return apart


def _inner(low: float, high: float) -> float:
    """Return a point between two, either of which may be infinite."""
    if math.isinf(low):
        return 0.0 if math.isinf(high) else high - 1.0 - abs(high)
    return low + 1.0 + abs(low) if math.isinf(high) else (low + high) / 2


def _within(segment: Segment, steps: Floats) -> list[float]:
    """Return steps from the anchor as nulls, as far as they lie in the segment."""
    nulls = segment.anchor + steps[np.isfinite(steps)]
    return [float(item) for item in nulls[(nulls >= segment.low) & (nulls <= segment.high)]]


def _linear_roots(constant: Floats, rate: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        roots: Floats = -constant / rate
    return roots


def _quadratic_roots(two: Floats, one: Floats, none: Floats) -> Floats:
    """Return the real roots, by the form that loses no digits; lines among them are solved as such."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        large = -(one + np.copysign(np.sqrt(one**2 - 4 * two * none), one)) / 2
        roots: Floats = np.concatenate([large / two, none / large])
    return roots
