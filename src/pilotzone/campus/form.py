"""A supply problem as arrays: rows of flows, what bounds them, what they do to the balance, stores and limits.

Of J rows, N hours (of all years, one after the other), S stores, K capacities that are sought and L limits:

- least ``capacity_cost @ x + (cost * y).sum() + price @ u``;
- ``sign @ y = load``; of each store ``y[level] - keep * y[level] an hour before = into @ y + inflow``, in a circle in
  each year, a level being energy over the length of a period;
- ``0 <= y[j] <= avail[j] * x[cap[j]] + room[j]`` for the first `bounded` rows, ``0 <= y[j]`` for the others;
- ``sum of effects on y <= amount + u`` in each row of a limit; ``0 <= x <= most``, ``0 <= u``.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]
    Integers = NDArray[np.int64]

__all__ = ["UNSERVED", "Form", "Row"]

UNSERVED = "unserved"
_NOTHING = 1e-7
"""Availability and MW below which a solver takes a flow for none; plans and bounds count it."""


@dataclass(frozen=True)
class Row:
    """What a row of flows is: the part it belongs to, and its role there."""

    part: str
    role: str


@dataclass(frozen=True, eq=False)
class Form:
    """The arrays; see the module.

    Attributes
    ----------
    rows
        What each row is, J.
    years, step_h
        Weather years, and length of a period.
    load
        (N,).
    sign
        Sign of each flow in the balance, (J,).
    into
        What each row brings to each store, (S, J).
    level
        Row of each store's level, (S,).
    keep
        Share that a level keeps over a period, (S,).
    inflow
        (S, N).
    cost
        Cost of a MW over a period, weighted by year, (J, N).
    bounded
        Number of rows with an upper bound: the first ones.
    avail, room
        What bounds them, (bounded, N).
    cap
        Capacity of each of them, -1 for none, (bounded,).
    capacities
        Part and role of each capacity, K.
    least, most, capacity_cost
        Least, most and capacity cost of each, beside what is in `room`: capacity is `least + x`, ``0 <= x <= most``,
        (K,).
    constant
        Cost of what is given.
    effects
        Limit, row, and effect of a MW over a period on the limit, (N,).
    limit_of
        Row of the limits (of `amount`) that each limit has in each year, (years, L).
    amount, price, turned
        Bound of each row of the limits, price beyond it (infinite for none), and -1 where it was "at least"; (R,).
    """

    rows: tuple[Row, ...]
    years: int
    step_h: float
    load: Floats
    sign: Floats
    into: Floats
    level: Integers
    keep: Floats
    inflow: Floats
    cost: Floats
    bounded: int
    avail: Floats
    room: Floats
    cap: Integers
    capacities: tuple[Row, ...]
    least: Floats
    most: Floats
    capacity_cost: Floats
    constant: float
    effects: tuple[tuple[int, int, Floats], ...]
    limit_of: Integers
    amount: Floats
    price: Floats
    turned: Floats

    @property
    def hours(self) -> int:
        """Periods of all years together."""
        return len(self.load)

    @cached_property
    def live(self) -> Bools:
        """Which flows can be above zero, (J, N): what has no room is left out of all sums."""
        live = np.ones(self.cost.shape, dtype=bool)
        sought = (self.cap >= 0)[:, None]
        live[: self.bounded] = (self.room > _NOTHING) | (sought & (self.avail > _NOTHING))
        for store in range(len(self.level)):
            rows = np.append(np.flatnonzero(self.into[store]), self.level[store])
            live[rows] &= ~self.asleep[store]
        return live

    @cached_property
    def asleep(self) -> Bools:
        """Which stores have nothing to give: what is only filled by inflow, in years without any; (S, N)."""
        fed = np.any(self.into > 0, axis=1)[:, None]
        by_year = self.inflow.reshape(len(self.level), self.years, self.hours // self.years).any(axis=2)
        return np.repeat(~(fed | by_year), self.hours // self.years, axis=1)

    def upper(self, x: Floats) -> Floats:
        """Return upper bounds at some capacities, (bounded, N)."""
        if len(x) == 0:
            return self.room
        chosen = np.where(self.cap >= 0, x[self.cap], 0.0)
        return np.asarray(self.avail * chosen[:, None] + self.room)

    def to_capacities(self, values: Floats) -> Floats:
        """Return what values of bounded rows add up to for each capacity: the transpose of `upper`, (K,)."""
        sums = np.einsum("jt,jt->j", self.avail, values)
        sought = self.cap >= 0
        return np.bincount(self.cap[sought], sums[sought], minlength=len(self.most)).astype(np.float64)

    def before(self, level: Floats) -> Floats:
        """Return the level an hour before, in a circle in each year; the last axis is hours."""
        by_year = level.reshape(*level.shape[:-1], self.years, self.hours // self.years)
        return np.roll(by_year, 1, axis=-1).reshape(level.shape)

    def after(self, level: Floats) -> Floats:
        """Return the level an hour after, in a circle in each year."""
        by_year = level.reshape(*level.shape[:-1], self.years, self.hours // self.years)
        return np.roll(by_year, -1, axis=-1).reshape(level.shape)

    def balance(self, y: Floats) -> Floats:
        """Return what is given less what is taken, (N,)."""
        return np.asarray(self.sign @ y)

    def kept(self, y: Floats) -> Floats:
        """Return what each store's row comes to without inflow, (S, N)."""
        levels = y[self.level]
        return np.asarray(levels - self.keep[:, None] * self.before(levels) - self.into @ y)

    def prices_of(self, power: Floats, water: Floats) -> Floats:
        """Return the transpose of `balance` and `kept`, (J, N)."""
        found = self.sign[:, None] * power
        if len(self.level):
            found -= self.into.T @ water
            found[self.level] += water - self.keep[:, None] * self.after(water)
        return found

    def totals(self, y: Floats) -> Floats:
        """Return what each row of the limits comes to, (R,)."""
        found = np.zeros(len(self.amount))
        for limit, row, effect in self.effects:
            by_year = (effect * y[row]).reshape(self.years, -1).sum(axis=1)
            np.add.at(found, self.limit_of[:, limit], by_year)
        return found

    def add_limits(self, to: Floats, prices: Floats) -> None:
        """Add the transpose of `totals` to an array (J, N)."""
        for limit, row, effect in self.effects:
            per_year = prices[self.limit_of[:, limit]]
            to[row] += effect * (per_year[0] if self.years == 1 else np.repeat(per_year, self.hours // self.years))

    def value(self, y: Floats, x: Floats) -> float:
        """Return the cost of a dispatch and capacities, with what goes beyond priced limits."""
        beyond = np.maximum(self.totals(y) - self.amount, 0.0)
        priced = np.isfinite(self.price)
        extra = float(self.price[priced] @ beyond[priced])
        return float(np.vdot(self.cost, y)) + float(self.capacity_cost @ x) + extra + self.constant
