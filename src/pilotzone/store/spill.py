"""Folders of this process for what does not fit into memory; a killed process leaves its folder to the next one.

A folder is held by a lock that the system lets go of when the process ends, however it ends. Whoever makes a new folder
removes those of this user that nobody holds.
"""

from __future__ import annotations

import os
import shutil
import stat
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

if sys.platform != "win32":
    import fcntl

__all__ = ["own_folder"]

_PREFIX = "pilotzone-"
_LOCK = ".lock"
_OLD = 3600.0
"""Seconds after which an empty folder without a lock is taken for one whose process was killed as it made it."""


def own_folder() -> tuple[Path, Callable[[], None]]:
    """Return a new folder that only this user may enter, and what removes it.

    Folders of processes that are no more are removed first.
    """
    _clean(Path(tempfile.gettempdir()))
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
    handles = [_hold(folder)]

    def remove() -> None:
        shutil.rmtree(folder, ignore_errors=True)
        # Once only: a handle that is closed is soon the number of another file's.
        if handles and (handle := handles.pop()) is not None:
            os.close(handle)

    return folder, remove


def _hold(folder: Path) -> int | None:
    """Lock a file in the folder before it bears the name by which others look for it."""
    if sys.platform == "win32":  # without such locks nothing is cleaned up
        return None
    new = folder / f"{_LOCK}.new"
    handle = os.open(new, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        new.rename(folder / _LOCK)
    except OSError:  # a file system without locks: nobody will take the folder for one that is left
        os.close(handle)
        new.unlink(missing_ok=True)
        return None
    return handle


def _clean(place: Path) -> None:
    """Remove folders in a place that were held once and are held no more."""
    with suppress(OSError), os.scandir(place) as entries:
        for entry in entries:
            if entry.name.startswith(_PREFIX):
                with suppress(OSError):
                    _clean_one(Path(entry.path))


def _clean_one(folder: Path) -> None:
    if sys.platform == "win32":
        return
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or stat.S_IMODE(found.st_mode) & 0o077:
        return
    try:
        handle = os.open(folder / _LOCK, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        if time.time() - found.st_mtime > _OLD:
            (folder / f"{_LOCK}.new").unlink(missing_ok=True)
            folder.rmdir()  # which does nothing to a folder with anything in it
        return
    try:
        if stat.S_ISREG(os.fstat(handle).st_mode):
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)  # fails where its process lives
            shutil.rmtree(folder, ignore_errors=True)
    finally:
        os.close(handle)
