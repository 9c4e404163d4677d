"""Results that a person can hold: short in a console and in a notebook, whole as a table and as a data frame.

One mechanism for all results. A class that derives from `Result` says what its table is, and where it wants to, what
stands above the table; how many lines, rows and columns are shown is decided here.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pilotzone.core.clipping import clipped_html, clipped_text
from pilotzone.core.table import Table

if TYPE_CHECKING:
    from typing import Any

    import pandas as pd

    from pilotzone.core.cell import Cell
    from pilotzone.core.outcome import Outcome

__all__ = ["Glance", "Result", "SummaryRow", "summary_table"]


@dataclass(frozen=True)
class Glance:
    """What is shown of a result.

    Parameters
    ----------
    title
        What it is, without the name of its class.
    lines
        Sentences above the table; of long ones six lines of 120 letters are shown.
    table
        Its table, of which the first rows and columns are shown; ``None`` if there is none.
    """

    title: str
    lines: Sequence[str] = ()
    table: Table | None = None


class Result(ABC):
    """A result: its `repr`, `str` and notebook view are short, its table and its data frame are whole.

    Whoever derives from it gives `to_table`, and may give `summary` and `glance`. A dataclass that derives from it
    keeps this `repr`, whether it asks for one of its own or not.
    """

    __slots__ = ()

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        # A dataclass writes a repr of all its fields, arrays of any size among them, unless its class has one.
        if "__repr__" not in vars(cls):
            cls.__repr__ = Result.__repr__  # type: ignore[method-assign]

    @abstractmethod
    def to_table(self) -> Table:
        """Return everything as one tidy table."""

    def to_frame(self) -> pd.DataFrame:
        """Return `to_table` as a pandas data frame."""
        return self.to_table().to_frame()

    def summary(self) -> Table:
        """Return the small table that is shown first."""
        return self.to_table()

    def glance(self) -> Glance:
        """Return what `repr` and a notebook show."""
        table = self.summary()
        return Glance(table.title, (), table)

    def __repr__(self) -> str:
        seen = self.glance()
        return clipped_text(type(self).__name__, seen.title, seen.lines, seen.table)

    def _repr_html_(self) -> str:
        seen = self.glance()
        return clipped_html(type(self).__name__, seen.title, seen.lines, seen.table)


@dataclass(frozen=True)
class SummaryRow:
    """One effect, as every summary of effects shows it.

    Attributes
    ----------
    outcome
        On what.
    estimate, se
        Effect and its standard error, in the outcome's scale (log points or its own unit); no standard error where
        placebo ranks take its place.
    p
        Two-sided p of no effect, by the standard error or by rank; ``None`` where there is none.
    interval
        Ends of the interval in readable units (percent on a log scale); an end that is ``None`` is not bounded.
    n
        Units that the p-value rests on.
    of
        Cells that say whose effect it is, by their names, the same of all rows; they follow the outcome.
    more
        Further cells, likewise; they stand last.
    """

    outcome: Outcome
    estimate: float
    se: float | None
    p: float | None
    interval: tuple[float | None, float | None]
    n: int
    of: tuple[tuple[str, Cell], ...] = ()
    more: tuple[tuple[str, Cell], ...] = ()


def summary_table(rows: Sequence[SummaryRow], *, title: str, note: str = "") -> Table:
    """Return effects in the columns that all summaries of effects have in common.

    These are ``outcome``, ``effect``, ``low``, ``high`` and ``effect_unit`` (readable units), ``estimate`` and ``se``
    (the outcome's scale), ``p`` and ``n``; between and behind them stand the further cells of the rows.
    """
    whose, more = (tuple(name for name, _ in part) for part in ((rows[0].of, rows[0].more) if rows else ((), ())))
    names = ("outcome", *whose, "effect", "low", "high", "effect_unit", "estimate", "se", "p", "n", *more)
    cells = [
        (
            row.outcome.title,
            *(cell for _, cell in row.of),
            _number(row.outcome.display(row.estimate)),
            *row.interval,
            row.outcome.display_unit,
            _number(row.estimate),
            _number(row.se),
            _number(row.p),
            row.n,
            *(cell for _, cell in row.more),
        )
        for row in rows
    ]
    return replace(Table.from_rows(names, cells, title=title), note=note)


def _number(value: float | None) -> float | None:
    """Return a number, or ``None`` for one that is not there."""
    return None if value is None or value != value else value  # noqa: PLR0124 - NaN is the only value unlike itself
