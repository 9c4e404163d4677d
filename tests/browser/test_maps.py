"""Maps of states and of cities in Chromium: what is far from the rest is in the frame, on wide and narrow screens."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.sync_playwright import Axe
from tests.browser.conftest import without_network
from tests.unit.study.test_maps import CITIES, STATES, study_of

from pilotzone.gather import Positions, load_shapes, points_inside
from pilotzone.study import run
from pilotzone.study.zone.page import render_report
from pilotzone.study.zone.places import point_material

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

Opened = Callable[[str, int], "tuple[Page, list[str]]"]

BOX = """code => {
    const frame = document.querySelector('#map-1-chart svg').getBoundingClientRect();
    const shape = document.querySelectorAll('#map-1-chart .mark-shape path')[code];
    const box = shape.getBoundingClientRect();
    let inside = 0;
    for (let x = Math.ceil(box.left); x <= box.right; x += 1)
        for (let y = Math.ceil(box.top); y <= box.bottom; y += 1) {
            const point = new DOMPoint(x, y).matrixTransform(shape.getScreenCTM().inverse());
            inside += shape.isPointInFill(point);
        }
    return {
        within: box.left >= frame.left - 1 && box.right <= frame.right + 1
            && box.top >= frame.top - 1 && box.bottom <= frame.bottom + 1,
        area: inside,
    };
}"""
"""Whether a shape lies in the frame of the map, and how many pixels of the screen it fills."""


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Write reports on invented figures of states and of cities, these at invented positions."""
    folder = tmp_path_factory.mktemp("maps")
    (folder / "states").mkdir()
    (folder / "cities").mkdir()
    found = run(study_of(folder / "cities", CITIES, "CN-520100")).findings
    spots = points_inside(load_shapes(), "CN-SC", len(CITIES) + 10).tolist()
    at = {city: (spot[0], spot[1]) for city, spot in zip(CITIES, spots, strict=False)}
    positions = Positions("cn-city", MappingProxyType(at), "Positions: invented.", Path("positions.csv"))
    texts = {
        "states": run(study_of(folder / "states", STATES, "US-RI")).report(),
        "cities": render_report(replace(found, map=point_material(found.panel, positions, {}))),
    }
    for name, text in texts.items():
        (folder / f"{name}.html").write_text(text, encoding="utf-8")
    return {name: folder / f"{name}.html" for name in texts}


@pytest.fixture(scope="module")
def opened(chromium: Browser, files: dict[str, Path]) -> Iterator[Opened]:
    """Give a function that opens a report of a width once, for all tests: they look at it and leave it as it is."""
    pages: dict[tuple[str, int], Page] = {}
    asked: list[str] = []
    complaints: list[str] = []

    def drawn(name: str, width: int) -> tuple[Page, list[str]]:
        if (name, width) not in pages:
            context = without_network(chromium, asked, viewport={"width": width, "height": 800})
            page = pages[name, width] = context.new_page()
            page.on("console", lambda message: complaints.append(message.text))
            page.on("pageerror", lambda error: complaints.append(str(error)))
            page.goto(files[name].as_uri())
            page.wait_for_selector("html[data-ready=yes]")
        assert not asked
        return pages[name, width], complaints

    yield drawn
    for page in pages.values():
        page.context.close()
    assert (asked, complaints) == ([], [])


@pytest.mark.parametrize(
    ("width", "least"), [(1280, {"US-AK": 1500, "US-HI": 100}), (390, {"US-AK": 700, "US-HI": 50})]
)
def test_alaska_and_hawaii_are_seen(width: int, least: dict[str, int], opened: Opened) -> None:
    page, complaints = opened("states", width)
    for code in STATES:
        found = page.evaluate(BOX, STATES.index(code))
        assert found["within"], code
        assert found["area"] >= least.get(code, 1 if code == "US-DC" else 5), (code, found)
    assert not complaints


@pytest.mark.parametrize("width", [1280, 390])
def test_words_of_small_states_do_not_run_into_one_another(width: int, opened: Opened) -> None:
    page, _ = opened("states", width)
    boxes = page.evaluate(
        "() => { const frame = document.querySelector('#map-1-chart svg').getBoundingClientRect();"
        "return [...document.querySelectorAll('#map-1-chart .mark-text.role-mark text')]"
        ".filter(item => /^[A-Z]{2} /.test(item.textContent)).map(item => { const box = item.getBoundingClientRect();"
        "return [item.textContent, box.left, box.right, box.top, box.bottom, frame.right]; }) }"
    )
    assert {text[:2] for text, *_ in boxes} >= {"RI"}
    for k, (text, left, right, top, bottom, edge) in enumerate(boxes):
        assert right <= edge + 1, text
        for other, left2, right2, top2, bottom2, _ in boxes[k + 1 :]:
            apart = right <= left2 or right2 <= left or bottom - 2 <= top2 or bottom2 - 2 <= top
            assert apart, (text, other)


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("name", ["states", "cities"])
def test_axe_finds_nothing(name: str, width: int, opened: Opened) -> None:
    page, complaints = opened(name, width)
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    # A picture with a description in words; its marks are not read out one by one.
    assert page.locator("#map-1-chart svg").get_attribute("aria-hidden") == "true"
    pictures = page.locator("figure [role=img]")
    assert pictures.count() == page.locator("figure").count()
    told = [item.get_attribute("aria-label") or "" for item in pictures.all()]
    assert not [words for words in told if len(words) < 40]
    assert page.locator("#map-1-chart").get_attribute("aria-label") in told
    assert any(words.startswith("Map of the treated unit") for words in told)
    assert not complaints


def test_points_are_drawn_in_forms_and_the_treated_one_last(opened: Opened) -> None:
    page, _ = opened("cities", 1280)
    marks = page.evaluate(
        "() => [...document.querySelectorAll('#map-1-chart .mark-symbol.role-mark path')].map(item => "
        "[item.getAttribute('d'), item.getAttribute('fill'), item.getAttribute('stroke')])"
    )
    assert len(marks) == len(CITIES)
    assert marks[-1][0].count("L") == 9  # a star of five points
    assert marks[-1][1] == "#111418"
    assert all("A" in path for path, _, _ in marks[:-1])  # donors are circles
    assert {stroke for _, _, stroke in marks} == {"#4d545c"}
