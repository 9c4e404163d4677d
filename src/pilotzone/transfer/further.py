"""The true effect of a further zone where what is not known of tau is part of what is predicted.

A prediction by t takes the estimated tau for the true one, but for degrees of freedom. Where zones differ about as much
as their errors, that estimate is often zero or far too small, and the interval is too narrow. Here tau squared has its
confidence distribution instead: Q at the true tau squared is exactly chi-squared, so that each draw of a chi-squared
variable is a tau squared, and zero where the draw is above Q at zero.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

import numpy as np

from pilotzone.core import Brief, check_choice
from pilotzone.transfer.mixture import Mixture
from pilotzone.transfer.variances import tau2_with_q

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pilotzone.transfer.fitting import Fit

    Floats = NDArray[np.float64]

__all__ = [
    "PREDICTION_WORDS",
    "Factors",
    "PredictionMethod",
    "UncertainFit",
    "estimate_elsewhere",
    "further_draws",
    "further_factors",
    "predictor",
    "uncertain_fit",
]

PredictionMethod = Literal["HTS", "NNF"]
"""Higgins, Thompson and Spiegelhalter's t, or Nagashima, Noma and Furukawa's confidence distribution of tau."""

PREDICTION_WORDS: dict[PredictionMethod, str] = {
    "HTS": "by t at the estimated tau",
    "NNF": "with tau uncertain",
}
"""What is said of intervals by each method."""

_PIECES, _POINTS = 3, 16
_SCORES = np.linspace(-8, 8, 513)
"""Normal scores at which factors are given."""
_TAIL = 1e-15
"""Probability that is left out at either end of a chi-squared distribution."""


@dataclass(frozen=True, eq=False)
class Factors(Brief):
    """What moves the true effects of m new zones together, and what moves each by itself.

    Attributes
    ----------
    scores
        Normal scores of what is not known of tau, rising with it, shape (M,); zero alone where tau is taken as known.
    location
        Predicted effects at each of them, shape (M, m).
    loadings
        On independent errors of the regression, which all new zones share, shape (M, m, p).
    own
        Standard deviation of what moderators leave, of each by itself, shape (M,).
    degrees
        Degrees of freedom of the t distribution that errors of the regression have jointly; with one score what
        moderators leave as well.
    """

    scores: Floats
    location: Floats
    loadings: Floats
    own: Floats
    degrees: float


@dataclass(frozen=True, eq=False)
class UncertainFit(Brief):
    """Random effects with tau uncertain: what a `Fit` is at one tau squared, at each of many.

    Attributes
    ----------
    probability
        Of each tau squared, shape (m,).
    tau2
        Variances of true effects, shape (m,).
    coefficients, information
        At each of them, shape (m, p), and the inverse of their covariance without the factor, shape (m, p, p).
    factor
        Hartung and Knapp's factor at each, shape (m,).
    shrink, weight
        Degrees of freedom over nodes of a chi-squared variable, and the weights of these, shape (l,): a t variable is
        normal given a chi-squared one.
    """

    probability: Floats
    tau2: Floats
    coefficients: Floats
    information: Floats
    factor: Floats
    shrink: Floats
    weight: Floats

    def at(self, row: Floats) -> Mixture:
        """Return the distribution of the true effect of a new zone with these regressors, shape (p,)."""
        rows = np.broadcast_to(row[:, None], (len(self.tau2), len(row), 1))
        variance = np.linalg.solve(self.information, rows)[:, :, 0] @ row
        spread = self.tau2[:, None] + (variance * self.factor)[:, None] * self.shrink
        probability = self.probability[:, None] * self.weight
        means = np.broadcast_to((self.coefficients @ row)[:, None], spread.shape)
        return Mixture((probability / probability.sum()).ravel(), means.ravel(), np.sqrt(spread).ravel())


def predictor(method: PredictionMethod, fit: Fit) -> Fit | UncertainFit:
    """Return what predicts new zones by one of the methods, row by row.

    Raises
    ------
    UsageError
        If there is no such method.
    """
    check_choice(method, PredictionMethod, "the method of prediction intervals")
    return fit if method == "HTS" else uncertain_fit(fit)


def uncertain_fit(fit: Fit, pieces: int = _PIECES) -> UncertainFit:
    """Return random effects with tau uncertain, from a fit at one tau squared.

    Parameters
    ----------
    fit
        Random effects of n zones on p regressors.
    pieces
        Pieces of each of the two integrals; a test holds that more change nothing.

    Notes
    -----
    The distribution of Nagashima, Noma and Furukawa (2019, "Prediction intervals for random-effects meta-analysis: a
    confidence distribution approach", Statistical Methods in Medical Research 28), with two differences: tau squared
    comes from the generalised Q of `q_profile` instead of Cochran's, whose distribution is exact whatever the sampling
    covariance is, and the factor of Hartung and Knapp is one at least, as everywhere here. Given tau squared, the
    effect is normal around the mean at that tau squared, whose own error is t with n - p degrees of freedom. A t
    variable is normal given a chi-squared one, so that all of it is a mixture of normal distributions: two integrals
    over the logarithms of chi-squared variables, by Gauss-Legendre quadrature; nothing is drawn.
    """
    from scipy.stats import chi2

    found, degrees = fit.contrasts, fit.degrees
    zero = found.q(0.0)
    q, weight = _chi_squared(degrees, zero, pieces)
    # What is above Q at zero is a tau squared of zero.
    tau2 = np.concatenate([[0.0], tau2_with_q(found, q)])
    weight = np.concatenate([[float(chi2.sf(zero, degrees))], weight])
    factor = np.maximum(1.0, np.concatenate([[zero], q]) / degrees)
    scale, own = _chi_squared(degrees, np.inf, pieces)
    return UncertainFit(weight, tau2, *_regression(fit, tau2), factor, degrees / scale, own)


def estimate_elsewhere(fit: Fit, row: Floats, own: float, shared: Floats) -> Mixture:
    """Return the distribution of the estimate that a further zone will have, with tau uncertain.

    Parameters
    ----------
    fit
        Random effects of n zones on p regressors.
    row
        Regressors of the further zone, shape (p,).
    own
        Sampling variance of its estimate.
    shared
        Sampling covariance of its estimate with those of the zones, shape (n,); not zero where donors are shared.

    Notes
    -----
    What `UncertainFit.at` returns, with the sampling error on top. That error and the regression's move together where
    donors are shared; as the regression's is scaled by Hartung and Knapp's factor and by that of t, so is their
    covariance, and the variance of the sum cannot be negative.
    """
    found = uncertain_fit(fit)
    variance, vectors = np.linalg.eigh(fit.sampling)
    weights = (vectors.T @ shared) / (variance + found.tau2[:, None])
    regressor = np.linalg.solve(found.information, np.broadcast_to(row[:, None], (len(weights), len(row), 1)))[:, :, 0]
    cross = np.einsum("mp,mp->m", regressor, weights @ (vectors.T @ fit.design))
    factor = found.factor[:, None] * found.shrink
    spread = (found.tau2 + own)[:, None] + (regressor @ row)[:, None] * factor - 2 * cross[:, None] * np.sqrt(factor)
    probability = found.probability[:, None] * found.weight
    means = np.broadcast_to((found.coefficients @ row)[:, None], spread.shape)
    # Rounding alone can take a sum that is zero below it: a zone whose estimate the others' errors tell wholly.
    deviation = np.sqrt(np.maximum(spread, np.finfo(float).eps * (found.tau2 + own)[:, None]))
    return Mixture((probability / probability.sum()).ravel(), means.ravel(), deviation.ravel())


def further_draws(fit: Fit, rows: Floats, draws: int, rng: np.random.Generator) -> Floats:
    """Return draws of the true effects of m new zones jointly, shape (draws, m), with tau uncertain.

    Parameters
    ----------
    fit
        Random effects of n zones on p regressors.
    rows
        Regressors of the new zones, shape (m, p).
    draws, rng
        How many, and from what.

    Notes
    -----
    The joint distribution whose margins are those of `UncertainFit`: new zones share tau squared and the error of the
    regression, and each has a difference of its own.
    """
    degrees = fit.degrees
    tau2, mean, root = _given_q(fit, rng.chisquare(degrees, draws))
    student = np.sqrt(degrees / rng.chisquare(degrees, draws))
    error = np.einsum("mpq,mq->mp", root, rng.standard_normal(mean.shape)) * student[:, None]
    own = rng.standard_normal((draws, len(rows))) * np.sqrt(tau2)[:, None]
    drawn: Floats = (mean + error) @ rows.T + own
    return drawn


def further_factors(fit: Fit, rows: Floats) -> Factors:
    """Return the joint distribution of `further_draws` as factors, at normal scores of what is not known of tau.

    Parameters
    ----------
    fit
        Random effects of n zones on p regressors.
    rows
        Regressors of the new zones, shape (m, p).
    """
    from scipy.special import ndtr
    from scipy.stats import chi2

    degrees = fit.degrees
    # A large Q is a small tau squared: scores rise with tau. Each tail by its own function, for its digits.
    q = np.where(_SCORES > 0, chi2.ppf(ndtr(-_SCORES), degrees), chi2.isf(ndtr(_SCORES), degrees))
    tau2, mean, root = _given_q(fit, q)
    return Factors(_SCORES, mean @ rows.T, rows @ root, np.sqrt(tau2), float(degrees))


def _given_q(fit: Fit, q: Floats) -> tuple[Floats, Floats, Floats]:
    """Return tau squared, shape (m,), coefficients (m, p), and what moves them (m, p, p) at each chi-squared value.

    Coefficients err by the root of the inverse of the information, times the root of the factor of Hartung and Knapp;
    a value above Q at zero is a tau squared of zero.
    """
    kept = np.minimum(q, fit.contrasts.q(0.0))
    tau2 = tau2_with_q(fit.contrasts, kept)
    mean, information = _regression(fit, tau2)
    root = np.linalg.inv(np.linalg.cholesky(information)).transpose(0, 2, 1)
    return tau2, mean, root * np.sqrt(np.maximum(1.0, kept / fit.degrees))[:, None, None]


def _chi_squared(degrees: int, top: float, pieces: int) -> tuple[Floats, Floats]:
    """Return nodes and weights for a chi-squared variable up to a value; its logarithm has a smooth density."""
    from scipy.stats import chi2

    low, high = float(chi2.ppf(_TAIL, degrees)), min(top, float(chi2.isf(_TAIL, degrees)))
    if high <= low:
        return np.empty(0), np.empty(0)
    point, weight = np.polynomial.legendre.leggauss(_POINTS)
    # Nearly all of the probability is in the upper pieces, and the factor of Hartung and Knapp has a bend at its mean.
    marks = [low, *(mark for mark in (degrees / 8, degrees) if low < mark < high), high]
    parts = [np.linspace(np.log(start), np.log(end), pieces + 1) for start, end in pairwise(marks)]
    ends = np.concatenate([parts[0], *(part[1:] for part in parts[1:])])
    half = np.diff(ends)[:, None] / 2
    nodes = np.exp((ends[:-1, None] + half) + half * point).ravel()
    return nodes, (half * weight).ravel() * nodes * chi2.pdf(nodes, degrees)


def _regression(fit: Fit, tau2: Floats) -> tuple[Floats, Floats]:
    """Return coefficients, shape (m, p), and the inverse of their covariance, (m, p, p), at each tau squared."""
    # In the eigenvectors of the sampling covariance zones are independent, whatever tau squared is.
    variance, vectors = np.linalg.eigh(fit.sampling)
    design, estimate = vectors.T @ fit.design, vectors.T @ fit.estimate
    weights = 1 / (variance + tau2[:, None])
    information = np.einsum("np,mn,nq->mpq", design, weights, design, optimize=True)
    moments = (weights * estimate) @ design
    return np.linalg.solve(information, moments[:, :, None])[:, :, 0], information
