"""Rates that follow heat and drought: in every hour the table of that hour."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pilotzone.campus.conditioned import StressedUnit, linear_rate, loss_under_stress
from pilotzone.campus.outages import Unit, loss_of_load, outage_table
from pilotzone.core import DataError, UsageError

UNITS = (
    StressedUnit(Unit("coal", 60.0, 0.0, 3, ((45.0, 0.1),)), linear_rate(0.05, per_kelvin=0.01, above_c=30.0)),
    StressedUnit(Unit("dam", 25.0, 0.0, 4), linear_rate(0.02, per_dryness=0.3)),
)
RNG = np.random.default_rng(8)
TEMP = np.round(RNG.uniform(20, 42, 60), 0)
LOAD = RNG.uniform(100, 260, 60)


@pytest.mark.parametrize("factor", [1.2, 1.0, 0.6])
def test_every_hour_is_that_of_its_own_table(factor: float) -> None:
    found = loss_under_stress(UNITS, LOAD, temp_c=TEMP, factor=factor, firm_mw=10.0)
    for hour in range(len(LOAD)):
        coal = 0.05 + 0.01 * max(TEMP[hour] - 30, 0)
        dam = 0.02 + 0.3 * max(1 - factor, 0)
        table = outage_table([replace(UNITS[0].unit, outage_rate=coal), replace(UNITS[1].unit, outage_rate=dam)])
        beside = loss_of_load(table, LOAD[hour], firm_mw=10.0)
        assert found.probability[hour] == pytest.approx(float(beside.probability), rel=1e-12, abs=1e-15)
        assert found.unserved_mwh[hour] == pytest.approx(float(beside.unserved_mwh), rel=1e-11, abs=1e-13)


def test_heat_that_all_feel_loses_more_than_the_mean_rate_says() -> None:
    hot = np.where(np.arange(1000) % 10 == 0, 40.0, 20.0)
    unit = Unit("coal", 60.0, 0.0, 3)
    load = np.full(1000, 110.0)
    both = loss_under_stress([StressedUnit(unit, linear_rate(0.02, per_kelvin=0.02))], load, temp_c=hot)
    mean = loss_under_stress([StressedUnit(unit, linear_rate(0.04))], load, temp_c=hot)
    assert both.lole_hours > 1.5 * mean.lole_hours


def test_many_tables_are_made_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = loss_under_stress(UNITS, LOAD, temp_c=TEMP)
    monkeypatch.setattr("pilotzone.campus.conditioned._AT_ONCE", 100)
    parts = loss_under_stress(UNITS, LOAD, temp_c=TEMP)
    assert parts.unserved_mwh.tolist() == whole.unserved_mwh.tolist()


def test_what_is_no_rate() -> None:
    with pytest.raises(UsageError, match=r"outage rate is -0\.1"):
        linear_rate(-0.1)
    with pytest.raises(UsageError, match="what a kelvin adds"):
        linear_rate(0.1, per_kelvin=-0.1)
    unit = Unit("coal", 60.0, 0.0, 3, ((45.0, 0.1),))
    too_hot = StressedUnit(unit, linear_rate(0.05, per_kelvin=0.1))
    with pytest.raises(DataError, match=r"outage rate of 'coal' under heat and drought is 1\.05"):
        loss_under_stress([too_hot], [10.0], temp_c=[40.0])
    falling = StressedUnit(unit, lambda temp, _: -0.1 + 0 * temp)
    with pytest.raises(DataError, match=r"outage rate of 'coal' under heat and drought is -0\.1"):
        loss_under_stress([falling], [10.0], temp_c=[40.0])
    with pytest.raises(DataError, match="temperature, degC has 1 gaps"):
        loss_under_stress(UNITS, [10.0], temp_c=[np.nan])
    with pytest.raises(UsageError, match="no unit that supplies"):
        loss_under_stress([], [10.0], temp_c=[20.0])
