"""A study of a zone begun from a table of one's own: the file is read back as it was meant, whatever names hold."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from tests.unit.study.forged import write_towns
from tests.unit.study.inclusive import write_people, write_regions, write_wide_fifths
from tests.unit.study.invented import write_figures, write_wide

from pilotzone.core import PilotZoneError, StudyError
from pilotzone.study import KINDS, parse, run_study
from pilotzone.study.inclusion.begin import begun_inclusion
from pilotzone.study.panel.begin import begun_panel
from pilotzone.study.siting.begin import begun_siting
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


def test_a_table_with_a_column_for_each_period_becomes_a_study(tmp_path: Path) -> None:
    write_wide(tmp_path)
    write_figures(tmp_path)
    wide = {**GIVEN, "file": "wide.csv", "period": None, "outcomes": [{**OUTPUT, "column": "figures"}]}
    study = parse(begun_study(wide), "wide", folder=tmp_path, kind="zone")
    long = parse(begun_study({**GIVEN, "outcomes": [OUTPUT]}), "long", folder=tmp_path, kind="zone")
    one, other = (run_study(item).findings.main for item in (study, long))
    assert one.fits[0][1].gaps.tolist() == other.fits[0][1].gaps.tolist()
    for outcomes in ([OUTPUT], [{**OUTPUT, "column": "figures"}, SMOKE]):
        with pytest.raises(StudyError, match="one outcome, figures"):
            begun_study({**wide, "outcomes": outcomes})


PANEL: dict[str, Any] = {
    "title": "Towns",
    "file": "towns.csv",
    "unit": "town",
    "period": "year",
    "cohort": "from",
    "outcomes": [{**OUTPUT, "column": "gdp", "label": "GDP", "unit": "1"}],
}


def test_a_panel_that_is_begun_runs(tmp_path: Path) -> None:
    write_towns(tmp_path)
    study = parse(begun_panel(PANEL), "towns", folder=tmp_path, kind="panel")
    found = run_study(study).findings
    assert found.verdict is not None
    reported = {**PANEL["outcomes"][0], "role": "", "margin": None}
    text = begun_panel({**PANEL, "outcomes": [reported]})
    assert run_study(parse(text, "towns", folder=tmp_path, kind="panel")).findings.verdict is None
    for wrong in ({"role": ""}, {"margin": None}):
        with pytest.raises(StudyError, match="an outcome with a role has a margin"):
            begun_panel({**PANEL, "outcomes": [{**PANEL["outcomes"][0], **wrong}]})


CRITERIA: list[dict[str, Any]] = [
    {"column": "rent", "unit": "CNY", "good": "down", "weight": 60},
    {"column": 'a "b"', "unit": "kg/kWh", "good": "up", "weight": 40},
]
SITING: dict[str, Any] = {
    "title": "Mine",
    "file": "places.csv",
    "criteria": CRITERIA,
    "places": [["A", [1.0, 2.0]], ["B", [2.0, 1.5]], ["C <i>", [3.0, 4.0]]],
}


def test_a_ranking_that_is_begun_runs() -> None:
    text = begun_siting(SITING)
    found = run_study(parse(text, "mine", kind="siting")).findings.siting
    assert found.places == ("A", "B", "C <i>")
    assert found.weights.tolist() == [0.6, 0.4]
    assert [item.good for item in found.spec.criteria] == ["down", "up"]
    free = {**SITING, "criteria": [{**item, "weight": None} for item in CRITERIA]}
    assert run_study(parse(begun_siting(free), "mine", kind="siting")).findings.siting.weights is None
    thirds = [{**CRITERIA[0], "column": name, "weight": 100 / 3} for name in "abc"]
    places = [[name, [1.0, 2.0, 3.0]] for name in "xy"]
    three = tomllib.loads(begun_siting({**SITING, "criteria": thirds, "places": places}))
    assert sum(three["weights"]["fixed"].values()) == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize(
    ("weights", "words"), [((60, None), "give all of them, or none"), ((60, 50), "sum to 110 %, not to 100 %")]
)
def test_weights_that_cannot_be(weights: tuple[float | None, ...], words: str) -> None:
    criteria = [{**item, "weight": weight} for item, weight in zip(CRITERIA, weights, strict=True)]
    with pytest.raises(StudyError, match=words):
        begun_siting({**SITING, "criteria": criteria})


INCOMES: dict[str, Any] = {
    "title": "Counties",
    "file": "people.csv",
    "source": "An invented survey",
    "measure": "CNY",
    "income": "income",
    "people": "weight",
    "period": "year",
    "group": "kind",
    "cluster": "county",
    "zone": "zone",
    "start": 2016,
    "indices": ["gini", "poverty_gap"],
    "line": 800,
    "line_source": "invented",
    "claim": {"index": "gini", "role": "inclusion", "margin": 0.05},
    "gap": True,
    "by_group": True,
}


def test_a_study_of_who_gains_that_is_begun_runs(tmp_path: Path) -> None:
    write_people(tmp_path)
    study = parse(begun_inclusion({**INCOMES, "quantiles": True}), "mine", folder=tmp_path, kind="inclusion")
    assert study.spec.quantiles is not None
    study.kind.tried(study)
    found = run_study(
        parse(begun_inclusion({**INCOMES, "title": "</b>"}), "mine", folder=tmp_path, kind="inclusion")
    ).findings
    assert {row.group for row in found.levels} == {"all", "urban", "rural"}
    assert found.verdicts["inequality"] is not None
    assert (found.convergence, found.quantiles) != (None, found.convergence)
    bare = {key: INCOMES[key] for key in ("title", "file", "source", "measure", "income", "indices")}
    text = begun_inclusion({**bare, "indices": ["gini"], "equal": True})
    (level,) = run_study(parse(text, "mine", folder=tmp_path, kind="inclusion")).findings.levels
    assert (level.group, level.period) == ("all", None)


REGION_INCOMES: dict[str, Any] = {
    "title": "Regions",
    "file": "regions.csv",
    "source": "Invented figures",
    "measure": "CNY",
    "income": "income",
    "people": "people",
    "period": "year",
    "region": "region",
    "group": "remote",
    "zone": "zone",
    "start": 2016,
    "indices": ["theil_t"],
    "gap": True,
    "by_group": True,
}


def test_means_of_regions_are_begun_as_such(tmp_path: Path) -> None:
    write_regions(tmp_path)
    found = run_study(parse(begun_inclusion(REGION_INCOMES), "mine", folder=tmp_path, kind="inclusion")).findings
    assert found.groups is not None
    assert found.levels[0].note == "between regions only"
    claim = {"index": "theil_t", "role": "inclusion", "margin": 0.02}
    text = begun_inclusion({**REGION_INCOMES, "claim": claim})
    judged = run_study(parse(text, "mine", folder=tmp_path, kind="inclusion")).findings
    assert judged.effects is not None
    assert judged.effects.joint.outcomes[0].title == "Theil T between regions"
    assert judged.verdicts["inequality"].label


SHARE_INCOMES: dict[str, Any] = {
    "title": "Fifths",
    "file": "wide.csv",
    "source": "Invented figures",
    "shares": ["q1", "q2", "q3", "q4", "q5"],
    "period": "year",
    "region": "region",
    "zone": "zone",
    "start": 2016,
    "indices": ["gini", "headcount"],
    "line": 0.5,
    "line_source": "half the mean",
    "claim": {"index": "gini", "role": "inclusion", "margin": 0.02},
}


def test_shares_of_income_are_begun_as_such(tmp_path: Path) -> None:
    write_wide_fifths(tmp_path)
    text = begun_inclusion(SHARE_INCOMES)
    assert 'shares = ["q1", "q2", "q3", "q4", "q5"]' in text.splitlines()
    wide = parse(text, "wide", folder=tmp_path, kind="inclusion")
    wide.kind.tried(wide)
    found = run_study(wide).findings
    assert found.levels[0].note == "bounds from shares of income, mean of 14 regions"
    assert found.verdicts["inequality"].label
    rows = {**SHARE_INCOMES, "file": "fifths.csv", "shares": [], "share": "share", "people": "people"}
    long = run_study(parse(begun_inclusion(rows), "long", folder=tmp_path, kind="inclusion")).findings
    assert long.levels == found.levels
    assert long.verdicts["inequality"].label == found.verdicts["inequality"].label
    bare = {key: SHARE_INCOMES[key] for key in ("title", "file", "source", "shares", "period", "region")}
    text = begun_inclusion({**bare, "indices": ["gini"]})
    assert run_study(parse(text, "bare", folder=tmp_path, kind="inclusion")).findings.effects is None


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"income": "q1"}, "one column holds either income"),
        ({"share": "q1"}, "or shares of income"),
        ({"shares": []}, "or shares of income"),
        ({"shares": ["q1"]}, "shares names one column"),
        ({"shares": ["q1", "q1"]}, "shares names column 'q1' twice"),
        ({"people": "n"}, "leave the column of people out"),
        ({"group": "kind"}, "neither groups nor clusters"),
        ({"cluster": "kind"}, "neither groups nor clusters"),
        ({"gap": True}, "hold no amounts"),
        ({"quantiles": True}, "hold no amounts"),
        ({"indices": ["gini", "headcount", "mean"]}, "mean does not follow from shares"),
        ({"region": None}, "needs a column of regions"),
        ({"equal": True}, "leave equal out"),
        ({"zone": None}, "effects need a column of the zone"),
    ],
)
def test_what_cannot_be_of_shares_is_said(wrong: dict[str, Any], words: str) -> None:
    with pytest.raises(StudyError) as caught:
        parse(begun_inclusion({**SHARE_INCOMES, **wrong}), "mine", folder=Path(), kind="inclusion")
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"people": None}, "how many people a row stands for"),
        ({"measure": None}, "the unit of income (measure) is missing"),
        ({"equal": True}, "only one can be"),
        ({"people": "equal"}, "rename it in the file"),
        ({"income": None}, "either income, an amount per person"),
        ({"total": "sum"}, "either income, an amount per person"),
        ({"zone": None}, "effects need a column of the zone"),
        ({"start": None}, "the first period with the programme"),
        ({"line": None}, "needs a poverty line"),
        ({"line_source": None}, "go together"),
        ({"indices": []}, "indices"),
        ({"indices": ["gini", "gini"], "line": 1}, "asked for twice"),
        ({"indices": ["mean"]}, "an index that is not asked for"),
        ({"indices": ["ginni"]}, "ginni"),
        ({"region": "county", "quantiles": True}, "need rows of people, not of regions"),
        ({"group": None}, "no column is said to hold groups"),
        ({"claim": {"index": "gini", "role": "inclusion", "margin": 0}}, "margin"),
        ({"claim": {"index": "gini", "role": "environment", "margin": 1}}, "environment"),
        ({"delimiter": ";"}, "with commas"),
        ({"source": ""}, "source"),
        ({"start": "soon"}, "start"),
    ],
)
def test_what_cannot_be_of_incomes_is_said(wrong: dict[str, Any], words: str) -> None:
    with pytest.raises(StudyError) as caught:
        begun_inclusion({**INCOMES, **wrong})
    assert words in str(caught.value)


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
        if name not in {"zone", "panel", "siting", "inclusion"}:
            with pytest.raises(PilotZoneError, match="begins no file"):
                kind.begun(GIVEN)
