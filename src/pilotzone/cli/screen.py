"""Talking to a terminal: widths, colours that carry no meaning alone, encodings that cannot hold every sign."""

from __future__ import annotations

import codecs
import io
import sys
import textwrap
import unicodedata
from typing import TYPE_CHECKING

from pilotzone.core import as_json, one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rich.console import Console

    from pilotzone.core import Cell, PilotZoneError
    from pilotzone.report import Block

__all__ = [
    "columns",
    "forgive_encodings",
    "print_blocks",
    "print_json",
    "print_line",
    "print_table",
    "print_text",
    "show_error",
    "stderr",
]

_NARROW, _WIDE = 80, 120

_STYLES = {
    "label": "bold",
    "outcome": "bold",
    "warning": "yellow",
    "heading": "bold",
}
"""Styles by kind of line; the text says the same without them."""

_SIGNS = {
    "\u2010": "-", "\u2011": "-", "\u2012": "-", "\u2013": "-", "\u2014": "-", "\u2212": "-", "\u2018": "'",
    "\u2019": "'", "\u201c": '"', "\u201d": '"', "\u2264": "<=", "\u2265": ">=", "\u00d7": "x", "\u00b7": "*",
    "\u2192": "->", "\u00b1": "+/-", "\u2022": "-",
}  # fmt: skip
"""Signs with a common spelling in ASCII."""


def forgive_encodings() -> None:
    """Let output that the terminal's encoding cannot hold be spelled otherwise instead of being an error."""
    codecs.register_error("pilotzone", _spell)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="pilotzone")


def _spell(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(_ascii(sign) for sign in error.object[error.start : error.end]), error.end


def _ascii(sign: str) -> str:
    if sign in _SIGNS:
        return _SIGNS[sign]
    plain = unicodedata.normalize("NFKD", sign).encode("ascii", "ignore").decode()
    return plain or sign.encode("ascii", "backslashreplace").decode()


def _console(*, error: bool = False) -> Console:
    from rich.console import Console

    return Console(stderr=error, highlight=False, markup=False, emoji=False)


def stderr() -> Console:
    """Return the console of the standard error."""
    return _console(error=True)


def columns() -> int:
    """Return the width to write for: the terminal's, but from 80 to 120."""
    return min(max(_console().width, _NARROW), _WIDE)


def print_json(record: object) -> None:
    """Print plain data as JSON: in UTF-8 as it is but for what steers a terminal, in other encodings with escapes."""
    import json

    import typer

    unicode = (getattr(sys.stdout, "encoding", None) or "").lower().replace("-", "").startswith("utf")
    typer.echo(as_json(record) if unicode else json.dumps(json.loads(as_json(record)), indent=2))


def print_blocks(blocks: Iterable[Block]) -> None:
    """Print lines, paragraphs and tables, each as wide as the terminal allows."""
    from rich.text import Text

    from pilotzone.report import Grid, Words

    console = _console()
    for block in blocks:
        if isinstance(block, Grid):
            print_table(block.heads, block.rows, right=block.right, whole=block.whole, remark=block.remark)
        elif isinstance(block, Words):
            print_text(block.text, style="bold" if block.bold else "", hanging="  " if block.hanging else None)
        else:
            console.print(Text(one_line(block.text), style=_STYLES.get(block.kind, "")), soft_wrap=True)


def print_text(text: str = "", *, style: str = "", indent: str = "", hanging: str | None = None) -> None:
    """Print a paragraph, wrapped to the width.

    Parameters
    ----------
    text
        Words; an empty paragraph is an empty line.
    style
        A style of Rich's.
    indent, hanging
        What the first line and the others begin with.
    """
    from rich.text import Text

    console = _console()
    body = textwrap.fill(
        " ".join(one_line(text).split()),
        columns(),
        initial_indent=indent,
        subsequent_indent=indent if hanging is None else hanging,
        break_long_words=False,
        break_on_hyphens=False,
    )
    console.print(Text(body, style=style), soft_wrap=True)


def print_line(text: str) -> None:
    """Print a line that is not broken, such as one with a path to be copied."""
    from rich.text import Text

    _console().print(Text(one_line(text)), soft_wrap=True)


def print_table(
    heads: Sequence[str],
    rows: Iterable[Sequence[Cell]],
    *,
    right: Sequence[str] = (),
    whole: Sequence[str] = (),
    remark: str | None = None,
) -> None:
    """Print a table without rules that fits the width, nothing cut off and no word broken that could stand whole.

    Parameters
    ----------
    heads
        Column heads.
    rows
        Cells; a missing one is empty.
    right
        Heads of the columns that are numbers, set to the right.
    whole
        Heads of the columns that are not to be broken.
    remark
        Head of the last column, if that holds remarks: they go beneath their rows where the width is too small.
    """
    import typer

    from pilotzone.cli.narrow import arrangement_of, remarks_beneath, stacked

    cells = [tuple("" if cell is None else one_line(str(cell)) for cell in row) for row in rows]
    width = columns()
    arrangement = arrangement_of(heads, cells, width, whole=whole, remark=remark)
    if arrangement == "table":
        lines = _table_lines(heads, cells, right, whole)
    elif arrangement == "stacked":
        lines = stacked(heads, cells, width)
    else:
        lines = remarks_beneath(heads, cells, width, right=right)
    typer.echo("\n".join(line.rstrip() for line in lines))


def _table_lines(
    heads: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[str], whole: Sequence[str]
) -> list[str]:
    """Return the lines of a table in which Rich shares out the width."""
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold")
    for head in heads:
        side = "right" if head in right else "left"
        table.add_column(head, justify=side, overflow="fold", no_wrap=head in whole)  # type: ignore[arg-type]
    for row in rows:
        table.add_row(*map(Text, row))
    console = _console()
    console.width = columns()
    with console.capture() as captured:
        console.print(table)
    return captured.get().splitlines()


def show_error(error: PilotZoneError) -> None:
    """Print an error on the standard error: what is wrong, what is allowed, what to do."""
    from rich.text import Text

    console = stderr()
    width = min(max(console.width, _NARROW), _WIDE)
    for head, text in (("Error: ", error.what), ("  Allowed: ", error.allowed), ("  To do: ", error.todo)):
        if text:
            body = textwrap.fill(
                head + " ".join(one_line(text).split()),
                width,
                subsequent_indent="  " if head == "Error: " else "    ",
                break_long_words=False,
                break_on_hyphens=False,
            )
            line = Text(body)
            line.stylize("bold red" if head == "Error: " else "bold", 0, len(head.rstrip()))
            console.print(line, soft_wrap=True)
