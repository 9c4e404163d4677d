"""Columns of Python objects, as data frames and sheets have them: numbers, text, or why they are neither."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from numbers import Integral, Real
from typing import Any

from pilotzone.gather.columns import Column, NumberColumn, RefusedColumn, TextColumn

__all__ = ["DATES", "LARGE", "TO_NUMBERS", "TRUTH", "kind_of", "object_column", "spelled_period"]

DATES = RefusedColumn("dates or times", "name a column of numbers, or leave this one out", dates=True)
LARGE = (
    "whole numbers beyond 2^53, which cannot be held exactly",
    "write codes as text, and large figures in a larger unit",
)
TRUTH = "truth values"
TO_NUMBERS = "turn them into numbers, or leave the column out"
_EXACT = 2**53
_SHOWN = 40


def object_column(cells: Sequence[object]) -> Column:
    """Return the column that cells of one kind make, or why they make none."""
    import numpy as np

    kinds = [kind_of(cell) for cell in cells]
    present = {kind for kind in kinds if kind != "missing"}
    if present <= {"number"}:
        values = np.array([_as_float(cell) for cell in cells], dtype=np.float64)
        large = [k for k, cell in enumerate(cells) if _is_rounded(cell, float(values[k]))]
        return RefusedColumn(*LARGE, tuple(large)) if large else NumberColumn(values)
    if present == {"text"}:
        return TextColumn([str(cell) if kind == "text" else "" for cell, kind in zip(cells, kinds, strict=True)])
    if present == {"date"}:
        texts = [_spelled(cell) if kind == "date" else "" for cell, kind in zip(cells, kinds, strict=True)]
        return DATES if None in texts else replace(DATES, cells=[text or "" for text in texts])
    if present == {TRUTH}:
        return RefusedColumn(TRUTH, TO_NUMBERS)
    # The kind that is rarest is the one to look for; among equals, not the numbers.
    counts = {kind: kinds.count(kind) for kind in sorted(present)}
    odd = min(counts, key=lambda kind: (counts[kind], kind == "number"))
    rows = tuple(k for k, kind in enumerate(kinds) if kind == odd)
    # Only text is sure to show itself in few signs.
    example = f", such as {str(cells[rows[0]])[:_SHOWN]!r}" if odd == "text" else ""
    what = f"a mix of {' and '.join(counts)}" if len(counts) > 1 else f"values of type {odd}"
    return RefusedColumn(what + example, f"make all cells numbers, or all text; look for the {odd}", rows)


def kind_of(cell: object) -> str:
    """Return ``missing``, ``number``, ``text``, ``date``, ``truth values`` or the name of another type."""
    name = type(cell).__name__
    if cell is None or name in {"NAType", "NaTType"} or (isinstance(cell, float) and cell != cell):  # noqa: PLR0124
        return "missing"
    if isinstance(cell, bool) or name in {"bool", "bool_"}:
        return TRUTH
    if isinstance(cell, str):
        return "text"
    if isinstance(cell, (Real, Decimal)):
        return "number"
    return "date" if isinstance(cell, (dt.date, dt.time, dt.timedelta)) or name == "Period" else name


def _spelled(cell: object) -> str | None:
    """Return a date as text, ``None`` for times and spans of time."""
    if type(cell).__name__ == "Period":
        return spelled_period(cell)
    return str(cell) if isinstance(cell, dt.date) else None


def spelled_period(cell: Any) -> str:  # noqa: ANN401 - pandas has no types here
    """Return a period of pandas as text; a week as that of ISO 8601 where it runs from Monday to Sunday."""
    return cell.start_time.strftime("%G-W%V") if cell.freqstr == "W-SUN" else str(cell)


def _as_float(cell: object) -> float:
    if kind_of(cell) == "missing":
        return float("nan")
    try:
        return float(cell)  # type: ignore[arg-type] # a real number or a decimal, by its kind
    except OverflowError:
        return float("inf")  # refused by the check of numbers, which names the row
    except ValueError:
        return float("nan")  # a signalling NaN among decimals


def _is_rounded(cell: object, value: float) -> bool:
    # Infinite ones are left to the check of numbers; what is not a float may have more digits than one can hold.
    if not _EXACT <= abs(value) < float("inf") or isinstance(cell, float):
        return False
    whole = int(cell)  # type: ignore[call-overload] # a real number or a decimal, as its value is finite
    return whole != int(value) or (isinstance(cell, Integral) and abs(whole) > _EXACT)
