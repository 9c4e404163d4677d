"""The course before the start: did zone and comparison move alike, and how far does a finding hold if they part later.

Both questions are those of many units (docs/explanation/parallel-trends.md). Differences before the start are tested
against none at all and against the margin. Departures are bounded by relative magnitudes (Rambachan and Roth 2023):
from one period to the next the difference in trends moves at most M times as far since the start as it ever did before.

The effect of which departures take something off is the one against the last period before the start. An effect
against the mean of all periods before holds a part of the trend that was seen in these, so that it would be allowed
for twice, or with the wrong sign.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import Brief, Check, Departures, Identification
from pilotzone.evaluation.many import ParallelStudy, hotelling_p, pre_trends, pre_trends_identified

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pilotzone.core import Outcome
    from pilotzone.evaluation.inclusion.spread import Spread
    from pilotzone.evaluation.many import PreTrends

    Floats = NDArray[np.float64]

__all__ = ["Course", "Courses", "Dates", "course_of"]

_ONE = "There is only one period before the start, and no difference before it to test."
_ONE_MOVE = "there is only one period before the start, and no earlier move to measure departures by"


@dataclass(frozen=True)
class Dates(Brief):
    """Periods before the start and since.

    Attributes
    ----------
    before, since
        The periods in ascending order; the last one before is the base.
    """

    before: tuple[int, ...]
    since: tuple[int, ...]

    @property
    def moves(self) -> tuple[tuple[int, int], ...]:
        """Pairs of positions of periods before the start, each with the next."""
        return tuple((k, k + 1) for k in range(len(self.before) - 1))

    @property
    def reach(self) -> float:
        """How far the mean since the start is off where the difference in trends moves on by one a period."""
        steps = np.diff([self.before[-1], *self.since])
        ahead = np.arange(len(self.since), 0, -1) / len(self.since)
        return float(ahead @ steps)

    @property
    def weights(self) -> Floats:
        """Weights of periods in the effect against the base, Q differences before it and Q moves, shape (T, 1 + 2Q)."""
        count, width = len(self.before), len(self.before) + len(self.since)
        eye = np.eye(width)
        base, since = eye[count - 1], eye[count:].mean(axis=0)
        steps = [(eye[q] - eye[p]) / (self.before[q] - self.before[p]) for p, q in self.moves]
        return np.array([since - base, *(eye[t] - base for t in range(count - 1)), *steps]).T


@dataclass(frozen=True, eq=False)
class Course(Brief):
    """What is known of one outcome before the start.

    Attributes
    ----------
    periods
        The Q periods before the base.
    estimate, se
        How far the zone was from its comparison in each of them, beyond that in the base, in the outcome's scale, shape
        (Q,); `se` is NaN where there are no standard errors.
    against_base
        The effect against the base alone.
    found
        Tests of these differences; ``None`` where there are none.
    study
        What departures are measured by, or why they cannot be.
    identification
        The checks, as a verdict takes them.
    """

    periods: tuple[int, ...]
    estimate: Floats
    se: Floats
    against_base: float
    found: PreTrends | None
    study: ParallelStudy | str
    identification: Identification

    @property
    def departures(self) -> Departures:
        """What departures from parallel trends are measured by."""
        if isinstance(self.study, str):
            return Departures(np.nan, np.nan, 0, self.study)
        return Departures(self.study.largest, self.study.reach, len(self.study.estimate) - 1)


@dataclass(frozen=True, eq=False)
class Courses(Brief):
    """Courses of K outcomes, in the order of their positions: breakdowns of findings as a covariance takes them."""

    parts: tuple[Course, ...]

    def __call__(self, column: int, sign: int, null: float, alpha: float) -> float:
        """Return the bound M from which on a finding falls; NaN where departures cannot be assessed."""
        study = self.parts[column].study
        return float("nan") if isinstance(study, str) else study.breakdown(sign, null, alpha)


def course_of(
    outcome: Outcome, periods: tuple[int, ...], reach: float, estimate: Floats, spread: Spread, why: str
) -> Course:
    """Return what an outcome's course before the start says.

    Parameters
    ----------
    outcome
        The outcome with its margin, if it has one.
    periods
        The Q periods before the base.
    reach
        How far the effect is off where the difference in trends moves on by one a period.
    estimate
        Effect against the base, then the Q differences before it, then the Q moves, each by a period: shape (1 + 2Q,).
    spread
        Their covariance.
    why
        Why there are no standard errors, or nothing.
    """
    count = len(periods)
    early = slice(1, 1 + count)
    told = _ONE if not count else why and f"Differences before the start have no standard errors ({why})."
    if told:
        study = why and f"the effect has no standard error: {why}"
        checked = pre_trends_identified(outcome, None, told)
        errors = np.full(count, np.nan)
        return Course(periods, estimate[early], errors, float(estimate[0]), None, study or _ONE_MOVE, checked)
    found = pre_trends(estimate[early], spread.matrix[early, early], degrees=spread.degrees)
    found = replace(found, p=hotelling_p(found.wald, found.rank, spread.degrees))
    chosen = np.r_[0, 1 + count : 1 + 2 * count]
    degrees = None if np.isinf(spread.degrees) else spread.degrees
    parallel = ParallelStudy(estimate[chosen], spread.matrix[np.ix_(chosen, chosen)], reach, degrees)
    checked = _checked(pre_trends_identified(outcome, found))
    errors = spread.se[early]
    return Course(periods, estimate[early], errors, float(estimate[0]), found, parallel, checked)


def _checked(found: Identification) -> Identification:
    """Return the checks, with the joint test marked where too few draws stand behind it."""
    checks = []
    for check in found.checks:
        few = check.name == "no_pre_trend" and check.value is not None and np.isnan(check.value)
        told = "There are more periods before the start than the draws can test jointly."
        checks.append(Check(check.name, check.label, "cannot be assessed", None, None, told) if few else check)
    return Identification(found.outcome, tuple(checks))
