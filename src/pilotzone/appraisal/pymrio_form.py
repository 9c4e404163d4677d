"""Tables in the folders and archives that the package pymrio writes: ``file_parameters.json`` beside its tables.

The form is documented by pymrio (Stadler 2021, "Pymrio - a Python based multi-regional input-output analysis toolbox",
Journal of Open Research Software 9, 8). Tables are tab-separated text or Parquet; pickles run code when they are read,
so they are refused. ``Z``, ``Y`` and, if there, ``x`` are read, and one extension for value added and jobs.
"""

from __future__ import annotations

import ast
import json
import math
import os
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np

from pilotzone.appraisal.checking import Floats
from pilotzone.appraisal.table import InputOutputTable
from pilotzone.core import (
    MOST_OF_A_STUDY,
    MOST_OF_A_TABLE,
    DataError,
    first_line,
    listing,
    read_regular,
    shown,
    shown_path,
    unknown,
)
from pilotzone.store import read_csv, read_parquet

__all__ = ["read_pymrio"]

_PARAMETERS = "file_parameters.json"
_TEXT = {".txt", ".csv", ".dat"}
_PARQUET = {".parquet"}


def read_pymrio(
    path: str | os.PathLike[str],
    *,
    price_year: int,
    unit: str,
    value_added_from: str | None = None,
    jobs_from: tuple[str, str] | None = None,
    inside: str = "",
    name: str = "",
    tolerance: float = 1e-6,
) -> InputOutputTable:
    """Read a system that pymrio has saved, from a folder or a zip archive.

    Flows are between all of its regions, so imports are flows between accounts, and `flows_hold` is ``domestic``.

    Parameters
    ----------
    path
        Folder with ``file_parameters.json``, or a zip archive of one.
    price_year, unit
        Year of its prices and unit of its money; pymrio's files tell neither in a form that can be relied on.
    value_added_from
        Extension whose rows are value added, such as ``factor_inputs``. Left out, value added is output less inputs.
    jobs_from
        Extension and its row with persons employed.
    inside
        Folder in the archive, where it holds several systems.
    name
        What the table is of; the path's last part if left out.
    tolerance
        As in `InputOutputTable`.

    Raises
    ------
    DataError
        If there is no such file, a table is missing or damaged, labels differ, or it does not balance.
    """
    with _opened(Path(path), inside) as folder:
        core = _system(folder, "IOSystem")
        flows, demand = _read(folder, core, "Z"), _read(folder, core, "Y")
        rows = flows.rows
        if flows.columns != rows or demand.rows != rows:
            raise DataError(
                f"{shown_path(path)}: rows and columns of Z and Y have different labels.", allowed="the same"
            )
        output = _read(folder, core, "x").values[:, 0] if "x" in core else flows.values.sum(1) + demand.values.sum(1)
        regions, sectors = _axes(path, rows)
        if value_added_from is None:
            kinds: tuple[str, ...] = ("value added (output less inputs)",)
            added = (output - flows.values.sum(axis=0))[None, :]
        else:
            kinds, added = _extension(folder, value_added_from, rows)
        jobs = None
        if jobs_from is not None:
            known, values = _extension(folder, jobs_from[0], rows)
            if jobs_from[1] not in known:
                raise unknown("row", jobs_from[1], known, error=DataError, of=f"the extension {shown(jobs_from[0])}")
            jobs = values[known.index(jobs_from[1])]
    return InputOutputTable(
        name=name or Path(path).stem,
        price_year=price_year,
        unit=unit,
        sectors=sectors,
        regions=regions if len(regions) > 1 else ("",),
        flows=flows.values,
        final_demand=demand.values,
        final_kinds=tuple(": ".join(label) for label in demand.columns),
        value_added=added,
        value_added_kinds=kinds,
        output=output,
        flows_hold="domestic",
        jobs=jobs,
        tolerance=tolerance,
    )


@dataclass(frozen=True, eq=False)
class _Grid:
    rows: list[tuple[str, ...]]
    columns: list[tuple[str, ...]]
    values: Floats


def _axes(path: str | os.PathLike[str], rows: Sequence[tuple[str, ...]]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    pairs = [(label[0], label[-1]) for label in rows]
    regions, sectors = tuple(dict.fromkeys(r for r, _ in pairs)), tuple(dict.fromkeys(s for _, s in pairs))
    if pairs != [(region, sector) for region in regions for sector in sectors]:
        raise DataError(
            f"{shown_path(path)}: not every region has the same sectors in the same order.",
            allowed="accounts region by region, the same sectors in each",
        )
    return regions, sectors


@contextmanager
def _opened(path: Path, inside: str) -> Iterator[Path]:
    """Yield a folder with the files; those of an archive are unpacked beside nothing else and taken away again."""
    if path.is_dir():
        yield path / inside if inside else path
        return
    read_regular(path, fault=DataError, most=MOST_OF_A_TABLE)
    if not zipfile.is_zipfile(path):
        raise DataError(f"{shown_path(path)} is neither a folder nor a zip archive.", allowed="what pymrio saves")
    with tempfile.TemporaryDirectory() as place:
        try:
            with zipfile.ZipFile(path) as archive:
                _unpack(archive, Path(place), path)
        except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError) as error:
            raise DataError(f"{shown_path(path)} cannot be unpacked: {first_line(error)}.") from error
        yield _root(Path(place), inside, path)


def _unpack(archive: zipfile.ZipFile, place: Path, path: Path) -> None:
    parts = [item for item in archive.infolist() if not item.is_dir()]
    size = sum(item.file_size for item in parts)
    if size > MOST_OF_A_TABLE:
        raise DataError(
            f"{shown_path(path)} unpacks to {size / 1e6:.0f} MB.",
            allowed=f"archives of up to {MOST_OF_A_TABLE // 10**6} MB unpacked",
            todo="aggregate it in pymrio first, or save it without A and L",
        )
    for item in parts:
        where = PurePosixPath(item.filename)
        if where.is_absolute() or ".." in where.parts or ":" in item.filename or "\\" in item.filename:
            raise DataError(f"{shown_path(path)} holds a file outside its own folder: {shown(item.filename)}.")
        target = place.joinpath(*where.parts)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(archive.read(item))


def _root(place: Path, inside: str, path: Path) -> Path:
    if inside:
        return place.joinpath(*PurePosixPath(inside).parts)
    found = [
        file.parent for file in sorted(place.rglob(_PARAMETERS)) if _parameters(file).get("systemtype") == "IOSystem"
    ]
    if len(found) != 1:
        raise DataError(
            f"{shown_path(path)} holds {len(found)} systems.",
            allowed="one, or the name of its folder in the archive",
            todo="name it with inside=",
        )
    return found[0]


def _parameters(file: Path) -> dict[str, object]:
    try:
        found = json.loads(read_regular(file, fault=DataError, most=MOST_OF_A_STUDY))
    except (ValueError, RecursionError) as error:
        raise DataError(f"{shown(file.name)} is not a JSON: {first_line(error)}.") from error
    if not isinstance(found, dict) or not isinstance(found.get("files"), dict):
        raise DataError(f"{shown(file.name)} names no files.", allowed="what pymrio writes")
    return found


def _system(folder: Path, kind: str) -> dict[str, dict[str, str]]:
    found = _parameters(folder / _PARAMETERS)
    if found.get("systemtype") != kind:
        raise DataError(f"{shown_path(folder)} holds {shown(found.get('systemtype'))}.", allowed=f"systemtype {kind!r}")
    files = found["files"]
    return (
        {str(key): dict(entry) for key, entry in files.items() if isinstance(entry, dict)}
        if isinstance(files, dict)
        else {}
    )


def _extension(folder: Path, name: str, rows: Sequence[tuple[str, ...]]) -> tuple[tuple[str, ...], Floats]:
    if PurePosixPath(name).name != name or not (folder / name).is_dir():
        known = sorted(entry.parent.name for entry in folder.glob(f"*/{_PARAMETERS}"))
        raise unknown("extension", name, known, error=DataError, of="the system")
    grid = _read(folder / name, _system(folder / name, "Extension"), "F")
    if grid.columns != list(rows):
        raise DataError(f"the columns of F in {shown(name)} are not the accounts of Z.", allowed="the same labels")
    return tuple(": ".join(label) for label in grid.rows), grid.values


def _read(folder: Path, files: dict[str, dict[str, str]], key: str) -> _Grid:
    if key not in files:
        raise DataError(
            f"{shown(folder.name)} has no table {key}.", allowed=f"tables {listing(sorted(files)) or 'none'}"
        )
    entry = files[key]
    name = str(entry.get("name", ""))
    suffix = Path(name).suffix.lower()
    if PurePosixPath(name).name != name or suffix not in _TEXT | _PARQUET:
        raise DataError(
            f"table {key} is in {shown(name)}.",
            allowed="text (.txt, .csv, .dat) or Parquet beside file_parameters.json",
            todo="save it with table_format='txt' or 'parquet'; pickles run code when they are read",
        )
    try:
        index, heads = int(entry["nr_index_col"]), int(entry["nr_header"])
    except (KeyError, TypeError, ValueError) as error:
        raise DataError(
            f"{_PARAMETERS} does not say how many labels table {key} has.", allowed="whole numbers"
        ) from error
    return _parquet(folder / name, index, heads) if suffix in _PARQUET else _text(folder / name, index, heads)


def _text(file: Path, index: int, heads: int) -> _Grid:
    with file.open(encoding="utf-8", errors="replace") as stream:
        mark = "\t" if "\t" in stream.readline(1_000_000) else ","
    table = read_csv(file, delimiter=mark)
    lines = [table.header, *table.rows]
    # The names of the rows' labels stand on a line of their own where columns have several or named labels.
    body = heads
    while body < len(lines) and not any(cell.strip() for cell in lines[body][index:]):
        body += 1
    columns = list(zip(*(tuple(line[index:]) for line in lines[:heads]), strict=True))
    rows = [tuple(line[:index]) for line in lines[body:]]
    values = [[_figure(file, cell) for cell in line[index:]] for line in lines[body:]]
    return _Grid(rows, columns, np.array(values, dtype=np.float64).reshape(len(rows), len(columns)))


def _parquet(file: Path, index: int, heads: int) -> _Grid:
    table = read_parquet(file)
    names = table.column_names
    # pandas puts the columns of an index last.
    labels, keys = names[: len(names) - index], names[len(names) - index :]
    columns = [_label(file, name) if heads > 1 else _single(name) for name in labels]
    rows = list(zip(*(map(str, table.column(key).to_pylist()) for key in keys), strict=True))
    try:
        values = np.column_stack([table.column(name).to_numpy(zero_copy_only=False) for name in labels]).astype(
            np.float64
        )
    except (TypeError, ValueError) as error:
        raise DataError(f"{shown(file.name)} holds something that is not a number.", allowed="numbers") from error
    return _Grid(rows, columns, values)


def _single(name: str) -> tuple[str, ...]:
    return (name,)


def _label(file: Path, name: str) -> tuple[str, ...]:
    try:
        found = ast.literal_eval(name)
    except (ValueError, SyntaxError, MemoryError, RecursionError) as error:
        raise DataError(
            f"{shown(file.name)} has the column {shown(name)}.", allowed="labels as pandas writes them"
        ) from error
    return tuple(map(str, found)) if isinstance(found, tuple) else (str(found),)


def _figure(file: Path, cell: str) -> float:
    try:
        found = float(cell)
    except ValueError:
        found = math.nan
    if not math.isfinite(found):
        raise DataError(f"{shown(file.name)} holds {shown(cell)} where a number should be.", allowed="numbers")
    return found
