"""Curtailment: what sun, wind and rivers could have given in a plan, and did not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import Brief

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pilotzone.campus.plan import SupplyPlan
    from pilotzone.campus.system import SiteSystem

    Floats = NDArray[np.float64]

__all__ = ["Curtailment", "curtailments"]

_BUILT_MW = 1e-5


@dataclass(frozen=True, eq=False)
class Curtailment(Brief):
    """What one supply could have given and did not.

    Attributes
    ----------
    name
        Name of the supply.
    curtailed_mw
        In each hour, MW, shape (years, hours).
    available_mwh
        Energy that was available in a mean year, MWh: capacity times availability, or inflow to a reservoir.
    """

    name: str
    curtailed_mw: Floats
    available_mwh: float

    @property
    def mwh(self) -> float:
        """Curtailed energy of a mean year, MWh."""
        return float(self.curtailed_mw.sum(axis=1).mean())

    @property
    def share(self) -> float | None:
        """Curtailed energy over what was available; ``None`` where nothing was."""
        return self.mwh / self.available_mwh if self.available_mwh > 0 else None


def curtailments(system: SiteSystem, plan: SupplyPlan) -> tuple[Curtailment, ...]:
    """Return the curtailment of every variable supply and of every reservoir of a site's plan.

    A reservoir curtails what it spills. Grid power, fuel and batteries are not there: nothing is lost that they do not
    give.

    Parameters
    ----------
    system
        Supply system of the site.
    plan
        Plan of `SiteSystem.problem`.
    """
    shape = system.facility_mw.shape
    found = []
    for item in system.supplies:
        if not item.variable:
            continue
        size = plan.capacity(item.name)
        room = np.broadcast_to(item.availability, shape) * (size if size > _BUILT_MW else 0.0)
        left = np.maximum(room - np.reshape(plan.dispatch[item.name], shape), 0.0)
        found.append(Curtailment(item.name, left, float(room.sum(axis=1).mean())))
    for water in system.reservoirs:
        inflow = np.broadcast_to(water.inflow_mwh, shape)
        spilled = np.reshape(plan.stores[water.name]["spill"], shape)
        found.append(Curtailment(water.name, np.maximum(spilled, 0.0), float(inflow.sum(axis=1).mean())))
    return tuple(found)
