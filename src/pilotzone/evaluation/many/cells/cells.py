"""Which effects can be estimated, cohort by cohort and period by period, and of what each is made.

An effect on cohort g in period t is a change between a base period and t among g, less the same change among controls
(Callaway and Sant'Anna 2021, "Difference-in-differences with multiple time periods", Journal of Econometrics 225,
200-230). What decides about base and controls stands in `Comparison`; what cannot be estimated is listed with why.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import numpy as np

from pilotzone.core import NEVER, MethodError, check_choice
from pilotzone.evaluation.many.cells.stacked import StackedColumns

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = [
    "ANTICIPATING",
    "FROM_THE_START",
    "NOT_YET_TREATED",
    "Base",
    "Comparison",
    "Controls",
    "GroupTime",
    "LeftOut",
    "check_something_left",
    "group_times",
    "outcome_group_times",
]

FROM_THE_START = "treated, or anticipating, from the first period on: nothing to compare with"
ANTICIPATING = "treated after the last period, but anticipating within the periods"
NOT_YET_TREATED = "no unit is not yet treated"
"""Why a cohort, or one of its periods, has no effect."""

Controls = Literal["never_treated", "not_yet_treated"]
"""Whose change stands for what would have come without treatment: units that are not treated in the outcome's periods
(nor anticipate), or all that are not treated, nor anticipate, in either of the two periods compared."""

Base = Literal["varying", "universal"]
"""Base of periods before treatment: the period before each, or for all the last one before treatment and anticipation.
Later periods have that last one in either case."""


@dataclass(frozen=True)
class Comparison:
    """How cohorts are compared.

    Parameters
    ----------
    controls
        Whom they are compared with.
    base
        Which period before treatment they are compared with.
    anticipation
        Periods before treatment, in the periods' own unit, in which an effect may begin.
    last_cohort
        Last cohort whose effects count in averages; ``None``: all do. Later cohorts are controls while they may be.
    horizon
        Periods after the first one of treatment up to which effects count in averages, so that 5 means six periods;
        ``None``: all do. Effects by time since treatment are shown beyond it.

    Raises
    ------
    UsageError
        If an option is unknown.
    MethodError
        If anticipation or the horizon is not a whole number from zero.
    """

    controls: Controls = "never_treated"
    base: Base = "varying"
    anticipation: int = 0
    last_cohort: int | None = None
    horizon: int | None = None

    def __post_init__(self) -> None:
        check_choice(self.controls, Controls, "controls")
        check_choice(self.base, Base, "base")
        if type(self.anticipation) is not int or self.anticipation < 0:
            raise MethodError(f"anticipation is {self.anticipation!r}.", allowed="a whole number of periods from zero")
        if self.horizon is not None and (type(self.horizon) is not int or self.horizon < 0):
            raise MethodError(
                f"the horizon is {self.horizon!r}.", allowed="a whole number of periods from zero, or None"
            )

    def averages(self, cell: GroupTime) -> bool:
        """Return whether effects on the cohort of an effect count in averages."""
        return self.last_cohort is None or cell.cohort <= self.last_cohort

    def counts(self, cell: GroupTime) -> bool:
        """Return whether an effect counts in averages of effects after treatment."""
        near = self.horizon is None or cell.event <= self.horizon
        return cell.event >= 0 and near and self.averages(cell)


@dataclass(frozen=True)
class GroupTime:
    """One effect that can be estimated: on a cohort, in a period, on an outcome.

    Attributes
    ----------
    outcome, cohort, period
        Whose effect on what and when.
    base
        The period with which `period` is compared. Where both are the same the effect is zero by definition: the
        reference of a universal base.
    controls
        The cohorts that are compared with, as positions among the moments' cohorts.
    treated_units, control_units
        How many units there are on either side.
    treated_clusters, control_clusters
        In how many clusters they are; as many as units where these are drawn one by one.
    """

    outcome: str
    cohort: int
    period: int
    base: int
    controls: tuple[int, ...]
    treated_units: int
    control_units: int
    treated_clusters: int
    control_clusters: int

    @property
    def event(self) -> int:
        """Time since treatment, negative before it."""
        return self.period - self.cohort

    @property
    def reference(self) -> bool:
        """Whether the effect is zero by definition."""
        return self.period == self.base


@dataclass(frozen=True)
class LeftOut:
    """A cohort, or one of its periods, without an effect; `period` is None for all periods."""

    outcome: str
    cohort: int
    period: int | None
    why: str


def group_times(
    cohorts: Sequence[int], counts: NDArray[np.int64], layout: StackedColumns, comparison: Comparison
) -> tuple[list[GroupTime], list[LeftOut]]:
    """Return the effects that can be estimated, by outcome, cohort and period, and what cannot be.

    Parameters
    ----------
    cohorts, counts
        Cohorts, rising, and their units, shape (K,).
    layout
        Outcomes and their periods.
    comparison
        Whom to compare with, and when.

    Returns
    -------
    tuple of lists
        Effects, and what was left out with why.

    Raises
    ------
    MethodError
        If nothing can be estimated.
    """
    cells: list[GroupTime] = []
    left: list[LeftOut] = []
    for outcome, periods in zip(layout.outcomes, layout.periods, strict=True):
        some, others = outcome_group_times(cohorts, counts, (outcome, periods), comparison)
        cells += some
        left += others
    check_something_left(cells, left, comparison)
    return cells, left


def outcome_group_times(
    cohorts: Sequence[int],
    counts: NDArray[np.int64],
    outcome: tuple[str, tuple[int, ...]],
    comparison: Comparison,
    last: int | None = None,
) -> tuple[list[GroupTime], list[LeftOut]]:
    """Return what `group_times` does for one outcome, given with its periods; there need not be any effect.

    Where only the first periods are given, `last` is the last one that there is.
    """
    cells: list[GroupTime] = []
    left: list[LeftOut] = []
    one = _Outcome(*outcome, tuple(cohorts), counts, comparison, outcome[1][-1] if last is None else last)
    for k, cohort in enumerate(cohorts):
        why = one.why_not(cohort)
        if why == "":
            one.add(k, cells, left)
        elif why is not None:
            left.append(LeftOut(one.name, cohort, None, why))
    return cells, left


def check_something_left(cells: Sequence[GroupTime], left: Sequence[LeftOut], comparison: Comparison) -> None:
    """Refuse where no effect but references can be estimated, and say why."""
    if any(not cell.reference for cell in cells):
        return
    reasons = "; ".join(dict.fromkeys(item.why for item in left)) or "no cohort is treated in the periods given"
    raise MethodError(
        f"no effect can be estimated: {reasons}.",
        allowed="a cohort with a period before treatment, and units to compare it with",
        todo=_advice(comparison),
    )


def _advice(comparison: Comparison) -> str:
    advice = (
        "check which cohorts and periods there are; a unit that is never treated has 0, infinity or an empty cell as"
        " its cohort (in an array NEVER, not 0)"
    )
    if comparison.controls == "never_treated":
        return f"{advice}; where all are treated in the end, compare with controls 'not_yet_treated'."
    return f"{advice}."


@dataclass(frozen=True, eq=False)
class _Outcome:
    """One outcome's periods, and the cohorts as these periods see them."""

    name: str
    periods: tuple[int, ...]
    cohorts: tuple[int, ...]
    counts: NDArray[np.int64]
    how: Comparison
    last: int
    known: dict[int, tuple[int, ...]] = field(default_factory=dict)

    def start(self, cohort: int) -> int:
        """Return the first moment at which a cohort may be affected."""
        return cohort if cohort == NEVER else cohort - self.how.anticipation

    def why_not(self, cohort: int) -> str | None:
        """Return why a treated cohort has no effects here, "" if it has some, None if it is not treated here."""
        if self.start(cohort) > self.periods[-1]:
            return None
        if cohort > self.last:
            return ANTICIPATING
        if self.start(cohort) <= self.periods[0]:
            return FROM_THE_START
        return ""

    @cached_property
    def starts(self) -> list[int]:
        """First moments at which cohorts may be affected; they rise as cohorts do."""
        return [self.start(cohort) for cohort in self.cohorts]

    @cached_property
    def units_from(self) -> list[int]:
        """Units of each cohort and all after it, and zero."""
        return [*np.cumsum(self.counts[::-1])[::-1].tolist(), 0]

    def comparable(self, k: int, until: int) -> tuple[tuple[int, ...], int]:
        """Return the cohorts with which cohort k is compared in periods up to `until`, and their units."""
        last = self.periods[-1] if self.how.controls == "never_treated" else until
        first = bisect_right(self.starts, last)
        units = self.units_from[first]
        if k < first:
            return self.after(first), units
        return tuple(j for j in self.after(first) if j != k), units - int(self.counts[k])

    def after(self, first: int) -> tuple[int, ...]:
        """Return the cohorts from a position on; the same tuple each time."""
        return self.known.setdefault(first, tuple(range(first, len(self.cohorts))))

    def base(self, cohort: int, at: int) -> int:
        """Return the position of the base period of the period at a position."""
        own = bisect_left(self.periods, self.start(cohort)) - 1
        return own if self.how.base == "universal" or at > own else at - 1

    def add(self, k: int, cells: list[GroupTime], left: list[LeftOut]) -> None:
        """Add the effects on cohort k, or say why there are none."""
        cohort = self.cohorts[k]
        first = 0 if self.how.base == "universal" else 1
        for at in range(first, len(self.periods)):
            base = self.base(cohort, at)
            controls, units = self.comparable(k, self.periods[max(at, base)])
            period = self.periods[at]
            if not controls:
                left.append(LeftOut(self.name, cohort, period, self.nobody()))
                continue
            sides = int(self.counts[k]), units
            cells.append(GroupTime(self.name, cohort, period, self.periods[base], controls, *sides, *sides))

    def nobody(self) -> str:
        if self.how.controls == "never_treated":
            return "no unit is never treated"
        return NOT_YET_TREATED
