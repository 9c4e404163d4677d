"""Placebo ranks under any constant null effect, and what follows from them.

The null "the zone's effect on this outcome is tau0" is tested by taking tau0 off the treated unit's post-period, also
where that unit is a donor, and ranking every unit's statistic anew (Abadie, Diamond and Hainmueller 2010 for
tau0 = 0; Firpo and Possebom 2018 for tau0 in general). The treated unit counts in numerator and denominator and ties
count against it, so that p is never below one over the number of units.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from pilotzone.core import UsageError, attained_level, median_of, rank_counts, rank_p
from pilotzone.judgement.search import outermost_kept

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pilotzone.core import PlaceboDraws, Statistic

__all__ = [
    "DEFAULT_STATISTIC",
    "OVER_EARLIER",
    "breakdown_drift",
    "default_statistic",
    "min_p",
    "one_sided_p",
    "oriented_statistic",
    "parts_of",
    "shifted_statistic",
    "shown_from",
    "smallest_excluded_harm",
]

_ROUNDING = 1e-12
"""A sum smaller than this, relative to its two terms, is zero: what is left of an exact cancellation."""


OVER_EARLIER: tuple[Statistic, ...] = ("net_gap", "excess_gap")
"""Statistics that take off placebo effects at earlier dates."""

DEFAULT_STATISTIC: Statistic = "excess_gap"
"""The statistic where a study declares none and placebo effects at earlier dates are known (ADR 0030)."""

_FITS = 2.0
"""Median RMSPE in the scale of a net gap, beside the unit's own (ADR 0030)."""


class Parts(NamedTuple):
    """What a statistic takes off a unit's gap in the direction that is tested, and divides the rest by; shape (n,)."""

    off: NDArray[np.float64]
    scale: NDArray[np.float64]


def default_statistic(draws: PlaceboDraws) -> Statistic:
    """Return the statistic of draws for which none is declared."""
    return "mean_gap" if draws.earlier is None else DEFAULT_STATISTIC


def parts_of(
    draws: PlaceboDraws,
    column: int,
    statistic: Statistic,
    sign: int,
    fit: NDArray[np.float64] | None = None,
) -> Parts:
    """Return what a statistic takes off gaps in one direction and divides them by.

    Parameters
    ----------
    draws, column
        Placebo draws and the position of the outcome.
    statistic
        ``mean_gap`` takes off nothing and divides by one; ``rmspe_ratio`` divides by the RMSPE before; ``net_gap``
        takes off the unit's largest placebo effect D at dates held out before, and divides by R + 2 median(R), where R
        is the RMSPE; by D + 2 median(D) where at least half of the units are met exactly. ``excess_gap`` takes off the
        largest U in the direction that is tested, and divides by the same (ADR 0030).
    sign
        +1 or -1: the direction.
    fit
        RMSPE in place of those of the draws.

    Raises
    ------
    UsageError
        If a net gap is asked for where placebo effects at earlier dates are not known.
    """
    fit = draws.pre_rmspe[:, column] if fit is None else fit
    if statistic not in OVER_EARLIER:
        return Parts(np.zeros_like(fit), np.ones_like(fit) if statistic == "mean_gap" else fit)
    earlier = None if draws.earlier is None else draws.earlier()
    drift = None if earlier is None else earlier.largest[:, column]
    if earlier is None or drift is None or np.isnan(drift).all():
        why = "are not known" if drift is None else "need at least five fitted periods before the first start"
        raise UsageError(
            f"the statistic {statistic!r} takes off placebo effects at earlier dates, which {why}.",
            allowed="'mean_gap' or 'rmspe_ratio'",
        )
    # With more donors than fitted periods most units may be met exactly, and a scale of fits would be no scale.
    usual = median_of(fit)
    basis, usual = (fit, usual) if usual > 0 else (drift, median_of(drift))
    off = drift if statistic == "net_gap" else earlier.towards(sign)[:, column]
    return Parts(off, basis + _FITS * usual)


def oriented_statistic(
    draws: PlaceboDraws, column: int, statistic: Statistic, sign: int, null_effect: float = 0.0
) -> NDArray[np.float64]:
    """Return every unit's statistic with effects of one sign positive, once a null effect is taken off.

    Parameters
    ----------
    draws, column, statistic, null_effect
        As in `shifted_statistic`; any statistic.
    sign
        +1 or -1: which effects count as positive. Where placebo effects are taken off, the statistics for the two signs
        are not each other's negative.

    Returns
    -------
    ndarray of shape (n,)
    """
    if statistic not in OVER_EARLIER:
        return sign * shifted_statistic(draws, column, statistic, null_effect)
    gap, fit = _under(draws, column, null_effect)
    off, scale = parts_of(draws, column, statistic, sign, fit)
    with np.errstate(divide="ignore", invalid="ignore"):
        net: NDArray[np.float64] = (sign * gap - off) / scale
    return net


def one_sided_p(draws: PlaceboDraws, column: int, statistic: Statistic, sign: int) -> float:
    """Return the p of "no effect" against an effect of one sign, by the rank of the treated unit.

    Arguments are as in `oriented_statistic`; no margin and no role is needed.
    """
    return rank_p(oriented_statistic(draws, column, statistic, sign), draws.treated)


def breakdown_drift(
    draws: PlaceboDraws, column: int, statistic: Statistic, sign: int, *, alpha: float, null_effect: float = 0.0
) -> float | None:
    """Return from which further drift of the treated unit alone its test would no longer reject.

    Parameters
    ----------
    draws, column, statistic, sign, null_effect
        As in `oriented_statistic`.
    alpha
        Level of the test.

    Returns
    -------
    float or None
        In the outcome's scale; not positive where the test does not reject. ``None`` where none can: fewer than
        1/alpha units, or the treated unit cannot be compared.

    Notes
    -----
    The drift is taken off the treated unit's gap in the direction that is tested, and off no other's, whose statistics
    stay as they are: p rises with it, and the test keeps its level where the unit alone would have drifted by at most
    that much. With v the statistics and h the treated unit's scale it is (v_k - v_(r)) h_k, v_(r) being the r-th
    largest of the others and r the most ranks that reject.
    """
    count = len(draws.units)
    level = attained_level(alpha, count)
    values = oriented_statistic(draws, column, statistic, sign, null_effect)
    own = values[draws.treated]
    if not level or np.isnan(own):
        return None
    # A unit that cannot be compared counts against the treated one whatever it does.
    others = np.sort(np.where(np.isnan(values), np.inf, values)[np.arange(count) != draws.treated])[::-1]
    passed = others[round(level * count) - 1]
    scale = float(parts_of(draws, column, statistic, sign).scale[draws.treated])
    if not np.isfinite(passed):
        return None
    return float(own - passed) * scale if np.isfinite(own) else float("inf")


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
        ``mean_gap``, or ``rmspe_ratio`` for the same over the pre-period RMSPE. A net gap has no sign of its own: see
        `oriented_statistic`.
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


def shown_from(draws: PlaceboDraws, column: int, statistic: Statistic, *, sign: int, alpha: float) -> float | None:
    """Return beyond which effect a gain would be shown at alpha, had the treated unit one of that size.

    Parameters
    ----------
    draws, column, statistic, sign, alpha
        As in `smallest_excluded_harm`.

    Returns
    -------
    float or None
        In the outcome's scale and in the good direction, signed: an effect beyond it, put in place of the estimate with
        all else as it is, ranks high enough. ``None`` where none would.
    """
    bound = smallest_excluded_harm(draws, column, statistic, sign=sign, alpha=alpha)
    # What has to be added for the zone to overtake enough units is by how much harm has to be taken off for it.
    return None if bound is None else float(draws.mean_gap[draws.treated, column]) - bound


def _point_beyond(draws: PlaceboDraws, column: int, statistic: Statistic, sign: int, allowed: int) -> float:
    """Return beyond which harm at most `allowed` units, the treated one included, are at or above it."""
    points = np.sort(np.delete(_overtaken(draws, column, statistic, sign), draws.treated))[::-1]
    return float(points[allowed - 1])


def _searched(draws: PlaceboDraws, column: int, statistic: Statistic, sign: int, level: float, guess: float) -> float:
    """Return beyond which harm all null effects tried are rejected; `guess` is where it is with weights held fixed."""

    def rejected(harm: float) -> bool:
        values = oriented_statistic(draws, column, statistic, sign, -sign * harm)
        return rank_p(values, draws.treated) <= level

    sizes = np.abs(draws.mean_gap[:, column])
    guess = guess if np.isfinite(guess) else 0.0
    scale = max(abs(guess), float(sizes[draws.treated]), median_of(sizes)) or 1.0
    found = outermost_kept(lambda harm: not rejected(harm), guess, scale / 10)
    return np.inf if found is None else found


def _overtaken(draws: PlaceboDraws, column: int, statistic: Statistic, sign: int) -> NDArray[np.float64]:
    """Return beyond which harm, as the null, the treated unit's statistic exceeds each unit's; infinite for never.

    With h the harm, oriented gaps g less what the statistic takes off, slopes w and scales r, the treated unit i is
    above unit j where (g_i + h) / r_i > (g_j - h w_j) / r_j. With a weight below zero, as ridge-augmented synthetic
    control may have, a unit can rise with h at least as fast as the treated one: that one is never left behind for
    good.
    """
    off, fit = parts_of(draws, column, statistic, sign)
    gap, pull = sign * draws.mean_gap[:, column] - off, draws.slope[:, column]
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
