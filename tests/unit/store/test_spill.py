"""Folders for what does not fit into memory: removed by whoever made them, or after a kill by whoever comes next."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pilotzone.store.spill import own_folder

_HOLDS = """
import sys, time
from pilotzone.store.spill import own_folder
folder, remove = own_folder()
(folder / "sub").mkdir()
(folder / "sub" / "rows").write_text("x" * 1000)
print(folder, flush=True)
time.sleep(60)
"""


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    found = tmp_path / "tmp"
    found.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(found))
    monkeypatch.setenv("TMPDIR", str(found))
    return found


def holding() -> tuple[subprocess.Popen[str], Path]:
    process = subprocess.Popen([sys.executable, "-c", _HOLDS], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    return process, Path(process.stdout.readline().strip())


def killed(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert process.stdout is not None
    process.stdout.close()


def test_a_folder_is_private_and_removed(place: Path) -> None:
    folder, remove = own_folder()
    assert folder.parent == place
    assert folder.stat().st_mode & 0o777 == 0o700
    (folder / "rows").write_text("x")
    remove()
    assert not list(place.iterdir())
    with (place / "another").open("w") as other:  # which may have the number of the lock that was closed
        remove()
        other.write("x")
        other.flush()
        os.fstat(other.fileno())


def test_what_a_killed_process_left_is_removed_by_the_next(place: Path) -> None:
    gone, left = holding()
    alive, held = holding()
    killed(gone)
    assert left.exists()
    folder, remove = own_folder()
    try:
        assert sorted(place.iterdir()) == sorted([folder, held])
        assert (held / "sub" / "rows").exists()
    finally:
        remove()
        killed(alive)
    own_folder()[1]()
    assert not list(place.iterdir())


def test_children_keep_a_folder_alive_no_longer_than_they_live(place: Path) -> None:
    folder, remove = own_folder()
    subprocess.run(["true"], check=True)
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(30)"]) as child:
        remove()
        child.kill()
    assert not folder.exists()
    assert not list(place.iterdir())


def test_nothing_else_is_touched(place: Path, tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / ".lock").touch()
    (precious / "file").write_text("x")
    precious.chmod(0o700)
    (place / "pilotzone-link").symlink_to(precious)  # a link to a folder that looks like one of ours
    (place / "pilotzone-file").write_text("x")
    for name, mode in (("pilotzone-open", 0o755), ("other-abc", 0o700), ("pilotzone-young", 0o700)):
        (place / name).mkdir(mode=mode)
        (place / name).chmod(mode)
    (place / "pilotzone-open" / ".lock").touch()
    (place / "other-abc" / ".lock").touch()
    (place / "pilotzone-full").mkdir(mode=0o700)  # of an older version: without a lock, and with something in it
    (place / "pilotzone-full" / "rows").write_text("x")
    os.utime(place / "pilotzone-full", (0, 0))
    (place / "pilotzone-tied").mkdir(mode=0o700)  # its lock leads elsewhere
    (place / "pilotzone-tied" / ".lock").symlink_to(precious / "file")
    os.mkfifo(place / "pilotzone-pipe")
    (place / "pilotzone-waits").mkdir(mode=0o700)
    os.mkfifo(place / "pilotzone-waits" / ".lock")
    before = sorted(place.rglob("*"))
    own_folder()[1]()
    assert sorted(place.rglob("*")) == before
    assert (precious / "file").read_text() == "x"


def test_links_within_a_folder_that_is_removed_are_not_followed(place: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "file").write_text("x")
    process, left = holding()
    (left / "link").symlink_to(tmp_path / "elsewhere")
    killed(process)
    own_folder()[1]()
    assert not list(place.iterdir())
    assert (tmp_path / "elsewhere" / "file").exists()


def test_empty_folders_without_a_lock_are_removed_when_they_are_old(place: Path) -> None:
    """Whose process was killed between the folder and its lock."""
    for name, age in (("pilotzone-old", 2 * 3600), ("pilotzone-new", 60)):
        (place / name).mkdir(mode=0o700)
        os.utime(place / name, (time.time() - age,) * 2)
    (place / "pilotzone-half").mkdir(mode=0o700)
    (place / "pilotzone-half" / ".lock.new").touch()
    os.utime(place / "pilotzone-half", (0, 0))
    own_folder()[1]()
    assert [path.name for path in place.iterdir()] == ["pilotzone-new"]


@pytest.mark.parametrize("kills", range(3))
def test_a_killed_evaluation_leaves_nothing_for_ever(place: Path, tmp_path: Path, kills: int) -> None:
    def ours() -> list[Path]:
        """Python itself tries a folder for temporary files with a file in it, and may be killed before it is gone."""
        return list(place.glob("pilotzone-*"))

    rows = "".join(
        f"{unit},{year},{2002 if unit % 2 else 0},{unit * year % 97}\n"
        for unit in range(3000)
        for year in range(2000, 2010)
    )
    (tmp_path / "panel.csv").write_text("unit,year,start,y\n" + rows)
    command = [str(Path(sys.executable).with_name("pilotzone")), "evaluate", str(tmp_path / "panel.csv"), "--quiet"]
    command += ["--unit", "unit", "--time", "year", "--cohort", "start", "--outcome", "y"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        while not ours() and process.poll() is None:
            time.sleep(0.005)
        time.sleep(0.1 * kills)
        process.kill()
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for left in ours():  # killed between the folder and its lock: empty, and removed once it is old
        assert {path.name for path in left.iterdir()} <= {".lock.new"}
        os.utime(left, (0, 0))
    own_folder()[1]()
    assert not ours()
