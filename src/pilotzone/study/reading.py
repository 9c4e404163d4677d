"""Reading study files: bundled ones by name, a user's own by path."""

from __future__ import annotations

import hashlib
import os
import re
import tomllib
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from pilotzone.core import StudyError, UsageError, did_you_mean
from pilotzone.study.agreement import check_agreement
from pilotzone.study.faults import explain
from pilotzone.study.spec import SensitivitySpec, StudySpec

__all__ = ["Study", "bundled_studies", "load_study", "parse_study", "with_sensitivity"]

_LARGEST_FILE = 1_000_000
_UNQUOTED = re.compile(r"^[ \t]*([\w.-]*[^\W\d_a-zA-Z][\w.-]*)[ \t]*=", re.MULTILINE)
"""A key that TOML takes in quotes only, such as a Chinese word."""


@dataclass(frozen=True)
class Study:
    """A study file that was read.

    Attributes
    ----------
    name
        Of the run: the bundled study's name, or the stem of the file.
    spec
        Its content, checked.
    sha256
        Hash of the file as it was, for the audit.
    folder
        Folder that relative paths start from; ``None`` for a bundled study.
    """

    name: str
    spec: StudySpec
    sha256: str
    folder: Path | None = None


def with_sensitivity(study: Study) -> Study:
    """Return the study with its main design varied as by default, unless its file says how."""
    if study.spec.sensitivity is not None:
        return study
    spec = study.spec.model_copy(update={"sensitivity": SensitivitySpec()})
    check_agreement(spec)
    return replace(study, spec=spec)


def bundled_studies() -> tuple[str, ...]:
    """Return the names of the studies that come with the package."""
    folder = resources.files("pilotzone.study") / "bundled"
    return tuple(sorted(item.name.removesuffix(".toml") for item in folder.iterdir() if item.name.endswith(".toml")))


def load_study(which: str | Path) -> Study:
    """Read a study by name or path.

    Parameters
    ----------
    which
        The name of a bundled study, or the path of a study file (ending in ``.toml``, or containing a separator).

    Raises
    ------
    UsageError
        If there is no such study or file.
    StudyError
        If the file is not a study file: what is wrong, in which key, and what is allowed.
    """
    text = str(which)
    if not (isinstance(which, Path) or text.endswith(".toml") or "/" in text or "\\" in text):
        return _load_bundled(text)
    path = Path(which)
    if path.is_dir():
        raise UsageError(f"{text!r} is a folder.", allowed="the path of a study file, such as my-zone.toml")
    try:
        raw = path.read_bytes()
    except FileNotFoundError as error:
        hint = did_you_mean(path.stem, bundled_studies())
        raise UsageError(
            f"there is no study file {text!r}.{hint}",
            allowed=f"a bundled study ({', '.join(bundled_studies())}) or the path of a study file",
            todo="write one with: pilotzone init NAME",
        ) from error
    except OSError as error:
        raise UsageError(f"the study file {text!r} cannot be read: {error.strerror}.") from error
    # A file name may be no text; what is made of it goes into files that have to be.
    name = os.fsencode(path.stem).decode(errors="replace")
    return _parse(raw, text, name, folder=path.resolve().parent)


def _load_bundled(name: str) -> Study:
    names = bundled_studies()
    if name not in names:
        raise UsageError(
            f"there is no bundled study {name!r}.{did_you_mean(name, names)}",
            allowed=f"{', '.join(names)}, or the path of a study file ending in .toml",
            todo="see: pilotzone studies",
        )
    file = resources.files("pilotzone.study") / "bundled" / f"{name}.toml"
    return _parse(file.read_bytes(), f"{name}.toml", name)


def _parse(raw: bytes, file: str, name: str, *, folder: Path | None = None) -> Study:
    if len(raw) > _LARGEST_FILE:
        raise StudyError(f"{file!r} has {len(raw):,} bytes: that is no study file.", allowed=f"{_LARGEST_FILE:,} bytes")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise StudyError(
            f"{file!r} is not UTF-8 text (byte {error.start}).", todo="save it with the encoding UTF-8"
        ) from error
    # Not of the text: a byte order mark and the line ends of Windows belong to the file.
    return replace(parse_study(text, name, folder=folder), sha256=hashlib.sha256(raw).hexdigest())


def parse_study(text: str, name: str, *, folder: Path | None = None) -> Study:
    """Read a study from text.

    Parameters
    ----------
    text
        TOML.
    name
        Name of the run.
    folder
        Folder that relative paths start from.

    Raises
    ------
    StudyError
        If the text is not TOML or not a study.
    """
    try:
        content: dict[str, Any] = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise StudyError(f"study {name!r} is not valid TOML: {error}.", todo=_quotes(text)) from error
    try:
        spec = StudySpec.model_validate(content)
    except ValidationError as error:
        raise explain(error, name) from error
    except StudyError as error:
        raise StudyError(f"study {name!r}: {error.what}", allowed=error.allowed, todo=error.todo) from None
    return Study(
        name=name, spec=spec, sha256=hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest(), folder=folder
    )


def _quotes(text: str) -> str | None:
    """Return what to do about a name in another script that lacks its quotes, if there is one."""
    found = next((match[1] for match in _UNQUOTED.finditer(text) if not match[1].isascii()), None)
    return None if found is None else f'put names in other scripts in quotes: "{found}" = ...'
