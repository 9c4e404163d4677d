"""Where data and work may and should be: residency law as data, and a placement programme."""

from __future__ import annotations

from pilotzone.placement.conflicts import conflict_words, conflicts_of, smallest_conflict
from pilotzone.placement.drawing import PLAN_SOURCE, frontier_figure
from pilotzone.placement.frontier import best_placement, frontier_of, undominated
from pilotzone.placement.mask import Residency, compile_rules
from pilotzone.placement.parts import PlanSite, UserRegion, Workload
from pilotzone.placement.plan import Plan
from pilotzone.placement.pricing import price_changes, prices_of_rules
from pilotzone.placement.problem import PlacementProblem, Sourcing
from pilotzone.placement.reading import bundled_books, load_rules, parse_rules
from pilotzone.placement.result import FrontierPoint, PlanResult, RulePrice
from pilotzone.placement.rules import (
    OPERATIONS,
    Among,
    Citation,
    DataClass,
    Effect,
    Host,
    Operation,
    Rule,
    RuleBook,
    Scope,
)
from pilotzone.placement.solving import Placement, solve_placement

__all__ = [
    "OPERATIONS",
    "PLAN_SOURCE",
    "Among",
    "Citation",
    "DataClass",
    "Effect",
    "FrontierPoint",
    "Host",
    "Operation",
    "Placement",
    "PlacementProblem",
    "Plan",
    "PlanResult",
    "PlanSite",
    "Residency",
    "Rule",
    "RuleBook",
    "RulePrice",
    "Scope",
    "Sourcing",
    "UserRegion",
    "Workload",
    "best_placement",
    "bundled_books",
    "compile_rules",
    "conflict_words",
    "conflicts_of",
    "frontier_figure",
    "frontier_of",
    "load_rules",
    "parse_rules",
    "price_changes",
    "prices_of_rules",
    "smallest_conflict",
    "solve_placement",
    "undominated",
]
