"""One entry to all estimators of effects by cohort and period from cohort moments."""

from __future__ import annotations

from pilotzone.core import ManyEstimator, UsageError, check_choice
from pilotzone.evaluate.many.cells import Comparison
from pilotzone.evaluate.many.effects import GroupTimeEffects, group_time_effects
from pilotzone.evaluate.many.imputation import imputation
from pilotzone.evaluate.many.layout import Layout
from pilotzone.evaluate.many.moments import CohortMoments
from pilotzone.evaluate.many.sun_abraham import sun_abraham

__all__ = ["estimate_moments"]


def estimate_moments(
    moments: CohortMoments,
    layout: Layout,
    comparison: Comparison | None = None,
    estimator: ManyEstimator = "callaway_santanna",
) -> GroupTimeEffects:
    """Estimate effects by cohort and period by the estimator of one's choice.

    Parameters
    ----------
    moments
        Of the stacked outcomes.
    layout
        What the columns of the moments are.
    comparison
        Whom to compare with, and when. Callaway and Sant'Anna's estimator follows all of it. Sun and Abraham's has a
        universal base; it compares with never-treated units and, for outcomes where nobody is never treated, with
        those treated last. Imputation compares with all that is not treated yet and has no base. Of the comparison both
        take the anticipation alone. What was done stands in the result's own comparison.
    estimator
        ``callaway_santanna``, ``sun_abraham`` or ``imputation``.

    Returns
    -------
    GroupTimeEffects
        Effects, joint covariance, and what could not be estimated.

    Raises
    ------
    UsageError
        If the estimator is unknown, or one of those that do not yield effects by cohort and period from moments.
    MethodError
        If moments and layout do not fit, or nothing can be estimated.

    Examples
    --------
    >>> from pilotzone.evaluate.many import NEVER, moments_of
    >>> layout = Layout(("jobs",), ((2015, 2016),))
    >>> jobs = layout.stack({"jobs": [[1, 4], [3, 4], [5, 5], [7, 8]]})
    >>> estimate_moments(moments_of(jobs, [2016, 2016, NEVER, NEVER]), layout, estimator="imputation").estimate
    array([1.5])
    """
    check_choice(estimator, ManyEstimator, "estimator")
    comparison = comparison or Comparison()
    if estimator == "callaway_santanna":
        return group_time_effects(moments, layout, comparison)
    if estimator == "sun_abraham":
        return sun_abraham(moments, layout, anticipation=comparison.anticipation)
    if estimator == "imputation":
        return imputation(moments, layout, anticipation=comparison.anticipation)
    raise UsageError(
        f"estimator is {estimator!r}, which yields no effects by cohort and period.",
        allowed="'callaway_santanna', 'sun_abraham' or 'imputation'",
        todo="what two-way fixed effects would have said is shown as a warning beside any of these.",
    )
