"""A program of its own that reads a Stata or SPSS file and writes what is in it to its output, as JSON.

The library that knows these formats is written in C, and some damaged files bring it down; here it takes only this
process with it. Run as ``python readstat.py CELLS (dta|sav) FILE [ENCODING]``, CELLS being the most that are read.
"""

from __future__ import annotations

import json
import sys
from typing import Any

__all__ = ["main"]


_SECONDS, _BYTES = 60, 4 * 2**30
"""Of computing, and of memory as addresses; files that need more are damaged, or made to take them."""


def main(cells: str, program: str, file: str, encoding: str | None = None) -> dict[str, Any]:
    """Return columns, labels, formats and the encoding that the file names, or what is wrong with it."""
    _confine()
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
        text = str(error).strip() or type(error).__name__
        return {"error": text, "encoding": isinstance(error, UnicodeError) or "byte sequence" in text}
    if any(len(column) > rows for column in columns.values()):
        return {"error": f"it has more than {int(cells):,} cells", "encoding": False}
    return {
        "columns": list(columns.items()),
        "count": meta.number_columns,
        "labels": meta.column_names_to_labels,
        "value_labels": {name: list(labels.items()) for name, labels in meta.variable_value_labels.items()},
        "formats": meta.original_variable_types,
        "encoding": getattr(meta, "file_encoding", None),
    }


def _confine() -> None:
    try:
        import resource
    except ImportError:  # Windows
        return
    for kind, most in ((resource.RLIMIT_CPU, _SECONDS), (resource.RLIMIT_AS, _BYTES)):
        _, hard = resource.getrlimit(kind)
        limit = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (limit, hard))


if __name__ == "__main__":
    json.dump(main(*sys.argv[1:]), sys.stdout)
