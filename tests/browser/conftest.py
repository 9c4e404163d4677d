"""One Chromium for the browser tests of a worker; a fresh context, without network, for each test."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from functools import partial
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.browser.lab_pages import Lab, Open, running
from tests.unit.study.guizhou import guizhou

from pilotzone.report.spec import chart_spec
from pilotzone.study.front import load

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page, Route

HERE = Path(__file__).parent

# In this order; a distribution's own build first, since it is the one that CI installs.
NAMES = ("/usr/bin/chromium", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

ARGUMENTS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def find_chromium() -> str | None:
    """Return the path of the first Chromium or Chrome found, or None."""
    for name in NAMES:
        if path := shutil.which(name):
            return path
    return None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # A folder's conftest sees every item of the run: mark only what lies below this folder.
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Give a headless Chromium, started once per worker."""
    path = find_chromium()
    if path is None:
        message = f"no Chromium: none of {', '.join(NAMES)} is on this machine (Debian: apt-get install chromium)"
        if os.environ.get("PILOTZONE_REQUIRE_BROWSER") == "1":
            pytest.fail(f"PILOTZONE_REQUIRE_BROWSER=1, but {message}")
        pytest.skip(message)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


def without_network(chromium: Browser, asked: list[str], **options: Any) -> BrowserContext:
    """Return a fresh context whose pages get nothing from the network; what they ask for is noted down."""

    def refuse(route: Route) -> None:
        asked.append(route.request.url)
        route.abort()

    context = chromium.new_context(**options)
    # A busy machine takes its time; what never comes still fails.
    context.set_default_timeout(180_000)
    context.route(lambda url: not url.startswith(("file:", "data:", "blob:", "about:")), refuse)
    return context


@pytest.fixture
def new_page(chromium: Browser) -> Iterator[Callable[..., Page]]:
    """Give a function that opens a page in a context of its own; its arguments are those of `new_context`.

    Anything that the page asks of the network is refused and fails the test at its end.
    """
    contexts: list[BrowserContext] = []
    asked: list[str] = []

    def open_page(**options: Any) -> Page:
        contexts.append(without_network(chromium, asked, **options))
        return contexts[-1].new_page()

    yield open_page
    for context in contexts:
        context.close()
    assert not asked, f"the page asked the network for {asked}"


@pytest.fixture
def page(new_page: Callable[..., Page]) -> Page:
    """Give a page of 1280 by 800 CSS pixels."""
    return new_page(viewport={"width": 1280, "height": 800})


HOSTILE = {
    "A": "<script>window.hit=1</script>",
    "B": "</script><script>window.hit=2</script>",
    "C": "<img src=x onerror='window.hit=3'>\"'",
    "D": "{{ 7 * 7 }}{% raw %}${window.hit=4}",
    "E": "\u202eright to left\u202c",
    "F": '=HYPERLINK("https://example.org")',
    "G": "+1+1",
    "H": "-1-1",
    "I": "@SUM(A1:A9)",
    "J": "datum.gap && (window.hit = 5)",
}
"""Names of invented units, each an attempt at something."""


def hostile_siting(folder: Path) -> Path:
    """Write a siting file of two provinces, one of them without temperatures, and a place with a hostile name."""
    path = folder / "siting.toml"
    path.write_text(
        """
title = "</script><script>window.hit=6</script>"
draws = 500
batches = 25
regions = ["CN-GZ", "CN-GS"]

[[criterion]]
name = "pue"

[[criterion]]
name = "gdp_gap"

[[place]]
name = "<img src=x onerror='window.hit=7'>"
figures = { pue = 1.2, gdp_gap = 0.1 }
""",
        encoding="utf-8",
    )
    return path


def hostile_plan(folder: Path) -> Path:
    """Write a plan of three sites, names and classes of which are attempts at something."""
    site = """
[[site]]
name = "{name}"
jurisdiction = "{law}"
capacity_mw = 20.0
fixed_cost = 1000.0
cost_per_mwh = {cost}
pue = 1.2
carbon_kg_per_kwh = {carbon}
zone = "{name}"
latitude = 30.0
longitude = {east}
"""
    sites = [
        site.format(name="<img src=x onerror='window.hit=8'>", law="CN", cost=80.0, carbon=0.6, east=105.0),
        site.format(name="Coast", law="CN", cost=90.0, carbon=0.2, east=118.0),
        site.format(name="Abroad", law="US", cost=40.0, carbon=0.1, east=-120.0),
    ]
    rest = """
[[region]]
name = "Everybody"
latitude = 31.0
longitude = 112.0
users = 1.0

[[class]]
name = "<script>window.hit=9</script>"
kind = "personal"
operator = "critical_infrastructure"
operations = ["store"]
load_mw = 2.0
"""
    path = folder / "plan.toml"
    head = 'title = "</script><b>plan"\nday = 2018-01-01\nbooks = ["china"]\nfrontier = 3\n'
    path.write_text(head + "".join(sites) + rest, encoding="utf-8")
    return path


def hostile_appraisal(folder: Path) -> Path:
    """Write an appraisal that asks for all there is, names in which are attempts at something."""
    bundled = (resources.files("pilotzone.study.appraisal") / "bundled" / "guizhou-campus.toml").read_text("utf-8")
    assert bundled.count('name = "contracts, land and staff"') == 1
    path = folder / "appraisal.toml"
    text = bundled.replace("contracts, land and staff", "<img src=x onerror='window.hit=9'>")
    path.write_text(text + "\n[chance]\ndraws = 4000\n", encoding="utf-8")
    return path


def hostile_campus(folder: Path) -> Path:
    """Write a campus of two sites with all there is, names in which are attempts at something."""
    prices = "".join(f"{(300, 900)[hour // 12 % 2]}\n" for hour in range(8760))
    (folder / "prices.csv").write_text(f"cny_per_mwh\n{prices}", encoding="utf-8")
    site = """
[[site]]
name = "NAME"
region = "CN-GZ"
pue = 1.3
wue = 0.2
[site.grid]
prices = "prices.csv"
most_mw = 4.0
[[site.plant]]
technology = "coal"
name = "PLANT"
[site.hydro]
capacity_mw = 2.0
mean_mwh = 9000.0
[site.battery]
[site.diesel]
"""
    head = """
title = "</script><b>campus"
notes = ["<img src=x onerror='window.hit=9'>"]
[campus]
it_mw = 10.0
year = 2027
utilisation = 0.5
in_use = { 2027 = 0.9 }
[stress]
water = [0.4, 1.0, 1.6]
sets_out = 2
[[frontier]]
of = "co2"
points = 2
"""
    sites = [
        site.replace("NAME", "<script>window.hit=9</script>").replace("PLANT", "=HYPERLINK(1)"),
        site.replace("NAME", "2nd \u202e site").replace("PLANT", "';alert(1)//").replace("CN-GZ", "CN-SC"),
    ]
    path = folder / "campus.toml"
    path.write_text(head + "".join(sites), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def report_files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Write reports of all kinds, most with hostile names; their charts are held to the schema of Vega-Lite."""
    from tests.unit.report.factory import AUDIT, make_findings

    import pilotzone as pz
    from pilotzone.study import run
    from pilotzone.study.panel.page import render_evaluation
    from pilotzone.study.panel.run import evaluation_findings
    from pilotzone.study.plan.page import render_plan
    from pilotzone.study.siting.page import render_siting
    from pilotzone.study.zone.page import render_report

    data = HERE.parent / "golden" / "data" / "mpdta.csv"
    jobs = pz.Outcome(
        "log_teen_employment", role="development", good="up", margin=5, scale="log", label=HOSTILE["B"] + HOSTILE["C"]
    )
    effects = pz.evaluate(data, unit="county", time="year", cohort="first_treated", outcomes=jobs, beside=True)
    settings = {"outcomes": [HOSTILE["A"]]}

    folder = tmp_path_factory.mktemp("reports")
    # A chart is checked as it becomes a specification, so that every chart of every kind of study is, once.
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pilotzone.report.page.chart_spec", partial(chart_spec, validate=True))
        texts = {
            "invented": render_report(make_findings(), AUDIT),
            "hostile": render_report(make_findings(labels=HOSTILE, title=HOSTILE["B"]), AUDIT),
            "guizhou": guizhou().report(),
            "plan": render_plan(run(load(hostile_plan(folder), kind="plan")).findings),
            "appraisal": run(load(hostile_appraisal(folder), kind="appraisal")).report(),
            "campus": run(load(hostile_campus(folder), kind="campus")).report(),
            "siting": render_siting(run(load(hostile_siting(folder), kind="siting")).findings),
            "evaluation": render_evaluation(
                evaluation_findings("many", effects, data=data), {"study": {"settings": settings}}
            ),
        }
    for name, text in texts.items():
        (folder / f"{name}.html").write_text(text, encoding="utf-8")
    return {name: folder / f"{name}.html" for name in texts}


@pytest.fixture
def open_report(new_page: Callable[..., Page], report_files: dict[str, Path]) -> Iterator[Callable[..., Page]]:
    """Give a function that opens a report by name and waits until it is drawn; a complaint on the console fails."""
    complaints: list[str] = []

    def open_one(name: str, *, width: int = 1280, **options: Any) -> Page:
        page = new_page(viewport={"width": width, "height": 800}, **options)
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(report_files[name].as_uri())
        if options.get("java_script_enabled", True):
            page.wait_for_selector("html[data-ready=yes]")
        return page

    yield open_one
    assert not complaints


@pytest.fixture(scope="session")
def drawn_reports(chromium: Browser, report_files: dict[str, Path]) -> Iterator[Callable[[str, int], Page]]:
    """Give a function that opens a report of a width once, for all tests that do no more than look at it."""
    pages: dict[tuple[str, int], Page] = {}
    asked: list[str] = []
    complaints: list[str] = []

    def drawn(name: str, width: int) -> Page:
        if (name, width) not in pages:
            context = without_network(chromium, asked, viewport={"width": width, "height": 800})
            page = pages[name, width] = context.new_page()
            page.on("console", lambda message: complaints.append(message.text))
            page.on("pageerror", lambda error: complaints.append(str(error)))
            page.goto(report_files[name].as_uri())
            page.wait_for_selector("html[data-ready=yes]")
        assert (asked, complaints) == ([], [])
        return pages[name, width]

    yield drawn
    for page in pages.values():
        page.context.close()
    assert (asked, complaints) == ([], [])


@pytest.fixture
def look_at(drawn_reports: Callable[[str, int], Page]) -> Callable[..., Page]:
    """Give a function that gives a drawn report by name, 1280 CSS pixels wide unless told; it must be left as it is."""

    def look(name: str, *, width: int = 1280) -> Page:
        return drawn_reports(name, width)

    return look


@pytest.fixture(scope="session")
def bare_lab(tmp_path_factory: pytest.TempPathFactory, chromium: Browser) -> Iterator[Lab]:
    """Run the lab on an empty folder, once for all tests that write nothing there."""
    with running(tmp_path_factory.mktemp("bare"), chromium) as lab:
        yield lab


@pytest.fixture(scope="module")
def shared_lab(home: Path, chromium: Browser) -> Iterator[Lab]:
    """Run the lab on the folder of a module (its fixture ``home``), once for its tests: no file may be in their way."""
    with running(home, chromium) as lab:
        yield lab


@pytest.fixture
def lab(shared_lab: Lab) -> Iterator[Open]:
    """Visit the lab of the module."""
    with shared_lab.visit() as opened:
        yield opened
