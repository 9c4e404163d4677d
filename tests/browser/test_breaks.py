"""Breaks on the charts of a report, as a browser draws them: rules apart from one another, texts inside the figure."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.unit.study.invented import Figures, write_study
from tests.unit.study.test_breaks import a_break, accepting

from pilotzone.study import run

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

LINES = """all => all.map(e => e.getBoundingClientRect()).filter(b => b.height > 100).map(b => b.x)"""
TEXTS = """all => all.map(e => [e.textContent, e.getBoundingClientRect().left, e.getBoundingClientRect().right])"""


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("breaks")
    path = write_study(folder, figures=Figures(count=8))
    tables = (
        a_break("at-the-start", at="2014", brief='"firms report smoke to a registry"'),
        a_break("heads", at="", first="2004", last="2006", severity='"mild"', brief='"counted anew after a census"'),
        a_break("late", at="2018", severity='"mild"', brief='"an edition later than all the others"'),
        accepting("at-the-start"),
    )
    path.write_text(path.read_text(encoding="utf-8") + "".join(tables), encoding="utf-8")
    run(path, out=folder / "out")
    return folder / "out" / "report.html"


@pytest.mark.parametrize("width", [390, 1280])
def test_rules_are_apart_and_their_texts_are_inside(report: Path, width: int, new_page: Callable[..., Page]) -> None:
    page = new_page(viewport={"width": width, "height": 800})
    page.goto(report.as_uri())
    for figure in ("paths-2", "gaps-2"):
        page.wait_for_selector(f"#{figure} .chart svg")
        rules: list[float] = sorted(page.eval_on_selector_all(f"#{figure} .chart svg .mark-rule.role-mark line", LINES))
        # The start of the zone, and of breaks: two for the one that took several periods, one for each of the others.
        assert len(rules) == 5
        assert min(right - left for left, right in pairwise(rules)) >= 3
        box: Any = page.locator(f"#{figure} .chart svg").bounding_box()
        texts = page.eval_on_selector_all(f"#{figure} .chart svg .mark-text text", TEXTS)
        words = " ".join(dict.fromkeys(text for text, _, _ in texts))
        for brief in ("firms report", "counted anew", "an edition later"):
            assert brief in words
        for text, left, right in texts:
            assert box["x"] - 1 <= left <= right <= box["x"] + box["width"] + 1, text
        described = page.locator(f"#{figure}-chart").get_attribute("aria-label") or ""
        assert "between 2013 and 2014, firms report smoke to a registry (severe break)" in described
    assert page.evaluate("document.documentElement.scrollWidth") <= width
