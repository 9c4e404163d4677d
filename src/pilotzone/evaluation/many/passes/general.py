"""Effects where moments of cohorts are not enough: units that lack outcomes, weights, clusters. Two passes.

The estimand is pairwise balanced: an effect is a change between two periods, over the units that have the outcome in
both. The first pass takes every cohort's mean changes between any two periods that an effect needs. The second takes
the influence of each unit on all effects, adds it up within clusters, and keeps sums of products alone.
docs/explanation/moments.md derives both.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.evaluation.many.cells.cells import Comparison, group_times
from pilotzone.evaluation.many.estimators.effects import GroupTimeEffects
from pilotzone.evaluation.many.moments.kernels import stacked_columns_of
from pilotzone.evaluation.many.moments.sums import Sums, merge_sums, sums_of, weights_of
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
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from pilotzone.evaluation.many.cells.cells import GroupTime
    from pilotzone.store import Engine, UnitBatch

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = ["general_effects"]


def general_effects(panel: Engine, comparison: Comparison | None = None) -> GroupTimeEffects:
    """Estimate the effect on each cohort in each period on each outcome, unit by unit.

    Parameters
    ----------
    panel
        Units may lack rows and outcomes, have weights, and belong to clusters.
    comparison
        Whom to compare with, and when; never-treated controls and a varying base if left out.

    Returns
    -------
    GroupTimeEffects
        Effects, joint covariance, and what could not be estimated. Cohorts' sizes are, for each outcome, the sums of
        weights of their units that have it in any period.

    Raises
    ------
    DataError
        If there are more clusters and effects than can be held.
    MethodError
        If nothing can be estimated.
    """
    comparison = comparison or Comparison()
    facts = panel.facts()
    layout = stacked_columns_of(facts)
    cells, left = group_times(facts.cohorts.tolist(), facts.counts, layout, comparison)
    names = facts.cluster_names
    check_room(cells, facts.cohorts, None if names is None else len(names))
    pairs, blocks = _PeriodPairs.of(cells, facts.periods, facts.cohorts), blocks_of(facts)
    sums = panel.carry(ChangeKernel(pairs, blocks))
    slots = pairs.of_cell, np.full(len(cells), -1, dtype=np.intp)
    cells, left, estimate, plan = settled(cells, left, sums, slots, facts.cohorts, comparison)
    found = panel.carry(InfluenceKernel(pairs, plan, blocks))
    effects = cells, left, estimate
    return finished(effects, plan, layout, found, sums, facts, comparison, "pairwise balanced")


@dataclass(frozen=True, eq=False)
class _PeriodPairs:
    """The changes between two periods that effects need.

    Attributes
    ----------
    outcomes
        Outcome of each pair.
    later, earlier
        Positions of its periods among the panel's, shape (S,).
    of_cell
        Which pair each effect needs, shape (C,).
    cohorts
        Shape (K,).
    """

    outcomes: tuple[str, ...]
    later: NDArray[np.intp]
    earlier: NDArray[np.intp]
    of_cell: NDArray[np.intp]
    cohorts: Integers

    @classmethod
    def of(cls, cells: Sequence[GroupTime], periods: tuple[int, ...], cohorts: Integers) -> _PeriodPairs:
        """Return the pairs of these effects."""
        known: dict[tuple[str, int, int], int] = {}
        at = [known.setdefault((cell.outcome, cell.period, cell.base), len(known)) for cell in cells]
        position = {period: k for k, period in enumerate(periods)}
        return cls(
            tuple(outcome for outcome, _, _ in known),
            np.array([position[later] for _, later, _ in known], dtype=np.intp),
            np.array([position[earlier] for _, _, earlier in known], dtype=np.intp),
            np.array(at, dtype=np.intp),
            cohorts,
        )

    def changes(self, batch: UnitBatch) -> Floats:
        """Return the changes of all units, shape (n, S); NaN where one of the two periods is missing."""
        found = np.empty((len(batch.cohorts), len(self.outcomes)))
        for name in dict.fromkeys(self.outcomes):
            own = [s for s, outcome in enumerate(self.outcomes) if outcome == name]
            values = batch.values[name]
            found[:, own] = values[:, self.later[own]] - values[:, self.earlier[own]]
        return found

    def positions(self, batch: UnitBatch) -> Integers:
        """Return the position of each unit's cohort."""
        return np.searchsorted(self.cohorts, batch.cohorts).astype(np.int64)


@dataclass(frozen=True, eq=False)
class ChangeKernel:
    """The first pass: mean changes of each cohort."""

    pairs: _PeriodPairs
    blocks: Mapping[str, int]

    def take(self, batch: UnitBatch) -> Sums:
        """Return the sums of one batch."""
        cohorts = self.pairs.positions(batch)
        changes = self.pairs.changes(batch)
        has = has_of(batch.values, self.blocks)
        return sums_of(changes, cohorts, len(self.pairs.cohorts), weights_of(batch), batch.clusters, has)

    def merge(self, one: Sums, other: Sums) -> Sums:
        """Return the sums of both."""
        return merge_sums(one, other)


@dataclass(frozen=True, eq=False)
class InfluenceKernel:
    """The second pass: sums of products of units' influences, or their sums within clusters."""

    pairs: _PeriodPairs
    plan: SlotTerms
    blocks: Mapping[str, int]

    def take(self, batch: UnitBatch) -> InfluenceSums:
        """Return what one batch comes to, chunk by chunk."""
        changes, cohorts, weights = self.pairs.changes(batch), self.pairs.positions(batch), weights_of(batch)

        def influence(rows: slice) -> tuple[Floats, int]:
            return self._influence(changes[rows], cohorts[rows], weights[rows])

        masses = weights[:, None] * has_of(batch.values, self.blocks)
        return influence_sums_by_chunks(influence, cohorts, self.plan.moving, masses, batch.clusters)

    def _influence(self, changes: Floats, cohorts: Integers, weights: Floats) -> tuple[Floats, int]:
        """Return the influence of each unit on each effect, shape (n, C), and how many units have any part in one."""
        plan = self.plan
        found = np.zeros((len(cohorts), len(plan.later)))
        used = 0
        for k in range(len(self.pairs.cohorts)):
            rows, cells = np.flatnonzero(cohorts == k), np.flatnonzero(plan.coefs[0, :, k])
            values = changes[np.ix_(rows, plan.later[cells])]
            there = ~np.isnan(values)
            used += int(there.any(axis=1).sum())
            moved = np.where(there, values - plan.centres[0, cells, k], 0.0)
            found[np.ix_(rows, cells)] = moved * plan.coefs[0, cells, k] * weights[rows, None]
        return found, used

    def merge(self, one: InfluenceSums, other: InfluenceSums) -> InfluenceSums:
        """Return what both come to."""
        return merge_influence_sums(one, other)
