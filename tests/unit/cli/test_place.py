"""``pilotzone place``: a plan of one's own, what the law says, rule books, and what cannot be."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.unit.cli.command import call

from pilotzone.study import PLAN_FILES

PLAN = """
title = "Two sites"
day = 2018-01-01
books = ["china"]
frontier = 3

[[site]]
name = "Home"
jurisdiction = "CN"
capacity_mw = 20.0
fixed_cost = 1000.0
cost_per_mwh = 80.0
pue = 1.2
carbon_kg_per_kwh = 0.6
zone = "a"
latitude = 26.6
longitude = 106.7

[[site]]
name = "Abroad"
jurisdiction = "US"
capacity_mw = 20.0
fixed_cost = 1000.0
cost_per_mwh = 40.0
pue = 1.1
carbon_kg_per_kwh = 0.1
zone = "b"
latitude = 45.6
longitude = -121.2

[[region]]
name = "Everybody"
latitude = 30.0
longitude = 110.0
users = 1.0

[[class]]
name = "people"
kind = "personal"
operator = "critical_infrastructure"
operations = ["store"]
load_mw = 2.0
"""


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    path = tmp_path / "two.toml"
    path.write_text(PLAN, encoding="utf-8")
    return path


@pytest.mark.parametrize("columns", [80, 120])
def test_a_plan_within_the_width(plan: Path, columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    said = call("place", plan)
    assert said.code == 0
    assert max(map(len, said.out.splitlines())) <= columns
    assert said.out.startswith("Two sites\nHome is open.")
    assert "csl-37-store" in said.out
    assert "no legal advice" in said.out


def test_files_json_and_one_line(plan: Path, tmp_path: Path) -> None:
    said = call("place", plan, "--json", "--out", tmp_path / "out")
    record = json.loads(said.out)  # and nothing of the solver's own before it
    assert [row["site"] for row in record["open"]] == ["Home"]
    hours = 8760 * 2.0
    assert record["cost"] == pytest.approx(hours * 80 * 1.2 + 1000)
    assert record["rules"][0]["cost"] == pytest.approx(hours * (80 * 1.2 - 40 * 1.1))
    assert json.loads((tmp_path / "out" / "plan.json").read_text(encoding="utf-8")) == record
    assert sorted(item.name for item in (tmp_path / "out").iterdir()) == sorted(PLAN_FILES)
    assert call("place", plan, "--quiet").out == "two: Home\n"


@pytest.mark.parametrize("columns", [80, 120])
def test_what_the_law_says(plan: Path, columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    said = call("place", "explain", "people", "Abroad", "--plan", plan)
    assert max(map(len, said.out.splitlines())) <= columns
    assert "denied by csl-37-store" in " ".join(said.out.split())
    before = call("place", "explain", "people", "Abroad", "--plan", plan, "--day", "2017-05-31")
    assert "denied" not in before.out.partition("A reading of two laws")[0]
    assert "csl-37-abroad" in call("place", "rules", "china").out


def test_conflicts_are_named(plan: Path) -> None:
    plan.write_text(PLAN.replace("load_mw = 2.0", "load_mw = 2.0\nlatency_ms = 1.0"), encoding="utf-8")
    said = call("place", plan)
    assert said.code == 3
    assert "latency of people" in said.err


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("capacity_mw = 20.0", "capacity_mw = -20.0", "capacity_mw is -20.0"),
        ("capacity_mw = 20.0", "capacity = 20.0", "Did you mean 'capacity_mw'"),
        ('books = ["china"]', 'books = ["chine"]', "Did you mean 'china'"),
        ("pue = 1.2", "pue = 0.9", "pue is 0.9"),
        ("load_mw = 2.0", "lod_mw = 2.0", "Did you mean 'load_mw'"),
        ("[[class]]", "[[clas]]", "Did you mean 'class'"),
        ("day = 2018-01-01", 'day = "soon"', "day"),
        ('operations = ["store"]', 'operations = ["stor"]', "'stor'"),
    ],
)
def test_what_is_wrong_with_a_plan_file(plan: Path, old: str, new: str, words: str) -> None:
    plan.write_text(PLAN.replace(old, new, 1), encoding="utf-8")
    said = call("place", plan)
    assert said.code == 2
    assert words in " ".join(said.err.split())


def test_words_that_are_too_many(plan: Path) -> None:
    assert call("place", plan, "people").code == 2
    assert call("place", "explain", "people").code == 2
    assert call("place", "explain", "peopel", "Home", "--plan", plan).code == 2
    assert call("place", plan, "--day", "2017-01-01").code == 2
