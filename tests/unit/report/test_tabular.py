"""Tables of plain cells: rows without a head get one, in the column that holds the heads."""

from __future__ import annotations

from pilotzone.core import Table
from pilotzone.report.tabular import plain_sheet


def test_rows_without_a_head() -> None:
    rows = [("jobs", "simple", "0.1"), ("", "", "(0.02)"), ("", "units", "109")]
    sheet = plain_sheet("x", Table.from_rows(("outcome", "effect", "A"), rows), "(standard error)", head="effect")
    assert [[cell.text for cell in row] for row in sheet.rows] == [
        ["jobs", "simple", "0.1"],
        ["", "(standard error)", "(0.02)"],
        ["", "units", "109"],
    ]
    alone = plain_sheet("x", Table.from_rows(("effect", "A"), [row[1:] for row in rows]), "(standard error)", head="no")
    assert [row[0].text for row in alone.rows] == ["simple", "(standard error)", "units"]
