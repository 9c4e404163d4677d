"""``pilotzone evaluate``: what it prints and writes, at both widths, with few units, and with hostile names."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from tests.unit.cli.command import call

import pilotzone as pz

if TYPE_CHECKING:
    from pathlib import Path

COLUMNS = ("--unit", "town", "--time", "year", "--cohort", "from")
CLAIM = (
    "--outcome", "gdp,role=development,good=up,margin=5,scale=log,label=log GDP",
    "--outcome", "co2,role=environment,good=down,margin=5,scale=log,label=log CO2",
)  # fmt: skip


def towns(treated: int, folder: Path) -> Path:
    """Write a panel of 40 towns in which a zone raises one outcome by a tenth and leaves the other alone."""
    rng = np.random.default_rng(2)
    years = np.arange(2010, 2018)
    start = np.where(np.arange(40) < treated, 2014, 0)
    data = pd.DataFrame({"town": np.repeat(np.arange(40), 8), "year": np.tile(years, 40), "from": np.repeat(start, 8)})
    on = (data["from"] > 0) & (data["year"] >= data["from"])
    data["gdp"] = 0.1 * on + rng.normal(0, 0.01, len(data))
    data["co2"] = rng.normal(0, 0.01, len(data))
    data.to_parquet(folder / "towns.parquet", index=False)
    return folder / "towns.parquet"


@pytest.mark.parametrize("columns", [80, 120])
def test_everything_is_printed_within_the_width(columns: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    said = call("evaluate", towns(12, tmp_path), *COLUMNS, *CLAIM)
    assert said.code == 0
    lines = said.out.splitlines()
    assert max(map(len, lines)) <= columns
    assert lines[0] == "Effects on GDP and CO2: GREEN GROWTH"
    assert sum(line.startswith("since treatment") for line in lines) == 2
    assert "Units: 40: 12 treated in 1 cohort, 28 never." in said.out


def test_files_are_written_whole_and_say_the_same(tmp_path: Path) -> None:
    panel = towns(12, tmp_path)
    said = call("evaluate", panel, *COLUMNS, *CLAIM, "--beside", "--out", tmp_path / "out", "--json")
    record: dict[str, Any] = json.loads(said.out)
    assert sorted(item.name for item in (tmp_path / "out").iterdir()) == [
        "audit.json", "effects.parquet", "report.html", "verdict.json",
    ]  # fmt: skip
    assert json.loads((tmp_path / "out" / "verdict.json").read_text(encoding="utf-8")) == record
    found = pz.evaluate(panel, unit="town", time="year", cohort="from", outcomes=[CLAIM[1], CLAIM[3]])
    kept = pq.read_table(tmp_path / "out" / "effects.parquet").to_pylist()
    assert [row["estimate"] for row in kept] == [row.estimate for row in found.rows]
    assert record["verdict"]["label"] == pz.judge(found).label == "green growth"
    assert [item["effect"] for item in record["overall"]] == pytest.approx([row.effect for row in found.overall])
    assert len(record["others"]) == 2
    assert "This is no estimate of an effect" in record["others"][1]["note"]
    audit = json.loads((tmp_path / "out" / "audit.json").read_text(encoding="utf-8"))
    assert list(audit["inputs"]) == ["data/towns.parquet"]
    assert audit["seeds"] == {"bands": 20160}
    told = call("verify", tmp_path / "out")
    assert (told.code, told.out.splitlines()[0]) == (0, "towns: THE SAME when recomputed")
    beside = call("compare", tmp_path / "out", tmp_path / "out")
    assert (beside.code, "Nothing differs." in beside.out) == (0, True)
    # A second run takes the first one's place; a folder with anything else in it is left alone.
    assert call("evaluate", panel, *COLUMNS, *CLAIM, "--out", tmp_path / "out", "-q").code == 0
    (tmp_path / "out" / "mine.txt").write_text("x", encoding="utf-8")
    refused = call("evaluate", panel, *COLUMNS, *CLAIM, "--out", tmp_path / "out", "-q")
    assert (refused.code, "mine.txt" in refused.err) == (2, True)


def test_what_effects_are_if_trends_parted_is_said_on_request(tmp_path: Path) -> None:
    record: dict[str, Any] = json.loads(
        call("evaluate", towns(12, tmp_path), *COLUMNS, *CLAIM, "--honest", "--json").out
    )
    titles = [item["title"] for item in record["others"]]
    assert titles == [
        f"Effect on {name} if trends parted ({how})"
        for name in ("gdp", "co2")
        for how in ("relative magnitudes", "smoothness")
    ]
    assert all("Breakdown value:" in item["note"] for item in record["others"])
    few: dict[str, Any] = json.loads(call("evaluate", towns(3, tmp_path), *COLUMNS, *CLAIM, "--honest", "--json").out)
    assert few["others"] == []
    assert sum(note.startswith("No honest intervals of") for note in few["notes"]) == 4


def test_too_few_units_get_no_standard_errors_and_are_told_why(tmp_path: Path) -> None:
    said = call("evaluate", towns(3, tmp_path), *COLUMNS, *CLAIM)
    # Differences before treatment have no standard errors either, so that nothing is identified.
    assert "NOT IDENTIFIED" in said.out
    assert "p by lot" in said.out
    assert "3 units in a group that matters, 5 needed" in " ".join(said.out.split())
    assert "Effects without standard errors have too few units behind them." in " ".join(said.out.split())
    record: dict[str, Any] = json.loads(call("evaluate", towns(3, tmp_path), *COLUMNS, *CLAIM, "--json").out)
    assert all(row["se"] is None and row["lower"] is None and row["p"] is None for row in record["effects"])


def test_names_from_data_stay_text_in_the_report(tmp_path: Path) -> None:
    data = pd.read_parquet(towns(12, tmp_path)).rename(columns={"gdp": "<img src=x onerror=alert(1)>"})
    data.to_parquet(tmp_path / "odd.parquet", index=False)
    said = call(
        "evaluate", tmp_path / "odd.parquet", *COLUMNS, "--outcome", "<img src=x onerror=alert(1)>",
        "--out", tmp_path / "out", "-q",
    )  # fmt: skip
    assert said.code == 0
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "<img src=x" not in page
    assert "&lt;img src=x" in page


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--outcome", "gpd"), "no column 'gpd'. Did you mean 'gdp'"),
        (("--outcome", "gdp", "--estimator", "ols"), "estimator"),
        (("--outcome", "gdp", "--controls", "never"), "controls"),
        (("--outcome", "gdp", "--level", "2"), "level is 2.0"),
        (("--outcome", "gdp,margin=x"), "the margin of outcome 'gdp' is 'x'"),
        (("--outcome", "gdp", "--table", "t"), "is no database"),
        (("--outcome", "gdp", "--engine", "ray"), "engine"),
    ],
)
def test_wrong_options_are_usage(options: tuple[str, ...], message: str, tmp_path: Path) -> None:
    said = call("evaluate", towns(12, tmp_path), *COLUMNS, *options)
    assert said.code == 2
    assert message in " ".join(said.err.split())
    assert said.out == ""


def csv_of(panel: Path, how: str) -> Path:
    path = panel.with_suffix(".csv")
    data = pd.read_parquet(panel)
    if how == "semicolons":
        data.to_csv(path, index=False, sep=";", decimal=",")
    else:
        data.loc[5:6, "gdp"] = np.nan
        data.to_csv(path, index=False, na_rep="NA")
    return path


def test_csv_files_of_other_forms_have_a_way_in(tmp_path: Path) -> None:
    panel = towns(12, tmp_path)
    expected = call("evaluate", panel, *COLUMNS, *CLAIM, "--quiet").out
    path = csv_of(panel, "semicolons")
    said = call("evaluate", path, *COLUMNS, *CLAIM)
    assert said.code == 3
    assert "--delimiter ';'" in said.err
    said = call("evaluate", path, *COLUMNS, *CLAIM, "--delimiter", ";")
    assert said.code == 3
    assert "--decimal ','" in said.err
    form = ("--delimiter", ";", "--decimal", ",")
    assert call("evaluate", path, *COLUMNS, *CLAIM, *form, "--quiet").out == expected
    done = call("evaluate", path, *COLUMNS, *CLAIM, *form, "--quiet", "--out", tmp_path / "out")
    assert done.code == 0
    audit = json.loads((tmp_path / "out" / "audit.json").read_text(encoding="utf-8"))
    kept = audit["study"]["settings"]["panel"]
    assert (kept["delimiter"], kept["decimal"], kept["na"]) == (";", ",", [])
    assert list(audit["inputs"]) == ["data/towns.csv"]
    assert call("verify", tmp_path / "out").code == 0
    path = csv_of(panel, "words")
    said = call("evaluate", path, *COLUMNS, *CLAIM)
    assert said.code == 3
    assert "column 'gdp' holds 'NA' on line 7, and 1 more like it" in " ".join(said.err.split())
    assert "--na 'NA'" in said.err
    assert call("evaluate", path, *COLUMNS, *CLAIM, "--na", "NA", "--na", ".", "--quiet").code == 0


def test_what_a_shell_makes_of_a_pattern_gets_an_answer(tmp_path: Path) -> None:
    panel = towns(12, tmp_path)
    said = call("evaluate", panel, panel, panel, *COLUMNS, *CLAIM)
    assert said.code == 2
    assert "3 panels are given" in said.err
    assert "name the folder" in said.err
    said = call("evaluate", tmp_path / "*.parquet", *COLUMNS, *CLAIM)
    assert said.code == 2
    assert "are not taken for patterns" in " ".join(said.err.split())


@pytest.mark.parametrize(
    ("option", "value", "says"),
    [
        ("--memory", "9TB", "the memory limit is '9TB'"),
        ("--memory", "much", "the memory limit is 'much'"),
        ("--delimiter", "ab", "the delimiter is 'ab'"),
        ("--decimal", ";", "the decimal mark is ';'"),
        ("--na", "", "words for missing values are"),
        ("--na", "NA", "is no CSV file"),
    ],
)
def test_options_out_of_bounds(option: str, value: str, says: str, tmp_path: Path) -> None:
    said = call("evaluate", towns(12, tmp_path), *COLUMNS, *CLAIM, option, value)
    assert said.code == 2
    assert says in " ".join(said.err.split())


@pytest.mark.parametrize("master", ["local[1000000]", "http://127.0.0.1:9", "spark://127.0.0.1:9 --class x", "-h"])
def test_masters_out_of_bounds(master: str, tmp_path: Path) -> None:
    said = call("evaluate", towns(12, tmp_path), *COLUMNS, *CLAIM, "--engine", "spark", f"--master={master}")
    assert said.code == 2
    assert "not a place where Spark runs" in " ".join(said.err.split())
