"""Tables of a user's own with zones or candidates: columns by name, each wrong cell named by its line."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from pilotzone.core import DataError, listing, shown
from pilotzone.store import read_csv
from pilotzone.study.runs.fields import LARGEST

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pilotzone.store import TextTable

__all__ = ["PlaceSheet"]


class PlaceSheet:
    """A CSV file with a row for each zone or candidate.

    Parameters
    ----------
    path
        Path of the file.
    needed
        Columns that it has to have.
    known
        Columns that it may have.

    Raises
    ------
    DataError
        If it cannot be read, has no rows, or lacks, repeats or has further columns.
    """

    def __init__(self, path: Path, needed: Sequence[str], known: Sequence[str]) -> None:
        self.table: TextTable = read_csv(path)
        self.name = path.name
        head = list(self.table.header)
        allowed = [*needed, *known]
        for column in head:
            if head.count(column) > 1 or column not in allowed:
                what = "twice" if head.count(column) > 1 else "which is not known"
                raise DataError(
                    f"{self.name} has the column {shown(column)}, {what}.".replace(", twice", " twice"),
                    allowed=listing(allowed, most=30),
                )
        lacking = [column for column in needed if column not in head]
        if lacking:
            raise DataError(f"{self.name} has no column {listing(lacking)}.", allowed=listing(allowed, most=30))
        if not self.table.rows:
            raise DataError(f"{self.name} has no rows.", allowed=f"rows below {listing(head, most=30)}")

    def __len__(self) -> int:
        return len(self.table.rows)

    def text(self, row: int, column: str) -> str:
        """Return a cell as text; empty where the file has no such column."""
        head = list(self.table.header)
        return str(self.table.rows[row][head.index(column)]).strip() if column in head else ""

    def name_at(self, row: int, column: str) -> str:
        """Return a cell that may not be empty."""
        found = self.text(row, column)
        if not found:
            raise DataError(f"{self.name}, line {self.table.lines[row]}: {column} is empty.", allowed="a name")
        return found

    def number(self, row: int, column: str, *, positive: bool = False) -> float:
        """Return a cell as a number.

        Raises
        ------
        DataError
            If it is not a finite number, or not above zero where it has to be.
        """
        cell = self.text(row, column)
        try:
            value = float(cell)
        except ValueError:
            value = math.nan
        if not abs(value) <= LARGEST or (positive and not value > 0):
            raise DataError(
                f"{self.name}, line {self.table.lines[row]}: {column} is {shown(cell)}.",
                allowed="a number above 0" if positive else f"a number from -{LARGEST:g} to {LARGEST:g}",
            )
        return value
