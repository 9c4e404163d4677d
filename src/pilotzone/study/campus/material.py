"""From a campus file to what is planned: sites with hourly load, supplies and limits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.campus import (
    CampusLoad,
    DailyShape,
    Heatwave,
    Limit,
    RackRamp,
    ReservoirSupply,
    SiteSystem,
    Supply,
    Waiting,
    campus_load,
)
from pilotzone.core import DataError, StudyError, UsageError
from pilotzone.site import default_assumptions
from pilotzone.study.campus.grid import grid_of
from pilotzone.study.campus.hydro import factors_of, hydro_of
from pilotzone.study.campus.plants import battery_of, diesel_of, plant_of
from pilotzone.study.campus.site_at import SiteAt
from pilotzone.study.campus.weather import CITIES, MODELLED, SiteHours, check_weather_named, hours_of_site
from pilotzone.study.runs.assumed import own_assumptions, packaged_assumptions

if TYPE_CHECKING:
    from pilotzone.core import Assumptions
    from pilotzone.study.campus.file import CampusFile, CampusStudy
    from pilotzone.study.campus.site_tables import SiteEntry

__all__ = ["CampusMaterial", "PlannedSite", "campus_material", "files_of_site"]

_KW_A_MW = 1000.0
_UNITS = {"co2": "t", "so2": "kg", "nox": "kg", "pm": "kg"}
_PERCENT = 100.0
_TINY = 0.01
"""Share of the load and of full turbines below which a river's energy looks like another unit."""


@dataclass(frozen=True, eq=False)
class PlannedSite:
    """A site as it is planned.

    Attributes
    ----------
    entry
        What the file says of it.
    system
        Load and supplies.
    hours
        Its PUE and water, hour by hour.
    hydro_factors
        Factors of a year's water for the stress test; ``None`` where it has no hydro.
    cautions
        What looks like a mistake in the file.
    """

    entry: SiteEntry
    system: SiteSystem
    hours: SiteHours
    hydro_factors: tuple[float, ...] | None = None
    cautions: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class CampusMaterial:
    """A campus file with the files that it names.

    Attributes
    ----------
    sites
        What is planned.
    assumptions
        All that is assumed.
    summers
        Summers of the stress test.
    """

    sites: tuple[PlannedSite, ...]
    assumptions: Assumptions
    summers: tuple[Heatwave, ...]


def files_of_site(entry: SiteEntry) -> dict[str, str]:
    """Return the files that a site names, each with what it is."""
    found: dict[str, str] = {}
    if entry.weather is not None and entry.weather != MODELLED and entry.weather not in CITIES:
        found[entry.weather] = "weather file"
    if entry.grid is not None and entry.grid.prices is not None:
        found[entry.grid.prices] = "file of hourly prices"
    if entry.sky is not None and entry.sky.file is not None:
        found[entry.sky.file] = "table of radiation and wind"
    found |= {plant.profile: "hourly profile" for plant in entry.plant if plant.profile is not None}
    return found


def campus_material(study: CampusStudy) -> CampusMaterial:
    """Return what a campus file has planned.

    Raises
    ------
    StudyError
        If parts of the file contradict one another or the evidence lacks what it asks for.
    DataError
        If a file that it names cannot be read or used.
    UsageError
        If something that is needed is neither known nor assumed.
    """
    assumptions = _assumptions(study)
    sites = []
    for entry in study.spec.site:
        try:
            sites.append(_planned(SiteAt(study, entry, assumptions)))
        except StudyError:
            raise
        except (UsageError, DataError) as error:
            # What a room refuses knows neither the study nor the site; a fault of data stays one.
            fault = DataError if isinstance(error, DataError) else StudyError
            raise fault(
                f"study {study.name!r}, site {entry.name!r}: {error.what}", allowed=error.allowed, todo=error.todo
            ) from error
    summers: tuple[Heatwave, ...] = ()
    if study.spec.stress is not None:
        given = study.spec.stress.summer
        summers = tuple(Heatwave(item.name, item.shift_k, item.weight) for item in given) or (
            Heatwave("as in the weather", 0.0, 1.0),
        )
    return CampusMaterial(tuple(sites), assumptions, summers)


def _assumptions(study: CampusStudy) -> Assumptions:
    """Return assumptions of halls, of campuses, and of the user's own, the later instead of the former."""
    found = default_assumptions().instead(packaged_assumptions("pilotzone.study.campus", "campus.toml").entries)
    return own_assumptions(study, study.spec.assumptions, found)


def _planned(at: SiteAt) -> PlannedSite:
    """Return a site as it is planned."""
    entry, campus = at.entry, at.file.campus
    check_weather_named(at.study, entry)
    own = entry.weather if entry.weather in files_of_site(entry) else None
    hours = hours_of_site(entry, campus.cooling, at.assumptions, None if own is None else at.study.path(own))
    loads = _loads(at.file, hours)
    at.weather, at.hours, at.peak_mw = hours, loads[0].facility_mw.size, max(load.peak_mw for load in loads)
    at.notes += [*hours.notes, *loads[0].notes]
    supplies = [*grid_of(at), *(plant_of(at, plant) for plant in entry.plant), *battery_of(at), *diesel_of(at)]
    hydro = hydro_of(at)
    _check_water(at, loads)
    supplies += [item for item in hydro if isinstance(item, Supply)]
    system = SiteSystem(
        entry.name,
        loads,
        tuple(supplies),
        tuple(item for item in hydro if isinstance(item, ReservoirSupply)),
        limits=_limits(at),
        unserved_price=_unserved(at),
        carbon_price=at.file.carbon_price,
        sets=at.sets,
        fuel_mwh=at.fuel,
        notes=tuple(dict.fromkeys([*at.cautions, *at.notes, *(note for item in supplies for note in item.notes)])),
    )
    return PlannedSite(entry, system, hours, factors_of(at), tuple(at.cautions))


def _check_water(at: SiteAt, loads: tuple[CampusLoad, ...]) -> None:
    """Note a river that is tiny beside the load or the turbines: often GWh that were written for MWh."""
    given = at.entry.hydro
    if given is None:
        return
    energy = float(sum(given.inflow_mwh)) if given.inflow_mwh is not None else float(given.mean_mwh or 0.0)
    load = float(np.mean([item.facility_mw.sum() for item in loads]))
    full = given.capacity_mw * at.hours
    if energy < _TINY * min(load, full):
        share = _PERCENT * energy / load
        at.cautions.append(
            f"The water of {given.name} gives {energy:,.4g} MWh in a mean year: {share:.2g} % of "
            f"the load ({load:,.0f} MWh) and {_PERCENT * energy / full:.2g} % of what its turbines could. Check that "
            "it is in MWh, not in GWh."
        )


def _loads(file: CampusFile, hours: SiteHours) -> tuple[CampusLoad, ...]:
    """Return the load in each weather year."""
    campus = file.campus
    racks = campus.it_mw * _KW_A_MW / campus.kw_per_rack
    ramp = RackRamp(
        {int(year): share * racks for year, share in campus.in_use.items()},
        campus.kw_per_rack,
        campus.utilisation,
        {int(year): racks for year in campus.in_use},
    )
    shape = None if campus.weekday is None else DailyShape(campus.weekday, campus.weekend)
    return tuple(
        campus_load(ramp, campus.year, pue=pue, wue=wue, shape=shape, waiting=Waiting(campus.waits, campus.waits_h))
        for pue, wue in zip(hours.pue, hours.wue, strict=True)
    )


def _unserved(at: SiteAt) -> float:
    """Return the price of a MWh that is not served: the file's, or what is assumed in its currency."""
    given, currency = at.file.unserved_price, at.file.currency
    if given is not None:
        return given
    entry = at.assumptions.get("unserved_price" if currency == "CNY" else f"unserved_price_{currency.lower()}")
    if entry is None:
        raise at.fault(f"the cost of an unserved MWh in {currency} is not assumed.", todo="give unserved_price")
    at.notes.append(f"ASSUMED: a MWh that is not served costs {entry.middle:,.0f} {currency}.")
    return entry.middle


def _limits(at: SiteAt) -> tuple[Limit, ...]:
    return tuple(
        Limit(item.of, item.amount, price=item.price, unit=_UNITS.get(item.of, "m3"))
        for item in at.file.limit
        if not item.sites or at.entry.name in item.sites
    )
