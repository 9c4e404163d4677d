"""The estimators of effects on many units: one record each, and one entry to all that estimate from cohort moments."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from pilotzone.core import ManyEstimator, UsageError, check_choice
from pilotzone.evaluation.many.cells.cells import Comparison
from pilotzone.evaluation.many.cells.stacked import StackedColumns
from pilotzone.evaluation.many.estimators.effects import GroupTimeEffects, group_time_effects
from pilotzone.evaluation.many.estimators.imputation import imputation
from pilotzone.evaluation.many.estimators.sun_abraham import sun_abraham
from pilotzone.evaluation.many.moments.moments import CohortMoments

__all__ = ["MANY_ESTIMATORS", "ManyEstimatorRecord", "estimate_moments", "estimators_of_panels"]


@dataclass(frozen=True, kw_only=True)
class ManyEstimatorRecord:
    """What the package knows of one estimator of effects on many units.

    Attributes
    ----------
    name
        As in files and options.
    label
        As a table names it.
    title
        The same with what it is, as a report says it.
    from_moments
        Effects by cohort and period from moments of the stacked outcomes; ``None`` for one that yields none, which no
        panel can be evaluated by.
    follows_comparison
        Whether it follows all of a comparison: controls, base and anticipation. The others take the anticipation alone,
        and need nobody who is never treated.
    beyond_moments
        Whether it is there for panels that cohort moments are not enough for: unbalanced ones, those with weights,
        clusters or covariates, and repeated cross-sections.
    ignores_levels
        Whether no effect changes when each unit's path is moved by a constant of its own: only then may levels be
        arbitrary, as those of a chained index are. It holds where units are followed over time, not for repeated
        cross-sections.
    """

    name: ManyEstimator
    label: str
    title: str
    from_moments: Callable[[CohortMoments, StackedColumns, Comparison], GroupTimeEffects] | None = None
    follows_comparison: bool = False
    beyond_moments: bool = False
    ignores_levels: bool = False


def _sun_abraham(moments: CohortMoments, layout: StackedColumns, comparison: Comparison) -> GroupTimeEffects:
    return sun_abraham(moments, layout, anticipation=comparison.anticipation)


def _imputation(moments: CohortMoments, layout: StackedColumns, comparison: Comparison) -> GroupTimeEffects:
    return imputation(moments, layout, anticipation=comparison.anticipation)


_RECORDS = (
    ManyEstimatorRecord(
        name="callaway_santanna",
        label="Callaway and Sant'Anna",
        title="Callaway and Sant'Anna, by cohort and period",
        from_moments=group_time_effects,
        follows_comparison=True,
        beyond_moments=True,
        ignores_levels=True,
    ),
    ManyEstimatorRecord(
        name="sun_abraham",
        label="Sun and Abraham",
        title="Sun and Abraham, interaction-weighted",
        from_moments=_sun_abraham,
        ignores_levels=True,
    ),
    ManyEstimatorRecord(
        name="imputation",
        label="imputation",
        title="imputation (Borusyak, Jaravel and Spiess)",
        from_moments=_imputation,
        ignores_levels=True,
    ),
    ManyEstimatorRecord(name="twfe", label="two-way fixed effects", title="two-way fixed effects", ignores_levels=True),
    ManyEstimatorRecord(
        name="continuous_dose",
        label="continuous dose",
        title="effects by dose (Callaway, Goodman-Bacon and Sant'Anna)",
        ignores_levels=True,
    ),
    ManyEstimatorRecord(name="given", label="given effects", title="given effects"),
)

MANY_ESTIMATORS: Mapping[ManyEstimator, ManyEstimatorRecord] = MappingProxyType({item.name: item for item in _RECORDS})
"""Each estimator's record by its name, in the order of `ManyEstimator`."""


def estimators_of_panels() -> tuple[ManyEstimatorRecord, ...]:
    """Return the records of those that a panel can be evaluated by."""
    return tuple(record for record in MANY_ESTIMATORS.values() if record.from_moments is not None)


def estimate_moments(
    moments: CohortMoments,
    layout: StackedColumns,
    comparison: Comparison | None = None,
    estimator: ManyEstimator = "callaway_santanna",
) -> GroupTimeEffects:
    """Estimate effects by cohort and period by the estimator of one's choice.

    Parameters
    ----------
    moments
        Moments of the stacked outcomes.
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
    >>> from pilotzone.evaluation.many import NEVER, moments_of
    >>> layout = StackedColumns(("jobs",), ((2015, 2016),))
    >>> jobs = layout.stack({"jobs": [[1, 4], [3, 4], [5, 5], [7, 8]]})
    >>> estimate_moments(moments_of(jobs, [2016, 2016, NEVER, NEVER]), layout, estimator="imputation").estimate
    array([1.5])
    """
    check_choice(estimator, ManyEstimator, "estimator")
    comparison = comparison or Comparison()
    record = MANY_ESTIMATORS[estimator]
    if record.from_moments is None:
        *others, last = (repr(item.name) for item in estimators_of_panels())
        raise UsageError(
            f"estimator is {estimator!r}, which yields no effects by cohort and period.",
            allowed=f"{', '.join(others)} or {last}",
            todo="what two-way fixed effects would have said is shown as a warning beside any of these.",
        )
    found = record.from_moments(moments, layout, comparison)
    # Estimators have comparisons of their own; which effects count in averages is the study's to say.
    used = replace(found.comparison, last_cohort=comparison.last_cohort, horizon=comparison.horizon)
    return replace(found, comparison=used)
