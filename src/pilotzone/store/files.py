"""Which files make a panel: one rule, whoever asks. What is read is what is hashed.

A path is taken as it stands: ``*``, ``?`` and brackets in it are signs like any other. A folder holds the panel in the
files below it, at any depth, whose names end in ``.parquet`` or ``.pq``, or else in ``.csv``, ``.csv.gz`` or ``.tsv``;
capitals do not matter. Names that begin with ``.`` or ``_`` are left out, folders so named with all that is in them, as
programs that write such folders put their own notes there. Folders below it that are named ``key=value`` are a column.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from urllib.parse import unquote

from pilotzone.core import DataError, UsageError, open_regular, shown_path
from pilotzone.store.paths import readable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = [
    "ENDINGS",
    "PanelFiles",
    "TableKind",
    "kind_by_name",
    "panel_files",
    "table_files",
    "values_of_keys",
    "wal_of",
]

TableKind = Literal["parquet", "csv", "database"]

ENDINGS: dict[TableKind, tuple[str, ...]] = {
    "parquet": (".parquet", ".pq"),
    "csv": (".csv", ".csv.gz", ".tsv"),
    "database": (".duckdb", ".db", ".ddb"),
}
"""How the names of files of each kind end."""

_MOST_FILES = 100_000
_MOST_BELOW = 32
_WHOLE = re.compile(r"-?[0-9]{1,18}")
_NO_VALUE = "__HIVE_DEFAULT_PARTITION__"
"""What Spark and Hive call the folder of rows without a value."""
_PATTERN = re.compile(r"[*?\[\]]")
_MAGIC = {
    b"PAR1": "a Parquet file",
    b"PARE": "an encrypted Parquet file",
    b"SQLite format 3\0": "an SQLite database",
    b"PK\x03\x04": "a ZIP file or a workbook",
    b"\x1f\x8b": "a file compressed by gzip",
    b"\xd0\xcf\x11\xe0": "an old workbook",
    b"ARROW1": "an Arrow file",
    b"Obj\x01": "an Avro file",
    b"ORC": "an ORC file",
    b"%PDF": "a PDF",
}
_DUCK_AT, _DUCK = 8, b"DUCK"


@dataclass(frozen=True)
class PanelFiles:
    """The files of a panel, each looked at from outside.

    Attributes
    ----------
    root
        What was named: a file or a folder.
    kind
        What all of them are.
    files
        In the order in which they are read.
    keys
        For each file the values of the folders ``key=value`` between it and the root.
    """

    root: Path
    kind: TableKind
    files: tuple[Path, ...]
    keys: tuple[Mapping[str, str | None], ...] = field(default=())

    @property
    def admitted(self) -> tuple[Path, ...]:
        """Files that an engine may open: DuckDB asks for the log of a database also where there is none."""
        return (self.root, wal_of(self.root)) if self.kind == "database" else self.files

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the files: below the folder, with ``/``, or the file's own."""
        if self.root in self.files:
            return tuple(file.name for file in self.files)
        return tuple(file.relative_to(self.root).as_posix() for file in self.files)


def kind_by_name(path: Path) -> TableKind | None:
    """Return what a file is by its name."""
    name = path.name.lower()
    return next((kind for kind, endings in ENDINGS.items() if name.endswith(endings)), None)


def panel_files(path: str | os.PathLike[str]) -> PanelFiles:
    """Return the files of a panel.

    Parameters
    ----------
    path
        A file, or a folder of Parquet or CSV files.

    Raises
    ------
    UsageError
        If it is of a kind that is not known, or a pattern.
    DataError
        If there is nothing, if a folder holds files of several kinds, or if a file is not what its name says.
    """
    if not os.path.exists(path) and _PATTERN.search(os.fspath(path)):  # noqa: PTH110 - Path's raises on odd names
        raise UsageError(
            f"there is no file {shown_path(path)}, and '*', '?' or brackets in a name do not make a pattern.",
            allowed="one file, or a folder of Parquet or CSV files",
            todo="name the folder: all files below it are one panel",
        )
    root = readable(path, folders=True)
    if root.is_dir():
        return table_files(root, ("parquet", "csv"))
    kind = kind_by_name(root)
    if kind is None:
        raise UsageError(
            f"{shown_path(root)} is of a kind that is not known.",
            allowed="Parquet (.parquet, .pq) or CSV (.csv, .csv.gz, .tsv), a file or a folder, or a DuckDB database"
            " (.duckdb)",
        )
    check_content(root, kind)
    files = (root, *_log(root)) if kind == "database" else (root,)
    return PanelFiles(root, kind, files, ({},) * len(files))


def _log(database: Path) -> tuple[Path, ...]:
    """Return the file in which DuckDB keeps what is not in the database yet, where there is one."""
    if "?" in os.path.abspath(database):  # noqa: PTH100 - links stay links
        raise DataError(
            f"the path of {shown_path(database)} has a question mark, behind which DuckDB looks for no log of it.",
            todo="rename the file or the folder",
        )
    log = wal_of(database)
    if not os.path.lexists(log):
        return ()
    if not os.path.isfile(log) or os.path.islink(log):  # noqa: PTH113, PTH114 - Path's raise on odd names
        raise DataError(f"{shown_path(log)} is not a file.", allowed="the log that DuckDB wrote, or none")
    return (log,)


def wal_of(database: Path) -> Path:
    """Return where DuckDB keeps the log of a database."""
    return database.with_name(f"{database.name}.wal")


def table_files(folder: Path, kinds: tuple[TableKind, ...] = ("parquet",)) -> PanelFiles:
    """Return the files of a table in a folder.

    Parameters
    ----------
    folder
        A folder.
    kinds
        What the files may be; all of them are of one kind.

    Raises
    ------
    DataError
        If there is none, if there are several kinds, or if one is not what its name says.
    """
    below = sorted(_below(folder, folder))
    found: dict[TableKind, list[Path]] = {}
    for file in below:
        kind = kind_by_name(file) or ("parquet" if _starts_with(file, b"PAR1") else None)
        if kind is not None:
            found.setdefault(kind, []).append(file)
    names = {kind: " or ".join(ENDINGS[kind]) for kind in kinds}
    if not found.keys() & set(kinds):
        what = {"parquet": "Parquet file", "csv": "CSV file", "database": "database"}
        raise DataError(
            f"there is no {' and no '.join(what[kind] for kind in kinds)} in the folder {shown_path(folder)}.",
            allowed=f"files whose names end in {', or all in '.join(names.values())}; names that begin with '.' or '_'"
            " are left out",
        )
    if len(found) > 1:
        one = [repr(files[0].relative_to(folder).as_posix()) for files in found.values()]
        raise DataError(
            f"the folder {shown_path(folder)} has files of several kinds: {' and '.join(one)}.",
            allowed="tables of one kind in one folder",
            todo="move what does not belong to the panel, or let its name begin with '_'",
        )
    ((kind, files),) = found.items()
    for file in files:
        check_content(file, kind)
    return PanelFiles(folder, kind, tuple(files), tuple(_keys(file.relative_to(folder)) for file in files))


def _below(folder: Path, root: Path, depth: int = 0) -> Iterator[Path]:
    if depth > _MOST_BELOW:
        raise DataError(f"{shown_path(root)} has folders in folders beyond {_MOST_BELOW}.", allowed="fewer of them")
    try:
        with os.scandir(folder) as entries:
            listed = list(entries)
    except OSError as error:
        raise DataError(f"the folder {shown_path(folder)} cannot be read: {error.strerror or error}.") from error
    count = 0
    for entry in listed:
        # A folder that stands for a value is one whatever the column is called.
        if entry.name.startswith((".", "_")) and not (entry.is_dir() and "=" in entry.name):
            continue
        path = Path(entry.path)
        if entry.is_dir(follow_symlinks=False):
            yield from _below(path, root, depth + 1)
        elif entry.is_dir():
            raise DataError(
                f"{shown_path(path)} is a link to another folder.",
                allowed="files and folders that lie in the folder of the panel",
                todo="name the folder itself, or put its files there",
            )
        elif entry.is_file():
            count += 1
            yield path
        elif kind_by_name(path) is not None:
            raise DataError(f"{shown_path(path)} is not a file.", allowed="files below the folder of a panel")
        if count > _MOST_FILES:
            raise DataError(
                f"{shown_path(root)} has more than {_MOST_FILES:,} files.", allowed="fewer and larger files"
            )


def check_content(file: Path, kind: TableKind) -> None:
    """Refuse a file whose first bytes are not those of its kind, before an engine takes it for something else.

    Raises
    ------
    DataError
        Saying what it is, where that is known.
    """
    name = shown_path(file)
    with open_regular(file, fault=DataError) as stream:
        head = stream.read(16)
        stream.seek(-min(os.fstat(stream.fileno()).st_size, 4), os.SEEK_END)
        tail = stream.read(4)
    is_duck = head[_DUCK_AT : _DUCK_AT + len(_DUCK)] == _DUCK
    what = (
        "a DuckDB database" if is_duck else next((said for sign, said in _MAGIC.items() if head.startswith(sign)), "")
    )
    if not head:
        raise DataError(f"{name} is empty.", allowed="a file with a panel in it")
    if kind == "parquet" and not (head.startswith(b"PAR1") and tail == b"PAR1"):
        cut = head.startswith(b"PAR1")
        raise DataError(
            f"{name} is not a Parquet file that can be read: {_but(what, cut=cut)}.",
            allowed="Parquet files, not encrypted, which begin and end with PAR1",
            todo="check that it was written to its end; for CSV give the file a name that ends in .csv",
        )
    if kind == "database" and not is_duck:
        raise DataError(
            f"{name} is not a DuckDB database: {_but(what)}.",
            allowed="a DuckDB database (.duckdb), Parquet or CSV",
            todo="write the table as Parquet or CSV with the program that made it",
        )
    packed = kind == "csv" and file.name.lower().endswith(".gz")
    if packed and not head.startswith(b"\x1f\x8b"):
        raise DataError(f"{name} is not compressed by gzip.", todo="give it a name that ends in .csv")
    if kind == "csv" and not packed and what:
        raise DataError(f"{name} is not a CSV file: it is {what}.", todo="give it the ending of what it is")


def _but(what: str, *, cut: bool = False) -> str:
    if cut:
        return "it has no end"
    return f"it is {what}" if what else "its first bytes are of something else"


def _starts_with(file: Path, sign: bytes) -> bool:
    try:
        with open_regular(file, fault=DataError) as stream:
            return stream.read(len(sign)) == sign
    except DataError:
        return False


def _keys(path: Path) -> dict[str, str | None]:
    pairs = (part.split("=", 1) for part in path.parts[:-1] if "=" in part)
    return {unquote(name): None if value == _NO_VALUE else unquote(value) for name, value in pairs}


def values_of_keys(found: PanelFiles) -> dict[str, tuple[int | str | None, ...]]:
    """Return the columns that folders named ``key=value`` stand for, with a value for each file.

    Whole numbers where all values are, else text.
    """
    columns: dict[str, tuple[int | str | None, ...]] = {}
    for name in sorted({name for keys in found.keys for name in keys}):
        values = [keys.get(name) for keys in found.keys]
        whole = all(value is None or _WHOLE.fullmatch(value) for value in values)
        columns[name] = tuple(int(value) if whole and value is not None else value for value in values)
    return columns
