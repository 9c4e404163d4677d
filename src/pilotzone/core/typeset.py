"""Tables for papers: LaTeX with booktabs, and RTF, which Word and its relatives open; and for terminals.

Whatever stands in a table is text to be printed: nothing in it is a command. Numbers are written with four significant
digits (whole ones in full) and stand with their decimal points below one another.
"""

from __future__ import annotations

import html
import math
import re
import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

from pilotzone.core.cleaning import one_line
from pilotzone.core.errors import UsageError

if TYPE_CHECKING:
    from pilotzone.core.cell import Cell, Tabular

__all__ = ["as_html", "as_html_page", "as_latex", "as_rtf", "as_text", "like_numbers", "plain_text"]

_DIGITS = 4
_LEAST, _MOST = 1e-4, 1e15
"""Between these a number is written out; others as a power of ten."""

_LATEX = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": r"\textless{}", ">": r"\textgreater{}",
    "|": r"\textbar{}", "`": r"\textasciigrave{}",
}  # fmt: skip
_LATEX_LABEL = re.compile(r"[A-Za-z0-9:.+-]*")
_LATEX_PAGE, _LATEX_SMALL, _LATEX_LEAST = 66, 76, 8
"""Letters on a line of a page, the same in small print, and the fewest of a column whose texts are broken."""
_RTF_WIDTH, _RTF_LEAST = 9000, 500
_TEXT_WIDTH = 100
_LIKE_A_NUMBER = re.compile(r"\(?-?\d")
_FIGURE_SPACE, _POINT_SPACE, _MINUS = "\N{FIGURE SPACE}", "\N{PUNCTUATION SPACE}", "\N{MINUS SIGN}"


def as_latex(table: Tabular, *, label: str = "") -> str:
    r"""Return a table as a LaTeX ``table`` with booktabs rules.

    Parameters
    ----------
    table
        The table; its title becomes the caption, units stand in the head, and its note below. Where it is too wide for
        a page it is set smaller, with long texts broken.
    label
        For ``\ref``: ASCII letters, digits and ``: . + -``; none if empty.

    Raises
    ------
    UsageError
        If the label holds other signs.
    """
    if not _LATEX_LABEL.fullmatch(label):
        raise UsageError(f"the label is {label!r}.", allowed="ASCII letters, digits and : . + -, such as 'tab:effects'")
    numeric = [_is_numeric(cells) for cells in table.columns.values()]
    split = [
        is_number and any(isinstance(cell, float) for cell in cells)
        for is_number, cells in zip(numeric, table.columns.values(), strict=True)
    ]
    widths = _latex_widths(table, numeric)
    # The point and what follows it have a column of their own, so that points stand below one another.
    spec = "".join(
        "r@{}l"
        if two
        else "r"
        if one
        else ("c" if middle else "l")
        if width is None
        else _latex_paragraph(width, middle)
        for one, two, width, middle in zip(
            numeric, split, widths or [None] * len(numeric), _centred(table), strict=True
        )
    )
    heads = [
        f"\\multicolumn{{2}}{{r}}{{{_latex(head)}}}" if two else _guarded(_latex(head))
        for head, two in zip(table.heads(), split, strict=True)
    ]
    rows = [
        [_latex_number(cell, split=two) if one else _guarded(_latex(_plain(cell)))
         for cell, one, two in zip(row, numeric, split, strict=True)]
        for row in table.rows()
    ]  # fmt: skip
    needs = r"% Needs \usepackage{array,booktabs}" if any(widths or ()) else r"% Needs \usepackage{booktabs}"
    lines = [
        f"{needs}; other than Latin letters need XeLaTeX or LuaLaTeX and a font that has them.",
        "\\begin{table}[htbp]",
        "  \\centering",
        *([f"  \\caption{{{_latex(table.title)}}}"] if table.title else []),
        *([f"  \\label{{{label}}}"] if label else []),
        *(["  \\small"] if widths else []),
        f"  \\begin{{tabular}}{{{spec or 'l'}}}",
        "    \\toprule",
        f"    {' & '.join(heads)} \\\\",
        "    \\midrule",
        *(line for k, row in enumerate(rows) for line in _latex_row(row, ruled=k in table.rules)),
        "    \\bottomrule",
        "  \\end{tabular}",
        *(_latex_note(table.note) if table.note else []),
        "\\end{table}",
    ]
    return "\n".join(lines) + "\n"


def as_rtf(table: Tabular) -> str:
    """Return a table as a document in Rich Text Format (RTF 1.5), in ASCII.

    Parameters
    ----------
    table
        The table; its title stands above it in bold, units stand in the head, and its note below in small print.
    """
    columns = list(table.columns.values())
    numeric = [_is_numeric(cells) for cells in columns]
    texts = [_padded(cells) if number else [_plain(cell) for cell in cells]
             for cells, number in zip(columns, numeric, strict=True)]  # fmt: skip
    heads = table.heads()
    edges = _edges([max(map(len, (head, *cells))) for head, cells in zip(heads, texts, strict=True)])
    body = list(zip(*texts, strict=True))
    flush = [r"\qr" if number else r"\qc" if middle else r"\ql"
             for number, middle in zip(numeric, _centred(table), strict=True)]  # fmt: skip
    rows = [_rtf_row(heads, flush, edges, head=True, last=not body)] if heads else []
    rows += [_rtf_row(row, flush, edges, last=k == len(body) - 1, ruled=k in table.rules) for k, row in enumerate(body)]
    title = [rf"\pard\keepn\sa80{{\b {_rtf(table.title)}}}\par"] if table.title else []
    note = [rf"\pard\sb80{{\fs16 {_rtf(table.note)}}}\par"] if table.note else []
    start = r"{\rtf1\ansi\ansicpg1252\deff0\uc1{\fonttbl{\f0\froman\fcharset0 Times New Roman;}}\f0\fs20"
    return "\n".join([start, *title, *rows, *note, r"\pard\par}"]) + "\n"


def as_text(table: Tabular) -> str:
    """Return a table as lines of text, without a line end behind the last.

    Parameters
    ----------
    table
        The table; its title stands above it, units stand in the head, and its note below, in lines of 100 letters. A
        column is flush right where most of its texts are numbers or begin like one.
    """
    columns = [[plain_text(cell) for cell in cells] for cells in table.columns.values()]
    heads = [_one_line(head) for head in table.heads()]
    widths = [max(map(len, (head, *cells))) for head, cells in zip(heads, columns, strict=True)]
    sides = ["^" if middle else ">" if like_numbers(cells) else "<"
             for cells, middle in zip(columns, _centred(table), strict=True)]  # fmt: skip

    def line(cells: Sequence[str]) -> str:
        parts = (_set(cell, width, side) for cell, width, side in zip(cells, widths, sides, strict=True))
        return "  ".join(parts).rstrip()

    rule = line(["-" * width for width in widths])
    rows = [text for k, row in enumerate(zip(*columns, strict=True))
            for text in (*([rule] if k in table.rules else []), line(row))]  # fmt: skip
    body = [line(heads), rule, *rows]
    note = textwrap.wrap(_one_line(table.note).replace(_MINUS, "-"), _TEXT_WIDTH)
    return "\n".join([*([_one_line(table.title)] if table.title else []), *(body if heads else []), *note])


def like_numbers(texts: Sequence[str]) -> bool:
    """Return whether most of the texts of a column, empty ones apart, begin like a number."""
    return sum(bool(_LIKE_A_NUMBER.match(text)) for text in texts) * 2 > sum(bool(text) for text in texts)


def _set(text: str, width: int, side: str) -> str:
    """Return a text padded to a width; what is centred is so by its letters, brackets of the line below included."""
    return text.center(width) if side == "^" else text.rjust(width) if side == ">" else text.ljust(width)


def _centred(table: Tabular) -> list[bool]:
    """Return whether each column is centred."""
    return [table.centred and k > 0 for k in range(len(table.columns))]


def as_html(table: Tabular) -> str:
    """Return an HTML table without a style, everything in it escaped.

    Parameters
    ----------
    table
        The table; its title becomes the caption, units stand in the head, and its note in a paragraph below.
    """
    heads = "".join(f"<th scope='col'>{_html(head)}</th>" for head in table.heads())
    # A rule is the beginning of a further body of the table.
    body = "".join(
        ("</tbody><tbody>" if k in table.rules else "")
        + "<tr>" + "".join(f"<td>{_html(_short(cell))}</td>" for cell in row) + "</tr>"
        for k, row in enumerate(table.rows())
    )  # fmt: skip
    caption = f"<caption>{_html(table.title)}</caption>" if table.title else ""
    note = f"<p>{_html(table.note)}</p>" if table.note else ""
    return f"<table>{caption}<thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>{note}"


def as_html_page(table: Tabular) -> str:
    """Return a page of HTML that holds a table alone, with rules as in books.

    Parameters
    ----------
    table
        As in `as_html`.
    """
    side = "center" if table.centred else "left"
    style = (
        "body{font:16px/1.4 serif;margin:2rem}table{border-collapse:collapse;border-block:2px solid}"
        f"caption{{font-weight:bold;padding:.5em}}th,td{{padding:.1em .7em;text-align:{side}}}"
        "th:first-child,td:first-child{text-align:left}tbody{border-top:1px solid}p{font-size:.85em;max-width:45em}"
    )
    return (
        '<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n'
        f"<title>{_html(table.title)}</title>\n<style>{style}</style>\n{as_html(table)}\n</html>\n"
    )


def plain_text(cell: Cell) -> str:
    """Return a cell as `as_text` writes it.

    Examples
    --------
    >>> plain_text(-12.3456), plain_text(None), plain_text(True)
    ('-12.35', '', 'yes')
    """
    return _one_line(_plain(cell)).replace(_MINUS, "-")


# ------------------------------------------------------------------------------------------------- numbers


def _is_numeric(cells: Sequence[Cell]) -> bool:
    kinds = {type(cell) for cell in cells if cell is not None}
    return bool(kinds) and kinds <= {int, float}


def _parts(number: float) -> tuple[str, str, str, int | None]:
    """Return sign, whole digits, the point with the digits after it, and the power of ten of a finite number."""
    if isinstance(number, int):
        return "-" if number < 0 else "", str(abs(number)), "", None
    size, power = abs(number), None
    text = f"{size:.{_DIGITS - 1}e}"
    exponent = int(text.partition("e")[2]) if size else 0
    if size and not _LEAST <= size < _MOST:
        text, power = text.partition("e")[0], exponent
    else:
        text = f"{size:.{max(0, _DIGITS - 1 - exponent)}f}"
    whole, _, after = text.partition(".")
    after = after.rstrip("0")
    return "-" if number < 0 else "", whole, f".{after}" if after else "", power


def _plain(cell: Cell) -> str:
    if cell is None or (isinstance(cell, float) and math.isnan(cell)):
        return ""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, str):
        return cell
    if math.isinf(cell):
        return "\N{INFINITY}" if cell > 0 else f"{_MINUS}\N{INFINITY}"
    sign, whole, after, power = _parts(cell)
    times = "" if power is None else f" \N{MULTIPLICATION SIGN} 10^{power}"
    return f"{_MINUS if sign else ''}{whole}{after}{times}"


def _html(text: str) -> str:
    return html.escape(one_line(text))


def _short(cell: Cell) -> str:
    """Return a cell with four significant digits, with an exponent where it is large."""
    return f"{cell:.4g}" if isinstance(cell, float) and math.isfinite(cell) else _plain(cell)


# --------------------------------------------------------------------------------------------------- LaTeX


def _latex(text: str) -> str:
    """Escape a text; runs of hyphens and apostrophes, which TeX joins into other signs, are kept apart."""
    escaped = "".join(_LATEX.get(sign, sign) for sign in _one_line(text))
    return re.sub(r"([-'])(?=\1)", r"\1{}", escaped.replace(_MINUS, "$-$").replace("\N{INFINITY}", r"$\infty$"))


def _latex_widths(table: Tabular, numeric: Sequence[bool]) -> list[int | None] | None:
    """Return how many letters of each column fit on a line, ``None`` where all do; nothing if the page is wide enough.

    What numbers leave is shared among the texts: a column that needs less than its share leaves the rest to others.
    """
    needs = [
        max(len(_one_line(head)), *(len(_one_line(_plain(cell))) for cell in cells), 0)
        for head, cells in zip(table.heads(), table.columns.values(), strict=True)
    ]
    between = 2 * (len(needs) - 1)
    if sum(needs) + between <= _LATEX_PAGE or all(numeric):
        return None
    room = _LATEX_SMALL - between - sum(need for need, one in zip(needs, numeric, strict=True) if one)
    texts = sorted((k for k, one in enumerate(numeric) if not one), key=lambda k: needs[k])
    widths: list[int | None] = [None] * len(needs)
    for place, k in enumerate(texts):
        share = max(_LATEX_LEAST, room // (len(texts) - place))
        if needs[k] > share:
            widths[k] = share
        room -= min(needs[k], share)
    return widths


def _latex_paragraph(letters: int, centred: bool) -> str:  # noqa: FBT001 - private
    side = "centering" if centred else "raggedright"
    return rf">{{\{side}\arraybackslash}}p{{{letters / 2:g}em}}"


def _latex_row(cells: Sequence[str], *, ruled: bool) -> list[str]:
    return [*(["    \\midrule"] if ruled else []), f"    {' & '.join(cells)} \\\\"]


def _latex_note(note: str) -> list[str]:
    return [
        "  \\par\\medskip",
        f"  \\begin{{minipage}}{{0.95\\linewidth}}\\footnotesize {_latex(note)}\\end{{minipage}}",
    ]


def _guarded(text: str) -> str:
    # After the end of a row both would be taken for an argument of it.
    return f"{{}}{text}" if text.startswith(("[", "*")) else text


def _latex_number(cell: Cell, *, split: bool) -> str:
    if cell is None or isinstance(cell, (str, bool)) or not math.isfinite(cell):
        return _latex(_plain(cell)) + (" &" if split else "")
    sign, whole, after, power = _parts(cell)
    left = f"${sign}{whole}$" if sign else whole
    right = after if power is None else f"${after}{{}} \\times 10^{{{power}}}$"
    return f"{left} & {right}".rstrip() if split else left


# ----------------------------------------------------------------------------------------------------- RTF


def _padded(cells: Sequence[Cell]) -> list[str]:
    """Write numbers so that their points stand below one another when they are set flush right."""
    texts = [_plain(cell) for cell in cells]
    after = [len(text.partition(".")[2]) if "^" not in text else -1 for text in texts]
    most = max(after, default=0)
    return [
        text + _POINT_SPACE * (not count) + _FIGURE_SPACE * (most - count) if text and most > 0 <= count else text
        for text, count in zip(texts, after, strict=True)
    ]


def _edges(lengths: Sequence[int]) -> list[int]:
    """Return the right edges of columns, in twentieths of a point, as wide as their texts allow on a page."""
    shares = [min(max(length, 4), 40) for length in lengths]
    widths = [max(_RTF_LEAST, _RTF_WIDTH * share // sum(shares)) for share in shares]
    return [sum(widths[: k + 1]) for k in range(len(widths))]


def _rtf_row(
    texts: Sequence[str],
    flush: Sequence[str],
    edges: Sequence[int],
    *,
    head: bool = False,
    last: bool,
    ruled: bool = False,
) -> str:
    rules = [(r"\clbrdrt\brdrs\brdrw20", head), (r"\clbrdrt\brdrs\brdrw10", ruled)]
    rules.append((r"\clbrdrb\brdrs\brdrw10", head and not last))
    rules.append((r"\clbrdrb\brdrs\brdrw20", last))
    border = "".join(rule for rule, wanted in rules if wanted)
    start = r"\trowd\trgaph70" + (r"\trhdr" if head else "") + "".join(rf"{border}\cellx{edge}" for edge in edges)
    cells = [rf"\pard\intbl{side} {_rtf(text)}\cell" for side, text in zip(flush, texts, strict=True)]
    return "\n".join([start, *cells, r"\row"])


def _rtf(text: str) -> str:
    escaped = re.sub(r"([\\{}])", r"\\\1", _one_line(text))
    return "".join(sign if sign.isascii() else _rtf_unicode(sign) for sign in escaped)


def _rtf_unicode(sign: str) -> str:
    raw = sign.encode("utf-16-le", "surrogatepass")
    units = [int.from_bytes(raw[k : k + 2], "little", signed=True) for k in range(0, len(raw), 2)]
    return "".join(rf"\u{unit}?" for unit in units)


def _one_line(text: str) -> str:
    """Return a text without line ends and control characters; neither LaTeX nor RTF has a sign for them."""
    kept = (" " if sign.isspace() and sign not in "\N{NO-BREAK SPACE}\N{FIGURE SPACE}\N{PUNCTUATION SPACE}" else sign
            for sign in text)  # fmt: skip
    return re.sub(" {2,}", " ", one_line("".join(kept), instead="")).strip(" ")
