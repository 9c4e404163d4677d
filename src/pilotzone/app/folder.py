"""The folder that a lab works in: its study files and runs. Nothing outside it can be named."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pilotzone.app.screen import Screen, check_settable, study_text
from pilotzone.core import MOST_OF_A_STUDY, PilotZoneError, StudyError, UsageError, read_regular, shown, shown_path
from pilotzone.store import replacing
from pilotzone.study import KINDS, Study, check_target, load, parse, standing

if TYPE_CHECKING:
    from pilotzone.study import Kind

__all__ = ["Folder", "Listed"]

SHAPES = (".geojson", ".topojson", ".json")
"""Endings of files of shapes."""
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

    def check(self) -> None:
        """Refuse to go on where the folder is no longer there.

        Raises
        ------
        UsageError
            Saying so.
        """
        if not self.path.is_dir():
            raise UsageError(
                f"the folder of this lab is no longer there: {shown_path(self.path)}.",
                todo="put it back, or start 'pilotzone lab' on another folder",
            )

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
        names = [item.parent.name for item in place.glob("*/audit.json")] if place.is_dir() else []
        # Hidden ones are being written, or were when their process was killed.
        return sorted(name for name in names if not name.startswith("."))

    def shapes(self) -> list[str]:
        """Return the names of the files of shapes that lie in the folder."""
        every = self.path.iterdir() if self.path.is_dir() else ()
        files = (path for path in every if path.suffix.lower() in SHAPES)
        return sorted(path.name for path in files if path.is_file() and not path.is_symlink())

    def shapes_file(self, name: str) -> Path | None:
        """Return where a file of shapes is; ``None`` for an empty name.

        Raises
        ------
        UsageError
            If there is none of that name.
        """
        if not name:
            return None
        self.check()
        if name not in self.shapes():
            raise UsageError(
                f"{shown(name)} is not a file of shapes in this folder.",
                allowed=f"files that end in {', '.join(SHAPES)}",
                todo="put it into the folder of the lab and reload the page",
            )
        return self.path / name

    def run(self, name: str) -> Path:
        """Return the folder of a run.

        Raises
        ------
        UsageError
            If there is none of that name.
        """
        self.check()
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
        study, raw = self._read(screen.study)
        check_settable(study.kind, screen.changes)
        text = study_text(raw.decode("utf-8-sig"), screen.changes)
        if screen.changes:
            _check_files(study, text)
        return study, text

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
        self.check()
        path, raw = self.path / f"{name}.toml", text.encode()
        if not path.is_symlink() and _holds(path, raw):
            return path
        if path.is_symlink() or path.exists():
            raise UsageError(f"{path.name} is there already, with another content.", todo="choose another name")
        with replacing(path) as new:
            new.write_bytes(raw)
        return path

    @property
    def templates(self) -> dict[str, str]:
        """Kinds of which a file to begin with runs as it is, each with its word."""
        return {name: kind.word for name, kind in KINDS.items() if not _names_files(kind)}

    def begin(self, kind: str, name: str) -> Path:
        """Write a file to begin with, as `pilotzone init` does.

        Raises
        ------
        UsageError
            If there is no such kind, or the name is not one of a file, or is taken.
        """
        if kind not in self.templates:
            raise UsageError(f"{shown(kind)} cannot be begun so.", allowed=", ".join(self.templates))
        return self.save(name, KINDS[kind].template().format(name=name))

    def out(self, name: str) -> Path:
        """Return where a run of that name goes."""
        place = self.path / RUNS / name
        check_target(place)
        return place

    def shared(self, name: str) -> bytes:
        """Return a run, its study file and what that names as a zip archive: the same files, the same bytes.

        It names data and studies beside; these name data and what they rest on. Files outside the folder of the lab
        stay where they are.

        Raises
        ------
        UsageError
            If there is no such run, or it is replaced meanwhile.
        """
        run, own = self.run(name), self.path / f"{name}.toml"
        packed = io.BytesIO()
        try:
            before = (run / "audit.json").read_bytes()
            files = sorted(path for path in run.iterdir() if path.is_file() and not path.is_symlink())
            inside = {f"{RUNS}/{name}/{path.name}": path for path in files}
            if own.is_file():
                inside |= {path.relative_to(self.path).as_posix(): path for path in (own, *self._data(own.name))}
            with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
                for place, path in inside.items():
                    archive.writestr(zipfile.ZipInfo(f"{name}/{place}"), path.read_bytes(), zipfile.ZIP_DEFLATED)
            same = (run / "audit.json").read_bytes() == before
        except FileNotFoundError:
            same = False
        if not same:
            raise UsageError(f"the run {shown(name)} was changed while it was packed.", todo="share it once more")
        return packed.getvalue()

    def _data(self, name: str) -> list[Path]:
        """Return the files that a study of the folder and those below it name, and that lie in this folder."""
        try:
            study, _ = self._read(name)
            below = [item.study for item in standing(study) if item.study.folder is not None]
            named = [each.path(file) for each in (study, *below) for file in each.kind.files(each.spec)]
        except PilotZoneError:
            return []
        named += [each.folder / f"{each.name}.toml" for each in below if each.folder is not None]
        found: set[Path] = set()
        for path in {path.resolve() for path in named}:
            if path.is_relative_to(self.path) and path != self.path:
                found |= {path} if path.is_file() else {item for item in path.rglob("*") if item.is_file()}
        return sorted(item for item in found if not item.is_symlink())

    def _read(self, name: str) -> tuple[Study[Any], bytes]:
        """Return a study and the bytes that it was read from."""
        if name.endswith(".toml"):
            self.check()
            # Only what is listed: a name is never a way to elsewhere.
            if name not in {path.name for path in self.path.glob("*.toml")}:
                raise UsageError(
                    f"{shown(name)} is not a study file of this folder.", todo="see the list of studies: it may be gone"
                )
            path = self.path / name
            raw = read_regular(path, "study file", most=MOST_OF_A_STUDY, fault=StudyError)
            return parse(raw, path.stem, folder=path.resolve().parent), raw
        kind, _, study = name.partition("/")
        if kind not in KINDS or study not in KINDS[kind].bundled:
            raise UsageError(f"{shown(name)} is not a study that comes with pilotzone, nor a file of this folder.")
        return load(name), KINDS[kind].bundled_file(study)

    def _listed(self, name: str) -> Listed:
        try:
            study, _ = self._read(name)
        except PilotZoneError as error:
            return Listed(name, error.what, "")
        return Listed(name, study.spec.title or study.name, study.kind.word)


def _check_files(study: Study[Any], text: str) -> None:
    """Refuse a screen on which a study names files that its own file does not: a link from a stranger must not.

    Raises
    ------
    StudyError
        Naming the file.
    """
    try:
        changed = parse(text, study.name, folder=study.folder, kind=study.kind.name)
    except PilotZoneError:
        return  # nothing is read of it; whoever runs it says what is wrong
    for file in study.kind.files(changed.spec):
        if file not in study.kind.files(study.spec):
            raise StudyError(
                f"the address names the file {shown(file)}, which the study file does not.",
                todo="save the study file and name it there",
            )


def _holds(path: Path, content: bytes) -> bool:
    """Whether a file holds just this."""
    return path.is_file() and path.read_bytes() == content


def _names_files(kind: Kind[Any, Any]) -> bool:
    """Whether the file that a study of a kind is begun with names files that are not there yet."""
    study = parse(kind.template().format(name="begun"), "begun", kind=kind.name)
    return bool(kind.files(study.spec))
