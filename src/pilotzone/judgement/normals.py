"""Probabilities of several normal or t variables at once: all above their bounds, or any above one.

For one and two variables they are exact (Owen 1956 for two normal ones; t by an integral over the common scale). Of
more they are seeded quasi-Monte Carlo estimates with a stated error: all above by Genz (1992, "Numerical computation of
multivariate normal probabilities", Journal of Computational and Graphical Statistics 1, 141-149), any above by drawing
where one of them is, each draw counting one over how many are (Adler, Blanchet and Liu 2012, "Efficient Monte Carlo for
high excursions of Gaussian random fields", Annals of Applied Probability 22, 1167-1214), whose relative error stays
bounded however small the probability is.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Probability", "all_above", "any_above", "critical_value", "quantile", "upper_tail"]

_FAR = 40.0
"""Standard deviations beyond which a normal probability is zero in float64."""
_CUT = 1e-17
"""Probability left out at either end of the scale's distribution."""
_PANELS, _NODES = 12, 20
_POINTS, _REPEATS = 4096, 8
"""Points of a scrambled Sobol sequence, and how many such sequences there are, from which the error follows."""
_SEED = 20164
_FLAT = 1e-10
"""Variances below this share of one count as zero: the variable follows from those before it."""


class Probability(NamedTuple):
    """A probability and its standard error: zero where it is exact."""

    value: float
    error: float = 0.0


def upper_tail(bound: float, degrees: float | None) -> float:
    """Return the probability that a standard normal variable, or a t one, is at least the bound."""
    from scipy.special import ndtr, stdtr

    return float(ndtr(-bound) if degrees is None else stdtr(degrees, -bound))


def quantile(tail: float, degrees: float | None) -> float:
    """Return what a standard normal variable, or a t one, exceeds with the probability `tail`."""
    from scipy.special import ndtri, stdtrit

    return -float(ndtri(tail) if degrees is None else stdtrit(degrees, tail))


def all_above(bounds: Floats, means: Floats, correlation: Floats, degrees: float | None = None) -> Probability:
    """Return the probability that each of K variables is at least its bound.

    Parameters
    ----------
    bounds
        Shape (K,).
    means
        Shape (K,), in standard deviations.
    correlation
        Shape (K, K); may be singular.
    degrees
        ``None`` for normal variables. Else the variables are divided by a common scale, the root of a chi-squared
        variable over its degrees of freedom: t variables, non-central where a mean is not zero.
    """
    if len(bounds) > 2:  # noqa: PLR2004 - exact up to two
        return _all_by_draws(bounds, means, correlation, degrees)
    scale, weight = _scales(degrees)
    heights = means - bounds * scale[:, None]
    return Probability(float(weight @ _below(heights, correlation)))


def any_above(bound: float, correlation: Floats, degrees: float | None = None) -> Probability:
    """Return the probability that the largest of K variables with mean zero is at least the bound.

    It lies between that of one of them and K times that, which is Bonferroni's.
    """
    count = len(correlation)
    one = upper_tail(bound, degrees)
    if count == 1 or one == 0:  # too far out for float64
        return Probability(one)
    if count == 2:  # noqa: PLR2004 - a pair
        both = all_above(np.full(2, bound), np.zeros(2), correlation, degrees).value
        return Probability(min(max(2 * one - both, one), 2 * one))
    shares = np.array([_share_alone(bound, k, correlation, degrees) for k in range(count)])
    found = one * shares.sum(axis=0)
    return Probability(float(min(max(found.mean(), one), 1.0)), float(found.std(ddof=1) / len(found) ** 0.5))


def critical_value(alpha: float, correlation: Floats, degrees: float | None = None) -> float:
    """Return the bound that the largest of K variables with mean zero exceeds with probability alpha, below one half.

    Examples
    --------
    >>> round(critical_value(0.05, np.eye(1)), 4), round(critical_value(0.0975, np.eye(2)), 4)
    (1.6449, 1.6449)
    """
    content = np.ascontiguousarray(correlation, dtype=np.float64).tobytes()
    return _critical(alpha, content, len(correlation), degrees)


@lru_cache(maxsize=64)
def _critical(alpha: float, content: bytes, count: int, degrees: float | None) -> float:
    """Return the critical value for a matrix by its content: searches for powers ask for the same one again."""
    from scipy.optimize import brentq

    correlation = np.frombuffer(content).reshape(count, count)
    low, high = quantile(alpha, degrees), quantile(alpha / count, degrees)
    if high - low < 1e-12 or any_above(low, correlation, degrees).value <= alpha:  # noqa: PLR2004 - one, or all alike
        return low
    if any_above(high, correlation, degrees).value >= alpha:
        return high
    return float(brentq(lambda bound: any_above(bound, correlation, degrees).value - alpha, low, high, xtol=1e-12))


@lru_cache(maxsize=64)
def _scales(degrees: float | None) -> tuple[Floats, Floats]:
    """Return values of the common scale of t variables and the weight of each; of normal ones it is one."""
    from scipy.stats import chi

    if degrees is None:
        return np.ones(1), np.ones(1)
    root = degrees**0.5
    inside = np.r_[_CUT, 1e-9, 1e-4, np.linspace(0, 1, _PANELS - 5)[1:-1]]
    edges = np.r_[chi.ppf(inside, degrees), chi.isf([1e-4, 1e-9, _CUT], degrees)]
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    half = np.diff(edges)[:, None] / 2
    points = (edges[:-1, None] + half * (nodes + 1)).ravel()
    heights = (half * weights).ravel() * chi.pdf(points, degrees)
    # The density's own rounding is a common factor, which grows with the degrees of freedom.
    return points / root, heights / heights.sum()


def _below(heights: Floats, correlation: Floats) -> Floats:
    """Return the probabilities that one or two standard normal variables are at most their heights, shape (n, K)."""
    from scipy.special import ndtr, owens_t

    if heights.shape[1] == 1:
        found: Floats = ndtr(heights[:, 0])
        return found
    rho = float(np.clip(correlation[0, 1], -1, 1))
    h, k = np.clip(heights, -_FAR, _FAR).T
    if 1 - abs(rho) < _FLAT:
        ends: Floats = np.minimum(ndtr(h), ndtr(k)) if rho > 0 else np.maximum(ndtr(h) + ndtr(k) - 1, 0.0)
        return ends
    h, k = (np.where(item == 0, 1e-300, item) for item in (h, k))  # the formula divides by them, and is continuous
    width = ((1 - rho) * (1 + rho)) ** 0.5
    with np.errstate(over="ignore"):
        first, second = (k / h - rho) / width, (h / k - rho) / width
    parts: Floats = (
        (ndtr(h) + ndtr(k)) / 2 - owens_t(h, first) - owens_t(k, second) - np.where((h > 0) == (k > 0), 0.0, 0.5)
    )
    return np.clip(parts, 0.0, np.minimum(ndtr(h), ndtr(k)))


def _all_by_draws(bounds: Floats, means: Floats, correlation: Floats, degrees: float | None) -> Probability:
    """Return the probability that all are above, one variable after the other given those before (Genz 1992)."""
    from scipy.special import ndtr, ndtri

    order = np.argsort(means - bounds)  # the least likely first: little is left to vary
    root = _root(correlation[np.ix_(order, order)])
    count = len(bounds)
    estimates = []
    for repeat in range(_REPEATS):
        uniform = _uniform(count, repeat)
        scale = _drawn_scale(count, repeat, degrees)
        product, drawn = np.ones(len(uniform)), np.zeros((len(uniform), count))
        for k in range(count):
            left = means[order[k]] - bounds[order[k]] * scale - drawn[:, :k] @ root[k, :k]
            flat = root[k, k] ** 2 < _FLAT
            chance = (left >= -(_FLAT**0.5)).astype(float) if flat else ndtr(left / root[k, k])
            product *= chance
            drawn[:, k] = ndtri(np.clip(uniform[:, k] * chance, 1e-300, 1 - 1e-16))
        estimates.append(product.mean())
    return Probability(float(np.mean(estimates)), float(np.std(estimates, ddof=1) / _REPEATS**0.5))


def _share_alone(bound: float, k: int, correlation: Floats, degrees: float | None) -> Floats:
    """Return the mean of one over how many variables are above, given that the k-th is, by repeat."""
    from scipy.special import ndtri, stdtrit

    others = np.delete(np.arange(len(correlation)), k)
    pull = correlation[others, k]
    root = _root(correlation[np.ix_(others, others)] - np.outer(pull, pull))
    found = []
    for repeat in range(_REPEATS):
        uniform = _uniform(len(correlation), repeat)
        tail = uniform[:, 0] * upper_tail(bound, degrees)
        value = -(ndtri(tail) if degrees is None else stdtrit(degrees, tail))
        noise = ndtri(uniform[:, 1:-1]) @ root.T
        if degrees is not None:  # given one t variable the others are t with one degree more, and wider the farther out
            scale = _drawn_scale(len(correlation), repeat, degrees + 1)
            wider = np.sqrt((degrees + value**2) / (degrees + 1)) / scale
            noise *= wider[:, None]
        beside = value[:, None] * pull + noise >= bound * (1 - 1e-12)  # rounding aside: alike is above together
        found.append(np.mean(1 / (1 + beside.sum(axis=1))))
    return np.array(found)


@lru_cache(maxsize=64)
def _drawn_scale(columns: int, repeat: int, degrees: float | None) -> Floats:
    """Return the common scale of t variables at the last coordinate of the points."""
    from scipy.special import gammaincinv

    last = _uniform(columns, repeat)[:, -1]
    if degrees is None:
        return np.ones(len(last))
    found: Floats = np.sqrt(2 / degrees * gammaincinv(degrees / 2, last))
    return found


@lru_cache(maxsize=64)
def _uniform(columns: int, repeat: int) -> Floats:
    """Return points in the unit cube of one dimension more, for the scale; seeded, so that results are the same."""
    from scipy.stats import qmc

    points = qmc.Sobol(columns + 1, rng=np.random.default_rng([_SEED, columns, repeat])).random(_POINTS)
    return np.clip(points, 1e-16, 1 - 1e-16)


def _root(matrix: Floats) -> Floats:
    """Return the lower triangular root of a covariance, with zeros where a variable follows from those before it."""
    count = len(matrix)
    root = np.zeros((count, count))
    for k in range(count):
        left = matrix[k:, k] - root[k:, :k] @ root[k, :k]
        if left[0] > _FLAT:
            root[k:, k] = left / left[0] ** 0.5
    return root
