"""The audit trail: what a run was made from, with which versions, and what it wrote."""

from __future__ import annotations

import platform
import sys
from importlib import metadata
from typing import TYPE_CHECKING, Any

from pilotzone.gather import load_evidence, load_shapes
from pilotzone.store import file_digests
from pilotzone.study.material import data_file, uses_bundled_evidence

if TYPE_CHECKING:
    from pilotzone.study.reading import Study

__all__ = ["audit_inputs", "version"]

_RECORDED = (
    "numpy",
    "scipy",
    "pandas",
    "duckdb",
    "pyarrow",
    "pint",
    "diff-diff",
    "altair",
    "vl-convert-python",
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
    inputs: dict[str, str] = {}
    if uses_bundled_evidence(study):
        for file in load_evidence().files:
            inputs |= {f"evidence/{name}": digest for name, digest in file_digests(file).items()}
    user_file = data_file(study)
    if user_file is not None:
        inputs |= {f"data/{name}": digest for name, digest in file_digests(user_file).items()}
    shapes = load_shapes().file
    inputs |= {f"shapes/{name}": digest for name, digest in file_digests(shapes).items()}
    return {
        "study": {
            "name": study.name,
            "sha256": study.sha256,
            "settings": study.spec.model_dump(mode="json"),
        },
        "inputs": dict(sorted(inputs.items())),
        "versions": {
            "pilotzone": version(),
            "python": platform.python_version(),
            "platform": f"{sys.platform} {platform.machine()}",
            **{name: metadata.version(name) for name in _RECORDED},
        },
        "seeds": {},
    }
