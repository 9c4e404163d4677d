"""Effects of a panel with unit-level covariates: an engine brings all its units into memory, once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import MethodError
from pilotzone.evaluation.many.cells.cells import Comparison, group_times
from pilotzone.evaluation.many.estimators.covariates import Adjustment, check_in_memory, covariate_effects
from pilotzone.evaluation.many.moments.kernels import stacked_columns_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from pilotzone.evaluation.many.estimators.effects import GroupTimeEffects
    from pilotzone.store import Engine, UnitBatch

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = ["adjusted_effects"]


@dataclass(frozen=True, eq=False)
class _Units:
    """All units of a balanced panel, in memory.

    Attributes
    ----------
    cohorts, clusters
        Shape (n,); without clusters ``None``.
    values
        Outcome to values, shape (n, T).
    covariates
        Covariate to values, shape (n,).
    """

    cohorts: Integers
    clusters: Integers | None
    values: dict[str, Floats]
    covariates: dict[str, Floats]


class _UnitsKernel:
    """Brings all units together: for what moments do not hold."""

    def __init__(self, covariates: tuple[str, ...]) -> None:
        self.covariates = covariates

    def take(self, batch: UnitBatch) -> _Units:
        """Return the units of one batch."""
        covariates = {name: batch.constants[name] for name in self.covariates}
        return _Units(batch.cohorts, batch.clusters, dict(batch.values), covariates)

    def merge(self, one: _Units, other: _Units) -> _Units:
        """Return the units of both."""
        clusters = None
        if one.clusters is not None and other.clusters is not None:
            clusters = np.concatenate([one.clusters, other.clusters])
        return _Units(
            np.concatenate([one.cohorts, other.cohorts]),
            clusters,
            {name: np.concatenate([values, other.values[name]]) for name, values in one.values.items()},
            {name: np.concatenate([values, other.covariates[name]]) for name, values in one.covariates.items()},
        )


def adjusted_effects(
    panel: Engine, comparisons: Sequence[Comparison], adjustment: Adjustment
) -> list[GroupTimeEffects]:
    """Estimate effects of a panel with covariates, by each comparison, after one look at its units.

    Raises
    ------
    DataError
        If there are more units and effects than fit in memory.
    MethodError
        If the panel is not balanced or has weights, or nothing can be estimated.
    """
    facts = panel.facts()
    if panel.columns.weight is not None or not facts.balanced:
        what = "weights" if facts.balanced else "units without some of the outcomes"
        raise MethodError(
            f"there are covariates and {what}.",
            allowed="with covariates, a balanced panel without weights",
            todo="leave the covariates out" + ("." if facts.balanced else ", or the units that lack an outcome."),
        )
    layout = stacked_columns_of(facts)
    for comparison in comparisons:
        cells, _ = group_times(facts.cohorts.tolist(), facts.counts, layout, comparison)
        check_in_memory(facts.units, len(cells))
    units = panel.carry(_UnitsKernel(panel.columns.covariates))
    position = {period: t for t, period in enumerate(facts.periods)}
    values = {
        name: units.values[name][:, [position[period] for period in periods]]
        for name, periods in zip(layout.outcomes, layout.periods, strict=True)
    }
    return [
        covariate_effects(values, units.cohorts, units.covariates, layout, comparison, adjustment, units.clusters)
        for comparison in comparisons
    ]
