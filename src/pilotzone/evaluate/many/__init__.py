"""Many treated units: effects and their joint covariance from cohort moments, which one pass over the data yields."""

from pilotzone.core import NEVER
from pilotzone.evaluate.many.aggregates import Aggregate, AggregateEffects, AggregateKind, aggregate_effects
from pilotzone.evaluate.many.cells import Base, Comparison, Controls, GroupTime, LeftOut
from pilotzone.evaluate.many.effects import GroupTimeEffects, Influences, group_time_effects
from pilotzone.evaluate.many.kernels import MomentsKernel, layout_of
from pilotzone.evaluate.many.layout import Layout
from pilotzone.evaluate.many.moments import CohortMoments, merge, merge_all, moments_of

__all__ = [
    "NEVER",
    "Aggregate",
    "AggregateEffects",
    "AggregateKind",
    "Base",
    "CohortMoments",
    "Comparison",
    "Controls",
    "GroupTime",
    "GroupTimeEffects",
    "Influences",
    "Layout",
    "LeftOut",
    "MomentsKernel",
    "aggregate_effects",
    "group_time_effects",
    "layout_of",
    "merge",
    "merge_all",
    "moments_of",
]
