"""A study of a zone on shapes of the user's own: on the map of the report and of the lab, in the audit trail, moved."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from tests.unit.gather.own_shapes import features, written
from tests.unit.study.invented import Figures, write_study

from pilotzone.core import DataError
from pilotzone.study import input_digests, load, run, run_study, with_shapes

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
