"""The report of who gains, its section in another report, and what is looked at first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pilotzone.report import Section, answer_texts, first_section, plain_page, plain_section
from pilotzone.study.inclusion.answer import inclusion_answer, inclusion_limits
from pilotzone.study.inclusion.charts import inclusion_figures
from pilotzone.study.inclusion.sheets import inclusion_sheets
from pilotzone.study.inclusion.wording import line_unit

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pilotzone.study.inclusion.findings import InclusionFindings

__all__ = ["inclusion_beside", "inclusion_first", "render_inclusion"]


def render_inclusion(
    found: InclusionFindings, audit: Mapping[str, Any] | None = None, sections: Sequence[Section] = ()
) -> str:
    """Return the report as the text of one HTML file, to be written as UTF-8."""
    return plain_page(
        found.name,
        found.spec.title,
        _words(found),
        answer=inclusion_answer(found),
        kind="Inclusion report",
        question=found.spec.question,
        sheets=inclusion_sheets(found),
        figures=inclusion_figures(found),
        audit=audit,
        sections=sections,
    )


def _words(found: InclusionFindings) -> list[str]:
    """Return where the table is from, the poverty line, and what the data cannot answer."""
    given, part = found.spec.inclusion, found.spec.inequality
    told = [f"Source: {given.source.rstrip('.')}; {found.rows:,} rows."]
    if part is not None and part.line is not None:
        told.append(f"Poverty line: {part.line:g} {line_unit(given.of, given.unit)} ({part.line_source}).")
    return told + [f"These data cannot answer: {limit.text}" for limit in inclusion_limits(found)]


def inclusion_beside(found: InclusionFindings) -> Section:
    """Return what stands of it in another study's report."""
    return plain_section(
        "beside-inclusion",
        f"Who gains: {found.spec.title}",
        answer_texts(inclusion_answer(found)),
        sheets=inclusion_sheets(found)[:3],
        figures=inclusion_figures(found),
    )


def inclusion_first(found: InclusionFindings, *, charts: bool = True) -> Section:
    """Return the answer with its main tables, then charts."""
    sheets = inclusion_sheets(found)
    return first_section(
        found.spec.title,
        inclusion_answer(found),
        points=_words(found),
        sheets=sheets[:1],
        charts=[("Who gains", inclusion_figures(found) if charts else [])],
        rest=sheets[1:],
    )
