"""Verifying a run: what is the same is said to be, and every kind of tampering is found and named."""

from __future__ import annotations

import functools
import json
import math
import operator
import shutil
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.study.guizhou import guizhou
from tests.unit.study.invented import write_study

from pilotzone.core import DataError, UsageError
from pilotzone.study import (
    KINDS,
    Run,
    Verification,
    compare_runs,
    load,
    run,
    run_study,
    verify,
)
from pilotzone.study.runs.differences import ABSENT, bytes_differ, flat, records_differ, tables_differ, unequal
from pilotzone.study.zone.file import SensitivitySpec

CHECK = import_module("pilotzone.study.runs.verifying")
AUDIT = "audit.json"
Json = dict[str, Any]


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("original") / "home"
    home.mkdir()
    run(write_study(home), out=home / "runs" / "invented")
    return home


@pytest.fixture
def home(original: Path, tmp_path: Path) -> Path:
    """Give a project folder with study, figures and a run, which was moved here as a whole after it was made."""
    return Path(shutil.copytree(original, tmp_path / "moved" / "home"))


@pytest.fixture
def folder(home: Path) -> Path:
    return home / "runs" / "invented"


@functools.cache
def run_of(home: Path) -> Run[Any]:
    return run(home / "invented.toml")


@pytest.fixture
def recomputed_once(original: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Take what was recomputed from the original run: it is the same, as the first tests show, and ten times faster."""
    done = run_of(original)
    contents = {
        name: (original / "runs" / "invented" / name).read_bytes() for name in KINDS["zone"].artefacts if name != AUDIT
    }
    monkeypatch.setattr(CHECK, "execute", lambda _, **__: done)
    monkeypatch.setattr(CHECK, "contents_of", lambda _, **__: contents)


def edit(path: Path, change: Callable[[Any], object]) -> None:
    """Change what a JSON file holds."""
    record = json.loads(path.read_bytes())
    change(record)
    path.write_text(json.dumps(record, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def change_cell(path: Path, row: int, column: str, change: Callable[[Any], object]) -> None:
    """Change one cell of a Parquet file."""
    table = pq.read_table(path)
    cells = table.column(column).to_pylist()
    cells[row] = change(cells[row])
    place = table.column_names.index(column)
    pq.write_table(table.set_column(place, table.field(place), pa.array(cells, type=table.field(place).type)), path)


def content_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def said(found: Verification) -> str:
    return "\n".join(found.lines())


# ------------------------------------------------------------------------------------------------- clean


def test_a_run_is_the_same(folder: Path) -> None:
    before = content_of(folder)
    found = verify(folder)
    assert (found.state, found.differences, found.remarks, found.obstacle) == ("same", (), (), None)
    assert said(found).splitlines()[0] == "invented: THE SAME when recomputed"
    assert len(found.checked) == 7
    assert (found.unchecked, found.close) == ((), ())
    assert "4 files have the SHA-256" in said(found)
    assert "report.html comes out the same, by its bytes" in said(found)
    assert content_of(folder) == before
    assert sorted(path.name for path in folder.parent.iterdir()) == ["invented"]


def test_rows_and_entries_are_counted(folder: Path) -> None:
    told = said(verify(folder))
    for name in ("effects.parquet", "evidence.parquet"):
        assert f"{name} comes out the same, all {pq.read_metadata(folder / name).num_rows:,} rows" in told


@pytest.mark.parametrize("shown", ["home/runs/invented", "home/runs/../runs/invented/"])
def test_from_any_folder_and_by_any_path(home: Path, monkeypatch: pytest.MonkeyPatch, shown: str) -> None:
    monkeypatch.chdir(home.parent)
    assert verify(shown).state == "same"


def test_through_a_link(home: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(home / "runs" / "invented", target_is_directory=True)
    assert verify(tmp_path / "link").state == "same"


def test_own_data_by_an_absolute_path(tmp_path: Path) -> None:
    study = write_study(tmp_path)
    text = study.read_text(encoding="utf-8").replace("figures.csv", str(tmp_path / "figures.csv"))
    study.write_text(text, encoding="utf-8")
    run(study, out=tmp_path / "out")
    moved = tmp_path / "elsewhere" / "run"
    shutil.copytree(tmp_path / "out", moved)
    found = verify(moved)
    assert (found.state, found.differences) == ("not all", ())
    assert "The study file of invented was not found" in said(found)
    assert verify(moved, data=tmp_path).state == "same"


def test_bundled_study_is_the_same(tmp_path: Path) -> None:
    guizhou().write(tmp_path / "out")
    assert verify(tmp_path / "out").state == "same"
    assert json.loads((tmp_path / "out" / "audit.json").read_bytes())["study"]["folder"] is None


def test_with_a_specification_curve(home: Path) -> None:
    """Asked for on the command line and not in the study file: no edited setting."""
    study = load(home / "invented.toml")
    few = SensitivitySpec(donors_out=0, anticipation=(0,), last=())
    asked = replace(study, spec=study.spec.model_copy(update={"sensitivity": few}))
    run_study(asked).write(home / "runs" / "curve")
    assert verify(home / "runs" / "curve").state == "same"


# --------------------------------------------------------------------------------------- artefacts tampered with


def label_changed(folder: Path) -> None:
    edit(folder / "verdict.json", lambda record: record["verdict"].update(label="growth at a cost"))


def number_changed(folder: Path) -> None:
    edit(folder / "verdict.json", lambda record: record["verdict"]["tests"][0].update(estimate=0.25))


def word_changed(folder: Path) -> None:
    edit(
        folder / "verdict.json",
        lambda record: record["identification"][1]["checks"][0].update(statement="All is well."),
    )


def entry_gone(folder: Path) -> None:
    edit(folder / "verdict.json", lambda record: record["verdict"].pop("p_claim"))


def list_emptied(folder: Path) -> None:
    edit(folder / "verdict.json", lambda record: record.update(estimators=[]))


def number_to_text(folder: Path) -> None:
    edit(folder / "verdict.json", lambda record: record["verdict"].update(alpha="0.05"))


def number_to_truth(folder: Path) -> None:
    edit(folder / "verdict.json", lambda record: record["verdict"]["tests"][0].update(p_worsened=True))


def number_to_nothing(folder: Path) -> None:
    edit(folder / "verdict.json", lambda record: record["verdict"].update(p_claim=math.nan))


def effect_changed(folder: Path) -> None:
    change_cell(folder / "effects.parquet", 100, "value", lambda value: value * 1.5)


def effect_row_renamed(folder: Path) -> None:
    change_cell(folder / "effects.parquet", 100, "unit", lambda _: "Nowhere")


def effect_row_gone(folder: Path) -> None:
    table = pq.read_table(folder / "effects.parquet")
    pq.write_table(pa.concat_tables([table.slice(0, 100), table.slice(101)]), folder / "effects.parquet")


def effect_row_twice(folder: Path) -> None:
    table = pq.read_table(folder / "effects.parquet")
    pq.write_table(pa.concat_tables([table, table.slice(100, 1)]), folder / "effects.parquet")


def column_gone(folder: Path) -> None:
    pq.write_table(pq.read_table(folder / "effects.parquet").drop_columns(["donor"]), folder / "effects.parquet")


def source_changed(folder: Path) -> None:
    change_cell(folder / "evidence.parquet", 7, "source", lambda _: "National Bureau of Statistics")


def figure_changed(folder: Path) -> None:
    change_cell(folder / "evidence.parquet", 7, "value", lambda value: value + 1)


def report_byte(folder: Path) -> None:
    raw = bytearray((folder / "report.html").read_bytes())
    at = raw.index(b"GREEN GROWTH") if b"GREEN GROWTH" in raw else raw.index(b"<h1")
    raw[at + 1] ^= 1
    (folder / "report.html").write_bytes(raw)


def report_longer(folder: Path) -> None:
    with (folder / "report.html").open("ab") as file:
        file.write(b"<!-- reviewed -->")


TAMPERED = [
    (label_changed, "verdict.json", "verdict.label is 'growth at a cost', recomputed 'green growth'"),
    (number_changed, "verdict.json", r"verdict.tests[log_output, excess_gap].estimate is 0.25, recomputed 0."),
    (word_changed, "verdict.json", "checks[earlier_dates].statement is 'All is well.', recomputed"),
    (entry_gone, "verdict.json", "verdict.p_claim is not there, recomputed 0.041666"),
    (list_emptied, "verdict.json", "estimators is '(empty list)', recomputed not there"),
    (number_to_text, "verdict.json", "verdict.alpha is '0.05', recomputed 0.05"),
    (number_to_truth, "verdict.json", "p_worsened is True, recomputed 1.0"),
    (number_to_nothing, "verdict.json", "verdict.p_claim is nan, recomputed 0.041666"),
    (effect_changed, "effects.parquet", "value of (design main, estimator sc_intercept, outcome "),
    (effect_row_renamed, "effects.parquet", "unit Nowhere"),
    (effect_row_gone, "effects.parquet", ") is not there, and there when recomputed"),
    (effect_row_twice, "effects.parquet", ") is there twice, and there when recomputed"),
    (column_gone, "effects.parquet", "column 'donor' is not there, and there when recomputed"),
    (source_changed, "evidence.parquet", "source of (unit Place A, period "),
    (figure_changed, "evidence.parquet", "value of (unit Place A, period "),
    (report_byte, "report.html", "line "),
    (report_longer, "report.html", "</html><!-- reviewed"),
]


@pytest.mark.usefixtures("recomputed_once")
@pytest.mark.parametrize(("tamper", "file", "says"), TAMPERED, ids=[item[0].__name__ for item in TAMPERED])
def test_what_was_changed_is_named(folder: Path, tamper: Callable[[Path], None], file: str, says: str) -> None:
    tamper(folder)
    found = verify(folder)
    assert found.state == "different"
    assert {item.file for item in found.differences} == {file}
    assert found.differences[0].sentence().startswith(f"{file}: ")
    assert says in said(found)
    assert f"{file}: is not the file that the run wrote: its SHA-256 is not the one in audit.json." in said(found)
    assert len(found.lines()) <= 20


@pytest.mark.usefixtures("recomputed_once")
def test_the_hash_given_as_well_hides_nothing(folder: Path) -> None:
    """A forger who also writes the new hash into the audit trail."""
    import hashlib

    number_changed(folder)
    digest = hashlib.sha256((folder / "verdict.json").read_bytes()).hexdigest()
    edit(folder / "audit.json", lambda audit: audit["outputs"].update({"verdict.json": digest}))
    (only,) = verify(folder).differences
    assert (only.place, only.kept) == ("verdict.tests[log_output, excess_gap].estimate", 0.25)


@pytest.mark.usefixtures("recomputed_once")
@pytest.mark.parametrize("name", [name for name in KINDS["zone"].artefacts if name != "audit.json"])
def test_file_that_is_missing(folder: Path, name: str) -> None:
    (folder / name).unlink()
    (only,) = verify(folder).differences
    assert only.sentence() == f"{name}: is not there."


@pytest.mark.usefixtures("recomputed_once")
@pytest.mark.parametrize("name", ["verdict.json", "effects.parquet", "evidence.parquet"])
@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b"{", b"[" * 100_000, b"PAR1 not so PAR1"], ids=range(5))
def test_file_that_is_none(folder: Path, name: str, content: bytes) -> None:
    (folder / name).write_bytes(content)
    found = verify(folder)
    assert found.state == "different"
    assert {item.file for item in found.differences} == {name}
    assert "is not JSON" in said(found) or "is not a Parquet file" in said(found)


@pytest.mark.usefixtures("recomputed_once")
def test_same_content_in_other_bytes(folder: Path) -> None:
    edit(folder / "verdict.json", lambda _: None)
    raw = (folder / "verdict.json").read_bytes()
    (folder / "verdict.json").write_bytes(raw + b"\n")
    where, whole = verify(folder).differences
    assert where.place.startswith("line ")
    assert whole.sentence().endswith("its SHA-256 is not the one in audit.json.")


@pytest.mark.usefixtures("recomputed_once")
def test_many_differences_are_few_lines(folder: Path) -> None:
    for name, columns in (("effects.parquet", ["value"]), ("evidence.parquet", ["value"])):
        table = pq.read_table(folder / name)
        for column in columns:
            doubled = pa.array([2 * value + 1 for value in table.column(column).to_pylist()])
            table = table.set_column(table.column_names.index(column), column, doubled)
        pq.write_table(table, folder / name)
    edit(folder / "verdict.json", lambda record: record.update(verdict={}, zone={}, notes=["x"] * 50))
    report_byte(folder)
    found = verify(folder)
    assert len(found.differences) > 4000
    assert len(found.lines()) <= 20
    assert "more in effects.parquet" in said(found)
    assert found.differences[0].place == "verdict.label"
    assert len(found.to_dict()["differences"]) == len(found.differences)


@pytest.mark.usefixtures("recomputed_once")
def test_the_largest_difference_comes_first(folder: Path) -> None:
    change_cell(folder / "effects.parquet", 100, "value", lambda value: value * 1.001)
    change_cell(folder / "effects.parquet", 200, "value", lambda value: value * 3)
    change_cell(folder / "effects.parquet", 300, "value", lambda value: value * 1.1)
    sizes = [item.size for item in verify(folder).differences if item.kind == "number"]
    assert sizes == pytest.approx([2 / 3, 1 - 1 / 1.1, 1 - 1 / 1.001])


# ------------------------------------------------------------------------------------------- inputs and audit


def test_data_that_changed(home: Path, folder: Path) -> None:
    data = home / "figures.csv"
    lines = data.read_text(encoding="utf-8").splitlines()
    place, year, output, *rest = lines[16].split(",")
    lines[16] = ",".join([place, year, str(float(output) * 1.2), *rest])
    data.write_text("\n".join(lines), encoding="utf-8")
    found = verify(folder)
    assert found.state == "different"
    assert "data/figures.csv: has changed since the run" in said(found)
    assert any(item.place == f"value of (unit {place}, period {year}, series output)" for item in found.differences)
    assert found.differences[0].kind == "input"  # what explains the others


def test_data_changed_in_bytes_only(home: Path, folder: Path) -> None:
    """Another line end: figures and verdict are the same, and it is said all the same."""
    data = home / "figures.csv"
    data.write_bytes(data.read_bytes().replace(b"\r\n", b"\n"))
    found = verify(folder)
    assert {item.file for item in found.differences} == {"data/figures.csv", "report.html"}  # the report lists hashes


@pytest.mark.usefixtures("recomputed_once")
def test_evidence_of_another_version(folder: Path) -> None:
    """What the run was made from is told by its hash, here of the map."""
    edit(folder / "audit.json", lambda audit: audit["inputs"].update({"shapes/provinces.topo.json": "0" * 64}))
    assert "shapes/provinces.topo.json: has changed since the run" in said(verify(folder))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (
            lambda inputs: inputs.pop("data/figures.csv"),
            "data/figures.csv: is there now, and the run was not made from it",
        ),
        (lambda inputs: inputs.update({"data/more.csv": "0"}), "data/more.csv: the run was made from it"),
    ],
)
@pytest.mark.usefixtures("recomputed_once")
def test_inputs_that_come_or_go(folder: Path, change: Callable[[Json], object], says: str) -> None:
    edit(folder / "audit.json", lambda audit: change(audit["inputs"]))
    assert says in said(verify(folder))


def test_settings_edited_after_the_run(folder: Path) -> None:
    """A margin made wider in the audit trail: the study file tells, and so does what is recomputed."""
    edit(folder / "audit.json", lambda audit: audit["study"]["settings"]["outcomes"][1].update(margin=20.0))
    found = verify(folder)
    assert "audit.json: settings.outcomes[log_smoke].margin is 20.0, the study file says 10.0" in said(found)
    assert "verdict.tests[log_smoke, excess_gap].margin" in {item.place for item in found.differences}


def test_settings_edited_and_no_study_file(home: Path, folder: Path) -> None:
    (home / "invented.toml").unlink()
    edit(folder / "audit.json", lambda audit: audit["study"]["settings"]["claim"].update(alpha=0.01))
    found = verify(folder)
    assert "verdict.label" in {item.place for item in found.differences}
    assert not any(item.kind == "setting" for item in found.differences)


def test_study_file_that_went_on(home: Path, folder: Path) -> None:
    """Another study file than the one that was run: whether it went on or the run was forged cannot be told."""
    study = home / "invented.toml"
    study.write_text(study.read_text(encoding="utf-8").replace("margin = 10", "margin = 20"), encoding="utf-8")
    found = verify(folder)
    assert (found.state, found.differences) == ("not all", ())
    (text,) = found.unchecked
    assert "is not the one that was run" in text
    assert "It says otherwise: settings.outcomes[log_smoke].margin is 10.0, the study file says 20.0." in text
    study.write_text(study.read_text(encoding="utf-8").replace("margin = 20", "margin = 10.0"), encoding="utf-8")
    assert verify(folder).unchecked[0].endswith("It says the same.")


def test_hash_of_the_study_edited(folder: Path) -> None:
    edit(folder / "audit.json", lambda audit: audit["study"].update(sha256="0" * 64))
    found = verify(folder)
    assert any("is not the one that was run" in text for text in found.unchecked)
    assert {item.file for item in found.differences} == {"report.html"}  # it shows the hash


@pytest.mark.usefixtures("recomputed_once")
def test_other_versions_are_remarks(folder: Path) -> None:
    """Here everything comes out by its bytes all the same."""
    edit(folder / "audit.json", lambda audit: audit["versions"].update(pilotzone="0.0.9", numpy="1.0", old="2"))
    found = verify(folder)
    assert (found.state, found.differences) == ("same", ())
    (versions, numbers) = found.remarks
    assert "pilotzone 0.0.9 then, " in versions
    assert "numpy 1.0 then, " in versions
    assert "old 2 then, none now" in versions
    assert "numbers are compared to 1e-09 of their size" in numbers


@pytest.mark.usefixtures("recomputed_once")
def test_tampered_report_of_another_version_is_known_by_its_hash(folder: Path) -> None:
    edit(folder / "audit.json", lambda audit: audit["versions"].update(pilotzone="0.0.9"))
    report_byte(folder)
    (only,) = verify(folder).differences
    assert only.sentence().startswith("report.html: is not the file that the run wrote")


@pytest.mark.usefixtures("recomputed_once")
def test_notes_beside_a_run_are_not_checked(folder: Path) -> None:
    (folder / "notes.md").touch()
    found = verify(folder)
    assert found.state == "not all"
    assert found.unchecked == ("The folder also holds notes.md, which the run did not write.",)
    assert said(found).startswith("invented: NOT ALL OF IT was recomputed; what was is the same\n- Not checked: ")


@pytest.mark.usefixtures("recomputed_once")
def test_what_file_managers_leave_is_a_remark(folder: Path) -> None:
    (folder / ".DS_Store").touch()
    found = verify(folder)
    assert found.state == "same"
    assert found.remarks == ("The folder also holds .DS_Store, left there by a file manager.",)


@pytest.mark.usefixtures("recomputed_once")
def test_files_listed_that_no_run_writes(folder: Path) -> None:
    edit(folder / "audit.json", lambda audit: audit["outputs"].update({"../../../etc/passwd": "0"}))
    found = verify(folder)
    assert found.state == "different"
    assert "lists '../../../etc/passwd', which this version of pilotzone does not know" in said(found)


# ----------------------------------------------------------------------------------------- cannot be recomputed


def test_data_gone(home: Path, folder: Path) -> None:
    (home / "figures.csv").unlink()
    number_changed(folder)
    found = verify(folder)
    assert found.state == "not recomputed"
    assert "figures.csv" in str(found.obstacle)
    assert "--data" in str(found.obstacle)
    assert [item.file for item in found.differences] == ["verdict.json"]  # what can be told without is told
    assert said(found).startswith("invented: NOT RECOMPUTED, and 1 difference")


def test_data_moved(home: Path, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "archive").mkdir()
    (home / "figures.csv").rename(tmp_path / "archive" / "figures.csv")
    assert verify(folder, data=tmp_path / "archive").state == "same"
    assert verify(folder, data=tmp_path / "none").state == "not recomputed"


def test_run_moved_alone(folder: Path, home: Path, tmp_path: Path) -> None:
    moved = Path(shutil.copytree(folder, tmp_path / "alone"))
    assert verify(moved).state == "not recomputed"
    assert verify(moved, data=home).state == "same"


@pytest.mark.parametrize("given", [None, 5, "a\0b"])
def test_no_folder_of_the_study_told(folder: Path, home: Path, given: object) -> None:
    edit(folder / "audit.json", lambda audit: audit["study"].update(folder=given))
    found = verify(folder)
    assert "does not say where the data file 'figures.csv' was" in str(found.obstacle)
    found = verify(folder, data=home)
    assert found.state == ("same" if given is None else "different")
    assert [item.file for item in found.differences] == ([] if given is None else ["audit.json"])


def test_data_that_cannot_be_read_any_more(home: Path, folder: Path) -> None:
    (home / "figures.csv").write_text("place;year\n", encoding="utf-8")
    found = verify(folder)
    assert found.state == "not recomputed"
    assert "data/figures.csv: has changed since the run" in said(found)


def deep(audit: Json) -> None:
    value: Any = []
    for _ in range(200):
        value = [value]
    audit["study"]["settings"]["limits"] = value


@pytest.mark.parametrize(
    "change",
    [
        lambda audit: audit["study"]["settings"].clear(),
        lambda audit: audit["study"]["settings"].update(format=2),
        lambda audit: audit["study"]["settings"].update(future_key=1),
        lambda audit: audit["study"]["settings"]["window"].update(verdict=[2019, 2014]),
        lambda audit: audit["study"]["settings"].update(title="\ud800"),
        lambda audit: audit["study"]["settings"]["zone"].update(unit="Place Z"),
        lambda audit: audit["study"]["settings"]["data"].update(file="/dev/zero"),
        lambda audit: audit["study"]["settings"]["data"].update(file="a\0b"),
        deep,
    ],
    ids=range(9),
)
def test_settings_that_are_no_study(folder: Path, change: Callable[[Json], object]) -> None:
    record = json.loads((folder / "audit.json").read_bytes())
    change(record)
    (folder / "audit.json").write_text(json.dumps(record), encoding="utf-8")
    found = verify(folder)
    assert found.state == "not recomputed"
    assert found.obstacle
    assert "Traceback" not in found.obstacle


# ------------------------------------------------------------------------------------------------ no run there


def test_no_run(tmp_path: Path, folder: Path) -> None:
    for path, says in ((tmp_path / "none", "there is no folder"), (tmp_path, "holds no run"), ("a\0b", "no folder")):
        with pytest.raises(UsageError, match=says):
            verify(path)
    with pytest.raises(UsageError, match="is a file"):
        verify(folder / "audit.json")


def test_hints_at_what_was_meant(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(home)
    with pytest.raises(UsageError, match=r"Did you mean 'runs/invented'\?"):
        verify("invented")
    with pytest.raises(UsageError, match=r"Did you mean 'runs/invented'\?"):
        verify("runs/invnted")


@pytest.mark.parametrize(
    "audit",
    [
        "",
        "nonsense",
        "[" * 100_000,
        "[]",
        "{}",
        '{"study": 1}',
        '{"outputs": {}, "inputs": {}, "versions": {}}',
        "\x00",
    ],
    ids=range(8),
)
def test_audit_that_is_none(folder: Path, audit: str) -> None:
    (folder / "audit.json").write_text(audit, encoding="utf-8")
    with pytest.raises(DataError, match=r"audit\.json of .* is (not JSON|not an audit trail of a run)"):
        verify(folder)


@pytest.mark.parametrize(
    "part", ["study", "inputs", "versions", "outputs", "study.name", "study.sha256", "study.settings"]
)
def test_audit_without_a_part(folder: Path, part: str) -> None:
    def remove(audit: Json) -> None:
        *outer, last = part.split(".")
        (audit[outer[0]] if outer else audit).pop(last)

    edit(folder / "audit.json", remove)
    with pytest.raises(DataError, match=f"'{part}' is missing"):
        verify(folder)


# ------------------------------------------------------------------------------------------------- tolerances


@pytest.mark.parametrize("value", [0.3, -41.7, 1e-6, 1e12, -3e-5])
@pytest.mark.parametrize("sign", [-1, 1])
def test_numbers_at_both_sides_of_the_tolerance(value: float, sign: int) -> None:
    inside, outside = (1e-12 + 1e-9 * abs(value)) * 0.999, (1e-12 + 1e-9 * abs(value)) * 1.001
    assert unequal(value + sign * inside, value) == 0
    assert unequal(value + sign * outside, value) == pytest.approx(outside / abs(value), rel=1e-2)


@pytest.mark.usefixtures("recomputed_once")
def test_tolerance_in_files(folder: Path) -> None:
    """At row 100, whose value is not near zero, of both tables and in the verdict."""
    for factor, expected in ((1 + 0.9e-9, set()), (1 + 2e-9, {"verdict.json", "effects.parquet", "evidence.parquet"})):
        for name in ("effects.parquet", "evidence.parquet"):
            change_cell(folder / name, 100, "value", functools.partial(operator.mul, factor))
        edit(folder / "verdict.json", functools.partial(scale, factor=factor))
        differ = {item.file for item in verify(folder).differences if item.kind == "number"}
        assert differ == expected


def scale(record: Json, factor: float) -> None:
    record["verdict"]["tests"][0]["estimate"] *= factor


@pytest.mark.parametrize(
    ("kept", "now", "same"),
    [
        (5, 5.0, True),
        (True, 1, False),
        (None, 0.0, False),
        (None, None, True),
        ("5", 5, False),
        ("a", "a ", False),
        (math.nan, math.nan, True),
        (math.nan, 0.0, False),
        (math.inf, math.inf, True),
        (math.inf, -math.inf, False),
        (math.inf, 1e308, False),
        (10**400, 10**400, True),
        (10**400, 1.0, False),
        (0.0, -0.0, True),
        (1e-13, 0.0, True),
        (1e-11, 0.0, False),
    ],
)
def test_cells(kept: Any, now: Any, *, same: bool) -> None:  # noqa: ANN401 - cells
    assert (unequal(kept, now) == 0) is same


# --------------------------------------------------------------------------------------- differences, by property

leaves = st.none() | st.booleans() | st.integers(-9, 9) | st.floats(-9, 9) | st.text(max_size=3)
records = st.dictionaries(
    st.sampled_from("abc"),
    st.recursive(leaves, lambda x: st.lists(x, max_size=3) | st.dictionaries(st.sampled_from("ab"), x, max_size=2)),
    max_size=3,
)


@given(records)
def test_a_record_does_not_differ_from_itself(record: Json) -> None:
    assert records_differ("x", record, json.loads(json.dumps(record))) == []


@given(records, st.data())
def test_one_leaf_changed_is_one_difference(record: Json, data: st.DataObject) -> None:
    changed = json.loads(json.dumps(record))
    places = [(holder, key) for holder, key in holders(changed) if not isinstance(holder[key], dict | list)]
    if not places:
        return
    holder, key = data.draw(st.sampled_from(places))
    holder[key] = "changed"
    (only,) = records_differ("x", changed, record)
    assert (only.kept, only.kind) == ("changed", "word")


def holders(value: Any) -> list[tuple[Any, Any]]:  # noqa: ANN401 - plain data
    inner = (
        list(value.items()) if isinstance(value, dict) else list(enumerate(value)) if isinstance(value, list) else []
    )
    return [pair for key, item in inner for pair in [(value, key), *holders(item)]]


def test_items_are_known_by_their_names() -> None:
    old = {"tests": [{"outcome": "a", "p": 1}, {"outcome": "b", "p": 2}]}
    new = {"tests": [{"outcome": "b", "p": 2}, {"outcome": "a", "p": 3}]}
    (only,) = records_differ("x", old, new)
    assert (only.place, only.kept, only.now) == ("tests[a].p", 1, 3)
    assert flat([{"name": "a"}, {"name": "a"}]) == {("[1]", "name"): "a", ("[2]", "name"): "a"}


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), unique=True, min_size=1), st.randoms())
def test_rows_are_matched_by_key(keys: list[tuple[int, int]], random: Any) -> None:  # noqa: ANN401 - a generator
    rows = [{"unit": f"u{a}", "period": b, "series": "s", "value": float(a * b)} for a, b in keys]
    shuffled = random.sample(rows, len(rows))
    one, other = pa.Table.from_pylist(rows), pa.Table.from_pylist(shuffled)
    assert tables_differ("evidence.parquet", one, other) == []
    less = other.slice(1) if len(rows) > 1 else other.slice(0, 0)
    (only,) = tables_differ("evidence.parquet", one, less)
    assert (only.kind, only.now) == ("row", ABSENT)


@given(st.binary(max_size=40), st.binary(max_size=40))
def test_first_byte_that_differs(kept: bytes, now: bytes) -> None:
    expected = next((k for k, (a, b) in enumerate(zip(kept, now, strict=False)) if a != b), min(len(kept), len(now)))
    found = bytes_differ("x", kept, now)
    if kept == now:
        assert found == []
    else:
        assert found[0].place == f"line {now[:expected].count(10) + 1} (byte {expected + 1})"


# ------------------------------------------------------------------------------------------------ hostile, shown


HOSTILE = "<script>alert(1)</script>\x1b[31m\u202e\n{{ 7 * 7 }}"


@pytest.mark.usefixtures("recomputed_once")
def test_hostile_content_is_text(folder: Path) -> None:
    edit(folder / "verdict.json", lambda record: record["verdict"].update({"label": HOSTILE, HOSTILE: HOSTILE}))
    edit(folder / "audit.json", lambda audit: audit["inputs"].update({HOSTILE: HOSTILE}))
    edit(folder / "audit.json", lambda audit: audit["versions"].update({HOSTILE: HOSTILE}))
    (folder / "<img src=x>").touch()
    found = verify(folder)
    shown = found._repr_html_()
    assert "<script" not in shown
    assert "<img" not in shown
    assert "&lt;script&gt;" in shown
    json.dumps(found.to_dict(), allow_nan=False)


@pytest.mark.usefixtures("recomputed_once")
def test_name_that_is_a_path_reads_nothing(folder: Path, home: Path) -> None:
    (home.parent / "other.toml").write_text("secret", encoding="utf-8")
    edit(folder / "audit.json", lambda audit: audit["study"].update(name="../other"))
    found = verify(folder)
    assert "secret" not in said(found)
    assert not any("study file" in text for text in found.remarks)


@pytest.mark.usefixtures("recomputed_once")
def test_table_and_notebook_view(folder: Path) -> None:
    number_changed(folder)
    found = verify(folder)
    table = found.to_table()
    assert list(table.columns) == ["file", "place", "kind", "in_the_run", "now", "relative_size"]
    assert len(table) == len(found.differences) == 2
    assert "0.25" in found._repr_html_()


# -------------------------------------------------------------------------------------------- tables for papers


@pytest.fixture(scope="module")
def with_tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a run with tables for papers."""
    home = tmp_path_factory.mktemp("tables")
    run(write_study(home), out=home / "run", tables=("latex", "word"))
    return home


def test_tables_are_verified_with_the_run(with_tables: Path) -> None:
    found = verify(with_tables / "run")
    assert (found.state, found.remarks) == ("same", ())
    assert "table-effects.tex comes out the same, by its bytes." in found.checked
    assert f"{4 + 8} files have" in said(found)


def test_a_table_that_was_edited_or_taken_away_is_told(with_tables: Path, tmp_path: Path) -> None:
    folder = tmp_path / "home" / "run"
    shutil.copytree(with_tables, folder.parent)
    table = folder / "table-effects.tex"
    table.write_text(table.read_text(encoding="utf-8").replace("Gap", "Gain"), encoding="utf-8")
    (folder / "table-checks.rtf").unlink()
    edit(folder / "audit.json", lambda audit: audit["outputs"].pop("table-verdict.rtf"))
    found = verify(folder)
    places = {item.file: item.place for item in found.differences if item.kind == "file"}
    assert set(places) == {"table-effects.tex", "table-checks.rtf", "table-verdict.rtf"}
    assert places["table-checks.rtf"] == "is not there."
    assert places["table-verdict.rtf"] == "is not listed in audit.json."
    assert any(item.file == "table-effects.tex" and item.kind == "word" for item in found.differences)


def test_tables_do_not_upset_a_comparison(with_tables: Path) -> None:
    assert compare_runs(with_tables / "run", with_tables / "run").same
