"""Cohorts' effects by time since treatment from one saturated regression (Sun and Abraham 2021).

Sun, L. and S. Abraham (2021), "Estimating dynamic treatment effects in event studies with heterogeneous treatment
effects", Journal of Econometrics 225, 175-199: the outcome on fixed effects of units and periods and on a dummy for
each cohort other than the reference and each time since treatment other than the last before it. On a balanced panel
without covariates it fits every cohort's mean in every period, so that its coefficients are differences of changes in
means, and its residuals deviations from these. docs/explanation/staggered.md derives it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from pilotzone.core import NEVER, check_choice
from pilotzone.evaluation.many.cells.cells import (
    FROM_THE_START,
    NOT_YET_TREATED,
    Comparison,
    GroupTime,
    LeftOut,
    check_something_left,
    outcome_group_times,
)
from pilotzone.evaluation.many.cells.stacked import StackedColumns
from pilotzone.evaluation.many.estimators.effects import GroupTimeEffects, check_columns, contrast_effects
from pilotzone.evaluation.many.moments.moments import CohortMoments

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Reference", "sun_abraham"]

Reference = Literal["never_treated", "last_treated"]
"""Cohorts without dummies, which all others are compared with: those never treated in the outcome's periods, or the one
treated last, with the periods until then."""


def sun_abraham(
    moments: CohortMoments, layout: StackedColumns, reference: Reference | None = None, *, anticipation: int = 0
) -> GroupTimeEffects:
    """Estimate cohorts' effects in each period by Sun and Abraham's saturated regression, errors clustered by unit.

    Parameters
    ----------
    moments
        Moments of the stacked outcomes.
    layout
        What the columns of the moments are.
    reference
        Whom cohorts are compared with. ``None``: those never treated in an outcome's periods, and where there are none,
        those treated last.
    anticipation
        Periods before treatment in which an effect may begin.

    Returns
    -------
    GroupTimeEffects
        Effects relative to the last period before treatment and anticipation, before treatment too. Averages of kind
        `dynamic` are the interaction-weighted estimates.

    Raises
    ------
    UsageError
        If the reference is unknown.
    MethodError
        If moments and layout do not fit, or nothing can be estimated.

    Examples
    --------
    >>> from pilotzone.evaluation.many import NEVER, moments_of
    >>> layout = StackedColumns(("jobs",), ((2015, 2016),))
    >>> jobs = layout.stack({"jobs": [[1, 4], [3, 4], [5, 5], [7, 8]]})
    >>> found = sun_abraham(moments_of(jobs, [2016, 2016, NEVER, NEVER]), layout)
    >>> [(cell.event, cell.reference) for cell in found.cells], found.estimate
    ([(-1, True), (0, False)], array([0. , 1.5]))
    """
    if reference is not None:
        check_choice(reference, Reference, "reference")
    check_columns(moments, layout)
    comparison = Comparison("never_treated", "universal", anticipation)
    cells: list[GroupTime] = []
    left: list[LeftOut] = []
    told: list[str] = []
    for outcome in zip(layout.outcomes, layout.periods, strict=True):
        never = any(_start(cohort, anticipation) > outcome[1][-1] for cohort in moments.cohorts.tolist())
        last = reference == "last_treated" or (reference is None and not never)
        one = _until_last if last else outcome_group_times
        some, others = one(moments.cohorts.tolist(), moments.counts, outcome, comparison)
        cells += some
        left += others
        if last and some:
            until = max(cell.period for cell in some)
            told.append(
                f"On {outcome[0]}, cohorts are compared with the one treated last, in periods up to {until}: "
                + ("so it was asked for." if never else "no unit is never treated.")
            )
    check_something_left(cells, left, comparison)
    found = contrast_effects(moments, layout, comparison, cells, left)
    # Those treated last are not yet treated in the periods that are left.
    used = replace(comparison, controls="not_yet_treated") if told else comparison
    return replace(found, comparison=used, told=tuple(told))


def _start(cohort: int, anticipation: int) -> int:
    return cohort if cohort == NEVER else cohort - anticipation


def _until_last(
    cohorts: list[int], counts: NDArray[np.int64], outcome: tuple[str, tuple[int, ...]], comparison: Comparison
) -> tuple[list[GroupTime], list[LeftOut]]:
    """Return the effects relative to the cohort treated last, in the periods before it is, or anticipates.

    Within these periods it is a cohort that is never treated. Units that are never treated at all are not used.
    """
    name, periods = outcome
    starts = [_start(cohort, comparison.anticipation) for cohort in cohorts]
    within = [start for start in starts if start <= periods[-1]]
    last = max(within, default=periods[0])
    before = tuple(period for period in periods if period < last)
    used = cohorts[: len(within)]  # cohorts rise, and so do their starts
    cells: list[GroupTime] = []
    left: list[LeftOut] = []
    if before:
        cells, left = outcome_group_times(used, counts[: len(used)], (name, before), comparison, periods[-1])
    known = {item.cohort for item in left}
    for cohort, start in zip(used, starts, strict=False):
        if start <= periods[0] and cohort not in known:
            left.append(LeftOut(name, cohort, None, FROM_THE_START))
        elif start > (before or periods)[-1]:
            left.append(LeftOut(name, cohort, None, "treated last: the others are compared with it"))
        elif cohort not in known:
            left += [LeftOut(name, cohort, period, NOT_YET_TREATED) for period in periods if period >= last]
    left += [
        LeftOut(name, cohort, None, "never treated, and the others are compared with those treated last")
        for cohort in cohorts[len(used) :]
    ]
    return cells, sorted(left, key=lambda item: (item.cohort, item.period or 0))
