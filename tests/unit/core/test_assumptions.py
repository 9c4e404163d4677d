"""Assumptions: ranges with sources, one about a place before one about all."""

from __future__ import annotations

import math

import pytest

from pilotzone.core import Assumption, Assumptions, UsageError
from pilotzone.site import default_assumptions


def test_one_about_a_place_goes_first() -> None:
    both = Assumptions((Assumption("x", 1, 3, "m", "s"), Assumption("x", 5, 7, "m", "s", "A")))
    assert (both.of("x").middle, both.of("x", "A").middle, both.of("x", "B").middle) == (2, 6, 2)
    assert both.get("y") is None
    with pytest.raises(UsageError, match=r"nothing is assumed about 'xx' of A. Did you mean 'x'"):
        both.of("xx", "A")


def test_others_take_their_place() -> None:
    both = Assumptions(
        (Assumption("x", 1, 3, "m", "s"), Assumption("x", 5, 7, "m", "s", "A"), Assumption("y", 0, 0, "m", "s"))
    )
    one = both.instead([Assumption("x", 9, 9, "m", "t", "A")])
    assert (one.of("x", "A").low, one.of("x", "B").low) == (9, 1)
    everywhere = both.instead([Assumption("x", 8, 8, "m", "t")])
    assert (everywhere.of("x", "A").low, everywhere.of("y").low) == (8, 0)


@pytest.mark.parametrize(("low", "high"), [(2.0, 1.0), (math.nan, 1.0), (0.0, math.inf)])
def test_ranges_that_are_none(low: float, high: float) -> None:
    with pytest.raises(UsageError, match="has the range"):
        Assumption("x", low, high, "m", "s")


def test_nothing_without_a_source_and_nothing_twice() -> None:
    with pytest.raises(UsageError, match="'x' of A has no source"):
        Assumption("x", 1, 2, "m", " ", "A")
    with pytest.raises(UsageError, match="'x' is assumed twice of A"):
        Assumptions((Assumption("x", 1, 2, "m", "s", "A"), Assumption("x", 1, 2, "m", "s", "A")))


def test_those_of_the_package_are_marked_and_have_reasons() -> None:
    rows = default_assumptions().to_table().records()
    assert len(rows) > 40
    assert {row["status"] for row in rows} == {"ASSUMED"}
    assert all(len(str(row["source"])) > 30 for row in rows)
