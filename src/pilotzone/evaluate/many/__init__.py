"""Many treated units: effects and their joint covariance from cohort moments, which one pass over the data yields."""

from pilotzone.core import NEVER
from pilotzone.evaluate.many.aggregates import Aggregate, AggregateEffects, AggregateKind, Shares, aggregate_effects
from pilotzone.evaluate.many.cells import Base, Comparison, Controls, GroupTime, LeftOut
from pilotzone.evaluate.many.choice import estimate_moments
from pilotzone.evaluate.many.coefficients import EventCoefficients
from pilotzone.evaluate.many.covariates import MOST_INFLUENCES, Adjustment, covariate_effects
from pilotzone.evaluate.many.effects import GroupTimeEffects, Influences, group_time_effects
from pilotzone.evaluate.many.imputation import imputation, imputation_leads
from pilotzone.evaluate.many.kernels import MomentsKernel, layout_of
from pilotzone.evaluate.many.layout import Layout
from pilotzone.evaluate.many.moments import CohortMoments, merge, merge_all, moments_of
from pilotzone.evaluate.many.side import side_by_side
from pilotzone.evaluate.many.sun_abraham import Reference, sun_abraham
from pilotzone.evaluate.many.two_way import CellWeight, Pair, PairKind, TwoWayWarning, two_way, two_way_events

__all__ = [
    "MOST_INFLUENCES",
    "NEVER",
    "Adjustment",
    "Aggregate",
    "AggregateEffects",
    "AggregateKind",
    "Base",
    "CellWeight",
    "CohortMoments",
    "Comparison",
    "Controls",
    "EventCoefficients",
    "GroupTime",
    "GroupTimeEffects",
    "Influences",
    "Layout",
    "LeftOut",
    "MomentsKernel",
    "Pair",
    "PairKind",
    "Reference",
    "Shares",
    "TwoWayWarning",
    "aggregate_effects",
    "covariate_effects",
    "estimate_moments",
    "group_time_effects",
    "imputation",
    "imputation_leads",
    "layout_of",
    "merge",
    "merge_all",
    "moments_of",
    "side_by_side",
    "sun_abraham",
    "two_way",
    "two_way_events",
]
