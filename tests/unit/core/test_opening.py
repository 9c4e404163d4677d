"""The one way in which files are opened: what is refused, and that nothing waits and nothing follows a link."""

from __future__ import annotations

import os
import socket
import threading
import time
from pathlib import Path

import pytest

from pilotzone.core import (
    DataError,
    UsageError,
    expanded,
    open_regular,
    open_to_write,
    read_regular,
    regular,
    shown,
    shown_path,
)

MOST = 1000


def test_a_file_up_to_the_limit_is_read_and_one_byte_more_is_not(tmp_path: Path) -> None:
    file = tmp_path / "a.toml"
    file.write_bytes(b"x" * MOST)
    assert read_regular(file, "study file", most=MOST) == b"x" * MOST
    file.write_bytes(b"x" * (MOST + 1))
    with pytest.raises(UsageError, match=r"a\.toml' has 1,001 bytes: too many for a study file"):
        read_regular(file, "study file", most=MOST)


def test_a_file_that_states_no_size_is_read_up_to_the_limit() -> None:
    file = Path("/proc/self/maps")
    if not file.exists():
        pytest.skip("not a Linux system")
    assert file.stat().st_size == 0
    with pytest.raises(UsageError, match="more than 100 bytes"):
        read_regular(file, "study file", most=100)


def test_what_is_no_regular_file_is_refused_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("pipe")
    with socket.socket(socket.AF_UNIX) as listener:
        monkeypatch.chdir(tmp_path)  # the path of a socket may not be long
        listener.bind("socket")
        (tmp_path / "folder").mkdir()
        began = time.monotonic()
        for name, kind in [
            ("pipe", "a pipe"),
            ("link", "a pipe"),
            ("socket", "a socket"),
            ("/dev/zero", "a device"),
            ("/dev/tty", "a device"),
            ("folder", "a folder"),
        ]:
            for reader in (lambda path: read_regular(path, "rule book", most=MOST), regular):
                with pytest.raises(UsageError, match=f"is {kind}"):
                    reader(name)
        assert time.monotonic() - began < 5


def test_a_pipe_that_takes_the_place_of_a_file_after_the_first_look_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, pipe = tmp_path / "a.csv", tmp_path / "pipe"
    file.touch()
    os.mkfifo(pipe)
    opened = os.open
    monkeypatch.setattr(os, "open", lambda path, *rest: opened(pipe if path == file else path, *rest))
    found: list[str] = []

    def read() -> None:
        try:
            read_regular(file, most=MOST)
        except UsageError as error:
            found.append(error.what)

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    thread.join(10)
    assert found == [f"{str(file)!r} is a pipe and not a file."]


def test_a_missing_file_is_told_with_the_name_beside_it_that_is_close(tmp_path: Path) -> None:
    (tmp_path / "figures.csv").touch()
    with pytest.raises(DataError, match=r"there is no table '.*figure\.csv'\. Did you mean 'figures\.csv'\?"):
        read_regular(tmp_path / "figure.csv", "table", most=MOST, fault=DataError)
    with pytest.raises(UsageError, match=r"Did you mean 'guizhou'\?"):
        read_regular("guizou.toml", "study file", most=MOST, options=["guizhou", "provinces"])


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("a\0b.toml", "null character"),
        ("x" * 300 + ".toml", "File name too long"),
        ("a/" * 5000 + "b", "File name too long"),
    ],
)
def test_a_path_that_cannot_be_one_is_one_clear_error(path: str, why: str) -> None:
    with pytest.raises(UsageError, match=why) as caught:
        read_regular(path, "study file", most=MOST)
    assert len(caught.value.what) < 500


def test_links_in_a_circle_are_told(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    with pytest.raises(UsageError, match="symbolic links"):
        read_regular(tmp_path / "a", most=MOST)


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is forbidden to this user")
def test_a_file_that_may_not_be_read_is_told(tmp_path: Path) -> None:
    file = tmp_path / "a.toml"
    file.touch(mode=0)
    with pytest.raises(UsageError, match="Permission denied"):
        read_regular(file, most=MOST)


def test_a_home_folder_of_nobody_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert expanded("~/x.csv") == tmp_path / "x.csv"
    assert expanded("a~b") == Path("a~b")
    with pytest.raises(DataError, match="no such user"):
        expanded("~nosuchuser/x.csv", fault=DataError)


def test_nothing_is_written_through_a_link(tmp_path: Path) -> None:
    victim, link = tmp_path / "victim", tmp_path / "link"
    victim.write_text("precious")
    link.symlink_to(victim)
    with pytest.raises(OSError, match="symbolic links"):
        open_to_write(link)
    assert victim.read_text() == "precious"
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match="regular"):
        open_to_write(tmp_path / "pipe")
    os.close(open_to_write(victim))
    assert victim.read_text() == "precious"
    with pytest.raises(FileExistsError):
        open_to_write(victim, new=True)


def test_a_stream_is_closed_whatever_happens(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abc")
    with open_regular(tmp_path / "a") as stream:
        assert stream.read() == b"abc"
    assert stream.closed


def test_values_are_shown_short() -> None:
    assert shown("a") == "'a'"
    assert shown(1.5) == "1.5"
    assert shown(None) == "None"
    assert shown({"a": 1}) == "{'a': 1}"
    bomb: list[object] = ["x" * 100]
    for _ in range(60):
        bomb = [bomb] * 9
    for value in (bomb, {"k": bomb}, (bomb,), "y" * 10**7, 10**5000, [10**5000], {10**5000: 1}, ["z" * 10**6] * 10**6):
        assert len(shown(value)) < 200, type(value)
    deep: list[object] = []
    for _ in range(100_000):
        deep = [deep]
    assert len(shown(deep)) < 200
    assert shown("a\u2028\u202e\x9b31m\n") == r"'a\u2028\u202e\x9b31m\n'"
    assert len(shown_path("a" * 5000)) < 200
