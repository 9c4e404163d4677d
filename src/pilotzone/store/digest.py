"""Hashes of files, for the audit trail."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from pilotzone.core import DataError, open_regular
from pilotzone.store.files import panel_files, table_files
from pilotzone.store.ipcfiles import IPC
from pilotzone.store.jsonlines import JSON_LINES
from pilotzone.store.labelled import LABELLED
from pilotzone.store.paths import readable
from pilotzone.store.workbook import SHEETS

__all__ = ["file_digests", "panel_digests", "sha256_file", "table_digests"]


def sha256_file(path: str | os.PathLike[str]) -> str:
    """Return the SHA-256 of a file's bytes, in hexadecimal.

    Raises
    ------
    DataError
        If there is no such file or it may not be read.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     empty = pathlib.Path(folder) / "empty"
    ...     empty.touch()
    ...     sha256_file(empty)[:16]
    'e3b0c44298fc1c14'
    """
    with open_regular(path, fault=DataError) as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def file_digests(path: str | os.PathLike[str]) -> dict[str, str]:
    """Return the SHA-256 of a file, or of every file below a folder.

    Parameters
    ----------
    path
        A file or a folder.

    Returns
    -------
    dict
        Name (for a folder: the path below it, with ``/``) to hash, sorted by name. Names that start with a dot are
        left out, as they are when a folder is read as a table.
    """
    found = readable(path, folders=True)
    if not found.is_dir():
        return {found.name: sha256_file(found)}
    files = sorted(file.relative_to(found) for file in found.rglob("*") if file.is_file())
    shown = [file for file in files if not any(part.startswith(".") for part in file.parts)]
    return {file.as_posix(): sha256_file(found / file) for file in shown}


def panel_digests(path: str | os.PathLike[str]) -> dict[str, str]:
    """Return the SHA-256 of every file that is read where this is a panel: the same list by the same rule.

    Parameters
    ----------
    path
        A file of any kind that is read, or a folder of Parquet or CSV files.

    Returns
    -------
    dict
        Name (for a folder: the path below it, with ``/``) to hash.

    Raises
    ------
    UsageError, DataError
        If it is not a panel.
    """
    single = Path(path)
    if single.suffix.lower() in (*IPC, *JSON_LINES, *LABELLED, *SHEETS) and not os.path.isdir(single):  # noqa: PTH112
        return {single.name: sha256_file(single)}
    found = panel_files(path)
    return {name: sha256_file(file) for name, file in zip(found.names, found.files, strict=True)}


def table_digests(path: str | os.PathLike[str]) -> dict[str, str]:
    """Return the SHA-256 of a file, or of every file that is read where this folder is a table."""
    found = readable(path, folders=True)
    if not found.is_dir():
        return {found.name: sha256_file(found)}
    listed = table_files(found)
    return {name: sha256_file(file) for name, file in zip(listed.names, listed.files, strict=True)}
