"""A screen: its address, and the study file that is made of it."""

from __future__ import annotations

import datetime as dt
import json
import tomllib
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.study.guizhou import guizhou

from pilotzone.app.screen import Screen, check_settable, study_text
from pilotzone.core import StudyError
from pilotzone.study import KINDS, load, parse, run_study

BASE = KINDS["zone"].bundled_file("guizhou").decode()
PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**9), 10**9)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda items: st.lists(items, max_size=3) | st.dictionaries(st.text(max_size=8), items, max_size=3),
    max_leaves=6,
)


@given(changes=st.dictionaries(st.from_regex(r"[a-z_]{1,9}(\.[a-z_0-9]{1,9}){0,2}", fullmatch=True), PLAIN, max_size=5))
def test_an_address_says_all_of_a_screen(changes: dict[str, Any]) -> None:
    changes.pop("study", None)
    screen = Screen.checked("zone/guizhou", changes)
    assert Screen.of(parse_qsl(screen.query(), keep_blank_values=True)) == screen


@pytest.mark.parametrize(
    ("pairs", "says"),
    [
        ([], "names no study"),
        ([("study", "")], "names no study"),
        ([("study", "zone/guizhou"), ("zone.start", "2014x")], "sets 'zone.start' to '2014x', which cannot be read"),
        ([("study", "zone/guizhou"), ("zone..start", "2014")], "'zone..start' is not a key"),
        ([("study", "zone/guizhou"), ("<b>", "1")], "'<b>' is not a key"),
        ([("study", "x"), *((f"a.k{k}", "1") for k in range(61))], "more than 60 keys"),
        ([("study", "x"), ("title", json.dumps("x" * 30_000))], "more than 60 keys or 20,000 characters"),
    ],
)
def test_bad_addresses(pairs: list[tuple[str, str]], says: str) -> None:
    with pytest.raises(StudyError) as caught:
        Screen.of(pairs)
    assert says in caught.value.what
    assert len(caught.value.what) < 300


def test_nothing_changed_is_the_file_itself() -> None:
    assert study_text(BASE, {}) == BASE


def test_changes_leave_comments_and_all_else_alone() -> None:
    text = study_text(
        BASE,
        {
            "zone.start": 2014,
            "outcomes.1.margin": 7.5,
            "donors.exclude": {"CN-SN": "by hand", "CN-YN": "by hand"},
            "claim.allowance": None,
            "title": 'Gui"zhou\n[zone]',
        },
    )
    found, base = tomllib.loads(text), tomllib.loads(BASE)
    base["zone"]["start"] = 2014
    base["outcomes"][1]["margin"] = 7.5
    base["donors"]["exclude"] = {"CN-SN": "by hand", "CN-YN": "by hand"}
    del base["claim"]["allowance"]
    base["title"] = 'Gui"zhou\n[zone]'
    assert found == base
    lost = [line for line in BASE.splitlines() if "#" in line and line.partition("#")[2].strip() not in text]
    assert [line for line in lost if "allowance" not in line] == []


@pytest.mark.parametrize(
    ("key", "says"),
    [
        ("outcomes.9.margin", "counts in a list of 2"),
        ("title.x", "leads through 'title'"),
        ("outcomes.x.margin", "list"),
    ],
)
def test_keys_that_lead_nowhere(key: str, says: str) -> None:
    with pytest.raises(StudyError, match=says):
        study_text(BASE, {key: 1})


@pytest.mark.parametrize(
    "key", ["data.file", "data.source", "beside.siting", "derive.x", "format", "outcomes.x.margin"]
)
def test_a_link_from_a_stranger_names_no_file(key: str) -> None:
    with pytest.raises(StudyError, match="cannot be changed in the lab") as caught:
        check_settable(KINDS["zone"], {key: "/etc/passwd"})
    assert "zone.start" in str(caught.value.allowed)


@pytest.mark.parametrize(
    ("kind", "key"),
    [
        ("siting", "places"),
        ("siting", "assumptions"),
        ("siting", "place.0.weather"),
        ("plan", "assumptions"),
        ("campus", "site.0.weather"),
        ("campus", "site.0.grid.prices"),
        ("campus", "site.0.plant.0.profile"),
        ("appraisal", "appraisal.assumptions"),
        ("appraisal", "impact.table.file"),
        ("panel", "panel.file"),
        ("panel", "engine.master"),
        ("panel", "space.neighbours.file"),
    ],
)
def test_files_of_no_kind_are_settable(kind: str, key: str) -> None:
    with pytest.raises(StudyError, match="cannot be changed"):
        check_settable(KINDS[kind], {key: "x"})


def test_choices_are_settable_and_say_what_the_file_says() -> None:
    done = guizhou()
    study = load("zone/guizhou")
    choices = [choice.plain() for choice in study.kind.choices(study, done.findings)]
    keys = [choice["key"] for choice in choices]
    assert len(keys) == len(set(keys)) == 16
    values = {choice["key"]: choice["value"] for choice in choices}
    check_settable(study.kind, values)
    again = parse(study_text(BASE, values), "guizhou", kind="zone")
    # What is left out of the file is offered with the value that holds.
    assert again.spec.model_copy(update={"claim": study.spec.claim}) == study.spec
    assert (values["claim.statistic"], values["claim.allowance"]) == ("excess_gap", 0.5)
    for choice in choices:
        if choice["form"] == "one":
            assert choice["value"] in [value for value, _ in choice["options"]], choice["key"]


def test_the_main_design_alone_gives_the_same_answer() -> None:
    whole = guizhou()
    study = load("zone/guizhou")
    alone = run_study(replace(study, beside={}, spec=study.kind.narrowed(study.spec)))
    one, other = (item.findings.main.verdict for item in (whole, alone))
    assert (one.label, one.grade, one.sentence, one.p_development) == (
        other.label,
        other.grade,
        other.sentence,
        other.p_development,
    )
    assert alone.findings.alternatives == alone.findings.secondary == alone.findings.longer == ()
    assert [test.outcome for test in one.tests] == [test.outcome for test in other.tests]


def test_a_day_of_a_plan_is_changed_as_text_and_stays_a_day() -> None:
    plan = load("plan/homecoming")
    base = KINDS["plan"].bundled_file("homecoming").decode()
    check_settable(plan.kind, {"day": "2021-11-01"})
    changed = study_text(base, {"day": "2021-11-01"})
    assert tomllib.loads(changed)["day"] == dt.date(2021, 11, 1)
    assert parse(changed, "homecoming", kind="plan").spec.day == dt.date(2021, 11, 1)
    for wrong in ("2021-13-01", "soon", 5):
        with pytest.raises(StudyError, match="day"):
            parse(study_text(base, {"day": wrong}), "homecoming", kind="plan")


def test_a_driver_whose_ends_are_the_same_is_fixed() -> None:
    base = KINDS["appraisal"].template().format(name="x")
    ends = {"driver.0.low": 0.5, "driver.0.high": 0.5, "driver.0.source": "by hand"}
    check_settable(KINDS["appraisal"], ends)
    changed = study_text(base, ends)
    study = parse(changed, "x", kind="appraisal")
    fixed, *others = [entry.name for entry in study.spec.driver]
    found = run_study(study).findings.chance
    assert fixed not in found.tornado.to_table().columns["driver"]
    assert {*found.tornado.to_table().columns["driver"]} == {*others}
