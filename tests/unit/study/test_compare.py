"""Two runs side by side: what differs is there with both values, and what does not is not said to."""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.unit.study.guizhou import guizhou
from tests.unit.study.invented import Figures, write_figures, write_study

from pilotzone.core import DataError, UsageError
from pilotzone.study import RunComparison, compare_runs, run

HOSTILE = "<script>alert(1)</script>\x1b[31m"


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with runs: one, the same again, with other choices, and with other data."""
    home = tmp_path_factory.mktemp("home")
    study = write_study(home)
    for name in ("one", "again"):
        run(study, out=home / name)
    other = study.read_text(encoding="utf-8").replace("margin = 10", "margin = 12.5")
    other += '\n[donors]\nexclude = { "Place C" = "a zone of its own" }\n\n[claim]\nalpha = 0.1\n'
    other += '\n[[alternatives]]\nname = "later"\nstart = 2015\nwindow = [2015, 2019]\n'
    study.write_text(other, encoding="utf-8")
    run(study, out=home / "other")
    write_study(home)
    write_figures(home, Figures(gain=0.0))
    run(study, out=home / "revised")
    return home


def told(found: RunComparison, part: str) -> dict[str, tuple[Any, Any]]:
    return {row.key: (row.left, row.right) for row in found.rows if row.part == part and not row.same}


def record(folder: Path, name: str = "verdict.json") -> Any:  # noqa: ANN401 - plain data
    return json.loads((folder / name).read_bytes())


def test_the_same_run_twice(runs: Path) -> None:
    found = compare_runs(runs / "one", runs / "again")
    assert found.same
    assert found.remarks == ()
    assert {row.part for row in found.rows} == {"verdict", "outcome"}  # shown whether they differ or not


def test_other_choices(runs: Path) -> None:
    found = compare_runs(runs / "one", runs / "other")
    assert not found.same
    settings = told(found, "setting")
    assert settings["outcomes[log_smoke].margin"] == (10.0, 12.5)
    assert settings["claim.alpha"] == (0.05, 0.1)
    assert settings["donors.exclude.Place C"] == (None, "a zone of its own")
    assert settings["alternatives[later].window"] == (None, "2015, 2019")
    assert not any(key.startswith(("title", "window", "data")) for key in settings)
    assert told(found, "donor") == {"Place C": ("donor", "none: a zone of its own")}
    assert told(found, "input") == told(found, "version") == {}
    assert told(found, "verdict")["units ranked"] == (24, 23)
    assert told(found, "verdict")["label, later"] == (None, record(runs / "other")["designs"][0]["verdict"]["label"])


def test_estimates_and_p_values_are_those_of_the_runs(runs: Path) -> None:
    found = compare_runs(runs / "one", runs / "other")
    rows = {row.key: (row.left, row.right) for row in found.part("outcome")}
    for side, name in enumerate(("one", "other")):
        for test in record(runs / name)["verdict"]["tests"]:
            if test["statistic"] == record(runs / name)["verdict"]["statistic"]:
                outcome = test["outcome"]
                assert rows[f"{outcome}: effect (%)"][side] == test["effect"]
                assert rows[f"{outcome}: p, improvement"][side] == test["p_improved"]
                assert rows[f"{outcome}: p, harm excluded"][side] == test["p_harm_excluded"]
                assert rows[f"{outcome}: diagnostics"][side] == test["diagnostics"]
    assert len(rows) == 20


def test_other_data(runs: Path) -> None:
    found = compare_runs(runs / "one", runs / "revised")
    assert told(found, "verdict")["label"] == ("green growth", "harm excluded, growth not shown")
    assert told(found, "setting") == {}
    (inputs,) = told(found, "input").items()
    assert inputs[0] == "data/figures.csv"
    assert inputs[1] == tuple(
        record(runs / name, "audit.json")["inputs"]["data/figures.csv"] for name in ("one", "revised")
    )


def test_sides_are_kept_apart(runs: Path) -> None:
    one, other = compare_runs(runs / "one", runs / "other"), compare_runs(runs / "other", runs / "one")
    assert {(r.part, r.key, repr(r.left), repr(r.right)) for r in one.rows} == {
        (r.part, r.key, repr(r.right), repr(r.left)) for r in other.rows
    }


def test_defaults_of_a_table_that_hold_nothing_are_no_rows(runs: Path, tmp_path: Path) -> None:
    varied = shutil.copytree(runs / "one", tmp_path / "varied")
    audit = record(varied, "audit.json")
    assert audit["study"]["settings"]["sensitivity"] is None
    audit["study"]["settings"]["sensitivity"] = {"donors_out": 2, "anticipation": None, "last": None}
    (varied / "audit.json").write_text(json.dumps(audit), encoding="utf-8")
    assert told(compare_runs(runs / "one", varied), "setting") == {"sensitivity.donors_out": (None, 2)}


def test_other_versions(runs: Path, tmp_path: Path) -> None:
    older = shutil.copytree(runs / "one", tmp_path / "older")
    audit = record(older, "audit.json")
    del audit["versions"]["numpy"]
    audit["versions"]["pilotzone"] = "0.0.9"
    (older / "audit.json").write_text(json.dumps(audit), encoding="utf-8")
    found = told(compare_runs(older, runs / "one"), "version")
    now = record(runs / "one", "audit.json")["versions"]
    assert found == {"pilotzone": ("0.0.9", now["pilotzone"]), "numpy": (None, now["numpy"])}


def test_two_studies(runs: Path, tmp_path: Path) -> None:
    guizhou().write(tmp_path / "guizhou")
    found = compare_runs(runs / "one", tmp_path / "guizhou")
    assert found.studies == ("invented", "guizhou")
    assert told(found, "setting")["title"][1] == "Guizhou's big data pilot zone, 2016"
    assert told(found, "outcome")["log_output: effect (%)"][1] is None
    assert len(told(found, "donor")) > 40


def test_an_edited_verdict_is_remarked(runs: Path, tmp_path: Path) -> None:
    edited = Path(shutil.copytree(runs / "one", tmp_path / "edited"))
    text = (edited / "verdict.json").read_text(encoding="utf-8")
    (edited / "verdict.json").write_text(
        text.replace("green growth", HOSTILE.replace("\x1b", "\\u001b")), encoding="utf-8"
    )
    found = compare_runs(runs / "one", edited)
    assert told(found, "verdict")["label"] == ("green growth", HOSTILE)
    (remark,) = found.remarks
    assert "is not the file that the run wrote. See: pilotzone verify" in remark
    assert "<script" not in found._repr_html_()


def lists(record: dict[str, Any]) -> None:
    record.update(designs=5, zone=[])
    record["verdict"].update(tests={"a": 1}, label=["x"], p_claim=math.nan)


def emptied(record: dict[str, Any]) -> None:
    record["verdict"].clear()


def without_zone(record: dict[str, Any]) -> None:
    del record["zone"]


@pytest.mark.parametrize("change", [lists, emptied, without_zone])
def test_verdicts_of_another_form_are_shown_as_far_as_they_go(
    runs: Path, tmp_path: Path, change: Callable[[dict[str, Any]], object]
) -> None:
    odd = Path(shutil.copytree(runs / "one", tmp_path / "odd"))
    content = record(odd)
    change(content)
    (odd / "verdict.json").write_text(json.dumps(content), encoding="utf-8")
    found = compare_runs(odd, runs / "one")
    assert not found.same
    json.dumps(found.to_dict(), allow_nan=False)


@pytest.mark.parametrize("content", ["", "[]", '{"verdict": 1}', "\x00"])
def test_no_verdict(runs: Path, tmp_path: Path, content: str) -> None:
    odd = Path(shutil.copytree(runs / "one", tmp_path / "odd"))
    (odd / "verdict.json").write_text(content, encoding="utf-8")
    with pytest.raises(DataError, match=r"verdict\.json of .* (is not JSON|holds no verdict)"):
        compare_runs(runs / "one", odd)


def test_no_run(runs: Path) -> None:
    with pytest.raises(UsageError, match="there is no folder"):
        compare_runs(runs / "one", runs / "none")
    with pytest.raises(UsageError, match="holds no run"):
        compare_runs(runs, runs / "one")


def test_nothing_is_written(runs: Path) -> None:
    before = {path: path.read_bytes() for path in runs.rglob("*") if path.is_file()}
    compare_runs(runs / "one", runs / "other")
    assert {path: path.read_bytes() for path in runs.rglob("*") if path.is_file()} == before


def test_as_table_and_plain_data(runs: Path) -> None:
    found = compare_runs(runs / "one", runs / "other")
    assert list(found.to_table().columns) == ["part", "key", "left", "right", "same"]
    assert len(found.to_table()) == len(found.rows) == len(found.to_dict()["rows"])
