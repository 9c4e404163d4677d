"""A study of a zone begun from a table of one's own: the file is read back as it was meant, whatever names hold."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from tests.unit.study.invented import write_figures

from pilotzone.core import PilotZoneError, StudyError
from pilotzone.study import KINDS, parse, run_study
from pilotzone.study.zone.begin import begun_study

OUTPUT = {
    "column": "output",
    "label": "Output",
    "unit": "1e6 CNY",
    "role": "development",
    "good": "up",
    "scale": "log",
    "margin": 5,
    "why": "invented",
}
SMOKE = {**OUTPUT, "column": "smoke", "label": "Smoke", "unit": "kt", "role": "environment", "good": "down"}
GIVEN: dict[str, Any] = {
    "title": "Mine",
    "file": "figures.csv",
    "unit": "place",
    "period": "year",
    "zone": "Place A",
    "start": 2014,
    "last": 2019,
    "outcomes": [OUTPUT, SMOKE],
}


def test_what_is_begun_runs(tmp_path: Path) -> None:
    write_figures(tmp_path)
    study = parse(begun_study(GIVEN), "mine", folder=tmp_path, kind="zone")
    study.kind.read(study)
    found = run_study(study).findings
    assert [item.title for item in found.main.joint.outcomes] == ["Output", "Smoke"]
    assert found.main.effects.design.unit == "Place A"


@pytest.mark.parametrize("name", ['a"b\\c', "</script>", "数据 (Mt)", "x\ny", "=1+1", "[data]", "log", "1st", "\x7f"])
def test_names_stay_what_they_are(name: str) -> None:
    text = begun_study({**GIVEN, "title": name, "zone": name, "outcomes": [{**OUTPUT, "column": name, "label": name}]})
    read = tomllib.loads(text)
    assert (read["title"], read["zone"]["unit"], list(read["data"]["units"])) == (name, name, [name])
    assert read["outcomes"][0]["label"] == name
    assert list(read["derive"].values()) == [f"log(`{name}`)"]
    assert read["outcomes"][0]["name"] == next(iter(read["derive"]))
    parse(text, "mine", folder=Path(), kind="zone")


def test_derived_names_are_nobodys() -> None:
    outcomes = [OUTPUT, {**OUTPUT, "column": "log_output"}, {**OUTPUT, "column": "a b", "scale": "level"}]
    derived = tomllib.loads(begun_study({**GIVEN, "outcomes": outcomes}))["derive"]
    assert len(derived) == 3
    assert not {"output", "log_output", "a b"} & set(derived)
    assert derived["outcome_3"] == "`a b`"


@pytest.mark.parametrize(
    "wrong",
    [
        {"outcomes": []},
        {"outcomes": [OUTPUT, OUTPUT]},
        {"outcomes": [{**OUTPUT, "margin": 0}]},
        {"outcomes": [{**OUTPUT, "margin": None}]},
        {"outcomes": [{**OUTPUT, "unit": ""}]},
        {"outcomes": [{**OUTPUT, "column": "a`b"}]},
        {"outcomes": [{**OUTPUT, "role": "none"}]},
        {"start": "soon"},
        {"zone": 5},
        {"elsewhere": "/etc/passwd"},
    ],
)
def test_what_cannot_be_is_said(wrong: dict[str, Any]) -> None:
    with pytest.raises(StudyError):
        begun_study({**GIVEN, **wrong})


def test_other_periods_are_texts() -> None:
    read = tomllib.loads(begun_study({**GIVEN, "start": "2016Q1", "last": "2018Q4"}))
    assert (read["zone"]["start"], read["window"]["verdict"]) == ("2016Q1", ["2016Q1", "2018Q4"])


def test_reading_alone_finds_what_does_not_agree(tmp_path: Path) -> None:
    write_figures(tmp_path)
    for wrong in ({"zone": "Nowhere"}, {"unit": "no column"}):
        study = parse(begun_study({**GIVEN, **wrong}), "mine", folder=tmp_path, kind="zone")
        with pytest.raises(PilotZoneError):
            study.kind.read(study)


def test_kinds_that_no_page_begins_say_so() -> None:
    for name, kind in KINDS.items():
        if name != "zone":
            with pytest.raises(PilotZoneError, match="begins no file"):
                kind.begun(GIVEN)
