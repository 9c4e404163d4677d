"""What stands in a table, and what of a table those need who show it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

__all__ = ["Cell", "Tabular"]

Cell = str | int | float | bool | None


class Tabular(Protocol):
    """Named columns of equal length, with a title above and a note below: a table, or a part of one."""

    @property
    def columns(self) -> Mapping[str, Sequence[Cell]]:
        """Column name to values."""

    @property
    def title(self) -> str:
        """What the table shows."""

    @property
    def note(self) -> str:
        """What stands below it."""

    @property
    def rules(self) -> Sequence[int]:
        """Positions of rows, from 0, above which a rule stands."""

    @property
    def centred(self) -> bool:
        """Whether the columns but the first are centred."""

    def heads(self) -> list[str]:
        """Return what stands above the columns."""

    def rows(self) -> list[tuple[Cell, ...]]:
        """Return the rows as tuples, in column order."""
