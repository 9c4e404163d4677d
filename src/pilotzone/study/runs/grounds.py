"""Which files a run may send its reader to: a run is data, and may come from somebody who knows what lies where here.

What lies in the folder of the study, as its file proves, and what the reader names are read as they are. Of anything
else the audit trail has to know the SHA-256: whoever knows that of a file knows the file.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from pilotzone.core import DataError, shown_path
from pilotzone.store import panel_files, sha256_file
from pilotzone.study.runs.differences import ABSENT, Difference

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Grounds", "changed_input"]

_MOST_ENTRIES = 10_000
_PER_LISTED = 10


@dataclass(frozen=True)
class Grounds:
    """Where files may be read.

    Attributes
    ----------
    roots
        Folders in which everything may be.
    listed
        Name of an input to its SHA-256, as the audit trail has them.
    changed
        Inputs that were refused since they have another SHA-256.
    """

    roots: tuple[Path, ...]
    listed: Mapping[str, str]
    changed: list[Difference] = field(default_factory=list)

    def admit(self, part: str, path: str | Path, name: str = "") -> None:
        """Refuse a file or folder that may not be read.

        Parameters
        ----------
        part
            What inputs of its kind are called in the audit trail: ``data``, ``neighbours``, ``siting``.
        path
            Where it is.
        name
            What a single file is called there; its own name if left out.

        Raises
        ------
        DataError
            If it lies elsewhere, and is not what the run was made from; or if it is neither a file nor a folder.
        """
        where = Path(path)
        if self._within(where):
            return
        known = {key: digest for key, digest in self.listed.items() if key.startswith(f"{part}/")}
        files = {name or where.name: where}
        if os.path.isdir(where):  # noqa: PTH112 - Path's raises on odd names
            _refuse_large(where, len(known))
            listed = panel_files(where)
            files = dict(zip(listed.names, listed.files, strict=True))
        # All names before the first file: what has others is not the folder that is meant.
        if not all(f"{part}/{file}" in known for file in files):
            raise _not_read(where, "it is not what the run was made from")
        for file, place in files.items():
            key, digest = f"{part}/{file}", sha256_file(place)
            if digest != known[key]:
                self.changed.append(changed_input(key, known[key], digest))
                raise _not_read(where, "it is not what the run was made from")

    def _within(self, path: Path) -> bool:
        try:
            real = Path(os.path.realpath(path))
        except (OSError, ValueError):
            return False
        return any(real.is_relative_to(root) for root in self.roots)


def changed_input(name: str, then: str | None, now: str | None) -> Difference:
    """Return that a file is another than when the run was made; ``None`` where there was, or is, none."""
    if now is None:
        place = "the run was made from it, and it is there no more"
    elif then is None:
        place = "is there now, and the run was not made from it"
    else:
        place = "has changed since the run (its SHA-256 is another)"
    return Difference(name, place, "input", ABSENT if then is None else then, ABSENT if now is None else now)


def _refuse_large(folder: Path, listed: int) -> None:
    """Refuse to look through a folder with much more in it than the run was made from, such as a whole disk."""
    left = _MOST_ENTRIES + _PER_LISTED * listed
    for _, folders, files in os.walk(folder):
        left -= len(folders) + len(files)
        if left < 0:
            raise _not_read(folder, "it holds much more than the run was made from")


def _not_read(path: Path, why: str) -> DataError:
    return DataError(
        f"{shown_path(path)} is not read: it lies outside the folder of the study, and {why}.",
        todo="if it is meant all the same, name the folder it lies in with --data",
    )
