"""Many treated units: effects and their joint covariance from cohort moments, which one pass over the data yields."""

from pilotzone.core import NEVER
from pilotzone.evaluation.many.cells.cells import Base, Comparison, Controls, GroupTime, LeftOut
from pilotzone.evaluation.many.cells.stacked import StackedColumns
from pilotzone.evaluation.many.design import ManyDesign
from pilotzone.evaluation.many.drawing import event_breaks, event_figures
from pilotzone.evaluation.many.estimators.aggregates import (
    Aggregate,
    AggregateEffects,
    AggregateKind,
    Shares,
    aggregate_effects,
)
from pilotzone.evaluation.many.estimators.beside import Beside, estimators_beside
from pilotzone.evaluation.many.estimators.coefficients import EventCoefficients
from pilotzone.evaluation.many.estimators.covariates import MOST_INFLUENCES, Adjustment, covariate_effects
from pilotzone.evaluation.many.estimators.effects import GroupTimeEffects, group_time_effects
from pilotzone.evaluation.many.estimators.imputation import imputation
from pilotzone.evaluation.many.estimators.register import (
    MANY_ESTIMATORS,
    ManyEstimatorRecord,
    estimate_moments,
    estimators_of_panels,
)
from pilotzone.evaluation.many.estimators.side import side_by_side
from pilotzone.evaluation.many.estimators.sun_abraham import Reference, sun_abraham
from pilotzone.evaluation.many.estimators.two_way import (
    CellWeight,
    CohortPair,
    CohortPairKind,
    TwoWayWarning,
    two_way,
    two_way_events,
)
from pilotzone.evaluation.many.inference.bands import sup_t
from pilotzone.evaluation.many.inference.pooled import PooledTest, pooled_test
from pilotzone.evaluation.many.inference.randomisation import (
    Randomisation,
    RandomisedEffect,
    randomise,
    randomise_panel,
)
from pilotzone.evaluation.many.inference.rows import EffectRow, RowKind, effect_table
from pilotzone.evaluation.many.inference.shifts import RandomisedStatistic, ShiftSide, ShiftTest
from pilotzone.evaluation.many.inference.small import SizeTest, SmallCohorts, small_cohorts_tables
from pilotzone.evaluation.many.moments.kernels import MomentsKernel, stacked_columns_of
from pilotzone.evaluation.many.moments.moments import CohortMoments, merge, moments_of
from pilotzone.evaluation.many.result import ManyEffects
from pilotzone.evaluation.many.space.conley import Conley, ConleyKernel
from pilotzone.evaluation.many.space.coordinates import Coordinates, Measure
from pilotzone.evaluation.many.space.exposure import Neighbours, Rings
from pilotzone.evaluation.many.spillovers import Spillover, spillover_table
from pilotzone.evaluation.many.stage import evaluate, evaluate_panel
from pilotzone.evaluation.many.trends.breakdown import ParallelStudy
from pilotzone.evaluation.many.trends.honest import HonestEffect, HonestInterval, Restriction, honest_effect
from pilotzone.evaluation.many.trends.pretrends import PreTrends, hotelling_p, pre_trends, pre_trends_identified
from pilotzone.evaluation.many.variation.clusters import ClusterVariation, effective_draws
from pilotzone.evaluation.many.variation.groups import Variation
from pilotzone.evaluation.many.variation.influences import Influences
from pilotzone.evaluation.many.variation.known import Reliability, reliability

__all__ = [
    "MANY_ESTIMATORS",
    "MOST_INFLUENCES",
    "NEVER",
    "Adjustment",
    "Aggregate",
    "AggregateEffects",
    "AggregateKind",
    "Base",
    "Beside",
    "CellWeight",
    "ClusterVariation",
    "CohortMoments",
    "CohortPair",
    "CohortPairKind",
    "Comparison",
    "Conley",
    "ConleyKernel",
    "Controls",
    "Coordinates",
    "EffectRow",
    "EventCoefficients",
    "GroupTime",
    "GroupTimeEffects",
    "HonestEffect",
    "HonestInterval",
    "Influences",
    "LeftOut",
    "ManyDesign",
    "ManyEffects",
    "ManyEstimatorRecord",
    "Measure",
    "MomentsKernel",
    "Neighbours",
    "ParallelStudy",
    "PooledTest",
    "PreTrends",
    "Randomisation",
    "RandomisedEffect",
    "RandomisedStatistic",
    "Reference",
    "Reliability",
    "Restriction",
    "Rings",
    "RowKind",
    "Shares",
    "ShiftSide",
    "ShiftTest",
    "SizeTest",
    "SmallCohorts",
    "Spillover",
    "StackedColumns",
    "TwoWayWarning",
    "Variation",
    "aggregate_effects",
    "covariate_effects",
    "effect_table",
    "effective_draws",
    "estimate_moments",
    "estimators_beside",
    "estimators_of_panels",
    "evaluate",
    "evaluate_panel",
    "event_breaks",
    "event_figures",
    "group_time_effects",
    "honest_effect",
    "hotelling_p",
    "imputation",
    "merge",
    "moments_of",
    "pooled_test",
    "pre_trends",
    "pre_trends_identified",
    "randomise",
    "randomise_panel",
    "reliability",
    "side_by_side",
    "small_cohorts_tables",
    "spillover_table",
    "stacked_columns_of",
    "sun_abraham",
    "sup_t",
    "two_way",
    "two_way_events",
]
