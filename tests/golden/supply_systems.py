"""Random systems of one site, on which the optima of this package and of PyPSA are compared.

They are drawn from a seed alone and import nothing of this package, so that two programs see the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["System", "bench_system", "random_system"]

UNSERVED = 3000.0
"""Price of load that is not served, per MWh."""


@dataclass(frozen=True, eq=False)
class System:
    """A site: five technologies, a battery of a given duration, a reservoir or none, and two limits.

    Attributes
    ----------
    load
        MW, (hours,).
    availability
        Of solar, wind and hydro, (3, hours).
    capacity_cost
        Of solar, wind, hydro, coal, and power of the battery, per MW.
    marginal
        Of hydro and coal, per MWh.
    grid_price
        Per MWh, (hours,), negative in some.
    grid_mw
        Zero for a site without a grid.
    duration_h
        Of the battery.
    inflow
        Of the reservoir, MW, (hours,); zero in a dry year.
    reservoir
        Turbine MW and energy MWh; zero for none.
    co2, water
        Limits, t and m3.
    """

    load: Floats
    availability: Floats
    capacity_cost: tuple[float, ...]
    marginal: tuple[float, float]
    grid_price: Floats
    grid_mw: float
    duration_h: float
    inflow: Floats
    reservoir: tuple[float, float]
    co2: float
    water: float

    @property
    def hours(self) -> int:
        """Number of hours."""
        return len(self.load)


def bench_system(hours: int = 8760, seed: int = 0) -> System:
    """Return the year of the bench: five technologies, a battery, limits of CO2 and water; costs of a year."""
    rng = np.random.default_rng(seed)
    t = np.arange(hours)
    season = np.cos(2 * np.pi * (t / 8760 - 0.5))
    day = np.clip(np.sin((t % 24 - 6) / 12 * np.pi), 0, None)
    sun = day * (0.55 + 0.2 * season) * rng.beta(3, 1.5, hours // 24).repeat(24)
    rng.normal(0, 0.03, hours)
    wind = np.clip(0.25 + 0.2 * rng.standard_normal(hours // 6 + 1).repeat(6)[:hours], 0, 1)
    wet = np.sin(2 * np.pi * (t / 8760 - 0.3))
    hydro = np.clip(0.35 + 0.35 * wet + 0.02 * rng.standard_normal(hours), 0.05, 1)
    load = 100 * (1.15 + 0.05 * wet + 0.02 * np.sin(2 * np.pi * t / 24))
    price = 55 + 15 * np.sin(2 * np.pi * (t / 24 - 0.3)) + 5 * rng.standard_normal(hours)
    return System(
        load=load,
        availability=np.stack([sun, wind, hydro]),
        capacity_cost=(45_000.0, 90_000.0, 120_000.0, 85_000.0, 60_000.0),
        marginal=(2.0, 38.0),
        grid_price=price,
        grid_mw=150.0,
        duration_h=4.0,
        inflow=np.zeros(hours),
        reservoir=(0.0, 0.0),
        co2=0.2 * float(load.mean()) * hours,
        water=6e6 * hours / 8760,
    )


def random_system(seed: int, hours: int) -> System:
    """Return a random system.

    Capacities cost their share of a year. Of five systems one has no sun, one no grid, two have hours of negative
    prices, and every third has a reservoir, dry in every sixth.
    """
    rng = np.random.default_rng([seed, hours])
    base = bench_system(hours, seed)
    noise = 1 + 0.2 * np.clip(rng.standard_normal(hours), -2, 2) * rng.integers(0, 2)
    load = base.load * float(rng.uniform(0.3, 3)) * noise
    cost = np.array(base.capacity_cost) * rng.lognormal(0, 0.5, 5) * hours / 8760
    price = base.grid_price * float(rng.lognormal(0, 0.4))
    if seed % 5 in (1, 3):
        price = np.where(rng.random(hours) < 0.1, -60.0 * rng.random(hours), price)
    availability = base.availability.copy()
    availability[2] *= float(rng.choice([0.0, 0.3, 1.0]))
    if seed % 5 == 2:
        availability[0] = 0.0
    mean = float(load.mean())
    has_reservoir = seed % 3 == 0
    inflow = mean * 0.3 * availability_of_inflow(rng, hours) if has_reservoir else np.zeros(hours)
    if seed % 6 == 3:
        inflow = np.zeros(hours)
    return System(
        load=load,
        availability=availability,
        capacity_cost=tuple(cost.tolist()),
        marginal=(2.0 * float(rng.lognormal(0, 0.4)), 38.0 * float(rng.lognormal(0, 0.4))),
        grid_price=price,
        grid_mw=0.0 if seed % 5 == 4 else float(rng.choice([30.0, 150.0, 400.0])),
        duration_h=float(rng.choice([1.0, 4.0, 8.0])),
        inflow=inflow,
        reservoir=(0.5 * mean, 48.0 * mean) if has_reservoir else (0.0, 0.0),
        co2=base.co2 * float(rng.lognormal(0, 0.7)) * mean / 115,
        water=base.water * float(rng.lognormal(0, 0.7)) * mean / 115,
    )


def availability_of_inflow(rng: np.random.Generator, hours: int) -> Floats:
    """Return inflow that changes from day to day, of mean one about."""
    return rng.gamma(2.0, 0.5, -(-hours // 24)).repeat(24)[:hours]
