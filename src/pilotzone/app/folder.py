"""The folder that a lab works in: its study files and runs. Nothing outside it can be named."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from pilotzone.app.screen import Screen, check_settable, study_text
from pilotzone.core import PilotZoneError, UsageError, shown
from pilotzone.store import replacing
from pilotzone.study import KINDS, Study, check_target, load

__all__ = ["Folder", "Listed"]

_NAME = re.compile(r"[^\W_][\w-]{0,79}")
RUNS = "runs"


@dataclass(frozen=True)
class Listed:
    """A study that can be opened.

    Attributes
    ----------
    study
        As `Screen` names it.
    title
        Title of the study; what is wrong with it where it cannot be read.
    kind
        Its word, with its article; empty where it cannot be read.
    """

    study: str
    title: str
    kind: str


class Folder:
    """A folder of study files and runs.

    Parameters
    ----------
    path
        The folder.

    Raises
    ------
    UsageError
        If it is not there.
    """

    def __init__(self, path: Path) -> None:
        if not path.is_dir():
            raise UsageError(f"{shown(path)} is not a folder.", todo="name a folder of study files, or leave it out")
        self.path = path.resolve()

    @cached_property
    def bundled(self) -> list[Listed]:
        """The studies that come with the package."""
        return [self._listed(f"{kind.name}/{name}") for kind in KINDS.values() for name in kind.bundled]

    def files(self) -> list[Listed]:
        """Return the study files of the folder, those that cannot be read with the reason."""
        return [self._listed(path.name) for path in sorted(self.path.glob("*.toml")) if path.is_file()]

    def runs(self) -> list[str]:
        """Return the names of the runs that lie in ``runs``."""
        place = self.path / RUNS
        return sorted(item.parent.name for item in place.glob("*/audit.json")) if place.is_dir() else []

    def run(self, name: str) -> Path:
        """Return the folder of a run.

        Raises
        ------
        UsageError
            If there is none of that name.
        """
        if name not in self.runs():
            raise UsageError(f"{shown(name)} is not a run in {RUNS}.", todo="reload the page: it may be gone")
        return self.path / RUNS / name

    def study(self, screen: Screen) -> tuple[Study[Any], str]:
        """Return a screen's study as it was, and its file as it is on the screen.

        Raises
        ------
        PilotZoneError
            If there is no such study, it cannot be read, or a key must not be changed.
        """
        study = self._load(screen.study)
        check_settable(study.kind, screen.changes)
        if study.folder is None:
            base = study.kind.bundled_file(study.name).decode()
        else:
            base = (self.path / screen.study).read_text(encoding="utf-8-sig")
        return study, study_text(base, screen.changes)

    def save(self, name: str, text: str) -> Path:
        """Write a study file; one that is there already is only replaced by itself.

        Raises
        ------
        UsageError
            If the name is not one of a file, or is taken.
        """
        if not _NAME.fullmatch(name):
            raise UsageError(
                f"{shown(name)} cannot be the name of a study.", allowed="letters, digits, - and _, at most 80"
            )
        path = self.path / f"{name}.toml"
        if path.is_symlink() or (path.exists() and path.read_bytes() != text.encode()):
            raise UsageError(f"{path.name} is there already, with another content.", todo="choose another name")
        with replacing(path) as new:
            new.write_bytes(text.encode())
        return path

    def out(self, name: str) -> Path:
        """Return where a run of that name goes."""
        place = self.path / RUNS / name
        check_target(place)
        return place

    def shared(self, name: str) -> bytes:
        """Return a run and its study file as a zip archive: the same files give the same bytes."""
        run = self.run(name)
        files = sorted(path for path in run.iterdir() if path.is_file() and not path.is_symlink())
        own = self.path / f"{name}.toml"
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in [*files, *([own] if own.is_file() else [])]:
                inside = f"{name}/{path.name}" if path.parent == self.path else f"{name}/{RUNS}/{name}/{path.name}"
                archive.writestr(zipfile.ZipInfo(inside), path.read_bytes())
        return packed.getvalue()

    def _load(self, name: str) -> Study[Any]:
        if name.endswith(".toml"):
            if name not in {path.name for path in self.path.glob("*.toml")}:
                raise UsageError(f"{shown(name)} is not a study file of this folder.")
            return load(self.path / name)
        kind, _, study = name.partition("/")
        if kind not in KINDS or study not in KINDS[kind].bundled:
            raise UsageError(f"{shown(name)} is not a study that comes with pilotzone, nor a file of this folder.")
        return load(name)

    def _listed(self, name: str) -> Listed:
        try:
            study = self._load(name)
        except PilotZoneError as error:
            return Listed(name, error.what, "")
        return Listed(name, study.spec.title or study.name, study.kind.word)
