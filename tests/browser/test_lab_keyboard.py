"""The lab by Tab, Enter and Space alone: to a changed verdict, and to every control of a page, each with its ring."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.browser.lab_pages import Open, reaches
from tests.unit.app.test_workers import small

if TYPE_CHECKING:
    from playwright.sync_api import Page

KINDS = ("siting", "inclusion")
CONTROLS = "a[href], button, input, select, textarea, summary, [tabindex='0']"
MARK = """controls => [...document.querySelectorAll(controls)]
    .filter(item => !item.disabled && item.tabIndex >= 0 && item.checkVisibility({ visibilityProperty: true }))
    .map((item, k) => { item.dataset.walk = `${k}`; return item.outerHTML.slice(0, 160); })"""
FOCUSED = """() => {
    const item = document.activeElement;
    const style = getComputedStyle(item);
    const ring = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1;
    return [item.dataset.walk ?? "", ring, item.outerHTML.slice(0, 160)];
}"""
MOST = 600


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with a small study file of two kinds."""
    place = tmp_path_factory.mktemp("lab")
    for kind in KINDS:
        small(kind, place).rename(place / f"{kind}.toml")
    return place


def tabbed(page: Page, selector: str) -> None:
    """Press Tab until an element has the focus, which shows a ring on every way station."""
    for _ in range(MOST):
        page.keyboard.press("Tab")
        _, ring, what = page.evaluate(FOCUSED)
        assert ring or what.startswith("<body"), what
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    pytest.fail(f"{MOST} steps, and no {selector}")


def test_from_the_first_page_to_a_changed_verdict(lab: Open) -> None:
    page = lab()
    page.mouse.move(0, 0)
    tabbed(page, "a[href='/study?study=zone/guizhou']")
    page.keyboard.press("Enter")
    page.wait_for_url("**/study?study=zone/guizhou")
    reaches(page, "whole")
    # The tour takes the focus; its last button ends it.
    tabbed(page, ".tour-buttons button:last-child")
    page.keyboard.press("Enter")
    assert page.get_by_role("dialog").is_hidden()
    before = page.text_content("#answer")
    tabbed(page, "input[data-part='donors.exclude CN-SN']")
    page.keyboard.press("Space")
    reaches(page, "whole")
    assert "donors.exclude" in page.url
    after = page.text_content("#answer")
    assert after != before
    # The focus stays where it was: the same key takes the change back.
    page.keyboard.press("Space")
    reaches(page, "whole")
    assert page.text_content("#answer") == before


@pytest.mark.parametrize("kind", KINDS)
def test_every_control_is_reached_and_shows_it(lab: Open, kind: str) -> None:
    page = lab()
    tabbed(page, f"a[href='/study?study={kind}.toml']")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/study?study={kind}.toml")
    reaches(page, "whole")
    page.locator("#result .tools button").first.wait_for()
    controls = page.evaluate(MARK, CONTROLS)
    assert len(controls) > 12
    page.evaluate("document.activeElement.blur()")
    reached: set[str] = set()
    for _ in range(2 * len(controls) + 20):
        page.keyboard.press("Tab")
        walk, ring, what = page.evaluate(FOCUSED)
        if walk:
            assert ring, what
        reached.add(walk)
    assert [text for k, text in enumerate(controls) if f"{k}" not in reached] == []
