"""Verifying a run: from its audit trail everything is computed anew and compared with what its folder holds."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pilotzone.core import DataError, UsageError, expanded
from pilotzone.evaluate.many import Neighbours
from pilotzone.report import paper_files
from pilotzone.study.artefacts import ARTEFACTS, write_run
from pilotzone.study.audit import input_digests
from pilotzone.study.evaluations import EVALUATION_FILES, panel_digests, write_evaluation
from pilotzone.study.material import data_file
from pilotzone.study.panel_spec import PanelStudySpec
from pilotzone.study.panels import panel_file, run_panel_study
from pilotzone.study.reading import PanelStudy, Study
from pilotzone.study.recheck import Check
from pilotzone.study.running import run_study
from pilotzone.study.spec import StudySpec
from pilotzone.study.trail import open_run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pilotzone.study.verification import Verification

__all__ = ["verify"]

_AGAIN = {"siting": "ranking of places", "plan": "placement"}


def verify(
    folder: str | Path, *, data: str | Path | None = None, progress: Callable[[str], None] | None = None
) -> Verification:
    """Recompute a run from its audit trail and say what differs.

    Nothing is written into the run's folder.

    Parameters
    ----------
    folder
        What `write_run` or ``pilotzone run`` wrote.
    data
        Folder that the study's data file lies in now, if it is not where the run found it.
    progress
        Called with the name of each stage as it begins.

    Returns
    -------
    Verification
        ``differences`` is empty and ``obstacle`` is ``None`` if everything is the same: artefacts and inputs have the
        hashes that the audit lists; verdict, effects and evidence come out the same (numbers to 1e-9 of their size
        plus 1e-12, words exactly); so does the report, by its bytes, where all versions are the same.

    Raises
    ------
    UsageError
        If there is no run.
    DataError
        If its audit trail cannot be read.
    """
    kept = open_run(folder)
    if (kind := kept.audit.get("kind")) in _AGAIN:
        raise UsageError(
            f"{kept.shown} holds a {_AGAIN[str(kind)]}, which verify does not recompute.",
            allowed="runs of studies, and evaluations",
            todo="make it again with --out, and compare the hashes in audit.json",
        )
    check: type[Check[Any]] = _PanelCheck if kept.audit.get("kind") == "evaluation" else _ZoneCheck
    return check(kept, None if data is None else Path(data)).run(progress)


class _ZoneCheck(Check[Study]):
    """Of a study of a zone."""

    artefacts = ARTEFACTS

    def settled(self) -> Study:
        spec = self.spec(StudySpec)
        return Study(self.kept.name, spec, str(self.kept.audit["study"]["sha256"]), self.kept.study_folder())

    def moved(self, study: Study, data: Path | None) -> Study:
        own = study.spec.data
        if own.file is None:
            return replace(study, folder=None)
        if data is not None:
            changed = own.model_copy(update={"file": str(data.absolute() / Path(own.file).name)})
            return replace(study, spec=study.spec.model_copy(update={"data": changed}))
        _check_told(study, own.file)
        return study

    def digests(self, study: Study) -> dict[str, str]:
        return input_digests(study)

    def data_of(self, study: Study) -> Path | None:
        return data_file(study)

    def again(self, study: Study, folder: Path, progress: Callable[[str], None] | None) -> tuple[Path, Iterable[str]]:
        done = run_study(study, progress=progress)
        if progress is not None:
            progress("report")
        told = {**done.findings.audit["study"], **self.told}
        done = replace(done, findings=replace(done.findings, audit={**done.findings.audit, "study": told}))
        return write_run(done, folder, tables=self.formats), paper_files(done.findings, self.formats)


class _PanelCheck(Check[PanelStudy]):
    """Of a study of many units, or of an evaluation without a file."""

    artefacts = EVALUATION_FILES

    def settled(self) -> PanelStudy:
        spec = self.spec(PanelStudySpec)
        return PanelStudy(self.kept.name, spec, str(self.kept.audit["study"]["sha256"]), self.kept.study_folder())

    def moved(self, study: PanelStudy, data: Path | None) -> PanelStudy:
        own = study.spec.panel
        if data is not None:
            changed = own.model_copy(update={"file": str(data.absolute() / Path(own.file).name)})
            return replace(study, spec=study.spec.model_copy(update={"panel": changed}))
        if study.spec.engine.name == "duckdb":
            _check_told(study, own.file)
        return study

    def digests(self, study: PanelStudy) -> dict[str, str]:
        file = panel_file(study)
        if study.spec.engine.name == "duckdb" and not Path(file).exists():
            raise DataError(f"the panel {study.spec.panel.file!r} is not there.")
        spillovers = study.spec.space.spillovers(study.folder)
        return panel_digests(file, spillovers.table if isinstance(spillovers, Neighbours) else None)

    def data_of(self, study: PanelStudy) -> str | Path:
        return panel_file(study)

    def again(
        self, study: PanelStudy, folder: Path, progress: Callable[[str], None] | None
    ) -> tuple[Path, Iterable[str]]:
        if progress is not None:
            progress("effects")
        done = run_panel_study(study)
        told = {**done.findings.audit["study"], **self.told}
        findings = replace(done.findings, audit={**done.findings.audit, "study": told})
        return write_evaluation(findings, folder), ()


def _check_told(study: Study | PanelStudy, file: str) -> None:
    if study.folder is None and not expanded(file, fault=DataError).is_absolute():
        raise DataError(
            f"the audit trail does not say where the data file {file!r} was.",
            todo="name the folder it lies in with --data",
        )
