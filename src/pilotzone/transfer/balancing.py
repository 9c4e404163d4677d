"""Weights that make those who were seen look like those who were not: entropy balancing and odds of participation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import MethodError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["effective_size", "entropy_weights", "odds_weights", "participation"]

_STEPS = 200
_EXACT = 1e-12
_FARTHEST = 700.0
"""Exponents beyond it are beyond numbers: the dual has run away, since no weights balance."""
_SEPARATED = 30.0
"""Log odds beyond it mean that covariates tell the two groups apart without error."""


def entropy_weights(values: Floats, target: Floats, base: Floats | None = None) -> Floats | None:
    """Return the weights closest to equal ones whose means are the target (Hainmueller 2012).

    Parameters
    ----------
    values
        Covariates of n units, shape (n, q).
    target
        The means that are wanted, shape (q,).
    base
        Weights to stay close to, shape (n,), above zero; equal ones by default.

    Returns
    -------
    numpy.ndarray or None
        Weights that sum to one, shape (n,); ``None`` where the target lies at the edge of the hull of units or
        outside, so that no weights above zero have these means. At the edge, weights of some units would be zero.

    Notes
    -----
    The dual is smooth and convex: the logarithm of ``sum base exp(l'(x - target))``, minimised by Newton steps that
    are halved until it falls. Constant columns that equal their target do no harm.
    """
    count = len(values)
    start = np.full(count, 1.0 / count) if base is None else base / base.sum()
    size = np.maximum(values.std(axis=0), np.finfo(float).tiny)
    z = (values - target) / size
    log, multipliers = np.log(start), np.zeros(z.shape[1])

    def value(at: Floats) -> tuple[float, Floats]:
        exponent = log + z @ at
        peak = float(exponent.max())
        weight = np.exp(exponent - peak)
        return peak + float(np.log(weight.sum())), weight / weight.sum()

    now, weight = value(multipliers)
    for _ in range(_STEPS):
        slope = z.T @ weight
        if np.abs(slope).max() <= _EXACT:
            return weight
        if np.abs(z @ multipliers).max() > _FARTHEST:
            return None
        spread = (z.T * weight) @ z - np.outer(slope, slope)
        step = -np.linalg.lstsq(spread, slope, rcond=1e-14)[0]
        size_of_step = 1.0
        fall = float(slope @ step)
        while size_of_step > 1e-12:  # noqa: PLR2004 - below, rounding alone is left
            then, weights = value(multipliers + size_of_step * step)
            if then <= now + 1e-4 * size_of_step * fall or np.abs(z.T @ weights).max() <= _EXACT:
                break
            size_of_step /= 2
        multipliers = multipliers + size_of_step * step
        now, weight = value(multipliers)
    return weight if np.abs(z.T @ weight).max() <= 1e-9 else None  # noqa: PLR2004 - in standard deviations


def participation(sample: Floats, target: Floats, cases: Floats | None = None) -> tuple[Floats, Floats]:
    """Return the logistic regression of being in the sample on covariates.

    Parameters
    ----------
    sample, target
        Covariates of n units that were seen and of m that were not, shapes (n, q) and (m, q).
    cases
        How often each counts, sample first, shape (n + m,); once by default.

    Returns
    -------
    coefficients
        Intercept first, shape (q + 1,).
    probability
        Of being in the sample, shape (n + m,), sample first.

    Raises
    ------
    MethodError
        If covariates tell the two groups apart without error.
    """
    x = np.column_stack([np.ones(len(sample) + len(target)), np.vstack([sample, target])])
    seen = np.repeat([1.0, 0.0], [len(sample), len(target)])
    counts = np.ones(len(x)) if cases is None else cases
    middle, size = x[:, 1:].mean(axis=0), np.maximum(x[:, 1:].std(axis=0), np.finfo(float).tiny)
    z = np.column_stack([x[:, 0], (x[:, 1:] - middle) / size])
    at = np.zeros(z.shape[1])
    for _ in range(_STEPS):
        p = 1 / (1 + np.exp(-np.clip(z @ at, -_FARTHEST, _FARTHEST)))
        slope = z.T @ (counts * (seen - p))
        if np.abs(slope).max() <= _EXACT * len(seen):
            break
        if np.abs(z @ at).max() > _SEPARATED:
            raise MethodError(
                "covariates tell units that were seen from those of the candidate without error.",
                allowed="units of both kinds that are alike on all covariates",
                todo="the effect cannot be transported by these covariates",
            )
        at = at + np.linalg.lstsq((z.T * (counts * p * (1 - p))) @ z, slope, rcond=None)[0]
    p = 1 / (1 + np.exp(-(z @ at)))
    own = at[1:] / size
    return np.append(at[0] - own @ middle, own), p


def odds_weights(sample: Floats, target: Floats) -> Floats:
    """Return inverse odds of participation of units that were seen, scaled to sum to one, shape (n,).

    Raises
    ------
    MethodError
        As in `participation`.
    """
    p = participation(sample, target)[1][: len(sample)]
    odds = (1 - p) / p
    return np.asarray(odds / odds.sum())


def effective_size(weights: Floats) -> float:
    """Return how many units with equal weights tell as much: the squared sum over the sum of squares (Kish 1965).

    Examples
    --------
    >>> effective_size(np.array([0.25, 0.25, 0.25, 0.25])), effective_size(np.array([1.0, 0.0]))
    (4.0, 1.0)
    """
    return float(weights.sum() ** 2 / (weights**2).sum())
