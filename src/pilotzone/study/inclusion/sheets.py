"""Tables of who gains as a report shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pilotzone.core import Table
from pilotzone.evaluation.inclusion import QuantileEffects
from pilotzone.report import Sheet, plain_sheet
from pilotzone.study.inclusion.gap import gap_note

if TYPE_CHECKING:
    from pilotzone.study.inclusion.findings import InclusionFindings

__all__ = ["inclusion_sheets"]

_WORDS = {
    "effect_unit": "unit of the effect",
    "effect_low": "effect, least",
    "effect_high": "effect, most",
    "band_low": "band, from",
    "band_high": "band, to",
    "low": "from",
    "high": "to",
    "se": "standard error",
    "of": "quantile or mean",
    "theil_t": "Theil T",
    "theil_l": "Theil L",
}
"""Columns whose names are not words."""


def inclusion_sheets(found: InclusionFindings) -> list[Sheet]:
    """Return winners and losers, effects, the gap, quantiles, the curve, decompositions and levels."""
    tables: dict[str, Table] = {}
    if found.groups is not None:
        tables["groups"] = found.groups.to_table()
    if found.effects is not None:
        tables["effects"] = found.effects.summary()
    if found.convergence is not None:
        table = found.convergence.to_table()
        tables["convergence"] = Table(table.columns, title=table.title, note=gap_note(found))
    if found.quantiles is not None:
        whole = isinstance(found.quantiles, QuantileEffects)
        tables["quantiles"] = found.quantiles.to_table() if whole else found.quantiles.summary()
    if found.along is not None:
        tables["along"] = found.along.to_table()
    within = found.within_between()
    if within is not None:
        tables["decomposed"] = within
    if found.levels:
        tables["levels"] = found.described.to_table()
    # In the table of levels `of` says whom they are of, in words already.
    words = {name: {**_WORDS, "of": "of"} if name == "levels" else _WORDS for name in tables}
    return [plain_sheet(f"inclusion-{name}", table, words=words[name]) for name, table in tables.items()]
