"""The map of figures in Chromium: from the first page to a region's figures, by mouse and by keyboard."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from tests.browser.lab_pages import Lab, find_nothing, follow, reaches

from pilotzone.report import NO_FIGURE

if TYPE_CHECKING:
    from playwright.sync_api import Page

FILLS = "all => Object.fromEntries(all.map(item => [item.__data__?.datum?.code, item.getAttribute('fill')]))"
SHAPES = "#atlas-chart .mark-shape path"


@pytest.fixture(scope="module")
def first(bare_lab: Lab) -> Iterator[Page]:
    """Open the lab on an empty folder in one browser for all tests here."""
    with bare_lab.visit() as opened:
        yield opened(bypass_csp=True)


@pytest.fixture
def page(first: Page) -> Iterator[Page]:
    """Give a page on the map of the study of Guizhou, wide, light, and as it begins."""
    found = first.context.new_page()
    origin = first.url.rstrip("/")
    found.set_viewport_size({"width": 1280, "height": 900})
    found.goto(f"{origin}/study?study=zone/guizhou")
    reaches(found, "whole")
    follow(found.get_by_role("link", name="Map of figures"))
    reaches(found, "whole")
    yield found
    found.close()


def fills(page: Page) -> dict[str, Any]:
    """Return the fill of each region on the map."""
    found: dict[str, Any] = page.eval_on_selector_all(SHAPES, FILLS)
    return found


def drawn(page: Page, before: dict[str, Any]) -> dict[str, Any]:
    """Return the fills once they are others than before."""
    for _ in range(400):
        now = fills(page)
        if now and now != before:
            return now
        page.wait_for_timeout(50)
    pytest.fail("the map stays as it was")


def test_from_the_first_page_to_a_region(page: Page) -> None:
    assert "GDP per head, CNY per person, 2016" in (page.text_content("#atlas-title") or "")
    codes = list(fills(page))
    page.locator(SHAPES).nth(codes.index("CN-GZ")).click()
    told = page.text_content("#region") or ""
    assert "treated from 2016" in told
    assert "31,400" in told  # GDP per head of 2016, as the table says it
    assert "31,400" in (page.locator("#regions tr", has_text="Guizhou").text_content() or "")
    page.locator(SHAPES).nth(codes.index("CN-HA")).click()
    told = page.text_content("#region") or ""
    assert "zone of the same policy (Henan, 2016-10)" in told
    assert "National Bureau of Statistics" in told
    assert "map.region=CN-HA" in page.url
    assert page.locator("#atlas-chart .chosen").count() == 1
    marks = page.locator("#atlas-chart .mark-text.role-mark text").all_text_contents()
    assert "★ 2016" in marks
    assert "△ 2016-10" in marks


def test_through_time_by_keyboard(page: Page) -> None:
    before = fills(page)
    page.focus("#period")
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    drawn(page, before)
    assert page.text_content("#when") == "2019"
    assert page.get_attribute("#period", "aria-valuetext") == "2019"
    assert "map.period=2019" in page.url
    assert ", 2019: 31 of 31 regions" in (page.get_attribute("#atlas-chart", "aria-label") or "")
    page.get_by_role("button", name="Tibet").focus()
    page.keyboard.press("Enter")
    assert "CO2 per head missing in all periods needed" in (page.text_content("#region") or "")
    assert page.evaluate("document.activeElement.id") == "region"
    # The same screen by its address.
    copy = page.context.new_page()
    copy.goto(page.url)
    reaches(copy, "whole")
    assert copy.text_content("#atlas-title") == page.text_content("#atlas-title")
    assert copy.text_content("#region-head") == "Tibet"
    copy.close()


def test_what_is_missing_and_what_is_modelled_is_named(page: Page) -> None:
    page.select_option("#series", "co2_t")
    reaches(page, "whole")
    assert "Modelled, not measured: CO2 is computed from energy balances" in (page.text_content("#remarks") or "")
    found = fills(page)
    tibet = page.locator("#regions tr", has_text="Tibet")
    assert "no figure" in (tibet.text_content() or "")
    classes = {colour for code, colour in found.items() if code not in {"CN-XZ", "CN", "CN-TW", "CN-HK", "CN-MO"}}
    assert found["CN-XZ"] not in classes
    assert NO_FIGURE in page.locator("#atlas-chart .role-legend-label text").all_text_contents()
    assert NO_FIGURE[0] in page.locator("#atlas-chart .mark-text.role-mark text").all_text_contents()
    assert "Carbon" not in page.inner_text("#atlas-title")
    assert page.inner_text("#atlas-title").endswith("t, 2016")


@pytest.mark.parametrize("width", [1280, 390])
def test_axe_finds_nothing_light_and_dark(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.get_by_role("button", name="Guizhou").click()
    find_nothing(page, width)
    page.emulate_media(color_scheme="dark")
    find_nothing(page, width)


def test_classes_keep_their_order_in_grey(page: Page) -> None:
    colours = page.eval_on_selector_all(
        "#atlas-chart .role-legend-symbol path", "all => all.map(item => item.getAttribute('fill'))"
    )
    words = page.locator("#atlas-chart .role-legend-label text").all_text_contents()
    classes = {
        text: colour for text, colour in zip(words, colours, strict=True) if text[-1].isdigit() or "more" in text
    }
    # The one that is open below comes first; all others begin with their lower edge.
    order = sorted(
        classes,
        key=lambda text: (text[0].isdigit(), float(text.split()[0].replace(",", "")) if text[0].isdigit() else 0),
    )
    assert len(order) == 6
    light = [
        0.2126 * int(item[1:3], 16) + 0.7152 * int(item[3:5], 16) + 0.0722 * int(item[5:7], 16)
        for item in map(classes.__getitem__, order)
    ]
    assert light == sorted(light, reverse=True)
    assert all(one - other > 15 for one, other in pairwise(light))


def test_back_with_what_was_chosen(page: Page) -> None:
    origin = page.url.partition("/map")[0]
    page.goto(f"{origin}/map?study=zone/guizhou&zone.start=2014")
    reaches(page, "whole")
    assert "treated from 2014" in (page.locator("#regions tr", has_text="Guizhou").text_content() or "")
    follow(page.get_by_role("link", name="Back to the study"))
    assert "zone.start=2014" in page.url


def test_a_region_of_a_panel_tells_its_part(page: Page) -> None:
    origin = page.url.partition("/map")[0]
    page.goto(f"{origin}/map?study=panel/us-data-centres")
    reaches(page, "whole")
    codes = list(fills(page))
    told = set()
    for code in ("US-VA", "US-CA", "US-TX", "US-NY"):
        page.locator(SHAPES).nth(codes.index(code)).click()
        region = page.text_content("#region") or ""
        role = page.locator("#regions tr").filter(has=page.locator(f"[data-region='{code}']")).locator("td").nth(1)
        assert f"Part in the study: {role.inner_text()}" in region
        told.add(role.inner_text().split(" from ")[0])
    assert len(told) > 1
    assert f"map.region={code}" in page.url
