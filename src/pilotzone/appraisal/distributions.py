"""Distributions of drivers: each a function of a normal score, so that drivers can vary together."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Protocol

import numpy as np

from pilotzone.core import Brief, UsageError, significant

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from scipy.interpolate import CubicHermiteSpline

    Floats = NDArray[np.float64]

__all__ = ["Distribution", "Empirical", "Fixed", "LogNormal", "Normal", "Pert", "Triangular", "Uniform"]

_NODES, _FARTHEST = 4_001, 8.5
"""Normal scores at which a quantile function is computed exactly, and the farthest: beyond is a chance of 1e-17."""
_TWO = 2


class Distribution(Protocol):
    """A distribution of a number."""

    @property
    def varies(self) -> bool:
        """Whether it is more than one number."""
        ...

    @property
    def told(self) -> str:
        """Its kind and parameters in words."""
        ...

    def of_scores(self, scores: Floats) -> Floats:
        """Return its quantiles at normal scores, of any shape."""
        ...


def quantile(distribution: Distribution, probability: float) -> float:
    """Return a quantile of a distribution.

    Examples
    --------
    >>> quantile(Uniform(2, 6), 0.25)
    3.0
    """
    from scipy.special import ndtri

    return float(distribution.of_scores(np.array([ndtri(probability)]))[0])


@dataclass(frozen=True)
class Fixed(Brief):
    """One number."""

    value: float

    def __post_init__(self) -> None:
        _finite("a fixed driver", self.value)

    @property
    def varies(self) -> bool:
        """No."""
        return False

    @property
    def told(self) -> str:
        """Its number."""
        return f"fixed at {significant(self.value)}"

    def of_scores(self, scores: Floats) -> Floats:
        """Return the number, shape of the scores."""
        return np.full(np.shape(scores), float(self.value))


@dataclass(frozen=True)
class Uniform(Brief):
    """Any number between two, each as likely as any other."""

    low: float
    high: float

    def __post_init__(self) -> None:
        _ordered("a uniform distribution", low=self.low, high=self.high)

    @property
    def varies(self) -> bool:
        """Whether the ends differ."""
        return self.low < self.high

    @property
    def told(self) -> str:
        """Its ends."""
        return f"uniform from {significant(self.low)} to {significant(self.high)}"

    def of_scores(self, scores: Floats) -> Floats:
        """Return quantiles at normal scores."""
        from scipy.special import ndtr

        return np.asarray(self.low + (self.high - self.low) * ndtr(scores))


@dataclass(frozen=True)
class Triangular(Brief):
    """A number between two, most likely near a third."""

    low: float
    mode: float
    high: float

    def __post_init__(self) -> None:
        _ordered("a triangular distribution", low=self.low, mode=self.mode, high=self.high)

    @property
    def varies(self) -> bool:
        """Whether the ends differ."""
        return self.low < self.high

    @property
    def told(self) -> str:
        """Its ends and its mode."""
        return f"triangular from {significant(self.low)} over {significant(self.mode)} to {significant(self.high)}"

    def of_scores(self, scores: Floats) -> Floats:
        """Return quantiles at normal scores."""
        from scipy.special import ndtr

        width = self.high - self.low
        if not width:
            return np.full(np.shape(scores), float(self.low))
        at = ndtr(scores)
        rising = self.low + np.sqrt(at * width * (self.mode - self.low))
        # From the other end by its own probability: one minus it would round to zero far out.
        falling = self.high - np.sqrt(ndtr(-np.asarray(scores)) * width * (self.high - self.mode))
        return np.where(at * width < self.mode - self.low, rising, falling)


@dataclass(frozen=True)
class Pert(Brief):
    """A number between two, most likely near a third: a beta distribution with the mean of three-point estimates.

    Attributes
    ----------
    low, mode, high
        Least, most likely and greatest.
    weight
        Weight of the mode; the mean is ``(low + weight * mode + high) / (weight + 2)``.

    Notes
    -----
    Malcolm and others 1959, "Application of a technique for research and development program evaluation", Operations
    Research 7, 646-669; Vose 2008, "Risk Analysis". The quantile function is computed exactly at 4,001 normal scores
    and by cubics between them, which meet its values and slopes.
    """

    low: float
    mode: float
    high: float
    weight: float = 4.0

    def __post_init__(self) -> None:
        _ordered("a PERT distribution", low=self.low, mode=self.mode, high=self.high)
        if not (math.isfinite(self.weight) and self.weight >= 0):
            raise UsageError(f"the weight of a PERT distribution's mode is {self.weight}.", allowed="zero or more")

    @property
    def varies(self) -> bool:
        """Whether the ends differ."""
        return self.low < self.high

    @property
    def told(self) -> str:
        """Its ends and its mode."""
        return f"PERT from {significant(self.low)} over {significant(self.mode)} to {significant(self.high)}"

    @property
    def shape(self) -> tuple[float, float]:
        """Parameters of the beta distribution on the unit interval."""
        middle = (self.mode - self.low) / (self.high - self.low)
        return 1 + self.weight * middle, 1 + self.weight * (1 - middle)

    def of_scores(self, scores: Floats) -> Floats:
        """Return quantiles at normal scores."""
        if not self.varies:
            return np.full(np.shape(scores), float(self.low))
        unit = _beta_of_scores(*self.shape)(np.clip(scores, -_FARTHEST, _FARTHEST))
        return np.asarray(self.low + (self.high - self.low) * np.clip(unit, 0.0, 1.0))


@lru_cache(maxsize=128)
def _beta_of_scores(a: float, b: float) -> CubicHermiteSpline:
    """Return quantiles of a beta distribution as a function of normal scores."""
    from scipy.interpolate import CubicHermiteSpline
    from scipy.special import betaincinv, betaln, ndtr, xlogy

    nodes = np.linspace(-_FARTHEST, _FARTHEST, _NODES)
    # Each half from its own end, where probabilities are not rounded.
    values = np.where(nodes < 0, betaincinv(a, b, ndtr(nodes)), 1 - betaincinv(b, a, ndtr(-nodes)))
    rest = np.where(nodes < 0, 1 - values, betaincinv(b, a, ndtr(-nodes)))
    density = xlogy(a - 1, values) + xlogy(b - 1, rest) - betaln(a, b)
    normal = -(nodes**2) / 2 - math.log(2 * math.pi) / 2
    return CubicHermiteSpline(nodes, values, np.exp(normal - density))


@dataclass(frozen=True)
class Normal(Brief):
    """A normal distribution: its mean and its standard deviation."""

    mean: float
    sd: float

    def __post_init__(self) -> None:
        _finite("a normal distribution", self.mean, self.sd)
        _not_negative("a normal distribution", "standard deviation", self.sd)

    @classmethod
    def between(cls, low: float, high: float, share: float = 0.9) -> Normal:
        """Return the one of which so large a share lies between two numbers, and as much below as above."""
        _ordered("a normal distribution", low=low, high=high)
        return cls((low + high) / 2, (high - low) / 2 / _half_width(share))

    @property
    def varies(self) -> bool:
        """Whether it has a width."""
        return self.sd > 0

    @property
    def told(self) -> str:
        """Its mean and standard deviation."""
        return f"normal, mean {significant(self.mean)}, standard deviation {significant(self.sd)}"

    def of_scores(self, scores: Floats) -> Floats:
        """Return quantiles at normal scores."""
        return np.asarray(self.mean + self.sd * np.asarray(scores))


@dataclass(frozen=True)
class LogNormal(Brief):
    """A number whose logarithm is normal.

    Attributes
    ----------
    median
        Median, above zero.
    log_sd
        Standard deviation of the natural logarithm.
    """

    median: float
    log_sd: float

    def __post_init__(self) -> None:
        _finite("a lognormal distribution", self.median, self.log_sd)
        _not_negative("a lognormal distribution", "standard deviation of the logarithm", self.log_sd)
        if self.median <= 0:
            raise UsageError(f"the median of a lognormal distribution is {self.median:g}.", allowed="above zero")

    @classmethod
    def between(cls, low: float, high: float, share: float = 0.9) -> LogNormal:
        """Return the one of which so large a share lies between two numbers, and as much below as above."""
        _ordered("a lognormal distribution", low=low, high=high)
        if low <= 0:
            raise UsageError(f"a lognormal distribution begins at {low:g}.", allowed="above zero")
        return cls(math.sqrt(low * high), math.log(high / low) / 2 / _half_width(share))

    @property
    def varies(self) -> bool:
        """Whether it has a width."""
        return self.log_sd > 0

    @property
    def told(self) -> str:
        """Its median and the standard deviation of its logarithm."""
        return f"lognormal, median {significant(self.median)}, standard deviation of log {significant(self.log_sd)}"

    def of_scores(self, scores: Floats) -> Floats:
        """Return quantiles at normal scores."""
        return np.asarray(self.median * np.exp(self.log_sd * np.asarray(scores)))


@dataclass(frozen=True)
class Empirical(Brief):
    """One of several numbers that were observed, each as likely as any other."""

    values: Sequence[float]
    _sorted: tuple[float, ...] = field(init=False, repr=False, compare=False, default=())

    def __post_init__(self) -> None:
        if not len(self.values):
            raise UsageError("an empirical distribution has no values.", allowed="one number or more")
        _finite("an empirical distribution", *self.values)
        object.__setattr__(self, "_sorted", tuple(sorted(float(value) for value in self.values)))

    @property
    def varies(self) -> bool:
        """Whether there are different ones."""
        return self._sorted[0] < self._sorted[-1]

    @property
    def told(self) -> str:
        """How many, and their ends."""
        ends = f"{significant(self._sorted[0])} to {significant(self._sorted[-1])}"
        return f"one of {len(self._sorted)} observed values, {ends}"

    def of_scores(self, scores: Floats) -> Floats:
        """Return quantiles at normal scores."""
        from scipy.special import ndtr

        count = len(self._sorted)
        which = np.minimum((ndtr(scores) * count).astype(np.int64), count - 1)
        return np.asarray(np.array(self._sorted)[which])


def _half_width(share: float) -> float:
    """Return how many standard deviations from the middle the ends of a central share are."""
    from scipy.special import ndtri

    if not 0 < share < 1:
        raise UsageError(f"a share of {share:g} is to lie between two numbers.", allowed="above 0 and below 1")
    return float(ndtri((1 + share) / _TWO))


def _finite(what: str, *values: float) -> None:
    wrong = [value for value in values if not math.isfinite(value)]
    if wrong:
        raise UsageError(f"{what} has the parameter {wrong[0]}.", allowed="finite numbers")


def _ordered(what: str, **values: float) -> None:
    _finite(what, *values.values())
    numbers = list(values.values())
    if numbers != sorted(numbers):
        told = ", ".join(f"{name} {value:g}" for name, value in values.items())
        raise UsageError(f"{what} has {told}.", allowed=" <= ".join(values))


def _not_negative(what: str, name: str, value: float) -> None:
    if value < 0:
        raise UsageError(f"the {name} of {what} is {value:g}.", allowed="zero or more")
