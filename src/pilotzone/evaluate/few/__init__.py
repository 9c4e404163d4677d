"""Few treated units: synthetic control, placebos, identification."""

from pilotzone.evaluate.few.compare import compare_estimators, estimator_rows
from pilotzone.evaluate.few.control import synthetic_control
from pilotzone.evaluate.few.controls import synthetic_controls
from pilotzone.evaluate.few.design import FewDesign, Phase
from pilotzone.evaluate.few.estimate import estimate_few
from pilotzone.evaluate.few.result import DonorDecision, EstimatorRow, FewEffects, OutcomeFit
from pilotzone.evaluate.few.several import SeveralEffects, estimate_several
from pilotzone.evaluate.few.simplex import SimplexSolution, functional_range, solve_simplex_batch
from pilotzone.evaluate.few.thresholds import DEFAULT_THRESHOLDS, Thresholds

__all__ = [
    "DEFAULT_THRESHOLDS",
    "DonorDecision",
    "EstimatorRow",
    "FewDesign",
    "FewEffects",
    "OutcomeFit",
    "Phase",
    "SeveralEffects",
    "SimplexSolution",
    "Thresholds",
    "compare_estimators",
    "estimate_few",
    "estimate_several",
    "estimator_rows",
    "functional_range",
    "solve_simplex_batch",
    "synthetic_control",
    "synthetic_controls",
]
