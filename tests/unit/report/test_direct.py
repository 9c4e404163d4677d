"""Names at the ends of lines: in place, apart from one another, and dark enough; titles level above the plot."""

from __future__ import annotations

from typing import Any

import altair as alt
import pytest

from pilotzone.report import PLACEBO, LineEnd, end_labels, headed, plain_lines, rule_words

X, Y = alt.X("period:Q"), alt.Y("gap:Q")


def shifts(*values: float, shown: tuple[float, float] = (0.0, 100.0), is_log: bool = False) -> list[float]:
    ends = [LineEnd(f"line {k}", {"period": 2020}, value) for k, value in enumerate(values)]
    layers, _ = end_labels(ends, X, Y, shown, 200, is_log=is_log)
    return [layer.to_dict()["mark"]["dy"] for layer in layers]


def test_names_stand_at_the_ends_with_the_fields_of_their_axes() -> None:
    end = LineEnd("Guizhou", {"period": 2020}, 3.5, "#0b3d66", bold=True)
    (layer,), data = end_labels([end], X, Y, (0.0, 10.0), 300)
    assert data == {"end_1": [{"period": 2020, "gap": 3.5, "words": "Guizhou"}]}
    mark = layer.to_dict()["mark"]
    assert (mark["dy"], mark["fontWeight"], mark["color"]) == (0, "bold", "#0b3d66")


def test_names_that_would_cover_one_another_are_moved_apart_evenly() -> None:
    """Two pixels apart on a plot of 200 for 100 units: twelve more are needed, six for each."""
    assert shifts(50.0, 49.0) == [-6.0, 6.0]
    assert shifts(49.0, 50.0) == [6.0, -6.0]
    assert shifts(50.0, 20.0) == [0.0, 0.0]
    # Three at one height: their mean stays there.
    assert shifts(50.0, 50.0, 50.0) == [-14.0, 0.0, 14.0]


def test_distances_are_those_of_the_axis() -> None:
    """From 10 to 1,000 a decade has 100 of 200 pixels: 100 and 80 are 9.7 pixels apart, not 4."""
    near = shifts(100.0, 80.0, shown=(10.0, 1000.0), is_log=True)
    assert near == pytest.approx([-2.2, 2.2], abs=0.05)


def test_pale_lines_have_darker_names() -> None:
    (layer,), _ = end_labels([LineEnd("placebos", {"period": 2020}, 1.0, PLACEBO)], X, Y, (0.0, 2.0), 300)
    colour = layer.to_dict()["mark"]["color"]
    assert contrast(colour) > 4.5 > contrast(PLACEBO)


def contrast(colour: str) -> float:
    """Contrast with white by the Web Content Accessibility Guidelines."""
    parts = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 1.05 / (0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] + 0.05)


def test_lines_without_a_legend_are_told_apart_by_more_than_colour() -> None:
    found: dict[str, Any] = plain_lines("path", ["a", "b"], [("#000000", [1, 0], 3.0), ("#b3470b", [6, 4], 2.5)])
    told = {key: channel.to_dict() for key, channel in found.items()}
    assert {channel["legend"] for channel in told.values()} == {None}
    assert told["strokeDash"]["scale"]["range"] == [[1, 0], [6, 4]]
    assert told["strokeWidth"]["scale"]["range"] == [3.0, 2.5]


def test_a_title_stands_level_over_what_else_is_above_the_plot() -> None:
    axis = headed(alt.Axis(title=None, format="d"), ["GDP,", "million yuan"], 29).to_dict()
    assert (axis["format"], axis["title"], axis["titleAngle"]) == ("d", ["GDP,", "million yuan"], 0)
    assert axis["titleY"] == -(2 * 15 + 29 + 4)


def test_rules_are_named_beside_them_with_white_beneath() -> None:
    white, ink = (layer.to_dict()["mark"] for layer in rule_words("start", X))
    assert (white["stroke"], white["strokeWidth"], ink["strokeWidth"]) == ("#ffffff", 4, 0)
    assert {mark["align"] for mark in (white, ink)} == {"right"}
    assert rule_words("start", X, right=True)[0].to_dict()["mark"]["align"] == "left"
