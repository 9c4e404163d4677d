"""Search for the predictors' importance: the V whose synthetic control predicts best what it was not fitted on.

One problem at a time, in plain arrays. The error as a function of V is continuous but neither convex nor smooth: it
bends wherever a donor enters or leaves. Many points are tried, the best of every set of donors is improved.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pilotzone.evaluation.few.predictors.descent import descended
from pilotzone.evaluation.few.predictors.stage import FLOOR, LEAST, POSITIVE, Stage, normalised, shares_on
from pilotzone.evaluation.few.weights.distance import least_distance

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    End = tuple[float, Floats]

__all__ = ["exchangeable", "improved", "most_even", "search"]

_CORNER = -6.0  # the other predictors where the search starts from one of them alone, in logarithms
_POINTS = 60  # points of a Halton sequence for each predictor, spread over the logarithms of V
_KEPT = 16  # sets of donors from whose best point the search goes on
_FIRST = 25  # evaluations from each start
_LAST = 100  # evaluations from the best ends of these
_BEST = 8  # ends that are followed
_AGAIN = 40  # evaluations for each predictor of a search without slopes
_ROUNDED = 2  # ends that are searched from so
_TIED = 1e-7  # errors that differ by less, relative to their size, are of one end
_RANK = 1e-10


def search(stage: Stage, regression: Floats) -> Floats:
    """Return the ends of the search, best first, shape (E, F); rows sum to one.

    Starts are equal importance, each predictor almost alone, importance by regression, the V that comes nearest to
    making the weights optimal that would leave the least error whatever the predictors, and some of the points of a
    Halton sequence: of those that put weight on the same donors the best one, for the best sets of donors. From each
    the error is followed downhill for a while; from the best ends on, and from the V's that come nearest to the best
    weights on the donors of each, to the end. The very best are improved by Nelder and Mead's method, which needs no
    slopes and so gets past bends. Nothing is random.

    Parameters
    ----------
    stage
        The problem.
    regression
        Importance by regression coefficients, shape (F,).
    """
    count = len(regression)
    scale = float(np.mean(stage.gaps**2)) or 1.0
    starts = [*_named(regression), *_spread(stage, count), *_towards(stage, np.arange(len(stage.gaps)))]
    ends = _distinct([descended(stage, start, scale, _FIRST) for start in starts], _BEST)
    ends = [descended(stage, point, scale, _LAST) for _, point in ends]
    sets = {np.flatnonzero(stage.weights(normalised(point)) > POSITIVE).tobytes(): None for _, point in ends}
    others = [start for item in sets for start in _towards(stage, np.frombuffer(item, dtype=np.intp))]
    ends = _distinct([*ends, *(descended(stage, start, scale, _LAST) for start in others)], len(ends) + len(others))
    for k, end in enumerate(ends[:_ROUNDED]):
        again = improved(stage, end[1], scale, step=1.0, most=_AGAIN * count)
        last = descended(stage, again[1], scale, _LAST)
        ends[k] = min((end, again, last), key=lambda item: item[0])
    ends.sort(key=lambda item: item[0])
    return np.array([normalised(point) for _, point in ends])


def _distinct(ends: Sequence[End], most: int) -> list[End]:
    """Return ends by their error, of those with the same error one."""
    found: list[End] = []
    for end in sorted(ends, key=lambda item: item[0]):
        if not found or end[0] - found[-1][0] > _TIED * found[-1][0]:
            found.append(end)
    return found[:most]


def _towards(stage: Stage, donors: NDArray[np.intp]) -> list[Floats]:
    """Return the V, in logarithms, that comes nearest to making optimal the best weights on some donors, if any."""
    from scipy.optimize import linprog

    weights = np.zeros(len(stage.gaps))
    weights[donors] = shares_on(stage.gaps[donors])
    pulls, used = _pulls(stage.offsets, weights)
    count = pulls.shape[1]
    rows = np.vstack([-pulls, pulls[used]])
    # The last variable is by how much the conditions are missed.
    system = np.column_stack([rows, np.full(len(rows), -1.0)])
    goal, whole = np.zeros(count + 1), np.ones((1, count + 1))
    goal[-1], whole[0, -1] = 1.0, 0.0
    bounds = [(0.0, 1.0)] * count + [(0.0, None)]
    found = linprog(goal, system, np.zeros(len(rows)), whole, [1.0], bounds=bounds, method="highs")
    if found.x is None:
        return []
    importance = np.maximum(found.x[:count], 1e-6)  # away from the border
    return [np.log(importance / importance.max())]


def _named(regression: Floats) -> Floats:
    """Return equal importance, each predictor almost alone, and importance by regression, in logarithms."""
    count = len(regression)
    corners = np.where(np.eye(count, dtype=bool), 0.0, _CORNER)
    largest = float(regression.max())
    slope = np.log(np.maximum(regression / largest, LEAST)) if largest > 0 else np.zeros(count)
    return np.vstack([np.zeros(count), corners, slope])


def _spread(stage: Stage, count: int) -> list[Floats]:
    """Return the best point of each of the best sets of donors, of points spread over all V."""
    from scipy.stats import qmc

    # The first point is equal importance.
    points: Floats = qmc.Halton(count, scramble=False).random(_POINTS * count + 1)[1:] * FLOOR
    weights = np.array([stage.weights(normalised(point)) for point in points])
    errors = ((weights @ stage.gaps) ** 2).sum(axis=1)
    chosen: dict[bytes, Floats] = {}
    for i in np.argsort(errors, kind="stable"):
        chosen.setdefault((weights[i] > POSITIVE).tobytes(), points[i])
        if len(chosen) == _KEPT:
            break
    return list(chosen.values())


def improved(stage: Stage, start: Floats, scale: float, *, step: float, most: int) -> End:
    """Return where Nelder and Mead's method ends, with the error before it: arguments as in `descended`.

    `step` is the size of the first simplex, in logarithms of V.
    """
    from scipy.optimize import minimize

    def error(point: Floats) -> float:
        return stage.error(normalised(point)) / scale

    origin: Floats = np.maximum(start - start.max(), FLOOR)
    # Away from the border, so that the first simplex is not flat.
    simplex = np.vstack([origin, origin + np.diag(np.where(origin + step > 0, -step, step))])
    found = minimize(
        error,
        origin,
        method="Nelder-Mead",
        options={"initial_simplex": simplex, "maxfev": most, "xatol": 1e-4, "fatol": 1e-12},
    )
    return float(found.fun), np.maximum(found.x - found.x.max(), FLOOR)


def exchangeable(offsets: Floats, weights: Floats, importance: Floats) -> Floats:
    """Return V's that lead to the same weights as a given one: for each predictor the least and the largest of its own.

    Weights are optimal for V exactly if no donor pulls: conditions that are linear in V, so that the V's with the same
    weights, and so the same validation error, form a polytope (Kloessner, Kaul, Pfeifer and Schieler 2018; Becker,
    Kloessner and Pfeifer 2018). The extremes of each predictor's importance are found by linear programming.

    Parameters
    ----------
    offsets
        As in `Stage`, shape (m, F).
    weights
        Optimal weights, shape (m,).
    importance
        A V for which they are, shape (F,).

    Returns
    -------
    ndarray
        Shape (E, F), E up to 2 F; rows sum to one.
    """
    from scipy.optimize import linprog

    pulls, used = _pulls(offsets, weights)
    slack = np.abs(pulls[used] @ importance).max() + 1e-12
    system = np.vstack([-pulls, pulls[used]])
    bound = np.full(len(system), slack)
    count = offsets.shape[1]
    found = []
    for goal in np.vstack([np.eye(count), -np.eye(count)]):
        end = linprog(goal, system, bound, np.ones((1, count)), [1.0], bounds=(0.0, 1.0), method="highs")
        if end.x is not None:
            found.append(_floored(end.x))
    return np.array(found).reshape(-1, count)


def most_even(offsets: Floats, weights: Floats, importance: Floats) -> Floats:
    """Return, of the V's that lead to the same weights as a given one, the V nearest to equal importance.

    It is unique, and depends on the weights alone. The conditions are those of `exchangeable`; the nearest point that
    meets them is found by least distance programming (Lawson and Hanson 1974), which is non-negative least squares.

    Parameters
    ----------
    offsets, weights, importance
        As in `exchangeable`.
    """
    pulls, used = _pulls(offsets, weights)
    count = offsets.shape[1]
    fixed = np.vstack([np.ones(count), pulls[used]])  # these stay what they are
    _, sizes, right = np.linalg.svd(fixed)
    basis = right[int(np.sum(sizes > _RANK * sizes[0])) :].T
    if not basis.shape[1]:
        return importance
    nearest = importance - basis @ (basis.T @ (importance - 1 / count))
    # Changes along the basis, as small as possible, that leave no pull and no importance below zero.
    system = np.vstack([pulls[~used], np.eye(count)])
    bound = np.concatenate([np.zeros(int(np.sum(~used))), np.full(count, LEAST)]) - system @ nearest
    change = least_distance(system @ basis, bound)
    return importance if change is None else _floored(nearest + basis @ change)


def _pulls(offsets: Floats, weights: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    """Return a row per donor which, times V, must not be negative and zero where there is weight; and where that is."""
    point = weights @ offsets
    pulls = (offsets - point) * point
    size = np.abs(pulls).max(axis=1)
    pulls /= np.where(size > 0, size, 1.0)[:, None]
    return pulls, weights > POSITIVE


def _floored(importance: Floats) -> Floats:
    raised = np.maximum(importance, LEAST * importance.max())
    total: Floats = raised / raised.sum()
    return total
