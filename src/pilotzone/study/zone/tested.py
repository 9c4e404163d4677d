"""The tables of a report on its tests: p-values, breakdowns, and effects that are not rejected."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from pilotzone.judgement import tilt
from pilotzone.report import (
    Cell,
    Column,
    Sheet,
    bare_title,
    bound_number,
    effect_cell,
    margin_text,
    number,
    number_text,
    p_cell,
    p_text,
    set_text,
)
from pilotzone.study.zone.basis import SHORT_STATISTICS, shift_count, smallest_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pilotzone.core import Outcome
    from pilotzone.evaluation.few import ConformalSet, Permutations
    from pilotzone.judgement import ConfidenceSet, Finding, OutcomeTest, Verdict
    from pilotzone.study.zone.findings import DesignFindings

__all__ = ["ranked_sheets", "sets_sheet", "tests_sheets"]

_REARRANGED: dict[Permutations, tuple[str, str]] = {
    "moving_block": ("cyclic shifts of the periods", "time: stationary errors"),
    "iid": ("choices of periods", "time: exchangeable errors"),
}


def tests_sheets(verdict: Verdict, sets: Sequence[ConfidenceSet], *, zones: int) -> tuple[Sheet, Sheet]:
    """Return all tests of a verdict, and how far they hold: breakdowns, and effects not rejected where those are given.

    By placebo ranks each outcome is tested by both statistics, by conformal p-values once.
    """
    which = "conformal p-values" if shift_count(verdict) else "the statistic fixed beforehand and by the other"
    return _tests_sheet(verdict, which), _holds_sheet(verdict, sets, which, zones)


def _tests_sheet(verdict: Verdict, which: str) -> Sheet:
    """Return p-values and the smallest margin."""
    columns = (
        Column("Outcome"),
        Column("Statistic"),
        Column("Mean gap", numeric=True),
        Column("Margin"),
        Column("p gain", numeric=True),
        Column("p worsening", numeric=True),
        Column("p harm excluded", numeric=True),
        Column("p harm shown", numeric=True),
        Column("Smallest margin excluded", numeric=True),
    )
    return Sheet(
        id="tests",
        caption=f"All one-sided tests, by {which}",
        columns=columns,
        rows=tuple(_test_row(test, verdict.alpha) for test in (*verdict.tests, *verdict.other_tests)),
        note=f"Bold: at most {verdict.alpha:g}. p gain: against no improvement. p worsening: against no worsening; it "
        "decides nothing. p harm excluded: against harm of at least the margin. p harm shown: against harm of at most "
        f"the margin. Smallest attainable p: {smallest_text(verdict)}. A smallest margin below zero: effects short of "
        f"a gain of that size are excluded too.{_SHIFTED if shift_count(verdict) else ''}",
    )


def _holds_sheet(verdict: Verdict, sets: Sequence[ConfidenceSet], which: str, zones: int) -> Sheet:
    """Return the drift at which findings fall, their tilt, and the effects that are not rejected."""
    count = shift_count(verdict)
    constant = "constant over the window" if zones == 1 else "the same for every zone and constant over its window"
    sided = "by either side, each at half the level" if count else "two-sided"
    columns = (
        Column("Outcome"),
        Column("Statistic"),
        *(Column(f"Breakdown, {what}", "times the earlier drift", numeric=True) for what in _BREAKDOWNS),
        *(() if count else (Column("Tilt", "times as likely", numeric=True),)),
        *((Column(f"Effects not rejected, {sets[0].attained:.1%} confidence"),) if sets else ()),
    )
    tests = (*verdict.tests, *verdict.other_tests)
    rows = tuple(_holds_row(test, verdict.alpha, tilted=count is None) for test in tests)
    if sets:
        rows = tuple((*row, Cell(set_text(found))) for row, found in zip(rows, sets, strict=True))
    return Sheet(
        id="holds",
        caption=f"How far findings hold, by {which}",
        columns=columns,
        rows=rows,
        note="Breakdown: the drift of the zone alone from which on the finding would no longer show, in multiples of "
        f"its own largest placebo effect at earlier dates; {verdict.allowance:g} is allowed for."
        + (_TILTED if count is None else "")
        + (f" Effects not rejected: {sided}, for an effect that is {constant}." if sets else ""),
    )


_TILTED = (
    " Tilt, of the finding that the verdict asks of the outcome: how many times as likely as any other unit the zone, "
    "and every unit as extreme as it, would have to be chosen before p exceeds the level (Firpo and Possebom 2018). It "
    "is the p-value in other words, and no second check."
)
_SHIFTED = (
    " p-values are conformal (Chernozhukov, W\u00fcthrich and Zhu 2021): the synthetic path is fitted on all periods "
    "with the tested effect taken off. p is the share of cyclic shifts of the periods whose mean residual, in place of "
    "the window's, is as far in the tested direction."
)


def _named(test: OutcomeTest) -> tuple[Cell, Cell]:
    """Return the outcome and the statistic that it is tested by."""
    return Cell(bare_title(test.outcome)), Cell(
        SHORT_STATISTICS[test.statistic] if test.statistic else "signed mean residual"
    )


def _test_row(test: OutcomeTest, alpha: float) -> tuple[Cell, ...]:
    outcome = test.outcome
    return (
        *_named(test),
        effect_cell(outcome, test.estimate),
        Cell(margin_text(outcome)),
        p_cell(test.p_improved, alpha),
        number(p_text(test.p_worsened), test.p_worsened),
        p_cell(test.p_harm_excluded, alpha),
        p_cell(test.p_harm_shown, alpha),
        _bound_cell(outcome, test.smallest_excluded_margin),
    )


def _holds_row(test: OutcomeTest, alpha: float, *, tilted: bool) -> tuple[Cell, ...]:
    return (
        *_named(test),
        *(_multiple_cell(found) for found in (test.gain, test.excluded, test.harm)),
        *((_tilt_cell(test.main, alpha),) if tilted else ()),
    )


_BREAKDOWNS = ("gain", "harm excluded", "harm shown")


def _tilt_cell(found: Finding, alpha: float) -> Cell:
    """Return what p says in chances of having been the zone; nothing where p is above the level already."""
    if not found.shown:
        return Cell("not shown")
    times = tilt(found.p, alpha)
    return number(number_text(times), times)


def _multiple_cell(found: Finding) -> Cell:
    """Return the multiple of the earlier drift at which a finding breaks down."""
    if not found.shown or found.multiple is None:
        return Cell("not shown" if not found.shown else "not known")
    if math.isinf(found.multiple):
        return Cell("no drift before")
    return number(number_text(found.multiple), found.multiple)


def _bound_cell(outcome: Outcome, margin: float | None) -> Cell:
    """Return the margin as a number, which is below zero where effects short of a gain are excluded as well."""
    if margin is None:
        return number("none at this level", None)
    return number(bound_number(outcome, margin), margin)


def ranked_sheets(design: DesignFindings) -> tuple[Sheet, ...]:
    """Return the tests by placebo ranks where they stand beside conformal p-values; none where they decide."""
    if design.ranked is None:
        return ()
    tests, holds = tests_sheets(design.ranked, design.ranked_sets, zones=len(design.parts))
    return (
        replace(tests, id="ranked-tests", caption="Placebo ranks beside, no part of the verdict"),
        replace(holds, id="ranked-holds", caption="How far placebo ranks beside would hold, no part of the verdict"),
    )


def sets_sheet(design: DesignFindings) -> Sheet:
    """Return the effects not rejected by tests that rest on different assumptions, outcome by outcome."""
    verdict, placebo = design.verdict, design.placebo
    count = shift_count(verdict)
    columns = (
        Column("Outcome"),
        Column("Compared", "count", numeric=True),
        Column("With each other"),
        Column("What it rests on"),
        Column("Confidence", numeric=True),
        Column("Effects not rejected"),
    )
    rows: list[tuple[Cell, ...]] = []
    for test in verdict.tests:
        if count is not None:
            own = [item for item in design.sets if item.outcome == test.outcome][:1]
            rows += [_set_row(item, count, "cyclic shifts, either side", "time: stationary errors") for item in own]
        ranked = [item for item in design.placebo_sets if item.outcome == test.outcome][:1]
        rests = "assignment: any unit might be the zone"
        rows += [_set_row(item, placebo.ranks.unit_count, "units", rests) for item in ranked]
        for item in design.conformal:
            if item.outcome == test.outcome:
                compared, rests = _REARRANGED[item.permutations]
                drawn = ", drawn" if item.monte_carlo else ""
                rows.append(_set_row(item, item.count, compared + drawn, rests))
    stated = "fixed beforehand" if count is None else "that is the default"
    return Sheet(
        id="sets",
        caption="Constant effects not rejected, by ranks among units and by ranks over time",
        columns=columns,
        rows=tuple(rows),
        note=f"Ranks among units are the placebo ranks by the statistic {stated}. Ranks over time are conformal "
        "inference (Chernozhukov, W\u00fcthrich and Zhu 2021): under each effect weights are fitted on the periods "
        "before and in the window, and the residuals of the window are compared with those of other periods. Cyclic "
        "shifts allow for errors that depend on one another over time, but there are only as many as periods; choices "
        "of periods are finer and need errors that could come in any order. Where 1 in the number compared exceeds "
        f"{verdict.alpha:g} nothing can be rejected.{_EITHER if count else ''}",
    )


_EITHER = (
    " Either side: what lies between the bounds of the one-sided tests that decide, each at half the level. The other "
    "sets compare sizes of residuals, whatever their sign, and decide nothing."
)


def _set_row(found: ConfidenceSet | ConformalSet, count: int, compared: str, rests: str) -> tuple[Cell, ...]:
    return (
        Cell(bare_title(found.outcome)),
        number(f"{count:,}", count),
        Cell(compared),
        Cell(rests),
        number(f"{found.attained:.1%}", found.attained),
        Cell(set_text(found)),
    )
