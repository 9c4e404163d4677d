"""Misspecification sets by hand, by scanning the line, and beside the confidence set that they restate."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from tests.unit.judge.builders import CO2, GDP, make_draws, make_effects, make_many

from pilotzone import confidence_set, misspecification_set
from pilotzone.core import Interval, MethodError, Outcome, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pilotzone.judgement import MisspecificationSet

LEVEL = Outcome("y", role="development", good="up", margin=2.0, scale="level", unit="t")


def found(gaps: Sequence[float], slope: Sequence[float] | None = None) -> MisspecificationSet:
    return misspecification_set(make_effects([LEVEL], make_draws(gaps, slope=slope)), "y")


def test_the_estimate_plus_or_minus_each_error() -> None:
    sets = found([3.0, -1.0, 4.0, 0.0])
    assert [item.unit for item in sets.controls] == ["U02", "U01", "U03"]
    assert [item.error for item in sets.controls] == [4.0, 1.0, 0.0]
    closed = {"low_closed": True, "high_closed": True}
    assert [item.intervals for item in sets.controls] == [
        (Interval(-1.0, 7.0, **closed),),
        (Interval(2.0, 4.0, **closed),),
        (Interval(3.0, 3.0, **closed),),
    ]
    assert [sets.at(k) for k in (1, 2, 3)] == [item.intervals for item in sets.controls]
    assert [item.unit for item in sets.allowing(0.0)] == ["U02"]
    rows = sets.summary().records()
    assert rows[0] == {
        "null": "no effect", "effect": 0.0, "controls": 1, "of": 3, "smallest": "U02", "error": 4.0, "unit": "t",
    }  # fmt: skip
    assert (rows[1]["null"], rows[1]["effect"], rows[1]["controls"]) == ("harm of the margin", -2.0, 0)
    assert [row["holds_zero"] for row in sets.to_table().records()] == [True, False, False]
    assert "no check beside the placebo test" in repr(sets)
    assert "that of U02, the effect is -1.00 t to +7.00 t" in repr(sets)


def test_a_control_that_leans_on_the_zone() -> None:
    """Its gap of 1 becomes 1 + tau/2 once tau is taken off its donor; one that is the zone's twin gives a half-line."""
    half = found([3.0, 1.0], [0, 0.5])
    (interval,) = half.controls[0].intervals
    assert (interval.low, interval.high) == pytest.approx((2 / 1.5, 4 / 0.5))
    assert found([3.0, 1.0], [0, 1.0]).controls[0].intervals == (Interval(1.0, math.inf, low_closed=True),)
    assert found([3.0, -1.0], [0, -1.0]).controls[0].intervals == (Interval(1.0, math.inf, low_closed=True),)
    outside = found([3.0, 1.0], [0, 3.0]).controls[0].intervals
    assert [(item.low, item.high) for item in outside] == [(-math.inf, -2.0), (0.5, math.inf)]


@pytest.mark.parametrize("seed", range(6))
def test_ends_by_scanning(seed: int) -> None:
    rng = np.random.default_rng(seed)
    gaps, slope = rng.normal(0, 2, 9), np.round(rng.uniform(-1.5, 1.5, 9), 1)
    sets = found(gaps.tolist(), slope.tolist())
    place = {f"U{k:02d}": k for k in range(9)}
    for tau in rng.uniform(-8, 8, 400):
        allowed = {
            item.unit for item in sets.controls
            if abs(gaps[0] - tau) <= abs(gaps[place[item.unit]] + tau * slope[place[item.unit]])
        }  # fmt: skip
        assert {item.unit for item in sets.allowing(tau)} == allowed
        for count in range(1, 9):
            assert any(tau in piece for piece in sets.at(count)) == (len(allowed) >= count)


@pytest.mark.parametrize("seed", range(6))
def test_what_k_controls_allow_is_the_confidence_set_at_that_level(seed: int) -> None:
    """The restatement, exactly: ends and whether they belong to it."""
    rng = np.random.default_rng(40 + seed)
    count = int(rng.integers(5, 24))
    slope = rng.uniform(0, 1, count) * (rng.uniform(size=count) < 0.5)
    draws = make_draws(rng.normal(0, 0.1, count), slope=slope, treated=int(rng.integers(count)))
    effects = make_effects([GDP], draws)
    sets = misspecification_set(effects, "gdp")
    for k in range(1, count):
        intervals = confidence_set(effects, "gdp", alpha=k / count).intervals
        mine = sets.at(k)
        assert len(mine) == len(intervals)
        for one, other in zip(mine, intervals, strict=True):
            assert (one.low, one.high) == pytest.approx((other.low, other.high), rel=1e-11, abs=1e-13)
            assert (one.low_closed, one.high_closed) == (other.low_closed, other.high_closed)


def test_percent_on_a_log_scale_and_a_unit_that_cannot_be_compared() -> None:
    sets = misspecification_set(make_effects([CO2], make_draws([0.1, -0.2, math.nan])), "co2")
    first, second = sets.to_table().records()
    assert (first["control"], first["error"], first["low"], first["high"]) == ("U02", None, None, None)
    assert second["error"] == pytest.approx(100 * math.expm1(0.2))
    assert (second["low"], second["high"]) == pytest.approx((100 * math.expm1(-0.1), 100 * math.expm1(0.3)))
    assert (second["unit"], second["holds_margin"]) == ("%", True)


@pytest.mark.parametrize("count", [0, 4, True])
def test_only_so_many_controls_as_there_are(count: int) -> None:
    with pytest.raises(UsageError, match="a number of controls from 1 to 3"):
        found([3.0, -1.0, 4.0, 0.0]).at(count)


def test_other_effects_are_refused() -> None:
    with pytest.raises(UsageError, match="have a covariance"):
        misspecification_set(make_many([GDP], [0.1], [[0.01]]), "gdp")
    with pytest.raises(MethodError, match="2 zones together"):
        misspecification_set(replace(make_effects([GDP], make_draws([0.1, 0.2])), zones=2), "gdp")
    with pytest.raises(UsageError, match="'co2'"):
        misspecification_set(make_effects([GDP], make_draws([0.1, 0.2])), "co2")
