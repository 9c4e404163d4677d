"""Where data and work may and should be: residency law as data, and a placement programme."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING

from pilotzone.place.conflicts import conflict_words, conflicts_of, smallest_conflict
from pilotzone.place.frontier import best_placement, frontier_of, undominated
from pilotzone.place.mask import Residency, compile_rules
from pilotzone.place.plan import Plan, PlanSite, UserRegion, Workload
from pilotzone.place.pricing import price_changes, prices_of_rules
from pilotzone.place.problem import ImpossibleError, PlacementProblem, Sourcing
from pilotzone.place.reading import bundled_books, load_rules, parse_rules
from pilotzone.place.result import FrontierPoint, PlanResult, RulePrice
from pilotzone.place.rules import OPERATIONS, Among, Citation, DataClass, Effect, Host, Operation, Rule, RuleBook, Scope
from pilotzone.place.solving import Placement, solve_placement

__all__ = [
    "OPERATIONS",
    "Among",
    "Citation",
    "DataClass",
    "Effect",
    "FrontierPoint",
    "Host",
    "ImpossibleError",
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
    "frontier_of",
    "load_rules",
    "parse_rules",
    "price_changes",
    "prices_of_rules",
    "smallest_conflict",
    "solve_placement",
    "undominated",
]

if TYPE_CHECKING:
    import os


class _Room(ModuleType):
    """Lets the room be called like the one function on files.

    Python puts an imported room on the package as ``pilotzone.place``, where users look for the function of that name.
    A plan file needs evidence that other rooms have, so the package knows the way and this room does not.
    """

    def __call__(self, which: str | os.PathLike[str]) -> PlanResult:
        """Place data and work on sites under residency law: see `pilotzone.place_file`."""
        found: PlanResult = sys.modules["pilotzone"].place_file(which)
        return found


sys.modules[__name__].__class__ = _Room
