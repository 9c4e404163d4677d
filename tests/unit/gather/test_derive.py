"""Derived series: values against plain NumPy, units by algebra, and a language with no way out."""

from __future__ import annotations

import numpy as np
import pytest

from pilotzone.core import DataError, Panel, SeriesInfo, UsageError
from pilotzone.gather import derive, evidence_panel
from pilotzone.gather.expression import parse_expression

RNG = np.random.default_rng(1)
G, P, C = RNG.uniform(1, 9, size=(3, 2, 3))
C[1, 2] = np.nan
UNITS = {"gdp": "CNY", "people": "person", "co2": "Mt", "soot": "t", "a b": "t", "rate": "percent"}
VALUES = {"gdp": G, "people": P, "co2": C, "soot": G + P, "a b": P - 5, "rate": C * 10}


def panel() -> Panel:
    infos = {name: SeriesInfo(name, name, unit) for name, unit in UNITS.items()}
    return Panel(("u", "v"), (2015, 2016, 2018), {name: array.copy() for name, array in VALUES.items()}, infos)


RIGHT = [
    ("gdp / people", G / P, "CNY/person"),
    ("gdp * people", G * P, "CNY*person"),
    ("log(gdp / people)", np.log(G / P), "log(CNY/person)"),
    ("log(gdp) - log(people)", np.log(G) - np.log(P), "log(CNY/person)"),
    ("log(gdp) + log(people)", np.log(G) + np.log(P), "log(CNY*person)"),
    ("-log(gdp)", -np.log(G), "log(1/CNY)"),
    ("exp(log(co2))", np.exp(np.log(C)), "Mt"),
    ("co2 + soot", C + 1e-6 * (G + P), "Mt"),
    ("soot - co2", (G + P) - 1e6 * C, "t"),
    ("exp(rate)", np.exp(0.01 * C * 10), "1"),
    ("2 * gdp - gdp / 4", 2 * G - G / 4, "CNY"),
    ("gdp - gdp - gdp", G - G - G, "CNY"),
    ("gdp / people / people", G / P / P, "CNY/person^2"),
    ("-(+gdp)", -G, "CNY"),
    ("`a b` / soot", (P - 5) / (G + P), "1"),
    ("1 / people", 1 / P, "1/person"),
]


@pytest.mark.parametrize(("text", "values", "unit"), RIGHT, ids=[text for text, _, _ in RIGHT])
def test_values_and_units(text: str, values: np.ndarray[tuple[int, ...], np.dtype[np.float64]], unit: str) -> None:
    made = derive(panel(), {"x": text})
    np.testing.assert_allclose(made.matrix("x"), values, rtol=1e-14)
    assert (made.series["x"].unit, made.series["x"].formula) == (unit, text)
    for name, array in VALUES.items():
        np.testing.assert_array_equal(made.matrix(name), array)


def test_definitions_in_any_order_and_without_sharing() -> None:
    made = derive(panel(), {"z": "log(y)", "y": "x / people", "x": "gdp"}, labels={"z": "Words"})
    np.testing.assert_array_equal(made.matrix("z"), np.log(G / P))
    assert made.matrix("x") is not made.matrix("gdp")
    assert (made.series["z"].label, made.series["y"].label) == ("Words", "y")


def test_sources_and_caveats_of_all_parts_are_kept() -> None:
    made = derive(evidence_panel(["gdp_nominal_cny", "population"]), {"x": "gdp_nominal_cny / population"})
    parts = [made.series[name] for name in ("gdp_nominal_cny", "population")]
    assert made.series["x"].sources == parts[0].sources
    assert set(made.series["x"].caveats) == {caveat for part in parts for caveat in part.caveats}


BAD_DATA = [
    ("gdp + people", "'CNY' + 'person' has no meaning"),
    ("log(gdp) + gdp", "has no meaning"),
    ("log(gdp) * 2", "multiplying"),
    ("log(log(gdp))", "log"),
    ("exp(gdp)", "exponential"),
    ("gdp / (people - people)", "division by zero: u in 2015, u in 2016, u in 2018, v in 2015"),
    ("gdp / 0", "division by zero"),
    ("log(gdp - gdp)", "logarithm of a value that is not positive"),
    ("log(-gdp)", "logarithm of a value that is not positive: u in 2015"),
    ("exp(gdp / gdp * 1000)", "beyond the largest number"),
    ("gdp * 1e308 * 1e308", "beyond the largest number"),
]


@pytest.mark.parametrize(("text", "says"), BAD_DATA)
def test_what_has_no_value(text: str, says: str) -> None:
    with pytest.raises(DataError) as caught:
        derive(panel(), {"x": text})
    assert says in caught.value.what
    assert repr(text) in caught.value.what


def test_missing_values_stay_missing_even_over_zero() -> None:
    made = derive(panel(), {"x": "(co2 + co2) / (gdp / people)", "y": "log(co2)"})
    assert np.isnan(made.matrix("x")).tolist() == np.isnan(made.matrix("y")).tolist() == np.isnan(C).tolist()


BAD_USE: list[tuple[dict[str, str], str]] = [
    ({"x": "gpd / people"}, "no series 'gpd'. Did you mean 'gdp'"),
    ({"x": "y", "y": "z", "z": "x"}, "depend on each other in a circle"),
    ({"x": "x + gdp"}, "depend on each other in a circle"),
    ({"gdp": "people"}, "there is a series of that name already"),
    ({"x": "1 + 2"}, "refers to no series"),
]


@pytest.mark.parametrize(("definitions", "says"), BAD_USE)
def test_definitions_that_cannot_be(definitions: dict[str, str], says: str) -> None:
    with pytest.raises(UsageError) as caught:
        derive(panel(), definitions)
    assert says in str(caught.value)


def test_labels_of_nothing() -> None:
    with pytest.raises(UsageError, match=r"label for 'y', which is not derived"):
        derive(panel(), {"x": "gdp"}, labels={"y": "w"})


HOSTILE = [
    "__import__('os').system('true')", "gdp.__class__", "gdp.values", "gdp[0]", "gdp ** 2", "9 ** 9 ** 9",
    "lambda: gdp", "(gdp := 1)", "[gdp]", "{gdp}", "(gdp,)", "'gdp'", "b'gdp'", "f'{gdp}'", "True", "None", "...",
    "1j * gdp", "eval(gdp)", "exec('1')", "log", "log()", "log(gdp, 2)", "log(x=gdp)", "log(*gdp)", "log(**gdp)",
    "exp(gdp)(gdp)", "log.__globals__(gdp)", "gdp if gdp else gdp", "gdp < people", "gdp and people", "not gdp",
    "~gdp", "gdp // people", "gdp % people", "gdp @ people", "gdp << 9", "gdp | people", "[x for x in gdp]",
    "await gdp", "yield gdp", "gdp; people", "gdp = 1", "import os", "", " ", "gdp +", "(gdp", "gdp people", "gdp\0",
    "`gdp", "9" * 400, "1e999", "-" * 200 + "gdp", "(" * 240 + "gdp" + ")" * 240, "+".join(["gdp"] * 120),
    "gdp" + " " * 600, "gdp\npeople", "gdp\\\n", "\ud800",
    "gdp # more", "gdp#", "(gdp # more\n)",
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_expressions_are_refused_in_words(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        derive(panel(), {"x": text})
    assert "'x'" in caught.value.what


@pytest.mark.parametrize("value", [None, 3, ["gdp"], b"gdp"])
def test_definitions_are_text(value: object) -> None:
    with pytest.raises(UsageError, match=r"allowed|text|definition"):
        parse_expression(value)  # type: ignore[arg-type]


def test_names_in_backquotes_are_no_code() -> None:
    assert parse_expression("`__import__('os')` / `a b`").names == ("__import__('os')", "a b")
    assert parse_expression("`CO2 # 1` / gdp").names == ("CO2 # 1", "gdp")
    assert parse_expression("quoted_0 / `x y`").names == ("quoted_0", "x y")


@pytest.mark.parametrize("text", ["log(a)", "1 / a", "exp(log(b) + log(b))", "log(a) - log(b)", "a / (b - b)", "b * b"])
def test_units_that_are_not_used_are_missing_where_nothing_can_be_computed(text: str) -> None:
    values = {"a": np.array([[1.0, 2.0], [0.0, 4.0]]), "b": np.array([[1.0, 2.0], [1e300, 4.0]])}
    panel = Panel(("u", "v"), (1, 2), values, {name: SeriesInfo(name, name, "1") for name in values})
    everybody = text == "a / (b - b)"
    with pytest.raises(DataError, match="v in 1" if not everybody else "u in 1"):
        derive(panel, {"x": text})
    if everybody:
        with pytest.raises(DataError, match="u in 1"):
            derive(panel, {"x": text}, unused={"v"})
        return
    found = derive(panel, {"x": text}, unused={"v"}).matrix("x")
    assert np.isnan(found).tolist() == [[False, False], [True, False]]
