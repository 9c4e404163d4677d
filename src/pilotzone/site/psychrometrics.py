"""Moist air: saturation, humidity, wet bulb, dew point, enthalpy and density, for whole years of hours at once.

ASHRAE Handbook of Fundamentals 2017, chapter 1, in SI units: saturation pressure after Hyland and Wexler (1983), ideal
gases. Temperatures in degC, pressures in Pa, relative humidity as a share, humidity ratio in kg of water a kg of dry
air, enthalpy in J a kg of dry air.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import DataError

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import EllipsisType

    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]
    Rows = NDArray[np.bool_] | EllipsisType

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
    "temperature_at",
    "temperature_of",
    "wet_bulb",
]

KELVIN = 273.15
COLDEST, HOTTEST = -100.0, 200.0
"""Range of the saturation formula, degC."""

MOLAR_RATIO = 0.621945
"""Molar mass of water beside that of dry air."""
_GAS = 287.042
"""Gas constant of dry air, J / (kg K)."""
_TRIPLE = 0.01
"""Triple point of water, degC: below it vapour is over ice."""
_ICE = (-5.6745359e3, 6.3925247, -9.677843e-3, 6.2215701e-7, 2.0747825e-9, -9.484024e-13, 4.1635019)
_WATER = (-5.8002206e3, 1.3914993, -4.8640239e-2, 4.1764768e-5, -1.4452093e-8, 0.0, 6.5459673)
_FREEZING = 0.0
"""From here on the wet bulb is over water, degC; vapour is over ice up to the triple point."""
_LIQUID = (2501.0, 2.326, 4.186)
_FROZEN = (2830.0, 0.24, 2.1)
"""Heat of vaporisation at 0 degC, kJ / kg, its fall with temperature, and the heat of what evaporates, kJ / (kg K)."""
_DRY_HEAT, _VAPOUR_HEAT = 1.006, 1.86
"""kJ / (kg K)."""
_SETTLED = 1e-6
"""K: a step of Newton's method this small leaves an error of its square, or less."""
_STEPS, _HALVINGS = 40, 60
_AT_ONCE = 1 << 14
"""Values that are worked on at once, so that all there is of them stays in the processor's own memory."""


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
    ice = temp <= _TRIPLE
    if not ice.any():
        return _log_over(_WATER, temp)
    low, low_slope = _log_over(_ICE, temp)
    if ice.all():
        return low, low_slope
    high, high_slope = _log_over(_WATER, temp)
    return np.asarray(np.where(ice, low, high)), np.asarray(np.where(ice, low_slope, high_slope))


def _log_over(surface: tuple[float, ...], temp: Floats) -> tuple[Floats, Floats]:
    """Return the same over ice or over water, wherever."""
    inverse, constant, one, two, three, four, log = surface
    kelvin = temp + KELVIN
    reciprocal = 1 / kelvin
    powers = constant + kelvin * (one + kelvin * (two + kelvin * (three + kelvin * four)))
    slope = one + kelvin * (2 * two + kelvin * (3 * three + kelvin * 4 * four))
    return inverse * reciprocal + powers + log * np.log(kelvin), slope + (log - inverse * reciprocal) * reciprocal


_AT_FREEZING, _AT_TRIPLE = np.exp(_log_over(_ICE, np.array([_FREEZING, _TRIPLE]))[0]).tolist()
"""Saturation pressure, Pa."""
_LOG_MAGNUS, _MAGNUS_WATER, _MAGNUS_ICE = float(np.log(611.2)), (17.62, 243.12), (22.46, 272.62)
"""Magnus' formula, from which the search for a saturation temperature starts."""


def saturation_temperature(vapour_pa: ArrayLike) -> Floats:
    """Return the temperature at which vapour of a pressure, Pa, is saturated: the inverse of `saturation_pressure`.

    Newton's method on the logarithm, from Magnus' formula on.

    Examples
    --------
    >>> saturation_temperature(saturation_pressure([-20.0, 15.0, 60.0])).round(9)
    array([-20.,  15.,  60.])
    """
    vapour = _known("pressure of vapour", vapour_pa, 1e-3, 1.5e6, "Pa")
    return _by_surface(vapour > _AT_TRIPLE, _saturation_temperature, np.log(vapour))


def _saturation_temperature(surface: tuple[float, ...], logarithm: Floats) -> Floats:
    water = surface is _WATER
    over, slope, shift = (logarithm - _LOG_MAGNUS), *(_MAGNUS_WATER if water else _MAGNUS_ICE)

    def gap(temp: Floats) -> tuple[Floats, Floats]:
        here, rise = _log_over(surface, temp)
        return here - logarithm, rise

    low, high = (_TRIPLE, HOTTEST) if water else (COLDEST, _TRIPLE)
    return _root(gap, shift * over / (slope - over), low, high)


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

    The temperature at which water that evaporates into the air saturates it without heat from elsewhere, by Newton's
    method to the last digits. Where both water and ice have such a temperature, that of water is taken.

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
    return _in_blocks(_wet_bulb, temp, ratio, pressure)


def _wet_bulb(temp: Floats, ratio: Floats, pressure: Floats) -> Floats:
    def balance(heats: tuple[float, float, float], some: Rows = ...) -> _Balance:
        vaporising, fall, evaporated = heats
        air, water = temp[some], ratio[some]
        slope = _DRY_HEAT + evaporated * water
        given = _DRY_HEAT * air + water * (vaporising + _VAPOUR_HEAT * air)
        return _Balance(slope, given, MOLAR_RATIO * vaporising + given, MOLAR_RATIO * fall + slope, pressure[some])

    # Between water and ice the balance jumps, and both may have a root: that over water goes first.
    over_water = balance(_LIQUID)
    liquid = (temp > _FREEZING) & (over_water.at(_FREEZING, _AT_FREEZING) <= 0)
    above = liquid & (temp > _TRIPLE) & (over_water.at(_TRIPLE, _AT_TRIPLE) < 0)
    found = np.empty(temp.shape)
    for rows, surface, heats, low, most in (
        (above, _WATER, _LIQUID, _TRIPLE, HOTTEST),
        (liquid & ~above, _ICE, _LIQUID, _FREEZING, _TRIPLE),
        (~liquid, _ICE, _FROZEN, COLDEST, -1e-12),
    ):
        if (some := _some(rows)) is not None:
            high = np.minimum(temp[some], most)
            found[some] = _balanced(surface, balance(heats, some), low, high)
    return found


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

    As `temperature_at`.

    Examples
    --------
    >>> saturated_at(enthalpy(20.0, humidity_ratio(20.0, 1.0))).round(9).tolist()
    20.0
    """
    return temperature_at(enthalpy_j, 1.0, pressure_pa)


def temperature_at(enthalpy_j: ArrayLike, rel_humidity: ArrayLike, pressure_pa: ArrayLike = 101_325.0) -> Floats:
    """Return the temperature of air of an enthalpy, J a kg of dry air, and a relative humidity: degC.

    By Newton's method, to the last digits.

    Raises
    ------
    DataError
        If a number is out of range.

    Examples
    --------
    >>> temperature_at(enthalpy(20.0, humidity_ratio(20.0, 0.4)), 0.4).round(9).tolist()
    20.0
    """
    wanted = _known("enthalpy", enthalpy_j, -1.1e5, 3e7, "J a kg of dry air")
    share = _known("relative humidity", rel_humidity, 0.0, 1.0, "a share")
    return _in_blocks(_temperature_at, *np.broadcast_arrays(wanted, share, _pressure(pressure_pa)))


def _temperature_at(wanted: Floats, share: Floats, pressure: Floats) -> Floats:
    vaporising, _, _ = _LIQUID
    given = wanted / 1000
    slope = np.full(given.shape, _DRY_HEAT)
    gain, fall = share * (MOLAR_RATIO * vaporising + given), share * (_DRY_HEAT - MOLAR_RATIO * _VAPOUR_HEAT)
    balance = _Balance(slope, given, gain, fall, pressure)
    above = balance.at(_TRIPLE, _AT_TRIPLE) < 0
    found = np.empty(given.shape)
    for rows, surface, low, high in ((above, _WATER, _TRIPLE, HOTTEST), (~above, _ICE, COLDEST, _TRIPLE)):
        if (some := _some(rows)) is not None:
            found[some] = _balanced(surface, balance.where(some), low, high)
    return found


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


@dataclass(frozen=True, eq=False)
class _Balance:
    """Heat of air that takes up vapour: where `pressure (slope t - given) + vapour(t) (gain - fall t)` is zero.

    It is what air of temperature t takes up less what there is, times the pressure of the dry air, so that it has no
    pole where water boils. It rises and is convex in t: Newton's method goes to the root from anywhere.
    """

    slope: Floats
    given: Floats
    gain: Floats
    fall: Floats
    pressure: Floats

    def at(self, temp: float, vapour: float) -> Floats:
        """Return the balance where the pressure of vapour is known."""
        return np.asarray(self.pressure * (self.slope * temp - self.given) + vapour * (self.gain - self.fall * temp))

    def where(self, some: Rows) -> _Balance:
        """Return the balance of some rows."""
        return _Balance(*(getattr(self, item.name)[some] for item in fields(self)))


def _balanced(surface: tuple[float, ...], balance: _Balance, low: float, high: float | Floats) -> Floats:
    """Return where heat is balanced, over one surface; a bound if that is beyond it."""
    even = balance.pressure * balance.slope

    def gap(temp: Floats) -> tuple[Floats, Floats]:
        logarithm, rise = _log_over(surface, temp)
        vapour = np.exp(logarithm)
        gain = balance.gain - balance.fall * temp
        value = even * temp - balance.pressure * balance.given + vapour * gain
        return value, even + vapour * (rise * gain - balance.fall)

    # A fit to saturated air: near enough to save half of the steps.
    thin = 101_325.0 / balance.pressure
    start = (balance.given - 9.5 * thin) / np.maximum(1 + 0.55 * thin + 0.0143 * balance.given, 1.0)
    return _root(gap, start, low, high)


def _root(
    gap: Callable[[Floats], tuple[Floats, Floats]], start: Floats, low: float | Floats, high: float | Floats
) -> Floats:
    """Return where a function that rises crosses zero between bounds, or the bound that is nearer: Newton's method.

    Parameters
    ----------
    gap
        From temperatures to values and slopes.
    start, low, high
        Temperatures.
    """
    at = np.clip(start, low, high)
    for _ in range(_STEPS):
        value, slope = gap(at)
        former, at = at, np.clip(at - value / slope, low, high)
        if np.abs(at - former).max(initial=0.0) <= _SETTLED:
            return at
    return _halved(gap, np.broadcast_to(low, at.shape), np.broadcast_to(high, at.shape))


def _halved(gap: Callable[[Floats], tuple[Floats, Floats]], low: Floats, high: Floats) -> Floats:
    """Return the same by halving, which needs nothing but a function that rises."""
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        below = gap(middle)[0] < 0
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return np.asarray((low + high) / 2)


def _some(rows: NDArray[np.bool_]) -> Rows | None:
    """Return how to take rows: all of them without a copy, some, or ``None`` where there are none."""
    if rows.all():
        return ...
    return rows if rows.any() else None


def _in_blocks(solve: Callable[..., Floats], *given: Floats) -> Floats:
    """Return what is found for values of one shape, some at a time."""
    flat = [value.ravel() for value in given]
    found = np.empty(flat[0].size)
    for first in range(0, found.size, _AT_ONCE):
        part = slice(first, first + _AT_ONCE)
        found[part] = solve(*(value[part] for value in flat))
    return found.reshape(given[0].shape)


def _by_surface(water: NDArray[np.bool_], solve: Callable[..., Floats], given: Floats) -> Floats:
    found = np.empty(given.shape)
    for rows, surface in ((water, _WATER), (~water, _ICE)):
        if (some := _some(rows)) is not None:
            found[some] = solve(surface, given[some])
    return found


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
    """Return numbers that lie in a range, or say how many do not and which is the first: 9999 is not a temperature."""
    found = np.asarray(given, dtype=np.float64)
    # Twice as fast as comparing each; a NaN fails both.
    if found.size and not (found.min() >= low and found.max() <= high):
        bad = ~((found >= low) & (found <= high))
        first = float(found.ravel()[int(np.flatnonzero(bad.ravel())[0])])
        raise DataError(
            f"{int(bad.sum()):,} of {found.size:,} values of {what} are out of range, the first is {first:g}.",
            allowed=f"from {low:g} to {high:g} ({unit})",
            todo="leave out what was not measured, which files often mark by 99 or 9999",
        )
    return found
