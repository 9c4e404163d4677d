"""What a plan comes to: the placement, what each rule costs, when a carbon price changes it, and what conflicts."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import MethodError, Table
from pilotzone.place.plan import Plan
from pilotzone.place.solving import Placement, solve_placement

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = [
    "FrontierPoint",
    "PlanResult",
    "RulePrice",
    "conflicts_of",
    "frontier_of",
    "price_changes",
    "prices_of_rules",
    "smallest_conflict",
]

_SAME = 1e-6
"""Relative difference below which two plans are one."""


@dataclass(frozen=True)
class RulePrice:
    """What a rule costs.

    Attributes
    ----------
    rule, citation
        Its id, and where it stands.
    cost, carbon
        Of the plan with it, less those of the plan without what it denies.
    binds
        Whether it denies anything that the plan would use.
    """

    rule: str
    citation: str
    cost: float
    carbon: float
    binds: bool


@dataclass(frozen=True)
class FrontierPoint:
    """A plan on the frontier of cost and carbon.

    Attributes
    ----------
    cost, carbon
        Of a year.
    sites
        Sites that are open.
    gap
        Relative, of its own proof.
    """

    cost: float
    carbon: float
    sites: tuple[str, ...]
    gap: float


@dataclass(frozen=True, eq=False)
class PlanResult:
    """What a plan comes to.

    Attributes
    ----------
    plan
        What was asked for.
    placement
        The best one.
    rules
        What each rule that binds costs; the others with zero.
    change
        Carbon price, in currency a tonne, from which on another plan is the best; ``None`` where none is.
    frontier
        Plans between least cost and least carbon.
    """

    plan: Plan
    placement: Placement
    rules: tuple[RulePrice, ...]
    change: float | None
    frontier: tuple[FrontierPoint, ...]

    def flows(self) -> Table:
        """Return a row for each class, region and site: MW, round trip, and slots."""
        rows = []
        share = self.placement.share
        for k, (w, r, t) in enumerate(self.plan.demands):
            work = self.plan.workloads[w]
            for j, slot in np.argwhere(share[k] > 0).tolist():
                rows.append(
                    (
                        work.data.name,
                        self.plan.regions[r].name,
                        self.plan.sites[j].name,
                        float(share[k, j, slot] * self.placement.problem.load[k]),
                        float(self.plan.latency[r, j]),
                        t + 1,
                        slot + 1,
                    )
                )
        names = ("class", "region", "site", "load_mw", "round_trip_ms", "due_slot", "slot")
        return Table.from_rows(names, rows, title=f"{self.plan.title}: what is where")

    def sites(self) -> Table:
        """Return a row for each open site: MW by class, and how full it is."""
        flows = self.flows().records()
        rows = []
        for site, is_open in zip(self.plan.sites, self.placement.open.tolist(), strict=True):
            if not is_open:
                continue
            load = sum(float(row["load_mw"] or 0) for row in flows if row["site"] == site.name)
            held = sorted({str(row["class"]) for row in flows if row["site"] == site.name})
            rows.append((site.name, site.jurisdiction, site.zone, load, load / site.capacity_mw, ", ".join(held)))
        names = ("site", "jurisdiction", "zone", "load_mw", "full", "classes")
        return Table.from_rows(names, rows, title=f"{self.plan.title}: sites that are open")


def prices_of_rules(
    plan: Plan,
    placement: Placement,
    *,
    carbon_price: float = 0.0,
    only_carbon: bool = False,
    seconds: float = 30.0,
    gap: float = 1e-4,
) -> tuple[RulePrice, ...]:
    """Return what each rule costs: the plan with it beside the plan in which its denials are lifted.

    Parameters
    ----------
    plan, placement
        The plan, and its best placement.
    carbon_price, only_carbon
        What was made least, as in `solve_placement`.
    seconds, gap
        Of each solution.

    Notes
    -----
    Rules that deny nothing of the plan's classes at its sites are not solved for. A rule binds if lifting it changes
    what is made least by more than the gaps of both proofs.
    """
    found = []
    own = plan.lawful()
    for residency in plan.residency:
        for rule in residency.book.rules:
            lifted = plan.lawful(lifted=rule.id)
            if (lifted == own).all():
                continue
            other = solve_placement(
                plan.problem(lifted=rule.id),
                carbon_price=carbon_price,
                only_carbon=only_carbon,
                limits=plan.limits(),
                seconds=seconds,
                gap=gap,
            )
            binds = placement.objective - other.objective > (placement.gap + other.gap + gap) * abs(placement.objective)
            cost, carbon = (placement.cost - other.cost, placement.carbon - other.carbon) if binds else (0.0, 0.0)
            found.append(RulePrice(rule.id, str(rule.citation), cost, carbon, binds))
    return tuple(found)


def frontier_of(plan: Plan, *, points: int = 5, seconds: float = 30.0, gap: float = 1e-4) -> tuple[FrontierPoint, ...]:
    """Return plans from least cost to least carbon, by limits of carbon evenly between.

    Parameters
    ----------
    plan
        The plan.
    points
        How many, both ends among them.
    seconds, gap
        Of each solution.

    Notes
    -----
    The epsilon-constraint method (Haimes, Lasdon and Wismer 1971), which finds plans that no carbon price leads to as
    well. Of a plan that is not better than another on both it is told apart by its cost.
    """
    problem = plan.problem()
    cheap = solve_placement(problem, limits=plan.limits(), seconds=seconds, gap=gap)
    clean = solve_placement(problem, only_carbon=True, limits=plan.limits(), seconds=seconds, gap=gap)
    found = [cheap]
    low = clean.carbon * (1 + 2 * gap)
    for cap in np.linspace(cheap.carbon, low, points)[1:]:
        limits = (min(float(cap), plan.carbon_cap_t), plan.budget)
        try:
            found.append(solve_placement(problem, limits=limits, seconds=seconds, gap=gap))
        except MethodError:
            continue
    kept: list[FrontierPoint] = []
    for one in found:
        better = any(o.cost <= one.cost * (1 - _SAME) and o.carbon <= one.carbon * (1 + _SAME) for o in found)
        if not better and not any(
            abs(p.cost - one.cost) <= _SAME * p.cost and abs(p.carbon - one.carbon) <= _SAME * max(p.carbon, 1e-9)
            for p in kept
        ):
            names = tuple(site.name for site, on in zip(plan.sites, one.open.tolist(), strict=True) if on)
            kept.append(FrontierPoint(one.cost, one.carbon, names, one.gap))
    return tuple(sorted(kept, key=lambda point: point.cost))


def price_changes(plan: Plan, cheap: Placement, *, seconds: float = 30.0, gap: float = 1e-5) -> float | None:
    """Return the carbon price from which on another plan is the best, in currency a tonne; ``None`` if none is.

    Notes
    -----
    Plans that are best at some price are corners of the lower hull of cost and carbon. From the plan of least cost and
    that of least carbon, the price at which both cost the same is tried: a better plan there takes the latter's place,
    until there is none.
    """
    problem = plan.problem()
    far = solve_placement(problem, only_carbon=True, limits=plan.limits(), seconds=seconds, gap=gap)
    for _ in range(50):
        if cheap.carbon - far.carbon <= _SAME * max(abs(cheap.carbon), 1e-9):
            return None
        price = max(0.0, (far.cost - cheap.cost) / (cheap.carbon - far.carbon))
        between = solve_placement(problem, carbon_price=price, limits=plan.limits(), seconds=seconds, gap=gap)
        if between.objective >= (cheap.cost + price * cheap.carbon) * (1 - 2 * gap):
            return price
        far = between
    return None


def conflicts_of(plan: Plan, *, seconds: float = 20.0) -> tuple[str, ...]:
    """Return a smallest set of demands that cannot be kept together; none where the plan can be kept.

    Notes
    -----
    By hitting sets: what is smallest among all sets that meet every correction set known so far is tried; if it can be
    kept, it is grown until it cannot, and what is left is one more correction set (Ignatiev, Previti, Liffiton and
    Marques-Silva 2015, "Smallest MUS extraction with minimal hitting set dualization").
    """

    def possible(kept: frozenset[str]) -> bool:
        return _possible(plan, kept, seconds)

    return smallest_conflict(plan.parts(), possible)


def smallest_conflict(parts: list[str], possible: Callable[[frozenset[str]], bool]) -> tuple[str, ...]:
    """Return a smallest set of parts that is not possible; none where all together are."""
    if possible(frozenset(parts)):
        return ()
    corrections: list[frozenset[str]] = []
    while True:
        tried = _least_hitting(parts, corrections)
        if not possible(tried):
            return tuple(part for part in parts if part in tried)
        grown = set(tried)
        for part in parts:
            if part not in grown and possible(frozenset(grown | {part})):
                grown.add(part)
        corrections.append(frozenset(parts) - grown)


def _least_hitting(parts: list[str], sets: list[frozenset[str]]) -> frozenset[str]:
    for size in range(len(parts) + 1):
        for chosen in itertools.combinations(parts, size):
            if all(item & set(chosen) for item in sets):
                return frozenset(chosen)
    return frozenset(parts)


def _possible(plan: Plan, kept: frozenset[str], seconds: float) -> bool:
    without = frozenset(plan.parts()) - kept
    if (~plan.allowed(without=without).any(axis=(1, 2))).any():
        return False
    problem = plan.problem(without=without)
    carbon, budget = plan.limits(without=without)
    free = replace(problem, fixed=np.zeros_like(problem.fixed)) if not np.isfinite(budget) else problem
    try:
        solve_placement(free, limits=(carbon, budget), seconds=seconds, gap=1.0 if not np.isfinite(budget) else 0.05)
    except MethodError as error:
        if "no placement" in error.what:
            return False
        raise
    return True
