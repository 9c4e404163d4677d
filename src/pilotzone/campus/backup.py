"""Survival of an outage of the grid on generators that may fail and a battery.

The chain of REopt (NREL; Marqusee, Becker and Ericson 2021, "Resilience and economics of microgrids with PV, battery
storage, and networked diesel generators", Advances in Applied Energy 3, 100049): a set starts or not, each that runs
fails in an hour with the inverse of its mean time to failure and stays down, and the battery takes what they have over.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.campus.given import as_whole, number, numbers, probability
from pilotzone.core import Brief, Result, Table, UsageError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

__all__ = ["BackupBattery", "GeneratorSet", "OutageSurvival", "outage_survival"]

_TIE = 1e-9
"""Share of a cell, and of a megawatt, that rounding may move."""
_RARE = 1e-16
_STARTS = 256
"""Starts that are followed at once."""


@dataclass(frozen=True)
class GeneratorSet(Brief):
    """Generators of one kind.

    Attributes
    ----------
    count, size_mw
        How many, and MW of one.
    availability
        Probability that one is available at call.
    fails_to_start
        Probability that an available one does not start.
    mean_hours_to_failure
        Mean time to failure of a running generator, h: at least 1, since one fails in an hour with its inverse.
    """

    count: int
    size_mw: float
    availability: float = 1.0
    fails_to_start: float = 0.0
    mean_hours_to_failure: float = math.inf

    def __post_init__(self) -> None:
        as_whole(self.count, "number of generators")
        number(self.size_mw, "size of a generator, MW")
        probability(self.availability, "availability of a generator")
        probability(self.fails_to_start, "probability that a generator does not start")
        if not self.mean_hours_to_failure >= 1:
            raise UsageError(
                f"mean time to failure of a generator is {self.mean_hours_to_failure!r} h.",
                allowed="numbers from 1, infinity for one that never fails",
            )

    @property
    def starts(self) -> float:
        """Probability that one runs at the beginning."""
        return self.availability * (1 - self.fails_to_start)

    @property
    def runs_on(self) -> float:
        """Probability that one that runs does so for another hour."""
        return 1 - 1 / self.mean_hours_to_failure


@dataclass(frozen=True)
class BackupBattery(Brief):
    """A battery.

    Attributes
    ----------
    power_mw, energy_mwh
        Power of charging and discharging, MW, and usable energy held, MWh.
    start_mwh
        What is in it when the outage begins.
    charging, discharging
        Efficiencies.
    """

    power_mw: float
    energy_mwh: float
    start_mwh: float
    charging: float = 1.0
    discharging: float = 1.0

    def __post_init__(self) -> None:
        number(self.power_mw, "power of the battery, MW")
        number(self.energy_mwh, "energy of the battery, MWh")
        number(self.start_mwh, "energy in the battery at the beginning, MWh", high=self.energy_mwh)
        number(self.charging, "charging efficiency of the battery", high=1.0, above=True)
        number(self.discharging, "discharging efficiency of the battery", high=1.0, above=True)


@dataclass(frozen=True, eq=False)
class OutageSurvival(Result):
    """Probability that no load is lost, by where an outage begins and by how long it lasts.

    Attributes
    ----------
    low, high
        Bounds of the probability, shape (starts, duration): column d is of an outage of d + 1 hours. They are equal
        where energy in the battery always lies on a line of its grid.
    starts
        Hour, counted from 0, that each outage begins with, shape (starts,).
    """

    low: Floats
    high: Floats
    starts: NDArray[np.int64]

    @property
    def exact(self) -> bool:
        """Whether both bounds are equal to rounding."""
        return bool(np.allclose(self.low, self.high, rtol=0, atol=1e-12))

    def to_table(self) -> Table:
        """Return a row for each duration: mean over the starts, and the least of them."""
        rows = [
            (
                hours + 1,
                float(self.low[:, hours].mean()),
                float(self.high[:, hours].mean()),
                float(self.low[:, hours].min()),
            )
            for hours in range(self.low.shape[1])
        ]
        return Table.from_rows(
            ("hours", "survival_low", "survival_high", "worst_start"), rows, title="Survival of an outage"
        )


def outage_survival(
    load_mw: ArrayLike,
    generators: Sequence[GeneratorSet],
    battery: BackupBattery | None = None,
    *,
    duration_h: int,
    starts: ArrayLike | None = None,
    cells: int = 200,
) -> OutageSurvival:
    """Return the probability that generators and a battery carry the load through an outage.

    Parameters
    ----------
    load_mw
        Load in each hour, MW, shape (hours,); an outage that runs over the end goes on at the beginning.
    generators
        Kinds of generators; none is allowed where there is a battery.
    battery
        A battery, which fills what generators lack and takes what they have over.
    duration_h
        Longest outage, h.
    starts
        Hours, counted from 0, in which outages begin; every hour if left out. With 40 sets, 256 starts of a day take
        two seconds, so fewer starts are worth giving.
    cells
        Parts of the battery's energy that are told apart.

    Raises
    ------
    UsageError
        If there is neither generator nor battery.
    DataError
        If a load is missing or negative.
    """
    load = numbers(load_mw, "load, MW", low=0.0)
    lasting = as_whole(duration_h, "duration of the outage, h", low=1)
    if not generators and battery is None:
        raise UsageError("there is neither a generator nor a battery.", todo="give at least one of them")
    begins = np.arange(len(load)) if starts is None else np.asarray(starts, dtype=np.int64)
    if len(begins) and (begins.min() < 0 or begins.max() >= len(load)):
        raise UsageError("an outage begins outside the load.", allowed=f"hours 0 to {len(load) - 1}")
    chain = _Chain(tuple(generators), battery or BackupBattery(0.0, 0.0, 0.0), as_whole(cells, "cells", low=1))
    low, high = (chain.survival(load, begins, lasting, up=up) for up in (False, True))
    return OutageSurvival(low, np.maximum(low, high), begins)


@dataclass(frozen=True)
class _Chain:
    """How many of each kind run, and what is in the battery."""

    generators: tuple[GeneratorSet, ...]
    battery: BackupBattery
    cells: int

    def survival(self, load: Floats, begins: NDArray[np.int64], duration: int, *, up: bool) -> Floats:
        """Return survival, shape (starts, duration), energy rounded to the grid upwards or downwards."""
        parts = range(0, len(begins), _STARTS)
        return np.concatenate([self._of_starts(load, begins[k : k + _STARTS], duration, up=up) for k in parts])

    def _of_starts(self, load: Floats, begins: NDArray[np.int64], duration: int, *, up: bool) -> Floats:
        size = self.cells + 1 if self.battery.energy_mwh > 0 else 1
        running = list(itertools.product(*(range(kind.count + 1) for kind in self.generators)))
        sizes = [kind.size_mw for kind in self.generators]
        capacity = [math.fsum(n * mw for n, mw in zip(state, sizes, strict=True)) for state in running]
        first, move = self._numbers_running()
        state = np.zeros((len(running), len(begins), size))
        state[:, :, self._start_cell(size, up=up)] = first[:, None]
        found, dropped = np.empty((len(begins), duration)), 0.0
        for hour in range(duration):
            # A set that fails in an hour does not serve in it. Numbers of sets that hardly ever run are not followed;
            # for the upper bound they survive.
            mass = state.sum(axis=2).max(axis=1)
            kept = np.flatnonzero(mass > _RARE)
            dropped += float(mass[mass <= _RARE].sum()) if up else 0.0
            state = np.tensordot(move[kept].T, state[kept], axes=1)
            need = load[(begins + hour) % len(load)]
            for k, runs in enumerate(capacity):
                if state[k].any():
                    state[k] = self._served(state[k], runs - need, up=up)
            found[:, hour] = state.sum(axis=(0, 2)) + dropped
        return np.minimum(found, 1.0)

    def _start_cell(self, size: int, *, up: bool) -> int:
        if size == 1:
            return 0
        place = self.battery.start_mwh / self.battery.energy_mwh * (size - 1)
        return math.ceil(place - _TIE) if up else math.floor(place + _TIE)

    def _numbers_running(self) -> tuple[Floats, Floats]:
        """Return probabilities of the numbers that run at the start, and of one set of numbers after another."""
        first: Floats = np.ones(1)
        move: Floats = np.ones((1, 1))
        for kind in self.generators:
            first = np.asarray(np.kron(first, _binomial(kind.count, kind.starts)), dtype=np.float64)
            rows = np.zeros((kind.count + 1, kind.count + 1))
            for n in range(kind.count + 1):
                rows[n, : n + 1] = _binomial(n, kind.runs_on)
            move = np.asarray(np.kron(move, rows), dtype=np.float64)
        return first, move

    def _served(self, state: Floats, surplus: Floats, *, up: bool) -> Floats:
        """Return the state after an hour with so much over, or lacking, at each start.

        Energy lies on lines of the grid, so that an hour moves all of it by one whole number of cells.
        """
        battery, top = self.battery, state.shape[1] - 1
        step = battery.energy_mwh / top if top else math.inf
        lacking = np.maximum(-surplus, 0.0)
        needed = lacking / battery.discharging / step
        moved = np.minimum(np.maximum(surplus, 0.0), battery.power_mw) * battery.charging / step - needed
        shift = np.asarray(np.ceil(moved - _TIE) if up else np.floor(moved + _TIE), dtype=np.int64)
        # The least cell that holds what is lacking; beyond the last where the battery's power does not suffice.
        least = np.where(lacking > battery.power_mw + _TIE, top + 1, np.ceil(needed - _TIE)).astype(np.int64)
        if not top:
            return np.asarray(np.where(lacking[:, None] > _TIE, 0.0, state))
        cells = np.arange(top + 1)
        if least.any():
            state = np.where(cells >= least[:, None], state, 0.0)
        source = cells - shift[:, None]
        inside = (source >= 0) & (source <= top)
        found = np.where(inside, np.take_along_axis(state, np.clip(source, 0, top), axis=1), 0.0)
        # What would be charged beyond the last cell stays in it.
        over = np.where(cells > top - shift[:, None], state, 0.0).sum(axis=1)
        found[:, top] += over
        return np.asarray(found)


def _binomial(n: int, p: float) -> Floats:
    return np.array([math.comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(n + 1)])
