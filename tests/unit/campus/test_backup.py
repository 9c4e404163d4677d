"""Survival of an outage beside every path that sets can take, and beside draws."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pilotzone.campus.backup import BackupBattery, GeneratorSet, outage_survival
from pilotzone.core import DataError, UsageError


def by_paths(load: list[float], kind: GeneratorSet, battery: BackupBattery) -> float:
    """Return survival from every hour, or none, in which each set fails."""
    hours = len(load)
    fates = [(0, 1 - kind.starts)]
    runs = kind.runs_on
    fates += [(hour, kind.starts * runs**hour * (1 - runs)) for hour in range(hours)]
    fates.append((hours, kind.starts * runs**hours))
    total = []
    for fate in itertools.product(fates, repeat=kind.count):
        held, alive = battery.start_mwh, True
        for hour, need in enumerate(load):
            over = kind.size_mw * sum(until > hour for until, _ in fate) - need
            if over >= 0:
                held = min(held + battery.charging * min(over, battery.power_mw), battery.energy_mwh)
            elif -over <= battery.power_mw + 1e-12 and -over / battery.discharging <= held + 1e-12:
                held += over / battery.discharging
            else:
                alive = False
                break
        if alive:
            total.append(math.prod(chance for _, chance in fate))
    return math.fsum(total)


@settings(max_examples=40, deadline=None)
@given(
    load=st.lists(st.integers(0, 6), min_size=1, max_size=6),
    count=st.integers(0, 3),
    starts=st.floats(0.5, 1.0),
    mean=st.floats(1.0, 50.0),
    power=st.integers(0, 4),
    energy=st.integers(1, 8),
)
def test_survival_is_that_of_all_paths(
    load: list[int], count: int, starts: float, mean: float, power: int, energy: int
) -> None:
    kind = GeneratorSet(count, 2.0, fails_to_start=1 - starts, mean_hours_to_failure=mean)
    battery = BackupBattery(float(power), float(energy), energy / 2)
    found = outage_survival(
        [float(x) for x in load], [kind], battery, duration_h=len(load), starts=[0], cells=2 * energy
    )
    assert found.exact
    assert math.isclose(found.low[0, -1], by_paths([float(x) for x in load], kind, battery), abs_tol=1e-12)


def test_bounds_hold_the_truth_where_energy_lies_between_lines() -> None:
    kind = GeneratorSet(2, 1.3, 0.97, 0.05, 9.0)
    battery = BackupBattery(1.1, 3.7, 2.9, 0.93, 0.91)
    load = [1.0, 2.3, 1.7, 2.2, 0.4, 1.9, 2.4]
    truth = by_paths(load, kind, battery)
    wide, narrow = (
        outage_survival(load, [kind], battery, duration_h=7, starts=[0], cells=cells) for cells in (10, 2000)
    )
    for found in (wide, narrow):
        assert found.low[0, -1] - 1e-12 <= truth <= found.high[0, -1] + 1e-12
    assert not wide.exact
    assert narrow.high[0, -1] - narrow.low[0, -1] <= wide.high[0, -1] - wide.low[0, -1]


def test_two_kinds_of_sets() -> None:
    kinds = [GeneratorSet(1, 2.0, mean_hours_to_failure=10.0), GeneratorSet(1, 1.0, mean_hours_to_failure=4.0)]
    found = outage_survival([2.0, 3.0], kinds, duration_h=2, starts=[0])
    assert math.isclose(found.low[0, 0], 0.9, rel_tol=1e-14)
    assert math.isclose(found.low[0, 1], 0.9**2 * 0.75**2, rel_tol=1e-14)


def test_survival_falls_with_time_and_each_start_has_its_own() -> None:
    load = np.array([1.0, 3.0, 1.0])
    found = outage_survival(load, [GeneratorSet(2, 1.0, mean_hours_to_failure=8.0)], duration_h=4)
    assert found.low.shape == (3, 4)
    assert (np.diff(found.low, axis=1) <= 0).all()
    assert found.low[1, 0] == 0.0
    assert found.low[0, 0] > 0.9
    assert found.low[0, 1] == 0.0
    assert [row[0] for row in found.to_table().rows()] == [1, 2, 3, 4]


def test_what_cannot_survive_is_told() -> None:
    with pytest.raises(UsageError, match="neither a generator nor a battery"):
        outage_survival([1.0], [], duration_h=1)
    with pytest.raises(UsageError, match="outside the load"):
        outage_survival([1.0], [GeneratorSet(1, 1.0)], duration_h=1, starts=[1])
    with pytest.raises(DataError, match="load, MW is -1"):
        outage_survival([-1.0], [GeneratorSet(1, 1.0)], duration_h=1)
    with pytest.raises(UsageError, match=r"mean time to failure of a generator is 0\.5 h"):
        GeneratorSet(1, 1.0, mean_hours_to_failure=0.5)
    with pytest.raises(UsageError, match=r"availability of a generator is 1\.2"):
        GeneratorSet(1, 1.0, availability=1.2)
    with pytest.raises(UsageError, match=r"energy in the battery at the beginning, MWh is 3\.0"):
        BackupBattery(1.0, 2.0, 3.0)
    with pytest.raises(UsageError, match=r"charging efficiency of the battery is 0\.0"):
        BackupBattery(1.0, 2.0, 1.0, charging=0.0)
