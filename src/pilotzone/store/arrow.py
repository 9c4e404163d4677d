"""Arrow tables from the package's own small tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pilotzone.core import Cell, Table

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["as_arrow"]


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

    return pa.table({name: pa.array(cells, type=_type(name, cells)) for name, cells in table.columns.items()})


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
