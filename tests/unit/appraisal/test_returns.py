"""Marginal products corrected for land and prices: algebra, gaps, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pilotzone.appraisal import CorrectedReturns, firm_allocation, marginal_product
from pilotzone.core import DataError, PilotZoneError, UsageError


def returns(**changed: Any) -> CorrectedReturns:
    fields: dict[str, Any] = {
        "regions": ("A", "B", "C"),
        "year": 2017,
        "capital_share": 0.45,
        "output_capital": [0.4, 0.5, 0.8],
        "reproducible_share": [0.6, 0.9, np.nan],
        "capital_price": [1.5, 0.8, 1.1],
    }
    return CorrectedReturns(**(fields | changed))


def test_both_corrections_are_those_of_the_marginal_product_in_quantities() -> None:
    rng = np.random.default_rng(5)
    made, stock, s, price = rng.uniform(0.2, 3, (4, 6))
    s = s / 3
    # Quantities at one price; in values capital is worth its price in units of output.
    found = returns(
        regions=tuple("ABCDEF"), output_capital=made / (price * stock), reproducible_share=s, capital_price=price
    )
    for i in range(6):
        expected = marginal_product(made[i], stock[i], 0.45, natural_share=0.45 * (1 - s[i]), price_ratio=1 / price[i])
        assert found.reproducible_in_values[i] == pytest.approx(float(expected), rel=1e-12)
        naive = marginal_product(made[i], stock[i], 0.45)
        assert found.in_quantities[i] == pytest.approx(float(naive), rel=1e-12)
        land = marginal_product(made[i], stock[i], 0.45, natural_share=0.45 * (1 - s[i]))
        assert found.reproducible_in_quantities[i] == pytest.approx(float(land), rel=1e-12)


def test_without_land_and_at_one_price_all_four_agree() -> None:
    found = returns(reproducible_share=[1, 1, 1], capital_price=[1, 1, 1])
    for values in found.measures.values():
        np.testing.assert_array_equal(values, found.in_values)


def test_what_is_not_given_is_said_and_enters_no_spread() -> None:
    found = returns()
    rows = {row["region"]: row for row in found.to_table().records()}
    assert rows["A"]["land taken out"] == pytest.approx(0.45 * 0.4 * 0.6)
    assert (rows["C"]["land taken out"], rows["C"]["not given"]) == (None, "reproducible share")
    assert rows["C"]["naive in quantities"] == pytest.approx(0.45 * 0.8 * 1.1)
    # Of two regions the deviation of the log is half of its difference.
    assert found.spreads["naive"] == pytest.approx(abs(np.log(0.5 / 0.4)) / 2)
    assert found.spreads["land taken out"] == pytest.approx(abs(np.log(0.45 / 0.24)) / 2)
    assert returns(reproducible_share=[np.nan] * 3).spreads == {}


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"reproducible_share": [0.0, 0.5, 0.5]}, "reproducible_share of 'A' is 0"),
        ({"reproducible_share": [0.5, 1.5, 0.5]}, "reproducible_share of 'B' is 1.5"),
        ({"capital_price": [1.0, 1.0, -1.0]}, "capital_price of 'C' is -1"),
        ({"output_capital": [np.inf, 1.0, 1.0]}, "output_capital of 'A' is inf"),
        ({"capital_price": [1.0]}, r"shape \(1,\)"),
        ({"capital_share": 1.5}, "share of capital is 1.5"),
    ],
)
def test_returns_that_are_none_are_refused(changed: dict[str, Any], told: str) -> None:
    with pytest.raises(PilotZoneError, match=told):
        returns(**changed)


def firms(**changed: Any) -> dict[str, Any]:
    return {
        "value_added": [1.0, 0.25, 3.0, 4.0],
        "capital": [1.0, 1.0, 2.0, 9.0],
        "wages": [1.0, 0.125, 1.0, 2.0],
        "industry": ["a", "a", "b", "b"],
        "capital_share": {"a": 0.0, "b": 0.5},
    } | changed


def test_weights_of_industries_as_given() -> None:
    own = firm_allocation(**firms())
    same = firm_allocation(**firms(), weights=dict(zip(own.industries, own.weights.tolist(), strict=True)))
    assert same.ratio == pytest.approx(own.ratio, rel=1e-14)
    found = firm_allocation(**firms(), weights={"b": 0.25, "a": 0.75})
    assert found.ratios[0] == pytest.approx(0.8784104612, abs=1e-10)
    assert found.ratio == pytest.approx(found.ratios[0] ** 0.75 * found.ratios[1] ** 0.25, rel=1e-14)


@pytest.mark.parametrize(
    ("weights", "fault", "told"),
    [
        ({"a": 0.5, "b": 0.6}, UsageError, "sum to 1.1"),
        ({"a": 1.0}, UsageError, "no weight is given for 'b'"),
        ({"a": 0.5, "c": 0.5}, UsageError, "no industry 'c'"),
        ({"a": 1.0, "b": 0.0}, UsageError, "weight of 'b' is 0"),
    ],
)
def test_weights_that_are_none_are_refused(weights: dict[str, float], fault: type[PilotZoneError], told: str) -> None:
    with pytest.raises(fault, match=told):
        firm_allocation(**firms(), weights=weights)


def test_a_weight_of_an_industry_that_was_cut_away_is_refused() -> None:
    many = {
        "value_added": [1.0] * 20 + [1e6],
        "capital": [1.0] * 21,
        "wages": [1.0 + k / 100 for k in range(21)],
        "industry": ["a"] * 20 + ["b"],
        "capital_share": {"a": 0.3, "b": 0.3},
    }
    assert firm_allocation(**many, trim=0.05).industries == ("a",)  # type: ignore[arg-type]
    with pytest.raises(DataError, match="no firm of 'b' is left"):
        firm_allocation(**many, trim=0.05, weights={"a": 0.5, "b": 0.5})  # type: ignore[arg-type]
