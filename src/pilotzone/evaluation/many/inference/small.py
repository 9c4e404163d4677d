"""What can be said of an effect on cohorts too small for standard errors: sizes tested in three ways, with bounds."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import ExactTest, Result, Table, p_text
from pilotzone.evaluation.many.estimators.aggregates import AggregateKind
from pilotzone.evaluation.many.inference.pooled import EQUAL_VARIANCES, PooledTest
from pilotzone.evaluation.many.inference.shifts import CONSTANT, ShiftTest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pilotzone.core import Cell, Outcome

__all__ = ["SizeTest", "SmallCohorts", "exact_test", "small_cohorts_tables"]

SizeTest = ShiftTest | PooledTest
"""What tests effects of any size, and has bounds and an interval."""

_NAMES = (
    "outcome", "test", "estimate", "se", "degrees", "p", "lower", "upper", "bound", "p_improved", "p_harm_excluded",
    "p_harm_shown", "remark",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class SmallCohorts(Result):
    """The overall effect on one outcome, where cohorts are too small for standard errors.

    Attributes
    ----------
    outcome
        On what.
    kind
        Which overall average.
    level
        Level of intervals; bounds are one-sided, at one minus it.
    studentised, effect
        Tests by randomisation inference, by the effect over its standard error and by the effect itself. The first is
        by the effect itself as well, and says so, where an assignment leaves no standard error. They assume what
        `CONSTANT` says, and what `mechanism` says.
    pooled
        With one variance for all cohorts; ``None`` where there is none.
    mechanism
        Who could have been treated instead, in words.
    why_not_pooled
        Why there is none; empty where there is one.
    """

    outcome: Outcome
    kind: AggregateKind
    level: float
    studentised: ShiftTest
    effect: ShiftTest
    pooled: PooledTest | None
    mechanism: str
    why_not_pooled: str = ""

    @property
    def usable(self) -> dict[str, SizeTest]:
        """Tests by name, without the pooled variance where that does not keep the level."""
        found: dict[str, SizeTest] = {"studentised": self.studentised, "effect": self.effect}
        if self.studentised.statistic == "effect":
            del found["studentised"]
        if self.pooled is not None and self.pooled.keeps_level:
            found["pooled"] = self.pooled
        return found

    @property
    def chosen(self) -> tuple[str, SizeTest]:
        """The test that a verdict rests on, with its name, by a rule that looks at no p.

        Randomisation inference where it has assignments enough for a one-sided p of one minus the level, by the effect
        over its standard error where that can be had, since this errs least where the treated vary otherwise than the
        others. Else the pooled variance where it keeps the level, since it is not bound by the number of assignments.
        """
        usable = self.usable
        name = "studentised" if "studentised" in usable else "effect"
        found = self.studentised if name == "studentised" else self.effect
        if found.smallest_p > 1 - self.level + _ROUNDING and "pooled" in usable:
            return "pooled", usable["pooled"]
        return name, found

    def p_improved(self, test: SizeTest) -> float:
        """Return p of "no gain": small values show one."""
        return test.p(0.0, "above" if self.outcome.sign > 0 else "below")

    def p_harm_excluded(self, test: SizeTest) -> float | None:
        """Return p of "harm of at least the margin": small values exclude it. ``None`` without a margin."""
        if self.outcome.margin is None:
            return None
        return test.p(self.outcome.harm_boundary, "above" if self.outcome.sign > 0 else "below")

    def p_harm_shown(self, test: SizeTest) -> float | None:
        """Return p of "harm of at most the margin": small values show more. ``None`` without a margin."""
        if self.outcome.margin is None:
            return None
        return test.p(self.outcome.harm_boundary, "below" if self.outcome.sign > 0 else "above")

    def bound(self, test: SizeTest) -> float:
        """Return the one-sided bound: the effect is at least as good as this; infinite where there is none."""
        alpha = 1 - self.level
        return test.lower(alpha) if self.outcome.sign > 0 else test.upper(alpha)

    def to_table(self) -> Table:
        """Return one row per test that may be used, in the outcome's scale, and one for a variance that may not."""
        table = Table.from_rows(_NAMES, self._rows(), title=f"Effect on {self.outcome.name} by tests for small cohorts")
        return Table(table.columns, title=table.title, note=self.assumed)

    def _rows(self) -> list[list[Cell]]:
        rows: list[list[Cell]] = []
        for name, test in self.usable.items():
            ends = [_finite(end) for end in (*test.interval(self.level), self.bound(test))]
            ps = [self.p_improved(test), self.p_harm_excluded(test), self.p_harm_shown(test)]
            known = [test.se, test.degrees] if isinstance(test, PooledTest) else [None, None]
            rows.append([self.outcome.name, name, test.estimate, *known, test.p(), *ends, *ps, None])
        unused = self.pooled
        if unused is not None and not unused.keeps_level:
            known = [unused.estimate, unused.se, unused.degrees]
            rows.append([self.outcome.name, "pooled", *known, *[None] * 7, "does not keep the level"])
        return rows

    @property
    def assumed(self) -> str:
        """What the tests rest on, in words."""
        return f"{self.mechanism} {_BY_LOT} {_POOLED} {self.checked}"

    @property
    def checked(self) -> str:
        """How often the test with a pooled variance rejects on re-dealt dates, and whether it is used."""
        pooled = self.pooled
        if pooled is None:
            return f"There is no test 'pooled' of {self.outcome.title}: {self.why_not_pooled}."
        of = f"all {pooled.draws:,} assignments" if pooled.exact else f"{pooled.draws:,} drawn assignments"
        above, below, either = (_percent(share) for share in pooled.rejected)
        state = "it may be used" if pooled.keeps_level else "it is not used"
        return (
            f"With dates dealt out anew in {of}, the test 'pooled' finds a rise in {above}, a fall in {below} and "
            f"either in {either} at a level of {_percent(pooled.alpha)}. Up to {_percent(pooled.most)} is allowed: "
            f"{state}."
        )


def exact_test(small: SmallCohorts) -> ExactTest:
    """Return the chosen test of one outcome as a verdict takes it: p of any size, bounds, and what it rests on."""
    name, test = small.chosen

    def p(size: float, sign: int) -> float:
        return test.p(size, "above" if sign > 0 else "below")

    def bound(sign: int, alpha: float) -> float | None:
        return _finite(test.lower(alpha) if sign > 0 else test.upper(alpha))

    if isinstance(test, PooledTest):
        method = (
            f"t test with one variance pooled over all cohorts, {test.degrees:.0f} degrees of freedom, assuming that "
            f"{EQUAL_VARIANCES}; {small.checked}"
        )
        return ExactTest(p, bound, method)
    dealt = f"all {test.draws:,} assignments" if test.exact else f"{test.draws:,} drawn assignments"
    by = "the effect over its standard error" if name == "studentised" else "the effect itself"
    method = (
        f"randomisation inference over {dealt} of treatment dates, by {by}; exact if dates were as if at random "
        f"and, for sizes other than zero, if {CONSTANT}"
    )
    return ExactTest(p, bound, method, test.smallest_p)


_ROUNDING = 1e-9
"""By which one minus a level may be off."""

_BY_LOT = (
    "The tests 'studentised' and 'effect' are randomisation inference, by the effect over its standard error and by "
    "the effect itself. They assume that dates were assigned as if at random and, for sizes other than zero, that "
    f"{CONSTANT}."
)
_POOLED = f"The test 'pooled' assumes one variance: {EQUAL_VARIANCES}."
_SMALL_P = "A small p shows a gain, excludes harm of the margin or more, or shows more harm than the margin."


def _percent(share: float) -> str:
    return f"{100 * share:.3g}%"


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def small_cohorts_tables(items: Sequence[SmallCohorts]) -> tuple[Table, ...]:
    """Return one table per outcome in readable units, as reports show them; what all rest on stands below the last."""
    tables = []
    for item in items:
        unit = item.outcome.display_unit
        names = ("test", "effect", "lower", "upper", "p gain", "p harm excluded", "p harm shown")
        rows: list[list[Cell]] = []
        for name, test in item.usable.items():
            sizes = (test.estimate, *test.interval(item.level))
            shown = [float(f"{item.outcome.display(size):.3g}") if np.isfinite(size) else None for size in sizes]
            ps = [item.p_improved(test), item.p_harm_excluded(test), item.p_harm_shown(test)]
            rows.append([name, *shown, *(None if p is None else p_text(p) for p in ps)])
        # The unit stands above the table: units of any length must push no column out.
        title = f"Tests for small cohorts: {item.outcome.title}" + (f", {unit}" if unit else "")
        tables.append(replace(Table.from_rows(names, rows, title=title), note=item.checked))
    *first, last = tables
    level = f"Intervals: {_percent(items[0].level)}."
    return (*first, replace(last, note=f"{last.note} {_SMALL_P} {_BY_LOT} {_POOLED} {level}"))
