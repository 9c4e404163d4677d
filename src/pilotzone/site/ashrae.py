"""Hours in which the air of a place cools IT without a chiller, by the classes of ASHRAE's technical committee 9.9.

Classes and their bounds: ASHRAE TC9.9 2021, "Equipment thermal guidelines for data processing environments". Bounds
hold up to 3,050 m. Above 900 m the greatest dry bulb falls with height; the rates are second-hand and were not checked
against the guidelines themselves.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from pilotzone.core import MethodError, check_choice
from pilotzone.site.airside import Bounds, reachable
from pilotzone.site.psychrometrics import humidity_ratio

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["ASHRAE_CLASSES", "AshraeClass", "FreeHours", "derated_maximum", "free_hours", "hours_without_chiller"]

AshraeClass = Literal["recommended", "A1", "A2", "A3", "A4"]
"""From the air that is recommended to the widest that equipment may allow."""

HIGHEST = 3_050.0
"""Height up to which classes are defined, m."""
_FLAT = 900.0
"""Height from which on the greatest dry bulb falls, m."""


@dataclass(frozen=True)
class _Envelope:
    """Bounds of the air that equipment is given: dry bulb and dew point, degC, relative humidity, and m a kelvin."""

    cool: float
    warm: float
    dew_low: float
    dew_high: float
    share_low: float
    share_high: float
    derating: float | None


ASHRAE_CLASSES: dict[str, _Envelope] = {
    "recommended": _Envelope(18, 27, -9, 15, 0.0, 0.7, None),
    "A1": _Envelope(15, 32, -12, 17, 0.08, 0.8, 300),
    "A2": _Envelope(10, 35, -12, 21, 0.08, 0.8, 300),
    "A3": _Envelope(5, 40, -12, 24, 0.08, 0.85, 175),
    "A4": _Envelope(5, 45, -12, 24, 0.08, 0.9, 125),
}
"""Bounds by class."""


@dataclass(frozen=True)
class FreeHours:
    """Hours of a year without a chiller.

    Attributes
    ----------
    name
        The class.
    maximum_c
        Its greatest dry bulb at this height, degC.
    air
        Hours in which outdoor air does, mixed with air that comes back where it is too cold.
    air_and_water
        Hours in which air does once water evaporates into it; those of `air` are not in them.
    hours
        All hours.
    """

    name: str
    maximum_c: float
    air: int
    air_and_water: int
    hours: int

    @property
    def share(self) -> float:
        """Share of hours without a chiller."""
        return (self.air + self.air_and_water) / self.hours


def derated_maximum(name: AshraeClass, height_m: float) -> float:
    """Return the greatest dry bulb of a class at a height, degC.

    Raises
    ------
    UsageError
        If there is no such class.
    MethodError
        If classes are not defined at this height.

    Examples
    --------
    >>> [round(derated_maximum(name, 1_100), 2) for name in ("recommended", "A2", "A4")]
    [27, 34.33, 43.4]
    """
    check_choice(name, AshraeClass, "ASHRAE class")
    if not -500 <= height_m <= HIGHEST:  # noqa: PLR2004 - the lowest land
        raise MethodError(
            f"ASHRAE's classes are not defined at {height_m:g} m.",
            allowed=f"up to {HIGHEST:g} m",
            todo="leave free-cooling hours of this place out; PUE does not need them",
        )
    bounds = ASHRAE_CLASSES[name]
    if bounds.derating is None:
        return bounds.warm
    return bounds.warm - max(0.0, height_m - _FLAT) / bounds.derating


def free_hours(
    temp_c: Floats,
    rel_humidity: Floats | float,
    pressure_pa: Floats | float,
    height_m: float,
    name: AshraeClass,
) -> FreeHours:
    """Return the hours in which a class needs no chiller.

    Parameters
    ----------
    temp_c, rel_humidity, pressure_pa
        Outdoor air, hour by hour, shape (T,) or one for all hours: degC, a share, Pa.
    height_m
        Height of the place.
    name
        The class.

    Raises
    ------
    UsageError, MethodError
        As in `derated_maximum`.

    Notes
    -----
    Which states of supply air can be reached is derived in `pilotzone.site.airside`: those that are neither drier nor
    of less enthalpy than outdoor air. Air that comes back is taken to be as much warmer as it has to be. Where gases
    corrode, the recommended class has 50 % of relative humidity for 70 %; it costs no hours, because air of its
    greatest dew point is that dry below its greatest dry bulb, and warmer air is free.
    """
    warm = derated_maximum(name, height_m)
    temp = np.asarray(temp_c, dtype=np.float64)
    dry, wet = hours_without_chiller(temp, rel_humidity, pressure_pa, np.array(warm), name)
    return FreeHours(name, warm, int(dry.sum()), int(wet.sum()), temp.size)


def hours_without_chiller(
    temp: Floats, rel_humidity: Floats | float, pressure_pa: Floats | float, warm: Floats, name: AshraeClass
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return in which hours air does, and in which it does with water only, given the greatest dry bulb; any shape."""
    limits = ASHRAE_CLASSES[name]
    pressure = np.asarray(pressure_pa, dtype=np.float64)
    bounds = Bounds(
        cool=np.asarray(limits.cool),
        warm=warm,
        dry=humidity_ratio(limits.dew_low, 1.0, pressure),
        damp=humidity_ratio(limits.dew_high, 1.0, pressure),
        low_share=np.asarray(limits.share_low),
        high_share=np.asarray(limits.share_high),
        pressure=pressure,
    )
    ratio = humidity_ratio(temp, rel_humidity, pressure)
    return reachable(bounds, temp, ratio)
