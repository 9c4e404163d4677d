"""What a reader looks at first of an appraisal: who pays and gains, then what chance does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pilotzone.report import Section, first_section
from pilotzone.study.appraisal.answer import appraisal_answer
from pilotzone.study.appraisal.page import appraisal_figures, appraisal_shapes, appraisal_sheets
from pilotzone.study.appraisal.wording import appraisal_words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pilotzone.report import Sheet
    from pilotzone.study.appraisal.findings import AppraisalFindings

__all__ = ["appraisal_first"]

_SEEN = ("payers", "landed", "effectiveness")
_REST = ("shares", "outcomes", "units", "burdens", "misallocation", "firms", "backtests", "figures", "assumptions")


def appraisal_first(found: AppraisalFindings, *, charts: bool = True) -> Section:
    """Return values by party with who pays, then the distribution of net present value and what it depends on."""
    sheets = appraisal_sheets(found)
    figures = appraisal_figures(found) if charts else {}
    groups = (
        ("Who pays and who gains", ("waterfall", "map")),
        ("What chance does", ("distribution", "tornado", "utilisation")),
        ("Capital", ("capital",)),
    )
    return first_section(
        found.title,
        appraisal_answer(found),
        points=appraisal_words(found),
        sheets=_named(sheets, _SEEN),
        charts=[(words, [figures[name] for name in names if name in figures]) for words, names in groups],
        rest=_named(sheets, _REST),
        tables_last=True,
        shapes=appraisal_shapes(found) if charts else {},
    )


def _named(sheets: dict[str, Sheet | list[Sheet]], names: Iterable[str]) -> list[Sheet]:
    found: list[Sheet] = []
    for name in names:
        item = sheets.get(name, [])
        found += item if isinstance(item, list) else [item]
    return found
