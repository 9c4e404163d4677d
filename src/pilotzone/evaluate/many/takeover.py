"""What takes over where the guard refuses standard errors: p by lot, with what it assumes, or why there is none."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pilotzone.core import PilotZoneError, listing
from pilotzone.evaluate.many.guard import NO_SPREAD, TAKES_OVER
from pilotzone.evaluate.many.prepared import of_outcome
from pilotzone.evaluate.many.randomisation import randomise_panel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pilotzone.evaluate.many.result import ManyDesign
    from pilotzone.evaluate.many.rows import EffectRow
    from pilotzone.store import Engine

__all__ = ["AT_ONCE", "CELLS_AT_ONCE", "take_over"]

AT_ONCE = 100_000
"""Outcomes, units times periods, up to which effects are tested by lot without being asked: some seconds."""

CELLS_AT_ONCE = 500
"""Cohorts times periods up to which they are: all effects are estimated anew a thousand times."""


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
    flat = [row for row in rows if row.refused == NO_SPREAD]
    # What is zero for everybody would be so by any lot.
    refused = [row for row in rows if row.refused and (row.refused != NO_SPREAD or row.estimate != 0)]
    said = (_flat(flat),) if flat else ()
    if not refused:
        return tuple(rows), said
    filled, told = _by_lot(panel, design, rows, refused)
    return filled, (*said, *told)


def _flat(rows: Sequence[EffectRow]) -> str:
    """Say how many effects have nothing that varies."""
    names = listing(list(dict.fromkeys(row.outcome.name for row in rows)))
    if len(rows) == 1:
        what = f"One effect on {names} has no standard error: all units on either side change alike. It is"
    else:
        what = (
            f"{len(rows):,} effects on {names} have no standard error: all units on either side change alike. They are"
        )
    return f"{what} in no band and no test, and count in averages with the variance that they have, which is none."


def _by_lot(
    panel: Engine, design: ManyDesign, rows: Sequence[EffectRow], refused: Sequence[EffectRow]
) -> tuple[tuple[EffectRow, ...], tuple[str, ...]]:
    """Return the rows, those refused with p by lot where that can be had, and what to say of it."""
    few = (TAKES_OVER,) if any(row.refused != NO_SPREAD for row in refused) else ()
    if design.cross_sections:
        return tuple(rows), (*few, "Effects are not tested by lot here: rows are units of their own.")
    with_lots = {
        "covariates": bool(panel.columns.covariates),
        "spillovers": design.spillovers is not None,
        "places that vary together": design.conley is not None,
    }
    for what, there in with_lots.items():
        if there:
            return tuple(rows), (*few, f"Effects are not tested by lot here: that is without {what}.")
    p: dict[_Name, float | None] = {}
    told: dict[str, list[str]] = {}
    for outcome in dict.fromkeys(row.outcome.name for row in refused):
        # By itself: p by lot of one outcome depends on no other.
        own = of_outcome(panel, outcome, design.comparison.anticipation)
        found, why = _tested(own, design)
        told.setdefault(why, []).append(outcome)
        p |= found
    several = len(told) > 1
    notes = [f"{listing(names)}: {why}" if several else why for why, names in told.items()]
    kept = {id(row) for row in refused}
    filled = []
    for row in rows:
        name = row.outcome.name, row.kind, row.at, row.cohort, row.period
        filled.append(replace(row, p_by_lot=p[name]) if id(row) in kept and name in p else row)
    return tuple(filled), (*few, *notes)


_Name = tuple[str, str, "int | None", "int | None", "int | None"]


def _tested(panel: Engine, design: ManyDesign) -> tuple[dict[_Name, float | None], str]:
    """Return p by lot of the effects on one outcome, and how they come about, or why there are none."""
    facts = panel.facts()
    size = facts.units * len(facts.periods)
    cells = len(facts.cohorts) * len(facts.periods)
    if size > AT_ONCE or cells > CELLS_AT_ONCE:
        what = f"{size:,} outcomes are more than {AT_ONCE:,}"
        if size <= AT_ONCE:
            what = f"{cells:,} pairs of a cohort and a period are more than {CELLS_AT_ONCE:,}"
        return {}, f"Effects are not tested by lot here: {what}. pilotzone.evaluate.many.randomise_panel does so."
    try:
        found = randomise_panel(panel, design.comparison, estimator=design.estimator, seed=design.seed)
    except PilotZoneError as error:
        return {}, f"Effects cannot be tested by lot: {' '.join(str(error).split())}"
    how = f"all {found.assignments:,} assignments"
    if not found.exact:
        how = f"{found.draws:,} drawn of {found.assignments:,} assignments"
    p = {(row.outcome, row.kind, row.at, row.cohort, row.period): row.p for row in found.rows}
    return p, f"p by lot is over {how}, and not below {found.smallest_p:.2g}. {found.mechanism}"
