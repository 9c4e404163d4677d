"""The folder of a lab: what is listed, and that nothing outside it can be named."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from tests.unit.study.invented import write_study
from tests.unit.study.nested import write_nested

from pilotzone.app.folder import Folder
from pilotzone.app.screen import Screen
from pilotzone.core import PilotZoneError, UsageError
from pilotzone.study import KINDS, run, verify


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    home = tmp_path / "home"
    home.mkdir()
    (tmp_path / "secret.toml").write_text("format = 1\n")
    return Folder(home)


def test_what_is_listed(folder: Folder) -> None:
    write_study(folder.path)
    (folder.path / "broken.toml").write_text("format = [")
    (folder.path / "<b>.toml").write_text("x")
    listed = {item.study: item for item in folder.files()}
    assert set(listed) == {"invented.toml", "broken.toml", "<b>.toml"}
    assert listed["invented.toml"].kind == "a study of a zone"
    assert listed["broken.toml"].kind == ""
    assert "broken" in listed["broken.toml"].title
    bundled = {item.study for item in folder.bundled}
    assert bundled == {f"{kind.name}/{name}" for kind in KINDS.values() for name in kind.bundled}
    assert folder.runs() == []


@pytest.mark.parametrize(
    "name",
    ["../secret.toml", "/etc/passwd", "zone/../zone/guizhou", "zone/nosuch", "nokind/guizhou", "none.toml", "", "zone/",
     "sub/x.toml", "guizhou", "\0.toml"],
)  # fmt: skip
def test_studies_that_are_not_there(folder: Folder, name: str) -> None:
    with pytest.raises(PilotZoneError):
        folder.study(Screen(name, {}))


@pytest.mark.parametrize("name", ["..", ".", "../x", "", "x/y", "\0"])
def test_runs_that_are_not_there(folder: Folder, name: str) -> None:
    with pytest.raises(UsageError, match="is not a run"):
        folder.run(name)


@pytest.mark.parametrize("name", ["../x", "x/y", "", ".x", "-x", "x" * 81, "a b", "nul\0"])
def test_names_that_are_no_files(folder: Folder, name: str) -> None:
    with pytest.raises(UsageError, match="cannot be the name"):
        folder.save(name, "x")
    assert list(folder.path.iterdir()) == []


def test_a_file_is_replaced_by_itself_alone(folder: Folder) -> None:
    path = folder.save("mine", "one")
    assert folder.save("mine", "one") == path
    with pytest.raises(UsageError, match="is there already"):
        folder.save("mine", "two")
    assert path.read_text() == "one"
    (folder.path / "link.toml").symlink_to(path)
    with pytest.raises(UsageError, match="is there already"):
        folder.save("link", "one")


def test_what_is_shared(folder: Folder) -> None:
    study = write_study(folder.path)
    run(folder.path / study, out=folder.path / "runs" / "invented")
    assert folder.runs() == ["invented"]
    packed = folder.shared("invented")
    assert folder.shared("invented") == packed
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        names = set(archive.namelist())
        assert archive.read("invented/invented.toml") == (folder.path / "invented.toml").read_bytes()
        assert archive.read("invented/runs/invented/audit.json") == (folder.run("invented") / "audit.json").read_bytes()
    assert "invented/runs/invented/report.html" in names


def test_what_is_shared_runs_elsewhere_to_the_same_bytes(folder: Folder, tmp_path: Path) -> None:
    write_study(folder.path)
    run(folder.path / "invented.toml", out=folder.path / "runs" / "invented")
    with zipfile.ZipFile(io.BytesIO(folder.shared("invented"))) as archive:
        archive.extractall(tmp_path / "elsewhere")
    there = tmp_path / "elsewhere" / "invented"
    run(there / "invented.toml", out=there / "again")
    assert (there / "again" / "verdict.json").read_bytes() == (folder.run("invented") / "verdict.json").read_bytes()


def test_data_outside_the_folder_are_not_shared(folder: Folder, tmp_path: Path) -> None:
    write_study(folder.path)
    text = (folder.path / "invented.toml").read_text(encoding="utf-8")
    run(folder.path / "invented.toml", out=folder.path / "runs" / "invented")
    (folder.path / "figures.csv").rename(tmp_path / "figures.csv")
    (folder.path / "invented.toml").write_text(text.replace("figures.csv", "../figures.csv"), encoding="utf-8")
    with zipfile.ZipFile(io.BytesIO(folder.shared("invented"))) as archive:
        assert not [name for name in archive.namelist() if name.endswith("figures.csv")]


def test_what_stands_beside_and_below_is_shared_and_runs_elsewhere(folder: Folder, tmp_path: Path) -> None:
    run(write_nested(folder.path), out=folder.path / "runs" / "mine")
    with zipfile.ZipFile(io.BytesIO(folder.shared("mine"))) as archive:
        archive.extractall(tmp_path / "theirs")
    there = tmp_path / "theirs" / "mine"
    below = ("far/elsewhere.toml", "far/figures/panel.toml", "far/figures/firms.csv")
    for name in ("mine.toml", *below):
        assert (there / name).read_bytes() == (folder.path / name).read_bytes()
    assert verify(there / "runs" / "mine").state == "same"


def test_studies_below_outside_the_folder_are_not_shared(folder: Folder, tmp_path: Path) -> None:
    """Nor is a link in the folder that leads out of it; what lies in it is shared all the same."""
    run(write_nested(folder.path), out=folder.path / "runs" / "mine")
    far = folder.path / "far"
    (far / "figures").rename(tmp_path / "figures")
    text = (far / "elsewhere.toml").read_text(encoding="utf-8")
    (far / "elsewhere.toml").write_text(text.replace('"figures/', '"../../figures/'), encoding="utf-8")
    for linked in (False, True):
        if linked:
            link_out(far, text, tmp_path)
        with zipfile.ZipFile(io.BytesIO(folder.shared("mine"))) as archive:
            names = archive.namelist()
        assert "mine/far/elsewhere.toml" in names
        assert not [name for name in names if name.endswith(("panel.toml", "firms.csv"))]


def link_out(far: Path, text: str, outside: Path) -> None:
    (far / "elsewhere.toml").write_text(text, encoding="utf-8")
    (far / "figures").symlink_to(outside / "figures")


def test_a_link_from_a_stranger_names_nothing_below(folder: Folder) -> None:
    write_nested(folder.path)
    for key in ("beside.transfer", "beside", "beside.panel"):
        with pytest.raises(PilotZoneError, match="cannot be changed in the lab"):
            folder.study(Screen("mine.toml", {key: "../secret.toml"}))


def test_no_folder(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is not a folder"):
        Folder(tmp_path / "none")


def test_every_kind_can_be_begun_that_needs_no_file_of_ones_own(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    assert "panel" not in folder.templates
    assert {"zone", "siting", "plan", "campus", "appraisal"} <= set(folder.templates) <= set(KINDS)
    for kind in folder.templates:
        folder.begin(kind, f"my-{kind}")
        study, _ = folder.study(Screen(f"my-{kind}.toml"))
        assert study.kind.name == kind
        study.kind.read(study)
