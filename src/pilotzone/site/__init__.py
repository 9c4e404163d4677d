"""Where a zone should stand: places compared on several criteria, whose weights nobody knows for certain."""

from pilotzone.site.acceptability import Acceptability, rank_acceptability
from pilotzone.site.airside import airside
from pilotzone.site.alternatives import Alternatives, SpotRule, alternatives_of
from pilotzone.site.annual import AnnualCooling, annual_cooling, climate_draws
from pilotzone.site.ashrae import AshraeClass, FreeHours, free_hours
from pilotzone.site.assumed import default_assumptions, default_assumptions_file
from pilotzone.site.catalogue import (
    DEFAULT_CRITERIA,
    KNOWN_CRITERIA,
    check_bounds,
    counted_twice,
    known_criterion,
    with_scale,
)
from pilotzone.site.climate import modelled_climate
from pilotzone.site.cooling import Cooling, Weather, seawater, waterside
from pilotzone.site.criteria import Criterion, Preference
from pilotzone.site.criterion_values import CriterionValue, ValueKind
from pilotzone.site.dethrone import Dethroned, dethrone, pareto_front
from pilotzone.site.drawing import RANKING_SOURCE, rank_figure
from pilotzone.site.filled import FilledGaps
from pilotzone.site.hazard import GutenbergRichter, Quakes, fit_gutenberg_richter, quake_rates, within_years
from pilotzone.site.hourly import hourly_cooling, middle_climate
from pilotzone.site.known.cooling import grid_water
from pilotzone.site.left_out import LeftOut
from pilotzone.site.many_places import MANY_PLACES, ManyPlaces, ManySiting, rank_many
from pilotzone.site.parameters import Airside, CoolingSystem, Seawater, Waterside, example_of
from pilotzone.site.places import Candidate, known_regions, place_of_region
from pilotzone.site.power import DryYear, dry_year, water_of_power
from pilotzone.site.predicted import Predicted
from pilotzone.site.profiles import PlaceProfile, climate_of, profile_of, sampled_pue
from pilotzone.site.psychrometrics import pressure_at
from pilotzone.site.ranking import rank_places
from pilotzone.site.scores import RankingMethod, ranks, scores, set_dependent
from pilotzone.site.sensitivity import Sensitivity, sobol_of_winner
from pilotzone.site.siting import GapRule, Siting, SitingSpec
from pilotzone.site.spots import SpotShare
from pilotzone.site.table_pue import GRID_ERROR, TableClimates, TablePue, pue_of_table
from pilotzone.site.weights import WeightSpace, draw_weights, fixed_weights

__all__ = [
    "DEFAULT_CRITERIA",
    "GRID_ERROR",
    "KNOWN_CRITERIA",
    "MANY_PLACES",
    "RANKING_SOURCE",
    "Acceptability",
    "Airside",
    "Alternatives",
    "AnnualCooling",
    "AshraeClass",
    "Candidate",
    "Cooling",
    "CoolingSystem",
    "Criterion",
    "CriterionValue",
    "Dethroned",
    "DryYear",
    "FilledGaps",
    "FreeHours",
    "GapRule",
    "GutenbergRichter",
    "LeftOut",
    "ManyPlaces",
    "ManySiting",
    "PlaceProfile",
    "Predicted",
    "Preference",
    "Quakes",
    "RankingMethod",
    "Seawater",
    "Sensitivity",
    "Siting",
    "SitingSpec",
    "SpotRule",
    "SpotShare",
    "TableClimates",
    "TablePue",
    "ValueKind",
    "Waterside",
    "Weather",
    "WeightSpace",
    "airside",
    "alternatives_of",
    "annual_cooling",
    "check_bounds",
    "climate_draws",
    "climate_of",
    "counted_twice",
    "default_assumptions",
    "default_assumptions_file",
    "dethrone",
    "draw_weights",
    "dry_year",
    "example_of",
    "fit_gutenberg_richter",
    "fixed_weights",
    "free_hours",
    "grid_water",
    "hourly_cooling",
    "known_criterion",
    "known_regions",
    "middle_climate",
    "modelled_climate",
    "pareto_front",
    "place_of_region",
    "pressure_at",
    "profile_of",
    "pue_of_table",
    "quake_rates",
    "rank_acceptability",
    "rank_figure",
    "rank_many",
    "rank_places",
    "ranks",
    "sampled_pue",
    "scores",
    "seawater",
    "set_dependent",
    "sobol_of_winner",
    "water_of_power",
    "waterside",
    "with_scale",
    "within_years",
]
