"""How a table is set: what is long, tall, wide or blank, and how plain numbers are read."""

from __future__ import annotations

from pilotzone.core import Table
from pilotzone.report.sheet import Cell, Column, Sheet
from pilotzone.report.simple import plain_section
from pilotzone.report.tabular import plain_sheet


def sheet(*rows: tuple[str, ...], numeric: tuple[int, ...] = ()) -> Sheet:
    columns = tuple(Column(f"head {k}", numeric=k in numeric) for k in range(len(rows[0])))
    return Sheet("x", "A table", columns, tuple(tuple(Cell(text) for text in row) for row in rows))


def test_a_table_is_tall_by_its_rows_and_wordy_by_its_longest_cell() -> None:
    assert not sheet(*[("a", "b")] * 15).tall
    assert sheet(*[("a", "b")] * 16).tall
    assert not sheet(("x" * 400, "b" * 40)).wordy  # what heads a row does not count
    assert sheet(("a", "b" * 41)).wordy


def test_columns_without_a_text_are_blank_and_long_ones_are_wide() -> None:
    found = sheet(("a", "", "1", "x" * 121, ""), ("", "", "2", "y", "z"), numeric=(1, 2))
    assert found.looks == ("", "blank", "number", "wide", "")
    assert Sheet("x", "Nothing found", (Column("a"), Column("b")), ()).looks == ("", "")


def test_a_table_is_broad_by_the_columns_that_can_be_seen() -> None:
    assert sheet(("a",) * 10).broad
    assert not sheet(("a",) * 9 + ("",) * 5).broad


def test_a_wordy_table_names_each_cell_and_a_blank_column_stays_in_the_table() -> None:
    made = plain_section("s", "A section", [], sheets=[sheet(("one", "", "w" * 41))])
    text = str(made.body)
    assert 'class="wordy"' in text
    assert f'<td data-label="head 2">{"w" * 41}</td>' in text
    assert '<td class="blank"></td>' in text
    assert 'data-head="head 1" class="blank"' in text
    assert "rows: scroll within the table" not in text


def test_plain_numbers_have_a_minus_sign_and_the_file_has_a_hyphen() -> None:
    found = plain_sheet("x", Table.from_rows(("what", "a", "b"), [("one", -0.25, -3), ("two", 123456.7, 4)]))
    assert [[cell.text for cell in row[1:]] for row in found.rows] == [["\u22120.25", "\u22123"], ["123,457", "4"]]
    assert [[cell.value for cell in row[1:]] for row in found.rows] == [[-0.25, -3], [123456.7, 4]]
