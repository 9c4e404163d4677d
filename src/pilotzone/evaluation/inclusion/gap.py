"""Does a zone close its gap to the national mean: effects on the logarithm of the gap."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import JointEffects, MethodError, Outcome, Result, Table, UsageError, check_level
from pilotzone.evaluation.inclusion.course import Course, Courses, Dates, course_of
from pilotzone.evaluation.inclusion.effects import checked_sides, effect_summary, joint_of, side_counts, strata_of
from pilotzone.evaluation.inclusion.spread import spread_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pilotzone.evaluation.inclusion.sample import MicroData
    from pilotzone.evaluation.inclusion.spread import Spread

    Floats = NDArray[np.float64]

__all__ = ["GAP", "Convergence", "convergence", "gap_effect"]

GAP = Outcome("log_gap", None, "up", None, "log", "income relative to the nation")
"""The log gap is the logarithm of the zone's mean over the nation's: below zero while the zone is poorer."""
_REST, _NO_GAP = 2, 0.01
"""Code of rows of neither zone nor comparison, and a log gap below which no share of it is said."""


@dataclass(frozen=True, eq=False)
class Convergence(Result):
    """What a zone did to its gap to the national mean.

    Attributes
    ----------
    joint
        Effect on the log gap, with its variance and the checks of its course before the start, as a verdict takes it.
    before, after, without
        Logarithm of the zone's mean over the nation's, the mean of periods: before the start, since, and since had
        there been no effect.
    closed
        Share of the gap `without` that the effect closes: 1 all of it, negative where it widens; NaN where the zone
        is richer than the nation, or poorer by less than one percent.
    share
        The zone's share of the nation's people since the start.
    course
        How the gap moved against the comparison before the start.
    spread, level, why
        As in `IndexEffects`.
    """

    joint: JointEffects
    before: float
    after: float
    without: float
    closed: float
    share: float
    course: Course
    spread: Spread
    level: float
    why: str

    def summary(self) -> Table:
        """Return the effect on the gap, in percent of the national mean."""
        return effect_summary(self.joint, self.spread, self.level, self.why, title="Effect on the gap to the nation")

    def to_table(self) -> Table:
        """Return the gap before and since the start, without an effect, and the share closed, each with its unit."""
        ratio, points = "% of the nation's mean", "log points x 100"
        rows = [
            ("zone's mean before the start", 100 * float(np.exp(self.before)), ratio),
            ("zone's mean since the start", 100 * float(np.exp(self.after)), ratio),
            ("zone's mean since the start without the effect", 100 * float(np.exp(self.without)), ratio),
            (
                "effect on the zone's mean over the nation's",
                self.joint.outcomes[0].display(float(self.joint.estimate[0])),
                "%",
            ),
            ("standard error of the effect", None if self.why else 100 * float(self.spread.se[0]), points),
            ("share of the gap closed by the effect", None if np.isnan(self.closed) else 100 * self.closed, "%"),
            ("zone's share of the nation's people since the start", 100 * self.share, "%"),
        ]
        return Table.from_rows(("quantity", "value", "unit"), rows, title="The zone's gap to the national mean")


def gap_effect(effect: float, *, share: float, ratio: float) -> float:
    """Return the effect on the log gap that follows from one on the logarithm of the zone's mean.

    The nation's mean holds the zone's, so that it rises as well.

    Parameters
    ----------
    effect
        Effect on the logarithm of the zone's mean income; ends of intervals are turned likewise.
    share
        The zone's share of the nation's people, from 0 and below 1.
    ratio
        The zone's mean over the nation's, with the effect in both.

    Raises
    ------
    UsageError
        If the zone has no share or more income than the nation.

    Examples
    --------
    >>> round(gap_effect(0.1, share=0.0, ratio=0.5), 3), round(gap_effect(0.1, share=0.2, ratio=0.5), 4)
    (0.1, 0.0904)
    """
    if not 0 <= share < 1 or not 0 <= share * ratio < 1:
        raise UsageError(
            f"the zone has {share:.4g} of the people and {share * ratio:.4g} of the income.",
            allowed="shares from 0 and below 1",
        )
    return float(effect + np.log1p(share * ratio * np.expm1(-effect)))


def convergence(data: MicroData, *, start: int, outcome: Outcome = GAP, level: float = 0.95) -> Convergence:
    """Return a zone's effect on its gap to the national mean.

    In every period the logarithm of the zone's mean less that of the comparison is taken. The effect on the zone is how
    far that difference since the start lies from its mean before; every period counts the same. The nation's mean
    without the effect follows from the zone's share of it.

    Parameters
    ----------
    data
        Rows with `zone` and `periods`; rows of neither zone nor comparison are the rest of the nation.
    start
        First period with the zone's programme.
    outcome
        What the gap is in a verdict: role and margin, in percent of the ratio of the two means.
    level
        Level of the pointwise interval.

    Returns
    -------
    Convergence

    Raises
    ------
    MethodError
        If a mean is not positive, or a side has no rows in a period.
    UsageError
        If the outcome is not on a logarithmic scale, or good is not up.

    Notes
    -----
    Where there are two periods or more before the start, `joint` holds two checks of them and the breakdown of every
    finding, as effects on many units do: see `course`.
    """
    check_level(level, name="level", such=0.95)
    if (outcome.scale, outcome.good) != ("log", "up"):
        raise UsageError(
            f"the gap is an outcome with scale {outcome.scale!r} and good {outcome.good!r}.",
            allowed="scale 'log' and good 'up': the zone's mean over the nation's",
        )
    zone, periods, after = checked_sides(data, start)
    own = _Paths.of(data, zone, np.array(periods))
    dates = Dates(tuple(np.array(periods)[~after].tolist()), tuple(np.array(periods)[after].tolist()))
    values, contributions, sided = own.estimates(dates)
    used = zone | np.asarray(data.comparison)
    strata = strata_of(data, np.where(zone, 1, np.where(used, 0, _REST)), own.at)
    # Clusters of the rest of the nation are drawn as well, though the effect alone rests on zone and comparison.
    matrix = spread_of(contributions, data.clusters, strata, 1.0).matrix
    draws = None if data.clusters is None else data.clusters[used]

    def alone(columns: slice) -> Spread:
        found = spread_of(sided[used, columns], draws, strata[used], 1.0)
        return replace(found, matrix=matrix[columns, columns])

    spread, earlier = alone(slice(0, 1)), alone(slice(1, None))
    why = spread.refusal(data.drawn)
    course = course_of(outcome, dates.before[:-1], dates.reach, values[1:], earlier, why)
    joint = joint_of(
        (outcome,),
        values[:1],
        spread,
        counts=side_counts(data, zone),
        drawn=data.drawn,
        window=dates.since,
        why=why,
        method="influence functions, differences in differences of log means",
        courses=Courses((course,)),
    )
    before, now = (float(own.gap[when].mean()) for when in (~after, after))
    without = now - float(values[0])
    closed = float(values[0]) / -without if without < -_NO_GAP else float("nan")
    share = float(own.share[after].mean())
    return Convergence(joint, before, now, without, closed, share, course, spread, level, why)


@dataclass(frozen=True, eq=False)
class _Paths:
    """Means by period, and what each row adds to them.

    Attributes
    ----------
    at
        Position of each row's period, shape (n,).
    apart, gap
        Logarithm of the zone's mean over the comparison's, and over the nation's, shape (T,).
    share
        The zone's share of people, shape (T,).
    of_apart, of_income
        What each row adds to the deviation of `apart`, and of the zone's share of income, in its own period, (n,).
    """

    at: NDArray[np.intp]
    apart: Floats
    gap: Floats
    share: Floats
    of_apart: Floats
    of_income: Floats

    @classmethod
    def of(cls, data: MicroData, zone: NDArray[np.bool_], dates: NDArray[np.int64]) -> _Paths:
        """Return the paths of all periods."""
        at = np.searchsorted(dates, np.asarray(data.periods))
        beside = np.asarray(data.comparison)
        amounts = data.weights * data.income
        logs, sums = {}, {}
        for name, rows in (("zone", zone), ("comparison", beside), ("nation", np.ones_like(zone))):
            people, total = (np.bincount(at[rows], part[rows], len(dates)) for part in (data.weights, amounts))
            for t in np.flatnonzero(~(total > 0))[:1]:
                where, mean = f"the {name} in {dates[t]}", float(total[t] / people[t])
                raise MethodError(f"mean income of {where} is {mean:.4g}.", allowed="a positive mean, with a logarithm")
            logs[name], sums[name] = np.log(total / people), (people, total)
        own = {name: amounts / sums[name][1][at] - data.weights / sums[name][0][at] for name in ("zone", "comparison")}
        of_apart = np.where(zone, own["zone"], np.where(beside, -own["comparison"], 0.0))
        part = sums["zone"][1] / sums["nation"][1]
        of_income = amounts / sums["nation"][1][at] * (zone - part[at])
        apart, gap = logs["zone"] - logs["comparison"], logs["zone"] - logs["nation"]
        return cls(at, apart, gap, sums["zone"][0] / sums["nation"][0], of_apart, of_income)

    def estimates(self, dates: Dates) -> tuple[Floats, Floats, Floats]:
        """Return the effect and its course with what rows add to them: in all, and through zone and comparison alone.

        Shapes (2 + 2Q,), (n, 2 + 2Q) and (n, 2 + 2Q): the effect against the mean of all periods before the start, then
        against the base, then Q differences before the base, then Q moves, each by a period.
        """
        count, width = len(dates.before), len(dates.before) + len(dates.since)
        eye, since = np.eye(width), range(count, width)
        mean, base = eye[:count].mean(axis=0), eye[count - 1]
        asked: list[list[tuple[int, Floats, float]]] = [
            [(t, reference, 1 / len(dates.since)) for t in since] for reference in (mean, base)
        ]
        asked += [[(t, base, 1.0)] for t in range(count - 1)]
        asked += [[(q, eye[p], 1 / (dates.before[q] - dates.before[p]))] for p, q in dates.moves]
        found = [self._sum(parts) for parts in asked]
        values, by_apart, by_income = (np.array(part).T for part in zip(*found, strict=True))
        sided = self.of_apart[:, None] * by_apart[self.at]
        return values, sided + self.of_income[:, None] * by_income[self.at], sided

    def _sum(self, parts: list[tuple[int, Floats, float]]) -> tuple[float, Floats, Floats]:
        """Return a weighted sum of shifts of the gap, and its derivatives by `apart` and by shares of income, (T,)."""
        value, by_apart, by_income = 0.0, np.zeros_like(self.apart), np.zeros_like(self.apart)
        for t, reference, weight in parts:
            effect = float(self.apart[t] - reference @ self.apart)
            ratio, share = float(np.exp(self.gap[t])), float(self.share[t])
            value += weight * gap_effect(effect, share=share, ratio=ratio)
            # d on_gap: in the effect directly, and in the zone's share of national income.
            left = 1 + share * ratio * np.expm1(-effect)
            own = np.zeros_like(self.apart)
            own[t] = 1.0
            by_apart += weight * (1 - share * ratio * np.exp(-effect) / left) * (own - reference)
            by_income[t] += weight * np.expm1(-effect) / left
        return value, by_apart, by_income
