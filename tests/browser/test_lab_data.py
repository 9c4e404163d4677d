"""A table of one's own in Chromium: from a file to a verdict, with what cannot be read shown at its cell."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.browser.lab_pages import Open, find_nothing, follow, reaches, started
from tests.unit.study.invented import write_figures

from pilotzone.study import run

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Route

DROP = """(place, [name, text]) => {
    const files = new DataTransfer();
    files.items.add(new File([text], name, { type: "text/csv" }));
    for (const kind of ["dragenter", "dragover", "drop"])
        place.dispatchEvent(new DragEvent(kind, { dataTransfer: files, bubbles: true, cancelable: true }));
}"""
HOSTILE = "<img src=x onerror=document.title='hit'>"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Give the folder of the lab, and beside it a table that is not in it."""
    (tmp_path / "lab").mkdir()
    write_figures(tmp_path)
    return tmp_path / "lab"


@pytest.fixture
def lab(home: Path, chromium: Browser) -> Iterator[Open]:
    """Start the lab on the folder."""
    with started(home, chromium) as opened:
        yield opened


def to_table(page: Page) -> None:
    """Open the page of tables, and wait until its script listens: what is dropped before that is lost."""
    follow(page.get_by_role("link", name="Begin a study from a table of your own"))


def test_from_a_file_to_a_verdict(lab: Open, home: Path) -> None:
    page = lab()
    to_table(page)
    page.set_input_files("#file", home.parent / "figures.csv")
    reaches(page, "whole")
    assert "24 units" in (page.text_content("#summary") or "")
    assert page.input_value("#role-0") == "unit"
    assert page.input_value("#role-1") == "period"
    page.select_option("#role-3", "")  # people: not an outcome
    page.get_by_text("2 outcomes").wait_for()
    reaches(page, "whole")
    page.select_option("#zone", "Place A")
    page.select_option("#start", "2014")
    for column, unit in (("2", "1e6 CNY"), ("4", "kt")):
        page.fill(f"#unit-{column}", unit)
        page.fill(f"#margin-{column}", "5")
    page.select_option("#part-4", "environment")
    page.select_option("#good-4", "down")
    page.fill("#name", "mine")
    page.focus("#make")
    page.keyboard.press("Enter")
    reaches(page, "written")
    assert (home / "tables" / "figures.csv").read_bytes() == (home.parent / "figures.csv").read_bytes()
    verdict = run(home / "mine.toml", out=home / "runs" / "mine").verdict.label
    follow(page.get_by_role("link", name="Open mine.toml"))
    reaches(page, "whole")
    assert verdict in (page.text_content("#verdict h2") or "").lower()


def test_faults_stand_at_their_cells_and_names_stay_text(lab: Open, home: Path) -> None:
    page = lab()
    to_table(page)
    rows = "".join(f"{HOSTILE},{year},{'n/a' if year == 2002 else year}\nB,{year},1\n" for year in (2001, 2002))
    page.eval_on_selector("#drop", DROP, ["../<b>.csv", f"{HOSTILE},year,x\n{rows}"])
    reaches(page, "whole")
    cell = page.locator("#cell-2-2")
    assert "leave a cell empty" in cell.inner_text()
    assert cell.locator("xpath=..").locator("th").inner_text() == "line 4"
    assert "line 4" in page.locator("#findings a").first.inner_text()
    assert page.locator("#asked").is_hidden()
    assert page.locator("#rows img").count() == 0
    assert page.title() != "hit"
    assert [path.name for path in (home / "tables").iterdir()] == ["b.csv"]
    # A click at the head of the column: it is not an outcome, and then one is missing.
    page.select_option("#role-2", "")
    page.get_by_text("has to be chosen").wait_for()
    reaches(page, "whole")


def test_a_file_that_is_chosen_before_the_script_listens_is_read(lab: Open, home: Path) -> None:
    page = lab()
    held: list[Route] = []
    page.route("**/assets/data.js", lambda route: held.append(route))  # noqa: PLW0108 (Playwright marks the function)
    page.get_by_role("link", name="Begin a study from a table of your own").click()
    page.set_input_files("#file", home.parent / "figures.csv")
    assert page.get_attribute("html", "data-state") is None
    held[0].continue_()
    reaches(page, "whole")
    assert "24 units" in (page.text_content("#summary") or "")


def test_what_is_not_a_table_is_said(lab: Open, home: Path) -> None:
    page = lab()
    to_table(page)
    (home.parent / "x.xlsx").write_bytes(b"PK\x03\x04 nothing")
    page.set_input_files("#file", home.parent / "x.xlsx")
    reaches(page, "refused")
    assert page.locator("#refused").is_visible()


@pytest.mark.parametrize("width", [1280, 390])
def test_axe_finds_nothing(lab: Open, home: Path, width: int) -> None:
    page = lab(width=width, bypass_csp=True, color_scheme="dark" if width == 390 else "light")
    to_table(page)
    find_nothing(page, width)
    broken = (home.parent / "figures.csv").read_text(encoding="utf-8").replace("Place B,2001,", "Place B,2001,?")
    (home.parent / "broken.csv").write_text(broken, encoding="utf-8")
    page.set_input_files("#file", home.parent / "broken.csv")
    reaches(page, "whole")
    find_nothing(page, width)
    page.set_input_files("#file", home.parent / "figures.csv")
    page.get_by_text("24 units").wait_for()
    reaches(page, "whole")
    find_nothing(page, width)
