"""A load, and what it can be supplied from: what a least-cost plan of capacities and hourly dispatch is made for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.campus.numbers import at_least, hourly
from pilotzone.campus.parts import Deferrable, Flow, Limit, Reservoir, Store
from pilotzone.core import DataError, listing, unknown

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["SupplyProblem"]


@dataclass(frozen=True, eq=False)
class SupplyProblem:
    """A load, and what it can be supplied from.

    Parameters
    ----------
    load
        MW in each hour, (hours,), or (years, hours) for several weather years with one set of capacities.
    flows, stores, limits
        What there is.
    unserved_price
        Currency per MWh of load that is not served; ``None`` where all of it must be.
    step_h
        Length of a period, h.
    carbon_price
        Currency per unit of `carbon`, on top of marginal costs.
    carbon
        Quantity that the price of carbon is on.
    year_weights
        Weight of each weather year in the yearly cost, (years,), summing to one; equal if left out.
    currency
        Name of the currency, for sentences.

    Raises
    ------
    DataError
        If lengths differ, a number is missing or out of range, a name comes twice, or something earns money without a
        bound.
    """

    load: Floats
    flows: tuple[Flow, ...]
    stores: tuple[Store, ...] = ()
    limits: tuple[Limit, ...] = ()
    unserved_price: float | None = 3000.0
    step_h: float = 1.0
    carbon_price: float = 0.0
    carbon: str = "co2"
    year_weights: tuple[float, ...] = ()
    currency: str = "currency"

    def __post_init__(self) -> None:
        load = np.asarray(self.load, dtype=np.float64)
        if load.ndim not in (1, 2) or load.size == 0:
            raise DataError(f"the load has shape {load.shape}.", allowed="(hours,) or (years, hours)")
        hourly(load, "the load", least=0.0)
        object.__setattr__(self, "load", load)
        for name in ("flows", "stores", "limits", "year_weights"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        at_least(self.step_h, "the length of a period", above=True)
        if not np.isfinite(self.carbon_price):
            raise DataError(f"the carbon price is {self.carbon_price:g}.", allowed="a number")
        if self.unserved_price is not None:
            at_least(self.unserved_price, "the price of unserved load", above=True)
        self._check_names()
        self._check_weights()
        self._check_lengths()
        self._check_bounds()

    @property
    def years(self) -> int:
        """Number of weather years."""
        return 1 if self.load.ndim == 1 else int(self.load.shape[0])

    @property
    def hours(self) -> int:
        """Number of periods in a year."""
        return int(self.load.shape[-1])

    @property
    def weights(self) -> Floats:
        """Weight of each weather year, shape (years,)."""
        return np.asarray(self.year_weights or np.full(self.years, 1 / self.years), dtype=np.float64)

    def by_hour(self, values: Floats | float) -> Floats:
        """Return a number, (hours,) or (years, hours) as (years * hours,)."""
        return np.array(np.broadcast_to(values, (self.years, self.hours)), dtype=np.float64).ravel()

    def cost_of(self, part: Flow | Reservoir) -> Floats:
        """Return marginal cost with the price of carbon, shape (years * hours,)."""
        carbon = part.intensity.get(self.carbon, 0.0)
        cost = self.by_hour(part.marginal_cost)
        return cost + self.carbon_price * self.by_hour(carbon) if self.carbon_price else cost

    def _check_names(self) -> None:
        for kind, parts in (("flow or store", (*self.flows, *self.stores)), ("limit", self.limits)):
            names = [part.name for part in parts]
            twice = sorted({name for name in names if names.count(name) > 1})
            if twice:
                raise DataError(f"more than one {kind} is called {listing(twice)}.", allowed="a name for each")
        holders = [part for part in (*self.flows, *self.stores) if isinstance(part, Flow | Reservoir)]
        known = {name for part in holders for name in part.intensity}
        for limit in self.limits:
            if limit.quantity not in known:
                raise unknown(
                    "intensity", limit.quantity, sorted(known), error=DataError, told=f"no flow has an intensity in "
                    f"{limit.quantity!r}, which limit {limit.name!r} is on",
                )  # fmt: skip

    def _check_weights(self) -> None:
        weights = self.weights
        if weights.shape != (self.years,) or not np.isfinite(weights).all() or (weights <= 0).any():
            raise DataError("year_weights do not fit.", allowed=f"{self.years} positive numbers that sum to 1")
        if abs(weights.sum() - 1) > 1e-9:  # noqa: PLR2004 - rounding of decimals
            raise DataError(f"year_weights sum to {weights.sum():g}.", allowed="1")

    def _check_lengths(self) -> None:
        for part in (*self.flows, *self.stores):
            for name in ("availability", "marginal_cost", "inflow", "load"):
                self._check_shape(getattr(part, name, 0.0), f"{name} of {part.name!r}")
            for name, values in getattr(part, "intensity", {}).items():
                self._check_shape(values, f"the intensity of {part.name!r} in {name!r}")
        for limit in self.limits:
            if limit.hours is not None and np.shape(limit.hours) != (self.hours,):
                raise DataError(
                    f"hours of limit {limit.name!r} have shape {np.shape(limit.hours)}.", allowed=f"({self.hours},)"
                )

    def _check_shape(self, values: Floats | float, what: str) -> None:
        shape = np.shape(values)
        if shape not in ((), (self.hours,), (self.years, self.hours)):
            raise DataError(
                f"{what} has shape {shape}.",
                allowed=f"a number, ({self.hours},) or ({self.years}, {self.hours}), as the load",
            )

    def _check_bounds(self) -> None:
        for flow in self.flows:
            unbounded = flow.capacity is None or flow.capacity.is_free
            if unbounded and self.cost_of(flow).min() < 0:
                raise DataError(
                    f"{flow.name!r} earns money without a bound: it costs less than nothing in some hours.",
                    allowed="a largest capacity, a cost of capacity, or costs from 0",
                )
        for store in self.stores:
            power = store.turbine if isinstance(store, Reservoir) else store.power
            if power.is_free:
                raise DataError(
                    f"the power of {store.name!r} costs nothing and has no bound.", allowed="a cost or a bound"
                )
            held = store.waiting if isinstance(store, Deferrable) else store.energy
            if held is not None and held.is_free:
                raise DataError(
                    f"what {store.name!r} holds costs nothing and has no bound.", allowed="a cost or a bound"
                )
