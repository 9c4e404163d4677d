"""Hours of a site: weather that is modelled, bundled or a file, and what cooling makes of it."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import DataError, StudyError, listing, unknown
from pilotzone.gather import Climate, hourly_weather, read_weather
from pilotzone.site import climate_of, hourly_cooling, middle_climate, place_of_region, pressure_at

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pilotzone.core import Assumptions
    from pilotzone.site import CoolingSystem
    from pilotzone.study.campus.file import CampusStudy
    from pilotzone.study.campus.site_tables import SiteEntry

    Floats = NDArray[np.float64]

__all__ = ["CITIES", "MODELLED", "SiteHours", "check_weather_named", "hours_of_site"]

MODELLED = "modelled"
CITIES = ("Beijing", "Guangzhou")
_MONTHLY = "China Statistical Yearbook: monthly means of the capital, 2008 and 2009"
_YEAR_HOURS = (8760, 8784)


@dataclass(frozen=True, eq=False)
class SiteHours:
    """PUE and water of a site hour by hour.

    Attributes
    ----------
    climates
        Weather of each year; none where PUE is one figure.
    pue, wue
        PUE and litres a kWh of IT, shape (years, hours); one figure each where PUE is given, WUE may be ``None``.
    names
        Names of the weather years.
    modelled
        Whether the hours are modelled rather than measured.
    notes
        What a reader has to know.
    """

    climates: tuple[Climate, ...]
    pue: tuple[Floats | float, ...]
    wue: tuple[Floats | float | None, ...]
    names: tuple[str, ...]
    modelled: bool
    notes: tuple[str, ...] = ()

    def shifted(self, system: CoolingSystem, assumptions: Assumptions, place: str, shift_k: Floats) -> Floats | float:
        """Return the PUE of the first weather year with hours that are warmer by some kelvin, shape (hours,)."""
        if not self.climates:
            return self.pue[0]
        return hourly_cooling(system, self.climates[0], assumptions, place=place, shift_k=shift_k).pue


def check_weather_named(study: CampusStudy, entry: SiteEntry) -> None:
    """Refuse weather that is the name of a place which the evidence has no hours of.

    Raises
    ------
    StudyError
        If it is neither a name that is known nor looks like a file, nor is there a file of that name.
    """
    name = entry.weather
    if name is None or name in (MODELLED, *CITIES) or Path(name).suffix or any(sign in name for sign in "/\\"):
        return
    if not os.path.exists(study.path(name)):  # noqa: PTH110 - Path's raises on odd names
        raise unknown(
            "weather of a place",
            name,
            (MODELLED, *CITIES),
            error=StudyError,
            told=f"study {study.name!r}, site {entry.name!r}: weather is {name!r}, and the evidence has no hours of it",
            allowed=f"'modelled' (from monthly means of the region), {listing([repr(city) for city in CITIES])} "
            "(measured), or the path of a weather file, such as 'FILE.epw'",
            todo="take 'modelled' with a region, or name a weather file of the place with its ending",
        )


def hours_of_site(entry: SiteEntry, system: CoolingSystem, assumptions: Assumptions, where: Path | None) -> SiteHours:
    """Return PUE and water of a site in every hour.

    Parameters
    ----------
    entry
        The site.
    system
        Cooling of its halls.
    assumptions
        Assumptions of climate and halls.
    where
        Path of its weather file, if it names one.

    Raises
    ------
    DataError
        If its region has no temperatures in the evidence, or weather years are incomplete or differ in length.
    """
    if entry.pue is not None:
        return SiteHours((), (entry.pue,), (entry.wue,), ("one figure",), modelled=False)
    climates, names = _climates(entry, assumptions, where)
    lengths = sorted({climate.hours for climate in climates})
    if len(lengths) > 1 or lengths[0] not in _YEAR_HOURS:
        raise DataError(
            f"weather years have {listing([f'{n:,}' for n in lengths])} hours.",
            allowed="whole years of one length, 8,760 hours or 8,784",
            todo="do not mix leap years with others",
        )
    place = entry.region or entry.name
    runs = [hourly_cooling(system, climate, assumptions, place=place) for climate in climates]
    shape = (lengths[0],)
    pue = tuple(np.array(np.broadcast_to(run.pue, shape)) for run in runs)
    wue = tuple(np.array(np.broadcast_to(run.wue, shape)) if entry.wue is None else entry.wue for run in runs)
    modelled = any(climate.modelled for climate in climates)
    notes = [f"PUE of {entry.name} is modelled, hour by hour, with the middles of what is assumed of its halls."]
    notes += [f"Hours of {entry.name} are modelled from monthly means, and not measured."] if modelled else []
    notes += [f"{entry.name}: {note}" for climate in climates[:1] for note in climate.notes]
    return SiteHours(climates, pue, wue, names, modelled, tuple(notes))


def _climates(
    entry: SiteEntry, assumptions: Assumptions, where: Path | None
) -> tuple[tuple[Climate, ...], tuple[str, ...]]:
    if entry.weather == MODELLED:
        return (_of_means(entry, assumptions),), ("modelled from monthly means",)
    if entry.weather in CITIES:
        return _of_city(entry, assumptions)
    if where is None:  # pragma: no cover - the caller finds the file that is named
        raise DataError("it has no weather.")
    local = None if entry.sky is None else entry.sky.utc_offset_h
    return (_in_local_time(read_weather(where), local),), (where.name,)


def _in_local_time(climate: Climate, local_h: float | None) -> Climate:
    """Return weather in the site's time, where the file is in another: its last hours come first, or its first last."""
    sky = climate.sky
    if sky is None or local_h is None or np.isnan(sky.utc_offset_h) or sky.utc_offset_h == local_h:
        return climate
    by = round(local_h - sky.utc_offset_h)
    humidity = climate.rel_humidity
    return replace(
        climate,
        temp_c=np.roll(climate.temp_c, by),
        rel_humidity=None if humidity is None else np.roll(humidity, by),
        pressure_pa=np.roll(climate.pressure_pa, by),
        notes=(f"its hours were moved by {by:+d} to the site's time.", *climate.notes),
        sky=replace(
            sky, values={name: np.roll(values, by) for name, values in sky.values.items()}, utc_offset_h=local_h
        ),
    )


def _of_means(entry: SiteEntry, assumptions: Assumptions) -> Climate:
    if entry.region is None:
        raise DataError(
            "weather = 'modelled' needs a region.",
            allowed="a region of the evidence, such as region = 'CN-GZ'",
        )
    means = climate_of(place_of_region(entry.region))
    if means is None or isinstance(means, Climate):
        raise DataError(
            f"no temperatures of {entry.region} are in the evidence.",
            allowed=f"a weather file, or one of {listing(CITIES)}",
            todo="give weather = 'FILE.epw', or pue = 1.3",
        )
    return middle_climate(entry.region, means, assumptions, source=_MONTHLY)


def _of_city(entry: SiteEntry, assumptions: Assumptions) -> tuple[tuple[Climate, ...], tuple[str, ...]]:
    """Return measured years; pressure is the standard atmosphere's, since the evidence has it at sea level only."""
    weather = hourly_weather(str(entry.weather))
    years = entry.weather_years or weather.complete_years[-1:]
    wrong = [year for year in years if year not in weather.complete_years]
    if wrong:
        raise DataError(
            f"the weather of {entry.weather} in {wrong[0]} is not complete in the evidence.",
            allowed=listing([str(year) for year in weather.complete_years]),
        )
    height = assumptions.of("height_m", weather.region).middle
    found = []
    for year in years:
        one = weather.of_year(year)
        found.append(
            Climate(
                place=f"{entry.weather}, {year}",
                temp_c=one.temperature_c,
                rel_humidity=one.relative_humidity_percent / 100,
                pressure_pa=np.full(one.hours, float(pressure_at(height))),
                source=one.layer.sources[0].title,
                height_m=height,
                notes=("pressure is that of the standard atmosphere at the height that is assumed.",),
            )
        )
    return tuple(found), tuple(f"{entry.weather} {year}, measured" for year in years)
