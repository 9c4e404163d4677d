"""Matrix completion with a nuclear norm (Athey and others 2021) for many targets.

The target's later outcomes count as missing and are filled in: by a level of each unit, a level of each period, neither
of them penalised, and a matrix whose singular values are penalised by their sum. There are no donor weights.

Singular values are cut again and again (soft-impute: Mazumder, Hastie and Tibshirani 2010), with the steps of Beck and
Teboulle (2009), until the duality gap says that nothing is left to gain. Tests hold the result to diff-diff's, whose
`TROP` with all weights equal is the same estimator; why it is not used here stands in ADR 0011.

One penalty serves all targets. It is chosen on fitted periods alone: a group of units has its last fitted periods
hidden, which the rest has to predict, group after group.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import MethodError
from pilotzone.evaluation.few.weights.problems import checked_periods, checked_problems, own_order

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray

    from pilotzone.evaluation.few.weights.material import Material

    Floats = NDArray[np.float64]
    Mask = NDArray[np.bool_]
    Rows = NDArray[np.intp]

__all__ = ["CompletionSolution", "complete", "solve_completion_batch"]

_GROUPS = 5
_PENALTIES = 11
_RISES = 3  # penalties in a row, each worse than the one before, after which no smaller one is tried
_ROUNDING = 1e-12  # a distance from parallel paths, in units of their size, that is none
_ROUGH = 1e-6  # relative duality gap while penalties are compared
_FINE = 1e-9
_STEPS = 50_000
_LOOK = 10  # steps from one look at the gap to the next


@dataclass(frozen=True, eq=False)
class CompletionSolution:
    """Estimates of P problems over n units and T periods; all arrays are read-only.

    Attributes
    ----------
    effects
        Mean effect over the periods after, shape (P,), in the unit of the paths.
    completed
        The target's fitted path before and the path filled in after, shape (P, T); NaN in periods not read.
    rmspe
        Root mean squared distance of the target before from its fitted path, shape (P,). Its own outcomes before are
        part of the fit, so that this says less than with donor weights.
    penalty
        On the sum of singular values, beside half of the sum of squared distances: the size by which singular values
        are cut, in the unit of the paths. The papers' penalty on the mean of squares is 2 penalty / (cells observed).
        Infinite where levels alone predict best, which is difference-in-differences.
    rank
        Singular values of each problem's matrix that are not cut to zero, shape (P,).
    gap
        Duality gap of each problem relative to its objective, shape (P,): the objective lies above the least one by no
        more than that share.
    tried, errors
        Penalties compared, falling, and the mean squared error of each on hidden outcomes, shape (G,); empty if the
        penalty was given or there was nothing to hide.
    """

    effects: Floats
    completed: Floats
    rmspe: Floats
    penalty: float
    rank: NDArray[np.intp]
    gap: Floats
    tried: Floats
    errors: Floats


@dataclass(frozen=True, eq=False)
class _Fit:
    """Levels and matrix, units in rows, and the duality gap relative to the objective."""

    levels: Floats
    matrix: Floats
    gap: float

    @property
    def values(self) -> Floats:
        return self.levels + self.matrix


def solve_completion_batch(
    paths: ArrayLike,
    targets: ArrayLike,
    donors: ArrayLike,
    *,
    before: ArrayLike,
    after: ArrayLike,
    penalty: float | None = None,
) -> CompletionSolution:
    """Estimate the effect on each target by filling in its later outcomes.

    Parameters
    ----------
    paths
        Outcomes of n units over T periods, shape (n, T).
    targets
        Row of the target of each of P problems, shape (P,).
    donors
        Whose outcomes, before and after, are observed beside the target's, shape (P, n), boolean; never the target
        itself, nor a unit that the zone changed.
    before, after
        Which periods are fitted and which are filled in, shape (T,), boolean; others are not read.
    penalty
        As in `CompletionSolution`; chosen if left out.

    Returns
    -------
    CompletionSolution

    Raises
    ------
    MethodError
        If shapes do not fit, a value in use is not finite, a problem has no donor or itself as one, the penalty is
        not a positive number, or the fit does not come near enough to the optimum.

    Notes
    -----
    Penalties compared are infinity and then, from the least one that leaves no matrix down to 1/32 of it, each smaller
    by the square root of two, until three in a row made the error larger. Hidden are, in each of five groups of units
    in turn, the last fitted periods: as many as there are after, and at most half. The least mean squared error
    decides, the larger penalty where it is a tie.

    Examples
    --------
    A target that runs parallel to its donors and then rises by one; with parallel paths nothing is left for a matrix:

    >>> import numpy as np
    >>> trend = np.array([0.0, 1.0, 3.0, 4.0, 4.0, 6.0])
    >>> paths = np.vstack([trend + 5, trend, trend + 2, trend - 1])
    >>> paths[0, 4:] += 1
    >>> late = np.arange(6) >= 4
    >>> found = solve_completion_batch(paths, [0], [[False, True, True, True]], before=~late, after=late)
    >>> print(found.effects.round(9), found.penalty)
    [1.] inf
    """
    everything: Floats = np.asarray(paths, dtype=np.float64)
    first, then = checked_periods(everything.shape, before, after)
    used, rows, masks = checked_problems(everything[:, [*first, *then]], targets, donors)
    in_use: Mask = np.asarray(masks.any(axis=0))
    in_use[rows] = True
    order = own_order(used)
    known = used[order[in_use[order]], : len(first)]
    count, (middle, size) = len(rows), _yardstick(known)
    unit = size or 1.0
    scaled, known = (used - middle) / unit, (known - middle) / unit
    tried, errors = np.empty(0), np.empty(0)
    if penalty is not None:
        cut = _checked_penalty(penalty) / unit
    elif size == 0:
        cut = np.inf
    else:
        tried, errors = _compared(known, min(len(then), len(first) // 2))
        cut = float(tried[np.argmin(errors)]) if len(errors) else np.inf
    completed, rank, gap = (
        np.full((count, everything.shape[1]), np.nan),
        np.empty(count, dtype=np.intp),
        np.empty(count),
    )
    for p in range(count):
        members = np.append(order[masks[p, order]], rows[p])
        observed = np.ones((len(members), used.shape[1]), dtype=bool)
        observed[-1, len(first) :] = False
        fit = _fitted(scaled[members], observed, cut, _FINE)
        completed[p, [*first, *then]] = middle + unit * fit.values[-1]
        rank[p], gap[p] = np.linalg.matrix_rank(fit.matrix), fit.gap
    distance = everything[rows] - completed
    effects = distance[:, then].mean(axis=1)
    rmspe = np.sqrt(np.mean(distance[:, first] ** 2, axis=1))
    found = CompletionSolution(effects, completed, rmspe, cut * unit, rank, gap, tried * unit, errors * unit**2)
    for array in (effects, completed, rmspe, rank, gap, found.tried, found.errors):
        array.setflags(write=False)
    return found


def _checked_penalty(penalty: float) -> float:
    if not penalty > 0:
        raise MethodError(f"the penalty is {penalty!r}.", allowed="a positive number, or infinity")
    return float(penalty)


def _yardstick(early: Floats) -> tuple[float, float]:
    """Return the middle of the outcomes before and how far they are from parallel: zero if they are."""
    middle = float(early.mean())
    spread = float(np.abs(early - middle).max())
    size = float(_free_of_levels(early).std())
    return middle, size if size > _ROUNDING * spread else 0.0


def _free_of_levels(complete: Floats) -> Floats:
    """Take unit and period means off a matrix without missing values."""
    rest: Floats = complete - complete.mean(axis=1, keepdims=True) - complete.mean(axis=0) + complete.mean()
    return rest


def _compared(early: Floats, hidden: int) -> tuple[Floats, Floats]:
    """Return penalties and the mean squared error of each on hidden outcomes; units in rows, in their own order."""
    if hidden == 0:
        return np.empty(0), np.empty(0)
    largest = float(np.linalg.norm(_free_of_levels(early), 2))
    tried, errors = [np.inf, *(largest * 2.0 ** (-np.arange(_PENALTIES) / 2)).tolist()], list[float]()
    groups = min(_GROUPS, len(early))
    masks = np.ones((groups, *early.shape), dtype=bool)
    for group in range(groups):
        masks[group, group::groups, -hidden:] = False
    fits: list[_Fit | None] = [None] * groups
    for cut in tried:
        total = 0.0
        for group, observed in enumerate(masks):
            fits[group] = fit = _fitted(early, observed, cut, _ROUGH, fits[group])
            total += float(((early - fit.values)[~observed] ** 2).sum())
        errors.append(total / (len(early) * hidden))
        if len(errors) > _RISES and all(np.diff(errors[-_RISES - 1 :]) > 0):
            break
    return np.array(tried[: len(errors)]), np.array(errors)


def _fitted(values: Floats, observed: Mask, cut: float, enough: float, start: _Fit | None = None) -> _Fit:
    """Fit levels and matrix to what is observed, units in rows, from a start on, until the gap is small enough.

    Levels are fitted anew in each step, so that the objective is one of the matrix alone, whose gradient, the
    residuals, moves no faster than the matrix does. Momentum is given up where it leads uphill.
    """
    to_levels = _level_fit(observed)
    matrix = old = np.zeros_like(values) if start is None else start.matrix
    momentum, gap = 1.0, np.inf
    for step in range(_STEPS if np.isfinite(cut) else 1):
        if step % _LOOK == 0:
            levels = to_levels(values - matrix)
            gap = _gap(values, observed, cut, levels, matrix)
            if gap <= enough or not np.isfinite(cut):
                return _Fit(levels, matrix, gap)
        following = (1 + np.sqrt(1 + 4 * momentum**2)) / 2
        ahead = matrix + (momentum - 1) / following * (matrix - old)
        filled = np.where(observed, values - to_levels(values - ahead), ahead)
        left, singular, right = np.linalg.svd(filled, full_matrices=False)
        old, matrix = matrix, (left * np.maximum(singular - cut, 0.0)) @ right
        momentum = 1.0 if ((ahead - matrix) * (matrix - old)).sum() > 0 else following
    raise MethodError(
        f"matrix completion came no nearer to its optimum than {gap:.1e} of the objective in {_STEPS} steps.",
        allowed=f"{enough:g}",
        todo="use another estimator for these data",
    )


def _level_fit(observed: Mask) -> Callable[[Floats], Floats]:
    """Return the least-squares fit of unit and period levels on observed cells, for any values."""
    units, periods = observed.shape
    unit, period = np.nonzero(observed)
    cells = np.arange(len(unit))
    design = np.zeros((len(unit), units + periods))
    design[cells, unit] = design[cells, units + period] = 1.0
    inverse = np.linalg.pinv(design)

    def fitted(values: Floats) -> Floats:
        found = inverse @ values[unit, period]
        levels: Floats = found[:units, None] + found[units:]
        return levels

    return fitted


def _gap(values: Floats, observed: Mask, cut: float, levels: Floats, matrix: Floats) -> float:
    """Return the relative duality gap of half the sum of squares plus `cut` times the sum of singular values.

    The dual is the largest <D, values> - ||D||^2 / 2 over matrices D on observed cells that are orthogonal to all
    levels and whose largest singular value is at most `cut`. The residuals are orthogonal to the levels fitted to them;
    shrunk where they have to be, they are such a D.
    """
    dual = np.where(observed, values - levels - matrix, 0.0)
    objective = float((dual**2).sum()) / 2
    if np.isfinite(cut):
        objective += cut * float(np.linalg.svd(matrix, compute_uv=False).sum())
        largest = float(np.linalg.norm(dual, 2))
        if largest > cut:
            dual *= cut / largest
    below = float((dual * values)[observed].sum() - (dual**2).sum() / 2)
    # In units of the distance from parallel, an objective below rounding counts as zero.
    return max(0.0, objective - below) / max(objective, _ROUNDING)


def complete(material: Material, targets: Rows, masks: Mask) -> CompletionSolution:
    """Estimate the effects on targets by matrix completion, the penalty chosen on fitted periods."""
    return solve_completion_batch(material.paths, targets, masks, before=material.before, after=material.window)
