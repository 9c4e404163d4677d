"""Random effects at a tau squared: coefficients, the Hartung-Knapp factor, and what a new zone may have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import Brief, t_quantile
from pilotzone.transfer.variances import BetweenMethod, Contrasts, contrasts, tau2_by

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Fit", "Predictive", "fit_effects"]


@dataclass(frozen=True)
class Predictive(Brief):
    """A t distribution of what is predicted, or a normal one.

    Attributes
    ----------
    mean, scale
        Location and scale, in the outcome's scale.
    degrees
        Degrees of freedom.
    """

    mean: float
    scale: float
    degrees: float

    @property
    def expected(self) -> float:
        """Mean, as other distributions name it; the location where one degree of freedom leaves no mean."""
        return self.mean

    def interval(self, alpha: float) -> tuple[float, float]:
        """Return the central interval of probability 1 - alpha."""
        half = float(t_quantile(1 - alpha / 2, self.degrees)) * self.scale
        return self.mean - half, self.mean + half

    def above(self, value: float) -> float:
        """Return the probability of a greater value."""
        from scipy.stats import t

        return float(t.sf((value - self.mean) / self.scale, self.degrees))


@dataclass(frozen=True, eq=False)
class Fit(Brief):
    """Random effects of n zones on p regressors.

    Attributes
    ----------
    coefficients
        Shape (p,).
    plain
        Their covariance with tau squared taken as known, shape (p, p).
    factor
        Hartung and Knapp's factor of that covariance, never below one.
    tau2
        Variance of true effects between zones.
    degrees
        n - p.
    weights
        What each zone's estimate counts in each coefficient, shape (p, n).
    contrasts
        What tau squared was estimated from.
    estimate, design, sampling
        What was fitted: effects, shape (n,), regressors, shape (n, p), and sampling covariance, shape (n, n).
    """

    coefficients: Floats
    plain: Floats
    factor: float
    tau2: float
    degrees: int
    weights: Floats
    contrasts: Contrasts
    estimate: Floats
    design: Floats
    sampling: Floats

    @property
    def covariance(self) -> Floats:
        """Covariance of the coefficients with the factor, shape (p, p)."""
        return self.plain * self.factor

    def at(self, row: Floats) -> Predictive:
        """Return the distribution of the true effect of a new zone with these regressors, shape (p,).

        It has one degree of freedom fewer than the mean (Higgins, Thompson and Spiegelhalter 2009), which must leave
        one at least.
        """
        variance = float(row @ self.covariance @ row) + self.tau2
        return Predictive(float(row @ self.coefficients), variance**0.5, self.degrees - 1)


def fit_effects(estimate: Floats, design: Floats, covariance: Floats, method: BetweenMethod) -> Fit:
    """Fit random effects by generalised least squares at an estimated tau squared.

    Parameters
    ----------
    estimate
        Effects, shape (n,).
    design
        Regressors, shape (n, p), of full column rank, with p below n.
    covariance
        Sampling covariance, shape (n, n), positive definite.
    method
        Estimator of tau squared.

    Notes
    -----
    The factor is Q at the estimated tau squared over n - p, at least one (Hartung and Knapp 2001; Knapp and Hartung
    2003; Röver, Knapp and Friede 2015 for the lower limit), so that an interval is never narrower than without.
    """
    found = contrasts(estimate, design, covariance)
    tau2 = tau2_by(method, found)
    total = covariance + tau2 * np.eye(len(estimate))
    solved = np.linalg.solve(total, design)
    plain = np.linalg.inv(design.T @ solved)
    plain = (plain + plain.T) / 2
    weights = plain @ solved.T
    factor = max(1.0, found.q(tau2) / found.count)
    return Fit(weights @ estimate, plain, factor, tau2, found.count, weights, found, estimate, design, covariance)
