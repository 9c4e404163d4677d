"""What a site goes through without foresight: dry years and hot summers, breakdowns, and the worth of each supply."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.campus.breakdowns import BreakdownLoss, Breakdowns, breakdown_loss
from pilotzone.campus.credit import CapacityCredit, operated_credits
from pilotzone.campus.droughts import Heatwave
from pilotzone.campus.fleet import Fleet
from pilotzone.campus.stress import StressResult, stress_test, stressed_fleet
from pilotzone.campus.system import SiteSystem
from pilotzone.core import Brief

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["SiteStress", "Stressed", "stressed_site"]

_NOTHING_MW = 1e-3


@dataclass(frozen=True, eq=False)
class SiteStress(Brief):
    """Dry years and hot summers that a site is run through.

    Attributes
    ----------
    factors
        Factors of a year's water, shape (factors,); one factor of 1 where there is no hydro.
    heats
        Summers.
    loads
        Facility load in each summer, MW, shape (heats, hours).
    water
        Supply to its inflow, MWh, or availability under each factor, shape (factors, hours).
    heat
        Supply to the share of its capacity that is left in each summer, shape (heats, hours).
    rank_correlation
        Rank correlation of dryness and heat, declared.
    out
        Supply to the number of its sets that are out.
    breakdowns
        How supplies break down; ``None`` where they do not.
    """

    factors: Floats
    heats: tuple[Heatwave, ...]
    loads: Floats
    water: Mapping[str, Floats]
    heat: Mapping[str, Floats]
    rank_correlation: float | None = None
    out: Mapping[str, int] | None = None
    breakdowns: Breakdowns | None = None


@dataclass(frozen=True, eq=False)
class Stressed:
    """What a site went through.

    Attributes
    ----------
    stress
        Loss in each pair of water and summer.
    credits
        Capacity credits; none where they were not wanted.
    breakdowns
        Loss of load where units break down; ``None`` where they do not.
    """

    stress: StressResult
    credits: tuple[CapacityCredit, ...]
    breakdowns: BreakdownLoss | None


def stressed_site(
    system: SiteSystem,
    built: tuple[dict[str, float], dict[str, float], dict[str, Floats]],
    stress: SiteStress,
    *,
    with_credits: bool,
) -> Stressed:
    """Run what a plan builds through dry years and hot summers.

    Parameters
    ----------
    system
        Load and supplies.
    built
        Capacities, MW, energies, MWh, and levels of stores, MWh, by name.
    stress
        Years and summers.
    with_credits
        Whether capacity credits are wanted: each takes about as long as the stress.
    """
    missing = dict(stress.out or {})
    fleet = system.fleet(*built, out=missing)
    tested = stress_test(
        fleet,
        factors=stress.factors,
        heats=stress.heats,
        loads=stress.loads,
        water=stress.water,
        heat=stress.heat,
        rank_correlation=stress.rank_correlation,
        out={name: count for name, count in missing.items() if name not in system.fuel_mwh},
        keep=stress.breakdowns is not None,
    )
    found = _credits(system, fleet, stress, tested) if with_credits else ()
    if stress.breakdowns is None:
        return Stressed(tested, found, None)
    fuel = tuple(system.fuel_mwh)
    broken = breakdown_loss(fleet, tested, stress.breakdowns, heat=stress.heat, fuelled=fuel)
    # Every hour of every pair was kept for this alone.
    tested = replace(tested, operated=replace(tested.operated, dispatch={}))
    return Stressed(tested, found, broken)


def _credits(system: SiteSystem, fleet: Fleet, stress: SiteStress, tested: StressResult) -> tuple[CapacityCredit, ...]:
    """Return what each supply but backup is worth in the pair of water and summer in which most is lost."""
    lost = tested.of_pairs(tested.operated.lost_mwh)
    # The driest year and the hottest summer where nothing is lost.
    worst = np.array([[-factor, heat.shift_k] for factor in stress.factors for heat in stress.heats])
    order = np.lexsort((worst[:, 1], worst[:, 0], lost.ravel()))
    factor, summer = divmod(int(order[-1]), len(stress.heats))
    there = stressed_fleet(fleet, stress.water, stress.heat, factor=factor, summer=summer)
    backup = {item.name for item in system.supplies if item.backup}
    names = [item.name for item in fleet.sources if item.capacity_mw > _NOTHING_MW and item.name not in backup]
    names += [item.name for item in system.reservoirs]
    without = replace(
        there,
        sources=tuple(item for item in there.sources if item.name not in backup),
        reservoirs=tuple(item for item in there.reservoirs if item.name not in backup),
    )
    # Backup carries the whole load, and would make every supply worth nothing.
    return operated_credits(without, stress.loads[summer], names)
