"""The report of an appraisal in Chromium: drawn, reachable, and deaf to what names try."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.sync_playwright import Axe

if TYPE_CHECKING:
    from playwright.sync_api import Page

Open = Callable[..., "Page"]


@pytest.mark.parametrize("width", [1280, 390])
def test_axe_finds_nothing_and_nothing_is_wider_than_the_window(width: int, look_at: Open) -> None:
    page = look_at("appraisal", width=width)
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_every_chart_is_drawn(look_at: Open) -> None:
    page = look_at("appraisal")
    for chart, marks in (("waterfall", 12), ("distribution", 30), ("tornado", 4), ("utilisation", 2), ("capital", 31)):
        drawn = page.eval_on_selector_all(
            f"#appraisal-{chart} .chart svg path", "all => all.filter(p => p.getAttribute('d')).length"
        )
        assert drawn >= marks, chart
    assert "another example of substantial capital misallocation" in page.inner_text("#capital")
    assert "not asserted" in page.inner_text("#impact-section")
    assert "ASSUMED" in (page.text_content("#assumed") or "")


def test_names_from_data_do_nothing(look_at: Open) -> None:
    page = look_at("appraisal")
    assert page.evaluate("window.hit === undefined")
    assert "window.hit=9" in page.inner_text("#money")
