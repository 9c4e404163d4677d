"""Search for the predictors' importance: the V whose synthetic control predicts best what it was not fitted on.

One problem at a time, in plain arrays. The error as a function of V is continuous but neither convex nor smooth: it
bends wherever a donor enters or leaves. Many points are tried, the best of every set of donors is improved.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.evaluate.few.distance import least_distance

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["LEAST", "Stage", "exchangeable", "most_even", "normalised", "search"]

LEAST = 1e-8
"""Least importance of a predictor relative to the largest one; at zero weights would be left to chance."""

_FLOOR = float(np.log(LEAST))
_CORNER = -6.0  # the other predictors where the search starts from one of them alone, in logarithms
# Per predictor:
_POINTS = 170  # points of a Halton sequence, spread over the logarithms of V
_KEPT = 2  # sets of donors from whose best point the search goes on
_STEPS = 50  # evaluations from each start
_AGAIN = 80  # evaluations of each further search from the best ends
_ROUNDS = 2
_BEST = 2
_POSITIVE = 1e-9
_RANK = 1e-10


@dataclass(frozen=True, eq=False)
class Stage:
    """One target and its m donors: scaled predictors, and outcomes to be predicted.

    Attributes
    ----------
    offsets
        Donors' predictors less the target's, each in units of its standard deviation, shape (m, F).
    gaps
        Donors' outcomes of the validation periods less the target's, shape (m, Tv).
    """

    offsets: Floats
    gaps: Floats

    @cached_property
    def _squares(self) -> Floats:
        squares: Floats = self.offsets**2
        return squares

    @cached_property
    def _solver(self) -> Callable[[Floats, Floats], tuple[Floats, float]]:
        from scipy.optimize import nnls

        solver: Callable[[Floats, Floats], tuple[Floats, float]] = nnls
        return solver

    def weights(self, importance: Floats) -> Floats:
        """Return the donors' weights by V, shape (m,); some of them where they are not unique."""
        count = len(self.offsets)
        squares = self._squares @ importance
        distances = np.sqrt(squares)
        level = _middle(distances) or float(distances.max())
        if level == 0.0:
            return np.full(count, 1.0 / count)
        # A homogeneous form of least squares over the simplex: see `nearest`, which solves it to the last digits.
        lengths = np.sqrt(squares + level * level)
        system = np.empty((len(importance) + 1, count))
        np.multiply(self.offsets.T, np.sqrt(importance)[:, None] / lengths, out=system[:-1])
        np.divide(level, lengths, out=system[-1])
        aim = np.zeros(len(system))
        aim[-1] = 1.0
        try:
            scaled, _ = self._solver(system, aim)
        except RuntimeError:  # it ran out of steps
            scaled = np.zeros(count)
        if not scaled.any():
            scaled[int(np.argmin(distances))] = 1.0
        found = scaled / lengths
        shares: Floats = found / found.sum()
        return shares

    def error(self, importance: Floats) -> float:
        """Return the mean squared error over the validation periods."""
        miss = self.weights(importance) @ self.gaps
        return float(miss @ miss) / len(miss)


def _middle(values: Floats) -> float:
    half = len(values) // 2
    return float(np.partition(values, half)[half])


def normalised(logarithms: Floats) -> Floats:
    """Return V for its logarithms: the sum is one, no entry less than `LEAST` of the largest."""
    powers = np.exp(np.maximum(logarithms - logarithms.max(), _FLOOR))
    total: Floats = powers / powers.sum()
    return total


def search(stage: Stage, regression: Floats) -> Floats:
    """Return the ends of the search, best first, shape (E, F); rows sum to one.

    Starts are equal importance, each predictor almost alone, importance by regression, and some of the points of a
    Halton sequence: of those that put weight on the same donors the best one, for the best sets of donors. Each is
    improved by Nelder and Mead's method. Nothing is random.

    Parameters
    ----------
    stage
        The problem.
    regression
        Importance by regression coefficients, shape (F,).
    """
    count = len(regression)
    scale = float(np.mean(stage.gaps**2)) or 1.0
    starts = [*_named(regression), *_spread(stage, count)]
    ends = [_improved(stage, start, scale, step=2.0, most=_STEPS * count) for start in starts]
    for _ in range(_ROUNDS):
        ends.sort(key=lambda end: end[0])
        for k, (error, point) in enumerate(ends[:_BEST]):
            again = _improved(stage, point, scale, step=1.0, most=_AGAIN * count)
            ends[k] = min((error, point), again, key=lambda end: end[0])
    ends.sort(key=lambda end: end[0])
    return np.array([normalised(point) for _, point in ends])


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

    points: Floats = (
        qmc.Halton(count, scramble=False).random(_POINTS * count + 1)[1:] * _FLOOR
    )  # the first one is equal
    errors = np.array([stage.error(normalised(point)) for point in points])
    chosen: dict[bytes, Floats] = {}
    for i in np.argsort(errors, kind="stable"):
        chosen.setdefault((stage.weights(normalised(points[i])) > _POSITIVE).tobytes(), points[i])
        if len(chosen) == _KEPT * count:
            break
    return list(chosen.values())


def _improved(stage: Stage, start: Floats, scale: float, *, step: float, most: int) -> tuple[float, Floats]:
    from scipy.optimize import minimize

    def error(point: Floats) -> float:
        return stage.error(normalised(point)) / scale

    origin: Floats = np.maximum(start - start.max(), _FLOOR)
    # Away from the border, so that the first simplex is not flat.
    simplex = np.vstack([origin, origin + np.diag(np.where(origin + step > 0, -step, step))])
    found = minimize(
        error,
        origin,
        method="Nelder-Mead",
        options={"initial_simplex": simplex, "maxfev": most, "xatol": 1e-4, "fatol": 1e-12},
    )
    return float(found.fun), np.maximum(found.x - found.x.max(), _FLOOR)


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
    return pulls, weights > _POSITIVE


def _floored(importance: Floats) -> Floats:
    raised = np.maximum(importance, LEAST * importance.max())
    total: Floats = raised / raised.sum()
    return total
