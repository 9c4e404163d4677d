"""Placebo ranks under any constant null effect, and what follows from them.

The null "the zone's effect on this outcome is tau0" is tested by taking tau0 off the treated unit's post-period, also
where that unit is a donor, and ranking every unit's statistic anew (Abadie, Diamond and Hainmueller 2010 for
tau0 = 0; Firpo and Possebom 2018 for tau0 in general). The treated unit counts in numerator and denominator and ties
count against it, so that p is never below one over the number of units.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import attained_level, rank_counts, rank_p
from pilotzone.judge.search import outermost_kept

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pilotzone.core import PlaceboDraws, Statistic

__all__ = ["min_p", "shifted_statistic", "smallest_excluded_harm"]

_ROUNDING = 1e-12
"""A sum smaller than this, relative to its two terms, is zero: what is left of an exact cancellation."""


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
    gap, fit = _under(draws, column, null_effect)
    if statistic == "mean_gap":
        return gap
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio: NDArray[np.float64] = gap / fit
    return ratio


def _under(draws: PlaceboDraws, column: int, null_effect: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return mean gaps and RMSPE once a null effect is taken off."""
    if draws.restate is not None and null_effect != 0:
        return draws.restate(column, null_effect)
    unshifted, shift = draws.mean_gap[:, column], null_effect * draws.slope[:, column]
    gap = unshifted + shift
    gap = np.where(np.abs(gap) <= _ROUNDING * (np.abs(unshifted) + np.abs(shift)), 0.0, gap)
    return gap, draws.pre_rmspe[:, column]


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
        the marginal ranks are, whatever the dependence between outcomes. Units that cannot be compared on some
        outcome count against the treated unit.

    Examples
    --------
    >>> min_p(np.array([[3.0, 0.0], [1.0, 2.0], [0.0, 1.0]]), treated=0)
    0.6666666666666666
    """
    smallest = np.column_stack([rank_counts(column) for column in columns.T]).min(axis=1)
    counted = (smallest <= smallest[treated]) | np.isnan(columns).any(axis=1)
    return float(np.mean(counted))


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
    so each other unit is overtaken at one point, and p falls in steps at those points. Where weights may be negative
    another unit can rise as well. Harm beyond what is returned is excluded then too, but it need not be the least.

    Where weights depend on the null effect, p is computed anew at each point of a search (`outermost_kept`) in steps of
    a tenth of the distance that there would be with weights held fixed.
    """
    count = len(draws.units)
    level = attained_level(alpha, count)
    if not level:
        return None
    point = _point_beyond(draws, column, statistic, sign, round(level * count))
    if draws.restate is not None:
        point = _searched(draws, column, statistic, sign, level, point)
    return None if point == np.inf else -sign * point


def _point_beyond(draws: PlaceboDraws, column: int, statistic: Statistic, sign: int, allowed: int) -> float:
    """Return beyond which harm at most `allowed` units, the treated one included, are at or above it."""
    points = np.sort(np.delete(_overtaken(draws, column, statistic, sign), draws.treated))[::-1]
    return float(points[allowed - 1])


def _searched(draws: PlaceboDraws, column: int, statistic: Statistic, sign: int, level: float, guess: float) -> float:
    """Return beyond which harm all null effects tried are rejected; `guess` is where it is with weights held fixed."""

    def rejected(harm: float) -> bool:
        values = sign * shifted_statistic(draws, column, statistic, -sign * harm)
        return rank_p(values, draws.treated) <= level

    sizes = np.abs(draws.mean_gap[:, column])
    guess = guess if np.isfinite(guess) else 0.0
    scale = max(abs(guess), float(sizes[draws.treated]), float(np.median(sizes))) or 1.0
    found = outermost_kept(lambda harm: not rejected(harm), guess, scale / 10)
    return np.inf if found is None else found


def _overtaken(draws: PlaceboDraws, column: int, statistic: Statistic, sign: int) -> NDArray[np.float64]:
    """Return beyond which harm, as the null, the treated unit's statistic exceeds each unit's; infinite for never.

    With h the harm, oriented gaps g, slopes w and RMSPE r (ones for the mean gap), the treated unit i is above unit
    j where (g_i + h) / r_i > (g_j - h w_j) / r_j. With a weight below zero, as ridge-augmented synthetic control may
    have, a unit can rise with h at least as fast as the treated one: that one is never left behind for good.
    """
    gap, pull = sign * draws.mean_gap[:, column], draws.slope[:, column]
    fit = np.ones_like(gap) if statistic == "mean_gap" else draws.pre_rmspe[:, column]
    own_gap, own_fit = gap[draws.treated], fit[draws.treated]
    with np.errstate(divide="ignore", invalid="ignore"):
        faster = fit + pull * own_fit
        point = np.where(faster >= 0, (gap * own_fit - own_gap * fit) / faster, np.inf)
        if own_fit == 0:
            # Its ratio is plus infinity once its own gap is positive; that of another perfect fit must not be.
            perfect = np.where(pull >= 0, np.maximum(-own_gap, gap / pull), np.inf)
            point = np.where(fit == 0, perfect, point)
    # A unit that cannot be compared is never overtaken.
    return np.where(np.isnan(point), np.inf, point)
