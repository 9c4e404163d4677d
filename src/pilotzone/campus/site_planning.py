"""Planning a site: supply at least cost, then what the plan builds run without foresight."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.campus.operation import ForesightGap, operate
from pilotzone.campus.plan import SupplyPlan
from pilotzone.campus.site_design import SiteDesign
from pilotzone.campus.site_stress import SiteStress, stressed_site
from pilotzone.campus.solving import plan_supply
from pilotzone.campus.system import SiteSystem

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["design_site"]


def design_site(
    system: SiteSystem,
    *,
    seconds: float = 120.0,
    progress: Callable[[str, float], None] | None = None,
    stress: SiteStress | None = None,
    with_credits: bool = True,
) -> SiteDesign:
    """Plan a site at least cost, and run what the plan builds without foresight.

    Parameters
    ----------
    system
        Load and supplies.
    seconds
        Limit of time for the plan.
    progress
        As for `plan_supply`.
    stress
        Dry years and hot summers.
    with_credits
        Whether capacity credits are wanted: each takes about as long as the stress.

    Raises
    ------
    InfeasibleError
        If load or limits cannot be kept, with what conflicts.
    MethodError
        If no plan was found in time.
    """
    plan = plan_supply(system.problem(), seconds=seconds, progress=progress)
    built = _built(plan)
    operated = operate(system.fleet(*built), system.load[0].facility_mw)
    gap = ForesightGap(plan.objective, float(plan.unserved.sum()) / len(system.load), operated)
    if stress is None:
        return SiteDesign(system, plan, gap)
    found = stressed_site(system, built, stress, with_credits=with_credits)
    return SiteDesign(system, plan, gap, found.stress, found.credits, found.breakdowns)


def _built(plan: SupplyPlan) -> tuple[dict[str, float], dict[str, float], dict[str, Floats]]:
    """Return capacities, MW, energies, MWh, and levels, MWh, of a plan by name."""
    capacity = {item.part: item.amount for item in plan.capacities if item.role == "power"}
    energy = {item.part: item.amount for item in plan.capacities if item.role == "energy"}
    return capacity, energy, {name: np.atleast_2d(roles["level"]) for name, roles in plan.stores.items()}
