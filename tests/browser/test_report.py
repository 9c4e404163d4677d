"""The report in Chromium: drawn, reachable, exportable, printable, and deaf to what names try."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from tests.browser.conftest import HOSTILE

from pilotzone.report.legible import legible

if TYPE_CHECKING:
    from playwright.sync_api import Page

Open = Callable[..., "Page"]
NAMES = ("invented", "guizhou")


def saved(page: Page, selector: str) -> bytes:
    with page.expect_download() as download:
        page.locator(selector).click()
    return Path(download.value.path()).read_bytes()


def table_cells(page: Page, table: str) -> list[list[list[str | None]]]:
    found: list[list[list[str | None]]] = page.evaluate(
        "id => [...document.getElementById(id).rows].map(row => [...row.cells].map(cell => "
        "[cell.textContent.trim(), cell.dataset.value ?? null, cell.dataset.head ?? null]))",
        table,
    )
    return found


@pytest.mark.parametrize("name", [*NAMES, "hostile"])
def test_policy_admits_the_scripts_of_the_page_by_hash_and_nothing_else(
    name: str, report_files: dict[str, Path]
) -> None:
    text = report_files[name].read_text(encoding="utf-8")
    found = re.search(r'Content-Security-Policy" content="([^"]*)"', text)
    assert found
    policy = found[1].replace("&#39;", "'")
    assert "unsafe" not in policy
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == "'none'"
    for tag, rule in (("script", "script-src"), ("style", "style-src")):
        texts = re.findall(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
        hashes = [f"'sha256-{base64.b64encode(hashlib.sha256(item.encode()).digest()).decode()}'" for item in texts]
        assert rules[rule].split() == hashes
    assert not re.search(r"<(?:script|iframe|img|link)[^>]*(?:src|href)=\"?https?:", text)


@pytest.mark.parametrize("name", NAMES)
def test_every_chart_is_drawn(name: str, look_at: Open) -> None:
    page = look_at(name)
    counts = page.eval_on_selector_all(
        "figure", "all => all.map(f => [f.id, f.querySelectorAll('.chart svg path, .chart svg line').length])"
    )
    assert len(counts) >= 7
    assert all(count > 10 for _, count in counts), counts
    placebos = page.locator("#joint-1 table tbody tr").count() - 1
    lines = page.eval_on_selector_all("#gaps-1 .mark-line path", "all => all.length")
    assert lines == placebos + 1


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("name", NAMES)
def test_axe_finds_nothing(name: str, width: int, look_at: Open) -> None:
    page = look_at(name, width=width)
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("width", [1280, 390])
def test_axe_finds_nothing_in_the_dark_with_all_parts_open(width: int, open_report: Open) -> None:
    page = open_report("invented", width=width, bypass_csp=True, color_scheme="dark")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(20, 23, 27)"
    assert page.evaluate("getComputedStyle(document.querySelector('.chart')).backgroundColor") == "rgb(255, 255, 255)"
    page.evaluate("document.querySelectorAll('details').forEach(item => { item.open = true; })")
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


def comes_true(page: Page, condition: str) -> None:
    """Wait for a condition; Playwright's own waiting evaluates text in the page, which its policy forbids."""
    for _ in range(100):
        if page.evaluate(condition):
            return
        page.wait_for_timeout(50)
    pytest.fail(condition)


@pytest.mark.parametrize("name", NAMES)
def test_links_of_the_contents_lead_to_every_section_and_open_it(name: str, open_report: Open) -> None:
    # A scroll that still moves takes no second order; people do not click that soon.
    page = open_report(name, reduced_motion="reduce")
    links = page.eval_on_selector_all("#contents a", "all => all.map(link => link.hash.slice(1))")
    sections = page.eval_on_selector_all("main > section[id]", "all => all.map(section => section.id)")
    assert set(sections) - {"verdict", "paths"} == set(links)
    assert len(set(links)) == len(links)
    assert page.locator("#sources > details").get_attribute("open") is None
    for _ in range(2):  # the second time the address is the same
        page.locator("#contents a[href='#sources']").click()
        comes_true(page, "document.querySelector('#sources > details').open")
        comes_true(page, "document.getElementById('sources').getBoundingClientRect().top < innerHeight")
        page.evaluate("document.querySelector('#sources > details').open = false")


def test_an_address_with_a_fragment_opens_what_it_names(report_files: dict[str, Path], page: Page) -> None:
    page.goto(f"{report_files['invented'].as_uri()}#tests")  # a table within a part
    comes_true(page, "document.querySelector('#tests-section > details').open")
    assert not page.evaluate("document.querySelector('#audit-section > details').open")


def test_charts_in_folded_parts_are_as_wide_as_others(open_report: Open) -> None:
    page = open_report("invented")
    page.evaluate("document.querySelectorAll('details.part').forEach(item => { item.open = true; })")
    widths = page.eval_on_selector_all(
        "#others figure .chart", "all => all.map(e => [e.clientWidth, e.querySelector('svg').clientWidth])"
    )
    assert len(widths) >= 2
    assert all(room - 2 <= drawn <= room for room, drawn in widths)


@pytest.mark.parametrize("width", [390, 320])
@pytest.mark.parametrize("name", [*NAMES, "hostile"])
def test_the_page_never_scrolls_sideways(name: str, width: int, open_report: Open) -> None:
    page = open_report(name, width=width)
    page.evaluate("document.querySelectorAll('details').forEach(item => { item.open = true; })")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_keyboard_reaches_and_works_every_control(open_report: Open) -> None:
    page = open_report("invented")
    # What stands in a folded part is out of reach until its heading is opened.
    want = page.evaluate(
        "[...document.querySelectorAll('a[href], button, summary')].filter(item => {"
        " const part = (item.tagName === 'SUMMARY' ? item.parentElement.parentElement : item)"
        ".closest('details:not([open])'); return part === null; }).length"
    )
    reached: list[list[Any]] = []
    while len(reached) < 4 * want:
        page.keyboard.press("Tab")
        state = page.evaluate(
            "() => { const e = document.activeElement; const s = getComputedStyle(e);"
            " window.seen ??= []; const again = window.seen.includes(e) || e === document.body; window.seen.push(e);"
            " return [again, e.tagName, s.outlineStyle, parseFloat(s.outlineWidth)]; }"
        )
        if state[0]:
            break
        reached.append(state[1:])
    assert sum(tag in {"A", "BUTTON", "SUMMARY"} for tag, _, _ in reached) == want
    assert all(style == "solid" and width >= 2 for _, style, width in reached)
    page.locator("#paths-1 summary").focus()
    page.keyboard.press("Enter")
    assert page.evaluate("document.querySelector('#paths-1 details').open")
    with page.expect_download():
        page.locator("#paths-1 button[data-as=svg]").focus()
        page.keyboard.press("Enter")


def test_svg_and_png_are_files_of_their_own(open_report: Open) -> None:
    page = open_report("guizhou")
    title = page.locator("#paths-1 h3").text_content() or ""
    for figure in ("map-1", "paths-1", "joint-1"):
        svg = ET.fromstring(saved(page, f"#{figure} button[data-as=svg]"))  # noqa: S314 - made here
        assert svg.tag.endswith("}svg")
        assert len(list(svg.iter())) > 50
        words = "".join(svg.itertext())
        assert "Source:" in words
        if figure == "paths-1":
            assert title.split(" ", 1)[0] in words
        if figure == "map-1":
            assert "Boundaries are as in the source" in words.replace("\n", " ")
    png = saved(page, "#paths-1 button[data-as=png]")
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    assert int.from_bytes(png[16:20], "big") >= 1440
    assert len(png) > 10_000


@pytest.mark.parametrize("name", NAMES)
def test_csv_gives_the_figures_of_every_table(name: str, open_report: Open) -> None:
    page = open_report(name)
    # Kept in the page: Chromium stops a page that saves many files in a row. Saving itself is tested above.
    page.evaluate(
        "() => { window.kept = []; const make = URL.createObjectURL.bind(URL);"
        " URL.createObjectURL = blob => { window.kept.push(blob); return make(blob); };"
        " HTMLAnchorElement.prototype.click = () => {}; }"
    )
    for table in page.eval_on_selector_all("table", "all => all.map(table => table.id)"):
        data = page.evaluate(
            "id => { document.querySelector(`button[data-table='${id}']`).click(); return window.kept.at(-1).text(); }",
            table,
        )
        rows = list(csv.reader(io.StringIO(data)))
        cells = table_cells(page, table)
        assert len(rows) == len(cells)
        for row, shown in zip(rows, cells, strict=True):
            want = [value if value is not None else head if head is not None else text for text, value, head in shown]
            assert [item.removeprefix("'") if item[1:2] in "=+-@" and item[:1] == "'" else item for item in row] == want


def test_hostile_names_do_nothing_anywhere(open_report: Open) -> None:
    page = open_report("hostile")
    assert page.evaluate("window.hit") is None
    assert page.locator("h1").text_content() == HOSTILE["B"]
    assert page.locator("script").count() == 4
    page.evaluate("document.querySelectorAll('details').forEach(item => { item.open = true; })")
    data = saved(page, "div.sheet button[data-table='gaps-1-data']").decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(data)))
    names = [row[0] for row in rows[1:]]
    told = [legible(text) for text in HOSTILE.values()]
    assert set(names) == {f"'{text}" if text[0] in "=+-@" else text for text in told}
    assert "right to left" in names  # without the signs that would turn what stands beside it
    assert all(re.fullmatch(r"-?\d+(\.\d+)?(e-?\d+)?", cell) for row in rows[1:] for cell in row[1:])
    svg = ET.fromstring(saved(page, "#paths-1 button[data-as=svg]"))  # noqa: S314 - made here
    assert not [item for item in svg.iter() if item.tag.endswith(("script", "foreignObject", "image"))]
    assert HOSTILE["A"] in "".join(svg.itertext())
    page.locator("#joint-1 .mark-symbol.role-mark path").last.hover()
    assert HOSTILE["A"] in (page.locator("#tip").text_content() or "")
    assert page.evaluate("window.hit") is None


@pytest.mark.parametrize("name", NAMES)
def test_print_shows_all_and_cuts_nothing(name: str, open_report: Open) -> None:
    # A4 less its margins, in CSS pixels.
    page = open_report(name, width=688)
    page.emulate_media(media="print")
    hidden = page.eval_on_selector_all(
        ".chart svg, main > section table:not(.data table, #audit-section table)",
        "all => all.filter(e => { const b = e.getBoundingClientRect(); return !(b.width > 100 && b.height > 40); })"
        ".map(e => e.id || e.closest('figure').id)",
    )
    assert hidden == []
    cut = page.eval_on_selector_all(
        "main *:not(.visually-hidden)",
        "all => all.filter(e => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest('svg'))"
        ".map(e => (e.closest('[id]') || e).id)",
    )
    assert cut == []
    assert page.locator(".tools").first.is_hidden()
    assert page.locator("#audit-section").is_hidden()
    pdf = page.pdf(prefer_css_page_size=True)
    assert pdf[:5] == b"%PDF-"
    pages = len(re.findall(rb"/Type\s*/Page\b", pdf))
    # "About forty pages", says docs/how-to/read-the-report.md of Guizhou.
    assert 36 <= pages <= 44 if name == "guizhou" else 5 <= pages <= 25


def test_without_scripts_verdict_and_tables_can_be_read(open_report: Open) -> None:
    page = open_report("guizhou", java_script_enabled=False)
    assert page.locator("#verdict h2").is_visible()
    assert page.locator(".noscript").is_visible()
    assert page.locator("#rests tbody tr").first.is_visible()
    page.locator("#tests-section > details > summary").click()
    assert page.locator("#tests tbody tr").first.is_visible()
    assert page.locator(".tools").first.is_hidden()
    page.locator("#paths-1 summary").click()
    assert page.locator("#paths-1-data").is_visible()
