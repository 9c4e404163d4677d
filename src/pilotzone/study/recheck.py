"""Comparing a run's folder with what comes out when it is recomputed, whatever kind of study it was."""

from __future__ import annotations

import tempfile
from abc import ABC, abstractmethod
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar, get_args

from pydantic import BaseModel, ValidationError

from pilotzone.core import DataError, PilotZoneError, StudyError, TableFormat, listing
from pilotzone.report import paper_names
from pilotzone.store import read_parquet
from pilotzone.study.audit import versions
from pilotzone.study.differences import (
    ABSENT,
    Difference,
    bytes_differ,
    flat,
    joined,
    records_differ,
    tables_differ,
    unequal,
)
from pilotzone.study.faults import explain
from pilotzone.study.reading import PanelStudy, Study, bundled_studies, read_study
from pilotzone.study.verification import Verification

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pilotzone.study.trail import RunFolder

__all__ = ["Check"]

AnyStudy = TypeVar("AnyStudy", bound=Study | PanelStudy)
AnySpec = TypeVar("AnySpec", bound=BaseModel)

_AUDIT = "audit.json"
_TEXTS = (".html", ".tex", ".rtf")


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
    def digests(self, study: AnyStudy) -> dict[str, str]:
        """Return the hashes of its inputs, as they are now."""

    @abstractmethod
    def data_of(self, study: AnyStudy) -> str | Path | None:
        """Return where its data are looked for."""

    @abstractmethod
    def again(
        self, study: AnyStudy, folder: Path, progress: Callable[[str], None] | None
    ) -> tuple[Path, Iterable[str]]:
        """Run it into a folder; return that and names of further files that come out."""

    def __init__(self, kept: RunFolder, data: Path | None) -> None:
        self.kept = kept
        self.data = data
        self.inputs: list[Difference] = []
        self.settings: list[Difference] = []
        self.formats, papers = _papers(kept)
        self.found: dict[str, list[Difference]] = {name: [] for name in (*self.artefacts, *papers) if name != _AUDIT}
        self.remarks: list[str] = []
        self.checked: list[str] = []
        self.obstacle: str | None = None

    def run(self, progress: Callable[[str], None] | None) -> Verification:
        """Recompute everything, and return what was found."""
        changed = self.versions()
        try:
            study = self.study()
            self.check_inputs(study)
            with tempfile.TemporaryDirectory(prefix="pilotzone-") as temporary:
                now, others = self.again(study, Path(temporary, "run"), progress)
                for name in others:
                    self.found.setdefault(name, [])  # one that was taken out of the list
                for name in self.found:
                    self.found[name] += self.compare(name, now, same_versions=not changed)
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
            (*label, *self.settings, *self.inputs, *rest),
            tuple(self.remarks),
            tuple(self.checked),
            self.obstacle,
        )

    # ------------------------------------------------------------------------------------------------ before

    def versions(self) -> list[str]:
        """Return what has another version than the run was made with."""
        then, now = self.kept.strings("versions"), versions()
        changed = [name for name in dict.fromkeys((*now, *then)) if then.get(name) != now.get(name)]
        if changed:
            told = [f"{name} {then.get(name, 'none')} then, {now.get(name, 'none')} now" for name in changed]
            self.remarks.append(f"Other versions: {listing(told)}. Numbers may differ in their last digits.")
            self.remarks.append("report.html was not compared byte by byte: it shows the versions that made it.")
            if self.formats:
                self.remarks.append("Tables for papers were not compared byte by byte: their last digits may differ.")
        return changed

    def study(self) -> AnyStudy:
        """Return the study as its settings stand in the audit trail, its data where they are now."""
        study = self.settled()
        if study.sha256:  # else it was never a file
            self.check_settings(study)
        return self.moved(study, self.data)

    def spec(self, model: type[AnySpec]) -> AnySpec:
        """Return the settings in the audit trail as those of a study."""
        try:
            return model.model_validate(self.kept.settings)
        except ValidationError as error:
            raise _unreadable(explain(error, self.kept.name, model)) from error
        except (PilotZoneError, RecursionError) as error:
            raise _unreadable(error) from error

    @property
    def told(self) -> dict[str, Any]:
        """Settings and hash that the run was told, wherever its data lie now: the report shows both."""
        return {key: self.kept.audit["study"][key] for key in ("sha256", "settings")}

    def check_settings(self, study: Study | PanelStudy) -> None:
        """Compare the settings with the study file, where there still is the one whose hash the audit lists."""
        file = _study_file(study)
        if file is None:
            return
        try:
            written = read_study(file)
        except PilotZoneError:
            written = None
        if written is None or written.sha256 != study.sha256:
            self.remarks.append(
                f"The study file of {study.name} is not the one that was run any more; what was recomputed are the "
                f"settings in {_AUDIT}."
            )
            return
        then, now = (flat(item.spec.model_dump(mode="json")) for item in (study, written))
        if isinstance(written, Study) and written.spec.sensitivity is None:  # asked for on the command line
            then, now = ({path: v for path, v in one.items() if path[0] != "sensitivity"} for one in (then, now))
        for path in dict.fromkeys((*now, *then)):
            left, right = then.get(path, ABSENT), now.get(path, ABSENT)
            if unequal(left, right):
                self.settings.append(Difference(_AUDIT, joined(("settings", *path)), "setting", left, right))

    def check_inputs(self, study: AnyStudy) -> None:
        """Compare inputs with the hashes that the audit lists."""
        try:
            now = self.digests(study)
        except DataError as error:
            file = self.data_of(study)
            where = f" It was looked for as {str(file)!r}." if file is not None else ""
            raise DataError(
                f"{error.what}{where}", todo=None if self.data else "name the folder it lies in now with --data"
            ) from error
        then = self.kept.strings("inputs")
        for name in dict.fromkeys((*now, *then)):
            if name not in now:
                place = "the run was made from it, and it is there no more"
            elif name not in then:
                place = "is there now, and the run was not made from it"
            else:
                place = "has changed since the run (its SHA-256 is another)"
            if then.get(name) != now.get(name):
                self.inputs.append(Difference(name, place, "input", then.get(name, ABSENT), now.get(name, ABSENT)))
        if not self.inputs:
            self.checked.append(f"{len(now)} input{'s are' if len(now) != 1 else ' is'} as when the run was made.")

    # --------------------------------------------------------------------------------------------- artefacts

    def compare(self, name: str, now: Path, *, same_versions: bool) -> list[Difference]:
        """Compare what an artefact holds with what was recomputed."""
        if self.kept.digest(name) is None:
            return []  # said with the hashes
        if name.endswith(_TEXTS):
            if not same_versions:
                return []
            if not (now / name).is_file():
                return [Difference(name, "no such table comes out when the run is recomputed.", "file", None, None)]
            found = bytes_differ(name, (self.kept.path / name).read_bytes(), (now / name).read_bytes())
            extent = "by its bytes"
        else:
            try:
                found, extent = self.contents(name, now)
            except DataError as error:
                return [Difference(name, error.what, "file", None, None)]
        if not found:
            self.checked.append(f"{name} comes out the same, {extent}.")
        return found

    def contents(self, name: str, now: Path) -> tuple[list[Difference], str]:
        """Return what differs in a record or a table, and how much of it was compared."""
        if name.endswith(".json"):
            again = replace(self.kept, path=now).record(name)
            return records_differ(name, self.kept.record(name), again), f"all {len(flat(again)):,} entries"
        table = read_parquet(now / name)
        return tables_differ(name, read_parquet(self.kept.path / name), table), f"all {len(table):,} rows"

    def check_files(self) -> None:
        """Compare artefacts with the hashes that the audit lists."""
        listed = self.kept.strings("outputs")
        whole = 0
        for name, found in self.found.items():
            digest = self.kept.digest(name)
            if digest == listed.get(name) and digest is not None:
                whole += 1
                continue
            place = _place(digest, listed.get(name), elsewhere=bool(found), compared=self.obstacle is None)
            found.append(Difference(name, place, "file", listed.get(name, ABSENT), digest or ABSENT))
        for name in sorted(set(listed) - set(self.found)):
            self.remarks.append(f"{_AUDIT} lists {name!r}, which this version of pilotzone does not know.")
        if whole == len(self.found):
            self.checked.insert(0, f"{whole} files have the SHA-256 that {_AUDIT} lists.")

    def other_files(self) -> None:
        """Tell what else lies in the folder."""
        others = self.kept.others()
        if others:
            self.remarks.append(f"The folder also holds {listing(others)}, which the run did not write.")


def _place(digest: str | None, listed: str | None, *, elsewhere: bool, compared: bool) -> str:
    if digest is None:
        return "is not there."
    if listed is None:
        return f"is not listed in {_AUDIT}."
    place = f"is not the file that the run wrote: its SHA-256 is not the one in {_AUDIT}"
    return f"{place}." if elsewhere or not compared else f"{place}; no difference in what it holds was found."


def _papers(kept: RunFolder) -> tuple[list[TableFormat], list[str]]:
    """Return the formats of the tables for papers that the audit lists, and their names."""
    listed = kept.strings("outputs")
    names = {form: [name for name in paper_names(form) if name in listed] for form in get_args(TableFormat)}
    return [form for form, found in names.items() if found], [name for found in names.values() for name in found]


def _study_file(study: Study | PanelStudy) -> str | Path | None:
    """Return what to load the study by, if it is still where it was."""
    if study.folder is None:
        return study.name if study.name in bundled_studies() else None
    if not study.name or study.name != Path(study.name).name:
        return None
    file = study.folder / f"{study.name}.toml"
    try:
        return file if file.is_file() else None
    except (OSError, ValueError):
        return None


def _unreadable(error: BaseException) -> StudyError:
    why = error.what if isinstance(error, PilotZoneError) else "they are nested too deeply."
    return StudyError(f"The settings in {_AUDIT} are no study that this version can run: {why}")
