"""Pictures of the lab in the documentation: made here, and stale as soon as what they show reads otherwise.

``PILOTZONE_PICTURES=1`` makes them anew. Without it, each screen is made again: its text, its size and the bytes of the
picture have to be those that were noted when the picture was made. Pixels are not compared: fonts differ by machine.
"""

from __future__ import annotations

import json
import os
import struct
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.browser.lab_pages import Lab, reaches
from tests.unit.study.invented import write_figures

if TYPE_CHECKING:
    from playwright.sync_api import Page

FOLDER = Path(__file__).parents[2] / "docs" / "how-to" / "figures"
NOTES = FOLDER / "lab.json"
PAGE = FOLDER.parent / "use-the-lab.md"
SIZE = (1100, 720)


@pytest.fixture(scope="module")
def screen(bare_lab: Lab) -> Iterator[Page]:
    """Open the lab on an empty folder, in a window of the pictures' size."""
    with bare_lab.visit() as opened:
        page = opened(width=SIZE[0])
        page.set_viewport_size({"width": SIZE[0], "height": SIZE[1]})
        yield page


def to_verdict(page: Page, _: Path) -> str:
    page.goto(f"{origin(page)}/study?study=zone/guizhou")
    reaches(page, "whole")
    page.keyboard.press("Escape")  # the tour
    page.evaluate("document.activeElement.blur(); window.scrollTo(0, 0)")
    return page.inner_text("#answer") + page.inner_text("#fields")


def to_tour(page: Page, folder: Path) -> str:
    to_verdict(page, folder)
    page.get_by_role("button", name="Tour in six steps").click()
    page.wait_for_timeout(800)  # it scrolls softly
    return page.inner_text(".tour")


def to_map(page: Page, _: Path) -> str:
    page.goto(f"{origin(page)}/map?study=zone/guizhou&map.region=CN-GZ&map.period=2018")
    reaches(page, "whole")
    return page.inner_text("#shown")


def to_table(page: Page, folder: Path) -> str:
    table = write_figures(folder)
    text = table.read_text(encoding="utf-8").splitlines()
    text[3] = text[3].rsplit(",", 1)[0] + ",n/a"
    table.write_text("\n".join(text), encoding="utf-8")
    page.goto(f"{origin(page)}/data")
    page.set_input_files("#file", table)
    reaches(page, "whole")
    page.evaluate("document.getElementById('table-head').scrollIntoView()")
    return page.inner_text("#looked")


SHOWN: dict[str, Callable[[Page, Path], str]] = {
    "lab-verdict": to_verdict,
    "lab-tour": to_tour,
    "lab-map": to_map,
    "lab-table": to_table,
}


def origin(page: Page) -> str:
    return "/".join(page.url.split("/")[:3])


def size_of(png: bytes) -> tuple[int, int]:
    width, height = struct.unpack(">II", png[16:24])
    return width, height


@pytest.mark.parametrize("name", SHOWN)
def test_a_picture_shows_what_the_lab_shows(name: str, screen: Page, tmp_path: Path) -> None:
    text = SHOWN[name](screen, tmp_path)
    assert len(text) > 100
    said = sha256(" ".join(text.split()).encode()).hexdigest()
    file = FOLDER / f"{name}.png"
    if os.environ.get("PILOTZONE_PICTURES") == "1":
        screen.wait_for_timeout(500)
        FOLDER.mkdir(exist_ok=True)
        file.write_bytes(screen.screenshot())
        notes = json.loads(NOTES.read_text(encoding="utf-8")) if NOTES.exists() else {}
        notes[name] = {"text": said, "picture": sha256(file.read_bytes()).hexdigest()}
        NOTES.write_text(json.dumps(notes, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    noted = json.loads(NOTES.read_text(encoding="utf-8"))[name]
    stale = "make the pictures anew: PILOTZONE_PICTURES=1 pytest tests/browser/test_lab_pictures.py"
    assert noted["text"] == said, stale
    assert noted["picture"] == sha256(file.read_bytes()).hexdigest(), stale
    assert size_of(file.read_bytes()) == SIZE
    assert size_of(screen.screenshot()) == SIZE


def test_every_picture_is_on_the_page() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert {file.stem for file in FOLDER.glob("lab-*.png")} == set(SHOWN) == set(json.loads(NOTES.read_text("utf-8")))
    for name in SHOWN:
        assert f"](figures/{name}.png)" in page
