"""A table as a report shows it: what is read in each cell, and the number behind it for the file that is exported."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Literal

__all__ = ["Cell", "Column", "Mark", "Sheet", "number"]

Mark = Literal["", "passed", "failed", "unknown", "strong"]
"""How a cell is set; what it means always stands in its text as well."""


@dataclass(frozen=True)
class Cell:
    """What is read, and the number that is exported instead where there is one.

    Attributes
    ----------
    text
        What is read.
    value
        The unrounded number, for the exported file; ``None`` exports the text.
    mark
        How it is set.
    """

    text: str
    value: float | int | None = None
    mark: Mark = ""


@dataclass(frozen=True)
class Column:
    """One column: its head, the unit of the exported numbers, and whether it holds numbers."""

    head: str
    unit: str = ""
    numeric: bool = False

    @property
    def export_head(self) -> str:
        """The head in an exported file: with the unit, since the numbers there have none."""
        return f"{self.head} ({self.unit})" if self.unit else self.head


@dataclass(frozen=True)
class Sheet:
    """A table with a caption; the first column heads the rows.

    Attributes
    ----------
    id
        Unique in the report; names the exported file.
    caption
        What the table shows.
    columns, rows
        Every row has as many cells as there are columns.
    note
        A line below the table.
    """

    id: str
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = field(default="")


def number(text: str, value: float | None, mark: Mark = "") -> Cell:
    """Return a cell with a number behind it; one that is not finite exports as empty text."""
    if value is None or not math.isfinite(value):
        return Cell(text, None, mark)
    # Digits beyond these differ between machines and mean nothing.
    return Cell(text, value if isinstance(value, int) else float(f"{value:.12g}"), mark)
