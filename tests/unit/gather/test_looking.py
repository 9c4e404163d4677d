"""A look at a table before it is understood: guesses, and cells that cannot be read at their row and column."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.unit.study.invented import write_figures

from pilotzone.core import DataError
from pilotzone.gather import WIDE, ColumnRole, TableForm, look_at, place_rows

GOOD = "region,year,gdp\nA,2001,1.5\nA,2002,2\nB,2001,3\nB,2002,\n"


def written(folder: Path, text: str, name: str = "mine.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_what_is_what_is_guessed(tmp_path: Path) -> None:
    look = look_at(write_figures(tmp_path), TableForm())
    assert [item.name for item in look.columns] == ["place", "year", "output", "people", "smoke"]
    assert look.roles == ("unit", "period", "outcome", "outcome", "outcome")
    assert look.findings == ()
    assert look.panel is not None
    assert len(look.panel.units) == 24
    assert look.count == 24 * len(look.panel.periods)
    assert look.rows[0][:2] == ("line 2", "Place A")


@pytest.mark.parametrize(
    ("text", "column", "row", "words"),
    [
        (GOOD.replace("1.5", "n/a"), 2, 0, "leave a cell empty"),
        (GOOD.replace("1.5", '"-99,5"'), 2, 0, "point, not a comma"),
        (GOOD.replace("1.5", "inf"), 2, 0, "infinite"),
        (GOOD.replace("A,2002", ",2002"), 0, 1, "unit is empty"),
        (GOOD.replace("B,2001", "A,2001"), 0, 2, "line 2 as well"),
        (GOOD.replace("2002,2\n", "soon,2\n"), 1, 1, "not a period"),
    ],
)
def test_a_fault_is_shown_at_its_cell(tmp_path: Path, text: str, column: int, row: int, words: str) -> None:
    look = look_at(written(tmp_path, text), TableForm(), ("unit", "period", "outcome"))
    found = [item for item in look.findings if (item.column, item.row) == (column, row)]
    assert words in found[0].text
    assert found[0].place == f"line {row + 2}"
    assert look.panel is None
    assert look.refused is not None


def test_heads_that_mean_two_things(tmp_path: Path) -> None:
    look = look_at(written(tmp_path, GOOD.replace("year,gdp", "gdp,gdp")), TableForm(), ("unit", "outcome", "outcome"))
    assert [(item.column, item.row) for item in look.findings] == [(1, -1), (2, -1)]
    assert "2 columns" in look.findings[0].text


def test_rows_with_findings_are_shown_however_far_down(tmp_path: Path) -> None:
    rows = "".join(f"U{k},2001,{'bad' if k == 900 else k}\n" for k in range(1000))
    look = look_at(written(tmp_path, f"region,year,x\n{rows}"), TableForm(), ("unit", "period", "outcome"))
    assert look.positions[-1] == 900
    assert look.rows[-1] == ("line 902", "U900", "2001", "bad")
    assert len(look.rows) == 61


def test_notes_below_a_table_are_told(tmp_path: Path) -> None:
    look = look_at(written(tmp_path, f"{GOOD}Source: somebody,,\n"), TableForm())
    assert look.panel is not None
    assert any("line" in text for text in look.told)


def test_choices_that_lack_something(tmp_path: Path) -> None:
    path = written(tmp_path, GOOD)
    for roles in (
        ("", "period", "outcome"),
        ("unit", "", "outcome"),
        ("unit", "period", ""),
        ("unit", "unit", "outcome"),
    ):
        look = look_at(path, TableForm(), roles)
        assert look.panel is None
        assert "has to be chosen" in str(look.refused)
    with pytest.raises(DataError, match="3 columns"):
        look_at(path, TableForm(), ("unit",))


def test_numbers_of_other_formats(tmp_path: Path) -> None:
    table = pa.table({"code": ["A", "A", "B", "B"], "year": [1, 2, 1, 2], "x": np.array([1.0, np.nan, 3.0, 4.0])})
    pq.write_table(table, tmp_path / "mine.parquet")
    look = look_at(tmp_path / "mine.parquet", TableForm())
    assert look.roles == ("unit", "period", "outcome")
    assert look.rows[1] == ("row 2", "A", "2", "")
    assert look.columns[2].missing == 1
    assert look.panel is not None


def test_long_text_is_cut(tmp_path: Path) -> None:
    look = look_at(written(tmp_path, GOOD.replace("A,", f"{'A' * 500},")), TableForm())
    assert look.rows[0][1] == "A" * 80 + "..."


WIDE_TABLE = "region,note,2001,2002,2003\nA,x,1,2,3\nB,y,4,,6\n"


def test_a_table_with_a_column_for_each_period_is_guessed_and_read(tmp_path: Path) -> None:
    look = look_at(written(tmp_path, WIDE_TABLE), TableForm())
    assert look.roles == ("unit", "", "figures", "figures", "figures")
    assert look.panel is not None
    assert look.panel.periods == (2001, 2002, 2003)
    np.testing.assert_array_equal(look.panel.matrix(WIDE), [[1, 2, 3], [4, np.nan, 6]])


@pytest.mark.parametrize(
    ("text", "roles", "words"),
    [
        (WIDE_TABLE, ("unit", "period", "figures", "figures", "figures"), "either outcomes with a column of periods"),
        (WIDE_TABLE, ("unit", "outcome", "figures", "figures", "figures"), "either outcomes with a column of periods"),
        (WIDE_TABLE, ("unit", "", "figures", "figures", ""), "every column that is named by a period"),
        (WIDE_TABLE, ("", "", "figures", "figures", "figures"), "one column of units has to be chosen"),
        (WIDE_TABLE.replace("B,y", "A,y"), ("unit", "", "figures", "figures", "figures"), "same region more than once"),
    ],
)
def test_a_wide_table_that_cannot_be_read_so(
    tmp_path: Path, text: str, roles: tuple[ColumnRole, ...], words: str
) -> None:
    look = look_at(written(tmp_path, text), TableForm(), roles)
    assert look.panel is None
    assert words in str(look.refused)


def test_two_rows_of_one_unit_are_marked_in_a_wide_table(tmp_path: Path) -> None:
    roles: list[ColumnRole] = ["unit", "", "figures", "figures", "figures"]
    look = look_at(written(tmp_path, WIDE_TABLE.replace("B,y", "A,y")), TableForm(), roles)
    assert [(item.column, item.row, item.text) for item in look.findings] == [
        (0, 1, "This unit stands on line 2 as well: keep one.")
    ]


PANEL_TABLE = "county,year,since,gdp\nA,2001,2002,1\nA,2002,2002,2\nB,2001,,3\nB,2002,,4\n"


def test_treatment_of_a_panel_is_guessed(tmp_path: Path) -> None:
    path = written(tmp_path, PANEL_TABLE)
    look = look_at(path, TableForm(), purpose="panel")
    assert look.roles == ("unit", "period", "cohort", "outcome")
    assert look.panel is not None
    # Of a study of a zone it is a column like any other.
    assert look_at(path, TableForm()).roles == ("unit", "period", "outcome", "outcome")


def test_places_are_guessed_and_two_rows_of_one_are_marked(tmp_path: Path) -> None:
    text = "city,rent,grid\nA,1,2\nB,3,4\n"
    look = look_at(written(tmp_path, text), TableForm(), purpose="siting")
    assert look.roles == ("place", "criterion", "criterion")
    assert look.places == ("A", "B")
    assert place_rows(tmp_path / "mine.csv", TableForm(), "city", ["grid", "rent"]) == [
        ("A", [2.0, 1.0]),
        ("B", [4.0, 3.0]),
    ]
    twice = look_at(written(tmp_path, text.replace("B", "A")), TableForm(), purpose="siting")
    assert twice.places == ()
    assert "this place stands on line 2 as well" in str(twice.refused)
    none = look_at(written(tmp_path, text), TableForm(), ("place", "", ""), "siting")
    assert "a column with a criterion has to be chosen" in str(none.refused)
    with pytest.raises(DataError, match="at most 1 from a page"):
        place_rows(written(tmp_path, text), TableForm(), "city", ["rent"], most=1)
