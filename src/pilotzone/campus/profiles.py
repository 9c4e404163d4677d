"""Hourly shares of capacity of PV and wind, from irradiance and wind speed where they are given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from pilotzone.campus.given import number, numbers
from pilotzone.core import Brief, DataError, UsageError, check_choice, check_extra

if TYPE_CHECKING:
    import datetime as dt

    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

__all__ = ["Mounting", "PvArray", "hub_speed", "pv_profile", "wind_profile"]

Mounting = Literal["fixed", "single axis"]
"""How a PV array stands."""
_MOST_TURN = 60.0


@dataclass(frozen=True)
class PvArray(Brief):
    """A PV array at a place.

    Attributes
    ----------
    latitude, longitude
        Degrees, east and north positive.
    tilt, azimuth
        Degrees from level, and clockwise from north.
    temperature_coefficient
        Temperature coefficient of power, per K.
    losses
        Share lost behind the cells: dirt, wiring, inverter.
    albedo
        Share of light that the ground reflects.
    mounting
        ``fixed``, or ``single axis``: modules turn about a level axis that points to `azimuth`, up to 60 degrees and
        back before rows shade one another, and `tilt` is not used.
    ground_cover
        Width of modules over distance of rows, of tracking arrays.

    Raises
    ------
    UsageError
        If an angle or a share is out of range.
    """

    latitude: float
    longitude: float
    tilt: float
    azimuth: float = 180.0
    temperature_coefficient: float = -0.004
    losses: float = 0.14
    albedo: float = 0.25
    mounting: Mounting = "fixed"
    ground_cover: float = 2 / 7

    def __post_init__(self) -> None:
        for name, low, high in (
            ("latitude", -90.0, 90.0),
            ("longitude", -180.0, 180.0),
            ("tilt", 0.0, 90.0),
            ("azimuth", 0.0, 360.0),
            ("temperature_coefficient", -0.02, 0.0),
            ("losses", 0.0, 1.0),
            ("albedo", 0.0, 1.0),
            ("ground_cover", 0.0, 1.0),
        ):
            number(getattr(self, name), f"{name.replace('_', ' ')} of a PV array", low=low, high=high)
        check_choice(self.mounting, Mounting, "mounting of a PV array")


def pv_profile(
    array: PvArray,
    first_hour: dt.datetime,
    *,
    ghi: ArrayLike,
    temp_c: ArrayLike,
    wind_speed: ArrayLike = 1.0,
    dni: ArrayLike | None = None,
    dhi: ArrayLike | None = None,
) -> Floats:
    """Return PV output as a share of capacity, shape (hours,), by pvlib: PVWatts, cells as in PVsyst.

    It needs the extra ``solar``: ``pip install 'pilotzone[solar]'``.

    Parameters
    ----------
    array
        The array.
    first_hour
        Beginning of the first hour, with its time zone. The sun is taken at the middle of each hour.
    ghi
        Global horizontal irradiance, W/m2, mean of each hour, shape (hours,).
    temp_c
        Temperature of the air, degC, shape (hours,).
    wind_speed
        m/s, one or one for each hour.
    dni, dhi
        Direct normal and diffuse irradiance, both or neither; from the global one after Erbs and others 1982 if
        left out.

    Raises
    ------
    DataError
        If a series has a gap or another length, or irradiance is negative.
    UsageError
        If the extra ``solar`` is not installed, the first hour has no time zone, or one of the two parts of the
        irradiance is missing.
    """
    check_extra("solar", "PV output is modelled", "the share of capacity as a profile, which needs nothing more")
    light = numbers(ghi, "global irradiance, W/m2", low=0.0)
    if light.ndim != 1:
        raise DataError(f"global irradiance has shape {light.shape}.", allowed="one figure for each hour")
    if first_hour.tzinfo is None:
        raise UsageError("the first hour has no time zone.", todo="give a datetime with tzinfo: the sun follows it")
    air = numbers(temp_c, "temperature of the air, degC", low=-90.0, high=60.0, size=len(light))
    if (dni is None) != (dhi is None):
        raise UsageError("one of direct and diffuse irradiance is missing.", allowed="both or neither")
    import pandas as pd
    from pvlib import irradiance, pvsystem, solarposition, temperature

    times = pd.date_range(first_hour, periods=len(light), freq="h") + pd.Timedelta(minutes=30)
    sun = solarposition.get_solarposition(times, array.latitude, array.longitude, temperature=air)
    zenith, azimuth = sun["apparent_zenith"].to_numpy(), sun["azimuth"].to_numpy()
    if dni is None or dhi is None:
        parts = irradiance.erbs(light, sun["zenith"].to_numpy(), times.day_of_year.to_numpy())
        direct, diffuse = np.asarray(parts["dni"]), np.asarray(parts["dhi"])
    else:
        direct = numbers(dni, "direct irradiance, W/m2", low=0.0, size=len(light))
        diffuse = numbers(dhi, "diffuse irradiance, W/m2", low=0.0, size=len(light))
    plane = irradiance.get_total_irradiance(
        *_facing(array, zenith, azimuth),
        zenith,
        azimuth,
        direct,
        light,
        diffuse,
        albedo=array.albedo,
        model="isotropic",
    )
    on_plane = np.maximum(np.asarray(plane["poa_global"]), 0.0)
    cells = temperature.pvsyst_cell(on_plane, air, numbers(wind_speed, "wind speed, m/s", low=0.0))
    output = np.asarray(pvsystem.pvwatts_dc(on_plane, cells, 1.0, array.temperature_coefficient))
    return np.asarray(np.clip(output * (1 - array.losses), 0.0, 1.0))


def _facing(array: PvArray, zenith: Floats, azimuth: Floats) -> tuple[Any, Any]:
    """Return tilt and azimuth of the modules, degrees: one, or one for each hour where they track; level at night."""
    if array.mounting == "fixed":
        return array.tilt, array.azimuth
    from pvlib import tracking

    turned = tracking.singleaxis(
        zenith,
        azimuth,
        axis_tilt=0.0,
        axis_azimuth=array.azimuth,
        max_angle=_MOST_TURN,
        backtrack=True,
        gcr=array.ground_cover,
    )
    return np.nan_to_num(turned["surface_tilt"]), np.nan_to_num(turned["surface_azimuth"])


def hub_speed(speed: ArrayLike, *, measured_m: float, hub_m: float, shear: float) -> Floats:
    """Return wind speed at the height of a hub, m/s, by the power law of Hellmann.

    Parameters
    ----------
    speed
        As measured, m/s.
    measured_m, hub_m
        Heights above ground, m.
    shear
        Exponent of the law.

    Examples
    --------
    >>> hub_speed([5.0], measured_m=10.0, hub_m=160.0, shear=0.25).tolist()
    [10.0]
    """
    low = number(measured_m, "height of measured wind, m", above=True)
    ratio = number(hub_m, "height of the hub, m", above=True) / low
    return np.asarray(numbers(speed, "wind speed, m/s", low=0.0) * ratio ** number(shear, "wind shear", high=1.0))


def wind_profile(speed: ArrayLike, curve: ArrayLike, *, losses: float = 0.0) -> Floats:
    """Return wind output as a share of capacity, shape (hours,).

    Parameters
    ----------
    speed
        At the height of the hub, m/s, shape (hours,).
    curve
        Curve of the turbine: rows of speed and share of capacity, speeds ascending, shape (points, 2). Between points
        the share lies on a line; outside it is zero.
    losses
        Share lost to wakes and outages.

    Raises
    ------
    DataError
        If a speed is missing or negative, or the curve does not ascend.

    Examples
    --------
    >>> wind_profile([2.0, 7.5, 30.0], [(3, 0), (12, 1), (25, 1)]).tolist()
    [0.0, 0.5, 0.0]
    """
    wind = numbers(speed, "wind speed, m/s", low=0.0)
    points = numbers(curve, "curve of the turbine", low=0.0)
    if points.ndim != 2 or points.shape[1] != 2 or len(points) < 2 or (np.diff(points[:, 0]) <= 0).any():  # noqa: PLR2004
        raise DataError(
            "the turbine's power curve cannot be used.", allowed="rows of speed and share, speeds ascending"
        )
    numbers(points[:, 1], "share of capacity in the curve of the turbine", low=0.0, high=1.0)
    share = np.interp(wind, points[:, 0], points[:, 1], left=0.0, right=0.0)
    return np.asarray(share * (1 - number(losses, "losses of the wind park", high=1.0)))
