"""Cooling of one hall hour by hour: what is assumed stands at the middle of its range."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import Assumptions, MethodError, UsageError
from pilotzone.gather import Climate
from pilotzone.site.airside import airside
from pilotzone.site.annual import TOWER, published_parameters
from pilotzone.site.climate import modelled_climate
from pilotzone.site.cooling import Cooling, Weather, waterside
from pilotzone.site.parameters import Airside, CoolingSystem, Waterside, example_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["hourly_cooling", "middle_climate"]

_COLDEST, _WARMEST = -90.0, 60.0


def middle_climate(place: str, monthly_c: Floats, assumptions: Assumptions, *, source: str) -> Climate:
    """Return modelled hours of a place from monthly means, with height and variation at the middles of their ranges.

    Parameters
    ----------
    place
        Its name in the assumptions.
    monthly_c
        Monthly means, degC, shape (12,).
    assumptions
        Assumptions on height_m, diurnal_range_k and day_to_day_sd_k.
    source
        Source of the monthly means.

    Raises
    ------
    UsageError
        If one of them is not assumed.
    """
    return modelled_climate(
        place,
        monthly_c,
        height_m=assumptions.of("height_m", place).middle,
        diurnal_range_k=assumptions.of("diurnal_range_k", place).middle,
        day_to_day_sd_k=assumptions.of("day_to_day_sd_k", place).middle,
        source=source,
    )


def hourly_cooling(
    system: CoolingSystem, climate: Climate, assumptions: Assumptions, *, place: str = "", shift_k: Floats | float = 0.0
) -> Cooling:
    """Return power and water of a hall in every hour, whose means are PUE and WUE.

    Parameters
    ----------
    system
        Air-side or water-side economiser.
    climate
        Hours.
    assumptions
        Assumptions on parameters of the hall, and of rel_humidity where nobody measured it: the middles of their ranges
        stand.
    place
        Name of the place in the assumptions.
    shift_k
        How much warmer each hour is than in the weather, K, one number or shape (hours,), for hot summers. Relative
        humidity stays, so that warmer air is moister.

    Raises
    ------
    MethodError
        If the system needs the sea.
    UsageError
        If a parameter has neither a published value nor an assumption, or a temperature leaves the range of weather.
    """
    if system == "seawater":
        raise MethodError("the temperature of the sea is in no weather file.", allowed="airside, waterside")
    published = published_parameters(system)
    assumed = {name: assumptions.get(name, place) for name in sorted({*published, *TOWER})}
    hall = example_of(system, published, **{name: entry.middle for name, entry in assumed.items() if entry is not None})
    temp = climate.temp_c + shift_k
    if not ((temp >= _COLDEST) & (temp <= _WARMEST)).all():
        raise UsageError(
            f"temperatures reach from {temp.min():.1f} to {temp.max():.1f} degC.",
            allowed=f"{_COLDEST:g} to {_WARMEST:g} degC",
        )
    humidity = climate.rel_humidity
    if humidity is None:
        humidity = np.full(climate.hours, assumptions.of("rel_humidity", place).middle)
    weather = Weather(temp, humidity, climate.pressure_pa)
    if isinstance(hall, Airside):
        return airside(hall, weather)
    assert isinstance(hall, Waterside)  # noqa: S101 - the sea was refused above
    return waterside(hall, weather)
