"""The page on the verdict holds the decision table that the code has, whole."""

from __future__ import annotations

import itertools
import re
from pathlib import Path
from typing import get_args

from pilotzone.core import VerdictLabel
from pilotzone.judgement.labels import decide

PAGE = Path(__file__).resolve().parents[2] / "docs" / "explanation" / "verdict.md"
COLUMNS = ("assessable", "decidable", "gain shown", "harm excluded", "harm shown")
ANSWERS: dict[str, set[bool | None]] = {
    "yes": {True},
    "no": {False},
    "none": {None},
    "no or none": {False, None},
    "-": {True, False, None},
}
NAMED_BY_ROLES = {"inclusive growth", "green and inclusive growth"}


def table() -> list[list[str]]:
    """Return the rows of the decision table, its head first."""
    section = re.split(r"^## ", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    text = next(part for part in section if part.startswith("The decision table"))
    lines = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line[:1] == "|"]
    return [lines[0], *lines[2:]]


def test_every_combination_is_in_one_row_with_the_verdict_of_the_code() -> None:
    head, *rows = table()
    assert head == [*COLUMNS, "verdict"]
    sides = itertools.product((True, False), (True, False), (True, False, None), (True, False, None), (True, False))
    for assessable, decidable, gain, excluded, shown in sides:
        found = (assessable, decidable, gain, excluded, shown)
        matching = [row for row in rows if all(x in ANSWERS[cell] for x, cell in zip(found, row[:-1], strict=True))]
        tested = assessable and decidable
        impossible = tested and ((excluded and shown) or (gain is None and excluded is None))
        assert len(matching) == (0 if impossible else 1), found
        for row in matching:
            assert row[-1] == decide(
                assessable=assessable, decidable=decidable, gain=gain, harm_excluded=excluded, harm_shown=shown
            )


def test_every_label_is_in_the_table_once() -> None:
    assert sorted(row[-1] for row in table()[1:]) == sorted(set(get_args(VerdictLabel)) - NAMED_BY_ROLES)
