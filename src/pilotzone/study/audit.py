"""The audit trail: what a run was made from, with which versions, and what it wrote."""

from __future__ import annotations

import os
import platform
import sys
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pilotzone.core import linear_algebra
from pilotzone.gather import load_evidence, load_shapes
from pilotzone.store import file_digests, table_digests
from pilotzone.study.material import data_file, uses_bundled_evidence
from pilotzone.study.siting_reading import siting_digests

if TYPE_CHECKING:
    from collections.abc import Callable

    from pilotzone.study.reading import Study

    Admit = Callable[[str, Path, str], None]

__all__ = ["audit_inputs", "input_digests", "processor", "study_folder", "version", "versions", "way_from"]

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


def input_digests(study: Study, *, admit: Admit | None = None) -> dict[str, str]:
    """Return the SHA-256 of every file that a study is made from, by name.

    Parameters
    ----------
    study
        The study.
    admit
        Called with the part (``data``, ``siting``), the path and the name of every file of the user's before it is
        read, the name of the data file empty; raises if it may not be.

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
        if admit is not None:
            admit("data", user_file, "")
        inputs |= {f"data/{name}": digest for name, digest in table_digests(user_file).items()}
    inputs |= siting_digests(study, admit=admit)
    shapes = load_shapes().file
    inputs |= {f"shapes/{name}": digest for name, digest in file_digests(shapes).items()}
    return dict(sorted(inputs.items()))


def versions() -> dict[str, str]:
    """Return the versions that results may depend on."""
    return {
        "pilotzone": version(),
        "python": platform.python_version(),
        "platform": f"{sys.platform} {platform.machine()}",
        "processor": processor(),
        **{name: metadata.version(name) for name in _RECORDED},
    }


def processor() -> str:
    """Return the kind of processor: what NumPy and the libraries of linear algebra chose their code by.

    Sums are rounded in another order on another kind, so that last digits may differ. It names no machine.
    """
    import numpy as np

    shown: Any = np.show_config(mode="dicts")
    found = [str(name) for name in shown.get("SIMD Extensions", {}).get("found", ())]
    chosen = [architecture or library for library, architecture, _ in linear_algebra()]
    return " ".join(dict.fromkeys((*found, *chosen))) or platform.machine()


def study_folder(study: Study, target: Path) -> str | None:
    """Return where the study file stood, as seen from the folder of the run; ``None`` for a bundled study.

    As seen from there, so that both can be moved or handed on together. Where the way would lead through the name of a
    home folder, it is not told.
    """
    return way_from(study.folder, target)


def way_from(start: Path | None, target: Path) -> str | None:
    """Return where a folder is, as seen from another.

    ``None`` where there is none, or its name is no text; where it is on another drive; and where the way leads through
    the name of a home folder, which is often that of a person and goes wherever the run goes.
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
    except UnicodeEncodeError:  # a name that is no text
        return None
    return way


def _names_a_home(start: Path, target: Path) -> bool:
    """Whether the way between two folders goes through a place that homes lie in, down into one of them."""
    home = Path.home()
    homes = home if home.parent == Path(home.anchor) else home.parent
    common = Path(os.path.commonpath([start, target]))
    return start.is_relative_to(homes) and home.is_relative_to(common) and common != home
