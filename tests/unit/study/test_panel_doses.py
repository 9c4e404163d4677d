"""Studies of many units with doses: the same effects as from Python, told with their assumption, and clear errors."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from tests.unit.cli.command import call

import pilotzone as pz
import pilotzone.evaluation.dose as pzd
from pilotzone.core import DataError, MethodError, PilotZoneError, StudyError
from pilotzone.study import KINDS, load, parse, verify

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pilotzone.study.panel.findings import EvaluationFindings

DOSE = """
[dose]
column = "usd_m"
what = "money spent"
unit = "USD 1 bn"
scale = 1000
column_unit = "USD m"
source = "made-up ledger"
assumption = "strong"
degree = 1
margins = { gdp = "2%", co2 = "3%" }
why_margins = "half a year's growth"
"""
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
margin = "5%"
scale = "log"

[[outcomes]]
name = "co2"
role = "environment"
good = "down"
margin = "5%"
scale = "log"
"""
STRONG = "if trends are parallel under every dose (no selection on gains, untestable)"


def towns() -> pd.DataFrame:
    """Return 60 towns over six years, half of them with a dose that raises output by 8 % per USD 1 bn."""
    rng = np.random.default_rng(11)
    dose = np.where(np.arange(60) < 30, rng.uniform(100, 2000, 60), 0.0)
    data = pd.DataFrame({"town": np.repeat(np.arange(60), 6), "year": np.tile(np.arange(2010, 2016), 60)})
    data["usd_m"] = dose[data["town"]]
    data["from"] = np.where(data["usd_m"] > 0, 2013, 0)
    on = (data["usd_m"] > 0) & (data["year"] >= 2013)
    data["gdp"] = 0.00008 * data["usd_m"] * on + rng.normal(0, 0.01, len(data))
    data["co2"] = rng.normal(0, 0.01, len(data))
    return data


def write(folder: Path, data: pd.DataFrame, text: str = STUDY + DOSE) -> Path:
    data.to_parquet(folder / "towns.parquet", index=False)
    (folder / "zones.toml").write_text(text, encoding="utf-8")
    return folder / "zones.toml"


@dataclass(frozen=True)
class Ran:
    folder: Path
    found: EvaluationFindings


@pytest.fixture(scope="module", autouse=True)
def _few_draws() -> object:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pilotzone.evaluation.dose.rows._DRAWS", 2_000)
        yield


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    folder = tmp_path_factory.mktemp("doses")
    done = pz.run(write(folder, towns()), out=folder / "run")
    return Ran(folder, done.findings)


def test_a_study_says_what_dose_effects_says(ran: Ran) -> None:
    outcomes = ["gdp,role=development,margin=2%,scale=log", "co2,role=environment,good=down,margin=3%,scale=log"]
    design = pzd.DoseDesign("strong_parallel_trends", degree=1)
    towns_file = ran.folder / "towns.parquet"
    found = pzd.dose_effects(towns_file, outcomes, unit="town", time="year", cohort="from", dose="usd_m", design=design)
    part = ran.found.dose
    assert part is not None
    assert [row.estimate for row in part.effects.rows] == [row.estimate for row in found.rows]
    per = found.per(1000, "USD 1 bn")
    assert part.joint.estimate.tolist() == per.estimate.tolist()
    assert part.joint.estimate[0] == pytest.approx(0.08, abs=0.02)
    assert part.verdict is not None
    assert (part.verdict.label, part.verdict.grade) == (pz.judge(per).label, pz.judge(per).grade)
    assert {test.outcome.margin for test in part.verdict.tests} == {2.0, 3.0}
    record = json.loads((ran.folder / "run" / "verdict.json").read_text(encoding="utf-8"))["dose"]
    assert [row["estimate"] for row in record["main"]] == per.estimate.tolist()
    assert {row["per"] for row in record["main"]} == {"USD 1 bn"}
    assert all(STRONG in row["label"] for row in record["main"])
    rows = pq.read_table(ran.folder / "run" / "doses.parquet").to_pylist()
    assert len(rows) == len(found.rows) + len(found.before)
    assert [row["estimate"] for row in rows[: len(found.rows)]] == [row.estimate for row in found.rows]


def test_the_report_has_charts_with_the_assumption_and_tables(ran: Ran) -> None:
    page = (ran.folder / "run" / "report.html").read_text(encoding="utf-8")
    for k in (1, 2):
        for chart in ("curve-level", "curve-slope", "events-level", "events-slope", "before"):
            assert f'id="dose-{chart}-{k}"' in page
    assert page.count(STRONG) > 10
    assert "are not used" not in page
    for words in ("made-up ledger", "Effects by dose", "Tests behind the verdict per USD 1 bn", "half a year"):
        assert words in page


def test_the_first_screen_has_effects_per_unit_and_fits(ran: Ran) -> None:
    for columns, most in (("80", 31), ("120", 24)):
        said = call("run", ran.folder / "zones.toml", "--out", ran.folder / f"screen-{columns}", COLUMNS=columns)
        assert (said.code, said.err) == (0, "")
        first = said.out.partition("\n\n")[0]
        assert len(first.splitlines()) <= most
        told = " ".join(first.split())
        assert "Per USD 1 bn: gdp +" in told
        assert STRONG in told
        assert "Verdict per USD 1 bn: " in told


def test_a_table_side_by_side_has_a_column_by_dose(ran: Ran) -> None:
    record = json.loads((ran.folder / "run" / "verdict.json").read_text(encoding="utf-8"))
    models = KINDS["panel"].models(record)
    assert models[-1].name == "By dose"
    assert list(models[-1].estimates) == ["gdp, per USD 1 bn (log points)", "co2, per USD 1 bn (log points)"]
    assert KINDS["panel"].headline(record)["dose"] == {
        f"{row['outcome']} per USD 1 bn": row["estimate"] for row in record["dose"]["main"]
    }


def test_parallel_trends_alone_give_no_effect_per_unit(tmp_path: Path) -> None:
    text = STUDY + DOSE.replace('"strong"', '"parallel"')
    found = pz.run(write(tmp_path, towns(), text), out=tmp_path / "run").findings.dose
    assert found is not None
    assert found.verdict is None
    assert {row.quantity for row in found.effects.rows} == {"level", "per_dose"}
    record = json.loads((tmp_path / "run" / "verdict.json").read_text(encoding="utf-8"))["dose"]
    assert {row["quantity"] for row in record["main"]} == {"level"}
    page = (tmp_path / "run" / "report.html").read_text(encoding="utf-8")
    assert "need strong parallel trends" in page
    assert "Margins per unit of dose (dose.margins) are not used" in page
    assert 'id="dose-curve-slope-1"' not in page


LOW = DOSE.replace("degree = 1", 'degree = 1\ncomparison = "low"\nlowest = 600')


def all_treated(*cohorts: int) -> pd.DataFrame:
    """Return the towns with a dose, once for each cohort, and nobody else."""
    data = towns()
    treated = data[data["usd_m"] > 0]
    parts = [treated.assign(town=treated["town"] + 100 * k, **{"from": year}) for k, year in enumerate(cohorts)]
    return pd.concat(parts, ignore_index=True)


def test_lowest_doses_with_one_cohort_are_refused_with_what_they_need(tmp_path: Path) -> None:
    with pytest.raises(MethodError) as caught:
        pz.run(write(tmp_path, all_treated(2013), STUDY + LOW), out=tmp_path / "run")
    assert caught.value.what.startswith("dose.comparison is 'low', and the effects without doses")
    assert "two cohorts or more" in str(caught.value.allowed)
    with pytest.raises(MethodError) as plain:
        pz.run(write(tmp_path, all_treated(2013), STUDY + DOSE), out=tmp_path / "run")
    assert "dose.comparison" not in plain.value.what


def test_lowest_doses_with_two_cohorts_are_compared_with(tmp_path: Path) -> None:
    text = STUDY + '\n[method]\ncontrols = "not_yet_treated"\n' + LOW
    found = pz.run(write(tmp_path, all_treated(2013, 2014), text), out=tmp_path / "run").findings.dose
    assert found is not None
    assert any("beyond that of the lowest doses" in note for note in found.effects.notes)
    with pytest.raises(MethodError, match=r"dose\.comparison is 'low'"):
        pz.run(write(tmp_path, all_treated(2013, 2014), STUDY + LOW), out=tmp_path / "again")


def test_options_are_the_same_study(ran: Ran, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ran.folder)
    co2 = "co2,role=environment,good=down,margin=5%,scale=log"
    claim = ("--outcome", "gdp,role=development,margin=5%,scale=log", "--outcome", co2)
    dose = ("--dose", "usd_m", "--dose-unit", "USD 1 bn", "--dose-scale", "1000", "--dose-assumption", "strong",
            "--dose-degree", "1", "--dose-margin", "gdp=2%", "--dose-margin", "co2=3%")  # fmt: skip
    said = call("evaluate", "towns.parquet", "--unit", "town", "--time", "year", "--cohort", "from", *claim, *dose,
                "--json")  # fmt: skip
    own = json.loads(said.out)["dose"]
    kept = json.loads((ran.folder / "run" / "verdict.json").read_text(encoding="utf-8"))["dose"]
    assert own["main"] == kept["main"]
    assert own["effects"] == kept["effects"]
    assert own["verdict"]["label"] == kept["verdict"]["label"]
    for options, words in (
        (("--dose-degree", "1"), "--dose-degree goes with --dose"),
        ((*dose, "--dose-bins", "3"), "--dose-bins goes with"),
        ((*dose, "--dose-margin", "gdp"), "--dose-margin is 'gdp'"),
    ):
        failed = call("evaluate", "towns.parquet", "--unit", "town", "--time", "year", "--cohort", "from", *claim,
                      *options)  # fmt: skip
        assert failed.code == 2
        assert words in " ".join(failed.err.split())


def test_a_page_offers_the_design_of_doses(ran: Ran) -> None:
    kind = KINDS["panel"]
    keys = [choice.key for choice in kind.choices(load(ran.folder / "zones.toml"), ran.found)]
    own = [key for key in keys if key.startswith("dose.")]
    assert own == ["dose.assumption", "dose.basis", "dose.degree", "dose.bins", "dose.comparison"]
    assert set(own) <= set(kind.settable)


def one_dose(data: pd.DataFrame) -> None:
    data.loc[data["usd_m"] > 0, "usd_m"] = 500.0


def negative(data: pd.DataFrame) -> None:
    data.loc[data["town"] == 0, "usd_m"] = -3.0


def varying(data: pd.DataFrame) -> None:
    data.loc[(data["town"] == 0) & (data["year"] == 2014), "usd_m"] = 7.0


def missing(data: pd.DataFrame) -> None:
    data.loc[data["town"] == 0, "usd_m"] = np.nan


@pytest.mark.parametrize(
    ("damage", "says", "todo"),
    [
        (one_dose, "all treated units have the same dose, 500", "leave [dose] out"),
        (negative, "'usd_m' is negative for 1 treated unit", "another treatment"),
        (varying, "'usd_m'", "doses that change over time cannot be evaluated"),
        (missing, "'usd_m'", "enter the unit's dose in each of its rows"),
    ],
)
def test_doses_that_cannot_be_used_are_named(
    damage: Callable[[pd.DataFrame], None], says: str, todo: str, tmp_path: Path
) -> None:
    data = towns()
    damage(data)
    with pytest.raises(DataError) as caught:
        pz.run(write(tmp_path, data), out=tmp_path / "run")
    assert caught.value.what.startswith("dose: ")
    assert says in caught.value.what
    assert todo in str(caught.value)
    assert "controls=" not in str(caught.value)
    assert ("change over time" in str(caught.value)) == (damage is varying)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("degree = 1", "bins = 3", "dose.bins goes with dose.basis = 'bins'"),
        ("degree = 1", 'basis = "bins"\nknots = 1', "dose.knots goes with dose.basis = 'spline'"),
        ("degree = 1", 'basis = "bins"\ndegree = 1', "dose.degree goes with dose.basis = 'spline'"),
        ('margins = { gdp = "2%", co2 = "3%" }\n', "", "dose.why_margins goes with dose.margins"),
        ("degree = 1", "lowest = 3", "dose.lowest goes with dose.comparison = 'low'"),
        ("degree = 1", "degree = 9", "dose.degree"),
        ('column = "usd_m"', 'column = "gdp"', "dose.column is 'gdp', which is a column of something else"),
        (', co2 = "3%"', "", "dose.margins lacks 'co2'"),
        ('co2 = "3%"', 'co2 = "3%", jobs = 1', "dose.margins names 'jobs'"),
        ('cohort = "from"', 'cohort = "from"\nweight = "w"', "dose.column is given, and panel.weight is as well"),
        ("[dose]", "[method]\nhorizon = 2\n\n[dose]", "dose.column is given, and method.horizon is as well"),
    ],
)
def test_a_table_that_contradicts_itself_is_refused(old: str, new: str, says: str) -> None:
    assert old in STUDY + DOSE
    with pytest.raises(StudyError) as caught:
        parse((STUDY + DOSE).replace(old, new), name="zones")
    assert says in caught.value.what


def test_a_column_that_is_not_there_is_named(tmp_path: Path) -> None:
    text = (STUDY + DOSE).replace('"usd_m"', '"usd"')
    with pytest.raises(PilotZoneError) as caught:
        pz.run(write(tmp_path, towns(), text))
    assert caught.value.what.startswith("dose: ")
    assert "'usd'" in caught.value.what


def test_without_doses_nothing_is_said_of_them(tmp_path: Path) -> None:
    pz.run(write(tmp_path, towns(), STUDY), out=tmp_path / "run")
    assert "doses.parquet" not in {item.name for item in (tmp_path / "run").iterdir()}
    record = json.loads((tmp_path / "run" / "verdict.json").read_text(encoding="utf-8"))
    assert "dose" not in record
    assert "By dose" not in (tmp_path / "run" / "report.html").read_text(encoding="utf-8")


def low_everywhere() -> pd.DataFrame:
    """Return the towns with a dose in all of them: 100 or less in half of them."""
    data = towns()
    low = data["usd_m"] == 0
    rng = np.random.default_rng(5)
    lowest = rng.uniform(60, 100, 60)[data["town"]]
    data.loc[low, "usd_m"] = lowest[low]
    # Six towns with low doses begin later: effects without doses need somebody who is not treated yet.
    data["from"] = np.where(data["town"] < 54, 2013, 2015)
    return data


def test_the_lowest_doses_are_compared_with_through_a_file(tmp_path: Path) -> None:
    """By hand: changes to the mean of the periods since the start, less that of towns with 100 or less; and a line."""
    data = low_everywhere()
    text = STUDY + DOSE.replace("degree = 1", 'degree = 1\ncomparison = "low"\nlowest = 100')
    text += '[method]\ncontrols = "not_yet_treated"\n'
    done = pz.run(write(tmp_path, data, text), out=tmp_path / "run")
    first = data[data["from"] == 2013]
    by_town = first.set_index(["town", "year"])["gdp"].unstack()  # noqa: PD010 - a series
    change = by_town[[2013, 2014, 2015]].mean(axis=1) - by_town[2012]
    dose = first.groupby("town")["usd_m"].first()
    high = dose > 100
    level = change[high].mean() - change[~high].mean()
    slope = np.polyfit(dose[high], change[high], 1)[0]
    record = json.loads((tmp_path / "run" / "verdict.json").read_text(encoding="utf-8"))["dose"]
    (main,) = (item for item in record["main"] if item["outcome"] == "gdp")
    assert main["estimate"] == pytest.approx(1000 * slope, rel=1e-9)
    rows = pq.read_table(tmp_path / "run" / "doses.parquet").to_pylist()
    mean = next(
        item
        for item in rows
        if (item["outcome"], item["quantity"], item["dose"], item["event"]) == ("gdp", "level", None, None)
    )
    assert mean["estimate"] == pytest.approx(level, rel=1e-9)
    part = done.findings.dose
    assert part is not None
    (row,) = part.effects.select("gdp", "level", "mean")
    assert row.estimate == pytest.approx(level, rel=1e-9)
    assert row.beyond == dose[~high].max()
    page = (tmp_path / "run" / "report.html").read_text(encoding="utf-8")
    assert "units of the same cohort with the lowest doses" in page
    checked = verify(tmp_path / "run")
    assert not checked.differences
    assert checked.obstacle is None


def test_lowest_doses_beside_untreated_towns_are_refused_in_words_of_the_file(tmp_path: Path) -> None:
    text = STUDY + DOSE.replace("degree = 1", 'degree = 1\ncomparison = "low"')
    with pytest.raises(PilotZoneError) as caught:
        pz.run(write(tmp_path, towns(), text))
    told = str(caught.value)
    assert "30 units are never treated, and dose.comparison = 'low' is asked for." in told
    assert "take dose.comparison = 'none'" in told
    assert "controls" not in told
