"""No name that leaves steers a terminal, a spreadsheet, a typesetter or a reader of JSON."""

from __future__ import annotations

import csv
import json
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilotzone.core import Table, as_cell, as_json, one_line
from pilotzone.store import write_csv

STEERING = "\x00\x07\x1b\x7f\x85\x9b\u00ad\u061c\u200b\u200e\u200f\u2028\u2029\u202a\u202e\u2066\u2069\ufeff\U000e0041"
NAME = "Al\x1b[31m\x9bpha\u202e\u2028Beta"


def test_words_are_kept_and_what_steers_is_not() -> None:
    assert one_line("a\x1b[31m\tb\n c\x07\u202e贵") == "a [31m b  c  贵"
    assert one_line(STEERING, instead="") == ""
    # Joiners belong to the spelling of Persian and Hindi, spaces of other widths to that of Chinese and French.
    # The letters below are what they look like.
    kept = "می\u200cخوریم क्\u200dष 贵\u3000州 1\u202f000\u00a0km 👩\u200d🔬"
    assert one_line(kept) == kept


def test_every_control_of_unicode_is_cleaned() -> None:
    left = [chr(k) for k in range(0x110000) if unicodedata.category(chr(k)) in {"Cc", "Cs", "Zl", "Zp"}]
    assert one_line("".join(left), instead="") == ""
    turning = [chr(k) for k in range(0x110000) if unicodedata.bidirectional(chr(k)) in
               {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}]  # fmt: skip
    assert len(turning) == 9
    assert one_line("".join(turning), instead="") == ""


@given(st.text(), st.text())
def test_json_reads_back_the_same_and_steers_nothing(key: str, value: str) -> None:
    record = {key: [value, {value: key}], "n": 1.5}
    written = as_json(record)
    assert json.loads(written) == record
    assert one_line(written.replace("\n", "")) == written.replace("\n", "")
    written.encode()


def test_json_in_any_script_stays_as_it_is() -> None:
    assert as_json({"贵州": "Ñ"}) == '{\n  "贵州": "Ñ"\n}'
    assert as_json(NAME) == r'"Al\u001b[31m\u009bpha\u202e\u2028Beta"'
    assert as_json("\ud800\U000e0041") == r'"\ud800\udb40\udc41"'


FORMULAS = ["=1+2", "+1+2", "-1+2", "@SUM(A1)", " =1", "\t=1", "\n=1", "\r=1", "\uff1d1", "\uff0b1", "\uff0d1+1",
            "\uff20A", "=cmd|' /C calc'!A0", "\u202e=1", "\x00=1", "-", "- a", "=", "+",
            "-1e5x", "\u00a0=1", "\u3000=1"]  # fmt: skip


@pytest.mark.parametrize("text", FORMULAS)
def test_no_cell_begins_like_a_formula(text: str) -> None:
    assert as_cell(text).startswith("'")


@pytest.mark.parametrize("text", ["-5", "+5.", "-.5", "-1e-5", "a=1", "a\nb", "R&D", "", "'=1", "贵州", "1-2"])
def test_other_cells_stay_as_they_are(text: str) -> None:
    assert as_cell(text) == text


def test_no_delimiter_of_another_country_makes_a_formula_of_a_part(tmp_path: Path) -> None:
    names = ("a;=1+2", "b\t=1+2", "c,=1+2", 'd";=1+2', "e\n=1+2", "plain", "=1")
    write_csv(Table({"=name": names, "value": (-1.5,) * 7}), tmp_path / "t.csv")
    text = (tmp_path / "t.csv").read_text(encoding="utf-8")
    for delimiter in ",;\t":
        for row in csv.reader(text.splitlines(keepends=True), delimiter=delimiter):
            assert not any(cell.startswith("=") for cell in row), (delimiter, row)
    rows = list(csv.reader(text.splitlines(keepends=True)))
    assert [row[0] for row in rows] == ["'=name", *names[:-1], "'=1"]
    assert {row[1] for row in rows[1:]} == {"-1.5"}


def test_a_table_of_one_empty_cell_keeps_its_row(tmp_path: Path) -> None:
    write_csv(Table({"a": ("", "b")}), tmp_path / "t.csv")
    assert (tmp_path / "t.csv").read_bytes() == b'a\n""\nb\n'


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=8), min_size=1, max_size=5))
def test_cells_are_read_back_but_for_what_steers(tmp_path_factory: pytest.TempPathFactory, texts: list[str]) -> None:
    path = tmp_path_factory.mktemp("csv") / "t.csv"
    write_csv(Table({"a": tuple(texts), "b": (1,) * len(texts)}), path)
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    assert [row[0] for row in rows[1:]] == [as_cell(text) for text in texts]


def test_tables_for_paper_and_terminal_are_one_line_each() -> None:
    table = Table({"name": (NAME,), "x": (1.5,)}, title=NAME, note=NAME, units={"x": NAME})
    for text in (table.to_latex(), table.to_rtf(), table.to_text()):
        for line in text.splitlines():
            assert one_line(line) == line
        assert "Al[31mpha" in text
    assert table.to_text().count("\n") == 4
