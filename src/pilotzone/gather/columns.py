"""A table before it is understood: named columns of text or numbers, with the place of every row for messages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from pilotzone.core import DataError, listing, unknown

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Column", "NumberColumn", "RawTable", "RefusedColumn", "TextColumn", "code"]


@dataclass(frozen=True, eq=False)
class TextColumn:
    """Cells of text; an empty text is a missing value.

    Attributes
    ----------
    cells
        The text.
    labels
        Text to the label that a file gives it.
    """

    cells: Sequence[str]
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class NumberColumn:
    """Cells of numbers; NaN is a missing value.

    Attributes
    ----------
    values
        The numbers, shape (rows,).
    labels
        Number, as `code` writes it, to the label that a file gives it.
    """

    values: NDArray[np.float64]
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class RefusedColumn:
    """A column of a kind that no panel has; an error only if the column is asked for.

    Attributes
    ----------
    what
        What the column holds, as the end of a sentence that starts with "holds".
    todo
        What to do about it.
    rows
        Positions of cells that show it; empty where the kind of the whole column does.
    dates
        Whether it holds dates or times.
    cells
        The dates as text, empty where they are missing; no cells where they cannot be periods.
    """

    what: str
    todo: str
    rows: tuple[int, ...] = ()
    dates: bool = False
    cells: Sequence[str] = ()


def code(number: float) -> str:
    """Return a number as the name that it is where it stands for a unit.

    Examples
    --------
    >>> code(52.0), code(1.5)
    ('52', '1.5')
    """
    return str(int(number)) if float(number).is_integer() else repr(number)


Column = TextColumn | NumberColumn | RefusedColumn


@dataclass(frozen=True, eq=False)
class RawTable:
    """A table as it came in.

    Attributes
    ----------
    source
        What it came from, such as ``'data.csv'`` or ``the pandas data frame``.
    names
        Column names in order; they may repeat.
    columns
        One column per name.
    rows
        Where each row stands: line of the file, or number of the row counted from 1.
    word
        What those numbers count: ``line`` or ``row``.
    letters
        In a sheet, the letters of each column.
    labels
        Column name to the label that a file gives it.
    told
        What a reader should know of how the table was read, one sentence each.
    """

    source: str
    names: tuple[str, ...]
    columns: tuple[Column, ...]
    rows: Sequence[int]
    word: str
    letters: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    told: tuple[str, ...] = ()

    def column(self, name: str, *, todo: str | None = None) -> Column:
        """Return the column of a name.

        Parameters
        ----------
        name
            Name of the column.
        todo
            What to do if there is none.

        Raises
        ------
        DataError
            If there is none (with the closest name), or more than one.
        """
        found = [column for given, column in zip(self.names, self.columns, strict=True) if given == name]
        if len(found) == 1:
            return found[0]
        if found:
            raise DataError(
                f"{self.source} has {len(found)} columns called {name!r}.",
                allowed="every column once",
                todo="rename or drop one of them",
            )
        raise unknown(
            "column",
            name,
            self.names,
            of=self.source,
            allowed=f"its columns are {listing([repr(given) for given in self.names], most=20)}",
            todo=todo,
            error=DataError,
        )

    def usable(self, name: str, *, what: str) -> TextColumn | NumberColumn:
        """Return a column of text or numbers.

        Parameters
        ----------
        name
            Name of the column.
        what
            What it is wanted for, such as ``values`` or ``periods``.

        Raises
        ------
        DataError
            If there is none, or it holds something else.
        """
        column = self.column(name)
        if isinstance(column, RefusedColumn):
            where = f" ({self.places(column.rows, name)})" if column.rows else ""
            raise DataError(
                f"{self.source}: column {name!r} is to give the {what}, but holds {column.what}{where}.",
                allowed="numbers, or text",
                todo=column.todo,
            )
        return column

    def take(self, positions: Sequence[int]) -> RawTable:
        """Return the table of some rows, which keep their places."""
        return replace(
            self,
            columns=tuple(_taken(column, positions) for column in self.columns),
            rows=[self.rows[position] for position in positions],
        )

    def place(self, position: int, column: str | None = None) -> str:
        """Return where a row, or in a sheet a cell, stands: ``line 5``, ``C7``."""
        return self.places([position], column)

    def places(self, positions: Sequence[int], column: str | None = None) -> str:
        """Return where some rows, or in a sheet cells, stand: ``lines 5, 9 and 3 more``, ``C7, C9``."""
        rows = [self.rows[position] for position in positions]
        if column is not None and self.letters:
            letters = self.letters[self.names.index(column)]
            return listing([f"{letters}{row}" for row in rows])
        return f"{self.word} {rows[0]}" if len(rows) == 1 else f"{self.word}s {listing(rows)}"

    def at(self, positions: Sequence[int], column: str) -> str:
        """Return the same as the end of a sentence: ``on lines 5, 9``, ``in C7, C9``."""
        return f"{'in' if self.letters else 'on'} {self.places(positions, column)}"


def _taken(column: Column, positions: Sequence[int]) -> Column:
    if isinstance(column, TextColumn):
        return TextColumn([column.cells[position] for position in positions], column.labels)
    if isinstance(column, NumberColumn):
        return NumberColumn(column.values[list(positions)], column.labels)
    return replace(column, cells=[column.cells[position] for position in positions]) if column.cells else column
