"""Where data and work may and should be: residency law as data, and a placement programme."""

from pilotzone.place.deciding import (
    FrontierPoint,
    PlanResult,
    RulePrice,
    conflicts_of,
    frontier_of,
    price_changes,
    prices_of_rules,
    smallest_conflict,
)
from pilotzone.place.mask import Residency, compile_rules
from pilotzone.place.plan import Plan, PlanSite, UserRegion, Workload
from pilotzone.place.problem import PlacementProblem, Sourcing
from pilotzone.place.reading import bundled_books, load_rules, parse_rules
from pilotzone.place.rules import OPERATIONS, Among, Citation, DataClass, Effect, Host, Operation, Rule, RuleBook
from pilotzone.place.solving import Placement, solve_placement

__all__ = [
    "OPERATIONS",
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
    "Sourcing",
    "UserRegion",
    "Workload",
    "bundled_books",
    "compile_rules",
    "conflicts_of",
    "frontier_of",
    "load_rules",
    "parse_rules",
    "price_changes",
    "prices_of_rules",
    "smallest_conflict",
    "solve_placement",
]
