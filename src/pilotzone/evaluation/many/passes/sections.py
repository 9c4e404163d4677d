"""Effects from repeated cross-sections: other units in each period, so that an effect is a difference of four means.

Two passes over rows, as in `general`. What a row adds to an effect is what it adds to the mean of its own period; where
clusters are drawn, what their rows in different periods add goes together.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.evaluation.many.cells.cells import Comparison, group_times
from pilotzone.evaluation.many.estimators.effects import GroupTimeEffects
from pilotzone.evaluation.many.moments.kernels import stacked_columns_of
from pilotzone.evaluation.many.moments.sums import Sums, merge_sums, sizes_of, sums_of, weights_of
from pilotzone.evaluation.many.passes.assembly import finished
from pilotzone.evaluation.many.passes.second_pass import (
    InfluenceSums,
    SlotTerms,
    blocks_of,
    check_room,
    has_of,
    influence_sums_by_chunks,
    merge_influence_sums,
    settled,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from pilotzone.store import Engine, RowBatch

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = ["section_effects"]


def section_effects(panel: Engine, comparison: Comparison | None = None) -> GroupTimeEffects:
    """Estimate the effect on each cohort in each period on each outcome from repeated cross-sections.

    Parameters
    ----------
    panel
        Each of its rows is a unit of its own; rows may have weights and belong to clusters.
    comparison
        Whom to compare with, and when; never-treated controls and a varying base if left out.

    Returns
    -------
    GroupTimeEffects
        Effects, joint covariance, and what could not be estimated. Controls are pooled in each period by that period's
        weights. Cohorts' sizes are, for each outcome, the sums of weights of their rows that have it.

    Raises
    ------
    DataError
        If there are more clusters and effects than can be held.
    MethodError
        If nothing can be estimated.
    """
    comparison = comparison or Comparison()
    facts = panel.row_facts()
    layout = stacked_columns_of(facts)
    cells, left = group_times(facts.cohorts.tolist(), facts.counts, layout, comparison)
    names = facts.cluster_names
    check_room(cells, facts.cohorts, None if names is None else len(names))
    T = len(facts.periods)
    position = {period: t for t, period in enumerate(facts.periods)}
    outcome = {name: o for o, name in enumerate(layout.outcomes)}
    blocks = blocks_of(facts)
    sums = panel.carry_rows(SectionKernel(layout.outcomes, T, facts.cohorts, blocks))
    slots = (
        np.array([outcome[cell.outcome] * T + position[cell.period] for cell in cells], dtype=np.intp),
        np.array([outcome[cell.outcome] * T + position[cell.base] for cell in cells], dtype=np.intp),
    )
    cells, left, estimate, plan = settled(cells, left, sums, slots, facts.cohorts, comparison)
    found = panel.carry_rows(SectionInfluenceKernel(layout.outcomes, T, facts.cohorts, blocks, plan))
    return finished((cells, left, estimate), plan, layout, found, sums, facts, comparison, "repeated cross-section")


@dataclass(frozen=True, eq=False)
class SectionKernel:
    """The first pass: means of each cohort in each period.

    Attributes
    ----------
    outcomes, periods, cohorts
        Names of outcomes, how many periods there are, and cohorts, shape (K,).
    blocks
        Outcome to its block: outcomes that the same rows have share one.
    """

    outcomes: tuple[str, ...]
    periods: int
    cohorts: Integers
    blocks: Mapping[str, int]

    def take(self, batch: RowBatch) -> Sums:
        """Return the sums of one batch."""
        T, K = self.periods, len(self.cohorts)
        cohorts, weights = np.searchsorted(self.cohorts, batch.cohorts).astype(np.int64), weights_of(batch)
        stacked = np.column_stack([batch.values[name] for name in self.outcomes])
        # A cohort in a period is a group of its own here, and a slot of an outcome there.
        by_group = sums_of(stacked, batch.periods * K + cohorts, T * K, weights, None)
        shape = (len(self.outcomes) * T, K)
        holds, masses = np.empty(0, np.int64), np.empty((0, shape[0]))
        if batch.clusters is not None:
            holds, masses = self._masses(stacked, batch.periods, weights, batch.clusters * K + cohorts)
        return Sums(
            by_group.counts.reshape(shape),
            by_group.weights.reshape(shape),
            by_group.means.reshape(shape),
            by_group.squares.reshape(shape),
            by_group.cubes.reshape(shape),
            sizes_of(cohorts, K, weights, has_of(batch.values, self.blocks)),
            holds,
            masses,
        )

    def _masses(self, stacked: Floats, periods: Integers, weights: Floats, pairs: Integers) -> tuple[Integers, Floats]:
        """Return the pairs of clusters and cohorts, and their rows' weights by outcome and period."""
        T = self.periods
        every, at = np.unique(pairs, return_inverse=True)
        found = np.zeros((len(every), len(self.outcomes) * T))
        for o in range(len(self.outcomes)):
            np.add.at(found, (at, o * T + periods), np.where(np.isnan(stacked[:, o]), 0.0, weights))
        return every, found

    def merge(self, one: Sums, other: Sums) -> Sums:
        """Return the sums of both."""
        return merge_sums(one, other)


@dataclass(frozen=True, eq=False)
class SectionInfluenceKernel:
    """The second pass: sums of products of rows' influences, or their sums within clusters.

    Attributes
    ----------
    outcomes, periods, cohorts, blocks
        As in `SectionKernel`.
    plan
        What rows add to effects.
    """

    outcomes: tuple[str, ...]
    periods: int
    cohorts: Integers
    blocks: Mapping[str, int]
    plan: SlotTerms

    def take(self, batch: RowBatch) -> InfluenceSums:
        """Return what one batch comes to, chunk by chunk."""
        cohorts = np.searchsorted(self.cohorts, batch.cohorts).astype(np.int64)
        stacked = np.column_stack([batch.values[name] for name in self.outcomes])
        weights = weights_of(batch)

        def influence(rows: slice) -> tuple[Floats, int]:
            return self._influence(stacked[rows], batch.periods[rows], cohorts[rows], weights[rows])

        masses = weights[:, None] * has_of(batch.values, self.blocks)
        return influence_sums_by_chunks(influence, cohorts, self.plan.moving, masses, batch.clusters)

    def _influence(self, stacked: Floats, periods: Integers, cohorts: Integers, weights: Floats) -> tuple[Floats, int]:
        """Return the influence of each row on each effect, shape (n, C), and how many rows have any part in one."""
        plan, T = self.plan, self.periods
        found = np.zeros((len(cohorts), len(plan.later)))
        part = np.zeros(len(cohorts), dtype=bool)
        for j, slots in enumerate((plan.later, plan.earlier)):
            for k in range(len(self.cohorts)):
                for t in np.unique(slots % T).tolist():
                    cells = np.flatnonzero((plan.coefs[j, :, k] != 0) & (slots % T == t))
                    rows = np.flatnonzero((cohorts == k) & (periods == t))
                    values = stacked[np.ix_(rows, slots[cells] // T)]
                    there = ~np.isnan(values)
                    part[rows] |= there.any(axis=1)
                    moved = np.where(there, values - plan.centres[j, cells, k], 0.0)
                    found[np.ix_(rows, cells)] += moved * plan.coefs[j, cells, k] * weights[rows, None]
        return found, int(part.sum())

    def merge(self, one: InfluenceSums, other: InfluenceSums) -> InfluenceSums:
        """Return what both come to."""
        return merge_influence_sums(one, other)
