"""What passes to a verdict: the effect on each outcome in one number, their covariance, and what was before."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import EffectCovariance, Identification, JointEffects, Outcome
from pilotzone.evaluation.many.estimators.aggregates import aggregate_effects
from pilotzone.evaluation.many.inference.small import exact_test
from pilotzone.evaluation.many.trends.breakdown import Breakdowns
from pilotzone.evaluation.many.trends.pretrends import pre_trends, pre_trends_identified
from pilotzone.evaluation.many.variation.guard import refusals
from pilotzone.evaluation.many.variation.known import reliability

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pilotzone.evaluation.many.design import ManyDesign
    from pilotzone.evaluation.many.estimators.aggregates import AggregateEffects
    from pilotzone.evaluation.many.estimators.effects import GroupTimeEffects
    from pilotzone.evaluation.many.inference.small import SmallCohorts

__all__ = ["joint_effects"]


def joint_effects(
    effects: GroupTimeEffects,
    averages: AggregateEffects,
    before: GroupTimeEffects,
    outcomes: Sequence[Outcome],
    design: ManyDesign,
    small: Sequence[SmallCohorts] = (),
) -> JointEffects:
    """Return the overall effects with their covariance, in the order of the outcomes.

    `before` are effects with a universal base: departures from parallel trends are measured by them. `small` are tests
    of outcomes whose standard errors are refused.
    """
    rows = {row.outcome: q for q, row in enumerate(averages.rows) if row.kind == design.summary and row.at is None}
    at = np.array([rows[outcome.name] for outcome in outcomes])
    weights, variance = averages.weighting.some(at), averages.covariance.diagonal()[at]
    known = reliability(effects.variation, weights, variance)
    refused = {outcome.name: why for outcome, why in zip(outcomes, refusals(known, effects.drawn), strict=True) if why}
    kept = np.array([outcome.name not in refused for outcome in outcomes])
    scale = np.where(kept, known.inflation, 1.0)
    treated = [cell for cell in effects.cells if effects.comparison.counts(cell)]
    cohorts: dict[int, int] = {}
    for cell in treated:
        cohorts[cell.cohort] = max(cohorts.get(cell.cohort, 0), cell.treated_units)
    unit = np.array([effects.unit_of(outcome.name) for outcome in outcomes])
    degrees = float(known.degrees[kept].min()) if kept.any() else None
    earlier = aggregate_effects(before, *dict.fromkeys(("dynamic", design.summary)))
    named = tuple(outcome.name for outcome in outcomes)
    exact = {item.outcome.name: exact_test(item) for item in small if item.outcome.name in refused}
    breakdowns = Breakdowns(before, earlier, design.summary, named, degrees, refused, frozenset(exact))
    covariance = EffectCovariance(
        averages.covariance[np.ix_(at, at)] * np.outer(scale, scale),
        drawn=effects.drawn,
        treated=sum(cohorts.values()) if effects.treated_clusters is None else effects.treated_clusters,
        controls=min(cell.control_clusters for cell in treated),
        degrees=degrees,
        method=f"influence functions of {effects.drawn}, small-sample variances by cohort",
        refused=refused,
        unit=None if (unit == 1).all() else unit,
        breakdown=breakdowns,
        departures=breakdowns.departures,
        exact=exact,
    )
    units = sum(cohorts.values())
    return JointEffects(
        unit=f"{units:,} units in {len(cohorts)} {'cohort' if len(cohorts) == 1 else 'cohorts'}",
        start=min(cohorts),
        window=tuple(sorted({cell.period for cell in treated})),
        estimator=design.estimator,
        outcomes=tuple(outcomes),
        estimate=averages.estimate[at] * unit,
        covariance=covariance,
        identification=_identified(before, earlier, outcomes, design),
    )


def _identified(
    before: GroupTimeEffects, averages: AggregateEffects, outcomes: Sequence[Outcome], design: ManyDesign
) -> tuple[Identification, ...]:
    """Return what differences before treatment say: by time since treatment, against a universal base."""
    first = -design.comparison.anticipation
    return tuple(_identified_one(before, averages, outcome, first) for outcome in outcomes)


def _identified_one(
    before: GroupTimeEffects, averages: AggregateEffects, outcome: Outcome, first: int
) -> Identification:
    """Return what differences before time `first` say about one outcome."""
    at = [
        q
        for q, row in enumerate(averages.rows)
        if row.outcome == outcome.name and row.kind == "dynamic" and row.at is not None and row.at < first
    ]
    real = np.array([not cell.reference for cell in before.cells])
    at = [q for q in at if real[averages.weighting.columns[averages.weighting.rows == q]].any()]
    if not at:
        return pre_trends_identified(
            outcome, None, "There is only one period before treatment to compare with; an earlier one would do."
        )
    known = reliability(before.variation, averages.weighting.some(at), averages.covariance.diagonal()[at])
    why = refusals(known, before.drawn)
    kept = np.array([not text for text in why])
    if not kept.any():
        return pre_trends_identified(
            outcome,
            None,
            f"Differences before treatment have no standard errors: {why[0]}. Larger cohorts would have them.",
        )
    # What rests on too few units says nothing either way; how many such differences there are is told.
    tested, inflation = np.array(at)[kept], known.inflation[kept]
    matrix = averages.covariance[np.ix_(tested, tested)] * np.outer(inflation, inflation)
    unit = before.unit_of(outcome.name)
    found = pre_trends(averages.estimate[tested], matrix, degrees=float(known.degrees[kept].min()))
    found = replace(found, largest=found.largest * unit, bound=found.bound * unit)
    return pre_trends_identified(outcome, found, untested=int((~kept).sum()))
