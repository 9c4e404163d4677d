"""Columns of a user's CSV file, by name: text or numbers, each cell that is wrong named by its line."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from pilotzone.core import DataError, listing, shown, unknown
from pilotzone.store import read_csv

if TYPE_CHECKING:
    from pathlib import Path

    from pilotzone.store import TextTable

__all__ = ["Columns"]


class Columns:
    """A CSV file by its columns.

    Parameters
    ----------
    path
        Path of the file.

    Raises
    ------
    DataError
        If it cannot be read, has no rows, or names a column twice.
    """

    def __init__(self, path: Path) -> None:
        self.table: TextTable = read_csv(path)
        self.name = path.name
        head = self.table.header
        twice = [item for item in dict.fromkeys(head) if head.count(item) > 1]
        if twice:
            raise DataError(f"{self.name} has the column {shown(twice[0])} twice.", allowed="each column once")
        if not self.table.rows:
            raise DataError(f"{self.name} has no rows.", allowed=f"rows below {listing([*head])}")

    def text(self, column: str) -> list[str]:
        """Return the cells of a column, none of them empty.

        Raises
        ------
        DataError
            If there is no such column, or a cell is empty.
        """
        cells = [cell.strip() for cell in self._cells(column)]
        for cell, line in zip(cells, self.table.lines, strict=True):
            if not cell:
                raise DataError(f"{self.name}, line {line}: {column} is empty.", allowed="a name")
        return cells

    def numbers(self, column: str, *, most: float = math.inf, gaps: bool = False) -> list[float]:
        """Return the cells of a column as numbers above zero; NaN where one is empty and may be.

        Parameters
        ----------
        column
            Its name.
        most
            Largest number that is allowed.
        gaps
            Whether a cell may be empty.

        Raises
        ------
        DataError
            If there is no such column, or a cell is not such a number.
        """
        bound = "a number above 0" + (f", up to {most:g}" if math.isfinite(most) else "")
        found = []
        for cell, line in zip(self._cells(column), self.table.lines, strict=True):
            if gaps and not cell.strip():
                found.append(math.nan)
                continue
            try:
                value = float(cell)
            except ValueError:
                value = math.nan
            if not (math.isfinite(value) and 0 < value <= most):
                raise DataError(
                    f"{self.name}, line {line}: {column} is {shown(cell)}.",
                    allowed=bound + ("; empty is not given" if gaps else ""),
                )
            found.append(value)
        return found

    def _cells(self, column: str) -> list[str]:
        head = list(self.table.header)
        if column not in head:
            raise unknown("column", column, head, error=DataError, of=self.name)
        at = head.index(column)
        return [str(row[at]) for row in self.table.rows]
