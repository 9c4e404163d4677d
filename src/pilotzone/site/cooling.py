"""Power and water of a hall, hour by hour: PUE and WUE of three cooling systems from balances of heat and mass.

The systems, their parameters and the relations of pumps, fans and chiller are those of Lei and Masanet 2020,
"Statistical analysis for predicting location-specific data center PUE and its improvement potential", Energy 201,
117556, and 2022, "Climate- and technology-specific PUE and WUE estimations for U.S. data centers", Resources,
Conservation and Recycling 182, 106323. What air can do without a chiller follows from two balances of the hall (see
`airside`); moist air is that of `pilotzone.site.psychrometrics`. All power is beside 1 kW of IT.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import Result, Table
from pilotzone.site.parameters import Hall, Seawater, Tower, Waterside
from pilotzone.site.psychrometrics import enthalpy, humidity_ratio, saturated_at, wet_bulb

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

__all__ = ["REGIMES", "Cooling", "Weather", "chiller_cop", "heat_of", "seawater", "waterside", "where_needed"]

REGIMES = ("free", "free_with_water", "free_and_chiller", "chiller")
"""What cools: weather alone; weather and water that evaporates into the supply air; weather helped by the chiller; the
chiller alone."""
FREE, WET, PARTIAL, CHILLER = range(4)

WATER_HEAT = 4.2
"""Specific heat of water, kJ / (kg K)."""
AIR_HEAT = 1.01
"""Specific heat of air, kJ / (kg K)."""
_WATER_DENSITY = 1000.0
_AIR_DENSITY = 1.293
"""At 0 degC and `_SEA_LEVEL`, kg / m3."""
_SEA_LEVEL = 101_325.0
KELVIN = 273.15
HOUR = 3600.0


@dataclass(frozen=True, eq=False)
class Weather:
    """Outdoor air.

    Attributes
    ----------
    temp_c, rel_humidity, pressure_pa
        Dry bulb, relative humidity as a share, and pressure, of shapes that broadcast.
    """

    temp_c: Floats
    rel_humidity: Floats
    pressure_pa: Floats


@dataclass(frozen=True, eq=False)
class Cooling(Result):
    """Power and water, hour by hour, beside 1 kW of IT.

    Attributes
    ----------
    power
        Part of the hall to its power, kW: IT is one of them. Shapes broadcast.
    water
        Where water goes to how much of it, litres a kWh of IT.
    regime
        What cools, positions in `REGIMES`.
    """

    power: Mapping[str, Floats]
    water: Mapping[str, Floats]
    regime: NDArray[np.int8]

    @property
    def pue(self) -> Floats:
        """Power of the whole hall beside that of IT."""
        found: Floats = np.asarray(sum(self.power.values()))
        return found

    @property
    def wue(self) -> Floats:
        """Water on the site, litres a kWh of IT."""
        found: Floats = np.asarray(sum(self.water.values()))
        return found

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape that all parts have together."""
        parts = (*self.power.values(), *self.water.values())
        return np.broadcast_shapes(self.regime.shape, *(part.shape for part in parts))

    def hours(self) -> dict[str, int]:
        """Return how many hours each regime cools."""
        regime = np.broadcast_to(self.regime, self.shape)
        return {name: int((regime == k).sum()) for k, name in enumerate(REGIMES)}

    def to_table(self) -> Table:
        """Return means of the parts over the hours: kW of power and litres of water an hour beside 1 kW of IT."""
        shape = self.shape
        mean = [("power", part, float(np.broadcast_to(value, shape).mean())) for part, value in self.power.items()]
        mean += [("water", part, float(np.broadcast_to(value, shape).mean())) for part, value in self.water.items()]
        return Table.from_rows(("what", "part", "mean"), mean, title="Power and water beside 1 kW of IT")


def heat_of(hall: Hall) -> tuple[dict[str, Floats], Floats]:
    """Return power before cooling by part, and the heat that cooling takes away: all of it, kW."""
    parts = _before_cooling(hall.ups_efficiency, hall.distribution_loss, hall.lighting_share)
    return parts, np.asarray(sum(parts.values()))


def heat_before(ups_efficiency: ArrayLike, distribution_loss: ArrayLike, lighting_share: ArrayLike) -> Floats:
    """Return the heat that cooling takes away, kW, which is all power before cooling."""
    return np.asarray(sum(_before_cooling(ups_efficiency, distribution_loss, lighting_share).values()))


def _before_cooling(
    ups_efficiency: ArrayLike, distribution_loss: ArrayLike, lighting_share: ArrayLike
) -> dict[str, Floats]:
    one = np.ones(())
    return {
        "it": one,
        "ups": np.asarray(1 / np.asarray(ups_efficiency) - 1),
        "distribution": np.asarray(np.asarray(distribution_loss) / (1 - np.asarray(distribution_loss))),
        "lighting": np.asarray(lighting_share) * one,
    }


def air_density(temp_c: Floats, pressure_pa: ArrayLike) -> Floats:
    """Return the density of air, kg / m3: the source's relation, of dry air."""
    return np.asarray(_AIR_DENSITY * np.asarray(pressure_pa) / _SEA_LEVEL * KELVIN / (KELVIN + temp_c))


def moved(mass: ArrayLike, pressure: ArrayLike, efficiency: ArrayLike, density: ArrayLike = _WATER_DENSITY) -> Floats:
    """Return the power that moves mass, kg / s, against a pressure, Pa: kW."""
    return np.asarray(np.asarray(mass) * np.asarray(pressure) / (np.asarray(efficiency) * np.asarray(density)) / 1000)


def chiller_cop(condenser_c: ArrayLike, load: ArrayLike, deviation: ArrayLike = 0.0) -> Floats:
    """Return the coefficient of performance of a water-cooled chiller: the source's regression.

    Parameters
    ----------
    condenser_c
        Temperature of the water that cools its condenser, degC.
    load
        Part load, a share.
    deviation
        From the regression, relative.
    """
    t, part = np.asarray(condenser_c, dtype=np.float64), np.asarray(load, dtype=np.float64)
    regression = 16.798751 + 0.008840 * t**2 - 8.528931 * part**2 + 9.885294 * part - 0.760621 * t + 0.084615 * part * t
    return np.asarray(regression * (1 + np.asarray(deviation)))


def latent_heat(temp_c: ArrayLike) -> Floats:
    """Return the heat of vaporisation of water, kJ / kg: the source's relation."""
    temp = np.asarray(temp_c, dtype=np.float64)
    return np.asarray(-0.0013 * temp**2 - 2.3097 * temp + 2500.5)


@dataclass(frozen=True, eq=False)
class TowerWork:
    """What a tower needs to give heat to the air: power by part, kW, and water by part, litres a kWh of IT."""

    power: dict[str, Floats]
    water: dict[str, Floats]


def tower_work(tower: Tower, weather: Weather, heat: Floats) -> TowerWork:
    """Return power and water of a cooling tower.

    Air leaves it saturated, with the heat that it was given: what evaporates is the difference of its humidities. Of
    the rest, blow-down keeps salts at the cycles of concentration, and drift is a share of the water in circulation.
    """
    flow = heat / (WATER_HEAT * np.asarray(tower.delta_t_tower))
    air = flow / np.asarray(tower.liquid_to_gas)
    # Heat a kg of air does not depend on how much heat there is.
    gained = 1000 * WATER_HEAT * np.asarray(tower.delta_t_tower) * np.asarray(tower.liquid_to_gas)
    taken = where_needed(heat > 0, _taken_up, weather.temp_c, weather.rel_humidity, weather.pressure_pa, gained)
    evaporated = air * taken * HOUR
    density = air_density(weather.temp_c, weather.pressure_pa)
    return TowerWork(
        power={
            "tower_pump": moved(flow, tower.tower_pump_pressure, tower.tower_pump_efficiency),
            "tower_fan": moved(air, tower.tower_fan_pressure, tower.tower_fan_efficiency, density),
        },
        water={
            "evaporation": evaporated,
            "blow_down": evaporated / (np.asarray(tower.cycles_of_concentration) - 1),
            "drift": flow * np.asarray(tower.drift_share) * HOUR,
        },
    )


def _taken_up(temp: Floats, share: Floats, pressure: Floats, gained: Floats) -> Floats:
    """Return the water that a kg of air takes up with some heat, J, when it leaves saturated: kg."""
    ratio = humidity_ratio(temp, share, pressure)
    leaving = saturated_at(enthalpy(temp, ratio) + gained, pressure)
    return np.maximum(humidity_ratio(leaving, 1.0, pressure) - ratio, 0.0)


def where_needed(rows: NDArray[np.bool_], find: Callable[..., Floats], *given: ArrayLike) -> Floats:
    """Return what a function finds in some rows, and zero elsewhere; rows and what it is given broadcast."""
    values = [np.asarray(value) for value in given]
    if rows.all():
        return find(*values)
    wanted = np.broadcast_to(rows, np.broadcast_shapes(rows.shape, *(value.shape for value in values)))
    found = np.zeros(wanted.shape)
    if wanted.any():
        found[wanted] = find(*(np.broadcast_to(value, wanted.shape)[wanted] for value in values))
    return found


@dataclass(frozen=True, eq=False)
class _Loop:
    """What both systems with facility water share."""

    power: dict[str, Floats]
    humidifier_water: Floats
    heat: Floats
    supply: Floats
    back: Floats


def _loop(hall: Waterside | Seawater, weather_pressure: Floats) -> _Loop:
    """Return power of the hall and its air handlers, and facility water's heat and temperatures."""
    power, heat = heat_of(hall)
    supply_air = np.asarray(hall.supply_air)
    rise = np.asarray(hall.delta_t_air)
    flow = heat / (AIR_HEAT * rise)
    fan = moved(flow, hall.crac_fan_pressure, hall.crac_fan_efficiency, air_density(supply_air, weather_pressure))
    supply = supply_air + rise - rise / np.asarray(hall.heat_transfer_effectiveness)
    back = supply + np.asarray(hall.delta_t_water)
    # Vapour that condenses on the coil leaves the hall and is given back by the humidifier.
    whole = heat / np.asarray(hall.sensible_heat_ratio)
    condensed = (whole - heat) / latent_heat((supply + back) / 2)
    power |= {
        "crac_fan": fan,
        "humidifier": moved(condensed, hall.humidifier_pump_pressure, hall.humidifier_pump_efficiency),
    }
    return _Loop(power, condensed * HOUR, whole, supply, back)


def _exchanger(hall: Waterside | Seawater, loop: _Loop, cold: Floats) -> tuple[dict[str, Floats], Floats]:
    """Return power of pumps and chiller load, kW, given the temperature that the exchanger could bring water to.

    Facility water passes the exchanger and then the chiller: each pump runs where its part of the loop does something.
    """
    share = np.clip((loop.back - cold) / (loop.back - loop.supply), 0.0, 1.0)
    load = (1 - share) * loop.heat
    flow = loop.heat / (WATER_HEAT * np.asarray(hall.delta_t_water))
    pumps = {
        "economiser_pump": moved(flow, hall.economiser_pump_pressure, hall.economiser_pump_efficiency) * (share > 0),
        "chilled_pump": moved(flow, hall.chilled_pump_pressure, hall.chilled_pump_efficiency) * (share < 1),
    }
    return pumps, load


def _regime(load: Floats, heat: Floats) -> NDArray[np.int8]:
    found = np.where(load <= 0, FREE, np.where(load < heat, PARTIAL, CHILLER))
    return np.asarray(found, dtype=np.int8)


def waterside(hall: Waterside, weather: Weather) -> Cooling:
    """Return power and water of a hall with a water-side economiser.

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
    The tower brings water to the wet bulb and its approach; the exchanger brings facility water to that and its own.
    Where that is no warmer than the supply of facility water, the tower does all; where it is no colder than what comes
    back from the hall, the chiller does; between them shares change along a line.
    """
    loop = _loop(hall, weather.pressure_pa)
    tower_water = wet_bulb(weather.temp_c, weather.rel_humidity, weather.pressure_pa) + np.asarray(hall.tower_approach)
    pumps, load = _exchanger(hall, loop, tower_water + np.asarray(hall.exchanger_approach))
    chiller = load / chiller_cop(tower_water, hall.chiller_load, hall.cop_deviation)
    tower = tower_work(hall, weather, loop.heat + chiller)
    return Cooling(
        power=loop.power | pumps | {"chiller": chiller} | tower.power,
        water={"humidifier": loop.humidifier_water} | tower.water,
        regime=_regime(load, np.broadcast_to(loop.heat, load.shape)),
    )


def seawater(hall: Seawater, sea_c: ArrayLike, pressure_pa: ArrayLike = _SEA_LEVEL) -> Cooling:
    """Return power and fresh water of a hall cooled by the sea.

    Parameters
    ----------
    hall
        Its parameters; arrays of draws broadcast against the hours.
    sea_c
        Temperature of the sea, degC.
    pressure_pa
        Pressure of the air, Pa.
    """
    sea = np.asarray(sea_c, dtype=np.float64)
    loop = _loop(hall, np.asarray(pressure_pa, dtype=np.float64))
    pumps, load = _exchanger(hall, loop, sea + np.asarray(hall.exchanger_approach))
    chiller = load / chiller_cop(sea, hall.chiller_load, hall.cop_deviation)
    flow = (loop.heat + chiller) / (WATER_HEAT * np.asarray(hall.delta_t_sea))
    pump = {"sea_pump": moved(flow, hall.sea_pump_pressure, hall.sea_pump_efficiency)}
    return Cooling(
        power=loop.power | pumps | {"chiller": chiller} | pump,
        water={"humidifier": loop.humidifier_water},
        regime=_regime(load, np.broadcast_to(loop.heat, load.shape)),
    )
