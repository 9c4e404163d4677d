"""Putting a run on disk so that it is there whole or not at all.

Everything is written into a hidden folder beside the target, which then takes the target's place in one step. Killed
at any moment, the former run is still there and whole; what was left half-written is swept away by the next run. Runs
that write to the same place at once wait for one another.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import json
import os
import secrets
import shutil
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from pilotzone.core import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["LITTER", "publish"]

_PARTIAL = "partial"
_FORMER = "former"
_LOCK = "lock"
_PATIENCE = 60.0
"""Seconds to wait for another run that writes to the same place; writing takes well under one."""
_STALE = 3600.0
"""Seconds after which a half-written folder is nobody's, where there are no locks to tell."""
_AT_FDCWD = -100
_SWAP = 2
_LIST = "audit.json"
LITTER = {".DS_Store", "Thumbs.db", "desktop.ini"}
"""What file managers leave in every folder."""


def publish(target: Path, write: Callable[[Path], None]) -> None:
    """Write a folder whole.

    Parameters
    ----------
    target
        Folder to make or replace.
    write
        Called with an empty folder to fill. If it raises, the target stays as it was.

    Raises
    ------
    UsageError
        If the target is not a run of ours to replace, or its place cannot be written.
    """
    try:
        # Where a link leads: the folder is replaced and not the link.
        target = target.resolve()
        _refuse_own_place(target)
        target.parent.mkdir(parents=True, exist_ok=True)
        with _alone(target) as alone:
            _sweep(target, alone=alone)
            _refuse_foreign(target)
            _write_and_swap(target, write)
    except (OSError, RuntimeError) as error:  # RuntimeError: links in a circle
        raise _cannot_write(target, error) from error


def _write_and_swap(target: Path, write: Callable[[Path], None]) -> None:
    partial = _beside(target, f"{_PARTIAL}-{secrets.token_hex(4)}")
    partial.mkdir()
    try:
        write(partial)
        _flush(partial)
        _take_place(partial, target)
    except UsageError as error:
        # Of the hidden folder nobody needs to know.
        what = error.what.replace(str(partial), str(target))
        raise UsageError(what, allowed=error.allowed, todo=error.todo) from error
    finally:
        # After the swap this is the former run; after an error, what was half-written.
        shutil.rmtree(partial, ignore_errors=True)


def _beside(target: Path, what: str) -> Path:
    return target.with_name(f".{target.name}.{what}")


def _refuse_own_place(target: Path) -> None:
    if Path.cwd().is_relative_to(target):
        raise UsageError(
            f"the folder {str(target)!r} cannot be replaced: you are in it.",
            todo="choose another folder with --out, such as a new one in here",
        )


def _refuse_foreign(target: Path) -> None:
    """Never replace a folder that holds more than a run: somebody's own files may be in it."""
    if not target.exists():
        return
    if not target.is_dir():
        raise UsageError(f"{str(target)!r} is a file.", allowed="a folder to write the run into, or a new name")
    foreign = sorted({item.name for item in target.iterdir()} - _files_of_run(target) - LITTER)
    if foreign:
        raise UsageError(
            f"the folder {str(target)!r} holds {foreign[0]!r}, which is no part of a run.",
            allowed="a new or empty folder, or that of an earlier run with nothing else in it",
            todo="move it elsewhere, or choose another folder with --out",
        )


def _files_of_run(folder: Path) -> set[str]:
    """Return the files that the audit trail in a folder lists as written with it."""
    try:
        audit = json.loads((folder / _LIST).read_bytes())
        return {_LIST, *map(str, audit["outputs"])}
    except (OSError, ValueError, TypeError, KeyError):
        return set()


def _cannot_write(place: Path, error: OSError | RuntimeError) -> UsageError:
    full = isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT}
    todo = "free some space" if full else "choose a folder you may write to, with --out"
    why = getattr(error, "strerror", None) or error
    return UsageError(f"{str(place)!r} cannot be written: {why}.", todo=todo)


def _flush(folder: Path) -> None:
    """Force files to disk: a rename may otherwise survive a power cut that their content does not."""
    for path in [*folder.iterdir(), folder]:
        with contextlib.suppress(OSError):  # Windows cannot open folders
            handle = os.open(path, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)


def _take_place(partial: Path, target: Path) -> None:
    if not target.exists():
        partial.rename(target)
    elif not _exchange(partial, target):
        _replace_in_two_steps(partial, target)


def _exchange(one: Path, other: Path) -> bool:
    """Swap two folders atomically; return whether the system could."""
    names = os.fsencode(one), os.fsencode(other)
    try:
        library = ctypes.CDLL(None, use_errno=True)
        if sys.platform == "darwin":
            return bool(library.renamex_np(*names, _SWAP) == 0)
        return bool(library.renameat2(_AT_FDCWD, names[0], _AT_FDCWD, names[1], _SWAP) == 0)
    except (OSError, AttributeError, TypeError):
        return False


def _replace_in_two_steps(partial: Path, target: Path) -> None:
    """Replace where folders cannot be swapped; the next run mends what a kill in between leaves (see `_sweep`)."""
    former = _beside(target, _FORMER)
    shutil.rmtree(former, ignore_errors=True)
    target.rename(former)
    try:
        partial.rename(target)
    except BaseException:
        former.rename(target)
        raise
    shutil.rmtree(former, ignore_errors=True)


def _sweep(target: Path, *, alone: bool) -> None:
    """Put back a former run whose successor never came, and remove what killed runs left half-written."""
    former = _beside(target, _FORMER)
    if former.exists() and not target.exists():
        former.rename(target)
    shutil.rmtree(former, ignore_errors=True)
    for left in list(target.parent.iterdir()):
        if left.name.startswith(f".{target.name}.{_PARTIAL}-") and (alone or _age(left) > _STALE):
            shutil.rmtree(left, ignore_errors=True)


def _age(path: Path) -> float:
    try:
        return time.time() - path.stat().st_mtime
    except OSError:
        return 0.0


@contextlib.contextmanager
def _alone(target: Path) -> Iterator[bool]:
    """Wait until no other run writes to the target; yield whether that could be made sure of.

    The system lets go of the lock when a process ends, however it ends.
    """
    try:
        import fcntl
    except ImportError:  # Windows
        yield False
        return
    path, until = _beside(target, _LOCK), time.monotonic() + _PATIENCE
    while True:
        with path.open("w") as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > until:
                    raise UsageError(
                        f"another run writes to {str(target)!r} and does not come to an end.",
                        todo="wait for it or end it, or choose another folder with --out",
                    ) from None
                time.sleep(0.02)
                continue
            except OSError:  # a file system without locks
                path.unlink(missing_ok=True)
                yield False
                return
            # The one that held it before may have removed the file while we waited: then a third may lock a new one.
            if not _is_file_at(handle.fileno(), path):
                continue
            try:
                yield True
            finally:
                path.unlink(missing_ok=True)
            return


def _is_file_at(handle: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except FileNotFoundError:
        return False
