"""The report of a transfer: the answer, charts, candidates, and what it rests on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pilotzone.report import Section, answer_texts, plain_page, plain_section
from pilotzone.study.transfer.answer import transfer_answer
from pilotzone.study.transfer.charts import transfer_figures
from pilotzone.study.transfer.map import map_shapes
from pilotzone.study.transfer.sheets import transfer_sheets
from pilotzone.study.transfer.wording import transfer_limits, transfer_words

if TYPE_CHECKING:
    from pilotzone.study.transfer.findings import TransferFindings

__all__ = ["render_transfer", "transfer_beside"]

_BESIDE = 3
"""Tables that stand in another study's report."""


def render_transfer(
    found: TransferFindings, audit: Mapping[str, Any] | None = None, sections: Sequence[Section] = ()
) -> str:
    """Return the report as the text of one HTML file, to be written as UTF-8."""
    return plain_page(
        found.name,
        found.title,
        [*transfer_words(found), *(limit.text for limit in transfer_limits(found))],
        answer=transfer_answer(found),
        kind="Transfer report",
        question=found.question,
        sheets=transfer_sheets(found),
        figures=transfer_figures(found),
        shapes=map_shapes(found),
        audit=audit,
        sections=sections,
    )


def transfer_beside(found: TransferFindings) -> Section:
    """Return what stands of a transfer in another study's report."""
    return plain_section(
        "beside-transfer",
        f"Would it work elsewhere: {found.title}",
        answer_texts(transfer_answer(found)),
        sheets=transfer_sheets(found)[:_BESIDE],
        figures=transfer_figures(found),
        shapes=map_shapes(found),
    )
