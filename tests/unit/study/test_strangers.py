"""A run from a stranger is data: what it names elsewhere on this machine is not read, and nothing of it is told."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.unit.cli.command import call
from tests.unit.study.forged import SITING, edit, swap, write_panel
from tests.unit.study.invented import write_study

from pilotzone.core import DataError, UsageError
from pilotzone.study import Verification, run, verify

if TYPE_CHECKING:
    from collections.abc import Callable

MINE = "place;year;SECRET\n1;2;SECRET\n"


@pytest.fixture(scope="module")
def _original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("theirs")
    study = write_study(home)
    study.write_text(study.read_text(encoding="utf-8") + '\n[beside]\nsiting = "places.toml"\n', encoding="utf-8")
    (home / "places.toml").write_text(SITING, encoding="utf-8")
    run(study, out=home / "run")
    write_panel(home)
    return home


@pytest.fixture
def theirs(_original: Path, tmp_path: Path) -> Path:
    """Give a project that came from elsewhere: studies, data, and runs of both kinds."""
    return Path(shutil.copytree(_original, tmp_path / "theirs"))


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    (tmp_path / "mine").mkdir()
    path = tmp_path / "mine" / "secret.csv"
    path.write_text(MINE, encoding="utf-8")
    return path


def told(found: Verification) -> str:
    return f"{found.lines()} {json.dumps(found.to_dict())}"


def aim(folder: Path, file: str | Path, part: str = "data") -> None:
    """Let a run name another data file."""
    edit(folder / "audit.json", lambda audit: audit["study"]["settings"][part].update(file=str(file)))


def refused(folder: Path, says: str = "is not read: it lies outside the folder of the study") -> Verification:
    since = time.monotonic()
    found = verify(folder)
    assert time.monotonic() - since < 10
    assert found.state == "not recomputed"
    assert says in str(found.obstacle), found.obstacle
    assert "SECRET" not in told(found)
    return found


def test_a_file_by_its_path(theirs: Path, secret: Path) -> None:
    aim(theirs / "run", secret)
    found = refused(theirs / "run")
    assert "name the folder it lies in with --data" in str(found.obstacle)


def test_a_file_by_the_way_up(theirs: Path, secret: Path) -> None:
    aim(theirs / "run", f"../mine/{secret.name}")
    refused(theirs / "run")


def test_a_file_where_the_study_is_said_to_be(theirs: Path, secret: Path) -> None:
    aim(theirs / "run", secret.name)
    edit(theirs / "run" / "audit.json", lambda audit: audit["study"].update(folder="../../mine"))
    refused(theirs / "run")


def test_a_study_file_there_does_not_open_the_folder(theirs: Path, secret: Path) -> None:
    """Of the same name, but another than the one that the audit trail lists."""
    shutil.copy(theirs / "invented.toml", secret.parent)
    swap(secret.parent / "invented.toml", "margin = 5", "margin = 7.125")
    aim(theirs / "run", secret.name)
    edit(theirs / "run" / "audit.json", lambda audit: audit["study"].update(folder="../../mine"))
    found = refused(theirs / "run")
    assert "7.125" not in told(found)


def test_a_link_out_of_the_project(theirs: Path, secret: Path) -> None:
    (theirs / "figures.csv").unlink()
    (theirs / "figures.csv").symlink_to(secret)
    found = refused(theirs / "run")
    assert [item.kind for item in found.differences] == ["input"]


def test_what_is_listed_with_its_hash_is_read(theirs: Path, tmp_path: Path) -> None:
    """Whoever knows the hash of a file knows the file: a study of data elsewhere can be verified as it is."""
    (tmp_path / "data").mkdir()
    (theirs / "figures.csv").rename(tmp_path / "data" / "figures.csv")
    (theirs / "figures.csv").symlink_to(tmp_path / "data" / "figures.csv")
    assert verify(theirs / "run").state == "same"


def test_what_the_reader_names_is_read_as_it_is(theirs: Path, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (theirs / "figures.csv").rename(tmp_path / "data" / "figures.csv")
    swap(tmp_path / "data" / "figures.csv", "\n", "\n\n")
    assert verify(theirs / "run").state == "not recomputed"
    found = verify(theirs / "run", data=tmp_path / "data")
    assert found.state == "different"
    assert "data/figures.csv: has changed since the run" in "\n".join(found.lines())


@pytest.mark.parametrize("name", ["..", ".", "/", "a/.."])
def test_a_data_file_without_a_name(theirs: Path, name: str) -> None:
    aim(theirs / "run", name)
    found = verify(theirs / "run", data=theirs)
    assert found.state == "not recomputed"


def pipe(path: Path) -> Path:
    os.mkfifo(path)
    return path


@pytest.mark.parametrize(
    "make", [pipe, lambda _: Path("/dev/zero"), lambda _: Path("/dev/tty")], ids=["pipe", "zero", "tty"]
)
@pytest.mark.parametrize("listed", [False, True])
def test_pipes_and_devices(theirs: Path, tmp_path: Path, make: Callable[[Path], Path], *, listed: bool) -> None:
    path = make(tmp_path / "figures.csv")
    for folder, part in ((theirs / "run", "data"), (theirs / "runs" / "zones", "panel")):
        aim(folder, path, part)
        if listed:
            edit(folder / "audit.json", lambda audit: audit["inputs"].update({f"data/{path.name}": "0" * 64}))
        refused(folder, "")


def test_a_whole_disk_for_a_panel(theirs: Path) -> None:
    folder = theirs / "runs" / "zones"
    aim(folder, "/", "panel")
    refused(folder)


def test_a_folder_of_other_files_for_a_panel(theirs: Path, secret: Path) -> None:
    folder = theirs / "runs" / "zones"
    aim(folder, secret.parent, "panel")
    refused(folder)


def test_a_table_of_neighbours(theirs: Path, secret: Path) -> None:
    folder = theirs / "runs" / "zones"
    near = {"file": str(secret), "threshold": 1.0, "unit": "unit", "neighbour": "neighbour", "weight": None}
    edit(folder / "audit.json", lambda audit: audit["study"]["settings"]["space"].update(neighbours=near))
    refused(folder)


def test_the_ranking_of_a_zone(theirs: Path, secret: Path) -> None:
    edit(theirs / "run" / "audit.json", lambda audit: audit["study"]["settings"]["beside"].update(siting=str(secret)))
    refused(theirs / "run")


@pytest.mark.parametrize("key", ["figures", "assumptions"])
def test_files_that_a_ranking_names(theirs: Path, secret: Path, key: str) -> None:
    """Though the study and the ranking are their own, and lie where they should."""
    ranking = theirs / "places.toml"
    ranking.write_text(f'{key} = "{secret}"\n' + ranking.read_text(encoding="utf-8"), encoding="utf-8")
    refused(theirs / "run")


def test_settings_of_an_engine_are_not_taken(theirs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from pilotzone.store import panel

    def never(*_: object, **__: object) -> None:
        raise AssertionError("Spark was asked for")

    monkeypatch.setattr(panel, "_open_on_spark", never)
    folder = theirs / "runs" / "zones"
    before = (theirs / "zones.toml").read_bytes()
    (theirs / "zones.toml").write_bytes(before + b'\n[engine]\nname = "spark"\nmaster = "local[2]"\n')
    digest = hashlib.sha256((theirs / "zones.toml").read_bytes()).hexdigest()

    def by_spark(audit: dict[str, dict[str, object]]) -> None:
        settings = audit["study"]["settings"]
        assert isinstance(settings, dict)
        settings["engine"].update(name="spark", master="local[2]")
        audit["study"]["sha256"] = digest

    edit(folder / "audit.json", by_spark)
    found = verify(folder)
    # The report shows both; all else is the same, whichever engine is said to have read the panel.
    assert {item.file for item in found.differences} == {"report.html"}
    assert "The panel was read by spark then, and by duckdb now." in found.remarks
    with pytest.raises(AssertionError, match="Spark was asked for"):
        verify(folder, engine="spark", master="local[1]")


def test_engines_that_are_not_known(theirs: Path) -> None:
    with pytest.raises(UsageError, match="engine is 'sparc'"):
        verify(theirs / "runs" / "zones", engine="sparc")
    with pytest.raises(UsageError, match="which no engine reads"):
        verify(theirs / "run", engine="spark")
    with pytest.raises(UsageError, match="a master is where Spark runs"):
        verify(theirs / "runs" / "zones", master="local[2]")
    with pytest.raises(UsageError, match="not a place where Spark runs"):
        verify(theirs / "runs" / "zones", engine="spark", master="-Dx=y")


@pytest.mark.parametrize(
    "audit",
    [
        b"[" * 300 + b"]" * 300,
        b'{"study": ' + b'{"a": ' * 300 + b"1" + b"}" * 301,
        b'{"x": ' + b"9" * 5000 + b"}",
        b'{"study": {}, "study": {}}',
        b"\xff\xfe{\x00}\x00",
        b" " * 16_000_001,
        b'{"seeds": Infinity}',
        b"null",
    ],
    ids=["lists", "tables", "a long number", "a key twice", "UTF-16", "16 MB", "infinity", "nothing"],
)
def test_audit_trails_that_are_not_read(theirs: Path, audit: bytes) -> None:
    (theirs / "run" / "audit.json").write_bytes(audit)
    with pytest.raises(DataError):
        verify(theirs / "run")
    said = call("verify", theirs / "run")
    assert (said.code, said.out, said.err.count("Error:")) == (3, "", 1)


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("inputs", {"data/figures.csv": 1}),
        ("inputs", {"data/figures.csv": None}),
        ("versions", {"pilotzone": ["0.1.0"]}),
        ("outputs", {"report.html": {"a": 1}}),
        ("outputs", {"": "0", "a\u0000b": "0", "../x": "0"}),
        ("seconds", [1]),
        ("tables", {"latex": 1}),
        ("tables", [["latex"]]),
        ("seeds", "x"),
    ],
)
def test_parts_of_another_kind(theirs: Path, part: str, value: object) -> None:
    edit(theirs / "run" / "audit.json", lambda audit: audit.update({part: value}))
    found = verify(theirs / "run")
    assert found.state in {"different", "not recomputed"}
    assert found.differences


def test_a_report_of_many_bytes_is_not_read(theirs: Path) -> None:
    with (theirs / "run" / "report.html").open("r+b") as file:
        file.truncate(2**32)  # a hole: it takes no space
    edit(theirs / "run" / "audit.json", lambda audit: audit["outputs"].update({"report.html": "0" * 64}))
    found = verify(theirs / "run")
    assert "report.html: has 4,294,967,296 bytes" in "\n".join(found.lines())
