"""Capacity credit: what firm capacity would do as well."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pilotzone.campus.credit import capacity_credits, operated_credit, operated_credits
from pilotzone.campus.fleet import BatteryRule, Fleet, FleetBattery, FleetReservoir, FleetSource
from pilotzone.campus.operation import operate
from pilotzone.campus.outages import Unit, loss_of_load, outage_table
from pilotzone.core import UsageError

UNITS = [Unit("coal", 50.0, 0.08, 4), Unit("sure", 20.0, 0.0, 1), Unit("gas", 30.0, 0.04, 2)]
RNG = np.random.default_rng(2)
LOAD = RNG.uniform(120, 250, 300)
WIND = RNG.beta(1, 2, 300)


def test_a_unit_that_never_fails_is_worth_all_of_itself_and_others_less() -> None:
    found = capacity_credits(UNITS, LOAD, profiles={"wind": (60.0, WIND), "steady": (15.0, np.full(300, 0.8))})
    assert found.of("sure").firm_mw == pytest.approx(20.0, abs=1e-6)
    assert found.of("steady").firm_mw == pytest.approx(12.0, abs=1e-6)
    assert found.of("steady").worst_hours_share == pytest.approx(0.8)
    for name in ("coal", "gas", "wind"):
        share = found.of(name).share
        assert share is not None
        assert 0 < share < 1
    assert found.to_table().columns["supply"] == ("coal", "sure", "gas", "wind", "steady")
    with pytest.raises(UsageError, match="no supply 'sun'"):
        found.of("sun")


def test_firm_capacity_in_its_place_leaves_as_much_unserved() -> None:
    found = capacity_credits(UNITS, LOAD, profiles={"wind": (60.0, WIND)})
    coal, wind = found.of("coal").firm_mw, found.of("wind").firm_mw
    assert coal is not None
    assert wind is not None
    others = loss_of_load(outage_table(UNITS[1:]), LOAD, firm_mw=60 * WIND + coal).eens_mwh
    assert others == pytest.approx(found.unserved_mwh, rel=1e-6)
    assert loss_of_load(outage_table(UNITS), LOAD, firm_mw=wind).eens_mwh == pytest.approx(found.unserved_mwh, rel=1e-6)


def test_the_worst_hours_are_those_with_most_expected_loss() -> None:
    calm = np.where(LOAD > 240, 0.0, WIND)
    found = capacity_credits(UNITS, LOAD, profiles={"calm": (60.0, calm), "wind": (0.0, WIND)}, worst_hours=10)
    share = found.of("calm").worst_hours_share
    assert share is not None
    assert share == pytest.approx(calm[found.worst_hours].mean())
    assert share < 0.1
    per_hour = loss_of_load(outage_table(UNITS), LOAD, firm_mw=60 * calm).unserved_mwh
    assert per_hour[found.worst_hours].min() >= np.sort(per_hour)[-10]


def test_nothing_is_worth_anything_where_nothing_is_lost() -> None:
    found = capacity_credits([Unit("sure", 300.0, 0.0), Unit("spare", 10.0, 0.1)], LOAD)
    assert found.of("spare").firm_mw is None
    assert found.of("spare").share is None


def test_credit_in_operation() -> None:
    months = np.repeat(np.arange(1, 13), 10)
    inflow = np.where(months == 8, 2.0, 12.0)
    fleet = Fleet(
        (FleetSource("grid", 60.0, marginal_cost=5.0), FleetSource("half", 40.0, availability=0.5)),
        (FleetBattery("battery", 5.0, 10.0, rule=BatteryRule(reserve_share=1.0)),),
        (FleetReservoir("dam", 30.0, 100.0, inflow, (0.5,) * 12),),
    )
    load = RNG.uniform(70, 110, 120)
    half = operated_credit(fleet, load, "half", months=months)
    dam = operated_credit(fleet, load, "dam", months=months)
    lost = operate(fleet, load, months=months).lost_mwh[0]
    assert lost > 0
    assert half.firm_mw == pytest.approx(20.0, abs=0.1)
    assert half.worst_hours_share == pytest.approx(0.5)
    assert dam.firm_mw is not None
    assert 2.0 < dam.firm_mw < 30.0
    assert dam.worst_hours_share is not None
    assert dam.worst_hours_share < 1
    with pytest.raises(UsageError, match="the fleet has no supply 'sun'"):
        operated_credit(fleet, load, "sun", months=months)


def test_firm_capacities_of_one_run_find_what_halves_find() -> None:
    """One scenario is searched by several firm capacities at once; doubled, by halves. Both find the same."""
    rng = np.random.default_rng(17)
    months = np.repeat(np.arange(1, 13), 6)
    for _ in range(3):
        fleet = Fleet(
            (
                FleetSource("grid", rng.uniform(40, 70), marginal_cost=rng.uniform(1, 9)),
                FleetSource("wind", rng.uniform(20, 60), availability=rng.beta(1, 2, 72)),
            ),
            (FleetBattery("battery", 5.0, rng.uniform(5, 40), rule=BatteryRule(reserve_share=0.5)),),
            (FleetReservoir("dam", rng.uniform(10, 30), 100.0, rng.uniform(0, 15, 72), tuple(rng.uniform(0, 1, 12))),),
        )
        load = rng.uniform(60, 120, 72)
        for name in ("grid", "wind", "dam"):
            fast = operated_credit(fleet, load, name, months=months)
            slow = operated_credit(fleet, np.stack([load, load]), name, months=months)
            assert fast.firm_mw is not None
            assert slow.firm_mw is not None
            # Steps of 1/32 of 1/32 and of 1e-4 of the capacity; both are the upper end of the last step.
            assert fast.firm_mw == pytest.approx(slow.firm_mw, abs=(1 / 1024 + 1e-4) * fast.capacity_mw)
            assert fast.firm_mw > slow.firm_mw - 1.1e-4 * fast.capacity_mw
            assert fast.worst_hours_share == pytest.approx(slow.worst_hours_share)


def test_credits_of_several_supplies_in_one_run_are_those_of_each_alone() -> None:
    """What is taken out is there with nothing to give: the same to the last digit as a fleet without it."""
    rng = np.random.default_rng(21)
    months = np.repeat(np.arange(1, 13), 6)
    for _ in range(3):
        wind = FleetSource("wind", rng.uniform(20, 60), availability=rng.beta(1, 2, 72))
        dam = FleetReservoir("dam", 20.0, 100.0, rng.uniform(0, 15, 72), tuple(rng.uniform(0, 1, 12)))
        battery = FleetBattery("battery", 5.0, 20.0, rule=BatteryRule(charge_below=3.0, discharge_above=4.0))
        grid = FleetSource("grid", rng.uniform(40, 70), marginal_cost=rng.uniform(1, 9, 72))
        fleet = Fleet((grid, wind), (battery,), (dam,))
        load = rng.uniform(60, 120, 72)
        names = ("grid", "wind", "dam")
        assert operated_credits(fleet, load, names, months=months) == tuple(
            operated_credit(fleet, load, name, months=months) for name in names
        )
        lost = operate(fleet, load, months=months).lost_mwh
        gone = operate(Fleet((grid, wind), (battery,)), load, months=months).lost_mwh
        without = replace(fleet, reservoirs=(replace(dam, availability=0.0),))
        assert gone[0] > lost[0]
        assert operate(without, load, months=months).lost_mwh.tolist() == gone.tolist()
    assert operated_credits(Fleet((FleetSource("grid", 60.0),)), LOAD, ()) == ()


def test_firm_capacity_leaves_no_more_unserved_and_a_step_less_leaves_more() -> None:
    rng = np.random.default_rng(18)
    months = np.repeat(np.arange(1, 13), 20)
    grid = FleetSource("grid", 70.0, marginal_cost=5.0)
    wind = FleetSource("wind", 40.0, availability=rng.beta(1, 2, 240))
    load = rng.uniform(60, 100, 240)
    found = operated_credit(Fleet((grid, wind)), load, "wind", months=months)
    assert found.firm_mw is not None
    sizes = (found.firm_mw, found.firm_mw - 40 / 1023)
    in_its_place = [wind, *(FleetSource("firm", size, marginal_cost=9.0) for size in sizes)]
    target, *others = (operate(Fleet((grid, other)), load, months=months).lost_mwh[0] for other in in_its_place)
    assert others[0] <= target + 1e-9 < others[1]


def test_a_supply_that_never_fails_is_worth_itself_in_one_run() -> None:
    months = np.repeat(np.arange(1, 13), 20)
    load = np.random.default_rng(19).uniform(60, 100, 240)
    fleet = Fleet((FleetSource("grid", 60.0, marginal_cost=5.0), FleetSource("sure", 20.0, marginal_cost=1.0)))
    assert operated_credit(fleet, load, "sure", months=months).firm_mw == pytest.approx(20.0, rel=1e-12)
    idle = Fleet((FleetSource("grid", 120.0), FleetSource("spare", 20.0)))
    assert operated_credit(idle, load, "spare", months=months).firm_mw is None
    none = Fleet((FleetSource("grid", 60.0), FleetSource("calm", 20.0, availability=0.0)))
    assert operated_credit(none, load, "calm", months=months).firm_mw == 0.0
