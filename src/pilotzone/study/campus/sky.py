"""Output of PV and wind at a site, modelled from radiation and wind speed that its weather file or a table gives."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.campus import PvArray, hub_speed, pv_profile, wind_profile
from pilotzone.core import DataError
from pilotzone.gather import SKY_COLUMNS, Sky, read_sky

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from pilotzone.core import Assumptions
    from pilotzone.study.campus.site_tables import SiteEntry
    from pilotzone.study.campus.supply_tables import PvEntry, WindEntry
    from pilotzone.study.campus.weather import SiteHours

    Floats = NDArray[np.float64]

__all__ = ["Modelled", "modelled_pv", "modelled_wind", "sky_of_site"]

_CALM = 1.0
_PERCENT = 100.0


@dataclass(frozen=True, eq=False)
class Modelled:
    """A modelled output.

    Attributes
    ----------
    share
        Share of capacity in each hour, shape (hours,).
    note
        What it is modelled from, and with which assumptions.
    """

    share: Floats
    note: str


def sky_of_site(entry: SiteEntry, hours: SiteHours, size: int, where: Path | None) -> Sky:
    """Return radiation and wind of a site, in the hours of its load.

    Parameters
    ----------
    entry
        The site.
    hours
        With its weather, which may hold both.
    size
        Number of hours of its load.
    where
        Path of its table of radiation and wind, if it names one.

    Raises
    ------
    DataError
        If there is neither, or its hours are not those of the load.
    """
    given = entry.sky
    if where is not None and given is not None and given.stamps is not None:
        found = read_sky(where, given.stamps)
    else:
        found = _of_weather(entry, hours)
    if given is not None:
        keys = ("latitude", "longitude", "wind_height_m")
        found = replace(found, **{key: value for key in keys if (value := getattr(given, key)) is not None})
        if math.isnan(found.utc_offset_h) and given.utc_offset_h is not None:
            found = replace(found, utc_offset_h=given.utc_offset_h)
    count = len(next(iter(found.values.values()), ()))
    if found.values and count != size:
        raise DataError(
            f"{found.source} has {count:,} hours of radiation and wind.",
            allowed=f"{size:,}, one for each hour of the load",
            todo="take a table of as many days as the site's year has",
        )
    return found


def _of_weather(entry: SiteEntry, hours: SiteHours) -> Sky:
    climate = hours.climates[0] if hours.climates else None
    if climate is not None and climate.sky is not None:
        return climate.sky
    own = "the site has one PUE and no weather"
    if climate is not None:
        own = f"weather = {entry.weather!r} has neither"
    raise DataError(
        f"PV and wind are modelled from radiation and wind speed, and {own}.",
        allowed="a weather file that has them, such as an EPW file, or [site.sky] with file = 'FILE.csv' (or .parquet) "
        f"and stamps: time and some of {', '.join(SKY_COLUMNS)}",
        todo="the weather of the package has neither: give one of these, or the share of capacity as a profile",
    )


def modelled_pv(
    entry: PvEntry, sky: Sky, hours: SiteHours, assumptions: Assumptions, *, local_h: float | None
) -> Modelled:
    """Return the output of a PV array, as `pv_profile` has it.

    Parameters
    ----------
    entry
        How it stands.
    sky
        Radiation, from which place and in which time.
    hours
        The site's, for the temperature of the air where `sky` has none.
    assumptions
        Losses, effect of heat, and reflection of the ground.
    local_h
        Hours that the site's time is ahead of UTC, where the file says so: a series in another time is turned to it.

    Raises
    ------
    DataError
        If radiation, temperature, the place or the time is not known.
    """
    _check_placed(sky)
    array = _array(entry, sky, assumptions)
    parts = {"dni_w_m2", "dhi_w_m2"} <= set(sky.values)
    air = sky.values.get("temp_c")
    if air is None:
        air = hours.climates[0].temp_c if hours.climates else sky.of("temp_c")
    zone = dt.timezone(dt.timedelta(hours=sky.utc_offset_h))
    share = pv_profile(
        array,
        sky.first.replace(tzinfo=zone),
        ghi=sky.of("ghi_w_m2"),
        dni=sky.values["dni_w_m2"] if parts else None,
        dhi=sky.values["dhi_w_m2"] if parts else None,
        temp_c=air,
        wind_speed=sky.values.get("wind_m_s", _CALM),
    )
    return Modelled(*_turned(share, _pv_note(array, sky, parts=parts), sky, local_h))


def _array(entry: PvEntry, sky: Sky, assumptions: Assumptions) -> PvArray:
    """Return a PV array at its place, with what is assumed of its losses and the ground."""
    return PvArray(
        sky.latitude,
        sky.longitude,
        entry.tilt,
        entry.azimuth,
        temperature_coefficient=assumptions.of("pv_temperature_coefficient").middle,
        losses=assumptions.of("pv_losses").middle,
        albedo=assumptions.of("ground_albedo").middle,
        mounting=entry.mounting,
    )


def _pv_note(array: PvArray, sky: Sky, *, parts: bool) -> str:
    """Return what PV is modelled from; `parts` is whether direct and diffuse radiation were given."""
    stands = (
        f"tilted by {array.tilt:g} degrees, facing {array.azimuth:g} degrees from north"
        if array.mounting == "fixed"
        else f"turning about an axis that points {array.azimuth:g} degrees from north"
    )
    note = (
        f"PV is MODELLED from radiation of {sky.source}, {stands}, by PVWatts with the sun at the middle of each hour. "
        f"ASSUMED: losses of {_PERCENT * array.losses:.3g} %, {_PERCENT * array.temperature_coefficient:.2g} % a "
        f"kelvin, albedo {array.albedo:.2g}."
    )
    if not parts:
        note += " Direct and diffuse radiation are modelled from the global one (Erbs and others 1982)."
    return note


def modelled_wind(entry: WindEntry, sky: Sky, assumptions: Assumptions, *, local_h: float | None) -> Modelled:
    """Return the output of wind turbines, as `wind_profile` has it, speed taken up to the hub by the power law.

    Raises
    ------
    DataError
        If wind speed or the height that it is of is not known.
    """
    speed = sky.of("wind_m_s")
    if math.isnan(sky.wind_height_m):
        raise DataError(
            f"the height of the wind speed of {sky.source} is of is not known.",
            allowed="metres above ground",
            todo="give wind_height_m in [site.sky]",
        )
    shear, losses = (assumptions.of(name).middle for name in ("wind_shear", "wind_losses"))
    at_hub = hub_speed(speed, measured_m=sky.wind_height_m, hub_m=entry.hub_m, shear=shear)
    share = wind_profile(at_hub, entry.curve, losses=losses)
    note = (
        f"Wind power is MODELLED from wind speed of {sky.source}, from {sky.wind_height_m:g} m to a hub at "
        f"{entry.hub_m:g} m. ASSUMED: exponent of shear {shear:.2g}, losses of {_PERCENT * losses:.3g} %. Density of "
        "the air is taken as that of the curve."
    )
    return Modelled(*_turned(share, note, sky, local_h))


def _check_placed(sky: Sky) -> None:
    missing = [
        name
        for name, value in (
            ("latitude", sky.latitude),
            ("longitude", sky.longitude),
            ("utc_offset_h", sky.utc_offset_h),
        )
        if math.isnan(value)
    ]
    if missing:
        raise DataError(
            f"the position of the sun cannot be computed: {sky.source} does not say {' and '.join(missing)}.",
            allowed="degrees, north and east positive, and hours that its time is ahead of UTC",
            todo="give them in [site.sky]; times may say their offset, such as 2014-01-01T00:00+08:00",
        )


def _turned(share: Floats, note: str, sky: Sky, local_h: float | None) -> tuple[Floats, str]:
    """Return a series in the site's time: what a file in UTC has at the end of the year comes to its beginning."""
    if local_h is None or math.isnan(sky.utc_offset_h) or local_h == sky.utc_offset_h:
        return share, note
    by = round(local_h - sky.utc_offset_h)
    return np.roll(share, by), f"{note} Its hours were moved by {by:+d} to the site's time."
