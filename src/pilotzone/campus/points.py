"""A point of the interior point method, what its equations miss there, and what never changes from step to step."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.campus.form import Form

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Point", "Residuals", "Shape"]

_ROUNDING = 1e-14
"""Residuals of flows that are left alone."""


@dataclass(eq=False)
class Point:
    """Where the method stands, or a step from there.

    Attributes
    ----------
    pos, dual
        y above v, and their duals, (J + B, N).
    small, small_dual
        x, s, w, u one after the other, and their duals.
    power, water
        Duals of balances, (N,), and of stores, (S, N).
    """

    pos: Floats
    dual: Floats
    small: Floats
    small_dual: Floats
    power: Floats
    water: Floats

    def copy(self) -> Point:
        """Return a copy."""
        return Point(*(part.copy() for part in vars(self).values()))

    def move(self, step: Point, primal: float, dual: float) -> None:
        """Go along a step."""
        self.pos += primal * step.pos
        self.small += primal * step.small
        self.dual += dual * step.dual
        self.small_dual += dual * step.small_dual
        self.power += dual * step.power
        self.water += dual * step.water


class Shape:
    """What stays the same from step to step: sizes, slices, and which flows can be above zero."""

    def __init__(self, form: Form) -> None:
        self.form = form
        self.flows, self.hours = form.cost.shape
        self.bounded = form.bounded
        self.sought, self.limits = len(form.most), form.limit_of.shape[1]
        self.capped = np.flatnonzero(np.isfinite(form.most))
        self.priced = np.flatnonzero(np.isfinite(form.price))
        ends = np.cumsum([0, self.sought, len(self.capped), len(form.amount), len(self.priced)]).tolist()
        self.x, self.s, self.w, self.u = (slice(a, b) for a, b in pairwise(ends))
        self.live = form.live.astype(np.float64)
        self.mask = np.vstack([self.live, self.live[: self.bounded]])
        self.whole = bool(self.live.all())
        self.count = int(self.mask.sum()) + ends[-1]
        self.avail = form.avail * (form.cap >= 0)[:, None] * self.live[: self.bounded]
        self.cap = np.maximum(form.cap, 0)
        years = form.years
        capacities = np.broadcast_to(np.arange(self.sought), (years, self.sought))
        self.border = np.concatenate([capacities, self.sought + form.limit_of], axis=1)

    def rooms(self, x: Floats) -> Floats | float:
        """Return what capacities let through, (B, N)."""
        return self.avail * x[self.cap][:, None] if self.sought else 0.0

    def rooms_back(self, values: Floats) -> Floats:
        """Return the transpose of `rooms`, (K,)."""
        sums = np.einsum("jt,jt->j", self.avail, values)
        return np.bincount(self.cap, sums, minlength=self.sought)[: self.sought].astype(np.float64)

    def gap(self, pos: Floats, dual: Floats, small: Floats, small_dual: Floats) -> float:
        """Return the sum of products."""
        if self.whole:
            return float(np.einsum("jt,jt->", pos, dual)) + float(small @ small_dual)
        return float(np.einsum("jt,jt,jt->", pos, dual, self.mask)) + float(small @ small_dual)


@dataclass(frozen=True, eq=False)
class Residuals:
    """What is missing from each equation; ``None`` where it is rounding."""

    balance: Floats
    store: Floats
    limit: Floats
    upper: Floats | None
    flow: Floats | None
    capacity: Floats
    most: Floats
    primal: float
    dual: float

    @classmethod
    def at(cls, shape: Shape, point: Point) -> Residuals:
        """Return the residuals at a point."""
        form, flows, bounded = shape.form, shape.flows, shape.bounded
        y, v = point.pos[:flows], point.pos[flows:]
        lower, upper = point.dual[:flows], point.dual[flows:]
        flow = y if shape.whole else y * shape.live
        x, price = point.small[shape.x], point.small_dual[shape.w]
        limit = form.amount - form.totals(flow) - point.small[shape.w]
        limit[shape.priced] += point.small[shape.u]
        store = form.inflow - form.kept(flow) if len(form.level) else np.zeros((0, shape.hours))
        above = shape.rooms(x) + form.room
        above -= y[:bounded]
        above -= v
        cost = form.prices_of(point.power, point.water)
        cost -= form.cost
        form.add_limits(cost, -price)
        cost += lower
        cost[:bounded] -= upper
        if not shape.whole:
            above *= shape.live[:bounded]
            cost *= shape.live
        capacity = shape.rooms_back(upper) + point.small_dual[shape.x] - form.capacity_cost
        capacity[shape.capped] -= point.small_dual[shape.s]
        most = form.most[shape.capped] - x[shape.capped] - point.small[shape.s]
        balance = form.load - form.balance(flow)
        tops = [float(np.abs(part).max(initial=0.0)) for part in (above, cost)]
        primal = max(tops[0], *(float(np.abs(part).max(initial=0.0)) for part in (balance, store, limit, most)))
        dual = max(tops[1], float(np.abs(capacity).max(initial=0.0)))
        return cls(
            balance, store, limit,
            above if tops[0] > _ROUNDING else None, cost if tops[1] > _ROUNDING else None,
            capacity, most, primal, dual,
        )  # fmt: skip
