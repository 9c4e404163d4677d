"""Finite mixtures of normal distributions, in which posteriors and predictive distributions are kept."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from pilotzone.core import Brief

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Mixture"]

_FAR = (1.0, 4.0, 30.0, 1e6)
"""Standard deviations from the mean at which the quadrature of a score is divided, and ends."""
_LEAST = 1e-13
"""Parts with a smaller probability do not count in a score."""
_FEW = 32
"""Up to so many parts, a score looks at each."""


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

    def crps(self, outcome: float) -> float:
        """Return the continuous ranked probability score of what came, in its unit; less is better.

        The integral of the squared distance between this distribution and the step at the outcome (Gneiting and Raftery
        2007, "Strictly proper scoring rules", Journal of the American Statistical Association 102), by adaptive
        quadrature. Tails are those of t, and reach far.
        """
        from scipy.integrate import quad
        from scipy.special import ndtr

        kept = self.probability > _LEAST
        share, mean, sd = self.probability[kept], self.mean[kept], self.sd[kept]
        share = share / share.sum()

        def squared(value: float, step: float) -> float:
            return float(share @ ndtr((value - mean) / sd) - step) ** 2

        middle, spread = self.expected, self.spread
        marks = {outcome, *(middle + sign * far * spread for sign in (-1, 1) for far in _FAR)}
        if len(mean) <= _FEW:
            marks |= {
                at + sign * off for at, off in zip(mean.tolist(), (4 * sd).tolist(), strict=True) for sign in (-1, 0, 1)
            }
        found = 0.0
        for low, high in pairwise(sorted(marks)):
            step = float(low >= outcome)
            found += quad(squared, low, high, args=(step,), epsabs=1e-11 * spread, epsrel=1e-10, limit=200)[0]
        return found

    def interval(self, alpha: float) -> tuple[float, float]:
        """Return the central interval of probability 1 - alpha."""
        return self.quantile(alpha / 2), self.quantile(1 - alpha / 2)
