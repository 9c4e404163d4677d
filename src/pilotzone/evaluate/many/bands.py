"""Critical values for several effects at once: bands that hold all of them together.

Among Gaussian draws with the effects' own correlation, the largest standardised deviation stays below the critical
value in the share of draws that the level says (Montiel Olea and Plagborg-Moller 2019, "Simultaneous confidence bands",
Journal of Applied Econometrics 34, 1-17). Draws come from the covariance alone: they cost the same for any data.
"""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import MethodError
from pilotzone.evaluate.many.students import t_quantile

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

__all__ = ["sup_t"]

DRAWS = 100_000
_CHUNK = 10_000
_NOTHING = 1e-12
"""Variances below this share of the largest one are rounding: the effect is zero by definition, or known exactly."""


def sup_t(
    covariance: ArrayLike,
    level: float = 0.95,
    *,
    degrees: float | None = None,
    seed: int = 20160,
    draws: int = DRAWS,
) -> float:
    """Return the critical value of a simultaneous band.

    Parameters
    ----------
    covariance
        Of the family's effects, shape (Q, Q). It may be singular. Effects without variance, such as references, are
        left out.
    level
        Share of samples in which the band is to hold all effects.
    degrees
        Of freedom of a multivariate t distribution in place of the normal one.
    seed, draws
        Of the draws. With 100,000 the Monte Carlo standard error of a 95% critical value is about 0.004 for twenty
        independent effects, less for correlated ones.

    Returns
    -------
    float
        At least the pointwise critical value; the band is each effect plus and minus it times the standard error.

    Raises
    ------
    MethodError
        If the matrix is no covariance or no effect varies, or an option is out of range.

    Examples
    --------
    >>> round(sup_t([[1.0, 1.0], [1.0, 1.0]]), 2), round(sup_t([[4.0, 0.0], [0.0, 9.0]]), 2)
    (1.96, 2.23)
    """
    matrix = np.asarray(covariance, dtype=np.float64)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or not np.isfinite(matrix).all():  # noqa: PLR2004
        raise MethodError(
            f"the covariance has shape {matrix.shape}.", allowed="finite numbers, as many rows as columns"
        )
    if not 0 < level < 1 or draws < 1 or (degrees is not None and not degrees > 0):
        raise MethodError(
            f"level {level}, degrees {degrees}, draws {draws}.",
            allowed="a level between 0 and 1, degrees of freedom above 0 or None, one draw or more",
        )
    variance = matrix.diagonal()
    kept = variance > _NOTHING * variance.max(initial=0.0)
    if not kept.any():
        raise MethodError("no effect varies: there is no band.", allowed="an effect with a variance above zero")
    tail = (1 + level) / 2
    pointwise = float(t_quantile(tail, degrees))
    if kept.sum() == 1:
        return pointwise
    scale = np.sqrt(variance[kept])
    largest = _largest(matrix[np.ix_(kept, kept)] / np.outer(scale, scale), degrees, seed, draws)
    # The smallest draw below which, itself included, the share lies: an empirical quantile without interpolation.
    at = min(draws, ceil(level * draws)) - 1
    return max(pointwise, float(np.partition(largest, at)[at]))


def _largest(correlation: Floats, degrees: float | None, seed: int, draws: int) -> Floats:
    """Return the largest absolute deviation of each draw, shape (draws,)."""
    values, vectors = np.linalg.eigh(correlation)
    if values[0] < -1e-8 * values[-1]:
        raise MethodError(
            "the matrix given is no covariance: a sum of effects would have a negative variance.",
            allowed="a covariance, which may be singular",
        )
    factor = vectors * np.sqrt(np.clip(values, 0, None))
    rng = np.random.default_rng(seed)
    found = []
    for start in range(0, draws, _CHUNK):
        count = min(_CHUNK, draws - start)
        normal = rng.standard_normal((count, len(values)))
        largest = np.abs(normal @ factor.T).max(axis=1)
        if degrees is not None:
            largest /= np.sqrt(rng.chisquare(degrees, count) / degrees)
        found.append(largest)
    return np.concatenate(found)
