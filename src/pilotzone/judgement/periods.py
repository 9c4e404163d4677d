"""The change of a unit between two stretches of periods, and how far noise moves it."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Integral
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import UsageError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Periods", "check_count"]


def check_count(what: str, count: object) -> None:
    """Refuse what is not a whole number from one."""
    if isinstance(count, bool) or not isinstance(count, Integral) or count < 1:
        raise UsageError(f"{what} is {count!r}.", allowed="a whole number from one")


@dataclass(frozen=True)
class Periods:
    """Noise of units from period to period, and the periods that are compared.

    Attributes
    ----------
    residual
        Covariance of one unit's, or cluster's, outcomes in one period, shape (K, K).
    before, after
        Periods on either side of the start.
    autocorrelation
        Autocorrelation of the noise from one period to the next.
    """

    residual: Floats
    before: int
    after: int
    autocorrelation: float

    def __post_init__(self) -> None:
        check_count("before", self.before)
        check_count("after", self.after)
        if not -1 < self.autocorrelation < 1:
            raise UsageError(f"autocorrelation is {self.autocorrelation!r}.", allowed="a number above -1 and below 1")

    @property
    def unit(self) -> Floats:
        """Covariance of the change between the means of both sides, for noise that is carried on by a share."""
        weights = np.r_[np.full(self.before, -1 / self.before), np.full(self.after, 1 / self.after)]
        apart = np.abs(np.subtract.outer(np.arange(len(weights)), np.arange(len(weights))))
        found: Floats = self.residual * float(weights @ self.autocorrelation**apart @ weights)
        return found
