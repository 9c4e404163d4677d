"""How well a forecast did: scores of points and distributions, as ranges where the outcome is known as an interval.

A score of an interval is not a number: it is the least and the greatest score over what the outcome may have been.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import Brief, UsageError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = [
    "Coverage",
    "ScoreRange",
    "absolute_error",
    "coverage",
    "crps_ensemble",
    "crps_ensemble_range",
    "crps_normal",
    "crps_normal_range",
    "ratio_range",
]

_ENOUGH = 10
"""Outcomes from which a coverage is told in percent: below, as k of n."""


@dataclass(frozen=True)
class ScoreRange(Brief):
    """The least and the greatest score over what the outcome may have been; the same where it is known."""

    low: float
    high: float


def crps_normal(mean: float, sd: float, outcome: float) -> float:
    """Return the continuous ranked probability score of a normal distribution, in the unit of the outcome.

    Parameters
    ----------
    mean, sd
        Mean and sd of the forecast; with a deviation of zero it is a point, and the score the absolute error.
    outcome
        What came.

    Notes
    -----
    Gneiting and Raftery 2007, "Strictly proper scoring rules, prediction, and estimation", Journal of the American
    Statistical Association 102, 359-378. Less is better.

    Examples
    --------
    >>> round(crps_normal(0, 1, 0), 10), round(crps_normal(0, 1, 1), 10)
    (0.2336949773, 0.6024413576)
    """
    from scipy.special import ndtr

    if not (math.isfinite(sd) and sd >= 0):
        raise UsageError(f"the standard deviation of a forecast is {sd:g}.", allowed="zero or more")
    _finite(mean, outcome)
    if sd == 0:
        return abs(outcome - mean)
    z = (outcome - mean) / sd
    density = math.exp(-z * z / 2) / math.sqrt(2 * math.pi)
    return float(sd * (z * (2 * float(ndtr(z)) - 1) + 2 * density - 1 / math.sqrt(math.pi)))


def crps_ensemble(members: Sequence[float] | Floats, outcome: float, *, fair: bool = False) -> float:
    """Return the continuous ranked probability score of an ensemble, in the unit of the outcome.

    Parameters
    ----------
    members
        Draws of the forecast, one or more; two or more for the fair score.
    outcome
        What came.
    fair
        Whether to score the distribution that members were drawn from; else the ensemble itself as a step function.

    Raises
    ------
    UsageError
        If members are too few or not finite.

    Notes
    -----
    ``mean |x - y| - sum |x_i - x_j| / (2 m^2)``; fair with ``2 m (m - 1)`` (Ferro 2014, "Fair scores for ensemble
    forecasts", Quarterly Journal of the Royal Meteorological Society 140, 1917-1923). The sum over pairs comes from
    sorted members. The fair score can be negative.

    Examples
    --------
    >>> crps_ensemble([0, 1], 0), crps_ensemble([0, 1], 0, fair=True)
    (0.25, 0.0)
    """
    drawn = _members(members, 2 if fair else 1)
    _finite(outcome)
    return float(np.abs(drawn - outcome).mean()) - _spread(drawn, fair=fair)


def crps_normal_range(mean: float, sd: float, low: float, high: float) -> ScoreRange:
    """Return the range of scores of a normal distribution where the outcome lies between two numbers.

    The score is convex in the outcome, with its least at the median (its slope is ``2 F - 1``).
    """
    _interval(low, high)
    ends = [crps_normal(mean, sd, end) for end in (low, high)]
    return ScoreRange(crps_normal(mean, sd, min(max(mean, low), high)), max(ends))


def crps_ensemble_range(
    members: Sequence[float] | Floats, low: float, high: float, *, fair: bool = False
) -> ScoreRange:
    """Return the range of scores of an ensemble where the outcome lies between two numbers; the least as above."""
    _interval(low, high)
    drawn = _members(members, 2 if fair else 1)
    ends = [crps_ensemble(drawn, end, fair=fair) for end in (low, high)]
    best = min(max(float(np.median(drawn)), low), high)
    return ScoreRange(crps_ensemble(drawn, best, fair=fair), max(ends))


def absolute_error(point: float, low: float, high: float) -> ScoreRange:
    """Return the range of absolute errors of a point where the outcome lies between two numbers.

    Examples
    --------
    >>> absolute_error(267, 107, 150)
    ScoreRange(low=117, high=160)
    """
    _interval(low, high)
    _finite(point)
    return ScoreRange(max(low - point, point - high, 0), max(abs(point - low), abs(point - high)))


def ratio_range(point: float, low: float, high: float) -> ScoreRange:
    """Return forecast over outcome where the outcome, above zero, lies between two numbers.

    Examples
    --------
    >>> ratio_range(267, 150, 150)
    ScoreRange(low=1.78, high=1.78)
    """
    _interval(low, high)
    _finite(point)
    if low <= 0:
        raise UsageError(f"an outcome of {low:g} has no ratio.", allowed="outcomes above zero")
    found = sorted((point / high, point / low))
    return ScoreRange(*found)


@dataclass(frozen=True)
class Coverage(Brief):
    """How many outcomes lay in the intervals that were forecast.

    Attributes
    ----------
    surely
        Whose whole interval lies in the forecast's.
    possibly
        Whose interval meets the forecast's, those above included.
    count
        All outcomes.
    """

    surely: int
    possibly: int
    count: int

    @property
    def told(self) -> str:
        """In words: k of n below ten outcomes, in percent as well from ten on."""
        sure, may = (self._one(number) for number in (self.surely, self.possibly))
        return sure if self.surely == self.possibly else f"{sure} to {may}"

    def _one(self, number: int) -> str:
        told = f"{number} of {self.count}"
        return f"{told} ({100 * number / self.count:.0f} %)" if self.count >= _ENOUGH else told


def coverage(forecasts: Sequence[tuple[float, float]], outcomes: Sequence[tuple[float, float]]) -> Coverage:
    """Return how many outcomes, each between two numbers, lay in the intervals that were forecast.

    Examples
    --------
    >>> coverage([(0, 2), (0, 2), (0, 2)], [(1, 1), (1, 3), (3, 4)]).told
    '1 of 3 to 2 of 3'
    """
    if len(forecasts) != len(outcomes) or not len(outcomes):
        raise UsageError(
            f"{len(forecasts)} intervals stand beside {len(outcomes)} outcomes.",
            allowed="one outcome for each, and one or more",
        )
    for pair in (*forecasts, *outcomes):
        _interval(*pair)
    pairs = list(zip(forecasts, outcomes, strict=True))
    surely = sum(own[0] <= came[0] and came[1] <= own[1] for own, came in pairs)
    possibly = sum(own[0] <= came[1] and came[0] <= own[1] for own, came in pairs)
    return Coverage(surely, possibly, len(pairs))


def _spread(drawn: Floats, *, fair: bool) -> float:
    """Return half the mean difference of two members."""
    count = len(drawn)
    ordered = np.sort(drawn)
    # Each member is larger than those before it and smaller than those after it.
    pairs = float(((2 * np.arange(count) - count + 1) * ordered).sum())
    return pairs / (count * (count - 1) if fair else count**2)


def _members(members: Sequence[float] | Floats, fewest: int) -> Floats:
    drawn = np.asarray(members, dtype=np.float64).ravel()
    if len(drawn) < fewest or not np.isfinite(drawn).all():
        raise UsageError(
            f"an ensemble has {len(drawn)} members, {int((~np.isfinite(drawn)).sum())} of them not finite.",
            allowed=f"{fewest} finite numbers or more",
        )
    return drawn


def _finite(*values: float) -> None:
    for value in values:
        if not math.isfinite(value):
            raise UsageError(f"a score is asked for of {value}.", allowed="finite numbers")


def _interval(low: float, high: float) -> None:
    if not (math.isfinite(low) and math.isfinite(high) and low <= high):
        raise UsageError(f"an interval lies from {low:g} to {high:g}.", allowed="two finite numbers, the lower first")
