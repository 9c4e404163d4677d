"""Places in the file system: what can be read, and writing that leaves either the old file or the new one."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import unquote, urlsplit

from pilotzone.core import DataError, UsageError, did_you_mean

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
    if os.path.isfile(found) or (folders and os.path.isdir(found)):  # noqa: PTH112, PTH113 - Path's raise on odd names
        return found
    allowed = "a file or a folder of files" if folders else "a file"
    if os.path.isdir(found):  # noqa: PTH112 - as above
        raise DataError(f"{_shown(found)} is a folder.", allowed=allowed, todo="name the file in it that is meant")
    if os.path.exists(found):  # noqa: PTH110 - as above
        raise DataError(f"{_shown(found)} is neither a file nor a folder.", allowed=allowed)
    raise DataError(
        f"there is no file {_shown(found)}.{did_you_mean(found.name, _beside(found))}",
        allowed=allowed,
        todo=f"check the name; a path that is not absolute starts at {Path.cwd()}",
    )


def local_path(data: str | os.PathLike[str]) -> Path | None:
    """Return where a panel lies on this machine, ``None`` if it does not."""
    name = os.fspath(data)
    found = Path(unquote(urlsplit(name).path)) if name.startswith("file://") else Path(name)
    return found if os.path.exists(found) else None  # noqa: PTH110 - Path's raises on odd names


def read_bytes(path: str | os.PathLike[str]) -> bytes:
    """Return the content of a file.

    Raises
    ------
    DataError
        If there is no such file or it may not be read.
    """
    found = readable(path)
    try:
        return found.read_bytes()
    except OSError as error:
        raise DataError(
            f"{_shown(found)} cannot be read: {error.strerror or error}.",
            todo="check who may read the file, and that it lies on a disk that works",
        ) from error


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
        raise UsageError(f"{_shown(target)} is no file name.", allowed="the name of a file")
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
            f"{_shown(target)} cannot be written: {error.strerror or error}. What was there before is as it was.",
            allowed="a file in a folder that exists, may be written to and has space",
            todo="choose another place, or make room in this one",
        ) from error


def _create(path: Path) -> None:
    # Exclusive, and with the permissions that any new file of this user gets; tempfile's are the owner's alone.
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
    except ValueError as error:
        raise UsageError(f"{_shown(path)} is no file name: {error}.") from error


def _sync(path: Path) -> None:
    # Without it a power cut after the rename may leave the new name on an empty file.
    handle = os.open(path, os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _beside(path: Path) -> list[str]:
    try:
        return sorted(os.listdir(path.parent))  # noqa: PTH208 - names only
    except (OSError, ValueError):
        return []


def _shown(path: Path) -> str:
    return repr(str(path))
