"""From a run's audit trail back to the study that it was made from, its files where they are now."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pilotzone.core import DataError, PilotZoneError, StudyError, UsageError, expanded, shown
from pilotzone.study.runs.audit import digests, inputs_of
from pilotzone.study.runs.grounds import Grounds, changed_input
from pilotzone.study.runs.kind import Kind, Study
from pilotzone.study.runs.reading import Known, Reader, checked, from_folder
from pilotzone.study.runs.studyfile import FileCheck

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pilotzone.study.runs.differences import Difference
    from pilotzone.study.runs.trail import RunFolder

__all__ = ["Restorer"]

_AUDIT = "audit.json"


class Restorer:
    """Makes a study of the settings in an audit trail, and looks at what it was made from.

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

    Attributes
    ----------
    settings
        Settings of the study, every one in force.
    differences
        Settings that are not those of the study file.
    unchecked
        Why they could not be compared.
    inputs
        Files that are not those of the run.
    """

    def __init__(self, kept: RunFolder, kinds: Known, kind: Kind[Any, Any], data: Path | None) -> None:
        self.kept, self.kinds, self.kind, self.data = kept, kinds, kind, data
        self.settings: dict[str, Any] = {}
        self.differences: list[Difference] = []
        self.unchecked: list[str] = []
        self.inputs: list[Difference] = []

    def spec(self) -> Any:  # noqa: ANN401 - of the kind
        """Return the settings in the audit trail as those of a study."""
        try:
            return checked(self.kind, self.kept.audit["study"]["settings"], self.kept.name, as_json=True)
        except (PilotZoneError, RecursionError) as error:
            why = error.what if isinstance(error, PilotZoneError) else "they are nested too deeply."
            raise StudyError(f"The settings in {_AUDIT} are not a study that this version can run: {why}") from error

    def study(self, spec: Any, *, engine: str, master: str | None) -> Study[Any]:  # noqa: ANN401 - of the kind
        """Return the study of settings, its data where they are now.

        Parameters
        ----------
        spec
            What `spec` returns.
        engine, master
            What reads the data now, of kinds whose data engines read.
        """
        digest = str(self.kept.audit["study"]["sha256"])
        study: Study[Any] = Study(self.kept.name, self.kind, spec, digest, self.kept.study_folder())
        self.settings = spec.model_dump(mode="json", by_alias=True)
        file = FileCheck(self.kept, study, self.data, self.kinds)
        self.differences += file.differences
        self.unchecked += file.unchecked
        self.grounds = Grounds(tuple(file.roots), self.kept.strings("inputs"))
        if self.kind.engines:
            study = replace(study, spec=self.kind.read_by(spec, engine, master))
        study = self._moved(study)
        # Its own first: where these may not be read, nothing that it names beside itself is looked at.
        with self._looking_for(study):
            for item in self.kind.inputs(study):
                if item.own:
                    self.grounds.admit(item.part, item.path, item.name)
        reader = Reader(self.kinds, self.grounds.admit, whereabouts=self._found_beside)
        named = reader.beside(study.spec, study.name, self.kind, study.folder)
        return replace(study, beside=self._all_moved(named))

    def check_inputs(self, study: Study[Any]) -> int:
        """Compare inputs with the hashes that the audit lists; return how many there are."""
        with self._looking_for(study):
            now = digests(inputs_of(study), admit=self.grounds.admit)
        then = self.kept.strings("inputs")
        for name in dict.fromkeys((*now, *then)):
            if then.get(name) != now.get(name):
                self.inputs.append(changed_input(name, then.get(name), now.get(name)))
        return len(now)

    def kept_beside(self, now: Mapping[str, Any]) -> dict[str, Any]:
        """Return what an audit trail says of studies beside, each with the settings that the run has of it.

        Parameters
        ----------
        now
            Studies by kind, as they are now.

        Notes
        -----
        The run's settings stay where they differ in nothing but where its files lie.
        """
        return self._kept(self.kept.audit.get("beside"), now)

    def _kept(self, then: object, now: Mapping[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, part in now.items():
            before = then.get(name) if isinstance(then, dict) else None
            before = before if isinstance(before, dict) else {}
            found[name] = {**part, "settings": self._kept_settings(name, before.get("settings"), part["settings"])}
            if "beside" in part:
                found[name]["beside"] = self._kept(before.get("beside"), part["beside"])
        return found

    def _kept_settings(self, name: str, kept: object, now: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the settings of a study beside as the run has them, if they differ in where its files lie alone."""
        from pydantic import ValidationError

        kind = self.kinds[name]
        try:
            specs = [kind.moved(kind.file.model_validate(each), lambda file: Path(file).name) for each in (kept, now)]
        except ValidationError:
            return now
        return kept if isinstance(kept, dict) and specs[0] == specs[1] else now

    def _found_beside(self, files: Sequence[str], folder: Path | None) -> list[Path]:
        """Return where files that a study names beside itself lie: in the folder that was named, if all are there."""
        if self.data is not None:
            here = [_in_folder(self.data, file) for file in files]
            if all(map(os.path.isfile, here)):
                return here
        return from_folder(files, folder)

    def _all_moved(self, studies: Mapping[str, Study[Any]]) -> dict[str, Study[Any]]:
        """Return studies that stand beside another, and those that they rest on, with their files where they are."""
        return {
            name: replace(self._moved(other), beside=self._all_moved(other.beside)) for name, other in studies.items()
        }

    def _moved(self, study: Study[Any]) -> Study[Any]:
        """Return a study with its files where they are now: in the named folder, or where the run found them."""

        def where(file: str) -> str:
            if self.data is not None:
                here = _in_folder(self.data, file)
                # What is named first is what the folder was named for; the others may still be where they were.
                if file == files[0] or os.path.lexists(here):
                    return str(here)
            _check_told(study, file)
            return file

        files = list(study.kind.files(study.spec))
        return replace(study, spec=study.kind.moved(study.spec, where)) if files else study

    @contextmanager
    def _looking_for(self, study: Study[Any]) -> Iterator[None]:
        """Say of files that are not there, or may not be read, where they were looked for and what to do."""
        try:
            yield
        except (DataError, UsageError) as error:
            self.inputs += self.grounds.changed
            own = [item.path for item in study.kind.inputs(study) if item.own]
            where = f" It was looked for as {str(own[0])!r}." if own else ""
            known = self.data is not None or "--data" in (error.todo or "") or not own
            ask = error.todo if known else "name the folder it lies in now with --data"
            raise DataError(f"{error.what}{where}", todo=ask) from error


def _in_folder(data: Path, file: str) -> Path:
    """Return where a file of the run lies in the folder that its reader named."""
    name = Path(file).name
    if name in {"", ".", ".."}:
        raise DataError(f"the data file {shown(file)} has no name.", allowed="the name of a file")
    return data.absolute() / name


def _check_told(study: Study[Any], file: str) -> None:
    if study.folder is None and not expanded(file, fault=DataError).is_absolute():
        raise DataError(
            f"the audit trail does not say where the data file {shown(file)} was.",
            todo="name the folder it lies in with --data",
        )
