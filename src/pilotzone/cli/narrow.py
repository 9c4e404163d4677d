"""Tables that a narrow terminal cannot hold as they are: remarks beneath their rows, or one row below the other."""

from __future__ import annotations

import textwrap
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Arrangement", "arrangement_of", "remarks_beneath", "stacked"]

Arrangement = Literal["table", "remarks beneath", "stacked"]

_GAP = 2
_READABLE = 16
"""Columns of text are not broken to fewer signs than this."""
_MARK = 4
"""What points to a remark, such as [12]."""
_REMARK = 40
"""Remarks are not broken to fewer signs than this: they are sentences."""


@dataclass(frozen=True)
class _Column:
    """A column's head, its cells, and whether its text may be broken."""

    head: str
    cells: tuple[str, ...]
    whole: bool

    @property
    def natural(self) -> int:
        return max(map(_width, (self.head, *self.cells)))

    @property
    def least(self) -> int:
        return self.natural if self.whole else min(self.natural, _READABLE)


def arrangement_of(
    heads: Sequence[str],
    rows: Sequence[Sequence[str]],
    width: int,
    *,
    whole: Sequence[str] = (),
    remark: str | None = None,
) -> Arrangement:
    """Return how a table can be printed so that no text is cut off or broken beyond reading.

    Parameters
    ----------
    heads, rows
        Column heads, and cells.
    width
        Width of the terminal.
    whole
        Heads of the columns that are not to be broken.
    remark
        Head of the column of remarks, if there is one; the last.

    Returns
    -------
    str
        ``"table"``: as a table. ``"remarks beneath"``: the table without its remarks fits, remarks below their rows.
        ``"stacked"``: one row below the other, a line for each cell.
    """
    columns = [
        _Column(head, tuple(row[k] for row in rows), head in whole) for k, head in enumerate(heads) if head != remark
    ]
    natural = sum(column.natural + _GAP for column in columns)
    if len(columns) < len(heads):
        longest = max((_width(row[-1]) for row in rows), default=0)
        if natural + min(longest, _REMARK) <= width:
            return "table"
        return "remarks beneath" if natural + _MARK <= width else "stacked"
    return "table" if sum(column.least + _GAP for column in columns) - _GAP <= width else "stacked"


def remarks_beneath(
    heads: Sequence[str], rows: Sequence[Sequence[str]], width: int, *, right: Sequence[str] = ()
) -> list[str]:
    r"""Return the lines of a table whose last column, the remarks, stands beneath its rows, or below all if repeated.

    Examples
    --------
    >>> rows = [("1", "+5", "too few units"), ("2", "+7", ""), ("3", "0", "all alike"), ("4", "0", "all alike")]
    >>> print(*remarks_beneath(("at", "effect", ""), rows, 40, right=("effect",)), sep="\n")
    at  effect
    1       +5
        too few units
    2       +7
    3        0  [1]
    4        0  [1]
    [1] all alike
    """
    columns = [_Column(head, tuple(row[k] for row in rows), whole=True) for k, head in enumerate(heads[:-1])]
    counts = Counter(row[-1] for row in rows if row[-1])
    marks = {remark: f"[{k}]" for k, remark in enumerate((text for text in counts if counts[text] > 1), start=1)}
    lines = [_line(columns, heads[:-1], right).rstrip()]
    for row in rows:
        mark = marks.get(row[-1], "")
        lines.append(f"{_line(columns, row[:-1], right)}{' ' * _GAP}{mark}".rstrip())
        lines += [] if mark else _wrapped(row[-1], width, "    ", "    ")
    for remark, mark in marks.items():
        lines += _wrapped(f"{mark} {remark}", width, "", "    ")
    return lines


def _line(columns: Sequence[_Column], cells: Sequence[str], right: Sequence[str]) -> str:
    """Return cells side by side, each as wide as its column."""
    padded = (
        " " * (column.natural - _width(cell)) + cell
        if column.head in right
        else cell + " " * (column.natural - _width(cell))
        for column, cell in zip(columns, cells, strict=True)
    )
    return (" " * _GAP).join(padded)


def stacked(heads: Sequence[str], rows: Sequence[Sequence[str]], width: int) -> list[str]:
    r"""Return the lines of a table, one row below the other: its first cell, and every other cell after its head.

    Examples
    --------
    >>> print(*stacked(("site", "law", ""), [("Home", "CN", "open"), ("Abroad", "", "")], 40), sep="\n")
    site: Home
      law: CN
      open
    site: Abroad
    """
    lines: list[str] = []
    for row in rows:
        for k, (head, cell) in enumerate(zip(heads, row, strict=True)):
            told = f"{head}: {cell}" if head else cell
            if k == 0 or cell:
                lines += _wrapped(told, width, "" if k == 0 else "  ", "    ")
    return lines


def _wrapped(text: str, width: int, indent: str, hanging: str) -> list[str]:
    return textwrap.wrap(text, width, initial_indent=indent, subsequent_indent=hanging, break_on_hyphens=False)


def _width(text: str) -> int:
    """Return how many columns of a terminal a text takes: signs of East Asia take two."""
    from rich.cells import cell_len

    return cell_len(text)
