"""Loss of load of units that fail more in heat and drought: rates of every hour, by convolution in every hour.

Given heat and drought, units fail independently of one another. What makes several fail at once is in their rates.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.campus.given import number, numbers, probability
from pilotzone.campus.outages import LossOfLoad, Unit, grid_of, lost_at, shortage_of
from pilotzone.core import Brief

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

__all__ = ["StressedRate", "StressedUnit", "linear_rate", "loss_under_stress"]

StressedRate = Callable[["Floats", float], "Floats"]
"""Outage rates of hours from their temperatures, degC, shape (hours,), and the year's factor of water."""
_AT_ONCE = 2_000_000
"""Cells of tables that are held at once."""


@dataclass(frozen=True, eq=False)
class StressedUnit(Brief):
    """Units whose outage rate follows heat and drought.

    Attributes
    ----------
    unit
        The units; their own rate is not used.
    rate
        Rates of hours from temperatures and the year's factor of water.
    """

    unit: Unit
    rate: StressedRate


def linear_rate(
    base: float, *, per_kelvin: float = 0.0, above_c: float = 30.0, per_dryness: float = 0.0
) -> StressedRate:
    """Return rates that rise with heat above a temperature and with dryness, each along a line.

    Parameters
    ----------
    base
        Outage rate without either.
    per_kelvin
        What a kelvin above `above_c` adds: an assumption.
    above_c
        Temperature, degC, from which heat counts.
    per_dryness
        What a year without any water would add; half of that at a factor of one half.
    """
    probability(base, "outage rate")
    number(per_kelvin, "what a kelvin adds to the outage rate")
    number(per_dryness, "what dryness adds to the outage rate")

    def rate(temp_c: Floats, factor: float) -> Floats:
        return base + per_kelvin * np.maximum(temp_c - above_c, 0.0) + per_dryness * max(1.0 - factor, 0.0)

    return rate


def loss_under_stress(
    units: Sequence[StressedUnit],
    load_mw: ArrayLike,
    *,
    temp_c: ArrayLike,
    factor: float = 1.0,
    firm_mw: ArrayLike = 0.0,
) -> LossOfLoad:
    """Return loss of load of units whose rates differ by hour, by convolution in every hour.

    Parameters
    ----------
    units
        With their rates. Given heat and drought they fail independently; what they have in common is in the rates.
    load_mw, temp_c
        MW and degC, shape (hours,).
    factor
        Factor of the year's water.
    firm_mw
        What other supply gives, MW, one or one for each hour.

    Raises
    ------
    DataError
        If a rate is negative, or with the derated states above one.
    """
    load = numbers(load_mw, "load, MW", low=0.0)
    temp = numbers(temp_c, "temperature, degC", low=-90.0, high=60.0, size=load.shape[-1])
    left = load - numbers(firm_mw, "firm supply, MW", low=0.0)
    step, _ = grid_of([item.unit for item in units])
    rates = np.stack([_rates(item, temp, number(factor, "factor of the year")) for item in units], axis=1)
    different, row = np.unique(rates, axis=0, return_inverse=True)
    lost, unserved = np.empty(left.shape), np.empty(left.shape)
    width = 1 + sum(round(item.unit.capacity_mw / step) * item.unit.count for item in units)
    rows_at_once = max(1, _AT_ONCE // width)
    for begin in range(0, len(different), rows_at_once):
        part = different[begin : begin + rows_at_once]
        tables = _tables(units, part, step, width)
        here = np.flatnonzero((row >= begin) & (row < begin + len(part)))
        capacity = np.arange(width) * np.float64(step)
        at_most = np.asarray(np.minimum(np.cumsum(tables, axis=1), 1.0), dtype=np.float64)
        short = shortage_of(capacity, at_most)
        lost[here], unserved[here] = lost_at(capacity, at_most, short, row[here] - begin, left[here])
    return LossOfLoad(lost, unserved, float(load.sum()))


def _rates(item: StressedUnit, temp: Floats, factor: float) -> Floats:
    found = np.broadcast_to(np.asarray(item.rate(temp, factor), dtype=np.float64), temp.shape)
    most = 1 - sum(chance for _, chance in item.unit.derated)
    return numbers(found, f"outage rate of {item.unit.name!r} under heat and drought", low=0.0, high=most)


def _tables(units: Sequence[StressedUnit], rates: Floats, step: float, width: int) -> Floats:
    """Return probabilities of capacities under each row of rates, shape (rows, width)."""
    found = np.zeros((len(rates), width))
    found[:, 0] = 1.0
    used = 1
    for k, item in enumerate(units):
        derated = [(round(mw / step), np.full(len(rates), chance)) for mw, chance in item.unit.derated]
        whole = 1 - rates[:, k] - sum(chance for _, chance in item.unit.derated)
        states = [(0, rates[:, k]), *derated, (round(item.unit.capacity_mw / step), np.maximum(whole, 0.0))]
        reach = max(cell for cell, _ in states)
        for _ in range(item.unit.count):
            before = found[:, :used].copy()
            found[:, :used] = 0.0
            for cell, chance in states:
                found[:, cell : cell + used] += chance[:, None] * before
            used += reach
    return found
