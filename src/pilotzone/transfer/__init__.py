"""What a template would do elsewhere: several zones pooled, and effects carried to regions that have none."""

from pilotzone.transfer.balancing import effective_size, entropy_weights, odds_weights
from pilotzone.transfer.bayesian import Hierarchical, Priors, hierarchical
from pilotzone.transfer.breakdown import Breakdown, break_down
from pilotzone.transfer.covariates import Described, Moderator, check_moderator_count
from pilotzone.transfer.drawing import forest_figure, support_figure
from pilotzone.transfer.effects import ZoneEffect, ZoneEffects, effects_of_zones, shared_donor_covariance
from pilotzone.transfer.forecasts import Forecasts, hold_out
from pilotzone.transfer.further import PREDICTION_WORDS, PredictionMethod
from pilotzone.transfer.multivariate import Between, JointSynthesis, pool_jointly
from pilotzone.transfer.populations import Transported, UnitEffects, transport_effects
from pilotzone.transfer.predicting import CandidateEffect, Predictions, predict_candidates
from pilotzone.transfer.ranking import CandidateRanks, rank_candidates, rank_draws
from pilotzone.transfer.scores import crps_t
from pilotzone.transfer.synthesis import PooledEffect, Synthesis, pool_effects
from pilotzone.transfer.variances import BetweenMethod

__all__ = [
    "PREDICTION_WORDS",
    "Between",
    "BetweenMethod",
    "Breakdown",
    "CandidateEffect",
    "CandidateRanks",
    "Described",
    "Forecasts",
    "Hierarchical",
    "JointSynthesis",
    "Moderator",
    "PooledEffect",
    "PredictionMethod",
    "Predictions",
    "Priors",
    "Synthesis",
    "Transported",
    "UnitEffects",
    "ZoneEffect",
    "ZoneEffects",
    "break_down",
    "check_moderator_count",
    "crps_t",
    "effective_size",
    "effects_of_zones",
    "entropy_weights",
    "forest_figure",
    "hierarchical",
    "hold_out",
    "odds_weights",
    "pool_effects",
    "pool_jointly",
    "predict_candidates",
    "rank_candidates",
    "rank_draws",
    "shared_donor_covariance",
    "support_figure",
    "transport_effects",
]
