"""Which demands of a plan cannot be kept together: a smallest set, and what each of them is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from pilotzone.core import InfeasibleError, MethodError, listing
from pilotzone.placement.plan import Plan
from pilotzone.placement.rules import OPERATIONS
from pilotzone.placement.solving import solve_placement

__all__ = ["conflict_words", "conflicts_of", "smallest_conflict"]

_ANY = 1e6
"""Relative gap at which any placement is good enough."""


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
    """Return a smallest set that has something of each set; of those that are as small, one of early parts."""
    from scipy.optimize import Bounds, LinearConstraint, milp

    if not sets:
        return frozenset()
    count = len(parts)
    holds = np.array([[part in item for part in parts] for item in sets], dtype=float)
    weight = 1 + np.arange(count) / (2.0 * count**2)
    found = milp(
        weight,
        constraints=LinearConstraint(holds, lb=1.0),
        integrality=np.ones(count, dtype=np.int64),
        bounds=Bounds(0, 1),
        options={"presolve": False, "mip_rel_gap": 0.0},
    )
    if found.x is None:
        raise MethodError("the solver stopped while it looked for what conflicts.", todo="leave out parts of the plan")
    return frozenset(part for part, taken in zip(parts, found.x.tolist(), strict=True) if taken > 0.5)  # noqa: PLR2004


def _possible(plan: Plan, kept: frozenset[str], seconds: float) -> bool:
    without = frozenset(plan.parts()) - kept
    if (~plan.allowed(without=without).any(axis=(1, 2))).any():
        return False
    problem = plan.problem(without=without)
    carbon, budget = plan.limits(without=without)
    # Any placement will do: without a budget what it costs is of no interest.
    free = problem
    if not np.isfinite(budget):
        none = np.zeros_like(problem.fixed)
        free = replace(problem, fixed=none, closing=none, cost=np.zeros_like(problem.cost))
    try:
        solve_placement(free, limits=(carbon, budget), seconds=seconds, gap=_ANY)
    except InfeasibleError:
        return False
    return True


def conflict_words(plan: Plan, parts: tuple[str, ...]) -> list[str]:
    """Return what each of some demands is: the rule and where it denies, the sites within reach, how many copies."""
    told = {}
    for w, work in enumerate(plan.workloads):
        name = work.data.name
        told[f"law of {name}"] = _law(plan, w)
        told[f"latency of {name}"] = _reach(plan, w)
        told[f"copies of {name}"] = f"{work.copies}"
        told[f"due time of {name}"] = "it cannot wait for another slot"
    zones = len({site.zone for site in plan.sites})
    told["capacity"] = _room(plan)
    told["separate zones"] = f"{zones} hazard {'zone' if zones == 1 else 'zones'}"
    told["single sourcing"] = "a class of a region lies at one site"
    told["carbon cap"] = f"{plan.carbon_cap_t:,.0f} t of CO2"
    told["budget"] = f"{plan.budget:,.0f} {plan.currency}"
    return [f"{part} ({told[part]})" if told[part] else part for part in parts]


def _law(plan: Plan, w: int) -> str:
    """Return which rules deny a class where, one after the other; or that none is in force."""
    denied: dict[str, list[str]] = {}
    work = plan.workloads[w]
    for residency in plan.residency:
        book = residency.book
        for j, site in enumerate(plan.sites):
            for operation in work.asked:
                o = OPERATIONS.index(operation)
                if residency.state[w, j, o] != 0:
                    continue
                number = int(residency.rule[w, j, o])
                if number >= 0:
                    rule = book.rules[number]
                    why = f"{rule.id}, {rule.citation}, denies {operation} at"
                elif residency.in_force:
                    why = f"no rule of {book.title} in force on {plan.day.isoformat()} allows {operation} at"
                else:
                    why = f"no rule of {book.title} is in force on {plan.day.isoformat()}, which denies all at"
                sites = denied.setdefault(why, [])
                if site.name not in sites:
                    sites.append(site.name)
    return "; ".join(f"{why} {listing(sites, most=4)}" for why, sites in denied.items())


def _reach(plan: Plan, w: int) -> str:
    work = plan.workloads[w]
    near = plan.latency <= work.latency_ms
    r = int(near.sum(axis=1).argmin())
    sites = [site.name for site, within in zip(plan.sites, near[r].tolist(), strict=True) if within]
    return f"{work.latency_ms:g} ms from {plan.regions[r].name} reach {listing(sites, most=4) or 'no site'}"


def _room(plan: Plan) -> str:
    there = sum(site.capacity_mw for site in plan.sites)
    total = sum(work.copies * plan.load_mw(work) for work in plan.workloads)
    if len(plan.slots) == 1:
        return f"{total:,.3g} MW are asked for with all copies, and all sites have {there:,.3g} MW"
    shares = [share for share, _, _ in plan.slots]
    peak = max(range(len(shares)), key=shares.__getitem__)
    due = total * shares[peak] * len(shares)
    return f"{due:,.3g} MW fall due in slot {peak + 1} with all copies, and all sites have {there:,.3g} MW"
