"""Random plans beside trying all ways: slots, copies, sites that must be open, permits and two books at once."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

from pilotzone.core import InfeasibleError
from pilotzone.placement import (
    Among,
    Citation,
    DataClass,
    Operation,
    Placement,
    PlacementProblem,
    Plan,
    PlanSite,
    Rule,
    RuleBook,
    Scope,
    UserRegion,
    Workload,
    best_placement,
    frontier_of,
    solve_placement,
    undominated,
)

DAY = dt.date(2024, 1, 1)
CITE = Citation("L", "art. 1", dt.date(2000, 1, 1))
ALL = frozenset[Operation](("store", "replicate", "process", "access", "transfer"))
HOURS = 8760


def home(code: str, permit: str) -> RuleBook:
    """Personal data stay at home unless a permit is held, and are replicated nowhere else; other data go anywhere."""
    mine, personal = Among(frozenset({code})), Among(frozenset({"personal"}))
    others = Among(frozenset({code}), others=True)
    rest = Among(frozenset({"personal"}), others=True)
    return RuleBook(
        f"book of {code}",
        "B",
        "No legal advice.",
        (
            Rule("copy", frozenset({"replicate"}), CITE, kinds=personal, allow=mine, deny=others),
            Rule(
                "home", ALL - {"replicate"}, CITE, kinds=personal, allow=mine, deny=others, unless=frozenset({permit})
            ),
            Rule("rest", ALL, CITE, kinds=rest, allow=Among(others=True)),
        ),
        scope=Scope(collected_in=mine),
        kinds=Among(frozenset({"personal", "public"})),
    )


BOOKS = (home("DE", "contract"), home("CN", "assessment"))


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """Round figures, so that ties are common."""

    def figure(*values: float) -> float:
        return draw(st.sampled_from(values))

    sites = tuple(
        PlanSite(
            f"s{k}", draw(st.sampled_from(["DE", "CN"])), figure(0, 4, 8, 8, 16), figure(0, 1e5, 5e5), figure(50, 100),
            1.0, figure(0, 0.2, 0.5), f"z{draw(st.integers(0, 2))}", 0.0, float(k),
            exists=draw(st.booleans()), closing_cost=figure(0, 1e5), must_open=draw(st.integers(0, 4)) == 0,
        )
        for k in range(3)
    )  # fmt: skip
    works = tuple(
        Workload(
            DataClass(
                f"c{k}", draw(st.sampled_from(["DE", "CN"])), draw(st.sampled_from(["personal", "personal", "public"])),
                permits=frozenset(draw(st.sampled_from([(), ("contract",), ("contract", "assessment")]))),
            ),
            ("store",), figure(1, 2), copies=draw(st.sampled_from([1, 2])), waits=draw(st.booleans()),
            latency_ms=figure(100, 100, 6),
        )
        for k in range(draw(st.integers(1, 2)))
    )  # fmt: skip
    slots = draw(st.sampled_from([((1.0, 1.0, 1.0),), ((0.75, 1.0, 1.0), (0.25, 0.5, 2.0))]))
    return Plan("T", sites, (UserRegion("r", 0.0, 0.0, 1.0),), works, BOOKS, DAY, slots=slots)


def may(work: Workload, site: PlanSite) -> bool:
    """Return what the two books say, without them."""
    data = work.data
    if data.kind == "public" or data.collected_in == site.jurisdiction:
        return True
    return work.copies == 1 and {"DE": "contract", "CN": "assessment"}[data.collected_in] in data.permits


def all_ways(plan: Plan) -> list[tuple[float, float]]:
    """Return cost and emissions of every placement that keeps all demands, by putting each copy everywhere."""
    slots, sites = plan.slots, plan.sites
    choices = []
    for work, (due, _) in itertools.product(plan.workloads, enumerate(slots)):
        spots = [
            (j, t)
            for j, t in itertools.product(range(len(sites)), range(len(slots)))
            if may(work, sites[j]) and (work.waits or t == due) and 5 + 111.19493 * j / 70 <= work.latency_ms
        ]
        choices.append(
            [
                (work, due, spot)
                for spot in itertools.combinations(spots, work.copies)
                if len({sites[j].zone for j, _ in spot}) == work.copies
            ]
        )
    found = []
    for way in itertools.product(*choices):
        held = np.zeros((len(sites), len(slots)))
        cost = carbon = 0.0
        for work, due, spot in way:
            load = work.load_mw * slots[due][0]
            for j, t in spot:
                held[j, t] += load
                cost += load * HOURS * sites[j].cost_per_mwh * slots[t][1]
                carbon += load * HOURS * sites[j].carbon_kg_per_kwh * slots[t][2]
        if (held > np.array([[site.capacity_mw / len(slots)] for site in sites]) + 1e-9).any():
            continue
        for j, site in enumerate(sites):
            closing = site.closing_cost if site.exists else 0.0
            needed = site.must_open or held[j].any()
            cost += site.fixed_cost if needed else min(site.fixed_cost, closing)
        found.append((cost, carbon))
    return found


approx = partial(pytest.approx, rel=1e-7, abs=1e-6)


@given(plan=plans())
@settings(max_examples=150, deadline=None)
def test_random_plans_beside_trying_all_ways(plan: Plan) -> None:
    ways = all_ways(plan)
    if not ways:
        with pytest.raises(InfeasibleError):
            solve_placement(plan.problem(), gap=0.0)
        return
    problem = plan.problem()
    cheap = best_placement(problem, gap=0.0)
    assert cheap.cost == approx(min(cost for cost, _ in ways))
    priced = solve_placement(problem, carbon_price=40.0, gap=0.0)
    assert priced.objective == approx(min(cost + 40 * carbon for cost, carbon in ways))
    clean = best_placement(problem, only_carbon=True, gap=0.0)
    least = min(carbon for _, carbon in ways)
    assert clean.carbon == approx(least)
    assert clean.cost == approx(min(cost for cost, carbon in ways if carbon <= least * (1 + 1e-9) + 1e-9))
    cap = 0.5 * (cheap.carbon + clean.carbon)
    capped = solve_placement(problem, limits=(cap, np.inf), gap=0.0)
    assert capped.cost == approx(min(cost for cost, carbon in ways if carbon <= cap * (1 + 1e-6) + 1e-6))


def dominated(one: tuple[float, float], others: list[tuple[float, float]]) -> bool:
    return any(o[0] <= one[0] and o[1] <= one[1] and o != one for o in others)


@given(
    plan=plans(),
    only_carbon=st.booleans(),
    price=st.sampled_from([0.0, 40.0]),
    points=st.integers(2, 5),
    careless=st.one_of(st.none(), st.integers(0, 1000)),
)
@settings(max_examples=100, deadline=None)
def test_no_plan_is_shown_that_another_one_shown_is_better_than(
    plan: Plan, only_carbon: bool, price: float, points: int, careless: int | None
) -> None:
    """The plan that is chosen and those of the frontier; also where the first is not the best, as time may have it."""
    ways = all_ways(plan)
    if not ways:
        return
    problem = plan.problem()
    first = best_placement(problem, only_carbon=only_carbon, carbon_price=0.0 if only_carbon else price)
    if careless is not None:
        first = first.instead(any_placement(problem, careless))
    frontier = frontier_of(plan, points=points, best=first)
    best = undominated(first, frontier)
    shown = [(point.cost, point.carbon) for point in frontier]
    for one in [*shown, (best.cost, best.carbon)]:
        assert not dominated(one, shown)
    assert value(best) <= value(first) * (1 + 1e-12)
    assert best.objective == approx(value(best))
    assert any(cost == approx(best.cost) and carbon == approx(best.carbon) for cost, carbon in ways)
    if careless is None:
        assert frontier[0].cost == approx(min(cost for cost, _ in ways), rel=2e-4)
        assert frontier[-1].carbon == approx(min(carbon for _, carbon in ways), rel=2e-4)
        assert best.bound <= value(best) * (1 + 1e-9)


def any_placement(problem: PlacementProblem, seed: int) -> Placement:
    """Return a placement that keeps all demands and is best under figures drawn at random."""
    rng = np.random.default_rng(seed)
    drawn = replace(problem, cost=rng.uniform(0, 1, problem.cost.shape), fixed=rng.uniform(0, 1, problem.fixed.shape))
    found = solve_placement(drawn)
    opened = found.share.any(axis=(0, 2)) | problem.must_open | (problem.fixed < problem.closing)
    cost = np.where(opened, problem.fixed, problem.closing).sum() + (found.share * problem.cost).sum()
    carbon = (found.share * problem.carbon).sum()
    return replace(found, problem=problem, open=opened, cost=float(cost), carbon=float(carbon))


def value(placement: Placement) -> float:
    if placement.only_carbon:
        return placement.carbon
    return placement.cost + placement.carbon_price * placement.carbon


def test_the_random_plans_are_of_all_kinds() -> None:
    """Or the tests above would compare little: feasible and not, with ties, and with a law that matters."""

    def has(condition: Callable[[Plan], bool]) -> None:
        # Any will do: the search for the simplest one would take most of the time.
        find(plans(), condition, settings=settings(max_examples=3000, deadline=None, phases=[Phase.generate]))

    has(lambda plan: not all_ways(plan))
    has(lambda plan: bool(all_ways(plan)) and any(work.copies > 1 for work in plan.workloads) and len(plan.slots) > 1)
    has(lambda plan: bool(all_ways(plan)) and any(site.must_open and site.capacity_mw == 0 for site in plan.sites))
    has(lambda plan: bool(all_ways(plan)) and not plan.lawful().all())
