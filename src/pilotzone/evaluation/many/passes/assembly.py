"""Effects with their joint covariance, put together from what both passes gathered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.evaluation.many.cells.cells import Comparison, GroupTime, LeftOut
from pilotzone.evaluation.many.estimators.effects import Estimand, GroupTimeEffects, columns_of_cells, treated_in
from pilotzone.evaluation.many.passes.second_pass import InfluenceSums, SlotTerms, blocks_of
from pilotzone.evaluation.many.variation.by_outcome import Own, by_outcome
from pilotzone.evaluation.many.variation.clusters import ClusterVariation
from pilotzone.evaluation.many.variation.groups import Variation
from pilotzone.evaluation.many.variation.influences import SumInfluences
from pilotzone.evaluation.many.variation.known import ProductVariation
from pilotzone.evaluation.many.variation.presence import Presence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from pilotzone.evaluation.many.cells.stacked import StackedColumns
    from pilotzone.evaluation.many.moments.sums import Sums
    from pilotzone.store import PanelFacts

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = ["finished"]


def finished(
    effects: tuple[list[GroupTime], list[LeftOut], Floats],
    plan: SlotTerms,
    layout: StackedColumns,
    found: InfluenceSums,
    sums: Sums,
    facts: PanelFacts,
    comparison: Comparison,
    estimand: Estimand,
) -> GroupTimeEffects:
    """Put effects together with their joint covariance.

    Parameters
    ----------
    effects
        Effects, what is left out, and estimates.
    plan
        What units add.
    layout
        Outcomes and their periods.
    found, sums
        What both passes found, and their sums.
    facts
        Facts of the panel.
    comparison, estimand
        What was compared, and over what means are.
    """
    cells, left, estimate = effects
    C = len(cells)
    clustered = facts.cluster_names is not None
    L = sums.sizes.size
    known = _Known(plan, sums, found, np.stack(columns_of_cells(cells, layout)))
    if clustered:
        E, Z = found.rows[:, :C], found.rows[:, C:]
        influences = SumInfluences(E.T @ E, np.zeros((C, L)), E.T @ Z, Z.T @ Z)
    else:
        mixed = found.mixed.transpose(2, 0, 1).reshape(C, L)
        within = np.zeros((C, C))
        for at, products in zip(plan.moving, found.products, strict=True):
            within[np.ix_(at, at)] += products
        influences = SumInfluences(within, np.zeros((C, L)), mixed, _by_cohort(found.squares))
    return GroupTimeEffects(
        tuple(cells),
        estimate,
        influences,
        facts.cohorts,
        facts.counts,
        sums.sizes,
        comparison,
        tuple(left),
        by_outcome(cells, layout, facts.cohorts, comparison, known.of),
        estimand,
        found.used,
        len(found.clusters) if clustered else None,
        found.rows if clustered else None,
        blocks=blocks_of(facts),
        treated_clusters=_treated_clusters(cells, facts, found.rows[:, C:]) if clustered else None,
    )


def _treated_clusters(cells: Sequence[GroupTime], facts: PanelFacts, sizes: Floats) -> int:
    """Return how many clusters hold treated units; each counts once, in however many cohorts its units are."""
    by_cohort = sizes.reshape(len(sizes), -1, len(facts.cohorts))[:, :, treated_in(cells, facts.cohorts)]
    return int((by_cohort > 0).any(axis=(1, 2)).sum())


def _by_cohort(squares: Floats) -> Floats:
    """Return sums of products of sizes, shape (B K, B K), from those of each cohort, shape (K, B, B)."""
    K, B = squares.shape[:2]
    found = np.zeros((B, K, B, K))
    at = np.arange(K)
    found[:, at, :, at] = squares
    return found.reshape(B * K, B * K)


@dataclass(frozen=True, eq=False)
class _Known:
    """What both passes say of how well effects are known; columns of both periods have the shape (2, C)."""

    plan: SlotTerms
    sums: Sums
    found: InfluenceSums
    columns: NDArray[np.intp]

    def of(self, own: Own) -> Variation:
        """Return what groups of units add to the effects on one outcome."""
        slots = self.plan.slots[:, own.cells]
        numbers, factors = self.sums.draws(own, slots)
        sides = own.pooled(self.plan.sides[:, own.cells])
        presence = Presence(self.columns[:, own.cells], sides, numbers, factors)
        if self.sums.clustered:
            return ClusterVariation(self.found.rows[:, own.cells], self.sums.members(own, slots), presence)
        return ProductVariation(self._centred(own), presence)

    def _centred(self, own: Own) -> list[tuple[NDArray[np.intp], Floats]]:
        """Return, by group, the effects that its units have a part in, and products of influences about its mean.

        Of two effects that different units have, the units of the rarer are taken to have the other as well.
        """
        counts = self.sums.counts[self.plan.later[own.cells]]
        if (self.plan.earlier >= 0).all():
            # Rows are drawn anew in each period, so that more of them are known than in the later.
            counts = counts + self.sums.counts[self.plan.earlier[own.cells]]
        number = own.pooled(counts)
        part = own.pooled(self.plan.part[:, own.cells], axis=0) > 0
        groups = []
        for k, total in enumerate(own.pooled(self.found.sums[:, own.cells], axis=0)):
            used = np.flatnonzero(part[k])
            products = np.zeros((len(used), len(used)))
            for cohort in range(k, own.cohorts if k == own.first else k + 1):
                moving = self.plan.moving[cohort]
                mine = np.flatnonzero(np.isin(moving, own.cells))
                at = np.searchsorted(own.cells[used], moving[mine])
                products[np.ix_(at, at)] += self.found.products[cohort][np.ix_(mine, mine)]
            some, held = total[used], number[used, k]
            products -= np.outer(some, some) / np.maximum(1, np.maximum.outer(held, held))
            groups.append((used, products))
        return groups
