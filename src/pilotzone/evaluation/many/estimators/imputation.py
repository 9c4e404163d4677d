"""Effects as what is left of outcomes once untreated ones are imputed (Borusyak, Jaravel and Spiess 2024).

Borusyak, K., X. Jaravel and J. Spiess (2024), "Revisiting event-study designs: robust and efficient estimation", Review
of Economic Studies 91, 3253-3285: fixed effects of units and periods are estimated from all observations that are not
treated yet; an effect is the outcome less both. Averaged over a cohort, it is linear in the cohorts' means, and its
conservative variance follows from their moments: docs/explanation/staggered.md derives it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import NEVER
from pilotzone.evaluation.many.cells.cells import (
    ANTICIPATING,
    FROM_THE_START,
    NOT_YET_TREATED,
    Comparison,
    GroupTime,
    LeftOut,
    check_something_left,
)
from pilotzone.evaluation.many.cells.stacked import StackedColumns
from pilotzone.evaluation.many.estimators.effects import GroupTimeEffects, check_columns
from pilotzone.evaluation.many.estimators.regression import (
    Fit,
    fit_cohorts,
    influences_of_loads,
    period_dummies,
    relative_means,
    rounding_of_loads,
)
from pilotzone.evaluation.many.moments.moments import CohortMoments
from pilotzone.evaluation.many.variation.by_outcome import Own, by_outcome
from pilotzone.evaluation.many.variation.groups import Variation
from pilotzone.evaluation.many.variation.known import LoadVariation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["imputation"]


def imputation(moments: CohortMoments, layout: StackedColumns, *, anticipation: int = 0) -> GroupTimeEffects:
    """Estimate the effect on each cohort in each period from treatment on by imputing its untreated outcomes.

    Parameters
    ----------
    moments
        Moments of the stacked outcomes.
    layout
        What the columns of the moments are.
    anticipation
        Periods before treatment in which an effect may begin; they are imputed too.

    Returns
    -------
    GroupTimeEffects
        Effects, with the conservative covariance in which effects are grouped by cohort and period. There are none
        before treatment and anticipation; what was before is judged by differences with a universal base
        (`pre_trends`). A cell's base is the last period before, its controls are the units that are not treated in its
        period.

    Raises
    ------
    MethodError
        If moments and layout do not fit, or nothing can be estimated.

    Examples
    --------
    >>> from pilotzone.evaluation.many import NEVER, moments_of
    >>> layout = StackedColumns(("jobs",), ((2015, 2016),))
    >>> jobs = layout.stack({"jobs": [[1, 4], [3, 4], [5, 5], [7, 8]]})
    >>> found = imputation(moments_of(jobs, [2016, 2016, NEVER, NEVER]), layout)
    >>> found.estimate, found.covariance
    (array([1.5]), array([[0.625]]))
    """
    check_columns(moments, layout)
    comparison = Comparison("not_yet_treated", "universal", anticipation)
    parts: list[_Imputed] = []
    left: list[LeftOut] = []
    for o in range(len(layout.outcomes)):
        part, missing = _impute(moments, layout, o, comparison)
        parts.append(part)
        left += missing
    cells = [cell for part in parts for cell in part.cells]
    check_something_left(cells, left, comparison)
    drift = np.vstack([part.drift for part in parts])
    loads = tuple(_loads(parts, moments, layout))
    influences = influences_of_loads(moments, loads, drift)
    estimate = np.concatenate([part.estimate for part in parts])
    means = moments.means + moments.tails

    def variation(own: Own) -> Variation:
        """Return what cohorts add to the effects on one outcome; units never treated are used alike, in any cohort."""
        groups = loads[: own.first + 1]
        return LoadVariation(
            own.pooled(moments.counts).astype(np.int64),
            own.products(moments.products, moments.counts, means),
            tuple(load[own.cells, own.columns] for load in groups),
        )

    return GroupTimeEffects(
        tuple(cells),
        estimate,
        influences,
        moments.cohorts,
        moments.counts,
        moments.counts.astype(np.float64)[None],
        comparison,
        tuple(left),
        by_outcome(cells, layout, moments.cohorts, comparison, variation, rounding_of_loads(moments, loads)),
    )


@dataclass(frozen=True, eq=False)
class _Imputed:
    """One outcome's effects, and how they move.

    Attributes
    ----------
    cells, cohorts
        The C effects and the positions of their cohorts.
    estimate
        Shape (C,).
    contrasts
        What of outcomes, less fixed effects of periods, an effect is, shape (C, T).
    fit
        Fitted fixed effects of periods, the first being zero.
    drift
        Shape (C, K).
    """

    cells: list[GroupTime]
    cohorts: list[int]
    estimate: Floats
    contrasts: Floats
    fit: Fit
    drift: Floats


def _impute(
    moments: CohortMoments, layout: StackedColumns, o: int, comparison: Comparison
) -> tuple[_Imputed, list[LeftOut]]:
    """Estimate one outcome's effects."""
    periods = layout.periods[o]
    used = _untreated(moments, np.array(periods), comparison.anticipation)
    means = relative_means(moments, layout.columns_of(o))
    fit = fit_cohorts(means, moments.counts, period_dummies(len(used), len(periods)), used)
    cells, cohorts, left = _cells(moments, (layout.outcomes[o], periods), used)
    before = used.astype(np.float64)[cohorts]
    contrasts = -before / before.sum(axis=1, keepdims=True)
    contrasts[np.arange(len(cells)), [periods.index(cell.period) for cell in cells]] = 1
    # Fixed effects of periods in which nobody is untreated are not estimated, and in no contrast.
    own = (contrasts * means[cohorts]).sum(axis=1)
    by_period = contrasts[:, 1:][:, fit.kept]
    return _Imputed(cells, cohorts, own - by_period @ fit.coefficients, contrasts, fit, -by_period @ fit.drift), left


def _cells(
    moments: CohortMoments, outcome: tuple[str, tuple[int, ...]], used: NDArray[np.bool_]
) -> tuple[list[GroupTime], list[int], list[LeftOut]]:
    """Return one outcome's effects, the positions of their cohorts, and what is left out."""
    name, periods = outcome
    cells: list[GroupTime] = []
    cohorts: list[int] = []
    left: list[LeftOut] = []
    for k, cohort in enumerate(moments.cohorts.tolist()):
        if not used[k].any():
            left.append(LeftOut(name, cohort, None, FROM_THE_START))
            continue
        if cohort > periods[-1]:
            left += [LeftOut(name, cohort, None, ANTICIPATING)] * (not used[k].all())
            continue
        for at in np.flatnonzero(~used[k]).tolist():
            controls = tuple(np.flatnonzero(used[:, at]).tolist())
            if not controls:
                left.append(LeftOut(name, cohort, periods[at], NOT_YET_TREATED))
                continue
            base = periods[int(np.flatnonzero(used[k])[-1])]
            sides = int(moments.counts[k]), int(moments.counts[list(controls)].sum())
            cells.append(GroupTime(name, cohort, periods[at], base, controls, *sides, *sides))
            cohorts.append(k)
    return cells, cohorts, left


def _loads(parts: list[_Imputed], moments: CohortMoments, layout: StackedColumns) -> Iterator[Floats]:
    """Yield for each cohort what one of its units adds to all effects by its stacked outcomes, shape (C, R)."""
    for k, count in enumerate(moments.counts.tolist()):
        found = np.zeros((sum(len(part.cells) for part in parts), layout.columns))
        start = 0
        for o, part in enumerate(parts):
            rows = found[start : start + len(part.cells), layout.columns_of(o)]
            rows -= part.contrasts[:, 1:][:, part.fit.kept] @ part.fit.loads[k]
            own = np.array(part.cohorts, dtype=np.intp) == k
            rows[own] += part.contrasts[own] / count
            start += len(part.cells)
        yield found


def _untreated(moments: CohortMoments, time: NDArray[np.int64], anticipation: int) -> NDArray[np.bool_]:
    """Return which cohorts are neither treated nor anticipate in which periods, shape (K, T)."""
    starts = np.where(moments.cohorts == NEVER, NEVER, moments.cohorts - anticipation)
    found: NDArray[np.bool_] = time < starts[:, None]
    return found
