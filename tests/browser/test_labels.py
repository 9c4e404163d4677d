"""Names with line ends, quotes and brackets, in charts of every kind: drawn, shown, and nowhere read as code."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import Position
from tests.browser.conftest import hostile_campus, hostile_plan, hostile_siting
from tests.unit.report.factory import GROWTH, SMOKE, make_findings
from tests.unit.study.test_escaping import report_with

from pilotzone.study import run
from pilotzone.study.front import load

if TYPE_CHECKING:
    from playwright.sync_api import Page

MARK = "zqx"
NASTY = MARK + '\nper \\" + (window.hit = 1) + \\" [0].a\' </script>\u2028{{ 7 }} ]); window.hit = 2;//'
"""A line end, an escaped quote, the end of a script, a line end that only some know, and brackets."""
ONE_LINE = NASTY.replace("\n", " ").replace("\u2028", "")
"""The same as far as the name of a place in a table may have it."""
SHOWN = [MARK, "per", '\\"', "+", "(window.hit"]
"""Its first words, as they have to be seen."""

# Where a text of data may stand in what Vega is given: as a value, never as code, a name or a path.
VALUES = re.compile(r"(/(domain|title|text)|/encode/\w+/(text|title)/value)(/\d+)?$")

COMPILED = """
() => {
  const material = JSON.parse(document.getElementById("material").textContent);
  const found = [];
  const walk = (value, path) => {
    if (typeof value === "string") { if (value.includes("zqx")) found.push(path); return; }
    if (value === null || typeof value !== "object") return;
    for (const [key, item] of Object.entries(value)) {
      if (key.includes("zqx")) found.push(`${path} has a key`);
      walk(item, `${path}/${key}`);
    }
  };
  for (const figure of material.figures) {
    walk(vegaLite.compile(figure.spec, { config: material.config }).spec, figure.id);
  }
  return found;
}
"""


def nasty_evaluation(folder: Path) -> str:
    """Return the report of a panel whose columns and label are nasty."""
    import pilotzone as pz
    from pilotzone.study.panel.page import render_evaluation
    from pilotzone.study.panel.run import evaluation_findings

    generator = np.random.default_rng(1)
    frame = pd.DataFrame({"u": np.repeat(np.arange(40), 8), "t": np.tile(np.arange(2010, 2018), 40)})
    frame["c"] = np.where(frame["u"] < 12, 2014, 0)
    frame[NASTY] = 1.0 * (frame["c"] > 0) * (frame["t"] >= 2014) + generator.normal(0, 0.1, len(frame))
    path = folder / "panel.parquet"
    frame.to_parquet(path, index=False)
    outcome = pz.Outcome(NASTY, role="development", good="up", margin=5, scale="level", label=NASTY)
    effects = pz.evaluate(path, unit="u", time="t", cohort="c", outcomes=outcome)
    return render_evaluation(evaluation_findings(NASTY, effects, data=path))


def renamed(path: Path, *names: str) -> Path:
    """Put the nasty name into a file in the place of others."""
    text = path.read_text(encoding="utf-8")
    for name in names:
        assert f'"{name}"' in text
        text = text.replace(f'"{name}"', json.dumps(NASTY))
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def nasty_files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Write a report of each kind with the nasty name wherever a user may write one."""
    from dataclasses import replace

    from pilotzone.study.campus.page import render_campus
    from pilotzone.study.plan.page import render_plan
    from pilotzone.study.siting.page import render_siting
    from pilotzone.study.zone.page import render_report

    folder = tmp_path_factory.mktemp("nasty")
    outcomes = tuple(replace(item, label=NASTY) for item in (GROWTH, SMOKE))
    labels = {chr(ord("A") + k): f"{NASTY} {k}" for k in range(12)}
    siting = renamed(hostile_siting(folder), "<img src=x onerror='window.hit=7'>")
    plan = renamed(hostile_plan(folder), "Everybody", "<img src=x onerror='window.hit=8'>")
    campus = renamed(hostile_campus(folder), "<script>window.hit=9</script>", "=HYPERLINK(1)")
    texts = {
        "zone": render_report(make_findings(labels=labels, title=NASTY, outcomes=outcomes)),
        "study": report_with(folder, NASTY, place=ONE_LINE, more="\n[sensitivity]\ndonors_out = 1\n"),
        "evaluation": nasty_evaluation(folder),
        "siting": render_siting(run(load(siting, kind="siting")).findings),
        "plan": render_plan(run(load(plan, kind="plan")).findings),
        "campus": render_campus(run(load(campus, kind="campus")).findings),
    }
    for name, text in texts.items():
        (folder / f"{name}.html").write_text(text, encoding="utf-8")
    return {name: folder / f"{name}.html" for name in texts}


@pytest.fixture
def opened(new_page: Callable[..., Page], nasty_files: dict[str, Path]) -> Callable[[str], tuple[Page, list[str]]]:
    """Give a function that opens a report and returns what the console said meanwhile."""

    def open_one(name: str) -> tuple[Page, list[str]]:
        page, complaints = new_page(viewport={"width": 1280, "height": 800}), []
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(nasty_files[name].as_uri())
        page.wait_for_selector("html[data-ready=yes]")
        return page, complaints

    return open_one


FIGURES = {
    "zone": {"map-1", "paths-1", "gaps-1", "joint-1", "estimators-1"},
    "study": {"paths-1", "gaps-1", "joint-1", "curve-0", "curve-1"},
    "evaluation": {"events-1"},
    "siting": {"site-ranks", "site-map", "site-decides"},
    "plan": {"plan-map", "plan-frontier"},
    "campus": {"load-duration", "frontier-co2", "sites-map"},
}


@pytest.mark.parametrize("name", FIGURES)
def test_each_chart_is_drawn_and_no_text_of_data_is_code(
    name: str, opened: Callable[[str], tuple[Page, list[str]]]
) -> None:
    page, complaints = opened(name)
    drawn: dict[str, Any] = dict(
        page.eval_on_selector_all(
            "figure", "all => all.map(f => [f.id, [...f.querySelectorAll('.chart[data-drawn] svg text')]"
            ".map(t => t.textContent).join(' ')])",
        )
    )  # fmt: skip
    assert set(drawn) >= FIGURES[name]
    assert all(drawn.values()), drawn
    assert complaints == []
    assert page.evaluate("window.hit") is None
    places = page.evaluate(COMPILED)
    assert [place for place in places if not VALUES.search(place)] == []
    # The charts whose axis or marks bear the name show it, from its first letter.
    named = [text for text in drawn.values() if MARK in text]
    assert named
    assert any(text.split()[k : k + len(SHOWN)] == SHOWN for text in named for k in range(len(text.split())))
    assert page.locator("script").count() == 4


@pytest.mark.parametrize(
    ("name", "figure"), [("study", "gaps-1"), ("evaluation", "events-1"), ("siting", "site-ranks")]
)
def test_the_tip_shows_the_text_and_runs_nothing(
    name: str, figure: str, opened: Callable[[str], tuple[Page, list[str]]]
) -> None:
    page, complaints = opened(name)
    # The middle of a bar bears its number, which has no tip.
    kind, where = ("rect", Position(x=4, y=4)) if name == "siting" else ("symbol", None)
    page.locator(f"#{figure} .chart svg .role-mark.mark-{kind} path").last.hover(position=where)
    assert '\\" + (window.hit = 1) + \\"' in (page.locator("#tip").text_content() or "")
    with page.expect_download() as download:
        page.locator(f"#{figure} button[data-as=svg]").click()
    assert MARK in Path(download.value.path()).read_text(encoding="utf-8")
    assert page.evaluate("window.hit") is None
    assert complaints == []


def test_outcomes_of_one_name_are_two_lines_of_a_tip(opened: Callable[[str], tuple[Page, list[str]]]) -> None:
    page, _ = opened("zone")  # both outcomes bear the nasty name
    page.locator("#joint-1 .chart svg .role-mark.mark-symbol path").last.hover()
    assert page.locator("#tip div").count() == 3
    assert [MARK in text for text in page.locator("#tip b").all_text_contents()] == [False, True, True]
