"""Draws that fill space evenly, inputs that vary together, and shares of the variance of what is computed from them."""

from pilotzone.sampling.copula import (
    check_correlation,
    given_the_others,
    nearest_correlation,
    normal_of_rank,
    rank_of_normal,
)
from pilotzone.sampling.scrambles import block_ratio, even_size, scrambled_scores
from pilotzone.sampling.shapley import ShapleyEffects, shapley_effects, shapley_of_costs, shapley_walk
from pilotzone.sampling.sobol import SobolIndices, sobol_indices, sobol_shares

__all__ = [
    "ShapleyEffects",
    "SobolIndices",
    "block_ratio",
    "check_correlation",
    "even_size",
    "given_the_others",
    "nearest_correlation",
    "normal_of_rank",
    "rank_of_normal",
    "scrambled_scores",
    "shapley_effects",
    "shapley_of_costs",
    "shapley_walk",
    "sobol_indices",
    "sobol_shares",
]
