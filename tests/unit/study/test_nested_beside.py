"""What a study beside rests on is read, run before it and named: figures, audit trail, verifying, refusals."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.unit.cli.command import call
from tests.unit.study.forged import edit
from tests.unit.study.invented import Figures, write_figures, write_study
from tests.unit.study.nested import CANDIDATES, HEAD, INCOME, INCOMES, PANEL, SITING, by_hand, write_firms, write_nested

from pilotzone.core import DataError, PilotZoneError, StudyError
from pilotzone.study import KINDS, Run, load, run, stages_of, standing, verify
from pilotzone.study.runs.audit import inputs_of

INPUTS = ("transfer/elsewhere.toml", "transfer.panel/panel.toml", "transfer.panel.data/firms.csv")
"""What is not of the package."""


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Run[Any]]:
    home = tmp_path_factory.mktemp("nested")
    return home, run(write_nested(home), out=home / "runs" / "mine")


@pytest.fixture
def home(original: tuple[Path, Run[Any]], tmp_path: Path) -> Path:
    return Path(shutil.copytree(original[0], tmp_path / "moved"))


def refused(path: Path) -> str:
    with pytest.raises(PilotZoneError) as caught:
        run(path)
    return " ".join(str(caught.value).split())


def figures_of(done: Run[Any]) -> list[Any]:
    """Return what a ranking rests on and comes to: figures, shares of ranks, worth of places."""
    siting = done.findings.siting
    figures = [figure for profile in siting.profiles for figure in profile.figures]
    return [
        *[value for figure in figures for value in (figure.low, figure.high)],
        *siting.acceptability.ranks.ravel(),
        *siting.alternatives.middle.ravel(),
    ]


# ---------------------------------------------------------------------------------------------------- figures


def test_a_ranking_is_that_of_effects_given_by_hand(original: tuple[Path, Run[Any]], tmp_path: Path) -> None:
    done = original[1]
    transfer = done.beside["transfer"]
    effects = transfer.findings.main.synthesis.effects
    assert effects.effects[0].source.endswith("panel figures/panel.toml beside")
    told = {f"cohort {start}": f"moderators = {{ income = {income} }}\n" for start, income in INCOMES.items()}
    given = HEAD.format(beside="", source="given", outcome="jobs", scale="level") + INCOME + CANDIDATES
    own = run(write_nested(tmp_path, transfer=given + by_hand(effects, told)))
    assert own.beside["transfer"].study.sources == {}
    assert figures_of(done) == pytest.approx(figures_of(own), rel=1e-12, abs=1e-12)
    assert len(set(done.findings.siting.acceptability.first)) > 1
    # And the panel is the one that it is by itself.
    panel = run(tmp_path / "far" / "figures" / "panel.toml")
    assert transfer.beside["panel"].record() == panel.record()
    assert [row.estimate for row in panel.effects.of("group")] == list(effects.estimate)


ZONES = dict.fromkeys(("CN-TJ", "CN-LN", "CN-JS", "CN-ZJ", "CN-FJ"), 2014)
REGIONS = [*ZONES, "CN-SD", "CN-HB", "CN-HN"]
BY_INCOME = """\
[[moderator]]
name = "income"
unit = "log of CNY per head"
declared = "before"
series = "gdp_nominal_cny"
over = "population"
year = 2012
log = true
"""


def zones_study(folder: Path) -> Path:
    """Write a study of five invented zones, which are called as regions of the evidence."""
    figures = Figures(count=len(REGIONS))
    path = write_study(folder, name="zones", figures=figures, zone=REGIONS[0])
    write_figures(folder, figures, names=dict(zip(figures.places, REGIONS, strict=True)))
    also = "".join(
        f'\n[[zone.also]]\nunit = "{code}"\nstart = {start}\nwindow = [{start}, 2019]\n'
        for code, start in list(ZONES.items())[1:]
    )
    text = path.read_text(encoding="utf-8").replace("\n[data]\n", f"{also}\n[data]\n", 1)
    path.write_text(f'{text}\n[method]\nestimator = "sc_intercept"\n', encoding="utf-8")
    return path


def test_a_ranking_by_zones_is_that_of_effects_given_by_hand(tmp_path: Path) -> None:
    zones_study(tmp_path)
    head = HEAD.format(beside='[beside]\nzone = "zones.toml"\n', source="zone", outcome="log_output", scale="log")
    given = HEAD.format(beside="", source="given", outcome="log_output", scale="log")
    places = 'regions = ["CN-NM", "CN-GD", "CN-SH"]\n'  # between the poorest zone and the richest
    siting = SITING.partition("[[place]]")[0].replace("[beside]", f"{places}[beside]").replace("far/", "")
    siting += '[[criterion]]\nname = "gain"\ntransfer = "log_output"\n'
    path = tmp_path / "mine.toml"

    def ranked(transfer: str) -> Run[Any]:
        (tmp_path / "elsewhere.toml").write_text(transfer, encoding="utf-8")
        path.write_text(siting, encoding="utf-8")
        return run(path)

    done = ranked(head.replace("[[outcomes]]", f"{places}[[outcomes]]", 1) + BY_INCOME)
    effects = done.beside["transfer"].findings.main.synthesis.effects
    assert len(effects.zones) == len(ZONES)
    told = {code: f'region = "{code}"\n' for code in ZONES}
    own = ranked(given.replace("[[outcomes]]", f"{places}[[outcomes]]", 1) + BY_INCOME + by_hand(effects, told))
    # Shanghai is richer than every zone, and has no figures.
    assert np.isfinite(figures_of(own)).sum() >= 2
    assert figures_of(done) == pytest.approx(figures_of(own), rel=1e-12, abs=1e-12, nan_ok=True)
    assert set(done.audit["inputs"]) - set(own.audit["inputs"]) == {
        "transfer.zone/zones.toml",
        "transfer.zone.data/figures.csv",
    }


APPRAISAL = """\
title = "A campus"
[appraisal]
region = "CN-GZ"
price_year = 2017
deflator = "given so"
first_year = 2017
[investment]
it_mw = 10.0
[power]
site = "Here"
[effectiveness]
level = 0.9
[[effectiveness.effect]]
outcome = "log_output"
[beside]
campus = "power/small.toml"
zone = "other/invented.toml"
"""
CAMPUS = """\
title = "One site"
[campus]
it_mw = 10.0
year = 2027
utilisation = 0.6
in_use = { 2026 = 0.3, 2027 = 0.5 }
[[site]]
name = "Here"
region = "CN-GZ"
pue = 1.3
[site.grid]
tariff = 500.0
"""


def test_an_appraisal_beside_a_zone_uses_a_campus_and_a_zone_of_its_own(tmp_path: Path) -> None:
    """Two studies of zones with a table of one name: each has its own, and the appraisal that of the file it names."""
    for folder in ("money/power", "money/other"):
        (tmp_path / folder).mkdir(parents=True)
    write_study(tmp_path / "money" / "other", figures=Figures(count=10, seed=7))
    (tmp_path / "money" / "power" / "small.toml").write_text(CAMPUS, encoding="utf-8")
    (tmp_path / "money" / "mine.toml").write_text(APPRAISAL, encoding="utf-8")
    zone = write_study(tmp_path, figures=Figures(count=10))
    zone.write_text(zone.read_text(encoding="utf-8") + '\n[beside]\nappraisal = "money/mine.toml"\n', encoding="utf-8")
    done = run(zone, out=tmp_path / "out")
    own = run(tmp_path / "money" / "mine.toml")
    assert done.record()["appraisal"] == own.study.kind.record(own.findings)
    assert own.findings.money.full_mwh == done.beside["appraisal"].findings.money.full_mwh
    effect = done.beside["appraisal"].findings.effectiveness.effects[0]
    assert effect.estimate == pytest.approx(own.beside["zone"].effects.joint.estimate[0])
    assert effect.estimate != pytest.approx(done.effects.joint.estimate[0])
    inputs = done.audit["inputs"]
    assert inputs["data/figures.csv"] != inputs["appraisal.zone.data/figures.csv"]
    assert set(done.audit["beside"]["appraisal"]["beside"]) == {"campus", "zone"}
    assert list(done.seconds)[-3:] == ["appraisal.campus", "appraisal.zone", "appraisal"]
    assert verify(tmp_path / "out").state == "same"
    # Each by its own: a change of either is told by its name.
    (tmp_path / "money" / "other" / "figures.csv").write_bytes((tmp_path / "figures.csv").read_bytes())
    changed = [item.file for item in verify(tmp_path / "out").differences if item.kind == "input"]
    assert changed == ["appraisal.zone.data/figures.csv"]


# -------------------------------------------------------------------------------------------- what is read and told


def test_what_is_not_needed_is_not_followed(tmp_path: Path) -> None:
    """A transfer whose effects are given may show a study of zones by itself: a ranking does not wait for it."""
    given = HEAD.format(beside='[beside]\nzone = "gone.toml"\n', source="given", outcome="jobs", scale="level")
    entries = "".join(
        f'[[effect]]\nzone = "Z{k}"\neffect = {k}.0\nse = 0.5\nsource = "s"\nmoderators = {{ income = {k}.0 }}\n'
        for k in range(1, 7)
    )
    path = write_nested(tmp_path, transfer=given + INCOME + CANDIDATES + entries)
    study = load(path)
    assert [item.name for item in standing(study)] == ["transfer"]
    assert run(study).findings.siting.places
    # Nor what a panel shows beside itself, which no panel rests on.
    write_nested(tmp_path, panel=PANEL + '[beside]\nsiting = "gone.toml"\n')
    assert [item.name for item in standing(load(path))] == ["transfer.panel", "transfer"]


def test_the_audit_trail_and_the_report_name_it(original: tuple[Path, Run[Any]]) -> None:
    home, done = original
    assert [name for name in done.audit["inputs"] if name.split("/")[0].split(".")[0] == "transfer"] == sorted(INPUTS)
    panel = done.audit["beside"]["transfer"]["beside"]["panel"]
    assert (panel["name"], panel["settings"]["panel"]["file"]) == ("panel", "firms.csv")
    assert panel["statistics"] == KINDS["panel"].statistics
    assert "duckdb" in done.audit["versions"]
    assert list(done.seconds) == list(stages_of(done.study))
    assert list(done.seconds)[:3] == ["inputs", "transfer.panel", "transfer"]
    page = (home / "runs" / "mine" / "report.html").read_text(encoding="utf-8")
    assert "panel figures/panel.toml beside" in page
    assert "transfer.panel.data/firms.csv" in page
    assert "panel" not in done.record()
    own = json.loads((home / "runs" / "mine" / "audit.json").read_text(encoding="utf-8"))
    assert own["beside"]["transfer"]["beside"]["panel"]["sha256"] == panel["sha256"]


def test_by_the_command_line(home: Path) -> None:
    said = call("run", home / "mine.toml", "--quiet", "--out", home / "again")
    assert (said.code, said.out.startswith("mine: ")) == (0, True)
    assert (home / "again" / "siting.json").read_bytes() == (home / "runs" / "mine" / "siting.json").read_bytes()
    found = call("verify", home / "again")
    assert (found.code, "THE SAME" in found.out) == (0, True), found.out
    (home / "far" / "figures" / "panel.toml").unlink()
    missing = call("run", home / "mine.toml")
    assert missing.code == 2
    assert "study 'mine', beside.transfer, beside.panel: " in " ".join(missing.err.split())
    assert "panel.toml" in missing.err


# ------------------------------------------------------------------------------------------------------- verifying


def test_a_run_verifies_where_it_is(home: Path) -> None:
    found = verify(home / "runs" / "mine")
    assert (found.state, found.differences, found.unchecked) == ("same", (), ())


def test_a_run_verifies_with_all_files_in_one_folder(home: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    for file in ("mine.toml", "far/elsewhere.toml", "far/figures/panel.toml", "far/figures/firms.csv"):
        shutil.copy(home / file, data)
    shutil.rmtree(home / "far")
    assert verify(home / "runs" / "mine").state == "not recomputed"
    found = verify(home / "runs" / "mine", data=data)
    assert (found.state, found.differences) == ("same", ())


@pytest.mark.parametrize(
    ("file", "change", "named"),
    [
        ("far/figures/firms.csv", lambda path: write_firms(path, 5), "transfer.panel.data/firms.csv"),
        ("far/figures/panel.toml", lambda path: path.write_bytes(path.read_bytes() + b"\n"), INPUTS[1]),
        ("far/elsewhere.toml", lambda path: path.write_bytes(path.read_bytes() + b"\n"), INPUTS[0]),
    ],
)
def test_what_was_changed_is_named(home: Path, file: str, change: Callable[[Path], Any], named: str) -> None:
    change(home / file)
    found = verify(home / "runs" / "mine")
    assert found.state == "different"
    assert [item.file for item in found.differences if item.kind == "input"] == [named]
    assert f"{named}: has changed since the run" in "\n".join(found.lines())


def test_a_setting_that_was_forged_is_named(home: Path) -> None:
    def forge(audit: dict[str, Any]) -> None:
        audit["beside"]["transfer"]["beside"]["panel"]["settings"]["outcomes"][0]["good"] = "down"

    edit(home / "runs" / "mine" / "audit.json", forge)
    found = verify(home / "runs" / "mine")
    assert found.state == "different"
    assert any("beside.transfer.beside.panel.settings" in item.place for item in found.differences)


@pytest.mark.parametrize("odd", [5, [], {"panel": 5}, {"pannel": {}}, {}])
def test_odd_trails_are_no_crash(home: Path, odd: object) -> None:
    edit(home / "runs" / "mine" / "audit.json", lambda audit: audit["beside"]["transfer"].update(beside=odd))
    assert verify(home / "runs" / "mine").state == "different"


def test_numbers_that_meant_something_else_are_not_compared(home: Path) -> None:
    def older(audit: dict[str, Any]) -> None:
        audit["beside"]["transfer"]["beside"]["panel"]["statistics"] = 1

    edit(home / "runs" / "mine" / "audit.json", older)
    found = verify(home / "runs" / "mine")
    assert found.state == "not recomputed"
    assert f"in which numbers of {KINDS['panel'].word} meant something else" in str(found.obstacle)


def test_a_strangers_file_sends_nobody_to_another_folder(home: Path, tmp_path: Path) -> None:
    """A study file of theirs names a study of mine, or a table of mine: neither is read, and nothing of it is told."""
    secret = tmp_path / "secret.toml"
    secret.write_text('secret = "SECRET"\n', encoding="utf-8")
    (tmp_path / "secret.csv").write_text("SECRET\n", encoding="utf-8")
    for file, old, new in (
        ("far/elsewhere.toml", "figures/panel.toml", "../../secret.toml"),
        ("far/figures/panel.toml", "firms.csv", "../../../secret.csv"),
    ):
        own = (home / file).read_text(encoding="utf-8")
        assert old in own
        (home / file).write_text(own.replace(old, new), encoding="utf-8")
        found = verify(home / "runs" / "mine")
        assert found.state == "not recomputed"
        assert "is not read: it lies outside the folder of the study" in str(found.obstacle)
        assert "SECRET" not in json.dumps(found.to_dict())
        (home / file).write_text(own, encoding="utf-8")


# -------------------------------------------------------------------------------------------------------- refused


def test_files_that_are_not_there_or_not_what_they_should_be(tmp_path: Path) -> None:
    path = write_nested(tmp_path)
    panel = tmp_path / "far" / "figures" / "panel.toml"
    where = "study 'mine', beside.transfer, beside.panel: "
    text = panel.read_text(encoding="utf-8")
    for content, says in (
        (SITING.replace('[beside]\ntransfer = "far/elsewhere.toml"\n', ""), "is a ranking of places"),
        (text.replace("[panel]", "[panel]\nfiles = 5"), "files is not a key that is known here"),
        ("x = [", "is not valid TOML"),
    ):
        panel.write_text(content, encoding="utf-8")
        said = refused(path)
        assert said.startswith(where), said
        assert says in said
    panel.unlink()
    assert refused(path).startswith(where)
    panel.mkdir()
    assert refused(path).startswith(where)


def test_a_table_that_is_not_there_or_cannot_carry_the_design(tmp_path: Path) -> None:
    path = write_nested(tmp_path)
    firms = tmp_path / "far" / "figures" / "firms.csv"
    firms.write_text("firm,year,since\n1,2010,\n", encoding="utf-8")
    assert refused(path).startswith("study 'mine', beside.transfer, beside.panel: ")
    firms.unlink()
    said = refused(path)
    assert "firms.csv" in said
    assert "study 'mine', beside.transfer, beside.panel: " in said


def test_studies_in_a_circle(tmp_path: Path) -> None:
    path = write_study(tmp_path, figures=Figures(count=8))
    path.write_text(path.read_text(encoding="utf-8") + '\n[beside]\ntransfer = "t.toml"\n', encoding="utf-8")
    head = HEAD.format(beside='[beside]\nzone = "{}"\n', source="zone", outcome="log_output", scale="log")
    for way in (path.name, f"../{tmp_path.name}/{path.name}", str(path)):
        (tmp_path / "t.toml").write_text(head.format(way), encoding="utf-8")
        said = refused(path)
        assert "study 'invented', beside.transfer, beside.zone: 'invented' stands beside 't', and 't' beside" in said
        assert "Allowed: studies that do not name one another in a circle" in said
        assert "take 't' out of [beside] of 'invented', and run 't' by itself" in said
    # The other way round nothing waits for anything: what the zone shows beside itself is left to its own runs.
    assert [item.name for item in standing(load(tmp_path / "t.toml"))] == ["zone"]


def test_three_levels_are_too_deep(tmp_path: Path) -> None:
    write_nested(tmp_path)
    path = write_study(tmp_path, figures=Figures(count=8))
    path.write_text(path.read_text(encoding="utf-8") + '\n[beside]\nsiting = "mine.toml"\n', encoding="utf-8")
    said = refused(path)
    assert said.startswith("study 'invented', beside.siting, beside.transfer, beside.panel: 'elsewhere' rests on it")
    assert "Allowed: 2 levels" in said
    assert "run 'mine' by itself" in said


@pytest.mark.parametrize("file", ["firms.csv", "panel.toml"])
def test_a_file_that_changes_during_the_run_ends_it(file: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_nested(tmp_path)
    own = tmp_path / "far" / "figures" / file
    kind = type(KINDS["siting"])
    original = kind.run

    def slowly(self: Any, *given: Any) -> Any:  # noqa: ANN401 - whatever the kind takes
        own.write_bytes(own.read_bytes() + b"\n")
        return original(self, *given)

    monkeypatch.setattr(kind, "run", slowly)
    with pytest.raises(DataError, match=rf"transfer\.panel[./data]*/{file} changed while the study was running"):
        run(path, out=tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_what_was_read_is_what_is_run(tmp_path: Path) -> None:
    """A change between reading and running."""
    study = load(write_nested(tmp_path))
    panel = tmp_path / "far" / "figures" / "panel.toml"
    panel.write_bytes(panel.read_bytes() + b"# later\n")
    with pytest.raises(DataError, match=r"transfer\.panel/panel\.toml changed while the study was running"):
        run(study)


def test_names_of_inputs_do_not_clash(tmp_path: Path) -> None:
    """A zone and a panel beside it with tables of one name in two folders: both have a hash."""
    (tmp_path / "far").mkdir()
    write_firms(tmp_path / "far" / "figures.csv")
    (tmp_path / "far" / "panel.toml").write_text(PANEL.replace("firms.csv", "figures.csv"), encoding="utf-8")
    path = write_study(tmp_path, figures=Figures(count=8))
    path.write_text(path.read_text(encoding="utf-8") + '\n[beside]\npanel = "far/panel.toml"\n', encoding="utf-8")
    names = [f"{item.part}/{item.name or item.path.name}" for item in inputs_of(load(path)) if item.own]
    assert sorted(names) == ["data/figures.csv", "panel.data/figures.csv", "panel/panel.toml"]


def test_a_bundled_study_below_is_read_by_its_name(tmp_path: Path) -> None:
    head = HEAD.format(beside='[beside]\nzone = "guizhou"\n', source="zone", outcome="log_output", scale="log")
    path = write_nested(tmp_path, SITING.replace('"jobs"', '"log_output"'), head + INCOME + CANDIDATES)
    study = load(path)
    (below, _) = standing(study)
    assert (below.name, below.study.folder, below.study.beside) == ("transfer.zone", None, {})
    assert below.study.sha256 == load("zone/guizhou").sha256
    assert "transfer 'elsewhere': the study beside has one zone" in refused(path)
    with pytest.raises(StudyError, match=r"study 'mine', beside\.transfer, beside\.zone: .*nowhere\.toml"):
        load(write_nested(tmp_path, transfer=head.replace('"guizhou"', '"nowhere.toml"')))
