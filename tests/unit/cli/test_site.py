"""``pilotzone site``: what it prints and writes at both widths, and what it says of what cannot be."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.unit.cli.command import call

from pilotzone.study import KINDS

OWN = """
title = "Two places"
draws = 400
batches = 20

[[criterion]]
name = "heat_c"

[[criterion]]
name = "gdp_gap"

[[place]]
region = "CN-GZ"

[[place]]
name = "Elsewhere"
figures = { heat_c = 45, gdp_gap = [0.1, 0.2] }
"""


@pytest.fixture
def siting(tmp_path: Path) -> Path:
    path = tmp_path / "two.toml"
    path.write_text(OWN, encoding="utf-8")
    return path


@pytest.mark.parametrize("columns", [80, 120])
def test_a_ranking_within_the_width(siting: Path, columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    said = call("site", siting)
    lines = said.out.splitlines()
    assert said.code == 0
    assert max(map(len, lines)) <= columns
    assert lines[0] == "Two places: GUIZHOU RANKS FIRST"
    assert "Guizhou ranks first in 100\u00a0% of simulated cases" in said.out.replace(" %", "\u00a0%")
    assert "score 0" in " ".join(said.out.split())
    assert "What these data cannot answer: " in said.out


@pytest.mark.parametrize("columns", [80, 120])
def test_one_place_with_all_its_sources(siting: Path, columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    said = call("site", siting, "--place", "CN-GZ")
    assert max(map(len, said.out.splitlines())) <= columns
    assert said.out.startswith("Guizhou\n")
    assert "National Bureau of" in said.out
    assert "EnergyPlus" in said.out


def test_files_json_and_one_line(siting: Path, tmp_path: Path) -> None:
    said = call("site", siting, "--json", "--out", tmp_path / "out")
    record = json.loads(said.out)
    assert record["winner"] == "Guizhou"
    assert json.loads((tmp_path / "out" / "siting.json").read_text(encoding="utf-8")) == record
    assert sorted(item.name for item in (tmp_path / "out").iterdir()) == sorted(KINDS["siting"].artefacts)
    assert call("site", siting, "--quiet").out == "two: Guizhou\n"


def test_a_place_with_spots(tmp_path: Path) -> None:
    """Which spot is the best one is said wherever the ranking is, and each spot is printed when its place is asked."""
    path = tmp_path / "spots.toml"
    spots = [f'[[place]]\nname = "{name}"\nspot_of = "Guizhou"\nregion = "CN-GZ"\n' for name in ("Gui'an", "Bijie")]
    figures = ["figures = { heat_c = [33, 36] }\n", "figures = { heat_c = [30, 38] }\n"]
    text = OWN.replace('[[place]]\nregion = "CN-GZ"\n', "".join(a + b for a, b in zip(spots, figures, strict=True)))
    path.write_text(text, encoding="utf-8")
    said = call("site", path, "--out", tmp_path / "out")
    assert "Bijie is the best of the spots of Guizhou in " in " ".join(said.out.split())
    record = json.loads((tmp_path / "out" / "siting.json").read_text(encoding="utf-8"))
    assert [(item["place"], item["spot"]) for item in record["spots"]] == [("Guizhou", "Bijie"), ("Guizhou", "Gui'an")]
    assert sum(item["best"] for item in record["spots"]) == pytest.approx(1, abs=1e-12)
    ranking = (tmp_path / "out" / "ranking.csv").read_text(encoding="utf-8").splitlines()
    assert "best spot,best spot in" in ranking[0]
    assert ",Bijie,0." in ranking[1]
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "Which spot of a place is the best" in page
    assert "It is the best spot there in" in page
    both = call("site", path, "--place", "Guizhou")
    assert both.code == 0
    assert [line for line in both.out.splitlines() if line in {"Gui'an", "Bijie"}] == ["Gui'an", "Bijie"]
    assert call("site", path, "--place", "CN-GZ").out == both.out
    one = call("site", path, "--place", "Bijie")
    assert [line for line in one.out.splitlines() if line in {"Gui'an", "Bijie"}] == ["Bijie"]
    none = call("site", path, "--place", "Guizhuo")
    assert none.code == 2
    assert "Did you mean 'Guizhou'?" in none.err
    assert "Gui'an" in none.err


def test_what_cannot_be(siting: Path) -> None:
    said = call("site", "guizho")
    assert said.code == 2
    assert "Did you mean 'guizhou'?" in said.err
    said = call("site", siting, "--place", "Nowhere")
    assert said.code == 2
    assert "there is no place 'Nowhere'" in said.err
    # Places outside the evidence have no region, which is not a name that they share.
    said = call("site", siting, "--place", "")
    assert said.code == 2
    assert "there is no place ''" in said.err
