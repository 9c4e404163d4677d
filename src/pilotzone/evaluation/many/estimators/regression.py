"""Least squares on units' outcomes in all their periods, with fixed effects of units, from cohort moments.

All units of a cohort have the same regressors, so that coefficients depend on the cohorts' means and numbers alone, and
what one unit adds to them, their influence with errors clustered by unit, is linear in its outcomes:
docs/explanation/staggered.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.evaluation.many.moments.moments import CohortMoments
from pilotzone.evaluation.many.variation.influences import SumInfluences

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Fit", "fit_cohorts", "influences_of_loads", "period_dummies", "relative_means", "rounding_of_loads"]

_DEPENDENT = 1e-9
"""A regressor of which less than this share is left beside those before it has no coefficient."""

_ROUNDING = 16
"""Rounding errors that a sum of products is taken to have at most, of its largest terms."""


@dataclass(frozen=True, eq=False)
class Fit:
    """Coefficients of p regressors, and how they move with outcomes and numbers of K cohorts.

    Attributes
    ----------
    kept
        Positions of the regressors that have a coefficient, p of them; the others depend linearly on those before them.
    coefficients
        Shape (p,).
    loads
        What a unit of each cohort adds to the coefficients by its outcomes in T periods, shape (K, p, T).
    drift
        What each unit of a cohort adds because the cohort's mean is not on the regression, shape (p, K).
    """

    kept: NDArray[np.intp]
    coefficients: Floats
    loads: Floats
    drift: Floats


def relative_means(moments: CohortMoments, columns: slice) -> Floats:
    """Return the cohorts' means relative to the first cohort's, shape (K, T), to all digits that moments have.

    What is common to all cohorts is in the fixed effects of periods, and takes digits only.
    """
    means, tails = moments.means[:, columns], moments.tails[:, columns]
    found: Floats = (means - means[0]) + (tails - tails[0])
    return found


def fit_cohorts(outcomes: Floats, counts: NDArray[np.int64], regressors: Floats, used: NDArray[np.bool_]) -> Fit:
    """Regress outcomes on regressors and fixed effects of units.

    Parameters
    ----------
    outcomes
        Cohorts' means, shape (K, T).
    counts
        Their units, shape (K,).
    regressors
        Regressors of each cohort in each period, shape (K, T, q), fixed effects of periods among them. A regressor that
        depends on those before it is left out.
    used
        Which periods of which cohort are in the regression, shape (K, T).

    Returns
    -------
    Fit
        Coefficients of the regressors that are kept.
    """
    K, T, q = regressors.shape
    share = used / np.maximum(used.sum(axis=1, keepdims=True), 1)
    own = np.where(used[:, :, None], regressors - (share[:, None, :] @ regressors), 0.0)
    y = np.where(used, outcomes - (share * outcomes).sum(axis=1, keepdims=True), 0.0)
    root = np.sqrt(counts.astype(np.float64))
    rows = (root[:, None, None] * own).reshape(K * T, q)
    whole = np.sqrt(np.einsum("k,kt,ktq->q", counts.astype(np.float64), used, regressors**2))
    kept = _independent(rows, whole)
    Q, R = np.linalg.qr(rows[:, kept])
    coefficients = np.linalg.solve(R, Q.T @ (root[:, None] * y).ravel()) if len(kept) else np.empty(0)
    back = np.linalg.solve(R, Q.T) if len(kept) else np.empty((0, K * T))
    loads = back.reshape(len(kept), K, T).transpose(1, 0, 2) / root[:, None, None]
    rest = y - own[:, :, kept] @ coefficients
    drift = np.einsum("kpt,kt->pk", loads, rest)
    return Fit(kept, coefficients, loads, drift)


def influences_of_loads(moments: CohortMoments, loads: Iterable[Floats], drift: Floats) -> SumInfluences:
    """Return what units add to effects, given how effects move with a unit's outcomes.

    Parameters
    ----------
    moments
        Moments of the stacked outcomes.
    loads
        For each of the K cohorts, what one of its units adds to the C effects by its R outcomes, shape (C, R).
    drift
        What it adds however its outcomes are, shape (C, K): derivatives of effects by numbers of units.

    Returns
    -------
    SumInfluences
        Influences of the effects.
    """
    within = np.zeros((len(drift), len(drift)))
    for products, load in zip(moments.products, loads, strict=True):
        moving = np.flatnonzero(load.any(axis=1))
        if len(moving):
            within[np.ix_(moving, moving)] += load[moving] @ products @ load[moving].T
    sizes = moments.counts.astype(np.float64)
    return SumInfluences(within, drift, np.zeros_like(drift), np.diag(sizes))


def rounding_of_loads(moments: CohortMoments, loads: Iterable[Floats]) -> Floats:
    """Return the standard deviation up to which effects vary by rounding in sums of products alone, shape (C,)."""
    parts = [
        np.abs(load) @ np.sqrt(products.diagonal()) for products, load in zip(moments.products, loads, strict=True)
    ]
    found: Floats = np.sqrt(_ROUNDING * np.finfo(np.float64).eps * (np.array(parts) ** 2).sum(axis=0))
    return found


def _independent(rows: Floats, sizes: Floats) -> NDArray[np.intp]:
    """Return the columns that depend linearly neither on units nor on those before them; sizes are those with units."""
    kept: list[int] = []
    basis = np.empty((len(rows), 0))
    for j, size in enumerate(sizes.tolist()):
        rest = rows[:, j]
        for _ in range(2):  # twice is enough for orthogonality to rounding (Parlett 1980)
            rest = rest - basis @ (basis.T @ rest)
        left = float(np.sqrt(rest @ rest))
        if left > _DEPENDENT * size and size > 0:
            kept.append(j)
            basis = np.column_stack([basis, rest / left])
    return np.array(kept, dtype=np.intp)


def period_dummies(K: int, T: int) -> Floats:
    """Return a dummy for each period but the first, for each cohort, shape (K, T, T - 1)."""
    found: Floats = np.broadcast_to(np.eye(T)[:, 1:], (K, T, T - 1)).copy()
    return found
