"""Loss of load from units that fail: the capacity outage probability table, by convolution.

Billinton and Allan 1996, "Reliability Evaluation of Power Systems", chapters 2 and 3. Units fail independently of one
another; what makes several fail at once, such as heat or drought, enters through their rates (see `stress`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.campus.given import as_whole, number, numbers, probability
from pilotzone.core import Brief, Result, Table, UsageError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

__all__ = ["LOSS_MW", "LossOfLoad", "OutageTable", "Unit", "daily_peaks", "k_of_n", "loss_of_load", "outage_table"]

LOSS_MW = 1e-6
"""Load is lost where capacity is below load by more than this: hours whose load equals a sum of units are ties that
rounding would decide otherwise."""
_MOST_CELLS = 200_000
_ROUNDING = 1e-12
"""Rounding of a sum of probabilities that should be one."""


@dataclass(frozen=True)
class Unit(Brief):
    """Units of one kind that fail independently.

    Attributes
    ----------
    name
        Name of the kind.
    capacity_mw
        Capacity of one unit, MW.
    outage_rate
        Probability that a unit is out at an hour when it is called (forced outage rate).
    count
        How many there are.
    derated
        States between: available MW and probability of each.

    Raises
    ------
    UsageError
        If a probability is negative or above 1, all together exceed 1, or a derated state is not below capacity.

    Examples
    --------
    >>> Unit("coal", 300.0, 0.05, count=2).states
    ((0.0, 0.05), (300.0, 0.95))
    """

    name: str
    capacity_mw: float
    outage_rate: float
    count: int = 1
    derated: tuple[tuple[float, float], ...] = ()

    def __post_init__(self) -> None:
        number(self.capacity_mw, f"capacity of {self.name!r}, MW")
        probability(self.outage_rate, f"outage rate of {self.name!r}")
        as_whole(self.count, f"number of units of {self.name!r}")
        for available, chance in self.derated:
            number(available, f"derated capacity of {self.name!r}, MW", high=self.capacity_mw)
            probability(chance, f"probability of {available:g} MW of {self.name!r}")
        total = self.outage_rate + math.fsum(chance for _, chance in self.derated)
        if total > 1 + _ROUNDING:
            raise UsageError(
                f"probabilities of outage and derated states of {self.name!r} sum to {total:g}.", allowed="1 at most"
            )

    @property
    def states(self) -> tuple[tuple[float, float], ...]:
        """Available MW and probability of each state of one unit, from outage to full capacity."""
        whole = max(1.0 - self.outage_rate - math.fsum(chance for _, chance in self.derated), 0.0)
        return ((0.0, self.outage_rate), *self.derated, (self.capacity_mw, whole))


@dataclass(frozen=True, eq=False)
class OutageTable(Result):
    """Probability of each available capacity.

    Attributes
    ----------
    capacity_mw
        Available capacity, MW, ascending by one step, shape (cells,).
    probability
        Probability of exactly that capacity, shape (cells,).
    exact
        Whether every state lies on the grid; else states are shared between neighbouring cells with their mean kept,
        and expected unserved energy is not understated.
    """

    capacity_mw: Floats
    probability: Floats
    exact: bool = True

    @cached_property
    def at_most(self) -> Floats:
        """Probability that available capacity is at most that of the cell, shape (cells,)."""
        return np.asarray(np.minimum(np.cumsum(self.probability), 1.0))

    @cached_property
    def shortage_mwh(self) -> Floats:
        """Expected shortage in an hour whose load is the capacity of the cell, MWh, shape (cells,)."""
        # The integral of the distribution below: a sum of positive terms, where load times probability less mean
        # capacity would cancel.
        return shortage_of(self.capacity_mw, self.at_most)

    @property
    def expected_mw(self) -> float:
        """Mean available capacity, MW."""
        return float(self.capacity_mw @ self.probability)

    def to_table(self) -> Table:
        """Return a row for each capacity that can occur: its probability, and that of no more than it."""
        kept = np.flatnonzero(self.probability > 0)
        columns = (self.capacity_mw[kept], self.probability[kept], self.at_most[kept])
        return Table.from_rows(
            ("available", "probability", "at_most"),
            list(zip(*(column.tolist() for column in columns), strict=True)),
            title="Capacity outage probability table",
        )


@dataclass(frozen=True, eq=False)
class LossOfLoad(Result):
    """Loss of load over some hours, expected over outages.

    Attributes
    ----------
    probability
        Probability of loss in each hour, of the shape of the load.
    unserved_mwh
        Expected in each hour, of the same shape.
    """

    probability: Floats
    unserved_mwh: Floats
    load_mwh: float = field(default=math.nan)

    @property
    def lole_hours(self) -> float:
        """Expected number of hours with loss (or of days, where daily peaks were given)."""
        return float(self.probability.sum())

    @property
    def eens_mwh(self) -> float:
        """Expected energy not served, MWh."""
        return float(self.unserved_mwh.sum())

    def to_table(self) -> Table:
        """Return one row per quantity."""
        rows = [
            ("loss of load expectation", self.lole_hours, "h"),
            ("expected energy not served", self.eens_mwh, "MWh"),
            ("share of energy not served", self.eens_mwh / self.load_mwh if self.load_mwh else math.nan, "1"),
        ]
        return Table.from_rows(("quantity", "value", "unit"), rows, title="Loss of load")


def outage_table(units: Sequence[Unit], *, step_mw: float | None = None) -> OutageTable:
    """Return the table of units by convolution.

    Parameters
    ----------
    units
        Kinds of units.
    step_mw
        Width of the grid, MW; the greatest that all states are multiples of if left out, and the table is then exact.

    Raises
    ------
    UsageError
        If there is no unit, or the grid would be finer than 200,000 cells.

    Examples
    --------
    >>> table = outage_table([Unit("a", 10.0, 0.1, count=2)])
    >>> [(x, round(p, 12)) for x, p in zip(table.capacity_mw.tolist(), table.probability.tolist())]
    [(0.0, 0.01), (10.0, 0.18), (20.0, 0.81)]
    """
    step, exact = grid_of(units, step_mw)
    found = np.ones(1)
    for unit in units:
        shifts = on_grid(unit, step)
        for _ in range(unit.count):
            found = _convolved(found, shifts)
    return OutageTable(np.arange(len(found)) * np.float64(step), found, exact=exact)


def loss_of_load(table: OutageTable, load_mw: ArrayLike, *, firm_mw: ArrayLike = 0.0) -> LossOfLoad:
    """Return loss of load of a table of units over some hours.

    Parameters
    ----------
    table
        Table of units.
    load_mw
        Load, MW, of any shape; for a count of days give the peak of each (`daily_peaks`).
    firm_mw
        What other supply gives for certain, MW, of a shape that broadcasts: wind or water of the hour.

    Raises
    ------
    DataError
        If a load is missing or negative.
    """
    load = numbers(load_mw, "load, MW", low=0.0)
    left = load - numbers(firm_mw, "firm supply, MW", low=0.0)
    lost, unserved = lost_at(
        table.capacity_mw, table.at_most[None], table.shortage_mwh[None], np.zeros(left.shape, dtype=np.int64), left
    )
    return LossOfLoad(lost, unserved, float(np.broadcast_to(load, left.shape).sum()))


def lost_at(
    capacity: Floats, at_most: Floats, shortage: Floats, row: NDArray[np.int64], left: Floats
) -> tuple[Floats, Floats]:
    """Return probability of loss and expected shortage of loads, each under one of several tables on one grid.

    Parameters
    ----------
    capacity
        Capacity of the grid, MW, shape (cells,).
    at_most, shortage
        As in `OutageTable`, shape (tables, cells).
    row
        Table of each load, any shape.
    left
        Load that units have to serve, MW, of the same shape.
    """
    below = np.searchsorted(capacity, left - LOSS_MW, side="left")
    lost = np.where(below > 0, at_most[row, np.maximum(below - 1, 0)], 0.0)
    cell = np.clip(np.searchsorted(capacity, left, side="right") - 1, 0, len(capacity) - 1)
    unserved = shortage[row, cell] + at_most[row, cell] * np.maximum(left - capacity[cell], 0.0)
    return np.asarray(lost), np.asarray(np.where(lost > 0, unserved, 0.0))


def daily_peaks(load_mw: ArrayLike) -> Floats:
    """Return the highest load of each day, MW: the hours, shape (24 x days,), become days, shape (days,)."""
    load = numbers(load_mw, "load, MW", low=0.0)
    if load.ndim != 1 or len(load) % 24 or not len(load):
        raise UsageError(f"load has shape {load.shape}.", allowed="whole days of 24 hours")
    return np.asarray(load.reshape(-1, 24).max(axis=1))


def k_of_n(needed: int, available: float | Sequence[float], installed: int | None = None) -> float:
    """Return the probability that at least `needed` units are available.

    Parameters
    ----------
    needed
        How many are needed.
    available
        Probability that a unit is available: one for all, or one for each.
    installed
        How many there are; told by the probabilities where there is one for each.

    Examples
    --------
    >>> round(k_of_n(10, 0.95, 11), 10)
    0.8981054089
    """
    as_whole(needed, "number of units needed")
    one_for_all = isinstance(available, int | float)
    if one_for_all == (installed is None):
        raise UsageError(
            "the number of units installed is given twice or not at all.",
            allowed="one availability and `installed`, or one availability per unit",
        )
    each = [available] * as_whole(installed, "number of units installed") if installed is not None else available
    found = np.ones(1)
    for chance in np.atleast_1d(np.asarray(each, dtype=np.float64)).tolist():
        p = probability(chance, "availability of a unit")
        found = np.concatenate([found * (1 - p), [0.0]]) + np.concatenate([[0.0], found * p])
    return math.fsum(found[needed:].tolist())


def shortage_of(capacity: Floats, at_most: Floats) -> Floats:
    """Return the expected shortage at a load of each cell, MWh in an hour; the last axis is that of cells."""
    steps = np.cumsum(at_most[..., :-1] * np.diff(capacity), axis=-1)
    return np.concatenate([np.zeros((*at_most.shape[:-1], 1)), steps], axis=-1)


def grid_of(units: Sequence[Unit], step_mw: float | None = None) -> tuple[float, bool]:
    """Return the width of a grid that all states lie on, MW, and whether they do."""
    if not sum(unit.count for unit in units):
        raise UsageError("there is no unit that supplies.", todo="give at least one unit")
    # Numbers as they were written: 0.1 is a tenth here, and no binary fraction close to it.
    states = {Fraction(repr(float(mw))) for unit in units for mw, _ in unit.states if mw > 0 and unit.count}
    whole = math.fsum(unit.capacity_mw * unit.count for unit in units)
    if step_mw is not None:
        step = Fraction(repr(number(step_mw, "step of the grid, MW", above=True)))
        exact = all((state / step).denominator == 1 for state in states)
    elif states:
        scale = math.lcm(*(state.denominator for state in states))
        step = Fraction(math.gcd(*(int(state * scale) for state in states)), scale)
        exact = True
    else:
        return 1.0, True
    if whole / step > _MOST_CELLS:
        raise UsageError(
            f"a grid of {float(step):g} MW up to {whole:g} MW has {whole / float(step):,.0f} cells.",
            allowed=f"{_MOST_CELLS:,}",
            todo="give a wider step_mw: a state between two lines of the grid is then shared by the two",
        )
    return float(step), exact


def on_grid(unit: Unit, step: float) -> list[tuple[int, float]]:
    """Return cells and probabilities of a unit's states; what lies between two cells is shared, its mean kept."""
    found: list[tuple[int, float]] = []
    for mw, chance in unit.states:
        place = mw / step
        cell = round(place) if math.isclose(place, round(place), abs_tol=1e-9) else math.floor(place)
        over = place - cell if abs(place - cell) > 1e-9 else 0.0  # noqa: PLR2004 - rounding of a quotient
        found.append((cell, chance * (1 - over)))
        if over:
            found.append((cell + 1, chance * over))
    return found


def _convolved(table: Floats, shifts: list[tuple[int, float]]) -> Floats:
    found = np.zeros(len(table) + max(cell for cell, _ in shifts))
    for cell, chance in shifts:
        found[cell : cell + len(table)] += chance * table
    return found
