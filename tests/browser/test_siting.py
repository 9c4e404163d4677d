"""The report of a ranking of places in Chromium: drawn, reachable, exportable, and deaf to what names try."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.sync_playwright import Axe

if TYPE_CHECKING:
    from playwright.sync_api import Page

Open = Callable[..., "Page"]


@pytest.mark.parametrize("width", [1280, 390])
def test_axe_finds_nothing_and_nothing_is_wider_than_the_window(width: int, look_at: Open) -> None:
    page = look_at("siting", width=width)
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_charts_are_drawn_and_exported(look_at: Open) -> None:
    page = look_at("siting")
    for chart, marks in (("site-ranks", 6), ("site-map", 31), ("site-decides", 2), ("site-pue", 4)):
        drawn = page.eval_on_selector_all(
            f"#{chart} .chart svg path", "all => all.filter(p => p.getAttribute('d')).length"
        )
        assert drawn >= marks, chart
    with page.expect_download() as download:
        page.locator("#site-ranks [data-table='site-ranks-data']").first.click()
    rows = list(csv.reader(io.StringIO(Path(download.value.path()).read_text(encoding="utf-8-sig"))))
    assert len(rows) == 4
    assert sum(float(cell) for cell in rows[1][1:]) == pytest.approx(100)


def test_every_place_has_a_page_with_its_sources(look_at: Open) -> None:
    page = look_at("siting")
    assert page.locator("#places li a").count() == 3
    assert "National Bureau of Statistics" in (page.text_content("#place-1") or "")
    assert "not known" in (page.text_content("#place-2") or "")
    assert "ASSUMED" in (page.text_content("#site-assumptions") or "")


def test_names_from_data_do_nothing(look_at: Open) -> None:
    page = look_at("siting")
    assert page.evaluate("window.hit === undefined")
    assert "onerror" in (page.text_content("#place-3") or "")
