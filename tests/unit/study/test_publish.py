"""A run is on disk whole or not at all, whatever happens while it is written."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path

import pytest
from tests.unit.study.publishing import version_of, write_version

from pilotzone.core import UsageError
from pilotzone.study.runs.publish import publish

MODULE = import_module("pilotzone.study.runs.publish")
ROOT = Path(__file__).resolve().parents[3]
KILLS = int(os.environ.get("PILOTZONE_KILLS", "25"))
"""In each of the two ways of replacing a folder, so fifty in all; more of them by the environment variable."""


def write(version: int) -> Callable[[Path], None]:
    return lambda folder: write_version(folder, version)


def hidden(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.name.startswith("."))


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "runs" / "zone"


@pytest.fixture
def former(target: Path) -> Path:
    """Give a target that holds version 1."""
    publish(target, write(1))
    return target


@pytest.fixture(params=["exchange", "two steps"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Replace folders by the system's swap where it has one, and by two renames."""
    if request.param == "two steps":
        monkeypatch.setattr(MODULE, "_exchange", lambda _one, _other: False)
    return str(request.param)


# ------------------------------------------------------------------------------------------------- killed


@pytest.fixture(scope="module")
def publisher() -> Iterator[subprocess.Popen[str]]:
    """Start the process that starts those to be killed."""
    command = [sys.executable, "-m", "tests.unit.study.publishing"]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield process
        # Its input ends, and with it the process.


def killed(publisher: subprocess.Popen[str], target: Path, version: int, way: str, delay: float) -> None:
    """Publish from another process and kill it after a while."""
    assert publisher.stdin is not None
    assert publisher.stdout is not None
    publisher.stdin.write(f"{version} {way.replace(' ', '-')} {target}\n")
    publisher.stdin.flush()
    begun, number = publisher.stdout.readline().split()
    assert begun == "begun"
    time.sleep(delay)
    os.kill(int(number), signal.SIGKILL)
    assert publisher.stdout.readline() == f"ended {int(signal.SIGKILL)}\n"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_killed_at_random_moments(former: Path, way: str, publisher: subprocess.Popen[str]) -> None:
    """Each kill leaves a whole run, the former or a newer one, and the next run sweeps what was half-written."""
    moments = random.Random(2016)
    version, halves, moved = 1, 0, 0
    since = time.monotonic()
    publish(former, write(1))
    longest = max(0.04, 3 * (time.monotonic() - since))  # on a machine that is busy with other things
    for _ in range(KILLS):
        killed(publisher, former, version + 1, way, moments.uniform(0, longest))
        left = [name for name in hidden(former.parent) if ".partial-" in name]
        halves += bool(left)
        if not former.exists():  # between the two renames: the former run waits under its other name
            assert way == "two steps"
            (waiting,) = former.parent.glob(".zone.former-*")
            assert version_of(waiting) >= version
            with pytest.raises(ZeroDivisionError):
                publish(former, fails_with(ZeroDivisionError()))
        found = version_of(former)
        assert found >= version
        moved += found > version
        version = found
    assert halves >= KILLS // 3, "the kills hit too rarely while something was written"
    assert moved >= 1, "nothing was ever written to the end"
    publish(former, write(version + 1))
    assert version_of(former) == version + 1
    assert hidden(former.parent) == []


def test_killed_between_the_two_renames(former: Path) -> None:
    """The one moment at which the target is away: the next run puts it back even if it fails itself."""
    former.rename(former.with_name(".zone.former-0123abcd"))
    with pytest.raises(ZeroDivisionError):
        publish(former, fails_with(ZeroDivisionError()))
    assert version_of(former) == 1
    assert hidden(former.parent) == []


def test_killed_after_both_renames(former: Path) -> None:
    """The new run is in place, and the former one not yet removed."""
    write_version_into(former.with_name(".zone.former-0123abcd"), 0)
    publish(former, write(2))
    assert version_of(former) == 2
    assert hidden(former.parent) == []


def write_version_into(folder: Path, version: int) -> None:
    folder.mkdir()
    write_version(folder, version)


# --------------------------------------------------------------------------------------------- what fails


def fails_with(error: BaseException, *, after: bool = True) -> Callable[[Path], None]:
    def fail(folder: Path) -> None:
        if after:
            write_version(folder, 2)
        raise error

    return fail


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize("after", [True, False])
def test_full_disk(former: Path, *, after: bool) -> None:
    with pytest.raises(UsageError, match="No space left on device") as caught:
        publish(former, fails_with(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), after=after))
    assert caught.value.todo == "free some space"
    assert version_of(former) == 1
    assert hidden(former.parent) == []


@pytest.mark.parametrize("error", [KeyboardInterrupt(), ValueError("odd"), MemoryError()])
def test_other_failures_pass_and_leave_the_former(former: Path, error: BaseException) -> None:
    with pytest.raises(type(error)):
        publish(former, fails_with(error))
    assert version_of(former) == 1
    assert hidden(former.parent) == []


@pytest.mark.parametrize("error", [OSError(errno.EIO, "Input/output error"), KeyboardInterrupt()])
def test_second_rename_fails(former: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    monkeypatch.setattr(MODULE, "_exchange", lambda _one, _other: False)
    real = Path.rename

    def rename(self: Path, to: Path) -> Path:
        if ".partial-" in self.name:
            raise error
        return real(self, to)

    monkeypatch.setattr(Path, "rename", rename)
    with pytest.raises((UsageError, KeyboardInterrupt)):
        publish(former, write(2))
    assert version_of(former) == 1
    assert hidden(former.parent) == []


@pytest.fixture
def run_of_a_user() -> Iterator[Path]:
    """Give a run of somebody for whom permissions count: they do not for root, who becomes somebody else for it."""
    nobody, root = 65534, os.geteuid() == 0
    with tempfile.TemporaryDirectory() as folder:
        if root:
            os.chown(folder, nobody, nobody)
            os.seteuid(nobody)
        try:
            run = Path(folder) / "runs" / "zone"
            publish(run, write(1))
            yield run
        finally:
            run.parent.chmod(0o755)
            if root:
                os.seteuid(0)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps permissions otherwise")
def test_folder_that_may_not_be_written(run_of_a_user: Path) -> None:
    run_of_a_user.parent.chmod(0o555)
    with pytest.raises(UsageError, match="cannot be written: Permission denied") as caught:
        publish(run_of_a_user, write(2))
    assert "--out" in str(caught.value.todo)
    assert version_of(run_of_a_user) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps permissions otherwise")
def test_folder_that_may_not_be_looked_into(run_of_a_user: Path) -> None:
    run_of_a_user.parent.chmod(0o000)
    with pytest.raises(UsageError, match="Permission denied"):
        publish(run_of_a_user, write(2))
    run_of_a_user.parent.chmod(0o755)
    assert version_of(run_of_a_user) == 1


def test_parent_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("mine", encoding="utf-8")
    with pytest.raises(UsageError, match="cannot be written"):
        publish(tmp_path / "runs" / "zone", write(1))
    assert (tmp_path / "runs").read_text(encoding="utf-8") == "mine"


# ------------------------------------------------------------------------------------ what is not ours


def test_folder_with_other_files(target: Path) -> None:
    target.mkdir(parents=True)
    (target / "thesis.docx").write_text("three years of work", encoding="utf-8")
    with pytest.raises(UsageError, match=r"holds 'thesis\.docx', which is not part of a run"):
        publish(target, write(1))
    assert [path.name for path in target.iterdir()] == ["thesis.docx"]


@pytest.mark.usefixtures("way")
def test_own_notes_in_a_run(former: Path) -> None:
    """A run that somebody added to is not replaced: what was added would be lost."""
    (former / "notes.md").write_text("mine", encoding="utf-8")
    with pytest.raises(UsageError, match=r"holds 'notes\.md'"):
        publish(former, write(2))
    assert (former / "notes.md").read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize("audit", ["", "[]", '{"outputs": 5}', '{"outputs": ["thesis.docx"]', "\x00"])
def test_somebody_elses_audit(target: Path, audit: str) -> None:
    target.mkdir(parents=True)
    (target / "audit.json").write_text(audit, encoding="utf-8")
    with pytest.raises(UsageError, match="not part of a run"):
        publish(target, write(1))
    assert (target / "audit.json").read_text(encoding="utf-8") == audit


def listing(folder: Path, **contents: str) -> None:
    """Write files and an audit trail that lists them with their hashes, and the report."""
    folder.mkdir(parents=True, exist_ok=True)
    contents = {"report.html": "<html>", **{name.replace("_", "."): text for name, text in contents.items()}}
    for name, text in contents.items():
        (folder / name).write_text(text, encoding="utf-8")
    outputs = {name: hashlib.sha256(text.encode()).hexdigest() for name, text in contents.items()}
    (folder / "audit.json").write_text(json.dumps({"outputs": outputs}), encoding="utf-8")


def test_a_listed_file_that_no_run_writes_is_somebodys(target: Path) -> None:
    """That an audit trail lists it does not make it ours."""
    listing(target, notes_txt="three years of work")
    with pytest.raises(UsageError, match=r"holds 'notes\.txt', which is not part of a run"):
        publish(target, write(1))
    assert (target / "notes.txt").read_text(encoding="utf-8") == "three years of work"


@pytest.mark.usefixtures("way")
def test_a_file_of_a_run_that_was_changed_is_kept(former: Path) -> None:
    with (former / "report.html").open("a", encoding="utf-8") as file:
        file.write("<p>My remarks</p>")
    with pytest.raises(UsageError, match=r"holds 'report\.html', which was changed since the run wrote it"):
        publish(former, write(2))
    assert (former / "report.html").read_text(encoding="utf-8").endswith("<p>My remarks</p>")


@pytest.mark.parametrize("kind", ["link", "folder", "pipe"])
def test_what_has_a_name_of_ours_and_is_no_file_is_kept(former: Path, tmp_path: Path, kind: str) -> None:
    (former / "effects.parquet").rename(tmp_path / "mine")
    match kind:
        case "link":
            (former / "effects.parquet").symlink_to(tmp_path / "mine")
        case "folder":
            (former / "effects.parquet").mkdir()
        case _:
            os.mkfifo(former / "effects.parquet")
    with pytest.raises(UsageError, match=r"holds 'effects\.parquet', which is not part of a run"):
        publish(former, write(2))
    assert (former / "report.html").exists()


@pytest.mark.usefixtures("way")
def test_a_file_that_comes_while_a_run_is_written_is_kept(former: Path) -> None:
    """Between the look and the swap somebody may still put something there."""

    def write_and_add(folder: Path) -> None:
        write_version(folder, 2)
        (former / "notes.md").write_text("mine", encoding="utf-8")

    publish(former, write_and_add)
    assert version_of(former) == 2
    (kept,) = former.parent.glob(".zone.*/notes.md")
    publish(former, write(3))
    assert kept.read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize("there", [True, False])
@pytest.mark.parametrize("name", ["former", "former-0123abcd", "partial-mine", "partial-0123abcd"])
def test_hidden_folders_of_a_user_are_neither_taken_nor_removed(target: Path, name: str, *, there: bool) -> None:
    if there:
        publish(target, write(1))
    own = target.with_name(f".zone.{name}")
    own.mkdir(parents=True)
    (own / "thesis.docx").write_text("three years of work", encoding="utf-8")
    for version in (2, 3):
        publish(target, write(version))
        assert version_of(target) == version
    assert [path.name for path in own.iterdir()] == ["thesis.docx"]


@pytest.mark.parametrize("what", ["link", "link to nothing", "text", "folder", "pipe"])
def test_the_lock_takes_nothing_of_anybody(target: Path, tmp_path: Path, what: str) -> None:
    victim, lock = tmp_path / "victim.txt", target.with_name(".zone.lock")
    target.parent.mkdir()
    victim.write_text("precious", encoding="utf-8")
    match what:
        case "link":
            lock.symlink_to(victim)
        case "link to nothing":
            lock.symlink_to(tmp_path / "none")
        case "text":
            lock.write_text("mine", encoding="utf-8")
        case "folder":
            lock.mkdir()
        case _:
            os.mkfifo(lock)
    with pytest.raises(UsageError, match=r"\.zone\.lock' is in the way"):
        publish(target, write(1))
    assert victim.read_text(encoding="utf-8") == "precious"
    assert not (tmp_path / "none").exists()
    assert os.path.lexists(lock)
    assert not target.exists()


def test_litter_of_file_managers_is_no_reason(former: Path) -> None:
    (former / ".DS_Store").write_bytes(b"\0")
    publish(former, write(2))
    assert version_of(former) == 2


def test_file_in_the_way(target: Path) -> None:
    target.parent.mkdir()
    target.write_text("mine", encoding="utf-8")
    with pytest.raises(UsageError, match="is a file"):
        publish(target, write(1))
    assert target.read_text(encoding="utf-8") == "mine"


def test_empty_folder_is_taken(target: Path) -> None:
    target.mkdir(parents=True)
    publish(target, write(1))
    assert version_of(target) == 1


@pytest.mark.parametrize("out", [".", "..", "deeper/.."])
def test_folder_one_is_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, out: str) -> None:
    (tmp_path / "here" / "deeper").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "here")
    with pytest.raises(UsageError, match="you are in it"):
        publish(Path(out), write(1))
    assert (tmp_path / "here" / "deeper").exists()


@pytest.mark.usefixtures("way")
def test_link_to_a_folder(former: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(former, target_is_directory=True)
    publish(link, write(2))
    assert link.is_symlink()
    assert version_of(former) == 2
    assert hidden(tmp_path) == hidden(former.parent) == []


def test_links_in_a_circle(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    with pytest.raises(UsageError, match="cannot be written"):
        publish(tmp_path / "a", write(1))


# ------------------------------------------------------------------------------------- sweeping, neighbours


def test_stale_partials_are_swept(former: Path) -> None:
    stale = former.with_name(".zone.partial-deaddead")
    write_version_into(stale, 7)
    former.with_name(".zone.lock").touch()  # the lock itself went with its process
    publish(former, write(2))
    assert hidden(former.parent) == []


def test_partials_of_another_study_stay(former: Path) -> None:
    former.with_name(".zone2.partial-00000000").mkdir()
    publish(former, write(2))
    assert hidden(former.parent) == [".zone2.partial-00000000"]


def test_without_locks_only_old_partials_are_swept(former: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the system cannot say whether somebody still writes, only the clock can."""
    monkeypatch.setitem(sys.modules, "fcntl", None)
    young, old = former.with_name(".zone.partial-11111111"), former.with_name(".zone.partial-00000000")
    for path in (young, old):
        path.mkdir()
    an_hour_ago = time.time() - 3700
    os.utime(old, (an_hour_ago, an_hour_ago))
    publish(former, write(2))
    assert version_of(former) == 2
    assert hidden(former.parent) == [".zone.partial-11111111"]


def test_another_run_that_does_not_end(former: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(MODULE, "_PATIENCE", 0.1)

    def write_beside(folder: Path) -> None:
        with pytest.raises(UsageError, match="another run writes to"):
            publish(former, write(3))
        write_version(folder, 4)

    publish(former, write_beside)
    assert version_of(former) == 4
    assert hidden(former.parent) == []


def test_names_with_signs_of_patterns(tmp_path: Path) -> None:
    target = tmp_path / "zone [2016]*"
    stale = tmp_path / ".zone [2016]*.partial-deaddead"
    stale.mkdir()
    publish(target, write(1))
    assert version_of(target) == 1
    assert hidden(tmp_path) == []


@pytest.mark.parametrize("there", [True, False])
def test_runs_at_once(target: Path, *, there: bool) -> None:
    """Whoever comes last wins; nobody fails and the folder is whole."""
    if there:
        publish(target, write(1))
    failures: list[BaseException] = []

    def again(version: int) -> None:
        try:
            for _ in range(5):
                publish(target, write(version))
        except BaseException as error:  # noqa: BLE001 - shown below
            failures.append(error)

    threads = [threading.Thread(target=again, args=(version,)) for version in range(2, 6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert version_of(target) in range(2, 6)
    assert hidden(target.parent) == []


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no umask")
def test_permissions_are_the_users(target: Path) -> None:
    before = os.umask(0o027)
    try:
        publish(target, write(1))
    finally:
        os.umask(before)
    assert target.stat().st_mode & 0o777 == 0o750


def test_exchange_says_whether_it_could(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    write_version_into(one, 1)
    write_version_into(other, 2)
    swapped = MODULE._exchange(one, other)
    assert (version_of(one), version_of(other)) == ((2, 1) if swapped else (1, 2))
    assert MODULE._exchange(one, tmp_path / "none") is False
    if sys.platform == "linux":
        assert swapped
