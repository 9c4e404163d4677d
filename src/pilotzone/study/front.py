"""The front door of a study from Python."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pilotzone.study.artefacts import write_run
from pilotzone.study.reading import load_study, with_sensitivity
from pilotzone.study.running import run_study

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pilotzone.core import TableFormat
    from pilotzone.study.running import StudyRun

__all__ = ["run"]


def run(
    which: str | Path,
    *,
    out: str | Path | None = None,
    tables: Sequence[TableFormat] = (),
    sensitivity: bool = False,
    progress: Callable[[str], None] | None = None,
) -> StudyRun:
    """Run a study by name or path.

    Parameters
    ----------
    which
        A bundled study such as ``"guizhou"``, or the path of a study file.
    out
        Folder to write verdict, effects, evidence, report and audit trail into; nothing is written if left out.
    tables
        Formats in which tables for papers are written beside them: ``latex``, ``word`` or both.
    sensitivity
        Whether to judge the main design under many specifications as well (see `specification_curve`).
    progress
        Called with the name of each stage as it begins.

    Returns
    -------
    StudyRun
        ``verdict``, ``effects`` and ``findings``; shows itself in a notebook.

    Raises
    ------
    PilotZoneError
        If the study cannot be read or run, or its folder cannot be written.
    """
    study = load_study(which)
    done = run_study(with_sensitivity(study) if sensitivity else study, progress=progress)
    if out is not None:
        write_run(done, Path(out), tables=tables)
    return done
