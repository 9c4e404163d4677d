"""What a campus can be supplied from: flows, stores and limits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np

from pilotzone.campus.numbers import at_least, hourly, share
from pilotzone.core import DataError, check_choice

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]

__all__ = ["Battery", "Capacity", "Deferrable", "Flow", "Limit", "Reservoir", "Store"]

FlowDirection = Literal["supply", "use"]
"""Whether a flow gives power to the site, or takes it: a sale, or a load that may be served."""

Sense = Literal["at most", "at least"]


@dataclass(frozen=True)
class Capacity:
    """How much of something is built.

    Parameters
    ----------
    least, most
        Bounds, MW or MWh. Where they are equal, the capacity is given.
    cost
        Cost per unit and year, in currency; it is paid for given capacities as well.

    Raises
    ------
    DataError
        If a number is missing or negative, or `most` is less than `least`.

    Examples
    --------
    >>> Capacity.given(150.0)
    Capacity(least=150.0, most=150.0, cost=0.0)
    """

    least: float = 0.0
    most: float = np.inf
    cost: float = 0.0

    def __post_init__(self) -> None:
        at_least(self.least, "the least capacity")
        at_least(self.cost, "the cost of capacity")
        if np.isnan(self.most) or self.most < self.least:
            raise DataError(
                f"the largest capacity is {self.most:g}.",
                allowed=f"numbers from the least capacity, {self.least:g}, up",
            )

    @classmethod
    def given(cls, amount: float, *, cost: float = 0.0) -> Capacity:
        """Return a capacity that is there, or decided."""
        return cls(amount, amount, cost)

    @property
    def is_given(self) -> bool:
        """Whether there is nothing to decide."""
        return self.least == self.most

    @property
    def is_free(self) -> bool:
        """Whether it costs nothing and has no bound, so that it bounds nothing."""
        return self.cost == 0 and bool(np.isinf(self.most))


@dataclass(frozen=True, eq=False)
class Flow:
    """Power that is given to the site, or taken from it beside the load.

    Parameters
    ----------
    name
        Its name.
    capacity
        MW; ``None`` for what has no bound.
    direction
        ``supply``, or ``use`` for sales and for loads that may be served.
    availability
        Share of the capacity that can be used: a number, (hours,) or (years, hours), from 0 to 1.
    marginal_cost
        Currency per MWh, without a price of carbon: a number, (hours,) or (years, hours). For a use, what it costs, so
        that revenue is negative. Prices may be negative.
    intensity
        What a MWh brings of each quantity that a limit may be on (t, m3, MWh), each a number, (hours,) or
        (years, hours); negative for what is taken away.
    """

    name: str
    capacity: Capacity | None = None
    direction: FlowDirection = "supply"
    availability: Floats | float = 1.0
    marginal_cost: Floats | float = 0.0
    intensity: Mapping[str, Floats | float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_choice(self.direction, FlowDirection, "direction")
        share(self.availability, f"the availability of {self.name!r}")
        hourly(self.marginal_cost, f"the marginal cost of {self.name!r}")
        for name, values in self.intensity.items():
            hourly(values, f"the intensity of {self.name!r} in {name!r}")


@dataclass(frozen=True, eq=False)
class Battery:
    """Power that is kept.

    Parameters
    ----------
    name
        Its name.
    power
        Power of charging and of discharging, MW.
    energy
        MWh; left out where `duration_h` gives it.
    duration_h
        Energy beside power, h: then the cost of power covers both.
    charge_efficiency, discharge_efficiency
        Above 0 and up to 1.
    self_discharge
        Share of what is kept that is lost in an hour.
    marginal_cost
        Currency per MWh discharged.
    """

    name: str
    power: Capacity
    energy: Capacity | None = None
    duration_h: float | None = None
    charge_efficiency: float = 0.95
    discharge_efficiency: float = 0.95
    self_discharge: float = 0.0
    marginal_cost: float = 0.0

    def __post_init__(self) -> None:
        _check_store(self)
        if (self.energy is None) == (self.duration_h is None):
            raise DataError(f"battery {self.name!r} needs either energy or duration_h.", allowed="one of the two")
        if self.duration_h is not None:
            at_least(self.duration_h, f"the duration of {self.name!r}", above=True)
        for name in ("charge_efficiency", "discharge_efficiency"):
            _check_efficiency(getattr(self, name), f"{name} of {self.name!r}")
        hourly(self.marginal_cost, f"the marginal cost of {self.name!r}")


@dataclass(frozen=True, eq=False)
class Reservoir:
    """Water that flows in and is turbined, spilled or kept, in MWh of power.

    Parameters
    ----------
    name
        Its name.
    inflow
        MW of power that the water would give before `efficiency`: a number, (hours,) or (years, hours), from 0.
    turbine
        MW.
    energy
        What it holds, MWh.
    efficiency
        Efficiency of the turbine, above 0 and up to 1.
    spill
        Whether water may pass unused.
    self_discharge
        Share of what is kept that is lost in an hour.
    marginal_cost, availability, intensity
        Marginal cost, availability and intensity of the turbine, as of a `Flow`.
    """

    name: str
    inflow: Floats | float
    turbine: Capacity
    energy: Capacity
    efficiency: float = 1.0
    spill: bool = True
    self_discharge: float = 0.0
    marginal_cost: Floats | float = 0.0
    availability: Floats | float = 1.0
    intensity: Mapping[str, Floats | float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _check_store(self)
        _check_efficiency(self.efficiency, f"the efficiency of {self.name!r}")
        hourly(self.inflow, f"the inflow of {self.name!r}", least=0.0)
        share(self.availability, f"the availability of {self.name!r}")
        hourly(self.marginal_cost, f"the marginal cost of {self.name!r}")
        for name, values in self.intensity.items():
            hourly(values, f"the intensity of {self.name!r} in {name!r}")


@dataclass(frozen=True, eq=False)
class Deferrable:
    """Load that can wait: it falls due, and is served then or later.

    Parameters
    ----------
    name
        Its name.
    load
        What falls due, MW: a number, (hours,) or (years, hours), from 0.
    power
        At which it can be served, MW.
    waiting
        How much may wait, MWh.
    """

    name: str
    load: Floats | float
    power: Capacity
    waiting: Capacity

    def __post_init__(self) -> None:
        _check_store(self)
        hourly(self.load, f"the load of {self.name!r}", least=0.0)


Store = Battery | Reservoir | Deferrable
"""Whatever carries energy, or load, from one hour to another."""


@dataclass(frozen=True, eq=False)
class Limit:
    """A limit on a quantity that flows bring, over all hours or some.

    Parameters
    ----------
    name
        Its name, such as ``CO2``.
    amount
        Amount of the quantity in a year, in its unit.
    quantity
        Key of the intensities of flows; `name` if left out.
    sense
        ``at most`` or ``at least``.
    hours
        Which hours count, (hours,); all if left out.
    price
        What a unit beyond the limit costs; ``None`` for a limit that must be kept.
    each_year
        Whether it holds in each weather year, or in their mean.
    unit
        Unit of the quantity.
    """

    name: str
    amount: float
    quantity: str = ""
    sense: Sense = "at most"
    hours: Bools | None = None
    price: float | None = None
    each_year: bool = True
    unit: str = "t"

    def __post_init__(self) -> None:
        check_choice(self.sense, Sense, "sense")
        if not np.isfinite(self.amount):
            raise DataError(f"limit {self.name!r} is {self.amount:g}.", allowed="a number")
        if self.price is not None:
            at_least(self.price, f"the price of limit {self.name!r}", above=True)
        if not self.quantity:
            object.__setattr__(self, "quantity", self.name)


def _check_store(store: Store) -> None:
    rate = getattr(store, "self_discharge", 0.0)
    if not 0 <= rate < 1:
        raise DataError(f"self-discharge of {store.name!r} is {rate:g}.", allowed="from 0 to below 1")


def _check_efficiency(value: float, what: str) -> None:
    if not 0 < value <= 1:
        raise DataError(f"{what} is {value:g}.", allowed="above 0 and up to 1")
