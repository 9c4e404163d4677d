"""Intervals that hold where trends part at most so many times as far as they ever did before.

Rambachan and Roth (2023), "A more credible approach to parallel trends", Review of Economic Studies 90, 2555-2591, call
it relative magnitudes: from one period to the next d, the difference in trends, moves at most M times as far after the
reference as it ever did before. Were it known which move before the reference is the largest, and its sign, the effect
would lie between two sums of coefficients, L and U.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import t_quantile

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pilotzone.evaluation.many.trends.violations import Ends, EventStudy

    Floats = NDArray[np.float64]

__all__ = ["within_magnitudes", "within_magnitudes_set"]

_FIRST_STEP = 0.1
"""Share of alpha with which what is known of an effect's distances from L and U may be wrong."""

_ALONG = 1e-7
"""Correlations whose square is within its square of one count as one: Owen's arguments would overflow."""

_FAR = 40.0
"""Standard errors beyond which a deviation does not occur."""


@dataclass(frozen=True)
class _Bounds:
    """Estimates of two sums of coefficients between which the effect lies, and how they err.

    Attributes
    ----------
    low, high
        Lower and upper ends of L and U.
    se_low, se_high
        Their standard errors.
    correlation
        Correlation of the deviations downward from L and upward from U.
    """

    low: float
    high: float
    se_low: float
    se_high: float
    correlation: float

    @property
    def turned(self) -> _Bounds:
        """The same seen from the other end: signs changed, L for U."""
        return _Bounds(-self.high, -self.low, self.se_high, self.se_low, self.correlation)


@dataclass(frozen=True, eq=False)
class _Test:
    """What is asked of an effect before it is kept.

    Attributes
    ----------
    alpha
        Chance left to the two deviations.
    first
        Chance with which the distances may be misjudged.
    cap
        What no critical value exceeds.
    divisor
        What deviations are divided by when their standard error is estimated, at even steps of probability.
    """

    alpha: float
    first: float
    cap: float
    divisor: Floats


def within_magnitudes_set(study: EventStudy, size: float) -> Ends:
    """Return the effects that the estimates allow, as if they were free of error, under relative magnitudes."""
    centre = float(study.target @ study.estimate)
    off = size * study.reach * float(np.abs(study.steps @ study.estimate).max())
    return centre - off, centre + off


def within_magnitudes(study: EventStudy, size: float, alpha: float, degrees: float | None) -> Ends:
    """Return an interval that covers the effect under relative magnitudes.

    Parameters
    ----------
    study
        With one period or more before the reference.
    size
        The factor M, from zero.
    alpha
        One less the level.
    degrees
        Degrees of freedom of a t distribution; normal if ``None``.

    Returns
    -------
    pair
        Lower and upper end.

    Notes
    -----
    For each move before the reference and each sign, every effect is kept whose distance below L or above U, in
    standard errors, stays under a critical value. One of the moves, with one of the signs, is the largest: the union
    over all of them covers the effect at the level whatever the truth.

    The critical value is that of the larger of two correlated deviations, of which one has room: an effect above U lies
    well above L where these two are far apart. How far, at least, is known but for a tenth of `alpha`; the rest of
    `alpha` is left to the deviations. This is the two-step method of Romano, Shaikh and Wolf (2014), "A practical
    two-step method for testing moment inequalities", Econometrica 82, 1979-2002, who take the tenth as well. Without
    violations L and U are one, and all of `alpha` goes to the usual interval.

    Unlike adding a standard error to the ends of the estimated set, this allows for errors in these ends.
    """
    if size == 0:
        centre, half = float(study.target @ study.estimate), study.se(study.target)
        point = -float(t_quantile(alpha / 2, degrees))
        return centre - point * half, centre + point * half
    first = _FIRST_STEP * alpha
    # Two deviations together exceed a point at most twice as often as one; a little more for the steps of `divisor`.
    cap = -float(t_quantile((alpha - first) / 2, degrees)) + 0.01
    test = _Test(alpha - first, first, cap, _divisors(degrees))
    all_bounds = [
        bounds
        for move in study.steps
        for sign in (1.0, -1.0)
        if _holds_any(bounds := _bounds_of(study, sign * size * study.reach * move), test)
    ]
    return -_highest([bounds.turned for bounds in all_bounds], test), _highest(all_bounds, test)


def _bounds_of(study: EventStudy, off: Floats) -> _Bounds:
    """Return L and U where the effect may be off by a weighted sum of coefficients either way."""
    low, high = study.target - off, study.target + off
    se = study.se(low), study.se(high)
    correlation = -float(low @ study.covariance @ high) / (se[0] * se[1]) if min(se) > 0 else 0.0
    return _Bounds(float(low @ study.estimate), float(high @ study.estimate), *se, correlation)


def _holds_any(bounds: _Bounds, test: _Test) -> bool:
    """Whether any effect is kept: always, unless L was estimated above U."""
    return bounds.low <= bounds.high or -_end(bounds.turned, test) <= _end(bounds, test)


def _highest(all_bounds: list[_Bounds], test: _Test) -> float:
    """Return the largest effect that is kept for any of the moves."""
    found = -np.inf
    for bounds in sorted(all_bounds, key=lambda item: -(item.high + test.cap * item.se_high)):
        if bounds.high + test.cap * bounds.se_high > found:
            found = max(found, _end(bounds, test))
    return found


def _end(bounds: _Bounds, test: _Test) -> float:
    """Return the largest effect that is kept for one move.

    The further an effect is above U, the further it is above L, and the smaller the critical value: there is one effect
    whose distance is the critical value.
    """
    from scipy import optimize

    if bounds.se_high == 0:
        return bounds.high
    known = _larger_of_two(bounds.correlation, 0.0, test.first, test.divisor)

    def beyond(c: float) -> float:
        room = _FAR
        if bounds.se_low > 0:
            effect = bounds.high + c * bounds.se_high
            room = min(max((effect - bounds.low) / bounds.se_low - known, 0.0), _FAR)
        under = _both_under(c * test.divisor, (c + room) * test.divisor, bounds.correlation)
        return float(under.mean()) - (1 - test.alpha)

    return bounds.high + bounds.se_high * float(optimize.brentq(beyond, 1e-9, 2 * _FAR, xtol=1e-10))


def _larger_of_two(correlation: float, room: float, alpha: float, divisor: Floats) -> float:
    """Return the point that the larger of two deviations exceeds with probability alpha, one with room beyond it."""
    from scipy import optimize

    def short(c: float) -> float:
        return float(_both_under(c * divisor, (c + room) * divisor, correlation).mean()) - (1 - alpha)

    return float(optimize.brentq(short, 1e-9, 2 * _FAR, xtol=1e-10))


def _both_under(one: Floats, other: Floats, correlation: float) -> Floats:
    """Return the probability that two standard normal variables stay under two bounds above zero.

    By Owen's function (Owen 1956, "Tables for computing bivariate normal probabilities", Annals of Mathematical
    Statistics 27, 1075-1090).
    """
    from scipy import special

    found: Floats
    across = np.sqrt(max(1 - correlation**2, 0.0))
    below = special.ndtr(one), special.ndtr(other)
    if across < _ALONG:
        found = np.minimum(*below) if correlation > 0 else np.maximum(below[0] + below[1] - 1, 0.0)
        return found
    found = (below[0] + below[1]) / 2
    found -= special.owens_t(one, (other / one - correlation) / across)
    found -= special.owens_t(other, (one / other - correlation) / across)
    return found


def _divisors(degrees: float | None) -> Floats:
    """Return what deviations are divided by when their standard error is estimated, at even steps of probability."""
    from scipy import stats

    if degrees is None or np.isinf(degrees):
        return np.ones(1)
    found: Floats = np.sqrt(stats.chi2.ppf((np.arange(500) + 0.5) / 500, degrees) / degrees)
    return found
