"""Power and its water: how a region's power is made, what dry years take from its hydro, and what it consumes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import DataError, MethodError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

__all__ = ["LITRES_A_GALLON", "DryYear", "dry_year", "shares_of", "water_of_power"]

LITRES_A_GALLON = 3.785411784
_FEWEST = 6
"""Years below which there is no trend to fall short of."""


@dataclass(frozen=True)
class DryYear:
    """The year in which hydro power fell short of its trend the most.

    Attributes
    ----------
    period
        The year.
    ratio
        Generation beside its trend in that year.
    first, last
        Years that the trend is of.
    share_low, share_high
        Least and greatest share of hydro in all generation over these years.
    """

    period: int
    ratio: float
    first: int
    last: int
    share_low: float
    share_high: float


def shares_of(generation: Mapping[str, float]) -> dict[str, float]:
    """Return the share of each source of power.

    Parameters
    ----------
    generation
        Source to generation, in one unit.

    Raises
    ------
    DataError
        If a figure is negative or missing, or nothing is generated.
    """
    total = float(sum(generation.values()))
    if not np.isfinite(total) or total <= 0 or min(generation.values()) < 0:
        raise DataError(f"generation is {dict(generation)}.", allowed="numbers from 0, not all of them 0")
    return {source: value / total for source, value in generation.items()}


def dry_year(periods: ArrayLike, hydro: ArrayLike, total: ArrayLike) -> DryYear:
    """Return the year in which hydro power fell short of its trend the most.

    Parameters
    ----------
    periods
        Years, shape (T,).
    hydro, total
        Generation of hydro power and of all sources in one unit, shape (T,); years with a gap are left out.

    Raises
    ------
    MethodError
        If fewer than six years have hydro power.

    Notes
    -----
    The trend is a line through the logarithm by least squares, so that building dams is not a wet year.
    """
    year, water, whole = (np.asarray(value, dtype=np.float64) for value in (periods, hydro, total))
    known = np.isfinite(water) & np.isfinite(whole) & (water > 0) & (whole > 0)
    if known.sum() < _FEWEST:
        raise MethodError(
            f"hydro power is known and above zero in {int(known.sum())} years.", allowed=f"{_FEWEST} years or more"
        )
    year, water, whole = year[known], water[known], whole[known]
    slope, level = np.polyfit(year - year.mean(), np.log(water), 1)
    ratio = water / np.exp(level + slope * (year - year.mean()))
    least = int(ratio.argmin())
    share = water / whole
    return DryYear(
        int(year[least]), float(ratio[least]), int(year[0]), int(year[-1]), float(share.min()), float(share.max())
    )


def water_of_power(
    shares: Mapping[str, float], litres_per_kwh: Mapping[str, tuple[float, float]]
) -> tuple[float, float]:
    """Return water that a kWh of power consumes where it is made, litres: a range.

    Parameters
    ----------
    shares
        Source to its share.
    litres_per_kwh
        Source to the range of its consumption.

    Raises
    ------
    DataError
        If a source with a share has no range.
    """
    absent = sorted(source for source, share in shares.items() if share > 0 and source not in litres_per_kwh)
    if absent:
        raise DataError(
            f"water of {', '.join(absent)} power is not known.",
            todo="assume a range for it: it is not left out in silence",
        )
    used = [source for source, share in shares.items() if share > 0]
    low, high = (sum(shares[source] * litres_per_kwh[source][end] for source in used) for end in (0, 1))
    return low, high
