"""Few treated units: synthetic control, placebos, diagnostics."""

from pilotzone.evaluation.few.compare import EstimatorRow, compare_estimators, estimator_rows
from pilotzone.evaluation.few.design import FewDesign, Phase
from pilotzone.evaluation.few.doubt import (
    AcceptableKind,
    AcceptedFigures,
    Doubt,
    DoubtKind,
    left_out_for,
    refuse_doubts,
)
from pilotzone.evaluation.few.doubts import doubts_of
from pilotzone.evaluation.few.drawing import fit_breaks, gap_chart, path_chart, path_levels
from pilotzone.evaluation.few.estimate import estimate_few
from pilotzone.evaluation.few.from_tables import synthetic_control
from pilotzone.evaluation.few.identification.thresholds import DEFAULT_THRESHOLDS, Thresholds
from pilotzone.evaluation.few.inference.conformal import (
    ConformalBand,
    ConformalSet,
    conformal_band,
    conformal_one_sided_p,
    conformal_p,
    conformal_set,
)
from pilotzone.evaluation.few.inference.declared import conformal_effects
from pilotzone.evaluation.few.inference.rearranged import Norm, Permutations, Side
from pilotzone.evaluation.few.outcome_fit import OutcomeFit
from pilotzone.evaluation.few.pool import POOLS, DonorDecision, needed_periods, used_span
from pilotzone.evaluation.few.predictors.characteristics import Importance, Predictor
from pilotzone.evaluation.few.ranking import Ranking
from pilotzone.evaluation.few.register import ESTIMATORS, ConformalSets, EstimatorRecord, estimators_that
from pilotzone.evaluation.few.result import FewEffects
from pilotzone.evaluation.few.several.estimate import MOST_ZONES, estimate_several
from pilotzone.evaluation.few.several.from_tables import synthetic_controls
from pilotzone.evaluation.few.several.result import SeveralEffects
from pilotzone.evaluation.few.weights.simplex import SimplexSolution, functional_range, solve_simplex_batch

__all__ = [
    "DEFAULT_THRESHOLDS",
    "ESTIMATORS",
    "MOST_ZONES",
    "POOLS",
    "AcceptableKind",
    "AcceptedFigures",
    "ConformalBand",
    "ConformalSet",
    "ConformalSets",
    "DonorDecision",
    "Doubt",
    "DoubtKind",
    "EstimatorRecord",
    "EstimatorRow",
    "FewDesign",
    "FewEffects",
    "Importance",
    "Norm",
    "OutcomeFit",
    "Permutations",
    "Phase",
    "Predictor",
    "Ranking",
    "SeveralEffects",
    "Side",
    "SimplexSolution",
    "Thresholds",
    "compare_estimators",
    "conformal_band",
    "conformal_effects",
    "conformal_one_sided_p",
    "conformal_p",
    "conformal_set",
    "doubts_of",
    "estimate_few",
    "estimate_several",
    "estimator_rows",
    "estimators_that",
    "fit_breaks",
    "functional_range",
    "gap_chart",
    "left_out_for",
    "needed_periods",
    "path_chart",
    "path_levels",
    "refuse_doubts",
    "solve_simplex_batch",
    "synthetic_control",
    "synthetic_controls",
    "used_span",
]
