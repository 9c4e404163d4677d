"""The report of a placement in Chromium: drawn, reachable, and deaf to what names try."""

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
    page = look_at("plan", width=width)
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_map_and_the_frontier_are_drawn(look_at: Open) -> None:
    page = look_at("plan")
    for chart, marks in (("plan-map", 32), ("plan-frontier", 3)):
        drawn = page.eval_on_selector_all(
            f"#{chart} .chart svg path", "all => all.filter(p => p.getAttribute('d')).length"
        )
        assert drawn >= marks, chart
    assert "not legal advice" in page.inner_text("#verdict")
    assert "csl-37-store" in (page.text_content("#law") or "")
    assert "ASSUMED" in (page.text_content("#assumed") or "")


def test_names_from_data_do_nothing(look_at: Open) -> None:
    page = look_at("plan")
    assert page.evaluate("window.hit === undefined")
    assert "window.hit=9" in (page.text_content("#law") or "")
