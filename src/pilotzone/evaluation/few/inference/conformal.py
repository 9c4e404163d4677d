"""Conformal inference over time for the treated unit, after Chernozhukov, Wuethrich and Zhu (2021).

Under a null the effect is known and is taken off; the counterfactual is fitted on all periods, those of the window
too, and the residuals of the window are compared with what rearranging all residuals over time brings there. Where
placebo ranks rest on the assignment of the zone, this rests on errors that are exchangeable or stationary over time.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import (
    EffectSet,
    Estimator,
    Interval,
    MethodError,
    Outcome,
    Result,
    Table,
    UsageError,
    attained_level,
    check_choice,
    distinct_points,
    one_thread,
    probes,
    united,
)
from pilotzone.evaluation.few.inference.nullfits import NullFits, along
from pilotzone.evaluation.few.inference.rearranged import Norm, Permutations, Side, meeting_nulls

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from pilotzone.evaluation.few.inference.nulls import Segment
    from pilotzone.evaluation.few.result import FewEffects

    Floats = NDArray[np.float64]

__all__ = [
    "ConformalBand",
    "ConformalSet",
    "conformal_band",
    "conformal_one_sided_p",
    "conformal_p",
    "conformal_set",
    "refuse_few_periods",
    "shifted_p",
]


_AT_ONCE = 4_000_000
"""Residuals held in memory at a time."""


@dataclass(frozen=True)
class ConformalSet(EffectSet, Result):
    """All constant effects on one outcome that the conformal test does not reject.

    Attributes
    ----------
    outcome, estimator, norm, permutations
        What was tested and how.
    window
        Periods whose effect it is: the whole window, or one period of it.
    fitted
        Number of fitted periods before; the counterfactual is fitted on these and the window.
    count
        Number of sets of periods that were compared, the window's own counted: the smallest p is one over it.
    monte_carlo
        Whether these are a random sample.
    alpha
        Level of the test; the confidence asked for is one less it.
    attained
        Confidence attained: one less the largest k/n that is at most alpha, for n sets of periods. It is 1 where 1/n
        exceeds alpha; then nothing can be rejected and the set is the whole line.
    resolution
        Zero where ends are solved for exactly. For ridge-augmented synthetic control the nulls at which the penalty
        changes are bracketed this closely, in the outcome's own scale.
    intervals
        From left to right, in the outcome's own scale; several if the set is not convex, none if it is empty.
    """

    outcome: Outcome
    estimator: Estimator
    norm: Norm
    permutations: Permutations
    window: tuple[int, ...]
    fitted: int
    count: int
    monte_carlo: bool
    alpha: float
    attained: float
    resolution: float
    intervals: tuple[Interval, ...]

    def to_table(self) -> Table:
        """Return one row per interval, in readable units; an infinite end is ``None``."""
        return _table((self,))


@dataclass(frozen=True)
class ConformalBand(Result):
    """One conformal set per period of the window, each fitted on the periods before and that one.

    Each holds for its own period; together they have no joint level.
    """

    sets: tuple[ConformalSet, ...]

    def to_table(self) -> Table:
        """Return one row per period and interval, in readable units; an infinite end is ``None``."""
        return _table(self.sets)


def _table(sets: Sequence[ConformalSet]) -> Table:
    names = ("outcome", "first_period", "last_period", "norm", "permutations", "attained")
    rows = [
        (found.outcome.name, found.window[0], found.window[-1], found.norm, found.permutations, found.attained, *ends)
        for found in sets
        for ends in found.end_cells()
    ]
    title = f"Effects not rejected over time at {sets[0].alpha:g}: {sets[0].outcome.title}"
    return Table.from_rows((*names, "low", "high", "low_closed", "high_closed", "unit"), rows, title=title)


@one_thread()
def conformal_p(
    effects: FewEffects,
    outcome: str,
    null: float | Sequence[float] = 0.0,
    *,
    norm: Norm = "mean_absolute",
    permutations: Permutations = "moving_block",
    period: int | None = None,
    seed: int = 0,
) -> float:
    """Return the conformal p-value of a null effect.

    Parameters
    ----------
    effects
        Effects of one design.
    outcome
        Name of the outcome.
    null
        The effect under the null, in the outcome's own scale: one number, or one for each period of the window.
    norm
        How the residuals of the window are measured: by their mean absolute value or root mean square.
    permutations
        ``moving_block`` for all cyclic shifts, which serial dependence leaves approximately valid; ``iid`` for all
        choices of periods, which needs exchangeable errors but gives finer p-values.
    period
        One period of the window, which alone is then fitted beside those before; all of them if left out.
    seed
        Seed of the sample of choices where there are too many (more than 5,000) to count.

    Raises
    ------
    MethodError
        If the estimator has no residuals to rearrange.
    UsageError
        If the outcome, the period or an option is unknown, or the null does not fit the window.

    Notes
    -----
    Weights, the intercept and, for ridge-augmented synthetic control, the penalty are estimated under the null on all
    periods used. The p-value is the share of rearrangements whose statistic is at least that observed, the observed one
    counted: never below 1/T with moving blocks over T periods.
    """
    task = NullFits.of(effects, outcome, norm, permutations, period, seed)
    steps = np.atleast_1d(np.asarray(null, dtype=np.float64))
    if steps.ndim != 1 or len(steps) not in {1, len(task.window)} or not np.isfinite(steps).all():
        raise UsageError(
            f"the null effect is {null!r}.",
            allowed=f"one finite number, or {len(task.window)}, one for each period of the window",
        )
    taken = np.zeros(task.paths.shape[1])
    taken[task.moved] = steps
    return float(task.p_values(task.residuals(taken)[None])[0])


@one_thread()
def conformal_one_sided_p(
    effects: FewEffects, outcome: str, *, side: Side, null: float = 0.0, alpha: float = 0.05
) -> float:
    """Return the conformal p-value that may decide where it was declared beforehand: one side, cyclic shifts.

    Parameters
    ----------
    effects
        Effects of one design.
    outcome
        Name of the outcome.
    side
        ``good``: the effect is larger than the null in the outcome's good direction; ``bad``: in the other.
    null
        The constant effect under the null, in the outcome's own scale.
    alpha
        Level of the test that was declared.

    Raises
    ------
    MethodError
        If there are so few periods that no p can be at most alpha; or as `conformal_p`.
    UsageError
        As in `conformal_p`; also if alpha is not between 0 and 1.

    Notes
    -----
    The statistic is the mean residual of the window with its sign, over all cyclic shifts of the residuals
    (Chernozhukov, Wuethrich and Zhu 2021). It is exact if residuals under the null are exchangeable, and approximate if
    they are stationary and weakly dependent. It is no sharper than 1/T for T periods, and rests on time where placebo
    ranks rest on units: which of the two decides has to be said before either is looked at.
    """
    check_choice(side, Side, "side")
    task = NullFits.of(effects, outcome, "mean_absolute", "moving_block", None, 0)
    if not math.isfinite(null):
        raise UsageError(f"the null effect is {null!r}.", allowed="one finite number")
    refuse_few_periods(task, alpha)
    return shifted_p(task, null, task.outcome.sign if side == "good" else -task.outcome.sign)


def refuse_few_periods(task: NullFits, alpha: float) -> None:
    """Refuse a test over cyclic shifts of so few periods that no p can be at most alpha."""
    count = len(task.periods)
    if attained_level(alpha, count) == 0:
        raise MethodError(
            f"with {count} periods no conformal p can be at most {alpha:g}: the smallest is 1/{count}.",
            allowed=f"at least {math.ceil(1 / alpha)} periods, fitted ones and those of the window together",
            todo="bring more periods, or let placebo ranks decide",
        )


def shifted_p(task: NullFits, null: float, sign: int) -> float:
    """Return the share of cyclic shifts whose mean residual of the window is as far in the direction of a sign."""
    taken = np.where(task.moved, null, 0.0)
    return task.rearranged.signed_p(sign * task.settled(task.residuals(taken)))


@one_thread()
def conformal_set(
    effects: FewEffects,
    outcome: str | None = None,
    *,
    alpha: float = 0.05,
    norm: Norm = "mean_absolute",
    permutations: Permutations = "moving_block",
    period: int | None = None,
    seed: int = 0,
) -> ConformalSet:
    """Return all constant effects that the conformal test does not reject.

    Parameters
    ----------
    effects, norm, permutations, period, seed
        As for `conformal_p`.
    outcome
        Name of the outcome. It may be left out if there is only one.
    alpha
        Level of the inverted test, between 0 and 1.

    Raises
    ------
    MethodError, UsageError
        As in `conformal_p`; also if alpha is not between 0 and 1.

    Notes
    -----
    Residuals are piecewise linear in the null effect. The null effects at which p changes are therefore solved for
    exactly, without a grid. With ridge-augmented synthetic control this holds between changes of the penalty. These are
    searched for between 89 null effects and bracketed to a stated resolution; two changes within one step can be
    missed.
    """
    return _inverted(NullFits.of(effects, outcome, norm, permutations, period, seed), alpha)


@one_thread()
def conformal_band(
    effects: FewEffects, outcome: str | None = None, *, alpha: float = 0.05, norm: Norm = "mean_absolute"
) -> ConformalBand:
    """Return one conformal set for each period of the window, fitted on the periods before and that one alone.

    Parameters
    ----------
    effects, outcome, alpha, norm
        As for `conformal_set`. With a single period cyclic shifts and choices of periods are the same, and so are all
        norms.
    """
    periods = NullFits.of(effects, outcome, norm, "moving_block", None, 0).window
    return ConformalBand(
        tuple(conformal_set(effects, outcome, alpha=alpha, norm=norm, period=period) for period in periods)
    )


def _inverted(task: NullFits, alpha: float) -> ConformalSet:
    level = attained_level(alpha, len(task.rearranged.sets))
    intervals: tuple[Interval, ...] = (Interval(-np.inf, np.inf),)
    resolution = 0.0
    if level > 0:
        segments, resolution = task.segments()
        intervals = _kept(task, segments, level)
    return ConformalSet(
        outcome=task.outcome,
        estimator=task.estimator,
        norm=task.norm,
        permutations=task.permutations,
        window=task.window,
        fitted=len(task.periods) - len(task.window),
        count=len(task.rearranged.sets),
        monte_carlo=task.rearranged.monte_carlo,
        alpha=alpha,
        attained=1 - level,
        resolution=resolution,
        intervals=intervals,
    )


def _kept(task: NullFits, segments: Sequence[Segment], level: float) -> tuple[Interval, ...]:
    """Return the nulls with p above the level: p is constant between the points where statistics meet."""
    met = [null for segment in segments for null in meeting_nulls(segment, task.rearranged, task.norm)]
    points = distinct_points(sorted(met))
    inner = probes(points, float(np.abs(task.paths).max()))
    cells, at = ((_p_along(task, segments, np.array(nulls)) > level).tolist() for nulls in (inner, points))
    return united(points, cells, at)


def _p_along(task: NullFits, segments: Sequence[Segment], nulls: Floats) -> Floats:
    """Return p under ascending nulls, of so many at a time that their residuals are held in memory."""
    step = max(1, _AT_ONCE // len(task.periods))
    parts = [nulls[start : start + step] for start in range(0, len(nulls), step)]
    return np.concatenate([task.p_values(along(segments, part)) for part in parts])
