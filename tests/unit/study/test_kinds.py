"""Every kind of study by the same commands and functions; and what a new kind costs, shown by building one."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.unit.cli.command import call
from tests.unit.study.invented import write_study

import pilotzone as pz
from pilotzone.core import DataError, StudyError, UsageError
from pilotzone.site import default_assumptions_file
from pilotzone.study import KINDS, Run, Study, bundled_studies, compare_runs, load, parse, run, run_study, verify
from pilotzone.study.runs import assumed, running
from pilotzone.study.runs.audit import version

TOY = ("tests.unit.study.toy", ("pond",))
SITING = """\
title = "Two places"
draws = 200
batches = 5
[[place]]
name = "Here"
figures = { tariff = 0.4, distance = [10.0, 20.0] }
[[place]]
name = "There"
figures = { tariff = 0.5, distance = 5.0 }
[[criterion]]
name = "tariff"
good = "down"
[[criterion]]
name = "distance"
good = "down"
"""
PLAN = """\
title = "Two sites"
day = 2018-01-01
frontier = 0
[[site]]
name = "Home"
jurisdiction = "DE"
capacity_mw = 50.0
fixed_cost = 1000.0
cost_per_mwh = 60.0
pue = 1.2
carbon_kg_per_kwh = 0.5
zone = "A"
latitude = 50.0
longitude = 8.0
[[region]]
name = "All"
latitude = 50.0
longitude = 8.0
users = 1.0
[[class]]
name = "mail"
kind = "public"
load_mw = 10.0
"""
APPRAISAL = """\
title = "A small campus"
[appraisal]
region = "CN-GZ"
price_year = 2017
deflator = "given so"
first_year = 2018
[investment]
it_mw = 10.0
[[driver]]
name = "ceiling"
[[driver]]
name = "price_per_kw_month"
[chance]
draws = 1000
[stranding]
draws = 500
"""
CAMPUS = """\
title = "One site"
[campus]
it_mw = 10.0
year = 2027
utilisation = 0.5
in_use = { 2027 = 0.8 }
[[site]]
name = "Here"
region = "CN-GZ"
pue = 1.3
[site.grid]
prices = "prices.csv"
capacity_charge = 1000.0
most_mw = 4.0
[site.hydro]
capacity_mw = 2.0
mean_mwh = 9000.0
[site.diesel]
[stress]
water = [0.5, 1.5]
[[frontier]]
of = "co2"
points = 2
"""
PANEL = """\
format = 1
[panel]
file = "firms.csv"
unit = "firm"
time = "year"
cohort = "start"
[[outcomes]]
name = "jobs"
scale = "level"
"""
ASSUMED = """\
[[assumption]]
name = "km_per_ms"
status = "ASSUMED"
low = 90
high = 110
unit = "km/ms"
source = "a test"
"""
TRANSFER = """\
title = "Three zones"
[transfer]
treatment = "zone"
horizon = "5 years"
effects = "zones.csv"
[[outcomes]]
name = "gdp"
unit = "%"
[[candidate]]
name = "Here"
"""
INCLUSION = """\
title = "Three people a year"
[inclusion]
data = "people.csv"
source = "invented"
income = "income"
weights = "equal"
period = "year"
[inequality]
[[inequality.index]]
name = "gini"
"""
POND = 'pond = "Carp pond"\nweights = "weights.csv"\nfish = { carp = 3, roach = 5 }\n'


@pytest.fixture(autouse=True)
def toy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Register the invented kind: the one line that a new kind costs outside its folder."""
    monkeypatch.setitem(KINDS._packages, "toy", TOY)
    monkeypatch.chdir(tmp_path)


def written(kind: str, folder: Path) -> Path:
    """Write a small study of a kind; return its file."""
    folder.mkdir(parents=True, exist_ok=True)
    if kind == "zone":
        return write_study(folder)
    if kind == "panel":
        rows = [
            f"{firm},{year},{2013 if firm < 12 else ''},{firm % 5 + year + (firm < 12 and year > 2012)}.{firm % 7}"
            for firm in range(40)
            for year in range(2010, 2016)
        ]
        (folder / "firms.csv").write_text("firm,year,start,jobs\n" + "\n".join(rows) + "\n", encoding="utf-8")
    if kind == "toy":
        (folder / "weights.csv").write_text("fish,kg\ncarp,2.5\nroach,0.2\n", encoding="utf-8")
    if kind == "inclusion":
        (folder / "people.csv").write_text("income,year\n1,2010\n2,2010\n4,2010\n1,2011\n3,2011\n", encoding="utf-8")
    if kind == "transfer":
        (folder / "zones.csv").write_text("zone,effect,se\nA,4,1\nB,1,1.5\nC,3,0.5\n", encoding="utf-8")
    if kind == "campus":
        prices = "".join(f"{(300, 600)[k // 6 % 2]}\n" for k in range(8760))
        (folder / "prices.csv").write_text(f"cny_per_mwh\n{prices}", encoding="utf-8")
    text = {
        "panel": PANEL,
        "siting": SITING,
        "plan": PLAN,
        "campus": CAMPUS,
        "appraisal": APPRAISAL,
        "inclusion": INCLUSION,
        "transfer": TRANSFER,
        "toy": POND,
    }[kind]
    path = folder / f"my-{kind}.toml"
    path.write_text(text, encoding="utf-8")
    return path


EVERY = ("zone", "panel", "siting", "plan", "campus", "appraisal", "inclusion", "transfer", "toy")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], tuple[Path, Run[Any]]]:
    """Give a function that runs a study of a kind once and returns its folder and the run."""
    known: dict[str, tuple[Path, Run[Any]]] = {}
    home = tmp_path_factory.mktemp("kinds")

    def get(kind: str) -> tuple[Path, Run[Any]]:
        if kind not in known:
            done = run(written(kind, home / kind), out=home / kind / "out")
            known[kind] = (home / kind / "out", done)
        return known[kind]

    return get


def test_the_table_below_has_every_kind() -> None:
    assert set(EVERY) == set(KINDS)


@pytest.mark.parametrize("kind", EVERY)
def test_a_file_is_known_by_what_stands_in_it(kind: str, tmp_path: Path) -> None:
    path = written(kind, tmp_path)
    study = load(path)
    assert (study.kind.name, study.folder, len(study.sha256)) == (kind, tmp_path, 64)
    # With the mark that Windows editors write, and as text.
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert load(path).spec == study.spec
    assert parse(path.read_bytes(), "text", folder=tmp_path).spec == study.spec
    with pytest.raises(StudyError, match=r"nonsense is not a key that is known here"):
        parse('nonsense = "here"\n' + path.read_text(encoding="utf-8-sig"), "text", folder=tmp_path)
    with pytest.raises(StudyError, match=r"format is 2"):
        parse("format = 2\n" + path.read_text("utf-8-sig").replace("format = 1\n", ""), "text")
    other = next(name for name in EVERY if name != kind)
    with pytest.raises(StudyError, match=re.escape(KINDS[kind].word)):
        load(path, kind=other)


@pytest.mark.parametrize("kind", EVERY)
def test_run_command(kind: str, tmp_path: Path) -> None:
    path = written(kind, tmp_path)
    found = call("run", path)
    assert found.code == 0, found.err
    folder = tmp_path / "runs" / path.stem
    assert sorted(item.name for item in folder.iterdir()) == sorted(KINDS[kind].artefacts)
    assert "Report: " in found.out
    named = [line for line in found.out.splitlines() if not line.startswith("Report: ")]
    assert max(map(len, named)) <= 80
    record = json.loads((folder / KINDS[kind].record_file).read_text(encoding="utf-8"))
    again = call("run", path, "--json", "--out", tmp_path / "else")
    assert json.loads(again.out) == record
    assert call("run", path, "--quiet").out.startswith(f"{path.stem}: ")


@pytest.mark.parametrize("kind", EVERY)
def test_verify_command(kind: str, made: Callable[[str], tuple[Path, Run[Any]]], tmp_path: Path) -> None:
    folder, _ = made(kind)
    found = call("verify", folder)
    assert (found.code, "THE SAME" in found.out) == (0, True), found.out
    home = Path(shutil.copytree(folder.parent, tmp_path / "moved"))
    table = home / "out" / KINDS[kind].table_files[0]
    table.write_bytes(table.read_bytes()[:-2] + b"9\n")
    changed = call("verify", home / "out", "--json")
    assert changed.code == 4
    assert table.name in {item["file"] for item in json.loads(changed.out)["differences"]}


@pytest.mark.parametrize("kind", EVERY)
def test_verify_sees_other_data_and_another_file(
    kind: str, made: Callable[[str], tuple[Path, Run[Any]]], tmp_path: Path
) -> None:
    folder, done = made(kind)
    home = Path(shutil.copytree(folder.parent, tmp_path / "moved"))
    study = home / f"{done.study.name}.toml"
    study.write_text(study.read_text(encoding="utf-8") + "\n# another\n", encoding="utf-8")
    assert call("verify", home / "out").code == 5
    for file in done.study.kind.files(done.study.spec):
        path = home / file
        path.write_bytes(path.read_bytes() + b"\n")
        found = verify(home / "out")
        assert found.state in {"different", "not recomputed"}
        assert any(item.kind == "input" for item in found.differences)


PACKAGED = {
    "siting": ("assumptions.toml",),
    "plan": ("assumptions.toml", "placement.toml"),
    "campus": ("assumptions.toml", "campus.toml"),
    "appraisal": ("appraisal.toml",),
}
"""Files of assumptions that come with the package, by the kinds that compute with them."""


@pytest.mark.parametrize("kind", PACKAGED)
def test_verify_sees_other_assumptions_of_the_package(
    kind: str, made: Callable[[str], tuple[Path, Run[Any]]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, _ = made(kind)
    inputs = json.loads((folder / "audit.json").read_text(encoding="utf-8"))["inputs"]
    assert [name for name in inputs if name.startswith("assumptions/")] == [f"assumptions/{x}" for x in PACKAGED[kind]]
    for name in PACKAGED[kind]:
        own = name != "assumptions.toml"
        file = assumed._file(f"pilotzone.study.{kind}", name) if own else default_assumptions_file()
        changed = tmp_path / name
        changed.write_bytes(file.read_bytes() + b"\n# another version\n")
        with monkeypatch.context() as patch:
            if own:
                patch.setattr(assumed, "_file", lambda kind, file, at=changed: at)  # noqa: ARG005 - as the original
            else:
                patch.setattr(assumed, "default_assumptions_file", lambda at=changed: at)
            found = call("verify", folder, "--json")
        assert found.code == 4
        assert f"assumptions/{name}" in found.out


@pytest.mark.parametrize("kind", EVERY)
def test_verify_finds_files_in_the_folder_that_is_named(kind: str, tmp_path: Path) -> None:
    home = tmp_path / "home"
    path = written(kind, home)
    if kind == "plan":
        (home / "own.toml").write_text(ASSUMED, encoding="utf-8")
        path.write_text('assumptions = "own.toml"\n' + path.read_text(encoding="utf-8"), encoding="utf-8")
    if kind == "appraisal":
        (home / "own.toml").write_text(ASSUMED, encoding="utf-8")
        path.write_text(APPRAISAL.replace("[invest", 'assumptions = "own.toml"\n[invest'), encoding="utf-8")
    if kind == "siting":
        (home / "figures.csv").write_text(
            "place,criterion,low,high,source\nHere,tariff,0.4,,a test\n", encoding="utf-8"
        )
        text = path.read_text(encoding="utf-8").replace("tariff = 0.4, ", "")
        path.write_text('figures = "figures.csv"\n' + text, encoding="utf-8")
    done = run(path, out=tmp_path / "out")
    named = list(done.study.kind.files(done.study.spec))
    assert named
    moved = tmp_path / "moved"
    home.rename(moved)
    assert verify(tmp_path / "out").state == "not recomputed"
    assert verify(tmp_path / "out", data=moved).state == "same"


@pytest.mark.parametrize("kind", EVERY)
def test_compare_command(kind: str, made: Callable[[str], tuple[Path, Run[Any]]]) -> None:
    folder, _ = made(kind)
    same = call("compare", folder, folder)
    assert (same.code, "Nothing differs." in same.out) == (0, True)
    assert compare_runs(folder, folder).same
    other = made(next(name for name in EVERY if name != kind))[0]
    with pytest.raises(UsageError, match="holds"):
        compare_runs(folder, other)


@pytest.mark.parametrize("kind", EVERY)
def test_studies_command(kind: str) -> None:
    listed = json.loads(call("studies", "--json").out)
    own = [item for item in listed if item["kind"] == kind]
    assert len(own) == len(KINDS[kind].bundled)
    for item in own:
        assert load(item["name"]).kind.name == kind
        assert item["title"]


@pytest.mark.parametrize("kind", EVERY)
def test_init_command(kind: str, tmp_path: Path) -> None:
    assert call("init", "mine", "--kind", kind).code == 0
    study = load(tmp_path / "mine.toml")
    assert (study.kind.name, study.spec.format) == (kind, 1)
    again = call("init", "mine", "--kind", kind)
    assert (again.code, "already exists" in again.err) == (2, True)
    if kind != "panel":  # waits for the reader's panel
        assert run(study).record()


@pytest.mark.parametrize("kind", EVERY)
def test_python(kind: str, tmp_path: Path) -> None:
    told: list[tuple[str, float | None]] = []
    done = pz.run(pz.load(written(kind, tmp_path)), progress=lambda stage, share: told.append((stage, share)))
    assert list(dict.fromkeys(stage for stage, _ in told)) == list(running.stages_of(done.study))
    assert pz.verify(done.write(tmp_path / "out")).state == "same"
    assert len(repr(done).splitlines()) <= 25
    assert "<table" in done._repr_html_()
    assert len(done.to_frame())
    assert len(done.summary())
    assert done.report().startswith("<!doctype html>")
    assert set(done.audit["versions"]) >= {*KINDS[kind].packages, "pilotzone", "numpy"}


@pytest.mark.parametrize("kind", EVERY)
def test_an_input_that_changes_during_the_run_ends_it(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(kind, tmp_path)
    if kind in {"siting", "plan"}:
        assumed = ASSUMED
        if kind == "siting":
            assumed = (
                assumed.replace("km_per_ms", "rel_humidity")
                .replace("90", "60")
                .replace("110", "70")
                .replace("km/ms", "%")
            )
        (tmp_path / "own.toml").write_text(assumed, encoding="utf-8")
        path.write_text('assumptions = "own.toml"\n' + path.read_text(encoding="utf-8"), encoding="utf-8")
    if kind == "appraisal":
        (tmp_path / "own.toml").write_text(ASSUMED, encoding="utf-8")
        path.write_text(APPRAISAL.replace("[invest", 'assumptions = "own.toml"\n[invest'), encoding="utf-8")
    study = load(path)
    (name, *_) = study.kind.files(study.spec)
    own = tmp_path / name
    original = type(study.kind).run

    def slowly(self: Any, *given: Any) -> Any:  # noqa: ANN401 - whatever the kind takes
        found = original(self, *given)
        own.write_bytes(own.read_bytes() + b"\n")
        return found

    monkeypatch.setattr(type(study.kind), "run", slowly)
    found = call("run", path)
    assert found.code == 3
    assert f"{Path(name).name} changed while the study was running" in " ".join(found.err.split())
    assert not (tmp_path / "runs").exists()


def test_another_kind_stands_beside(tmp_path: Path) -> None:
    zone, _ = written("zone", tmp_path), written("toy", tmp_path)
    written("siting", tmp_path)
    zone.write_text(
        zone.read_text(encoding="utf-8") + '\n[beside]\ntoy = "my-toy.toml"\nsiting = "my-siting.toml"\n',
        encoding="utf-8",
    )
    seen: list[Run[Any]] = []
    done = run_study(load(zone), found=seen.append)
    # Its own findings are handed over before what stands beside it is run.
    assert [bool(run.beside) for run in seen] == [False]
    assert list(done.beside) == ["toy", "siting"]
    assert done.record()["toy"] == {"pond": "Carp pond", "fish": {"carp": 3, "roach": 5}, "weight_kg": 8.5}
    assert {"toy/my-toy.toml", "toy/weights.csv", "siting/my-siting.toml"} <= set(done.audit["inputs"])
    assert set(done.audit["versions"]) >= {"rich", "pint"}
    page = done.report()
    assert page.index('id="pond"') < page.index('id="siting"') < page.index('id="audit-section"')
    folder = done.write(tmp_path / "out")
    assert verify(folder).state == "same"
    (tmp_path / "weights.csv").write_text("fish,kg\ncarp,2.6\nroach,0.2\n", encoding="utf-8")
    found = verify(folder)
    assert [item.file for item in found.differences if item.kind == "input"] == ["toy/weights.csv"]
    assert any(item.place.startswith("toy.weight_kg") for item in found.differences)


def test_a_bundled_study_beside_is_run_when_somebody_looks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    zone = written("zone", tmp_path)
    zone.write_text(zone.read_text(encoding="utf-8") + '\n[beside]\nsiting = "guizhou"\n', encoding="utf-8")
    study = load(zone)
    kind, told = KINDS["siting"], []
    for name in ("material", "run"):
        original = getattr(type(kind), name)

        def counted(*given: Any, what: str = name, of: Callable[..., Any] = original) -> Any:  # noqa: ANN401
            told.append(what)
            return of(*given)

        monkeypatch.setattr(type(kind), name, counted)
    done = run(study)
    assert done.verdict is not None
    assert list(done.beside) == ["siting"]
    assert told == []  # what only a report shows: neither read nor run before
    record = done.record()
    assert done.beside["siting"] is done.beside["siting"]
    assert told == ["material", "run"]
    at_once = run_study(study, found=lambda _: told.append("verdict"))
    assert told[2:] == ["verdict", "material", "run"]
    assert at_once.record() == record


def test_what_cannot_stand_beside(tmp_path: Path) -> None:
    zone = written("zone", tmp_path)
    text = zone.read_text(encoding="utf-8")
    for line, message in (
        ('sitting = "guizhou"', r"beside.sitting is not a kind that can stand beside a study of a zone"),
        ('zone = "guizhou"', r"beside.zone is not a kind"),
        ('siting = "nowhere.toml"', r"nowhere\.toml"),
        ('siting = "invented.toml"', r"beside\.siting: study 'invented' is a study of a zone"),
    ):
        zone.write_text(f"{text}\n[beside]\n{line}\n", encoding="utf-8")
        with pytest.raises(UsageError, match=message):
            load(zone)
    zone.write_text(f'{text}\n[siting]\nranking = "guizhou"\n', encoding="utf-8")
    with pytest.raises(StudyError, match=r"siting was a key of version 0\.1") as caught:
        load(zone)
    assert "[beside]" in str(caught.value)


def test_a_fault_beside_is_told_before_anything_is_computed(tmp_path: Path) -> None:
    zone = written("zone", tmp_path)
    (tmp_path / "places.toml").write_text(SITING.replace('good = "down"\n', ""), encoding="utf-8")
    zone.write_text(zone.read_text(encoding="utf-8") + '\n[beside]\nsiting = "places.toml"\n', encoding="utf-8")
    stages: list[str] = []
    with pytest.raises(StudyError, match="no good direction"):
        run(load(zone), progress=lambda stage, _: stages.append(stage))
    assert stages == ["inputs"]


def test_what_stands_beside_is_the_file_that_was_read(tmp_path: Path) -> None:
    """A change between reading and running: neither the settings nor the hash would say what was run."""
    zone = written("zone", tmp_path)
    other = written("toy", tmp_path)
    zone.write_text(zone.read_text(encoding="utf-8") + f'\n[beside]\ntoy = "{other.name}"\n', encoding="utf-8")
    study = load(zone)
    other.write_text("# later\n" + other.read_text(encoding="utf-8"), encoding="utf-8")
    with pytest.raises(DataError, match=f"toy/{other.name} changed while the study was running"):
        run(study)


@pytest.mark.parametrize("kind", EVERY)
def test_runs_of_other_versions_are_not_called_different(
    kind: str, made: Callable[[str], tuple[Path, Run[Any]]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = Path(shutil.copytree(made(kind)[0], tmp_path / "out"))
    audit = json.loads((folder / "audit.json").read_text(encoding="utf-8"))
    monkeypatch.setattr(type(KINDS[kind]), "statistics", KINDS[kind].statistics + 1)
    found = verify(folder)
    assert (found.state, found.differences) == ("not recomputed", ())
    assert f"an earlier state of the installed version, pilotzone {version()}, in which" in str(found.obstacle)
    assert "recompute it with that state" in str(found.obstacle)
    with pytest.raises(DataError, match="was made by an earlier state of the installed version") as refused:
        compare_runs(folder, folder)
    assert refused.value.todo == "run its study anew, or compare with that state"
    monkeypatch.setattr(type(KINDS[kind]), "statistics", KINDS[kind].statistics - 2)
    assert f"a later state of the installed version, pilotzone {version()}, in which" in str(verify(folder).obstacle)
    monkeypatch.undo()
    monkeypatch.setitem(KINDS._packages, "toy", TOY)
    former = {key: value for key, value in audit.items() if key not in {"format", "statistics"}}
    former["versions"]["pilotzone"] = "0.1.0"
    (folder / "audit.json").write_text(json.dumps(former), encoding="utf-8")
    found = verify(folder)
    assert (found.state, found.differences) == ("not recomputed", ())
    assert "made by pilotzone 0.1.0, which writes runs in another form" in str(found.obstacle)
    assert "recompute it with that version" in str(found.obstacle)
    with pytest.raises(DataError, match=r"made by pilotzone 0\.1\.0"):
        compare_runs(folder, folder)


def test_a_run_without_the_form_of_this_version_is_of_another_state(
    made: Callable[[str], tuple[Path, Run[Any]]], tmp_path: Path
) -> None:
    """Before a version is published its form may change, and its number stays."""
    folder = Path(shutil.copytree(made("toy")[0], tmp_path / "out"))
    audit = json.loads((folder / "audit.json").read_text(encoding="utf-8"))
    for form, state in (
        (1, "an earlier state"),
        (99, "a later state"),
        (None, "another state"),
        (True, "another state"),
    ):
        (folder / "audit.json").write_text(json.dumps({**audit, "format": form}), encoding="utf-8")
        told = f"{state} of the installed version, pilotzone {version()}, which writes runs in another form"
        assert f"was made by {told}. It is not compared: recompute it with that state" in str(verify(folder).obstacle)
        with pytest.raises(DataError, match=told):
            compare_runs(folder, folder)


@pytest.mark.parametrize(("kind", "number"), [("zone", 2), ("panel", 3)])
def test_runs_from_before_verdicts_had_grades_get_one_clear_answer(
    kind: str, number: int, made: Callable[[str], tuple[Path, Run[Any]]], tmp_path: Path
) -> None:
    """Their labels came from behind a gate of checks: nothing is compared, and what to do is said."""
    folder = Path(shutil.copytree(made(kind)[0], tmp_path / "out"))
    audit = json.loads((folder / "audit.json").read_text(encoding="utf-8"))
    assert audit["statistics"] == KINDS[kind].statistics == number
    (folder / "audit.json").write_text(json.dumps({**audit, "statistics": 1}), encoding="utf-8")
    found = verify(folder)
    assert (found.state, found.differences) == ("not recomputed", ())
    assert f"in which numbers of {KINDS[kind].word} meant something else" in str(found.obstacle)
    assert str(found.obstacle).endswith("or run the study anew with this one.")


def test_bundled_names_are_told_apart() -> None:
    names = bundled_studies()
    assert names[:3] == ("guiyang", "guizhou", "guizhou-cities")
    assert "siting/guizhou" in names[3:]
    assert (load("guizhou").kind.name, load("siting/guizhou").kind.name) == ("zone", "siting")
    assert load("guizhou", kind="siting") == load("siting/guizhou")
    with pytest.raises(UsageError, match="Did you mean 'guizhou'"):
        load("guizou")


def test_a_kind_is_found_by_most_of_its_keys_where_no_mark_stands(tmp_path: Path) -> None:
    zone = written("zone", tmp_path)
    text = zone.read_text(encoding="utf-8").replace("[zone]", "[zon]")
    with pytest.raises(StudyError, match=r"zon is not a key that is known here\. Did you mean 'zone'"):
        parse(text, "mine")
    with pytest.raises(StudyError, match=r"has both \[zone\] and \[pond\]"):
        parse('pond = "x"\n' + zone.read_text(encoding="utf-8"), "mine")


def test_what_a_kind_cannot_do_is_said(tmp_path: Path) -> None:
    siting = written("siting", tmp_path)
    for option in (("--sensitivity",), ("--tables", "latex")):
        found = call("run", siting, *option)
        assert (found.code, "this one is a ranking of places" in " ".join(found.err.split())) == (2, True)
    study: Study[Any] = load(siting)
    assert replace(study, name="other").spec == study.spec
