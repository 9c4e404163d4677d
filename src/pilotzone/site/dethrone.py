"""How little weights have to change for another place to win, and which places no other is better than throughout."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import MethodError
from pilotzone.site.criteria import Criterion, check_values
from pilotzone.site.scores import check_weights, stretched

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

__all__ = ["Dethroned", "dethrone", "pareto_front"]


@dataclass(frozen=True, eq=False)
class Dethroned:
    """The least change of weights that makes another place at least as good as the winner.

    Attributes
    ----------
    winner, rival
        Positions of both.
    weights
        That make them equal, shape (n,).
    change
        Sum of absolute changes of weights, from zero to two.
    """

    winner: int
    rival: int
    weights: Floats
    change: float


def dethrone(
    values: ArrayLike, criteria: Sequence[Criterion], weights: ArrayLike, *, places: ArrayLike | None = None
) -> Dethroned:
    """Return the least change of weights that dethrones the winner of the weighted sum.

    Parameters
    ----------
    values
        Values of m places on n criteria, shape (m, n); or of their spots.
    criteria
        The n criteria.
    weights
        Shape (n,): where the change starts.
    places
        Position of the place that each spot is of, shape (m,); each is a place of its own if left out.

    Raises
    ------
    MethodError
        If no other weights dethrone it: it is at least as good as all others on every criterion.
    UsageError, DataError
        As in `scores`.

    Notes
    -----
    For each rival a linear programme (HiGHS): least sum of absolute changes, weights that sum to one and are not
    negative, and a score of the rival that is not below that of any spot of the winner.

    Examples
    --------
    >>> criteria = [Criterion("climate", "up"), Criterion("need", "up")]
    >>> found = dethrone([[1, 0], [0, 1]], criteria, [0.7, 0.3])
    >>> found.rival, found.weights.round(3).tolist(), round(found.change, 3)
    (1, [0.5, 0.5], 0.4)
    """
    from scipy.optimize import linprog

    table = check_values(values, criteria)
    given = check_weights(weights, len(criteria))
    owner = np.arange(len(table)) if places is None else np.asarray(places, dtype=np.int64)
    scaled = stretched(table, criteria)
    n = len(given)
    winner = int(owner[(scaled @ given).argmax()])
    own = scaled[owner == winner]
    found: Dethroned | None = None
    # Weights are given + up - down.
    goal, whole = np.ones(2 * n), np.append(np.ones(n), -np.ones(n))[None]
    bounds = [*[(0, None)] * n, *[(0, float(weight)) for weight in given]]
    # Whoever is dominated by another rival overtakes no earlier than that one.
    others = np.flatnonzero(owner != winner)
    for rival in others[_front(scaled[others])].tolist():
        gaps = own - scaled[rival]
        if (gaps >= 0).all(axis=1).any():
            continue
        least = linprog(goal, A_ub=np.hstack([gaps, -gaps]), b_ub=-gaps @ given, A_eq=whole, b_eq=[0.0], bounds=bounds)
        if least.status == 0 and least.x is not None:
            step = np.asarray(least.x, dtype=np.float64)
            if found is None or step.sum() < found.change:
                moved = np.maximum(given + step[:n] - step[n:], 0.0)
                found = Dethroned(winner, int(owner[rival]), moved, float(step.sum()))
    if found is None:
        raise MethodError(
            f"no weights cost place {winner} the first rank: no other is better on any criterion.",
            allowed="places of which each is better than another on some criterion",
        )
    return found


def pareto_front(values: ArrayLike, criteria: Sequence[Criterion]) -> NDArray[np.bool_]:
    """Return whether no other place is at least as good on all criteria and better on one, shape (m,).

    Examples
    --------
    >>> criteria = [Criterion("pue", "down"), Criterion("need", "up")]
    >>> pareto_front([[1.1, 0.4], [1.3, 0.5], [1.2, 0.1]], criteria)
    array([ True,  True, False])
    """
    return _front(check_values(values, criteria))


def _front(table: Floats) -> NDArray[np.bool_]:
    front = np.ones(len(table), dtype=bool)
    for k, own in enumerate(table):
        better = (table >= own).all(axis=1) & (table > own).any(axis=1)
        front[k] = not better.any()
    return front
