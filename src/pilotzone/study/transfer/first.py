"""What a reader looks at first of a transfer: the answer, what candidates could expect, and charts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pilotzone.report import Section, first_section
from pilotzone.study.transfer.answer import transfer_answer
from pilotzone.study.transfer.charts import transfer_figures
from pilotzone.study.transfer.map import map_shapes
from pilotzone.study.transfer.sheets import transfer_sheets
from pilotzone.study.transfer.wording import transfer_words

if TYPE_CHECKING:
    from pilotzone.study.transfer.findings import TransferFindings

__all__ = ["transfer_first"]


def transfer_first(found: TransferFindings, *, charts: bool = True) -> Section:
    """Return the answer with candidates, then charts, then the tables behind them."""
    first, *rest = transfer_sheets(found)
    return first_section(
        found.title,
        transfer_answer(found),
        points=transfer_words(found),
        sheets=[first],
        charts=[("Zones and candidates", transfer_figures(found) if charts else [])],
        rest=rest,
        tables_last=True,
        shapes=map_shapes(found) if charts else {},
    )
