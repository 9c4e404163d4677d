"""Tables at every width: nothing cut off, no remark of a few letters a line, each cell beside its head."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.cli.command import call

from pilotzone.cli.narrow import arrangement_of, remarks_beneath, stacked
from pilotzone.cli.screen import print_table

if TYPE_CHECKING:
    from pathlib import Path

HEADS = ("at", "effect", "interval", "")
REMARK = "too few: 3 units in a group that matters, 5 needed; the rest of the sentence is as long again as this"


@pytest.mark.parametrize(
    ("effect", "width", "arrangement"),
    [
        ("+5", 120, "table"),
        ("+5", 62, "table"),  # 40 signs and more for the remark
        ("+5", 61, "remarks beneath"),
        ("+5,000 " * 6, 80, "remarks beneath"),
        ("+5,000 " * 12, 80, "stacked"),
    ],
)
def test_remarks_have_room_or_stand_beneath(effect: str, width: int, arrangement: str) -> None:
    rows = [("1", effect, "", REMARK)]
    assert arrangement_of(HEADS, rows, width, whole=HEADS[:3], remark="") == arrangement


def test_text_is_not_broken_to_a_few_letters() -> None:
    rows = [("rule " * 6, "law " * 9, "x" * 30)]
    assert arrangement_of(("a", "b", "c"), rows, 66, whole=("c",)) == "table"
    assert arrangement_of(("a", "b", "c"), rows, 65, whole=("c",)) == "stacked"


words = st.text(st.sampled_from("abc ,-贵"), max_size=60).map(str.strip)


@given(
    rows=st.lists(st.tuples(words.filter(bool), words, words, words), min_size=1, max_size=4),
    width=st.sampled_from([80, 100, 120]),
)
def test_every_cell_is_printed_whole_at_every_width(rows: list[tuple[str, ...]], width: int) -> None:
    from unittest import mock

    shown: list[str] = []
    with (
        mock.patch("typer.echo", side_effect=shown.append),
        mock.patch("pilotzone.cli.screen.columns", return_value=width),
    ):
        print_table(HEADS, rows, right=HEADS[1:3], whole=HEADS[:3], remark="")
    kept = "".join(shown[0].split())
    # What stands side by side is broken into lines that alternate: signs are counted, whatever their order. A remark
    # that repeats may be told once.
    told = [*(cell for row in rows for cell in row[:-1]), *{row[-1] for row in rows}]
    for sign in "abc,-贵":
        assert kept.count(sign) >= sum(cell.count(sign) for cell in told)


def test_remarks_stand_below_their_rows_and_columns_below_their_heads() -> None:
    lines = remarks_beneath(HEADS, [("1", "+5", "[1, 2]", REMARK), ("10", "-5", "", "")], 60, right=HEADS[:3])
    assert lines[:2] == ["at  effect  interval", " 1      +5    [1, 2]"]
    assert " ".join(" ".join(lines[2:-1]).split()) == REMARK
    assert lines[-1] == "10      -5"
    assert max(map(len, lines)) <= 60
    again = remarks_beneath(HEADS, [("1", "+5", "", REMARK), ("2", "-5", "", "why"), ("3", "0", "", REMARK)], 60)
    assert again[1:5] == ["1   +5                [1]", "2   -5", "    why", "3   0                 [1]"]
    assert " ".join(" ".join(again[5:]).split()) == f"[1] {REMARK}"
    assert stacked(HEADS, [("1", "+5", "", "why")], 60) == ["at: 1", "  effect: +5", "  why"]


@pytest.mark.parametrize("columns", [80, 120])
@pytest.mark.parametrize("treated", [3, 12])
def test_long_units_push_no_column_out(
    columns: int, treated: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    generator = np.random.default_rng(3)
    frame = pd.DataFrame({"u": np.repeat(np.arange(40), 8), "t": np.tile(np.arange(2010, 2018), 40)})
    frame["c"] = np.where(frame["u"] < treated, 2014, 0)
    on = (frame["c"] > 0) & (frame["t"] >= 2014)
    frame["y"] = 1e6 + 12345.6 * on + generator.normal(0, 1234, len(frame))
    frame.to_csv(tmp_path / "panel.csv", index=False)
    outcome = "y,role=development,good=up,margin=3000,scale=level,unit=USD per person and year"
    said = call("evaluate", tmp_path / "panel.csv", "--unit", "u", "--time", "t", "--cohort", "c", "--outcome", outcome)
    assert said.code == 0
    head, *lines = said.out.partition("\ntime ")[2].splitlines()
    assert max(map(len, said.out.splitlines())) <= columns
    assert ("95% interval" in head, "95% band" in head) == (treated > 3, treated > 3)
    assert "units" in head
    rows = [line.split() for line in lines[: next(k for k, line in enumerate(lines) if "before: " in line)]]
    assert [row[0] for row in rows if row[0].lstrip("-").isdigit() and len(row) > 2] == [str(k) for k in range(-3, 4)]
    remark = " ".join(" ".join(row) for row in rows)
    # Said once for all seven times; departures from parallel trends have too few moves.
    assert remark.count("too few for standard errors") == (treated == 3)
    assert remark.count("are too few; 4 are needed") == (treated == 3)
    assert not {"nan", "None", "inf"} & set(re.findall(r"\w+", said.out))
