"""What ``pilotzone run`` prints and writes."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from tests.unit.cli.command import Said, call
from tests.unit.study.guizhou import run_again
from tests.unit.study.invented import write_study

from pilotzone.study import KINDS, load, run_study
from pilotzone.study.zone.terminal import verdict_lines


@pytest.fixture(autouse=True)
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return write_study(tmp_path)


def lines(said: Said) -> list[str]:
    assert (said.code, said.err) == (0, "")
    return said.out.splitlines()


@pytest.mark.parametrize(("columns", "width"), [("40", 80), ("80", 80), ("100", 100), ("200", 120)])
def test_verdict_at_the_terminals_width(study: Path, columns: str, width: int) -> None:
    found = lines(call("run", study, COLUMNS=columns))
    expected = [line.text for line in verdict_lines(run_study(load(study)).findings, width)]
    assert found[: len(expected)] == expected
    assert found[len(expected) :] == [
        "",
        "Report: runs/invented/report.html",
        "Beside it: verdict.json, effects.parquet, evidence.parquet, audit.json",
    ]


def test_verdict_of_guizhou(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pilotzone.study.run_study", run_again)
    found = lines(call("run", "guizhou", COLUMNS="80"))
    assert found[0].startswith("Guizhou's big data pilot zone, 2016: ")
    assert max(map(len, found)) <= 80
    assert "Report: runs/guizhou/report.html" in found


def test_default_folder(study: Path) -> None:
    call("run", study)
    assert {path.name for path in Path("runs/invented").iterdir()} == set(KINDS["zone"].artefacts)


def test_bundled_studies_of_one_name_do_not_replace_one_another(tmp_path: Path) -> None:
    assert lines(call("run", "siting/guizhou", "--quiet"))
    assert (tmp_path / "runs" / "siting" / "guizhou" / "siting.json").is_file()
    assert not (tmp_path / "runs" / "guizhou").exists()
    assert lines(call("verify", "runs/siting/guizhou"))[0] == "guizhou: THE SAME when recomputed"


@pytest.mark.parametrize("option", ["--out", "-o"])
def test_chosen_folder(study: Path, tmp_path: Path, option: str) -> None:
    found = lines(call("run", study, option, tmp_path / "deep" / "down"))
    assert {path.name for path in (tmp_path / "deep" / "down").iterdir()} == set(KINDS["zone"].artefacts)
    assert f"Report: {tmp_path / 'deep' / 'down' / 'report.html'}" in found
    assert not Path("runs").exists()


def test_earlier_run_is_replaced(study: Path) -> None:
    call("run", study)
    before = Path("runs/invented/verdict.json").read_bytes()
    study.write_text(study.read_text(encoding="utf-8").replace("margin = 10", "margin = 12"), encoding="utf-8")
    call("run", study)
    assert Path("runs/invented/verdict.json").read_bytes() != before
    assert [path.name for path in Path("runs").iterdir()] == ["invented"]


def test_tables_for_papers_beside_the_run(study: Path) -> None:
    found = lines(call("run", study, "--tables", "latex", "--tables", "word", COLUMNS="80"))
    names = [f"table-{name}.{end}" for name in ("verdict", "effects", "checks", "estimators") for end in ("tex", "rtf")]
    first = next(k for k, line in enumerate(found) if line.startswith("Tables: "))
    assert " ".join(line.strip() for line in found[first:]) == f"Tables: {', '.join(names)}"
    assert max(map(len, found[first:])) <= 80
    assert {path.name for path in Path("runs/invented").iterdir()} == {*KINDS["zone"].artefacts, *names}
    audit = json.loads(Path("runs/invented/audit.json").read_bytes())
    assert set(audit["outputs"]) == {*KINDS["zone"].artefacts, *names} - {"audit.json"}
    call("run", study, "--tables", "word")
    assert sorted(Path("runs/invented").glob("table-*")) == [
        Path("runs/invented", x) for x in sorted(names) if "rtf" in x
    ]
    call("run", study)
    assert {path.name for path in Path("runs/invented").iterdir()} == set(KINDS["zone"].artefacts)


def test_an_unknown_format_is_refused_before_anything_is_run(study: Path) -> None:
    said = call("run", study, "--tables", "latx")
    assert (said.code, said.out) == (2, "")
    assert "--tables is 'latx'. Did you mean 'latex'?" in said.err
    assert not Path("runs").exists()


def test_json_is_the_verdict_and_nothing_else(study: Path) -> None:
    said = call("run", study, "--json")
    assert (said.code, said.err) == (0, "")
    assert json.loads(said.out) == json.loads(Path("runs/invented/verdict.json").read_bytes())
    assert said.out.encode() == Path("runs/invented/verdict.json").read_bytes()


@pytest.mark.parametrize("option", ["--quiet", "-q"])
def test_quiet_is_one_line(study: Path, option: str) -> None:
    assert lines(call("run", study, option)) == ["invented: green growth (holds with allowance)"]
    assert Path("runs/invented/report.html").exists()


def test_quiet_and_json(study: Path) -> None:
    assert json.loads(call("run", study, "-q", "--json").out)["study"] == "invented"


def test_same_verdict_from_python_and_from_here(study: Path) -> None:
    import pilotzone as pz

    said = json.loads(call("run", study, "--json").out)
    assert said["verdict"]["label"] == pz.run(study).verdict.label


def test_init_then_run(tmp_path: Path) -> None:
    """What init writes runs as it is, without a change."""
    said = call("init", "mine")
    assert said.code == 0
    assert "pilotzone run mine.toml" in said.out
    found = lines(call("run", "mine.toml", COLUMNS="80"))
    assert re.match(r"mine: [A-Z, :]+$", found[0])
    record = json.loads((tmp_path / "runs" / "mine" / "verdict.json").read_bytes())
    assert (record["study"], record["zone"]["unit"]) == ("mine", "CN-HA")


def test_paths_are_shown_as_they_are(study: Path, tmp_path: Path) -> None:
    odd = tmp_path / ("two  blanks " + "long " * 20 + "贵")
    assert f"Report: {odd / 'report.html'}" in lines(call("run", study, "--out", odd, COLUMNS="80"))


def test_init_into_a_folder(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    assert call("init", "mine", "--folder", "there").code == 0
    assert call("init", "mine", "-d", "there").code == 2  # nothing is overwritten
    assert (tmp_path / "there" / "mine.toml").exists()


@pytest.mark.parametrize("name", ["贵州", "zone-2", "Ünïted_3", "2016"])
def test_init_takes_names_of_any_script(name: str) -> None:
    assert call("init", name).code == 0
    assert call("run", f"{name}.toml", "-q").out.startswith(f"{name}: ")
    assert Path("runs", name, "report.html").exists()
