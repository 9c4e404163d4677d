"""Exact tests of a constant effect of any size by randomisation inference, and intervals from them.

If treatment adds the same number to every treated unit in every treated period, taking that number off leaves what
would have been without treatment, and every other assignment can be compared with the one that happened (Rosenbaum
2002, "Observational studies", section 2.4; Lehmann 1963, "Nonparametric confidence intervals for a shift parameter",
Annals of Mathematical Statistics 34, 1507-1512). Sizes that are not rejected are the interval; it is exact for any
number of units and any noise.

An average of effects is linear in outcomes, so that under another assignment it is a_d - t b_d, for t what is taken
off: a_d the average of outcomes, b_d that of "is treated", by the dates that happened. Its variance is a quadratic in
t. The sizes at which an assignment is at least as extreme as the one that happened lie between roots of a polynomial
of degree two, or four with standard errors: end points are exact, and nothing is searched for.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np

from pilotzone.core import Brief, UsageError, check_choice
from pilotzone.evaluation.many.inference.spans import Spans, probes, real_roots

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Booleans = NDArray[np.bool_]

__all__ = ["CONSTANT", "RandomisedStatistic", "Redealt", "ShiftSide", "ShiftTest", "shift_test"]

RandomisedStatistic = Literal["studentised", "effect"]
"""The effect over its standard error, or the effect itself."""

ShiftSide = Literal["above", "below", "two-sided"]
"""That the effect is above the size tested, below it, or not equal to it."""

CONSTANT = (
    "treatment adds the same number to the outcome of every treated unit, in every period from its treatment on and in "
    "none before"
)
"""What tests of a size other than zero assume of effects."""

_NOTHING = 1e-9
"""Numbers below this share of the largest are rounding."""


@dataclass(frozen=True, eq=False)
class Redealt(Brief):
    """One average under A assignments.

    Attributes
    ----------
    estimate
        Estimate of outcomes as they are, shape (A,).
    exposure
        Of "is treated" by the dates that happened, shape (A,).
    variance
        Variance of `estimate`, covariance with `exposure`, and variance of that, shape (A, 3).
    """

    estimate: Floats
    exposure: Floats
    variance: Floats


@dataclass(frozen=True, eq=False)
class ShiftTest(Brief):
    """Tests of a constant effect of every size.

    Attributes
    ----------
    statistic
        Statistic by which assignments are compared.
    estimate
        The average that was estimated.
    draws
        Assignments gone through; where not all were, beside the one that happened.
    exact
        Whether these are all.
    above, below, two_sided
        For how many assignments the statistic is at least as large, as small, or as far from zero, by size of effect.
    """

    statistic: RandomisedStatistic
    estimate: float
    draws: int
    exact: bool
    above: Spans = field(repr=False)
    below: Spans = field(repr=False)
    two_sided: Spans = field(repr=False)

    @property
    def smallest_p(self) -> float:
        """What no one-sided p can be below."""
        return 1 / (self.draws if self.exact else 1 + self.draws)

    def p(self, size: float = 0.0, side: ShiftSide = "two-sided") -> float:
        """Return p of a constant effect of a size.

        Parameters
        ----------
        size
            Size of the effect, in the outcome's own scale.
        side
            ``above`` tests "at most this size" against "above it", ``below`` the other way round: p is the largest of
            any size on that side. ``two-sided`` tests "this size".

        Returns
        -------
        float
            (1 + b) / (1 + draws) for b drawn assignments as extreme, or the share of all assignments.

        Raises
        ------
        UsageError
            If the side is unknown, or the size is not a number.
        """
        check_choice(side, ShiftSide, "side")
        if np.isnan(size):
            raise UsageError("the size of the effect is not a number.", allowed="any number, infinities among them")
        if side == "two-sided":
            count = int(self.two_sided.counts(np.array([size]))[0])
        else:
            up = side == "above"
            count = (self.above if up else self.below).most(size, above=up)
        return self._share(count)

    def _share(self, count: int) -> float:
        return min(1.0, count / self.draws if self.exact else (1 + count) / (1 + self.draws))

    def _over(self, alpha: float) -> float:
        """Return the count above which p is above alpha."""
        if not 0 < alpha < 1:
            raise UsageError(f"alpha is {alpha!r}.", allowed="a number between 0 and 1, such as 0.05")
        slack = 1e-9
        return alpha * self.draws + slack if self.exact else alpha * (1 + self.draws) - 1 + slack

    def lower(self, alpha: float = 0.05) -> float:
        """Return the one-sided lower bound: all smaller sizes are rejected at alpha. Minus infinity if none is."""
        return self.above.first_over(self._over(alpha))

    def upper(self, alpha: float = 0.05) -> float:
        """Return the one-sided upper bound: all larger sizes are rejected at alpha. Infinity if none is."""
        return self.below.last_over(self._over(alpha))

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """Return the two-sided interval: all sizes outside are rejected at one minus the level.

        It is the shortest interval that holds all sizes that are not rejected by the absolute statistic.
        """
        count = self._over(1 - level)
        return self.two_sided.first_over(count), self.two_sided.last_over(count)


def shift_test(
    own: tuple[float, float], redealt: Redealt, *, exact: bool, statistic: RandomisedStatistic = "studentised"
) -> ShiftTest:
    """Return tests of every size of a constant effect.

    Parameters
    ----------
    own
        The average that was estimated, and its variance, which a constant effect leaves as it is.
    redealt
        The average under the assignments.
    exact
        Whether these are all there are, the one that happened among them.
    statistic
        ``studentised`` becomes ``effect`` where an assignment leaves no standard error.

    Returns
    -------
    ShiftTest

    Raises
    ------
    UsageError
        If the statistic is unknown.

    Examples
    --------
    Of four units one is treated; its change is 8, those of the others are 0, 1 and 2.

    >>> estimate = np.array([7.0, -11 / 3, -7 / 3, -1.0])
    >>> exposure = np.array([1.0, -1 / 3, -1 / 3, -1 / 3])
    >>> dealt = Redealt(estimate, exposure, np.zeros((4, 3)))
    >>> found = shift_test((7.0, 0.0), dealt, exact=True, statistic="effect")
    >>> found.p(0.0, "above"), found.lower(0.25), round(found.p(6.5, "above"), 2)
    (0.25, 6.0, 0.5)
    """
    check_choice(statistic, RandomisedStatistic, "statistic")
    estimate, variance = own
    sizes = np.append(np.abs(redealt.estimate), abs(estimate))
    scale = max(float(sizes.max()), np.finfo(float).tiny)
    quadratics = _quadratics(estimate, variance, redealt, scale) if statistic == "studentised" else None
    unit = scale if quadratics is None else float(np.sqrt(variance))
    ahead = (redealt.estimate - redealt.exposure * estimate) / unit
    # The statistic is ahead - exposure x over its standard error, and minus x as it happened, for x the size less the
    # estimate in units.
    if quadratics is None:
        breaks = _line_breaks(ahead, redealt.exposure)
        spread = np.ones((len(ahead), breaks.shape[1] + 1))
        points = probes(breaks)
    else:
        breaks = real_roots(_quartic(ahead, redealt.exposure, quadratics))
        points = probes(breaks)
        q0, q1, q2 = (quadratics[:, k, None] for k in range(3))
        spread = np.sqrt(np.maximum(q0 + points * (q1 + points * q2), 0.0))
    values = ahead[:, None] - redealt.exposure[:, None] * points
    same = _as_it_happened(ahead, redealt.exposure, quadratics)[:, None]
    sets = (
        values + points * spread >= 0,
        values + points * spread <= 0,
        np.abs(values) >= np.abs(points) * spread,
    )
    above, below, both = (Spans.of(breaks, found | same, scale, centre=estimate, unit=unit) for found in sets)
    used: RandomisedStatistic = "effect" if quadratics is None else "studentised"
    return ShiftTest(used, estimate, len(ahead), exact, above, below, both)


def _quadratics(estimate: float, variance: float, redealt: Redealt, scale: float) -> Floats | None:
    """Return variances as quadratics in x, shape (A, 3), lowest power first; ``None`` where one may be zero."""
    least = (_NOTHING * scale) ** 2
    first, mixed, last = redealt.variance.T
    if not variance > least or not (first > least).all():
        return None
    se = float(np.sqrt(variance))
    found = np.column_stack(
        [
            (first - 2 * estimate * mixed + estimate**2 * last) / variance,
            2 * (estimate * last - mixed) / se,
            last,
        ]
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        lowest = found[:, 0] - np.where(found[:, 2] > 0, found[:, 1] ** 2 / (4 * found[:, 2]), 0.0)
    return found if (lowest > _NOTHING**2).all() else None


def _quartic(ahead: Floats, exposure: Floats, quadratics: Floats) -> Floats:
    """Return the polynomial that is zero where both statistics are as far from zero, highest power first."""
    q0, q1, q2 = quadratics.T
    return np.column_stack([q2, q1, q0 - exposure**2, 2 * ahead * exposure, -(ahead**2)])


def _line_breaks(ahead: Floats, exposure: Floats) -> Floats:
    """Return the two sizes at which both effects are as far from zero, rising, shape (A, 2)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        signed = np.where(np.abs(1 - exposure) > _NOTHING, -ahead / (1 - exposure), np.inf)
        turned = np.where(np.abs(1 + exposure) > _NOTHING, ahead / (1 + exposure), np.inf)
    return np.sort(np.column_stack([signed, turned]), axis=1)


def _as_it_happened(ahead: Floats, exposure: Floats, quadratics: Floats | None) -> Booleans:
    """Return which assignments are no other than the one that happened, as far as the average goes."""
    found = (np.abs(ahead) <= _NOTHING) & (np.abs(1 - exposure) <= _NOTHING)
    if quadratics is not None:
        found &= (np.abs(quadratics - np.array([1.0, 0.0, 0.0])) <= _NOTHING).all(axis=1)
    return found
