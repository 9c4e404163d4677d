"""What a plan is made of: sites that could hold data and work, where users are, and classes of data and work."""

from __future__ import annotations

import math
from dataclasses import dataclass

from pilotzone.core import UsageError
from pilotzone.placement.jurisdictions import check_jurisdiction
from pilotzone.placement.rules import DataClass, Operation

__all__ = ["PlanSite", "UserRegion", "Workload"]


@dataclass(frozen=True)
class PlanSite:
    """A site that could hold data and work.

    Attributes
    ----------
    name, jurisdiction
        Its name, and the jurisdiction it lies in.
    capacity_mw
        IT capacity, MW.
    fixed_cost
        A year, if it is open.
    cost_per_mwh
        Cost of power.
    pue
        Power of the campus beside that of IT.
    carbon_kg_per_kwh
        Carbon factor of the grid's power.
    zone
        Hazard zone: copies of one class lie in different ones.
    latitude, longitude
        Degrees.
    exists
        Whether it is there already.
    closing_cost
        A year, if it is there and given up.
    must_open
        Whether it is open whatever it costs.
    """

    name: str
    jurisdiction: str
    capacity_mw: float
    fixed_cost: float
    cost_per_mwh: float
    pue: float
    carbon_kg_per_kwh: float
    zone: str
    latitude: float
    longitude: float
    exists: bool = False
    closing_cost: float = 0.0
    must_open: bool = False

    def __post_init__(self) -> None:
        check_jurisdiction(self.jurisdiction, f"jurisdiction of site {self.name!r}")
        for name in ("capacity_mw", "fixed_cost", "cost_per_mwh", "carbon_kg_per_kwh", "closing_cost"):
            value = getattr(self, name)
            if not 0 <= value < math.inf:
                raise UsageError(f"{name} of site {self.name!r} is {value}.", allowed="a number from 0")
        if not 1 <= self.pue < 10:  # noqa: PLR2004 - nobody runs such a hall
            raise UsageError(f"pue of site {self.name!r} is {self.pue}.", allowed="from 1 to 10")


@dataclass(frozen=True)
class UserRegion:
    """Where users are: a name, a position in degrees, and their share of all."""

    name: str
    latitude: float
    longitude: float
    share: float


@dataclass(frozen=True)
class Workload:
    """A class of data or work.

    Attributes
    ----------
    data
        What the law asks about it.
    operations
        What is done with it where it is placed; `asked` adds replicating where there is more than one copy.
    load_mw
        IT capacity of one copy, MW, all regions together.
    copies
        In how many hazard zones it is kept.
    latency_ms
        Greatest round trip to its users; infinite if it does not matter.
    traffic_mb_s
        Between its users and the site, for each MW: what the network carries.
    waits
        Whether it can wait for other slots of the day.
    growth
        A year, a share: the plan is for its load after `years` of the plan.
    """

    data: DataClass
    operations: tuple[Operation, ...]
    load_mw: float
    copies: int = 1
    latency_ms: float = float("inf")
    traffic_mb_s: float = 0.0
    waits: bool = False
    growth: float = 0.0

    def __post_init__(self) -> None:
        if not (0 < self.load_mw < math.inf and self.copies >= 1 and self.latency_ms > 0 and self.growth > -1):
            raise UsageError(
                f"class {self.data.name!r} has {self.load_mw} MW, {self.copies} copies, {self.latency_ms} ms, "
                f"growth {self.growth}.",
                allowed="more than 0 MW, one copy or more, more than 0 ms, growth above -1",
            )

    @property
    def asked(self) -> tuple[Operation, ...]:
        """What the law is asked about at each site that holds it.

        Copies can stand in for each other, so that each of several has to be allowed as the first and as another one.
        """
        several = self.copies > 1 and "replicate" not in self.operations
        return (*self.operations, "replicate") if several else self.operations
