"""A program of its own that reads a Stata or SPSS file and writes what is in it to its output, as JSON.

The library that knows these formats is written in C, and some damaged files bring it down; here it takes only this
process with it. Run as ``python readstat.py CELLS (dta|sav) FILE [ENCODING]``, CELLS being the most that are read, or
as ``python readstat.py keep TARGET COLUMNS (dta|sav) FILE [ENCODING]`` to write columns, a JSON list of names, into a
Parquet file: some rows at a time, and only what is known of them goes to the output.
"""

from __future__ import annotations

import json
import sys
from typing import Any

__all__ = ["keep", "main"]


_SECONDS, _BYTES = 60, 4 * 2**30
"""Limits of computing, and of memory as addresses; files that need more are damaged, or made to take them."""
_SECONDS_OF_A_PANEL = 1800
_ROWS = 100_000
"""Rows of a panel that are held at a time."""


def main(cells: str, program: str, file: str, encoding: str | None = None) -> dict[str, Any]:
    """Return columns, labels, formats and the encoding that the file names, or what is wrong with it."""
    _confine(_SECONDS)
    import pyreadstat

    read = pyreadstat.read_dta if program == "dta" else pyreadstat.read_sav
    form: dict[str, Any] = {"encoding": encoding, "output_format": "dict", "disable_datetime_conversion": True}
    try:
        told = read(file, metadataonly=True, **form)[1]
        rows = int(cells) // max(1, told.number_columns or 0)
        columns: dict[str, Any]
        columns, meta = read(file, row_limit=rows + 1, **form)
    # One error of its own for all that is wrong with a file, and those of Python for text in another encoding.
    except Exception as error:  # noqa: BLE001 - whatever it is, it goes to the one who asked
        return _fault(error)
    if any(len(column) > rows for column in columns.values()):
        return {"error": f"it has more than {int(cells):,} cells", "encoding": False}
    return {
        "columns": list(columns.items()),
        **_known(meta),
    }


def keep(target: str, chosen: str, program: str, file: str, encoding: str | None = None) -> dict[str, Any]:
    """Write columns into a Parquet file; return labels, formats and how many cells hold a code for a missing value.

    Without columns nothing is written, and all names are returned.
    """
    _confine(_SECONDS_OF_A_PANEL)
    import pyreadstat

    read = pyreadstat.read_dta if program == "dta" else pyreadstat.read_sav
    form: dict[str, Any] = {"encoding": encoding, "output_format": "dict", "disable_datetime_conversion": True}
    names: list[str] = json.loads(chosen)
    try:
        meta = read(file, metadataonly=True, **form)[1]
        codes = _kept(lambda **more: read(file, **form, **more), names, target) if names else {}
    except Exception as error:  # noqa: BLE001 - as above
        return _fault(error)
    return {"names": meta.column_names, "codes": codes, **_known(meta)}


def _known(meta: Any) -> dict[str, Any]:  # noqa: ANN401 - pyreadstat has no types
    return {
        "count": meta.number_columns,
        "labels": meta.column_names_to_labels,
        "value_labels": {name: list(labels.items()) for name, labels in meta.variable_value_labels.items()},
        "formats": meta.original_variable_types,
        "encoding": getattr(meta, "file_encoding", None),
    }


def _kept(read: Any, names: list[str], target: str) -> dict[str, int]:  # noqa: ANN401 - as above
    """Write columns to a file, and return how many cells of each hold a code for a missing value."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    writer, codes, done = None, dict.fromkeys(names, 0), 0
    while True:
        columns, meta = read(usecols=names, row_offset=done, row_limit=_ROWS, user_missing=True)
        count = len(columns[names[0]])
        if writer is not None and count == 0:
            break
        arrays = []
        for name in names:
            text = meta.readstat_variable_types[name] == "string"
            cells, coded = _plain(columns[name], meta.missing_ranges.get(name, []), text=text)
            codes[name] += coded
            arrays.append(pa.array(cells, type=pa.string() if text else pa.float64()))
        batch = pa.RecordBatch.from_arrays(arrays, names=names)
        if writer is None:
            writer = pq.ParquetWriter(target, batch.schema, compression="lz4")
        writer.write_batch(batch)
        done += count
        if count < _ROWS:
            break
    writer.close()
    return codes


def _plain(cells: list[Any], ranges: list[Any], *, text: bool) -> tuple[list[Any], int]:
    """Return cells with None for what is missing, and how many of these have a code for why."""
    found: list[Any] = []
    coded = 0
    for cell in cells:
        if cell is None or cell == "":
            found.append(None)
        elif (isinstance(cell, str) and not text) or any(each["lo"] <= cell <= each["hi"] for each in ranges):
            coded += 1
            found.append(None)
        else:
            found.append(cell)
    return found, coded


def _fault(error: Exception) -> dict[str, Any]:
    text = str(error).strip() or type(error).__name__
    return {"error": text, "encoding": isinstance(error, UnicodeError) or "byte sequence" in text}


def _confine(seconds: int) -> None:
    try:
        import resource
    except ImportError:  # Windows
        return
    for kind, most in ((resource.RLIMIT_CPU, seconds), (resource.RLIMIT_AS, _BYTES)):
        _, hard = resource.getrlimit(kind)
        limit = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (limit, hard))


if __name__ == "__main__":
    asked = sys.argv[1:]
    json.dump(keep(*asked[1:]) if asked[0] == "keep" else main(*asked), sys.stdout)
