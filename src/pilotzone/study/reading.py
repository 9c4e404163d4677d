"""Reading study files: bundled ones by name, a user's own by path."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path

from pydantic import ValidationError

from pilotzone.core import MOST_OF_A_STUDY, StudyError, UsageError, did_you_mean, parse_toml, read_regular, shown
from pilotzone.store import on_this_machine
from pilotzone.study.agreement import check_agreement
from pilotzone.study.faults import explain
from pilotzone.study.panel_spec import PanelStudySpec
from pilotzone.study.spec import SensitivitySpec, StudySpec

__all__ = [
    "PanelStudy",
    "Study",
    "bundled_studies",
    "load_panel_study",
    "load_study",
    "name_of",
    "parse_panel_study",
    "parse_study",
    "read_study",
    "with_sensitivity",
]


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


@dataclass(frozen=True)
class PanelStudy:
    """A study file of many units on a panel that was read; attributes as in `Study`."""

    name: str
    spec: PanelStudySpec
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
    """Read a study of a zone, or of a few, by name or path.

    Parameters
    ----------
    which
        As in `read_study`.

    Raises
    ------
    UsageError
        If there is no such study or file.
    StudyError
        If the file is not a study file of a zone.
    """
    return _of_zone(read_study(which))


def load_panel_study(path: str | Path) -> PanelStudy:
    """Read a study of many units on a panel.

    Parameters
    ----------
    path
        Of a study file with a table ``[panel]``.

    Raises
    ------
    UsageError
        If there is no such file.
    StudyError
        If the file is not a study file of a panel.
    """
    return _of_panel(read_study(path))


def _of_zone(study: Study | PanelStudy) -> Study:
    if isinstance(study, PanelStudy):
        raise StudyError(
            f"study {study.name!r} is of a panel with many units.",
            allowed="a study of a zone, with a table [zone]",
            todo="run it with 'pilotzone run', or from Python with pilotzone.run_panel",
        )
    return study


def _of_panel(study: Study | PanelStudy) -> PanelStudy:
    if isinstance(study, Study):
        raise StudyError(
            f"study {study.name!r} is of a zone.",
            allowed="a study of many units, with a table [panel]",
            todo="run it with 'pilotzone run', or from Python with pilotzone.run",
        )
    return study


def read_study(which: str | Path) -> Study | PanelStudy:
    """Read a study by name or path, whether of a zone or of a panel.

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
    raw = read_regular(
        path,
        "study file",
        most=MOST_OF_A_STUDY,
        fault=StudyError,
        options=bundled_studies(),
        allowed=f"a bundled study ({', '.join(bundled_studies())}) or the path of a study file",
        todo="write one with: pilotzone init NAME",
    )
    return _parse(raw, name_of(path), folder=path.resolve().parent)


def name_of(path: Path) -> str:
    """Return the name of what is in a file; a file name may be no text, and this goes into files that have to be."""
    return os.fsencode(path.stem).decode(errors="replace")


def _load_bundled(name: str) -> Study | PanelStudy:
    names = bundled_studies()
    if name not in names:
        raise UsageError(
            f"there is no bundled study {shown(name)}.{did_you_mean(name, names)}",
            allowed=f"{', '.join(names)}, or the path of a study file ending in .toml",
            todo="see: pilotzone studies",
        )
    file = resources.files("pilotzone.study") / "bundled" / f"{name}.toml"
    return _parse(file.read_bytes(), name)


def _parse(raw: bytes, name: str, *, folder: Path | None = None) -> Study | PanelStudy:
    study = _parsed(raw, name, folder)
    if isinstance(study, PanelStudy):
        _check_master_is_ours(study)
    # Not of the text: a byte order mark and the line ends of Windows belong to the file.
    return replace(study, sha256=hashlib.sha256(raw).hexdigest())


def _check_master_is_ours(study: PanelStudy) -> None:
    """Refuse a file that sends the work to another machine: what comes back from there is unpickled here."""
    master = study.spec.engine.master
    if master is not None and not on_this_machine(master):
        raise StudyError(
            f"study {study.name!r}: engine.master is {master!r}, another machine, which a study file may not choose.",
            allowed="local, local[4], local[*], yarn; or no master, to run where Spark is configured to run",
            todo="set spark.master in Spark's own configuration (spark-defaults.conf), and leave the key out",
        )


def parse_study(text: str, name: str, *, folder: Path | None = None) -> Study:
    """Read a study of a zone from text.

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
        If the text is not TOML or not a study of a zone.
    """
    return _of_zone(_parsed(text, name, folder))


def parse_panel_study(text: str, name: str, *, folder: Path | None = None) -> PanelStudy:
    """Read a study of a panel from text; parameters and errors as in `parse_study`."""
    return _of_panel(_parsed(text, name, folder))


def _parsed(text: str | bytes, name: str, folder: Path | None) -> Study | PanelStudy:
    content = parse_toml(text, f"study {name!r}")
    raw = text.encode(errors="surrogatepass") if isinstance(text, str) else text
    sha256 = hashlib.sha256(raw).hexdigest()
    if "panel" in content and "zone" in content:
        raise StudyError(f"study {name!r} has both [zone] and [panel].", allowed="one of them: a study is of either")
    model = PanelStudySpec if "panel" in content else StudySpec
    try:
        if "panel" in content:
            return PanelStudy(name, PanelStudySpec.model_validate(content), sha256, folder)
        return Study(name, StudySpec.model_validate(content), sha256, folder)
    except ValidationError as error:
        raise explain(error, name, model) from error
    except StudyError as error:
        raise StudyError(f"study {name!r}: {error.what}", allowed=error.allowed, todo=error.todo) from None
