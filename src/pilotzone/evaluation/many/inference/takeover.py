"""What takes over where the guard refuses standard errors: randomisation tests, or why there are none."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from pilotzone.core import PilotZoneError, listing
from pilotzone.evaluation.many.inference.assignments import mechanism
from pilotzone.evaluation.many.inference.gathered import gathered
from pilotzone.evaluation.many.inference.overall import overall_test
from pilotzone.evaluation.many.inference.pooled import pooled_test
from pilotzone.evaluation.many.inference.randomisation import randomise
from pilotzone.evaluation.many.inference.small import SmallCohorts
from pilotzone.evaluation.many.moments.prepared import of_outcome, units_of
from pilotzone.evaluation.many.variation.guard import NO_SPREAD, TAKES_OVER

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pilotzone.core import Outcome
    from pilotzone.evaluation.many.design import ManyDesign
    from pilotzone.evaluation.many.inference.gathered import GatheredUnits
    from pilotzone.evaluation.many.inference.pooled import PooledTest
    from pilotzone.evaluation.many.inference.rows import EffectRow
    from pilotzone.evaluation.many.inference.shifts import ShiftTest
    from pilotzone.store import Engine

__all__ = ["AT_ONCE", "CELLS_AT_ONCE", "TakenOver", "take_over"]

AT_ONCE = 100_000
"""Outcomes, units times periods, up to which randomisation tests are run without being asked: some seconds."""

CELLS_AT_ONCE = 500
"""Cohorts times periods up to which they are: all effects are estimated anew a thousand times."""


@dataclass(frozen=True, eq=False)
class TakenOver:
    """What is said of effects without standard errors.

    Attributes
    ----------
    rows
        As they were, those refused with what randomisation tests say of them.
    small
        Tests of the overall effect on each outcome that was refused one.
    notes
        What a reader should know of it.
    """

    rows: tuple[EffectRow, ...]
    small: tuple[SmallCohorts, ...] = ()
    notes: tuple[str, ...] = ()


def take_over(panel: Engine, design: ManyDesign, rows: Sequence[EffectRow], *, overall: bool = False) -> TakenOver:
    """Test effects without standard errors by randomisation inference where that can be had.

    Parameters
    ----------
    panel, design
        What was estimated, and how.
    rows
        As the guard left them.
    overall
        Test the effects in one number alone, by the effect itself: much faster.
    """
    flat = [row for row in rows if row.refused == NO_SPREAD]
    # What is zero for everybody would be so by any lot.
    refused = [row for row in rows if row.refused and (row.refused != NO_SPREAD or row.estimate != 0)]
    said = (_flat(flat),) if flat else ()
    if not refused:
        return TakenOver(tuple(rows), notes=said)
    if overall:
        refused = [row for row in refused if _overall(row, design)]
    found = _by_lot(panel, design, rows, refused, _tested_overall if overall else _tested)
    return replace(found, notes=(*said, *found.notes))


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
    panel: Engine,
    design: ManyDesign,
    rows: Sequence[EffectRow],
    refused: Sequence[EffectRow],
    test: Callable[..., _Tested],
) -> TakenOver:
    """Return the rows, those refused with p by randomisation inference where that can be had, and what to say of it."""
    few = (TAKES_OVER,) if any(row.refused != NO_SPREAD for row in refused) else ()
    why = _why_not(panel, design)
    if why:
        return TakenOver(tuple(rows), notes=(*few, f"{_UNTESTED}: {why}. {_COUNTS}"))
    tests: dict[str, _Tested] = {}
    told: dict[str, list[str]] = {}
    for outcome in dict.fromkeys(row.outcome for row in refused):
        # By itself: the randomisation p of one outcome depends on no other.
        overall = any(row.outcome == outcome and _overall(row, design) for row in refused)
        found = test(of_outcome(panel, outcome.name, design.comparison.anticipation), design, outcome, small=overall)
        told.setdefault(found.why, []).append(outcome.name)
        tests[outcome.name] = found
    several = len(told) > 1
    notes = [f"{listing(names)}: {why}" if several else why for why, names in told.items()]
    kept = {id(row) for row in refused}
    filled = tuple(tests[row.outcome.name].filled(row, design) if id(row) in kept else row for row in rows)
    return TakenOver(filled, tuple(item.small for item in tests.values() if item.small), (*few, *notes))


_UNTESTED = "Effects are not tested by randomisation inference"
_COUNTS = "Evaluate without that, or with more units: standard errors need five or more in each group that matters."


def _why_not(panel: Engine, design: ManyDesign) -> str:
    """Return why there is no randomisation test; empty where there may be."""
    if design.cross_sections:
        return "rows are units of their own"
    with_lots = {
        "covariates": bool(panel.columns.covariates),
        "spillovers": design.spillovers is not None,
        "places that vary together": design.conley is not None,
    }
    return next((f"that is without {what}" for what, there in with_lots.items() if there), "")


def _overall(row: EffectRow, design: ManyDesign) -> bool:
    """Return whether a row is the effect in one number."""
    return row.kind == design.summary and row.at is None


_Name = tuple[str, str, "int | None", "int | None", "int | None"]


@dataclass(frozen=True, eq=False)
class _Tested:
    """Randomisation tests of the effects on one outcome: p of each, of the overall one, and what to say of them."""

    why: str
    p: dict[_Name, float | None] = field(default_factory=dict)
    small: SmallCohorts | None = None

    def filled(self, row: EffectRow, design: ManyDesign) -> EffectRow:
        """Return a row with what is known of it."""
        name = row.outcome.name, row.kind, row.at, row.cohort, row.period
        found = replace(row, p_by_lot=self.p[name]) if name in self.p else row
        if self.small is None or not _overall(row, design):
            return found
        test = self.small.studentised
        return replace(
            found,
            interval_by_lot=test.interval(design.level),
            p_improved_by_lot=self.small.p_improved(test),
            p_harm_excluded_by_lot=self.small.p_harm_excluded(test),
            p_harm_shown_by_lot=self.small.p_harm_shown(test),
        )


def _tested(panel: Engine, design: ManyDesign, outcome: Outcome, *, small: bool) -> _Tested:
    """Return tests of the effects on one outcome, with those of any size where `small` asks for them."""
    facts = panel.facts()
    size = facts.units * len(facts.periods)
    cells = len(facts.cohorts) * len(facts.periods)
    if size > AT_ONCE or cells > CELLS_AT_ONCE:
        what = f"{size:,} outcomes are more than {AT_ONCE:,}"
        if size <= AT_ONCE:
            what = f"{cells:,} pairs of a cohort and a period are more than {CELLS_AT_ONCE:,}"
        return _Tested(f"{_UNTESTED}: {what}. pilotzone.evaluation.many.randomise_panel does so.")
    try:
        units = gathered(panel, design.comparison.anticipation)
        found = randomise(
            units.stacked,
            units.cohorts,
            units.layout,
            design.comparison,
            estimator=design.estimator,
            clusters=units.clusters,
            seed=design.seed,
        )
    except PilotZoneError as error:
        return _Tested(f"No randomisation test: {' '.join(str(error).split())}")
    how = f"all {found.assignments:,} assignments"
    if not found.exact:
        # Beyond a billion nobody counts digits, and there may be hundreds of them.
        many = f"{found.assignments:,}" if found.assignments < 10**9 else f"about 10^{len(str(found.assignments)) - 1}"
        how = f"{found.draws:,} drawn of {many} assignments"
    p = {(row.outcome, row.kind, row.at, row.cohort, row.period): row.p for row in found.rows}
    why = f"p by randomisation inference is over {how}, and not below {found.smallest_p:.2g}. {found.mechanism}"
    # Sizes are in the outcome's own unit, which they are not where its squares are beyond the range of numbers.
    if not small or units_of(facts)[outcome.name] != 1:
        return _Tested(why, p)
    tests = next(row.shifts for row in found.rows if row.kind == design.summary and row.at is None)
    return _Tested(why, p, _small(units, design, outcome, tests, found.mechanism))


def _tested_overall(panel: Engine, design: ManyDesign, outcome: Outcome, *, small: bool) -> _Tested:
    """Return tests of any size of the effect in one number on one outcome, by the effect itself."""
    facts = panel.facts()
    size = facts.units * len(facts.periods)
    if size > AT_ONCE:
        what = f"{size:,} outcomes are more than {AT_ONCE:,}"
        return _Tested(f"{_UNTESTED}: {what}. pilotzone.evaluation.many.randomise_panel does so.")
    if not small or units_of(facts)[outcome.name] != 1:
        return _Tested(
            f"{_UNTESTED}: squares of {outcome.name} are beyond the range of numbers. State it in another unit, such "
            "as millions."
        )
    if facts.cluster_names is not None:
        # Clusters of unequal size give cohorts other sizes under other assignments.
        return _tested(panel, design, outcome, small=small)
    try:
        units = gathered(panel, design.comparison.anticipation)
        test = overall_test(
            units.stacked,
            units.cohorts,
            units.layout,
            design.comparison,
            estimator=design.estimator,
            kind=design.summary,
            seed=design.seed,
        )
    except PilotZoneError as error:
        return _Tested(f"No randomisation test: {' '.join(str(error).split())}")
    how = mechanism(units.cohorts, "units")
    name = outcome.name, design.summary, None, None, None
    return _Tested(how, {name: test.p()}, _small(units, design, outcome, (test, test), how))


def _small(
    units: GatheredUnits, design: ManyDesign, outcome: Outcome, tests: tuple[ShiftTest, ...], how: str
) -> SmallCohorts:
    """Return tests of any size of the overall effect on one outcome; `how` says who could have been treated."""
    first, plain = tests
    pooled: PooledTest | None = None
    why = "units are drawn in clusters"
    if units.clusters is None:
        why = "no variation is left about cohorts' means"
        pooled = pooled_test(
            units.stacked,
            units.cohorts,
            units.layout,
            design.comparison,
            estimator=design.estimator,
            kind=design.summary,
            alpha=1 - design.level,
            seed=design.seed,
        )
    why = "" if pooled is not None else why
    return SmallCohorts(outcome, design.summary, design.level, first, plain, pooled, how, why)
