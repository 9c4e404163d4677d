"""Operation without foresight: balances, rules, and a programme that knows all hours."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from pilotzone.campus.fleet import BatteryRule, Fleet, FleetBattery, FleetReservoir, FleetSource, rule_curve
from pilotzone.campus.load import Waiting
from pilotzone.campus.operation import ForesightGap, OperationResult, operate, sampled_outages
from pilotzone.core import DataError, UsageError

MONTHS = np.repeat(np.arange(1, 13), 6)
HOURS = len(MONTHS)


def drawn(seed: int) -> tuple[Fleet, np.ndarray]:
    """Return a fleet with everything in it, and loads of three scenarios."""
    rng = np.random.default_rng(seed)
    curve = tuple(rng.uniform(0.2, 0.9, 12).tolist())
    grid = FleetSource(
        "grid",
        rng.uniform(20, 60),
        marginal_cost=rng.uniform(-20, 90, HOURS),
        intensities={"co2": rng.uniform(0.2, 0.9, HOURS)},
    )
    light = rng.uniform(0, 1, (3, HOURS)) * (rng.random(HOURS) < 0.5)
    dam = FleetReservoir(
        "dam",
        25.0,
        600.0,
        rng.uniform(0, 25, (3, HOURS)),
        curve,
        0.1 * min(curve),
        hedging=0.3,
        marginal_cost=40.0,
        intensities={"co2": 0.0},
    )
    fleet = Fleet(
        (
            grid,
            FleetSource("pv", 80.0, availability=light, intensities={"co2": 0.0}),
            FleetSource("coal", 20.0, marginal_cost=55.0, intensities={"co2": 0.9, "so2": 0.2}),
            FleetSource("diesel", 9.0, marginal_cost=300.0, sets=3, backup=True, intensities={"co2": 0.8}),
        ),
        (
            FleetBattery("quick", 15.0, 40.0, 0.95, 0.9, 0.4, BatteryRule(30.0, 70.0, 0.3)),
            FleetBattery("kept", 5.0, 30.0, 0.9, 0.9, 1.0),
        ),
        (dam,),
        Waiting(float(rng.choice([0.0, 0.2])), int(rng.integers(0, 7))),
        unserved_price=3000.0,
    )
    return fleet, rng.uniform(50, 140, (3, HOURS))


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_balances_hold_in_every_hour(seed: int) -> None:
    fleet, load = drawn(seed)
    found = operate(fleet, load, months=MONTHS, out={"diesel": 1}, keep=True)
    hour = found.dispatch
    waiting = np.concatenate([np.zeros((3, 1)), hour["waiting"]], axis=1)
    given_ = sum(hour[name] for name in ("grid", "pv", "coal", "diesel", "dam", "quick discharged", "kept discharged"))
    taken = hour["quick charged"] + hour["kept charged"]
    served = given_ - taken
    assert np.abs(load - np.diff(waiting, axis=1) - hour["unserved"] - served).max() < 1e-9
    assert np.abs(waiting[:, -1]).max() < 1e-9
    for battery in fleet.batteries:
        charged, given_out = hour[f"{battery.name} charged"], hour[f"{battery.name} discharged"]
        held = battery.start_share * battery.energy_mwh + np.cumsum(
            battery.charging * charged - given_out / battery.discharging, axis=1
        )
        assert held.min() > -1e-9
        assert held.max() < battery.energy_mwh + 1e-9
        assert (
            np.abs(held[:, -1] - battery.start_share * battery.energy_mwh - found.held_change_mwh[battery.name]).max()
            < 1e-9
        )
        assert (charged * given_out == 0).all()
        assert max(charged.max(), given_out.max()) < battery.power_mw + 1e-9
    (dam,) = fleet.reservoirs
    stored = dam.start_of_year * dam.energy_mwh + np.cumsum(
        np.asarray(dam.inflow_mwh) - hour["dam"] - hour["dam spilled"], axis=1
    )
    assert stored.min() > dam.minimum_share * dam.energy_mwh - 1e-9
    assert stored.max() < dam.energy_mwh + 1e-9
    assert np.abs(stored[:, -1] - dam.start_of_year * dam.energy_mwh - found.held_change_mwh["dam"]).max() < 1e-9
    assert hour["dam"].max() < dam.turbine_mw + 1e-9
    for source in fleet.sources:
        room = source.capacity_mw * np.broadcast_to(np.asarray(source.availability), load.shape)
        assert (hour[source.name] < room * (2 / 3 if source.name == "diesel" else 1) + 1e-9).all()
        assert hour[source.name].min() >= 0


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_sums_are_those_of_the_hours(seed: int) -> None:
    fleet, load = drawn(seed)
    kept, found = operate(fleet, load, months=MONTHS, keep=True), operate(fleet, load, months=MONTHS)
    hour = kept.dispatch
    prices = {source.name: source.marginal_cost for source in fleet.sources} | {"dam": 40.0}
    cost = sum((hour[name] * np.asarray(price)).sum(axis=1) for name, price in prices.items())
    co2 = sum((hour[s.name] * np.asarray(s.intensities["co2"])).sum(axis=1) for s in fleet.sources)
    for result in (kept, found):
        assert result.running_cost == pytest.approx(cost, rel=1e-12)
        assert result.totals["co2"] == pytest.approx(co2, rel=1e-12)
        assert result.lost_mwh == pytest.approx(hour["unserved"].sum(axis=1), rel=1e-12, abs=1e-12)
        assert result.unserved_cost == pytest.approx(3000 * hour["unserved"].sum(axis=1), rel=1e-12, abs=1e-9)
        assert result.lost_hours.tolist() == (hour["unserved"] > 1e-6).sum(axis=1).tolist()
        assert result.unserved_mwh[:, 7] == pytest.approx(hour["unserved"][:, MONTHS == 8].sum(axis=1), abs=1e-9)
        assert result.unknown == {"so2": ("grid", "pv", "diesel", "dam")}
        assert "so2" not in result.totals


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000), until=st.integers(1, HOURS - 8))
def test_what_comes_later_changes_nothing_before(seed: int, until: int) -> None:
    fleet, load = drawn(seed)
    other, changed = drawn(seed + 1)
    later = np.arange(HOURS) >= until

    def spliced(one: object, two: object) -> np.ndarray:
        return np.where(
            later, np.broadcast_to(np.asarray(two), load.shape), np.broadcast_to(np.asarray(one), load.shape)
        )

    twin = replace(
        fleet,
        sources=tuple(
            replace(a, availability=spliced(a.availability, b.availability)) if a.name == "pv" else a
            for a, b in zip(fleet.sources, other.sources, strict=True)
        ),
        reservoirs=tuple(
            replace(a, inflow_mwh=spliced(a.inflow_mwh, b.inflow_mwh))
            for a, b in zip(fleet.reservoirs, other.reservoirs, strict=True)
        ),
    )
    one = operate(fleet, load, months=MONTHS, keep=True).dispatch
    two = operate(twin, spliced(load, changed), months=MONTHS, keep=True).dispatch
    for name in one:
        assert np.array_equal(one[name][:, :until], two[name][:, :until]), name


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_load_that_waits_is_served_within_its_hours(seed: int) -> None:
    fleet, load = drawn(seed)
    fleet = replace(fleet, waiting=Waiting(0.3, 4))
    hour = operate(fleet, load, months=MONTHS, keep=True).dispatch
    gone = np.cumsum(load, axis=1) - hour["waiting"]
    # What is served or lost by an hour covers all that fell due four hours before.
    due = np.cumsum(0.7 * load, axis=1)
    due[:, 4:] += np.cumsum(0.3 * load, axis=1)[:, :-4]
    assert (gone - due).min() > -1e-9
    assert hour["waiting"].max() > 0


def perfect(fleet: Fleet, load: np.ndarray) -> float:
    """Return the least energy unserved of one scenario with all hours known, each store at least where it ends."""
    hours, sources = len(load), fleet.sources
    columns: list[tuple[float, float]] = []
    balance: list[tuple[int, float]] = []
    rest: list[tuple[int, float, float, float, np.ndarray | None]] = []
    for source in sources:
        room = source.capacity_mw * np.broadcast_to(np.asarray(source.availability), load.shape)
        balance.append((len(columns), 1.0))
        columns += [(0.0, float(x)) for x in room]
    for battery in fleet.batteries:
        first = len(columns)
        columns += [(0.0, battery.power_mw)] * (2 * hours) + [(0.0, battery.energy_mwh)] * hours
        balance += [(first, -1.0), (first + hours, 1.0)]
        rest.append((first, battery.charging, 1 / battery.discharging, battery.start_share * battery.energy_mwh, None))
    for item in fleet.reservoirs:
        first = len(columns)
        columns += [(0.0, item.turbine_mw)] * hours + [(0.0, math.inf)] * hours
        columns += [(item.minimum_share * item.energy_mwh, item.energy_mwh)] * hours
        balance.append((first, 1.0))
        rest.append((first, -1.0, 1.0, item.start_of_year * item.energy_mwh, np.asarray(item.inflow_mwh)))
    lost = len(columns)
    columns += [(0.0, math.inf)] * hours
    balance.append((lost, 1.0))
    rows: list[np.ndarray] = []
    right: list[float] = []
    for t in range(hours):
        row = np.zeros(len(columns))
        for first, sign in balance:
            row[first + t] = sign
        rows.append(row)
        right.append(float(load[t]))
        for first, into, out, start, inflow in rest:
            row = np.zeros(len(columns))
            row[first + 2 * hours + t] = 1.0
            row[first + t] = -into
            row[first + hours + t] = out
            if t:
                row[first + 2 * hours + t - 1] = -1.0
            rows.append(row)
            right.append((0.0 if t else start) + (0.0 if inflow is None else float(inflow[t])))
    cost = np.zeros(len(columns))
    cost[lost:] = 1.0
    # Supply may exceed use: what is over is curtailed, as bounds of sources allow anything below.
    found = linprog(cost, A_eq=np.array(rows), b_eq=right, bounds=columns)
    assert found.status == 0
    assert found.fun is not None
    return float(found.fun)


@pytest.mark.parametrize("seed", range(6))
def test_a_programme_that_knows_all_hours_loses_no_more(seed: int) -> None:
    fleet, load = drawn(seed)
    fleet = replace(fleet, waiting=Waiting())
    found = operate(fleet, load, months=MONTHS)
    for k in range(3):
        one = replace(
            fleet,
            sources=tuple(
                replace(s, availability=np.asarray(s.availability)[k]) if s.name == "pv" else s for s in fleet.sources
            ),
            reservoirs=tuple(replace(r, inflow_mwh=np.asarray(r.inflow_mwh)[k]) for r in fleet.reservoirs),
        )
        assert perfect(one, load[k]) <= found.lost_mwh[k] + 1e-6


def test_without_stores_the_loss_is_load_above_capacity() -> None:
    fleet, load = drawn(5)
    fleet = replace(fleet, batteries=(), reservoirs=(), waiting=Waiting())
    found = operate(fleet, load, months=MONTHS)
    supply = sum(s.capacity_mw * np.broadcast_to(np.asarray(s.availability), load.shape) for s in fleet.sources)
    assert found.lost_mwh == pytest.approx(np.maximum(load - supply, 0).sum(axis=1), rel=1e-12)


def test_a_programme_that_knows_august_saves_water_that_the_rule_spends() -> None:
    # Inflow fails in month 8. Grid 60 of 100 MW; the curve lets the dam run empty, since no dry year was known.
    inflow = np.where(MONTHS == 8, 0.0, 40.0)
    fleet = Fleet(
        (FleetSource("grid", 60.0, marginal_cost=50.0),),
        reservoirs=(FleetReservoir("dam", 50.0, 400.0, inflow, (0.0,) * 12, start_share=1.0),),
    )
    load = np.full(HOURS, 100.0)
    found = operate(fleet, load, months=MONTHS)
    assert found.to_table().columns["worst_month"] == (8,)
    assert found.lost_mwh[0] == pytest.approx(6 * 40.0)
    assert perfect(fleet, load) == pytest.approx(0.0, abs=1e-7)
    # A curve that keeps water for it serves it all: 240 MWh are there when it begins.
    kept = replace(fleet.reservoirs[0], curve=(0.6,) * 7 + (0.0,) + (0.6,) * 4)
    assert operate(replace(fleet, reservoirs=(kept,)), load, months=MONTHS).lost_mwh[0] == pytest.approx(0.0, abs=1e-9)


def test_merit_and_the_rule_of_the_battery() -> None:
    cheap = FleetSource("cheap", 10.0, marginal_cost=[10.0, 10.0, 80.0, 80.0])
    dear = FleetSource("dear", 10.0, marginal_cost=60.0)
    battery = FleetBattery("battery", 4.0, 8.0, 1.0, 1.0, 0.0, BatteryRule(20.0, 70.0, 0.0))
    found = operate(Fleet((cheap, dear), (battery,)), [6.0, 6.0, 18.0, 18.0], months=[1] * 4, keep=True).dispatch
    assert found["battery charged"][0].tolist() == [4.0, 4.0, 0.0, 0.0]
    assert found["cheap"][0].tolist() == [10.0, 10.0, 4.0, 4.0]
    assert found["dear"][0].tolist() == [0.0, 0.0, 10.0, 10.0]
    assert found["battery discharged"][0].tolist() == [0.0, 0.0, 4.0, 4.0]
    waits = replace(battery, rule=BatteryRule(20.0))
    assert (
        operate(Fleet((cheap, dear), (waits,)), [6.0, 6.0, 18.0, 18.0], months=[1] * 4).energy_mwh[
            "battery discharged"
        ][0]
        == 0
    )


def test_a_battery_restores_its_reserve_from_what_costs() -> None:
    grid = FleetSource("grid", 10.0, marginal_cost=50.0)
    battery = FleetBattery("battery", 4.0, 8.0, 0.8, 1.0, 0.5, BatteryRule(0.0, reserve_share=0.5))
    found = operate(Fleet((grid,), (battery,)), [13.0, 9.0, 6.0, 6.0], months=[1] * 4, keep=True).dispatch
    assert found["battery discharged"][0].tolist() == [3.0, 0.0, 0.0, 0.0]
    # Three MWh are missing from the reserve: 3.75 at an efficiency of 0.8, one of them in the hour with one over.
    assert found["battery charged"][0] == pytest.approx([0.0, 1.0, 2.75, 0.0])


def test_what_may_wait_longest_waits() -> None:
    fleet = Fleet((FleetSource("grid", 10.0),), waiting=Waiting(0.5, 2))
    found = operate(fleet, [12.0, 12.0, 12.0, 12.0, 0.0, 0.0], months=[1] * 6, keep=True).dispatch
    assert found["waiting"][0].tolist() == [2.0, 4.0, 6.0, 8.0, 0.0, 0.0]
    assert found["unserved"][0].tolist() == [0.0] * 6
    late = operate(fleet, [12.0] * 10, months=[1] * 10, keep=True).dispatch
    # Two hours' worth of new load is the most that can wait; from then on two MWh an hour are lost, at last all of it.
    assert late["waiting"][0].tolist() == [2.0, 4.0, 6.0, 8.0, 10.0, 12.0, 12.0, 12.0, 12.0, 0.0]
    assert late["unserved"][0].tolist() == [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 2.0, 2.0, 2.0, 14.0]
    # What waits since the first hour is served in the second, so that nothing falls due in the third, which is full.
    burst = operate(fleet, [16.0, 8.0, 20.0, 0.0, 0.0, 0.0], months=[1] * 6, keep=True).dispatch
    assert burst["waiting"][0].tolist() == [6.0, 4.0, 14.0, 4.0, 0.0, 0.0]
    assert burst["unserved"][0].tolist() == [0.0] * 6


def test_below_its_curve_a_reservoir_uses_a_share_of_its_inflow() -> None:
    grid = FleetSource("grid", 100.0, marginal_cost=50.0)
    dam = FleetReservoir("dam", 30.0, 100.0, [10.0] * 4, (0.8,) * 12, start_share=0.5, hedging=0.4)
    found = operate(Fleet((grid,), reservoirs=(dam,)), [20.0] * 4, months=[1] * 4, keep=True)
    assert found.dispatch["dam"][0] == pytest.approx([4.0] * 4)
    assert found.held_change_mwh["dam"][0] == pytest.approx(24.0)
    full = replace(dam, start_share=0.8)
    above = operate(Fleet((grid,), reservoirs=(full,)), [20.0] * 4, months=[1] * 4, keep=True)
    assert above.dispatch["dam"][0] == pytest.approx([10.0] * 4)


def test_backup_runs_last_and_sets_are_taken_out() -> None:
    fleet = Fleet((FleetSource("grid", 10.0, marginal_cost=500.0), FleetSource("diesel", 9.0, sets=3, backup=True)))
    found = operate(fleet, [18.0], months=[1], keep=True)
    assert found.dispatch["diesel"][0, 0] == 8.0
    assert operate(fleet, [18.0], months=[1], out={"diesel": 1}).lost_mwh[0] == pytest.approx(2.0)
    assert operate(fleet, [18.0], months=[1], out={"diesel": 3}).lost_mwh[0] == pytest.approx(8.0)


def test_outages_are_drawn_as_often_as_they_should_be() -> None:
    share = sampled_outages(
        4, hours_to_failure=100.0, hours_to_repair=25.0, scenarios=400, hours=500, rng=np.random.default_rng(1)
    )
    assert share.shape == (400, 500)
    assert set(np.unique(share)) <= {0.0, 0.25, 0.5, 0.75, 1.0}
    assert share.mean() == pytest.approx(0.8, abs=0.01)
    hot = np.full(500, 100.0)
    hot[250:] = 20.0
    shorter = sampled_outages(
        4, hours_to_failure=hot, hours_to_repair=25.0, scenarios=400, hours=500, rng=np.random.default_rng(1)
    )
    assert shorter[:, 400:].mean() == pytest.approx(20 / 45, abs=0.02)


def test_both_costs_are_told() -> None:
    fleet = Fleet((FleetSource("grid", 10.0, marginal_cost=5.0, capacity_cost=3.0),), unserved_price=100.0)
    operated = operate(fleet, [[8.0, 12.0], [8.0, 8.0]], months=[1, 1])
    gap = ForesightGap(250.0, 0.0, operated, np.array([0.5, 0.5]))
    assert operated.total_cost.tolist() == [30 + 90 + 200, 30 + 80]
    assert gap.cost_without == 215.0
    assert gap.to_table().rows()[0] == ("cost a year", 250.0, 215.0, -35.0)
    assert gap.to_table().rows()[1] == ("energy not served, MWh a year", 0.0, 1.0, 1.0)
    assert isinstance(operated, OperationResult)


def test_a_rule_curve_is_the_mean_at_the_end_of_each_month() -> None:
    held = np.stack([np.linspace(1, 72, 72), np.linspace(1, 72, 72)[::-1]])
    assert rule_curve(held, MONTHS, 73.0) == pytest.approx([0.5] * 12)
    with pytest.raises(UsageError, match="a month has no hour"):
        rule_curve(held[:, :60], MONTHS[:60], 73.0)


ONE = Fleet((FleetSource("a", 1.0),))
THREE = Fleet((FleetSource("a", 1.0, availability=np.ones((3, 2))),))
LONG = Fleet((FleetSource("a", 1.0, availability=np.ones(3)),))


@pytest.mark.parametrize(
    ("call", "error", "told"),
    [
        (lambda: Fleet(()), UsageError, "nothing supplies the load"),
        (lambda: Fleet((FleetSource("a", 1.0), FleetSource("a", 1.0))), UsageError, "supply 'a' is there twice"),
        (lambda: FleetSource("a", -1.0), UsageError, "capacity of 'a', MW is -1"),
        (lambda: FleetSource("a", 1.0, availability=[1.2]), DataError, r"availability of 'a' is 1\.2"),
        (lambda: FleetSource("a", 1.0, intensities={"noise": 1.0}), UsageError, "no intensity 'noise'"),
        (lambda: BatteryRule(10.0, 5.0), UsageError, "discharges above 5.0 and charges below 10"),
        (lambda: FleetReservoir("d", 1.0, 1.0, [1.0], (0.5,) * 11), DataError, "rule curve of 'd' has 11 values"),
        (lambda: FleetReservoir("d", 1.0, 1.0, [math.nan], (0.5,) * 12), DataError, "inflow of 'd', MWh has 1 gaps"),
        (lambda: operate(ONE, [1.0]), UsageError, "months of 1 hours are not given"),
        (lambda: operate(ONE, [-1.0], months=[1]), DataError, "load, MW is -1"),
        (lambda: operate(ONE, [1.0], months=[13]), DataError, "month is 13"),
        (lambda: operate(THREE, np.ones((2, 2)), months=[1, 1]), DataError, "numbers of scenarios differ"),
        (lambda: operate(LONG, np.ones(2), months=[1, 1]), DataError, "a series has shape"),
        (lambda: operate(ONE, [1.0], months=[1], out={"b": 1}), UsageError, "no source 'b'"),
        (lambda: operate(ONE, [1.0], months=[1], out={"a": 2}), UsageError, "2 sets of 'a' are out"),
    ],
)
def test_what_cannot_be_run(call: object, error: type[Exception], told: str) -> None:
    with pytest.raises(error, match=told):
        call()  # type: ignore[operator]
