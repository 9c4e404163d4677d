"""Units of measure against factors known by heart; checks and the shapes of effects."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np
import pytest

from pilotzone.core import (
    Check,
    CheckState,
    DataError,
    Identification,
    JointEffects,
    Outcome,
    PlaceboDraws,
    UsageError,
    conversion_factor,
    normalise_unit,
    unit_divide,
    unit_log,
    unit_multiply,
    unit_same,
)

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.mark.parametrize(
    ("source", "target", "factor"),
    [
        ("1e8 CNY", "CNY", 1e8),
        ("1e4 person", "person", 1e4),
        ("Mt", "t", 1e6),
        ("1e8 kWh", "TWh", 0.1),
        ("TWh", "PJ", 3.6),
        ("ha", "km2", 0.01),
        ("km^2", "km2", 1.0),
        ("percent", "1", 0.01),
        ("1e8 CNY/(1e4 person)", "CNY/person", 1e4),
        ("g/kWh", "t/GWh", 1.0),
    ],
)
def test_conversion_both_ways(source: str, target: str, factor: float) -> None:
    assert conversion_factor(source, target) == pytest.approx(factor, rel=1e-14)
    assert conversion_factor(target, source) == pytest.approx(1 / factor, rel=1e-14)
    assert unit_same(source, target) == (factor == 1.0)


def test_canonical_text_is_its_own_canonical_text() -> None:
    for unit in ("1e8 CNY", "yuan / persons", "log(1e4 t/person)", "kg*m^2/s^2", "1", "0.01", "1/person"):
        once = normalise_unit(unit)
        assert normalise_unit(once) == once
        assert unit_same(unit, once)


@pytest.mark.parametrize(
    ("unit", "text"),
    [
        ("1e8 CNY", "1e8 CNY"),
        ("100000000 yuan", "1e8 CNY"),
        ("1000 t / person", "1e3 t/person"),
        ("100 t", "100 t"),
        ("0.001 t", "1e-3 t"),
        ("2500 t", "2500 t"),
    ],
)
def test_factors_read_as_yearbooks_write_them(unit: str, text: str) -> None:
    assert normalise_unit(unit) == text
    assert normalise_unit(text) == text


def test_products_and_quotients_undo_each_other() -> None:
    for left, right in itertools.product(("1e8 CNY", "t", "1", "person"), repeat=2):
        assert unit_same(unit_multiply(unit_divide(left, right), right), left)


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (lambda: normalise_unit("tonnnes"), "'tonnnes' is not a known unit. Did you mean 'tonnes'"),
        (lambda: normalise_unit("mt"), "not a known unit"),
        (lambda: normalise_unit("CNY; person"), "cannot be read"),
        (lambda: normalise_unit("CNY /"), "cannot be read"),
        (lambda: normalise_unit("0 t"), "is 0 times a unit"),
        (lambda: normalise_unit("1e400 t"), "is inf times a unit"),
        (lambda: conversion_factor("CNY", "t"), "do not measure the same thing"),
        (lambda: conversion_factor("CNY", "USD"), "do not measure the same thing"),
        (lambda: unit_log("log(t)"), "a logarithm is not a quantity"),
        (lambda: unit_multiply("t", "log(t)"), "a logarithm is not a quantity"),
    ],
    ids=[f"case {k}" for k in range(10)],
)
def test_units_that_are_refused(act: Callable[[], object], message: str) -> None:
    with pytest.raises(DataError, match=message):
        act()


def test_a_logarithm_is_not_its_quantity() -> None:
    assert not unit_same("log(t)", "t")
    assert unit_same("log(t)", "log(tonnes)")
    assert not unit_same("log(t)", "log(kg)")


STATES: tuple[CheckState, ...] = ("passed", "failed", "cannot be assessed")


def test_state_over_all_checks() -> None:
    """Any failure fails; else any that cannot be assessed; none at all cannot be assessed either."""
    assert Identification("y", ()).state == "cannot be assessed"
    for states in itertools.product(STATES, repeat=3):
        checks = tuple(Check(f"c{k}", "c", s, 0.0, 1.0, "") for k, s in enumerate(states))
        expected = "failed" if "failed" in states else "passed" if set(states) == {"passed"} else STATES[2]
        found = Identification("y", checks)
        assert found.state == expected
        assert [c.name for c in found.not_passed()] == [f"c{k}" for k in range(3) if states[k] != "passed"]


def test_effects_whose_shapes_do_not_fit() -> None:
    y = Outcome("y", role="development", good="up", margin=1.0, scale="level")
    two = np.zeros((2, 1))
    draws = PlaceboDraws(("A", "B"), 0, two, two, two, "symmetric")
    assert draws.smallest_p == 0.5
    with pytest.raises(ValueError, match="3 units, but shapes"):
        PlaceboDraws(("A", "B", "C"), 0, two, two, two, "symmetric")
    with pytest.raises(ValueError, match="2 units, but shapes"):
        PlaceboDraws(("A", "B"), 0, two, np.zeros((2, 2)), two, "symmetric")
    effects = JointEffects("A", 1, (1,), "sc", (y,), np.zeros(1), draws)
    assert effects.index("y") == 0
    assert effects.identification_of("y").state == "cannot be assessed"
    with pytest.raises(UsageError, match="no outcome 'yy'"):
        effects.index("yy")
    with pytest.raises(ValueError, match="1 outcomes, but"):
        JointEffects("A", 1, (1,), "sc", (y,), np.zeros(2), draws)


# ------------------------------------------------------------------------------- what would never end


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "unit",
    ["9**9**9**9 t", "9_9**9_9**9_9**9_9 t", "9**(9)**(9)**(9) t", "+9**+9**+9**+9**+9 t", "6**800000 t", "t^800000",
     "t^21", "((9^99)^99)^99 t", "((((9^9)^9)^9)^9)^9", "log(9**9**9**9 t)", "t" * 5000,
     "log(" * 9000 + "t" + ")" * 9000, "(" * 45 + "t" + ")" * 45 + "^99", "1e308*1e308 t", "(0-1)^0.5 t", "t^(1/0)",
     "t^1e300", "t^-99"],
)  # fmt: skip
def test_a_unit_that_would_never_end_is_refused_at_once(unit: str) -> None:
    with pytest.raises(DataError) as caught:
        normalise_unit(unit)
    assert len(caught.value.what) < 300


@pytest.mark.parametrize(
    ("unit", "same"),
    [("10^8 CNY", "1e8 CNY"), ("1000 kg", "t"), ("2^-2 t", "0.25 t"), ("km^2", "km2"), ("9^9 t", "387420489 t"),
     ("t^20", "t^20"), ("1/ha", "ha^-1"), ("1_000 kg", "t")],
)  # fmt: skip
def test_powers_that_people_write_stay_what_they_are(unit: str, same: str) -> None:
    assert unit_same(unit, same)


def test_products_and_ratios_are_bounded_as_units_are() -> None:
    with pytest.raises(DataError, match="has a power above 20"):
        unit_multiply("t^15", "t^15")
    with pytest.raises(DataError, match="is inf times a unit"):
        unit_multiply("1e300 t", "1e300 t")
    with pytest.raises(DataError, match="is inf times a unit"):
        unit_divide("1e300 t", "1e-300 s")
    with pytest.raises(DataError, match="beyond all numbers"):
        conversion_factor("TWh^20/J^20", "1")
