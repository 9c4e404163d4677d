"""Where a zone should stand: places compared on several criteria, whose weights nobody knows for certain."""

from pilotzone.site.acceptability import Acceptability, rank_acceptability
from pilotzone.site.criteria import Criterion, Preference
from pilotzone.site.dethrone import Dethroned, dethrone, pareto_front
from pilotzone.site.scores import RankingMethod, ranks, scores
from pilotzone.site.weights import WeightSpace, draw_weights

__all__ = [
    "Acceptability",
    "Criterion",
    "Dethroned",
    "Preference",
    "RankingMethod",
    "WeightSpace",
    "dethrone",
    "draw_weights",
    "pareto_front",
    "rank_acceptability",
    "ranks",
    "scores",
]
