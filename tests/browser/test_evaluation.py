"""The report of many units in Chromium: drawn, reachable, exportable, and deaf to what labels try."""

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
    page = look_at("evaluation", width=width)
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_event_study_is_drawn_and_exported(look_at: Open) -> None:
    page = look_at("evaluation")
    marks = page.eval_on_selector_all("#events-1 .chart svg .mark-symbol path", "all => all.length")
    assert marks >= 7
    assert page.eval_on_selector_all("#events-1 .chart svg .mark-rule line", "all => all.length") >= 14
    with page.expect_download() as download:
        page.locator("#events-1 [data-table='events-1-data']").first.click()
    rows = list(csv.reader(io.StringIO(Path(download.value.path()).read_text(encoding="utf-8-sig"))))
    assert [row[0] for row in rows[1:8]] == ["-3", "-2", "-1", "0", "1", "2", "3"]


def test_labels_from_data_do_nothing(look_at: Open) -> None:
    page = look_at("evaluation")
    assert page.evaluate("window.hit === undefined")
    assert "<script>window.hit=2</script>" in page.inner_text("#summary")
