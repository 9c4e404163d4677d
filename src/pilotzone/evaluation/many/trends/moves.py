"""Moves of the difference in trends before treatment, each measured within the cohorts that are seen at both times.

Averages by time since treatment rest on other cohorts from time to time: those that were treated late are seen long
before, those treated early are not. Where a cohort enters such averages they jump, though nobody's trend moved. So a
move between two times is the mean, by the sizes of cohorts, of the moves of those seen at both, and composition has no
part in it. Where all cohorts are seen at all times it is the difference of the averages.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import Brief, listing
from pilotzone.evaluation.many.cells.weights import Weights
from pilotzone.evaluation.many.estimators.aggregates import share_of_sizes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pilotzone.evaluation.many.estimators.aggregates import AggregateEffects
    from pilotzone.evaluation.many.estimators.effects import GroupTimeEffects

    Floats = NDArray[np.float64]
    Positions = NDArray[np.intp]

__all__ = ["Moves", "moves_before"]

NOTHING_BEFORE = "there is only one period before treatment, and no earlier move to measure departures by"


@dataclass(frozen=True, eq=False)
class Moves(Brief):
    """Moves before the reference, as weighted sums of effects, each by a period.

    Attributes
    ----------
    times
        Pairs of times since treatment between which each of the J moves is.
    reference
        Time of the period of reference.
    weighting
        Weighting of each effect in each move, shape (J, C).
    shares
        Derivative of each move by the size of each cohort through these weights, shape (J, L).
    """

    times: tuple[tuple[int, int], ...]
    reference: int
    weighting: Weights
    shares: Floats

    def below(self, averages: AggregateEffects, row: int) -> tuple[Weights, Floats]:
        """Return weights and derivatives by sizes of one average, and below it those of the moves."""
        whole = averages.weighting.some([row])
        weights = Weights(
            np.concatenate([whole.rows, self.weighting.rows + 1]),
            np.concatenate([whole.columns, self.weighting.columns]),
            np.concatenate([whole.values, self.weighting.values]),
            (1 + len(self.times), whole.shape[1]),
        )
        return weights, np.vstack([averages.shares[row], self.shares])


def moves_before(effects: GroupTimeEffects, outcome: str) -> Moves | str:
    """Return the moves of the difference in trends on one outcome, or why there are none.

    Parameters
    ----------
    effects
        Effects by cohort and period, with a universal base.
    outcome
        On what.

    Notes
    -----
    From each time before the reference one move leads to the next time at which one of the cohorts seen then is seen
    again. Cohorts that count in averages are taken, as far as they are seen at both; of a cohort's own reference the
    difference is zero.
    """
    cells = effects.cells
    references = {cell.event for cell in cells if cell.outcome == outcome and cell.reference}
    if len(references) != 1:
        return f"periods of reference lie at times {listing(sorted(references))} since treatment, and not at one"
    (reference,) = references
    seen: dict[int, dict[int, int]] = {}
    for c, cell in enumerate(cells):
        counts = cell.outcome == outcome and effects.comparison.averages(cell) and not cell.reference
        if counts and cell.event < reference:
            seen.setdefault(cell.event, {})[cell.cohort] = c
    pairs = [(start, _next(start, seen, reference)) for start in sorted(seen)]
    if not pairs:
        return NOTHING_BEFORE
    found = [_move(effects, outcome, seen[start], seen.get(end), end - start) for start, end in pairs]
    weighting = Weights.stacked([part for part, _ in found], len(cells))
    return Moves(tuple(pairs), reference, weighting, np.array([shares for _, shares in found]))


def _next(start: int, seen: dict[int, dict[int, int]], reference: int) -> int:
    """Return the next time at which a cohort is seen that is seen at one time; all are at the reference."""
    later = (time for time in sorted(seen) if time > start and not seen[time].keys().isdisjoint(seen[start]))
    return next(later, reference)


def _move(
    effects: GroupTimeEffects, outcome: str, start: dict[int, int], end: dict[int, int] | None, periods: int
) -> tuple[tuple[Positions, Floats], Floats]:
    """Return the weights of effects in one move of a period, and its derivative by cohorts' sizes.

    `start` and `end` have the positions of cohorts' effects at both times; without `end` that is the reference.
    """
    cohorts = sorted(start if end is None else start.keys() & end.keys())
    ends = [(start, -1.0), *([] if end is None else [(end, 1.0)])]
    at = [np.array([there[cohort] for cohort in cohorts]) for there, _ in ends]
    signs = [sign / periods for _, sign in ends]
    own = sum((effects.estimate[some] * sign for some, sign in zip(at, signs, strict=True)), np.zeros(len(cohorts)))
    share, shares = share_of_sizes(effects, cohorts, own, outcome)
    return (np.concatenate(at), np.concatenate([share * sign for sign in signs])), shares
