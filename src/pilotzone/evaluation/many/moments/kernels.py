"""Kernels that engines carry to panels, and the effects that come back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import MethodError
from pilotzone.evaluation.many.cells.stacked import StackedColumns
from pilotzone.evaluation.many.moments.moments import CohortMoments, merge, moments_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pilotzone.store import PanelFacts, UnitBatch

__all__ = ["MomentsKernel", "stacked_columns_of"]


def stacked_columns_of(facts: PanelFacts) -> StackedColumns:
    """Return the layout of a panel's outcomes: each has the periods in which any unit has it.

    Raises
    ------
    MethodError
        If an outcome is there in fewer than two periods.
    """
    periods = {
        name: tuple(p for p, count in zip(facts.periods, counts.tolist(), strict=True) if count)
        for name, counts in facts.observed.items()
    }
    for name, found in periods.items():
        if len(found) < 2:  # noqa: PLR2004 - an effect is a change between two
            raise MethodError(
                f"outcome '{name}' is there in {len(found)} of {len(facts.periods)} periods.",
                allowed="two periods or more: an effect is a change between two",
            )
    return StackedColumns(tuple(periods), tuple(periods.values()))


@dataclass(frozen=True)
class MomentsKernel:
    """Takes the moments of cohorts; for balanced panels without weights and clusters.

    Attributes
    ----------
    layout
        Layout of the stacked outcomes.
    periods
        All periods of the panel.
    """

    layout: StackedColumns
    periods: tuple[int, ...]

    def take(self, batch: UnitBatch) -> CohortMoments:
        """Return the moments of one batch."""
        return moments_of(self.stacked(batch), batch.cohorts)

    def stacked(self, batch: UnitBatch) -> NDArray[np.float64]:
        """Return the stacked outcomes of one batch, shape (n, R)."""
        values = {}
        for name, periods in zip(self.layout.outcomes, self.layout.periods, strict=True):
            whole = batch.values[name]
            values[name] = whole if periods == self.periods else whole[:, np.searchsorted(self.periods, periods)]
        return self.layout.stack(values)

    def merge(self, one: CohortMoments, other: CohortMoments) -> CohortMoments:
        """Return the moments of both."""
        return merge(one, other)
