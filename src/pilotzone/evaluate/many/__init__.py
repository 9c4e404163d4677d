"""Many treated units: effects and their joint covariance from cohort moments, which one pass over the data yields."""

from pilotzone.core import NEVER
from pilotzone.evaluate.many.aggregates import Aggregate, AggregateEffects, AggregateKind, Shares, aggregate_effects
from pilotzone.evaluate.many.bands import sup_t
from pilotzone.evaluate.many.beside import Beside, estimators_beside
from pilotzone.evaluate.many.cells import Base, Comparison, Controls, GroupTime, LeftOut
from pilotzone.evaluate.many.choice import estimate_moments
from pilotzone.evaluate.many.clusters import ClusterVariation, effective_draws
from pilotzone.evaluate.many.coefficients import EventCoefficients
from pilotzone.evaluate.many.conley import Conley, ConleyKernel
from pilotzone.evaluate.many.covariates import MOST_INFLUENCES, Adjustment, covariate_effects
from pilotzone.evaluate.many.effects import GroupTimeEffects, group_time_effects
from pilotzone.evaluate.many.evaluation import evaluate, evaluate_panel
from pilotzone.evaluate.many.exposure import Neighbours, Rings
from pilotzone.evaluate.many.honest import HonestEffect, HonestInterval, Restriction, honest_effect
from pilotzone.evaluate.many.imputation import imputation, imputation_leads
from pilotzone.evaluate.many.influences import Influences
from pilotzone.evaluate.many.kernels import MomentsKernel, layout_of
from pilotzone.evaluate.many.layout import Layout
from pilotzone.evaluate.many.moments import CohortMoments, merge, merge_all, moments_of
from pilotzone.evaluate.many.places import Measure, Place
from pilotzone.evaluate.many.pretrends import PreTrends, pre_trends
from pilotzone.evaluate.many.randomisation import (
    Randomisation,
    RandomisedEffect,
    RandomisedStatistic,
    randomise,
    randomise_panel,
)
from pilotzone.evaluate.many.result import ManyDesign, ManyEffects
from pilotzone.evaluate.many.rows import EffectRow, RowKind, effect_table
from pilotzone.evaluate.many.scores import ScoreBootstrap, Signs, score_bootstrap
from pilotzone.evaluate.many.side import side_by_side
from pilotzone.evaluate.many.spillovers import Spillover, spillover_table
from pilotzone.evaluate.many.sun_abraham import Reference, sun_abraham
from pilotzone.evaluate.many.two_way import CellWeight, Pair, PairKind, TwoWayWarning, two_way, two_way_events
from pilotzone.evaluate.many.variation import Reliability, Variation, reliability

__all__ = [
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
    "Comparison",
    "Conley",
    "ConleyKernel",
    "Controls",
    "EffectRow",
    "EventCoefficients",
    "GroupTime",
    "GroupTimeEffects",
    "HonestEffect",
    "HonestInterval",
    "Influences",
    "Layout",
    "LeftOut",
    "ManyDesign",
    "ManyEffects",
    "Measure",
    "MomentsKernel",
    "Neighbours",
    "Pair",
    "PairKind",
    "Place",
    "PreTrends",
    "Randomisation",
    "RandomisedEffect",
    "RandomisedStatistic",
    "Reference",
    "Reliability",
    "Restriction",
    "Rings",
    "RowKind",
    "ScoreBootstrap",
    "Shares",
    "Signs",
    "Spillover",
    "TwoWayWarning",
    "Variation",
    "aggregate_effects",
    "covariate_effects",
    "effect_table",
    "effective_draws",
    "estimate_moments",
    "estimators_beside",
    "evaluate",
    "evaluate_panel",
    "group_time_effects",
    "honest_effect",
    "imputation",
    "imputation_leads",
    "layout_of",
    "merge",
    "merge_all",
    "moments_of",
    "pre_trends",
    "randomise",
    "randomise_panel",
    "reliability",
    "score_bootstrap",
    "side_by_side",
    "spillover_table",
    "sun_abraham",
    "sup_t",
    "two_way",
    "two_way_events",
]
