"""Studies on shapes of the user's own: on the map of the report and of the lab, in the audit trail, moved."""

from __future__ import annotations

from dataclasses import replace
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from tests.unit.gather.own_shapes import features, written
from tests.unit.study.invented import Figures, write_study

from pilotzone.core import DataError, StudyError
from pilotzone.study import Study, input_digests, load, parse, run, run_study, with_shapes
from pilotzone.study.panel.map import map_geometries, treatment_map

PLACES = tuple(Figures().places)
SHAPES = '\n[shapes]\nfile = "own.geojson"\n'


@pytest.fixture
def study_file(tmp_path: Path) -> Path:
    """Write a study on shapes of all its places but one, with a shape beside them."""
    written(tmp_path, features(*PLACES[:-1], "Elsewhere"))
    path = write_study(tmp_path)
    path.write_text(path.read_text(encoding="utf-8") + SHAPES, encoding="utf-8")
    return path


def test_a_run_draws_them_and_names_them_in_its_audit(study_file: Path, tmp_path: Path) -> None:
    done = run(study_file, out=tmp_path / "run")
    found = done.findings.map
    names = {item["id"]: item["properties"]["name"] for item in found.geojson["features"]}
    assert set(PLACES[:-1]) < set(names)
    assert sorted(set(names.values()) - set(PLACES)) == ["Elsewhere"]
    assert found.credit == f"Shapes: 'own.geojson'. No shape of {PLACES[-1]}: see the table."
    assert set(done.audit["inputs"]) >= {"shapes/own.geojson"}
    page = (tmp_path / "run" / "report.html").read_text(encoding="utf-8")
    assert "Elsewhere" in page
    before = input_digests(load(study_file))
    written(tmp_path, features(*PLACES))
    assert input_digests(load(study_file)) != before


def test_the_map_of_figures_stands_on_them(study_file: Path, tmp_path: Path) -> None:
    study = load(study_file)
    narrow = replace(study, spec=study.kind.narrowed(study.spec))
    found = run_study(narrow).findings
    atlas = study.kind.atlas(narrow, found, "output")
    assert set(atlas.land.geometries) == {*PLACES[:-1], "shape 1"}
    plain = atlas.plain("invented")
    (drawn,) = plain["material"]["figures"]
    assert drawn["data"]["shapes"]
    other = with_shapes(atlas, written(tmp_path, features(*PLACES[:2]), "two.topojson"))
    assert set(other.land.geometries) == set(PLACES[:2])
    assert "two.topojson" in other.credit
    assert "No shape of" in other.credit


def test_credit_and_key_are_those_of_the_file(study_file: Path) -> None:
    text = study_file.read_text(encoding="utf-8") + 'key = "NAME"\ncredit = "Office of Invention, 2020."\n'
    study_file.write_text(text, encoding="utf-8")
    study = load(study_file)
    found = run_study(replace(study, spec=study.kind.narrowed(study.spec))).findings
    assert found.map.credit.startswith("Shapes: Office of Invention, 2020. No shape of")


def test_files_that_a_study_names_move_with_it(study_file: Path) -> None:
    study = load(study_file)
    assert study.kind.files(study.spec) == ("figures.csv", "own.geojson")
    moved = study.kind.moved(study.spec, lambda file: f"in/{file}")
    assert study.kind.files(moved) == ("in/figures.csv", "in/own.geojson")


def test_what_is_wrong_with_them_is_told_before_anything_is_estimated(study_file: Path, tmp_path: Path) -> None:
    stages: list[str] = []
    written(tmp_path, features("North"))
    with pytest.raises(DataError, match="no shape whose code or name"):
        run(study_file, out=tmp_path / "run", progress=lambda stage, _: stages.append(stage))
    assert stages == ["inputs", "evidence"]
    study = load(study_file)
    with pytest.raises(DataError, match="no shape whose code or name"):
        study.kind.read(study)
    (tmp_path / "own.geojson").unlink()
    with pytest.raises(DataError, match=r"there is no file.*own\.geojson"):
        run(study_file, out=tmp_path / "run")


# ------------------------------------------------------------------------------------------------- many units

PANEL = """\
format = 1
title = "Towns"

[panel]
file = "towns.csv"
unit = "town"
time = "year"
cohort = "from"

[[outcomes]]
name = "output"
label = "Output"
unit = "MW"
"""
TOWNS = tuple(f"town {k:02d}" for k in range(16))
DATES = {0: "2010", 1: "2014", 2: "2014", 3: "2016", 5: "2014", 7: "2016", 9: "2014", 11: "2016"}
"""Of towns by their place: one is treated from the first year, of which no effect can be known."""


def written_towns(folder: Path, dates: dict[int, str] = DATES, years: range = range(2010, 2018)) -> Path:
    """Write a panel of towns with shapes of all but the last one, and a shape that is not a town."""
    rows = ["town,year,from,output"]
    rows += [
        f"{town},{year},{dates.get(k, '')},{10 * k + (k * year) % 7}" for k, town in enumerate(TOWNS) for year in years
    ]
    (folder / "towns.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    written(folder, features(*TOWNS[:-1], "Elsewhere"))
    path = folder / "towns.toml"
    path.write_text(PANEL + SHAPES, encoding="utf-8")
    return path


def shown_on(found: Any) -> tuple[dict[str, dict[str, Any]], dict[str, str], Any]:  # noqa: ANN401 - a figure
    """Return rows of the shapes by code, what is written on them, and the figure."""
    (figure,) = treatment_map(found, map_geometries(found))
    points = {round(item["lon"], 3): item["sign"] for item in figure.chart.data["signs"]}
    return {row["code"]: row for row in figure.chart.data["shapes"]}, points, figure


def test_a_report_on_a_panel_in_a_file_has_the_map_of_who_is_treated_when(tmp_path: Path) -> None:
    done = run(written_towns(tmp_path), out=tmp_path / "run")
    rows, _, figure = shown_on(done.findings)
    parts = {town: rows[town]["kind"] for town in TOWNS[:-1]}
    assert parts == {
        town: "never treated"
        if k not in DATES
        else "treated, no effect estimated"
        if DATES[k] == "2010"
        else "treated, counts in the effect"
        for k, town in enumerate(TOWNS[:-1])
    }
    assert {town: rows[town]["since"] for town in TOWNS[:-1]} == {
        town: DATES.get(k, "") for k, town in enumerate(TOWNS[:-1])
    }
    (other,) = set(rows) - set(TOWNS)
    assert (rows[other]["unit"], rows[other]["kind"]) == ("Elsewhere", "not in the panel")
    assert figure.title == "7 units are treated, 7 never"
    assert figure.credit == f"Shapes: 'own.geojson'. No shape of {TOWNS[-1]}: see the table."
    assert sorted(item["sign"] for item in figure.chart.data["signs"]) == sorted(date[2:] for date in DATES.values())
    assert [cell.text for cell in figure.sheet.rows[-1]] == [TOWNS[-1], "never treated", ""]
    assert set(done.audit["inputs"]) == {"data/towns.csv", "shapes/own.geojson"}
    assert "7 units are treated, 7 never" in (tmp_path / "run" / "report.html").read_text(encoding="utf-8")


def test_last_cohorts_and_dates_that_are_not_years_are_told_as_such(tmp_path: Path) -> None:
    path = written_towns(tmp_path, {k: str(int(date) - 2009) for k, date in DATES.items()}, range(1, 9))
    path.write_text(PANEL + "\n[method]\nlast_cohort = 5\n" + SHAPES, encoding="utf-8")
    rows, _, figure = shown_on(run_study(load(path)).findings)
    assert rows[TOWNS[3]]["kind"] == "treated later"
    assert rows[TOWNS[1]]["kind"] == "treated, counts in the effect"
    assert figure.title == "4 units are treated up to 5, 3 later, 7 never"
    assert {item["sign"] for item in figure.chart.data["signs"]} == {"1", "5", "7"}
    assert figure.note == "Dates on units are the first of treatment."


def test_the_map_of_figures_of_a_panel_stands_on_them(tmp_path: Path) -> None:
    study = load(written_towns(tmp_path))
    atlas = study.kind.atlas(study, run_study(study).findings, "")
    assert set(TOWNS[:-1]) < set(atlas.land.geometries)
    assert atlas.credit.startswith("Shapes: 'own.geojson'. No shape of town 15")
    assert atlas.parts[TOWNS[1]].role == "treated from 2014"
    assert len(atlas.plain("towns")["material"]["figures"]) == 1


def test_a_panel_of_the_evidence_is_drawn_on_them(tmp_path: Path) -> None:
    """Regions of the programme are matched by code or name, and what is told of them stays."""
    bundled = resources.files("pilotzone.study.panel") / "bundled" / "china-zones.toml"
    (tmp_path / "zones.toml").write_text(bundled.read_text(encoding="utf-8") + SHAPES, encoding="utf-8")
    written(tmp_path, features("Guizhou", "CN-HE", "Hubei"))
    study = load(tmp_path / "zones.toml")
    narrow: Study[Any] = replace(study, spec=study.kind.narrowed(study.spec), beside={})
    found = run_study(narrow).findings
    rows, _, figure = shown_on(found)
    states = {item.region: item for item in found.treatment.regions}
    assert set(rows) == {"CN-GZ", "CN-HE", "CN-HB"}
    assert {code: row["since"] for code, row in rows.items()} == {code: str(states[code].cohort or "") for code in rows}
    assert rows["CN-GZ"]["since"] == "2016"
    assert "own.geojson" in figure.credit
    atlas = study.kind.atlas(narrow, found, "")
    assert set(atlas.land.geometries) == set(rows)
    assert atlas.credit == figure.credit
    # Output is of cities, which lie within the regions of the programme: the map says so, and shows what is of regions.
    assert "Not on this map, since the figures are of places within these regions: GDP of the city" in atlas.note
    assert "city_gdp_volume_index" not in {option.value for group in atlas.options.values() for option in group}
    assert atlas.series == "co2_t"
    assert [item.path.name for item in study.kind.inputs(narrow) if item.part == "shapes"] == ["own.geojson"]


def test_shapes_of_a_panel_move_with_it_and_are_told_before_anything_is_estimated(tmp_path: Path) -> None:
    path = written_towns(tmp_path)
    study = load(path)
    assert study.kind.files(study.spec) == ("towns.csv", "own.geojson")
    moved = study.kind.moved(study.spec, lambda file: f"in/{file}")
    assert study.kind.files(moved) == ("in/towns.csv", "in/own.geojson")
    written(tmp_path, features("North"))
    stages: list[str] = []
    with pytest.raises(DataError, match="no shape whose code or name"):
        run(path, out=tmp_path / "run", progress=lambda stage, _: stages.append(stage))
    assert "verdict" not in stages
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (('file = "own.geojson"', ""), "shapes.file"),
        (('file = "own.geojson"', "file = 5"), "shapes.file"),
        (('file = "own.geojson"', 'fil = "own.geojson"'), "fil"),
        (('file = "own.geojson"', 'file = ""'), "shapes.file"),
        (("[shapes]", "[shape]"), "shape is not a key"),
        (('cohort = "from"', 'cohort = "from"\ncross_sections = true'), "panel.cross_sections"),
    ],
)
def test_damaged_tables_are_refused_in_words(damage: tuple[str, str], told: str) -> None:
    with pytest.raises(StudyError) as refused:
        parse((PANEL + SHAPES).replace(*damage), "towns")
    assert told in str(refused.value)
