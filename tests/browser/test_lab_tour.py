"""The tour in Chromium: shown once to a browser, closed and opened by keyboard, and never again unless asked for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from tests.browser.lab_pages import Lab, Open, find_nothing, follow, reaches

if TYPE_CHECKING:
    from playwright.sync_api import Page


@pytest.fixture
def lab(bare_lab: Lab) -> Iterator[Open]:
    """Visit the lab on an empty folder, with a browser that has not seen the tour."""
    with bare_lab.visit() as opened:
        yield opened


def heading(page: Page) -> str:
    return page.text_content("#tour-head") or ""


def test_six_steps_once(lab: Open) -> None:
    page = lab(bypass_csp=True)
    follow(page.get_by_role("link", name="Take the tour"))
    reaches(page, "whole")
    dialog = page.get_by_role("dialog")
    assert dialog.is_visible()
    assert page.evaluate("document.activeElement.id") == "tour-head"
    told = []
    for k in range(6):
        told.append(heading(page))
        assert heading(page).startswith(f"{k + 1} of 6")
        assert page.locator(".toured").count() == 1, heading(page)
        if k in {0, 3}:
            find_nothing(page, 1280)
        page.keyboard.press("ArrowRight")
    assert len(set(told)) == 6
    framed = "getComputedStyle(document.querySelector('.toured')).outlineStyle"
    assert page.evaluate(framed) == "solid"
    page.emulate_media(media="print")
    assert page.evaluate(framed) == "none"
    page.emulate_media(media="screen")
    assert page.get_by_role("button", name="Back").is_enabled()
    page.get_by_role("button", name="Done").click()
    assert dialog.is_hidden()
    assert page.locator(".toured").count() == 0
    # It is remembered: not by a cookie, which every port of this machine would see.
    assert [item["name"] for item in page.context.cookies() if "tour" in item["name"]] == []
    page.reload()
    reaches(page, "whole")
    assert dialog.is_hidden()
    page.set_viewport_size({"width": 390, "height": 900})
    page.get_by_role("button", name="Tour in six steps").focus()
    page.keyboard.press("Enter")
    assert heading(page).startswith("1 of 6")
    find_nothing(page, 390)
    page.keyboard.press("Escape")
    assert dialog.is_hidden()
    assert page.evaluate("document.activeElement.id") == "tour"


def test_other_studies_have_none(lab: Open) -> None:
    page = lab()
    origin = page.url.rstrip("/")
    page.goto(f"{origin}/study?study=zone/virginia")
    assert page.get_by_role("dialog").count() == 0
    assert page.get_by_role("button", name="Tour in six steps").count() == 0
