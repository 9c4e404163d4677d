"""Places in the file system: what can be read, and writing that leaves either the old file or the new one."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import unquote, urlsplit

from pilotzone.core import (
    MOST_OF_A_TABLE,
    DataError,
    UsageError,
    open_to_write,
    read_regular,
    regular,
    shown_path,
)

__all__ = ["local_path", "read_bytes", "readable", "replacing"]


def readable(path: str | os.PathLike[str], *, folders: bool = False) -> Path:
    """Return the path of an existing file.

    Parameters
    ----------
    path
        Where the file should be.
    folders
        Whether a folder will do as well.

    Raises
    ------
    DataError
        If nothing is there (with the name of a file beside it that is close), or not a file.
    """
    found = Path(path)
    if folders and os.path.isdir(found):  # noqa: PTH112 - Path's raises on odd names
        return found
    return regular(found, fault=DataError, allowed="a file or a folder of files" if folders else "a file")


def local_path(data: str | os.PathLike[str]) -> Path | None:
    """Return where a panel lies on this machine, ``None`` if it does not."""
    name = os.fspath(data)
    found = Path(unquote(urlsplit(name).path)) if name.startswith("file://") else Path(name)
    return found if os.path.exists(found) else None  # noqa: PTH110 - Path's raises on odd names


def read_bytes(path: str | os.PathLike[str]) -> bytes:
    """Return the content of a file of figures.

    Raises
    ------
    DataError
        If there is no such file, it is not a regular file or too large, or it may not be read.
    """
    return read_regular(path, fault=DataError, most=MOST_OF_A_TABLE)


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Give a new file to write, which takes the place of `path` once all of it is written.

    Whatever goes wrong, and whenever the process is killed, `path` holds either what it held before or all of what
    is new. A killed process may leave a file ``.NAME.*.part`` behind, never a broken `path`.

    Parameters
    ----------
    path
        The file to make or to replace. Its folder must exist.

    Yields
    ------
    Path
        An empty new file in the same folder.

    Raises
    ------
    UsageError
        If the place cannot be written to.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     target = Path(folder) / "note.txt"
    ...     with replacing(target) as new:
    ...         _ = new.write_text("whole")
    ...     target.read_text()
    'whole'
    """
    target = Path(path)
    if not target.name:
        raise UsageError(f"{shown_path(target)} is not a file name.", allowed="the name of a file")
    new = target.with_name(f".{target.name}.{secrets.token_hex(8)}.part")
    try:
        _create(new)
        try:
            yield new
            _sync(new)
            new.replace(target)
        finally:
            with suppress(OSError):
                new.unlink(missing_ok=True)
    except OSError as error:
        raise UsageError(
            f"{shown_path(target)} cannot be written: {error.strerror or error}. What was there before is as it was.",
            allowed="a file in a folder that exists, may be written to and has space",
            todo="choose another place, or make room in this one",
        ) from error


def _create(path: Path) -> None:
    # Exclusive, and with the permissions that any new file of this user gets; tempfile's are the owner's alone.
    try:
        os.close(open_to_write(path, new=True))
    except ValueError as error:
        raise UsageError(f"{shown_path(path)} is not a file name: {error}.") from error


def _sync(path: Path) -> None:
    # Without it a power cut after the rename may leave the new name on an empty file.
    handle = open_to_write(path, new=False)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
