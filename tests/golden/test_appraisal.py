"""Appraisal against published tables, closed forms and pymrio; figures of the sources stand where they are used."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pilotzone.appraisal import (
    Economy,
    Households,
    annuity,
    closed_inverse,
    economy_of,
    firm_allocation,
    internal_rates,
    inverse,
    multipliers,
    npv,
    perpetual_inventory,
    read_pymrio,
    size_factor,
)

DATA = Path(__file__).parent / "data"

MILLER_BLAIR = np.array([[150.0, 500.0], [200.0, 100.0]]) / [1000.0, 2000.0]
"""Miller and Blair 2009, table 2.3: input coefficients of two sectors."""
HOUSEHOLDS = Households(income=np.array([0.30, 0.25]), spending=np.array([0.05, 0.40]), within=0.05, source="chapter 2")


def two_sectors() -> Economy:
    return Economy(
        name="Miller and Blair",
        unit="USD",
        price_year=2009,
        accounts=("agriculture", "manufacturing"),
        inputs=MILLER_BLAIR,
        imports=np.zeros(2),
        value_added=1 - MILLER_BLAIR.sum(axis=0),
        jobs=None,
        present=np.ones(2),
        basis="table 2.3",
    )


def rounded(values: Any, digits: int) -> list[Any]:  # noqa: ANN401 - arrays of any shape
    return np.round(values, digits).tolist()  # type: ignore[no-any-return]


def test_leontief_inverse_and_output() -> None:
    found = inverse(MILLER_BLAIR)
    assert rounded(found, 8) == [[1.25412541, 0.33003300], [0.26402640, 1.12211221]]
    assert rounded(found @ [600.0, 1500.0], 6) == [1247.524752, 1841.584158]


def test_multipliers_of_types_one_and_two() -> None:
    found = multipliers(two_sectors(), HOUSEHOLDS)
    assert rounded(found.output, 9) == [1.518151815, 1.452145215]
    assert found.output_truncated is not None
    assert found.output_total is not None
    assert rounded(found.output_truncated, 4) == [1.8924, 1.7733]
    assert rounded(found.output_total, 4) == [2.4623, 2.2624]
    assert rounded(found.simple["income"], 5) == [0.44224, 0.37954]
    assert rounded(found.ratio("income"), 5) == [1.47415, 1.51815]
    assert rounded(found.ratio("income", induced=True), 5) == [1.89950, 1.95620]
    # Miller and Blair: the ratio of the two is the same for every sector.
    assert rounded(found.total["income"] / found.simple["income"], 5) == [1.28854, 1.28854]


def test_closed_inverse() -> None:
    assert rounded(closed_inverse(MILLER_BLAIR, HOUSEHOLDS), 4) == [
        [1.3651, 0.4253, 0.2509],
        [0.5273, 1.3481, 0.5954],
        [0.5698, 0.4890, 1.2885],
    ]


def test_size_of_a_region() -> None:
    assert [round(size_factor(share, 0.3), 10) for share in (0.02, 0.05)] == [0.3441669838, 0.4510784148]


def test_rates_of_return() -> None:
    first = internal_rates([-100, 39, 59, 55, 20])
    second = internal_rates([-250000, 100000, 150000, 200000, 250000, 300000])
    # The digits given are cut, not rounded: 0.28094842116.
    assert [int(root * 1e10) for root in (*first.roots, *second.roots)] == [2809484211, 5672303344]
    assert round(npv(0.08, [-40000, 5000, 8000, 12000, 30000]), 7) == 3065.2226682
    assert round(annuity(0.06, 25), 10) == 0.0782267182


def test_present_value_of_the_widget_plant() -> None:
    # Dixit and Pindyck 1994, chapter 2: 1600 now for 200 this year and 200 on average for ever after, at 10 %.
    assert round(-1600 + 200 + 200 / 0.10, 9) == 600
    for_ever = np.append([-1600.0 + 200], np.full(400, 200.0))
    assert npv(0.10, for_ever) == pytest.approx(600, abs=1e-9)


def formation(region: str) -> tuple[np.ndarray, np.ndarray, list[int]]:
    with (DATA / "capital_formation.csv").open(encoding="utf-8") as stream:
        rows = [row for row in csv.DictReader(stream) if row["region"] == region]
    money = np.array([float(row["formation_1e8_cny"]) for row in rows])
    return money, np.array([float(row["price_index"]) for row in rows]), [int(row["year"]) for row in rows]


def stock_of_2000(money: np.ndarray, index: np.ndarray, initial: float) -> float:
    found = perpetual_inventory(
        money,
        index,
        depreciation=0.096,
        initial=initial,
        initial_prices="base year",
        base=len(money) - 1,
    )
    return float(found[-1])


def test_capital_of_chongqing() -> None:
    money, index, years = formation("CN-CQ")
    assert years[0] == 1996
    # Yearly links are published with one decimal; the index stands with six.
    links = np.round(index[1:] / index[:-1] * 100, 1) / 100
    chained = np.append(1.0, np.cumprod(links))
    assert round(stock_of_2000(money, chained, 1090 * 313 / 850), 7) == 2143.6106812


def test_capital_of_beijing() -> None:
    money, index, years = formation("CN-BJ")
    assert years[0] == 1952
    found = stock_of_2000(money, index, 10 * money[0])
    assert round(found, 3) == 7066.979
    # How far six decimals of the index let the stock be from the value that more digits gave.
    half = 5e-7
    base = index[-1]
    terms = money[1:] * 0.904 ** np.arange(len(money) - 2, -1, -1) * base / index[1:]
    most = float((terms * (half / index[1:] + half / base)).sum())
    assert most < 6e-3
    assert abs(found - 7066.979118712687) <= most


def test_hsieh_and_klenow_of_two_firms() -> None:
    # Equal productivity, one factor, elasticity 3, taxes on output of 0 and one half. With wages as the only input a
    # firm chooses price p ~ 1/(1 - tax), sells p^-3, and so has value added p^-2 and wages p^-3.
    price = 1 / (1 - np.array([0.0, 0.5]))
    found = firm_allocation(price**-2, np.ones(2), price**-3, ["one", "one"], {"one": 0.0})
    assert round(found.ratio, 10) == 0.8784104612
    # sqrt(1.296) - 1; the value handed down, 0.1384199580, was computed from rounded parts and is off by 3e-10.
    assert found.gain == pytest.approx(np.sqrt(1.296) - 1, rel=1e-14)
    assert found.gain == pytest.approx(0.1384199580, abs=4e-10)
    # The same by direct aggregation: output of the two together over what the same labour makes shared out evenly.
    labour, made = price**-3, price**-3
    together = (made ** (2 / 3)).sum() ** (3 / 2)
    even = np.full(2, labour.sum() / 2)
    assert found.ratio == pytest.approx(together / (even ** (2 / 3)).sum() ** (3 / 2), rel=1e-14)


@pytest.fixture(scope="module")
def pymrio() -> dict[str, Any]:
    content: dict[str, Any] = json.loads((DATA / "pymrio_system.json").read_text(encoding="utf-8"))
    return content


@pytest.mark.parametrize("archive", ["pymrio_system.zip", "pymrio_system_parquet.zip"])
def test_a_system_of_pymrio(archive: str, pymrio: dict[str, Any]) -> None:
    table = read_pymrio(DATA / archive, price_year=2011, unit="million USD")
    assert list(table.accounts) == pymrio["accounts"]
    economy = economy_of(table)
    for ours, theirs in (
        (table.output, pymrio["x"]),
        (economy.inputs, pymrio["A"]),
        (inverse(economy.inputs), pymrio["L"]),
        (np.array(pymrio["value_added_direct"]) @ inverse(economy.inputs), pymrio["value_added_total"]),
    ):
        np.testing.assert_allclose(ours, np.array(theirs), rtol=1e-10, atol=0)
