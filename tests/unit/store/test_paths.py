"""Writing leaves either the old file or the new one, whatever goes wrong."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from pilotzone.core import Table, UsageError
from pilotzone.store import replacing, write_csv, write_parquet

_SLOW = """
import sys, time
from pilotzone.store import replacing
with replacing(sys.argv[1]) as new:
    with new.open("w") as stream:
        stream.write("half")
        stream.flush()
        print("writing", flush=True)
        time.sleep(60)
"""


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_what_is_written_takes_the_place_of_what_was(tmp_path: Path) -> None:
    target = tmp_path / "file"
    target.write_text("old")
    with replacing(target) as new:
        new.write_text("new")
        assert target.read_text() == "old"
    assert target.read_text() == "new"
    assert _names(tmp_path) == ["file"]


def test_an_error_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    target = tmp_path / "file"
    target.write_text("old")

    def fail_half_way() -> None:
        with replacing(target) as new:
            new.write_text("half")
            _ = 1 / 0

    with pytest.raises(ZeroDivisionError):
        fail_half_way()
    assert target.read_text() == "old"
    assert _names(tmp_path) == ["file"]


def test_a_full_disk_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "out.csv"
    target.write_text("old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    for write in (write_csv, write_parquet):
        with pytest.raises(UsageError, match=r"cannot be written: No space left on device"):
            write(Table({"a": (1,)}), target)
    assert target.read_text() == "old"
    assert _names(tmp_path) == ["out.csv"]


@pytest.mark.parametrize("place", ["missing/file", "file/below", "", "a\0b", "x" * 300])
def test_places_that_cannot_be_written(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_text("a file, not a folder")
    target = tmp_path / place if place else Path()
    with pytest.raises(UsageError), replacing(target):
        pytest.fail("nothing to write to")


def test_a_folder_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "runs").mkdir()
    with pytest.raises(UsageError, match=r"cannot be written"), replacing(tmp_path / "runs") as new:
        new.write_text("x")
    assert _names(tmp_path) == ["runs"]


def test_new_files_have_the_permissions_of_the_user(tmp_path: Path) -> None:
    (tmp_path / "plain").write_text("x")
    with replacing(tmp_path / "ours") as new:
        new.write_text("x")
    assert (tmp_path / "ours").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_a_killed_process_leaves_the_old_file(tmp_path: Path) -> None:
    target = tmp_path / "file"
    target.write_text("old")
    with subprocess.Popen([sys.executable, "-c", _SLOW, str(target)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "writing\n"
        process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    assert target.read_text() == "old"
    with replacing(target) as new:
        new.write_text("new")
    assert target.read_text() == "new"
