"""Breaks in a panel of many units: refused, accepted, remarked; units that are left out; the rule in an event study."""

from __future__ import annotations

import html
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.unit.study.test_breaks import a_break, accepting, numbers, words

import pilotzone as pz
from pilotzone.core import StudyError
from pilotzone.study import verify

STUDY = """\
format = 1
title = "Towns with a zone"

[panel]
file = "towns.parquet"
unit = "town"
time = "year"
cohort = "from"

[[outcomes]]
name = "gdp"
role = "development"
margin = 5
scale = "log"

[[outcomes]]
name = "smoke"
role = "environment"
good = "down"
margin = 5
scale = "log"
"""


def towns(folder: Path, *tables: str, cohorts: tuple[int, ...] = (2014,), drop: tuple[int, ...] = ()) -> Path:
    """Write a panel of 40 invented towns, twelve with a zone, and its study."""
    rng = np.random.default_rng(3)
    years = np.arange(2010, 2018)
    start = np.where(np.arange(40) < 12, np.resize(cohorts, 40), 0)
    data = pd.DataFrame({"town": np.repeat(np.arange(40), 8), "year": np.tile(years, 40), "from": np.repeat(start, 8)})
    on = (data["from"] > 0) & (data["year"] >= data["from"])
    data["gdp"] = 0.1 * on + rng.normal(0, 0.01, len(data))
    data["smoke"] = rng.normal(0, 0.01, len(data))
    data[~data["town"].isin(drop)].to_parquet(folder / "towns.parquet", index=False)
    path = folder / "zones.toml"
    path.write_text(STUDY + "".join(tables), encoding="utf-8")
    return path


def test_severe_break_is_refused_before_anything_is_estimated(tmp_path: Path) -> None:
    with pytest.raises(StudyError) as caught:
        pz.run(towns(tmp_path, a_break(at="2012")))
    assert caught.value.what == (
        "outcome 'smoke' compares 2010 to 2017 across the severe break 'registry' in 2012 (firms report; series smoke)."
    )
    assert '[[accepted]] with break = "registry"' in str(caught.value.todo)


def test_break_at_the_beginning_of_the_panel_changes_nothing(tmp_path: Path) -> None:
    pz.run(towns(tmp_path), out=tmp_path / "plain")
    pz.run(towns(tmp_path, a_break(at="2010")), out=tmp_path / "out")
    one, other = ((tmp_path / name / "verdict.json").read_bytes() for name in ("plain", "out"))
    assert one == other


def test_accepted_and_mild_breaks_are_shown_and_change_no_number(tmp_path: Path) -> None:
    plain = pz.run(towns(tmp_path))
    tables = a_break(at="2012"), accepting(), a_break("heads", severity='"mild"', at="2016", series='["gdp"]')
    done = pz.run(towns(tmp_path, *tables), out=tmp_path / "out")
    record = json.loads((tmp_path / "out" / "verdict.json").read_text(encoding="utf-8"))
    assert numbers(plain.record()) == numbers(record)
    assert [(item["name"], item["follows"]) for item in record["breaks"]] == [
        ("registry", "accepted"),
        ("heads", "remarked"),
    ]
    assert record["limits"][0]["text"].endswith("Accepted because: The same meters were read.")
    lines = [getattr(block, "text", "") for block in done.lines(80)]
    assert "Mild break 2016: firms report (heads)." in lines
    assert "What these data cannot answer: severe break 2012 accepted, firms report." in lines
    page = words((tmp_path / "out" / "report.html").read_text(encoding="utf-8"))
    assert "Breaks in the series" in page
    assert "accepted: The same meters were read." in page
    assert verify(tmp_path / "out").state == "same"


def test_units_that_alone_have_a_break_are_left_out(tmp_path: Path) -> None:
    done = pz.run(towns(tmp_path, a_break(at="2012", regions='["3", "30"]')), out=tmp_path / "out")
    record = json.loads((tmp_path / "out" / "verdict.json").read_text(encoding="utf-8"))
    assert record["breaks"][0]["left_out"] == ["3", "30"]
    assert done.findings.effects.breaks["smoke"] == ()  # no unit that is drawn has it
    assert record["design"]["Units"] == "38: 11 treated in 1 cohort, 27 never"
    assert "Severe break 2012, 3, 30 left out: firms report (registry)." in [
        getattr(block, "text", "") for block in done.lines(80)
    ]
    other = tmp_path / "without"
    other.mkdir()
    without = pz.run(towns(other, drop=(3, 30)))
    assert numbers(without.record()) == pytest.approx(numbers(record), rel=1e-12)
    assert verify(tmp_path / "out").state == "same"


def placed(folder: Path, *tables: str) -> Path:
    """Write towns on a line, one every 100 km, and town 20 beside town 3, which has a zone."""
    path = towns(folder, *tables)
    data = pd.read_parquet(folder / "towns.parquet")
    data["x"] = np.where(data["town"] == 20, 310.0, 100.0 * data["town"])
    data["y"] = 0.0
    data.to_parquet(folder / "towns.parquet", index=False)
    near = pd.DataFrame({"unit": [20, 3], "neighbour": [3, 20]})
    near.to_csv(folder / "near.csv", index=False)
    return path


@pytest.mark.parametrize(
    "space", ['coordinates = ["x", "y"]\nmeasure = "km"\nrings = [50]\n', 'neighbours = { file = "near.csv" }\n']
)
def test_units_that_are_left_out_expose_others_all_the_same(tmp_path: Path, space: str) -> None:
    path = placed(tmp_path, f"\n[space]\n{space}", a_break(at="2012", regions='["3", "30"]'))
    effects = pz.run(path).findings.effects
    # Of 28 towns without a zone one lies beside one with a zone that is left out, and one is left out itself.
    told = " ".join(effects.notes)
    assert "no controls: 1 (" in told
    assert "26 clean controls" in told
    other = tmp_path / "clean"
    other.mkdir()
    clean = pz.run(towns(other, drop=(3, 20, 30))).findings.effects
    numbers_of = [[(row.estimate, row.se or 0.0) for row in item.rows] for item in (effects, clean)]
    assert np.asarray(numbers_of[0]) == pytest.approx(np.asarray(numbers_of[1]), rel=1e-12, abs=1e-15)


def test_units_stay_where_the_break_is_accepted(tmp_path: Path) -> None:
    done = pz.run(towns(tmp_path, a_break(at="2012", regions='["3"]'), accepting()))
    assert done.record()["design"]["Units"].startswith("40: ")


@pytest.mark.parametrize(
    ("tables", "told"),
    [
        ((a_break(series='["smoky"]'),), "'smoky', which is not a series of the data. Did you mean 'smoke'?"),
        ((a_break(at="2012", regions='["77"]'),), "breaks: regions name '77', not in column 'town'."),
        ((a_break(at='"2012Q1"'),), "2012Q1"),
        ((a_break(at="1911"),), "breaks: 'registry' is dated 1911, but its series have figures from 2010 to 2017"),
        ((a_break(at="2018"),), "breaks: 'registry' is dated 2018, but its series have figures from 2010 to 2017"),
        ((a_break(), a_break(at="2015")), "breaks: there are two called 'registry'"),
        ((accepting(),), "accepted names 'registry', which is not a break of the data"),
        ((a_break(), accepting("registri")), "'registri', which is not a break of the data. Did you mean 'registry'?"),
    ],
)  # fmt: skip
def test_what_is_refused(tmp_path: Path, tables: tuple[str, ...], told: str) -> None:
    with pytest.raises(StudyError) as caught:
        pz.run(towns(tmp_path, *tables))
    assert told in caught.value.what


def test_regions_mean_nothing_where_rows_are_units(tmp_path: Path) -> None:
    path = towns(tmp_path, a_break(at="2012", regions='["3"]'))
    text = path.read_text(encoding="utf-8").replace('cohort = "from"\n', 'cohort = "from"\ncross_sections = true\n')
    path.write_text(text, encoding="utf-8")
    with pytest.raises(StudyError, match="each row is a unit of its own"):
        pz.run(path)
    path.write_text(text.replace('regions = ["3"]\n', ""), encoding="utf-8")
    with pytest.raises(StudyError, match="across the severe break 'registry' in 2012"):
        pz.run(path)


def test_event_study_has_the_rule_of_its_cohort(tmp_path: Path) -> None:
    done = pz.run(towns(tmp_path, a_break(at="2012"), accepting()), out=tmp_path / "out")
    data = done.plot(outcome="smoke").to_dict(validate=False)["datasets"]
    # 2012 is two years before 2014: the rule stands between the third and the second.
    assert data["break_1"] == [{"event": -2.5, "line_0": "2012: firms report"}]
    assert "break_1" not in done.plot(outcome="gdp").to_dict(validate=False)["datasets"]
    page = html.unescape((tmp_path / "out" / "report.html").read_text(encoding="utf-8"))
    assert "dash-dotted rules: between 2011 and 2012, firms report (severe break)." in page
    assert "2012: firms report (severe). Source of breaks: Handbook of invented statistics." in page


def test_event_study_of_two_cohorts_has_a_rule_for_each(tmp_path: Path) -> None:
    done = pz.run(towns(tmp_path, a_break(at="2014"), accepting(), cohorts=(2014, 2016)))
    data = done.plot(outcome="smoke").to_dict(validate=False)["datasets"]
    assert [data[name][0] for name in sorted(data) if name.startswith("break_")] == [
        {"event": -2.5, "line_0": "2014: firms report", "line_1": "(treated from 2016)"},
        # Treatment itself has the rule at -0.5.
        {"event": -0.6, "line_0": "2014: firms report", "line_1": "(treated from 2014)"},
    ]


def test_rules_at_one_place_are_one(tmp_path: Path) -> None:
    """A break of 2012 lies as far before 2014 as one of 2014 does before 2016."""
    tables = a_break(at="2012"), a_break("heads", at="2014", severity='"mild"', brief='"counted"'), accepting()
    done = pz.run(towns(tmp_path, *tables, cohorts=(2014, 2016)))
    data = done.plot(outcome="smoke").to_dict(validate=False)["datasets"]
    rules = {
        rows[0]["event"]: [v for k, v in rows[0].items() if k != "event"] for n, rows in data.items() if "break" in n
    }
    assert sorted(rules) == [-4.5, -2.5, -0.6]
    assert rules[-2.5] == ["2012: firms report", "(treated from 2014)", "2014: counted (treated", "from 2016)"]


def test_breaks_of_many_cohorts_are_told_and_not_drawn(tmp_path: Path) -> None:
    done = pz.run(towns(tmp_path, a_break(at="2012"), accepting(), cohorts=(2012, 2013, 2014, 2015)))
    assert not [name for name in done.plot(outcome="smoke").to_dict(validate=False)["datasets"] if "break" in name]
    assert "registry" in done.report()
