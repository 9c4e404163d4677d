"""Layers are what Altair makes of the same charts, and charts are made unchecked inside a block alone."""

from __future__ import annotations

import json
import threading
from typing import Any

import altair as alt
import pytest
from altair.utils import schemapi
from altair.utils.schemapi import SchemaValidationError

from pilotzone.report.axes import tips
from pilotzone.report.figure import Chart
from pilotzone.report.layering import Layers, layered, unchecked
from pilotzone.report.spec import chart_spec

POINTS = alt.Chart(alt.NamedData("points")).mark_point(size=40).encode(x="across:Q", y=alt.Y("up:Q", axis=None))
WORDS = alt.Chart(alt.NamedData("words")).mark_text().encode(text="word:N", tooltip=tips(word="word"))
LAND = alt.Chart(alt.NamedData("shapes")).mark_geoshape(stroke="#454b52").encode(fill="kind:N")
WRONG: dict[str, Any] = {"labelAngle": "steep"}
LOOKS: dict[str, Any] = {"type": "conicEqualArea", "rotate": [-104, 0, 0], "parallels": [22, 47]}


def by_altair(layers: Layers) -> str:
    """Return the specification that Altair's own layering makes, as text."""
    chart = alt.layer(*layers.parts)
    if layers.looks:
        chart = chart.project(**layers.looks)
    spec = chart.properties(width="container", height=120).to_dict()
    return json.dumps({key: value for key, value in spec.items() if key not in {"config", "$schema"}})


@pytest.mark.parametrize(
    "layers",
    [
        layered(POINTS, WORDS),
        layered(POINTS),
        layered(POINTS, POINTS.mark_rule()),
        layered(LAND, WORDS).project(**LOOKS),
        layered(LAND).project(type="equirectangular"),
    ],
    ids=["two data sets", "one layer", "one data set", "map", "map of one layer"],
)
def test_layers_are_what_altair_makes_of_them_to_the_letter(layers: Layers) -> None:
    assert json.dumps(layers.to_dict(width="container", height=120)) == by_altair(layers)


def test_charts_are_unchecked_inside_a_block_and_checked_again_after_it() -> None:
    with unchecked(), unchecked():
        assert alt.Axis(**WRONG).to_dict(validate=False) == WRONG
    with pytest.raises(SchemaValidationError):
        alt.Axis(**WRONG)


def test_a_block_that_ends_in_another_thread_leaves_this_one_as_it_is() -> None:
    inside, done = threading.Event(), threading.Event()

    def other() -> None:
        with unchecked():
            inside.set()
            done.wait()

    thread = threading.Thread(target=other)
    thread.start()
    inside.wait()
    with unchecked():
        done.set()
        thread.join()
        assert not schemapi.DEBUG_MODE
    assert schemapi.DEBUG_MODE


def test_a_chart_that_was_made_unchecked_is_found_by_the_check_of_its_specification() -> None:
    with unchecked():
        wrong = alt.Chart(alt.NamedData("points")).mark_point().encode(y=alt.Y("up:Q", axis=alt.Axis(**WRONG)))
    chart = Chart(layered(wrong), {"points": []}, 100)
    assert chart_spec(chart).vega_lite["layer"]
    with pytest.raises(Exception, match="steep"):
        chart_spec(chart, validate=True)
