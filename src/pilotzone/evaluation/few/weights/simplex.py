"""Synthetic control weights for many targets at once: least squares over the simplex, certified and unique by rule.

For a target path y and donors' paths Y the weights minimise ||y - w'Y||^2 over w >= 0, sum(w) = 1 (Abadie, Diamond
and Hainmueller 2010, outcomes as the only predictors), after taking off every path's own mean where an intercept shift
is wanted (Doudchenko and Imbens 2016; Ferman and Pinto 2021). Where several weights are optimal, those of least
Euclidean norm are returned. The module knows rows and columns, no panels.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import MethodError
from pilotzone.evaluation.few.weights.face import Face, linear_range, optimal_face
from pilotzone.evaluation.few.weights.nearest import EPS, SyntheticPoint, locate, nearest_point, row_norms
from pilotzone.evaluation.few.weights.problems import checked_problems, exponent, fit_before, own_order
from pilotzone.evaluation.few.weights.shortest import shortest_weights

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

__all__ = ["GAP_BOUND", "SimplexSolution", "functional_range", "solve_simplex_batch"]

GAP_BOUND = 1e-11
"""Largest relative duality gap of a returned solution; a problem that ends above it is an error.

Excepted are paths that differ by little more than their own rounding errors, which then explain the gap.
"""


@dataclass(frozen=True, eq=False)
class SimplexSolution:
    """Optimal weights of P problems over n units and T periods; all arrays are read-only.

    Attributes
    ----------
    weights
        Shape (P, n): not negative, rows sum to one, zero for units that are not donors of the problem. Where optimal
        weights are not unique, those of least Euclidean norm.
    fitted
        Synthetic path including the intercept, shape (P, T).
    intercepts
        Mean of the target minus mean of its synthetic path, shape (P,); zero without intercept.
    rmspe
        Root mean squared difference of target and synthetic path, shape (P,), in the unit of the paths; exactly zero
        where the target lies in the hull.
    gap
        Frank-Wolfe duality gap of the squared distance, shape (P,), at most `GAP_BOUND`. It is relative: the squared
        distance exceeds the least possible one by no more than this times (the donors' distance from the target:
        median or weighted mean, whichever is larger) x (largest distance of a donor from the synthetic path).
    inside
        Whether the target lies in the donors' hull up to rounding, so that it is met exactly, shape (P,).
    unique
        Whether no other weights are optimal, shape (P,).
    iterations
        Active-set steps after the first search, shape (P,); zero where that search was already exact.
    """

    weights: Floats
    fitted: Floats
    intercepts: Floats
    rmspe: Floats
    gap: Floats
    inside: NDArray[np.bool_]
    unique: NDArray[np.bool_]
    iterations: NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class _Scaled:
    """Paths in their own order, brought to size one by a power of two, without their means if wanted.

    `rounding` is the size of each path's rounding error; units with the very same path share a number in `twins`.
    """

    paths: Floats
    rounding: Floats
    twins: NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class _Single:
    """One solved problem, in the scaled paths."""

    place: SyntheticPoint
    face: Face
    steps: int
    sound: bool


def solve_simplex_batch(
    paths: ArrayLike, targets: ArrayLike, donors: ArrayLike, *, intercept: bool = False
) -> SimplexSolution:
    """Fit each target by a convex combination of its donors.

    Parameters
    ----------
    paths
        Outcomes of n units over the T periods to be fitted, shape (n, T). Several outcomes, or rows of predictors,
        are fitted jointly by putting their scaled columns side by side.
    targets
        Row of the target of each of P problems, shape (P,).
    donors
        Who may carry weight in which problem, shape (P, n), boolean; never the target itself.
    intercept
        Whether to fit paths relative to their own means, so that only their shapes have to agree.

    Returns
    -------
    SimplexSolution

    Raises
    ------
    MethodError
        If shapes do not fit, a path in use is not finite, or a problem has no donor or itself as one.

    Notes
    -----
    Weights do not depend on the order of units, bit by bit: units are brought into an order of their own (by their
    paths) before solving. Multiplying all paths by a power of two changes no weight either.

    Examples
    --------
    Two donors lie on either side of the target, the third far away:

    >>> import numpy as np
    >>> paths = np.array([[1.0, 2.0], [0.0, 1.0], [2.0, 3.0], [9.0, 9.0]])
    >>> solution = solve_simplex_batch(paths, [0], [[False, True, True, True]])
    >>> print(solution.weights.round(6), solution.rmspe, solution.unique)
    [[0.  0.5 0.5 0. ]] [0.] [ True]
    """
    outcomes, rows, masks = checked_problems(paths, targets, donors)
    order = own_order(outcomes)
    scaled = _scale(outcomes[order], intercept=intercept)
    place = np.argsort(order)
    count, units = masks.shape
    weights = np.zeros((count, units))
    gap, unique, steps = np.empty(count), np.empty(count, dtype=bool), np.empty(count, dtype=np.intp)
    inside = np.empty(count, dtype=bool)
    sorted_masks = masks[:, order]
    for p in range(count):
        members = np.flatnonzero(sorted_masks[p])
        single = _solve(scaled, int(place[rows[p]]), members)
        weights[p, order[members]] = single.place.weights
        gap[p], unique[p], steps[p] = single.place.relative_gap, single.face.unique, single.steps
        inside[p] = single.face.inside
        if not single.sound:
            raise MethodError(
                f"the weights of problem {p} (row {rows[p]}) end at a relative duality gap of {gap[p]:.1e}.",
                allowed=f"at most {GAP_BOUND:.0e}",
                todo="report the data as a defect of the solver",
            )
    return _solution(outcomes, rows, weights, gap, inside, unique, steps, intercept=intercept)


def functional_range(
    paths: ArrayLike, target: int, donors: ArrayLike, values: ArrayLike, *, intercept: bool = False
) -> tuple[float, float]:
    """Return the least and the largest weighted sum of `values` over all optimal weights of one problem.

    With `values` the donors' post-period means (less their pre-period means where there is an intercept), it says
    whether an effect depends on the choice among optimal weights.

    Parameters
    ----------
    paths, target, donors, intercept
        One problem as in `solve_simplex_batch`; `donors` has shape (n,).
    values
        One value per unit, shape (n,); read for donors only.

    Returns
    -------
    tuple of float
        Equal to each other where the weights are unique.

    Raises
    ------
    MethodError
        As `solve_simplex_batch`, or if a donor's value is not finite.

    Examples
    --------
    The target 1 is met by the second donor alone or by the two around it, which later go another way:

    >>> import numpy as np
    >>> paths = np.array([[1.0], [0.0], [1.0], [2.0]])
    >>> low, high = functional_range(paths, 0, [False, True, True, True], [0.0, 5.0, 1.0, 5.0])
    >>> print(round(low, 9), round(high, 9))
    1.0 5.0
    """
    outcomes, rows, masks = checked_problems(paths, [target], np.asarray(donors)[None])
    wanted = np.asarray(values, dtype=np.float64)
    if wanted.shape != (len(outcomes),) or not np.isfinite(wanted[masks[0]]).all():
        raise MethodError(f"values have shape {wanted.shape}.", allowed=f"{len(outcomes)} values, finite for donors")
    order = own_order(outcomes)
    scaled = _scale(outcomes[order], intercept=intercept)
    members = np.flatnonzero(masks[0, order])
    single = _solve(scaled, int(np.argsort(order)[rows[0]]), members)
    own = wanted[order[members]]
    if single.face.unique:
        value = float(single.place.weights @ own)
        return value, value
    return linear_range(single.face, single.place.weights[single.face.rows], own[single.face.rows])


def _scale(outcomes: Floats, *, intercept: bool) -> _Scaled:
    paths = np.ldexp(outcomes, -exponent(outcomes))
    twins = np.cumsum(np.r_[False, (outcomes[1:] != outcomes[:-1]).any(axis=1)])
    rounding = 2 * EPS * np.sqrt(outcomes.shape[1]) * np.abs(paths).max(axis=1)
    if intercept:
        paths = paths - paths.mean(axis=1, keepdims=True)
    return _Scaled(paths, rounding, twins)


def _solve(scaled: _Scaled, target: int, members: NDArray[np.intp]) -> _Single:
    paths, aim = scaled.paths[members], scaled.paths[target]
    noise, own_noise = scaled.rounding[members], float(scaled.rounding[target])
    # From the nearest donor, so that digits all paths share are not a burden.
    base = paths[np.argmin(row_norms(paths - aim))]
    points, aim = paths - base, aim - base
    points[row_norms(points) <= noise] = 0.0
    if np.linalg.norm(aim) <= own_noise:
        aim = np.zeros_like(aim)
    place, steps = nearest_point(points, aim)
    face = optimal_face(place, noise, own_noise)
    if not face.unique:
        weights = np.zeros(len(members))
        weights[face.rows] = shortest_weights(face, place.weights[face.rows])
        weights = _shared(weights, scaled.twins[members])
        place = locate(points, aim, place.distances, weights / weights.sum())
    sound = place.relative_gap <= GAP_BOUND or place.gap <= _gap_by_rounding(place, noise, own_noise)
    return _Single(place, face, steps, sound)


def _gap_by_rounding(place: SyntheticPoint, noise: Floats, own_noise: float) -> float:
    """Return the gap that errors of the paths alone can make, even at the best weights."""
    miss = own_noise + float(place.weights @ noise)
    return 2 * float((np.linalg.norm(place.x) * noise + place.lengths * miss).max())


def _shared(weights: Floats, twins: NDArray[np.intp]) -> Floats:
    """Give donors with the very same path the very same weight: theirs differ in the last digit only."""
    _, groups, sizes = np.unique(twins, return_inverse=True, return_counts=True)
    means: Floats = np.bincount(groups, weights) / sizes
    return means[groups]


def _solution(
    outcomes: Floats,
    rows: NDArray[np.intp],
    weights: Floats,
    gap: Floats,
    inside: NDArray[np.bool_],
    unique: NDArray[np.bool_],
    steps: NDArray[np.intp],
    *,
    intercept: bool,
) -> SimplexSolution:
    fitted, intercepts, rmspe = fit_before(outcomes, rows, weights, intercept=intercept)
    rmspe[inside] = 0.0
    for array in (weights, fitted, intercepts, rmspe, gap, inside, unique, steps):
        array.setflags(write=False)
    return SimplexSolution(weights, fitted, intercepts, rmspe, gap, inside, unique, steps)
