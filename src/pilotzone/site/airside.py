"""Outdoor air through the hall: what two balances allow without a chiller, and what a chiller has to add.

Parameters, the limits of the economiser and the chiller are those of Lei and Masanet (see `pilotzone.site.cooling`).
What air and water can reach is derived here. In a hall at rest, with outdoor air the share `a` of the air supplied:

- water: what the humidifier adds is `a (d_supply - d_outdoor)` a kg of air supplied, so `d_supply >= d_outdoor`;
- heat: `a (h_return - h_outdoor) = h_return - h_supply = c dT`, so `h_supply >= h_outdoor`, since `a <= 1`.

So a state within the bounds of supply air is reached without a chiller if, and only if, it is neither drier than
outdoor air nor of less enthalpy. Of these states the one with the least added water is taken, and of those the coolest.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.site.cooling import (
    AIR_HEAT,
    CHILLER,
    FREE,
    HOUR,
    PARTIAL,
    WATER_HEAT,
    WET,
    Cooling,
    Weather,
    air_density,
    chiller_cop,
    heat_of,
    moved,
    tower_work,
    where_needed,
)
from pilotzone.site.parameters import Airside
from pilotzone.site.psychrometrics import (
    MOLAR_RATIO,
    enthalpy,
    humidity_ratio,
    relative_humidity,
    saturation_temperature,
    temperature_at,
    temperature_of,
    wet_bulb,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Bounds", "Supply", "airside", "reachable", "reached"]

_ECONOMISER_TEMP, _ECONOMISER_DEW_POINT = 27.0, 15.0
_ECONOMISER_SHARE = 0.8
"""The economiser is on below the enthalpy of the first two, or up to that of the warmest supply at this humidity."""
_KILO = 1000.0
_ROUNDING = 1e-9
"""K, and a share of humidity."""


@dataclass(frozen=True, eq=False)
class Bounds:
    """Bounds of supply air: dry bulb, degC, humidity ratio, relative humidity as a share, and the pressure, Pa.

    Shapes broadcast against that of the hours.
    """

    cool: Floats
    warm: Floats
    dry: Floats
    damp: Floats
    low_share: Floats
    high_share: Floats
    pressure: Floats

    def least(self, temp: Floats) -> Floats:
        """Return the least humidity ratio at a temperature."""
        return np.maximum(self.dry, humidity_ratio(temp, self.low_share, self.pressure))

    def most(self, temp: Floats) -> Floats:
        """Return the most."""
        return np.minimum(self.damp, humidity_ratio(temp, self.high_share, self.pressure))

    def coolest(self, water: Floats, outdoor: Floats) -> Floats:
        """Return the least temperature that heat, the bounds and the greatest relative humidity leave."""
        vapour = self.pressure * water / (MOLAR_RATIO + water)
        dried = saturation_temperature(np.maximum(vapour, 1e-3) / self.high_share)
        return np.maximum(np.maximum(temperature_of(outdoor, water), self.cool), dried)

    def admits(self, water: Floats, temp: Floats) -> NDArray[np.bool_]:
        """Return whether air of this temperature and humidity is neither too warm nor too dry; rounding is forgiven."""
        least = self.least(np.minimum(temp, self.warm))
        return np.asarray((temp <= self.warm + _ROUNDING) & (least <= water * (1 + _ROUNDING)))

    def where(self, mask: NDArray[np.bool_]) -> Bounds:
        """Return the bounds of some hours."""
        return Bounds(*(np.broadcast_to(getattr(self, item.name), mask.shape)[mask] for item in fields(self)))

    def least_water(self, outdoor: Floats) -> Floats:
        """Return the least humidity ratio at which air of an enthalpy is admitted: neither too warm nor too dry.

        Along a line of constant enthalpy water cools. So air is at most as warm as it may be from where the line meets
        the greatest temperature, and no drier than it may be from where it meets the least relative humidity.
        """
        warmest, forgiven = self.warm + _ROUNDING, 1 + _ROUNDING
        dry_air = enthalpy(warmest, 0.0)
        enough = (outdoor - dry_air) / (enthalpy(warmest, 1.0) - dry_air)
        meets = temperature_at(outdoor, self.low_share, self.pressure)
        # The share that is forgiven hardly depends on where the line meets it: once more is to the last digits.
        least = humidity_ratio(np.minimum(meets, self.warm), self.low_share, self.pressure) / forgiven
        share = relative_humidity(np.minimum(meets, self.warm), least, self.pressure)
        meets = np.clip(temperature_at(outdoor, share, self.pressure), self.cool, self.warm)
        return np.maximum(enough, self.least(meets) / forgiven)


@dataclass(frozen=True, eq=False)
class Supply:
    """Air that is given to the racks, and whether weather and water alone can make it."""

    temp: Floats
    ratio: Floats
    free: NDArray[np.bool_]


def airside(hall: Airside, weather: Weather) -> Cooling:
    """Return power and water of a hall with an air-side economiser and adiabatic cooling.

    Parameters
    ----------
    hall
        Its parameters; arrays of draws broadcast against the hours.
    weather
        Outdoor air.

    Returns
    -------
    Cooling
        Cooling, of the shape that parameters and weather have together.

    Notes
    -----
    Where no state within bounds can be reached and the economiser is on, outdoor air is cooled and dried by the chiller
    to the warmest and dampest state within bounds, unless it takes less to cool the air that comes back.
    """
    power, heat = heat_of(hall)
    rise = np.asarray(hall.delta_t_air)
    flow = heat / (AIR_HEAT * rise)
    temp, share, pressure = weather.temp_c, weather.rel_humidity, weather.pressure_pa
    bounds = _bounds(hall, pressure)
    ratio = humidity_ratio(temp, share, pressure)
    outdoor = enthalpy(temp, ratio)
    supply = reached(bounds, temp, ratio)
    on = outdoor <= _economiser_limit(hall, pressure)
    free = supply.free & on
    load = np.where(free, 0.0, _chiller_load(bounds, ratio, outdoor, flow, heat, on=on))
    through = on & (load < heat)
    # Recirculated air is given as warm as it may be: only its density matters.
    given = np.where(free, supply.temp, bounds.warm)
    water = where_needed(
        free & (supply.ratio > ratio), _humidified, supply.temp, supply.ratio, ratio, outdoor, rise, flow
    )
    chiller = where_needed(
        load > 0,
        _chiller_power,
        *(temp, share, pressure, load),
        *(hall.tower_approach, hall.chiller_load, hall.cop_deviation),
    )
    tower = tower_work(hall, weather, load + chiller)
    fan = moved(flow, hall.crac_fan_pressure, hall.crac_fan_efficiency, air_density(given, pressure))
    chilled = moved(
        load / (WATER_HEAT * np.asarray(hall.delta_t_water)), hall.chilled_pump_pressure, hall.chilled_pump_efficiency
    )
    sprayed = moved(water, hall.humidifier_pump_pressure, hall.humidifier_pump_efficiency)
    regime = np.where(free, np.where(water > 0, WET, FREE), np.where(through, PARTIAL, CHILLER))
    return Cooling(
        power=power
        | {"crac_fan": fan, "humidifier": sprayed, "chilled_pump": chilled, "chiller": chiller}
        | tower.power,
        water={"humidifier": water * HOUR} | tower.water,
        regime=np.asarray(regime, dtype=np.int8),
    )


def _bounds(hall: Airside, pressure: Floats) -> Bounds:
    return Bounds(
        cool=np.asarray(hall.supply_air_min),
        warm=np.asarray(hall.supply_air_max),
        dry=humidity_ratio(hall.supply_dew_point_min, 1.0, pressure),
        damp=humidity_ratio(hall.supply_dew_point_max, 1.0, pressure),
        low_share=np.asarray(hall.supply_rh_min),
        high_share=np.asarray(hall.supply_rh_max),
        pressure=np.asarray(pressure),
    )


def _economiser_limit(hall: Airside, pressure: Floats) -> Floats:
    fixed = enthalpy(_ECONOMISER_TEMP, humidity_ratio(_ECONOMISER_DEW_POINT, 1.0, pressure))
    warmest = np.asarray(hall.supply_air_max)
    return np.maximum(fixed, enthalpy(warmest, humidity_ratio(warmest, _ECONOMISER_SHARE, pressure)))


def reachable(bounds: Bounds, temp: Floats, ratio: Floats) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return where weather alone makes supply air within bounds, and where it does with added water only.

    Parameters
    ----------
    bounds
        Bounds of supply air.
    temp, ratio
        Outdoor air: dry bulb, degC, and humidity ratio.
    """
    outdoor = enthalpy(temp, ratio)
    return _reachable(bounds, ratio, outdoor, bounds.coolest(ratio, outdoor))


def _reachable(
    bounds: Bounds, ratio: Floats, outdoor: Floats, coolest: Floats
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    dry = bounds.admits(ratio, coolest) & (ratio <= bounds.damp)
    # Along a line of constant enthalpy water cools and dampens: if some water is enough, so is more, up to the dampest.
    dampest = bounds.most(bounds.warm)
    wet = np.asarray(~dry & (ratio < dampest))
    if wet.any():
        there, water, heat = bounds.where(wet), *_rows(wet, dampest, outdoor)
        wet[wet] = there.admits(water, there.coolest(water, heat))
    return dry, wet


def reached(bounds: Bounds, temp: Floats, ratio: Floats) -> Supply:
    """Return the state with the least added water of those that weather and water can reach; arguments as before."""
    outdoor = enthalpy(temp, ratio)
    given = bounds.coolest(ratio, outdoor)
    dry, wet = _reachable(bounds, ratio, outdoor, given)
    given, water = np.broadcast_to(given, wet.shape).copy(), np.broadcast_to(ratio, wet.shape).copy()
    if wet.any():
        there, (heat,) = bounds.where(wet), _rows(wet, outdoor)
        water[wet] = np.clip(there.least_water(heat), water[wet], there.most(there.warm))
        given[wet] = there.coolest(water[wet], heat)
    return Supply(given, water, dry | wet)


def _rows(mask: NDArray[np.bool_], *values: Floats) -> list[Floats]:
    return [np.broadcast_to(value, mask.shape)[mask] for value in values]


def _chiller_load(
    bounds: Bounds, ratio: Floats, outdoor: Floats, flow: Floats, heat: Floats, *, on: NDArray[np.bool_]
) -> Floats:
    """Return the load of the chiller, kW, where weather and water do not suffice."""
    target = np.minimum(np.maximum(ratio, bounds.least(bounds.warm)), bounds.most(bounds.warm))
    needed = flow * (outdoor - enthalpy(bounds.warm, target)) / _KILO
    return np.where(on, np.clip(needed, 0.0, heat), heat)


def _chiller_power(
    temp: Floats, share: Floats, pressure: Floats, load: Floats, approach: Floats, part: Floats, deviation: Floats
) -> Floats:
    """Return the power of the chiller, kW: the tower cools its condenser."""
    return load / chiller_cop(wet_bulb(temp, share, pressure) + approach, part, deviation)


def _humidified(temp: Floats, supplied: Floats, ratio: Floats, outdoor: Floats, rise: Floats, flow: Floats) -> Floats:
    """Return water that is added to supply air, kg / s: that which leaves with the share of air that is let out."""
    back = enthalpy(temp + rise, supplied)
    let_in = (back - enthalpy(temp, supplied)) / np.maximum(back - outdoor, 1e-9)
    return (supplied - ratio) * np.minimum(let_in, 1.0) * flow
