"""What each of the unknowns that vary together contributes to whether a place is the first: Shapley effects.

Unknowns of a block are normal scores that are correlated between criteria, and between places by what is drawn once. To
draw some of them again, given the others, takes their covariance over all places.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pilotzone.sampling import ShapleyEffects, block_ratio, given_the_others, shapley_walk
from pilotzone.site.acceptability import best_spots
from pilotzone.site.alternatives import Alternatives, linked_blocks
from pilotzone.site.criteria import check_values
from pilotzone.site.scores import RankingMethod, firsts, scorer
from pilotzone.site.weights import WeightSpace, draw_weights

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Mask = NDArray[np.bool_]

__all__ = ["AT_ONCE", "shapley_of_winner", "weights_vary"]

AT_ONCE = 2_000_000
"""Numbers of values that are held at a time."""
_FIXED = 1e-9
"""Weights that differ by less are the same."""
_WIDEST, _MOST = 600, 10
"""Scores of a block over all places, and unknowns of a block: conditional distributions of more take too long."""


def weights_vary(weights: Sequence[Floats]) -> bool:
    """Whether drawn weights, each shape (n, criteria), are not always the same."""
    return bool(np.ptp(np.concatenate(list(weights)), axis=0).max() > _FIXED)


def shapley_of_winner(
    alternatives: Alternatives,
    place: int,
    *,
    space: WeightSpace | None,
    method: RankingMethod,
    samples: int,
    seeds: Sequence[int],
) -> ShapleyEffects | None:
    """Return Shapley effects on whether a place is the first, of weights and of all groups of unknowns taken apart.

    Parameters
    ----------
    alternatives
        The places with what is not known of them.
    place
        Position of the place.
    space
        What is known of the weights.
    method
        How scores are made.
    samples
        Draws; as many rankings for each group besides.
    seeds
        Seeds of two independent samples of weights, and two of unknowns.

    Returns
    -------
    ShapleyEffects or None
        ``None`` where nothing varies together (Sobol' shares say it all), the answer does not vary, or a block is too
        large.
    """
    blocks = [block for block in linked_blocks(alternatives.correlation) if len(block) > 1]
    most = max((len(block) for block in blocks), default=0)
    if not blocks or most > _MOST or most * len(alternatives.places) > _WIDEST:
        return None
    weights = [
        draw_weights([item.name for item in alternatives.criteria], samples, space, seed=own) for own in seeds[:2]
    ]
    groups: dict[str, list[int]] = {}
    for k, unknown in enumerate(alternatives.unknowns):
        groups.setdefault(unknown.apart or unknown.group, []).append(k)
    names = ("weights", *groups) if weights_vary(weights) else tuple(groups)
    signs = check_values(np.ones((1, len(alternatives.criteria))), alternatives.criteria)
    count = samples
    size = len(alternatives.low) * len(alternatives.criteria) + len(alternatives.places) * len(alternatives.unknowns)
    orders = np.random.default_rng(seeds).permuted(np.tile(np.arange(len(names)), (count, 1)), axis=1)
    covariances = [(block, _covariance(alternatives, block)) for block in blocks]
    base, parts = [], []
    for rows in np.array_split(np.arange(count), max(1, -(-count * size // AT_ONCE))):
        scores = [alternatives.scores(int(rows[0]), int(rows[-1]) + 1, seed) for seed in seeds[2:]]
        given = [sample[rows] for sample in weights]

        def first(
            mask: Mask, scores: Sequence[Floats] = tuple(scores), given: Sequence[Floats] = tuple(given)
        ) -> Floats:
            again = np.zeros((len(mask), len(alternatives.unknowns)), dtype=bool)
            for k, own in enumerate(groups.values(), start=len(names) - len(groups)):
                again[:, own] = mask[:, [k]]
            drawn = _drawn_again(scores, again, covariances)
            weighing = np.where(mask[:, [0]], given[1], given[0]) if len(names) > len(groups) else given[0]
            score = scorer(alternatives.values(drawn) * signs, alternatives.criteria, method)(weighing[:, None])
            return np.asarray(firsts(best_spots(score, alternatives.spots))[:, 0, place])

        base.append(first(np.zeros((len(rows), len(names)), dtype=bool)))
        parts.append(shapley_walk(first, base[-1], orders[rows]))
    answer, added = np.concatenate(base), np.concatenate(parts)
    if added.sum() <= 0:
        return None
    effects, errors = block_ratio(added, added.sum(axis=1))
    taken = count * (len(names) + 1)
    return ShapleyEffects(
        names, effects, errors, count, float(answer.mean()), float(answer.var()), taken, method="orders"
    )


def _drawn_again(scores: Sequence[Floats], again: Mask, covariances: Sequence[tuple[list[int], Floats]]) -> Floats:
    """Return normal scores, shape (K, m, U), of which each draw has some unknowns drawn again, given the others."""
    drawn = np.where(again[:, None], scores[1], scores[0])
    places = drawn.shape[1]
    for block, covariance in covariances:
        kinds, which = np.unique(again[:, block], axis=0, return_inverse=True)
        for k, kind in enumerate(kinds):
            if kind.all() or not kind.any():
                continue
            rows = np.flatnonzero(which.ravel() == k)
            flat = [sample[rows][..., block].reshape(len(rows), -1) for sample in scores]
            # Places first, as they lie in a row of scores.
            new = np.flatnonzero(np.tile(kind, places)).tolist()
            found = given_the_others(flat[0], flat[1], new, covariance)
            drawn[np.ix_(rows, np.arange(places), np.array(block))] = found.reshape(len(rows), places, len(block))
    return drawn


def _covariance(alternatives: Alternatives, block: list[int]) -> Floats:
    """Return the covariance of a block's normal scores over all places, shape (m b, m b), places first."""
    shared = alternatives.shared[:, block]
    both = np.sqrt(shared).ravel()
    own = np.sqrt(1 - shared).ravel()
    correlation = alternatives.correlation[np.ix_(block, block)]
    everywhere = np.outer(both, both) * np.tile(correlation, (len(shared), len(shared)))
    each = np.outer(own, own) * np.kron(np.eye(len(shared)), correlation)
    return np.asarray(everywhere + each)
