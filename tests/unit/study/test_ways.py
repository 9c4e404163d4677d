"""What a run says of where its files are: never the name of a home folder, which is a person's."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.properties.fuzzing import TABLE
from tests.unit.cli.command import call
from tests.unit.study.invented import Figures, write_figures, write_study

from pilotzone.study.runs.audit import way_from


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the home folder of somebody, beside which others have theirs."""
    found = tmp_path / "homes" / "alice"
    found.mkdir(parents=True)
    monkeypatch.setenv("HOME", str(found))
    return found


def test_ways_within_a_home_or_outside_of_homes_are_told(home: Path, tmp_path: Path) -> None:
    assert way_from(home / "project", home / "project" / "runs" / "x") == "../.."
    assert way_from(home / "project", home / "elsewhere") == "../project"
    assert way_from(home, home / "runs") == ".."
    assert way_from(tmp_path / "data", tmp_path / "out") == "../data"
    assert way_from(tmp_path / "data", home / "out") == "../../../data"
    assert way_from(None, home) is None


def test_ways_through_the_name_of_a_home_are_not_told(home: Path, tmp_path: Path) -> None:
    assert way_from(home / "project", tmp_path / "out") is None
    assert way_from(home, tmp_path) is None
    assert way_from(home.parent / "bob" / "project", tmp_path / "out") is None
    assert way_from(home.parent / "bob" / "project", home / "out") is None


def test_no_run_names_a_home(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project, out = home / "project", tmp_path / "out"
    project.mkdir()
    out.mkdir()
    (project / "panel.csv").write_text(TABLE, encoding="utf-8")
    monkeypatch.chdir(out)
    study = write_study(project)
    write_figures(project, Figures(count=5))
    columns = ("--unit", "unit", "--time", "year", "--cohort", "start", "--outcome", "y")
    assert call("run", study, "-o", "zone", "-q", HOME=str(home)).code == 0
    assert call("evaluate", project / "panel.csv", *columns, "-o", "panel", "-q", HOME=str(home)).code == 0
    files = [file for file in out.rglob("*") if file.is_file()]
    assert len(files) >= 9
    for file in files:
        assert b"/alice" not in file.read_bytes(), file
        assert str(tmp_path).encode() not in file.read_bytes(), file
    # Told where they lie, both are recomputed.
    assert call("verify", "panel", "--data", project, HOME=str(home)).code == 0


def test_an_evaluation_of_a_path_from_the_root_is_recomputed_where_it_lies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "panel.csv").write_text(TABLE, encoding="utf-8")
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    columns = ("--unit", "unit", "--time", "year", "--cohort", "start", "--outcome", "y")
    assert call("evaluate", tmp_path / "panel.csv", *columns, "-o", "out", "-q").code == 0
    audit = (tmp_path / "work" / "out" / "audit.json").read_text(encoding="utf-8")
    assert str(tmp_path) not in audit
    said = call("verify", "out")
    assert said.code == 0, said.err
