"""Capital stocks and their returns, firms, the table for and against, and capacity that nobody uses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from pilotzone.appraisal import (
    CapitalPanel,
    Fact,
    StrandingSpec,
    break_even,
    firm_allocation,
    icor,
    logistic_ramp,
    marginal_product,
    misallocation_table,
    perpetual_inventory,
    steady_stock,
    stranding_of,
)
from pilotzone.core import DataError, MethodError, PilotZoneError, UsageError


def test_the_inventory_is_the_sum_of_what_is_left_of_each_year() -> None:
    rng = np.random.default_rng(2)
    spent, level = rng.uniform(1, 5, 30), np.cumprod(rng.uniform(0.98, 1.1, 30))
    found = perpetual_inventory(spent, level, depreciation=0.07, initial=50, initial_prices="first year", base=12)
    for t in (0, 1, 29):
        left = 50 * level[12] / level[0] * 0.93**t
        left += sum(spent[s] * level[12] / level[s] * 0.93 ** (t - s) for s in range(1, t + 1))
        assert found[t] == pytest.approx(left, rel=1e-13)


def test_a_steady_stock_keeps_its_ratio() -> None:
    spent = 10 * 1.04 ** np.arange(20)
    start = steady_stock(float(spent[1]), 0.04, 0.06)
    found = perpetual_inventory(
        spent, np.ones(20), depreciation=0.06, initial=start, initial_prices="base year", base=0
    )
    np.testing.assert_allclose(found[1:] / found[:-1], 1.04, rtol=1e-13)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"price_index": [1.0, 0.0]}, "price index of investment is 0 in year 2"),
        ({"price_index": [1.0, -1.0]}, "price index of investment is -1 in year 2"),
        ({"formation": [1.0, -9.0]}, "stock falls below zero in year 2: formation there is -9"),
        ({"depreciation": 1.2}, "depreciation is 1.2"),
        ({"initial": -1}, "initial stock is -1"),
        ({"base": 2}, "base is 2, the position of a year among 2"),
        ({"initial_prices": "now"}, "is 'now'"),
    ],
)
def test_inventories_that_are_none_are_refused(changed: dict[str, Any], told: str) -> None:
    given: dict[str, Any] = {
        "formation": [1.0, 1.0],
        "price_index": [1.0, 1.0],
        "depreciation": 0.1,
        "initial": 5,
        "initial_prices": "base year",
        "base": 0,
    }
    with pytest.raises(PilotZoneError, match=told):
        perpetual_inventory(**(given | changed))


def test_marginal_products() -> None:
    assert marginal_product(100.0, 250.0, 0.4) == pytest.approx(0.16)
    assert marginal_product(100.0, 250.0, 0.4, natural_share=0.1, price_ratio=0.5) == pytest.approx(0.06)
    with pytest.raises(DataError, match="GDP is not above zero"):
        marginal_product([0.0, 1.0], [1.0, 1.0], 0.4)
    with pytest.raises(UsageError, match=r"natural capital has 0\.4"):
        marginal_product(1.0, 1.0, 0.4, natural_share=0.4)


def test_an_incremental_ratio_needs_growth() -> None:
    assert icor([30, 40, 99], [100, 101, 107]) == 10
    with pytest.raises(MethodError, match="without growth"):
        icor([30, 30], [100, 100])
    with pytest.raises(DataError, match="GDP is not above zero"):
        icor([30, 30], [0, 100])


REGIONS = ("A", "B", "C", "D", "E", "F", "G", "H")


def panel(**changed: Any) -> CapitalPanel:
    gdp = np.outer(np.arange(8) + 8.0, [10.0, 12.0, 15.0])
    share = np.array([0.72, 0.5, 0.45, 0.4, 0.42, 0.44, 0.46, 0.3])
    stock = gdp * np.linspace(4.0, 1.9, 8)[:, None] * [0.8, 0.9, 1.0]
    fields: dict[str, Any] = {
        "regions": REGIONS,
        "years": (2010, 2013, 2017),
        "gdp": gdp,
        "formation": gdp * share[:, None],
        "capital": stock,
        "unit": "1e8 CNY",
    }
    return CapitalPanel(**(fields | changed))


def test_high_formation_and_sums_above_the_nation_are_warned_of() -> None:
    whole = panel().gdp.sum(axis=0)
    found = panel(nation_gdp=whole / 1.1, nation_formation=panel().formation.sum(axis=0)).cautions
    assert found[0].startswith("A: capital formation is 72% of GDP in")
    assert found[1].startswith("GDP of the provinces sums to +10.0% of the nation's")
    assert len(found) == 2
    assert panel(high_formation=0.8).cautions == ()


def test_figures_scaled_to_the_nation_sum_to_it() -> None:
    nation = np.array([900.0, 1000.0, 1200.0])
    formed = np.array([400.0, 420.0, 500.0])
    found = panel(nation_gdp=nation, nation_formation=formed).to_nation()
    np.testing.assert_allclose(found.gdp.sum(axis=0), nation, rtol=1e-14)
    np.testing.assert_allclose(found.formation.sum(axis=0), formed, rtol=1e-14)
    assert found.scaled_to_nation
    with pytest.raises(MethodError, match="nation's GDP or formation is missing"):
        panel().to_nation()


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"gdp": np.zeros((8, 3))}, "gdp of 'A' is 0 in 2010"),
        ({"capital": -np.ones((8, 3))}, "capital of 'A' is -1"),
        ({"years": (2013, 2010, 2017)}, "not ascending"),
        ({"formation": np.ones((3, 8))}, r"shape \(3, 8\)"),
    ],
)
def test_panels_that_are_none_are_refused(changed: dict[str, Any], told: str) -> None:
    with pytest.raises(DataError, match=told):
        panel(**changed)


def test_the_table_says_for_and_against() -> None:
    fact = Fact("utilisation of racks", 52.8, "%", "for", "half stood idle", "MIIT 2018")
    found = misallocation_table(panel(), "A", year=2017, since=2010, capital_share=0.4, facts=(fact,))
    assert [row[5] for row in found.rows] == ["for"] * 4
    assert [row[3] for row in found.rows[:3]] == [1, 1, 1]
    best = misallocation_table(panel(), "H", year=2017, since=2010, capital_share=0.4)
    assert [row[5] for row in best.rows] == ["against"] * 3
    assert best.rows[0][2] == pytest.approx(0.45)
    middle = misallocation_table(panel(), "D", year=2017, since=2010, capital_share=0.4)
    assert middle.rows[1][3:6] == (4, 8, "neither")
    note = found.to_table().note
    assert "A: capital formation is 72%" in note
    assert "no ratio is an effect of the zone" in note
    # The level of the share of capital changes no rank.
    again = misallocation_table(panel(), "A", year=2017, since=2010, capital_share=0.3)
    assert [row[3] for row in again.rows] == [row[3] for row in found.rows[:3]]


def test_incremental_ratios_are_ranked_where_output_grew() -> None:
    gdp = panel().gdp.copy()
    gdp[3] = 100.0
    found = misallocation_table(
        panel(),
        "A",
        year=2017,
        since=2010,
        capital_share=0.4,
        gdp_constant=gdp,
        formation_constant=panel().formation,
    )
    assert found.rows[3][1] == pytest.approx(icor(panel().formation[0], gdp[0]))
    assert found.rows[3][4] == 7


def test_gaps_are_not_ranked() -> None:
    gdp = panel().gdp.copy()
    gdp[0, 2] = np.nan
    with pytest.raises(DataError, match="of 'A' or of enough others is missing"):
        misallocation_table(panel(gdp=gdp), "A", year=2017, since=2010, capital_share=0.4)
    with pytest.raises(UsageError, match="no region 'Z'"):
        misallocation_table(panel(), "Z", year=2017, since=2010, capital_share=0.4)
    with pytest.raises(UsageError, match="no year 2011"):
        misallocation_table(panel(), "A", year=2011, since=2010, capital_share=0.4)


def firms(seed: int, count: int = 40) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    return {
        "value_added": rng.lognormal(0, 1, count),
        "capital": rng.lognormal(0, 1, count),
        "wages": rng.lognormal(0, 1, count),
        "industry": ["one", "two"] * (count // 2),
        "capital_share": {"one": 0.3, "two": 0.6},
    }


def test_firms_by_direct_aggregation() -> None:
    given, sigma = firms(3), 4.0
    found = firm_allocation(**given, sigma=sigma)
    shares, logs = [], []
    for name in ("one", "two"):
        own = np.array([item == name for item in given["industry"]])
        alpha = given["capital_share"][name]
        made, stock, paid = (given[key][own] for key in ("value_added", "capital", "wages"))
        # Output from prices: PY = Y^((s-1)/s) up to a constant of the industry; A = Y over its bundle of inputs.
        output = made ** (sigma / (sigma - 1))
        able = output / (stock**alpha * paid ** (1 - alpha))
        together = (output ** ((sigma - 1) / sigma)).sum() ** (sigma / (sigma - 1))
        # The best use of the industry's own inputs gives each firm a share of both in proportion to A^(s-1).
        part = able ** (sigma - 1) / (able ** (sigma - 1)).sum()
        best = able * (part * stock.sum()) ** alpha * (part * paid.sum()) ** (1 - alpha)
        efficient = (best ** ((sigma - 1) / sigma)).sum() ** (sigma / (sigma - 1))
        logs.append(np.log(together / efficient))
        shares.append(made.sum())
    expected = np.exp(np.average(logs, weights=shares))
    assert found.ratio == pytest.approx(expected, rel=1e-12)
    assert found.industries == ("one", "two")


def test_equal_revenue_productivity_loses_nothing() -> None:
    size = np.array([1.0, 2.0, 5.0])
    found = firm_allocation(size * 3, size, size, ["a"] * 3, {"a": 0.4})
    assert found.ratio == pytest.approx(1, abs=1e-14)
    assert found.spread == pytest.approx(0, abs=1e-14)


def test_scales_of_inputs_and_outliers() -> None:
    given = firms(4)
    found = firm_allocation(**given)
    scaled = firm_allocation(**(given | {"capital": given["capital"] * 1e6, "wages": given["wages"] * 7}))
    assert scaled.ratio == pytest.approx(found.ratio, rel=1e-12)
    trimmed = firm_allocation(**given, trim=0.05)
    assert sum(trimmed.firms) < 40
    assert trimmed.ratio > found.ratio
    assert found.between(0.1, 0.9) > found.between(0.25, 0.75) > 0
    assert "Errors of measurement" in found.to_table().note


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"value_added": np.zeros(40)}, "value added of firm 1 is not above zero"),
        ({"sigma": 1.0}, "sigma is 1"),
        ({"trim": 0.5}, "trim is 0.5"),
        ({"industry": ["three"] * 40}, "no share of capital is given for 'three'"),
        ({"capital_share": {"one": 0.3, "two": 1.6}}, "of 'two' is 1.6"),
        ({"industry": ["one"]}, "40 firms have 1 industries"),
    ],
)
def test_firms_that_are_none_are_refused(changed: dict[str, Any], told: str) -> None:
    with pytest.raises(PilotZoneError, match=told):
        firm_allocation(**(firms(5) | changed))


def spec(**changed: Any) -> StrandingSpec:
    fields: dict[str, Any] = {
        "years": (2020, 2021, 2022, 2023),
        "capacity_mw": np.array([0.0, 50.0, 100.0, 100.0]),
        "investment": 8.0,
        "life": 20,
        "rate": 0.05,
        "salvage": 0.25,
        "break_even": 0.5,
        "filled": 0.8,
        "money": "million USD of 2023",
    }
    return StrandingSpec(**(fields | changed))


def test_stranding_by_hand() -> None:
    demand = np.array([[5.0, 20, 40, 45], [5, 60, 90, 120]])
    found = stranding_of(spec(), demand)
    assert np.isnan(found.mean[0])
    assert found.mean[1:].tolist() == pytest.approx([0.7, 0.65, 0.725])
    assert found.below.tolist() == [0, 0.5, 0.5, 0.5]
    assert found.probability == 0.5
    assert found.never_used_mw.tolist() == [55, 0]
    assert found.never_used_cost.tolist() == pytest.approx([55 * 8 * 0.75, 0])
    payment = 8 * 0.05 / (1 - 1.05**-20)
    assert found.idle_cost[0] == pytest.approx(payment * (30 / 1.05 + 60 / 1.05**2 + 55 / 1.05**3), rel=1e-12)
    assert found.never_fills == 0.5
    assert found.error == pytest.approx(np.sqrt(0.125))
    assert "50.0% of draws never reach 80% by 2023." in found.statements
    assert found.to_table().columns["utilisation_mean"][0] is None


def test_a_ramp_that_never_fills_is_told() -> None:
    demand = logistic_ramp([60.0, 70.0], [3.0, 3.0], [1.0, 0.5], 4)
    found = stranding_of(spec(), demand)
    assert found.never_fills == 1
    assert "The ramp never fills the campus: no draw reaches 80% by 2023." in found.statements
    assert "The ramp never fills" in str(found)


def test_ramps_reach_half_at_their_midpoint_and_their_ceiling_in_the_end() -> None:
    found = logistic_ramp([100.0], [10.0], [0.9], 200)
    assert found[0, 10] == 50
    assert found[0, -1] == pytest.approx(100)
    assert (np.diff(found[0]) >= 0).all()
    assert np.isfinite(logistic_ramp([1.0], [1e6], [1e6], 3)).all()
    with pytest.raises(DataError, match="speed is not above zero"):
        logistic_ramp([1.0], [1.0], [0.0], 3)


def test_break_even() -> None:
    found = break_even(8 * 0.08e6, 100.0)
    assert found.utilisation == pytest.approx(640_000 / 876_000)
    assert "from a utilisation of 73.1% on" in found.statement
    assert break_even(1e6, 100.0).utilisation is None
    assert "full use would cover 88%" in break_even(1e6, 100.0).statement
    assert "No utilisation pays: a MWh brings -5.00" in break_even(1e6, -5.0).statement


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: stranding_of(spec(), np.ones((2, 3))), r"shape \(2, 3\)"),
        (lambda: stranding_of(spec(), -np.ones((2, 4))), "negative or not finite"),
        (lambda: stranding_of(spec(), np.ones((0, 4))), "no draws"),
        (lambda: spec(capacity_mw=np.array([0, 50, 40, 40])), "capacity falls"),
        (lambda: spec(capacity_mw=np.zeros(4)), "no capacity is built"),
        (lambda: spec(salvage=2), "salvage value is 2"),
        (lambda: spec(money=""), "the money is ''"),
        (lambda: break_even(-1, 1), "fixed cost is -1"),
    ],
)
def test_stranding_that_is_none_is_refused(call: Callable[[], object], told: str) -> None:
    with pytest.raises(PilotZoneError, match=told):
        call()
