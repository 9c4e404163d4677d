"""What a study says of itself is true of each of its outcomes, and can be read. The zones are invented."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Any

import pytest
from tests.unit.study.invented import Figures, write_figures, write_study

from pilotzone.core import StudyError
from pilotzone.report import EN_DASH
from pilotzone.study import load, parse, run_study
from pilotzone.study.zone.record import verdict_record
from pilotzone.study.zone.terminal import verdict_lines

if TYPE_CHECKING:
    from pathlib import Path

    from pilotzone.study import Run


def told(run: Run[Any]) -> str:
    """Return what a terminal shows, in one line."""
    return " ".join(" ".join(line.text for line in verdict_lines(run.findings, 100)).split())


def words(page: str) -> str:
    """Return the words of a page."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def test_fitted_periods_are_told_for_each_outcome_where_they_differ(tmp_path: Path) -> None:
    path = write_study(tmp_path)
    figures = write_figures(tmp_path, Figures())
    rows = figures.read_text(encoding="utf-8").splitlines()
    # The zone has no smoke before 2010: only what is left is fitted.
    kept = [row.rsplit(",", 1)[0] + "," if re.match(r"Place A,200\d,", row) else row for row in rows]
    figures.write_text("\n".join(kept) + "\n", encoding="utf-8")
    run = run_study(load(path))
    spans = "2000-2013 for Output per head (14 periods) and 2010-2013 for Smoke per head (4 periods)"
    assert f"fitted on {spans}, window" in told(run)
    page = words(run.report())
    assert f"Fitted on {spans.replace('-', EN_DASH)}" in page
    notes = (
        "Output per head: fitted on 2000 to 2013, 14 periods.",
        "Smoke per head: fitted on 2010 to 2013, 4 periods, since it is missing for Place A before.",
    )
    for note in notes:
        assert note in page
        assert note in verdict_record(run.findings)["notes"]


@pytest.mark.parametrize("key", ["accepted", "limits", "alternatives", "outcomes", "breaks", "assumptions"])
def test_a_table_in_place_of_a_list_of_tables_is_told_how_to_be_written(tmp_path: Path, key: str) -> None:
    text = write_study(tmp_path).read_text(encoding="utf-8")
    if key == "outcomes":
        text = re.sub(r"\[\[outcomes\]\][^\[]*", "", text)
    with pytest.raises(StudyError) as caught:
        parse(text + f'\n[{key}]\nbreak = "registry"\n', "x")
    assert f"{key}: tables in a list are needed, each below a line [[{key}]]" in caught.value.what


def test_a_table_in_place_of_a_plain_list_is_not(tmp_path: Path) -> None:
    text = write_study(tmp_path).read_text(encoding="utf-8").replace("verdict = [2014, 2019]", "verdict = {}")
    with pytest.raises(StudyError, match=r"window\.verdict: a list in brackets is needed"):
        parse(text, "x")
