"""Functions that went from the package's face in version 0.2, for those whose programs still call them.

Each does what it did, in terms of those that stand now. They go with version 0.3.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pilotzone.study.front import load
from pilotzone.study.runs.kind import Study
from pilotzone.study.runs.running import Run, execute

if TYPE_CHECKING:
    from pilotzone.core import TableFormat
    from pilotzone.placement import Plan
    from pilotzone.site import SitingSpec
    from pilotzone.study.plan import PlanFile

__all__ = [
    "load_panel_study",
    "load_plan",
    "load_siting",
    "load_study",
    "run_panel",
    "run_panel_study",
    "run_study",
    "write_run",
]


def load_study(which: str | Path) -> Study[Any]:
    """Read a study of a zone: `load`."""
    return load(which, kind="zone")


def load_panel_study(path: str | Path) -> Study[Any]:
    """Read a study of a panel: `load`."""
    return load(path, kind="panel")


@dataclass(frozen=True, eq=False)
class _Siting:
    """A siting file that was read, as `load_siting` returned it."""

    name: str
    spec: SitingSpec


def load_siting(which: str | os.PathLike[str]) -> _Siting:
    """Read a siting file: `siting_spec`."""
    from pilotzone.study.siting import siting_spec

    read = load(which, kind="siting")
    return _Siting(read.name, siting_spec(read))


@dataclass(frozen=True, eq=False)
class _Plan:
    """A plan file that was read, as `load_plan` returned it."""

    name: str
    file: PlanFile
    plan: Plan
    left_out: dict[str, str]


def load_plan(which: str | os.PathLike[str]) -> _Plan:
    """Read a plan file: `load`."""
    from pilotzone.study.plan import plan_material

    read = load(which, kind="plan")
    found = plan_material(read)
    return _Plan(read.name, read.spec, found.plan, found.left_out)


def run_study(study: Study[Any], *, progress: Callable[[str], None] | None = None) -> Run[Any]:
    """Run a study that was read: `run`."""
    return execute(study, progress=None if progress is None else lambda stage, _: progress(stage))


def run_panel_study(study: Study[Any], *, progress: Callable[[int, int], None] | None = None) -> Run[Any]:
    """Run a study of a panel that was read: `run`."""
    told = None if progress is None else lambda _, share: None if share is None else progress(round(1e6 * share), 10**6)
    return execute(study, progress=told)


def run_panel(
    path: str | Path, *, out: str | Path | None = None, progress: Callable[[int, int], None] | None = None
) -> Run[Any]:
    """Run a study of a panel: `run`."""
    done = run_panel_study(load(path, kind="panel"), progress=progress)
    if out is not None:
        done.write(out)
    return done


def write_run(done: Run[Any], folder: Path, *, tables: Sequence[TableFormat] = ()) -> Path:
    """Write a run: `Run.write`."""
    return done.write(folder, tables=tables)
