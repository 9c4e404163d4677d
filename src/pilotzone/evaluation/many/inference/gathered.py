"""All units of a panel in memory, for what is estimated anew for every assignment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import Brief, MethodError
from pilotzone.evaluation.many.moments.kernels import MomentsKernel, stacked_columns_of
from pilotzone.evaluation.many.moments.prepared import prepared

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pilotzone.evaluation.many.cells.stacked import StackedColumns
    from pilotzone.store import Engine, UnitBatch

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = ["MOST_NUMBERS", "GatheredUnits", "check_size", "gathered"]

MOST_NUMBERS = 2_000_000
"""Units times columns of stacked outcomes up to which estimates are made anew for every assignment."""


@dataclass(frozen=True, eq=False)
class GatheredUnits(Brief):
    """All units of a panel.

    Attributes
    ----------
    stacked, cohorts
        Stacked outcomes, shape (n, R), and first periods of treatment, shape (n,).
    layout
        What the columns are.
    clusters
        Name of each unit's cluster, shape (n,); ``None`` where units are drawn one by one.
    """

    stacked: Floats
    cohorts: Integers
    layout: StackedColumns
    clusters: NDArray[np.generic] | None


def gathered(panel: Engine, anticipation: int = 0) -> GatheredUnits:
    """Return all units of a panel.

    Parameters
    ----------
    panel
        What `open_panel` returns, or a view of it.
    anticipation
        Periods before treatment in which an effect may begin.

    Raises
    ------
    MethodError
        If the panel is not balanced, is weighted, or is too large.
    """
    panel = prepared(panel, anticipation)
    facts = panel.facts()
    if not facts.balanced or panel.columns.weight is not None:
        raise MethodError(
            f"the panel is {'weighted' if facts.balanced else 'not balanced'}.",
            allowed="each outcome for all units in each of its periods, and no weights",
            todo="leave out the units or periods that are not whole.",
        )
    kernel = _Gather(MomentsKernel(stacked_columns_of(facts), facts.periods))
    check_size(facts.units, kernel.moments.layout)
    stacked, cohorts, clusters = panel.carry(kernel)
    names = None if clusters is None or facts.cluster_names is None else facts.cluster_names[clusters]
    return GatheredUnits(stacked, cohorts, kernel.moments.layout, names)


_Gathered = tuple["Floats", "Integers", "Integers | None"]


@dataclass(frozen=True)
class _Gather:
    """Brings all units into memory: stacked outcomes, cohorts and clusters."""

    moments: MomentsKernel

    def take(self, batch: UnitBatch) -> _Gathered:
        return self.moments.stacked(batch), batch.cohorts, batch.clusters

    def merge(self, one: _Gathered, other: _Gathered) -> _Gathered:
        both = None if one[2] is None or other[2] is None else np.concatenate([one[2], other[2]])
        return np.concatenate([one[0], other[0]]), np.concatenate([one[1], other[1]]), both


def check_size(units: int, layout: StackedColumns) -> None:
    """Refuse more data than estimates can be made from anew for every assignment."""
    if units * layout.columns > MOST_NUMBERS:
        raise MethodError(
            f"{units:,} units have {units * layout.columns:,} outcomes; estimates from them would be made anew for "
            "every assignment.",
            allowed=f"up to {MOST_NUMBERS:,} outcomes",
            todo="leave out units that nothing is compared with, draw a sample of the units never treated, or use "
            "standard errors, which many units on either side allow.",
        )
