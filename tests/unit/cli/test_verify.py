"""``pilotzone verify`` and ``pilotzone compare``: what they print, at which width, and how they end."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from tests.unit.cli.command import call
from tests.unit.study.invented import write_study

from pilotzone.study import compare_runs, run, verify

HOSTILE = '<b>[red]\\u001b[31m{{x}} \\u202e\\u0007" ' + "long " * 60


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("original")
    run(write_study(home), out=home / "runs" / "invented")
    return home


@pytest.fixture(autouse=True)
def home(original: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in a copy of a project with a run in it."""
    shutil.copytree(original, tmp_path / "home")
    monkeypatch.chdir(tmp_path / "home")
    return tmp_path / "home"


VERDICT = Path("runs", "invented", "verdict.json")


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_same_ends_with_0() -> None:
    said = call("verify", "runs/invented")
    assert (said.code, said.err) == (0, "")
    assert said.out.splitlines() == verify("runs/invented").lines()
    assert said.out.startswith("invented: THE SAME when recomputed\n")


def test_different_ends_with_4() -> None:
    replace(VERDICT, '"label": "green growth"', '"label": "growth at a cost"')
    said = call("verify", "runs/invented", COLUMNS="120")
    assert (said.code, said.err) == (4, "")
    head, first, *_ = said.out.splitlines()
    assert head == "invented: DIFFERENT, 2 differences"
    assert first == "- verdict.json: verdict.label is 'growth at a cost', recomputed 'green growth'"
    assert said.out.endswith("All of it, with values in full: --json\n")


def test_data_gone_ends_with_3(home: Path) -> None:
    (home / "figures.csv").rename(home.parent / "figures.csv")
    said = call("verify", "runs/invented")
    assert (said.code, said.err) == (3, "")
    assert said.out.startswith("invented: NOT RECOMPUTED\n")
    assert call("verify", "runs/invented", "--data", home.parent).code == 0


def test_not_all_ends_with_5(home: Path) -> None:
    (home / "runs" / "invented" / "report-final.html").write_text("<h1>GREEN GROWTH</h1>", encoding="utf-8")
    said = call("verify", "runs/invented", COLUMNS="100")
    assert (said.code, said.err) == (5, "")
    head, first, *others = said.out.splitlines()
    assert head == "invented: NOT ALL OF IT was recomputed; what was is the same"
    assert first == "- Not checked: The folder also holds report-final.html, which the run did not write."
    assert "- report.html comes out the same, by its bytes." in others
    found = json.loads(call("verify", "runs/invented", "--json").out)
    assert (found["state"], len(found["unchecked"])) == ("not all", 1)


@pytest.mark.parametrize("options", [["--engine", "sparc"], ["--master", "local"], ["--engine", "spark"]], ids=str)
def test_engines_that_cannot_be(options: list[str]) -> None:
    said = call("verify", "runs/invented", *options)
    assert (said.code, said.out, said.err.count("Error:")) == (2, "", 1)


def test_unreadable_audit_ends_with_3() -> None:
    Path("runs", "invented", "audit.json").write_text("not so", encoding="utf-8")
    said = call("verify", "runs/invented")
    assert (said.code, said.out) == (3, "")
    assert "is not JSON" in said.err


@pytest.mark.parametrize(
    "arguments",
    [
        ["verify"],
        ["verify", "invented"],
        ["verify", "runs"],
        ["verify", "runs/invented/verdict.json"],
        ["verify", "runs/invented", "runs/invented"],
        ["compare", "runs/invented"],
        ["compare", "runs/invented", "runs"],
        ["compare", "runs/none", "runs/invented"],
    ],
    ids=" ".join,
)
def test_no_run_ends_with_2(arguments: list[str]) -> None:
    said = call(*arguments)
    assert (said.code, said.out) == (2, "")
    assert said.err.count("Error: ") == 1
    assert "Traceback" not in said.err


def test_json_is_all_of_it() -> None:
    replace(VERDICT, '"label": "green growth"', '"label": "growth at a cost"')
    said = call("verify", "runs/invented", "--json")
    assert (said.code, said.err) == (4, "")
    assert json.loads(said.out) == json.loads(json.dumps(verify("runs/invented").to_dict()))


def test_nothing_is_written(home: Path) -> None:
    before = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in home.rglob("*") if path.is_file()}
    call("verify", "runs/invented")
    call("compare", "runs/invented", "runs/invented")
    assert {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in home.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("columns", [80, 120])
def test_hostile_content_is_text_and_fits(home: Path, columns: int) -> None:
    replace(VERDICT, '"label": "green growth"', f'"label": "{HOSTILE.replace(chr(34), "")}"')
    audit = Path("runs", "invented", "audit.json")
    replace(audit, '"numpy": ', f'"{HOSTILE.replace(chr(34), "")}": "1", "numpy": ')
    replace(audit, '"inputs": {', f'"inputs": {{"{HOSTILE.replace(chr(34), "")}": "1", ')
    shutil.copytree(home / "runs" / "invented", home / "runs" / "copy")
    for arguments, code in ((["verify", "runs/invented"], 4), (["compare", "runs/invented", "runs/copy"], 0)):
        said = call(*arguments, COLUMNS=str(columns))
        assert (said.code, said.err) == (code, "")
        assert max(map(len, said.out.splitlines())) <= columns
        assert "<b>[red]" in said.out
        assert all(sign.isprintable() or sign == "\n" for sign in said.out)


def test_compare_side_by_side(home: Path) -> None:
    study = home / "invented.toml"
    replace(study, "margin = 10", "margin = 12")
    assert call("run", study, "-q", "--out", "runs/other").code == 0
    for columns in (80, 120):
        said = call("compare", "runs/invented", "runs/other", COLUMNS=str(columns))
        assert (said.code, said.err) == (0, "")
        assert max(map(len, said.out.splitlines())) <= columns
        (margin,) = (line.split() for line in said.out.splitlines() if line.startswith("outcomes[log_smoke].margin"))
        assert margin == ["outcomes[log_smoke].margin", "10.0", "12.0"]
        assert "Nothing differs." not in said.out
    said = call("compare", "runs/invented", "runs/other", "--json")
    assert json.loads(said.out) == json.loads(json.dumps(compare_runs("runs/invented", "runs/other").to_dict()))


def test_compare_with_itself() -> None:
    said = call("compare", "runs/invented", "runs/invented")
    assert said.code == 0
    assert said.out.endswith("\nNothing differs.\n")
    assert "*" not in said.out


def test_completion_of_runs(home: Path) -> None:
    from pilotzone.cli.completion import complete_run

    assert complete_run("") == ["runs/"]
    assert complete_run("runs/in") == ["runs/invented"]
    assert complete_run("nowhere/") == []
    assert (home / "runs").is_dir()
