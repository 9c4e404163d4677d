"""Campus files run: costs and emissions by hand, tables and record, words, and names that try to steer."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from tests.unit.cli.command import call
from tests.unit.study.campuses import campus, hourly, study_of, written
from tests.unit.study.test_escaping import HOSTILE, elements

from pilotzone.core import InfeasibleError, MethodError
from pilotzone.report import Grid
from pilotzone.study import Run, load, run, run_study
from pilotzone.study.campus.sheets import campus_sheets
from pilotzone.study.campus.terminal import campus_lines
from pilotzone.study.campus.wording import campus_words, plan_proof

HOURS = 8760
GRID = "[site.grid]\ntariff = 500.0\ncapacity_charge = 1000.0\ncarbon_t_per_mwh = 0.5\n"
DIRTY_OR_CLEAN = """
[[site.plant]]
technology = "pv_utility"
name = "sun"
profile = "sun.csv"
"""


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Run[Any]:
    """5 MW of IT at a PUE of 1.3 from the grid alone, dry years asked for where there is no water."""
    folder = tmp_path_factory.mktemp("small")
    return run_study(study_of(folder, campus(GRID, "[stress]\n", top='notes = ["Invented."]')))


def test_cost_and_emissions_by_hand(small: Run[Any]) -> None:
    (site,) = small.record()["sites"]
    energy = 6.5 * HOURS
    cost = energy * 500.0 + 6.5 * 1000.0
    assert site["cost"] == pytest.approx(cost, rel=1e-6)
    assert site["cost_per_kwh_it"] == pytest.approx(cost / (5.0 * HOURS * 1000), rel=1e-6)
    assert (site["it_mwh"], site["facility_mwh"]) == (pytest.approx(5.0 * HOURS), pytest.approx(energy))
    assert site["co2"] == pytest.approx(0.5 * energy, rel=1e-6)
    assert (site["so2"], site["unknown"]["so2"], site["site_water_m3"]) == (None, ["grid"], None)
    assert 0 <= site["gap"] <= 1e-6
    assert site["bound"] <= site["cost"] * (1 + 1e-9)
    (grid,) = site["supply"]
    assert (grid["supply"], grid["capacity_mw"], grid["load_factor"]) == (
        "grid",
        pytest.approx(6.5),
        pytest.approx(1.0),
    )
    assert site["lost_hours"] == pytest.approx(0.0, abs=1e-9)


def test_tables_say_what_the_record_says(small: Run[Any], tmp_path: Path) -> None:
    folder = small.write(tmp_path / "out")
    record = json.loads((folder / "campus.json").read_text(encoding="utf-8"))
    assert record == json.loads(json.dumps(small.record()))

    def rows(name: str) -> list[dict[str, str]]:
        with (folder / name).open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    found = {row["quantity"]: row for row in rows("sites.csv")}
    (site,) = record["sites"]
    assert float(found["cost of supply"]["value"]) == site["cost"]
    assert float(found["co2"]["value"]) == site["co2"]
    assert (found["so2"]["value"], found["so2"]["note"]) == ("", "not known of grid")
    assert [row["supply"] for row in rows("supply.csv")] == ["grid"]
    assert rows("frontier.csv") == []
    assert "discount_rate" in (folder / "assumptions.csv").read_text(encoding="utf-8")
    hours = pq.read_table(folder / "hours.parquet")
    assert hours.num_rows == HOURS
    assert {"site", "hour", "it_mw", "facility_mw", "grid_mw"} <= set(hours.column_names)
    assert hours.column("co2_t").to_numpy().sum() == pytest.approx(site["co2"], rel=1e-9)
    assert hours.column("so2_kg").null_count == HOURS
    given = hours.column("grid_mw").to_numpy().sum()
    assert given == pytest.approx(site["facility_mwh"], rel=1e-6)


def test_what_a_reader_is_told(small: Run[Any]) -> None:
    page = small.report()
    assert "Invented." in page
    assert "Power for a kWh of IT costs" in page
    assert "ASSUMED: a MWh that is not served costs 60,000 CNY." in page
    assert "PUE is one figure for all hours: heat does not raise the load." in page
    assert "discount_rate" in page or "discount rate" in page


def test_a_limit_has_its_price_and_a_frontier_reaches_the_least(tmp_path: Path) -> None:
    """The grid is cheaper than the sun. With sun a third of the day two thirds of 28,470 t are the least."""
    hourly(tmp_path, "sun.csv", [1.0 if 8 <= k % 24 < 16 else 0.0 for k in range(HOURS)])
    cheap = GRID.replace("500.0", "20.0")
    limit = '[[limit]]\nof = "co2"\namount = 25000.0\n'
    frontier = '[[frontier]]\nof = "co2"\npoints = 3\n'
    record = run_study(study_of(tmp_path, campus(cheap, DIRTY_OR_CLEAN, frontier))).record()
    (free,) = record["sites"]
    (kept,) = run_study(study_of(tmp_path, campus(cheap, DIRTY_OR_CLEAN, limit))).record()["sites"]
    assert free["co2"] == pytest.approx(28470.0, rel=1e-6)
    assert kept["co2"] == pytest.approx(25000.0, rel=1e-6)
    sun = {row["supply"]: row for row in kept["supply"]}["sun"]
    assert sun["gives_mwh"] == pytest.approx((28470.0 - 25000.0) / 0.5, rel=1e-6)
    (told,) = (row for row in kept["limits"] if row["limit"] == "co2")
    # Each tonne less costs as much as the next: sun for grid, within what it can give.
    assert told["price"] == pytest.approx((kept["cost"] - free["cost"]) / (28470.0 - 25000.0), rel=1e-4)
    (line,) = record["frontiers"]
    assert (line["quantity"], line["site"]) == ("co2", "Here")
    points = line["points"]
    assert [point["amount"] for point in points] == pytest.approx(
        [28470.0, 28470.0 - 0.49 * 9490.0, 28470.0 - 0.98 * 9490.0]
    )
    assert points[0]["cost"] == pytest.approx(free["cost"], rel=1e-6)
    # The middle lies on the line from the cheapest plan by the limit's price.
    assert points[1]["cost"] == pytest.approx(free["cost"] + told["price"] * (28470.0 - points[1]["amount"]), rel=1e-4)


def test_a_limit_that_cannot_be_kept_says_what_conflicts(tmp_path: Path) -> None:
    """6.5 MW of the grid emit 28,470 t a year, and there is nothing else."""
    text = campus(GRID, '[[limit]]\nof = "co2"\namount = 1000.0\n', top="seconds = 60.0")
    study = study_of(tmp_path, text)
    try:
        record = run_study(study).record()
    except InfeasibleError as error:
        said = str(error)
        assert "site 'Here'" in said
        assert "co2" in said.lower()
    else:
        # Load may stay without supply at its price: then it does, and that is said.
        (site,) = record["sites"]
        assert site["co2"] <= 1000.0 * (1 + 1e-6)
        assert site["cost"] > 60_000 * (6.5 * HOURS - 2000.0) * 0.999


def test_the_best_plan_of_a_short_time_says_its_gap_and_why(tmp_path: Path) -> None:
    """A microsecond is enough for no solver: what there is serves the load and is far from proven."""
    found = run_study(study_of(tmp_path, campus(GRID, "[site.battery]\n", top="seconds = 1e-6")))
    (design,) = found.findings.designs
    assert (design.plan.proven, design.plan.solved.solver) == (False, "HiGHS")
    assert design.plan.gap > 1e-3
    told = plan_proof(design)
    assert "Here: the best plan that HiGHS found, not proven: the least cost may be up to" in told
    assert told.endswith("HiGHS says time limit reached.")
    np.testing.assert_allclose(design.plan.missed.most, 0.0, atol=1e-6)


def test_a_site_without_a_plan_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def none(*_: object, **__: object) -> object:
        raise MethodError("no plan was found: HiGHS says time limit reached.", todo="allow more seconds")

    monkeypatch.setattr("pilotzone.campus.site_planning.plan_supply", none)
    with pytest.raises(MethodError, match=r"site 'Here': no plan was found") as found:
        run_study(study_of(tmp_path, campus(GRID)))
    assert "allow more seconds" in str(found.value)


def test_a_site_without_a_frontier_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def none(*_: object, **__: object) -> object:
        raise MethodError("no plan was found: HiGHS says time limit reached.", todo="allow more seconds")

    monkeypatch.setattr("pilotzone.study.campus.run.frontier_of_site", none)
    text = campus(GRID, '[[frontier]]\nof = "water_consumed"\npoints = 2\n')
    with pytest.raises(MethodError, match=r"site 'Here', frontier of water consumed: no plan was found") as found:
        run_study(study_of(tmp_path, text))
    assert "allow more seconds" in str(found.value)


def test_rows_of_water_say_whose_it_is(tmp_path: Path) -> None:
    """3 l a kWh of IT on the site, and what power plants consume; a site whose own use is not known has no total."""
    known = run_study(study_of(tmp_path, campus(GRID, place='pue = 1.3\nwue = 3.0\nregion = "CN-GZ"'))).findings
    (design,) = known.designs
    plants, dry = (design.total(name)[0] for name in ("water_consumed", "water_consumed_without_reservoirs"))
    site = 3.0 * 5.0 * HOURS
    shown = {row[0].text: row[2].value for row in campus_sheets(known)[0].rows if "ater" in row[0].text}
    assert shown == {
        "Water consumed in all: on the site and by power plants": pytest.approx(plants + site),
        "Water used on the site": pytest.approx(site),
        "Water withdrawn by power plants": None,
        "Water consumed by power plants": pytest.approx(plants),
        "Water consumed by power plants, if reservoir evaporation is not counted": pytest.approx(dry),
    }
    told = f"{(plants + site) / 1e6:.2f} million m3 of water consumed ({(dry + site) / 1e6:.2f} if reservoir "
    assert any(text.endswith(f"{told}evaporation is not counted).") for text in campus_words(known))
    bare = run_study(study_of(tmp_path, campus(GRID))).findings
    assert any(
        text.endswith(
            f"{plants / 1e6:.2f} million m3 of water consumed by power plants ({dry / 1e6:.2f} if reservoir "
            "evaporation is not counted); water used on the site is not known."
        )
        for text in campus_words(bare)
    )
    grid = next(block for block in campus_lines(bare) if isinstance(block, Grid))
    assert grid.rows[0][4] == "not known"
    nowhere = run_study(study_of(tmp_path, campus(GRID, place="pue = 1.3"))).findings
    assert any(text.endswith(", water consumed not known.") for text in campus_words(nowhere))


# --------------------------------------------------------------------------------------------------------- names

NAMES = """
[site.hydro]
name = {other}
capacity_mw = 1.0
mean_mwh = 5000.0
[stress]
water = [0.2, 1.0]
[[stress.summer]]
name = {text}
shift_k = 2.0
weight = 1.0
[[frontier]]
of = "co2"
points = 2
"""


def page_with(folder: Path, text: str) -> str:
    """Run a campus with a text in every place that a user can write into; the grid is short, so that load is lost."""
    quoted = json.dumps(text)
    top = f"question = {quoted}\nnotes = [{quoted}]"
    content = campus(f"{GRID}most_mw = 5.0\n", NAMES.format(text=quoted, other=json.dumps(text + " too")), top=top)
    content = content.replace('title = "Small"', f"title = {quoted}").replace('name = "Here"', f"name = {quoted}")
    return run_study(load(written(folder, content), kind="campus")).report()


def test_hostile_names_stay_text(tmp_path: Path) -> None:
    """The page has the elements and attributes that it has with letters: as many, since tables are set by length."""
    text = "".join(HOSTILE.values())
    page = page_with(tmp_path, text)
    found = elements(page)
    (tmp_path / "harmless").mkdir()
    other = elements(page_with(tmp_path / "harmless", "h" * len(text)))
    assert found.tags == other.tags
    assert found.attributes == other.attributes
    assert found.links == other.links
    assert text not in page
    for part in HOSTILE.values():
        if "<" in part:
            assert part not in page
    assert "alert(" in page
    assert "{{ 7 * 7 }}" in page


def test_names_steer_neither_terminal_nor_tables(tmp_path: Path) -> None:
    content = campus(f"{GRID}most_mw = 7.0\n", '[site.hydro]\nname = "=1+1"\ncapacity_mw = 1.0\nmean_mwh = 5000.0\n')
    steering = r'"@A\u001b[31m\u202e\u2028x"'
    content = content.replace('name = "Here"', f"name = {steering}")
    done = run(written(tmp_path, content), out=tmp_path / "out")
    for file in (tmp_path / "out").glob("*.csv"):
        with file.open(encoding="utf-8", newline="") as stream:
            cells = [cell for row in csv.reader(stream) for cell in row]
        assert not [cell for cell in cells if cell.startswith(("=1", "@A"))], file
        assert not [cell for cell in cells if "\x1b" in cell or "\u202e" in cell], file
    said = call("design", tmp_path / "mine.toml")
    for text in (said.out, repr(done), done.report(), (tmp_path / "out" / "campus.json").read_text(encoding="utf-8")):
        assert not {"\x1b", "\u202e", "\u2028"} & set(text)
    assert json.loads(steering) == done.record()["sites"][0]["site"]
