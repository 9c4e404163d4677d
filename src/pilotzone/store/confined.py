"""DuckDB, confined: it opens the files that are named and its own folder, nothing else, and no network.

What a user's file holds is data. Views, names of files and types of columns must not make the engine read another
file, fetch an extension or change how it is set.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pilotzone.core import DataError, UsageError, first_line
from pilotzone.store.limits import check_memory, check_threads, machine_cores, machine_memory
from pilotzone.store.spill import own_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import duckdb

__all__ = ["Confined", "confined", "literal", "said", "spelled"]

_PATTERN = re.compile(r"[\[*?]")


@dataclass(frozen=True)
class Confined:
    """A connection, a folder of its own to which it may spill, and what closes the one and removes the other."""

    connection: duckdb.DuckDBPyConnection
    spill: Path
    close: Callable[[], None]


def confined(files: Sequence[Path] = (), *, memory_limit: str | None = None, threads: int | None = None) -> Confined:
    """Return a connection that can open these files and its own folder only.

    Parameters
    ----------
    files
        What it may read; `spelled` gives the names under which it knows them.
    memory_limit
        Memory that it may use before it goes to disk, such as ``4GB``: no more than the machine has is used.
    threads
        Threads that it may use: no more than the machine has cores are used.

    Raises
    ------
    UsageError
        If memory or threads are out of bounds.
    """
    import duckdb

    sizes = _sizes(memory_limit, threads)
    spill, remove = own_folder()
    try:
        connection = duckdb.connect()
        try:
            named = [name for file in files for name in (os.path.abspath(file), spelled(file))]  # noqa: PTH100
            _confine(connection, list(dict.fromkeys(named)), spill, sizes)
        except duckdb.Error as error:
            connection.close()
            raise UsageError(f"DuckDB cannot start: {first_line(error)}.") from error
    except BaseException:
        remove()
        raise

    def close() -> None:
        connection.close()
        remove()

    return Confined(connection, spill, close)


def _sizes(memory_limit: str | None, threads: int | None) -> dict[str, str]:
    found = {}
    if memory_limit is not None:
        given, there = check_memory(memory_limit), machine_memory()
        found["memory_limit"] = f"'{given if there is None else min(given, there)}B'"
    if threads is not None:
        found["threads"] = str(min(check_threads(threads), machine_cores()))
    return found


def _confine(connection: duckdb.DuckDBPyConnection, files: Sequence[str], spill: Path, sizes: dict[str, str]) -> None:
    settings = {
        "temp_directory": literal(str(spill)),
        **sizes,
        "allowed_paths": f"[{', '.join(map(literal, files))}]",
        "allowed_directories": f"[{literal(str(spill))}]",
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "allow_community_extensions": "false",
        "allow_persistent_secrets": "false",
        "python_enable_replacements": "false",
        "enable_external_access": "false",
        "lock_configuration": "true",  # last: nothing of the above can be taken back
    }
    for name, value in settings.items():
        connection.execute(f"SET {name} = {value}")


def literal(text: str) -> str:
    """Return a text as SQL has it.

    Raises
    ------
    DataError
        If it is not text in Unicode, as names of files may be.

    Examples
    --------
    >>> literal("it's")
    "'it''s'"
    """
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise DataError(
            f"the name {text!a} is not text.", allowed="names in UTF-8", todo="give the file or folder another name"
        ) from error
    return "'" + text.replace("'", "''") + "'"


def spelled(file: Path) -> str:
    """Return the name of a file as DuckDB has it, to which ``*``, ``?`` and brackets are patterns.

    Examples
    --------
    >>> spelled(Path("/data/p[1].csv"))
    '/data/p[[]1].csv'
    """
    return _PATTERN.sub(r"[\g<0>]", os.path.abspath(file))  # noqa: PTH100 - links stay links


def said(error: BaseException) -> str:
    """Return what DuckDB says in one short line, without the files and the text of the user's that it quotes."""
    line = "".join(sign if sign.isprintable() else " " for sign in re.sub(r"\s+", " ", first_line(error))).strip()
    return line if len(line) <= 200 else f"{line[:197]}..."  # noqa: PLR2004 - signs that can be read at a glance
