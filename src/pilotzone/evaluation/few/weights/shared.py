"""One set of weights for several outcomes, each with a level shift of its own.

Sun, Ben-Michael and Feller (2025), weights on concatenated outcomes. Every outcome is taken relative to each unit's own
mean before, and divided by how much the units differ in it, so that neither its unit of measure nor the number of its
periods decides how much it counts. The module knows rows and columns, no panels.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, cast

import numpy as np

from pilotzone.core import MethodError
from pilotzone.evaluation.few.weights.control import fit_shifted
from pilotzone.evaluation.few.weights.material import Solved
from pilotzone.evaluation.few.weights.nearest import EPS
from pilotzone.evaluation.few.weights.problems import checked_problems, exponent, fit_before
from pilotzone.evaluation.few.weights.simplex import solve_simplex_batch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from pilotzone.evaluation.few.weights.material import Material

    Floats = NDArray[np.float64]
    Mask = NDArray[np.bool_]
    Rows = NDArray[np.intp]

__all__ = [
    "SharedPaths",
    "SharedSolution",
    "alone_rmspe",
    "fit_shared",
    "shared_views",
    "solve_shared_batch",
    "spread_of",
]

_ROUNDED = 8
"""A spread or an RMSPE over the rounding error of its paths: zero."""


@dataclass(frozen=True, eq=False)
class SharedSolution:
    """Weights of P problems over n units, shared by K outcomes; all arrays are read-only.

    Attributes
    ----------
    weights
        Shape (P, n): not negative, rows sum to one. Where optimal weights are not unique, those of least norm.
    intercepts
        Mean of the target minus mean of its synthetic path, shape (P, K).
    rmspe
        Root mean squared difference of target and synthetic path, shape (P, K), in the unit of each outcome; exactly
        zero where the target lies in the donors' hull over all outcomes at once.
    spreads
        What each outcome was divided by (see `spread_of`), shape (K,); zero for one in which units do not differ,
        which then does not count. One alone is not divided.
    gap, unique
        As in `SimplexSolution`, for the stacked outcomes, shape (P,).
    matched
        What the weights make the donors agree with the target on, shape (n, T1 + ... + TK).
    """

    weights: Floats
    intercepts: Floats
    rmspe: Floats
    spreads: Floats
    gap: Floats
    unique: Mask
    matched: Floats


def spread_of(paths: ArrayLike) -> float:
    """Return how much units differ in an outcome once their levels and what all of them share are taken off.

    Parameters
    ----------
    paths
        An outcome of n units over T fitted periods, shape (n, T).

    Returns
    -------
    float
        Root mean square of y_it less the unit's mean, less the period's mean, plus the mean of all. It treats all units
        alike; zero where it is no more than rounding.

    Examples
    --------
    The unit in the middle runs like the mean, the others a step of one above and below it:

    >>> import numpy as np
    >>> paths = np.array([[5.0, 6.0], [7.0, 10.0], [1.0, 6.0]])
    >>> round(spread_of(paths) ** 2, 9), spread_of(paths + [[1], [2], [3]] + [[40, 70]]) == spread_of(paths)
    (0.666666667, True)
    """
    values: Floats = np.asarray(paths, dtype=np.float64)
    power = exponent(values)
    scaled = np.ldexp(values, -power)
    scaled = scaled - scaled.mean(axis=1, keepdims=True)
    scaled = scaled - scaled.mean(axis=0)
    spread = float(np.sqrt(np.mean(scaled**2)))
    return float(np.ldexp(spread, power)) if spread > _ROUNDED * EPS else 0.0


def solve_shared_batch(outcomes: Sequence[ArrayLike], targets: ArrayLike, donors: ArrayLike) -> SharedSolution:
    """Fit each target by one convex combination of its donors, the same for all outcomes.

    Parameters
    ----------
    outcomes
        K matrices, each an outcome of the same n units over its own fitted periods, shape (n, Tk).
    targets
        Row of the target of each of P problems, shape (P,).
    donors
        Who may carry weight in which problem, shape (P, n), boolean; never the target itself.

    Returns
    -------
    SharedSolution

    Raises
    ------
    MethodError
        As `solve_simplex_batch`; or if there is no outcome, or they are not of the same units.

    Notes
    -----
    With y less each unit's mean, the weights minimise the mean over outcomes of (1 / Tk) sum_t (y_t - w'Y_t)^2 / s_k^2,
    where s_k is the `spread_of` the outcome over all units that are a target or a donor of some problem. One outcome
    alone is `solve_simplex_batch` with an intercept, bit for bit: it is not divided by anything.

    Examples
    --------
    Alone, the first unit runs like the second in one outcome; in both it runs like the mean of the other two:

    >>> import numpy as np
    >>> gain = np.array([[0.0, 1.0, 2.0], [5.0, 6.0, 7.0], [0.0, 0.0, 1.0], [0.0, 2.0, 3.0]])
    >>> harm = np.array([[10.0, 30.0], [10.0, 70.0], [0.0, 10.0], [0.0, 30.0]])
    >>> solution = solve_shared_batch([gain, harm], [0], [[False, True, True, True]])
    >>> print(solution.weights.round(6), solution.rmspe)
    [[0.  0.  0.5 0.5]] [[0. 0.]]
    """
    blocks = [np.array(item, dtype=np.float64) for item in outcomes]
    if not blocks or len({item.shape[:1] for item in blocks}) > 1:
        raise MethodError(
            f"outcomes have shapes {[item.shape for item in blocks]}.", allowed="one matrix per outcome, units in rows"
        )
    checked = [checked_problems(item, targets, donors) for item in blocks]
    _, rows, masks = checked[0]
    blocks = [item[0] for item in checked]
    if len(blocks) == 1:
        spreads, matched = np.ones(1), blocks[0]
    else:
        used: Mask = np.isin(np.arange(len(blocks[0])), rows) | masks.any(axis=0)
        spreads = np.array([spread_of(item[used]) for item in blocks])
        matched = np.hstack([_demeaned(item, spread) for item, spread in zip(blocks, spreads, strict=True)])
    found = solve_simplex_batch(matched, rows, masks, intercept=len(blocks) == 1)
    fits = [fit_before(item, rows, found.weights, intercept=True) for item in blocks]
    intercepts = np.column_stack([fit[1] for fit in fits])
    rmspe = np.column_stack([fit[2] for fit in fits])
    rmspe[found.inside] = 0.0
    if len(blocks) > 1:
        for k, item in enumerate(blocks):
            rmspe[rmspe[:, k] <= _ROUNDED * EPS * np.abs(item).max(initial=0.0), k] = 0.0
    for array in (intercepts, rmspe, spreads, matched):
        array.setflags(write=False)
    return SharedSolution(found.weights, intercepts, rmspe, spreads, found.gap, found.unique, matched)


def _demeaned(paths: Floats, spread: float) -> Floats:
    """Return an outcome's share of the stacked columns: nothing where units do not differ in it."""
    if spread == 0:
        return np.zeros_like(paths)
    scaled: Floats = (paths - paths.mean(axis=1, keepdims=True)) / (spread * np.sqrt(paths.shape[1]))
    return scaled


@dataclass(frozen=True, eq=False)
class SharedPaths:
    """The fitted parts of all outcomes that share weights, seen from one of them.

    Attributes
    ----------
    outcomes
        K matrices of the same n units, shape (n, Tk).
    periods
        Fitted periods of each.
    place
        Which of them is the one whose effect is estimated.
    """

    outcomes: tuple[Floats, ...]
    periods: tuple[tuple[int, ...], ...]
    place: int
    _solved: dict[tuple[bytes, bytes], SharedSolution] = field(default_factory=dict, repr=False)

    def all_views(self) -> tuple[SharedPaths, ...]:
        """Return the same seen from each of the outcomes; what one of them solves, the others need not."""
        return tuple(replace(self, place=place) for place in range(len(self.outcomes)))

    def dated(self, date: int) -> SharedPaths:
        """Return what of all outcomes was known before a date."""
        kept = [
            (k, paths[:, : sum(period < date for period in periods)], tuple(p for p in periods if p < date))
            for k, (paths, periods) in enumerate(zip(self.outcomes, self.periods, strict=True))
            if periods[0] < date
        ]
        places = [k for k, _, _ in kept]
        return SharedPaths(
            tuple(np.ascontiguousarray(paths) for _, paths, _ in kept),
            tuple(periods for _, _, periods in kept),
            places.index(self.place),
        )

    def solve(self, targets: Rows, donors: Mask) -> SharedSolution:
        """Fit targets by their donors; the same problems are solved once for all outcomes."""
        key = (targets.tobytes(), donors.tobytes())
        if key not in self._solved:
            self._solved[key] = solve_shared_batch(self.outcomes, targets, donors)
        return self._solved[key]


def shared_views(materials: Sequence[Material]) -> tuple[SharedPaths | None, ...]:
    """Return, for each outcome of a design, what its weights are shared with; ``None`` for one that is alone.

    Parameters
    ----------
    materials
        What each of the outcomes is fitted on; the same units in all of them.
    """
    if len(materials) == 1:
        return (None,)
    fitted = [tuple(np.array(item.periods)[item.before].tolist()) for item in materials]
    return SharedPaths(tuple(item.early for item in materials), tuple(fitted), 0).all_views()


def fit_shared(material: Material, targets: Rows, masks: Mask) -> Solved:
    """Fit targets by weights that all outcomes of a design share."""
    beside = cast("SharedPaths | None", material.beside)
    if beside is None:
        return fit_shifted(material, targets, masks)
    found = beside.solve(targets, masks)
    k = beside.place
    return Solved(
        found.weights, found.intercepts[:, k], found.rmspe[:, k], found.gap, found.unique, found.matched, shifted=True
    )


def alone_rmspe(material: Material, targets: Rows, masks: Mask) -> Floats | None:
    """Return the RMSPE that an outcome's own weights leave, shape (P,); ``None`` where weights are not shared."""
    if not isinstance(material.beside, SharedPaths):
        return None
    return fit_shifted(material, targets, masks).rmspe
