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
)
from pilotzone.site.parameters import Airside
from pilotzone.site.psychrometrics import (
    MOLAR_RATIO,
    enthalpy,
    humidity_ratio,
    saturation_temperature,
    temperature_of,
    wet_bulb,
)

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

__all__ = ["Bounds", "Supply", "airside", "reachable", "reached"]

_STEPS = 48
"""Halvings of the search for the least water: a few K to the last digits."""
_ECONOMISER_TEMP, _ECONOMISER_DEW_POINT = 27.0, 15.0
_ECONOMISER_SHARE = 0.8
"""The economiser is on below the enthalpy of the first two, or up to that of the warmest supply at this humidity."""
_KILO = 1000.0
_ROUNDING = 1e-9
"""K, and a share of humidity."""


@dataclass(frozen=True, eq=False)
class Bounds:
    """Bounds of supply air: dry bulb, degC, humidity ratio, relative humidity as a share, and the pressure, Pa."""

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
        return Bounds(*(getattr(self, item.name)[mask] for item in fields(self)))


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
        Of the shape that parameters and weather have together.

    Notes
    -----
    Where no state within bounds can be reached and the economiser is on, outdoor air is cooled and dried by the chiller
    to the warmest and dampest state within bounds, unless it takes less to cool the air that comes back.
    """
    power, heat = heat_of(hall)
    rise = np.asarray(hall.delta_t_air)
    flow = heat / (AIR_HEAT * rise)
    shape = np.broadcast_shapes(
        *(np.shape(value) for value in (weather.temp_c, weather.rel_humidity, weather.pressure_pa)),
        *(np.shape(getattr(hall, item.name)) for item in fields(hall)),
    )
    temp, share, pressure = (
        np.broadcast_to(value, shape) for value in (weather.temp_c, weather.rel_humidity, weather.pressure_pa)
    )
    bounds = _bounds(hall, pressure, shape)
    ratio = humidity_ratio(temp, share, pressure)
    outdoor = enthalpy(temp, ratio)
    supply = reached(bounds, temp, ratio)
    on = outdoor <= _economiser_limit(hall, pressure)
    free = supply.free & on
    load = np.where(free, 0.0, _chiller_load(bounds, ratio, outdoor, flow, heat, on=on))
    through = on & (load < heat)
    # Recirculated air is given as warm as it may be: only its density matters.
    given = np.where(free, supply.temp, bounds.warm)
    water = np.where(free, _humidified(supply, ratio, outdoor, rise) * flow, 0.0)
    tower_water = wet_bulb(temp, share, pressure) + np.asarray(hall.tower_approach)
    chiller = load / chiller_cop(tower_water, hall.chiller_load, hall.cop_deviation)
    tower = tower_work(hall, Weather(temp, share, pressure), load + chiller)
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


def _bounds(hall: Airside, pressure: Floats, shape: tuple[int, ...]) -> Bounds:
    def whole(value: ArrayLike) -> Floats:
        return np.broadcast_to(np.asarray(value, dtype=np.float64), shape)

    return Bounds(
        cool=whole(hall.supply_air_min),
        warm=whole(hall.supply_air_max),
        dry=whole(humidity_ratio(hall.supply_dew_point_min, 1.0, pressure)),
        damp=whole(humidity_ratio(hall.supply_dew_point_max, 1.0, pressure)),
        low_share=whole(hall.supply_rh_min),
        high_share=whole(hall.supply_rh_max),
        pressure=whole(pressure),
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
        Of supply air.
    temp, ratio
        Outdoor air: dry bulb, degC, and humidity ratio, of the shape of the bounds.
    """
    outdoor = enthalpy(temp, ratio)
    dry = bounds.admits(ratio, bounds.coolest(ratio, outdoor)) & (ratio <= bounds.damp)
    # Along a line of constant enthalpy water cools and dampens: if some water is enough, so is more, up to the dampest.
    dampest = bounds.most(bounds.warm)
    wet = ~dry & (ratio < dampest)
    if wet.any():
        there = bounds.where(wet)
        wet[wet] = there.admits(dampest[wet], there.coolest(dampest[wet], outdoor[wet]))
    return dry, wet


def reached(bounds: Bounds, temp: Floats, ratio: Floats) -> Supply:
    """Return the state with the least added water of those that weather and water can reach; arguments as before."""
    outdoor = enthalpy(temp, ratio)
    dry, wet = reachable(bounds, temp, ratio)
    given, water = bounds.coolest(ratio, outdoor), ratio.copy()
    if wet.any():
        there, heat = bounds.where(wet), outdoor[wet]
        low, high = ratio[wet], bounds.most(bounds.warm)[wet]
        for _ in range(_STEPS):
            middle = (low + high) / 2
            enough = there.admits(middle, there.coolest(middle, heat))
            high, low = np.where(enough, middle, high), np.where(enough, low, middle)
        water[wet] = high
        given[wet] = there.coolest(high, heat)
    return Supply(given, water, dry | wet)


def _chiller_load(
    bounds: Bounds, ratio: Floats, outdoor: Floats, flow: Floats, heat: Floats, *, on: NDArray[np.bool_]
) -> Floats:
    """Return the load of the chiller, kW, where weather and water do not suffice."""
    target = np.minimum(np.maximum(ratio, bounds.least(bounds.warm)), bounds.most(bounds.warm))
    needed = flow * (outdoor - enthalpy(bounds.warm, target)) / _KILO
    return np.where(on, np.clip(needed, 0.0, heat), heat)


def _humidified(supply: Supply, ratio: Floats, outdoor: Floats, rise: Floats) -> Floats:
    """Return water that is added to a kg of supply air, kg: that which leaves with the share of air that is let out."""
    back = enthalpy(supply.temp + rise, supply.ratio)
    let_in = (back - enthalpy(supply.temp, supply.ratio)) / np.maximum(back - outdoor, 1e-9)
    return np.maximum(supply.ratio - ratio, 0.0) * np.minimum(let_in, 1.0)
