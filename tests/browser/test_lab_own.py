"""One's own shapes, tables and beginnings in the lab, in Chromium: from an empty page to a result."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.browser.lab_pages import Open, find_nothing, follow, reaches, started
from tests.browser.test_lab_data import to_table
from tests.unit.gather.own_shapes import features, written
from tests.unit.study.forged import write_towns
from tests.unit.study.inclusive import write_people, write_regions, write_wide_fifths
from tests.unit.study.invented import Figures, write_study, write_wide

from pilotzone.study import load, run

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

PLACES = tuple(Figures().places)
HOSTILE = "<img src=x onerror=document.title='hit'>"
SHAPES = "#atlas-chart .mark-shape path"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Give the folder of the lab: a study on shapes of its own, and two more files of shapes."""
    place = tmp_path / "lab"
    place.mkdir()
    study = write_study(place)
    study.write_text(study.read_text(encoding="utf-8") + '\n[shapes]\nfile = "own.geojson"\n', encoding="utf-8")
    written(place, features(*PLACES, HOSTILE))
    written(place, features(*PLACES[:6]), "few.topojson")
    written(place, features("North"), "other.json")
    return place


@pytest.fixture
def lab(home: Path, chromium: Browser) -> Iterator[Open]:
    """Start the lab on the folder."""
    with started(home, chromium) as opened:
        yield opened


def clicked(page: Page, code: str) -> str:
    """Click a shape on the map; return what is told of it."""
    codes = page.eval_on_selector_all(SHAPES, "all => all.map(item => item.__data__?.datum?.code)")
    page.locator(SHAPES).nth(codes.index(code)).click()
    return page.text_content("#region") or ""


def redrawn(page: Page, count: int) -> None:
    """Wait until the map has so many shapes."""
    for _ in range(600):
        if page.locator(SHAPES).count() == count:
            return
        page.wait_for_timeout(50)
    pytest.fail(f"{page.locator(SHAPES).count()} shapes, not {count}")


@pytest.mark.parametrize("width", [1280, 390])
def test_shapes_of_the_study_and_of_the_folder(lab: Open, width: int) -> None:
    page = lab(width=width, bypass_csp=True, color_scheme="dark" if width == 390 else "light")
    follow(page.locator("a[href='/study?study=invented.toml']"))
    reaches(page, "whole")
    follow(page.get_by_role("link", name="Map of figures"))
    reaches(page, "whole")
    redrawn(page, len(PLACES) + 1)
    assert "treated from 2014" in clicked(page, PLACES[0])
    assert "Part in the study: donor" in clicked(page, PLACES[1])
    assert "own.geojson" in (page.text_content("#credit") or "")
    find_nothing(page, width)
    page.select_option("#shapes", "few.topojson")
    redrawn(page, 6)
    reaches(page, "whole")
    assert "map.shapes=few.topojson" in page.url
    assert "treated from 2014" in clicked(page, PLACES[0])
    assert "No shape of" in (page.text_content("#credit") or "")
    # A file without any of the regions: one error, the map stays, and the choice is still there.
    page.select_option("#shapes", "other.json")
    reaches_refused(page)
    told = page.inner_text("#refused")
    assert "no shape whose code or name is a unit of the data" in told
    assert "such as 'North'" in told
    assert page.locator(SHAPES).count() == 6
    page.select_option("#shapes", "")
    redrawn(page, len(PLACES) + 1)
    assert page.title() != "hit"
    assert page.locator("img").count() == 0


def reaches_refused(page: Page) -> None:
    page.locator("#refused").wait_for()
    assert page.evaluate("document.documentElement.dataset.state") == "refused"


def test_a_wide_table_from_an_empty_page_to_a_verdict(lab: Open, home: Path) -> None:
    page = lab(bypass_csp=True)
    table = write_wide(home.parent)
    to_table(page)
    page.set_input_files("#file", table)
    reaches(page, "whole")
    assert page.input_value("#role-0") == "unit"
    assert {page.input_value(f"#role-{k}") for k in range(1, 21)} == {"figures"}
    # It is shown as it will be read, and nothing is asked before somebody says yes.
    first = page.locator("#as-read tbody tr").first.inner_text().split("\t")
    assert first[:2] == ["Place A", "2000"]
    assert page.locator("#asked").is_hidden()
    find_nothing(page, 1280)
    page.get_by_role("button", name="Yes, read it so").click()
    assert page.locator("#asked").is_visible()
    page.select_option("#zone", "Place A")
    page.select_option("#start", "2014")
    page.fill("#unit-0", "1e6 CNY")
    page.fill("#margin-0", "5")
    page.fill("#name", "wide")
    find_nothing(page, 1280)
    page.click("#make")
    reaches(page, "written")
    verdict = run(home / "wide.toml", out=home / "runs" / "wide").verdict.label
    follow(page.get_by_role("link", name="Open wide.toml"))
    reaches(page, "whole")
    assert verdict in (page.text_content("#verdict h2") or "").lower()


def test_a_yes_is_to_one_reading(lab: Open, home: Path) -> None:
    page = lab()
    to_table(page)
    page.set_input_files("#file", write_wide(home.parent))
    reaches(page, "whole")
    page.get_by_role("button", name="Yes, read it so").click()
    page.select_option("#role-1", "")
    page.get_by_text("every column that is named by a period has to be chosen").wait_for()
    reaches(page, "whole")
    assert page.locator("#asked").is_hidden()


def test_a_panel_is_begun_from_a_table(lab: Open, home: Path) -> None:
    write_towns(home.parent)
    page = lab(bypass_csp=True)
    to_table(page)
    page.set_input_files("#file", home.parent / "towns.csv")
    reaches(page, "whole")
    page.select_option("#kind", "panel")
    page.locator("#role-2 option[value=cohort]").wait_for(state="attached")
    reaches(page, "whole")
    assert [page.input_value(f"#role-{k}") for k in range(5)] == ["unit", "period", "cohort", "outcome", "outcome"]
    assert page.locator("#zone").is_hidden()
    page.fill("#unit-3", "1")
    page.select_option("#part-3", "development")
    page.fill("#margin-3", "5")
    page.fill("#unit-4", "1")
    assert page.locator("#margin-4").is_disabled()  # reported only
    page.fill("#name", "towns")
    find_nothing(page, 1280)
    page.click("#make")
    reaches(page, "written")
    assert load(home / "towns.toml").kind.name == "panel"
    follow(page.get_by_role("link", name="Open towns.toml"))
    reaches(page, "whole")
    verdict = run(home / "towns.toml", out=home / "runs" / "towns").verdict.label
    assert verdict in (page.text_content("#verdict h2") or "").lower()


def test_places_are_ranked_from_a_table(lab: Open, home: Path) -> None:
    table = home.parent / "cities.csv"
    table.write_text(f"city,rent,grid\nA,1,2\n{HOSTILE},2,1.5\nC,3,\n", encoding="utf-8")
    page = lab(width=390, bypass_csp=True, color_scheme="dark")
    to_table(page)
    page.set_input_files("#file", table)
    reaches(page, "whole")
    page.select_option("#kind", "siting")
    page.get_by_text("3 places, 2 criteria").wait_for()
    reaches(page, "whole")
    page.fill("#unit-1", "CNY")
    page.fill("#unit-2", "kg/kWh")
    for k, weight in ((1, "70"), (2, "20")):
        page.select_option(f"#good-{k}", "down")
        page.fill(f"#weight-{k}", weight)
    page.click("#make")
    page.get_by_text("sum to 90 %, not to 100 %").wait_for()
    page.fill("#weight-2", "30")
    find_nothing(page, 390)
    page.click("#make")
    reaches(page, "written")
    follow(page.get_by_role("link", name="Open cities.toml"))
    reaches(page, "whole")
    assert "A ranks first" in (page.text_content("#verdict h2") or "")
    assert page.title() != "hit"


def regions_are_asked_less(page: Page, table: Path) -> None:
    """Rows of regions have no quantiles, and a claim is then about inequality between regions."""
    page.set_input_files("#file", table)
    page.locator("#looked").wait_for()
    page.select_option("#kind", "inclusion")
    page.get_by_text("each a region").wait_for()
    page.get_by_text("Of regions a claim is about inequality").wait_for()
    assert page.get_by_label("Effects on quantiles of income").is_hidden()


def opens_as_the_command_finds(page: Page, path: Path) -> None:
    """Follow the link to a study that was begun: its page says what the command finds."""
    done = run(path, out=path.parent / "runs" / path.stem)
    follow(page.get_by_role("link", name=f"Open {path.name}"))
    reaches(page, "whole")
    label = done.study.kind.brief(done.findings)
    assert label.lower() in (page.text_content("#verdict h2") or "").lower()


def test_who_gains_from_an_empty_folder_to_a_result(tmp_path: Path, chromium: Browser) -> None:
    write_people(tmp_path)
    write_regions(tmp_path)
    empty = tmp_path / "empty"
    empty.mkdir()
    with started(empty, chromium) as opened:
        page = opened(width=390, bypass_csp=True, color_scheme="dark")
        to_table(page)
        regions_are_asked_less(page, tmp_path / "regions.csv")
        page.set_input_files("#file", tmp_path / "people.csv")
        page.get_by_text("each a person or household").wait_for()
        page.get_by_label("Effects on quantiles of income").wait_for()
        assert page.get_by_text("Of regions a claim is about inequality").is_hidden()
        guess = ["cluster", "period", "group", "income", "people", "zone", ""]
        assert [page.input_value(f"#role-{k}") for k in range(7)] == guess
        # Without weights the page asks whether all count alike; with them it does not.
        page.select_option("#role-4", "")
        page.get_by_label("Every row stands for as many people").wait_for()
        page.select_option("#role-4", "people")
        page.get_by_label("Every row stands for as many people").wait_for(state="hidden")
        page.fill("#source", "An invented survey")
        page.fill("#measure", "CNY")
        page.select_option("#begins", "2016")
        page.get_by_label("Gap to the mean of all").check()
        page.select_option("#claim", "theil_t")
        page.fill("#claim-margin", "0.05")
        page.fill("#name", "gains")
        find_nothing(page, 390)
        page.click("#make")
        page.get_by_text("the claim is about an index that is not asked for").wait_for()
        page.locator("#indices").get_by_label("Theil T").check()
        page.click("#make")
        reaches(page, "written")
        opens_as_the_command_finds(page, empty / "gains.toml")
        assert page.locator("#result .chart svg").count() >= 1


def shares_are_shown_as_read(page: Page, width: int) -> None:
    """Hold the page to show what was read, to wait for a yes, and to ask no amount of shares."""
    assert page.locator("#as-read thead th").all_inner_texts() == ["Region", "Period", "q1", "q2", "q3", "q4", "q5"]
    assert page.locator("#as-read tbody tr").first.inner_text().split("\t")[:2] == [HOSTILE, "2014"]
    assert page.locator("#asked").is_hidden()
    find_nothing(page, width)
    # Four of five columns are not all income: one refusal, and no question.
    page.select_option("#role-3", "")
    page.locator("#door").get_by_text("line 2: the 4 shares of").wait_for()
    assert page.locator("#asked").is_hidden()
    page.select_option("#role-3", "share")
    page.get_by_role("button", name="Yes, read it so").click()
    assert page.get_by_label("Unit of income, such as CNY").is_hidden()
    assert page.locator("#indices input[value=mean]").is_hidden()
    assert page.get_by_label("Gap to the mean of all").is_hidden()


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_who_gains_from_columns_of_shares(tmp_path: Path, chromium: Browser, width: int, scheme: str) -> None:
    write_wide_fifths(tmp_path)
    text = (tmp_path / "wide.csv").read_text(encoding="utf-8").replace("r00,", f"{HOSTILE},")
    (tmp_path / "wide.csv").write_text(text, encoding="utf-8")
    empty = tmp_path / "empty"
    empty.mkdir()
    with started(empty, chromium) as opened:
        page = opened(width=width, bypass_csp=True, color_scheme=scheme)
        to_table(page)
        page.set_input_files("#file", tmp_path / "wide.csv")
        page.locator("#looked").wait_for()
        page.select_option("#kind", "inclusion")
        page.get_by_text("14 regions, 4 periods (2014 to 2017), 5 shares of income each").wait_for()
        reaches(page, "whole")
        guess = ["region", "period", "zone", *["share"] * 5]
        assert [page.input_value(f"#role-{k}") for k in range(8)] == guess
        shares_are_shown_as_read(page, width)
        assert page.inner_text("label[for=line]") == "Poverty line, as a multiple of mean income"
        page.fill("#line", "0.5")
        page.fill("#line-source", "half the mean")
        page.fill("#source", "Invented shares")
        page.select_option("#begins", "2016")
        page.select_option("#claim", "gini")
        page.fill("#claim-margin", "0.02")
        page.fill("#name", "fifths")
        find_nothing(page, width)
        page.click("#make")
        reaches(page, "written")
        opens_as_the_command_finds(page, empty / "fifths.toml")
        assert page.title() != "hit"


def test_a_plan_is_begun_from_the_first_page(lab: Open, home: Path) -> None:
    page = lab(bypass_csp=True)
    page.select_option("#begin-kind", "plan")
    page.fill("#begin-name", "my-plan")
    find_nothing(page, 1280)
    page.get_by_role("button", name="Begin").click()
    page.wait_for_url("**/study?study=my-plan.toml")
    reaches(page, "whole")
    assert load(home / "my-plan.toml").kind.name == "plan"
    page.go_back()
    page.select_option("#begin-kind", "plan")
    page.fill("#begin-name", "invented")
    page.get_by_role("button", name="Begin").click()
    page.get_by_text("is there already").wait_for()
