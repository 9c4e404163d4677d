"""Confidence sets for a constant additive effect, by inverting the placebo test (Firpo and Possebom 2018).

A null effect is in the set if its test does not reject it. As a function of the null effect, p only changes where the
treated unit's statistic meets another unit's; between these points it is constant. So the set is computed exactly, as
a finite union of intervals, and not on a grid.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from pilotzone.core import (
    EffectSet,
    Interval,
    MethodError,
    Outcome,
    Result,
    Statistic,
    Table,
    UsageError,
    attained_level,
    check_choice,
    check_level,
    distinct_points,
    one_thread,
    probes,
    rank_p,
    united,
)
from pilotzone.judgement.given import effects_of, named_or_only
from pilotzone.judgement.normals import quantile
from pilotzone.judgement.ranks import oriented_statistic, parts_of
from pilotzone.judgement.search import changes_between, changes_by_index

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from pilotzone.core import EffectCovariance, ExactTest, JointEffects, PlaceboDraws
    from pilotzone.judgement.given import HasJoint

__all__ = ["ConfidenceSet", "Interval", "Side", "confidence_set", "invert"]

Side = Literal["two-sided", "lower bound", "upper bound"]
"""Two-sided by the absolute statistic; a lower bound by tests against larger effects, an upper one by the opposite."""

_EVERY_JUMP = 4000
"""Up to so many jumps of p, each is looked at; of more, evenly spaced ones, and those between which p crosses alpha."""

_NODES = 513

_TRIED = 49
"""Null effects tried where weights depend on them, beside the estimate, before changes between them are located."""

_WIDENINGS = 4
_ROUNDING = 1e-9


@dataclass(frozen=True)
class ConfidenceSet(EffectSet, Result):
    """All constant effects on one outcome that the placebo test, or that by a covariance, does not reject.

    Attributes
    ----------
    outcome, statistic, side
        What was tested and how; no statistic where there is a covariance.
    alpha
        Level of the test; the confidence asked for is one less it.
    attained
        Confidence attained: one less the largest k/n that is at most alpha, for n units. It is 1 where 1/n exceeds
        alpha; then nothing can be rejected and the set is the whole line. With a covariance it is one less alpha.
    intervals
        From left to right, in the outcome's own scale; several if the set is not convex. A two-sided set holds the
        estimate, for which the statistic is zero and every unit is at least as far out: it is never empty. A net gap
        is different: it at the estimate still takes off the unit's own placebo effects.
    """

    outcome: Outcome
    statistic: Statistic | None
    side: Side
    alpha: float
    attained: float
    intervals: tuple[Interval, ...]

    def to_table(self) -> Table:
        """Return one row per interval, in readable units; an infinite end is ``None``."""
        names = ("outcome", "statistic", "side", "attained", "low", "high", "low_closed", "high_closed", "unit")
        head = (self.outcome.name, self.statistic, self.side, self.attained)
        rows = [(*head, *ends) for ends in self.end_cells()]
        return Table.from_rows(names, rows, title=f"Effects not rejected at {self.alpha:g}: {self.outcome.title}")


@one_thread()
def confidence_set(
    effects: JointEffects | HasJoint,
    outcome: str | None = None,
    *,
    alpha: float = 0.05,
    statistic: Statistic | None = None,
    side: Side = "two-sided",
) -> ConfidenceSet:
    """Return the confidence set of a constant effect on one outcome.

    Parameters
    ----------
    effects
        Joint effects with placebo draws or with a covariance, or a result that contains them, such as that of
        `synthetic_control` or `evaluate`. With a covariance the set is that of the average effect.
    outcome
        Name of the outcome. It may be left out if there is only one.
    alpha
        Level of the inverted test, between 0 and 1.
    statistic
        Placebo statistic. Default: ``mean_gap``. Must be left out if the effects have a covariance.
    side
        ``two-sided``, ``lower bound`` or ``upper bound``. Bounds are those of the effect itself, whichever direction is
        good.

    Raises
    ------
    UsageError
        If an option or the outcome is unknown, an option does not apply to these effects, or alpha is not between 0 and
        1.
    MethodError
        If the outcome has no test.

    Notes
    -----
    With a covariance, the set is the estimate plus or minus a multiple of the standard error, by the normal or t
    distribution. An outcome with an exact test instead of a standard error (conformal p-values, for example) has the
    set between the bounds of its two one-sided tests, each at half the level. If no p-value can be that small, the set
    is the whole line.

    With placebo draws, the null effect is subtracted from the treated unit's post-period, also when that unit is a
    donor, and all units are ranked again. The set is exact in the sense of the placebo test if the effect is constant
    over the window.

    If weights depend on the null effect (several zones with different dates), p is computed at 50 points, including the
    estimate. Each change of p is then located to within 1/1,024 of the distance between two points, rounded outwards. A
    change that begins and ends between two points is missed. With more than 4,000 jumps of p, the set is found from 513
    of them in the same way, and its ends are exact.
    """
    check_choice(side, Side, "side")
    effects = effects_of(effects)
    column = named_or_only(effects, outcome)
    if effects.covariance is not None:
        if statistic is not None:
            raise UsageError(f"statistic is {statistic!r}.", allowed="nothing: effects with a covariance have no ranks")
        return _normal_set(effects, effects.covariance, column, side=side, alpha=alpha)
    statistic = "mean_gap" if statistic is None else statistic
    check_choice(statistic, Statistic, "statistic")
    attained = 1 - attained_level(alpha, len(effects.draws.units))
    intervals = invert(effects.draws, column, statistic, side=side, alpha=alpha)
    return ConfidenceSet(effects.outcomes[column], statistic, side, alpha, attained, intervals)


def _normal_set(
    effects: JointEffects, covariance: EffectCovariance, column: int, *, side: Side, alpha: float
) -> ConfidenceSet:
    """Return the interval by a standard error, or by the bounds of an exact test."""
    alpha = check_level(alpha)
    outcome = effects.outcomes[column]
    if (exact := covariance.exact.get(outcome.name)) is not None:
        return _exact_set(outcome, exact, side=side, alpha=alpha)
    refused = effects.refusal(outcome.name)
    if refused:
        raise MethodError(
            f"there is no confidence set of {outcome.name!r}. {refused}", allowed="an outcome with a test"
        )
    reach = quantile(alpha / 2 if side == "two-sided" else alpha, covariance.degrees) * float(covariance.se[column])
    estimate = float(effects.estimate[column])
    low = -math.inf if side == "upper bound" else estimate - reach
    high = math.inf if side == "lower bound" else estimate + reach
    interval = Interval(low, high, low_closed=low > -math.inf, high_closed=high < math.inf)
    return ConfidenceSet(outcome, None, side, alpha, 1 - alpha, (interval,))


def _exact_set(outcome: Outcome, exact: ExactTest, *, side: Side, alpha: float) -> ConfidenceSet:
    """Return what lies between the bounds of one-sided tests, each at half the level where there are two."""
    level = alpha / 2 if side == "two-sided" else alpha
    if exact.smallest_p > level * (1 + _ROUNDING):
        return ConfidenceSet(outcome, None, side, alpha, 1.0, (Interval(-math.inf, math.inf),))
    below = None if side == "upper bound" else exact.bound(1, level)
    above = None if side == "lower bound" else exact.bound(-1, level)
    low, high = -math.inf if below is None else below, math.inf if above is None else above
    interval = Interval(low, high, low_closed=low > -math.inf, high_closed=high < math.inf)
    return ConfidenceSet(outcome, None, side, alpha, 1 - alpha, (interval,) if low <= high else ())


def invert(draws: PlaceboDraws, column: int, statistic: Statistic, *, side: Side, alpha: float) -> tuple[Interval, ...]:
    """Return the null effects with p above alpha, as disjoint intervals from left to right."""
    level = attained_level(alpha, len(draws.units))

    def oriented(sign: int, null: float) -> NDArray[np.float64]:
        return oriented_statistic(draws, column, statistic, sign, null)

    def kept(null: float) -> bool:
        if side == "two-sided":
            # The larger of the two directions: the absolute statistic, where nothing is taken off.
            values = np.maximum(oriented(1, null), oriented(-1, null))
        else:
            values = oriented(1 if side == "lower bound" else -1, null)
        return rank_p(values, draws.treated) > level

    if not level:
        return (Interval(-math.inf, math.inf),)
    points = _jumps(draws, column, statistic, side)
    if not points:
        return (Interval(-math.inf, math.inf),) if kept(0.0) else ()
    if draws.restate is not None:
        return _by_trying(kept, points, float(draws.mean_gap[draws.treated, column]))
    inside = probes(points, float(np.abs(draws.mean_gap[:, column]).max()))
    if len(points) > _EVERY_JUMP:
        # Between two nodes p changes by no more than the jumps between them: what is missed there is near alpha.
        places = changes_by_index(lambda k: kept(inside[k]), len(inside), _NODES)
        points = [points[k - 1] for k in places]
        inside = [inside[k] for k in (0, *places)]
    return united(points, [kept(null) for null in inside], [kept(point) for point in points])


def _by_trying(kept: Callable[[float], bool], points: Sequence[float], estimate: float) -> tuple[Interval, ...]:
    """Return the set of null effects where p has to be computed anew at each, from nodes around the given points."""
    low, high = float(np.quantile(points, 0.05)), float(np.quantile(points, 0.95))
    width = (high - low) or abs(low) or 1.0
    for _ in range(_WIDENINGS):
        edges = kept(low - width), kept(high + width)
        if edges == (False, False):
            break
        low, high = low - width * edges[0], high + width * edges[1]
    # With the estimate, which every two-sided set holds, however narrow beside the points.
    nodes = sorted({*np.linspace(low - width, high + width, _TRIED).tolist(), estimate})
    found, cells = changes_between(kept, nodes)
    return united(found, cells, [False] * len(found))


def _jumps(draws: PlaceboDraws, column: int, statistic: Statistic, side: Side) -> list[float]:
    """Return where the treated unit's statistic meets another's, in any directions, and where a perfect fit turns.

    With gaps g, slopes w, what the statistic takes off in the direction s, a(s), and scales r(s), two units meet in the
    directions s and s' where (s (g_i + t w_i) - a_i(s)) r_j(s') is (s' (g_j + t w_j) - a_j(s')) r_i(s): at most one
    point for each pair of directions.
    """
    gap, slope = draws.mean_gap[:, column], draws.slope[:, column]
    parts = {sign: parts_of(draws, column, statistic, sign) for sign in (1, -1)}
    own = draws.treated
    others = np.arange(len(gap)) != own
    if side == "two-sided":
        # Where nothing is taken off, both directions turned are the same point.
        plain = not any(part.off.any() for part in parts.values())
        pairs = [(1, 1), (1, -1)] if plain else [(1, 1), (1, -1), (-1, 1), (-1, -1)]
    else:
        pairs = [(1, 1)] if side == "lower bound" else [(-1, -1)]
    found: list[NDArray[np.float64]] = []
    with np.errstate(divide="ignore", invalid="ignore"):
        for mine, other in pairs:
            (off, scale), (less, size) = parts[mine], parts[other]
            constant = (mine * gap[own] - off[own]) * size - (other * gap - less) * scale[own]
            rise = mine * slope[own] * size - other * slope * scale[own]
            found.append((-constant / rise)[others])
        # Over a scale of zero it is infinite, and jumps from one sign to the other where nothing of the gap is left.
        for sign in {mine for mine, _ in pairs}:
            off, scale = parts[sign]
            found.append(((sign * off - gap) / slope)[scale == 0])
    points = np.sort(np.concatenate(found))
    points = points[np.isfinite(points)]
    return distinct_points(points.tolist())
