"""The part of a result that a screen holds: a title, some sentences, and the first rows and columns of a table.

How many lines, rows and letters that are is decided here and nowhere else.
"""

from __future__ import annotations

import html
import math
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pilotzone.core.cell import Cell, Tabular
from pilotzone.core.cleaning import one_line
from pilotzone.core.showing import shortened
from pilotzone.core.typeset import as_html, as_text, plain_text

__all__ = ["clipped_html", "clipped_text"]

_WIDTH = 120
"""Letters on a line."""
_ROWS = 11
_CELL = 44
"""Letters of a cell; what is cut is its middle."""
_SMALLEST_P = 1e-4
"""A smaller p-value is shown as below it: its digits say nothing more."""
_ABOVE, _BELOW = 6, 3
"""Lines of sentences above the table, and of its note below."""


@dataclass(frozen=True)
class _Clip:
    """The columns and rows of a table that fit, with what is to be said of the others."""

    columns: Mapping[str, Sequence[Cell]]
    below: Sequence[str]
    title: str = ""
    note: str = ""
    rules: tuple[int, ...] = ()
    centred: bool = False

    def heads(self) -> list[str]:
        return list(self.columns)

    def rows(self) -> list[tuple[Cell, ...]]:
        return list(zip(*self.columns.values(), strict=True))


def clipped_text(name: str, title: str, lines: Sequence[str], table: Tabular | None) -> str:
    """Return at most 25 lines of 120 letters: name and title, sentences, and the beginning of a table.

    Parameters
    ----------
    name
        Name of the class.
    title, lines
        What stands above the table; either may be empty.
    table
        The table; ``None`` if there is none.
    """
    clip = None if table is None else _clip(table)
    body = [] if clip is None else [*(as_text(clip).splitlines() if clip.columns else ()), *clip.below]
    return "\n".join([_head(name, title), *_wrapped(lines, _ABOVE), *body])


def clipped_html(name: str, title: str, lines: Sequence[str], table: Tabular | None) -> str:
    """Return the same for a notebook, without a style; everything in it is escaped."""
    above = [f"<strong>{html.escape(_head(name, title))}</strong>"]
    above += [html.escape(line) for line in _wrapped(lines, _ABOVE)]
    clip = None if table is None else _clip(table)
    body = "" if clip is None else as_html(clip) if clip.columns else ""
    below = () if clip is None else clip.below
    return f"<div><p>{'<br>'.join(above)}</p>{body}{''.join(f'<p>{html.escape(line)}</p>' for line in below)}</div>"


def _head(name: str, title: str) -> str:
    title = one_line(title).strip()
    return shortened(f"{name}: {title}" if title and title != name else name, most=_WIDTH)


def _clip(table: Tabular) -> _Clip:
    """Return what fits of a table; columns in which nothing stands are left out without a word."""
    whole = table.columns
    count = len(next(iter(whole.values()), ()))
    shown = count if count <= _ROWS else _ROWS - 1
    columns: dict[str, Sequence[Cell]] = {}
    left: list[str] = []
    room = _WIDTH
    for (name, cells), head in zip(whole.items(), table.heads(), strict=True):
        if count and all(map(_empty, cells)):
            continue
        kept = [_short(cell, is_p=name == "p" or name.startswith("p_")) for cell in cells[:shown]]
        label = _cut(head)
        needed = max([len(label), *(len(plain_text(cell)) for cell in kept)]) + 2 * bool(columns)
        if left or needed > room or label in columns:
            left.append(name)
        else:
            columns[label] = kept
            room -= needed
    below = []
    if shown < count:
        below.append(f"... and {count - shown:,} more rows; to_frame() has all {count:,}.")
    if left:
        below.append(shortened(f"... and {_counted(len(left))}: {', '.join(map(one_line, left))}", most=_WIDTH))
    return _Clip(columns, [*below, *_wrapped([table.note], _BELOW)], centred=table.centred)


def _counted(columns: int) -> str:
    return "1 more column" if columns == 1 else f"{columns} more columns"


def _empty(cell: Cell) -> bool:
    return cell is None or cell == "" or (isinstance(cell, float) and math.isnan(cell))


def _short(cell: Cell, *, is_p: bool) -> Cell:
    if is_p and isinstance(cell, float) and 0 < cell < _SMALLEST_P:
        return f"< {_SMALLEST_P:.4f}"
    return _cut(cell) if isinstance(cell, str) else cell


def _cut(text: str) -> str:
    return shortened(one_line(text).strip(), most=_CELL)


def _wrapped(texts: Sequence[str], most: int) -> list[str]:
    lines = [line for text in texts for line in textwrap.wrap(one_line(text), _WIDTH)]
    if len(lines) <= most:
        return lines
    return [*lines[: most - 1], f"{lines[most - 1][: _WIDTH - 4]} ..."]
