"""Placebo ranks under any constant null effect, and what follows from them.

The null "the zone's effect on this outcome is tau0" is tested by taking tau0 off the treated unit's post-period, also
where that unit is a donor, and ranking every unit's statistic anew (Abadie, Diamond and Hainmueller 2010 for
tau0 = 0; Firpo and Possebom 2018 for tau0 in general). The treated unit counts in numerator and denominator and ties
count against it, so that p is never below one over the number of units.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import rank_p

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pilotzone.core import PlaceboDraws, Statistic

__all__ = ["min_p", "shifted_statistic", "smallest_excluded_harm"]


def shifted_statistic(
    draws: PlaceboDraws, column: int, statistic: Statistic, null_effect: float = 0.0
) -> NDArray[np.float64]:
    """Return every unit's statistic on one outcome once a null effect is taken off the treated unit.

    Parameters
    ----------
    draws
        Placebo draws of n units.
    column
        Position of the outcome.
    statistic
        ``mean_gap``, or ``rmspe_ratio`` for the same over the pre-period RMSPE.
    null_effect
        tau0, in the outcome's scale.

    Returns
    -------
    ndarray of shape (n,)
        Signed statistics. A unit with a perfect fit has an infinite ratio of its gap's sign, or NaN for no gap.
    """
    gap = draws.mean_gap[:, column] + null_effect * draws.slope[:, column]
    if statistic == "mean_gap":
        return gap
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio: NDArray[np.float64] = gap / draws.pre_rmspe[:, column]
    return ratio


def min_p(columns: NDArray[np.float64], treated: int) -> float:
    """Return the p of "at least one outcome" by the smallest p over the same placebos.

    Parameters
    ----------
    columns
        Oriented statistics of shape (n, K).
    treated
        Index of the treated unit.

    Returns
    -------
    float
        Share of units whose smallest marginal p is at most the treated unit's (Westfall and Young 1993): exact where
        the marginal ranks are, whatever the dependence between outcomes.

    Examples
    --------
    >>> min_p(np.array([[3.0, 0.0], [1.0, 2.0], [0.0, 1.0]]), treated=0)
    0.6666666666666666
    """
    count = columns.shape[0]
    smallest = np.array([min(rank_p(column, unit) for column in columns.T) for unit in range(count)])
    # Ranks are multiples of 1/n: compare them as integers.
    ranks = np.rint(smallest * count)
    return float(np.mean(ranks <= ranks[treated]))


def smallest_excluded_harm(
    draws: PlaceboDraws, column: int, statistic: Statistic, *, sign: int, alpha: float
) -> float | None:
    """Return the least harm beyond which harm is excluded at alpha, as a signed effect.

    Parameters
    ----------
    draws, column, statistic
        As in `shifted_statistic`.
    sign
        +1 if up is good, -1 if down is good.
    alpha
        Level of the test.

    Returns
    -------
    float or None
        Null effects beyond it, in the bad direction, are rejected. It is on the good side of zero if even a small
        improvement short of it is rejected. ``None`` if no margin however large would be: fewer than 1/alpha units.

    Notes
    -----
    Along the null effects in the bad direction the treated unit's oriented statistic rises and no other unit's does,
    so each other unit is overtaken at one point, and p falls in steps at those points.
    """
    count = len(draws.units)
    allowed = int(np.floor(alpha * count + 1e-9))
    if allowed < 1:
        return None
    scale = np.ones(count) if statistic == "mean_gap" else draws.pre_rmspe[:, column]
    with np.errstate(divide="ignore", invalid="ignore"):
        level = sign * draws.mean_gap[:, column] / scale
        # Moving the null by one unit in the bad direction adds -sign to tau0.
        rise = -draws.slope[:, column] / scale
        overtaken = (level - level[draws.treated]) / (rise[draws.treated] - rise)
    others = np.delete(overtaken, draws.treated)
    # A unit that cannot be compared is never overtaken.
    others = np.where(np.isnan(others), np.inf, others)
    # Excluded once at most `allowed` units, the treated one included, are at or above it.
    point = float(np.sort(others)[::-1][allowed - 1]) if allowed <= others.size else -np.inf
    return -sign * point if np.isfinite(point) else None
