"""Synthetic difference-in-differences (Arkhangelsky and others 2021) for many targets.

Donors are weighted to run parallel to the target before the treatment (simplex, ridge, any level), fitted periods are
weighted to predict the donors' later mean (simplex, hardly any ridge, any level), and the effect is the weighted
difference in differences. The weights are those of `searches`, which takes the steps and stops by
the rule of the authors' R package synthdid; they are near an optimum, not at it, and `SdidSolution.gap` says how near.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.evaluation.few.weights.material import Solved
from pilotzone.evaluation.few.weights.nearest import locate, row_norms
from pilotzone.evaluation.few.weights.problems import checked_periods, checked_problems, own_order
from pilotzone.evaluation.few.weights.searches import time_weights, unit_weights

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from pilotzone.evaluation.few.weights.material import Material

    Floats = NDArray[np.float64]
    Mask = NDArray[np.bool_]
    Rows = NDArray[np.intp]

__all__ = ["SdidSolution", "fit_sdid", "solve_sdid_batch"]

_STOP = 1e-5  # times the noise level: where the search stops, as in synthdid
_ROUNDING = 1e-12  # a noise level, in units of the donors' spread, that is none
_TIME_RIDGE = 1e-6  # times the noise level: the ridge of the time weights


@dataclass(frozen=True, eq=False)
class SdidSolution:
    """Estimates of P problems over n units, T0 periods before and T1 after; all arrays are read-only.

    Attributes
    ----------
    effects
        Mean effect over the periods after, shape (P,), in the unit of the paths.
    weights
        Donors' weights, shape (P, n); zero for units that are not donors of the problem.
    time_weights
        Weights of the periods before, in their order, shape (P, T0).
    shifts
        Level of the target over its donors before, by the time weights, shape (P,): the synthetic path is
        ``weights @ paths + shift``, and the effect is the target's mean distance from it.
    rmspe
        Root mean squared distance of the target before from ``weights @ paths`` at the target's own level, shape (P,).
    gap
        Duality gap of the donors' weights, shape (P,), relative as in `SimplexSolution`, the ridge included.
    unique
        Whether there is a ridge, shape (P,), which makes optimal donors' weights unique. There is none where the
        donors' first differences before are all the same.
    """

    effects: Floats
    weights: Floats
    time_weights: Floats
    shifts: Floats
    rmspe: Floats
    gap: Floats
    unique: NDArray[np.bool_]


def solve_sdid_batch(
    paths: ArrayLike, targets: ArrayLike, donors: ArrayLike, *, before: ArrayLike, after: ArrayLike
) -> SdidSolution:
    """Estimate the effect on each target by synthetic difference-in-differences.

    Parameters
    ----------
    paths
        Outcomes of n units over T periods, shape (n, T).
    targets
        Row of the target of each of P problems, shape (P,).
    donors
        Who may carry weight in which problem, shape (P, n), boolean; never the target itself. Placebos of a treated
        unit leave it out (exclude_treated) or have it in (symmetric); with it in, time weights depend on its
        periods after, so that other null effects need new estimates.
    before, after
        Which periods are fitted and which are averaged, shape (T,), boolean; periods that are neither, such as those
        of anticipation, are not read.

    Returns
    -------
    SdidSolution

    Raises
    ------
    MethodError
        If shapes do not fit, a value in use is not finite, or a problem has no donor or itself as one.

    Notes
    -----
    Regularisation follows the paper: zeta for donors is (number of periods after)^(1/4) times the noise level, which
    is the standard deviation of the donors' first differences before.

    Examples
    --------
    The target runs parallel to its donors, then rises by one:

    >>> import numpy as np
    >>> trend = np.array([0.0, 1.0, 3.0, 4.0, 4.0, 6.0])
    >>> paths = np.vstack([trend + 5, trend, trend + 2, trend - 1])
    >>> paths[0, 4:] += 1
    >>> late = np.arange(6) >= 4
    >>> found = solve_sdid_batch(paths, [0], [[False, True, True, True]], before=~late, after=late)
    >>> print(found.effects.round(9))
    [1.]
    """
    everything: Floats = np.asarray(paths, dtype=np.float64)
    first, then = checked_periods(everything.shape, before, after)
    used, rows, masks = checked_problems(everything[:, [*first, *then]], targets, donors)
    early, late = used[:, : len(first)], used[:, len(first) :]
    order = own_order(used)
    count, units = masks.shape
    effects, shifts, rmspe, gap = (np.empty(count) for _ in range(4))
    weights, periods = np.zeros((count, units)), np.empty((count, len(first)))
    unique = np.empty(count, dtype=bool)
    for p in range(count):
        row = rows[p]
        members = order[masks[p, order]]
        found = _weights(early[members], late[members], early[row])
        weights[p, members], periods[p], gap[p], unique[p] = found
        distance = early[row] - weights[p] @ early
        shifts[p] = periods[p] @ distance
        effects[p] = (late[row] - weights[p] @ late).mean() - shifts[p]
        rmspe[p] = distance.std()
    for array in (effects, weights, periods, shifts, rmspe, gap, unique):
        array.setflags(write=False)
    return SdidSolution(effects, weights, periods, shifts, rmspe, gap, unique)


def _weights(early: Floats, late: Floats, target: Floats) -> tuple[Floats, Floats, float, bool]:
    """Return donors' weights, time weights, the former's gap and whether they are unique; donors in rows."""
    # In units of the donors' spread, as diff-diff does: the search keeps its digits, and stops alike.
    middle, spread = float(early.mean()), float(early.std())
    size = spread if spread > 1e-12 * abs(middle) else 1.0
    early, late, target = (early - middle) / size, (late - middle) / size, (target - middle) / size
    changes = np.diff(early, axis=1)
    noise = float(changes.std(ddof=1)) if changes.size > 1 else 0.0
    if noise <= _ROUNDING:
        noise = 0.0
    stop = _STOP * noise if noise > 0 else _STOP
    zeta = late.shape[1] ** 0.25 * noise
    weights = unit_weights(early.T, target, zeta, stop)
    periods = time_weights(early.T, late.T, _TIME_RIDGE * noise, stop)
    return weights, periods, _gap(early, target, zeta, weights), noise > 0


def _gap(early: Floats, target: Floats, zeta: float, weights: Floats) -> float:
    """Return the relative duality gap of ||target - w'early - level||^2 + T0 zeta^2 ||w||^2 over the simplex."""
    count, periods = early.shape
    points = np.hstack([early - early.mean(axis=1, keepdims=True), np.sqrt(periods) * zeta * np.eye(count)])
    aim = np.append(target - target.mean(), np.zeros(count))
    return locate(points, aim, row_norms(points - aim), weights).relative_gap


def fit_sdid(material: Material, targets: Rows, masks: Mask) -> Solved:
    """Fit targets by synthetic difference-in-differences."""
    found = solve_sdid_batch(material.paths, targets, masks, before=material.before, after=material.window)
    return Solved(
        found.weights,
        found.shifts,
        found.rmspe,
        found.gap,
        found.unique,
        material.early,
        shifted=True,
        time_weights=found.time_weights,
    )
