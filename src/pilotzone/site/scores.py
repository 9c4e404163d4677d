"""Scores of places for given weights: weighted sum, TOPSIS and PROMETHEE II behind one interface.

More is better in every score. Of ties `ranks` gives the better rank to all, and `firsts` shares the first one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from pilotzone.core import DataError, UsageError, check_choice
from pilotzone.site.criteria import Criterion, check_values

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = [
    "RankingMethod",
    "check_weights",
    "firsts",
    "ranks",
    "score_parts",
    "scorer",
    "scores",
    "set_dependent",
    "stretched",
    "weighed",
]

RankingMethod = Literal["weighted_sum", "topsis", "promethee_2"]
"""Weighted sum of values stretched from zero, the worst, to one; TOPSIS with vector normalisation (Hwang and Yoon 1981,
"Multiple attribute decision making"); net flows of PROMETHEE II (Brans and Vincke 1985). With scales and references of
the criteria: the same against fixed ends, fixed ideals and a fixed set, so that no place changes another's score."""

_ROUNDING = 1e-12
"""Scores that differ by less, relative to the largest, are the same."""


def scores(
    values: ArrayLike, criteria: Sequence[Criterion], weights: ArrayLike, method: RankingMethod = "weighted_sum"
) -> Floats:
    """Return a score of each place.

    Parameters
    ----------
    values
        Values of m places on n criteria, shape (m, n), in their units.
    criteria
        The n criteria.
    weights
        Shape (n,), or (N, n) for N of them; not negative, and one in sum.
    method
        How scores are made.

    Returns
    -------
    array
        Shape (m,) or (N, m).

    Raises
    ------
    UsageError
        If the method is unknown or criteria share a name.
    DataError
        If shapes do not fit, weights are not from zero or do not sum to one, or a value is missing.

    Examples
    --------
    >>> criteria = [Criterion("pue", "down"), Criterion("gdp_gap", "up")]
    >>> scores([[1.1, 0.4], [1.3, 0.5], [1.2, 0.1]], criteria, [0.5, 0.5])
    array([0.875, 0.5  , 0.25 ])
    """
    table = check_values(values, criteria)
    given = check_weights(weights, len(criteria))
    found = scorer(table, criteria, method)(np.atleast_2d(given))
    return found[0] if given.ndim == 1 else found


def scorer(table: Floats, criteria: Sequence[Criterion], method: RankingMethod) -> Callable[[Floats], Floats]:
    """Return what makes scores, shape (..., N, m), of weights, shape (..., N, n), for values that were checked.

    Values have shape (..., m, n): one table, or as many as there are sets of weights.
    """
    check_choice(method, RankingMethod, "method")
    return weighed(score_parts(table, criteria, method), method)


def score_parts(table: Floats, criteria: Sequence[Criterion], method: RankingMethod) -> tuple[Floats, ...]:
    """Return what weights are laid on, criterion by criterion: arrays of the shape of the table.

    Where scores do not depend on which places are compared, each column is made of that column of the table alone.
    """
    if method == "weighted_sum":
        return (stretched(table, criteria),)
    fixed = not set_dependent(criteria, method)
    if method == "promethee_2":
        return (_against(table, criteria) if fixed else _flows(table, criteria),)
    if not fixed:
        return _from_ideals(table)
    # Fixed ideals: what is beyond an end of its scale is at no distance from that end.
    inside = stretched(table, criteria)
    return np.maximum(1 - inside, 0.0) ** 2, np.maximum(inside, 0.0) ** 2


def weighed(parts: tuple[Floats, ...], method: RankingMethod) -> Callable[[Floats], Floats]:
    """Return what makes scores of weights, as `scorer` does, given the parts."""
    columns = [np.swapaxes(part, -1, -2) for part in parts]
    if method == "topsis":
        return _closeness(columns[0], columns[1])
    return lambda weights: weights @ columns[0]


def set_dependent(criteria: Sequence[Criterion], method: RankingMethod) -> tuple[str, ...]:
    """Return the criteria for which scores depend on which places are compared; none where scores are fixed.

    The weighted sum needs a scale of each; TOPSIS needs all scales, and PROMETHEE II all references, to be fixed.

    Examples
    --------
    >>> set_dependent([Criterion("a", "up", scale=(0, 1)), Criterion("b", "up")], "weighted_sum")
    ('b',)
    """
    lacking = [c for c in criteria if (c.reference if method == "promethee_2" else c.scale) is None]
    return tuple(criterion.name for criterion in lacking)


def stretched(table: Floats, criteria: Sequence[Criterion] = ()) -> Floats:
    """Return values from zero, the worst on each criterion, to one, the best; zero where all are the same.

    The worst and the best are those of a criterion's scale, which values may lie beyond, or else of the table.
    """
    if criteria and all(criterion.scale is not None for criterion in criteria):
        worst, best = np.empty(table.shape[-1]), np.empty(table.shape[-1])
    else:
        worst, best = table.min(axis=-2, keepdims=True), table.max(axis=-2, keepdims=True)
    for j, criterion in enumerate(criteria):
        if criterion.scale is not None:
            ends = _signed(criterion, criterion.scale)
            worst[..., j], best[..., j] = ends.min(), ends.max()
    found: Floats = (table - worst) / np.where(best > worst, best - worst, 1.0)
    return found


def _signed(criterion: Criterion, values: ArrayLike) -> Floats:
    """Return values turned so that more is better."""
    return np.asarray(values, dtype=np.float64) * (1.0 if criterion.good == "up" else -1.0)


def _from_ideals(table: Floats) -> tuple[Floats, Floats]:
    """Return squared distances from the best and from the worst of the places compared, by criterion."""
    length = np.sqrt((table**2).sum(axis=-2, keepdims=True))
    norm = table / np.where(length > 0, length, 1.0)
    best, worst = ((norm - end(axis=-2, keepdims=True)) ** 2 for end in (norm.max, norm.min))
    return best, worst


def _closeness(to_best: Floats, to_worst: Floats) -> Callable[[Floats], Floats]:
    """Return scores of TOPSIS, given squared distances from the best and the worst by criterion, shape (..., n, m)."""

    def found(weights: Floats) -> Floats:
        squared = weights**2
        best, worst = np.sqrt(squared @ to_best), np.sqrt(squared @ to_worst)
        whole = best + worst
        # Where no place differs from another on what counts, none is nearer to the best.
        return np.asarray(np.divide(worst, whole, out=np.full_like(whole, 0.5), where=whole > 0))

    return found


def _against(table: Floats, criteria: Sequence[Criterion]) -> Floats:
    """Return net flows of each place against the references of the criteria, shape (..., m, n)."""
    found = np.empty(table.shape)
    for j, criterion in enumerate(criteria):
        among = _signed(criterion, criterion.reference or ())
        found[..., j] = _net(table[..., j].ravel(), among, criterion).reshape(table.shape[:-1]) / len(among)
    return found


def _flows(table: Floats, criteria: Sequence[Criterion]) -> Floats:
    """Return net flows of each place against the others on each criterion, shape (..., m, n)."""
    m = table.shape[-2]
    found = np.zeros(table.shape)
    if m == 1:
        return found
    for j, criterion in enumerate(criteria):
        column = table[..., j]
        net = np.array([_net(row, row, criterion) for row in column.reshape(-1, m)])
        found[..., j] = net.reshape(column.shape) / (m - 1)
    return found


def _net(values: Floats, among: Floats, criterion: Criterion) -> Floats:
    """Return by how much each value is preferred to others, less by how much these are to it, summed over these.

    Preference grows along a line between two thresholds, so that sums over sorted values take the place of pairs.
    """
    ordered = np.sort(among)
    if criterion.shape == "usual":
        below, upto = (np.searchsorted(ordered, values, side=side) for side in ("left", "right"))
        return np.asarray(below + upto - len(ordered), dtype=np.float64)
    low = criterion.indifference if criterion.shape == "linear" else 0.0
    high = low if criterion.preference is None else criterion.preference
    return _preferred(values, ordered, low, high) - _preferred(-values, -ordered[::-1], low, high)


def _preferred(values: Floats, ordered: Floats, low: float, high: float) -> Floats:
    """Return sums over others of clip((value - other - low) / (high - low), 0, 1)."""
    # Sums of differences from the middle keep their digits where values lie far from zero.
    centre = ordered[len(ordered) // 2]
    sums = np.concatenate([[0.0], np.cumsum(ordered - centre)])
    whole, some = (np.searchsorted(ordered, values - gap, side="right") for gap in (high, low))
    part = (some - whole) * (values - centre - low) - (sums[some] - sums[whole])
    return np.asarray(whole + part / (high - low))


def check_weights(weights: ArrayLike, count: int) -> Floats:
    """Return weights as they are, or say what is wrong with them."""
    found = np.asarray(weights, dtype=np.float64)
    if found.ndim not in {1, 2} or found.shape[-1] != count:
        raise DataError(f"weights have shape {found.shape}.", allowed=f"one for each of {count} criteria")
    if not np.isfinite(found).all() or (found < 0).any() or (np.abs(found.sum(axis=-1) - 1) > 1e-9).any():  # noqa: PLR2004
        raise UsageError(
            f"weights are {found.tolist() if found.size <= 20 else 'no weights'}.",  # noqa: PLR2004 - to be shown
            allowed="numbers from zero that sum to one",
            todo="divide them by their sum.",
        )
    return found


def firsts(values: Floats) -> Floats:
    """Return each place's share of the first rank by its score, along the last axis; places that tie share it evenly.

    Examples
    --------
    >>> firsts(np.array([0.2, 0.9, 0.9, 0.4]))
    array([0. , 0.5, 0.5, 0. ])
    """
    rounded = _rounded(values)
    best = rounded == rounded.max(axis=-1, keepdims=True)
    return np.asarray(best / best.sum(axis=-1, keepdims=True))


def _rounded(values: Floats) -> Floats:
    size = np.abs(values).max(axis=-1, keepdims=True, initial=1e-300)
    return np.asarray(np.round(values / (size * _ROUNDING)))


def ranks(values: Floats) -> Integers:
    """Return the rank of each place by its score, one the best, along the last axis; ties share the better rank.

    Examples
    --------
    >>> ranks(np.array([0.2, 0.9, 0.2, 0.4]))
    array([3, 1, 3, 2])
    """
    rounded = _rounded(values)
    order = np.argsort(-rounded, axis=-1, kind="stable")
    ordered = np.take_along_axis(rounded, order, axis=-1)
    place = np.broadcast_to(np.arange(1, values.shape[-1] + 1), values.shape)
    fresh = np.concatenate([np.ones((*values.shape[:-1], 1), bool), ordered[..., 1:] != ordered[..., :-1]], axis=-1)
    shared = np.maximum.accumulate(np.where(fresh, place, 0), axis=-1)
    found = np.empty(values.shape, dtype=np.int64)
    np.put_along_axis(found, order, shared, axis=-1)
    return found
