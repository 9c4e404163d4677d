"""Finite mixtures of normal distributions, in which posteriors and predictive distributions are kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pilotzone.core import Brief

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Mixture"]


@dataclass(frozen=True, eq=False)
class Mixture(Brief):
    """A finite mixture of normal distributions.

    Attributes
    ----------
    probability, mean, sd
        Of each part, shape (m,).
    """

    probability: Floats
    mean: Floats
    sd: Floats

    @property
    def expected(self) -> float:
        """Mean."""
        return float(self.probability @ self.mean)

    @property
    def spread(self) -> float:
        """Standard deviation."""
        return float((self.probability @ (self.sd**2 + (self.mean - self.expected) ** 2)) ** 0.5)

    def below(self, value: float) -> float:
        """Return the probability of a smaller value."""
        from scipy.special import ndtr

        return float(self.probability @ ndtr((value - self.mean) / self.sd))

    def quantile(self, probability: float) -> float:
        """Return a quantile."""
        from scipy.optimize import brentq

        kept = self.probability > 0
        low = float((self.mean - 40 * self.sd)[kept].min())
        high = float((self.mean + 40 * self.sd)[kept].max())
        return float(brentq(lambda value: self.below(value) - probability, low, high, xtol=1e-14, rtol=1e-14))

    def interval(self, alpha: float) -> tuple[float, float]:
        """Return the central interval of probability 1 - alpha."""
        return self.quantile(alpha / 2), self.quantile(1 - alpha / 2)
