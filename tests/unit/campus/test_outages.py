"""Convolution beside all states, beside draws, and what no table may do."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pilotzone.campus.outages import Unit, daily_peaks, k_of_n, loss_of_load, outage_table
from pilotzone.core import DataError, UsageError

units = st.lists(
    st.builds(
        Unit,
        name=st.just("u"),
        capacity_mw=st.sampled_from([5.0, 7.5, 12.0, 20.0]),
        outage_rate=st.floats(0.0, 0.6),
        count=st.integers(1, 3),
        derated=st.sampled_from([(), ((2.5, 0.1),), ((2.5, 0.1), (4.0, 0.2))]),
    ),
    min_size=1,
    max_size=4,
)
loads = st.lists(st.floats(0.0, 200.0), min_size=1, max_size=6)


def by_states(kinds: Sequence[Unit], load: float) -> tuple[float, float]:
    """Return probability of loss and expected shortage from every state of every unit."""
    each = [unit.states for unit in kinds for _ in range(unit.count)]
    lost, short = [], []
    for state in itertools.product(*each):
        chance = math.prod(p for _, p in state)
        capacity = math.fsum(mw for mw, _ in state)
        if capacity < load - 1e-6:
            lost.append(chance)
            short.append(chance * (load - capacity))
    return math.fsum(lost), math.fsum(short)


@pytest.mark.parametrize("load", [0.0, 12.0, 30.0, 47.5, 60.0, 61.0, 99.0, 130.0])
def test_twelve_units_give_what_all_their_states_give(load: float) -> None:
    kinds = [Unit("a", 12.0, 0.1, 5), Unit("b", 7.5, 0.03, 4), Unit("c", 20.0, 0.2, 2), Unit("d", 1.5, 0.5, 1)]
    found = loss_of_load(outage_table(kinds), load)
    lost, short = by_states(kinds, load)
    assert math.isclose(float(found.probability), lost, rel_tol=1e-12, abs_tol=1e-16)
    assert math.isclose(float(found.unserved_mwh), short, rel_tol=1e-12, abs_tol=1e-14)


@settings(max_examples=60, deadline=None)
@given(kinds=units, load=st.floats(0.0, 120.0))
def test_any_few_units_give_what_all_their_states_give(kinds: list[Unit], load: float) -> None:
    kinds = kinds[:2]
    found = loss_of_load(outage_table(kinds), load)
    lost, short = by_states(kinds, load)
    assert math.isclose(float(found.probability), lost, rel_tol=1e-11, abs_tol=1e-15)
    assert math.isclose(float(found.unserved_mwh), short, rel_tol=1e-9, abs_tol=1e-12)


@settings(max_examples=60, deadline=None)
@given(kinds=units, more=units, load=loads)
def test_more_capacity_never_raises_loss(kinds: list[Unit], more: list[Unit], load: list[float]) -> None:
    less = loss_of_load(outage_table(kinds), load)
    found = loss_of_load(outage_table([*kinds, *more]), load)
    assert (found.probability <= less.probability + 1e-14).all()
    assert (found.unserved_mwh <= less.unserved_mwh + 1e-11).all()


@settings(max_examples=60, deadline=None)
@given(kinds=units)
def test_probabilities_sum_to_one_and_the_mean_is_that_of_the_units(kinds: list[Unit]) -> None:
    table = outage_table(kinds)
    assert math.isclose(table.probability.sum(), 1.0, rel_tol=1e-13)
    mean = sum(unit.count * sum(mw * p for mw, p in unit.states) for unit in kinds)
    assert math.isclose(table.expected_mw, mean, rel_tol=1e-12, abs_tol=1e-12)


def test_draws_of_units_lie_about_the_convolution() -> None:
    kinds = [Unit("a", 50.0, 0.08, 4, ((30.0, 0.1),)), Unit("b", 25.0, 0.05, 3)]
    load = np.array([150.0, 190.0, 220.0])
    found = loss_of_load(outage_table(kinds), load)
    rng = np.random.default_rng(17)
    draws = 200_000
    capacity = np.zeros(draws)
    for unit in kinds:
        mw, chance = (np.array(part) for part in zip(*unit.states, strict=True))
        for _ in range(unit.count):
            capacity += rng.choice(mw, size=draws, p=chance / chance.sum())
    short = np.maximum(load[:, None] - capacity, 0.0)
    error = short.std(axis=1) / math.sqrt(draws)
    assert (np.abs(short.mean(axis=1) - found.unserved_mwh) < 4 * error).all()
    lost = (capacity < load[:, None] - 1e-6).mean(axis=1)
    assert (np.abs(lost - found.probability) < 4 * np.sqrt(lost * (1 - lost) / draws)).all()


def test_a_load_equal_to_capacity_is_served() -> None:
    table = outage_table([Unit("a", 0.1, 0.2, 3)])
    served = loss_of_load(table, 0.1 + 0.1 + 0.1)
    assert math.isclose(float(served.probability), 1 - 0.8**3, rel_tol=1e-14)
    assert math.isclose(float(loss_of_load(table, 0.2).probability), 0.2**3 + 3 * 0.2**2 * 0.8, rel_tol=1e-13)


def test_firm_supply_is_taken_from_the_load() -> None:
    table = outage_table([Unit("a", 10.0, 0.1, 3)])
    found = loss_of_load(table, [25.0, 35.0], firm_mw=[5.0, 5.0])
    beside = loss_of_load(table, [20.0, 30.0])
    assert found.probability.tolist() == beside.probability.tolist()
    assert loss_of_load(table, [25.0], firm_mw=40.0).eens_mwh == 0.0


def test_a_wide_grid_keeps_the_mean_and_understates_nothing() -> None:
    kinds = [Unit("a", 33.3, 0.1, 3), Unit("b", 17.9, 0.05, 2)]
    exact, wide = outage_table(kinds), outage_table(kinds, step_mw=5.0)
    assert exact.exact
    assert not wide.exact
    assert math.isclose(wide.expected_mw, exact.expected_mw, rel_tol=1e-12)
    load = np.linspace(1.0, 140.0, 50)
    more = loss_of_load(wide, load).unserved_mwh - loss_of_load(exact, load).unserved_mwh
    assert more.min() > -1e-12
    assert more.max() > 1e-3


def test_daily_peaks_are_of_whole_days() -> None:
    assert daily_peaks(np.arange(48.0)).tolist() == [23.0, 47.0]
    with pytest.raises(UsageError, match="whole days"):
        daily_peaks(np.arange(47.0))


def test_units_with_chances_of_their_own() -> None:
    assert math.isclose(k_of_n(1, [0.5, 0.2]), 1 - 0.5 * 0.8)
    assert k_of_n(0, 0.3, 4) == pytest.approx(1.0, abs=1e-15)
    assert k_of_n(5, 0.3, 4) == 0.0
    with pytest.raises(UsageError, match="given twice or not at all"):
        k_of_n(1, 0.5)
    with pytest.raises(UsageError, match="given twice or not at all"):
        k_of_n(1, [0.5], 1)


@pytest.mark.parametrize(
    ("bad", "told"),
    [
        ({"outage_rate": -0.1}, "outage rate of 'u' is -0.1"),
        ({"outage_rate": 1.1}, "outage rate of 'u' is 1.1"),
        ({"outage_rate": math.nan}, "outage rate of 'u' is nan"),
        ({"capacity_mw": -1.0}, "capacity of 'u', MW is -1.0"),
        ({"count": -1}, "number of units of 'u' is -1"),
        ({"derated": ((12.0, 0.1),)}, "derated capacity of 'u', MW is 12.0"),
        ({"derated": ((5.0, 0.95),)}, "sum to 1.05"),
    ],
)
def test_what_is_no_unit(bad: dict[str, object], told: str) -> None:
    with pytest.raises(UsageError, match=told):
        Unit(**{"name": "u", "capacity_mw": 10.0, "outage_rate": 0.1, **bad})  # type: ignore[arg-type]


def test_no_unit_and_too_fine_a_grid() -> None:
    with pytest.raises(UsageError, match="no unit that supplies"):
        outage_table([])
    with pytest.raises(UsageError, match="give a wider step_mw"):
        outage_table([Unit("a", 100.0001, 0.1, 3)], step_mw=0.0001)
    with pytest.raises(DataError, match="load, MW has 1 gaps, the first at position 2"):
        loss_of_load(outage_table([Unit("a", 1.0, 0.1)]), [1.0, math.nan])


def test_the_result_tells_itself() -> None:
    found = loss_of_load(outage_table([Unit("a", 10.0, 0.1)]), [10.0, 5.0])
    assert dict(zip(found.to_table().columns["quantity"], found.to_table().columns["value"], strict=True)) == {
        "loss of load expectation": 0.2,
        "expected energy not served": 1.5,
        "share of energy not served": 0.1,
    }
    assert outage_table([Unit("a", 10.0, 0.1)]).to_table().rows()[0] == (0.0, 0.1, 0.1)
