"""What a reader looks at first of a campus: what each site costs and emits, then its weeks, frontiers and stress."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pilotzone.report import Section, first_section, plain_sheet
from pilotzone.study.campus.answer import campus_answer
from pilotzone.study.campus.charts import campus_figures
from pilotzone.study.campus.map import map_shapes
from pilotzone.study.campus.sheets import campus_sheets
from pilotzone.study.campus.wording import campus_words
from pilotzone.study.runs.assumed import assumed_table

if TYPE_CHECKING:
    from pilotzone.report import Figure
    from pilotzone.study.campus.findings import CampusFindings

__all__ = ["campus_first"]


def campus_first(found: CampusFindings, *, charts: bool = True) -> Section:
    """Return what the campus comes to with its main tables, then charts."""
    figures = campus_figures(found) if charts else []
    sheets = campus_sheets(found)
    return first_section(
        found.title,
        campus_answer(found),
        points=campus_words(found),
        sheets=sheets[:2],
        charts=[
            ("Cost against emissions and water", _of(figures, "frontier")),
            ("The week of highest load", _of(figures, "week-")),
            ("Sites, load and dry years", _rest(figures, "frontier", "week-")),
        ],
        rest=[*sheets[2:], plain_sheet("campus-assumptions", assumed_table(found.assumptions))],
        shapes=map_shapes(found) if charts else {},
    )


def _of(figures: list[Figure], start: str) -> list[Figure]:
    return [figure for figure in figures if figure.id.startswith(start)]


def _rest(figures: list[Figure], *starts: str) -> list[Figure]:
    return [figure for figure in figures if not figure.id.startswith(starts)]
