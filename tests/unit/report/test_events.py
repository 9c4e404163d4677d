"""Event studies as drawn: titles from figures, valid charts, tables of what is drawn."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

import pilotzone as pz
from pilotzone.evaluation.many import ManyEffects, event_figures
from pilotzone.report.formatting import plain
from pilotzone.report.spec import chart_spec

DATA = Path(__file__).parents[2] / "golden" / "data" / "mpdta.csv"
JOBS = pz.Outcome("log_teen_employment", role="development", good="up", margin=5, scale="log", label="log employment")


@pytest.fixture(scope="module")
def effects() -> ManyEffects:
    return pz.evaluate(
        pd.read_csv(DATA), unit="county", time="year", cohort="first_treated", outcomes=JOBS, base="universal"
    )


def test_the_chart_is_valid_and_shows_every_effect(effects: ManyEffects) -> None:
    (figure,) = event_figures(effects.of("dynamic"), 0.95, "Panel in mpdta.csv")
    chart_spec(figure.chart, validate=True)
    rows = effects.of("dynamic")
    assert [row["event"] for row in figure.chart.data["points"]] == [row.at for row in rows] == list(range(-4, 4))
    kinds = [row["kind"] for row in figure.chart.data["points"]]
    assert kinds == ["before treatment"] * 3 + ["reference, zero by definition"] + ["from treatment on"] * 4
    told = [row for row in rows if not row.reference]
    for name in ("interval", "band"):
        assert [row["event"] for row in figure.chart.data[name]] == [row.at for row in told]
    band = figure.chart.data["band"][-1]
    assert told[-1].band is not None
    assert (band["gap"], band["to"]) == tuple(map(JOBS.display, told[-1].band))
    assert len(figure.sheet.rows) == len(rows)
    assert all(len(row) == len(figure.sheet.columns) for row in figure.sheet.rows)


def test_titles_say_what_the_chart_shows(effects: ManyEffects) -> None:
    rows = effects.of("dynamic")
    (figure,) = event_figures(rows, 0.95, "x")
    assert plain(figure.title) == (
        "Employment: effects from treatment on run from -12.8 % to -2.0 %; the 95% band leaves zero out in 3 of 4"
    )
    apart = [replace(row, band=(-1.0, 1.0)) for row in rows]
    assert plain(event_figures(apart, 0.9, "x")[0].title).endswith("the 90% band holds zero throughout")
    all_out = [replace(row, band=(0.1, 0.2)) for row in rows]
    assert event_figures(all_out, 0.9, "x")[0].title.endswith("leaves zero out in all 4")
    refused = [replace(row, band=None, interval=None, se=None, refused="too few") for row in rows]
    found = event_figures(refused, 0.95, "x")[0]
    assert found.title.endswith("too few units for standard errors")
    assert found.chart.data["band"] == []
    chart_spec(found.chart, validate=True)
    before = event_figures([row for row in rows if row.at is not None and row.at < 0], 0.95, "x")[0]
    assert before.title == "Employment: no effect after treatment could be estimated"
