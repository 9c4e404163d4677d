"""Comparing a run's folder with what comes out when it is recomputed, whatever kind of study it was."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError

from pilotzone.core import DataError, PilotZoneError, StudyError, listing
from pilotzone.study.alike import compared
from pilotzone.study.differences import ABSENT, Difference, bytes_differ, records_differ
from pilotzone.study.faults import explain
from pilotzone.study.grounds import Grounds, changed_input
from pilotzone.study.makers import Makers
from pilotzone.study.plainjson import plain_json
from pilotzone.study.reading import PanelStudy, Study
from pilotzone.study.studyfile import FileCheck
from pilotzone.study.verification import Verification

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pilotzone.study.trail import RunFolder

__all__ = ["Check"]

AnyStudy = TypeVar("AnyStudy", bound=Study | PanelStudy)
AnySpec = TypeVar("AnySpec", bound=BaseModel)

_AUDIT = "audit.json"
_PAGES = (".html", ".tex", ".rtf")
_TOLD = ("inputs.", "outputs.")
"""Parts of the audit trail that are compared by themselves."""
_ROOM, _TIMES = 1_000_000, 4
"""A file of a run is read if it has up to so many times the bytes that come out, and so many more."""


class Check(ABC, Generic[AnyStudy]):
    """Collects what is found on the way; what a study of a zone and one of a panel do each in their own way is left."""

    artefacts: tuple[str, ...]

    @abstractmethod
    def settled(self) -> AnyStudy:
        """Return the study as its settings stand in the audit trail, its data where the run found them."""

    @abstractmethod
    def moved(self, study: AnyStudy, data: Path | None) -> AnyStudy:
        """Return the study with its data where they are now, in the folder given."""

    @abstractmethod
    def digests(self, study: AnyStudy, grounds: Grounds) -> dict[str, str]:
        """Return the hashes of its inputs, as they are now, reading none that may not be read."""

    @abstractmethod
    def data_of(self, study: AnyStudy) -> str | Path | None:
        """Return where its data are looked for."""

    @abstractmethod
    def again(self, study: AnyStudy, progress: Callable[[str], None] | None) -> tuple[dict[str, Any], dict[str, bytes]]:
        """Run it; return what it was made from, and every file of the run but its audit trail, by name."""

    @abstractmethod
    def sealed(self, audit: Mapping[str, Any], outputs: Mapping[str, str]) -> bytes:
        """Return what ``audit.json`` holds, with what cannot be recomputed as the run has it."""

    @abstractmethod
    def odd(self) -> list[Difference]:
        """Return what in ``audit.json`` cannot be recomputed and is not of the form that a run writes."""

    def __init__(self, kept: RunFolder, data: Path | None) -> None:
        self.kept = kept
        self.data = data
        self.makers = Makers(kept.strings("versions"))
        self.settings: dict[str, Any] = {}
        self.inputs: list[Difference] = []
        self.audit: list[Difference] = []
        self.found: dict[str, list[Difference]] = {name: [] for name in self.artefacts if name != _AUDIT}
        self.remarks: list[str] = []
        self.checked: list[str] = []
        self.unchecked: list[str] = []
        self.close: list[str] = []
        self.obstacle: str | None = None

    def run(self, progress: Callable[[str], None] | None) -> Verification:
        """Recompute everything, and return what was found."""
        self.audit += self.makers.faults(_AUDIT)
        try:
            study = self.study()
            self.check_inputs(study)
            audit, contents = self.again(study, progress)
            for name in contents:
                self.found.setdefault(name, [])  # one that was taken out of the list
            for name in self.found:
                self.compare(name, contents.get(name))
            self.check_audit(audit, contents)
        except PilotZoneError as error:
            self.obstacle = " ".join(filter(None, (error.what, error.todo and f"To do: {error.todo}.")))
        self.check_files()
        self.other_files()
        return self.result()

    def result(self) -> Verification:
        """Return what was found, a changed verdict first."""
        verdict = self.found.get("verdict.json", [])
        label = [item for item in verdict if item.place == "verdict.label"]
        rest = [item for items in self.found.values() for item in items if item not in label]
        return Verification(
            self.kept.shown,
            self.kept.name,
            (*label, *self.audit, *self.inputs, *rest),
            (*self.makers.remarks(), *self.remarks),
            tuple(self.checked),
            self.obstacle,
            tuple(self.unchecked),
            tuple(self.close),
        )

    # ------------------------------------------------------------------------------------------------ before

    def study(self) -> AnyStudy:
        """Return the study as its settings stand in the audit trail, its data where they are now."""
        study = self.settled()
        self.settings = study.spec.model_dump(mode="json")
        file = FileCheck(self.kept, study, self.data)
        self.audit += file.differences
        self.unchecked += file.unchecked
        self.grounds = Grounds(tuple(file.roots), self.kept.strings("inputs"))
        return self.moved(study, self.data)

    def spec(self, model: type[AnySpec]) -> AnySpec:
        """Return the settings in the audit trail as those of a study."""
        try:
            return model.model_validate(self.kept.settings)
        except ValidationError as error:
            raise _unreadable(explain(error, self.kept.name, model)) from error
        except (PilotZoneError, RecursionError) as error:
            raise _unreadable(error) from error

    def told(self, audit: Mapping[str, Any]) -> dict[str, Any]:
        """Return what a run was made from as this one says it: wherever its data lie now, whatever makes it now."""
        study = {**audit["study"], "sha256": self.kept.audit["study"]["sha256"], "settings": self.settings}
        return {**audit, "study": study, "versions": self.kept.strings("versions")}

    def check_inputs(self, study: AnyStudy) -> None:
        """Compare inputs with the hashes that the audit lists."""
        try:
            now = self.digests(study, self.grounds)
        except DataError as error:
            self.inputs += self.grounds.changed
            file = self.data_of(study)
            where = f" It was looked for as {str(file)!r}." if file is not None else ""
            known = self.data is not None or "--data" in (error.todo or "")
            ask = error.todo if known else "name the folder it lies in now with --data"
            raise DataError(f"{error.what}{where}", todo=ask) from error
        then = self.kept.strings("inputs")
        for name in dict.fromkeys((*now, *then)):
            if then.get(name) != now.get(name):
                self.inputs.append(changed_input(name, then.get(name), now.get(name)))
        if not self.inputs:
            self.checked.append(f"{len(now)} input{'s are' if len(now) != 1 else ' is'} as when the run was made.")

    # --------------------------------------------------------------------------------------------- artefacts

    def compare(self, name: str, now: bytes | None) -> None:
        """Compare what a file of the run holds with what was recomputed."""
        size = self.kept.size(name)
        if size is None:
            return  # said with the hashes
        if now is None:
            place = "does not come out when the run is recomputed."
            self.found[name].append(Difference(name, place, "file", None, None))
            return
        if size > _TIMES * len(now) + _ROOM:
            place = f"has {size:,} bytes, and {len(now):,} come out when it is recomputed; it was not read."
            self.found[name].append(Difference(name, place, "file", None, None))
            return
        kept = self.kept.content(name, _TIMES * len(now) + _ROOM)
        alike = compared(name, kept, now, tolerant=self.makers.differ, same_writer=self.makers.same("pyarrow"))
        if alike.state == "bytes":
            self.checked.append(f"{name} comes out the same, {alike.extent}.")
        elif alike.state == "digits":
            self.close.append(f"{name} comes out the same, {alike.extent}.")
        elif alike.state == "rounded":
            self.unchecked.append(f"{name} shows figures that are rounded otherwise now: {alike.doubt}.")
        elif name.endswith(_PAGES) and not self.makers.same_pages:
            first = alike.differences[0].sentence()
            self.unchecked.append(f"{name} was made by other versions, and is not what these make of the run. {first}.")
        else:
            self.found[name] += alike.differences

    def check_audit(self, audit: Mapping[str, Any], contents: Mapping[str, bytes]) -> None:
        """Compare the audit trail with that of the run as it was recomputed; what was compared already is left out."""
        inputs, outputs = self.kept.strings("inputs"), self.kept.strings("outputs")
        made = {name: inputs.get(name, digest) for name, digest in audit["inputs"].items()}
        now = self.sealed({**audit, "inputs": made}, {name: outputs.get(name, "") for name in contents})
        odd = self.odd()
        if now == self.kept.written and not odd:
            self.checked.append(f"{_AUDIT} comes out the same, but for durations and places.")
            return
        found = [
            replace(item, kind="setting") if item.place.startswith("study.settings.") else item
            for item in records_differ(
                _AUDIT, plain_json(self.kept.written, _AUDIT).value, plain_json(now, _AUDIT).value
            )
            if not item.place.startswith(_TOLD)
        ]
        if now != self.kept.written and not (found or self.inputs or set(contents) - set(outputs)):
            found = bytes_differ(_AUDIT, self.kept.written, now)
        found = [*odd, *found]
        if self.makers.same("pilotzone"):
            self.audit += found
        elif found:
            told = f"{_AUDIT} was written by another version, and is not what this one writes."
            self.unchecked.append(f"{told} {found[0].sentence()}.")

    def check_files(self) -> None:
        """Compare artefacts with the hashes that the audit lists."""
        listed = self.kept.strings("outputs")
        whole = 0
        for name, found in self.found.items():
            digest = self.kept.digest(name)
            if digest == listed.get(name) and digest is not None:
                whole += 1
                continue
            place = self.kept.fault(name) or _place(listed.get(name), known=bool(found) or self.obstacle is not None)
            found.append(Difference(name, place, "file", listed.get(name, ABSENT), digest or ABSENT))
        for name in sorted(set(listed) - set(self.found)):
            place = f"lists {name!r}, which this version of pilotzone does not know."
            self.audit.append(Difference(_AUDIT, place, "file", name, ABSENT))
        if whole == len(self.found):
            self.checked.insert(0, f"{whole} files have the SHA-256 that {_AUDIT} lists.")

    def other_files(self) -> None:
        """Tell what else lies in the folder."""
        others, litter = self.kept.others()
        if others:
            self.unchecked.append(f"The folder also holds {listing(others)}, which the run did not write.")
        if litter:
            self.remarks.append(f"The folder also holds {listing(litter)}, left there by a file manager.")


def _place(listed: str | None, *, known: bool) -> str:
    if listed is None:
        return f"is not listed in {_AUDIT}."
    place = f"is not the file that the run wrote: its SHA-256 is not the one in {_AUDIT}"
    return f"{place}." if known else f"{place}; no difference in what it holds was found."


def _unreadable(error: BaseException) -> StudyError:
    why = error.what if isinstance(error, PilotZoneError) else "they are nested too deeply."
    return StudyError(f"The settings in {_AUDIT} are no study that this version can run: {why}")
