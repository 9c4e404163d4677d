"""Synthetic control on predictors, their importance chosen by how well an earlier fit predicts later outcomes.

Abadie, Diamond and Hainmueller (2015): the periods before the zone are split. Weights fitted on predictors of the
training part, with importance V, predict the outcome of the validation part; the V that predicts it best then weighs
the predictors of the later part in the final fit. Where training and final predictors are the same and validation is
the whole path before, V is chosen in sample, as Abadie and Gardeazabal (2003) and Abadie, Diamond and Hainmueller
(2010) do. The module knows rows and columns, no panels.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import MethodError, listing
from pilotzone.evaluation.few.predictors.characteristics import Characteristics, halves
from pilotzone.evaluation.few.predictors.importance import exchangeable, most_even, search
from pilotzone.evaluation.few.predictors.stage import Stage
from pilotzone.evaluation.few.weights.material import Solved
from pilotzone.evaluation.few.weights.nearest import EPS
from pilotzone.evaluation.few.weights.problems import checked_problems, exponent, fit_before, own_order
from pilotzone.evaluation.few.weights.simplex import functional_range, solve_simplex_batch

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from pilotzone.evaluation.few.weights.material import Material

    Floats = NDArray[np.float64]
    Mask = NDArray[np.bool_]
    Rows = NDArray[np.intp]

__all__ = ["PredictorSolution", "fit_on_predictors", "solve_predictor_batch"]

_TIED = 1e-6
"""Validation errors (RMSPE) that differ by less than this share of the least one are equal."""


_ROUNDED = 8
"""Differences between units over the rounding error of a predictor: none."""


@dataclass(frozen=True, eq=False)
class PredictorSolution:
    """Weights of P problems over n units and F predictors; all arrays are read-only.

    Attributes
    ----------
    weights
        Shape (P, n): not negative, rows sum to one, zero for units that are not donors of the problem.
    importance
        V of each problem, shape (P, F): positive, rows sum to one.
    validation_rmspe
        Root mean squared error over the validation periods of the weights fitted on the training part, shape (P,).
    gap, unique
        Duality gap of the final fit with that V, and whether no other weights are optimal for it, shape (P,).
    validated
        Weights of the training fit, shape (P, n).
    training, fitted, validation
        What was given, in arrays.
    targets, donors
        The problems.
    """

    weights: Floats
    importance: Floats
    validation_rmspe: Floats
    gap: Floats
    unique: NDArray[np.bool_]
    validated: Floats
    training: Floats
    fitted: Floats
    validation: Floats
    targets: NDArray[np.intp]
    donors: Mask

    def tied_importance(self, place: int) -> Floats:
        """Return V's that predict the validation periods of one problem as well as its own V, that one first.

        Shape (E, F). The others are the extremes of each predictor's importance among the V's with the same training
        weights; between them lie all the others of these.
        """
        target, members = int(self.targets[place]), self.donors[place]
        own: Floats = self.importance[place]
        if len(own) == 1:
            return np.ones((1, 1))
        offsets = _offsets(self.training, target, members)
        others = exchangeable(offsets, self.validated[place, members], own)
        return np.vstack([own, *(other for other in others if self._ties(place, other))])

    def _ties(self, place: int, importance: Floats) -> bool:
        target, members = int(self.targets[place]), self.donors[place]
        error, _ = _validated(self.training, self.validation, target, members, importance)
        return error <= float(self.validation_rmspe[place]) * (1 + _TIED)

    def value_range(self, place: int, values: ArrayLike) -> tuple[float, float]:
        """Return the least and largest weighted sum of `values`, shape (n,), over tied V's and all optimal weights."""
        target, members = int(self.targets[place]), self.donors[place]
        ranges = [
            functional_range(_weighed(self.fitted, target, members, importance), target, members, values)
            for importance in self.tied_importance(place)
        ]
        return min(low for low, _ in ranges), max(high for _, high in ranges)


def solve_predictor_batch(
    training: ArrayLike,
    fitted: ArrayLike,
    validation: ArrayLike,
    targets: ArrayLike,
    donors: ArrayLike,
    *,
    importance: ArrayLike | None = None,
) -> PredictorSolution:
    """Fit each target on predictors, and choose their importance by validation.

    Parameters
    ----------
    training
        Predictors of n units over the training part, shape (n, F).
    fitted
        The same predictors over the later part, shape (n, F).
    validation
        Outcomes of the validation periods, shape (n, Tv).
    targets
        Row of the target of each of P problems, shape (P,).
    donors
        Who may carry weight in which problem, shape (P, n), boolean; never the target itself.
    importance
        V of every problem, shape (F,), or of each, shape (P, F); chosen if left out.

    Returns
    -------
    PredictorSolution

    Raises
    ------
    MethodError
        As `solve_simplex_batch`; or if the three tables do not go together, or V is not positive.

    Notes
    -----
    In each stage a predictor is divided by its standard deviation (with n - 1) over the target and its donors. The
    weights given V are those of `solve_simplex_batch` on the predictors times the square root of V, which are exact.
    The search for V is not: its problem is not convex, and a V that predicts better may exist. It depends on nothing
    but the figures: neither the order of units or predictors nor the predictors' units of measure matters, save for
    the last digits.

    Usually many V's lead to the same training weights, and so to the same validation error, but to different final
    weights (Becker, Kloessner and Pfeifer 2018). Of these the V nearest to equal importance is taken, and
    `PredictorSolution.value_range` says what the others would give. Where the donors meet the target on all training
    predictors, weights hardly depend on V, and all predictors are equally important.

    Examples
    --------
    The second predictor is noise; what the first one says of the outcome holds later too:

    >>> import numpy as np
    >>> level = np.array([2.0, 1.0, 3.0, 5.0])
    >>> noise = np.array([0.0, 9.0, 7.0, 1.0])
    >>> before = np.column_stack([level, noise])
    >>> solution = solve_predictor_batch(before, before, level[:, None], [0], [[False, True, True, True]])
    >>> float(solution.importance[0, 0].round(2)), float(solution.validation_rmspe[0].round(6))
    (1.0, 0.0)
    """
    tables = [np.asarray(item, dtype=np.float64) for item in (training, fitted, validation)]
    if any(item.ndim != 2 for item in tables) or tables[0].shape != tables[1].shape:  # noqa: PLR2004 - tables
        shapes = ", ".join(str(item.shape) for item in tables)
        raise MethodError(
            f"training, fitted and validation have shapes {shapes}.",
            allowed="(units, predictors) twice, and (units, validation periods)",
        )
    if len(tables[2]) != len(tables[0]) or not tables[0].shape[1] or not tables[2].shape[1]:
        raise MethodError(
            "training, fitted and validation do not have the same units.",
            allowed="one row per unit in each, at least one predictor and one validation period",
        )
    joined, rows, masks = checked_problems(np.hstack(tables), targets, donors)
    order = own_order(joined)
    count = tables[0].shape[1]
    early, late, outcomes = joined[:, :count], joined[:, count : 2 * count], joined[:, 2 * count :]
    given = None if importance is None else _checked_importance(importance, len(rows), count)
    problems = []
    for p, row in enumerate(rows):
        members = order[masks[p, order]]
        best = _chosen(early, outcomes, int(row), members) if given is None else given[p]
        miss, before = _validated(early, outcomes, int(row), masks[p], best)
        found = solve_simplex_batch(_weighed(late, int(row), masks[p], best), [row], masks[[p]])
        problems.append((found.weights[0], best, miss, found.gap[0], found.unique[0], before))
    weights, chosen, error, gap, unique, validated = (np.array(part) for part in zip(*problems, strict=True))
    for array in (weights, chosen, error, gap, unique, validated, early, late, outcomes):
        array.setflags(write=False)
    return PredictorSolution(weights, chosen, error, gap, unique, validated, early, late, outcomes, rows, masks)


def _checked_importance(importance: ArrayLike, problems: int, count: int) -> Floats:
    given: Floats = np.asarray(importance, dtype=np.float64)
    if given.shape not in ((count,), (problems, count)) or not (np.isfinite(given) & (given > 0)).all():
        raise MethodError(
            f"importance is {importance!r}.", allowed=f"{count} positive numbers, or as many for each problem"
        )
    return np.broadcast_to(given / given.sum(axis=-1, keepdims=True), (problems, count))


def _scale(table: Floats, target: int, members: NDArray[np.intp] | Mask) -> Floats:
    """Return the standard deviation of each predictor over the target and its donors; infinite where they agree."""
    rows = np.vstack([table[[target]], table[members]])
    rows = rows[own_order(rows)]  # so that the order of units cannot change a digit
    size = np.abs(rows).max(axis=0)
    power = np.frexp(size)[1]  # squares of very small or large figures would be lost
    spread = np.ldexp(np.ldexp(rows, -power).std(axis=0, ddof=1), power)
    # Means of the same figures differ in their last digit, which must not count as much as a predictor that varies.
    agree = np.ptp(rows, axis=0) <= _ROUNDED * EPS * size
    return np.where(agree, np.inf, spread)


def _offsets(table: Floats, target: int, members: NDArray[np.intp] | Mask) -> Floats:
    offsets: Floats = (table[members] - table[target]) / _scale(table, target, members)
    return offsets


def _weighed(table: Floats, target: int, members: Mask, importance: Floats) -> Floats:
    """Return predictors less the target's, scaled and times the square root of V, for all n units."""
    weighed: Floats = (table - table[target]) / _scale(table, target, members) * np.sqrt(importance)
    return weighed


def _validated(early: Floats, outcomes: Floats, target: int, members: Mask, importance: Floats) -> tuple[float, Floats]:
    """Return the error over the validation periods, and the weights of the training fit."""
    found = solve_simplex_batch(_weighed(early, target, members, importance), [target], members[None])
    miss = found.weights[0] @ (outcomes - outcomes[target])
    power = exponent(miss)
    return float(np.ldexp(np.sqrt(np.mean(np.ldexp(miss, -power) ** 2)), power)), found.weights[0]


def _chosen(early: Floats, outcomes: Floats, target: int, members: NDArray[np.intp]) -> Floats:
    """Return the V of least validation error that the search finds."""
    count = early.shape[1]
    equal = np.full(count, 1.0 / count)
    mask = np.zeros(len(early), dtype=bool)
    mask[members] = True
    if count == 1 or solve_simplex_batch(_weighed(early, target, mask, equal), [target], mask[None]).inside[0]:
        return equal
    offsets = _offsets(early, target, members)
    # Predictors in an order of their own, so that the order they are named in cannot matter.
    columns = np.lexsort(np.abs(offsets)[::-1])
    gaps = outcomes[members] - outcomes[target]
    stage = Stage(offsets[:, columns], np.ldexp(gaps, -exponent(gaps)))
    ends = search(stage, _by_regression(offsets[:, columns], stage.gaps))
    back = np.argsort(columns)
    candidates = [equal, *(end[back] for end in ends)]
    found = [_validated(early, outcomes, target, mask, item) for item in candidates]
    best = int(np.argmin([error for error, _ in found]))
    error, weights = found[best]
    # Where V is open, the most even one: else it would be where the search happened to end.
    even = most_even(offsets, weights[members], candidates[best])
    again, _ = _validated(early, outcomes, target, mask, even)
    return even if again <= error * (1 + _TIED) else candidates[best]


def _by_regression(offsets: Floats, gaps: Floats) -> Floats:
    """Return the summed squared coefficients of regressions of the outcomes on the scaled predictors, shape (F,)."""
    rows = np.vstack([np.zeros(offsets.shape[1]), offsets])
    outcomes = np.vstack([np.zeros(gaps.shape[1]), gaps])
    system = np.column_stack([np.ones(len(rows)), rows])
    slopes: Floats = np.linalg.lstsq(system, outcomes, rcond=None)[0][1:]
    squares: Floats = (slopes**2).sum(axis=1)
    return squares


def fit_on_predictors(material: Material, targets: Rows, masks: Mask) -> Solved:
    """Fit targets on the means of predictors, their importance chosen by validation or in sample, or given."""
    beside, early = material.beside, material.early
    if not isinstance(beside, Characteristics):
        raise MethodError("there are no predictors to fit on.", allowed="predictors with the estimator 'sc_predictors'")
    fitted = [period for period, kept in zip(material.periods, material.before, strict=True) if kept]
    training, final = beside.means(fitted)
    used: Mask = np.zeros(len(early), dtype=np.bool_)
    used[targets] = True
    used |= masks.any(axis=0)
    missing = np.isnan(np.hstack([training, final])).any(axis=1) & used
    if missing.any():
        reasons = {beside.lacking(int(row), fitted) for row in np.flatnonzero(missing)}
        raise MethodError(f"{listing(sorted(reasons), most=2)}, up to {fitted[-1]}.")
    given = None if isinstance(beside.importance, str) else beside.importance
    first = len(halves(fitted)[0]) if beside.staged else 0
    found = solve_predictor_batch(training, final, early[:, first:], targets, masks, importance=given)
    _, _, rmspe = fit_before(early, targets, found.weights, intercept=False)
    zero = np.zeros(len(targets))
    return Solved(found.weights, zero, rmspe, found.gap, found.unique, early, on_predictors=found)
