"""What takes over where the guard refuses standard errors: p by lot, with what it assumes, or why there is none."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pilotzone.core import PilotZoneError
from pilotzone.evaluate.many.guard import TAKES_OVER
from pilotzone.evaluate.many.randomisation import randomise_panel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pilotzone.evaluate.many.result import ManyDesign
    from pilotzone.evaluate.many.rows import EffectRow
    from pilotzone.store import Engine

__all__ = ["AT_ONCE", "take_over"]

AT_ONCE = 100_000
"""Outcomes, units times periods, up to which effects are tested by lot without being asked: some seconds."""


def take_over(
    panel: Engine, design: ManyDesign, rows: Sequence[EffectRow]
) -> tuple[tuple[EffectRow, ...], tuple[str, ...]]:
    """Return the rows, those without standard errors with p by lot where that can be had, and what to say of it.

    Parameters
    ----------
    panel, design
        What was estimated, and how.
    rows
        As the guard left them.
    """
    refused = [row for row in rows if row.refused]
    if not refused:
        return tuple(rows), ()
    if design.cross_sections:
        return tuple(rows), (TAKES_OVER, "Effects are not tested by lot here: rows are units of their own.")
    with_lots = {
        "covariates": bool(panel.columns.covariates),
        "spillovers": design.spillovers is not None,
        "places that vary together": design.conley is not None,
    }
    for what, there in with_lots.items():
        if there:
            return tuple(rows), (TAKES_OVER, f"Effects are not tested by lot here: that is without {what}.")
    facts = panel.facts()
    size = facts.units * len(facts.periods) * len(panel.columns.outcomes)
    if size > AT_ONCE:
        why = (
            f"Effects are not tested by lot here: {size:,} outcomes are more than {AT_ONCE:,}. "
            "pilotzone.evaluate.many.randomise_panel does so."
        )
        return tuple(rows), (TAKES_OVER, why)
    try:
        found = randomise_panel(panel, design.comparison, estimator=design.estimator, seed=design.seed)
    except PilotZoneError as error:
        return tuple(rows), (TAKES_OVER, f"Effects cannot be tested by lot: {' '.join(str(error).split())}")
    p = {(row.outcome, row.kind, row.at, row.cohort, row.period): row.p for row in found.rows}
    filled = tuple(
        replace(row, p_by_lot=p[row.outcome.name, row.kind, row.at, row.cohort, row.period]) if row.refused else row
        for row in rows
    )
    how = f"all {found.assignments:,} assignments"
    if not found.exact:
        how = f"{found.draws:,} drawn of {found.assignments:,} assignments"
    return filled, (TAKES_OVER, f"p by lot is over {how}, and not below {found.smallest_p:.2g}. {found.mechanism}")
