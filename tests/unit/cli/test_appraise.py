"""``pilotzone appraise``: within the width, as JSON and in one line, its files, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.unit.cli.command import call

from pilotzone.study import KINDS

SMALL = """
title = "A small campus"
[appraisal]
region = "CN-GZ"
price_year = 2017
deflator = "given so"
first_year = 2018
[investment]
it_mw = 10.0
[[driver]]
name = "ceiling"
[chance]
draws = 500
[misallocation]
[backtest]
at = ["2019-12"]
"""


@pytest.fixture
def campus(tmp_path: Path) -> Path:
    path = tmp_path / "small.toml"
    path.write_text(SMALL, encoding="utf-8")
    return path


@pytest.mark.parametrize("columns", [80, 120])
def test_within_the_width(campus: Path, columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    said = call("appraise", campus)
    assert said.code == 0, said.err
    assert max(map(len, said.out.splitlines())) <= columns
    assert said.out.startswith("A small campus: THE OPERATOR AND THE COUNTRY LOSE\nThe net present value at 6.0")
    assert "another example of substantial capital misallocation" in " ".join(said.out.split())
    assert "No average of a province tells of one industry" in " ".join(said.out.split())


def test_files_json_and_one_line(campus: Path, tmp_path: Path) -> None:
    said = call("appraise", campus, "--json", "--out", tmp_path / "out")
    record = json.loads(said.out)
    npv = record["money"]["npv"]
    assert npv["operator"] + npv["province"] + npv["rest"] == pytest.approx(npv["country"], rel=1e-9)
    assert record["money"]["prices"] == {"currency": "CNY", "year": 2017, "deflator": "given so"}
    assert "impact" not in record
    # The terminal has no room for what is odd about capital formation; record and report say it.
    assert "109 percent of Inner" in record["misallocation"]["warnings"][0]
    assert "109 percent of Inner" in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert {path.name for path in (tmp_path / "out").iterdir()} == set(KINDS["appraisal"].artefacts)
    assert (tmp_path / "out" / "impact.csv").read_text(encoding="utf-8").split() == ["asked", "no"]
    assert call("appraise", campus, "--quiet").out.startswith("small: net present value: operator ")


def test_the_same_bytes_again(campus: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        assert call("appraise", campus, "--out", tmp_path / name, "--quiet").code == 0
    for name in KINDS["appraisal"].artefacts:
        if name != "audit.json":
            assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes(), name


def test_what_it_refuses(campus: Path) -> None:
    assert "this is" not in call("appraise", campus, "--quiet").err
    plan = call("appraise", "homecoming")
    assert (plan.code, "guizhou-campus" in plan.err) == (2, True)
    campus.write_text(SMALL.replace("it_mw = 10.0", "it_mw = 10.0\nracks = 3"), encoding="utf-8")
    odd = call("appraise", campus)
    assert (odd.code, "investment.racks" in odd.err) == (2, True)
