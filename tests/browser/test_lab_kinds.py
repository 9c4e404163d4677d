"""Every kind of study in the lab: what is chosen by mouse and keyboard, what follows, undo, address, and looks."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from tests.browser.lab_pages import follow, reaches
from tests.unit.app.test_workers import small

from pilotzone.study import KINDS as ALL_KINDS

if TYPE_CHECKING:
    from playwright.sync_api import Page

Open = Callable[..., "Page"]
KINDS = ("siting", "plan", "campus", "appraisal", "panel", "transfer", "inclusion")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with a small study file of each kind but zones."""
    place = tmp_path_factory.mktemp("lab")
    for kind in KINDS:
        own = tmp_path_factory.mktemp(kind)
        study = small(kind, own)
        study.rename(place / f"{kind}.toml")
        for rest in own.iterdir():
            rest.rename(place / rest.name)
    return place


def opened(lab: Open, kind: str, **options: object) -> Page:
    page = lab(**options)
    follow(page.locator(f"a[href='/study?study={kind}.toml']"))
    reaches(page, "whole")
    return page


def kept(page: Page, name: str) -> None:
    """Keep a picture for whoever looks, where a folder for them is named."""
    folder = os.environ.get("PILOTZONE_PICTURES")
    if folder:
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)


def chosen(page: Page) -> dict[str, str]:
    """Return what the address says was chosen."""
    return {key: values[0] for key, values in parse_qs(urlsplit(page.url).query).items() if key != "study"}


def undone(page: Page, steps: int = 1) -> None:
    for _ in range(steps):
        page.get_by_role("button", name="Undo").click()
        reaches(page, "whole")


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_looked_at_without_findings_of_axe(lab: Open, kind: str) -> None:
    page = opened(lab, kind, bypass_csp=True)
    # Of regions of the evidence, who gains has periods and a level to choose and nothing else.
    assert page.locator("#fields fieldset").count() >= (1 if kind == "inclusion" else 3)
    assert page.locator("#verdict h2").inner_text()
    assert page.locator("#result .chart svg").count() >= 1
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 900})
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        kept(page, f"lab-{kind}-{width}")


def test_weights_by_order_and_by_shares(lab: Open) -> None:
    page = opened(lab, "siting")
    before = page.text_content("#answer")
    page.get_by_label("What is known of weights").select_option(label="their order")
    reaches(page, "whole")
    first, second = page.locator(".order li").all_inner_texts()[:2]
    # By keyboard: the second goes up, and the focus goes with it.
    page.locator(".order li").nth(1).get_by_role("button", name="higher").focus()
    page.keyboard.press("Enter")
    reaches(page, "whole")
    assert page.locator(".order li").all_inner_texts()[:2] == [second, first]
    assert page.evaluate("document.activeElement.closest('li')?.innerText") == second
    assert "weights.order" in chosen(page)
    page.get_by_label("What is known of weights").select_option(label="their shares")
    reaches(page, "whole")
    slider = page.locator(".slider input").first
    slider.focus()
    page.keyboard.press("End")
    reaches(page, "whole")
    assert [text.strip() for text in page.locator(".slider output").all_inner_texts()] == [
        "100\u00a0%", *["0\u00a0%"] * (page.locator(".slider").count() - 1),
    ]  # fmt: skip
    assert page.evaluate("document.activeElement === document.querySelector('.slider input')")
    assert page.text_content("#answer") != before
    assert page.locator("#site-dethroned").is_visible()
    kept(page, "lab-siting-shares")
    undone(page, 4)
    assert chosen(page) == {}
    assert page.text_content("#answer") == before


def test_rules_and_the_price_of_carbon(lab: Open) -> None:
    page = opened(lab, "plan")
    field = page.get_by_label("Price of CO2")
    field.focus()
    page.keyboard.press("Control+A")
    page.keyboard.type("500")
    page.keyboard.press("Tab")
    reaches(page, "whole")
    assert chosen(page) == {"carbon_price": "500"}
    assert "with CO2 at 500" in (page.text_content("#answer") or "")
    page.get_by_label("Least", exact=True).select_option(label="CO2")
    reaches(page, "whole")
    assert page.get_by_label("Price of CO2").count() == 0
    undone(page, 2)
    assert chosen(page) == {}


def test_certain_figures_leave_weights_alone(lab: Open) -> None:
    page = opened(lab, "siting")
    before = page.text_content("#answer")
    box = page.get_by_role("checkbox", name="Figures are uncertain")
    assert box.is_checked()
    box.focus()
    page.keyboard.press("Space")
    reaches(page, "whole")
    assert chosen(page) == {"uncertain_figures": "false"}
    certain = page.text_content("#answer") or ""
    assert certain != before
    assert "igures are taken at the middle of their ranges, so only weights vary." in certain
    assert page.locator("#site-decides").count() == 0
    page.get_by_label("What is known of weights").select_option(label="their shares")
    reaches(page, "whole")
    assert "nothing is simulated" in (page.text_content("#answer") or "")
    kept(page, "lab-siting-certain")
    undone(page, 2)
    assert page.text_content("#answer") == before


def test_flows_of_a_plan_are_told_on_the_map_and_the_day_is_chosen(lab: Open, home: Path) -> None:
    # Five provinces instead of all: the plan of all takes most of a minute, and is solved three times here.
    text = ALL_KINDS["plan"].bundled_file("homecoming").decode()
    five = 'regions = ["CN-GZ", "CN-GD", "CN-NM", "CN-BJ", "CN-SH"]'
    fewer = text.replace('regions = "all"', five).replace("latency_ms = 25.0\n", "")
    assert fewer != text
    (home / "five.toml").write_text(fewer, "utf-8")
    page = lab(bypass_csp=True)
    follow(page.locator("a[href='/study?study=five.toml']"))
    reaches(page, "whole")
    # The map stands above the tables, whose heads are words.
    assert page.evaluate(
        "document.querySelector('#plan-map').compareDocumentPosition(document.querySelector('#sites'))"
        " === Node.DOCUMENT_POSITION_FOLLOWING"
    )
    assert "load_mw" not in page.inner_text("#result")
    assert "Load, MW" in page.inner_text("#sites")
    flows = page.locator("#plan-map .mark-rule line")
    assert flows.count() > 1
    flows.first.click(force=True)
    told = page.inner_text("#tip")
    assert " to " in told
    assert "MW" in told
    law = page.inner_text("#law-1")
    page.get_by_label("Day").fill("2022-01-01")
    reaches(page, "whole")
    assert chosen(page) == {"day": '"2022-01-01"'}
    assert "2022-01-01" in page.inner_text("#law-1-caption")
    assert page.inner_text("#law-1") != law
    undone(page)
    assert page.inner_text("#law-1") == law


def test_a_technology_comes_and_goes(lab: Open) -> None:
    page = opened(lab, "campus")
    page.get_by_label("Battery").select_option(label="may be built")
    reaches(page, "whole")
    assert chosen(page) == {"site.0.battery": "{}"}
    assert page.get_by_label("Battery at most").is_visible()
    page.get_by_label("Battery", exact=True).select_option(label="none")
    reaches(page, "whole")
    assert page.get_by_label("Battery at most").count() == 0


def test_a_range_and_a_switch(lab: Open) -> None:
    page = opened(lab, "appraisal")
    low = page.get_by_label("Discount rate, real, low")
    low.focus()
    page.keyboard.press("Control+A")
    page.keyboard.type("0.07")
    page.keyboard.press("Tab")
    reaches(page, "whole")
    assert chosen(page)["driver.7.low"] == "0.07"
    assert page.locator("#appraisal-distribution svg").count() == 1
    page.get_by_role("checkbox", name="harm of CO2 enters the account").click()
    reaches(page, "whole")
    assert chosen(page)["burden.0.in_accounts"] == "true"
    undone(page, 2)
    assert chosen(page) == {}


def test_another_estimator_and_the_event_study_first(lab: Open) -> None:
    page = opened(lab, "panel")
    assert page.locator("#result section h2").nth(1).inner_text() == "By time since treatment"
    before = page.text_content("#answer")
    page.get_by_label("Estimator").select_option(value='"imputation"')
    reaches(page, "whole")
    assert page.text_content("#answer") != before
    assert page.get_by_label("Compared with").count() == 0
    undone(page)
    assert page.text_content("#answer") == before
