"""What a ranking does not know, and what each criterion's values are once it is drawn.

An unknown lies somewhere in its range: at 0, the lower end, to 1, the upper. Of its variance a share is drawn once for
all places, the rest for each. What places are compared on is computed from the unknowns, so that an assumption that is
wrong everywhere is wrong everywhere in the same way, and one that two criteria rest on moves both.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

import numpy as np

from pilotzone.core import Assumption

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from typing import Self

    from numpy.typing import NDArray

    from pilotzone.site.surface import CoolingSurface

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = [
    "Cells",
    "Modelled",
    "Pue",
    "Quantity",
    "Shaking",
    "Span",
    "Steps",
    "Units",
    "Unknown",
    "Water",
    "of_assumption",
]

_GROUPS = {
    "rel_humidity": "humidity",
    "height_m": "hours of the year",
    "diurnal_range_k": "hours of the year",
    "day_to_day_sd_k": "hours of the year",
    "earthquake_reach_km": "reach of earthquakes",
    "water_nuclear_l_per_kwh": "water of power",
    "water_solar_l_per_kwh": "water of power",
    "water_other_l_per_kwh": "water of power",
}
_HALL = "hall and cooling"


@dataclass(frozen=True)
class Unknown:
    """One thing that is not known.

    Attributes
    ----------
    name
        Its name.
    group
        What it is told of together with, where shares of variance are shown.
    shared
        Share of its variance that is drawn once for all places.
    apart
        Its group without what it varies together with; ``group`` if empty.
    """

    name: str
    group: str
    shared: float
    apart: str = ""


def of_assumption(entry: Assumption) -> Unknown:
    """Return where in its range an assumption lies, as an unknown."""
    return Unknown(entry.name, _GROUPS.get(entry.name, _HALL), entry.share)


class Units:
    """Where in their ranges the unknowns of one place lie, name to shape (K,), with what was computed from them."""

    def __init__(
        self, units: Mapping[str, Floats], before: Units | None = None, changed: Collection[str] = frozenset()
    ) -> None:
        """Keep where unknowns lie; `before` differs in the `changed` ones only, and may have computed the rest."""
        self.units = units
        self._before, self._changed = before, frozenset(changed)
        self._cooling: dict[int, tuple[Floats, Floats]] = {}

    def __getitem__(self, name: str) -> Floats:
        return self.units[name]

    def cooling(self, surface: CoolingSurface) -> tuple[Floats, Floats]:
        """Return PUE and WUE, shape (K,), computed once for all criteria that rest on them."""
        if id(surface) not in self._cooling:
            same = self._before is not None and self._changed.isdisjoint(entry.name for entry in surface.entries)
            self._cooling[id(surface)] = (
                self._before.cooling(surface) if self._before is not None and same else surface.at(self.units)
            )
        return self._cooling[id(surface)]


class Quantity(Protocol):
    """A criterion's values at the spots of a place, as a function of what is not known."""

    @property
    def unknowns(self) -> Sequence[Unknown]:
        """What it depends on."""
        ...

    @property
    def spots(self) -> Floats | None:
        """What tells spots apart, shape (spots, k), more being more of the criterion; ``None`` where they are alike."""
        ...

    def values(self, units: Units) -> Floats:
        """Return values, shape (K, spots), or (K, 1) where spots are alike."""
        ...

    def only(self, spots: Integers) -> Quantity:
        """Return the same of some spots."""
        ...


@dataclass(frozen=True)
class Modelled:
    """What all quantities have that do not differ between spots."""

    @property
    def spots(self) -> Floats | None:
        """Return that spots are alike."""
        return None

    def only(self, spots: Integers) -> Self:  # noqa: ARG002 - as of the others
        """Return itself: spots are alike."""
        return self


@dataclass(frozen=True)
class Span(Modelled):
    """A number between two, which need not be in order."""

    first: float
    last: float
    unknown: Unknown

    @property
    def unknowns(self) -> Sequence[Unknown]:
        """What it depends on."""
        return (self.unknown,)

    def values(self, units: Units) -> Floats:
        """Return values, shape (K, 1)."""
        return np.asarray(self.first + units[self.unknown.name] * (self.last - self.first))[:, None]


@dataclass(frozen=True, eq=False)
class Steps(Modelled):
    """One of several numbers, each as likely as any other."""

    sorted_values: Floats
    unknown: Unknown

    @property
    def unknowns(self) -> Sequence[Unknown]:
        """What it depends on."""
        return (self.unknown,)

    def values(self, units: Units) -> Floats:
        """Return values, shape (K, 1)."""
        count = len(self.sorted_values)
        which = np.minimum((units[self.unknown.name] * count).astype(np.int64), count - 1)
        return self.sorted_values[which][:, None]


@dataclass(frozen=True, eq=False)
class Cells:
    """A number for each spot, known for certain; NaN where the evidence does not reach."""

    numbers: Floats

    @property
    def unknowns(self) -> Sequence[Unknown]:
        """Nothing."""
        return ()

    @property
    def spots(self) -> Floats | None:
        """The numbers."""
        return self.numbers[:, None]

    def values(self, units: Units) -> Floats:  # noqa: ARG002 - as of the others
        """Return values, shape (1, spots)."""
        return self.numbers[None]

    def only(self, spots: Integers) -> Cells:
        """Return the same of some spots."""
        return Cells(self.numbers[spots])


@dataclass(frozen=True, eq=False)
class Shaking:
    """The probability of an earthquake at each spot, given how far earthquakes reach.

    Attributes
    ----------
    log_rates
        Logarithm of yearly rates at each spot, for reaches that are even in one over their square, shape (spots,
        nodes); NaN where the catalogue does not reach.
    nearest, farthest
        Reaches at the last and the first node, km.
    years
        Within which one event or more counts.
    entry
        What is assumed of the reach.
    """

    log_rates: Floats
    nearest: float
    farthest: float
    years: float
    entry: Assumption

    @property
    def unknowns(self) -> Sequence[Unknown]:
        """What it depends on."""
        return (of_assumption(self.entry),)

    @property
    def spots(self) -> Floats | None:
        """Rates at all nodes: who has less at each has less at every reach, since between nodes rates lie on lines."""
        return self.log_rates

    def values(self, units: Units) -> Floats:
        """Return values, shape (K, spots)."""
        reach = self.entry.low + units[self.entry.name] * (self.entry.high - self.entry.low)
        nodes = self.log_rates.shape[1]
        if nodes == 1:
            rate = np.broadcast_to(np.exp(self.log_rates[:, 0]), (len(reach), len(self.log_rates)))
            return np.asarray(-np.expm1(-rate * self.years))
        first, last = 1 / self.farthest**2, 1 / self.nearest**2
        at = np.clip((1 / reach**2 - first) / (last - first), 0.0, 1.0) * (nodes - 1)
        below = np.minimum(at.astype(np.int64), nodes - 2)
        part = (at - below)[:, None]
        logs = (1 - part) * self.log_rates.T[below] + part * self.log_rates.T[below + 1]
        return np.asarray(-np.expm1(-np.exp(logs) * self.years))

    def only(self, spots: Integers) -> Shaking:
        """Return the same of some spots."""
        return replace(self, log_rates=self.log_rates[spots])


@dataclass(frozen=True, eq=False)
class Pue(Modelled):
    """PUE, mean of a year."""

    surface: CoolingSurface

    @property
    def unknowns(self) -> Sequence[Unknown]:
        """What it depends on."""
        return tuple(of_assumption(entry) for entry in self.surface.entries)

    def values(self, units: Units) -> Floats:
        """Return values, shape (K, 1)."""
        return units.cooling(self.surface)[0][:, None]


@dataclass(frozen=True, eq=False)
class Water(Modelled):
    """Litres a kWh of IT: on the site, and where its power is made.

    Attributes
    ----------
    surface
        Surface of PUE and water on the site.
    parts
        Share of each source of power, and the range of its litres a kWh.
    """

    surface: CoolingSurface
    parts: tuple[tuple[float, Span], ...]

    @property
    def unknowns(self) -> Sequence[Unknown]:
        """What it depends on."""
        own = [of_assumption(entry) for entry in self.surface.entries]
        return (*own, *(span.unknown for _, span in self.parts if span.first != span.last))

    def values(self, units: Units) -> Floats:
        """Return values, shape (K, 1)."""
        pue, site = units.cooling(self.surface)
        power = sum(
            share * (span.values(units)[:, 0] if span.first != span.last else span.first) for share, span in self.parts
        )
        return np.asarray(site + pue * power)[:, None]
