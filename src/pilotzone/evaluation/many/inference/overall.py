"""The effect in one number by randomisation inference, all assignments at a time: what alternatives are tested by.

While cohorts keep their sizes an average of effects is a sum over units of what each adds by its cohort, so that its
values under thousands of assignments are one product of matrices. Standard errors under assignments are not computed:
assignments are compared by the effect itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pilotzone.evaluation.many.inference.assignments import all_assignments, assignment_count, drawn_assignments
from pilotzone.evaluation.many.inference.exposed import exposure_of_layout
from pilotzone.evaluation.many.inference.pooled import batches, contrasted
from pilotzone.evaluation.many.inference.shifts import Redealt, ShiftTest, shift_test

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from pilotzone.core import ManyEstimator
    from pilotzone.evaluation.many.cells.cells import Comparison
    from pilotzone.evaluation.many.cells.stacked import StackedColumns
    from pilotzone.evaluation.many.estimators.aggregates import AggregateKind

__all__ = ["OVERALL_DRAWS", "overall_test"]

OVERALL_DRAWS = 4_999
"""Assignments that are drawn where there are more."""


def overall_test(
    stacked: ArrayLike,
    cohorts: ArrayLike,
    layout: StackedColumns,
    comparison: Comparison | None = None,
    *,
    estimator: ManyEstimator = "callaway_santanna",
    kind: AggregateKind = "group",
    draws: int = OVERALL_DRAWS,
    seed: int = 20160,
) -> ShiftTest:
    """Test the overall average on one outcome by dealing cohorts out anew among units, by the effect itself.

    Parameters
    ----------
    stacked
        Stacked outcomes of one outcome, one unit a row, shape (n, R).
    cohorts
        First period of treatment of each unit, shape (n,); `NEVER` or infinity if there is none.
    layout, comparison, estimator
        As in `randomise`; of one outcome.
    kind
        Which overall average.
    draws, seed
        Number and seed of drawn assignments, where there are more than these. The order of units does not matter.

    Raises
    ------
    MethodError
        If nothing can be estimated, or shapes do not fit.
    """
    values, labels, contrasts, groups = contrasted(stacked, cohorts, layout, comparison, estimator, kind)
    each, treated = values @ contrasts.T, exposure_of_layout(labels, layout) @ contrasts.T
    at = np.arange(len(values))
    exact = assignment_count(np.bincount(groups)) <= draws
    dealt = list(batches(all_assignments(groups) if exact else drawn_assignments(groups, draws, seed), len(groups)))
    estimate = np.concatenate([each[at, some].sum(axis=1) for some in dealt])
    exposure = np.concatenate([treated[at, some].sum(axis=1) for some in dealt])
    redealt = Redealt(estimate, exposure, np.zeros((len(estimate), 3)))
    return shift_test((float(each[at, groups].sum()), 0.0), redealt, exact=exact, statistic="effect")
