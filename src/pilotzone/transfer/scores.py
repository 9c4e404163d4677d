"""Scores of forecasts that are t or normal distributions, in closed form."""

from __future__ import annotations

import math

from pilotzone.core import UsageError

__all__ = ["crps_t"]


def crps_t(mean: float, scale: float, degrees: float, outcome: float) -> float:
    """Return the continuous ranked probability score of a t distribution, in the unit of the outcome.

    Parameters
    ----------
    mean, scale
        Location and scale of the forecast; the scale is above zero.
    degrees
        Degrees of freedom, above one; infinity is the normal distribution.
    outcome
        What came.

    Raises
    ------
    UsageError
        If the scale is not above zero, degrees are not above one, or a number is not finite.

    Notes
    -----
    Jordan, Krüger and Lerch 2019, "Evaluating probabilistic forecasts with scoringRules", Journal of Statistical
    Software 90(12), appendix A. With one degree of freedom or fewer the distribution has no mean, and the score is
    infinite. Less is better.

    Examples
    --------
    >>> round(crps_t(0, 1, math.inf, 0), 10), round(crps_t(0, 1, 5, 0), 6)
    (0.2336949773, 0.257025)
    """
    from scipy.special import betaln, ndtr
    from scipy.stats import t

    if not (0 < scale < math.inf and degrees > 1 and math.isfinite(mean) and math.isfinite(outcome)):
        raise UsageError(
            f"a forecast has mean {mean}, scale {scale} and {degrees} degrees of freedom, and {outcome} came.",
            allowed="finite numbers, a scale above zero, more than one degree of freedom",
        )
    z = (outcome - mean) / scale
    if math.isinf(degrees):
        density = math.exp(-z * z / 2) / math.sqrt(2 * math.pi)
        return float(scale * (z * (2 * float(ndtr(z)) - 1) + 2 * density - 1 / math.sqrt(math.pi)))
    beta = math.exp(float(betaln(0.5, degrees - 0.5)) - 2 * float(betaln(0.5, degrees / 2)))
    below, density = float(t.cdf(z, degrees)), float(t.pdf(z, degrees))
    tail = 2 * math.sqrt(degrees) / (degrees - 1) * beta
    return float(scale * (z * (2 * below - 1) + 2 * density * (degrees + z * z) / (degrees - 1) - tail))
