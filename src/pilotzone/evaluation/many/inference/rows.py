"""Effects as they are printed: one row each, with its intervals, or with why it has none."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from pilotzone.core import Outcome, Period, Table, p_words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["EffectRow", "RowKind", "effect_table"]

RowKind = Literal["cell", "simple", "dynamic", "group", "calendar"]
"""An effect on one cohort in one period, or an average and its parts."""

Ends = tuple[float, float]
_NO_ENDS = (-math.inf, math.inf)


@dataclass(frozen=True)
class EffectRow:
    """One effect, in its outcome's scale: log points or its own unit.

    Attributes
    ----------
    outcome
        On what.
    kind
        One cohort in one period, or which average.
    at
        Event time, cohort or period that an average is of; ``None`` for the overall one and for cells.
    cohort, period
        Cohort and period of a cell; ``None`` for averages.
    estimate
        The effect.
    se
        Standard error; ``None`` where the counts do not carry one, and for references.
    interval
        Pointwise, at the design's level.
    band
        Simultaneous over the family that the row belongs to: all effects of its kind on its outcome.
    p
        Two-sided, against no effect.
    reference
        Whether the effect is zero by definition.
    treated_units, control_units
        On which it rests; of an average, the treated of all its cohorts, each with the fewest of any of its effects,
        and the fewest controls.
    refused
        Why there is no standard error; empty where there is one.
    p_by_lot
        Where there is none: two-sided, from randomisation inference; ``None`` where that was not to be had.
    interval_by_lot
        Interval of a constant effect, from randomisation inference, for overall averages; an end may be infinite.
    p_improved_by_lot, p_harm_excluded_by_lot, p_harm_shown_by_lot
        One-sided, of a constant effect: against no gain, against harm of at least the margin, and against harm of at
        most the margin.
    """

    outcome: Outcome
    kind: RowKind
    at: int | None
    cohort: int | None
    period: int | None
    estimate: float
    se: float | None
    interval: Ends | None
    band: Ends | None
    p: float | None
    reference: bool
    treated_units: int
    control_units: int
    refused: str = ""
    p_by_lot: float | None = None
    interval_by_lot: Ends | None = None
    p_improved_by_lot: float | None = None
    p_harm_excluded_by_lot: float | None = None
    p_harm_shown_by_lot: float | None = None

    @property
    def effect(self) -> float:
        """The estimate in readable units: percent on a log scale."""
        return self.outcome.display(self.estimate)

    @property
    def remark(self) -> str:
        """Why the row has no standard error, and its p by randomisation inference; empty where it has one."""
        if self.reference:
            return "reference, zero by definition"
        if self.p_by_lot is None:
            return self.refused
        return f"{self.refused}; by randomisation inference {p_words(self.p_by_lot)}"


def dated_row(row: EffectRow, label: Callable[[int], int]) -> EffectRow:
    """Return a row whose cohort and period are written as those of the panel are; times since treatment are numbers."""
    dated = row.at is not None and row.kind in {"group", "calendar"}
    return replace(
        row,
        at=label(row.at) if dated and row.at is not None else row.at,
        cohort=None if row.cohort is None else label(row.cohort),
        period=None if row.period is None else label(row.period),
    )


_NAMES = (
    "outcome", "kind", "at", "cohort", "period", "estimate", "se", "lower", "upper", "band_lower", "band_upper", "p",
    "effect", "effect_unit", "reference", "treated_units", "control_units", "refused",
    "p_by_lot", "lower_by_lot", "upper_by_lot", "p_improved_by_lot", "p_harm_excluded_by_lot", "p_harm_shown_by_lot",
)  # fmt: skip


def effect_table(rows: Iterable[EffectRow], title: str = "") -> Table:
    """Return rows as a tidy table; what a row does not have is ``None``.

    Where periods are dates, the column `at` is text throughout: it has cohorts and periods besides times.
    """
    rows = list(rows)
    dated = any(isinstance(row.at, Period) for row in rows)
    cells = [
        (
            row.outcome.name, row.kind, str(row.at) if dated and row.at is not None else row.at, row.cohort, row.period,
            row.estimate, row.se,
            *(row.interval or (None, None)), *(row.band or (None, None)), row.p, row.effect,
            row.outcome.display_unit, row.reference, row.treated_units, row.control_units, row.refused or None,
            row.p_by_lot, *(end if math.isfinite(end) else None for end in row.interval_by_lot or _NO_ENDS),
            row.p_improved_by_lot, row.p_harm_excluded_by_lot, row.p_harm_shown_by_lot,
        )
        for row in rows
    ]  # fmt: skip
    return Table.from_rows(_NAMES, cells, title=title)
