"""A look at tables of shares of income: what columns are guessed to be, what is read, and one clear refusal."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.unit.study.inclusive import write_fifths, write_shares, write_wide_fifths

from pilotzone.evaluation.inclusion import grouped
from pilotzone.gather import TableForm, TableLook, incomeshares, look_at

WIDE = "region,year,zone,q1,q2,q3,q4,q5\n"
FIRST = "a,2014,1,0.05,0.1,0.15,0.25,0.45\n"
LONG = "region,year,share\na,2014,0.3\na,2014,0.7\n"


def looked(folder: Path, text: str, roles: list[str] | None = None) -> TableLook:
    path = folder / "mine.csv"
    path.write_text(text, encoding="utf-8")
    return look_at(path, TableForm(), roles, "inclusion")  # type: ignore[arg-type]


def test_a_column_for_each_part_is_guessed_and_read(tmp_path: Path) -> None:
    write_wide_fifths(tmp_path)
    look = look_at(tmp_path / "wide.csv", TableForm(), None, "inclusion")
    assert look.roles == ("region", "period", "zone", *["share"] * 5)
    assert look.refused is None
    assert look.shares is not None
    assert look.shares.parts == ("q1", "q2", "q3", "q4", "q5")
    assert len(look.shares.populations) == 56
    assert look.dates == (2014, 2015, 2016, 2017)
    assert look.told[-1] == "Columns of shares are of equal parts of the people, 20 % each, the poorest first."


def test_a_row_for_each_part_is_guessed_and_read(tmp_path: Path) -> None:
    write_fifths(tmp_path)
    write_wide_fifths(tmp_path)
    long = look_at(tmp_path / "fifths.csv", TableForm(), None, "inclusion")
    wide = look_at(tmp_path / "wide.csv", TableForm(), None, "inclusion")
    assert long.roles == ("region", "period", "share", "people", "zone")
    assert long.shares is not None
    assert wide.shares is not None
    assert [one.shares for one in long.shares.populations] == [one.shares for one in wide.shares.populations]
    assert long.shares.populations[1].people == (0.2,) * 5
    assert long.shares.populations[1].place == "line 7"
    write_shares(tmp_path)
    nation = look_at(tmp_path / "shares.csv", TableForm(), None, "inclusion")
    assert nation.roles == ("period", "share", "people")
    assert nation.shares is not None
    assert [one.name for one in nation.shares.populations] == ["2010", "2018"]


def test_columns_are_put_in_order_from_the_poorest(tmp_path: Path) -> None:
    look = looked(tmp_path, "region,d10,d1\na,0.7,0.3\nb,0.6,0.4\n")
    assert look.roles == ("region", "share", "share")
    assert look.shares is not None
    assert look.shares.parts == ("d1", "d10")
    assert look.shares.populations[1].shares == (0.4, 0.6)


@pytest.mark.parametrize(
    "head", ["region,year,income,weight,q1", "region,year,income,income_share,weight", "county,year,rent,d1,d2"]
)
def test_other_tables_are_not_guessed_to_hold_shares(tmp_path: Path, head: str) -> None:
    look = looked(tmp_path, f"{head}\na,2014,900,1,2\na,2015,800,1,2\n")
    assert "share" not in look.roles


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            WIDE + "a,2014,1,5,10,15,25,45\nb,2014,0,5,10,15,25,45\n",
            "line 2: the 5 shares of a in 2014 sum to 100, not to",
        ),
        (
            WIDE + FIRST + "b,2014,0,0.05,0.1,0.15,0.25,0.46\n",
            "line 3: the 5 shares of b in 2014 sum to 1.01, not to 1.",
        ),
        (
            WIDE + FIRST + "b,2014,0,0.1,0.05,0.15,0.25,0.45\n",
            "line 3: of b in 2014, 'q2' has a lower mean income than 'q1'",
        ),
        (LONG + "a,2015,0.2\na,2015,0.3\na,2015,0.5\n", "line 4: a in 2015 has 3 parts, and a in 2014 has 2."),
        (LONG + "a,2015,0.6\na,2015,0.4\n", "line 4: of a in 2015, part 2 has a lower mean income than part 1"),
        (LONG + "a,2015,0.6\n", "line 4: a in 2015 has one part"),
        (LONG + "a,2015,0.3\na,2015,-0.1\n", "this is below zero"),
        (WIDE + FIRST + FIRST, "line 3: this region and period stand on line 2 as well"),
        (WIDE + FIRST + "b,2014,0,0.05,0.1,0.15,0.25,\n", "the cell is empty"),
        ("region,share,people\na,0.3,0.5\na,0.7,0.6\n", "the people in 2 parts of a sum to 1.1, not to 1"),
    ],
)
def test_what_is_not_a_table_of_shares_is_refused_once(tmp_path: Path, text: str, words: str) -> None:
    look = looked(tmp_path, text)
    assert "share" in look.roles
    assert look.refused is not None
    assert words in str(look.refused)
    assert look.shares is None


def test_how_many_are_wrong_is_told(tmp_path: Path) -> None:
    look = looked(tmp_path, WIDE + "a,2014,1,5,10,15,25,45\nb,2014,0,5,10,15,25,45\n" + FIRST.replace("a,", "c,"))
    assert "not to 1; 2 of 3 populations have this fault" in str(look.refused)


@pytest.mark.parametrize(
    ("roles", "words"),
    [
        (["region", "period", "income", *["share"] * 5], "either amounts of income or shares of income"),
        (["region", "period", "people", *["share"] * 5], "no column of people beside several columns of shares"),
        (["cluster", "period", "zone", *["share"] * 5], "no column of groups or clusters beside shares"),
        (["region", "period", "comparison", *["share"] * 5], "the column of the zone"),
        (["region", "period", "zone", "", "", "", "", ""], "a column of income, or of shares of income,"),
    ],
)
def test_columns_that_do_not_go_with_shares(tmp_path: Path, roles: list[str], words: str) -> None:
    look = looked(tmp_path, WIDE + FIRST, roles)
    assert words in str(look.refused)


def test_a_sum_is_held_to_what_the_statistics_admit() -> None:
    """What is looked at lies below the statistics and cannot ask them: else a table is taken that no study reads."""
    assert incomeshares._SUM == grouped._SUM
