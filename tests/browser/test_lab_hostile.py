"""Names that try something, in studies of who gains and of effects elsewhere, on their pages of the lab.

The policy of the page would stop most of what a name can try: the browser is told to leave it out, so that names alone
are at work.
"""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.browser.conftest import HOSTILE
from tests.browser.lab_pages import Open, follow, reaches
from tests.unit.study.inclusive import PEOPLE, REGIONS, write_people, write_regions

from pilotzone.report.legible import legible
from pilotzone.study.runs.begun import quoted

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

TITLE = "</script><script>window.hit=11</script>\u202e=1+1"
TURNING = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


def renamed(path: Path, column: str, names: dict[str, str]) -> None:
    """Write a table again with other names in a column."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    at = rows[0].index(column)
    for row in rows[1:]:
        row[at] = names.get(row[at], row[at])
    headed(path, rows, {})


def headed(path: Path, rows: list[list[str]], names: dict[str, str]) -> None:
    """Write rows as CSV, with other names of columns."""
    rows[0] = [names.get(name, name) for name in rows[0]]
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)


def regions(folder: Path) -> tuple[str, list[str]]:
    """Write regions, groups and a covariate with hostile names; return the study and names that its page shows."""
    write_regions(folder)
    path = folder / "regions.csv"
    renamed(path, "region", {f"r{k:02d}": text for k, text in enumerate(HOSTILE.values())})
    renamed(path, "remote", {"far": HOSTILE["C"], "near": HOSTILE["F"]})
    with path.open(encoding="utf-8", newline="") as file:
        headed(path, list(csv.reader(file)), {"km": HOSTILE["B"], "remote": HOSTILE["J"]})
    text = (
        REGIONS.replace('"Regions"', quoted(TITLE))
        .replace('"remote"', quoted(HOSTILE["J"]))
        .replace('"km"', quoted(HOSTILE["B"]))
        .replace('"Prices differ."', ", ".join(quoted(one) for one in HOSTILE.values()))
        .replace('"Invented figures"', quoted(HOSTILE["D"] + HOSTILE["C"]))
        .replace('"CNY"', quoted(HOSTILE["C"]))
        .replace('scale = "log"', 'scale = "level"')
    )
    return text, [HOSTILE["C"], HOSTILE["F"], HOSTILE["B"], HOSTILE["E"]]


def people(folder: Path) -> tuple[str, list[str]]:
    """Write people in hostile groups and counties."""
    write_people(folder)
    path = folder / "people.csv"
    renamed(path, "kind", {"urban": HOSTILE["A"], "rural": HOSTILE["G"]})
    renamed(path, "county", {f"c{k}": text for k, text in enumerate(HOSTILE.values())})
    text = (
        PEOPLE.replace('"Counties"', quoted(TITLE))
        .replace('"An invented survey."', quoted(HOSTILE["C"]))
        .replace('line_source = "invented"', f"line_source = {quoted(HOSTILE['E'] + HOSTILE['B'])}")
        .replace('"CNY"', quoted(HOSTILE["C"]))
    )
    return text, [HOSTILE["A"], HOSTILE["G"], HOSTILE["C"]]


def elsewhere(folder: Path) -> tuple[str, list[str]]:  # noqa: ARG001 - as the others
    """Return a transfer whose zones, candidates, moderator, treatment and sources have hostile names."""
    names = list(HOSTILE.values())
    zones = "".join(
        f"[[effect]]\nzone = {quoted(name)}\neffect = {0.01 + 0.004 * k}\nse = 0.012\nsource = {quoted(names[-k])}\n"
        f"moderators = {{ {quoted(HOSTILE['B'])} = {3.0 + k} }}\n"
        for k, name in enumerate(names)
    )
    places = "".join(
        f"[[candidate]]\nname = {quoted(f'{k}{name}')}\nmoderators = {{ {quoted(HOSTILE['B'])} = {value} }}\n"
        for k, (name, value) in enumerate(((HOSTILE["C"], 5.0), (HOSTILE["E"], 6.0), (HOSTILE["A"], 90.0)))
    )
    head = f"""
title = {quoted(TITLE)}
question = {quoted(HOSTILE["C"])}
[transfer]
treatment = {quoted(HOSTILE["C"])}
horizon = {quoted(HOSTILE["E"])}
draws = 2000
[[outcomes]]
name = "gdp"
label = {quoted(HOSTILE["A"] + HOSTILE["E"])}
scale = "level"
unit = {quoted(HOSTILE["C"])}
[[moderator]]
name = {quoted(HOSTILE["B"])}
unit = {quoted(HOSTILE["J"])}
declared = {quoted(HOSTILE["A"])}
reason = {quoted(HOSTILE["C"])}
[[priors]]
tau_scale = 0.02
why = {quoted(HOSTILE["C"])}
"""
    return head + zones + places, [*names, f"1{HOSTILE['E']}", f"2{HOSTILE['A']}"]


WRITTEN: dict[str, Callable[[Path], tuple[str, list[str]]]] = {
    "regions": regions,
    "people": people,
    "elsewhere": elsewhere,
}


@pytest.fixture(scope="module")
def shown() -> dict[str, list[str]]:
    """Give the names that the page of each study shows."""
    return {}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, shown: dict[str, list[str]]) -> Path:
    """Give a folder with the three studies."""
    place = tmp_path_factory.mktemp("lab")
    for name, write in WRITTEN.items():
        text, shown[name] = write(place)
        (place / f"{name}.toml").write_text(text, encoding="utf-8")
    return place


def nothing_happened(page: Page) -> None:
    assert page.evaluate("window.hit") is None
    assert page.locator("main img, main iframe, main object, main script, main a[href^='javascript:']").count() == 0
    assert page.locator("main [onerror], main [onload], main [onclick], main [onmouseover]").count() == 0


@pytest.mark.parametrize("name", WRITTEN)
def test_names_do_nothing_and_are_shown_as_they_are(lab: Open, shown: dict[str, list[str]], name: str) -> None:
    page = lab(bypass_csp=True)
    follow(page.locator(f"a[href='/study?study={name}.toml']"))
    reaches(page, "whole")
    nothing_happened(page)
    assert page.text_content("#heading") == legible(TITLE)
    told = page.text_content("#result") or ""
    for text in shown[name]:
        assert legible(text) in told, text
    # Signs that turn the direction of writing stand nowhere: neither in texts nor in charts nor in names of controls.
    everything = page.evaluate("document.documentElement.outerHTML")
    assert [f"{ord(sign):x}" for sign in TURNING if sign in everything] == []
    charts = page.locator("#result .chart")
    assert charts.count() >= 1
    assert charts.locator("svg").count() == charts.count()
    # Every mark is pointed at: what is told of it is text as well.
    for mark in page.locator("#result .chart svg .role-mark path, #result .chart svg .role-mark rect").all()[:40]:
        mark.dispatch_event("pointermove")
        mark.dispatch_event("mouseover")
    nothing_happened(page)


@pytest.mark.parametrize("name", WRITTEN)
def test_tables_that_are_saved_hold_no_formula(lab: Open, name: str) -> None:
    page = lab(bypass_csp=True)
    follow(page.locator(f"a[href='/study?study={name}.toml']"))
    reaches(page, "whole")
    page.evaluate("document.querySelectorAll('details').forEach(item => { item.open = true; })")
    buttons = page.locator("#result button[data-table]")
    assert buttons.count() >= 1
    words: set[str] = set()
    for button in buttons.all():
        with page.expect_download() as download:
            button.click()
        page.wait_for_timeout(110)  # the eleventh download within a second is dropped: Chromium's guard against floods
        text = Path(download.value.path()).read_text(encoding="utf-8-sig")
        words |= {cell for row in csv.reader(io.StringIO(text)) for cell in row}
    number = re.compile(r"[+-]?\d+(\.\d+)?(e[+-]?\d+)?")
    assert [word for word in words if word[:1] in {"=", "+", "-", "@", "\t"} and not number.fullmatch(word)] == []
    assert any(word.startswith("'") for word in words)
    nothing_happened(page)
