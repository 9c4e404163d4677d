"""Pages and sections of words, tables and charts, for kinds of study that need no template of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pilotzone.report.answering import Answer
from pilotzone.report.audit import audit_sheet
from pilotzone.report.figure import Figure
from pilotzone.report.page import assembled, fragment
from pilotzone.report.section import Section
from pilotzone.report.sheet import Sheet

if TYPE_CHECKING:
    from pilotzone.report.answering import Answer

__all__ = ["first_section", "plain_page", "plain_section"]


def plain_section(
    id: str,  # noqa: A002 - what HTML calls it
    heading: str,
    words: Sequence[str],
    *,
    sheets: Sequence[Sheet] = (),
    figures: Sequence[Figure] = (),
    shapes: Mapping[str, Any] | None = None,
) -> Section:
    """Return a section of words, then tables, then charts.

    Parameters
    ----------
    id, heading
        As in `Section`.
    words
        Paragraphs.
    sheets, figures, shapes
        What is shown; ids get that of the section before them.
    """
    own = [replace(sheet, id=f"{id}-{sheet.id}") for sheet in sheets]
    drawn = [
        replace(figure, id=f"{id}-{figure.id}", sheet=replace(figure.sheet, id=f"{id}-{figure.sheet.id}"))
        for figure in figures
    ]
    body = fragment(
        "pilotzone.report", "section.html.jinja", id=id, heading=heading, words=words, sheets=own, figures=drawn
    )
    return Section(id, heading, body, drawn, shapes or {}, ((id, heading),))


def first_section(  # noqa: PLR0913 - what is seen first, all by name
    heading: str,
    told: Answer,
    *,
    tone: str = "open",
    sign: str = "",
    points: Sequence[str] = (),
    sheets: Sequence[Sheet] = (),
    charts: Sequence[tuple[str, Sequence[Figure]]] = (),
    rest: Sequence[Sheet] = (),
    tables_last: bool = False,
    shapes: Mapping[str, Any] | None = None,
) -> Section:
    """Return what a reader looks at first: the answer with its main tables, then charts, then what is behind them.

    Parameters
    ----------
    heading
        Title of the study.
    told
        The answer.
    tone, sign
        As `tone_of` gives them.
    points
        Further findings, sentence by sentence; what the answer says itself is left out.
    sheets
        Tables that belong to the answer.
    charts
        Headings, each with its charts; those without a chart are left out.
    rest
        Tables that are folded away.
    tables_last
        Whether the tables of the answer stand below its charts: where these say it at a glance.
    shapes
        Shapes that maps need, by code.
    """
    shown = [(words, list(figures)) for words, figures in charts if figures]
    body = fragment(
        "pilotzone.report",
        "first.html.jinja",
        told=told,
        tone=tone,
        sign=sign,
        points=[text for text in points if text not in told.said],
        sheets=sheets,
        charts=shown,
        rest=rest,
        tables_last=tables_last,
    )
    drawn = [figure for _, figures in shown for figure in figures]
    return Section("verdict", heading, body, drawn, shapes or {})


def plain_page(  # noqa: PLR0913 - what a page shows, all by name
    name: str,
    title: str,
    words: Sequence[str],
    *,
    answer: Answer | None = None,
    kind: str,
    question: str = "",
    sheets: Sequence[Sheet] = (),
    figures: Sequence[Figure] = (),
    shapes: Mapping[str, Any] | None = None,
    audit: Mapping[str, Any] | None = None,
    sections: Sequence[Section] = (),
) -> str:
    """Return a page of words, charts and tables, for kinds of study that need no template of their own.

    Parameters
    ----------
    name
        Name of the study; names exported files.
    title, question
        Head of the page.
    words
        Findings, sentence by sentence.
    answer
        The answer, for the first screen with the first chart; the findings then stand beneath. ``None`` for kinds that
        have none: their findings are the first screen.
    kind
        What the page is: ``Siting report``.
    sheets, figures
        What is shown.
    shapes
        Shapes that maps need, by code.
    audit
        Hashes, versions and settings, as plain data.
    sections
        Sections of the studies that stand beside this one.
    """
    return assembled(
        "pilotzone.report",
        "plain.html.jinja",
        name,
        figures,
        shapes=shapes,
        title=title,
        kind_words=kind,
        question=question,
        words=words,
        answer=answer,
        sheets=sheets,
        figures=figures,
        audit_sheet=audit_sheet(audit) if audit else None,
        sections=sections,
    )
