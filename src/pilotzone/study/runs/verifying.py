"""Comparing a run's folder with what comes out when it is recomputed, whatever kind of study it was."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pilotzone.core import PilotZoneError, UsageError, check_choice, listing
from pilotzone.store import EngineName, check_master
from pilotzone.study.runs.alike import compared
from pilotzone.study.runs.differences import ABSENT, Difference, bytes_differ, records_differ
from pilotzone.study.runs.kind import PAPER_ENDINGS, Kind, Progress, Study
from pilotzone.study.runs.makers import Makers, made_otherwise, named_beside, named_kind
from pilotzone.study.runs.plainjson import plain_json
from pilotzone.study.runs.reading import Known
from pilotzone.study.runs.restoring import Restorer
from pilotzone.study.runs.running import execute, stages_of
from pilotzone.study.runs.trail import RunFolder, open_run
from pilotzone.study.runs.verification import Verification
from pilotzone.study.runs.writing import audit_bytes, contents_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pilotzone.core import TableFormat

__all__ = ["verify_run"]

_AUDIT = "audit.json"
_PAGES = (".html", ".tex", ".rtf")
_TOLD = ("inputs.", "outputs.")
"""Parts of the audit trail that are compared by themselves."""
_ROOM, _TIMES = 1_000_000, 4
"""A file of a run is read if it has up to so many times the bytes that come out, and so many more."""
_LONGEST = 1e8
"""Seconds of a stage; longer is not a duration."""


def verify_run(
    folder: str | Path,
    kinds: Known,
    *,
    data: str | Path | None = None,
    engine: str = "duckdb",
    master: str | None = None,
    progress: Progress | None = None,
) -> Verification:
    """Recompute a run and compare it with its folder; see `pilotzone.verify`."""
    check_choice(engine, EngineName, "engine")
    if master is not None:
        check_master(master)
    if master is not None and engine != "spark":
        raise UsageError("a master is where Spark runs.", todo="ask for the engine 'spark' as well, or leave it out")
    kept = open_run(folder)
    former = made_otherwise(kept, kinds)
    if former is not None:
        maker, again = former
        todo = f"recompute it with {again}, or run the study anew with this one"
        why = f"This run was made by {maker}. It is not compared: {todo}."
        return Verification(kept.shown, kept.name, (), obstacle=why)
    kind = named_kind(kept, kinds)
    if engine != "duckdb" and not kind.engines:
        raise UsageError(f"{kept.shown} holds {kind.word}, which no engine reads.", todo="leave the engine out")
    return Check(kept, kinds, kind, None if data is None else Path(data), engine, master).run(progress)


class Check:
    """Collects what is found on the way.

    Parameters
    ----------
    kept
        The run's folder.
    kinds
        All kinds of study.
    kind
        Kind of the run.
    data
        Folder that its files lie in now, if one was named.
    engine, master
        What reads the data now, of kinds whose data engines read.
    """

    def __init__(
        self, kept: RunFolder, kinds: Known, kind: Kind[Any, Any], data: Path | None, engine: str, master: str | None
    ) -> None:
        self.kept = kept
        self.kinds = kinds
        self.kind = kind
        self.engine, self.master = engine, master
        self.restorer = Restorer(kept, kinds, kind, data)
        self.audit: list[Difference] = []
        self.remarks: list[str] = []
        self.checked: list[str] = []
        self.unchecked: list[str] = []
        self.close: list[str] = []
        self.obstacle: str | None = None
        self.formats, papers = _papers(kept, kind)
        self.found: dict[str, list[Difference]] = {name: [] for name in (*kind.artefacts[:-1], *papers)}
        beside = [kinds[name] for name, _ in named_beside(kept.audit) if name in kinds]
        self.makers = Makers(kept.strings("versions"), [kind, *beside])

    def run(self, progress: Progress | None) -> Verification:
        """Recompute everything, and return what was found."""
        self.audit += self.makers.faults(_AUDIT)
        try:
            study = self.study()
            count = self.restorer.check_inputs(study)
            if not self.restorer.inputs:
                self.checked.append(f"{count} input{'s are' if count != 1 else ' is'} as when the run was made.")
            audit, contents = self.again(study, progress)
            for name in contents:
                self.found.setdefault(name, [])  # one that was taken out of the list
            for name in self.found:
                self.compare(name, contents.get(name))
            self.check_audit(study, audit, contents)
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
            (*label, *self.audit, *self.restorer.inputs, *rest),
            (*self.makers.remarks(), *self.remarks),
            tuple(self.checked),
            self.obstacle,
            tuple(self.unchecked),
            tuple(self.close),
        )

    def study(self) -> Study[Any]:
        """Return the study that the run was made from."""
        spec = self.restorer.spec()
        if self.kind.engines:
            self.makers.read_by(self.kind.engine_of(spec), self.engine)
        try:
            return self.restorer.study(spec, engine=self.engine, master=self.master)
        finally:
            self.audit += self.restorer.differences
            self.unchecked += self.restorer.unchecked

    def again(self, study: Study[Any], progress: Progress | None) -> tuple[dict[str, Any], dict[str, bytes]]:
        """Run it; return what it was made from, and every file of the run but its audit trail, by name."""
        done = execute(study, progress=progress)
        if progress is not None:
            progress("report", None)
        audit = self.told(done.audit)
        return audit, contents_of(replace(done, audit=audit), tables=self.formats)

    def sealed(self, audit: Mapping[str, Any], outputs: Mapping[str, str]) -> bytes:
        """Return what ``audit.json`` holds, with what cannot be recomputed as the run has it."""
        way, seconds = self.kept.audit["study"].get("folder"), self.kept.audit.get("seconds")
        return audit_bytes(audit, outputs, way, tables=self.formats, seconds=seconds)

    def odd(self, study: Study[Any]) -> list[Difference]:
        """Return what in ``audit.json`` cannot be recomputed and is not of the form that a run writes."""
        found = []
        given = self.kept.audit["study"].get("folder")
        if given is not None and self.kept.study_folder() is None:
            found.append(
                Difference(_AUDIT, "study.folder", "word", str(given), "the way from the run to the study file")
            )
        seconds, stages = self.kept.audit.get("seconds"), [*stages_of(study), "report"]
        if not (isinstance(seconds, dict) and list(seconds) == stages and all(map(_is_duration, seconds.values()))):
            form = f"seconds by stage: {', '.join(stages)}"
            found.append(Difference(_AUDIT, "seconds", "word", str(seconds), form))
        return found

    def told(self, audit: Mapping[str, Any]) -> dict[str, Any]:
        """Return what a run was made from as this one says it: wherever its data lie now, whatever makes it now."""
        study = {**audit["study"], "sha256": self.kept.audit["study"]["sha256"], "settings": self.restorer.settings}
        told = {**audit, "study": study, "versions": self.kept.strings("versions")}
        if "beside" in audit:
            # Their files may lie elsewhere now, and their settings name where.
            told["beside"] = self.restorer.kept_beside(audit["beside"])
        return told

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

    def check_audit(self, study: Study[Any], audit: Mapping[str, Any], contents: Mapping[str, bytes]) -> None:
        """Compare the audit trail with that of the run as it was recomputed; what was compared already is left out."""
        inputs, outputs = self.kept.strings("inputs"), self.kept.strings("outputs")
        made = {name: inputs.get(name, digest) for name, digest in audit["inputs"].items()}
        now = self.sealed({**audit, "inputs": made}, {name: outputs.get(name, "") for name in contents})
        odd = self.odd(study)
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
        if now != self.kept.written and not (found or self.restorer.inputs or set(contents) - set(outputs)):
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


def _papers(kept: RunFolder, kind: Kind[Any, Any]) -> tuple[list[TableFormat], list[str]]:
    """Return the formats of the tables for papers that the run was asked for or lists, and the names that it lists."""
    listed, asked = kept.strings("outputs"), kept.audit.get("tables")
    names = {
        form: [name for name in kind.papers if name.endswith(ending) and name in listed]
        for form, ending in PAPER_ENDINGS.items()
    }
    formats = [form for form, found in names.items() if found or (isinstance(asked, list) and form in asked)]
    return formats, [name for found in names.values() for name in found]


def _is_duration(seconds: object) -> bool:
    return isinstance(seconds, float) and math.isfinite(seconds) and 0 <= seconds < _LONGEST
