"""How far trends may part before a one-sided finding on the declared average falls: relative magnitudes, solved.

Rambachan and Roth (2023), "A more credible approach to parallel trends", Review of Economic Studies 90, 2555-2591: from
one period to the next the difference in trends moves at most M times as far after the reference as it ever did before.
Were it known which earlier move is the largest, and its sign, the smallest effect that this allows would be one linear
sum of coefficients: the estimate less M times its reach times that move. One of the sums, over moves and signs, is the
right one. So "the effect is at most c" is rejected at alpha if every sum lies above c by the t point of alpha times its
own standard error (an intersection-union test, Berger 1982): the level is alpha whatever the truth. Two-sided intervals
(`magnitudes`) have to watch both ends at once; here only one of them can do harm.

A move is measured within the cohorts that are seen at both of its times (`moves`): averages by time since treatment
rest on other cohorts from time to time, and who enters them is not a trend.

Each sum less its standard error is concave in M, and positive at M = 0 where the finding holds with parallel trends, so
that it is zero once: at a root of a quadratic.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import Brief, Departures, t_quantile
from pilotzone.evaluation.many.trends.moves import moves_before
from pilotzone.evaluation.many.variation.guard import refusals
from pilotzone.evaluation.many.variation.known import reliability

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from pilotzone.evaluation.many.estimators.aggregates import AggregateEffects, AggregateKind
    from pilotzone.evaluation.many.estimators.effects import GroupTimeEffects

    Floats = NDArray[np.float64]

__all__ = ["Breakdowns", "ParallelStudy", "moves_as_estimated", "parallel_study"]

FEWEST_MOVES = 4
"""So many earlier moves have to be there where nothing is known of their error: five periods, as with one zone."""


@dataclass(frozen=True, eq=False)
class ParallelStudy(Brief):
    """One average, and the moves of the difference in trends before the reference.

    Attributes
    ----------
    estimate
        Estimate of the average and of the moves, each of one period, shape (1 + J,).
    covariance
        Theirs, shape (1 + J, 1 + J).
    reach
        How many moves the average is off by where the difference in trends moves on by one a period.
    degrees
        Degrees of freedom of a t distribution; ``None`` for the normal one.
    """

    estimate: Floats
    covariance: Floats
    reach: float
    degrees: float | None = None

    @property
    def largest(self) -> float:
        """The largest earlier move, as it was estimated."""
        return float(np.abs(self.estimate[1:]).max())

    def limit(self, sign: int, size: float, alpha: float) -> float:
        """Return the one-sided bound of the effect at a bound on departures: below it for sign 1, above it for -1.

        Parameters
        ----------
        sign
            1 for the lower bound, -1 for the upper one.
        size
            The factor M, from zero.
        alpha
            Level.
        """
        off = size * self.reach * np.concatenate([self.estimate[1:], -self.estimate[1:]])
        moved = size * self.reach * np.concatenate([self.covariance[0, 1:], -self.covariance[0, 1:]])
        own = (size * self.reach) ** 2 * np.tile(self.covariance.diagonal()[1:], 2)
        spread = np.sqrt(np.maximum(self.covariance[0, 0] - 2 * moved + own, 0.0))
        point = float(t_quantile(1 - alpha, self.degrees))
        return sign * float((sign * (self.estimate[0] - off) - point * spread).min())

    def breakdown(self, sign: int, null: float, alpha: float) -> float:
        """Return the bound M from which on an effect beyond the null is no longer found.

        Parameters
        ----------
        sign
            1 for an effect above the null, -1 for one below it.
        null
            The effect that the finding rules out, in the unit of the estimates.
        alpha
            Level of the one-sided test, below one half.

        Returns
        -------
        float
            Zero where nothing is found with parallel trends; infinite where no bound is large enough.
        """
        point = float(t_quantile(1 - alpha, self.degrees))
        ahead = sign * (float(self.estimate[0]) - null)
        if not ahead > point * self.covariance[0, 0] ** 0.5:
            return 0.0
        moves, with_moves = self.estimate[1:] * self.reach, self.covariance[0, 1:] * self.reach
        spread = self.covariance.diagonal()[1:] * self.reach**2
        sides = [_crossing(ahead, turn * moves, point**2, (self.covariance[0, 0], turn * sign * with_moves, spread))
                 for turn in (1.0, -1.0)]  # fmt: skip
        return float(np.min(sides))


def _crossing(ahead: float, moves: Floats, point: float, variance: tuple[float, Floats, Floats]) -> Floats:
    """Return where ahead - M moves = root of (point times the variance v - 2 M w + M^2 u), shape (J,); none: infinity.

    Squared, this is a M^2 - 2 b M + c = 0 with c above zero. The root that counts is the smallest above zero at which
    the left side is not below zero; the function falls from above zero and is concave, so that there is at most one.
    """
    v, w, u = variance
    a, b, c = moves**2 - point * u, ahead * moves - point * w, ahead**2 - point * v
    with np.errstate(divide="ignore", invalid="ignore"):
        root = np.sqrt(b**2 - a * c)
        # Both roots in forms that lose no digits; one of them is c over the other's numerator.
        tall = b + np.where(b >= 0, root, -root)
        found = np.stack([c / tall, tall / a])
        fits = (found > 0) & (ahead - found * moves >= -1e-9 * ahead) & np.isfinite(found)
    nearest: Floats = np.where(fits, found, np.inf).min(axis=0)
    return nearest


def parallel_study(
    before: GroupTimeEffects, averages: AggregateEffects, outcome: str, kind: AggregateKind
) -> ParallelStudy | str:
    """Return what departures from parallel trends are measured by, or why that cannot be done.

    Parameters
    ----------
    before
        Effects by cohort and period, with a universal base.
    averages
        Their averages of the declared kind.
    outcome
        On what.
    kind
        The average in one number.

    Returns
    -------
    ParallelStudy or str
        In the unit of the effects.

    Notes
    -----
    Moves are those of `moves_before`, over the periods between their two times. Moves that rest on too few units are
    left out, by their numbers and not by their sizes. The reach has the weights of times since treatment in the
    average: each cohort's difference in trends is taken to move on by no more than the bound says.
    """
    row = _whole(averages, outcome, kind)
    moves = moves_before(before, outcome)
    if isinstance(moves, str):
        return moves
    weights, sizes = moves.below(averages, row)
    matrix = before.influences.covariance(weights, sizes)
    known = reliability(before.variation, weights, matrix.diagonal())
    why = refusals(known, before.drawn)
    kept = np.array([not text for text in why])
    if not kept[0] or not kept[1:].any():
        return f"differences before treatment have no standard errors: {why[0] or why[1]}"
    inflation = known.inflation[kept]
    degrees = float(known.degrees[kept].min())
    return ParallelStudy(
        (weights @ before.estimate)[kept],
        matrix[np.ix_(kept, kept)] * np.outer(inflation, inflation),
        _reach(before, averages, row, moves.reference),
        None if np.isinf(degrees) else degrees,
    )


def moves_as_estimated(
    before: GroupTimeEffects, averages: AggregateEffects, outcome: str, kind: AggregateKind
) -> Departures:
    """Return what departures are measured by where nothing is known of the error of earlier moves.

    The moves are those of `parallel_study`, all of them, as they were estimated; arguments are as there. Noise makes
    the largest of several moves larger, and with it what is allowed for; a single one may be small by chance, so that
    few moves are refused.
    """
    moves = moves_before(before, outcome)
    if isinstance(moves, str):
        return Departures(np.nan, np.nan, 0, moves)
    count = len(moves.times)
    if count < FEWEST_MOVES:
        told = f"{count} earlier {'move' if count == 1 else 'moves'}"
        why = f"the effect has no standard error, and {told} without one are too few; {FEWEST_MOVES} are needed"
        return Departures(np.nan, np.nan, 0, why)
    largest = float(np.abs(moves.weighting @ before.estimate).max()) * before.unit_of(outcome)
    reach = _reach(before, averages, _whole(averages, outcome, kind), moves.reference)
    return Departures(largest, reach, count, as_estimated=True)


def _whole(averages: AggregateEffects, outcome: str, kind: AggregateKind) -> int:
    """Return the row of the average in one number."""
    return next(q for q, row in enumerate(averages.rows) if (row.outcome, row.kind, row.at) == (outcome, kind, None))


def _reach(before: GroupTimeEffects, averages: AggregateEffects, row: int, reference: int) -> float:
    """Return how many moves an average is off by where the difference in trends moves on by one a period."""
    of_row = averages.weighting.rows == row
    weights: dict[int, float] = {}
    for c, value in zip(averages.weighting.columns[of_row], averages.weighting.values[of_row], strict=True):
        weights[before.cells[c].event] = weights.get(before.cells[c].event, 0.0) + float(value)
    events = sorted(event for event in weights if event > reference)
    # From time to time and not from period to period: times may be nanoseconds.
    ahead = np.cumsum([weights[event] for event in reversed(events)])[::-1]
    return float(np.abs(ahead) @ np.diff([reference, *events]))


@dataclass(frozen=True, eq=False)
class Breakdowns(Brief):
    """Breakdowns of findings on several outcomes, computed when they are asked for.

    Attributes
    ----------
    before, averages, kind
        As in `parallel_study`.
    outcomes
        Names, in the order of positions.
    degrees
        Degrees of freedom that all effects have in common, as far as they are fewer.
    refused
        Outcomes without a standard error, and why.
    exact
        Those of them that have exact tests.
    """

    before: GroupTimeEffects
    averages: AggregateEffects
    kind: AggregateKind
    outcomes: tuple[str, ...]
    degrees: float | None
    refused: Mapping[str, str]
    exact: frozenset[str] = frozenset()

    @cached_property
    def studies(self) -> tuple[ParallelStudy | str, ...]:
        """What departures are measured by, or why they cannot be, one for each outcome."""
        return tuple(self._study(name) for name in self.outcomes)

    def _study(self, outcome: str) -> ParallelStudy | str:
        if outcome in self.refused:
            return f"the effect has no standard error: {self.refused[outcome]}"
        study = parallel_study(self.before, self.averages, outcome, self.kind)
        if isinstance(study, str):
            return study
        few = [degrees for degrees in (study.degrees, self.degrees) if degrees is not None]
        return replace(study, degrees=min(few) if few else None)

    @property
    def departures(self) -> dict[str, Departures]:
        """What departures are measured by, in outcomes' own scales."""
        found = {}
        for name, study in zip(self.outcomes, self.studies, strict=True):
            if name in self.exact:
                found[name] = moves_as_estimated(self.before, self.averages, name, self.kind)
            elif isinstance(study, str):
                found[name] = Departures(np.nan, np.nan, 0, study)
            else:
                largest = study.largest * self.before.unit_of(name)
                found[name] = Departures(largest, study.reach, len(study.estimate) - 1)
        return found

    def __call__(self, column: int, sign: int, null: float, alpha: float) -> float:
        """Return the bound M from which on the finding falls; NaN where departures cannot be assessed."""
        study = self.studies[column]
        if isinstance(study, str):
            return float("nan")
        return study.breakdown(sign, null / self.before.unit_of(self.outcomes[column]), alpha)
