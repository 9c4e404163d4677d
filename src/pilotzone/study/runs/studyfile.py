"""The settings in a run's audit trail beside the study file that they are said to be of."""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pilotzone.core import MOST_OF_A_STUDY, PilotZoneError, read_regular
from pilotzone.study.runs.differences import ABSENT, Difference, flat, joined, unequal
from pilotzone.study.runs.kind import Study
from pilotzone.study.runs.reading import Known, Reader

if TYPE_CHECKING:
    from pilotzone.study.runs.trail import RunFolder

__all__ = ["FileCheck"]

_AUDIT = "audit.json"
_SHA256 = re.compile(r"[0-9a-f]{64}")
_FEW = 3


class FileCheck:
    """Looks for the study file and compares the settings with it.

    Parameters
    ----------
    kept
        The run's folder.
    study
        The study as its settings stand in the audit trail.
    data
        Folder that the data lie in now, if one was named; the study file may lie there too.
    kinds
        All kinds of study.

    Attributes
    ----------
    differences
        Settings that are not those of the file that was run.
    unchecked
        Why they could not be compared.
    roots
        Folders that files may be read in: that of the file that was run, and the one that was named.
    """

    def __init__(self, kept: RunFolder, study: Study[Any], data: Path | None, kinds: Known) -> None:
        self.reader = Reader(kinds, alone=True)
        self.kept = kept
        self.study = study
        self.data = data
        self.differences: list[Difference] = []
        self.unchecked: list[str] = []
        self.roots = [] if data is None else [Path(os.path.realpath(data))]
        self._check()

    def _check(self) -> None:
        study = self.study
        if not study.sha256 and study.kind.engines:
            return  # options and never a file
        if not _SHA256.fullmatch(study.sha256):
            self.differences.append(
                Difference(_AUDIT, "study.sha256", "word", study.sha256, "the SHA-256 of a study file")
            )
            return
        if study.folder is None and study.name in study.kind.bundled:
            written = self.reader.load(study.name, study.kind.name)
            if written.sha256 == study.sha256:
                self._compare(written)
            else:
                self.unchecked.append(self._another(written))
            return
        self._look_for_it()

    def _look_for_it(self) -> None:
        name = self.study.name
        other = None
        for folder in (self.study.folder, self.data):
            if folder is None or not name or name != Path(name).name:
                continue
            file = folder / f"{name}.toml"
            try:
                raw = read_regular(file, "study file", most=MOST_OF_A_STUDY)
            except PilotZoneError:
                continue
            if hashlib.sha256(raw).hexdigest() == self.study.sha256:
                self.roots.append(Path(os.path.realpath(folder)))
                self._compare(self._read(file))
                return
            other = other or file
        if other is None:
            self.unchecked.append(
                f"The study file of {name} was not found: whether the settings in {_AUDIT} are what it says was not "
                "compared. To do: put it where it was, or into the folder named with --data."
            )
        else:
            # Of a file elsewhere nothing is told: it may be anybody's.
            beside = self.kept.path.is_relative_to(os.path.realpath(other.parent))
            self.unchecked.append(self._another(self._read(other) if beside else None))

    def _compare(self, written: Study[Any] | None) -> None:
        if written is None:
            self.unchecked.append(f"The study file of {self.study.name} cannot be read by this version.")
            return
        self.differences += self._apart(written)

    def _apart(self, written: Study[Any]) -> list[Difference]:
        then, now = (flat(item.spec.model_dump(mode="json", by_alias=True)) for item in (self.study, written))
        free = [key for key in self.study.kind.asked if getattr(written.spec, key) is None]
        then, now = ({path: v for path, v in one.items() if path[0] not in free} for one in (then, now))
        return [
            Difference(_AUDIT, joined(("settings", *path)), "setting", then.get(path, ABSENT), now.get(path, ABSENT))
            for path in dict.fromkeys((*now, *then))
            if unequal(then.get(path, ABSENT), now.get(path, ABSENT))
        ]

    def _another(self, written: Study[Any] | None) -> str:
        told = f"The study file of {self.study.name} is not the one that was run: its SHA-256 is not that in {_AUDIT}."
        if written is None:
            return told
        apart = [item.sentence().partition(": ")[2] for item in self._apart(written)]
        if not apart:
            return f"{told} It says the same."
        more = f"; {len(apart) - _FEW} more differ" if len(apart) > _FEW else ""
        return f"{told} It says otherwise: {'; '.join(apart[:_FEW])}{more}."

    def _read(self, file: Path) -> Study[Any] | None:
        try:
            return self.reader.load(file, self.study.kind.name)
        except PilotZoneError:
            return None
