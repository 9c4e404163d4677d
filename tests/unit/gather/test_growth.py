"""Chained indices, prices and held values: against loops period by period, and by hand."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest

from pilotzone.core import (
    Break,
    Caveat,
    DataError,
    Licence,
    Panel,
    Period,
    PilotZoneError,
    SeriesInfo,
    Source,
    UsageError,
)
from pilotzone.gather import derive, evidence_panel, load_evidence, read_panel
from pilotzone.gather.expression import parse_expression

NAN = math.nan
YEARS = (2010, 2011, 2012, 2014, 2015)
"""2013 is not there: no chain reaches over it."""
RNG = np.random.default_rng(5)
GROWTH = RNG.uniform(90, 120, (4, 5)).round(1)
GROWTH[1, 1] = NAN
GROWTH[2] = NAN
GROWTH[3, :3] = NAN
PRICES = RNG.uniform(95, 110, (4, 5)).round(1)
PRICES[1, 3] = NAN
FIXED = RNG.uniform(50, 400, (4, 5))
FIXED[3, 2] = NAN
MONEY, PEOPLE = RNG.uniform(1, 9, (2, 4, 5))
PEOPLE[0, 1] = NAN
INFOS = {
    "growth": SeriesInfo("growth", "growth", "1", index="previous-year-100"),
    "cpi": SeriesInfo("cpi", "prices", "1", index="previous-year-100"),
    "fixed": SeriesInfo("fixed", "fixed", "index", index="fixed-base", free_level=True),
    "money": SeriesInfo("money", "money", "1e8 CNY"),
    "people": SeriesInfo("people", "people", "person"),
    "rate": SeriesInfo("rate", "growth", "percent", index="previous-year-100"),
}
VALUES = {"growth": GROWTH, "cpi": PRICES, "fixed": FIXED, "money": MONEY, "people": PEOPLE, "rate": GROWTH - 100}


def panel(**more: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> Panel:
    values = {name: array.copy() for name, array in (VALUES | more).items()}
    return Panel(("a", "b", "c", "d"), YEARS, values, INFOS)


def stepped(row: list[float], periods: tuple[int, ...], base: int) -> list[float]:
    """Return the level that an index adds up to, one step at a time from the base on, as one would by hand."""
    level = {base: 100.0}
    given = dict(zip(periods, row, strict=True))
    for period in range(base + 1, periods[-1] + 1):
        if period - 1 in level and not math.isnan(given.get(period, NAN)) and period - 1 in given:
            level[period] = level[period - 1] * given[period] / 100
    for period in range(base, periods[0], -1):
        if period in level and not math.isnan(given.get(period, NAN)) and period - 1 in given:
            level[period - 1] = level[period] / (given[period] / 100)
    if len(level) == 1:
        return [NAN] * len(periods)
    return [level.get(period, NAN) for period in periods]


@pytest.mark.parametrize("base", YEARS)
def test_chain_is_what_steps_from_year_to_year_give(base: int) -> None:
    made = derive(panel(), {"x": f"chain(growth, {base})"})
    expected = np.log(np.array([stepped(row.tolist(), YEARS, base) for row in GROWTH]) / 100)
    np.testing.assert_allclose(made.matrix("x"), expected, rtol=0, atol=1e-14)
    info = made.series["x"]
    assert (info.unit, info.free_level, info.index, info.formula) == ("log(index)", True, "", f"chain(growth, {base})")


def test_where_a_chain_ends() -> None:
    made = derive(panel(), {"x": "chain(growth, 2011)", "y": "chain(growth, 2014)"})
    known = [[not math.isnan(value) for value in row] for row in made.matrix("x").tolist()]
    # a: to the gap in the years; b: nothing links 2011 to 2010; c: no figures; d: no link at 2011
    assert known == [[True] * 3 + [False] * 2, [False, True, True, False, False], [False] * 5, [False] * 5]
    known = [[not math.isnan(value) for value in row] for row in made.matrix("y").tolist()]
    assert known == [[False] * 3 + [True] * 2, [False] * 3 + [True] * 2, [False] * 5, [False] * 3 + [True] * 2]


def test_published_growth_of_municipalities_by_hand() -> None:
    """As published, Chongqing grew 10.7, 9.3, 6.0 % in 2016-2018, Beijing 6.9 in 2016, 1.1 in 2020, 0.7 in 2022."""
    index = "city_gdp_volume_index"
    panel = evidence_panel([index], regions=["CN-110000", "CN-500000"], periods=range(2015, 2024))
    made = derive(panel, {"level": f"chain({index}, 2015)", "size": "exp(level)", "later": f"chain({index}, 2018)"})
    size = dict(zip(panel.periods, made.matrix("size")[1].tolist(), strict=True))
    assert [size[year] for year in range(2015, 2019)] == pytest.approx([1, 1.107, 1.209951, 1.28254806], rel=1e-14)
    change = dict(zip(panel.periods[1:], np.diff(made.matrix("level")[0]).tolist(), strict=True))
    assert [change[year] for year in (2016, 2020, 2022)] == pytest.approx(
        [math.log(1.069), math.log(1.011), math.log(1.007)], abs=1e-14
    )
    # Another year is another constant, for each of the two: 1.28254806 for Chongqing.
    moved = made.matrix("level") - made.matrix("later")
    np.testing.assert_allclose(moved[1], math.log(1.28254806), rtol=1e-13)
    assert np.ptp(moved[0]) < 1e-14
    assert (made.series["level"].free_level, made.series["level"].unit) == (True, "log(index)")


def test_cities_are_chained_as_far_as_their_figures_go() -> None:
    """Each city from 2015 step by step to its first gap, on either side."""
    index = "city_gdp_volume_index"
    panel = evidence_panel([index])
    level = derive(panel, {"x": f"chain({index}, 2015)"}).matrix("x")
    figures = panel.matrix(index)
    for row, given in zip(level, figures, strict=True):
        expected = stepped(given.tolist(), panel.periods, 2015)
        np.testing.assert_allclose(row, np.log(np.array(expected) / 100), rtol=0, atol=1e-13)
    assert int((~np.isnan(level)).all(axis=1).sum()) > 280


def test_nominal_gdp_at_prices_of_a_year_and_per_head_of_one_count() -> None:
    names = ["gdp_nominal_cny", "population", "retail_price_index"]
    panel = evidence_panel(names, periods=range(2010, 2020))
    made = derive(panel, {"x": "deflate(gdp_nominal_cny, retail_price_index, 2015) / at(population, 2010)"})
    row, gdp, people, prices = panel.unit_index("CN-GZ"), *(panel.matrix(name) for name in names)
    at = dict(zip(panel.periods, range(10), strict=True))
    given = prices[row, at[2016]] / 100 * prices[row, at[2017]] / 100
    assert made.matrix("x")[row, at[2017]] == pytest.approx(
        gdp[row, at[2017]] / given / people[row, at[2010]], rel=1e-14
    )
    assert made.matrix("x")[row, at[2014]] == pytest.approx(
        gdp[row, at[2014]] * (prices[row, at[2015]] / 100) / people[row, at[2010]], rel=1e-14
    )
    info = made.series["x"]
    assert (info.unit, info.free_level) == ("CNY2015/person", False)
    assert {item.name for item in info.breaks} == {
        item.name for name in ("gdp_nominal_cny", "retail_price_index") for item in panel.series[name].breaks
    }


def test_deflating_by_an_index_on_the_year_before() -> None:
    made = derive(panel(), {"x": "deflate(money, cpi, 2011)", "y": "log(deflate(money, cpi, 2011) / people)"})
    level = np.array([stepped(row.tolist(), YEARS, 2011) for row in PRICES]) / 100
    np.testing.assert_allclose(made.matrix("x"), MONEY / level, rtol=1e-14)
    np.testing.assert_allclose(made.matrix("y"), np.log(MONEY / level / PEOPLE), rtol=1e-13)
    assert np.isnan(made.matrix("x")[:, 3:]).all()  # beyond the year that is not there
    assert (made.series["x"].unit, made.series["y"].unit) == ("1e8 CNY2011", "log(1e8 CNY2011/person)")
    assert not made.series["x"].free_level


def test_deflating_by_an_index_with_a_fixed_base() -> None:
    made = derive(panel(), {"x": "deflate(money, fixed, 2012)"})
    expected = MONEY * FIXED[:, [2]] / FIXED
    np.testing.assert_allclose(made.matrix("x"), expected, rtol=1e-14)
    assert np.isnan(made.matrix("x")[3]).all()  # no price in the year named
    assert (made.series["x"].free_level, made.series["x"].index) == (False, "")


def test_money_at_prices_of_a_year_is_not_money_at_other_prices() -> None:
    made = derive(panel(), {"x": "deflate(money, cpi, 2011)"})
    for text in ("x + money", "x - deflate(money, cpi, 2012)"):
        with pytest.raises(DataError, match="has no meaning"):
            derive(made, {"y": text})
    assert derive(made, {"y": "x / money"}).series["y"].unit == "CNY2011/CNY"
    with pytest.raises(DataError, match="at the prices of 2011 already"):
        derive(made, {"y": "deflate(x, cpi, 2011)"})


def test_per_head_of_one_year() -> None:
    made = derive(panel(), {"x": "money / at(people, 2011)", "y": "at(people, 2012)", "z": "at(3, 2010) * money"})
    np.testing.assert_allclose(made.matrix("x"), MONEY / PEOPLE[:, [1]], rtol=1e-15)
    assert np.isnan(made.matrix("x")[0]).all()
    np.testing.assert_array_equal(made.matrix("y"), np.repeat(PEOPLE[:, [2]], 5, axis=1))
    np.testing.assert_array_equal(made.matrix("z"), 3 * MONEY)
    assert made.series["x"].unit == "1e8 CNY/person"


FREE = [
    ("growth", False),
    ("log(growth)", False),
    ("chain(growth, 2011)", True),
    ("-chain(growth, 2011)", True),
    ("chain(growth, 2011) - log(people)", True),
    ("log(money) + chain(growth, 2011)", True),
    ("chain(growth, 2011) - chain(cpi, 2011)", True),
    ("exp(chain(growth, 2011))", True),
    ("log(exp(chain(growth, 2011)))", True),
    ("exp(chain(growth, 2011)) / exp(chain(cpi, 2011))", True),
    ("2 * exp(chain(growth, 2011)) / people", True),
    ("money / exp(chain(cpi, 2011))", True),
    ("fixed", True),
    ("log(fixed)", True),
    ("1 / fixed", True),
    ("at(fixed, 2011)", True),
    ("deflate(money * exp(chain(growth, 2011)), cpi, 2011)", True),
    ("deflate(money, exp(chain(cpi, 2012)), 2011)", False),
    ("deflate(money, cpi, 2011) / people", False),
    ("money / at(people, 2011)", False),
]


@pytest.mark.parametrize(("text", "free"), FREE, ids=[text for text, _ in FREE])
def test_levels_that_are_arbitrary(text: str, free: bool) -> None:
    made = derive(panel(), {"x": text, "y": "x"})
    assert made.series["x"].free_level is made.series["y"].free_level is free
    # The flag says what it means: does the series follow when each unit's index has another level?
    if "fixed" in text:
        scale = np.array([[2.0], [3.0], [5.0], [7.0]])
        again = derive(panel(fixed=FIXED * scale), {"x": text})
        assert np.allclose(made.matrix("x"), again.matrix("x"), equal_nan=True) is not free


BAD_DATA = [
    ("chain(money, 2011)", "not declared to be an index"),
    ("chain(growth * 1, 2011)", "not declared to be an index"),
    ("chain(at(growth, 2011), 2011)", "not declared to be an index"),
    ("chain(fixed, 2011)", "an index with a fixed base"),
    ("chain(rate, 2011)", "is near 100, and the median of this one is: a "),
    ("deflate(people, cpi, 2011)", "'person' is not an amount of money"),
    ("deflate(people / money, cpi, 2011)", "is not an amount of money"),
    ("deflate(log(money), cpi, 2011)", "has no unit: a logarithm"),
    ("deflate(money, people, 2011)", "used to deflate is not declared as an index"),
    ("exp(chain(growth, 2011)) + exp(chain(cpi, 2011))", "sum of levels that are arbitrary"),
    ("fixed - fixed", "difference of levels that are arbitrary"),
    ("exp(fixed / at(fixed, 2011))", "exponential of a level that is arbitrary"),
    ("log(chain(growth, 2011))", "logarithm"),
    ("chain(growth, 2011) * 2", "multiplying"),
]


@pytest.mark.parametrize(("text", "says"), BAD_DATA, ids=[text for text, _ in BAD_DATA])
def test_what_has_no_meaning(text: str, says: str) -> None:
    with pytest.raises(DataError) as caught:
        derive(panel(), {"x": text})
    assert says in caught.value.what
    assert caught.value.what.startswith(f"'x', defined as {text!r}: ")


@pytest.mark.parametrize(("name", "text"), [("growth", "chain(growth, 2011)"), ("cpi", "deflate(money, cpi, 2011)")])
@pytest.mark.parametrize("wrong", [0.0, -3.0])
def test_an_index_of_zero_or_less_is_refused_by_unit_and_period(name: str, text: str, wrong: float) -> None:
    values = VALUES[name].copy()
    values[3, 4] = wrong
    with pytest.raises(DataError, match=r"index of growth that is not positive: d in 2015"):
        derive(panel(**{name: values}), {"x": text})
    made = derive(panel(**{name: values}), {"x": text}, unused={"d"})
    assert math.isnan(made.matrix("x")[3, 4])


def test_a_fixed_base_of_zero_is_refused_by_unit_and_period() -> None:
    values = FIXED.copy()
    values[2, 1] = 0.0
    with pytest.raises(DataError, match=r"price index that is not positive: c in 2011"):
        derive(panel(fixed=values), {"x": "deflate(money, fixed, 2011)"})


@pytest.mark.parametrize(("factor", "less"), [(1.0, 100.0), (0.01, 0.0), (10.0, 0.0)])
def test_what_is_taken_for_an_index_names_units_and_says_what_to_do(factor: float, less: float) -> None:
    values = GROWTH.copy()
    values[1] = values[1] * factor - less
    with pytest.raises(DataError) as caught:
        derive(panel(growth=values), {"x": "chain(growth, 2011)"})
    assert f"is: b {np.nanmedian(values[1]):.3g}" in caught.value.what.replace(",", "")
    assert "add 100 to each" in str(caught.value.todo)
    assert derive(panel(growth=values), {"x": "chain(growth, 2011)"}, unused={"b"}).series["x"].free_level


def test_one_odd_year_is_a_figure_and_not_a_mistake() -> None:
    values = GROWTH.copy()
    values[0, 1] = 260.0
    made = derive(panel(growth=values), {"x": "chain(growth, 2010)"})
    assert made.matrix("x")[0, 1] == pytest.approx(math.log(2.6), rel=1e-15)


BAD_USE = [
    ("chain(growth, 2013)", "the data have no period 2013"),
    ("deflate(money, cpi, 1999)", "the data have no period 1999"),
    ("at(people, 2020)", "the data have no period 2020"),
    ("chain(growth, '2011Q1')", "is 2011Q1, a quarter"),
    ("chain(growth)", "chain with other arguments than chain(index, period)"),
    ("chain(growth, growth)", "chain with other arguments"),
    ("chain(growth, 2011.0)", "chain with other arguments"),
    ("chain(growth, '2011')", "chain with other arguments"),
    ("chain(growth, True)", "chain with other arguments"),
    ("chain(2011, growth)", "chain with other arguments"),
    ("chain(growth, cpi, 2011)", "chain with other arguments"),
    ("chain(growth, period=2011)", "chain with other arguments"),
    ("chain(growth, 2010 + 1)", "chain with other arguments"),
    ("deflate(money, 2011)", "deflate with other arguments than deflate(amount, price index, period)"),
    ("at(people)", "at with other arguments than at(series, period)"),
    ("at()", "at with other arguments"),
    ("at(__import__('os'), 2011)", "the function '__import__'"),
]


@pytest.mark.parametrize(("text", "says"), BAD_USE, ids=[text for text, _ in BAD_USE])
def test_what_cannot_be_read_or_is_not_there(text: str, says: str) -> None:
    with pytest.raises(UsageError) as caught:
        derive(panel(), {"x": text})
    assert says in caught.value.what
    assert "'x'" in caught.value.what


def test_names_of_functions_are_names_of_series_where_they_are_not_called() -> None:
    assert parse_expression("at / chain").names == ("at", "chain")
    assert parse_expression("at(at, 2011)").names == ("at",)
    found = parse_expression("gdp / at(people, 2010) + at(gdp, 2010) - deflate(pay, cpi, 2010)")
    assert (set(found.names), set(found.moving)) == ({"gdp", "people", "pay", "cpi"}, {"gdp", "pay", "cpi"})


def test_quarters_are_chained_by_quarters() -> None:
    quarters = tuple(Period("2015Q3") + k for k in range(4))
    values = {"g": np.array([[101.0, 102.0, 103.0, 104.0]]), "m": np.array([[1.0, 2.0, 3.0, 4.0]])}
    infos = {"g": SeriesInfo("g", "g", "1", index="previous-period-100"), "m": SeriesInfo("m", "m", "CNY")}
    made = derive(Panel(("a",), quarters, values, infos), {"x": "chain(g, '2015Q4')", "y": "deflate(m, g, '2016Q1')"})
    np.testing.assert_allclose(np.exp(made.matrix("x")), [[1 / 1.02, 1, 1.03, 1.03 * 1.04]], rtol=1e-14)
    np.testing.assert_allclose(made.matrix("y"), [[1.02 * 1.03, 2 * 1.03, 3, 4 / 1.04]], rtol=1e-14)
    assert made.series["y"].unit == "CNY2016Q1"
    yearly = {**infos, "g": SeriesInfo("g", "g", "1", index="previous-year-100")}
    with pytest.raises(DataError, match="on the year before, and the periods of the data are quarters"):
        derive(Panel(("a",), quarters, values, yearly), {"x": "chain(g, '2015Q4')"})


def known(name: str, year: int, vintage: str) -> SeriesInfo:
    """Return a series about which something is known of every kind, and one thing that all share."""
    own, shared = (Licence(key, key, f"terms of {key}") for key in (name, "all"))
    breaks = tuple(Break(f"{name}-{when}", "census", "mild", when, when, "A break.") for when in (year, 2012))
    both = Break("shared", "system", "severe", 2011, 2011, "A break of all.")
    return SeriesInfo(
        name,
        name,
        INFOS[name].unit,
        (Source(name),),
        (Caveat(name, "A caveat."),),
        licences=(own, shared),
        breaks=tuple(sorted((*breaks, both), key=lambda item: item.first)),
        vintage=vintage,
        index=INFOS[name].index,
    )


def test_what_is_known_of_parts_is_known_of_the_whole() -> None:
    infos = {
        **INFOS,
        "money": known("money", 2014, "2024"),
        "cpi": known("cpi", 2010, "2023"),
        "people": known("people", 2015, "2024"),
    }
    given = Panel(("a", "b", "c", "d"), YEARS, {name: array.copy() for name, array in VALUES.items()}, infos)
    made = derive(
        given,
        {"real": "deflate(money, cpi, 2011)", "x": "real / at(people, 2011)", "y": "money / people", "z": "growth"},
    )
    real, per_head, ratio = (made.series[name] for name in ("real", "x", "y"))
    assert [item.name for item in real.licences] == ["money", "all", "cpi"]
    assert [item.name for item in per_head.licences] == ["money", "all", "cpi", "people"]
    assert [item.name for item in real.breaks] == ["cpi-2010", "shared", "cpi-2012", "money-2012", "money-2014"]
    # The population is that of one year: no change of it is looked at.
    assert per_head.breaks == real.breaks
    assert [item.name for item in ratio.breaks] == ["shared", "money-2012", "people-2012", "money-2014", "people-2015"]
    assert (real.vintage, per_head.vintage, ratio.vintage) == ("2024; 2023", "2024; 2023", "2024")
    assert [item.name for item in per_head.caveats] == ["money", "cpi", "people"]
    assert [item.title for item in per_head.sources] == ["money", "cpi", "people"]
    assert all(earlier.first <= later.first for earlier, later in pairwise(real.breaks))
    assert (made.series["z"].vintage, made.series["z"].index) == ("", "previous-year-100")


def test_an_index_of_ones_own_is_declared() -> None:
    table = [("a", 2010, 104.0, 100.0), ("a", 2011, 110.0, 120.0), ("b", 2010, 101.0, 100.0), ("b", 2011, 95.0, 90.0)]
    columns = {key: [row[k] for row in table] for k, key in enumerate(("unit", "year", "g", "f"))}
    import pyarrow as pa

    def read(**indices: str) -> Panel:
        return read_panel(
            pa.table(columns),
            unit="unit",
            period="year",
            units_of_measure={"g": "1", "f": "index"},
            indices=indices,  # type: ignore[arg-type]
        )

    found = read(g="previous-year-100", f="fixed-base")
    assert [(found.series[key].index, found.series[key].free_level) for key in "gf"] == [
        ("previous-year-100", False),
        ("fixed-base", True),
    ]
    np.testing.assert_allclose(
        derive(found, {"x": "chain(g, 2010)"}).matrix("x"), [[0, math.log(1.1)], [0, math.log(0.95)]], rtol=1e-15
    )
    with pytest.raises(DataError) as caught:
        derive(read(), {"x": "chain(g, 2010)"})
    assert "[data.index]" in str(caught.value.todo)
    with pytest.raises(
        PilotZoneError, match=r"the kind of index 'g' is 'previous-year'\. Did you mean 'previous-year-100'"
    ):
        read(g="previous-year")
    with pytest.raises(UsageError, match="indices has 'h', which is not an outcome"):
        read(h="fixed-base")


@pytest.mark.parametrize(
    ("series", "text"),
    [
        (
            ("city_gdp_nominal_cny", "city_gdp_volume_index"),
            "deflate(city_gdp_nominal_cny, city_gdp_volume_index, 2011)",
        ),
        (
            ("city_gdp_nominal_cny", "city_gdp_volume_index"),
            "deflate(city_gdp_nominal_cny, exp(chain(city_gdp_volume_index, 2011)), 2011)",
        ),
        (
            ("capital_formation_cny", "capital_formation_index"),
            "deflate(capital_formation_cny, capital_formation_index, 1990)",
        ),
    ],
)
def test_a_volume_index_deflates_nothing(series: tuple[str, ...], text: str) -> None:
    with pytest.raises(DataError, match="is an index of volume") as caught:
        derive(evidence_panel(series), {"x": text})
    assert "price index" in str(caught.value.allowed)
    assert "chain(index, period)" in str(caught.value.todo)


def test_every_bundled_index_says_what_it_is_of() -> None:
    found = {name: entry.info.measures for name, entry in load_evidence().series.items() if entry.info.index}
    assert found == {
        "capital_formation_index": "volume",
        "city_gdp_volume_index": "volume",
        "investment_price_index": "prices",
        "retail_price_index": "prices",
    }


def test_what_is_deflated_is_not_said_to_be_nominal() -> None:
    panel = evidence_panel(["average_wage_cny", "gdp_nominal_cny", "population", "retail_price_index"])
    real = "deflate(average_wage_cny, retail_price_index, 2010)"
    made = derive(
        panel,
        {
            "nominal": "log(average_wage_cny)",
            "real": real,
            "log_real": "log(real)",
            "inside": "log(deflate(gdp_nominal_cny / population, retail_price_index, 2010))",
            "both": f"{real} / average_wage_cny",
        },
    )
    names = {name: {item.name for item in info.caveats} for name, info in made.series.items()}
    assert "wage-nominal" in names["nominal"]
    assert "wage-nominal" in names["both"]
    for name in ("real", "log_real"):
        assert "wage-nominal" not in names[name]
        assert {"wage-non-private", "retail-price-not-deflator"} <= names[name]
    assert "gdp-nominal" in {item.name for item in panel.series["gdp_nominal_cny"].caveats}
    assert "gdp-nominal" not in names["inside"]
    # A caveat on nominal money says nothing else: what it is dropped with would be lost.
    told = {item.caveat.name for item in load_evidence().caveats if item.caveat.nominal}
    assert told == {"gdp-nominal", "wage-nominal", "us-price-nominal"}


@pytest.mark.parametrize(
    ("text", "growth"),
    [
        ("growth", True),
        ("log(growth)", True),
        ("-log(growth / 100)", True),
        ("growth - 100", True),
        ("growth / cpi", True),
        ("exp(log(growth))", True),
        ("chain(growth, 2011)", False),
        ("money * growth / 100", False),
        ("deflate(money, growth, 2011)", False),
        ("at(growth, 2011)", False),
        ("log(money)", False),
        ("log(fixed)", False),
    ],
)
def test_what_is_growth_stays_growth(text: str, growth: bool) -> None:
    assert derive(panel(), {"x": text}).series["x"].is_growth == growth


@pytest.mark.parametrize(
    ("text", "base"),
    [
        ("chain(growth, 2011)", "2011"),
        ("exp(chain(growth, 2011))", "2011"),
        ("log(exp(chain(growth, 2011)))", "2011"),
        ("chain(growth, 2011) - log(people)", ""),
        ("2 * exp(chain(growth, 2011))", ""),
        ("at(chain(growth, 2011), 2012)", ""),
        ("-chain(growth, 2011)", ""),
        ("growth", ""),
    ],
)
def test_base_of_a_chain_is_kept_where_the_level_is(text: str, base: str) -> None:
    assert derive(panel(), {"x": text}).series["x"].base == base
