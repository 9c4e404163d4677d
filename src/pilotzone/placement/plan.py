"""A plan: sites, users, classes of data and work, and the law, turned into the arrays of a placement problem."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import (
    Assumptions,
    Brief,
    UsageError,
    distance_km,
    listing,
    unknown,
)
from pilotzone.placement.mask import Residency, compile_rules
from pilotzone.placement.parts import PlanSite, UserRegion, Workload
from pilotzone.placement.problem import PlacementProblem, Sourcing
from pilotzone.placement.rules import OPERATIONS, Host, RuleBook

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]

__all__ = ["Plan"]

HOURS = 8760.0
_MOST_CELLS = 5_000_000
"""Demands times sites times slots: about a gigabyte while it is solved."""


@dataclass(frozen=True, eq=False)
class Plan(Brief):
    """What is to be placed, where, and under which law.

    Attributes
    ----------
    title
        Title of the plan.
    sites, regions, workloads
        What there is.
    books, day
        Rule books, each of which has to allow what is done where it is about it, and the day they are read on.
    currency
        Currency of all costs.
    km_per_ms, base_ms
        Kilometres of a round trip a millisecond buys, routes included, and what it takes at no distance.
    traffic_cost
        A year, of a MB a second over 1,000 km.
    slots
        Slots of the day, each with the share of a day's work that falls due in it, and the factors by which power's
        cost and carbon differ in it.
    years
        For which growth is planned.
    sourcing
        Whether a class of a region lies at one site.
    carbon_cap_t, budget
        Limits of a year; infinite if there is none.
    assumptions
        What the numbers rest on.
    notes
        What a reader has to know.
    """

    title: str
    sites: tuple[PlanSite, ...]
    regions: tuple[UserRegion, ...]
    workloads: tuple[Workload, ...]
    books: tuple[RuleBook, ...]
    day: dt.date
    currency: str = "USD"
    km_per_ms: float = 70.0
    base_ms: float = 5.0
    traffic_cost: float = 0.0
    slots: tuple[tuple[float, float, float], ...] = ((1.0, 1.0, 1.0),)
    years: float = 0.0
    sourcing: Sourcing = "single"
    carbon_cap_t: float = float("inf")
    budget: float = float("inf")
    assumptions: Assumptions = field(default_factory=Assumptions)
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for what, names in (
            ("sites", [site.name for site in self.sites]),
            ("regions", [region.name for region in self.regions]),
            ("classes", [work.data.name for work in self.workloads]),
        ):
            twice = sorted(name for name, times in Counter(names).items() if times > 1)
            if twice or not names:
                told = f"two {what} are called {twice[0]!r}" if twice else f"there are no {what}"
                raise UsageError(f"{told}.", allowed="one or more, each once")
        if abs(sum(share for share, _, _ in self.slots) - 1) > 1e-9:  # noqa: PLR2004 - rounding
            raise UsageError("shares of slots do not add up to one.", allowed="shares of a day's work")
        cells = len(self.demands) * len(self.sites) * len(self.slots)
        if cells > _MOST_CELLS:
            raise UsageError(
                f"there are {cells:,} ways to put a class of a region into a slot at a site.",
                allowed=f"up to {_MOST_CELLS:,}",
                todo="take fewer sites, regions, classes or slots",
            )
        if self.books:
            self._check_law()

    def _check_law(self) -> None:
        twice = [name for name, times in Counter(book.name for book in self.books).items() if times > 1]
        if twice:
            raise UsageError(f"two rule books are called {twice[0]!r}.", allowed="each book once")
        permits = frozenset().union(*(book.known_permits for book in self.books))
        for work in self.workloads:
            for name in sorted(work.data.permits - permits):
                raise unknown(
                    "permit",
                    name,
                    sorted(permits),
                    told=f"class {work.data.name!r} holds permit {name!r}, which no rule book of the plan knows",
                    error=UsageError,
                )
        for work, covered in zip(self.workloads, np.asarray(self._covered.any(axis=1)).tolist(), strict=True):
            if not covered:
                data = work.data
                raise UsageError(
                    f"class {data.name!r} ({data.kind}, collected in {data.collected_in}, operator {data.operator}) is "
                    "outside the scope of every rule book of the plan.",
                    allowed=f"what these are about: {listing([book.name for book in self.books])}",
                    todo="check collected_in, or add a book that says what may be done with it",
                )

    @property
    def demands(self) -> list[tuple[int, int, int]]:
        """Workload, region and slot in which it falls due, of each demand."""
        return [
            (w, r, t)
            for w in range(len(self.workloads))
            for r in range(len(self.regions))
            for t in range(len(self.slots))
        ]

    @cached_property
    def residency(self) -> tuple[Residency, ...]:
        """What each rule book says of the classes at the sites."""
        classes = [work.data for work in self.workloads]
        hosts = [Host(site.name, site.jurisdiction) for site in self.sites]
        return tuple(compile_rules(book, classes, hosts, self.day) for book in self.books)

    @cached_property
    def _covered(self) -> Bools:
        """Whether some book is about each class at each site, shape (workloads, sites)."""
        found = np.zeros((len(self.workloads), len(self.sites)), dtype=bool)
        for residency in self.residency:
            found |= residency.speaks
        return found

    @cached_property
    def distance_km(self) -> Floats:
        """Great-circle distances between regions and sites, shape (regions, sites)."""
        users = np.array([[r.latitude, r.longitude] for r in self.regions])
        places = np.array([[s.latitude, s.longitude] for s in self.sites])
        return distance_km(users[:, :1], users[:, 1:], places[:, 0], places[:, 1])

    @cached_property
    def latency(self) -> Floats:
        """Round trips, ms, shape (regions, sites)."""
        return np.asarray(self.base_ms + self.distance_km / self.km_per_ms)

    def lawful(
        self, *, lifted: frozenset[tuple[str, str]] = frozenset(), without: frozenset[str] = frozenset()
    ) -> Bools:
        """Return whether each class may be at each site, shape (workloads, sites).

        Each book has to allow it where it is about it, and one has to be about it.

        Parameters
        ----------
        lifted
            Rules whose denials are lifted: names of book and rule.
        without
            Demands that are given up, as in `problem`: where copies are, nothing is replicated.
        """
        found = np.ones((len(self.workloads), len(self.sites)), dtype=bool)
        for residency in self.residency:
            denied = residency.state == 0
            numbers = [k for k, rule in enumerate(residency.book.rules) if (residency.book.name, rule.id) in lifted]
            if numbers:
                denied &= ~np.isin(residency.rule, numbers)
            for w, work in enumerate(self.workloads):
                asked = work.operations if f"copies of {work.data.name}" in without else work.asked
                at = [OPERATIONS.index(operation) for operation in asked]
                found[w] &= ~denied[w][:, at].any(axis=1)
        return found & self._covered if self.books else found

    def problem(
        self, *, without: frozenset[str] = frozenset(), lifted: frozenset[tuple[str, str]] = frozenset()
    ) -> PlacementProblem:
        """Return the arrays of the plan.

        Parameters
        ----------
        without
            Demands that are given up, as `parts` names them.
        lifted
            Rules whose denials are lifted: names of book and rule.

        Raises
        ------
        InfeasibleError
            If a demand may be nowhere.
        """
        demands = self.demands
        allowed = self.allowed(without=without, lifted=lifted)
        load = np.array([self._load(w, r, t) for w, r, t in demands])
        rise = np.array([site.pue for site in self.sites])
        power = np.array([site.cost_per_mwh for site in self.sites]) * rise
        carbon = np.array([site.carbon_kg_per_kwh for site in self.sites]) * rise  # t a MWh
        cost_factor, carbon_factor = (np.array([slot[k] for slot in self.slots]) for k in (1, 2))
        energy = load[:, None, None] * HOURS
        traffic = np.array([self.workloads[w].traffic_mb_s for w, _, _ in demands])[:, None]
        far = self.distance_km[[r for _, r, _ in demands]] / 1000
        network = load[:, None] * traffic * far * self.traffic_cost
        copies = [
            1 if f"copies of {self.workloads[w].data.name}" in without else self.workloads[w].copies
            for w, _, _ in demands
        ]
        room = [[site.capacity_mw / len(self.slots)] * len(self.slots) for site in self.sites]
        capacity = np.full_like(room, load @ np.array(copies)) if "capacity" in without else np.array(room)
        zones = list(dict.fromkeys(site.zone for site in self.sites))
        apart = "separate zones" not in without
        return PlacementProblem(
            demands=tuple(self.demand_name(k) for k in range(len(demands))),
            sites=tuple(site.name for site in self.sites),
            load=load,
            copies=np.array(copies),
            capacity=capacity,
            fixed=np.array([site.fixed_cost for site in self.sites]),
            closing=np.array([site.closing_cost if site.exists else 0.0 for site in self.sites]),
            cost=energy * power[None, :, None] * cost_factor[None, None, :] + network[:, :, None],
            carbon=energy * carbon[None, :, None] * carbon_factor[None, None, :],
            allowed=allowed,
            zone=np.array([zones.index(site.zone) for site in self.sites] if apart else np.arange(len(self.sites))),
            sourcing="multi" if "single sourcing" in without else self.sourcing,
            must_open=np.array([site.must_open for site in self.sites]),
        )

    def demand_name(self, k: int) -> str:
        """Return a demand in words."""
        w, r, t = self.demands[k]
        slot = f", slot {t + 1}" if len(self.slots) > 1 else ""
        return f"{self.workloads[w].data.name} of {self.regions[r].name}{slot}"

    def _load(self, w: int, r: int, t: int) -> float:
        """Return load in MW over the whole year: a slot's capacity is that part of a site's."""
        return float(self.load_mw(self.workloads[w]) * self.regions[r].share * self.slots[t][0])

    def load_mw(self, work: Workload) -> float:
        """Return the load of one copy of a class after the years of growth, MW, the mean over the day."""
        return float(work.load_mw * (1 + work.growth) ** self.years)

    def allowed(
        self, *, without: frozenset[str] = frozenset(), lifted: frozenset[tuple[str, str]] = frozenset()
    ) -> Bools:
        """Return whether each demand may be at each site in each slot; arguments as in `problem`."""
        lawful = self.lawful(lifted=lifted, without=without)
        t_count = len(self.slots)
        found = np.zeros((len(self.demands), len(self.sites), t_count), dtype=bool)
        for k, (w, r, t) in enumerate(self.demands):
            work = self.workloads[w]
            name = work.data.name
            here = np.ones(len(self.sites), dtype=bool)
            if f"law of {name}" not in without:
                here &= lawful[w]
            if f"latency of {name}" not in without:
                here &= self.latency[r] <= work.latency_ms
            waits = work.waits or f"due time of {name}" in without
            slots = np.ones(t_count, dtype=bool) if waits else np.arange(t_count) == t
            found[k] = here[:, None] & slots[None, :]
        return found

    def parts(self) -> list[str]:
        """Return the demands that can conflict, in words."""
        found = []
        for work in self.workloads:
            name = work.data.name
            if self.books:
                found.append(f"law of {name}")
            if np.isfinite(work.latency_ms):
                found.append(f"latency of {name}")
            if work.copies > 1:
                found.append(f"copies of {name}")
            if len(self.slots) > 1 and not work.waits:
                found.append(f"due time of {name}")
        found.append("capacity")
        if any(work.copies > 1 for work in self.workloads):
            found.append("separate zones")
        if self.sourcing == "single":
            found.append("single sourcing")
        if np.isfinite(self.carbon_cap_t):
            found.append("carbon cap")
        if np.isfinite(self.budget):
            found.append("budget")
        return found

    def limits(self, *, without: frozenset[str] = frozenset()) -> tuple[float, float]:
        """Return the limits of emissions and of cost that hold where some demands are given up."""
        carbon = float("inf") if "carbon cap" in without else self.carbon_cap_t
        return carbon, float("inf") if "budget" in without else self.budget
