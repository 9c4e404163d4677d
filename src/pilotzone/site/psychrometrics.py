"""Moist air: saturation, humidity, wet bulb, dew point, enthalpy and density, for whole years of hours at once.

ASHRAE Handbook of Fundamentals 2017, chapter 1, in SI units: saturation pressure after Hyland and Wexler (1983), ideal
gases. Temperatures in degC, pressures in Pa, relative humidity as a share, humidity ratio in kg of water a kg of dry
air, enthalpy in J a kg of dry air.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import DataError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

__all__ = [
    "air_density",
    "dew_point",
    "enthalpy",
    "humidity_ratio",
    "pressure_at",
    "relative_humidity",
    "saturated_at",
    "saturation_pressure",
    "saturation_temperature",
    "temperature_of",
    "wet_bulb",
]

KELVIN = 273.15
COLDEST, HOTTEST = -100.0, 200.0
"""Range of the saturation formula, degC."""

MOLAR_RATIO = 0.621945
"""Molar mass of water beside that of dry air."""
_GAS = 287.042
"""Of dry air, J / (kg K)."""
_TRIPLE = 0.01
"""Triple point of water, degC: below it vapour is over ice."""
_ICE = (-5.6745359e3, 6.3925247, -9.677843e-3, 6.2215701e-7, 2.0747825e-9, -9.484024e-13, 4.1635019)
_WATER = (-5.8002206e3, 1.3914993, -4.8640239e-2, 4.1764768e-5, -1.4452093e-8, 0.0, 6.5459673)
_NEWTON = 6
_SAME_SIGN = -1
"""What the search says of bounds between which nothing changes its sign."""


def saturation_pressure(temp_c: ArrayLike) -> Floats:
    """Return the pressure of water vapour at saturation, Pa, over ice below the triple point.

    Examples
    --------
    >>> saturation_pressure([-20, 0, 20, 40]).round(1)
    array([ 103.3,  611.2, 2338.8, 7383.5])
    """
    given = _known("temperature", temp_c, COLDEST, HOTTEST, "degC")
    return np.asarray(np.exp(_log_saturation(given)[0]))


def _log_saturation(temp: Floats) -> tuple[Floats, Floats]:
    """Return the logarithm of the saturation pressure and its slope, a kelvin."""
    kelvin = temp + KELVIN

    def over(parts: tuple[float, ...]) -> tuple[Floats, Floats]:
        inverse, constant, one, two, three, four, log = parts
        powers = constant + kelvin * (one + kelvin * (two + kelvin * (three + kelvin * four)))
        slope = one + kelvin * (2 * two + kelvin * (3 * three + kelvin * 4 * four))
        return inverse / kelvin + powers + log * np.log(kelvin), slope - inverse / kelvin**2 + log / kelvin

    ice = temp <= _TRIPLE
    if not ice.any():
        return over(_WATER)
    (low, low_slope), (high, high_slope) = over(_ICE), over(_WATER)
    return np.asarray(np.where(ice, low, high)), np.asarray(np.where(ice, low_slope, high_slope))


def saturation_temperature(vapour_pa: ArrayLike) -> Floats:
    """Return the temperature at which vapour of a pressure, Pa, is saturated: the inverse of `saturation_pressure`.

    Newton's method on the logarithm, from Magnus' formula on.

    Examples
    --------
    >>> saturation_temperature(saturation_pressure([-20.0, 15.0, 60.0])).round(9)
    array([-20.,  15.,  60.])
    """
    vapour = _known("pressure of vapour", vapour_pa, 1e-3, 1.5e6, "Pa")
    logarithm = np.log(vapour / 611.2)
    found = 243.12 * logarithm / (17.62 - logarithm)
    for _ in range(_NEWTON):
        logarithm, slope = _log_saturation(found)
        found = np.clip(found - (logarithm - np.log(vapour)) / slope, COLDEST, HOTTEST)
    return np.asarray(found)


def humidity_ratio(temp_c: ArrayLike, rel_humidity: ArrayLike, pressure_pa: ArrayLike = 101_325.0) -> Floats:
    """Return the humidity ratio of air of a relative humidity.

    Raises
    ------
    DataError
        If a number is out of range, or vapour would be more than the whole pressure.
    """
    share = _known("relative humidity", rel_humidity, 0.0, 1.0, "a share")
    return _ratio(share * saturation_pressure(temp_c), _pressure(pressure_pa))


def relative_humidity(temp_c: ArrayLike, ratio: ArrayLike, pressure_pa: ArrayLike = 101_325.0) -> Floats:
    """Return the relative humidity of air of a humidity ratio; above one where it is more than saturated."""
    return np.asarray(_vapour(ratio, pressure_pa) / saturation_pressure(temp_c))


def dew_point(temp_c: ArrayLike, rel_humidity: ArrayLike) -> Floats:
    """Return the temperature at which vapour of this air is saturated, degC; its frost point below zero.

    Raises
    ------
    DataError
        If a number is out of range, or there is no vapour at all.
    """
    share = _known("relative humidity", rel_humidity, 0.0, 1.0, "a share")
    if (share <= 0).any():
        raise DataError("relative humidity is zero: dry air has no dew point.", allowed="shares above zero")
    return saturation_temperature(share * saturation_pressure(temp_c))


def wet_bulb(temp_c: ArrayLike, rel_humidity: ArrayLike, pressure_pa: ArrayLike = 101_325.0) -> Floats:
    """Return the thermodynamic wet-bulb temperature, degC, over ice below zero.

    The temperature at which water that evaporates into the air saturates it without heat from elsewhere, found
    by a search.

    Raises
    ------
    DataError
        If a number is out of range.

    Examples
    --------
    >>> wet_bulb([30.0, 20.0, -5.0], [0.4, 1.0, 0.6]).round(2)
    array([20.06, 20.  , -6.79])
    """
    temp, pressure = np.asarray(temp_c, dtype=np.float64), _pressure(pressure_pa)
    ratio = humidity_ratio(temp, rel_humidity, pressure)
    temp, pressure, ratio = np.broadcast_arrays(temp, pressure, ratio)

    def gap(at: Floats, temp: Floats, ratio: Floats, pressure: Floats) -> Floats:
        saturated = _ratio(saturation_pressure(at), pressure)
        over_water = ((2501 - 2.326 * at) * saturated - 1.006 * (temp - at)) / (2501 + 1.86 * temp - 4.186 * at)
        over_ice = ((2830 - 0.24 * at) * saturated - 1.006 * (temp - at)) / (2830 + 1.86 * temp - 2.1 * at)
        found: Floats = np.where(at >= 0, over_water, over_ice) - ratio
        return found

    # Between water and ice the condition jumps, and both may have a root: that over water goes first.
    water = (temp > 0) & (gap(np.zeros(temp.shape), temp, ratio, pressure) <= 0)
    low, high = np.where(water, 0.0, COLDEST), np.where(water, temp, np.minimum(temp, -1e-12))
    return _search(gap, low, high, temp, ratio, pressure)


def enthalpy(temp_c: ArrayLike, ratio: ArrayLike) -> Floats:
    """Return the enthalpy of moist air, J a kg of dry air, zero for dry air at 0 degC."""
    temp = np.asarray(temp_c, dtype=np.float64)
    return np.asarray(1000 * (1.006 * temp + _water(ratio) * (2501 + 1.86 * temp)))


def temperature_of(enthalpy_j: ArrayLike, ratio: ArrayLike) -> Floats:
    """Return the temperature of air of an enthalpy, J a kg of dry air, and a humidity ratio, degC."""
    water = _water(ratio)
    return np.asarray((np.asarray(enthalpy_j) / 1000 - 2501 * water) / (1.006 + 1.86 * water))


def saturated_at(enthalpy_j: ArrayLike, pressure_pa: ArrayLike = 101_325.0) -> Floats:
    """Return the temperature of saturated air of an enthalpy, J a kg of dry air: degC.

    Found by a search, to the last digits.

    Examples
    --------
    >>> saturated_at(enthalpy(20.0, humidity_ratio(20.0, 1.0))).round(9).tolist()
    20.0
    """
    wanted, pressure = np.broadcast_arrays(np.asarray(enthalpy_j, dtype=np.float64), _pressure(pressure_pa))

    def gap(at: Floats, wanted: Floats, pressure: Floats) -> Floats:
        # Short of boiling, so that what is searched for rises throughout.
        vapour = np.minimum(saturation_pressure(at), 0.9 * pressure)
        return np.asarray(enthalpy(at, _ratio(vapour, pressure)) - wanted)

    low, high = np.full(wanted.shape, COLDEST), np.full(wanted.shape, HOTTEST / 2)
    return _search(gap, low, high, wanted, pressure)


def air_density(temp_c: ArrayLike, ratio: ArrayLike, pressure_pa: ArrayLike = 101_325.0) -> Floats:
    """Return the mass of moist air in a cubic metre, kg."""
    water = _water(ratio)
    kelvin = np.asarray(temp_c, dtype=np.float64) + KELVIN
    volume = _GAS * kelvin * (1 + water / MOLAR_RATIO) / _pressure(pressure_pa)
    return np.asarray((1 + water) / volume)


def pressure_at(height_m: ArrayLike) -> Floats:
    """Return the pressure of the standard atmosphere at a height above the sea, Pa.

    Examples
    --------
    >>> pressure_at([0, 1100]).round(-2)
    array([101300.,  88800.])
    """
    height = _known("height", height_m, -500.0, 11_000.0, "m")
    return np.asarray(101_325 * (1 - 2.25577e-5 * height) ** 5.2559)


def _search(rising: Callable[..., Floats], low: Floats, high: Floats, *given: Floats) -> Floats:
    """Return where a function that rises crosses zero between two bounds: Chandrupatla's method, each by itself."""
    from scipy.optimize import elementwise

    shape = low.shape
    found = elementwise.find_root(
        rising, (low.ravel(), np.array(high).ravel()), args=tuple(value.ravel() for value in given)
    )
    # Saturated air is its own wet bulb: the bound is the root, but for rounding.
    at_end = found.status == _SAME_SIGN
    return np.asarray(np.where(at_end, np.array(high).ravel(), found.x).reshape(shape))


def _ratio(vapour: Floats, pressure: Floats) -> Floats:
    if (vapour >= pressure).any():
        raise DataError("vapour is more than the whole pressure.", allowed="air that does not boil")
    return np.asarray(MOLAR_RATIO * vapour / (pressure - vapour))


def _vapour(ratio: ArrayLike, pressure_pa: ArrayLike) -> Floats:
    water = _water(ratio)
    return np.asarray(_pressure(pressure_pa) * water / (MOLAR_RATIO + water))


def _water(ratio: ArrayLike) -> Floats:
    return _known("humidity ratio", ratio, 0.0, 10.0, "kg a kg")


def _pressure(pressure_pa: ArrayLike) -> Floats:
    return _known("pressure", pressure_pa, 1_000.0, 200_000.0, "Pa")


def _known(what: str, given: ArrayLike, low: float, high: float, unit: str) -> Floats:
    """Return numbers that lie in a range, or say how many do not and which is the first: 9999 is no temperature."""
    found = np.asarray(given, dtype=np.float64)
    bad = ~((found >= low) & (found <= high))
    if bad.any():
        first = float(found.ravel()[int(np.flatnonzero(bad.ravel())[0])])
        raise DataError(
            f"{int(bad.sum()):,} of {found.size:,} values of {what} are out of range, the first is {first:g}.",
            allowed=f"from {low:g} to {high:g} ({unit})",
            todo="leave out what was not measured, which files often mark by 99 or 9999",
        )
    return found
