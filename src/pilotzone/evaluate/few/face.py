"""All optimal weights of one problem: whether there is more than one, the shortest of them, and what they imply.

The synthetic path is unique, its weights need not be. The optimal weights are all w >= 0 with sum 1 that lead to the
same path; donors off the supporting hyperplane (the plane through the synthetic path, at right angles to the line to
the target) have weight zero in all of them, so the set is a polytope over the donors on that plane: the optimal face.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import MethodError
from pilotzone.evaluate.few.nearest import EPS, Place, nearest_point, row_norms

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Face", "linear_range", "optimal_face", "settle"]

# Relative tolerances; docs/explanation/solver.md gives the reasons.
INSIDE = 1e-12  # distance to the target over the mean distance of the donors used: zero
ON_PLANE = 1e-12  # distance of a donor to the plane over its distance to the synthetic path: zero
RANK = 1e-11  # singular value over the largest: zero
POSITIVE = 1e-10  # a weight below it may be zero
FEASIBLE = 1e-11  # miss of the conditions on the weights: none
NEWTON_STEPS = 200
ROUNDS = 10  # of dropping weights that rounding made look positive
PATIENCE = 20  # Newton steps that do not halve the miss


@dataclass(frozen=True, eq=False)
class Face:
    """The optimal face of one problem.

    Weights on the face, not negative, are optimal if and only if ``system.T @ (scale * weights)`` is what it is for
    one optimal choice of them. Scaling keeps the numbers in order where one donor is very far from the others.

    Attributes
    ----------
    rows
        Indices of the f donors on the face.
    inside
        Whether the target lies in the donors' hull, so that every donor is on the face.
    scale
        Size of each donor's conditions, shape (f,), the median being about one.
    system
        Orthonormal columns, shape (f, r).
    """

    rows: NDArray[np.intp]
    inside: bool
    scale: Floats
    system: Floats


def optimal_face(place: Place, rounding: Floats, own_rounding: float) -> Face:
    """Return the face of all weights that are as good as the given optimal ones.

    Parameters
    ----------
    place
        Where the optimal weights lead.
    rounding
        Size of the rounding error of each donor's path, shape (m,); anything smaller counts as zero.
    own_rounding
        The same of the target's path.
    """
    mixed = float(place.weights @ rounding)
    noise = rounding + mixed
    distance = float(np.linalg.norm(place.x))
    inside = distance <= INSIDE * place.reach + mixed + own_rounding
    if inside:
        rows = np.arange(len(noise))
    else:
        # The plane's direction is known up to the rounding error of x over its length.
        tilt = ON_PLANE + 64 * EPS * place.reach / distance
        rows = np.flatnonzero((place.weights > 0) | (place.slack <= distance * (tilt * place.lengths + noise)))
    scale, system = _conditions(place.spread[rows], place.lengths[rows], noise[rows])
    return Face(rows, bool(inside), scale, system)


def _conditions(spread: Floats, lengths: Floats, rounding: Floats) -> tuple[Floats, Floats]:
    """Return the linear conditions that hold the synthetic path and the sum of weights fixed."""
    count, periods = spread.shape
    real = lengths > 2 * rounding
    level = float(np.median(lengths[real])) if real.any() else 1.0
    system = np.empty((count, periods + 1))
    system[:, :periods] = np.where(real[:, None], spread, 0.0)
    system[:, periods] = level
    # Rows of length one: the rank must not depend on one donor that is far away.
    scale = np.hypot(np.where(real, lengths, 0.0), level)
    left, singular, _ = np.linalg.svd(system / scale[:, None], full_matrices=False)
    noise = max(RANK, 4 * float((rounding / scale).max()))
    rank = int(np.count_nonzero(singular > noise * singular[0]))
    return scale / level, left[:, :rank]


def settle(face: Face, weights: Floats) -> tuple[Floats, bool]:
    """Return the optimal weights of least Euclidean norm, and whether they are the only optimal ones.

    Parameters
    ----------
    face
        The optimal face.
    weights
        Any optimal weights on the face, shape (f,).

    Raises
    ------
    MethodError
        If the search for the shortest weights does not end: a defect of the solver.
    """
    if _is_only(face, weights):
        return weights, True
    return _exact(face, weights, _shortest(face, weights)), False


def _shortest(face: Face, weights: Floats) -> Floats:
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


def _exact(face: Face, optimal: Floats, near: Floats) -> Floats:
    """Keep which weights are positive, and meet the conditions to the last digits."""
    used = np.flatnonzero(near > POSITIVE / face.scale)
    weights = near
    for _ in range(ROUNDS):
        weights = np.zeros_like(near)
        weights[used] = near[used]
        # First the change of least norm, which keeps the weights the shortest; then one that spares no far donor.
        for unit in (np.ones(len(used)), 1 / face.scale[used]):
            conditions = (face.system[used] * (face.scale[used] * unit)[:, None]).T
            weights[used] += unit * np.linalg.lstsq(conditions, _miss(face, optimal, weights), rcond=RANK)[0]
        if weights.min() >= 0:
            break
        used = used[weights[used] > 0]
    best = min((np.maximum(weights, 0.0), near), key=lambda item: float(np.linalg.norm(_miss(face, optimal, item))))
    if np.linalg.norm(_miss(face, optimal, best)) > FEASIBLE * np.linalg.norm(face.scale * optimal):
        raise MethodError(
            "the search for the shortest of several optimal weights did not end.",
            todo="report the data as a defect of the solver; leaving out a donor that repeats another avoids it",
        )
    return best


def _miss(face: Face, optimal: Floats, weights: Floats) -> Floats:
    miss: Floats = face.system.T @ (face.scale * (optimal - weights))
    return miss


def _is_only(face: Face, weights: Floats) -> bool:
    """Whether no other weights satisfy the same conditions.

    Others exist if and only if some change leaves all conditions as they are without lowering a weight that is zero:
    a dependence among the donors used, or one that adds donors not used. The latter is again a question about a
    hull: whether the rows of the unused donors, freed of what the used ones span, have the origin in their hull.
    """
    count, rank = face.system.shape
    if rank == count:
        return True
    used = weights > POSITIVE / face.scale
    rows = face.system[used]
    left, singular, _ = np.linalg.svd(rows.T, full_matrices=False)
    kept = singular > RANK * singular[0]
    if np.count_nonzero(kept) < len(rows):
        return False
    span = left[:, kept]
    rest = face.system[~used]
    rest = rest - (rest @ span) @ span.T
    lengths = row_norms(rest)
    if (lengths <= POSITIVE).any():
        return False
    directions = rest / lengths[:, None]
    mixed, _ = nearest_point(directions, np.zeros(directions.shape[1]))
    return bool(np.linalg.norm(mixed.x) > POSITIVE)


def linear_range(face: Face, weights: Floats, values: Floats) -> tuple[float, float]:
    """Return the least and the largest value of a weighted sum over all optimal weights.

    Two linear programmes (HiGHS) over the optimal face.

    Parameters
    ----------
    face
        The optimal face.
    weights
        Optimal weights on the face, shape (f,).
    values
        One value per donor on the face, shape (f,).
    """
    from scipy.optimize import linprog

    middle = float(weights @ values)
    centred = values - middle  # weights sum to one, so a constant may be taken off
    size = float(np.abs(centred).max())
    if size == 0.0:
        return middle, middle
    ends = []
    for sign in (1.0, -1.0):
        found = linprog(
            sign * centred / face.scale / size,
            A_eq=face.system.T,
            b_eq=face.system.T @ (face.scale * weights),
            bounds=(0, None),
            method="highs",
            options={"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10},
        )
        if found.fun is None:
            raise MethodError(
                f"the range over all optimal weights could not be computed: {found.message}",
                todo="report the data as a defect of the solver",
            )
        ends.append(middle + sign * min(0.0, float(found.fun)) * size)
    return ends[0], ends[1]
