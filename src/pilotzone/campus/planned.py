"""A fleet from a plan: the capacities that a least-cost programme chose, to be run without its foresight."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from pilotzone.campus.fleet import BatteryRule, Fleet, FleetBattery, FleetReservoir, FleetSource
from pilotzone.campus.given import number
from pilotzone.campus.load import NOTHING_WAITS, Waiting
from pilotzone.campus.technologies import check_one_currency
from pilotzone.core import UsageError, unknown

if TYPE_CHECKING:
    from pilotzone.campus.sources import Supply

__all__ = ["fleet_of"]


def fleet_of(
    supplies: Sequence[Supply],
    capacity_mw: Mapping[str, float],
    *,
    energy_mwh: Mapping[str, float] | None = None,
    rules: Mapping[str, BatteryRule] | None = None,
    reservoirs: Sequence[FleetReservoir] = (),
    sets: Mapping[str, int] | None = None,
    waiting: Waiting = NOTHING_WAITS,
    unserved_price: float = 0.0,
) -> Fleet:
    """Return the fleet of a plan.

    Parameters
    ----------
    supplies
        What could be built.
    capacity_mw
        Name of each supply to what was built, MW.
    energy_mwh
        Name of each storage to what it holds, MWh.
    rules
        Name of a storage to its rule; the plain one, which serves shortages only, if left out.
    reservoirs
        With their rule curves, such as those of the plan's storage (`rule_curve`).
    sets
        Name of a supply to the number of equal sets it is made of.
    waiting
        Load that may wait.
    unserved_price
        Currency per MWh that is not served.

    Raises
    ------
    UsageError
        If a capacity is missing, or is of no supply.
    MethodError
        If supplies are priced in several currencies.
    """
    if supplies:
        check_one_currency(supplies)
    names = [supply.name for supply in supplies]
    for given in (capacity_mw, energy_mwh or {}, rules or {}, sets or {}):
        for name in given:
            if name not in names:
                raise unknown("supply", name, names, error=UsageError)
    sources, batteries = [], []
    for supply in supplies:
        size = _built(capacity_mw, supply.name, "capacity, MW")
        if supply.energy_cost is None:
            sources.append(
                FleetSource(
                    supply.name,
                    size,
                    availability=supply.availability,
                    marginal_cost=supply.marginal_cost,
                    intensities=supply.intensities,
                    capacity_cost=supply.capacity_cost,
                    sets=(sets or {}).get(supply.name, 1),
                    backup=supply.backup,
                )
            )
            continue
        held = _built(energy_mwh or {}, supply.name, "energy, MWh")
        rule = (rules or {}).get(supply.name, BatteryRule())
        batteries.append(
            FleetBattery(
                supply.name,
                size,
                held,
                supply.charging,
                supply.discharging,
                rule.reserve_share,
                rule,
                supply.capacity_cost * size + supply.energy_cost * held,
            )
        )
    return Fleet(tuple(sources), tuple(batteries), tuple(reservoirs), waiting, unserved_price)


def _built(given: Mapping[str, float], name: str, what: str) -> float:
    if name not in given:
        raise UsageError(f"{what} of {name!r}: not given.", todo="give what was built of each supply, zero for none")
    return number(given[name], f"{what} of {name!r}")
