"""Arrow tables from the package's own small tables."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import Cell, Table

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["as_arrow"]

_EXACT = 2**53
"""Whole numbers up to this size are exact in float64; Arrow refuses others in a column of numbers."""
_WHOLE = 2**63
_LONGEST = 2**31 - 1
"""Bytes of text in a column of Arrow's type string at most."""


def as_arrow(table: Table) -> pa.Table:
    """Return a table as an Arrow table.

    Columns of whole numbers become int64, of numbers float64, of truth values bool, of text string; ``None`` is
    null. A column without any value becomes float64.

    Raises
    ------
    TypeError
        If a column mixes text, truth values and numbers.

    Examples
    --------
    >>> as_arrow(Table({"unit": ("a", "b"), "gap": (0.5, None)})).schema.types
    [DataType(string), DataType(double)]
    """
    import pyarrow as pa

    arrays = [_array(cells, _type(name, cells)) for name, cells in table.columns.items()]
    return pa.Table.from_arrays(arrays, names=list(table.columns))


def _array(cells: Sequence[Cell], kind: pa.DataType) -> pa.Array:
    """Return what ``pyarrow.array`` does, which imports pandas to see whether cells are pandas': half a second."""
    import pyarrow as pa

    known = np.array([cell is not None for cell in cells], dtype=bool)
    buffers = _buffers(cells, kind)
    if buffers is None:  # of a size that Arrow has its own words for
        return pa.array(cells, type=kind)
    missing = None if known.all() else pa.py_buffer(np.packbits(known, bitorder="little"))
    return pa.Array.from_buffers(kind, len(cells), [missing, *map(pa.py_buffer, buffers)])


def _buffers(cells: Sequence[Cell], kind: pa.DataType) -> list[bytes] | None:
    """Return the values of a column as Arrow lays them out in memory, nothing in place of what is missing."""
    import pyarrow as pa

    if kind == pa.string():
        texts = [b"" if cell is None else str(cell).encode() for cell in cells]
        ends = [0, *accumulate(map(len, texts))]
        return None if ends[-1] > _LONGEST else [np.array(ends, dtype=np.int32).tobytes(), b"".join(texts)]
    values = [0 if cell is None else cell for cell in cells]
    if kind == pa.bool_():
        return [np.packbits(np.array(values, dtype=bool), bitorder="little").tobytes()]
    whole = kind == pa.int64()
    most = _WHOLE - 1 if whole else _EXACT
    if any(isinstance(value, int) and abs(value) > most for value in values):
        return None
    return [np.array(values, dtype=np.int64 if whole else np.float64).tobytes()]


def _type(name: str, cells: Sequence[Cell]) -> pa.DataType:
    import pyarrow as pa

    kinds = {type(cell) for cell in cells if cell is not None}
    if kinds == {str}:
        return pa.string()
    if kinds == {bool}:
        return pa.bool_()
    if kinds == {int}:
        return pa.int64()
    if all(issubclass(kind, (int, float)) and kind is not bool for kind in kinds):
        return pa.float64()
    message = f"column {name!r} mixes {', '.join(sorted(kind.__name__ for kind in kinds))}"
    raise TypeError(message)
