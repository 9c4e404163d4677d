"""The lab in Chromium, against the command itself: from an empty page to a result, by mouse and by keyboard."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.sync_playwright import Axe
from tests.browser.lab_pages import Open, follow, reaches
from tests.unit.study.invented import write_study

from pilotzone.study import verify

if TYPE_CHECKING:
    from playwright.sync_api import Page


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with a study file of two invented outcomes, and one that cannot be read."""
    place = tmp_path_factory.mktemp("lab")
    write_study(place)
    (place / "broken.toml").write_text("format = [", encoding="utf-8")
    return place


def open_invented(page: Page) -> None:
    follow(page.get_by_role("link", name="Invented", exact=False).first)
    reaches(page, "whole")


def test_the_first_page_says_what_there_is(lab: Open) -> None:
    page = lab()
    assert "token" not in page.url
    assert page.get_by_role("link", name="Guizhou's big data pilot zone, 2016").is_visible()
    assert "broken.toml cannot be read" in (page.text_content("main") or "")


def test_from_an_empty_page_to_a_verdict_another_and_back(lab: Open) -> None:
    page = lab()
    open_invented(page)
    first = page.text_content("#verdict h2")
    assert page.locator("#result .chart svg").count() >= 4
    page.select_option("select[aria-label='Estimator']", label="synthetic control")
    reaches(page, "whole")
    assert "method.estimator=%22sc%22" in page.url
    assert page.locator(".changed").count() == 1
    # The same screen by its address.
    copy = page.context.new_page()
    copy.goto(page.url)
    reaches(copy, "whole")
    assert copy.text_content("#verdict") == page.text_content("#verdict")
    copy.close()
    page.get_by_role("button", name="Undo").click()
    reaches(page, "whole")
    assert "method" not in page.url
    assert page.text_content("#verdict h2") == first
    assert page.get_by_role("button", name="Undo").is_disabled()
    page.get_by_role("button", name="Redo").click()
    reaches(page, "whole")
    assert "method.estimator" in page.url


def test_charts_that_stay_as_they_are_are_not_drawn_again(lab: Open) -> None:
    page = lab()
    open_invented(page)
    page.evaluate("window.before = [...document.querySelectorAll('#result .chart')]")
    page.evaluate("pilotzoneChoose('title', 'The same study, named anew')")
    reaches(page, "whole")
    assert page.text_content("#heading") == "The same study, named anew"
    standing = "before.map((chart) => chart.isConnected && chart === document.getElementById(chart.id))"
    assert page.evaluate(standing) == [True] * page.locator("#result .chart").count()
    page.select_option("select[aria-label='Estimator']", label="synthetic control")
    reaches(page, "whole")
    assert not all(page.evaluate(standing))
    assert page.locator("#result .chart svg").count() == page.locator("#result .chart").count()


def test_a_margin_by_keyboard(lab: Open) -> None:
    page = lab()
    open_invented(page)
    field = page.get_by_label(re.compile("^Margin")).first
    field.focus()
    page.keyboard.press("Control+A")
    page.keyboard.type("9")
    page.keyboard.press("Tab")
    reaches(page, "whole")
    assert "outcomes.0.margin=9" in page.url
    assert "9\u00a0%" in (page.text_content("#answer") or "")


def test_donors_go_out_and_in(lab: Open) -> None:
    page = lab()
    open_invented(page)
    box = page.locator(".units input").first
    name = page.locator(".units label").first.inner_text().strip()
    box.click()
    reaches(page, "whole")
    assert "donors.exclude" in page.url
    assert name in (page.text_content("#choices") or "")
    page.locator(".units input").first.click()
    reaches(page, "whole")
    assert "donors.exclude" not in page.url


def test_a_click_on_the_map_takes_a_donor_out(lab: Open) -> None:
    page = lab()
    follow(page.get_by_role("link", name="Guizhou's big data pilot zone, 2016"))
    reaches(page, "whole")
    page.keyboard.press("Escape")  # the tour
    codes = page.eval_on_selector_all(
        "#map-1-chart .mark-shape path", "all => all.map(item => item.__data__?.datum?.code)"
    )
    page.locator("#map-1-chart .mark-shape path").nth(codes.index("CN-XJ")).click()
    reaches(page, "whole")
    assert "donors.exclude=" in page.url
    assert "CN-XJ" in page.url
    assert page.get_by_role("checkbox", name="Xinjiang").is_checked()


def test_what_cannot_be_is_said_and_nothing_is_lost(lab: Open) -> None:
    page = lab()
    open_invented(page)
    before = page.text_content("#verdict h2")
    options = page.locator("select[aria-label='In force from'] option").all_inner_texts()
    page.select_option("select[aria-label='In force from']", label=options[0])
    reaches(page, "refused")
    assert page.locator("#refused").is_visible()
    assert page.text_content("#verdict h2") == before
    page.get_by_role("button", name="Undo").click()
    reaches(page, "whole")
    assert page.locator("#refused").is_hidden()


def test_saved_reported_verified(lab: Open, home: Path) -> None:
    page = lab()
    open_invented(page)
    page.select_option("select[aria-label='Estimator']", label="synthetic control")
    reaches(page, "whole")
    page.fill("#name", "plain-control")
    page.get_by_role("button", name="Save as study file").click()
    page.get_by_text("Saved as plain-control.toml").wait_for()
    page.get_by_role("button", name="Report").click()
    reaches(page, "written")
    assert verify(home / "runs" / "plain-control").state == "same"
    follow(page.get_by_role("link", name="report of plain-control"))
    page.wait_for_selector("html[data-ready=yes]")
    page.go_back()
    follow(page.get_by_role("link", name="pilotzone lab"))
    page.get_by_role("button", name="Verify plain-control").click()
    assert verified(page).split(". ")[0] == "same"
    with page.expect_download() as download:
        page.get_by_role("link", name="Share as zip").click()
    assert download.value.suggested_filename == "plain-control.zip"


def verified(page: Page) -> str:
    """Return what is said of the one run of the list once it is recomputed."""
    state = page.locator("#runs .state")
    text = ""
    for _ in range(3000):  # a busy machine takes its time
        text = state.inner_text()
        if text and not text.startswith("computing"):
            return text
        page.wait_for_timeout(50)
    pytest.fail(f"it says {text!r}")


@pytest.mark.parametrize("width", [1280, 390])
def test_axe_finds_nothing_and_nothing_is_wider_than_the_window(lab: Open, width: int) -> None:
    page = lab(width=width, bypass_csp=True)
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    open_invented(page)
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_dark_and_print(lab: Open) -> None:
    page = lab(color_scheme="dark", bypass_csp=True)
    open_invented(page)
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(20, 23, 27)"
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    page.emulate_media(media="print")
    assert page.locator("#choices").is_hidden()
    assert page.locator("#verdict").is_visible()
