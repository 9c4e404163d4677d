"""The audit trail: what a run was made from, with which versions, and what it wrote."""

from __future__ import annotations

import hashlib
import os
import platform
import sys
from contextlib import nullcontext
from dataclasses import replace
from functools import lru_cache
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pilotzone.core import DataError, linear_algebra, listing, open_regular, shown_path
from pilotzone.study.runs.saying import within
from pilotzone.study.runs.standing import place_of, standing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from pilotzone.study.runs.kind import Input, Kind, Study
    from pilotzone.study.runs.standing import Standing

    Admit = Callable[[str, Path, str], None]

__all__ = [
    "FORMAT",
    "check_unchanged",
    "digests",
    "files_read",
    "inputs_of",
    "made_from",
    "processor",
    "version",
    "versions",
    "way_from",
]

FORMAT = 2
"""Format of what a run leaves in its folder. Runs of another format are recomputed by the version that made them."""

_RECORDED = ("numpy", "scipy", "pandas", "duckdb", "pyarrow", "altair", "jinja2")


def version() -> str:
    """Return the version of pilotzone."""
    return metadata.version("pilotzone")


def made_from(study: Study[Any], inputs: Mapping[str, str]) -> dict[str, Any]:
    """Return what a run is made from, as plain data without timings.

    Parameters
    ----------
    study
        The study.
    inputs
        SHA-256 of its files by name, as they were before the first one was read.

    Returns
    -------
    dict
        ``format`` of the folder, ``kind``, ``statistics`` (see `Kind.statistics`), ``study`` (name, hash of the file
        as written, the protocol of a bundled study that has one, every setting in force), ``beside`` (the same of the
        studies named there, by kind, each with those that it rests on), ``inputs``, ``versions`` and ``seeds``.
    """
    below = standing(study)
    every = (study, *(item.study for item in below))
    beside = _beside(study.beside)
    seeds = dict(study.kind.seeds(study.spec))
    for item in below:
        seeds |= {f"{item.name}.{name}": seed for name, seed in item.study.kind.seeds(item.study.spec).items()}
    return {
        "format": FORMAT,
        "kind": study.kind.name,
        "statistics": study.kind.statistics,
        "study": _identity(study),
        **({"beside": beside} if beside else {}),
        "inputs": dict(inputs),
        "versions": versions(
            (each.kind for each in every), [name for each in every for name in each.kind.needed(each.spec)]
        ),
        "seeds": seeds,
    }


def _beside(studies: Mapping[str, Study[Any]]) -> dict[str, Any]:
    """Return studies by kind, each with those that it rests on."""
    found: dict[str, Any] = {}
    for name, other in studies.items():
        found[name] = {"statistics": other.kind.statistics, **_identity(other)}
        if other.sources:
            found[name]["beside"] = _beside(other.sources)
    return found


def _identity(study: Study[Any]) -> dict[str, Any]:
    settings = study.spec.model_dump(mode="json", by_alias=True)
    frozen = {} if study.protocol is None else {"protocol": study.protocol.record()}
    return {"name": study.name, "sha256": study.sha256, **frozen, "settings": settings}


def inputs_of(study: Study[Any]) -> list[Input]:
    """Return what a study, those beside it and those that these rest on are made from, the study file itself apart.

    Notes
    -----
    Inputs of the user's have names that no other input has. A study beside names its own as it does by itself, unless
    another study's are called so; those of a study that it rests on begin with the way there: ``transfer.panel.data``.
    """
    found = _located(study)
    for item in sorted(standing(study), key=lambda item: item.nested):
        parts = {each.part for each in found if _is_users(each)}
        found += _study_file(item)
        where = place_of(study.name, item.way) if item.nested else ""
        for each in _located(item.study):
            alike = each.part in parts or _called(each) in map(_called, found)
            apart = _is_users(each) and (item.nested or alike)
            part = f"{item.name}.{each.part}" if apart else each.part
            found.append(replace(each, part=part, where=where))
    return found


def files_read(study: Study[Any]) -> dict[str, str]:
    """Return the SHA-256 of the study files that were read with a study, by the names of these inputs."""
    return {
        f"{each.part}/{each.name}": item.study.sha256
        for item in standing(study)
        for each in _study_file(item)
        if item.study.sha256
    }


def _study_file(item: Standing) -> list[Input]:
    """Return the file of a study that stands beside another; none for a bundled one."""
    from pilotzone.study.runs.kind import Input

    if item.study.folder is None:
        return []
    file = item.study.folder / f"{item.study.name}.toml"
    return [Input(item.name, file, file.name)]


def _is_users(item: Input) -> bool:
    """Whether it is not a file of the package: the user's own, or a table of a database."""
    return item.own or item.path == Path()


def _called(item: Input) -> tuple[str, str]:
    return item.part, item.name or item.path.name


def _located(study: Study[Any]) -> list[Input]:
    """Return what a study names, each of the user's files with the folder that its path starts from."""
    return [replace(item, folder=study.folder) if item.own else item for item in study.kind.inputs(study)]


def digests(inputs: Iterable[Input], *, admit: Admit | None = None) -> dict[str, str]:
    """Return the SHA-256 of inputs by name.

    Parameters
    ----------
    inputs
        Files and folders.
    admit
        Called with part, path and name of every file of the user's before it is read; raises if it may not be.

    Raises
    ------
    DataError
        If a file is not there or may not be read.
    """
    found: dict[str, str] = {}
    for item in inputs:
        if item.own and admit is not None:
            admit(item.part, item.path, item.name)
        with within(item.where) if item.where else nullcontext():
            named = {item.name: _digest(item)} if item.name else item.digests(item.path)
        found |= {f"{item.part}/{name}": digest for name, digest in named.items()}
    return dict(sorted(found.items()))


def _digest(item: Input) -> str:
    start = item.folder
    todo = (
        None
        if start is None
        else f"check the name in the study file; a path that is not absolute starts at its folder, {shown_path(start)}"
    )
    with open_regular(item.path, item.what, fault=DataError, todo=todo) as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def check_unchanged(before: Mapping[str, str], after: Mapping[str, str]) -> None:
    """Refuse a run whose inputs changed while it was made: nobody can tell which of the two it was made from.

    Raises
    ------
    DataError
        Naming what changed.
    """
    changed = sorted(name for name in {*before, *after} if before.get(name) != after.get(name))
    if changed:
        raise DataError(
            f"{listing(changed)} changed while the study was running, so nothing was written.",
            todo="run it again when nothing writes to its data",
        )


def versions(kinds: Iterable[Kind[Any, Any]] = (), needed: Iterable[str] = ()) -> dict[str, str]:
    """Return the versions that results of these kinds may depend on, and those of `needed` libraries of extras."""
    packages = dict.fromkeys([*(name for kind in kinds for name in kind.packages), *needed])
    return {
        "pilotzone": version(),
        "python": platform.python_version(),
        "platform": f"{sys.platform} {platform.machine()}",
        "processor": processor(),
        **{name: _version_of(name) for name in (*_RECORDED, *packages)},
    }


@lru_cache(maxsize=64)
def _version_of(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:  # an extra: a study that needs it is refused before it is run
        return "none"


def processor() -> str:
    """Return the kind of processor: what NumPy and the libraries of linear algebra chose their code by.

    Sums are rounded in another order on another kind, so that last digits may differ. It names no machine.
    """
    import numpy as np

    shown: Any = np.show_config(mode="dicts")
    found = [str(name) for name in shown.get("SIMD Extensions", {}).get("found", ())]
    chosen = [architecture or library for library, architecture, _ in linear_algebra()]
    return " ".join(dict.fromkeys((*found, *chosen))) or platform.machine()


def way_from(start: Path | None, target: Path) -> str | None:
    """Return where a folder is, as seen from another.

    ``None`` where there is none, or its name is not a text; where it is on another drive; and where the way leads
    through the name of a home folder, which is often that of a person and goes wherever the run goes.
    """
    if start is None:
        return None
    start, target = Path(os.path.abspath(start)), target.resolve()  # noqa: PTH100 - links in the way stay
    try:
        way = Path(os.path.relpath(start, target)).as_posix()
    except ValueError:  # another drive
        return None
    if _names_a_home(start, target):
        return None
    try:
        way.encode()
    except UnicodeEncodeError:  # a name that is not a text
        return None
    return way


def _names_a_home(start: Path, target: Path) -> bool:
    """Whether the way between two folders goes through a place that homes lie in, down into one of them."""
    home = Path.home()
    homes = home if home.parent == Path(home.anchor) else home.parent
    common = Path(os.path.commonpath([start, target]))
    return start.is_relative_to(homes) and home.is_relative_to(common) and common != home
