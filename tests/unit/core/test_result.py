"""What a console and a notebook show of a result: little, whatever is in it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from html.parser import HTMLParser

import pytest

from pilotzone.core import Glance, Outcome, Result, SummaryRow, Table, summary_table

MOST_LINES, MOST_LETTERS, MOST_BYTES = 25, 120, 20_000


@dataclass(frozen=True)
class Toy(Result):
    """A result without a view of its own."""

    numbers: tuple[int, ...]

    def to_table(self) -> Table:
        return Table({"number": self.numbers}, title="Numbers")


@dataclass(frozen=True)
class Loud(Result):
    """A result whose every text is long and hostile."""

    text: str

    def to_table(self) -> Table:
        cells = {f"{self.text}{k}": (self.text,) * 1000 for k in range(50)}
        return Table(cells, title=self.text, units=dict.fromkeys(cells, self.text), note=self.text)

    def glance(self) -> Glance:
        return Glance(self.text, (self.text,) * 50, self.to_table())


class _Tags(HTMLParser):
    """Follows what is open and fails where something is closed that is not."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        self.seen.add(tag)
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def tags(text: str) -> set[str]:
    """Return the tags of HTML in which everything that is opened is closed."""
    parser = _Tags()
    parser.feed(text)
    parser.close()
    assert not parser.open
    return parser.seen


def test_a_dataclass_keeps_the_short_view_and_shows_its_beginning() -> None:
    shown = repr(Toy(tuple(range(1000))))
    assert str(Toy((1,))) == repr(Toy((1,))) == "Toy: Numbers\nnumber\n------\n     1"
    lines = shown.splitlines()
    assert [line.strip() for line in lines[3:13]] == [str(k) for k in range(10)]
    assert lines[13] == "... and 990 more rows; to_frame() has all 1,000."
    assert len(Toy(tuple(range(1000))).to_frame()) == 1000


def test_eleven_rows_are_shown_whole() -> None:
    assert "more" not in repr(Toy(tuple(range(11))))
    assert "and 2 more rows" in repr(Toy(tuple(range(12))))


@pytest.mark.parametrize(
    "text", ["<script>alert('&')</script> " * 40, "word " * 400, "\x1b[31m\u202e\n" * 90, "x" * 900]
)
def test_whatever_is_in_it_few_lines_and_letters_are_shown(text: str) -> None:
    for held in (Loud(text), Loud(text).to_table()):
        lines = repr(held).splitlines()
        assert len(lines) <= MOST_LINES
        assert max(map(len, lines)) <= MOST_LETTERS
        assert not set("\x1b\u202e") & set(repr(held))
        view = held._repr_html_()
        assert len(view.encode()) <= MOST_BYTES
        assert tags(view) <= {"div", "p", "strong", "br", "table", "thead", "tbody", "tr", "th", "td"}
        assert not set("\x1b\u202e") & set(view)


def test_columns_that_do_not_fit_are_named_and_empty_ones_are_not() -> None:
    table = Table({"a": ("x" * 40,), "none": (None,), "b": ("y" * 40,), "c": ("z" * 40,), "d": (math.nan,), "e": (1,)})
    lines = repr(table).splitlines()
    assert lines[-1] == "... and 2 more columns: c, e"
    assert lines[1].split() == ["a", "b"]


def test_a_table_without_columns_or_rows_is_shown() -> None:
    assert repr(Table({})) == "Table"
    assert repr(Table({"a": ()}, title="Nothing")) == "Table: Nothing\na\n-"
    assert tags(Table({})._repr_html_()) == {"div", "p", "strong"}


def test_numbers_without_end_have_their_sign_and_missing_ones_none() -> None:
    table = Table({"a": (math.inf, -math.inf, math.nan, None, 0.1)})
    for view in (repr(table), table._repr_html_(), table.to_html()):
        assert "nan" not in view
        assert "inf" not in view
        assert view.count("\N{INFINITY}") == 2


def test_effects_have_the_same_columns_in_every_summary() -> None:
    growth = Outcome("log_gdp", role="development", good="up", margin=5, scale="log", label="GDP")
    row = SummaryRow(growth, math.log(1.1), None, math.nan, (None, 12.0), 20, (("why", "rule"),))
    found = summary_table([row], title="Effects", note="How to read it")
    assert found.records() == [
        {
            "outcome": growth.title, "effect": pytest.approx(10.0), "low": None, "high": 12.0, "effect_unit": "%",
            "estimate": pytest.approx(math.log(1.1)), "se": None, "p": None, "n": 20, "why": "rule",
        }
    ]  # fmt: skip
    assert (found.title, found.note) == ("Effects", "How to read it")


@dataclass(frozen=True)
class Chances(Result):
    """A result with p-values."""

    def to_table(self) -> Table:
        return Table({"p": (0.25, 9.9e-5, 0.0), "p_harm_shown": (1.2e-15, 0.5, 1e-4), "se": (9.9e-5, 1.0, 2.0)})


def test_tiny_p_values_are_shown_as_below_a_bound_and_kept_in_the_table() -> None:
    rows = [" ".join(line.split()) for line in repr(Chances()).splitlines()[-3:]]
    assert rows == ["0.25 < 0.0001 9.9 \N{MULTIPLICATION SIGN} 10^-5", "< 0.0001 0.5 1", "0 0.0001 2"]
    assert Chances().to_table().columns["p_harm_shown"][0] == 1.2e-15
    assert "&lt; 0.0001" in Chances()._repr_html_()
