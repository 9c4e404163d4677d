"""The report of a campus in Chromium: drawn, reachable, and deaf to what names try."""

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
    page = look_at("campus", width=width)
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_every_chart_is_drawn(look_at: Open) -> None:
    page = look_at("campus")
    charts = page.eval_on_selector_all("figure .chart svg", "all => all.map(s => s.querySelectorAll('path').length)")
    # A week and dry years of each site, load duration, and a frontier.
    assert len(charts) >= 4
    assert min(charts) > 4
    text = page.text_content("main") or ""
    for told in ("The sites side by side", "Loss of load in dry years", "What each supply is worth", "ASSUMED"):
        assert told in text


def test_names_from_data_do_nothing(look_at: Open) -> None:
    page = look_at("campus")
    assert page.evaluate("window.hit === undefined")
    assert "window.hit=9" in (page.text_content("main") or "")


def test_long_folded_tables_are_left_out_on_paper_and_shorter_ones_are_not(open_report: Open) -> None:
    page = open_report("campus", width=688)
    page.emulate_media(media="print")
    tables = page.eval_on_selector_all(
        "section:not(#audit-section) .part > .sheet table",
        "all => all.map(e => [e.querySelectorAll('tbody tr').length, e.getBoundingClientRect().height])",
    )
    assert any(rows > 60 for rows, _ in tables)
    assert any(rows <= 60 for rows, _ in tables)
    assert all((height == 0) == (rows > 60) for rows, height in tables)
    assert page.locator("summary", has_text="What is assumed").is_visible()
