"""Where data and work may and should be: residency law as data, and a placement programme."""

from pilotzone.place.mask import Residency, compile_rules
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
    "Host",
    "Operation",
    "Placement",
    "PlacementProblem",
    "Residency",
    "Rule",
    "RuleBook",
    "Sourcing",
    "bundled_books",
    "compile_rules",
    "load_rules",
    "parse_rules",
    "solve_placement",
]
