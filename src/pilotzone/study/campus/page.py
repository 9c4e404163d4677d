"""The report of a campus."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pilotzone.report import Section, answer_texts, plain_page, plain_section, plain_sheet
from pilotzone.study.campus.answer import campus_answer
from pilotzone.study.campus.charts import campus_figures
from pilotzone.study.campus.map import map_shapes
from pilotzone.study.campus.sheets import campus_sheets
from pilotzone.study.campus.wording import campus_words
from pilotzone.study.runs.assumed import assumed_table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pilotzone.study.campus.findings import CampusFindings

__all__ = ["campus_beside", "render_campus"]


def render_campus(
    found: CampusFindings, audit: Mapping[str, Any] | None = None, sections: Sequence[Section] = ()
) -> str:
    """Return the report as the text of one HTML file, to be written as UTF-8."""
    return plain_page(
        found.name,
        found.title,
        campus_words(found),
        answer=campus_answer(found),
        kind="Campus report",
        question=found.question,
        sheets=[*campus_sheets(found), plain_sheet("campus-assumptions", assumed_table(found.assumptions))],
        figures=campus_figures(found),
        shapes=map_shapes(found),
        audit=audit,
        sections=sections,
    )


def campus_beside(found: CampusFindings) -> Section:
    """Return what stands of a campus in another study's report."""
    figures = [figure for figure in campus_figures(found) if not figure.id.startswith("week-")]
    return plain_section(
        "beside-campus",
        f"What a campus needs, emits and costs: {found.title}",
        answer_texts(campus_answer(found)),
        sheets=campus_sheets(found)[:3],
        figures=figures,
        shapes=map_shapes(found),
    )
