"""The point of a convex hull that is nearest to a target: an active-set search that ends with a certificate."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["EPS", "NOISE", "SyntheticPoint", "locate", "nearest_point", "row_norms"]

EPS = float(np.finfo(np.float64).eps)
# A gap of this many units in the last place cannot be told from none; further steps would only move noise.
NOISE = 8.0
# Up to so many donors are searched at once; among more, so many of the nearest first and so many better ones at a time.
MANY = 64
NEAREST, MORE = 24, 16
TRIALS = 50
DUST = 1e-15  # a weight below it is rounding noise, if its share in the path is


@dataclass(frozen=True, eq=False)
class SyntheticPoint:
    """Where weights on m donors lead, seen from a target, over T periods.

    Attributes
    ----------
    weights
        Weights on the simplex, shape (m,).
    distances
        Donors' distances from the target, shape (m,).
    x
        Synthetic minus target path, shape (T,).
    spread
        Donors' paths minus the synthetic one, shape (m, T).
    lengths
        Donors' distances from the synthetic path, shape (m,).
    slack
        ``spread @ x``, shape (m,). The weights are optimal if and only if no entry is negative.
    """

    weights: Floats
    distances: Floats
    x: Floats
    spread: Floats
    lengths: Floats
    slack: Floats

    @cached_property
    def gap(self) -> float:
        """Frank-Wolfe duality gap of the squared distance: no weights do better by more than this."""
        return 2 * max(0.0, -float(self.slack.min()))

    @cached_property
    def reach(self) -> float:
        """Weighted mean distance of the donors from the target."""
        return float(self.weights @ self.distances)

    @cached_property
    def relative_gap(self) -> float:
        """The gap over (donors' distance from the target) x (largest distance of a donor from the synthetic path).

        The former is the median or the weighted mean, whichever is larger.
        """
        gap = self.gap
        return gap / (max(self.reach, _middle(self.distances)) * float(self.lengths.max())) if gap > 0 else 0.0


def locate(points: Floats, target: Floats, distances: Floats, weights: Floats) -> SyntheticPoint:
    """Return where weights lead; arguments as in `nearest_point` and `SyntheticPoint`."""
    used = np.flatnonzero(weights)
    synthetic = weights[used] @ points[used]
    x = synthetic - target
    spread = points - synthetic
    return SyntheticPoint(weights, distances, x, spread, row_norms(spread), spread @ x)


def row_norms(matrix: Floats) -> Floats:
    """Euclidean norms of the rows, shape (m,)."""
    norms: Floats = np.sqrt(np.einsum("ij,ij->i", matrix, matrix))
    return norms


def nearest_point(points: Floats, target: Floats) -> tuple[SyntheticPoint, int]:
    """Return the nearest point of the donors' hull to the target, and the steps taken after the first search.

    SciPy's non-negative least squares (Lawson and Hanson 1974) makes the search; steps of Wolfe's (1976) nearest
    point method on differences between donors follow until the duality gap is rounding noise, or no longer falls.
    The second part matters where donors are close together and far from the target, or nearly collinear.

    Parameters
    ----------
    points
        Donors' paths, shape (m, T), m >= 1. The fewer digits they share the better: take off a path among them.
    target
        The target's path, shape (T,).
    """
    offsets = points - target
    distances = row_norms(offsets)
    place = best = locate(points, target, distances, _search(offsets, distances))
    most = 3 * (min(points.shape) + 10)
    for step in range(most):
        if place.gap < best.gap:
            best = place
        if place.gap <= 2 * NOISE * EPS * place.reach * float(place.lengths.max()):
            return place, step
        place = locate(points, target, distances, _dusted(_enter(place), distances))
    return best, most


def _search(offsets: Floats, distances: Floats) -> Floats:
    """Find weights by non-negative least squares.

    The nearest point of a hull to the origin is, up to a factor, the solution u >= 0 of
    min ||sum_j u_j (offset_j, c)  -  (0, c)||: for weights w and s > 0 the value at u = s w is
    s^2 ||sum_j w_j offset_j||^2 + c^2 (s - 1)^2, whose best w does not depend on s.

    Few donors carry weight. Among many, the nearest are tried alone; donors that would improve on them are let in and
    those without weight left out, until none would.
    """
    count = len(offsets)
    largest = float(distances.max())
    if largest == 0.0:
        return np.full(count, 1.0 / count)
    level = _middle(distances) or largest
    lengths = np.hypot(distances, level)
    rows = np.empty((count, offsets.shape[1] + 1))
    np.divide(offsets, lengths[:, None], out=rows[:, :-1])
    np.divide(level, lengths, out=rows[:, -1])
    found, least = np.zeros(count), np.inf
    tried = np.arange(count) if count <= MANY else np.sort(np.argpartition(distances, NEAREST)[:NEAREST])
    for _ in range(TRIALS):
        scaled, rest = _non_negative(rows[tried])
        miss = float(rest @ rest)
        if not miss < least:  # rounding noise only
            break
        least = miss
        found = np.zeros(count)
        found[tried] = scaled
        if len(tried) == count:
            break
        pull = rows @ rest
        pull[tried] = 0.0
        better = np.flatnonzero(pull > NOISE * EPS)
        if not len(better):
            break
        if len(better) > MORE:
            better = better[np.argpartition(-pull[better], MORE)[:MORE]]
        tried = np.sort(np.concatenate([tried[scaled > 0], better]))
    if not found.any():
        found[int(np.argmin(distances))] = 1.0
    return _dusted(found / lengths, distances)


def _non_negative(rows: Floats) -> tuple[Floats, Floats]:
    """Return the u >= 0 for which ``u @ rows`` is nearest to (0, ..., 0, 1), and what is left of that."""
    from scipy.optimize import nnls

    aim = np.zeros(rows.shape[1])
    aim[-1] = 1.0
    try:
        scaled, _ = nnls(rows.T, aim)
    except RuntimeError:  # it ran out of steps; start from the nearest donor
        scaled = np.zeros(len(rows))
    return scaled, aim - scaled @ rows


def _middle(values: Floats) -> float:
    half = len(values) // 2
    return float(np.partition(values, half)[half])


def _dusted(weights: Floats, distances: Floats) -> Floats:
    """Set weights that are rounding noise to zero, and the sum to one."""
    weights = weights / weights.sum()
    light = (weights < DUST) & (weights * distances <= DUST * _middle(distances))
    kept: Floats = np.where(light, 0.0, weights)
    kept /= kept.sum()
    return kept


def _enter(place: SyntheticPoint) -> Floats:
    """Let one donor in and move to the nearest point of what stays in, dropping donors whose weight runs out."""
    spread, x = place.spread, place.x
    # Per length, so that a donor far away does not hide one that lies in a better direction.
    enter = int(np.argmin(place.slack / np.where(place.lengths > 0, place.lengths, 1.0)))
    weights = place.weights.copy()
    active = weights > 0
    active[enter] = True
    while True:
        rows = np.flatnonzero(active)
        change = _towards(spread[rows], x, int(np.argmax(weights[rows])))
        goal = weights[rows] + change
        short = goal < 0
        if not short.any():
            weights[rows] = goal
            return weights
        part = weights[rows][short] / -change[short]
        step = float(part.min())
        weights[rows] = np.maximum(weights[rows] + step * change, 0.0)
        out = rows[short][part <= step]
        weights[out] = 0.0
        active[out] = False
        x = x + step * (change @ spread[rows])


def _towards(spread: Floats, x: Floats, base: int) -> Floats:
    """Return the change of weights, summing to zero, that brings ``x + change @ spread`` nearest to the origin."""
    if len(spread) == 1:
        return np.zeros(1)
    others = np.delete(np.arange(len(spread)), base)
    edges = spread[others] - spread[base]
    lengths = np.linalg.norm(edges, axis=1)
    lengths[lengths == 0] = 1.0
    solved = np.linalg.lstsq((edges / lengths[:, None]).T, -x, rcond=None)[0] / lengths
    change = np.empty(len(spread))
    change[others] = solved
    change[base] = -solved.sum()
    return change
