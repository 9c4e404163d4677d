"""Verifying a run: from its audit trail everything is computed anew and compared with what its folder holds."""

from __future__ import annotations

import math
import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from pilotzone.core import DataError, TableFormat, UsageError, check_choice, expanded, shown
from pilotzone.evaluate.many import Neighbours
from pilotzone.report import paper_names
from pilotzone.store import EngineName, check_master, local_path
from pilotzone.study.artefacts import ARTEFACTS, run_audit, run_contents
from pilotzone.study.audit import input_digests
from pilotzone.study.differences import Difference
from pilotzone.study.evaluations import EVALUATION_FILES, evaluation_audit, evaluation_contents, panel_digests
from pilotzone.study.material import data_file
from pilotzone.study.panel_spec import EngineSpec, PanelStudySpec
from pilotzone.study.panels import panel_file, run_panel_study
from pilotzone.study.reading import PanelStudy, Study
from pilotzone.study.recheck import Check
from pilotzone.study.running import STAGES, run_study
from pilotzone.study.spec import StudySpec
from pilotzone.study.trail import RunFolder, open_run

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pilotzone.study.grounds import Grounds
    from pilotzone.study.verification import Verification

__all__ = ["verify"]

_AUDIT = "audit.json"
_AGAIN = {"siting": "ranking of places", "plan": "placement"}
_LONGEST = 1e9
"""Seconds, about thirty years."""


def verify(
    folder: str | Path,
    *,
    data: str | Path | None = None,
    engine: EngineName = "duckdb",
    master: str | None = None,
    progress: Callable[[str], None] | None = None,
) -> Verification:
    """Recompute a run from its audit trail and say what differs.

    Nothing is written into the run's folder. A run is data: which engine reads a panel, and with which settings, is for
    whoever verifies to say, and files elsewhere are read only if they are what the run was made from.

    Parameters
    ----------
    folder
        What `write_run` or ``pilotzone run`` wrote.
    data
        Folder that the study's data file lies in now, if it is not where the run found it. What is in it is read, even
        if it has changed since the run.
    engine
        What reads a panel, whatever read it for the run: ``duckdb`` or ``spark``.
    master
        Where Spark runs, as in `evaluate`.
    progress
        Called with the name of each stage as it begins.

    Returns
    -------
    Verification
        ``state`` is ``same`` if every file of the run comes out the same, by its bytes, and the study file is the one
        that was run. Where other versions, another kind of processor or another engine made the run, numbers are
        compared to 1e-9 of their size plus 1e-12, and everything else exactly. ``not all`` says that what was compared
        is the same, and that something could not be: see ``unchecked``.

    Raises
    ------
    UsageError
        If there is no run, or the engine is not known.
    DataError
        If its audit trail cannot be read.
    """
    check_choice(engine, EngineName, "engine")
    if master is not None:
        check_master(master)
    if master is not None and engine != "spark":
        raise UsageError("a master is where Spark runs.", todo="ask for the engine 'spark' as well, or leave it out")
    kept = open_run(folder)
    kind = kept.audit.get("kind")
    if isinstance(kind, str) and kind in _AGAIN:
        raise UsageError(
            f"{kept.shown} holds a {_AGAIN[kind]}, which verify does not recompute.",
            allowed="runs of studies, and evaluations",
            todo="make it again with --out, and compare the hashes in audit.json",
        )
    where = None if data is None else Path(data)
    if "kind" not in kept.audit:
        if engine != "duckdb":
            raise UsageError(
                f"{kept.shown} holds a study of a zone, which no engine reads.", todo="leave the engine out"
            )
        return _ZoneCheck(kept, where).run(progress)
    if kind != "evaluation":
        raise DataError(
            f"{_AUDIT} of {kept.shown!r} is of the kind {shown(kind)}, which is not known.",
            allowed="the file as 'pilotzone run' wrote it",
        )
    return _PanelCheck(kept, where, EngineSpec(name=engine, master=master)).run(progress)


class _ZoneCheck(Check[Study]):
    """Of a study of a zone."""

    artefacts = ARTEFACTS

    def __init__(self, kept: RunFolder, data: Path | None) -> None:
        super().__init__(kept, data)
        self.formats, papers = _papers(kept)
        self.found |= {name: [] for name in papers}

    def settled(self) -> Study:
        spec = self.spec(StudySpec)
        return Study(self.kept.name, spec, str(self.kept.audit["study"]["sha256"]), self.kept.study_folder())

    def moved(self, study: Study, data: Path | None) -> Study:
        own = study.spec.data
        study = _with_ranking_in(study, data)
        if own.file is None:
            return study
        if data is not None:
            changed = own.model_copy(update={"file": str(_in_folder(data, own.file))})
            return replace(study, spec=study.spec.model_copy(update={"data": changed}))
        _check_told(study, own.file)
        return study

    def digests(self, study: Study, grounds: Grounds) -> dict[str, str]:
        return input_digests(study, admit=grounds.admit)

    def data_of(self, study: Study) -> Path | None:
        return data_file(study)

    def again(self, study: Study, progress: Callable[[str], None] | None) -> tuple[dict[str, Any], dict[str, bytes]]:
        done = run_study(study, progress=progress)
        if progress is not None:
            progress("report")
        audit = self.told(done.findings.audit)
        done = replace(done, findings=replace(done.findings, audit=audit))
        return audit, run_contents(done, tables=self.formats)

    def sealed(self, audit: Mapping[str, Any], outputs: Mapping[str, str]) -> bytes:
        way, seconds = self.kept.audit["study"].get("folder"), self.kept.audit.get("seconds")
        return run_audit(audit, outputs, way, tables=self.formats, seconds=seconds)

    def odd(self) -> list[Difference]:
        found = _odd_folder(self.kept)
        seconds = self.kept.audit.get("seconds")
        stages = [*STAGES, "report"]
        if not (isinstance(seconds, dict) and list(seconds) == stages and all(map(_is_duration, seconds.values()))):
            form = f"seconds by stage: {', '.join(stages)}"
            found.append(Difference(_AUDIT, "seconds", "word", str(seconds), form))
        return found


class _PanelCheck(Check[PanelStudy]):
    """Of a study of many units, or of an evaluation without a file."""

    artefacts = EVALUATION_FILES

    def __init__(self, kept: RunFolder, data: Path | None, engine: EngineSpec) -> None:
        super().__init__(kept, data)
        self.engine = engine

    def settled(self) -> PanelStudy:
        spec = self.spec(PanelStudySpec)
        self.makers.read_by(spec.engine.name, self.engine.name)
        return PanelStudy(self.kept.name, spec, str(self.kept.audit["study"]["sha256"]), self.kept.study_folder())

    def moved(self, study: PanelStudy, data: Path | None) -> PanelStudy:
        own = study.spec.panel
        study = replace(study, spec=study.spec.model_copy(update={"engine": self.engine}))
        if data is not None:
            changed = own.model_copy(update={"file": str(_in_folder(data, own.file))})
            return replace(study, spec=study.spec.model_copy(update={"panel": changed}))
        if self.engine.name == "duckdb":
            _check_told(study, own.file)
        return study

    def digests(self, study: PanelStudy, grounds: Grounds) -> dict[str, str]:
        file = panel_file(study)
        here = local_path(file)
        if here is None and self.engine.name == "duckdb":
            raise DataError(f"the panel {study.spec.panel.file!r} is not there.")
        if here is not None:
            grounds.admit("data", here)
        spillovers = study.spec.space.spillovers(study.folder)
        neighbours = spillovers.table if isinstance(spillovers, Neighbours) else None
        if isinstance(neighbours, str | Path):
            grounds.admit("neighbours", neighbours)
        return panel_digests(file, neighbours)

    def data_of(self, study: PanelStudy) -> str | Path:
        return panel_file(study)

    def again(
        self, study: PanelStudy, progress: Callable[[str], None] | None
    ) -> tuple[dict[str, Any], dict[str, bytes]]:
        if progress is not None:
            progress("effects")
        done = run_panel_study(study)
        audit = self.told(done.findings.audit)
        return audit, evaluation_contents(replace(done.findings, audit=audit))

    def sealed(self, audit: Mapping[str, Any], outputs: Mapping[str, str]) -> bytes:
        return evaluation_audit(audit, outputs, self.kept.audit["study"].get("folder"))

    def odd(self) -> list[Difference]:
        return _odd_folder(self.kept)


def _papers(kept: RunFolder) -> tuple[list[TableFormat], list[str]]:
    """Return the formats of the tables for papers that the run was asked for or lists, and the names that it lists."""
    listed, asked = kept.strings("outputs"), kept.audit.get("tables")
    names = {form: [name for name in paper_names(form) if name in listed] for form in get_args(TableFormat)}
    formats = [form for form, found in names.items() if found or (isinstance(asked, list) and form in asked)]
    return formats, [name for found in names.values() for name in found]


def _odd_folder(kept: RunFolder) -> list[Difference]:
    given = kept.audit["study"].get("folder")
    if given is None or kept.study_folder() is not None:
        return []
    return [Difference(_AUDIT, "study.folder", "word", str(given), "the way from the run to the study file")]


def _is_duration(seconds: object) -> bool:
    return isinstance(seconds, float) and math.isfinite(seconds) and 0 <= seconds < _LONGEST


def _with_ranking_in(study: Study, data: Path | None) -> Study:
    """Return the study with the file of its ranking in the folder that its reader named, if there is one there."""
    section = study.spec.siting
    if section is None or data is None or not section.ranking.endswith(".toml"):
        return study
    file = _in_folder(data, section.ranking)
    if not os.path.isfile(file):  # noqa: PTH113 - Path's raises on odd names
        return study
    changed = section.model_copy(update={"ranking": file.name})
    return replace(study, spec=study.spec.model_copy(update={"siting": changed}), folder=file.parent)


def _in_folder(data: Path, file: str) -> Path:
    """Return where a file of the run lies in the folder that its reader named."""
    name = Path(file).name
    if name in {"", ".", ".."}:
        raise DataError(f"the data file {shown(file)} has no name.", allowed="the name of a file")
    return data.absolute() / name


def _check_told(study: Study | PanelStudy, file: str) -> None:
    if study.folder is None and not expanded(file, fault=DataError).is_absolute():
        raise DataError(
            f"the audit trail does not say where the data file {shown(file)} was.",
            todo="name the folder it lies in with --data",
        )
