"""JSON lines: one object on each line, whose keys are columns. Nothing is guessed from the first lines."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pilotzone.core import DataError, listing, open_regular, shown, shown_path
from pilotzone.store.arriving import Arriving

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pyarrow as pa

__all__ = ["JSON_LINES", "open_json_lines"]

JSON_LINES = (".jsonl", ".ndjson")
_LONGEST = 1_000_000
_MOST_KEYS = 10_000
_BATCH = 65_536
_WHOLE = 2**63
_KINDS: dict[type, str] = {bool: "a truth value", int: "a number", float: "a number", str: "text"}


@dataclass
class _Column:
    """What the cells of a column are, over all lines: the kind of the first, and whether fractions come."""

    kind: str = ""
    fractions: bool = False


def open_json_lines(path: str | os.PathLike[str]) -> Arriving:
    """Open a file with one JSON object on each line.

    A key that a line does not have, and ``null``, are a missing value. Blank lines are passed over.

    Parameters
    ----------
    path
        The file, in UTF-8.

    Raises
    ------
    DataError
        Naming the line: if it is not an object, has a key twice, holds a list or an object, or a column holds
        numbers on one line and text on another.
    """
    name = shown_path(path)
    columns: dict[str, _Column] = {}
    for line, row in _lines(path, name):
        for key, cell in row.items():
            _look(name, line, key, cell, columns.setdefault(key, _Column()))
        if len(columns) > _MOST_KEYS:
            raise DataError(f"{name} has more than {_MOST_KEYS:,} keys.", allowed=f"up to {_MOST_KEYS:,}")
    if not columns:
        raise DataError(f"{name} is empty.", allowed='a JSON object on each line, such as {"year": 2016, "y": 1.5}')

    def batches(chosen: Sequence[str]) -> Iterator[pa.RecordBatch]:
        import pyarrow as pa

        schema = pa.schema([(key, _type(columns[key])) for key in chosen])
        rows: list[dict[str, Any]] = []
        for _, row in _lines(path, name):
            rows.append(row)
            if len(rows) == _BATCH:
                yield _batch(rows, schema)
                rows = []
        if rows:
            yield _batch(rows, schema)

    return Arriving(name, tuple(columns), batches)


def _lines(path: str | os.PathLike[str], name: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield the objects of a file, each with the number of its line."""
    with open_regular(path, fault=DataError) as stream:
        number = 0
        while raw := stream.readline(_LONGEST + 1):
            number += 1
            if len(raw) > _LONGEST:
                raise DataError(
                    f"line {number} of {name} is longer than {_LONGEST:,} bytes.",
                    allowed="one object on each line",
                    todo="a list of objects is not JSON lines: write each object on a line of its own",
                )
            if number == 1:
                raw = raw.removeprefix(b"\xef\xbb\xbf")
            if raw.strip():
                yield number, _object(raw, number, name)


def _object(raw: bytes, number: int, name: str) -> dict[str, Any]:
    try:
        found = json.loads(raw, object_pairs_hook=_once, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        why = str(error).partition(":")[0].partition(" (char")[0]
        raise DataError(
            f"line {number} of {name} is not JSON: {why}.",
            allowed='an object on each line, in UTF-8, such as {"year": 2016, "y": 1.5}; a missing value is null',
            todo="write it with orient='records', lines=True in pandas, write_ndjson in polars, stream_out in R",
        ) from None
    if not isinstance(found, dict):
        raise DataError(
            f"line {number} of {name} is {shown(found)}, and not an object.",
            allowed='an object on each line, such as {"year": 2016, "y": 1.5}',
        )
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [key for key, _ in pairs]
        message = f"the key {next(key for key in names if names.count(key) > 1)!r} stands there twice"
        raise ValueError(message)
    return found


def _no_constant(text: str) -> float:
    message = f"{text} is not a number in JSON"
    raise ValueError(message)


def _look(name: str, line: int, key: str, cell: object, column: _Column) -> None:
    if cell is None:
        return
    kind = _KINDS.get(type(cell), "a list or an object")
    where = f"line {line} of {name}, key {key[:80]!r}"
    if type(cell) not in _KINDS or (isinstance(cell, int) and abs(cell) >= _WHOLE):
        raise DataError(
            f"{where}, is {shown(cell)}.", allowed="numbers, text, true, false and null", todo="flatten it, or drop it"
        )
    if column.kind and column.kind != kind:
        raise DataError(
            f"{where}, is {kind}, {shown(cell)}, and on the lines before it is {column.kind}.",
            allowed="one kind of value in a column; null where a figure is missing",
        )
    column.kind = kind
    column.fractions = column.fractions or isinstance(cell, float)


def _type(column: _Column) -> pa.DataType:
    import pyarrow as pa

    if column.kind == "text":
        return pa.string()
    if column.kind == "a truth value":
        return pa.bool_()
    return pa.float64() if column.fractions or not column.kind else pa.int64()


def _batch(rows: list[dict[str, Any]], schema: pa.Schema) -> pa.RecordBatch:
    import pyarrow as pa

    arrays = []
    for field in schema:
        cells = [row.get(field.name) for row in rows]
        if pa.types.is_floating(field.type):
            # Whole numbers among fractions become the nearest ones, as they do in CSV.
            cells = [None if cell is None else float(cell) for cell in cells]
        try:
            arrays.append(pa.array(cells, type=field.type))
        except pa.ArrowException as error:
            raise DataError(
                f"the key {field.name!r} holds text that is not in UTF-8.", allowed=listing(["UTF-8"])
            ) from error
    return pa.RecordBatch.from_arrays(arrays, schema=schema)
