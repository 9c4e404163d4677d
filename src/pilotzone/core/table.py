"""A small tidy table that every result can turn into: for files, frames, terminals and notebooks."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pilotzone.core.cell import Cell
from pilotzone.core.clipping import clipped_html, clipped_text
from pilotzone.core.markdown import as_markdown
from pilotzone.core.periods import Period
from pilotzone.core.typeset import as_html, as_html_page, as_latex, as_rtf, as_text

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Table"]


@dataclass(frozen=True)
class Table:
    """Named columns of equal length.

    A console and a notebook show its first rows and columns; `to_text`, `to_html` and `to_frame` have all.

    Parameters
    ----------
    columns
        Column name to values; missing values are ``None``. A `Period` becomes its label.
    title
        What the table shows.
    units
        Unit of a column where it has one that its name does not already say.
    note
        What stands below the table: how to read it, and where its figures come from.
    rules
        Positions of rows, from 0, above which a rule stands.
    centred
        Whether the columns but the first are centred, as in tables with a model in each column.

    Raises
    ------
    ValueError
        If the columns differ in length.

    Examples
    --------
    >>> Table({"period": (2016, 2017), "gap": (0.1, None)}).rows()
    [(2016, 0.1), (2017, None)]
    """

    columns: Mapping[str, Sequence[Cell]]
    title: str = ""
    units: Mapping[str, str] = field(default_factory=dict)
    note: str = ""
    rules: tuple[int, ...] = ()
    centred: bool = False

    def __post_init__(self) -> None:
        lengths = {name: len(values) for name, values in self.columns.items()}
        if len(set(lengths.values())) > 1:
            message = f"columns differ in length: {lengths}"
            raise ValueError(message)
        # Pandas and JSON take a period for a whole number like others, so here it becomes its label.
        spelled = {
            name: tuple(str(cell) if isinstance(cell, Period) else cell for cell in cells)
            for name, cells in self.columns.items()
            if any(isinstance(cell, Period) for cell in cells)
        }
        if spelled:
            object.__setattr__(self, "columns", {**self.columns, **spelled})

    @classmethod
    def from_rows(cls, names: Sequence[str], rows: Sequence[Sequence[Cell]], *, title: str = "") -> Table:
        """Build a table from rows.

        Parameters
        ----------
        names
            Column names.
        rows
            One sequence of cells per row, as long as `names`.
        """
        return cls({name: tuple(row[k] for row in rows) for k, name in enumerate(names)}, title=title)

    def __len__(self) -> int:
        return len(next(iter(self.columns.values()), ()))

    def rows(self) -> list[tuple[Cell, ...]]:
        """Return the rows as tuples, in column order."""
        return list(zip(*self.columns.values(), strict=True))

    def records(self) -> list[dict[str, Cell]]:
        """Return the rows as dictionaries; NaN becomes ``None``, as JSON wants it."""
        names = list(self.columns)
        return [dict(zip(names, map(_finite, row), strict=True)) for row in self.rows()]

    def to_frame(self) -> pd.DataFrame:
        """Return a pandas data frame, one row per row."""
        import pandas as pd

        return pd.DataFrame({name: list(values) for name, values in self.columns.items()})

    def to_latex(self, *, label: str = "") -> str:
        r"""Return a LaTeX table with booktabs rules: the title as caption, units in the head, points aligned.

        Everything in the table is escaped; letters of any script are kept. Texts too long for a page are broken into
        lines, and the note stands below in small print.

        Parameters
        ----------
        label
            For ``\ref``, such as ``tab:effects``; none if empty.

        Raises
        ------
        UsageError
            If the label holds other signs than ASCII letters, digits and ``: . + -``.

        Examples
        --------
        >>> print(Table({"unit": ("R&D",), "gap": (0.125,)}, units={"gap": "%"}).to_latex())
        % Needs \usepackage{booktabs}; other than Latin letters need XeLaTeX or LuaLaTeX and a font that has them.
        \begin{table}[htbp]
          \centering
          \begin{tabular}{lr@{}l}
            \toprule
            unit & \multicolumn{2}{r}{gap (\%)} \\
            \midrule
            R\&D & 0 & .125 \\
            \bottomrule
          \end{tabular}
        \end{table}
        """
        return as_latex(self, label=label)

    def to_rtf(self) -> str:
        r"""Return a document that Word, LibreOffice and Pages open: title, table with rules as in books, and note.

        The text is ASCII; write it to a file whose name ends in ``.rtf``.

        Examples
        --------
        >>> print(Table({"gap": (0.125,)}).to_rtf()[:16])
        {\rtf1\ansi\ansi
        """
        return as_rtf(self)

    def to_html(self) -> str:
        """Return an HTML table without a style: the title as caption, units in the head, the note in a paragraph below.

        Everything in the table is escaped.

        Examples
        --------
        >>> Table({"gap": (0.125,)}).to_html()
        "<table><thead><tr><th scope='col'>gap</th></tr></thead><tbody><tr><td>0.125</td></tr></tbody></table>"
        """
        return as_html(self)

    def to_html_page(self) -> str:
        """Return a page with the table of `to_html`, ruled as in books, for a file whose name ends in ``.html``.

        Examples
        --------
        >>> Table({"gap": (0.125,)}, title="Gaps").to_html_page().splitlines()[3]
        '<title>Gaps</title>'
        """
        return as_html_page(self)

    def to_markdown(self) -> str:
        r"""Return a table in Markdown as GitHub, Quarto and Pandoc read it: title above in bold, note below.

        Everything in the table is escaped: pipes, stars and other signs are printed as they are. Markdown has one rule
        only, below the head; an empty row stands where `rules` has others.

        Examples
        --------
        >>> print(Table({"unit": ("R&D|x",), "gap": (0.125,)}, units={"gap": "%"}).to_markdown())
        | unit | gap (%) |
        | :--- | ---: |
        | R\&D\|x | 0.125 |
        """
        return as_markdown(self)

    def to_text(self) -> str:
        """Return the table for a terminal: columns below one another, those of numbers flush right.

        Examples
        --------
        >>> print(Table({"unit": ("Gansu", "Guizhou"), "gap": (-0.5, 12.25)}, title="Gaps").to_text())
        Gaps
        unit       gap
        -------  -----
        Gansu     -0.5
        Guizhou  12.25
        """
        return as_text(self)

    def heads(self) -> list[str]:
        """Return the columns' names with their units, as they stand above the columns."""
        return [f"{name} ({self.units[name]})" if name in self.units else name for name in self.columns]

    def __repr__(self) -> str:
        return clipped_text("Table", self.title, (), self)

    def _repr_html_(self) -> str:
        return clipped_html("Table", self.title, (), self)


def _finite(cell: Cell) -> Cell:
    return None if isinstance(cell, float) and not math.isfinite(cell) else cell
