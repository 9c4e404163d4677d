"""A fleet from what a plan built."""

from __future__ import annotations

import numpy as np
import pytest

from pilotzone.campus.fleet import BatteryRule
from pilotzone.campus.operation import operate
from pilotzone.campus.planned import fleet_of
from pilotzone.campus.sources import GridCarbon, Supply, grid_supply
from pilotzone.core import MethodError, UsageError

GRID = grid_supply(
    [300.0, 400.0], carbon=GridCarbon("average", 0.5), capacity_charge=10.0, currency="CNY", price_year="2024"
)
DIESEL = Supply("diesel", np.ones(2), np.full(2, 900.0), 5.0, {"co2": 0.8}, "CNY", "2024", backup=True)
BATTERY = Supply(
    "battery", np.ones(2), np.zeros(2), 3.0, {}, "CNY", "2024", energy_cost=2.0, charging=0.9, discharging=0.8
)


def test_capacities_costs_and_carbon_are_those_of_the_plan() -> None:
    fleet = fleet_of(
        [GRID, BATTERY, DIESEL],
        {"grid": 10.0, "battery": 4.0, "diesel": 6.0},
        energy_mwh={"battery": 8.0},
        rules={"battery": BatteryRule(reserve_share=1.0)},
        sets={"diesel": 3},
        unserved_price=5000.0,
    )
    assert fleet.yearly_cost == 10 * 10 + 4 * 3 + 8 * 2 + 6 * 5
    found = operate(fleet, [16.0, 18.0], months=[1, 1], out={"diesel": 1}, keep=True)
    # The battery gives 4 and then what is left of 6.4; diesel has two of three sets.
    assert found.dispatch["battery discharged"][0] == pytest.approx([4.0, 2.4])
    assert found.dispatch["diesel"][0] == pytest.approx([2.0, 4.0])
    assert found.lost_mwh[0] == pytest.approx(1.6)
    assert found.totals["co2"][0] == pytest.approx(20 * 0.5 + 6 * 0.8)
    assert found.total_cost[0] == pytest.approx(158 + 10 * 300 + 10 * 400 + 6 * 900 + 1.6 * 5000)


def test_what_the_plan_did_not_say() -> None:
    with pytest.raises(UsageError, match="capacity, MW of 'grid': not given"):
        fleet_of([GRID], {})
    with pytest.raises(UsageError, match="energy, MWh of 'battery': not given"):
        fleet_of([GRID, BATTERY], {"grid": 1.0, "battery": 1.0})
    with pytest.raises(UsageError, match="no supply 'gird'"):
        fleet_of([GRID], {"gird": 1.0})
    european = Supply("gas", np.ones(2), np.ones(2), 5.0, {}, "EUR", "2025")
    with pytest.raises(MethodError, match="2 currencies"):
        fleet_of([GRID, european], {"grid": 1.0, "gas": 1.0})
