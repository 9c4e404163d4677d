"""Plans of supply: what is known by hand, by brute force, and what holds in every plan."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import linprog
from tests.golden.supply_problems import supply_problem
from tests.golden.supply_systems import bench_system, random_system

from pilotzone.campus import (
    Battery,
    Capacity,
    Deferrable,
    Flow,
    Limit,
    Reservoir,
    SupplyPlan,
    SupplyProblem,
    frontier_amounts,
    least_total,
    plan_supply,
    supply_frontier,
    with_limit,
)
from pilotzone.campus.certificate import Prices, lower_bound
from pilotzone.campus.highs import make_programme
from pilotzone.campus.interior import interior_point
from pilotzone.campus.making import make_form
from pilotzone.core import InfeasibleError, UsageError

CLOSE = 1e-6


def number(value: float | None) -> float:
    """Return a number of SciPy's result, which its types call optional."""
    assert value is not None
    return float(value)


def by_linprog(problem: SupplyProblem) -> float:
    """Return the optimum of a problem by another solver, from the same matrix."""
    form = make_form(problem)
    programme = make_programme(form)
    matrix = programme.matrix.toarray()
    equal = programme.low == programme.high
    found = linprog(
        programme.cost, A_ub=matrix[~equal], b_ub=programme.high[~equal],
        A_eq=matrix[equal], b_eq=programme.high[equal],
        bounds=[(0, None if np.isinf(top) else top) for top in programme.upper], method="highs-ds",
    )  # fmt: skip
    assert found.status == 0, found.message
    return number(found.fun) + form.constant


def written_out(problem: SupplyProblem) -> float:
    """Return the optimum of flows, one battery and hard limits, written out hour by hour and apart from the package."""
    hours, battery = problem.hours, problem.stores[0]
    assert isinstance(battery, Battery)
    names = [*(flow.name for flow in problem.flows), "in", "out", "level", "unserved"]
    sought = [*(flow.name for flow in problem.flows), "battery"]
    column = {(name, t): len(sought) + names.index(name) * hours + t for name in names for t in range(hours)}
    count = len(sought) + len(names) * hours
    cost = np.zeros(count)
    bounds: list[tuple[float, float | None]] = [(0.0, None)] * count
    equal, right, less, most = [], [], [], []
    for k, flow in enumerate(problem.flows):
        assert flow.capacity is not None
        cost[k], bounds[k] = flow.capacity.cost, (flow.capacity.least, min(flow.capacity.most, 1e9))
        for t in range(hours):
            cost[column[flow.name, t]] = problem.by_hour(flow.marginal_cost)[t]
            row = np.zeros(count)
            row[column[flow.name, t]], row[k] = 1.0, -problem.by_hour(flow.availability)[t]
            less.append(row)
            most.append(0.0)
    cost[len(sought) - 1] = battery.power.cost
    for t in range(hours):
        cost[column["unserved", t]] = problem.unserved_price or 0.0
        row = np.zeros(count)
        for flow in problem.flows:
            row[column[flow.name, t]] = 1.0 if flow.direction == "supply" else -1.0
        row[column["out", t]], row[column["in", t]], row[column["unserved", t]] = 1.0, -1.0, 1.0
        equal.append(row)
        right.append(problem.load[t])
        row = np.zeros(count)
        row[column["level", t]] += 1.0
        row[column["level", (t - 1) % hours]] -= 1 - battery.self_discharge
        row[column["in", t]], row[column["out", t]] = -battery.charge_efficiency, 1 / battery.discharge_efficiency
        equal.append(row)
        right.append(0.0)
        for name, factor in (("in", 1.0), ("out", 1.0), ("level", battery.duration_h)):
            row = np.zeros(count)
            row[column[name, t]], row[len(sought) - 1] = 1.0, -float(factor or 0.0)
            less.append(row)
            most.append(0.0)
    for limit in problem.limits:
        row = np.zeros(count)
        for flow in problem.flows:
            for t in range(hours):
                row[column[flow.name, t]] = problem.by_hour(flow.intensity.get(limit.quantity, 0.0))[t]
        less.append(row)
        most.append(limit.amount)
    found = linprog(cost, A_ub=less, b_ub=most, A_eq=equal, b_eq=right, bounds=bounds, method="highs-ds")
    assert found.status == 0, found.message
    return number(found.fun)


def check(plan: SupplyPlan) -> None:
    """Check what holds in every plan, from its tables and the specs alone."""
    problem = plan.problem
    size = max(float(problem.load.max()), 1.0)
    net = np.zeros(problem.load.shape)
    for flow in problem.flows:
        values = plan.dispatch[flow.name]
        net = net + values if flow.direction == "supply" else net - values
        room = problem.by_hour(flow.availability).reshape(problem.load.shape) * plan.capacity(flow.name)
        assert values.min() >= -CLOSE * size
        assert (values - room).max() <= CLOSE * size
    for store in problem.stores:
        roles = plan.stores[store.name]
        level = roles["level"] / problem.step_h
        before = np.roll(level, 1, axis=-1)
        keep = (1 - getattr(store, "self_discharge", 0.0)) ** problem.step_h
        change = level - keep * before
        if isinstance(store, Battery):
            net = net + roles["discharge"] - roles["charge"]
            moved = store.charge_efficiency * roles["charge"] - roles["discharge"] / store.discharge_efficiency
        elif isinstance(store, Reservoir):
            net = net + roles["discharge"]
            inflow = problem.by_hour(store.inflow).reshape(problem.load.shape)
            moved = inflow - roles["discharge"] / store.efficiency - roles.get("spill", 0.0)
        else:
            net = net - roles["served"]
            moved = problem.by_hour(store.load).reshape(problem.load.shape) - roles["served"]
        assert np.abs(change - moved).max() <= CLOSE * size
        assert roles["level"].max() <= plan.capacity(store.name, "energy") + CLOSE * size * problem.step_h
    assert np.abs(net + plan.unserved - problem.load).max() <= CLOSE * size
    for limit, told in zip(problem.limits, plan.limits, strict=True):
        counted = np.ones(problem.hours) if limit.hours is None else limit.hours
        flows = [flow for flow in problem.flows if limit.quantity in flow.intensity]
        by_hour = sum(
            problem.by_hour(flow.intensity[limit.quantity]).reshape(problem.load.shape) * plan.dispatch[flow.name]
            for flow in flows
        )
        total = (np.atleast_2d(by_hour) * counted).sum(axis=1) * problem.step_h
        totals = total if limit.each_year else np.array([problem.weights @ total])
        assert told.totals == pytest.approx(totals.tolist(), rel=1e-9, abs=1e-6)
        if limit.price is None:
            turn = 1 if limit.sense == "at most" else -1
            assert (turn * (totals - limit.amount)).max() <= CLOSE * max(abs(limit.amount), 1.0)
        assert told.price >= 0
    assert sum(plan.costs.values()) == pytest.approx(plan.objective, rel=1e-9, abs=1e-6)
    assert plan.bound <= plan.objective + 1e-8 * abs(plan.objective)
    assert plan.proven


def small(seed: int, hours: int = 24) -> SupplyProblem:
    """Return a small random problem with a battery, negative prices and a limit."""
    rng = np.random.default_rng(seed)
    price = 50 + 30 * rng.standard_normal(hours)
    sun = np.clip(np.sin(np.arange(hours) / 24 * 2 * np.pi), 0, 1)
    flows = (
        Flow("grid", Capacity.given(float(rng.choice([4.0, 12.0]))), marginal_cost=price, intensity={"co2": 0.5}),
        Flow("solar", Capacity(cost=float(rng.uniform(50, 400))), availability=sun),
        Flow("diesel", Capacity(most=20.0, cost=30.0), marginal_cost=200.0, intensity={"co2": 0.8}),
        Flow("sale", Capacity(most=3.0), direction="use", marginal_cost=-float(rng.uniform(10, 40))),
    )
    battery = Battery(
        "battery", Capacity(cost=float(rng.uniform(5, 200))), duration_h=float(rng.choice([1.0, 4.0])),
        self_discharge=float(rng.choice([0.0, 0.01])),
    )  # fmt: skip
    load = rng.uniform(5, 10, hours)
    return SupplyProblem(load, flows, (battery,), (Limit("co2", float(rng.uniform(0.1, 0.5)) * load.sum()),))


def everything(seed: int, *, years: int = 1, hours: int = 48) -> SupplyProblem:
    """Return a problem with all kinds of stores, limits and bounds there are."""
    rng = np.random.default_rng(seed)
    shape = (hours,) if years == 1 else (years, hours)
    month = np.arange(hours) < hours // 2
    flows = (
        Flow(
            "grid",
            Capacity(least=2.0, most=9.0, cost=20.0),
            marginal_cost=rng.uniform(-10, 90, shape),
            intensity={"co2": rng.uniform(0.3, 0.7, shape), "water": 2.0},
        ),
        Flow("wind", Capacity(cost=float(rng.uniform(100, 500))), availability=rng.uniform(0, 1, shape)),
        Flow("backup", None, marginal_cost=300.0, intensity={"co2": 0.9}),
        Flow("heat", Capacity.given(1.0), direction="use", marginal_cost=-20.0),
    )
    lake = Reservoir(
        "lake", rng.uniform(0, 3, shape), Capacity.given(3.0), Capacity.given(30.0), efficiency=0.9,
        intensity={"hydro": 1.0, "water": 1.0},
    )  # fmt: skip
    stores = (
        Battery("battery", Capacity(most=5.0, cost=40.0), energy=Capacity(cost=10.0), self_discharge=0.002),
        lake,
        Deferrable("batch", 1.0, Capacity.given(4.0), Capacity.given(12.0)),
    )  # fmt: skip
    limits = (
        Limit("co2", 2.5 * hours, price=120.0),
        Limit("water", 9.0 * hours, each_year=False, unit="m3"),
        Limit("hydro early", 0.4 * hours, quantity="hydro", sense="at least", hours=month, unit="MWh"),
    )
    return SupplyProblem(rng.uniform(5, 9, shape), flows, stores, limits, unserved_price=2000.0, carbon_price=10.0)


@pytest.mark.parametrize("seed", range(12))
def test_small_systems_against_a_programme_written_out(seed: int) -> None:
    problem = small(seed)
    plan = plan_supply(problem)
    check(plan)
    assert plan.objective == pytest.approx(written_out(problem), rel=CLOSE)
    assert by_linprog(problem) == pytest.approx(written_out(problem), rel=1e-9)


@pytest.mark.parametrize(("seed", "years"), [(0, 1), (1, 1), (2, 1), (3, 2), (4, 3)])
def test_all_kinds_of_parts_together(seed: int, years: int) -> None:
    problem = everything(seed, years=years)
    plan = plan_supply(problem)
    check_with_lake(plan)
    assert plan.objective == pytest.approx(by_linprog(problem), rel=CLOSE)


def check_with_lake(plan: SupplyPlan) -> None:
    """Check a plan whose limits are on a reservoir too: totals are counted with it."""
    lake = plan.stores["lake"]["discharge"]
    water = plan.dispatch["grid"] * 2.0 + lake
    weights = plan.problem.weights
    assert plan.limits[1].totals[0] == pytest.approx(float(weights @ np.atleast_2d(water).sum(axis=1)), rel=1e-9)
    early = np.atleast_2d(lake)[:, : plan.problem.hours // 2].sum(axis=1)
    assert plan.limits[2].totals == pytest.approx(early.tolist(), rel=1e-9)
    assert (early >= plan.limits[2].amount * (1 - CLOSE)).all()
    flows_only = replace(plan.problem, limits=())
    check(replace(plan, problem=flows_only, limits=()))


@pytest.mark.parametrize("seed", range(30, 42))
def test_random_systems_keep_everything(seed: int) -> None:
    check(plan_supply(supply_problem(random_system(seed, 168))))


def test_known_by_hand() -> None:
    # Six hours at 10 MW; coal at 30 until its limit of 20 t at 1 t per MWh, then gas at 80: 20 * 30 + 40 * 80.
    flows = (
        Flow("coal", Capacity.given(10.0), marginal_cost=30.0, intensity={"CO2": 1.0}),
        Flow("gas", Capacity.given(10.0), marginal_cost=80.0),
    )
    plan = plan_supply(
        SupplyProblem(np.full(6, 10.0), flows, limits=(Limit("CO2", 20.0), Limit("loose", 1e3, quantity="CO2")))
    )
    assert plan.objective == pytest.approx(3800.0, rel=1e-7)
    assert [limit.price for limit in plan.limits] == pytest.approx([50.0, 0.0], abs=1e-4)
    assert plan.limits[1].price == 0.0
    assert plan.price == pytest.approx(np.full(6, 80.0), rel=1e-5)
    assert plan.cost_per_kwh == pytest.approx(3800 / 60e3, rel=1e-6)


def test_capacity_is_sized_by_its_hours() -> None:
    # A capacity of 100 a year beats unserved load at 60 as soon as two hours need it: the third highest load.
    load = np.array([5.0, 9.0, 3.0, 7.0])
    plan = plan_supply(SupplyProblem(load, (Flow("peak", Capacity(cost=100.0)),), unserved_price=60.0))
    assert plan.capacity("peak") == pytest.approx(7.0, rel=1e-5)
    assert plan.objective == pytest.approx(700 + 2 * 60, rel=1e-7)


def test_dry_reservoir_and_no_sun() -> None:
    problem = SupplyProblem(
        np.full(24, 5.0),
        (Flow("solar", Capacity(cost=1.0), availability=0.0), Flow("grid", Capacity.given(9.0), marginal_cost=40.0)),
        (Reservoir("lake", 0.0, Capacity.given(5.0), Capacity.given(50.0)),),
    )
    plan = plan_supply(problem)
    check(plan)
    assert plan.objective == pytest.approx(24 * 5 * 40.0, rel=1e-7)


def test_several_years_share_capacities_alone() -> None:
    rng = np.random.default_rng(3)
    load, wind = rng.uniform(5, 10, (2, 48)), rng.uniform(0, 1, (2, 48))
    flows = (
        Flow("wind", Capacity(cost=300.0), availability=wind),
        Flow("grid", Capacity.given(12.0), marginal_cost=60.0),
    )
    both = plan_supply(SupplyProblem(load, flows, year_weights=(0.25, 0.75)))
    check(both)
    built = both.capacity("wind")
    apart = 0.0
    for year, weight in enumerate((0.25, 0.75)):
        given = replace(flows[0], capacity=Capacity.given(built, cost=300.0), availability=wind[year])
        apart += weight * plan_supply(SupplyProblem(load[year], (given, flows[1]))).objective
    assert both.objective == pytest.approx(apart, rel=1e-6)


def test_length_of_periods_and_a_repeated_year() -> None:
    problem = small(2)
    halves = replace(
        problem,
        load=np.repeat(problem.load, 2),
        step_h=0.5,
        flows=tuple(
            replace(
                flow,
                availability=np.repeat(problem.by_hour(flow.availability), 2),
                marginal_cost=np.repeat(problem.by_hour(flow.marginal_cost), 2),
            )
            for flow in problem.flows
        ),
        stores=(),
        limits=(),
    )
    whole = replace(problem, stores=(), limits=())
    assert plan_supply(halves).objective == pytest.approx(plan_supply(whole).objective, rel=CLOSE)


def test_highs_finds_the_same_and_says_so() -> None:
    problem = small(5)
    told: list[str] = []
    own, other = plan_supply(problem), plan_supply(problem, solver="HiGHS", progress=lambda word, _: told.append(word))
    assert other.solved.solver == "HiGHS"
    assert own.solved.solver == "interior point"
    assert "HiGHS" in told
    check(other)
    assert own.objective == pytest.approx(other.objective, rel=CLOSE)


def test_a_plan_between_two_others_is_the_same_in_fewer_steps() -> None:
    problem = supply_problem(random_system(1, 336))
    amount = problem.limits[0].amount
    ends = [plan_supply(with_limit(problem, "co2", part * amount), keep_way=True) for part in (0.8, 0.9)]
    middle = with_limit(problem, "co2", 0.86 * amount)
    cold, warm = plan_supply(middle), plan_supply(middle, between=(ends[0], ends[1]))
    assert warm.proven
    assert warm.objective == pytest.approx(cold.objective, rel=CLOSE)
    assert warm.solved.iterations < cold.solved.iterations
    check(warm)
    assert cold.warm is None


def test_a_straight_part_of_a_frontier_is_known_from_its_ends() -> None:
    """One flow is clean and dear, the other is not: each tonne less costs the same, and no step is taken."""
    load = 10 + np.sin(np.arange(48.0))
    flows = (
        Flow("dirty", Capacity(0, 50, 1.0), marginal_cost=5.0, intensity={"co2": 1.0}),
        Flow("clean", Capacity(0, 50, 1.0), marginal_cost=20.0),
    )
    problem = SupplyProblem(load, flows=flows, limits=(Limit("co2", 100.0),))
    ends = [plan_supply(with_limit(problem, "co2", amount), keep_way=True) for amount in (100.0, 140.0)]
    middle = with_limit(problem, "co2", 110.0)
    cold, warm = plan_supply(middle), plan_supply(middle, between=(ends[0], ends[1]))
    check(warm)
    assert cold.solved.iterations > 5
    assert warm.solved.iterations == 0
    assert warm.proven
    assert warm.objective == pytest.approx(cold.objective, rel=CLOSE)


def test_a_plan_under_nearly_the_least_that_a_limit_can_be() -> None:
    problem = replace(supply_problem(bench_system(1008)), unserved_price=None)
    least = least_total(problem, "co2")
    most = plan_supply(with_limit(problem, "co2", 1e9)).limits[0].totals[0]
    plan = plan_supply(with_limit(problem, "co2", least + 2e-4 * (most - least)), solver="interior point")
    check(plan)
    assert plan.proven
    assert plan.limits[0].price > 0


def test_a_plan_that_is_not_between_two_others_begins_from_nothing() -> None:
    problem = supply_problem(random_system(1, 168))
    ends = [plan_supply(with_limit(problem, "co2", part * 1e3), keep_way=True) for part in (40, 50)]
    beyond = with_limit(problem, "co2", 60e3)
    other = replace(with_limit(problem, "co2", 45e3), unserved_price=None)
    for asked in (beyond, other):
        cold, warm = plan_supply(asked), plan_supply(asked, between=(ends[0], ends[1]))
        assert (warm.objective, warm.solved.iterations) == (cold.objective, cold.solved.iterations)


def test_bound_holds_at_any_prices() -> None:
    form = make_form(small(7))
    best = interior_point(form)
    rng = np.random.default_rng(0)
    for _ in range(50):
        prices = Prices(
            rng.normal(50, 40, form.hours),
            rng.normal(-30, 20, (len(form.level), form.hours)),
            rng.exponential(20, len(form.amount)),
        )
        bound, _ = lower_bound(form, prices, best.objective)
        assert bound <= best.objective * (1 + 1e-9)


def test_frontier_is_convex_and_falls() -> None:
    problem = small(3, 48)
    amounts = frontier_amounts(problem, "co2", 6)
    plans = supply_frontier(problem, "co2", amounts)
    for plan in plans:
        check(plan)
    costs = np.array([plan.objective for plan in plans])
    assert (np.diff(costs) <= 1e-5 * abs(costs[0])).all()
    assert (np.diff(costs, 2) >= -1e-5 * abs(costs[0])).all()
    assert costs[-1] == pytest.approx(plan_supply(with_limit(problem, "co2", 1e6)).objective, rel=1e-6)
    with pytest.raises(UsageError, match="no limit 'so2'"):
        frontier_amounts(problem, "so2")
    with pytest.raises(UsageError, match="points"):
        frontier_amounts(problem, "co2", 1)


def limited(load: float, *, limit: Limit | None = None) -> SupplyProblem:
    """Return a problem that has 5 MW of hydro and 30 MW of coal."""
    flows = (
        Flow("hydro", Capacity.given(5.0), intensity={"water": 1.0}),
        Flow("coal", Capacity.given(30.0), marginal_cost=40.0, intensity={"CO2": 0.9}),
    )
    return SupplyProblem(np.full(48, load), flows, limits=(limit,) if limit else (), unserved_price=None)


def test_conflicts_in_words() -> None:
    problem = limited(20.0, limit=Limit("CO2", 400.0))
    with pytest.raises(InfeasibleError) as told:
        plan_supply(problem)
    assert told.value.conflict[0] == (
        "The CO2 limit of 400 t cannot be met with 5 MW of hydro, 30 MW of coal: at least 648 t are needed."
    )
    assert least_total(problem, "CO2") == pytest.approx(648.0, rel=1e-6)
    with pytest.raises(InfeasibleError, match=r"at least 240 MWh a year \(12.5 %\) are missing"):
        plan_supply(limited(40.0))
    with pytest.raises(InfeasibleError, match="at most 240 MWh can"):
        plan_supply(limited(20.0, limit=Limit("water", 300.0, sense="at least", unit="MWh")))


def test_tables_are_whole() -> None:
    plan = plan_supply(everything(1))
    hours = plan.to_frame()
    assert len(hours) == 48
    assert {"load_mw", "grid_mw", "battery_level_mwh", "lake_spill_mw", "batch_served_mw", "price_per_mwh"} <= set(
        hours
    )
    assert plan.spent().to_frame()["cost"].sum() == pytest.approx(plan.objective, rel=1e-9)
    assert list(plan.kept().to_frame()["limit"]) == ["co2", "water", "hydro early"]
    assert len(plan.energy().to_frame()) == 4
    assert "A year costs" in repr(plan)


def test_out_of_time_gives_the_best_plan_or_an_error() -> None:
    from pilotzone.core import MethodError

    # Without a price of unserved load the first point is not a plan; with one and room below limits it may be.
    problem = replace(supply_problem(random_system(2, 720)), unserved_price=None)
    with pytest.raises(MethodError, match="no plan was found"):
        plan_supply(problem, seconds=0.0)
    loose = replace(problem, unserved_price=3000.0, limits=())
    plan = plan_supply(loose, seconds=0.0)
    assert not plan.proven
    assert plan.gap > 1e-6
    assert plan.missed.most <= CLOSE
    assert plan.bound <= plan_supply(loose).objective <= plan.objective
