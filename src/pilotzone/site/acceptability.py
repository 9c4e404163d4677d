"""How often each place has each rank, over weights and values that are not known for certain: SMAA-2.

Lahdelma and Salminen 2001, "SMAA-2: stochastic multicriteria acceptability analysis for group decision making",
Operations Research 49, 444-454. A place may have several spots; its score is that of its best one.

Draws that share values, or a walk of weights, are alike. So Monte Carlo errors are told by groups of neighbouring
draws, each group with values and walks of its own, and not by the number of draws.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import DataError, Result, Table, one_thread
from pilotzone.site.criteria import Criterion, check_values
from pilotzone.site.scores import RankingMethod, check_weights, firsts, ranks, scorer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import altair as alt
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = ["Acceptability", "Tables", "acceptability_of", "batched", "best_spots", "rank_acceptability"]

_AT_ONCE = 2_000_000
"""Numbers of scores that are held at a time."""
_GROUPS = 200
"""Groups of neighbouring draws at most, by which errors are told."""
_CLEAR = 2 / 3
_ERRORS = 2.0
"""A first place is clear in two thirds of draws or more, with a lead of more than two standard errors."""


@dataclass(frozen=True, eq=False)
class Acceptability(Result):
    """What is found of m places on n criteria.

    Attributes
    ----------
    places
        Their names.
    criteria
        What they are compared on.
    method
        How scores are made.
    ranks
        Share of draws in which a place has a rank, shape (m, m). Places in a tie share the ranks that it takes up
        evenly, so that each rank, and each place, has a sum of one.
    central
        Mean of the weights that make a place the first, shape (m, n); NaN where none does. A tie counts by its share.
    confidence
        Share of draws of values in which a place is first with its central weights, shape (m,); NaN where it has none.
    draws
        How many weights were drawn.
    grouped
        Share of draws in which each place is the first by group of neighbouring draws, shape (G, m).
    sizes
        Draws of each group, shape (G,).
    tied
        Share of draws in which more than one place is the first.
    without
        For each place how often each other is the first where it is left out, shape (m, m); NaN on the diagonal.
        ``None`` where scores depend on which places are compared.
    """

    places: tuple[str, ...]
    criteria: tuple[Criterion, ...]
    method: RankingMethod
    ranks: Floats
    central: Floats
    confidence: Floats
    draws: int
    grouped: Floats
    sizes: Floats
    tied: float = 0.0
    without: Floats | None = None

    @property
    def first(self) -> Floats:
        """Share of draws in which each place is the first, shape (m,)."""
        found: Floats = self.ranks[:, 0]
        return found

    @property
    def error(self) -> Floats:
        """Monte Carlo standard errors of `first`, shape (m,); NaN where there is one group only."""
        return _error(self.grouped, self.sizes)

    @property
    def order(self) -> Integers:
        """Positions of the places, the one that is most often the first before the others."""
        return np.argsort(-self.first, kind="stable")

    @property
    def lead(self) -> tuple[float, float]:
        """By how much the first place is ahead of the second, in shares of draws, and its standard error."""
        best, second = self.order[:2].tolist()
        ahead = self.grouped[:, best] - self.grouped[:, second]
        return float(self.first[best] - self.first[second]), float(_error(ahead[:, None], self.sizes)[0])

    @property
    def clear_from(self) -> float:
        """Share of draws from which on a first place is clear."""
        return _CLEAR

    @property
    def clear(self) -> bool:
        """Whether one place is the first in two thirds of draws or more, and ahead by more than two standard errors."""
        ahead, error = self.lead
        return bool(self.first.max() >= _CLEAR and (ahead > _ERRORS * error or ahead == 1.0))

    def plot(self) -> alt.LayerChart | alt.FacetChart:
        """Return a chart of how often each place has each rank.

        Returns
        -------
        altair.LayerChart or altair.FacetChart
            It shows itself in a notebook, and ``.save("chart.png")`` writes it.
        """
        from pilotzone.site.drawing import plot_ranks

        return plot_ranks(self)

    def to_table(self) -> Table:
        """Return a row for each place, the most acceptable first."""
        names = ["place", "first", "error", "confidence", *(f"weight of {item.name}" for item in self.criteria)]
        order = np.argsort(-self.first, kind="stable")
        rows = [
            (self.places[k], float(self.first[k]), _cell(self.error[k]), *(_cell(value) for value in row))
            for k, row in zip(order.tolist(), np.column_stack([self.confidence, self.central])[order], strict=True)
        ]
        return Table.from_rows(names, rows, title="How acceptable each place is as the first")


def _cell(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _error(grouped: Floats, sizes: Floats) -> Floats:
    """Return standard errors of means over groups of different sizes, shape (m,)."""
    count = len(sizes)
    if count == 1:
        return np.full(grouped.shape[1], np.nan)
    share = sizes / sizes.sum()
    spread = grouped - share @ grouped
    return np.asarray(np.sqrt((share[:, None] ** 2 * spread**2).sum(axis=0) * count / (count - 1)))


@dataclass(frozen=True, eq=False)
class Tables:
    """Values as they could be, turned so that more is better.

    Attributes
    ----------
    count
        How many draws of values there are.
    at
        Returns values of draws from the first to before the last, shape (last - first, spots, n).
    starts
        Position of each place's first spot, shape (m,).
    spots
        How many spots there are.
    certain
        Whether values are known; of one draw of values that are not, no error can be told.
    """

    count: int
    at: Callable[[int, int], Floats]
    starts: Integers
    spots: int
    certain: bool = False


def best_spots(scores: Floats, starts: Integers) -> Floats:
    """Return the score of the best spot of each place, shape (..., m), of scores of spots, shape (..., S)."""
    if scores.shape[-1] == len(starts):
        return scores
    return np.asarray(np.maximum.reduceat(scores, starts, axis=-1))


@one_thread()
def rank_acceptability(
    values: ArrayLike,
    criteria: Sequence[Criterion],
    weights: ArrayLike,
    method: RankingMethod = "weighted_sum",
    *,
    places: Sequence[str] | None = None,
    drawn: Callable[[int], Floats] | None = None,
    batches: int = 100,
) -> Acceptability:
    """Return how often each place has each rank.

    Parameters
    ----------
    values
        Values of m places on n criteria, shape (m, n).
    criteria
        The n criteria.
    weights
        N draws, shape (N, n), such as those of `draw_weights`.
    method
        How scores are made.
    places
        Their names; numbers if left out.
    drawn
        Returns values as they could be, shape (m, n), for the number of a draw: correlated errors of the criteria
        themselves. Each goes with a share of the weights. ``None``: values are certain.
    batches
        How many draws of values.

    Returns
    -------
    Acceptability

    Raises
    ------
    UsageError, DataError
        As in `scores`.

    Examples
    --------
    Of two places of which each is better on one criterion each is first with half of all weights.

    >>> from pilotzone.site import draw_weights
    >>> criteria = [Criterion("climate", "up"), Criterion("need", "up")]
    >>> found = rank_acceptability([[1, 0], [0, 1]], criteria, draw_weights(["climate", "need"], 10_000))
    >>> found.first.round(2), found.central.round(2).tolist()
    (array([0.5, 0.5]), [[0.75, 0.25], [0.25, 0.75]])
    """
    given = np.atleast_2d(check_weights(weights, len(criteria)))
    table = check_values(values, criteria)
    m = len(table)
    named = tuple(places) if places is not None else tuple(str(k) for k in range(m))
    if len(named) != m:
        raise DataError(f"{m} places have {len(named)} names.", allowed="one name a place")

    def at(first: int, last: int) -> Floats:
        if drawn is None:
            return table[None]
        return np.array([check_values(drawn(k), criteria) for k in range(first, last)])

    tables = Tables(1 if drawn is None else batches, at, np.arange(m), m, certain=drawn is None)
    return acceptability_of(tables, criteria, given, method, named)


def acceptability_of(
    tables: Tables,
    criteria: Sequence[Criterion],
    weights: Floats,
    method: RankingMethod,
    places: Sequence[str],
    *,
    leave_out: bool = False,
) -> Acceptability:
    """Return how often each place has each rank, its score being that of its best spot.

    Parameters
    ----------
    tables
        Values as they could be; each goes with a share of the weights.
    criteria, weights, method, places
        As in `rank_acceptability`.
    leave_out
        Whether to count who is first without each place, which is right where no place changes another's score.
    """
    m, n = len(places), len(criteria)
    counts, sums, tied = np.zeros((m, m)), np.zeros((m, n)), 0
    groups = _Groups(tables, len(weights), m)
    without = np.zeros((m, m))
    for first_table, own, part in batched(tables, weights):
        score = best_spots(scorer(own, criteria, method)(part), tables.starts)
        won = firsts(score)
        groups.add(first_table, won)
        flat, won = score.reshape(-1, m), won.reshape(-1, m)
        _count_ranks(ranks(flat), counts)
        sums += won.T @ part.reshape(-1, n)
        tied += int((won.max(axis=1) < 1).sum())
        if leave_out:
            _count_without(flat, won, without)
    first = counts[:, 0][:, None]
    central = np.divide(sums, first, out=np.full((m, n), np.nan), where=first > 0)
    np.fill_diagonal(without, np.nan)
    return Acceptability(
        places=tuple(places),
        criteria=tuple(criteria),
        method=method,
        ranks=counts / len(weights),
        central=central,
        confidence=_confidence(tables, criteria, method, central),
        draws=len(weights),
        grouped=groups.won / groups.sizes[:, None],
        sizes=groups.sizes,
        tied=tied / len(weights),
        without=without / len(weights) if leave_out else None,
    )


def _count_ranks(place: Integers, counts: Floats) -> None:
    """Add up ranks, shape (draws, m), of which places in a tie have the better: each gets its share of all of them."""
    draws, m = place.shape
    at = np.arange(draws)[:, None] * m + place - 1
    size = np.bincount(at.ravel(), minlength=draws * m)[at]
    for k in range(m):
        for t in np.flatnonzero(np.bincount(size[:, k])).tolist():
            begun = np.bincount(place[size[:, k] == t, k] - 1, minlength=m)
            # A tie of t that begins at a rank takes up that one and the next t - 1; whole numbers until the end.
            held = np.cumsum(begun)
            held[t:] -= held[:-t].copy()
            counts[k] += held / t


def _count_without(score: Floats, won: Floats, without: Floats) -> None:
    """Add up who is first where each place is left out: only where it is first itself does that change anything."""
    without += won.sum(axis=0)
    for k in np.flatnonzero(won.any(axis=0)).tolist():
        mine = won[:, k] > 0
        others = np.arange(score.shape[1]) != k
        without[k, others] += (firsts(score[mine][:, others]) - won[mine][:, others]).sum(axis=0)


class _Groups:
    """How often each place is first, by group of neighbouring draws."""

    def __init__(self, tables: Tables, draws: int, m: int) -> None:
        self._tables = tables.count
        self._seen = 0
        self._draws = draws
        count = min(_GROUPS, draws if tables.certain else tables.count)
        self.won, self.sizes = np.zeros((count, m)), np.zeros(count)

    def add(self, first_table: int, won: Floats) -> None:
        """Add draws, shape (b, w, m), of which the first are of that table."""
        tables, each, m = won.shape
        if self._tables > 1:
            group = np.repeat((first_table + np.arange(tables)) * len(self.sizes) // self._tables, each)
        else:
            group = (self._seen + np.arange(each)) * len(self.sizes) // self._draws
            self._seen += each
        for k in np.unique(group):
            chosen = group == k
            self.won[k] += won.reshape(-1, m)[chosen].sum(axis=0)
            self.sizes[k] += chosen.sum()


def batched(tables: Tables, weights: Floats) -> Iterator[tuple[int, Floats, Floats]]:
    """Yield tables, shape (b, S, n), each with its share of the weights, shape (b, w, n), some at a time."""
    size, more = divmod(len(weights), tables.count)
    start = 0
    for first, last, share in ((0, more, size + 1), (more, tables.count, size)):
        if first == last or share == 0:
            continue
        step = max(1, _AT_ONCE // (tables.spots * max(share, weights.shape[1])))
        for k in range(first, last, step):
            own = tables.at(k, min(k + step, last))
            part = weights[start : start + len(own) * share].reshape(len(own), share, -1)
            start += len(own) * share
            # One table may go with more weights than fit.
            for some in np.array_split(part, max(1, -(-share * tables.spots // _AT_ONCE)), axis=1):
                yield k, own, some


def _confidence(tables: Tables, criteria: Sequence[Criterion], method: RankingMethod, central: Floats) -> Floats:
    """Return in which share of values each place is first with its central weights."""
    known = np.flatnonzero(~np.isnan(central).any(axis=1))
    found = np.full(len(central), np.nan)
    if len(known):
        won = np.zeros(len(known))
        step = max(1, _AT_ONCE // (len(known) * tables.spots))
        for k in range(0, tables.count, step):
            own = tables.at(k, min(k + step, tables.count))
            first = firsts(best_spots(scorer(own, criteria, method)(central[known]), tables.starts))
            won += first[:, np.arange(len(known)), known].sum(axis=0)
        found[known] = won / tables.count
    return found
