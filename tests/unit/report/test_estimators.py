"""Estimators side by side: what is drawn and said are the rows, whichever estimators there are."""

from __future__ import annotations

import html
import math
from dataclasses import replace
from typing import get_args

import pytest
from tests.unit.report.factory import GROWTH, SMOKE, make_findings

from pilotzone.core import Estimator, Outcome
from pilotzone.evaluation.few import ESTIMATORS, EstimatorRow
from pilotzone.report.formatting import plain
from pilotzone.study.zone.estimators import estimator_chart, estimator_figures
from pilotzone.study.zone.findings import Findings
from pilotzone.study.zone.meanings import estimator_meanings
from pilotzone.study.zone.page import render_report

FOUND = make_findings()
MAIN = FOUND.main.effects.design.estimator
PLACEBOS = (("B", math.log(0.8)), ("C", 0.0), ("D", math.log(1.1)))


def row(estimator: Estimator, effect: float, placebos: tuple[tuple[str, float], ...] = PLACEBOS) -> EstimatorRow:
    return EstimatorRow(GROWTH.name, estimator, effect, 0.1, 0.25, 0.01, "symmetric", placebos)


def findings(*rows: EstimatorRow, failing: tuple[str, ...] = ()) -> Findings:
    return replace(make_findings(failing=failing), estimators=rows)


def test_every_estimator_has_its_words() -> None:
    assert len({record.label for record in ESTIMATORS.values()}) == len(ESTIMATORS)
    assert all(record.label and record.meaning for record in ESTIMATORS.values())


def test_the_report_says_what_each_estimator_beside_the_main_one_does() -> None:
    rows = [row("sc", 0.1), row("mc", 0.2), row("mc", 0.2)]
    assert estimator_meanings(rows, told="sc") == [ESTIMATORS["mc"].sentence]
    page = html.unescape(render_report(findings(*rows)))
    assert page.count(ESTIMATORS["mc"].sentence) == 1
    assert page.count(ESTIMATORS[MAIN].sentence) == 1


def test_points_strokes_and_bands_are_the_rows_in_percent() -> None:
    rows = [row(MAIN, math.log(1.25)), row("sdid", math.log(0.9))]
    data = estimator_chart(FOUND.panel, FOUND.main, GROWTH, rows).data
    assert [item["gap"] for item in data["points"]] == pytest.approx([25, -10], rel=1e-12)
    assert [item["kind"] for item in data["points"]] == ["main estimator", "another estimator"]
    assert [item["name"] for item in data["points"]] == [ESTIMATORS[MAIN].label, ESTIMATORS["sdid"].label]
    assert [item["gap"] for item in data["placebos"]] == pytest.approx(2 * [-20, 0, 10], rel=1e-12)
    assert [item["unit"] for item in data["placebos"]] == 2 * ["Province B", "Province C", "Province D"]
    assert [(item["gap"], item["to"]) for item in data["bands"]] == 2 * [pytest.approx((-20, 10), rel=1e-12)]
    assert data["margin"][0]["gap"] == pytest.approx(-5, rel=1e-12)
    assert data["zero"] == [{"gap": 0}]


def test_all_estimators_stand_below_one_another_each_by_its_whole_name() -> None:
    rows = [row(name, 0.01 * k) for k, name in enumerate(get_args(Estimator))]
    chart = estimator_chart(FOUND.panel, FOUND.main, GROWTH, rows)
    broken = [item["estimator"] for item in chart.data["points"]]
    labels = [ESTIMATORS[item.estimator].label for item in rows]
    assert ["".join(name.split()) for name in broken] == ["".join(label.split()) for label in labels]
    assert max(len(line) for name in broken for line in name.split("\n")) <= 22
    assert chart.height > 40 * len(rows)
    assert (
        estimator_figures(findings(*rows))[0].chart.layers.to_dict()["layer"][0]["encoding"]["y"]["scale"]["domain"]
        == broken
    )


def test_axis_holds_all_that_is_drawn() -> None:
    far = (("B", math.log(0.5)), ("C", math.log(3.0)))
    chart = estimator_chart(FOUND.panel, FOUND.main, GROWTH, [row("sc", 0.0, far), row("sdid", 0.0)])
    low, high = chart.layers.to_dict()["layer"][0]["encoding"]["x"]["scale"]["domain"]
    assert low < -50
    assert high > 200


def test_an_outcome_without_margin_has_no_line_for_one() -> None:
    outcome = Outcome("jobs", None, "up", None, "level", "Jobs", "1e3 job")
    data = estimator_chart(FOUND.panel, FOUND.main, outcome, [row("sc", 2.5), row("sdid", 3.0, ())]).data
    assert "margin" not in data
    assert [item["gap"] for item in data["points"]] == [2.5, 3.0]
    assert len(data["bands"]) == 1


def test_words_are_the_figures() -> None:
    (figure,) = estimator_figures(findings(row("sc", math.log(1.25)), row("sdid", math.log(0.9), ())))
    low, high = "-10.0 % (synthetic difference-in-differences)", "+25.0 % (synthetic control)"
    assert plain(figure.title) == f"Output per head (invented): by 2 estimators the gap runs from {low} to {high}"
    assert "synthetic control +25.0 %, 3 placebos from -20.0 % to +10.0 %; synthetic diff" in plain(figure.summary)
    assert "The margin is a fall of 5 %" in plain(figure.summary)
    assert "not a confidence interval" in figure.note


def test_titles_speak_of_gaps_whatever_diagnostics_say() -> None:
    titles = {
        estimator_figures(findings(row("sc", 0.1), row("sdid", 0.2), failing=failing))[0].title
        for failing in ((), (GROWTH.name,))
    }
    assert len(titles) == 1
    assert "the gap runs from" in titles.pop()


def test_the_table_holds_every_unit_by_every_estimator() -> None:
    fewer = (("B", math.log(0.8)), ("E", math.log(1.5)))
    (figure,) = estimator_figures(findings(row("sc", math.log(1.25)), row("sdid", math.log(0.9), fewer)))
    assert [column.export_head for column in figure.sheet.columns][1] == "synthetic control (%)"
    shown = {cells[0].text: [cell.value for cell in cells[1:]] for cells in figure.sheet.rows}
    assert list(shown) == ["Province A", "Province B", "Province C", "Province D", "Province E"]
    assert shown["Province A"] == pytest.approx([25, -10], rel=1e-11)
    assert shown["Province B"] == pytest.approx([-20, -20], rel=1e-11)
    assert (shown["Province C"], shown["Province E"]) == ([0, None], [None, pytest.approx(50, rel=1e-11)])


def test_one_estimator_alone_is_no_comparison() -> None:
    assert estimator_figures(findings(row("sc", 0.1))) == []
    assert estimator_figures(findings()) == []
    assert [figure.id for figure in estimator_figures(FOUND)] == ["estimators-1", "estimators-2"]
    assert SMOKE.name in {item.outcome for item in FOUND.estimators}
