"""Who gains: inequality and poverty, effects on distributions, and effects by group."""

from pilotzone.evaluation.inclusion.along import EffectsAlong, effects_along
from pilotzone.evaluation.inclusion.changes import QuantileEffects, changes_in_changes
from pilotzone.evaluation.inclusion.course import Course
from pilotzone.evaluation.inclusion.distributional import (
    DistributionalControl,
    distributional_control,
    region_quantiles,
)
from pilotzone.evaluation.inclusion.drawing import (
    along_figure,
    control_figure,
    groups_figure,
    lines_figure,
    quantile_figure,
    trend_figure,
)
from pilotzone.evaluation.inclusion.effects import IndexEffects
from pilotzone.evaluation.inclusion.gap import GAP, Convergence, convergence, gap_effect
from pilotzone.evaluation.inclusion.grouped import GroupedInequality, grouped_inequality
from pilotzone.evaluation.inclusion.groups import GroupEffects, group_effects, quantile_groups
from pilotzone.evaluation.inclusion.indexeffects import Errors, index_effects
from pilotzone.evaluation.inclusion.indices import INDICES, MEANS, Index, IndexRecord
from pilotzone.evaluation.inclusion.manyunits import unit_effects_of
from pilotzone.evaluation.inclusion.people import Decomposition, Inequality, decompose, inequality
from pilotzone.evaluation.inclusion.regions import BetweenRegions, between_regions
from pilotzone.evaluation.inclusion.sample import MicroData, micro_data, micro_data_of
from pilotzone.evaluation.inclusion.shareeffects import RegionBounds, region_bounds, share_effects
from pilotzone.evaluation.inclusion.units import UnitEffects, unit_effects

__all__ = [
    "GAP",
    "INDICES",
    "MEANS",
    "BetweenRegions",
    "Convergence",
    "Course",
    "Decomposition",
    "DistributionalControl",
    "EffectsAlong",
    "Errors",
    "GroupEffects",
    "GroupedInequality",
    "Index",
    "IndexEffects",
    "IndexRecord",
    "Inequality",
    "MicroData",
    "QuantileEffects",
    "RegionBounds",
    "UnitEffects",
    "along_figure",
    "between_regions",
    "changes_in_changes",
    "control_figure",
    "convergence",
    "decompose",
    "distributional_control",
    "effects_along",
    "gap_effect",
    "group_effects",
    "grouped_inequality",
    "groups_figure",
    "index_effects",
    "inequality",
    "lines_figure",
    "micro_data",
    "micro_data_of",
    "quantile_figure",
    "quantile_groups",
    "region_bounds",
    "region_quantiles",
    "share_effects",
    "trend_figure",
    "unit_effects",
    "unit_effects_of",
]
