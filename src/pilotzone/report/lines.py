"""What a terminal shows, which may or may not have colours: lines, paragraphs and tables."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Literal

from pilotzone.core import Cell, one_line
from pilotzone.report.formatting import plain

__all__ = ["Aligned", "Block", "Grid", "Line", "LineKind", "LineWriter", "Words"]

LineKind = Literal["label", "sentence", "reason", "outcome", "detail", "warning", "design", "heading", "limit"]
"""What a line is, for whoever wants to colour it; the text says the same without colour."""


@dataclass(frozen=True)
class Line:
    """One line of at most the width asked for (a single longer word is not broken).

    Attributes
    ----------
    kind
        What the line is.
    text
        The line, indentation included; nothing but the line.
    """

    kind: LineKind
    text: str


@dataclass(frozen=True)
class Words:
    """A paragraph, to be wrapped to the width there is.

    Attributes
    ----------
    text
        The paragraph; empty for an empty line.
    bold
        Whether it heads what follows.
    hanging
        Whether its further lines are indented.
    """

    text: str = ""
    bold: bool = False
    hanging: bool = False


@dataclass(frozen=True)
class Grid:
    """A table.

    Attributes
    ----------
    heads
        Its columns.
    rows
        Cells.
    right
        Columns whose cells stand to the right.
    whole
        Columns that are never broken.
    remark
        Column whose cells go beneath their rows where the width is small.
    """

    heads: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    right: Sequence[str] = ()
    whole: Sequence[str] = ()
    remark: str | None = None


Block = Line | Words | Grid
"""What a terminal shows, piece by piece."""

_NARROWEST = 40
_BETWEEN = 3
"""Signs between two tables that stand beside each other."""


@dataclass(frozen=True)
class Aligned:
    """A table whose columns are as wide as what stands in them.

    Attributes
    ----------
    heads
        Its columns; they may hold line feeds.
    rows
        Cells.
    left
        Columns that stand to the left, the first ones; all others stand to the right.
    """

    heads: Sequence[str]
    rows: Sequence[Sequence[str]]
    left: int = 1


class LineWriter:
    """Collects lines of one width.

    Parameters
    ----------
    width
        Signs in a line; fewer than 40 are treated as 40: a narrower terminal breaks lines by itself.
    """

    def __init__(self, width: int) -> None:
        self.width = max(width, _NARROWEST)
        self.lines: list[Line] = []

    def add(self, kind: LineKind, text: str, *, indent: str = "", hanging: str | None = None) -> None:
        """Add a paragraph as lines of a kind."""
        # Only words: text from data may hold line breaks and control characters.
        words = " ".join(one_line(plain(text)).split())
        wrapped = textwrap.wrap(
            words,
            self.width,
            initial_indent=indent,
            subsequent_indent=indent + "  " if hanging is None else hanging,
            break_long_words=False,
            break_on_hyphens=False,
        )
        self.lines.extend(Line(kind, line) for line in wrapped)

    def table(self, kind: LineKind, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Add an aligned table: the first column to the left, all others to the right.

        Heads are broken at their line feeds. Where the table is wider than a line, each row's first cell has a line of
        its own above the rest; where even that is too wide, each cell stands beside its head.
        """
        tops, cells = _parts(heads, rows)
        deep = len(tops)
        whole = _columns([*tops, *cells], left=1)
        if max(map(len, whole)) <= self.width:
            self.lines.extend(Line(kind, line) for line in whole)
            return
        body = [f"  {line}" for line in _columns([row[1:] for row in (*tops, *cells)], left=0)]
        if max(map(len, body)) <= self.width:
            self.lines.extend(Line(kind, line) for line in body[:deep])
            for row, line in zip(cells, body[deep:], strict=True):
                self.add(kind, row[0])
                self.lines.append(Line(kind, line))
            return
        for row in cells:
            self.add(kind, row[0])
            for head, cell in zip(heads[1:], row[1:], strict=True):
                self.add(kind, f"{' '.join(head.split())}: {cell}", indent="  ")

    def pair(self, kind: LineKind, first: Aligned, second: Aligned) -> None:
        """Add two tables: beside each other where a line has room for both, else one beneath the other."""
        sides = [
            _columns([row for part in _parts(table.heads, table.rows) for row in part], left=table.left)
            for table in (first, second)
        ]
        wide = max(map(len, sides[0])) + _BETWEEN
        if wide + max(map(len, sides[1])) <= self.width:
            lines = [f"{left:{wide}}{right}".rstrip() for left, right in zip_longest(*sides, fillvalue="")]
            self.lines.extend(Line(kind, line) for line in lines)
            return
        for table in (first, second):
            heads = [" ".join(head.split()) for head in table.heads]
            whole = _columns([row for part in _parts(heads, table.rows) for row in part], left=table.left)
            if max(map(len, whole)) <= self.width:
                self.lines.extend(Line(kind, line) for line in whole)
            else:
                self.table(kind, table.heads, table.rows)


def _parts(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> tuple[list[tuple[str, ...]], list[list[str]]]:
    """Return heads, broken at their line feeds, and cells, each as rows of plain text."""
    cells = [[" ".join(one_line(plain(cell)).split()) for cell in row] for row in rows]
    parts = [head.split("\n") for head in heads]
    deep = max(map(len, parts))
    return list(zip(*([""] * (deep - len(part)) + part for part in parts), strict=True)), cells


def _columns(rows: Sequence[Sequence[str]], *, left: int) -> list[str]:
    """Return rows with their cells aligned: the first so many columns to the left."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            cell.ljust(width) if k < left else cell.rjust(width)
            for k, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
