from __future__ import annotations

import math

import pytest
from tests.unit.report.factory import GROWTH, JOBS, SMOKE

from pilotzone.core import Outcome
from pilotzone.judgement import ConfidenceSet, Interval
from pilotzone.report.axes import edges, log_ticks, padded, unit_scale
from pilotzone.report.formatting import (
    MINUS,
    and_list,
    bound_text,
    effect_text,
    margin_text,
    number_text,
    percent_text,
    period_text,
    plain,
    plain_unit,
    sentence,
    set_text,
    share_text,
)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (None, "not available"),
        (math.nan, "not available"),
        (-math.inf, "-∞"),
        (999_600.0, "1,000,000"),
        (-0.000012345, "-0.0000123"),
        (1e-9, "< 0.0001"),
        (99.96, "100"),
        (0.9996, "1.00"),
    ],
)
def test_numbers(value: float | None, text: str) -> None:
    assert plain(number_text(value)) == text


def test_percent_has_no_signed_zero_and_a_true_minus() -> None:
    assert plain(percent_text(-0.04, signed=True)) == "0.0 %"
    assert percent_text(-999.96) == f"{MINUS}1,000.0\u00a0%"
    assert percent_text(-1234.56) == f"less than {MINUS}1,000\u00a0%"


def test_log_effects_are_percent_of_the_level() -> None:
    assert plain(effect_text(GROWTH, math.log(1.286))) == "+28.6 %"
    assert plain(effect_text(SMOKE, math.log(0.9))) == "-10.0 %"
    assert plain(effect_text(JOBS, -2.5)) == "-2.50 thousand job"


def test_margins() -> None:
    assert plain(margin_text(GROWTH)) == "a fall of 5 %"
    assert plain(margin_text(SMOKE)) == "a rise of 5 %"
    assert margin_text(JOBS) == "none"
    assert bound_text(GROWTH, None) == "would not be excluded at any margin, however large"
    assert plain(bound_text(GROWTH, -3.0)) == "is excluded at any margin; so is a rise below 3.0 %"
    assert plain(bound_text(SMOKE, -3.0)) == "is excluded at any margin; so is a fall below 3.0 %"
    assert bound_text(GROWTH, -0.004) == "is excluded at any margin, however small"
    assert bound_text(SMOKE, 0.0) == "is excluded at any margin, however small"
    assert bound_text(SMOKE, 0.004) == "would be excluded at almost any margin"
    assert plain(bound_text(SMOKE, 3.0)) == "would be excluded from a margin of 3.0 %"


@pytest.mark.parametrize(
    ("periods", "text"), [([], "none"), ([2016], "2016"), ([2015, 2016], "2015-2016"), ([1, 3, 5], "1, 3, 5")]
)
def test_periods(periods: list[int], text: str) -> None:
    assert plain(period_text(periods)) == text


def test_words() -> None:
    assert [and_list(list("abc")[:k]) for k in range(4)] == ["", "a", "a and b", "a, b and c"]
    assert [plain_unit(unit) for unit in ("log(t/person)", "1", "log(1)")] == ["t per person", "", ""]
    assert sentence("gain shown (p = 0.048)") == "Gain shown (p\u00a0=\u00a00.048)."
    assert plain(share_text(0.0005)) == "0.1 %"


@pytest.mark.parametrize(
    ("weight", "text"),
    [(-0.0005, "-0.1 %"), (-0.00049, "> -0.1 %"), (-1.25, "-125.0 %"), (0.00049, "< 0.1 %"), (-0.0, "-")],
)
def test_weights_below_zero_have_their_sign(weight: float, text: str) -> None:
    assert plain(share_text(weight)) == text


@pytest.mark.parametrize(
    ("low", "high"), [(3.9, 7.0), (5000, 60000), (1e-5, 3.0), (0.99, 1.02), (2.1, 2.11), (1, 1e12)]
)
def test_log_ticks_are_round_in_order_and_inside(low: float, high: float) -> None:
    ticks = log_ticks(low, high)
    assert len(ticks) >= 3
    assert ticks == sorted(set(ticks))
    assert low <= ticks[0] < ticks[-1] <= high * (1 + 1e-12)
    assert all(len(f"{tick:e}".split("e")[0].rstrip("0").replace(".", "")) <= 4 for tick in ticks)


def test_edges_and_domains() -> None:
    assert [edges([2000, 2001, 2005], period) for period in (2000, 2001, 2005)] == [
        (1999.5, 2000.5),
        (2000.5, 2003.0),
        (2003.0, 2007.0),
    ]
    assert edges([2000], 2000) == (1999.5, 2000.5)
    assert padded([2.0, 10.0]) == [-1.0, 11.0]
    assert padded([0.0]) == [-1.0, 1.0]


@pytest.mark.parametrize(
    ("largest", "factor", "word"), [(9e5, 1.0, ""), (1e6, 1e6, "million "), (2e9, 1e9, "billion ")]
)
def test_unit_scale(largest: float, factor: float, word: str) -> None:
    assert unit_scale(GROWTH, [1.0, -largest, math.nan]) == (
        factor,
        f"Output per head (invented), {word}CNY per person",
    )


def test_unit_of_a_chained_index_says_its_base() -> None:
    outcome = Outcome("y", role=None, good="up", margin=None, scale="log", label="GDP", unit="log(index)")
    assert unit_scale(outcome, [0.5, 1.2], "2011") == (1.0, "GDP, index (2011 = 1)")


@pytest.mark.parametrize(
    ("intervals", "text"),
    [
        ([(-0.1, 0.2)], "-9.5 % to +22.1 %"),
        ([(-math.inf, math.inf)], "any effect (none is rejected)"),
        ([(-math.inf, 0.0)], "up to 0.0 %"),
        ([(0.0, math.inf)], "0.0 % and more"),
        ([(-0.1, 0.0), (0.1, 0.2)], "-9.5 % to 0.0 % and +10.5 % to +22.1 %"),
        ([(0.1, 0.1)], "just +10.5 %"),
        ([], "none"),
    ],
)
def test_confidence_sets_in_words(intervals: list[tuple[float, float]], text: str) -> None:
    outcome = Outcome("y", role=None, good="up", margin=None, scale="log")
    parts = tuple(Interval(*ends) for ends in intervals)
    found = ConfidenceSet(outcome, "mean_gap", "two-sided", 0.05, 0.95, parts)
    assert plain(set_text(found)) == text
