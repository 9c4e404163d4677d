"""A study file of many units: what it may say, what comes out, and that a run of it can be recomputed."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from tests.unit.cli.command import call

import pilotzone as pz
from pilotzone.core import DEFAULT_BOUND, StudyError, Table, UsageError
from pilotzone.store import write_parquet
from pilotzone.study import Study, load, parse, verify

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

STUDY = """\
format = 1
title = "Towns with a zone"
question = "Did zones raise output without raising emissions?"

[panel]
file = "towns.parquet"
unit = "town"
time = "year"
cohort = "from"
covariates = []
citation = "made up"

[[outcomes]]
name = "gdp"
label = "log GDP"
role = "development"
margin = 5
scale = "log"
why_margin = "a year's growth"

[[outcomes]]
name = "co2"
role = "environment"
good = "down"
margin = 5
scale = "log"

[[outcomes]]
name = "jobs"

[method]
honest = true
beside = true

[[limits]]
text = "Emissions are made up."
source = "here"

[[assumptions]]
what = "Towns"
value = "alike"
reason = "made up"
"""


def write_towns(path: Path, seed: int = 2) -> None:
    """Write a panel of 40 towns, twelve of them with a zone that raises output by a tenth."""
    rng = np.random.default_rng(seed)
    years = np.arange(2010, 2018)
    start = np.where(np.arange(40) < 12, 2014, 0)
    data = pd.DataFrame({"town": np.repeat(np.arange(40), 8), "year": np.tile(years, 40), "from": np.repeat(start, 8)})
    on = (data["from"] > 0) & (data["year"] >= data["from"])
    data["size"] = np.repeat(rng.normal(size=40), 8)
    data["district"] = data["town"] // 2
    data["gdp"] = 0.1 * on + rng.normal(0, 0.01, len(data))
    data["co2"] = rng.normal(0, 0.01, len(data))
    data["jobs"] = rng.normal(0, 1, len(data))
    data.to_parquet(path, index=False)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    write_towns(tmp_path / "towns.parquet")
    (tmp_path / "zones.toml").write_text(STUDY, encoding="utf-8")
    return tmp_path


@pytest.fixture(scope="module")
def _original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("panel")
    write_towns(home / "towns.parquet")
    (home / "zones.toml").write_text(STUDY, encoding="utf-8")
    pz.run(home / "zones.toml", out=home / "run")
    return home


@pytest.fixture
def ran(_original: Path, tmp_path: Path) -> Path:
    shutil.copytree(_original, tmp_path / "copy")
    return tmp_path / "copy"


def test_a_study_says_what_evaluate_says(home: Path) -> None:
    done = pz.run(home / "zones.toml", out=home / "run")
    outcomes = [
        pz.Outcome("gdp", "development", "up", 5, "log", "log GDP"),
        pz.Outcome("co2", "environment", "down", 5, "log"),
        pz.Outcome("jobs", None, "up", None, "level"),
    ]
    found = pz.evaluate(home / "towns.parquet", unit="town", time="year", cohort="from", outcomes=outcomes, honest=True)
    assert [row.estimate for row in done.effects.rows] == [row.estimate for row in found.rows]
    assert done.verdict is not None
    assert done.verdict.label == pz.judge(found).label == "green growth"
    assert done.effects.beside is not None
    assert {item.outcome for item in done.effects.honest} == {"gdp", "co2", "jobs"}
    record = json.loads((home / "run" / "verdict.json").read_text(encoding="utf-8"))
    assert record["title"] == "Towns with a zone"
    assert record["question"].startswith("Did zones")
    assert record["limits"] == [{"text": "Emissions are made up.", "origin": "study", "source": "here"}]
    assert "Emissions are made up." in done.verdict.sentence or done.verdict.limits == ("Emissions are made up.",)
    page = (home / "run" / "report.html").read_text(encoding="utf-8")
    for words in (
        "Did zones raise output",
        "Emissions are made up.",
        "a year&#39;s growth",
        "made up",
        "Margin of co2",
    ):
        assert words in page, words
    kept = pq.read_table(home / "run" / "effects.parquet").to_pylist()
    assert [row["estimate"] for row in kept] == [row.estimate for row in found.rows]
    audit = json.loads((home / "run" / "audit.json").read_text(encoding="utf-8"))
    assert audit["study"]["sha256"] == done.study.sha256
    assert audit["study"]["folder"] == ".."
    assert list(audit["inputs"]) == ["data/towns.parquet"]


def test_the_command_runs_and_verifies_it(home: Path) -> None:
    said = call("run", home / "zones.toml", "--out", home / "run")
    assert said.code == 0
    assert said.out.splitlines()[0] == "Towns with a zone: GREEN GROWTH: HOLDS WITH ALLOWANCE"
    assert "Report: " in said.out
    short = call("run", home / "zones.toml", "--out", home / "run", "--quiet")
    assert short.out.splitlines()[-1] == "zones: green growth (holds with allowance)"
    record = json.loads(call("run", home / "zones.toml", "--out", home / "run", "--json").out)
    assert record == json.loads((home / "run" / "verdict.json").read_text(encoding="utf-8"))
    checked = call("verify", home / "run")
    assert (checked.code, "THE SAME when recomputed" in checked.out) == (0, True)
    assert call("compare", home / "run", home / "run").code == 0


@pytest.mark.parametrize("option", [("--sensitivity",), ("--tables", "latex")])
def test_options_of_studies_of_a_zone(home: Path, option: tuple[str, ...]) -> None:
    said = call("run", home / "zones.toml", "--out", home / "run", *option)
    assert said.code == 2
    assert f"{option[0]} is there for studies of a zone" in " ".join(said.err.split())
    assert not (home / "run").exists()


def test_one_choice_changed_is_compared(home: Path) -> None:
    pz.run(home / "zones.toml", out=home / "run")
    changed = STUDY.replace("honest = true", 'summary = "dynamic"\nhonest = false')
    (home / "other.toml").write_text(changed, encoding="utf-8")
    pz.run(home / "other.toml", out=home / "other")
    rows = {row.key: (row.left, row.right) for row in pz.compare_runs(home / "run", home / "other").part("setting")}
    assert rows == {"method.summary": ("group", "dynamic"), "method.honest": (True, False)}


@pytest.mark.recomputed
def test_a_run_is_the_same(ran: Path) -> None:
    found = verify(ran / "run")
    assert (found.state, found.differences) == ("same", ())
    assert any("effects.parquet comes out the same" in text for text in found.checked)
    assert any("report.html comes out the same, by its bytes" in text for text in found.checked)


def edit_effects(home: Path) -> None:
    table = pq.read_table(home / "run" / "effects.parquet")
    rows = table.to_pylist()
    rows[3]["estimate"] += 1e-6
    names = tuple(table.column_names)
    write_parquet(
        Table.from_rows(names, [tuple(row[name] for name in names) for row in rows]),
        home / "run" / "effects.parquet",
    )


def edit_verdict(home: Path) -> None:
    path = home / "run" / "verdict.json"
    path.write_text(path.read_text(encoding="utf-8").replace("green growth", "no effect shown"), encoding="utf-8")


def edit_study(home: Path) -> None:
    path = home / "run" / "audit.json"
    path.write_text(path.read_text(encoding="utf-8").replace('"alpha": 0.05', '"alpha": 0.01'), encoding="utf-8")


@pytest.mark.parametrize(
    ("change", "file", "says"),
    [
        (edit_effects, "effects.parquet", "estimate of"),
        (edit_verdict, "verdict.json", "verdict.label"),
        (edit_study, "audit.json", "settings.claim.alpha"),
        (lambda home: write_towns(home / "towns.parquet", seed=3), "data/towns.parquet", "has changed since the run"),
    ],
)
def test_what_was_changed_is_named(ran: Path, change: Callable[[Path], None], file: str, says: str) -> None:
    change(ran)
    found = verify(ran / "run")
    assert found.state == "different"
    assert any(item.file == file and says in item.place for item in found.differences), found.lines()


def test_a_panel_that_moved(ran: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (ran / "towns.parquet").rename(tmp_path / "elsewhere" / "towns.parquet")
    lost = verify(ran / "run")
    assert lost.state == "not recomputed"
    assert lost.obstacle is not None
    assert "--data" in lost.obstacle
    assert verify(ran / "run", data=tmp_path / "elsewhere").state == "same"


def test_an_evaluation_without_a_file_is_recomputed_too(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(home)
    given = ["evaluate", "towns.parquet", "--unit", "town", "--time", "year", "--cohort", "from"]
    given += ["--outcome", "gdp,role=development,margin=5,scale=log", "--cluster", "district"]
    given += ["--outcome", "co2,role=environment,good=down,margin=5,scale=log", "--alpha", "0.1", "--memory", "1GB"]
    assert call(*given, "--covariate", "size", "--honest", "--out", "there/run", "-q").code == 0
    monkeypatch.chdir(home / "there")
    found = verify("run")
    assert (found.state, found.differences) == ("same", ())
    audit = json.loads((home / "there" / "run" / "audit.json").read_text(encoding="utf-8"))
    assert audit["study"]["settings"]["panel"]["covariates"] == ["size"]
    assert audit["study"]["settings"]["engine"]["memory"] == "1GB"
    assert audit["study"]["settings"]["claim"]["alpha"] == 0.1


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('file = "towns.parquet"\n', "", "panel.file is missing"),
        ('cohort = "from"', 'cohrt = "from"', "panel.cohrt is not a key that is known here. Did you mean 'cohort'?"),
        ("[panel]", "[zone]\nunit = 'x'\n[panel]", "both [zone] and [panel]"),
        ("[method]", "[donors]\n[method]", "donors is not a key that is known here"),
        ("[method]", "[method]\nestimator = 'sc'", "method.estimator is 'sc'"),
        ("[method]", "[method]\nanticipation = -1", "method.anticipation is -1: it has to be 0 or more"),
        ("[method]", "[method]\nlevel = 0.3", "method.level is 0.3"),
        # Quantiles that far out are infinite, or carry effects beyond the largest number.
        ("[method]", "[method]\nlevel = 0.9999999999999999", "it has to be 0.999999 or less"),
        ("[method]", "[claim]\nalpha = 1e-300\n[method]", "claim.alpha is 1e-300: it has to be 0.000001 or more"),
        ("honest = true", 'honest = "yes"', "method.honest is 'yes'"),
        ('role = "environment"\ngood = "down"\nmargin = 5', 'role = "environment"', "outcomes[2]: outcome 'co2'"),
        ('margin = 5\nscale = "log"\nwhy', 'margin = 500\nscale = "log"\nwhy', "a loss of 100 percent or more"),
        ('name = "jobs"', 'name = "jobs"\nwhy_margin = "x"', "outcome 'jobs' has why_margin, and no margin"),
        ('name = "jobs"', 'name = "gdp"', "outcomes: 'gdp' stands there twice"),
        ("[method]", "[engine]\nmaster = 'local[2]'\n[method]", "engine.master goes with engine.name = 'spark'"),
        ("[method]", "[engine]\nname = 'spark'\nmemory = '1GB'\n[method]", "engine.memory goes with"),
        ("[panel]", "engine = { name = 'spark' }\n[panel]\ntable = 'x'", "which Spark does not read"),
        ("[method]", "[engine]\nthreads = 1000000\n[method]", "engine.threads is 1000000"),
        ("[method]", "[engine]\nthreads = 0\n[method]", "engine.threads is 0"),
        ("[method]", "[engine]\nmemory = '99TB'\n[method]", "engine.memory is '99TB'"),
        ("[method]", "[engine]\nname = 'spark'\nmaster = 'local[99999]'\n[method]", "engine.master is 'local[99999]'"),
        (
            "[method]",
            "[engine]\nname = 'spark'\nspark = { 'spark.driver.extraJavaOptions' = '-XX:OnError=id' }\n[method]",
            "engine.spark: the setting 'spark.driver.extraJavaOptions' of Spark may not be given here",
        ),
        (
            "[method]",
            "[engine]\nname = 'spark'\nspark = { 'spark.executor.memory' = '99999t' }\n[method]",
            "engine.spark: spark.executor.memory is '99999t'",
        ),
        ("[method]", "[engine]\nspark = ['a']\n[method]", "engine.spark"),
        ('cohort = "from"', 'cohort = "from"\ndelimiter = "ab"', "panel.delimiter: the delimiter is 'ab'"),
        ('cohort = "from"', 'cohort = "from"\ndecimal = ";"', "panel.decimal"),
        ('cohort = "from"', 'cohort = "from"\nna = [""]', "panel.na"),
        ('cohort = "from"', 'cohort = "from"\nna = "NA"', "panel.na"),
    ],
)  # fmt: skip
def test_bad_study_files(old: str, new: str, says: str) -> None:
    assert STUDY.count(old) >= 1
    with pytest.raises(StudyError) as error:
        parse(STUDY.replace(old, new, 1), "zones")
    assert says in error.value.what


@pytest.mark.parametrize("master", ["spark://127.0.0.1:9", "k8s://https://127.0.0.1:9"])
def test_a_study_file_sends_nothing_to_another_machine(home: Path, master: str) -> None:
    """What comes back from a master is unpickled; it is for whoever runs the study to name one."""
    engine = f"[engine]\nname = 'spark'\nmaster = '{master}'\n[method]"
    (home / "zones.toml").write_text(STUDY.replace("[method]", engine, 1), encoding="utf-8")
    with pytest.raises(StudyError, match=r"is another machine; a study file must not choose one") as caught:
        pz.run(home / "zones.toml")
    assert "spark-defaults.conf" in str(caught.value.todo)
    assert not list(home.glob("pilotzone*"))


def test_a_csv_panel_says_how_it_is_written(home: Path) -> None:
    expected = pz.run(home / "zones.toml")
    pd.read_parquet(home / "towns.parquet").to_csv(home / "towns.csv", index=False, sep=";", decimal=",", na_rep="k.A.")
    form = 'file = "towns.csv"\ndelimiter = ";"\ndecimal = ","\nna = ["k.A."]\n'
    text = (home / "zones.toml").read_text(encoding="utf-8")
    (home / "zones.toml").write_text(text.replace('file = "towns.parquet"\n', form), encoding="utf-8")
    found = pz.run(home / "zones.toml")
    assert [row.estimate for row in found.effects.overall] == pytest.approx(
        [row.estimate for row in expected.effects.overall], rel=1e-12
    )


def test_columns_that_are_not_there(home: Path) -> None:
    (home / "zones.toml").write_text(STUDY.replace('cohort = "from"', 'cohort = "form"'), encoding="utf-8")
    with pytest.raises(UsageError, match=r"no column 'form'\. Did you mean 'from'"):
        pz.run(home / "zones.toml", out=home / "run")
    assert not (home / "run").exists()


def test_a_study_is_of_one_kind(home: Path) -> None:
    with pytest.raises(StudyError, match="is a study of a panel with many units"):
        pz.load(home / "zones.toml", kind="zone")
    with pytest.raises(UsageError, match="no bundled study 'guizhou'"):
        pz.load("guizhou", kind="panel")
    study: Any = load(home / "zones.toml")
    assert isinstance(study, Study)
    assert type(study.spec).model_validate(study.spec.model_dump(mode="json")) == study.spec


def test_a_file_to_begin_with_waits_for_a_panel(tmp_path: Path) -> None:
    said = call("init", "mine", "--folder", tmp_path, "--panel")
    assert said.code == 0
    assert "Name your panel and its columns" in said.out
    ran = call("run", tmp_path / "mine.toml", "--out", tmp_path / "run")
    assert ran.code == 3
    assert "my-panel.parquet" in ran.err
    assert not (tmp_path / "run").exists()
    write_towns(tmp_path / "my-panel.parquet")
    text = (tmp_path / "mine.toml").read_text(encoding="utf-8")
    for old, new in (
        ('"unit" ', '"town" '),
        ('"start" ', '"from" '),
        ('"log_output"', '"gdp"'),
        ('"log_co2"', '"co2"'),
    ):
        assert old in text
        text = text.replace(old, new)
    (tmp_path / "mine.toml").write_text(text, encoding="utf-8")
    assert call("run", tmp_path / "mine.toml", "--out", tmp_path / "run").out.startswith("mine: GREEN GROWTH")


PLACES = """
[space]
coordinates = ["lon", "lat"]
rings = [200, 500]
conley = { cutoff = 400, kernel = "bartlett", cell = 20 }
"""


def write_places(path: Path) -> None:
    """Add places to the panel of towns: those with a zone lie in the west."""
    data = pd.read_parquet(path)
    rng = np.random.default_rng(4)
    lon, lat = rng.uniform(100, 120, 40), rng.uniform(25, 40, 40)
    lon[:12] -= 12
    data["lon"], data["lat"] = np.repeat(lon, 8), np.repeat(lat, 8)
    data.to_parquet(path, index=False)


def test_places_go_through_a_study_file(home: Path) -> None:
    write_places(home / "towns.parquet")
    (home / "zones.toml").write_text(STUDY.replace("beside = true", "") + PLACES, encoding="utf-8")
    done = pz.run(home / "zones.toml", out=home / "run")
    place = pz.Coordinates(("lon", "lat"))
    outcomes = [item.outcome() for item in done.study.spec.outcomes]
    found = pz.evaluate(
        home / "towns.parquet",
        unit="town",
        time="year",
        cohort="from",
        outcomes=outcomes,
        spillovers=pz.Rings(place, (200, 500)),
        conley=pz.Conley(place, 400, "bartlett", 20),
    )
    assert [row.p for row in done.effects.rows] == [row.p for row in found.rows]
    assert {item.label for item in done.effects.spillovers} <= {"0 to 200 km", "200 to 500 km"}
    assert done.effects.spillovers
    record = json.loads((home / "run" / "verdict.json").read_text(encoding="utf-8"))
    assert record["others"][-1]["title"] == "Effects on the exposed"
    assert any(text.startswith("Standard errors are Conley's, approximate") for text in record["notes"])
    assert "Effects on the exposed" in (home / "run" / "report.html").read_text(encoding="utf-8")
    assert verify(home / "run").state == "same"


def test_places_go_through_the_command(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_places(home / "towns.parquet")
    monkeypatch.chdir(home)
    given = ["evaluate", "towns.parquet", "--unit", "town", "--time", "year", "--cohort", "from", "--outcome", "gdp"]
    said = call(*given, "--coordinates", "lon,lat", "--rings", "300", "--conley", "400", "--out", "run")
    assert said.code == 0, said.err
    words = " ".join(said.out.split())
    assert "Effects on the exposed" in words
    assert "Standard errors are Conley's, approximate: units up to 400 km apart vary together (uniform" in words
    assert verify("run").state == "same"
    pairs = pd.DataFrame({"a": range(12, 30), "b": [k % 12 for k in range(12, 30)], "w": 0.5})
    pairs.to_csv("pairs.csv", index=False)
    said = call(
        *given, "--neighbours", "pairs.csv", "--neighbour-columns", "a,b,w", "--threshold", "0.5", "--out", "run", "-q"
    )
    assert said.code == 0, said.err
    audit = json.loads((home / "run" / "audit.json").read_text(encoding="utf-8"))
    assert sorted(audit["inputs"]) == ["data/towns.parquet", "neighbours/pairs.csv"]
    assert verify("run").state == "same"
    pairs.assign(w=0.4).to_csv("pairs.csv", index=False)
    assert any("has changed since the run" in item.place for item in verify("run").differences)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--rings", "50"], "--rings needs --coordinates"),
        (["--conley", "50"], "--conley needs --coordinates"),
        (["--coordinates", "lon", "--rings", "50"], "--coordinates is 'lon'"),
        (["--coordinates", "lon,lat", "--rings", "fifty"], "--rings is 'fifty'"),
        (["--coordinates", "lon,lat", "--rings", "50", "--neighbours", "x.csv"], "both given"),
        (["--threshold", "2"], "--threshold goes with --neighbours"),
        (["--cell", "2"], "--cell goes with --conley"),
        (["--km"], "--km says what --coordinates are"),
        (["--neighbours", "x.csv", "--neighbour-columns", "a"], "--neighbour-columns is 'a'"),
        (["--coordinates", "lon,lat", "--conley", "50", "--kernel", "normal"], "--kernel"),
        (["--neighbours", "x.csv"], "there is no file"),
    ],
)
def test_bad_options_of_places(home: Path, options: list[str], says: str) -> None:
    given = ["--unit", "town", "--time", "year", "--cohort", "from", "--outcome", "gdp"]
    said = call("evaluate", home / "towns.parquet", *given, *options)
    assert said.code in {2, 3}
    assert says in " ".join(said.err.split())


@pytest.mark.parametrize(
    ("space", "says"),
    [
        ("rings = [50]", "space.rings needs space.coordinates"),
        ('coordinates = ["x", "x"]\nrings = [50]', "space.coordinates: coordinates are"),
        ('coordinates = ["x", "y"]\nrings = [50, 40]', "space.rings: edges of rings are"),
        ('coordinates = ["x", "y"]\nrings = [50]\nneighbours = { file = "n.csv" }', "are both given"),
        ('coordinates = ["x", "y"]\nconley = { cutoff = 50, cell = 40 }', "space.conley: cells are 40 km wide"),
        ('coordinates = ["x", "y"]\nconley = { cutof = 50 }', "Did you mean 'cutoff'"),
    ],
)
def test_bad_places_in_a_study_file(space: str, says: str) -> None:
    with pytest.raises(StudyError) as error:
        parse(f"{STUDY}\n[space]\n{space}\n", "zones")
    assert says in error.value.what


def test_exposed_units_and_later_controls_do_not_go_together() -> None:
    text = STUDY.replace("honest = true", 'controls = "not_yet_treated"')
    with pytest.raises(StudyError, match=r"space\.rings defines exposed units"):
        parse(text + PLACES, "zones")


def write_counties(path: Path, seed: int, units: int = 300, effect: float = 0.07) -> None:
    """Write a clean panel: six years before and six after, a third treated at one date, a true effect on output."""
    rng = np.random.default_rng(seed)
    years, treated = np.arange(2006, 2018), units // 3
    data = pd.DataFrame({"town": np.repeat(np.arange(units), 12), "year": np.tile(years, units)})
    data["from"] = np.where(data["town"] < treated, 2012, 0)
    on = (data["from"] > 0) & (data["year"] >= data["from"])
    data["gdp"] = effect * on + rng.normal(0, 0.06, len(data))
    data["co2"] = rng.normal(0, 0.06, len(data))
    data.to_parquet(path, index=False)


@pytest.mark.parametrize("seed", range(4))
def test_a_clean_panel_of_counties_shows_its_gain(tmp_path: Path, seed: int) -> None:
    """300 counties, true effect 7 %: not to be told that nothing can be said."""
    write_counties(tmp_path / "towns.parquet", seed)
    text = STUDY.replace("honest = true\nbeside = true\n", "").replace('[[outcomes]]\nname = "jobs"\n', "")
    (tmp_path / "zones.toml").write_text(text, encoding="utf-8")
    found = pz.run(tmp_path / "zones.toml", out=tmp_path / "run")
    assert found.verdict is not None
    assert (found.verdict.label, found.verdict.grade) == ("green growth", "with allowance")
    gain = found.verdict.tests[0].gain
    assert gain.multiple is not None
    assert gain.multiple > found.verdict.allowance == DEFAULT_BOUND
    record = json.loads((tmp_path / "run" / "verdict.json").read_text(encoding="utf-8"))
    assert [(item["outcome"], item["moves"], item["why_not"]) for item in record["departures"]] == [
        ("gdp", 5, ""),
        ("co2", 5, ""),
    ]
    assert record["departures"][0]["reach"] == pytest.approx(3.5)
    assert record["departures"][0]["allowed"] == pytest.approx(0.25 * 3.5 * record["departures"][0]["largest_move"])


def test_a_strict_bound_is_a_matter_of_the_study(tmp_path: Path) -> None:
    """The label takes trends as parallel and does not change; how it holds does, and no diagnostic enters either."""
    write_counties(tmp_path / "towns.parquet", 1)
    text = STUDY.replace("honest = true\nbeside = true\n", "").replace('[[outcomes]]\nname = "jobs"\n', "")
    text = text.replace("[[limits]]", "[claim]\nallowance = 2\n\n[[limits]]")
    (tmp_path / "zones.toml").write_text(text, encoding="utf-8")
    said = call("run", tmp_path / "zones.toml", "--out", tmp_path / "run")
    assert said.out.splitlines()[0] == "Towns with a zone: GREEN GROWTH: HOLDS WITHOUT ALLOWANCE ONLY"
    assert "M = 2 lets the effect be off by" in " ".join(said.out.split())
    page = (tmp_path / "run" / "report.html").read_text(encoding="utf-8")
    for words in (
        "What would change this answer",
        "Departures from parallel trends",
        "Gain holds below M",
        "Diagnostics",
    ):
        assert words in page, words


def test_what_cannot_be_assessed_is_not_said_to_have_failed(tmp_path: Path) -> None:
    """One period before treatment: there is no earlier move, and the findings hold without allowance only."""
    write_counties(tmp_path / "all.parquet", 1)
    data = pd.read_parquet(tmp_path / "all.parquet")
    data[data["year"] >= 2011].to_parquet(tmp_path / "towns.parquet", index=False)
    text = STUDY.replace("honest = true\nbeside = true\n", "").replace('[[outcomes]]\nname = "jobs"\n', "")
    (tmp_path / "zones.toml").write_text(text, encoding="utf-8")
    said = " ".join(call("run", tmp_path / "zones.toml", "--out", tmp_path / "run").out.split())
    assert "GREEN GROWTH: HOLDS WITHOUT ALLOWANCE ONLY" in said
    assert "Departures from parallel trends cannot be assessed: there is only one period before treatment" in said
    assert "The treated moved like the others before: cannot be assessed" in said
    assert "failed" not in said
