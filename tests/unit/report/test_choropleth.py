"""The map of figures: classes hold for all periods, and what is missing never has the colour of a figure."""

from __future__ import annotations

import math

import pytest

from pilotzone.report import ABSENT, NO_FIGURE, Frame, Land, Mark, figures_chart
from pilotzone.report.choropleth import class_edges, class_words
from pilotzone.report.spec import chart_spec


def square(lon: float, lat: float) -> dict[str, object]:
    """Return a square of one degree."""
    ring = [[lon, lat], [lon, lat + 1], [lon + 1, lat + 1], [lon + 1, lat], [lon, lat]]
    return {"type": "MultiPolygon", "coordinates": [[ring]]}


LAND = Land({code: square(100 + 10 * k, 30) for k, code in enumerate("ABCD")}, {"D": "Elsewhere"})
LABELS = {"A": "Alpha", "B": "Beta", "C": "Gamma"}
FRAMES = [Frame("2001", {"A": 0.0, "B": 10.0, "C": math.nan}), Frame("2002", {"A": 20.0, "B": 30.0})]


def test_zero_is_a_figure_and_nothing_is_not() -> None:
    chart = figures_chart(LAND, LABELS, FRAMES, {}, "Output, t")
    rows = {(row["code"], row["when"]): row for row in chart.data["shapes"]}
    assert len(rows) == 8
    assert rows["C", "2001"]["kind"] == rows["C", "2002"]["kind"] == NO_FIGURE
    assert rows["C", "2001"]["figure"] == "no figure"
    assert rows["A", "2001"]["kind"] not in {NO_FIGURE, ABSENT}
    assert rows["A", "2001"]["figure"] == "0"
    assert rows["D", "2001"]["kind"] == ABSENT
    assert rows["D", "2001"]["unit"] == "Elsewhere"
    fill = chart_spec(chart, validate=True).vega_lite["layer"][0]["encoding"]["fill"]
    shown = dict(zip(fill["scale"]["domain"], fill["scale"]["range"], strict=True))
    assert fill["legend"]["title"] == "Output, t"
    assert len(set(shown.values())) == len(shown)
    assert {row["kind"] for row in rows.values()} <= set(shown)


def test_long_classes_stand_in_one_column() -> None:
    """Two columns of them would be cut on a telephone; short ones leave the land its height."""

    def columns(scale: float) -> int:
        frames = [Frame("2001", {code: scale * k for k, code in enumerate("ABCD", 1)})]
        chart = figures_chart(LAND, {**LABELS, "D": "Delta"}, frames, {}, "")
        return int(chart_spec(chart, validate=True).vega_lite["layer"][0]["encoding"]["fill"]["legend"]["columns"])

    assert (columns(1.0), columns(123_456_789.0)) == (2, 1)


def test_a_missing_figure_has_a_sign_beside_the_mark() -> None:
    marks = {"A": Mark("★", "2002"), "C": Mark("△", "2001-05")}
    signs = {
        (row["code"], row["when"]): row["sign"] for row in figures_chart(LAND, LABELS, FRAMES, marks, "").data["signs"]
    }
    assert signs["A", "2001"] == "★ 2002"
    assert signs["C", "2001"] == f"△ 2001-05 {NO_FIGURE[0]}"
    assert ("B", "2001") not in signs


def test_dates_that_would_run_into_one_another_are_left_out() -> None:
    land = Land({code: square(100 + 2 * k, 30) for k, code in enumerate("AB")}, {})
    marks = {"A": Mark("★", "2002"), "B": Mark("△", "2001")}
    chart = figures_chart(land, {"A": "Alpha", "B": "Beta"}, FRAMES[:1], marks, "")
    assert {row["code"]: row["sign"] for row in chart.data["signs"]} == {"A": "★ 2002", "B": "△"}


def test_points_lie_on_land() -> None:
    land = Land({"L": square(100, 30)}, {"L": "Land"}, points={"A": (30.5, 100.5), "B": (30.2, 100.2)})
    chart = figures_chart(land, LABELS, FRAMES, {"A": Mark("★", "2002")}, "Output")
    assert [row["unit"] for row in chart.data["shapes"]] == ["Land"]
    assert {row["code"] for row in chart.data["points"]} == {"A", "B"}
    assert chart.data["points"][0]["lat"] == 30.5
    chart_spec(chart, validate=True)


@pytest.mark.parametrize("values", [[], [math.nan], [3.0], [3.0, 3.0, 3.0]])
def test_figures_that_do_not_vary_are_one_class(values: list[float]) -> None:
    assert class_words(class_edges(values)) == ["all figures alike"]


def test_every_class_holds_a_figure() -> None:
    for values in ([0.0] * 50 + [1.0], [0.0, 1.0], [-5.0, -1.0, 0.0, 2.0], [10.0**k for k in range(12)]):
        edges = class_edges(values)
        assert edges == sorted(set(edges))
        assert sum(value < edges[0] for value in values) > 0
        assert sum(value >= edges[-1] for value in values) > 0


def test_names_from_data_stay_data() -> None:
    hostile = {"A": "</script><script>alert(1)", "B": "datum.x", "C": "Gamma"}
    spec = chart_spec(figures_chart(LAND, hostile, FRAMES, {}, "datum.kind && 1"), validate=True).vega_lite
    assert "alert" not in str(spec)
