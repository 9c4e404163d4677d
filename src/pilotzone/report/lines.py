"""What a terminal shows, which may or may not have colours: lines, paragraphs and tables."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from pilotzone.core import Cell, one_line
from pilotzone.report.formatting import plain

__all__ = ["Block", "Grid", "Line", "LineKind", "LineWriter", "Words"]

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


class LineWriter:
    """Collects lines of one width.

    Parameters
    ----------
    width
        Signs in a line.
    """

    def __init__(self, width: int) -> None:
        self.width = width
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
