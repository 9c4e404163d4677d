"""Reading what a run left on disk, which may have been edited, damaged or made by somebody else."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pilotzone.core import MOST_OF_A_TABLE, DataError, UsageError, did_you_mean, read_regular
from pilotzone.store import sha256_file
from pilotzone.study.runs.plainjson import plain_json, refuse_ambiguous
from pilotzone.study.runs.publish import LITTER

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["RunFolder", "open_run"]

_AUDIT = "audit.json"
_LARGEST = 16_000_000
"""Bytes of an audit trail; that of a panel in 100,000 files has fewer."""
_LARGEST_FILE = 1_000_000_000
_LONGEST_WAY = 4096
_FORM = {"study": dict, "inputs": dict, "versions": dict, "outputs": dict}
_STUDY_FORM = {"name": str, "sha256": str, "settings": dict}


@dataclass(frozen=True)
class RunFolder:
    """A folder with an audit trail that has the form of one.

    Attributes
    ----------
    path
        The folder, without links.
    shown
        The folder as it was named.
    audit
        What ``audit.json`` holds; only its outline was checked.
    written
        The bytes of ``audit.json``.
    """

    path: Path
    shown: str
    audit: Mapping[str, Any]
    written: bytes = b""

    @property
    def name(self) -> str:
        """Name of the study."""
        return str(self.audit["study"]["name"]).encode(errors="replace").decode()

    @property
    def settings(self) -> dict[str, Any]:
        """Every setting that was in force."""
        return dict(self.audit["study"]["settings"])

    def strings(self, part: str) -> dict[str, str]:
        """Return names and texts of a part: ``inputs``, ``outputs`` or ``versions``."""
        return {str(name): str(value) for name, value in self.audit[part].items()}

    def fault(self, name: str) -> str | None:
        """Return why a file of the run is not read, in words; ``None`` if it is a file like any other."""
        try:
            state = os.lstat(self.path / name)
        except FileNotFoundError:
            return "is not there."
        except (OSError, ValueError) as error:
            return f"cannot be looked at: {getattr(error, 'strerror', None) or error}."
        if stat.S_ISLNK(state.st_mode):
            return "is a link, which a run does not write; where it leads was not read."
        if not stat.S_ISREG(state.st_mode):
            return "is not a file."
        if state.st_size > _LARGEST_FILE:
            return f"has {state.st_size:,} bytes, more than a run writes; it was not read."
        return None

    def size(self, name: str) -> int | None:
        """Return the bytes of a file of the run, or ``None`` if it is not a file (see `fault`)."""
        return None if self.fault(name) else (self.path / name).stat().st_size

    def digest(self, name: str) -> str | None:
        """Return the SHA-256 of a file of the run, or ``None`` if it is not a file (see `fault`)."""
        return None if self.fault(name) else sha256_file(self.path / name)

    def content(self, name: str, most: int) -> bytes:
        """Return the bytes of a file of the run.

        Raises
        ------
        DataError
            If it is not a file, cannot be read, or has more than `most` bytes.
        """
        why = self.fault(name)
        if why is not None:
            raise DataError(f"{name} of {self.shown!r} {why}")
        return read_regular(self.path / name, f"{name} of a run", most=most, fault=DataError)

    def record(self, name: str) -> Any:  # noqa: ANN401 - any plain data
        """Return what a JSON file of the run holds.

        Raises
        ------
        DataError
            If it is not there, cannot be read or is not JSON.
        """
        what = f"{name} of {self.shown!r}"
        return plain_json(self.content(name, MOST_OF_A_TABLE), what).value

    def others(self) -> tuple[list[str], list[str]]:
        """Return what lies in the folder besides the run: what somebody put there, and what file managers leave."""
        listed = {_AUDIT, *self.strings("outputs")}
        found = {os.fsencode(item.name).decode(errors="replace") for item in self.path.iterdir()} - listed
        return sorted(found - LITTER), sorted(found & LITTER)

    def study_folder(self) -> Path | None:
        """Return the folder in which the study file stood, as far as the audit trail tells.

        It is told as seen from the run's folder: both may be moved together, and looked at from anywhere.
        """
        given = self.audit["study"].get("folder")
        if not isinstance(given, str) or "\0" in given or len(given) > _LONGEST_WAY:
            return None
        return Path(os.path.normpath(self.path / given))


def open_run(folder: str | Path) -> RunFolder:
    """Open the folder of a run.

    Parameters
    ----------
    folder
        What ``pilotzone run`` wrote.

    Raises
    ------
    UsageError
        If there is no run.
    DataError
        If its audit trail cannot be read or is none.
    """
    shown = os.fsencode(folder).decode(errors="replace")
    path = Path(folder)
    if os.path.isfile(path):  # noqa: PTH113 - Path's raises on odd names
        raise UsageError(f"{shown!r} is a file.", allowed="the folder of a run", todo="name the folder that it is in")
    if not os.path.isdir(path):  # noqa: PTH112 - as above
        raise UsageError(f"there is no folder {shown!r}.{_meant(path)}", allowed="the folder of a run: runs/NAME")
    try:
        path = path.resolve()
        present = os.path.lexists(path / _AUDIT)
    except (OSError, RuntimeError) as error:
        raise UsageError(f"{shown!r} cannot be looked into: {error}.") from error
    if not present:
        raise UsageError(
            f"the folder {shown!r} holds no run: there is no {_AUDIT} in it.",
            allowed="a folder that 'pilotzone run' wrote",
        )
    what = f"{_AUDIT} of {shown!r}"
    # Its own audit is not needed to read a file of it.
    content = RunFolder(path, shown, {}).content(_AUDIT, _LARGEST)
    found = plain_json(content, what)
    refuse_ambiguous(found, what)
    _check_form(found.value, shown)
    return RunFolder(path, shown, found.value, content)


def _meant(path: Path) -> str:
    """Return a hint: a run of that name below ``runs``, or one beside the path whose name is close."""
    below = Path("runs") / path
    try:
        if not path.is_absolute() and (below / _AUDIT).is_file():
            return f" Did you mean {str(below)!r}?"
        beside = [str(item.with_name(item.name)) for item in path.parent.iterdir() if (item / _AUDIT).is_file()]
    except (OSError, ValueError):
        return ""
    return did_you_mean(str(path), beside)


def _check_form(audit: object, shown: str) -> None:
    where = "the top"
    parts: list[tuple[str, object, Mapping[str, type]]] = [("", audit, _FORM)]
    if isinstance(audit, dict):
        parts.append(("study.", audit.get("study"), _STUDY_FORM))
    for prefix, part, form in parts:
        wrong = [
            name for name, kind in form.items() if not isinstance(part, dict) or not isinstance(part.get(name), kind)
        ]
        if wrong:
            where = f"{prefix}{wrong[0]}"
            raise DataError(
                f"{_AUDIT} of {shown!r} is not an audit trail of a run: {where!r} is missing or of another kind.",
                allowed="the file as 'pilotzone run' wrote it",
            )
