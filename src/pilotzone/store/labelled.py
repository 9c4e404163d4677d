"""Stata and SPSS files: columns as they stand, with their labels, formats and missing values."""

from __future__ import annotations

import codecs
import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pilotzone.core import MOST_CELLS, MOST_OF_A_TABLE, DataError, UsageError, open_regular, shown, shown_path

__all__ = ["LABELLED", "KeptLabelled", "LabelledTable", "keep_labelled", "read_labelled"]

LABELLED = (".dta", ".sav", ".zsav")

_STATA = ".dta"
_RELEASE = re.compile(rb"<stata_dta><header><release>([0-9]{3})</release>")
_UNICODE_SINCE = 118
"""From this release on Stata's files are UTF-8; those before do not say what they are in."""
_CHINESE = "gb18030"
_UTF8 = "utf-8"


@dataclass(frozen=True, eq=False)
class LabelledTable:
    """The columns of a Stata or SPSS file.

    Attributes
    ----------
    path
        The file.
    columns
        Variable to its values: numbers or text, ``None`` where missing. Extended missing values of Stata and those
        that a user of SPSS declared are missing.
    labels
        Variable to its label, where it has one.
    value_labels
        Variable to the labels of its values, where it has any.
    formats
        Variable to its format as the program writes it, such as ``%ty`` or ``DATE11``.
    """

    path: Path
    columns: Mapping[str, Sequence[float | str | None]]
    labels: Mapping[str, str]
    value_labels: Mapping[str, Mapping[float | str, str]]
    formats: Mapping[str, str]


def read_labelled(path: str | os.PathLike[str], *, encoding: str = "utf-8") -> LabelledTable:
    """Read a Stata file (.dta) or an SPSS file (.sav, .zsav); nothing is made a date or a category.

    Parameters
    ----------
    path
        The file.
    encoding
        Encoding of text in Stata files older than Stata 14, and in SPSS files that are not in Unicode.

    Raises
    ------
    DataError
        If the file is missing, damaged, of another format, or not in this encoding.
    UsageError
        If there is no such encoding.
    """
    with open_regular(path, most=MOST_OF_A_TABLE, fault=DataError):
        found = Path(path)
    known = _codec(encoding)
    content = _content(found, known)
    if "error" in content:
        raise _unreadable(found, content, known)
    columns = {name: cells for name, cells in content["columns"] if name}
    if len(columns) != content["count"]:
        raise DataError(
            f"{_name(path)} has variables without a name or of the same name.",
            allowed="every variable once, with its name",
            todo="check that the file is whole",
        )
    return LabelledTable(
        path=found,
        columns=columns,
        **_labels_of(content),
    )


@dataclass(frozen=True, eq=False)
class KeptLabelled:
    """Variables of a Stata or SPSS file that were written to a Parquet file.

    Attributes
    ----------
    names
        All variables of the file.
    codes
        Variable to how many of its cells hold a code for a missing value: Stata's ``.a`` to ``.z``, and what a user of
        SPSS declared. They are null in the Parquet file.
    labels, value_labels, formats
        As in `LabelledTable`.
    """

    names: tuple[str, ...]
    codes: Mapping[str, int]
    labels: Mapping[str, str]
    value_labels: Mapping[str, Mapping[float | str, str]]
    formats: Mapping[str, str]


def keep_labelled(
    path: str | os.PathLike[str], chosen: Sequence[str], target: Path, *, encoding: str = "utf-8"
) -> KeptLabelled:
    """Write variables of a Stata or SPSS file into a Parquet file, some rows at a time: numbers as float64, and text.

    Parameters
    ----------
    path
        The file; of any size.
    chosen
        Variables; none: nothing is written, and the names are returned.
    target
        The Parquet file.
    encoding
        As in `read_labelled`.

    Raises
    ------
    DataError, UsageError
        As in `read_labelled`.
    """
    with open_regular(path, fault=DataError) as stream:
        found = Path(path)
        if not stream.read(1):
            raise DataError(f"{_name(path)} is empty.", allowed="a Stata or SPSS file that was written to its end")
    known = _codec(encoding)
    content = _content(found, known, ("keep", str(target), json.dumps(list(chosen))))
    if "error" in content:
        raise _unreadable(found, content, known)
    return KeptLabelled(tuple(content["names"]), content["codes"], **_labels_of(content))


def _labels_of(content: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "labels": {name: label for name, label in content["labels"].items() if label},
        "value_labels": {
            name: {value: text for value, text in pairs if text} for name, pairs in content["value_labels"].items()
        },
        "formats": {name: kind for name, kind in content["formats"].items() if kind},
    }


def _codec(encoding: str) -> str:
    try:
        return codecs.lookup(encoding).name
    except (LookupError, ValueError) as error:
        raise UsageError(f"there is no encoding {shown(encoding)}.", allowed="utf-8, gb18030, cp1252, ...") from error


_WHOLE = (str(MOST_CELLS),)
"""What the other process is asked for: all that is in the file, up to so many cells."""


def _content(path: Path, known: str, asked: tuple[str, ...] = _WHOLE) -> dict[str, Any]:
    """Return what is in a file, read in the encoding that it names, or else in the one that is known."""

    def _read(path: Path, *named: str) -> dict[str, Any]:
        return _answer(path, asked, *named)

    if path.suffix.lower() == _STATA:
        with open_regular(path, fault=DataError) as stream:
            release = _RELEASE.match(stream.read(64))
        return _read(path, _UTF8 if release and int(release[1]) >= _UNICODE_SINCE else known)
    content = _read(path)
    # An SPSS file may have been written with the wrong code page, but hardly in Unicode by mistake.
    own = content.get("encoding") if "error" not in content else None
    named = isinstance(own, str) and (known == _UTF8 or own.lower() == _UTF8)
    unread = content.get("encoding") is True
    return _read(path, known) if unread or ("error" not in content and not named) else content


def _answer(path: Path, asked: tuple[str, ...], *encoding: str) -> dict[str, Any]:
    """Return the content of a file as JSON has it, read in a process of its own: see `readstat`."""
    program = "dta" if path.suffix.lower() == _STATA else "sav"
    script = str(Path(__file__).with_name("readstat.py"))
    # The same libraries as here, and none that happens to lie in the current folder.
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(  # noqa: S603 - this interpreter, a script of ours, and the file as an argument
        [sys.executable, "-P", script, *asked, program, os.path.abspath(path), *encoding],  # noqa: PTH100 - links stay
        capture_output=True,
        env=environment,
        check=False,
    )
    if done.returncode != 0:
        return {"error": "reading it breaks off, as it does in damaged files", "encoding": False}
    content: dict[str, Any] = json.loads(done.stdout)
    return content


def _unreadable(path: Path, content: Mapping[str, Any], known: str) -> DataError:
    program = "Stata" if path.suffix.lower() == _STATA else "SPSS"
    if content["encoding"]:
        save = f"save it with a newer {program}, whose files are in UTF-8, or name its encoding"
        works = known != _CHINESE and "error" not in _answer(path, _WHOLE, _CHINESE)
        return DataError(
            f"{_name(path)} does not say what encoding its text is in, and it is not in {known}.",
            allowed="text in the encoding that is named",
            todo=f"{save}; encoding={_CHINESE!r} (older Chinese files) would read it" if works else save,
        )
    return DataError(
        f"{_name(path)} is not {'an' if program == 'SPSS' else 'a'} {program} file that can be read: "
        f"{content['error'].rstrip('.')}.",
        allowed="Stata files from Stata 8 on (.dta), SPSS files (.sav, .zsav)",
        todo=f"check that it was written to its end; open it in {program} and save it again, or as CSV (UTF-8)",
    )


def _name(path: str | os.PathLike[str]) -> str:
    return shown_path(path)
