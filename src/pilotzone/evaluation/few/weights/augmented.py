"""Ridge-augmented synthetic control: simplex weights plus a correction for what they leave of the path before.

Ben-Michael, Feller and Rothstein (2021). The correction is what a ridge regression of later on earlier outcomes of the
donors predicts from the gaps before; it amounts to weights of its own, which sum to zero and may be negative. The
module knows rows and columns, no panels.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import MethodError
from pilotzone.evaluation.few.weights.folds import weights_without_each
from pilotzone.evaluation.few.weights.material import Solved
from pilotzone.evaluation.few.weights.nearest import EPS
from pilotzone.evaluation.few.weights.problems import checked_problems, exponent, fit_before, own_order
from pilotzone.evaluation.few.weights.simplex import solve_simplex_batch

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from pilotzone.evaluation.few.weights.folds import Folds
    from pilotzone.evaluation.few.weights.material import Material
    from pilotzone.evaluation.few.weights.simplex import SimplexSolution

    Floats = NDArray[np.float64]
    Mask = NDArray[np.bool_]
    Rows = NDArray[np.intp]

__all__ = ["AugmentedSolution", "errors_left_out", "fit_augmented", "penalties", "solve_augmented_batch", "spectrum_of"]

_PENALTIES = 21
"""Penalties tried, as many as in the authors' own package."""

_SMALLEST = 1e-8
"""The smallest penalty tried, relative to the largest, as there."""

_FEWEST = 2
"""Fitted periods that leaving out one needs."""


@dataclass(frozen=True, eq=False)
class AugmentedSolution:
    """Augmented weights of P problems over n units; all arrays are read-only.

    Attributes
    ----------
    weights
        Shape (P, n): rows sum to one, entries may be negative, zero for units that are not donors of the problem.
    simplex
        The synthetic controls that were augmented.
    correction
        `weights` less the simplex weights, shape (P, n); rows sum to zero.
    ridge
        Penalty of each problem, shape (P,), in squared units of the paths; infinite, so that there is no correction,
        where the donors' paths do not differ.
    rmspe
        Root mean squared difference of target and augmented path, shape (P,); exactly zero where simplex weights
        already meet the path, in which case there is nothing to correct.
    """

    weights: Floats
    simplex: SimplexSolution
    correction: Floats
    ridge: Floats
    rmspe: Floats


@dataclass(frozen=True, eq=False)
class _Spectrum:
    """Donors' paths less their mean in each period, as left x sizes x right; sizes that are rounding are left out."""

    left: Floats
    sizes: Floats
    right: Floats

    def shrunk(self, ridge: Floats) -> Floats:
        """Return s / (s^2 + ridge) for every penalty, shape (penalties, sizes)."""
        squares: Floats = self.sizes / (self.sizes**2 + ridge[:, None])
        return squares


def solve_augmented_batch(
    paths: ArrayLike, targets: ArrayLike, donors: ArrayLike, *, ridge: ArrayLike | None = None
) -> AugmentedSolution:
    """Fit each target by ridge-augmented synthetic control.

    Parameters
    ----------
    paths
        Outcomes of n units over the T periods to be fitted, shape (n, T).
    targets
        Row of the target of each of P problems, shape (P,).
    donors
        Who may carry weight in which problem, shape (P, n), boolean; never the target itself.
    ridge
        Penalty of every problem, or one for all; chosen for each by cross-validation if left out.

    Returns
    -------
    AugmentedSolution

    Raises
    ------
    MethodError
        As `solve_simplex_batch`; or if a penalty is negative or none at all; or if it is to be chosen and there is
        only one period.

    Notes
    -----
    With B the donors' paths less their mean in each period, shape (J, T), and m the target's path less that of its
    simplex weights w, the weights are w + B (B'B + ridge I)^-1 m. Outcomes are not taken relative to their own means
    over time, as in the authors' package by default.

    The penalty is the largest one whose mean squared error is within a standard error of the least, over the fitted
    periods, each of which is left out in turn, the last one too; 21 penalties are tried, evenly spaced in logarithms
    from the largest squared singular value of B down to 1e-8 times that. Choosing it sees the fitted periods only.

    Examples
    --------
    The target lies beyond its donors; simplex weights stay on the nearest one, augmented weights reach out:

    >>> import numpy as np
    >>> paths = np.array([[5.0, 7.0], [4.0, 5.0], [2.0, 3.0]])
    >>> solution = solve_augmented_batch(paths, [0], [[False, True, True]], ridge=0.01)
    >>> print(solution.simplex.weights.round(3), solution.weights.round(3))
    [[0. 1. 0.]] [[ 0.     1.748 -0.748]]
    """
    unscaled, rows, masks = checked_problems(paths, targets, donors)
    found = solve_simplex_batch(unscaled, rows, masks)
    power = exponent(unscaled)  # fourth powers of very small or large figures would be lost
    outcomes = np.ldexp(unscaled, -power)
    given = None if ridge is None else np.ldexp(_checked_ridge(ridge, len(rows)), -2 * power)
    if given is None and outcomes.shape[1] < _FEWEST:
        raise MethodError(
            "the ridge penalty cannot be chosen on a single fitted period.",
            allowed=f"at least {_FEWEST} fitted periods",
            todo="bring earlier data, or use the estimator 'sc'",
        )
    order = own_order(outcomes)
    correction, chosen = np.zeros(masks.shape), np.empty(len(rows))
    for p, row in enumerate(rows):
        members = order[masks[p, order]]
        others: Floats = outcomes[members]
        target: Floats = outcomes[row]
        spectrum = spectrum_of(others)
        if given is None:
            settled = bool(found.unique[p]) and not found.inside[p]
            folds = weights_without_each(others, target, found.weights[p, members], settled=settled)
            chosen[p] = _chosen_ridge(others, target, spectrum, folds)
        else:
            chosen[p] = given[p]
        if not found.inside[p]:
            miss = target - found.weights[p] @ outcomes
            shrunk = spectrum.shrunk(chosen[[p]])[0]
            correction[p, members] = spectrum.left @ (shrunk * (spectrum.right @ miss))
    weights = found.weights + correction
    rmspe = np.where(found.inside, 0.0, fit_before(unscaled, rows, weights, intercept=False)[2])
    chosen = np.ldexp(chosen, 2 * power)
    for array in (weights, correction, chosen, rmspe):
        array.setflags(write=False)
    return AugmentedSolution(weights, found, correction, chosen, rmspe)


def penalties(sizes: ArrayLike) -> NDArray[np.float64]:
    """Return the penalties that are tried, largest first, for singular values of the donors' centred paths.

    Examples
    --------
    >>> tried = penalties([3.0, 1.0])
    >>> len(tried), float(tried[0]), float(tried[-1])
    (21, 9.0, 9e-08)
    """
    values: Floats = np.asarray(sizes, dtype=np.float64)
    if not len(values):
        return np.array([np.inf])
    tried: Floats = values.max() ** 2 * _SMALLEST ** (np.arange(_PENALTIES) / (_PENALTIES - 1))
    return tried


def _checked_ridge(ridge: ArrayLike, count: int) -> Floats:
    given: Floats = np.asarray(ridge, dtype=np.float64)
    if given.shape not in ((), (count,)) or not (given >= 0).all():
        raise MethodError(f"ridge is {ridge!r}.", allowed=f"one penalty of zero or more, or {count} of them")
    return np.broadcast_to(given, (count,))


def spectrum_of(paths: Floats) -> _Spectrum:
    """Return donors' paths, shape (m, T), less their mean in each period as singular values and vectors."""
    centred = paths - paths.mean(axis=0)
    left, sizes, right = np.linalg.svd(centred, full_matrices=False)
    real = sizes > max(paths.shape) * EPS * np.linalg.norm(paths)
    return _Spectrum(left[:, real], sizes[real], right[real])


def _chosen_ridge(donors: Floats, target: Floats, spectrum: _Spectrum, folds: Folds) -> float:
    """Return the largest penalty whose mean squared error is within a standard error of the least."""
    tried = penalties(spectrum.sizes)
    errors = errors_left_out(donors, target, spectrum, folds, tried)
    means = errors.mean(axis=0)
    best = int(means.argmin())
    within = means <= means[best] + errors[:, best].std(ddof=1) / np.sqrt(len(errors))
    return float(tried[within].max())


def errors_left_out(donors: Floats, target: Floats, spectrum: _Spectrum, folds: Folds, tried: Floats) -> Floats:
    """Return the squared error in each period of the fit without it, by penalty, shape (T, penalties).

    With A = ridge (B'B + ridge I)^-1 over the periods, what the others' gaps predict of the gap in period t is
    -(A m)_t / A_tt, where m holds the gaps of the others and zero in t: no period needs a factorisation of its own.
    """
    right = spectrum.right.T  # a row per period
    gaps: Floats = target - np.einsum("tj,jt->t", folds.weights, donors)
    turned = target @ right - folds.weights @ (donors @ right) - gaps[:, None] * right
    turned[folds.inside] = 0.0  # nothing is left that could be predicted from
    kept = 1 / (1 + spectrum.sizes[:, None] ** 2 / tried)
    own, others = right**2 @ kept, (right * turned) @ kept
    if right.shape[1] < len(right):  # gaps that no donor's path resembles
        own += np.maximum(0.0, 1 - (right**2).sum(axis=1))[:, None]
        others -= (right * turned).sum(axis=1)[:, None]
    errors: Floats = (gaps[:, None] + others / own) ** 2
    return errors


def fit_augmented(material: Material, targets: Rows, masks: Mask) -> Solved:
    """Fit targets by ridge-augmented synthetic control, the penalty of each chosen by cross-validation."""
    early = material.early
    found = solve_augmented_batch(early, targets, masks)
    return Solved(
        found.weights,
        np.zeros(len(targets)),
        found.rmspe,
        found.simplex.gap,
        found.simplex.unique,
        early,
        correction=found.correction,
        ridge=found.ridge,
    )
