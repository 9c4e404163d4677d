"""All optimal weights of one problem: which donors may carry weight, whether there is a choice, what it implies.

The synthetic path is unique, its weights need not be. The optimal weights are all w >= 0 with sum 1 that lead to the
same path; donors off the supporting hyperplane (the plane through the synthetic path, at right angles to the line to
the target) have weight zero in all of them. Only some of the donors on it can carry weight; the optimal weights are a
polytope over these, the optimal face.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import MethodError
from pilotzone.evaluation.few.weights.nearest import EPS, SyntheticPoint, nearest_point, row_norms

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["RANK", "Face", "linear_range", "optimal_face", "spanned"]

# Relative tolerances; docs/explanation/solver.md gives the reasons.
INSIDE = 1e-12  # distance to the target over the mean distance of the donors used: zero
ON_PLANE = 1e-12  # distance of a donor to the plane over its distance to the synthetic path: zero
RANK = 1e-11  # singular value over the largest: zero
CARRIED = 1e-12  # a weight: zero
ROUNDED = 8  # a distance over its rounding error: zero
CLEARLY = 1e-6  # singular value over the largest: not zero, without further computing
DEPENDENT = 1e-10  # distance of a donor's conditions from those of others over their size: zero


@dataclass(frozen=True, eq=False)
class Face:
    """The optimal face of one problem.

    Weights on the face, not negative, are optimal if and only if ``system.T @ (scale * weights)`` is what it is for
    one optimal choice of them. Scaling keeps the numbers in order where one donor is very far from the others.

    Attributes
    ----------
    rows
        Indices of the f donors that carry weight in at least one optimal choice.
    inside
        Whether the target lies in the donors' hull.
    scale
        Size of each donor's conditions, shape (f,), the median being about one.
    system
        Orthonormal columns, shape (f, r).
    """

    rows: NDArray[np.intp]
    inside: bool
    scale: Floats
    system: Floats

    @property
    def unique(self) -> bool:
        """Whether there is one optimal choice only."""
        return len(self.rows) == len(self.system.T)


def optimal_face(place: SyntheticPoint, rounding: Floats, own_rounding: float) -> Face:
    """Return the face of all weights that are as good as those of `place`.

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
    if system.shape[1] < len(rows):
        carriers = _carriers(system, place.weights[rows] > CARRIED / scale)
        rows, scale = rows[carriers], scale[carriers]
        system = spanned(system[carriers].T, RANK)[1].T
    return Face(rows, bool(inside), scale, system)


def _conditions(spread: Floats, lengths: Floats, rounding: Floats) -> tuple[Floats, Floats]:
    """Return the linear conditions that hold the synthetic path and the sum of weights fixed."""
    count, periods = spread.shape
    real = lengths > ROUNDED * rounding
    level = _median(lengths[real]) if real.any() else 1.0
    system = np.empty((count, periods + 1))
    system[:, :periods] = np.where(real[:, None], spread, 0.0)
    system[:, periods] = level
    # Rows of length one: the rank must not depend on one donor that is far away.
    scale = np.hypot(np.where(real, lengths, 0.0), level)
    system /= scale[:, None]
    # What is left of a path is known to this share at worst; less than one half, so that the sum's condition stays.
    noise = max(RANK, 4 * float((rounding / scale)[real].max(initial=0.0)))
    if _clearly_independent(system, noise):
        return scale / level, np.eye(count)
    left, singular, _ = np.linalg.svd(system, full_matrices=False)
    rank = int(np.count_nonzero(singular > noise * singular[0]))
    return scale / level, left[:, :rank]


def _median(values: Floats) -> float:
    """As NumPy's, which takes longer than all else here."""
    ordered = np.sort(values)
    return float(ordered[(len(values) - 1) // 2] + ordered[len(values) // 2]) / 2


def _clearly_independent(rows: Floats, noise: float) -> bool:
    """Whether the least singular value exceeds `noise` times the largest by so much that inner products show it.

    They square it, so that of sixteen digits eight are left: enough to tell a share of 1e-6 from none. It takes a third
    of the time of singular values, which are computed where this is in doubt.
    """
    count, length = rows.shape
    if count > length or noise > CLEARLY / 2:
        return False
    squares = np.linalg.eigvalsh(rows @ rows.T)
    return bool(squares[0] > CLEARLY**2 * squares[-1])


def spanned(matrix: Floats, least: float) -> tuple[Floats, Floats]:
    """Return orthonormal bases of what the columns span, shape (n, r), and of what the rows span, shape (r, m)."""
    left, singular, right = np.linalg.svd(matrix, full_matrices=False)
    kept = singular > least * singular[0]
    return left[:, kept], right[kept]


def _carriers(system: Floats, carry: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return which donors have a positive weight in at least one optimal choice, given those that have in one.

    Another donor can be let in if and only if some change leaves all conditions as they are and lowers only weights
    that are positive: where its conditions depend on those of the donors already in, or where it does so together with
    others. The latter is again a question about a hull: whether the conditions of the donors still out, freed of what
    those in span, have the origin in their hull.
    """
    carry = carry.copy()
    while True:
        span, _ = spanned(system[carry].T, RANK)
        free = system - (system @ span) @ span.T
        lengths = row_norms(free)
        carry |= lengths <= DEPENDENT
        out = np.flatnonzero(~carry)
        if not len(out):
            return carry
        directions = free[out] / lengths[out, None]
        mixed, _ = nearest_point(directions, np.zeros(directions.shape[1]))
        if np.linalg.norm(mixed.x) > DEPENDENT:
            return carry
        carry[out[mixed.weights > 0]] = True


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

    if values.min() == values.max():
        return float(values[0]), float(values[0])
    middle = float(weights @ values)
    centred = values - middle  # weights sum to one, so a constant may be taken off
    size = float(np.abs(centred).max())
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
