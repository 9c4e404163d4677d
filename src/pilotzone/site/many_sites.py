"""Hourly PUE and WUE of very many sites: the exact model on a grid of weather, looked up hour by hour.

The model is a function of dry bulb, relative humidity and pressure. It is computed once on a grid of the three; a site
has one pressure, so its grid is a mean of two, and each of its hours takes the nearest point. What that costs in
precision is measured in the tests against the exact model, hour by hour and for the mean of a year.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import DataError
from pilotzone.site.airside import airside
from pilotzone.site.cooling import Weather, waterside
from pilotzone.site.parameters import Airside, Waterside

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Singles = NDArray[np.float32]

__all__ = ["SHARE_STEPS", "CoolingGrid", "ManySites", "cooling_grid", "on_grid"]

_COLD, _HOT, _STEP = -45.0, 55.0, 0.25
SHARE_STEPS = 100
"""Steps of relative humidity from 0 to 1."""
_SHARES = SHARE_STEPS + 1
_PRESSURES = 1 / np.linspace(1 / 55_000.0, 1 / 107_000.0, 6)
"""Even in their reciprocals, since the power of fans goes with these."""


@dataclass(frozen=True, eq=False)
class ManySites:
    """What is found of S sites.

    Attributes
    ----------
    pue, wue
        Hour by hour, shape (S, T), single precision; WUE in litres a kWh of IT. ``None`` where means were asked for.
    mean_pue, mean_wue
        Over the hours, shape (S,).
    """

    pue: Singles | None
    wue: Singles | None
    mean_pue: NDArray[np.float64]
    mean_wue: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class CoolingGrid:
    """PUE and WUE of a hall on a grid of pressures, temperatures and humidities.

    Attributes
    ----------
    pue, wue
        Shape (pressures, temperatures times humidities).
    """

    pue: Singles
    wue: Singles

    def of(
        self,
        temp_c: NDArray[np.floating],
        rel_humidity: NDArray[np.floating],
        pressure_pa: NDArray[np.floating],
        *,
        hourly: bool = True,
        threads: int = 2,
    ) -> ManySites:
        """Return PUE and WUE of sites.

        Parameters
        ----------
        temp_c, rel_humidity
            Shape (S, T), degC and shares.
        pressure_pa
            Pressure of each site, shape (S,), Pa.
        hourly
            Whether every hour is kept; else means alone.
        threads
            That work at once.

        Raises
        ------
        DataError
            If shapes do not fit, or a value lies outside the grid: -45 to 55 degC, 0 to 1, 55,000 to 107,000 Pa.
        """
        sites, hours = temp_c.shape
        if rel_humidity.shape != temp_c.shape or pressure_pa.shape != (sites,):
            raise DataError(
                "temperatures, humidities and pressures differ in shape.", allowed="(S, T), (S, T) and (S,)"
            )
        pue = np.empty((sites, hours), np.float32) if hourly else None
        wue = np.empty((sites, hours), np.float32) if hourly else None
        means = np.empty((2, sites))

        def work(part: NDArray[np.int64]) -> None:
            for s in part.tolist():
                own = self._at(float(pressure_pa[s]))
                place = _places(temp_c[s], rel_humidity[s])
                for k, kept in enumerate((pue, wue)):
                    # Clipping is never needed, and spares a copy.
                    found = np.take(own[k], place, out=None if kept is None else kept[s], mode="clip")
                    means[k, s] = found.mean()

        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(work, np.array_split(np.arange(sites), threads)))
        return ManySites(pue, wue, means[0], means[1])

    def _at(self, pressure: float) -> tuple[Singles, Singles]:
        """Return both tables at a pressure, by the two nearest."""
        if not _PRESSURES[0] <= pressure <= _PRESSURES[-1]:
            raise DataError(f"a pressure is {pressure:g} Pa.", allowed=f"{_PRESSURES[0]:g} to {_PRESSURES[-1]:g} Pa")
        above = min(int(np.searchsorted(_PRESSURES, pressure, side="right")), len(_PRESSURES) - 1)
        low_end, high_end = 1 / _PRESSURES[above - 1], 1 / _PRESSURES[above]
        share = np.float32((1 / pressure - low_end) / (high_end - low_end))
        low, high = (
            (table[above - 1] for table in (self.pue, self.wue)),
            (table[above] for table in (self.pue, self.wue)),
        )
        pue, wue = (one + share * (other - one) for one, other in zip(low, high, strict=True))
        return pue, wue


def cooling_grid(hall: Airside | Waterside) -> CoolingGrid:
    """Return the grid of a hall, whose parameters are numbers.

    Notes
    -----
    The model is computed at every second temperature and humidity, and laid between them along lines.
    """
    temp = np.arange(_COLD, _HOT + _STEP, 2 * _STEP)
    share = np.linspace(0.0, 1.0, (_SHARES + 1) // 2)
    at, humid = np.meshgrid(temp, share, indexing="ij")
    shape = (len(_PRESSURES), *at.shape)
    weather = Weather(
        np.broadcast_to(at, shape).ravel(),
        np.broadcast_to(humid, shape).ravel(),
        np.broadcast_to(_PRESSURES[:, None, None], shape).ravel(),
    )
    found = airside(hall, weather) if isinstance(hall, Airside) else waterside(hall, weather)
    tables = [np.broadcast_to(value, weather.temp_c.shape).reshape(shape) for value in (found.pue, found.wue)]
    pue, wue = (_between(part).reshape(len(_PRESSURES), -1).astype(np.float32) for part in tables)
    return CoolingGrid(pue, wue)


def on_grid(temp_c: NDArray[np.floating], pressure_pa: NDArray[np.floating]) -> NDArray[np.bool_]:
    """Return which of S sites the grid covers in all hours, given shapes (S, T) and (S,)."""
    warm = (temp_c.min(axis=1) >= _COLD) & (temp_c.max(axis=1) <= _HOT)
    return np.asarray(warm & (pressure_pa >= _PRESSURES[0]) & (pressure_pa <= _PRESSURES[-1]))


def _between(table: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a table with a point between each two, along both of its last axes."""
    for axis in (1, 2):
        size = table.shape[axis]
        whole = np.empty([2 * n - 1 if k == axis else n for k, n in enumerate(table.shape)])
        even, odd = [slice(None)] * 3, [slice(None)] * 3
        even[axis], odd[axis] = slice(0, None, 2), slice(1, None, 2)
        whole[tuple(even)] = table
        left, right = table.take(np.arange(size - 1), axis), table.take(np.arange(1, size), axis)
        whole[tuple(odd)] = (left + right) / 2
        table = whole
    return table


def _places(temp: NDArray[np.floating], share: NDArray[np.floating]) -> NDArray[np.intp]:
    """Return the nearest point of each hour."""
    if not (temp.min() >= _COLD and temp.max() <= _HOT and share.min() >= 0 and share.max() <= 1):
        raise DataError(
            f"weather from {temp.min():g} to {temp.max():g} degC, {share.min():g} to {share.max():g}, is off the grid.",
            allowed=f"{_COLD:g} to {_HOT:g} degC, shares from 0 to 1",
        )
    row = np.floor(temp * (1 / _STEP) + (0.5 - _COLD / _STEP))
    row *= _SHARES
    # Whole numbers up to the size of the grid are exact in single precision.
    row += np.floor(share * (_SHARES - 1) + 0.5)
    found: NDArray[np.intp] = np.asarray(row, dtype=np.intp)
    return found
