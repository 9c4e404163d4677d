"""How unequal the chances of having been the zone would have to be for a rank to reject no longer.

Firpo and Possebom (2018) let units have been chosen with unequal chances, proportional to exp(phi v) with v between
zero and one, and look for the p-value in the worst case: v is one for the zone and for all units at least as extreme,
and zero for the others. With t = exp(phi), n units and r of them at least as extreme as the zone, itself included, p
is t r / (t r + n - r), so that all follows from the p-value with equal chances, r/n.

It is a translation of the p-value, which holds no more than that does: no second check of how robust an effect is.
"""

from __future__ import annotations

import math

from pilotzone.core import UsageError, check_level

__all__ = ["tilt", "tilted_p"]


def tilt(p: float, alpha: float) -> float:
    """Return how many times as likely to have been chosen the zone may be before a test no longer rejects.

    Parameters
    ----------
    p
        p-value of a placebo rank, with every unit as likely as any other to have been the zone: above 0, up to 1.
    alpha
        Level of the test.

    Returns
    -------
    float
        t*, the odds of alpha over those of p. Where the zone and each unit as extreme as it are more than t* times as
        likely to have been chosen as any other unit, p is above alpha. Below one where p is above alpha to begin with.

    Raises
    ------
    UsageError
        If p is not a p-value, or alpha is not a level.

    Notes
    -----
    The closed form of the sensitivity parameter of Firpo and Possebom (2018), whose phi is its logarithm. It is the
    p-value in other words, and never a robustness check beside it.

    Examples
    --------
    The first of 40 units, and the second of them, at 5 percent:

    >>> round(tilt(1 / 40, 0.05), 2), round(tilt(2 / 40, 0.05), 2)
    (2.05, 1.0)
    """
    p, alpha = _p_value(p), check_level(alpha)
    return alpha * (1 - p) / ((1 - alpha) * p)


def tilted_p(p: float, times: float) -> float:
    """Return the p-value in the worst case where some units were more likely than others to have been the zone.

    Parameters
    ----------
    p
        As in `tilt`.
    times
        Up to how many times as likely as another any unit may have been chosen, 1 or more.

    Returns
    -------
    float
        The largest p over all such chances: the zone and each unit as extreme as it have the higher one.

    Raises
    ------
    UsageError
        If p is not a p-value, or `times` is below one or not finite.

    Examples
    --------
    >>> round(tilted_p(1 / 40, 2.0), 4)
    0.0488
    """
    p = _p_value(p)
    if not (math.isfinite(times) and times >= 1):
        raise UsageError(f"times is {times!r}.", allowed="a finite number from 1")
    return times * p / (times * p + 1 - p)


def _p_value(p: float) -> float:
    if not 0 < p <= 1:
        raise UsageError(f"p is {p!r}.", allowed="a p-value: above 0, at most 1")
    return float(p)
