"""The front door: every kind of study is loaded, run, verified and compared by the same functions."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pilotzone.core import TableFormat, UsageError, check_choice, choice_hint, shown
from pilotzone.study.kinds import KINDS
from pilotzone.study.runs.audit import digests, inputs_of
from pilotzone.study.runs.comparing import RunComparison, compare_folders
from pilotzone.study.runs.kind import PAPER_ENDINGS, Study
from pilotzone.study.runs.publish import check_target, name_ours
from pilotzone.study.runs.reading import Reader
from pilotzone.study.runs.running import Run, execute
from pilotzone.study.runs.standing import standing
from pilotzone.study.runs.template import write_template_of
from pilotzone.study.runs.verification import Verification
from pilotzone.study.runs.verifying import verify_run

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pilotzone.study.runs.kind import Progress

__all__ = [
    "bundled_studies",
    "check_kind",
    "check_tables",
    "check_target",
    "compare_runs",
    "input_digests",
    "load",
    "parse",
    "run",
    "run_study",
    "verify",
    "with_sensitivity",
    "write_template",
]


def load(which: str | os.PathLike[str], *, kind: str | None = None) -> Study[Any]:
    """Read a study of any kind, by name or path.

    Parameters
    ----------
    which
        The name of a bundled study (see ``pilotzone studies``), with its kind before it where several have one
        (``"siting/guizhou"``); or the path of a study file.
    kind
        Required kind: ``zone``, ``panel``, ``siting``, ``plan``, ``campus``, ``appraisal``, ``transfer`` or
        ``inclusion``. Default: any.

    Returns
    -------
    Study
        ``name``, ``kind``, ``spec`` (the checked content of the file) and the files that it refers to.

    Raises
    ------
    UsageError
        If there is no such study or file.
    StudyError
        If the file is not a valid study file. The message names the key, what is wrong and what is allowed.

    Examples
    --------
    >>> import pilotzone as pz
    >>> pz.load("guizhou").spec.zone.start
    2016
    """
    if kind is not None:
        check_kind(kind)
    return Reader(KINDS).load(which, kind)


def check_kind(name: str) -> str:
    """Return the name of a kind of study.

    Raises
    ------
    UsageError
        If there is no such kind.
    """
    if name not in KINDS:
        raise UsageError(
            f"{shown(name)} is not a kind of study.{choice_hint(name, list(KINDS))}", allowed=", ".join(KINDS)
        )
    return name


def parse(text: str | bytes, name: str, *, folder: Path | None = None, kind: str | None = None) -> Study[Any]:
    """Read a study of any kind from text.

    Parameters
    ----------
    text
        TOML.
    name
        Name of the run.
    folder
        Folder that relative paths start from.
    kind
        As in `load`.

    Raises
    ------
    StudyError
        If the text is not TOML or not a study.
    """
    return Reader(KINDS).parse(text, name, folder=folder, kind=kind)


def with_sensitivity(study: Study[Any]) -> Study[Any]:
    """Return the study with its main design varied as by default, unless its file says how.

    Raises
    ------
    UsageError
        If studies of its kind have no such variations.
    """
    return replace(study, spec=study.kind.varied(study.spec))


def check_tables(study: Study[Any], tables: Sequence[str]) -> list[TableFormat]:
    """Return formats of tables for papers, each once.

    Raises
    ------
    UsageError
        If one is unknown, or studies of this kind have none.
    """
    for item in tables:
        check_choice(item, TableFormat, "the format of tables")
    if tables and not study.kind.papers:
        raise study.kind.without("a table for papers")
    return [form for form in PAPER_ENDINGS if form in tables]


def run(
    which: str | os.PathLike[str] | Study[Any],
    *,
    out: str | os.PathLike[str] | None = None,
    sensitivity: bool = False,
    tables: Sequence[TableFormat] = (),
    progress: Progress | None = None,
) -> Run[Any]:
    """Run a study of any kind.

    Parameters
    ----------
    which
        A name or path as in `load`, or the study that `load` returned.
    out
        Folder for record, tables, report and audit trail. Default: nothing is written.
    sensitivity
        Whether a zone's claim is also judged under many specifications.
    tables
        Formats of additional tables for papers, ``latex`` or ``word``; for a zone only.
    progress
        Function called with the name of each stage as it begins, and with the share completed if it is known.

    Returns
    -------
    Run
        ``findings``; for a zone or a panel also ``verdict`` and ``effects``. A notebook displays it.

    Raises
    ------
    PilotZoneError
        If the study cannot be read or run, or its folder cannot be written.

    Examples
    --------
    >>> import pilotzone as pz
    >>> pz.run("guizhou").verdict.label
    'too noisy for this margin'
    """
    study = which if isinstance(which, Study) else load(which)
    forms = check_tables(study, tables)
    if out is not None:
        check_target(Path(out))
    # What only a report shows of bundled studies beside is computed when somebody asks for it.
    shown = out is not None or progress is not None
    done = execute(with_sensitivity(study) if sensitivity else study, progress=progress, beside=shown)
    if out is not None:
        done.write(Path(out), tables=forms)
    return done


def run_study(
    study: Study[Any], *, progress: Progress | None = None, found: Callable[[Run[Any]], None] | None = None
) -> Run[Any]:
    """Run a study that was read; `found` is called with its own findings before what stands beside it is run."""
    return execute(study, progress=progress, found=found)


def input_digests(study: Study[Any]) -> dict[str, str] | None:
    """Return the SHA-256 of all that a run of a study reads, by name.

    ``None`` where not all of it has one: what a database or a cluster holds is not hashed.

    Raises
    ------
    DataError
        If a file is not there or may not be read.
    """
    for each in (study, *(item.study for item in standing(study))):
        addresses = "postgres" in str(each.spec.model_dump(mode="json")).lower()
        if addresses or each.kind.engine_of(each.spec) == "spark":
            return None
    return digests(inputs_of(study))


def verify(
    folder: str | Path,
    *,
    data: str | Path | None = None,
    engine: str = "duckdb",
    master: str | None = None,
    progress: Progress | None = None,
) -> Verification:
    """Recompute a run of any kind from its audit trail and compare the result with its folder. Nothing is written.

    Parameters
    ----------
    folder
        Folder of the run.
    data
        Folder that holds the study's files now, if they have moved since the run. The files are read as they are, even
        if they have changed.
    engine
        Engine that reads a panel: ``duckdb`` or ``spark``. The run itself may have used the other one.
    master
        Address of the Spark master, as in `evaluate`.
    progress
        As in `run`.

    Returns
    -------
    Verification
        ``state`` is ``same`` if every file of the run is reproduced byte by byte and the study file is unchanged. If
        the run was made by other versions, another kind of processor or another engine, numbers may differ by 1e-9 of
        their size plus 1e-12; everything else must be equal. ``not all``: all that was compared is the same, but some
        parts could not be compared; ``unchecked`` lists them. ``not recomputed``: an earlier version made the files or
        numbers in another way; ``obstacle`` names the version that can recompute them.

    Raises
    ------
    UsageError
        If the folder holds no run, or the engine is unknown.
    DataError
        If its audit trail cannot be read.
    """
    return verify_run(folder, KINDS, data=data, engine=engine, master=master, progress=progress)


def compare_runs(left: str | Path, right: str | Path) -> RunComparison:
    """Compare two runs of one kind from their folders, without computing anything again.

    Parameters
    ----------
    left, right
        Folders of the two runs. The runs may differ in choices, data or version, or be of two studies.

    Returns
    -------
    RunComparison

    Raises
    ------
    UsageError
        If a folder holds no run, or the two runs are of different kinds.
    DataError
        If the audit trail or the record of a run cannot be read.
    """
    return compare_folders(left, right, KINDS)


def bundled_studies(kind: str | None = None) -> tuple[str, ...]:
    """Return names under which bundled studies can be asked for, those of one kind or of all."""
    return Reader(KINDS).bundled(kind)


def write_template(name: str, folder: Path, *, kind: str = "zone") -> Path:
    """Write ``NAME.toml`` into a folder: a study file to begin with.

    Parameters
    ----------
    name
        Name of the study: letters, digits, ``-`` and ``_``.
    folder
        Where to write it.
    kind
        ``zone``, ``panel``, ``siting``, ``plan``, ``campus``, ``appraisal``, ``transfer`` or ``inclusion``.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    UsageError
        If the name cannot be a file name, the file is there already, or the folder cannot be written.
    """
    return write_template_of(KINDS[check_kind(kind)], name, folder)


def _names_of_files(of: str) -> Iterator[str]:
    for name in [of] if of in KINDS else KINDS:
        kind = KINDS[name]
        yield from (*kind.artefacts, *kind.papers)


name_ours(_names_of_files)
