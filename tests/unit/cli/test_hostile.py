"""Inputs that nobody writes by chance: each ends with 2 or 3, one clear error and nothing written; no name steers."""

from __future__ import annotations

import csv
import json
import os
from pathlib import Path

import pytest
from tests.properties.fuzzing import PLAN, SITE, make_plan, make_siting
from tests.unit.cli.command import call
from tests.unit.study.invented import write_study

from pilotzone.core import one_line

SITING = """title = "T"
draws = 100
batches = 100
[[criterion]]
name = "rent"
good = "down"
unit = "CNY"
[[place]]
name = {name}
figures = {{ rent = 1.0 }}
[[place]]
name = "Beta"
figures = {{ rent = 2.0 }}
"""
STEERING = r'"Al\u001b[31m\u009bpha\u202e\u2028x\n=1"'


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


LONG, DEEP = "x = " + "9" * 5000, "x = " + "[" * 20_000
DOTTED = ".".join(["a"] * 20_000) + " = 1"
FILES = {
    **{f"{kind}: {what}": ([command, "f.toml"], text, says)
       for command, kind in (("run", "study"), ("site", "siting"), ("place", "plan"), ("design", "campus"))
       for what, text, says in (("long number", LONG, "more than 4,300 digits"), ("deep", DEEP, "nests more than 32"),
                                ("dotted", DOTTED, "20,000 parts"), ("large", "#" * 1_000_001, "1,000,001 bytes"),
                                ("nothing", "", "is missing"), ("latin", "title = 'é'", "not UTF-8"))},
    "book: deep": (["place", "rules", "f.yaml"], "[" * 5000, "nests more than 20 deep"),
    "book: list as a key": (["place", "rules", "f.yaml"], "? [a]\n: 1", "a key is a list"),
    "book: impossible day": (["place", "rules", "f.yaml"], "title: 2017-13-45", "is not a day"),
    "book: long number": (["place", "rules", "f.yaml"], "title: {from: " + "9" * 5000 + "}", "count with"),
}  # fmt: skip


@pytest.mark.parametrize("case", FILES)
def test_a_hostile_file_ends_with_2_and_is_told_for_what_it_is(here: Path, case: str) -> None:
    arguments, text, says = FILES[case]
    (here / arguments[-1]).write_text(text, encoding="latin-1")
    said = call(*arguments)
    told = " ".join(said.err.split())
    assert (said.code, said.out) == (2, ""), told
    assert says in told
    assert told.count("Error: ") == 1
    kind = case.partition(":")[0]
    assert f"Error: {kind} 'f'" in told or kind == "book" or "large" in case
    assert [path.name for path in here.iterdir()] == [arguments[-1]]


# A pipe that is waited for, or a device read to its end, never returns.
@pytest.mark.timeout(60)
@pytest.mark.parametrize("command", [["run"], ["site"], ["place"], ["place", "rules"], ["design"]], ids=" ".join)
@pytest.mark.parametrize("file", ["f.toml", "/dev/zero", "./a\x01b.toml", "x" * 300 + ".toml", "./folder.toml"])
def test_what_is_no_file_is_told_at_once(here: Path, command: list[str], file: str) -> None:
    os.mkfifo(here / "f.toml")
    (here / "folder.toml").mkdir()
    said = call(*command, file)
    assert said.code == 2
    assert said.err.count("Error: ") == 1


@pytest.mark.parametrize(
    "file", ["~nosuchuser/x.csv", "/dev/zero", r"a\u0000b.csv", "pipe.csv", ".", "x" * 300 + ".csv"]
)
def test_data_that_are_no_file_are_told_at_once(here: Path, file: str) -> None:
    os.mkfifo(here / "pipe.csv")
    study = write_study(here)
    study.write_text(study.read_text(encoding="utf-8").replace("figures.csv", file), encoding="utf-8")
    said = call("run", study)
    assert said.code in {2, 3}
    assert " ".join(said.err.split()).count("Error: ") == 1
    assert not (here / "runs").exists()


@pytest.mark.parametrize("name", ["assumptions", "figures", "weather"])
def test_a_pipe_that_a_siting_names_is_refused(here: Path, name: str) -> None:
    make_siting(here)
    os.mkfifo(here / "pipe.csv")
    text = (here / "mine.toml").read_text(encoding="utf-8")
    if name == "weather":
        text += 'weather = "pipe.csv"\n'
    else:
        text = "\n".join(
            f'{name} = "pipe.csv"' if line.startswith(f'{name} = "') else line for line in text.split("\n")
        )
    (here / "mine.toml").write_text(text, encoding="utf-8")
    said = call("site", "mine.toml")
    assert said.code in {2, 3}
    assert "is a pipe and not a file" in " ".join(said.err.split())


def test_a_unit_that_would_never_end_is_refused(here: Path) -> None:
    study = write_study(here)
    study.write_text(study.read_text(encoding="utf-8").replace('"kt"', '"9**9**9**9 t"'), encoding="utf-8")
    said = call("run", study)
    assert said.code == 3
    assert "cannot be read" in " ".join(said.err.split())


def test_names_in_a_ranking_steer_nothing(here: Path) -> None:
    (here / "t.toml").write_text(SITING.format(name=STEERING), encoding="utf-8")
    printed, written = call("site", "t.toml", "--json"), call("site", "t.toml", "-o", "out")
    assert (printed.code, written.code) == (0, 0), written.err
    for text in (printed.out, written.out, (here / "out" / "siting.json").read_text(encoding="utf-8")):
        for line in text.split("\n"):
            assert one_line(line) == line
    assert json.loads(STEERING) in [place["place"] for place in json.loads(printed.out)["places"]]


@pytest.mark.parametrize("name", ["=cmd|' /C calc'!A0", "+1+1", "@SUM(A1)", "-1+1"])
def test_no_table_of_a_ranking_or_a_plan_holds_a_formula(here: Path, name: str) -> None:
    (here / "t.toml").write_text(SITING.format(name=json.dumps(name)), encoding="utf-8")
    make_plan(here)
    plan = (
        PLAN.replace('name = "accounts"', f"name = {json.dumps(name)}")
        .replace('"personal"', '"public"')
        .replace("latency_ms = 80.0\n", "")
    )
    plan += SITE.replace('name = "{name}"', f"name = {json.dumps(name)}").format(name="z", where="CN")
    (here / "l.toml").write_text(plan.replace('assumptions = "assumed.toml"\n', ""), encoding="utf-8")
    assert call("site", "t.toml", "-o", "site", "-q").code == 0
    said = call("place", "l.toml", "-o", "plan", "-q")
    assert said.code == 0, said.err
    seen = 0
    for file in (*(here / "site").glob("*.csv"), *(here / "plan").glob("*.csv")):
        with file.open(encoding="utf-8", newline="") as stream:
            cells = [cell for row in csv.reader(stream) for cell in row]
        seen += sum(name in cell for cell in cells)
        assert not [cell for cell in cells if cell.startswith(name)], file
    assert seen > 3
