"""Tables for papers: whatever stands in them is printed as it is, and numbers are those of the table."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

import pytest

from pilotzone.core import Cell, Table, UsageError

SIGNS = "\\{}&%$#_~^<>|`"
HOSTILE = [
    SIGNS, r"\input{/etc/passwd}", r"\end{tabular}", "a & b \\\\ c", "100 %", "R&D_x^2~", "$$", "{", "}", "}}", "\\",
    "[2016, 2017]", "*", "a -- b --- c", "''quoted''", "贵州 产出 \U0001d4d0 é", "two\n\nlines\tand\x00\x07more", "",
    r"{\rtf1 \object}", r"\u8217?", r"\'41", r"\cell \row",
]  # fmt: skip

# --------------------------------------------------------------------------------------------------- LaTeX

WORDS = {
    r"\textbackslash{}": "\\", r"\textasciitilde{}": "~", r"\textasciicircum{}": "^", r"\textless{}": "<",
    r"\textgreater{}": ">", r"\textbar{}": "|", r"\textasciigrave{}": "`", r"\{": "{", r"\}": "}", r"\&": "&",
    r"\%": "%", r"\$": "$", r"\#": "#", r"\_": "_", "{}": "",
}  # fmt: skip
TOKEN = re.compile("|".join([*map(re.escape, WORDS), r"[^\\{}&%$#_~^]"]), re.DOTALL)


def printed(latex: str) -> str:
    """Return what TeX prints for a cell; a sign that is a command of any kind is an error."""
    tokens = TOKEN.findall(latex)
    assert "".join(tokens) == latex, f"{latex!r} holds more than text"
    assert not re.search("--|''|``", latex)
    return "".join(WORDS.get(token, token) for token in tokens)


def shown(text: str) -> str:
    """Return a text as it can be printed: on one line, without control characters."""
    return " ".join(re.sub(r"[\x00-\x08]", "", text).split())


def body(latex: str) -> list[list[str]]:
    """Return the cells of a LaTeX table, head included."""
    inner = latex.partition(r"\toprule")[2].partition(r"\bottomrule")[0].replace(r"\midrule", "")
    lines = [line.strip() for line in inner.splitlines() if line.strip()]
    assert all(line.endswith(r" \\") or line == r"\\" for line in lines)
    return [re.split(r"(?<!\\) ?& ?", line.removesuffix(r"\\").strip(" ")) for line in lines]


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_in_a_latex_table_is_a_command(text: str) -> None:
    table = Table({text: (text,), "other": (text,)}, title=text, units={text: text})
    latex = table.to_latex()
    head, row = body(latex)
    assert [printed(cell) for cell in row] == [shown(text)] * 2
    assert not row[0].startswith(("[", "*"))  # after a row has ended, that is an argument of its end
    assert printed(head[0]) == shown(f"{text} ({text})")
    caption = re.search(r"\\caption\{(.*)\}\n", latex)
    assert (printed(caption[1]) if caption else "") == shown(text).strip()
    assert latex.count("\\begin{") == latex.count("\\end{") == 2


def test_a_latex_table_whole() -> None:
    table = Table(
        {"place": ("A", "B"), "year": (2015, None), "gap": (12.3456, -0.5), "sure": (True, False)},
        title="Gaps",
        units={"gap": "%"},
    )
    assert table.to_latex(label="tab:gaps").splitlines()[1:] == [
        r"\begin{table}[htbp]",
        r"  \centering",
        r"  \caption{Gaps}",
        r"  \label{tab:gaps}",
        r"  \begin{tabular}{lrr@{}ll}",
        r"    \toprule",
        r"    place & year & \multicolumn{2}{r}{gap (\%)} & sure \\",
        r"    \midrule",
        r"    A & 2015 & 12 & .35 & yes \\",
        r"    B &  & $-0$ & .5 & no \\",
        r"    \bottomrule",
        r"  \end{tabular}",
        r"\end{table}",
    ]


MINUS, TIMES = "\N{MINUS SIGN}", "\N{MULTIPLICATION SIGN}"
NUMBERS: list[tuple[float, str, str]] = [
    (0.0, "0 &", "0"),
    (1.0, "1 &", "1"),
    (0.04, "0 & .04", "0.04"),
    (2.5, "2 & .5", "2.5"),
    (-12345.678, "$-12346$ &", f"{MINUS}12346"),
    (9.99996, "10 &", "10"),
    (0.00012344, "0 & .0001234", "0.0001234"),
    (0.99999, "1 &", "1"),
    (2e9, "2000000000 &", "2000000000"),
    (1.23456e-7, r"1 & $.235{} \times 10^{-7}$", f"1.235 {TIMES} 10^-7"),
    (-2e20, r"$-2$ & ${} \times 10^{20}$", f"{MINUS}2 {TIMES} 10^20"),
    (math.inf, r"$\infty$ &", "\N{INFINITY}"),
    (-math.inf, r"$-$$\infty$ &", f"{MINUS}\N{INFINITY}"),
    (math.nan, " &", ""),
]


@pytest.mark.parametrize(("number", "latex", "rtf"), NUMBERS)
def test_numbers_are_written_alike_everywhere(number: float, latex: str, rtf: str) -> None:
    table = Table({"u": ("a", "b"), "x": (number, 1.0)})
    assert f"    a & {latex} \\\\" in table.to_latex().splitlines()
    assert cells(table.to_rtf())[1][1].strip("\u2007\u2008") == rtf


@pytest.mark.parametrize("number", [0.1 + 0.2, 1 / 3, 2 / 3, 123.456, 99995.0, 1e-4, 5e-324, 1.7e308, 0.00099996])
def test_four_digits_are_what_the_number_has(number: float) -> None:
    text = cells(Table({"x": (number,)}).to_rtf())[1][0].replace(f" {TIMES} 10^", "e")
    assert float(text) == pytest.approx(number, rel=5.0001e-4)
    assert float(text) == float(f"{number:.4g}") or number > 9999


def test_whole_numbers_are_written_in_full() -> None:
    table = Table({"n": (123456789012345678, -7, None)})
    assert [row[0] for row in body(table.to_latex())] == ["n", "123456789012345678", "$-7$", ""]


@pytest.mark.parametrize("label", ["a}b", "tab gaps", "a_b", "贵", "\\x"])
def test_labels_that_would_not_compile(label: str) -> None:
    with pytest.raises(UsageError, match="the label is"):
        Table({"a": (1,)}).to_latex(label=label)


@pytest.mark.parametrize("table", [Table({}), Table({"a": ()}), Table({"a": ()}, title="t")])
def test_tables_without_rows(table: Table) -> None:
    assert table.to_latex().count(r"\toprule") == 1
    assert len(cells(table.to_rtf())) == len(table.columns)


def note_of(latex: str) -> str:
    found = re.search(r"\\begin\{minipage\}\{0\.95\\linewidth\}\\footnotesize (.*)\\end\{minipage\}\n", latex)
    assert found
    return found[1]


@pytest.mark.parametrize("text", [text for text in HOSTILE if shown(text)])
def test_notes_are_printed_below(text: str) -> None:
    table = Table({"a": (1,)}, note=text)
    latex = table.to_latex()
    assert printed(note_of(latex)) == shown(text).strip()
    assert latex.index(r"\end{tabular}") < latex.index(r"\begin{minipage}") < latex.index(r"\end{table}")
    after = table.to_rtf().rpartition("\\row\n")[2]
    units = "".join(what for kind, what in pieces("{" + after) if kind == "text")
    assert units.encode("utf-16-le", "surrogatepass").decode("utf-16-le").strip(" ") == shown(text)
    assert "minipage" not in Table({"a": (1,)}).to_latex()


WIDE = "(?:r@\\{\\}l|r|l|>\\{\\\\raggedright\\\\arraybackslash\\}p\\{[0-9.]+em\\})"


@pytest.mark.parametrize("lengths", [(100,), (30, 60), (10, 10, 60, 60), (5, 40, 40, 5, 40)])
def test_wide_tables_are_broken_to_fit_a_page(lengths: tuple[int, ...]) -> None:
    """Half an em is a letter's width on the average; the page of LaTeX's own classes has 34 to 38 of them."""
    columns: dict[str, tuple[Cell, ...]] = {f"c{k}": (("word " * (n // 5)).strip(),) for k, n in enumerate(lengths)}
    latex = Table({**columns, "x": (0.125,)}).to_latex()
    (spec,) = re.findall(r"\\begin\{tabular\}\{(.*)\}\n", latex)
    kinds = re.findall(WIDE, spec)
    assert "".join(kinds) == spec
    assert len(kinds) == len(lengths) + 1
    widths = [2 * float(found) for found in re.findall(r"p\{([0-9.]+)em\}", spec)]
    unbroken = [n - 1 for kind, n in zip(kinds, lengths, strict=False) if kind == "l"]
    assert widths
    assert sum(widths) + sum(unbroken) + 5 + 2 * len(lengths) <= 76
    assert max(unbroken, default=0) <= min(widths)
    assert latex.startswith(r"% Needs \usepackage{array,booktabs};")
    assert latex.count(r"\small") == 1
    assert latex.count("{") == latex.count("}")
    assert [cell.strip() for cell in body(latex)[1][: len(lengths)]] == [
        str(text).strip() for (text,) in columns.values()
    ]


def test_narrow_tables_stay_as_they_are() -> None:
    latex = Table({"a": ("x" * 30,), "b": ("y" * 30,)}).to_latex()
    assert r"\begin{tabular}{ll}" in latex
    assert r"\small" not in latex
    smaller = Table({"a": ("x" * 35,), "b": ("y" * 35,)}).to_latex()
    assert r"\begin{tabular}{ll}" in smaller
    assert r"\small" in smaller
    assert "array" not in smaller


# ----------------------------------------------------------------------------------------------------- RTF

PIECE = re.compile(r"\\u(-?\d+)\?|\\([a-z]+)(-?\d*) ?|\\([\\{}])|([{}])|([^\\{}])", re.DOTALL)
KNOWN = {
    "rtf", "ansi", "ansicpg", "deff", "uc", "fonttbl", "f", "froman", "fcharset", "fs", "pard", "keepn", "sa", "sb",
    "b", "par", "trowd", "trgaph", "trhdr", "clbrdrt", "clbrdrb", "brdrs", "brdrw", "cellx", "intbl", "qr", "qc", "ql",
    "cell", "row",
}  # fmt: skip


def pieces(rtf: str) -> Iterator[tuple[str, str]]:
    """Read RTF as its specification has it: control words, and text in UTF-16 units."""
    assert rtf.isascii()
    depth, end = 0, 0
    for found in PIECE.finditer(rtf):
        assert found.start() == end
        end = found.end()
        unit, word, _, escaped, brace, sign = found.groups()
        if brace:
            depth += 1 if brace == "{" else -1
            assert depth > 0 or found.end() == len(rtf.rstrip())
        elif word:
            assert word in KNOWN
            yield "word", word
        elif unit:
            yield "text", (int(unit) % 2**16).to_bytes(2, "little").decode("utf-16-le", "surrogatepass")
        elif sign != "\n":
            yield "text", escaped or sign
    assert (depth, end) == (0, len(rtf))


def cells(rtf: str) -> list[list[str]]:
    """Return the cells of the table in a document, row by row."""
    rows: list[list[str]] = [[]]
    text = ""
    for kind, what in pieces(rtf):
        if kind == "text":
            text += what
        elif what in {"pard", "trowd"}:
            text = ""
        elif what == "cell":
            rows[-1].append(text.encode("utf-16-le", "surrogatepass").decode("utf-16-le"))
        elif what == "row":
            rows.append([])
    return rows[:-1]


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_in_an_rtf_table_is_a_command(text: str) -> None:
    table = Table({text: (text,), "other": (text,)}, title=text, units={text: text})
    assert cells(table.to_rtf()) == [[shown(f"{text} ({text})"), "other"], [shown(text)] * 2]
    words = [what for kind, what in pieces(table.to_rtf()) if kind == "word"]
    assert (words.count("cell"), words.count("row"), words.count("cellx")) == (4, 2, 4)


def test_points_stand_below_one_another_in_rtf() -> None:
    """Set flush right, every number is as wide after its point: figure spaces are as wide as digits."""
    texts = [row[0] for row in cells(Table({"x": (1.5, 10.0, -0.25, None, 0.0625)}).to_rtf())[1:]]
    assert texts == ["1.5\u2007\u2007\u2007", "10\u2008" + "\u2007" * 4, f"{MINUS}0.25\u2007\u2007", "", "0.0625"]


def test_columns_fit_on_a_page() -> None:
    table = Table({f"column {k}": ("x" * (200 if k == 1 else 3),) for k in range(9)})
    edges = [int(edge) for edge in re.findall(r"\\cellx(\d+)", table.to_rtf())][:9]
    assert edges == sorted(set(edges))
    assert edges[-1] <= 9000


def test_every_cell_is_there() -> None:
    columns: dict[str, tuple[Cell, ...]] = {
        "place": ("A", None),
        "n": (3, 4),
        "sure": (True, None),
        "mixed": (0.5, "x"),
    }
    found = cells(Table(columns).to_rtf())
    assert found == [["place", "n", "sure", "mixed"], ["A", "3", "yes", "0.5"], ["", "4", "", "x"]]


def test_text_for_terminals_keeps_columns_apart_and_lines_whole() -> None:
    table = Table(
        {"who": ("a\nb", "c", None), "what": ("x", "1.5", "(0.2)"), "gap": (-1.5, 100.25, None)},
        title="Two\nlines",
        units={"gap": "%"},
        note="word " * 40,
    )
    lines = table.to_text().splitlines()
    assert lines[:6] == [
        "Two lines",
        "who   what  gap (%)",
        "---  -----  -------",
        "a b      x     -1.5",
        "c      1.5    100.2",
        "     (0.2)",
    ]
    assert all(len(line) <= 100 for line in lines[6:])
    assert " ".join(lines[6:]) == ("word " * 40).strip()
    assert Table({}, title="Nothing").to_text() == "Nothing"
    assert Table({"a": ()}).to_text() == "a\n-"
