"""What is to be placed, and where it could be: arrays that a programme is made of."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from pilotzone.core import DataError, InfeasibleError, check_choice, listing

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]
    Integers = NDArray[np.int64]

__all__ = ["PlacementProblem", "Sourcing"]

Sourcing = Literal["single", "multi"]
"""Whether each copy of a demand lies at one site, or may be shared between several."""


@dataclass(frozen=True, eq=False)
class PlacementProblem:
    """I demands, J sites and T slots of time.

    Attributes
    ----------
    demands, sites
        Their names.
    load
        Load of each demand, in the unit of capacities, shape (I,).
    copies
        In how many hazard zones each demand is kept, shape (I,).
    capacity
        Capacity of each site in each slot, shape (J, T).
    fixed
        Cost of a site that is open, shape (J,).
    closing
        Cost of a site that is closed: of one that exists; zero else, shape (J,).
    cost
        Cost of a whole copy of a demand at a site in a slot, shape (I, J, T).
    carbon
        Emissions of the same, in one unit of mass, shape (I, J, T).
    allowed
        Whether a demand may be at a site in a slot: law, latency and waiting, shape (I, J, T).
    zone
        Hazard zone of each site, numbers from zero, shape (J,).
    sourcing
        Whether a copy lies at one site.
    must_open
        Sites that are open whatever they cost, shape (J,).

    Raises
    ------
    DataError
        If shapes do not fit, or a number is missing or negative.
    InfeasibleError
        If a demand may be nowhere.
    """

    demands: tuple[str, ...]
    sites: tuple[str, ...]
    load: Floats
    copies: Integers
    capacity: Floats
    fixed: Floats
    closing: Floats
    cost: Floats
    carbon: Floats
    allowed: Bools
    zone: Integers
    sourcing: Sourcing = "single"
    must_open: Bools = field(default_factory=lambda: np.zeros(0, dtype=bool))

    def __post_init__(self) -> None:
        check_choice(self.sourcing, Sourcing, "sourcing")
        i, j, t = self.shape
        if self.must_open.size == 0:
            object.__setattr__(self, "must_open", np.zeros(j, dtype=bool))
        expected = {
            "load": (i,), "copies": (i,), "capacity": (j, t), "fixed": (j,), "closing": (j,), "cost": (i, j, t),
            "carbon": (i, j, t), "allowed": (i, j, t), "zone": (j,), "must_open": (j,),
        }  # fmt: skip
        for name, shape in expected.items():
            found = getattr(self, name)
            if found.shape != shape:
                raise DataError(f"{name} has shape {found.shape}.", allowed=f"{shape}: demands, sites, slots")
        self._check_numbers()
        self._check_places()

    def _check_numbers(self) -> None:
        for name, names in (
            ("load", self.demands), ("copies", self.demands), ("capacity", self.sites), ("fixed", self.sites),
            ("closing", self.sites), ("carbon", self.demands), ("cost", self.demands),
        ):  # fmt: skip
            values = np.asarray(getattr(self, name), dtype=np.float64)
            bad = ~np.isfinite(values) | (values < 0)
            if bad.any():
                first = np.argwhere(bad)[0].tolist()
                value = float(values[tuple(first)])
                raise DataError(f"{name} of {names[first[0]]!r} is {value:g}.", allowed="numbers from 0")
        if (self.copies < 1).any():
            raise DataError(f"{self.demands[int(self.copies.argmin())]!r} has no copy.", allowed="1 or more")

    def _check_places(self) -> None:
        nowhere = ~self.allowed.any(axis=(1, 2))
        if nowhere.any():
            names = [self.demands[k] for k in np.flatnonzero(nowhere)]
            raise InfeasibleError(
                f"{listing([repr(name) for name in names])} may be at no site.",
                allowed="one site or more for each demand, under rules and latency",
                todo="ask 'pilotzone place explain' which rule forbids it, or widen the bound of latency",
            )

    @property
    def shape(self) -> tuple[int, int, int]:
        """Numbers of demands, sites and slots."""
        return len(self.demands), len(self.sites), self.capacity.shape[1]

    @property
    def zones(self) -> int:
        """Number of hazard zones."""
        return int(self.zone.max()) + 1 if len(self.zone) else 0

    def priced(self, carbon_price: float) -> Floats:
        """Return cost of each demand at each site in each slot with emissions at a price, shape (I, J, T)."""
        return np.asarray(self.cost + carbon_price * self.carbon)

    def under(self, allowed: Bools) -> PlacementProblem:
        """Return the problem under another mask."""
        return replace(self, allowed=allowed)
