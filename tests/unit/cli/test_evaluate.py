"""``pilotzone evaluate``: what it prints and writes, at both widths, with few units, and with hostile names."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, get_args

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from pydantic import BaseModel
from tests.unit.cli.command import call
from typer.main import get_command

import pilotzone as pz
from pilotzone.cli.app import app
from pilotzone.core import UsageError
from pilotzone.report import p_text
from pilotzone.study.panel.file import PanelStudySpec

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
    assert lines[0] == "Effects on GDP and CO2: GREEN GROWTH: HOLDS WITH ALLOWANCE"
    assert sum(line.startswith("time  effect") for line in lines) == 2
    assert "Units: 40: 12 treated in 1 cohort, 28 never." in said.out


@pytest.mark.parametrize(("columns", "most"), [("80", 31), ("120", 24)])
@pytest.mark.parametrize("treated", [12, 3])
def test_the_first_screen_has_the_answer_and_the_effects(treated: int, columns: str, most: int, tmp_path: Path) -> None:
    first = call("evaluate", towns(treated, tmp_path), *COLUMNS, *CLAIM, COLUMNS=columns).out.partition("\n\n")[0]
    lines = first.splitlines()
    assert len(lines) <= most
    told = " ".join(first.split())
    for head in (
        "How strong: p ",
        "What would change this answer: ",
        "outcome effect ",
        "Design: Callaway and Sant'Anna",
    ):
        assert head in told
    assert f"40 units ({treated} treated in 1 cohort, {40 - treated} never)" in told
    # Why not more stands where checks do not pass, and why there are no standard errors where units are few.
    assert ("Why not more: " in told) == ("not passed on" in told or "open on" in told)
    few = "Units are too few for standard errors (3 units in a group that matters, 5 needed): p and intervals are by"
    assert (few in told) == (treated == 3)


def test_effects_without_a_claim_have_the_same_head(tmp_path: Path) -> None:
    said = call("evaluate", towns(12, tmp_path), *COLUMNS, "--outcome", "gdp", COLUMNS="120").out
    told = " ".join(said.partition("\n\n")[0].split())
    found = pz.evaluate(tmp_path / "towns.parquet", unit="town", time="year", cohort="from", outcomes=["gdp"]).overall[
        0
    ]
    assert found.p is not None
    assert "EFFECTS, NO VERDICT The effect on gdp" in told
    assert f"How strong: p of no effect {p_text(found.p)} on gdp; 95% interval " in told
    assert "No outcome has a role and a margin, so that nothing is judged." in told
    assert "With a role and a margin for each outcome there is a verdict." in told


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
    assert "This is not an estimate of an effect" in record["others"][1]["note"]
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
    assert [item["title"] for item in few["others"]] == [
        f"Tests for small cohorts: log {name}, %" for name in ("GDP", "CO2")
    ]
    assert sum(note.startswith("No honest intervals of") for note in few["notes"]) == 4


def test_too_few_units_get_no_standard_errors_and_are_told_why(tmp_path: Path) -> None:
    said = call("evaluate", towns(3, tmp_path), *COLUMNS, *CLAIM)
    # Differences before treatment have no standard errors either: how far trends parted cannot be measured.
    assert said.out.splitlines()[0].endswith("GREEN GROWTH: HOLDS WITHOUT ALLOWANCE ONLY")
    assert "Departures from parallel trends cannot be assessed: the effect has no standard error" in " ".join(
        said.out.split()
    )
    assert "p by randomisation inference" in said.out
    assert "Tests for small cohorts: log CO2, %" in said.out
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
        (("--outcome", "gdp", "--table", "t"), "is not a database"),
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
    assert "do not make a pattern" in " ".join(said.err.split())


@pytest.mark.parametrize(
    ("option", "value", "says"),
    [
        ("--memory", "9TB", "--memory is '9TB'. Allowed: a size up to 4TB"),
        ("--memory", "much", "--memory is 'much'. Allowed: a size up to 4TB"),
        ("--delimiter", "ab", "--delimiter: the delimiter is 'ab'. Allowed: one sign"),
        ("--decimal", ";", "--decimal is ';'. Allowed: '.' or ','"),
        ("--na", "", "--na[1] is ''"),
        ("--na", " ", "--na: words for missing values are"),
        ("--alpha", "0.7", "--alpha is 0.7: it has to be below 0.5"),
        ("--conley", "50", "--conley needs --coordinates. Allowed: two columns"),
        ("--rings", "50", "--rings needs --coordinates. Allowed: two columns"),
        ("--na", "NA", "is not a CSV file"),
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


# ------------------------------------------------------------------------------------------------ defaults in the help

IN_WORDS = {
    "--delimiter": "a comma; a tab in .tsv",
    "--cell": "an eighth of the distance",
    "--dose-bins": "one for each dose",
}
"""Defaults in words: the key has none in the file, and what stands in its place depends on other things."""


def options_to_keys(monkeypatch: pytest.MonkeyPatch, *flags: str) -> dict[str, tuple[str, Any]]:
    """Return what the command hands on: option, as a user writes it, to key of a study file and value."""
    caught: dict[str, tuple[str, Any]] = {}

    def catch(_: object, __: str, ___: object, options: dict[str, tuple[str, Any]], **____: object) -> None:
        caught.update(options)
        raise UsageError("enough")

    monkeypatch.setattr("pilotzone.study.panel.study_of_options", catch)
    assert call("evaluate", "panel.csv", *COLUMNS, "--outcome", "y", *flags).code == 2
    assert caught
    return caught


def default_of(key: str) -> Any:  # noqa: ANN401 - of any key
    """Return the default of a key of a study file of a panel; `...` if it has to be given."""
    model: type[BaseModel] = PanelStudySpec
    *parts, last = key.split(".")
    for part in parts:
        annotation = model.model_fields[part].annotation
        (model,) = [
            item
            for item in (annotation, *get_args(annotation))
            if isinstance(item, type) and issubclass(item, BaseModel)
        ]
    field = model.model_fields[last]
    return ... if field.is_required() else field.get_default(call_default_factory=True)


def shown_default(option: Any) -> str | None:  # noqa: ANN401 - Typer's own class
    """Return the default that the help shows, beside the text or in it."""
    if isinstance(option.show_default, str):
        return option.show_default
    found = re.search(r"\[default: (.+)\]", option.help)
    return None if found is None else found[1]


def test_defaults_in_the_help_are_those_of_the_study_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """The help says them by hand: an option that is left out leaves its key out, and the file has the default."""
    group: Any = get_command(app)
    given = {
        option.opts[0]: option for option in group.commands["evaluate"].params if option.param_type_name == "option"
    }
    keys = options_to_keys(monkeypatch)
    compared = []
    for name, option in given.items():
        of_it = [key for told, (key, _) in keys.items() if told.partition(",")[0] == name]
        defaults = [default for default in map(default_of, of_it) if default not in (None, (), {}, ...)]
        shown = shown_default(option)
        if option.is_flag or not of_it:
            assert shown is None, name
        elif name in IN_WORDS:
            assert (shown, defaults) == (IN_WORDS[name], []), name
        elif name == "--threshold":
            assert [float(shown or "nan")] == defaults
        else:
            assert (shown or "") == ",".join(map(str, defaults)), name
            compared += [name] if shown else []
    assert len(compared) >= 14


def test_flags_set_what_is_not_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    flags = ("--cross-sections", "--beside", "--honest", "--km")
    keys = options_to_keys(monkeypatch, *flags, "--coordinates", "east,north")
    assert all(keys[flag][1] not in (None, default_of(keys[flag][0])) for flag in flags)
