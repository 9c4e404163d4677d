"""Tables in Markdown: whatever stands in them is printed as it is, and no sign of it marks anything up."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pilotzone.core.typeset import like_numbers, plain_text

if TYPE_CHECKING:
    from pilotzone.core.cell import Tabular

__all__ = ["as_markdown"]

_MARKUP = re.compile(r"[\\`*_{}\[\]<>#|~$&!^@:]")
"""Signs that mark something up somewhere: CommonMark, GitHub, Pandoc and their mathematics, footnotes and mentions."""
_FIRST = re.compile(r"^([-+=]|[0-9]+(?=[.)]))")
"""What makes a list, a heading or a number of a list of a line that begins with it."""


def as_markdown(table: Tabular) -> str:
    """Return a table in Markdown as GitHub has it, everything in it escaped, without a line end behind the last.

    Parameters
    ----------
    table
        The table; its title stands above it in bold, units stand in the head, and its note below. Markdown has a rule
        below the head alone: an empty row stands where the table has another.
    """
    columns = [[plain_text(cell) for cell in cells] for cells in table.columns.values()]
    sides = [":---:" if table.centred and k else "---:" if like_numbers(cells) else ":---"
             for k, cells in enumerate(columns)]  # fmt: skip
    lines: list[str] = []
    for k, row in enumerate(zip(*columns, strict=True)):
        lines += [_row([""] * len(row))] if k in table.rules else []
        lines.append(_row([_escaped(cell) for cell in row]))
    head = [_row([_escaped(plain_text(name)) for name in table.heads()]), _row(sides)] if columns else []
    title, note = _escaped(plain_text(table.title)), _paragraph(plain_text(table.note))
    parts = [f"**{title}**" if title else "", "\n".join([*head, *lines]), note]
    return "\n\n".join(part for part in parts if part)


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _escaped(text: str) -> str:
    return _MARKUP.sub(r"\\\g<0>", text)


def _paragraph(text: str) -> str:
    """Return a text that begins a line: it begins neither a list nor a heading."""
    found = _FIRST.match(text)
    if found is None:
        return _escaped(text)
    # An escaped digit would be printed with its backslash; the full stop behind it is what makes a list.
    end = found.end()
    return f"{text[:end]}\\{_escaped(text[end:])}" if text[0].isdigit() else f"\\{text[0]}{_escaped(text[1:])}"
