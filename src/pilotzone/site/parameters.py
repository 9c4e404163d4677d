"""What a hall and its cooling are made of: parameters of three systems.

Names and example values are those of Lei and Masanet 2020, "Statistical analysis for predicting location-specific data
center PUE and its improvement potential", Energy 201, 117556. Their examples hold no figure for what a cooling tower
drains and loses as drops; these two have no default.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from pilotzone.core import UsageError, check_choice

__all__ = ["Airside", "CoolingSystem", "Hall", "Parameter", "Seawater", "Tower", "Waterside", "example_of"]

CoolingSystem = Literal["airside", "waterside", "seawater"]
"""Air-side economiser with adiabatic cooling; water-side economiser; seawater."""

Parameter = float | NDArray[np.float64]
"""A number, or an array of draws that broadcasts against the hours."""

_SHARES = {"lighting_share", "sensible_heat_ratio", "chiller_load", "heat_transfer_effectiveness", "drift_share"}
_ANY_SIGN = {"cop_deviation", "supply_air", "supply_air_min", "supply_air_max"}
_DEW_POINTS = {"supply_dew_point_min", "supply_dew_point_max"}


@dataclass(frozen=True, kw_only=True)
class Hall:
    """What all systems have: power into the hall, air through the racks, and a chiller for what weather cannot do.

    Attributes
    ----------
    ups_efficiency
        Efficiency of the uninterruptible supply.
    distribution_loss
        Share of power that distribution loses.
    lighting_share
        Lighting beside the power of IT.
    delta_t_air, delta_t_water
        Rise of air over the racks and of facility water, K.
    crac_fan_pressure, crac_fan_efficiency
        Pressure, Pa, and efficiency, a share, of the air handlers' fans.
    humidifier_pump_pressure, humidifier_pump_efficiency
        Pa and a share.
    chilled_pump_pressure, chilled_pump_efficiency
        Pressure, Pa, and efficiency, a share, of the chilled water's pump.
    chiller_load
        Part load of the chiller.
    cop_deviation
        Deviation of the chiller's coefficient of performance from the regression, relative.

    Raises
    ------
    UsageError
        If a value is not a finite number, is not above zero, or an efficiency or a share is above one.
    """

    ups_efficiency: Parameter
    distribution_loss: Parameter
    lighting_share: Parameter
    delta_t_air: Parameter
    delta_t_water: Parameter
    crac_fan_pressure: Parameter
    crac_fan_efficiency: Parameter
    humidifier_pump_pressure: Parameter
    humidifier_pump_efficiency: Parameter
    chilled_pump_pressure: Parameter
    chilled_pump_efficiency: Parameter
    chiller_load: Parameter
    cop_deviation: Parameter

    def __post_init__(self) -> None:
        for item in fields(self):
            _check(item.name, getattr(self, item.name))


@dataclass(frozen=True, kw_only=True)
class Tower(Hall):
    """A hall whose chiller gives its heat to a cooling tower.

    Attributes
    ----------
    delta_t_tower
        Range of the tower's water, K.
    tower_fan_pressure, tower_fan_efficiency, tower_pump_pressure, tower_pump_efficiency
        Pa and shares.
    tower_approach
        How near the tower's water comes to the wet bulb, K.
    liquid_to_gas
        Mass of water to mass of air through the tower.
    cycles_of_concentration
        Salts in the tower's water beside those of the water let in: what evaporates divided by this less one is
        drained.
    drift_share
        Share of the tower's water that air carries off as drops.
    """

    delta_t_tower: Parameter
    tower_fan_pressure: Parameter
    tower_fan_efficiency: Parameter
    tower_pump_pressure: Parameter
    tower_pump_efficiency: Parameter
    tower_approach: Parameter
    liquid_to_gas: Parameter
    cycles_of_concentration: Parameter
    drift_share: Parameter

    def __post_init__(self) -> None:
        super().__post_init__()
        if (np.asarray(self.cycles_of_concentration) <= 1).any():
            raise UsageError(
                f"cycles_of_concentration is {self.cycles_of_concentration}.",
                allowed="more than one",
                todo="often 3 to 7",
            )


@dataclass(frozen=True, kw_only=True)
class Airside(Tower):
    """Outdoor air through the hall, cooled by water that evaporates into it, with a chiller for the rest.

    Attributes
    ----------
    supply_air_min, supply_air_max
        Bounds of the air that racks are given, degC.
    supply_dew_point_min, supply_dew_point_max
        Bounds of its dew point, degC.
    supply_rh_min, supply_rh_max
        Bounds of its relative humidity, shares.
    """

    supply_air_min: Parameter
    supply_air_max: Parameter
    supply_dew_point_min: Parameter
    supply_dew_point_max: Parameter
    supply_rh_min: Parameter
    supply_rh_max: Parameter

    def __post_init__(self) -> None:
        super().__post_init__()
        for what in ("supply_air", "supply_dew_point", "supply_rh"):
            low, high = np.asarray(getattr(self, f"{what}_min")), np.asarray(getattr(self, f"{what}_max"))
            if (low >= high).any():
                raise UsageError(f"{what}_min is not below {what}_max.", allowed="a lower bound below the upper")


@dataclass(frozen=True, kw_only=True)
class _Water(Hall):
    """Facility water, cooled in a heat exchanger when the weather allows it.

    Attributes
    ----------
    supply_air
        Set point of the air that racks are given, degC.
    economiser_pump_pressure, economiser_pump_efficiency
        Pressure, Pa, and efficiency, a share, of the pump through the heat exchanger.
    exchanger_approach
        How near facility water comes to the cold side, K.
    heat_transfer_effectiveness
        Air to facility water.
    sensible_heat_ratio
        Share of the heat that the coil takes as a fall of temperature; the rest is vapour that condenses on it and
        that the humidifier gives back.
    """

    supply_air: Parameter
    economiser_pump_pressure: Parameter
    economiser_pump_efficiency: Parameter
    exchanger_approach: Parameter
    heat_transfer_effectiveness: Parameter
    sensible_heat_ratio: Parameter


@dataclass(frozen=True, kw_only=True)
class Waterside(_Water, Tower):
    """A tower that cools facility water without the chiller when the wet bulb is low enough."""


@dataclass(frozen=True, kw_only=True)
class Seawater(_Water):
    """Seawater that cools facility water, and the chiller's condenser when it is too warm for that.

    Attributes
    ----------
    delta_t_sea
        Rise of seawater, K.
    sea_pump_pressure, sea_pump_efficiency
        Pa and a share.
    """

    delta_t_sea: Parameter
    sea_pump_pressure: Parameter
    sea_pump_efficiency: Parameter


_KINDS: dict[str, type[Airside | Waterside | Seawater]] = {
    "airside": Airside,
    "waterside": Waterside,
    "seawater": Seawater,
}


def example_of(
    system: CoolingSystem, published: dict[str, float], **others: Parameter
) -> Airside | Waterside | Seawater:
    """Return parameters of a system from the published examples, with others instead or besides.

    Parameters
    ----------
    system
        Which one.
    published
        Parameter to value, with the source's names.
    **others
        Parameters that stand instead of published ones, or that the source does not give.

    Raises
    ------
    UsageError
        If the system is unknown, or a parameter is missing, unknown or out of range.
    """
    check_choice(system, CoolingSystem, "cooling system")
    kind = _KINDS[system]
    side = "sea" if system == "seawater" else "tower"
    known = {item.name for item in fields(kind)}
    given: dict[str, Parameter] = {key.replace("tower_or_sea", side): value for key, value in published.items()}
    given = {key: value for key, value in given.items() if key in known} | others
    odd, left = sorted(set(given) - known), sorted(known - set(given))
    if odd or left:
        what = f"has no parameter {', '.join(odd)}" if odd else f"lacks {', '.join(left)}"
        raise UsageError(f"the {system} system {what}.", allowed=", ".join(sorted(known)))
    return kind(**given)


def _check(name: str, value: Parameter) -> None:
    found = np.asarray(value, dtype=np.float64)
    if not np.isfinite(found).all():
        raise UsageError(f"{name} is {value}.", allowed="finite numbers")
    share = name in _SHARES or name.endswith("_efficiency") or name.startswith("supply_rh")
    if name in _ANY_SIGN or name in _DEW_POINTS:
        low, high = (-1.0, np.inf) if name == "cop_deviation" else (-60.0, 60.0)
    else:
        low, high = 0.0, 1.0 if share or name == "distribution_loss" else np.inf
    zero_is_fine = name in {"lighting_share", "distribution_loss", "drift_share", "supply_rh_min"} or low < 0
    if (found < low).any() or (found > high).any() or (not zero_is_fine and (found == 0).any()):
        bound = f"from {low:g}" if zero_is_fine else "above 0"
        raise UsageError(f"{name} is {value}.", allowed=bound + (f" to {high:g}" if np.isfinite(high) else ""))
