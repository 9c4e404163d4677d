"""Placement beside brute force and a second solver; what a rule costs; what conflicts; what is refused."""

from __future__ import annotations

import datetime as dt
import itertools
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from ortools.linear_solver import pywraplp
from scipy.optimize import linprog

from pilotzone.core import DataError, InfeasibleError, MethodError, UsageError
from pilotzone.placement import (
    DataClass,
    PlacementProblem,
    Plan,
    PlanSite,
    UserRegion,
    Workload,
    conflicts_of,
    frontier_of,
    load_rules,
    price_changes,
    prices_of_rules,
    smallest_conflict,
    solve_placement,
)
from pilotzone.placement.highs import Solved
from pilotzone.placement.lagrange import lagrangian_bound, ruled_out

Floats = NDArray[np.float64]


def problem(
    demands: int, sites: int, seed: int, *, slots: int = 1, copies: int = 1, room: float = 2.2, **others: Any
) -> PlacementProblem:
    rng = np.random.default_rng(seed)
    load = rng.uniform(0.5, 2.0, demands)
    several = np.where(rng.random(demands) < 0.5, copies, 1)
    capacity = rng.uniform(0.6, 1.4, (sites, slots)) * (load * several).sum() / sites * room / slots
    allowed = rng.random((demands, sites, slots)) < 0.85
    allowed[:, :2] = True
    given: dict[str, Any] = {
        "demands": tuple(f"d{k}" for k in range(demands)),
        "sites": tuple(f"s{k}" for k in range(sites)),
        "load": load,
        "copies": several,
        "capacity": capacity,
        "fixed": rng.uniform(5, 15, sites),
        "closing": np.zeros(sites),
        "cost": load[:, None, None] * rng.uniform(1, 6, (demands, sites, slots)),
        "carbon": load[:, None, None] * rng.uniform(0, 3, (demands, sites, slots)),
        "allowed": allowed,
        "zone": np.arange(sites) % max(sites - 1, 1),
    }
    return PlacementProblem(**(given | others))


def brute_force(p: PlacementProblem) -> float:
    """Least cost over all sets of open sites; single sourcing by all assignments, multi by a linear programme."""
    i, j, _ = p.shape
    best = np.inf
    for opened in itertools.product([0, 1], repeat=j):
        on = np.array(opened)
        fixed = float(p.fixed @ on + p.closing @ (1 - on))
        if p.sourcing == "single":
            for at in itertools.product(range(j), repeat=i):
                used = np.bincount(at, weights=p.load, minlength=j)
                if all(p.allowed[d, s, 0] for d, s in enumerate(at)) and (used <= p.capacity[:, 0] * on + 1e-12).all():
                    best = min(best, fixed + sum(float(p.cost[d, s, 0]) for d, s in enumerate(at)))
        else:
            best = min(best, cost_of_open(p, on.astype(bool)))
    return best


def cost_of_open(p: PlacementProblem, on: NDArray[np.bool_]) -> float:
    """Least cost where exactly these sites are open; infinite where they cannot hold all, or one must be open."""
    i, j, _ = p.shape
    if (p.must_open & ~on).any():
        return np.inf
    equal = np.kron(np.eye(i), np.ones(j))
    under = np.kron(np.ones(i), np.eye(j)) * np.repeat(p.load, j)
    top = (p.allowed[:, :, 0] * on).ravel().astype(float)
    bounds = np.stack([0 * top, top], axis=1)
    found = linprog(p.cost.ravel(), under, p.capacity[:, 0] * on, equal, p.copies, bounds=bounds)  # type: ignore[call-overload]
    return float(p.fixed @ on + p.closing @ ~on + found.fun) if found.status == 0 else np.inf


def check(p: PlacementProblem, share: Floats, opened: NDArray[np.bool_]) -> None:
    """Hold a placement to every demand by itself."""
    assert (share[~p.allowed] == 0).all()
    np.testing.assert_allclose(share.sum(axis=(1, 2)), p.copies, atol=1e-6)
    assert ((share * p.load[:, None, None]).sum(axis=0) <= p.capacity * opened[:, None] * (1 + 1e-6) + 1e-9).all()
    for demand in np.flatnonzero(p.copies > 1):
        for zone in range(p.zones):
            assert share[demand, p.zone == zone].sum() <= 1 + 1e-6


@pytest.mark.parametrize("seed", range(6))
def test_all_ways_one_by_one(seed: int) -> None:
    single = problem(5, 4, seed)
    multi = replace(single, sourcing="multi")
    for p in (single, multi):
        found = solve_placement(p, gap=0.0)
        assert found.objective == pytest.approx(brute_force(p), rel=1e-9)
        assert found.bound == pytest.approx(found.objective, rel=1e-9)
        check(p, found.share, found.open)


@pytest.mark.parametrize("seed", range(4))
def test_limits_hold_whatever_is_made_least(seed: int) -> None:
    """Least carbon under a budget that counts opening, and least cost under a limit of carbon, by all ways."""
    p = problem(4, 3, seed)
    cheap = solve_placement(p, gap=0.0)
    budget = 1.15 * cheap.cost
    found = solve_placement(p, only_carbon=True, limits=(np.inf, budget), gap=0.0)
    assert found.cost <= budget * (1 + 1e-9)
    best, costs = np.inf, {}
    for at in itertools.product(range(3), repeat=4):
        used = np.bincount(at, weights=p.load, minlength=3)
        if not all(p.allowed[d, s, 0] for d, s in enumerate(at)) or (used > p.capacity[:, 0] + 1e-12).any():
            continue
        carbon = sum(float(p.carbon[d, s, 0]) for d, s in enumerate(at))
        cost = sum(float(p.cost[d, s, 0]) for d, s in enumerate(at)) + float(p.fixed[np.unique(at)].sum())
        best = min(best, carbon) if cost <= budget else best
        costs[at] = cost, carbon
    assert found.carbon == pytest.approx(best, rel=1e-9)
    cap = 0.5 * (found.carbon + cheap.carbon)
    capped = solve_placement(p, limits=(cap, np.inf), gap=0.0)
    assert capped.cost == pytest.approx(
        min(cost for cost, carbon in costs.values() if carbon <= cap * (1 + 1e-12)), rel=1e-9
    )


def test_existing_sites_are_kept_or_closed_for_what_that_costs() -> None:
    base = problem(4, 3, 1)
    dear = replace(base, closing=np.array([100.0, 0.0, 0.0]))
    found = solve_placement(dear, gap=0.0)
    assert found.open[0]
    assert found.objective == pytest.approx(brute_force(dear), rel=1e-9)


def by_scip(p: PlacementProblem, seconds: int = 100) -> tuple[float, float]:
    """Return the objective and the bound of SCIP, on a formulation of its own: one row for each column and site."""
    solver = pywraplp.Solver.CreateSolver("SCIP")
    i, j, _ = p.shape
    top = 1.0 if p.sourcing == "multi" else 1
    opened = [solver.BoolVar(f"y{s}") for s in range(j)]
    share = {
        (d, s): solver.NumVar(0.0, top, "") if p.sourcing == "multi" else solver.BoolVar("")
        for d in range(i)
        for s in range(j)
        if p.allowed[d, s, 0]
    }
    for d in range(i):
        solver.Add(sum(share[d, s] for s in range(j) if (d, s) in share) == 1)
    for s in range(j):
        held = [share[d, s] * float(p.load[d]) for d in range(i) if (d, s) in share]
        solver.Add(sum(held) <= opened[s] * float(p.capacity[s, 0]))
    costs = [x * float(p.cost[d, s, 0]) for (d, s), x in share.items()]
    solver.Minimize(sum(costs) + sum(y * float(p.fixed[s]) for s, y in enumerate(opened)))
    solver.SetTimeLimit(1000 * seconds)
    enough = pywraplp.MPSolverParameters()
    enough.SetDoubleParam(enough.RELATIVE_MIP_GAP, 2e-5)  # a fifth of what the test allows
    solver.Solve(enough)
    return float(solver.Objective().Value()), float(solver.Objective().BestBound())


@pytest.mark.parametrize(("sourcing", "demands", "sites"), [("single", 60, 12), ("multi", 150, 20)])
def test_a_second_solver_says_the_same(sourcing: str, demands: int, sites: int) -> None:
    """SCIP on a formulation of its own; of 50 regions, 31 sites and five classes it needs minutes on a busy machine."""
    p = problem(demands, sites, 5, room=15.0, sourcing=sourcing)
    found = solve_placement(p, gap=1e-6, seconds=100)
    check(p, found.share, found.open)
    objective, bound = by_scip(p)
    assert found.gap <= 1e-6
    assert objective - bound <= 1e-4 * objective  # SCIP's own tolerance
    assert objective == pytest.approx(found.objective, rel=1e-4)
    assert bound <= found.objective * (1 + 1e-9)


@given(
    seed=st.integers(0, 10_000),
    sourcing=st.sampled_from(["single", "multi"]),
    forced=st.booleans(),
    closing=st.booleans(),
    above=st.sampled_from([1.0, 1.02, 1.2]),
)
@settings(max_examples=60, deadline=None)
def test_the_bound_is_below_every_placement_and_rules_out_none_that_is_best(
    seed: int, sourcing: str, forced: bool, closing: bool, above: float
) -> None:
    """Sites said to be open or closed, and shares said to be small, are so in the best placement."""
    rng = np.random.default_rng(seed)
    p = problem(
        8, 5, seed, copies=2, sourcing=sourcing,
        must_open=rng.random(5) < (0.3 if forced else 0.0),
        closing=rng.uniform(0, 20, 5) if closing else np.zeros(5),
    )  # fmt: skip
    bound = lagrangian_bound(p, p.cost)
    best = solve_placement(p, gap=0.0)
    assert bound.bound <= best.objective * (1 + 1e-9)
    sure = ruled_out(p, bound, best.objective * above)
    assert (best.share <= sure.most + 1e-6).all()
    assert not (sure.closed & best.open).any()
    assert best.open[sure.opened].all()


@pytest.mark.parametrize("seed", range(3))
def test_what_is_ruled_out_is_ruled_out_by_trying(seed: int) -> None:
    """The cost of every set of open sites, by a linear programme each, against what the bound says of that set."""
    p = problem(6, 5, seed, sourcing="multi", must_open=np.arange(5) == 4)
    best = solve_placement(p, gap=0.0).objective
    bound = lagrangian_bound(p, p.cost)
    told = 0
    for upper in np.linspace(1.0, 1.6, 7) * best:
        sure = ruled_out(p, bound, upper)
        told += int(sure.opened.sum() + sure.closed.sum())
        for opened in itertools.product([False, True], repeat=5):
            on = np.array(opened)
            if (on & sure.closed).any() or (~on & sure.opened).any():
                assert cost_of_open(p, on) > upper
    assert told > 0


@given(seed=st.integers(0, 10_000))
@settings(max_examples=20, deadline=None)
def test_a_stricter_mask_never_costs_less(seed: int) -> None:
    p = problem(8, 5, seed, copies=2, slots=2)
    rng = np.random.default_rng(seed)
    stricter = p.allowed & (rng.random(p.allowed.shape) < 0.8)
    stricter[:, :2] = p.allowed[:, :2]
    loose, tight = solve_placement(p, gap=0.0), solve_placement(p.under(stricter), gap=0.0)
    assert tight.objective >= loose.objective * (1 - 1e-9)
    check(p, loose.share, loose.open)
    check(p.under(stricter), tight.share, tight.open)


def test_units_and_orders_do_not_matter() -> None:
    p = problem(10, 5, 3)
    base = solve_placement(p, gap=0.0)
    scaled = replace(p, cost=1000 * p.cost, fixed=1000 * p.fixed, load=7 * p.load, capacity=7 * p.capacity)
    assert solve_placement(scaled, gap=0.0).objective == pytest.approx(1000 * base.objective, rel=1e-9)
    order = np.random.default_rng(1).permutation(5)
    turned = replace(
        p, sites=tuple(p.sites[k] for k in order), capacity=p.capacity[order], fixed=p.fixed[order],
        cost=p.cost[:, order], carbon=p.carbon[:, order], allowed=p.allowed[:, order], zone=p.zone[order],
    )  # fmt: skip
    assert solve_placement(turned, gap=0.0).objective == pytest.approx(base.objective, rel=1e-9)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"capacity": -np.ones((4, 1))}, "capacity of 's0' is -1"),
        ({"fixed": np.full(4, np.nan)}, "fixed of 's0' is nan"),
        ({"load": np.ones(4)}, r"load has shape \(4,\)"),
        ({"allowed": np.zeros((5, 4, 1), dtype=bool)}, "'d0'.* may be at no site"),
        ({"sourcing": "double"}, "'double'"),
    ],
)
def test_problems_that_cannot_be(change: dict[str, Any], words: str) -> None:
    with pytest.raises((DataError, UsageError), match=words):
        problem(5, 4, 1, **change)
    with pytest.raises(DataError, match="'d1' has no copy"):
        replace(problem(5, 4, 1), copies=np.array([1, 0, 1, 1, 1]))


# ------------------------------------------------------------------------------------------------ plans


def plan(**others: Any) -> Plan:
    def site(name: str, where: str, cost: float, carbon: float, lon: float, capacity: float = 10.0) -> PlanSite:
        return PlanSite(name, where, capacity, 1000.0, cost, 1.2, carbon, name, 30.0, lon)

    people = DataClass("people", "CN", "personal", "critical_infrastructure")
    given: dict[str, Any] = {
        "title": "T",
        "sites": (
            site("home", "CN", 80.0, 0.6, 105.0),
            site("coast", "CN", 90.0, 0.2, 120.0),
            site("far", "US", 40.0, 0.1, -120.0),
        ),
        "regions": (UserRegion("east", 31.0, 121.0, 0.7), UserRegion("west", 30.0, 104.0, 0.3)),
        "workloads": (
            Workload(people, ("store",), 2.0),
            Workload(DataClass("films", "CN", "public"), ("store",), 1.0, latency_ms=20.0),
        ),
        "books": (load_rules("china"),),
        "day": dt.date(2018, 1, 1),
    }
    return Plan(**(given | others))


def test_what_the_law_costs_by_hand() -> None:
    """Films stay near; people's data would be 40 a MWh abroad, and are kept at home for 80."""
    found = solve_placement(plan().problem(), gap=0.0)
    (price,) = prices_of_rules(plan(), found)
    assert price.rule == "csl-37-store"
    hours = 8760 * 1.2 * 2.0
    assert price.cost == pytest.approx(hours * (80 - 40) - 1000, rel=1e-6)
    before = plan(day=dt.date(2017, 5, 31))
    assert solve_placement(before.problem(), gap=0.0).cost == pytest.approx(found.cost - price.cost, rel=1e-9)


def test_a_placement_never_breaks_a_rule() -> None:
    """Rules read one by one, for what is where in the placement."""
    own = plan()
    found = solve_placement(own.problem(), gap=0.0)
    for k, (w, _, _) in enumerate(own.demands):
        for j in np.flatnonzero(found.share[k].any(axis=1)):
            data, operations = own.workloads[w].data, own.workloads[w].operations
            for operation in operations:
                decided = next(
                    rule for rule in own.books[0].rules
                    if rule.about(data, operation, own.day)
                    and (own.sites[j].jurisdiction in rule.allow or own.sites[j].jurisdiction in rule.deny)
                )  # fmt: skip
                assert own.sites[j].jurisdiction in decided.allow


def test_a_carbon_price_that_changes_the_plan() -> None:
    own = plan(books=(), workloads=(Workload(DataClass("x", "CN", "public"), ("store",), 1.0),), sites=plan().sites[:2])
    cheap = solve_placement(own.problem(), gap=0.0)
    price = price_changes(own, cheap)
    assert price == pytest.approx((90 - 80) / (0.6 - 0.2), rel=1e-6)
    just_below, just_above = (
        solve_placement(own.problem(), carbon_price=float(price or 0) * factor, gap=0.0) for factor in (0.99, 1.01)
    )
    assert just_below.carbon == pytest.approx(cheap.carbon)
    assert just_above.carbon < cheap.carbon
    points = frontier_of(own, points=3)
    assert points[0].sites == ("home",)
    assert points[-1].sites == ("coast",)
    assert all(a.cost < b.cost and a.carbon > b.carbon for a, b in itertools.pairwise(points))


def test_work_that_can_wait_goes_to_the_cheaper_hours() -> None:
    work = Workload(DataClass("x", "CN", "public"), ("process",), 1.0, waits=True)
    slots = ((0.5, 1.0, 1.0), (0.5, 0.5, 1.0))
    patient = plan(books=(), workloads=(work,), slots=slots)
    hasty = plan(books=(), workloads=(replace(work, waits=False),), slots=slots)
    late, now = (solve_placement(p.problem(), gap=0.0) for p in (patient, hasty))
    assert late.share[:, :, 0].sum() == 0
    assert late.cost < now.cost


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, ()),
        ({"workloads": (replace(plan().workloads[0], load_mw=30.0),)}, ("law of people", "capacity")),
        ({"workloads": (replace(plan().workloads[0], load_mw=31.0),)}, ("capacity",)),
        (
            {"workloads": (replace(plan().workloads[1], load_mw=20.0, latency_ms=np.inf),)},
            ("capacity", "single sourcing"),
        ),
        (
            {"workloads": (replace(plan().workloads[0], load_mw=12.0), replace(plan().workloads[1], load_mw=9.0))},
            ("law of people", "latency of films", "capacity"),
        ),
        ({"workloads": (replace(plan().workloads[0], copies=3),)}, ("law of people", "copies of people")),
        ({"workloads": (replace(plan().workloads[1], latency_ms=1.0),)}, ("latency of films",)),
        ({"budget": 10.0}, ("budget",)),
    ],
)
def test_a_smallest_set_of_demands_that_conflict(change: dict[str, Any], expected: tuple[str, ...]) -> None:
    assert conflicts_of(plan(**change)) == expected


@given(sets=st.lists(st.frozensets(st.sampled_from("abcde"), min_size=1), min_size=1, max_size=5))
def test_smallest_conflicts_by_brute_force(sets: list[frozenset[str]]) -> None:
    """Any family of forbidden sets: the answer is forbidden, and no smaller set is."""

    def possible(kept: frozenset[str]) -> bool:
        return not any(item <= kept for item in sets)

    found = frozenset(smallest_conflict(list("abcde"), possible))
    assert not possible(found)
    assert len(found) == min(len(item) for item in sets)


def test_no_plan_at_all_is_said() -> None:
    with pytest.raises(InfeasibleError, match="no placement meets all demands"):
        solve_placement(plan(workloads=(Workload(plan().workloads[0].data, ("store",), 300.0),)).problem())


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"sites": ()}, "there are no sites"),
        ({"regions": plan().regions * 2}, "two regions are called 'east'"),
        ({"slots": ((0.5, 1.0, 1.0),)}, "do not add up"),
    ],
)
def test_plans_that_cannot_be(change: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        plan(**change)


def test_sites_and_work_that_cannot_be() -> None:
    with pytest.raises(UsageError, match="capacity_mw of site 'x' is -5"):
        PlanSite("x", "CN", -5, 1, 1, 1.2, 0.1, "z", 0, 0)
    with pytest.raises(UsageError, match=r"pue of site 'x' is 0\.9"):
        PlanSite("x", "CN", 5, 1, 1, 0.9, 0.1, "z", 0, 0)
    with pytest.raises(UsageError, match="has 0 MW"):
        Workload(DataClass("x", "CN", "public"), ("store",), 0)


# ------------------------------------------------------------------------------------------------ the solver itself


def test_what_the_solver_says_of_itself_is_not_told_as_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Time that ran out, demands that cannot be kept and a solver that broke are three things."""
    from pilotzone.placement import solving

    def answer(**said: Any) -> None:
        given = {"values": None, "objective": np.inf, "bound": -np.inf, "infeasible": False} | said
        monkeypatch.setattr(solving, "solve_programme", lambda *_, **__: Solved(**given))

    answer(failed="solve error")
    with pytest.raises(MethodError, match="the solver stopped without an answer: solve error"):
        solve_placement(problem(4, 3, 1))
    answer()
    with pytest.raises(MethodError, match="no placement was found in 7 seconds") as late:
        solve_placement(problem(4, 3, 1), seconds=7)
    assert not isinstance(late.value, InfeasibleError)
    answer(infeasible=True)
    with pytest.raises(InfeasibleError, match="no placement meets all demands"):
        solve_placement(problem(4, 3, 1))
    answer(values=np.zeros(3 + int(problem(4, 3, 1).allowed.sum())), objective=1.0)
    with pytest.raises(MethodError, match="its answer does not keep all demands"):
        solve_placement(problem(4, 3, 1))


@pytest.mark.parametrize("size", [1e-9, 1e-6, 1.0, 1e6, 1e9])
@pytest.mark.parametrize("money", [1e-6, 1.0, 1e9])
def test_units_of_any_size_give_the_same_plan(size: float, money: float) -> None:
    """The solver's tolerances are absolute: tiny loads were nothing to it, and tiny costs too."""
    p = problem(6, 4, 3, copies=2)
    base = solve_placement(p, gap=0.0)
    scaled = replace(
        p, load=size * p.load, capacity=size * p.capacity, cost=money * p.cost, fixed=money * p.fixed
    )  # fmt: skip
    found = solve_placement(scaled, gap=0.0)
    assert found.objective == pytest.approx(money * base.objective, rel=1e-9)
    held = (found.share * p.load[:, None, None]).sum(axis=0)
    assert (held <= p.capacity * found.open[:, None] * (1 + 1e-6)).all()


def test_a_start_is_kept_where_time_is_out(monkeypatch: pytest.MonkeyPatch) -> None:
    from pilotzone.placement import solving

    p = problem(6, 4, 3)
    base = solve_placement(p, gap=0.0)
    none = Solved(None, np.inf, -np.inf, infeasible=False)
    monkeypatch.setattr(solving, "solve_programme", lambda *_, **__: none)
    found = solve_placement(p, start=base)
    assert found.objective == pytest.approx(base.objective)
    assert found.gap > 0


def test_the_end_of_least_carbon_is_always_on_the_frontier() -> None:
    """Emissions of zero, costs of zero, and one point only: none of them is lost or divided by."""
    sites = (
        replace(plan().sites[0], carbon_kg_per_kwh=0.0),
        replace(plan().sites[1], cost_per_mwh=0.0, fixed_cost=0.0),
    )
    work = Workload(DataClass("x", "CN", "public"), ("store",), 1.0)
    own = plan(books=(), workloads=(work,), sites=sites)
    points = frontier_of(own, points=4)
    assert (points[0].sites, points[-1].sites) == (("coast",), ("home",))
    assert points[0].cost == 0
    assert points[-1].carbon == 0
    alone = frontier_of(plan(books=(), workloads=(work,), sites=sites[:1]), points=4)
    assert len(alone) == 1


def test_rules_of_one_article_are_priced_together() -> None:
    """What one of them lifts another still denies: by itself none costs anything."""
    people = plan().workloads[0]
    own = plan(workloads=(replace(people, copies=2), plan().workloads[1]))
    found = solve_placement(own.problem(), gap=0.0)
    (both,) = prices_of_rules(own, found)
    assert both.rule == "csl-37-store, csl-37-abroad"
    free = solve_placement(replace(own, books=()).problem(), gap=0.0)
    assert both.cost == pytest.approx(found.cost - free.cost)
    assert both.binds
