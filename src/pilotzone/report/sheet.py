"""A table as a report shows it: what is read in each cell, and the number behind it for the file that is exported."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Literal

__all__ = ["Cell", "Column", "Mark", "Sheet", "number"]

_TALL = 15
"""Rows beyond which a table gets a frame of its own to scroll in."""

_BROAD = 9
"""Columns beyond which a table is set closer, to fit a desk's screen."""

_WORDY = 40
"""Characters of a cell from which its table is stacked on a phone."""

_WIDE = 120
"""Characters of a cell from which its column gets more room."""

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

    @property
    def tall(self) -> bool:
        """Whether there are more rows than a reader goes through on the way to what follows."""
        return len(self.rows) > _TALL

    @property
    def wordy(self) -> bool:
        """Whether some cell is a sentence: on a phone such a table is read row by row."""
        return any(self._longest(at) > _WORDY for at in range(1, len(self.columns)))

    @property
    def broad(self) -> bool:
        """Whether there are more columns to see than a screen holds at the usual size."""
        return sum(look != "blank" for look in self.looks) > _BROAD

    @property
    def looks(self) -> tuple[str, ...]:
        """How each column is set: ``number``, ``wide`` for long texts, ``blank`` where nothing is in it."""
        return tuple(self._look(at) for at in range(len(self.columns)))

    def _look(self, at: int) -> str:
        # A column without a text takes room and tells nothing; the exported file keeps it.
        if at > 0 and self.rows and self._longest(at) == 0:
            return "blank"
        if self.columns[at].numeric:
            return "number"
        return "wide" if at > 0 and self._longest(at) > _WIDE else ""

    def _longest(self, at: int) -> int:
        return max((len(row[at].text) for row in self.rows), default=0)


def number(text: str, value: float | None, mark: Mark = "") -> Cell:
    """Return a cell with a number behind it; one that is not finite exports as empty text."""
    if value is None or not math.isfinite(value):
        return Cell(text, None, mark)
    # Digits beyond these differ between machines and mean nothing.
    return Cell(text, value if isinstance(value, int) else float(f"{value:.12g}"), mark)
