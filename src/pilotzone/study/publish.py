"""Putting a run on disk so that it is there whole or not at all.

Everything is written into a hidden folder beside the target, which then takes the target's place in one step. Killed
at any moment, the former run is still there and whole; what was left half-written is swept away by the next run.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from pilotzone.core import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["publish"]

_PARTIAL = "partial"
_FORMER = "former"
_AT_FDCWD = -100
_SWAP = 2
_LOCK = ".writing"


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
    _refuse_foreign(target)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _sweep(target)
        partial = Path(tempfile.mkdtemp(prefix=f".{target.name}.{_PARTIAL}-", dir=target.parent))
    except OSError as error:
        raise _cannot_write(target.parent, error) from error
    try:
        with _held(partial):
            write(partial)
            _flush(partial)
            (partial / _LOCK).unlink()
            partial.chmod(0o755)
            _take_place(partial, target)
    except OSError as error:
        raise _cannot_write(target, error) from error
    finally:
        # After the swap this is the former run; after an error, what was half-written.
        shutil.rmtree(partial, ignore_errors=True)


def _refuse_foreign(target: Path) -> None:
    """Never replace a folder that is not a run: somebody's own files may be in it."""
    if not target.exists():
        return
    if not target.is_dir():
        raise UsageError(f"{str(target)!r} is a file.", allowed="a folder to write the run into, or a new name")
    held = [item.name for item in target.iterdir()]
    if held and "audit.json" not in held:
        raise UsageError(
            f"the folder {str(target)!r} holds other files ({held[0]}), not a run.",
            allowed="a new or empty folder, or that of an earlier run",
            todo="choose another folder with --out",
        )


def _cannot_write(place: Path, error: OSError) -> UsageError:
    todo = "free some space" if error.errno == errno.ENOSPC else "choose a folder you may write to, with --out"
    return UsageError(f"{str(place)!r} cannot be written: {error.strerror or error}.", todo=todo)


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
    former = target.with_name(f".{target.name}.{_FORMER}")
    shutil.rmtree(former, ignore_errors=True)
    target.rename(former)
    try:
        partial.rename(target)
    except OSError:
        former.rename(target)
        raise
    shutil.rmtree(former, ignore_errors=True)


def _sweep(target: Path) -> None:
    """Put back a former run whose successor never came, and remove what killed runs left half-written."""
    former = target.with_name(f".{target.name}.{_FORMER}")
    if former.exists() and not target.exists():
        former.rename(target)
    shutil.rmtree(former, ignore_errors=True)
    for left in target.parent.glob(f".{target.name}.{_PARTIAL}-*"):
        if not _is_held(left):
            shutil.rmtree(left, ignore_errors=True)


@contextlib.contextmanager
def _held(folder: Path) -> Iterator[None]:
    """Hold a lock that the system lets go of when the process ends, however it ends."""
    with (folder / _LOCK).open("w") as handle:
        _try_lock(handle.fileno())
        yield


def _is_held(folder: Path) -> bool:
    try:
        with (folder / _LOCK).open("r+") as handle:
            return not _try_lock(handle.fileno())
    except FileNotFoundError:
        # Just made, not yet locked; or complete and about to be renamed. Only an old one is a wreck.
        with contextlib.suppress(OSError):
            import time

            return time.time() - folder.stat().st_mtime < 60  # noqa: PLR2004 - seconds
        return False
    except OSError:
        return True


def _try_lock(handle: int) -> bool:
    try:
        import fcntl
    except ImportError:  # Windows: no lock, so nothing is ever taken for a wreck
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
