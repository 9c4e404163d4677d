"""``pilotzone design``: what it prints and writes at both widths, its limit of time, and what cannot be."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.unit.cli.command import call
from tests.unit.study.campuses import campus, written

from pilotzone.study import KINDS

GRID = "[site.grid]\ntariff = 500.0\ncapacity_charge = 1000.0\n"


@pytest.fixture
def small(tmp_path: Path) -> Path:
    return written(tmp_path, campus(GRID), name="small")


@pytest.mark.parametrize("columns", [80, 120])
def test_a_campus_within_the_width(small: Path, columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    said = call("design", small)
    assert said.code == 0, said.err
    assert max(map(len, said.out.splitlines())) <= columns
    assert said.out.startswith("Small: ALL LOAD IS SERVED\nPower for a kWh of IT costs 0.650 CNY in Here.")
    words = " ".join(said.out.split())
    assert "How strong: the plan is proven to within one part in a million" in words
    assert "not asked" in words
    assert words.endswith("pilotzone design ... --out FOLDER")


def test_files_json_and_one_line(small: Path, tmp_path: Path) -> None:
    said = call("design", small, "--json", "--out", tmp_path / "out")
    assert said.code == 0, said.err
    record = json.loads(said.out)  # and nothing of the solver's own before it
    assert [site["site"] for site in record["sites"]] == ["Here"]
    assert json.loads((tmp_path / "out" / "campus.json").read_text(encoding="utf-8")) == record
    assert sorted(item.name for item in (tmp_path / "out").iterdir()) == sorted(KINDS["campus"].artefacts)
    assert call("design", small, "--quiet").out == "small: Here 0.65 CNY/kWh\n"
    assert call("verify", tmp_path / "out").code == 0


def test_the_limit_of_time_is_part_of_what_was_run(small: Path, tmp_path: Path) -> None:
    said = call("design", small, "--seconds", "55", "--quiet", "--out", tmp_path / "out")
    assert said.code == 0, said.err
    audit = json.loads((tmp_path / "out" / "audit.json").read_text(encoding="utf-8"))
    assert audit["study"]["settings"]["seconds"] == 55
    for wrong in ("0", "-1", "nan", "86401"):
        found = call("design", small, "--seconds", wrong)
        assert found.code == 2, wrong
        assert "--seconds" in found.err
        assert found.out == ""


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("it_mw = 10.0", "it_mw = -1.0", "it_mw is -1.0"),
        ("tariff = 500.0", "tarif = 500.0", "Did you mean 'tariff'"),
        ("[site.grid]", "[site.gird]", "Did you mean 'grid'"),
        ("[campus]", "[campuss]", "campuss is not a key"),
        ('region = "CN-GZ"', 'region = "CN-QQ"', "the evidence has no region 'CN-QQ'"),
        ("tariff = 500.0", 'prices = "none.csv"', "none.csv"),
    ],
)
def test_what_is_wrong_with_a_campus_file(small: Path, old: str, new: str, words: str) -> None:
    text = small.read_text(encoding="utf-8")
    assert old in text
    small.write_text(text.replace(old, new, 1), encoding="utf-8")
    said = call("design", small)
    assert said.code in {2, 3}
    assert said.err.count("Error: ") == 1
    assert words in " ".join(said.err.split())


@pytest.mark.parametrize(
    ("column", "told"),
    [(None, "its folder, "), ("price\n1\n2\n", "p.csv has 2 prices"), ("price\n1\nx\n", "p.csv, line 3: 'x'")],
)
def test_data_that_cannot_be_used_end_with_3(small: Path, column: str | None, told: str) -> None:
    text = small.read_text(encoding="utf-8").replace("tariff = 500.0", 'prices = "p.csv"')
    small.write_text(text, encoding="utf-8")
    if column is not None:
        small.with_name("p.csv").write_text(column, encoding="utf-8")
    said = call("design", small)
    assert (said.code, said.out) == (3, "")
    assert told in " ".join(said.err.split())


def test_a_file_of_another_kind_is_told(small: Path) -> None:
    small.write_text('title = "T"\nregions = "all"\n', encoding="utf-8")
    assert "a ranking of places" in " ".join(call("design", small).err.split())
    said = call("design", "three-provnces")
    assert said.code == 2
    assert "Did you mean 'three-provinces'" in " ".join(said.err.split())
