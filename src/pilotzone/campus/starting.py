"""Where the interior point method begins: feasible for the duals, and half full."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pilotzone.campus.points import Point, Shape

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["first_point"]

_FULL = 0.5
"""Share of its bound that each flow begins with."""
_LEAST = 0.02
"""Least flow and slack, in mean loads."""
_FREE = 0.1
"""Flows without a bound."""
_DUAL = 0.1
"""Duals that nothing else says, in usual prices."""


def first_point(shape: Shape) -> Point:
    """Return a point in the inside.

    Prices of power and water are zero there and each capacity's cost is split between its hours, so that the dual
    equations hold from the first step on wherever costs are not negative; they then hold to the end.
    """
    form, flows, bounded, hours = shape.form, shape.flows, shape.bounded, shape.hours
    x = _capacities(shape)
    above = shape.rooms(x) + form.room
    pos = np.ones((flows + bounded, hours))
    pos[:bounded] = np.maximum(_FULL * above, _LEAST)
    pos[bounded:flows] = _FREE
    pos[flows:] = np.maximum(above - pos[:bounded], _LEAST)
    usual = np.abs(form.cost[form.cost != 0])
    usual_price = min(float(np.median(usual)), 1.0) if usual.size else 1.0
    sought = (form.cap >= 0)[:, None]
    each = np.maximum(_FULL * form.capacity_cost / np.maximum(shape.rooms_back(np.ones((bounded, hours))), 1e-9), 1e-4)
    upper = np.where(sought, each[shape.cap][:, None] if shape.sought else 0.0, _DUAL * usual_price)
    upper = upper * np.ones(hours)
    price = np.full(len(form.amount), _DUAL)
    beyond = form.price[shape.priced]
    price[shape.priced] = np.minimum(price[shape.priced], 0.5 * beyond)
    row = form.cost.copy()
    form.add_limits(row, price)
    row[:bounded] += upper
    # Where a price is negative both duals are raised: their difference stays what the equation asks for.
    short = np.maximum(_DUAL * usual_price - row, 0.0)
    dual = np.concatenate([row + short, upper + short[:bounded]])
    pos, dual = np.where(shape.mask > 0, pos, 1.0), np.where(shape.mask > 0, dual, 1.0)
    room = np.maximum(form.amount - form.totals(pos[:flows] * shape.live), 0.5)
    paid = shape.rooms_back(dual[flows:] * shape.live[:bounded])
    capacity = np.maximum(form.capacity_cost - paid, 0.1 * np.maximum(form.capacity_cost, 0.1))
    left = np.maximum(form.most[shape.capped] - x[shape.capped], 1e-3)
    return Point(
        pos,
        dual,
        np.concatenate([x, left, room, np.ones(len(beyond))]),
        np.concatenate([capacity, np.full(len(left), 0.1), price, beyond - price[shape.priced]]),
        np.zeros(hours),
        np.zeros((len(form.level), hours)),
    )


def _capacities(shape: Shape) -> Floats:
    """Return capacities with which half of all supply is about the load."""
    form, bounded = shape.form, shape.bounded
    if not shape.sought:
        return np.zeros(0)
    one = np.ones(shape.sought)
    given = (form.sign[:bounded] > 0) & (form.cap >= 0)
    have = _FULL * float(shape.rooms(one)[given].sum())  # type: ignore[index]
    need = max(float(form.load.sum()), 0.1 * shape.hours)
    x = one * min(max(need / max(have, 1e-9), 0.1), 100.0)
    return np.asarray(np.minimum(x, np.where(np.isfinite(form.most), 0.5 * form.most, np.inf)))
