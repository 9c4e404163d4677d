"""Hours modelled from monthly means, for places whose hourly weather nobody has at hand; flagged as modelled.

The year is a line from month to month that keeps every monthly mean, a daily wave on it, and days that are colder and
warmer than their month by a normal distribution. Height gives the pressure of the standard atmosphere. There is no
humidity.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import DataError, UsageError
from pilotzone.gather import Climate
from pilotzone.site.psychrometrics import pressure_at

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

__all__ = ["hours_of_many", "modelled_climate"]

_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_WARMEST = 15
"""Hour of the day that is warmest, local solar time."""
_GOLDEN = (np.sqrt(5.0) - 1) / 2


def modelled_climate(
    place: str,
    monthly_c: ArrayLike,
    *,
    height_m: float,
    diurnal_range_k: float,
    day_to_day_sd_k: float,
    source: str,
) -> Climate:
    """Return 8,760 modelled hours with given monthly means.

    Parameters
    ----------
    place
        Its name.
    monthly_c
        Monthly means of the dry bulb, degC, shape (12,).
    height_m
        Height of the place, m.
    diurnal_range_k
        Between the coldest and the warmest hour of a day, K.
    day_to_day_sd_k
        Standard deviation of a day's mean about its month's, K.
    source
        Source of the monthly means.

    Returns
    -------
    Climate
        Flagged as modelled, without humidity. Means of its months are the given ones.

    Raises
    ------
    DataError
        If there are not twelve finite means.
    UsageError
        If the range or the deviation is negative or no number.

    Examples
    --------
    >>> means = [3, 5, 10, 16, 19, 22, 24, 23, 20, 15, 11, 5]
    >>> found = modelled_climate(
    ...     "Guiyang", means, height_m=1_100, diurnal_range_k=8, day_to_day_sd_k=3, source="an example"
    ... )
    >>> found.hours, round(float(found.temp_c[:744].mean()), 9), found.modelled
    (8760, 3.0, True)
    """
    means = np.asarray(monthly_c, dtype=np.float64)
    if means.shape != (12,) or not np.isfinite(means).all():
        raise DataError(f"{place}: monthly means have shape {means.shape}, or gaps.", allowed="twelve numbers, degC")
    for what, value in (("diurnal range", diurnal_range_k), ("day-to-day deviation", day_to_day_sd_k)):
        if not 0 <= value < np.inf:
            raise UsageError(f"{place}: the {what} is {value}.", allowed="a number of kelvin from 0")
    wave, days = _within_months(diurnal_range_k, day_to_day_sd_k)
    temp = _between_months(means) + wave + days
    return Climate(
        place=place,
        temp_c=temp,
        rel_humidity=None,
        pressure_pa=np.full(temp.size, float(pressure_at(height_m))),
        source=source,
        modelled=True,
        height_m=height_m,
        notes=(_note(diurnal_range_k, day_to_day_sd_k),),
    )


def hours_of_many(monthly_c: Floats, *, diurnal_range_k: float, day_to_day_sd_k: float, stride: int) -> Floats:
    """Return every so many hours of `modelled_climate` for S places, shape (S, 12): shape (S, hours), degC."""
    weights, month_means = _hats()
    heights = np.linalg.solve(month_means.T, monthly_c.T).T
    wave, days = _within_months(diurnal_range_k, day_to_day_sd_k)
    return np.asarray(heights @ weights[:, ::stride] + wave[::stride] + days[::stride])


def _within_months(diurnal_range_k: float, day_to_day_sd_k: float) -> tuple[Floats, Floats]:
    """Return by how much each hour differs from the line between months: by a daily wave, and by days that deviate."""
    hours = np.arange(24 * sum(_DAYS))
    wave = diurnal_range_k / 2 * np.cos(2 * np.pi * (hours % 24 - _WARMEST) / 24)
    days = np.repeat(np.concatenate([_deviations(count) for count in _DAYS]), 24) * day_to_day_sd_k
    return wave, days


def _note(diurnal: float, days: float) -> str:
    return f"Hours are modelled from monthly means: a daily range of {diurnal:g} K, days that deviate by {days:g} K."


def _between_months(means: Floats) -> Floats:
    """Return hours on lines between the middles of months, at heights for which every month has its mean."""
    weights, month_means = _hats()
    heights = np.linalg.solve(month_means.T, means)
    found: Floats = heights @ weights
    return found


@lru_cache(maxsize=1)
def _hats() -> tuple[Floats, Floats]:
    """Return the weight of each month's height in each hour, shape (12, hours), and its mean in each month."""
    ends = np.cumsum((0, *_DAYS)) * 24.0
    middles = (ends[:-1] + ends[1:]) / 2
    year = ends[-1]
    at = np.arange(year) + 0.5
    # Hats over the middles, around the turn of the year.
    around = np.concatenate([[middles[-1] - year], middles, [middles[0] + year]])
    hats = np.array([np.interp(at, around, row) for row in np.eye(14)])
    hats[12] += hats[0]
    hats[1] += hats[13]
    weights = hats[1:13]
    starts = ends[:-1].astype(np.int64)
    month_means = np.add.reduceat(weights, starts, axis=1) / np.diff(ends)
    return weights, month_means


@lru_cache(maxsize=3)
def _deviations(days: int) -> Floats:
    """Return normal deviations of the days of a month: quantiles in an order that spreads them, mean zero."""
    from scipy.special import ndtri

    quantiles = ndtri((np.arange(days) + 0.5) / days)
    order = np.argsort(np.argsort((np.arange(1, days + 1) * _GOLDEN) % 1))
    found: Floats = quantiles[order]
    return found / float(np.sqrt((found**2).mean()))
