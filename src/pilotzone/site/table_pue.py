"""PUE of the places of a table from their own monthly means, where what is assumed is held at its middle.

One number a place: ranges over what is assumed are what `profile_of` gives for places one by one. Up to `MANY_PLACES`
places the exact model is run; beyond that it is looked up on a grid, which is off by less than `GRID_ERROR`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import Assumptions, DataError
from pilotzone.site.airside import airside
from pilotzone.site.annual import STRIDE, TOWER, published_parameters
from pilotzone.site.climate import hours_of_many
from pilotzone.site.cooling import Weather, waterside
from pilotzone.site.many_places import MANY_PLACES
from pilotzone.site.many_sites import SHARE_STEPS, CoolingGrid, cooling_grid, on_grid
from pilotzone.site.parameters import Airside, CoolingSystem, Seawater, Waterside, example_of
from pilotzone.site.psychrometrics import pressure_at

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["GRID_ERROR", "TableClimates", "TablePue", "pue_of_table"]

GRID_ERROR = 1.5e-3
"""What the mean of a year on the grid is off by at most, as tests hold it."""
_AT_ONCE = 500
"""Places whose hours are held at a time."""
_COLDEST, _WARMEST = -60.0, 50.0
_LOWEST, _HIGHEST = -430.0, 9_000.0


@dataclass(frozen=True, eq=False)
class TableClimates:
    """Climates of S places.

    Attributes
    ----------
    names
        Names of the places.
    monthly_c
        Means of the dry bulb, degC, shape (S, 12).
    height_m
        Shape (S,).
    rel_humidity
        Shares, shape (S,); ``None`` where nobody knows them, so that the middle of what is assumed stands for all.

    Raises
    ------
    DataError
        If a temperature, a height or a humidity cannot be.
    """

    names: tuple[str, ...]
    monthly_c: Floats
    height_m: Floats
    rel_humidity: Floats | None = None

    def __post_init__(self) -> None:
        shares = np.full(len(self.names), 0.5) if self.rel_humidity is None else self.rel_humidity
        for what, values, low, high in (
            ("a monthly mean (degC)", self.monthly_c, _COLDEST, _WARMEST),
            ("the height (m)", self.height_m[:, None], _LOWEST, _HIGHEST),
            ("the relative humidity", shares[:, None], 0.0, 1.0),
        ):
            wrong = np.argwhere(~((values >= low) & (values <= high)))
            if len(wrong):
                place, column = wrong[0].tolist()
                raise DataError(
                    f"{what} of {self.names[place]} is {values[place, column]:g}.", allowed=f"{low:g} to {high:g}"
                )


@dataclass(frozen=True, eq=False)
class TablePue:
    """PUE of S places.

    Attributes
    ----------
    pue
        Means of a year, shape (S,).
    looked_up
        For how many places PUE was looked up on the grid; for the others the exact model was run.
    held
        What is assumed and was held at the middle of its range, name to value.
    """

    pue: Floats
    looked_up: int
    held: dict[str, float]


def pue_of_table(climates: TableClimates, assumptions: Assumptions, system: CoolingSystem = "airside") -> TablePue:
    """Return PUE of each place, mean of a year, with what is assumed at the middle of its range.

    Parameters
    ----------
    climates
        Climates of the places.
    assumptions
        As in `profile_of`; those about single places are not asked.
    system
        Air-side or water-side economiser.

    Raises
    ------
    UsageError
        If something that is needed is not assumed.
    """
    hall, held = _hall(system, assumptions)
    held |= {name: assumptions.of(name).middle for name in ("diurnal_range_k", "day_to_day_sd_k")}
    shares = climates.rel_humidity
    if shares is None:
        held["rel_humidity"] = assumptions.of("rel_humidity").middle
        shares = np.full(len(climates.names), held["rel_humidity"])
    pressure = np.asarray(pressure_at(climates.height_m), dtype=np.float64)
    grid = cooling_grid(hall) if len(climates.names) > MANY_PLACES else None
    found, looked_up = np.empty(len(climates.names)), 0
    for part in np.array_split(np.arange(len(found)), -(-len(found) // _AT_ONCE)):
        temp = hours_of_many(
            climates.monthly_c[part],
            diurnal_range_k=held["diurnal_range_k"],
            day_to_day_sd_k=held["day_to_day_sd_k"],
            stride=STRIDE,
        )
        inside = np.zeros(len(part), dtype=bool) if grid is None else on_grid(temp, pressure[part])
        if grid is not None and inside.any():
            own = part[inside]
            found[own] = _looked_up(grid, temp[inside], shares[own], pressure[own])
            looked_up += len(own)
        for k in np.flatnonzero(~inside).tolist():
            weather = Weather(temp[k], np.array(shares[part[k]]), np.array(pressure[part[k]]))
            run = airside(hall, weather) if isinstance(hall, Airside) else waterside(hall, weather)
            found[part[k]] = float(np.mean(run.pue))
    return TablePue(found, looked_up, held)


def _looked_up(grid: CoolingGrid, temp: Floats, shares: Floats, pressure: Floats) -> Floats:
    """Return means of a year on the grid, on a line between the two humidities that it has beside that of each place.

    Temperatures fall beside the grid's points now above and now below, which evens out over a year. A humidity that is
    the same all year would be off to the same side in each hour.
    """
    below = np.floor(shares * SHARE_STEPS)
    part = shares * SHARE_STEPS - below
    ends = [
        grid.of(temp, np.broadcast_to(at[:, None] / SHARE_STEPS, temp.shape), pressure, hourly=False).mean_pue
        for at in (below, np.minimum(below + 1, SHARE_STEPS))
    ]
    return np.asarray((1 - part) * ends[0] + part * ends[1])


def _hall(system: CoolingSystem, assumptions: Assumptions) -> tuple[Airside | Waterside, dict[str, float]]:
    """Return a hall with what is assumed of it at the middle of its range, and what that is."""
    known = {*published_parameters(system), *TOWER}
    held = {name: entry.middle for name in sorted(known) if (entry := assumptions.get(name)) is not None}
    hall = example_of(system, published_parameters(system), **held)
    assert not isinstance(hall, Seawater)  # noqa: S101 - no table has a sea
    return hall, held
