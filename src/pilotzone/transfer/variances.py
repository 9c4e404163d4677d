"""How much true effects differ between zones: Q, tau squared by several estimators, and its Q-profile interval.

Everything is computed from error contrasts. With K an orthonormal basis of what regressors leave, the contrasts
``z = K'y`` have the covariance ``K'VK + tau2 I``; in the eigenvectors of ``K'VK`` they are independent with variances
``d_i + tau2``. Q, the restricted likelihood and its slope are then sums of r = n - p terms, whatever the covariance V.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from pilotzone.core import Brief, check_choice

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = [
    "BetweenMethod",
    "Contrasts",
    "contrasts",
    "dersimonian_laird",
    "paule_mandel",
    "q_profile",
    "restricted_maximum",
    "tau2_by",
    "tau2_with_q",
]

BetweenMethod = Literal["REML", "PM", "DL"]
"""Restricted maximum likelihood, Paule and Mandel, DerSimonian and Laird (for comparison with older work alone)."""

_GRID = 400
_NEWTON, _ROUNDING = 200, 4e-16


@dataclass(frozen=True, eq=False)
class Contrasts(Brief):
    """Independent error contrasts of estimates.

    Attributes
    ----------
    value
        Contrasts, shape (r,).
    variance
        Their sampling variances, shape (r,), to each of which tau squared comes.
    """

    value: Floats
    variance: Floats

    @property
    def count(self) -> int:
        """How many there are: estimates minus coefficients."""
        return len(self.value)

    def q(self, tau2: float) -> float:
        """Return the generalised Q statistic: the weighted sum of squares left at a tau squared."""
        return float((self.value**2 / (self.variance + tau2)).sum())

    def likelihood(self, tau2: float) -> float:
        """Return the logarithm of the restricted likelihood, up to a constant."""
        total = self.variance + tau2
        return float(-0.5 * (np.log(total) + self.value**2 / total).sum())

    @property
    def typical(self) -> float:
        """The typical sampling variance, as in Higgins and Thompson (2002): r over the sum of weights of contrasts."""
        return float(self.count / (1 / self.variance).sum())


def contrasts(estimate: Floats, design: Floats, covariance: Floats) -> Contrasts:
    """Return the error contrasts of n estimates on p regressors with a known sampling covariance."""
    basis = np.linalg.qr(design, mode="complete")[0][:, design.shape[1] :]
    variance, vectors = np.linalg.eigh(basis.T @ covariance @ basis)
    return Contrasts(vectors.T @ (basis.T @ estimate), variance)


def dersimonian_laird(found: Contrasts) -> float:
    """Return tau squared by moments at weights without it (DerSimonian and Laird 1986), never below zero."""
    return max(0.0, (found.q(0.0) - found.count) / float((1 / found.variance).sum()))


def paule_mandel(found: Contrasts) -> float:
    """Return the tau squared at which Q equals its expectation (Paule and Mandel 1982), never below zero."""
    return _where_q_is(found, found.count)


def restricted_maximum(found: Contrasts) -> float:
    """Return the tau squared of greatest restricted likelihood, over all its local maxima and zero.

    Beyond the largest squared contrast every term of the likelihood falls, so that all maxima lie below it.
    """

    def slope(tau2: float) -> float:
        total = found.variance + tau2
        return float(((found.value**2 - total) / total**2).sum())

    most = float((found.value**2 - found.variance).max())
    if most <= 0:
        return 0.0
    least = min(float(found.variance.min()), most) * 1e-6
    grid = np.concatenate([[0.0], np.geomspace(least, most * (1 + 1e-9), _GRID)])
    total = found.variance[:, None] + grid
    slopes = ((found.value[:, None] ** 2 - total) / total**2).sum(axis=0)
    turns = np.flatnonzero((slopes[:-1] > 0) & (slopes[1:] <= 0))
    peaks = [0.0, *(_root(slope, float(grid[k]), float(grid[k + 1])) for k in turns)]
    return max(peaks, key=found.likelihood)


def tau2_by(method: BetweenMethod, found: Contrasts) -> float:
    """Return tau squared by an estimator.

    Raises
    ------
    UsageError
        If there is no such estimator.
    """
    check_choice(method, BetweenMethod, "the estimator of tau squared")
    by: dict[BetweenMethod, Callable[[Contrasts], float]] = {
        "REML": restricted_maximum,
        "PM": paule_mandel,
        "DL": dersimonian_laird,
    }
    return by[method](found)


def q_profile(found: Contrasts, alpha: float) -> tuple[float, float]:
    """Return the interval of tau squared whose Q lies between the quantiles of its distribution (Viechtbauer 2007).

    Q at the true tau squared is exactly chi-squared with r degrees of freedom, and falls in tau squared. Where even
    zero gives a Q below the lower quantile, both ends are zero.
    """
    from scipy.stats import chi2

    high, low = (float(chi2.ppf(p, found.count)) for p in (1 - alpha / 2, alpha / 2))
    return _where_q_is(found, high), _where_q_is(found, low)


def tau2_with_q(found: Contrasts, targets: Floats) -> Floats:
    """Return the tau squared at which Q has each of some values, shape (m,); zero where Q is below it at zero.

    One over Q is concave and rises in tau squared, as a harmonic mean of lines: Newton's method from zero never steps
    beyond the solution, and ends where rounding does.
    """
    squares, tau2 = found.value[:, None] ** 2, np.zeros(len(targets))
    live = targets < found.q(0.0)
    for _ in range(_NEWTON):
        total = found.variance[:, None] + tau2
        parts = squares / total
        q = parts.sum(axis=0)
        step = np.where(live, (q / targets - 1) * q / (parts / total).sum(axis=0), 0.0)
        tau2 = tau2 + np.maximum(step, 0.0)
        if (step <= _ROUNDING * tau2).all():
            break
    return tau2


def _where_q_is(found: Contrasts, target: float) -> float:
    if found.q(0.0) <= target:
        return 0.0
    # Q is at most the sum of squares over tau squared.
    most = float((found.value**2).sum()) / target
    return _root(lambda tau2: found.q(tau2) - target, 0.0, most)


def _root(function: Callable[[float], float], low: float, high: float) -> float:
    from scipy.optimize import brentq

    if function(high) >= 0:  # rounding at the very end of the bracket
        return high
    return float(brentq(function, low, high, xtol=1e-300, rtol=8.9e-16, maxiter=500))
