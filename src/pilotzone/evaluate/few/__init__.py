"""Few treated units: synthetic control, placebos, identification."""

from pilotzone.evaluate.few.characteristics import Predictor
from pilotzone.evaluate.few.compare import compare_estimators, estimator_rows
from pilotzone.evaluate.few.conformal import (
    ConformalBand,
    ConformalSet,
    conformal_band,
    conformal_p,
    conformal_set,
)
from pilotzone.evaluate.few.control import synthetic_control
from pilotzone.evaluate.few.controls import synthetic_controls
from pilotzone.evaluate.few.design import FewDesign, Phase
from pilotzone.evaluate.few.estimate import estimate_few
from pilotzone.evaluate.few.nullfits import exact_conformal
from pilotzone.evaluate.few.rearranged import Norm, Permutations
from pilotzone.evaluate.few.result import DonorDecision, EstimatorRow, FewEffects, OutcomeFit
from pilotzone.evaluate.few.several import MOST_ZONES, SEVERAL_ESTIMATORS, estimate_several
from pilotzone.evaluate.few.simplex import SimplexSolution, functional_range, solve_simplex_batch
from pilotzone.evaluate.few.thresholds import DEFAULT_THRESHOLDS, Thresholds
from pilotzone.evaluate.few.zones import SeveralEffects

__all__ = [
    "DEFAULT_THRESHOLDS",
    "MOST_ZONES",
    "SEVERAL_ESTIMATORS",
    "ConformalBand",
    "ConformalSet",
    "DonorDecision",
    "EstimatorRow",
    "FewDesign",
    "FewEffects",
    "Norm",
    "OutcomeFit",
    "Permutations",
    "Phase",
    "Predictor",
    "SeveralEffects",
    "SimplexSolution",
    "Thresholds",
    "compare_estimators",
    "conformal_band",
    "conformal_p",
    "conformal_set",
    "estimate_few",
    "estimate_several",
    "estimator_rows",
    "exact_conformal",
    "functional_range",
    "solve_simplex_batch",
    "synthetic_control",
    "synthetic_controls",
]
