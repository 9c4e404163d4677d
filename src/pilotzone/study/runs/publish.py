"""Putting a run on disk so that it is there whole or not at all.

Everything is written into a hidden folder beside the target, which then takes the target's place in one step. Killed
at any moment, the former run is still there and whole; what was left half-written is swept away by the next run. Runs
that write to the same place at once wait for one another.

What is removed is proved to be ours first. A folder is a run if each file in it has a name that we write and the hash
that the audit trail there lists for it; with anything else in it, or with a file changed since, it is not replaced.
Hidden names of ours end in digits drawn at random, and of what they hold only files of such names are removed.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import hashlib
import json
import os
import re
import secrets
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from pilotzone.core import UsageError, open_regular, open_to_write, read_regular, shown, shown_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

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
_EVERY = "report.html"
"""What every run writes."""
_LARGEST_LIST = 100_000_000
_TOKEN = re.compile(r"[0-9a-f]{8}")
_PART = re.compile(r"\.(.+)\.[0-9a-f]{16}\.part")
"""A file that was being written when the process was killed."""
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


def check_target(target: Path) -> None:
    """Refuse a folder that could not be published to, before anything is computed for it; nothing of it is left.

    Raises
    ------
    UsageError
        As in `publish`.
    """
    try:
        target = target.resolve()
        _refuse_own_place(target)
        _refuse_foreign(target)
        absent = [place for place in target.parents if not place.exists()]
        made: list[Path] = []
        try:
            for place in reversed(absent):
                place.mkdir()
                made.append(place)
        finally:
            for place in reversed(made):
                place.rmdir()
    except (OSError, RuntimeError) as error:
        raise _cannot_write(target, error) from error


def _write_and_swap(target: Path, write: Callable[[Path], None]) -> None:
    partial = _hidden(target, _PARTIAL)
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
        _remove(partial)


def _beside(target: Path, what: str) -> Path:
    return target.with_name(f".{target.name}.{what}")


def _hidden(target: Path, what: str) -> Path:
    return _beside(target, f"{what}-{secrets.token_hex(4)}")


def _hidden_now(target: Path, what: str) -> list[Path]:
    """Return what lies beside the target under a hidden name of ours, the newest first."""
    start = f".{target.name}.{what}-"
    found = [
        item for item in target.parent.iterdir()
        if item.name.startswith(start) and _TOKEN.fullmatch(item.name[len(start) :])
        and item.is_dir() and not item.is_symlink()
    ]  # fmt: skip
    return sorted(found, key=_age)


def _refuse_own_place(target: Path) -> None:
    if Path.cwd().is_relative_to(target):
        raise UsageError(
            f"the folder {shown_path(target)} cannot be replaced: you are in it.",
            todo="choose another folder with --out, such as a new one in here",
        )


def _refuse_foreign(target: Path) -> None:
    """Never replace a folder that holds more than a run: somebody's own files may be in it."""
    if not target.exists():
        return
    if not target.is_dir():
        raise UsageError(f"{shown_path(target)} is a file.", allowed="a folder to write the run into, or a new name")
    for name, why in _foreign(target):
        raise UsageError(
            f"the folder {shown_path(target)} holds {shown(name)}, which {why}.",
            allowed="a new or empty folder, or that of an earlier run with nothing else in it",
            todo="move it elsewhere, or choose another folder with --out",
        )


def _foreign(folder: Path) -> Iterator[tuple[str, str]]:
    """Give the name of every file that is not provably of a run, and why it is not."""
    listed = _listed(folder)
    digests, ours = (None, frozenset[str]()) if listed is None else (listed[1], _our_names(listed[0]))
    for item in sorted(folder.iterdir()):
        if item.name in LITTER or (item.name == _LIST and digests is not None):
            continue
        if digests is None or item.name not in digests or item.name not in ours or not _is_plain_file(item):
            yield item.name, "is not part of a run"
        elif _digest(item) != digests[item.name]:
            yield item.name, "was changed since the run wrote it"


def _listed(folder: Path) -> tuple[str, dict[str, str]] | None:
    """Return kind, and hashes of the files, that the audit trail in a folder lists; ``None`` where it holds none."""
    if not _is_plain_file(folder / _LIST):
        return None
    try:
        audit = json.loads(read_regular(folder / _LIST, most=_LARGEST_LIST))
        found = {str(name): str(digest) for name, digest in audit["outputs"].items()}
    except (UsageError, AttributeError, LookupError, RecursionError, TypeError, ValueError):
        return None
    return (str(audit.get("kind")), found) if _EVERY in found else None


_NAMERS: list[Callable[[str], Iterable[str]]] = []


def name_ours(names: Callable[[str], Iterable[str]]) -> None:
    """Say which files runs write: no others are ever removed, whatever an audit trail lists.

    Parameters
    ----------
    names
        Returns the names of a kind of study, of all where it does not know the kind; called when a folder is looked at
        and not before.
    """
    _NAMERS.append(names)


def _our_names(kind: str = "") -> frozenset[str]:
    """Return the names of all files that runs of a kind write, or of any kind."""
    return frozenset(name for names in _NAMERS for name in names(kind))


def _is_plain_file(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()


def _digest(file: Path) -> str:
    with open_regular(file) as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _remove(folder: Path) -> None:
    """Remove files of ours from a folder, and the folder if nothing else is in it."""
    with contextlib.suppress(OSError):
        held = list(folder.iterdir())
        # A run that is whole says of which kind it is; to know the names of all kinds, each has to be loaded.
        listed = _listed(folder)
        ours = (_our_names("" if listed is None else listed[0]) if held else frozenset()) | LITTER
        for item in held:
            part = _PART.fullmatch(item.name)
            if (part[1] if part else item.name) in ours and _is_plain_file(item):
                item.unlink(missing_ok=True)
        folder.rmdir()


def _cannot_write(place: Path, error: OSError | RuntimeError) -> UsageError:
    full = isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT}
    todo = "free some space" if full else "choose a folder you may write to, with --out"
    why = getattr(error, "strerror", None) or error
    return UsageError(f"{shown_path(place)} cannot be written: {why}.", todo=todo)


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
    former = _hidden(target, _FORMER)
    target.rename(former)
    try:
        partial.rename(target)
    except BaseException:
        former.rename(target)
        raise
    _remove(former)


def _sweep(target: Path, *, alone: bool) -> None:
    """Put back a former run whose successor never came, and remove what killed runs left half-written."""
    for former in _hidden_now(target, _FORMER):
        if any(_foreign(former)):
            continue
        if target.exists():
            _remove(former)
        else:
            former.rename(target)
    for partial in _hidden_now(target, _PARTIAL):
        if alone or _age(partial) > _STALE:
            _remove(partial)


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
        with os.fdopen(_open_lock(path), "r+b") as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > until:
                    raise UsageError(
                        f"another run writes to {shown_path(target)} and does not come to an end.",
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


def _open_lock(path: Path) -> int:
    """Open the file that stands for the lock, neither through a link nor emptying it: a lock of ours holds nothing."""
    try:
        handle = open_to_write(path)
    except OSError as error:
        if not (path.is_symlink() or path.exists()):
            raise
        raise _not_a_lock(path) from error
    if os.fstat(handle).st_size:
        os.close(handle)
        raise _not_a_lock(path)
    return handle


def _not_a_lock(path: Path) -> UsageError:
    return UsageError(
        f"{shown_path(path)} is in the way: a lock of this name keeps two runs from writing at once.",
        todo="move it elsewhere, or choose another folder with --out",
    )


def _is_file_at(handle: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except FileNotFoundError:
        return False
