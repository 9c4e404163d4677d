"""Critical values for several effects at once: bands that hold all of them together.

Among Gaussian draws with the effects' own correlation, the largest standardised deviation stays below the critical
value in the share of draws that the level says (Montiel Olea and Plagborg-Moller 2019, "Simultaneous confidence bands",
Journal of Applied Econometrics 34, 1-17). Draws come from the covariance alone: they cost the same for any data.

Of many effects few draws are enough, if each of them lies beyond: one of the effects, at random, is drawn beyond the
bound and the others given it, and a draw counts one over how many of them are beyond. The mean of that, times the sum
of single effects' chances, is the chance that any is beyond (Adler, Blanchet and Liu 2012, "Efficient Monte Carlo for
high excursions of Gaussian random fields", Annals of Applied Probability 22, 1167-1214). Its relative error does not
grow with the bound.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import MethodError, t_quantile, t_tail

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import ArrayLike, NDArray

    from pilotzone.evaluation.many.variation.families import Family

    Floats = NDArray[np.float64]
    _Batch = tuple[slice, Floats, Floats]

__all__ = ["critical_value", "sup_t"]

DRAWS = 100_000
_CHUNK = 10_000
_NOTHING = 1e-12
"""Variances below this share of the largest one are rounding: the effect is zero by definition, or known exactly."""
MANY = 60
"""From so many effects on, draws lie beyond the bound."""
_FIRST, _BEYOND, _AT_A_TIME = 256, 2_048, 256
_ROUNDS, _HALVINGS, _STEP = 8, 40, 0.15
"""Draws beyond a bound by which it is found roughly and exactly, how many are held at a time; and by how many steps."""
_SAME = 1e-9
"""Effects that go with one another to this are beyond together, whatever rounding says."""


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
        Covariance of the family's effects, shape (Q, Q). It may be singular. Effects without variance, such as
        references, are left out.
    level
        Share of samples in which the band is to hold all effects.
    degrees
        Degrees of freedom of a multivariate t distribution in place of the normal one.
    seed, draws
        Seed and number of the draws. With 100,000 the Monte Carlo standard error of a 95% critical value is about 0.004
        for twenty independent effects, less for correlated ones. All of them are used for any number of effects.

    Returns
    -------
    float
        At least the pointwise critical value; the band is each effect plus and minus it times the standard error.

    Raises
    ------
    MethodError
        If the matrix is not a covariance or no effect varies, or an option is out of range.

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
            "the matrix given is not a covariance: a sum of effects would have a negative variance.",
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


def critical_value(family: Family, se: Floats, level: float, *, degrees: float | None, seed: int) -> float:
    """Return the critical value of a simultaneous band around many effects or few.

    Parameters
    ----------
    family
        F effects that vary jointly, each with a variance.
    se
        Their standard deviations, shape (F,).
    level, degrees, seed
        As in `sup_t`.

    Returns
    -------
    float
        With 4,096 draws beyond the bound the Monte Carlo standard error is about 0.004 where effects are many.
    """
    if family.size < MANY:
        return sup_t(family.dense() / np.outer(se, se), level, degrees=degrees, seed=seed)
    tail = 1 - level
    pointwise = float(t_quantile(1 - tail / 2, degrees))
    highest = float(t_quantile(1 - tail / 2 / family.size, degrees))
    rough = _roughly(_Beyond.of(family, se, degrees, seed, _FIRST), tail, highest)
    beyond = _Beyond.of(family, se, degrees, seed, _BEYOND)
    shares = np.log(beyond.alone(np.array([rough - _STEP, rough, rough + _STEP])))
    slope, bend = (shares[2] - shares[0]) / 2, (shares[2] - 2 * shares[1] + shares[0]) / 2
    low, high = max(pointwise, rough - _STEP), max(pointwise, rough + _STEP)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        off = (middle - rough) / _STEP
        # The logarithm of the share bends little between the three bounds.
        share = float(np.exp(min(0.0, shares[1] + off * (slope + off * bend))))
        low, high = (middle, high) if beyond.chance(middle) * share > tail else (low, middle)
    return high


def _roughly(beyond: _Beyond, tail: float, highest: float) -> float:
    """Return about which bound any effect is beyond with probability `tail`: by what few draws say, from above."""
    held, bound = list(beyond.batches()), highest
    for _ in range(_ROUNDS):
        share = beyond.share(bound, held)
        bound = float(t_quantile(1 - min(0.5, tail / (2 * beyond.family.size * share)), beyond.degrees))
    return bound


@dataclass(frozen=True, eq=False)
class _Beyond:
    """Draws of which one effect each, at random, is beyond a bound.

    Attributes
    ----------
    family, se, degrees, seed
        As in `critical_value`.
    chosen, heights, scales
        Which effect each draw has beyond the bound, how far beyond as a share of the chance, and the chi-squared
        variable of its scale, all of shape (draws,).
    """

    family: Family
    se: Floats
    degrees: float | None
    seed: int
    chosen: NDArray[np.intp]
    heights: Floats
    scales: Floats

    @classmethod
    def of(cls, family: Family, se: Floats, degrees: float | None, seed: int, draws: int) -> _Beyond:
        """Choose effects and heights evenly, in an order that is drawn."""
        from scipy.special import gammaincinv

        rng = np.random.default_rng([seed, draws])
        which, heights, sizes = ((np.arange(draws) + rng.random(draws)) / draws for _ in range(3))
        scales: Floats = np.ones(draws)
        if degrees is not None:
            scales = np.asarray(2 * gammaincinv((degrees + 1) / 2, rng.permutation(sizes)), dtype=np.float64)
        chosen = (which * family.size).astype(np.intp)
        return cls(family, se, degrees, seed, chosen, rng.permutation(heights), scales)

    def chance(self, bound: float) -> float:
        """Return the chances of single effects, added up."""
        return self.family.size * 2 * float(t_tail(bound, np.inf if self.degrees is None else self.degrees))

    def batches(self) -> Iterator[_Batch]:
        """Yield how effects go with the chosen one of each draw, and draws of what does not go with it."""
        rng = np.random.default_rng([self.seed, len(self.chosen), 1])
        for start in range(0, len(self.chosen), _AT_A_TIME):
            some = slice(start, start + _AT_A_TIME)
            chosen = self.chosen[some]
            pull = self.family.going_with(chosen)
            pull /= self.se[:, None]
            pull /= self.se[chosen]
            rest = self.family.drawn(len(chosen), rng)
            rest /= self.se[:, None]
            rest -= pull * rest[chosen, np.arange(len(chosen))]
            yield some, pull, rest

    def alone(self, bounds: Floats) -> Floats:
        """Return the mean of one over how many effects are beyond each bound, given that the chosen one is."""
        total = np.zeros(len(bounds))
        for batch in self.batches():
            total += [(1 / self._count(bound, batch)).sum() for bound in bounds.tolist()]
        found: Floats = total / len(self.chosen)
        return found

    def share(self, bound: float, held: Sequence[_Batch]) -> float:
        """Return the same at one bound from batches that are held."""
        return float(np.mean(np.concatenate([1 / self._count(bound, batch) for batch in held])))

    def _count(self, bound: float, batch: _Batch) -> Floats:
        """Return how many effects are beyond a bound in each draw, the chosen one among them."""
        some, pull, rest = batch
        degrees = np.inf if self.degrees is None else self.degrees
        # Given one t variable the others are t with one degree more, and wider the farther out it is.
        height = -t_quantile(self.heights[some] * float(t_tail(bound, degrees)), degrees)
        scale = np.ones(len(height))
        if self.degrees is not None:
            scale = np.sqrt((self.degrees + height**2) / self.scales[some])
        values = pull * height
        values += rest * scale
        there = np.abs(values, out=values) >= bound * (1 - _SAME)
        found: Floats = np.maximum(np.count_nonzero(there, axis=0), 1).astype(np.float64)
        return found
