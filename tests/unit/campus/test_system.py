"""A site's system: what it asks of a plan, and the fleet that runs by rules what the plan builds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pilotzone.campus import (
    CampusLoad,
    Capacity,
    Deferrable,
    GridCarbon,
    Limit,
    Reservoir,
    ReservoirSupply,
    SiteSystem,
    Supply,
    Waiting,
    grid_supply,
    operate,
    plan_supply,
)
from pilotzone.campus.system import WAITING
from pilotzone.core import DataError, MethodError, UsageError

HOURS = 48
RNG = np.random.default_rng(17)
PRICES = np.tile([300.0, 100.0], HOURS // 2)
GRID = grid_supply(PRICES, carbon=GridCarbon("average", 0.5), capacity_charge=0.0, currency="CNY", price_year="2024")
DIESEL = Supply(
    "diesel", np.ones(HOURS), np.full(HOURS, 900.0), 5.0, {"co2": 0.8}, "CNY", "2024", 12.0, 12.0, backup=True
)
BATTERY = Supply(
    "battery", np.ones(HOURS), np.zeros(HOURS), 3.0, {}, "CNY", "2024",
    energy_cost=2.0, charging=0.9, discharging=0.8, most_mwh=7.0,
)  # fmt: skip
DAM = ReservoirSupply(
    Supply("dam", np.ones(HOURS), np.full(HOURS, 20.0), 0.0, {"co2": 0.0}, "CNY", "2024", 4.0, 4.0),
    np.full(HOURS, 1.5),
    30.0,
)


def load_of(it: object, *, waiting: Waiting | None = None, pue: float = 1.25) -> CampusLoad:
    given = np.broadcast_to(np.asarray(it, dtype=np.float64), (HOURS,))
    return CampusLoad(2027, given * pue, given.copy(), np.full(HOURS, pue), None, waiting or Waiting())


def system_of(*supplies: Supply, load: CampusLoad | None = None, **others: object) -> SiteSystem:
    given = load_of(8.0) if load is None else load
    return SiteSystem("Here", (given,), supplies or (GRID,), unserved_price=1e4, **others)  # type: ignore[arg-type]


# --------------------------------------------------------------------------------------------------- the problem


def test_flows_stores_and_limits_of_the_plan() -> None:
    limit = Limit("co2", 100.0)
    system = system_of(GRID, DIESEL, BATTERY, reservoirs=(DAM,), limits=(limit,), fuel_mwh={"diesel": 24.0})
    problem = system.problem()
    assert [flow.name for flow in problem.flows] == ["grid", "diesel"]
    assert [store.name for store in problem.stores] == ["battery", "dam"]
    np.testing.assert_array_equal(problem.load, np.full((1, HOURS), 10.0))
    assert (problem.unserved_price, problem.currency) == (1e4, "CNY")
    # Fuel is a limit of its own on the energy that the sets give, and no other supply's.
    assert [(item.name, item.amount, item.unit) for item in problem.limits] == [
        ("co2", 100.0, "t"),
        ("fuel of diesel", 24.0, "MWh"),
    ]
    assert [flow.intensity.get("fuel of diesel") for flow in problem.flows] == [None, 1.0]
    assert problem.flows[1].capacity == Capacity.given(12.0, cost=5.0)


@pytest.mark.parametrize("hours", [1, 3, 7])
def test_what_waits_is_bounded_by_the_least_that_falls_due_in_so_many_hours(hours: int) -> None:
    it = RNG.uniform(2, 9, HOURS)
    waiting = Waiting(0.4, hours)
    problem = system_of(load=load_of(it, waiting=waiting)).problem()
    due = 0.4 * 1.25 * it
    np.testing.assert_allclose(problem.load[0], 0.6 * 1.25 * it)
    (store,) = problem.stores
    assert isinstance(store, Deferrable)
    assert store.name == WAITING
    twice = np.concatenate([due, due])
    least = min(float(twice[k : k + hours].sum()) for k in range(HOURS))
    assert store.waiting.least == store.waiting.most == pytest.approx(least, rel=1e-12)


@pytest.mark.parametrize("hours", [1, 3])
def test_first_come_first_served_nothing_waits_longer_in_a_plan(hours: int) -> None:
    """Energy served by an hour is at least what fell due so many hours before."""
    it = RNG.uniform(2, 9, HOURS)
    system = system_of(load=load_of(it, waiting=Waiting(0.5, hours)))
    plan = plan_supply(system.problem())
    due = 0.5 * 1.25 * it
    served = plan.dispatch["grid"].ravel() - 0.5 * 1.25 * it
    # What waits over the year's end is served at its beginning: the cycle is unrolled with what is held there.
    held = np.cumsum(due - served)
    held -= held.min()
    window = np.array([np.concatenate([due, due])[k + HOURS - hours + 1 : k + HOURS + 1].sum() for k in range(HOURS)])
    assert (held <= window + 1e-5).all()
    assert held.max() > 0.1


def test_what_waits_is_moved_to_cheap_hours_by_hand() -> None:
    """Of 10 MW half may wait an hour: 5 MW are bought dear, 15 MW cheap."""
    plan = plan_supply(system_of(load=load_of(8.0, waiting=Waiting(0.5, 1))).problem())
    assert plan.objective == pytest.approx(HOURS / 2 * (5 * 300 + 15 * 100), rel=1e-6)
    nothing = plan_supply(system_of().problem())
    assert nothing.objective == pytest.approx(HOURS / 2 * (10 * 300 + 10 * 100), rel=1e-6)


def test_a_bound_on_fuel_holds_in_the_plan() -> None:
    """The grid gives 6 of 10 MW; 24 MWh of fuel serve what they can of the rest, and the rest is lost."""
    system = system_of(GRID.bounded("grid", 0.0, 6.0), DIESEL, fuel_mwh={"diesel": 24.0})
    plan = plan_supply(system.problem())
    assert plan.dispatch["diesel"].sum() == pytest.approx(24.0, rel=1e-6)
    assert plan.unserved.sum() == pytest.approx(4 * HOURS - 24.0, rel=1e-6)


def test_a_price_of_carbon_is_on_top_of_costs() -> None:
    system = system_of(carbon_price=40.0)
    assert system.problem().carbon_price == 40.0
    assert system.problem(carbon_price=0.0).carbon_price == 0.0
    bought = 10.0 * HOURS
    costs = [plan_supply(item).objective for item in (system.problem(), system.problem(carbon_price=0.0))]
    assert costs[0] - costs[1] == pytest.approx(40 * 0.5 * bought, rel=1e-6)


# --------------------------------------------------------------------------------------------- what is not known


def test_what_a_limit_or_a_price_is_on_has_to_be_known_of_every_supply() -> None:
    silent = Supply("wind", np.ones(HOURS), np.zeros(HOURS), 5.0, {}, "CNY", "2024")
    assert system_of(GRID, silent).problem().limits == ()
    with pytest.raises(DataError, match="co2 of supply 'wind': not known"):
        system_of(GRID, silent, carbon_price=1.0).problem()
    assert system_of(GRID, silent, carbon_price=1.0).problem(carbon_price=0.0).carbon_price == 0
    with pytest.raises(DataError, match="so2 of supply 'grid': not known") as found:
        system_of(limits=(Limit("so2", 1.0, unit="kg"),)).problem()
    assert "give it, with its source or as an assumption" in str(found.value)
    unknown = replace(DAM, plant=replace(DAM.plant, intensities={}))
    with pytest.raises(DataError, match="co2 of supply 'dam'"):
        system_of(GRID, reservoirs=(unknown,), limits=(Limit("co2", 1.0),)).problem()


def test_systems_that_cannot_be() -> None:
    with pytest.raises(MethodError, match=r"costs are in 2 currencies \(CNY: grid; EUR: diesel\)"):
        system_of(GRID, replace(DIESEL, currency="EUR"))
    with pytest.raises(MethodError, match="2 currencies"):
        system_of(GRID, reservoirs=(replace(DAM, plant=replace(DAM.plant, currency="EUR")),))
    with pytest.raises(UsageError, match="supply 'grid' is there twice"):
        system_of(GRID, GRID)
    with pytest.raises(UsageError, match="supply 'grid' is there twice"):
        system_of(GRID, reservoirs=(replace(DAM, plant=replace(DAM.plant, name="grid")),))
    with pytest.raises(UsageError, match="site 'Here' has no load"):
        SiteSystem("Here", (), (GRID,), unserved_price=1.0)
    with pytest.raises(UsageError, match=r"price of unserved load is 0\.0"):
        SiteSystem("Here", (load_of(1.0),), (GRID,))


# ----------------------------------------------------------------------------------------------------- the fleet


def test_fuel_is_a_store_without_inflow_that_is_drawn_only_where_load_would_be_lost() -> None:
    grid = GRID.bounded("grid", 0.0, 9.0)
    system = system_of(grid, DIESEL, fuel_mwh={"diesel": 30.0}, sets={"diesel": 6})
    fleet = system.fleet({"grid": 9.0, "diesel": 12.0}, {}, {})
    (fuel,) = fleet.reservoirs
    assert (fuel.name, fuel.turbine_mw, fuel.energy_mwh) == ("diesel", 12.0, 30.0)
    assert not np.asarray(fuel.inflow_mwh).any()
    assert fuel.yearly_cost == 5.0 * 12
    assert [source.name for source in fleet.sources] == ["grid"]
    months = np.ones(HOURS, np.int64)
    found = operate(fleet, system.facility_mw[0], months=months, keep=True)
    # 1 MW is short in each hour: fuel lasts for 30 of them.
    np.testing.assert_allclose(found.dispatch["diesel"][0], np.where(np.arange(HOURS) < 30, 1.0, 0.0), atol=1e-9)
    assert found.lost_mwh[0] == pytest.approx(HOURS - 30)
    assert found.totals["co2"][0] == pytest.approx(9 * HOURS * 0.5 + 30 * 0.8)
    enough = system.fleet({"grid": 10.0, "diesel": 12.0}, {}, {})
    np.testing.assert_allclose(operate(enough, system.facility_mw[0], months=months, keep=True).dispatch["diesel"], 0)


def test_sets_that_are_out_leave_as_much_fuel_and_less_capacity() -> None:
    system = system_of(GRID, DIESEL, fuel_mwh={"diesel": 30.0}, sets={"diesel": 6})
    fleet = system.fleet({"grid": 9.0, "diesel": 12.0}, {}, {}, out={"diesel": 2})
    (fuel,) = fleet.reservoirs
    assert fuel.turbine_mw == pytest.approx(8.0)
    assert fuel.energy_mwh == 30.0


def test_backup_with_endless_fuel_stays_a_source_with_its_sets() -> None:
    fleet = system_of(GRID, DIESEL, sets={"diesel": 6}).fleet({"grid": 9.0, "diesel": 12.0}, {}, {})
    assert [(source.name, source.backup, source.sets) for source in fleet.sources] == [
        ("grid", False, 1),
        ("diesel", True, 6),
    ]
    assert fleet.reservoirs == ()


def test_capacities_of_the_plan_and_waiting_reach_the_fleet() -> None:
    waiting = Waiting(0.3, 2)
    system = system_of(GRID, BATTERY, load=load_of(8.0, waiting=waiting))
    fleet = system.fleet({"grid": 9.5, "battery": 2.0}, {"battery": 4.0}, {})
    assert (fleet.sources[0].capacity_mw, fleet.waiting, fleet.unserved_price) == (9.5, waiting, 1e4)
    (battery,) = fleet.batteries
    assert (battery.power_mw, battery.energy_mwh) == (2.0, 4.0)
    assert fleet.yearly_cost == pytest.approx(2 * 3 + 4 * 2)


def test_of_several_weather_years_the_first_is_run() -> None:
    inflow = np.stack([np.full(HOURS, 1.5), np.full(HOURS, 0.5)])
    system = SiteSystem(
        "Here", (load_of(8.0), load_of(6.0)), (GRID,), (replace(DAM, inflow_mwh=inflow),), unserved_price=1e4
    )
    np.testing.assert_allclose(system.facility_mw, np.repeat([[10.0], [7.5]], HOURS, axis=1))
    problem = system.problem()
    assert problem.load.shape == (2, HOURS)
    (store,) = problem.stores
    assert isinstance(store, Reservoir)
    np.testing.assert_array_equal(store.inflow, inflow)


def test_the_rule_curve_of_a_reservoir_is_the_plans_level_at_the_end_of_each_month() -> None:
    hours = 8760
    ones = np.ones(hours)
    plant = Supply("dam", ones, 20 * ones, 0.0, {"co2": 0.0}, "CNY", "2024", 4.0, 4.0)
    load = CampusLoad(2027, 3 * ones, 3 * ones, ones)
    dam = ReservoirSupply(plant, 1.5 * ones, 30.0)
    grid = Supply("grid", ones, 300 * ones, 0.0, {"co2": 0.5}, "CNY", "2024")
    inflow = np.stack([1.5 * ones, 0.5 * ones])
    built = {"grid": 1.0, "dam": 4.0}
    system = SiteSystem("Here", (load, load), (grid,), (replace(dam, inflow_mwh=inflow),), unserved_price=1.0)
    ramp = np.linspace(0.0, 24.0, hours)
    level = np.stack([ramp, ramp + 6.0])
    (found,) = system.fleet(built, {}, {"dam": level}).reservoirs
    # Of two weather years: water of the first, and the mean of what both hold.
    np.testing.assert_array_equal(found.inflow_mwh, inflow[0])
    ends = 24 * np.cumsum([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]) - 1
    np.testing.assert_allclose(found.curve, (ramp[ends] + 3.0) / 30.0, atol=1e-12)
    assert (found.turbine_mw, found.energy_mwh) == (4.0, 30.0)
    endless = replace(dam, plant=replace(plant, most_mw=np.inf))
    with pytest.raises(UsageError, match="the turbines of 'dam' have no bound"):
        SiteSystem("Here", (load,), (grid,), (endless,), unserved_price=1.0).fleet(built, {}, {"dam": level})
