"""Rank acceptability of very many places by the weighted sum: a million of them, a thousand draws of weights.

Scores are made in single precision and sorted into classes of equal width, so that the rank of every place in every
draw is known up to those in its class. The best few are exact: whoever could be among them is scored again in double
precision.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import DataError, UsageError
from pilotzone.site.criteria import Criterion, check_values
from pilotzone.site.scores import check_weights, ranks, stretched

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = ["LargeAcceptability", "large_acceptability"]

_CLASSES = 1 << 16
_AT_ONCE = 8
"""Draws that share one pass over the values."""
_SINGLE = 1e-6
"""More than what single precision can miss of a score from 0 to 1: criteria times half a unit in the last place."""
_MOST = 50
_GROUPS = 200
"""Groups of neighbouring draws at most, by which errors are told."""


@dataclass(frozen=True, eq=False)
class LargeAcceptability:
    """What is found of m places.

    Attributes
    ----------
    first
        Share of draws in which a place is the first, shape (m,); exact, ties share.
    within
        Share of draws in which it is among the best `best`, shape (m,); exact, ties share.
    best
        How many these are.
    mean_rank
        Mean of its ranks, shape (m,).
    rank_error
        What no rank of any draw is off by more.
    grouped
        Place to the share of draws in which it is the first, by group of neighbouring draws, shape (G,), for those that
        ever are.
    sizes
        Draws of each group, shape (G,).
    central
        Place to the mean of the weights that make it the first, for those that ever are.
    draws
        How many weights.
    """

    first: Floats
    within: Floats
    best: int
    mean_rank: Floats
    rank_error: float
    central: dict[int, Floats]
    draws: int
    grouped: dict[int, Floats]
    sizes: Integers

    @property
    def error(self) -> dict[int, float]:
        """Place to the Monte Carlo standard error of `first`; NaN where there is one group only."""
        if len(self.sizes) == 1:
            return dict.fromkeys(self.grouped, float("nan"))
        return {place: _error(shares, self.sizes) for place, shares in self.grouped.items()}

    def lead(self, best: int, second: int) -> tuple[float, float]:
        """Return by how much a place is ahead of another, in shares of draws, and its standard error."""
        ahead = self.grouped[best] - self.grouped.get(second, np.zeros(len(self.sizes)))
        error = float("nan") if len(self.sizes) == 1 else _error(ahead, self.sizes)
        return float(self.first[best] - self.first[second]), error


def _error(shares: Floats, sizes: Integers) -> float:
    """Return the standard error of a mean over groups of different sizes."""
    weight = sizes / sizes.sum()
    spread = shares - weight @ shares
    return float(np.sqrt((weight**2 * spread**2).sum() * len(sizes) / (len(sizes) - 1)))


def large_acceptability(
    values: ArrayLike, criteria: Sequence[Criterion], weights: ArrayLike, *, best: int = 10, threads: int = 2
) -> LargeAcceptability:
    """Return how often each of very many places is the first and among the best, and its mean rank.

    Parameters
    ----------
    values
        Values of m places on n criteria, shape (m, n), certain.
    criteria
        The n criteria, 50 at most.
    weights
        N draws, shape (N, n).
    best
        Among how many a place counts as one of the best.
    threads
        That work at once.

    Returns
    -------
    LargeAcceptability

    Raises
    ------
    UsageError, DataError
        As in `scores`; and if `best` is none, or there are too many criteria for single precision.

    Notes
    -----
    TOPSIS would need two such passes, and PROMETHEE II all pairs of places for each criterion first: for many places
    only the weighted sum is there.
    """
    if len(criteria) > _MOST:
        raise DataError(f"there are {len(criteria)} criteria.", allowed=f"{_MOST} at most for very many places")
    table = stretched(check_values(values, criteria), criteria)
    given = np.atleast_2d(check_weights(weights, len(criteria)))
    m = len(table)
    if not 1 <= best <= m:
        raise UsageError(f"the best {best} of {m} places are asked for.", allowed=f"from 1 to {m}")
    single = np.ascontiguousarray(table, dtype=np.float32)
    # Half a unit in the last place for each product and each sum of a score; values may lie beyond their scale.
    widest = max(1.0, float(np.abs(table).max()))
    slack = widest * max(_SINGLE, 4 * len(criteria) * float(np.finfo(np.float32).eps))
    parts = np.array_split(np.arange(len(given)), max(1, -(-len(given) // _AT_ONCE)))

    def work(own: list[Integers]) -> _Counts:
        counts = _Counts(m)
        for part in own:
            _count(table, single, (part, given[part]), best, slack, counts)
        return counts

    workers = max(1, min(threads, len(parts)))
    with ThreadPoolExecutor(workers) as pool:
        found = list(pool.map(work, [parts[k::workers] for k in range(workers)]))
    first, within, total = (sum(getattr(c, name) for c in found) for name in ("first", "within", "ranks"))
    central: dict[int, Floats] = {}
    for counts in found:
        for place, weight in counts.central.items():
            central[place] = central.get(place, 0.0) + weight
    n = len(given)
    sizes = np.bincount(np.arange(n) * min(_GROUPS, n) // n)
    grouped: dict[int, Floats] = {place: np.zeros(len(sizes)) for place in central}
    for draw, place, share in (winner for counts in found for winner in counts.winners):
        grouped[place][draw * len(sizes) // n] += share
    return LargeAcceptability(
        first=np.asarray(first) / n,
        within=np.asarray(within) / n,
        best=best,
        mean_rank=np.asarray(total, dtype=np.float64) / n,
        rank_error=max(c.error for c in found),
        central={place: weight / float(first[place]) for place, weight in central.items()},
        draws=n,
        grouped={place: shares / sizes for place, shares in grouped.items()},
        sizes=sizes,
    )


class _Counts:
    """What a worker adds up."""

    def __init__(self, m: int) -> None:
        self.first = np.zeros(m, dtype=np.float64)
        self.within = np.zeros(m, dtype=np.float64)
        self.ranks = np.zeros(m, dtype=np.float64)
        self.central: dict[int, Floats] = {}
        self.winners: list[tuple[int, int, float]] = []
        self.error = 0.0


def _count(
    table: Floats,
    single: NDArray[np.float32],
    draws: tuple[Integers, Floats],
    best: int,
    slack: float,
    counts: _Counts,
) -> None:
    """Add up the draws of one pass, given by their positions and their weights."""
    scores = draws[1].astype(np.float32) @ single.T
    for draw, weight, score in zip(draws[0].tolist(), draws[1], scores, strict=True):
        low, high = float(score.min()), float(score.max())
        scale = (_CLASSES - 1) / max(high - low, 1e-30)
        np.subtract(score, np.float32(low), out=score)
        np.multiply(score, np.float32(scale), out=score)
        place = score.astype(np.int32)
        numbers = np.bincount(place, minlength=_CLASSES)
        above = np.cumsum(numbers[::-1])[::-1] - numbers
        middle = (above + (numbers + 1) / 2).astype(np.float32)
        counts.ranks += middle[place]
        # Rounding moves a score by some classes, and ranks of those classes may then be exchanged.
        moved = 1 + int(np.ceil(2 * slack * scale))
        held = np.concatenate([[0], np.cumsum(numbers)])
        counts.error = max(
            counts.error, float((held[moved:] - held[:-moved]).max() if moved < _CLASSES else len(score))
        )
        lowest = int(np.flatnonzero(above < best)[0]) - 1 - int(np.ceil(2 * slack * scale))
        near = np.flatnonzero(place >= lowest)
        exact = table[near] @ weight
        rank = ranks(exact)
        # Of a tie over the boundary each place has its share of the ranks that are left.
        tie = np.bincount(rank)[rank]
        counts.within[near] += np.clip((best + 1 - rank) / tie, 0.0, 1.0)
        winners = near[rank == 1]
        counts.first[winners] += 1 / len(winners)
        for winner in winners.tolist():
            counts.central[winner] = counts.central.get(winner, 0.0) + weight / len(winners)
            counts.winners.append((draw, winner, 1 / len(winners)))
