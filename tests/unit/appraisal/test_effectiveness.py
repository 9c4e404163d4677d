"""Effects per unit of cost: outlays line by line, sets of known and drawn costs, and a cost of nothing."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from tests.unit.appraisal.test_venture import venture

from pilotzone.appraisal import DrawnCost, EstimatedEffect, cost_effectiveness, npv
from pilotzone.core import UsageError, drawn_ratio, ratio

JOBS = EstimatedEffect("jobs", "job", 1200.0, 300.0, "a test")
MONEY = DrawnCost("public money", "bn USD", np.exp(np.linspace(-1, 1, 4000).reshape(1000, 4).T.ravel()), 4)


@settings(max_examples=60, deadline=None)
@given(
    st.fixed_dictionaries(
        {
            "price_per_kw_month": st.floats(100, 3000),
            "ceiling": st.floats(0, 1),
            "real_rate": st.floats(-0.02, 0.2),
            "tax_forgiven": st.floats(0, 1),
            "land_paid_share": st.floats(0, 1),
            "paid_per_mwh": st.floats(0, 800),
            "grant_per_mw": st.floats(0, 1e7),
            "renewal_share": st.floats(0, 1),
        }
    ),
    st.sampled_from([1, 7, 99]),
)
def test_outlays_are_lines_of_the_account(drawn: dict[str, float], renewal: int) -> None:
    capped = drawn | {"paid_per_mwh": min(drawn["paid_per_mwh"], 500.0)}
    one = venture(renewal_year=renewal, **capped)  # type: ignore[arg-type] # none of them is a count of years
    flows, rate = one.flows(), drawn["real_rate"]
    invested, public = venture(renewal_year=renewal).outlays({name: np.array([v]) for name, v in drawn.items()})
    spent = [-npv(rate, line.amounts) for line in flows.lines if line.kind in {"investment", "equipment"}]
    lost = [npv(rate, line.amounts) for line in flows.lines if line.kind in {"tariff subsidy", "tax break", "subsidy"}]
    assert invested[0] == pytest.approx(sum(spent), rel=1e-9)
    assert public[0] == pytest.approx(sum(lost), rel=1e-9, abs=1e-3)
    assert [part.tolist() for part in one.outlays({})] == [pytest.approx([part[0]]) for part in (invested, public)]


def test_known_and_drawn_costs_have_the_sets_of_core() -> None:
    size = DrawnCost("IT capacity", "100 MW", np.array([2.0]))
    found = cost_effectiveness([JOBS], [MONEY, size], level=0.9, basis="Money of 2017.")
    drawn, known = found.items
    own = drawn_ratio(1200.0, 300.0, MONEY.values, level=0.9, unit="job per bn USD")
    assert drawn.found == own
    assert drawn.fieller == ratio(
        1200.0, 300.0, float(MONEY.values.mean()), amount_se=float(MONEY.values.std()), level=0.9, unit="job per bn USD"
    )
    points = np.exp(np.linspace(-1, 1, 4001))
    normal = stats.norm.cdf(points, MONEY.values.mean(), MONEY.values.std())
    away = float(np.abs(normal - (np.log(points) + 1) / 2).max())
    assert drawn.distance == pytest.approx(away, abs=1e-3)
    assert known.found == ratio(1200.0, 300.0, 2.0, level=0.9, unit="job per 100 MW")
    assert (known.fieller, known.distance, known.error) == (None, None, None)
    rows = found.to_table().records()
    assert [row["by"] for row in rows] == ["draws of the cost", "Fieller, cost as if normal", "cost known"]
    assert rows[0]["low"] == own.intervals[0].low
    assert "Money of 2017." in found.note
    assert f"public money {drawn.distance:.2g}." in found.note


def test_the_error_of_the_ends_is_that_between_scrambles() -> None:
    generator = np.random.default_rng(3)
    cost = DrawnCost("money", "bn", generator.gamma(5, 1, 8 * 500), 8)
    (item,) = cost_effectiveness([JOBS], [cost]).items
    parts = [drawn_ratio(1200.0, 300.0, part).intervals[0] for part in cost.values.reshape(8, -1)]
    ends = np.array([(part.low, part.high) for part in parts])
    assert item.error == pytest.approx(float((ends.std(axis=0, ddof=1) / np.sqrt(8)).max()))


def test_unbounded_sets_and_no_cost_are_told() -> None:
    """Fieller's set of a cost that is not told from zero is all but an interval: two rows, each with one end."""
    often = DrawnCost("money", "bn", np.array([0.0] * 10 + [1.0] * 10))
    nothing = DrawnCost("grants", "bn", np.zeros(20))
    found = cost_effectiveness([JOBS], [often, nothing])
    first, second = found.items
    assert first.found is not None
    assert first.found.kind == "one side"
    assert first.fieller is not None
    assert first.fieller.kind == "all but an interval"
    assert second.found is None
    rows = found.to_table().records()
    assert [row["set"] for row in rows] == [
        "one side", "all but an interval", "all but an interval", "none: this cost is zero",
    ]  # fmt: skip
    assert [(row["low"] is None, row["high"] is None) for row in rows] == [
        (False, True), (True, False), (False, True), (True, True),
    ]  # fmt: skip


def test_what_is_refused() -> None:
    with pytest.raises(UsageError, match="no effect, or no cost"):
        cost_effectiveness([], [MONEY])
    with pytest.raises(UsageError, match="'money' is -1"):
        cost_effectiveness([JOBS], [DrawnCost("money", "bn", np.array([-1.0]))])
    with pytest.raises(UsageError, match="below zero"):
        cost_effectiveness([JOBS], [DrawnCost("money", "bn", np.array([-1.0, 2.0]))])
    with pytest.raises(UsageError, match="above zero"):
        EstimatedEffect("jobs", "job", 1.0, 0.0, "a test")
    with pytest.raises(UsageError, match="no source"):
        EstimatedEffect("jobs", "job", 1.0, 1.0, " ")
