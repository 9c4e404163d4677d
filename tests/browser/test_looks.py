"""Long tables in Chromium: read row by row on a phone, scrolled in a frame of their own, whole on paper."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page

Open = Callable[..., "Page"]
NAMES = ("guizhou", "evaluation")


@pytest.mark.parametrize("name", NAMES)
def test_sentences_have_room_on_a_phone(name: str, open_report: Open) -> None:
    """Cells of wordy tables stand below one another: none is a word wide, and none is out of the frame."""
    page = open_report(name, width=390)
    page.evaluate("document.querySelectorAll('details.part').forEach(item => { item.open = true; })")
    cells = page.eval_on_selector_all(
        "main > section table.wordy td[data-label]",
        "all => all.map(cell => { const box = cell.getBoundingClientRect();"
        " return [box.width, box.right, getComputedStyle(cell, '::before').content]; })",
    )
    assert len(cells) > 20
    assert all(width > 300 and right <= 390 for width, right, _ in cells)
    assert all(label.strip('"') for _, _, label in cells)
    tallest = page.eval_on_selector_all("#rests tbody tr", "all => Math.max(...all.map(row => row.clientHeight))")
    assert tallest < 844, "an assumption fits a phone's screen"


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("name", NAMES)
def test_long_tables_scroll_in_a_frame_and_are_whole_on_paper(name: str, width: int, open_report: Open) -> None:
    page = open_report(name, width=width)
    page.evaluate("document.querySelectorAll('details.part').forEach(item => { item.open = true; })")
    frames = "main > section:not(#audit-section) .scroll.tall:not(.data .scroll)"
    heights = page.eval_on_selector_all(frames, "all => all.map(e => [e.clientHeight, e.scrollHeight])")
    assert any(whole > frame for frame, whole in heights)
    assert all(frame <= 448 for frame, _ in heights)
    assert page.locator(
        "section:not(#audit-section) .part > .sheet > .rows, section > .sheet > .rows"
    ).first.is_visible()
    page.emulate_media(media="print")
    printed = page.eval_on_selector_all(frames, "all => all.map(e => e.scrollHeight - e.clientHeight)")
    assert all(hidden <= 1 for hidden in printed)
    assert page.locator(
        "section:not(#audit-section) .part > .sheet > .rows, section > .sheet > .rows"
    ).first.is_hidden()


def test_columns_without_a_text_are_left_out_of_sight_alone(look_at: Open) -> None:
    page = look_at("evaluation")
    shown = page.eval_on_selector_all("th.blank, td.blank", "all => all.filter(e => e.offsetWidth > 0).length")
    assert shown == 0
    assert page.locator("td.blank").count() > 0


def test_years_below_a_chart_stand_apart_on_a_phone(look_at: Open) -> None:
    page = look_at("guizhou", width=390)
    spans = page.eval_on_selector_all(
        "#paths-1 .chart svg .mark-text.role-axis-label text",
        "all => all.filter(e => /^\\d{4}$/.test(e.textContent) && getComputedStyle(e).opacity !== '0')"
        ".map(e => { const box = e.getBoundingClientRect(); return [box.left, box.right]; })",
    )
    assert len(spans) >= 3
    spans.sort()
    assert all(later[0] - earlier[1] >= 5 for earlier, later in pairwise(spans))
