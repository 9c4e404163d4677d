"""The audit trail: what a run was made from, with which versions, and what it wrote."""

from __future__ import annotations

import os
import platform
import sys
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pilotzone.gather import load_evidence, load_shapes
from pilotzone.store import file_digests, table_digests
from pilotzone.study.material import data_file, uses_bundled_evidence
from pilotzone.study.siting_reading import siting_digests

if TYPE_CHECKING:
    from pilotzone.study.reading import Study

__all__ = ["audit_inputs", "input_digests", "study_folder", "version", "versions", "way_from"]

_RECORDED = (
    "numpy",
    "scipy",
    "pandas",
    "duckdb",
    "pyarrow",
    "pint",
    "diff-diff",
    "altair",
    "jinja2",
)


def version() -> str:
    """Return the version of pilotzone."""
    return metadata.version("pilotzone")


def audit_inputs(study: Study) -> dict[str, Any]:
    """Return hashes of every input, versions and the resolved study, as plain data without timings.

    Parameters
    ----------
    study
        The study.

    Returns
    -------
    dict
        ``study`` (name, hash of the file as written, every setting in force), ``inputs`` (file to SHA-256),
        ``versions`` and ``seeds``; the last is empty, since nothing in a study is drawn at random.
    """
    return {
        "study": {
            "name": study.name,
            "sha256": study.sha256,
            "settings": study.spec.model_dump(mode="json"),
        },
        "inputs": input_digests(study),
        "versions": versions(),
        "seeds": {},
    }


def input_digests(study: Study) -> dict[str, str]:
    """Return the SHA-256 of every file that a study is made from, by name.

    Raises
    ------
    DataError
        If the user's data file is not there or may not be read.
    """
    inputs: dict[str, str] = {}
    if uses_bundled_evidence(study):
        for file in load_evidence().files:
            inputs |= {f"evidence/{name}": digest for name, digest in file_digests(file).items()}
    user_file = data_file(study)
    if user_file is not None:
        inputs |= {f"data/{name}": digest for name, digest in table_digests(user_file).items()}
    inputs |= siting_digests(study)
    shapes = load_shapes().file
    inputs |= {f"shapes/{name}": digest for name, digest in file_digests(shapes).items()}
    return dict(sorted(inputs.items()))


def versions() -> dict[str, str]:
    """Return the versions that results may depend on."""
    return {
        "pilotzone": version(),
        "python": platform.python_version(),
        "platform": f"{sys.platform} {platform.machine()}",
        **{name: metadata.version(name) for name in _RECORDED},
    }


def study_folder(study: Study, target: Path) -> str | None:
    """Return where the study file stood, as seen from the folder of the run; ``None`` for a bundled study.

    As seen from there, so that both can be moved or handed on together, and no name of a home folder goes with them.
    """
    return way_from(study.folder, target)


def way_from(start: Path | None, target: Path) -> str | None:
    """Return where a folder is, as seen from another; ``None`` where there is none, or its name is no text."""
    if start is None:
        return None
    try:
        way = Path(os.path.relpath(start, target.resolve())).as_posix()
    except ValueError:  # another drive
        way = start.as_posix()
    try:
        way.encode()
    except UnicodeEncodeError:  # a name that is no text
        return None
    return way
