"""How often each place has each rank, over weights and values that are not known for certain: SMAA-2.

Lahdelma and Salminen 2001, "SMAA-2: stochastic multicriteria acceptability analysis for group decision making",
Operations Research 49, 444-454.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import DataError, Table, one_thread
from pilotzone.site.criteria import Criterion, check_values
from pilotzone.site.scores import RankingMethod, check_weights, firsts, ranks, scorer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

__all__ = ["Acceptability", "rank_acceptability"]

_AT_ONCE = 2_000_000
"""Numbers of scores that are held at a time."""


@dataclass(frozen=True, eq=False)
class Acceptability:
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
        Share of draws in which a place has a rank, shape (m, m); a place in a tie has the better one.
    central
        Mean of the weights that make a place the first, shape (m, n); NaN where none does.
    confidence
        Share of draws of values in which a place is first with its central weights, shape (m,); NaN where it has none,
        zero or one where values are certain.
    draws
        How many weights were drawn.
    """

    places: tuple[str, ...]
    criteria: tuple[Criterion, ...]
    method: RankingMethod
    ranks: Floats
    central: Floats
    confidence: Floats
    draws: int

    @property
    def first(self) -> Floats:
        """Share of draws in which each place is the first, shape (m,)."""
        found: Floats = self.ranks[:, 0]
        return found

    @property
    def error(self) -> Floats:
        """Monte Carlo standard errors of `first`, shape (m,)."""
        found: Floats = np.sqrt(self.first * (1 - self.first) / self.draws)
        return found

    def to_table(self) -> Table:
        """Return a row for each place, the most acceptable first."""
        names = ["place", "first", "error", "confidence", *(f"weight of {item.name}" for item in self.criteria)]
        order = np.argsort(-self.first, kind="stable")
        rows = [
            (self.places[k], float(self.first[k]), float(self.error[k]), *(_cell(value) for value in row))
            for k, row in zip(order.tolist(), np.column_stack([self.confidence, self.central])[order], strict=True)
        ]
        return Table.from_rows(names, rows, title="How acceptable each place is as the first")


def _cell(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


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
        Of m places on n criteria, shape (m, n).
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
    m, n = table.shape
    named = tuple(places) if places is not None else tuple(str(k) for k in range(m))
    if len(named) != m:
        raise DataError(f"{m} places have {len(named)} names.", allowed="one name a place")
    tables = table[None] if drawn is None else np.array([check_values(drawn(k), criteria) for k in range(batches)])
    counts, sums = np.zeros((m, m)), np.zeros((m, n))
    for own, part in _batched(tables, given):
        place = ranks(scorer(own, criteria, method)(part)).reshape(-1, m)
        for k in range(m):
            counts[k] += np.bincount(place[:, k] - 1, minlength=m)
        sums += (place == 1).T.astype(np.float64) @ part.reshape(-1, n)
    first = counts[:, 0][:, None]
    central = np.divide(sums, first, out=np.full((m, n), np.nan), where=first > 0)
    confidence = _confidence(tables, criteria, method, central)
    return Acceptability(named, tuple(criteria), method, counts / len(given), central, confidence, len(given))


def _batched(tables: Floats, weights: Floats) -> Iterator[tuple[Floats, Floats]]:
    """Yield tables, shape (b, m, n), each with its share of the weights, shape (b, w, n), some at a time."""
    size, more = divmod(len(weights), len(tables))
    m = tables.shape[1]
    start = 0
    for first, last, share in ((0, more, size + 1), (more, len(tables), size)):
        if first == last or share == 0:
            continue
        step = max(1, _AT_ONCE // (m * max(share, tables.shape[2])))
        for k in range(first, last, step):
            own = tables[k : min(k + step, last)]
            part = weights[start : start + len(own) * share].reshape(len(own), share, -1)
            start += len(own) * share
            # One table may go with more weights than fit.
            for some in np.array_split(part, max(1, -(-share * m // _AT_ONCE)), axis=1):
                yield own, some


def _confidence(tables: Floats, criteria: Sequence[Criterion], method: RankingMethod, central: Floats) -> Floats:
    """Return in which share of values each place is first with its central weights."""
    known = np.flatnonzero(~np.isnan(central).any(axis=1))
    found = np.full(len(central), np.nan)
    if len(known):
        won = np.zeros(len(known))
        step = max(1, _AT_ONCE // (len(known) * len(central)))
        for k in range(0, len(tables), step):
            first = firsts(scorer(tables[k : k + step], criteria, method)(central[known]))
            won += first[:, np.arange(len(known)), known].sum(axis=0)
        found[known] = won / len(tables)
    return found
