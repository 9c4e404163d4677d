"""The shortest of all optimal weights: the rule that makes weights unique where the data do not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import MethodError
from pilotzone.evaluation.few.weights.distance import least_distance
from pilotzone.evaluation.few.weights.face import RANK, Face, spanned
from pilotzone.evaluation.few.weights.nearest import EPS, NOISE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["shortest_weights"]

POSITIVE = 1e-10  # a weight below it may be zero
FEASIBLE = 1e-11  # miss of the conditions on the weights: none
NEWTON_STEPS = 200
ROUNDS = 10  # of dropping weights that rounding made look positive
PATIENCE = 20  # Newton steps that do not halve the miss


def shortest_weights(face: Face, weights: Floats) -> Floats:
    """Return the optimal weights of least Euclidean norm.

    They are unique, because the norm is strictly convex, and depend on no order, because nothing in their definition
    does.

    Parameters
    ----------
    face
        The optimal face.
    weights
        Any optimal weights on the face, shape (f,).

    Raises
    ------
    MethodError
        If the conditions cannot be met to eleven digits.
    """
    found, miss = _exact(face, weights, _newton(face, weights))
    if miss > FEASIBLE:
        found, miss = _exact(face, weights, _by_least_distance(face, weights))
    if miss > FEASIBLE:
        raise MethodError(
            "the search for the shortest of several optimal weights did not end.",
            allowed="donors whose distances from the target do not differ by many orders of magnitude",
            todo="check the donors' units of measurement; if they agree, report the data as a defect of the solver",
        )
    return found


def _by_least_distance(face: Face, weights: Floats) -> Floats:
    """Minimise ||w|| over the optimal face where Newton's method stalls: slower, and it takes no steps of its own.

    The shortest weights of any sign plus the shortest change that meets no condition and leaves no weight below zero.
    """
    rows = face.scale[:, None] * face.system
    whole, _ = np.linalg.qr(rows, mode="complete")
    fixed, free = whole[:, : rows.shape[1]], whole[:, rows.shape[1] :]
    level = fixed @ (fixed.T @ weights)
    change = least_distance(free, -level)
    return weights if change is None else np.maximum(level + free @ change, 0.0)


def _newton(face: Face, weights: Floats) -> Floats:
    """Minimise ||w|| over the optimal face.

    With conditions ``basis.T @ w == level``, basis orthonormal, the optimum is w = max(0, basis @ dual), where the dual
    vector minimises the convex, piecewise quadratic 0.5 ||max(0, basis @ dual)||^2 - level @ dual. Newton's method
    with a small ridge and exact line search finds it in a few steps.
    """
    basis = np.linalg.qr(face.scale[:, None] * face.system)[0]
    level = basis.T @ weights
    image = basis @ level  # basis @ dual; to begin with, the shortest weights of any sign
    best, least, stalled = weights, np.inf, 0
    for _ in range(NEWTON_STEPS):
        found = np.maximum(image, 0.0)
        slope = basis.T @ found - level
        miss = float(np.linalg.norm(slope))
        stalled = stalled + 1 if miss > least / 2 else 0
        if miss < least:
            best, least = found, miss
        if miss <= 4 * EPS or stalled > PATIENCE:
            break
        positive = basis[image > 0]
        ridge = min(1e-2 * miss, 1e-4) + 4 * EPS
        step = np.linalg.solve(positive.T @ positive + ridge * np.eye(len(level)), -slope)
        move = basis @ step
        image = image + _line_minimum(image, move, float(level @ step)) * move
    return best


def _line_minimum(image: Floats, move: Floats, rise: float) -> float:
    """Return the t > 0 that minimises 0.5 ||max(0, image + t move)||^2 - t rise."""

    def slope(t: float) -> float:
        return float(np.maximum(image + t * move, 0.0) @ move) - rise

    with np.errstate(divide="ignore", invalid="ignore"):
        kinks = -image / move
    kinks = np.unique(kinks[np.isfinite(kinks) & (kinks > 0)])
    low, high = 0, len(kinks)  # the first kink beyond the minimum
    while low < high:
        middle = (low + high) // 2
        if slope(kinks[middle]) < 0:
            low = middle + 1
        else:
            high = middle
    start = float(kinks[low - 1]) if low else 0.0
    end = float(kinks[low]) if low < len(kinks) else 2 * start + 1.0
    before, after = slope(start), slope(end)
    return start - before * (end - start) / (after - before) if after > before else start


def _exact(face: Face, optimal: Floats, near: Floats) -> tuple[Floats, float]:
    """Keep which weights are positive, and meet the conditions to the last digits; and by how much they are missed."""
    used = np.flatnonzero(near > POSITIVE / face.scale)
    weights = near
    for _ in range(ROUNDS):
        weights = np.zeros_like(near)
        # Long steps leave rounding errors that change no condition, but lengthen the weights: take them off.
        kept, _ = spanned(face.system[used] * face.scale[used, None], RANK)
        weights[used] = kept @ (kept.T @ near[used])
        # Then the change of least norm, which keeps the weights the shortest; then one that spares no far donor.
        for unit in (np.ones(len(used)), 1 / face.scale[used]):
            conditions = (face.system[used] * (face.scale[used] * unit)[:, None]).T
            weights[used] += unit * np.linalg.lstsq(conditions, _miss(face, optimal, weights), rcond=RANK)[0]
        if weights.min() >= 0:
            break
        used = used[weights[used] > 0]
    weights = np.maximum(weights, 0.0)
    size = float(np.linalg.norm(face.scale * optimal))
    misses = [float(np.linalg.norm(_miss(face, optimal, item))) for item in (weights, near)]
    if misses[0] > max(misses[1], NOISE * EPS * size):
        weights = near
    return weights, min(misses) / size


def _miss(face: Face, optimal: Floats, weights: Floats) -> Floats:
    miss: Floats = face.system.T @ (face.scale * (optimal - weights))
    return miss
