"""The one way in which a user's files are opened, to be read and to be written.

A path may lead anywhere: to a pipe that nobody writes to, a device without end, somebody else's file behind a link.
Only regular files are read, only up to a size that is stated, and nothing is written through a link.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from io import BufferedReader
from itertools import islice
from pathlib import Path

from pilotzone.core.errors import PilotZoneError, UsageError, unknown
from pilotzone.core.showing import shown_path

__all__ = [
    "MOST_CELLS",
    "MOST_OF_A_STUDY",
    "MOST_OF_A_TABLE",
    "expanded",
    "open_regular",
    "open_to_write",
    "read_regular",
    "regular",
]

MOST_OF_A_STUDY = 1_000_000
"""Bytes of a file that somebody writes by hand: studies, sitings, plans, assumptions, rule books."""
MOST_OF_A_TABLE = 64_000_000
"""Bytes of a file with figures, unpacked where it is packed: tables of zones, hours of weather."""
MOST_CELLS = 4_000_000
"""Cells of a table of zones: 3,000 counties with 30 series over 40 years are 3.6 million."""

_MANY_NAMES = 2_000
_SYSTEM = getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
# A pipe would wait for somebody who writes; regular files never wait.
_READ = os.O_RDONLY | _SYSTEM | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0)
_WRITE = os.O_RDWR | _SYSTEM | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0)
_MAKING = {True: os.O_CREAT | os.O_EXCL, None: os.O_CREAT, False: 0}
_KINDS = (
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
    (stat.S_ISSOCK, "a socket"),
)


def expanded(path: str | os.PathLike[str], *, fault: type[PilotZoneError] = UsageError) -> Path:
    """Return a path with ``~`` and ``~name`` replaced by the folder that they stand for.

    Raises
    ------
    PilotZoneError
        An error of the kind `fault`, if there is no such user.
    """
    try:
        return Path(path).expanduser()
    except RuntimeError as error:
        raise fault(
            f"the path {shown_path(path)} begins with '~' and a name, and there is no such user.",
            todo="write the path out; a folder whose name begins with '~' is written './~...'",
        ) from error


def regular(
    path: str | os.PathLike[str],
    what: str = "file",
    *,
    fault: type[PilotZoneError] = UsageError,
    options: Iterable[str] | None = None,
    allowed: str | None = None,
    todo: str | None = None,
) -> Path:
    """Return the path of a regular file, having looked that it is one.

    For libraries that open files themselves; all else uses `open_regular` and `read_regular`, whose look cannot be
    overtaken.

    Parameters
    ----------
    path
        Where the file should be.
    what
        What it should be, in words: ``"rule book"``.
    fault
        Kind of the error.
    options
        Names that may have been meant; the names beside it if left out.
    allowed, todo
        What is said where nothing is there.

    Raises
    ------
    PilotZoneError
        An error of the kind `fault`, if it is missing, or a folder, a pipe, a device or a socket.
    """
    found = Path(path)
    try:
        mode = os.stat(found).st_mode  # noqa: PTH116 - Path's does the same and raises the same
    except FileNotFoundError as error:
        names = _beside(found) if options is None else options
        meant = found.name if options is None else found.stem
        raise unknown(
            what,
            meant,
            names,
            told=f"there is no {what} {shown_path(found)}",
            error=fault,
            allowed=allowed or "the path of a file",
            todo=todo or f"check the name; a path that is not absolute starts at {shown_path(Path.cwd())}",
        ) from error
    except (OSError, ValueError) as error:
        raise _unreadable(found, what, fault, error) from error
    _refuse_others(mode, found, what, fault)
    return found


@contextmanager
def open_regular(
    path: str | os.PathLike[str],
    what: str = "file",
    *,
    most: int | None = None,
    fault: type[PilotZoneError] = UsageError,
    options: Iterable[str] | None = None,
    allowed: str | None = None,
    todo: str | None = None,
) -> Iterator[BufferedReader]:
    """Open a regular file to read its bytes; parameters as in `regular`.

    Parameters
    ----------
    most
        Bytes that such a file may have.

    Raises
    ------
    PilotZoneError
        An error of the kind `fault`, if it is missing, not a regular file, too large, or cannot be read. Reading from
        it may raise it too.
    """
    found = regular(path, what, fault=fault, options=options, allowed=allowed, todo=todo)
    try:
        handle = os.open(found, _READ)
    except (OSError, ValueError) as error:
        raise _unreadable(found, what, fault, error) from error
    try:
        with os.fdopen(handle, "rb") as stream:
            # Again, of what was opened: what lies at a path may change in between.
            state = os.fstat(handle)
            _refuse_others(state.st_mode, found, what, fault)
            if most is not None and state.st_size > most:
                raise _too_large(found, what, fault, f"{state.st_size:,} bytes", most)
            yield stream
    except OSError as error:
        raise _unreadable(found, what, fault, error) from error


def read_regular(
    path: str | os.PathLike[str],
    what: str = "file",
    *,
    most: int,
    fault: type[PilotZoneError] = UsageError,
    options: Iterable[str] | None = None,
    allowed: str | None = None,
    todo: str | None = None,
) -> bytes:
    """Return the bytes of a regular file of up to `most` bytes; parameters and errors as in `open_regular`.

    Examples
    --------
    >>> read_regular(".", "study file", most=MOST_OF_A_STUDY)
    Traceback (most recent call last):
    pilotzone.core.errors.UsageError: '.' is a folder.
      Allowed: a study file
      To do: name the file in it that is meant
    """
    with open_regular(path, what, most=most, fault=fault, options=options, allowed=allowed, todo=todo) as stream:
        # Files that grow, and those of the system's own that state no size.
        content = stream.read(most + 1)
    if len(content) > most:
        raise _too_large(Path(path), what, fault, f"more than {most:,} bytes", most)
    return content


def open_to_write(path: str | os.PathLike[str], *, new: bool | None = None) -> int:
    """Open a regular file to write to, without emptying it, and return its handle.

    Parameters
    ----------
    path
        Where; a link there is not followed.
    new
        Whether there must be none yet; ``False`` where there must be one, and where left out it may be either.

    Raises
    ------
    OSError
        If there is a link, a folder or anything else that is not a regular file, or the place cannot be written to.
    """
    handle = os.open(path, _WRITE | _MAKING[new], 0o666)
    if stat.S_ISREG(os.fstat(handle).st_mode):
        return handle
    os.close(handle)
    raise OSError(errno.EEXIST, "it is not a regular file", os.fspath(path))


def _refuse_others(mode: int, path: Path, what: str, fault: type[PilotZoneError]) -> None:
    if stat.S_ISREG(mode):
        return
    article = "an" if what[0] in "aeiou" else "a"
    if stat.S_ISDIR(mode):
        raise fault(
            f"{shown_path(path)} is a folder.", allowed=f"{article} {what}", todo="name the file in it that is meant"
        )
    kind = next((name for is_kind, name in _KINDS if is_kind(mode)), "something else")
    raise fault(
        f"{shown_path(path)} is {kind} and not a file.",
        allowed=f"{article} {what} on disk",
        todo="write what comes from there into a file first",
    )


def _too_large(path: Path, what: str, fault: type[PilotZoneError], size: str, most: int) -> PilotZoneError:
    return fault(f"{shown_path(path)} has {size}: too many for a {what}.", allowed=f"up to {most:,} bytes")


def _unreadable(path: Path, what: str, fault: type[PilotZoneError], error: OSError | ValueError) -> PilotZoneError:
    if isinstance(error, OSError):
        return fault(
            f"the {what} {shown_path(path)} cannot be read: {error.strerror or error}.",
            todo="check the path, and who may read it",
        )
    why = "it holds a null character" if "\0" in str(path) else "it cannot be written in the encoding of file names"
    return fault(f"{shown_path(path)} cannot be the path of a {what}: {why}.")


def _beside(path: Path) -> list[str]:
    try:
        with os.scandir(path.parent) as items:
            return sorted(item.name for item in islice(items, _MANY_NAMES))
    except (OSError, ValueError):
        return []
