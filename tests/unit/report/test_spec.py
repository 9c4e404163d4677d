"""The one way of a chart into the page: text from data stays a value, and what could be code is refused."""

from __future__ import annotations

import json
from typing import Any

import altair as alt
import pytest

from pilotzone.report.axes import tips
from pilotzone.report.figure import Chart
from pilotzone.report.layering import layered
from pilotzone.report.legible import legible, legible_data
from pilotzone.report.spec import chart_spec

TITLE = 'GDP\n(bn) \\" + window + \\" \u2028'


def chart(**encodings: Any) -> Chart:
    made = alt.Chart(alt.NamedData("points")).mark_point().encode(x=alt.X("across:Q"), **encodings)
    return Chart(layered(made), {"points": [{"across": 1.0, "unit": TITLE}]}, 100)


def test_heads_of_tooltips_go_beside_the_specification() -> None:
    found = chart_spec(chart(tooltip=tips(unit="unit", across=TITLE, up=TITLE)), validate=True)
    entries = found.vega_lite["layer"][0]["encoding"]["tooltip"]
    assert [entry["title"] for entry in entries] == ["t0", "t1", "t2"]
    assert found.heads == {"t0": "unit", "t1": legible(TITLE), "t2": legible(TITLE)}
    assert "window" not in json.dumps(found.vega_lite)


def test_titles_and_domains_stay_values() -> None:
    scale = alt.Scale(domain=[TITLE])
    found = chart_spec(chart(y=alt.Y("unit:N", scale=scale, axis=alt.Axis(title=[TITLE]))), validate=True)
    y = found.vega_lite["layer"][0]["encoding"]["y"]
    assert y["scale"]["domain"] == y["axis"]["title"] == [legible(TITLE)]


@pytest.mark.parametrize(
    ("encodings", "key"),
    [
        ({"y": alt.Y("unit:N", sort=["a", "b"])}, "sort"),
        ({"y": alt.Y("GDP, total.2020:Q")}, "field"),
        ({"y": alt.Y("a[0]:Q")}, "field"),
        ({"y": alt.Y("unit:N", axis=alt.Axis(labelExpr="datum.label + window.hit"))}, "labelExpr"),
        ({"y": alt.Y("unit:N", axis=alt.Axis(labelExpr="({'1':'2016-03'+hit})[datum.value]"))}, "labelExpr"),
        ({"y": alt.Y("unit:N", axis=alt.Axis(labelExpr="({'1':'2016Q1'})[hit]"))}, "labelExpr"),
        ({"y": alt.Y("up:Q", axis=alt.Axis(format='"+1'))}, "format"),
        ({"y": alt.YDatum("Place A")}, "datum"),
        ({"text": alt.condition("datum.up > 1", alt.value("a"), alt.value("b"))}, "condition"),
        ({"href": alt.Href("address:N")}, "href"),
        ({"tooltip": [alt.Tooltip("a.b:N", title="x")]}, "field"),
        ({"tooltip": [alt.Tooltip("a:Q", title="x", format='"')]}, "format"),
    ],
)
def test_what_could_be_code_makes_no_chart(encodings: dict[str, Any], key: str) -> None:
    with pytest.raises(ValueError, match=f"'{key}' could be read as code"):
        chart_spec(chart(**encodings))


def test_computed_fields_and_addresses_make_no_chart() -> None:
    base = chart()
    part = base.layers.parts[0]
    for other, key in (
        (part.transform_calculate(across="datum.x"), "transform"),
        (part.add_params(alt.param(name="p", value=1)), "params"),
        (alt.Chart("figures.csv").mark_point().encode(x="across:Q"), "url"),
    ):
        with pytest.raises(ValueError, match=f"'{key}' could be read as code"):
            chart_spec(Chart(layered(other), base.data, 100))


def test_text_from_data_is_legible_and_keeps_its_letters() -> None:
    assert legible("a\u2028b\u0085c\x1b[31m\ud800") == "a b c [31m "
    assert legible("\u202e5 %\u202c \u2066x\u2069") == "5 % x"
    kept = "贵州 Guizhou, Zürich; a\u200cb, שלום, line\nend\tand \u00a0space"
    assert legible(kept) == kept
    assert legible_data({"a\u2028": ["b\u2029", 1.5, None, ("c\x00",)]}) == {"a ": ["b ", 1.5, None, ["c "]]}
