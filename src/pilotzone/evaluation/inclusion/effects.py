"""Differences in differences of what is computed in zone and comparison, period by period, and its covariance."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from pilotzone.core import (
    EffectCovariance,
    JointEffects,
    MethodError,
    Outcome,
    Result,
    SummaryRow,
    Table,
    UsageError,
    summary_table,
)
from pilotzone.evaluation.inclusion.course import Courses, Dates, course_of
from pilotzone.evaluation.inclusion.sample import possible_starts
from pilotzone.evaluation.inclusion.spread import Spread, intervals, spread_of

if TYPE_CHECKING:
    import altair as alt
    from numpy.typing import NDArray

    from pilotzone.core import Scale
    from pilotzone.evaluation.inclusion.sample import MicroData

    Floats = NDArray[np.float64]

__all__ = [
    "IndexEffects",
    "checked_sides",
    "contributions_of",
    "effects_of_cells",
    "joint_of",
    "side_counts",
    "strata_of",
    "two_sided_p",
]


@dataclass(frozen=True, eq=False)
class IndexEffects(Result):
    """Effects of a zone on indices of inequality and poverty.

    Attributes
    ----------
    joint
        Effects with their joint covariance, as a verdict takes them.
    periods
        The T periods.
    levels
        Each index in the zone and in the comparison by period, shape (2, T, K), in the index's own unit.
    gaps
        What the difference of zone and comparison is beyond that in the last period before, in the outcomes' scale,
        shape (T, K): zero there, effects from the start on, and what parallel trends would have as zero before.
    gap_se
        Their standard errors, shape (T, K); NaN where there are none.
    spread
        Covariance of the effects.
    level
        Level of the intervals.
    why
        Why there are no standard errors, or nothing.
    bounds
        Between which values the effects lie where indices are of shares of income, in the outcomes' scale, shape
        (K, 2); ``None`` where incomes are known.
    """

    joint: JointEffects
    periods: tuple[int, ...]
    levels: Floats
    gaps: Floats
    gap_se: Floats
    spread: Spread
    level: float
    why: str
    bounds: Floats | None = None

    def summary(self) -> Table:
        """Return one row per index: the effect, its interval, standard error and p."""
        return effect_summary(self.joint, self.spread, self.level, self.why, title="Effects on indices")

    def plot(self) -> alt.LayerChart | alt.FacetChart:
        """Return a chart: the first index in zone and comparison over time."""
        from pilotzone.evaluation.inclusion.drawing import plotted, trend_figure

        return plotted(trend_figure(self))

    def to_table(self) -> Table:
        """Return one row per index and period: both levels, and the gap with its standard error."""
        rows = [
            (outcome.name, period, *self.levels[:, t, k].tolist(), float(self.gaps[t, k]), _number(self.gap_se[t, k]))
            for k, outcome in enumerate(self.joint.outcomes)
            for t, period in enumerate(self.periods)
        ]
        names = ("index", "period", "zone", "comparison", "gap", "se")
        return Table.from_rows(names, rows, title="Indices by period, and gaps against the last period before")


def contributions_of(value: float, influence: Floats, weights: Floats, scale: Scale) -> Floats:
    """Return what each row of a cell adds to the deviation of an index, or of its logarithm."""
    found: Floats = weights / weights.sum() * influence / (value if scale == "log" else 1.0)
    return found


def effects_of_cells(
    data: MicroData,
    outcomes: Sequence[Outcome],
    cell: Callable[[NDArray[np.bool_], int], tuple[float, Floats]],
    start: int,
    level: float,
    errors: str = "influence functions",
) -> IndexEffects:
    """Return effects on what `cell` computes of some rows for outcome k.

    It returns the value and what each row adds to its deviation, in the outcome's scale. `errors` says in words how.
    """
    zone, periods, after = checked_sides(data, start)
    dates = np.array(periods)
    levels, contributions = _cells(data, outcomes, cell, zone, dates)
    treated = np.array([1.0, -1.0])
    weight = np.where(after, 1 / after.sum(), -1 / (~after).sum())
    values = np.stack(
        [np.log(levels[..., k]) if item.scale == "log" else levels[..., k] for k, item in enumerate(outcomes)], axis=-1
    )
    at = np.searchsorted(dates, np.asarray(data.periods))
    sign = np.where(zone, 1.0, np.where(np.asarray(data.comparison), -1.0, 0.0))
    used = sign != 0
    strata = strata_of(data, zone, at)[used]
    draws = None if data.clusters is None else data.clusters[used]
    weighted = contributions[used] * (sign * weight[at])[used, None]
    sizes = _sizes(outcomes, levels)
    spread = spread_of(weighted, draws, strata, sizes)
    base = int(np.flatnonzero(~after)[-1])
    sides = np.tensordot(treated, values, axes=1)
    gap_se = np.full(sides.shape, np.nan)
    why = spread.refusal(data.drawn)
    for t in range(len(periods)):
        if t != base and not why:
            part = (at == t).astype(np.float64) - (at == base)
            gap_se[t] = spread_of(contributions[used] * (sign * part)[used, None], draws, strata, sizes).se
    estimate = weight @ sides
    counts = side_counts(data, zone)
    window = dates[after].tolist()
    before = Dates(tuple(dates[~after].tolist()), tuple(window))
    signed = sign[used, None] * before.weights[at[used]]
    courses = _courses(outcomes, before, sides, contributions[used], signed, sizes, (draws, strata, why))
    joint = joint_of(
        outcomes,
        estimate,
        spread,
        counts=counts,
        drawn=data.drawn,
        window=window,
        why=why,
        method=f"{errors}, differences in differences",
        courses=courses,
    )
    return IndexEffects(joint, periods, levels, sides - sides[base], gap_se, spread, level, why)


def _sizes(outcomes: Sequence[Outcome], levels: Floats) -> Floats:
    """Return the size of each outcome's figures, shape (K,): of means their own, of indices one, as of logarithms."""
    own = np.abs(levels).max(axis=(0, 1))
    plain = [item.scale == "level" and item.name == "mean" for item in outcomes]
    logs = [item.scale == "log" for item in outcomes]
    found: Floats = np.where(plain, own, np.where(logs, 1.0, np.maximum(own, 1.0)))
    return found


def _courses(
    outcomes: Sequence[Outcome],
    dates: Dates,
    sides: Floats,
    contributions: Floats,
    signed: Floats,
    sizes: Floats,
    drawn: tuple[NDArray[np.intp] | None, NDArray[np.intp], str],
) -> Courses:
    """Return what the course of each outcome before the start says: sums over periods, one outcome after another."""
    draws, strata, why = drawn
    parts = []
    for k, outcome in enumerate(outcomes):
        spread = spread_of(contributions[:, k, None] * signed, draws, strata, float(sizes[k]))
        parts.append(course_of(outcome, dates.before[:-1], dates.reach, sides[:, k] @ dates.weights, spread, why))
    return Courses(tuple(parts))


def checked_sides(data: MicroData, start: int) -> tuple[NDArray[np.bool_], tuple[int, ...], NDArray[np.bool_]]:
    """Return who is in the zone, the periods, and which of these are since the start."""
    if data.zone is None or data.comparison is None or data.periods is None:
        raise UsageError("the micro data say no zone or no periods.", allowed="zone=... and periods=..., one per row")
    if isinstance(start, bool) or not isinstance(start, int | np.integer):
        raise UsageError(f"start is {start!r}.", allowed="a whole number, such as a year")
    periods = tuple(np.unique(data.periods).tolist())
    after = np.array(periods) >= start
    if after.all() or not after.any():
        raise MethodError(
            f"the start {start} has no period {'before' if after.all() else 'since'} it.",
            allowed=possible_starts(periods),
        )
    for name, side in (("zone", data.zone), ("comparison", data.comparison)):
        missing = [period for period in periods if not (side & (data.periods == period)).any()]
        if missing:
            raise MethodError(f"the {name} has no rows in {missing[0]}.", allowed="rows in every period on both sides")
    _check_clusters(data)
    return data.zone, periods, after


def _check_clusters(data: MicroData) -> None:
    if data.clusters is None or data.zone is None or data.comparison is None:
        return
    sides = np.where(data.zone, 1, np.where(data.comparison, 0, 2))
    found = np.unique(np.stack([data.clusters, sides]), axis=1)[0]
    both = np.flatnonzero(np.bincount(found) > 1)
    if len(both):
        raise MethodError(
            f"{len(both):,} of {len(np.unique(found)):,} clusters lie in the zone and outside, or in the comparison and"
            " outside.",
            allowed="clusters in the zone, in the comparison or in the rest",
            todo="cluster by what was treated as a whole, such as counties",
        )


def strata_of(data: MicroData, side: NDArray[Any], at: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return what is drawn apart: the sides for clusters, which last; sides and periods for rows, which do not.

    `side` is 0 for the comparison, 1 for the zone, 2 for the rest, shape (n,).
    """
    code = side.astype(np.intp)
    return code if data.clusters is not None else 3 * at + code


def _cells(
    data: MicroData,
    outcomes: Sequence[Outcome],
    cell: Callable[[NDArray[np.bool_], int], tuple[float, Floats]],
    zone: NDArray[np.bool_],
    dates: NDArray[np.int64],
) -> tuple[Floats, Floats]:
    """Return indices by side and period, shape (2, T, K), and each row's contribution to its cell, shape (n, K)."""
    levels = np.empty((2, len(dates), len(outcomes)))
    contributions = np.zeros((len(data.income), len(outcomes)))
    for s, side in enumerate((zone, np.asarray(data.comparison))):
        for t, date in enumerate(dates):
            rows = side & (data.periods == date)
            for k, outcome in enumerate(outcomes):
                with np.errstate(divide="ignore", invalid="ignore"):
                    value, contributions[rows, k] = cell(rows, k)
                if outcome.scale == "log" and not (value > 0 and np.isfinite(contributions[rows, k]).all()):
                    more = " without one of its clusters" if value > 0 else ""
                    raise MethodError(
                        f"{outcome.name} is {0 if more else value:.4g} in {date} in the "
                        f"{('zone', 'comparison')[s]}{more}: no logarithm.",
                        allowed="scale level",
                    )
                levels[s, t, k] = value
    return levels, contributions


def side_counts(data: MicroData, zone: NDArray[np.bool_]) -> tuple[int, int]:
    """Return how many clusters, or rows, were drawn in the zone and in the comparison."""
    comparison = np.asarray(data.comparison)
    if data.clusters is None:
        return int(zone.sum()), int(comparison.sum())
    return len(np.unique(data.clusters[zone])), len(np.unique(data.clusters[comparison]))


def joint_of(  # noqa: PLR0913 - what a verdict needs to know of effects
    outcomes: Sequence[Outcome],
    estimate: Floats,
    spread: Spread,
    *,
    counts: tuple[int, int],
    drawn: str,
    window: Sequence[int],
    why: str,
    method: str = "influence functions, differences in differences",
    courses: Courses | None = None,
) -> JointEffects:
    """Return effects as they pass to a verdict, with the checks of their courses before the start."""
    parts = () if courses is None else courses.parts
    covariance = EffectCovariance(
        spread.matrix,
        drawn=drawn,
        treated=counts[0],
        controls=counts[1],
        degrees=spread.degrees,
        method=method,
        refused={outcome.name: why for outcome in outcomes} if why else {},
        breakdown=courses,
        departures={outcome.name: part.departures for outcome, part in zip(outcomes, parts, strict=False)},
    )
    return JointEffects(
        unit="the zone",
        start=window[0],
        window=tuple(window),
        estimator="given",
        outcomes=tuple(outcomes),
        estimate=estimate,
        identification=tuple(part.identification for part in parts),
        covariance=covariance,
    )


def two_sided_p(t: float, degrees: float) -> float:
    """Return how often a t (normal) variable is at least as far from zero."""
    from scipy.stats import norm
    from scipy.stats import t as student

    return float(2 * (student.sf(abs(t), degrees) if np.isfinite(degrees) else norm.sf(abs(t))))


def effect_summary(joint: JointEffects, spread: Spread, level: float, why: str, *, title: str) -> Table:
    """Return one row per outcome in the columns of all summaries of effects."""
    bounds = intervals(joint.estimate, spread.se, spread.degrees, level)
    count = 0 if joint.covariance is None else joint.covariance.treated + joint.covariance.controls
    rows = []
    for k, outcome in enumerate(joint.outcomes):
        se = float(spread.se[k])
        if joint.refusal(outcome.name):
            rows.append(SummaryRow(outcome, float(joint.estimate[k]), None, None, (None, None), count))
            continue
        low, high = map(outcome.display, bounds[k].tolist())
        p = two_sided_p(float(joint.estimate[k]) / se, spread.degrees)
        rows.append(SummaryRow(outcome, float(joint.estimate[k]), se, p, (low, high), count))
    note = f"No standard errors: {why}." if why else f"low, high: pointwise {level:.0%} interval."
    return summary_table(rows, title=title, note=note)


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
