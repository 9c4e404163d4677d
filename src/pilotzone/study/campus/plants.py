"""Plants, batteries and diesel sets of a site."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pilotzone.campus import Supply, battery_supply, diesel_sets, diesel_supply, profile_supply, thermal_supply
from pilotzone.core import listing
from pilotzone.study.campus.sky import modelled_pv, modelled_wind, sky_of_site
from pilotzone.study.campus.technology import PROFILED, battery_energy, plants_of, technology

if TYPE_CHECKING:
    from pilotzone.study.campus.site_at import SiteAt
    from pilotzone.study.campus.sky import Modelled
    from pilotzone.study.campus.supply_tables import PlantEntry

__all__ = ["battery_of", "diesel_of", "plant_of"]


def plant_of(at: SiteAt, plant: PlantEntry) -> Supply:
    """Return a plant that may be built; wind and PV follow their profile, or what is modelled from the weather."""
    _check_plant(at, plant)
    made = technology(plant.technology, at.file, at.assumptions)
    name = plant.name or plant.technology
    modelled = _modelled(at, plant)
    if modelled is not None:
        found = profile_supply(
            made, modelled.share, discount_rate=at.rate, note=f"{name}: {modelled.note}", modelled=True
        )
    elif plant.profile is not None:
        series = at.series(plant.profile, "profile")
        found = profile_supply(made, series, discount_rate=at.rate, note=f"Profile from {plant.profile}.")
    else:
        found = thermal_supply(made, at.hours, discount_rate=at.rate)
    return found.bounded(name, plant.least_mw, plant.most_mw)


def _check_plant(at: SiteAt, plant: PlantEntry) -> None:
    """Refuse technologies without costs, and profiles or models that do not fit the technology."""
    known = plants_of(at.file)
    if plant.technology not in known:
        raise at.fault(
            f"{plant.technology!r} is not a technology that a plant can have with costs = {at.file.costs!r}.",
            allowed=listing([repr(name) for name in known], most=20),
            todo="batteries, diesel and hydro have tables of their own",
        )
    follows = plant.technology in PROFILED
    given = plant.profile is not None or plant.pv is not None or plant.wind is not None
    if follows != given:
        told = "needs a profile, or a model" if follows else "has a profile, which it cannot follow"
        raise at.fault(
            f"plant {plant.technology!r} {told}.",
            allowed=f"profile = 'FILE.csv' for {listing(PROFILED)}, pv for PV, wind for wind, and for no other",
            todo="no wind or radiation is in the evidence: give hourly shares of capacity, or weather with both",
        )
    wrong = "wind" if plant.wind is not None and not plant.technology.startswith("wind") else None
    wrong = "pv" if plant.pv is not None and not plant.technology.startswith("pv") else wrong
    if wrong is not None:
        raise at.fault(
            f"plant {plant.technology!r} has {wrong}, which is a model of another technology.",
            allowed="pv for PV, wind for wind",
        )


def _modelled(at: SiteAt, plant: PlantEntry) -> Modelled | None:
    """Return the output of a plant that is modelled from the site's weather; ``None`` where none is."""
    if plant.pv is None and plant.wind is None:
        return None
    assert at.weather is not None  # noqa: S101 - read before its plants
    given = at.entry.sky
    where = None if given is None or given.file is None else at.study.path(given.file)
    sky = sky_of_site(at.entry, at.weather, at.hours, where)
    local = None if given is None else given.utc_offset_h
    if plant.pv is not None:
        return modelled_pv(plant.pv, sky, at.weather, at.assumptions, local_h=local)
    assert plant.wind is not None  # noqa: S101 - one of the two is there
    return modelled_wind(plant.wind, sky, at.assumptions, local_h=local)


def battery_of(at: SiteAt) -> list[Supply]:
    """Return the battery that may be built; nothing where the site has none."""
    given = at.entry.battery
    if given is None:
        return []
    made = technology("battery" if at.file.costs == "CN" else "battery_inverter", at.file, at.assumptions)
    energy = battery_energy(at.file, at.assumptions)
    found = battery_supply(made, at.hours, energy_per_kwh=energy.value, discount_rate=at.rate)
    return [found.bounded("battery", 0.0, given.most_mw, given.most_mwh)]


def diesel_of(at: SiteAt) -> list[Supply]:
    """Return diesel sets for the highest load; nothing where the site has none."""
    given = at.entry.diesel
    if given is None:
        return []
    made = technology("diesel", at.file, at.assumptions)
    sets = diesel_sets(at.peak_mw, given.set_mw, given.rule)
    at.sets["diesel"] = sets.installed
    out = 0 if at.file.stress is None else at.file.stress.sets_out
    if out > sets.installed:
        raise at.fault(f"stress.sets_out is {out}, and {sets.installed} sets are installed.")
    if given.fuel_h is None:
        at.notes.append("Diesel sets may run all year: no bound on their fuel is given.")
    else:
        at.fuel["diesel"] = given.fuel_h * sets.needed * given.set_mw
    return [diesel_supply(made, at.hours, sets, discount_rate=at.rate)]
