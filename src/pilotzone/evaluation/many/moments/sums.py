"""What the first pass over units gathers: means by slot and cohort, and by how many draws each is known.

A slot is what a mean is taken of: in a panel a change between two periods, in cross-sections one period.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from pilotzone.evaluation.many.variation.clusters import effective_draws, unbiased_by

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from pilotzone.evaluation.many.variation.by_outcome import Own
    from pilotzone.store import RowBatch, UnitBatch

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = ["Sums", "added", "merge_sums", "sizes_of", "sums_of", "weights_of"]


@dataclass(frozen=True, eq=False)
class Sums:
    """What the first pass gathers, over S slots and K cohorts.

    Attributes
    ----------
    counts, weights, means
        Units that have a slot, the sum of their weights, and their weighted mean, each of shape (S, K).
    squares, cubes
        Sums of these weights squared and cubed, shape (S, K).
    sizes
        Sums of weights of the units that have an outcome at all, by block of outcomes that the same units have, shape
        (B, K).
    holds, masses
        The P pairs of a cluster and a cohort of which it holds units, rising, each as the cluster's position times K
        plus the cohort's, shape (P,); and the sums of weights of its units that have a slot, shape (P, S). Empty
        without clusters.
    """

    counts: Integers
    weights: Floats
    means: Floats
    squares: Floats
    cubes: Floats
    sizes: Floats
    holds: Integers
    masses: Floats

    @property
    def clustered(self) -> bool:
        """Whether units are in clusters."""
        return len(self.holds) > 0

    @property
    def cohorts(self) -> int:
        """How many cohorts there are, K."""
        return int(self.sizes.shape[1])

    @cached_property
    def _clusters(self) -> tuple[Integers, NDArray[np.intp]]:
        """Positions of clusters, rising, and for each pair which of them it has."""
        return np.unique(self.holds // self.cohorts, return_inverse=True)

    def draws(self, own: Own, slots: NDArray[np.intp]) -> tuple[Floats, Floats]:
        """Return by how many equal draws means of one outcome are known, and what squares about them are multiplied by.

        As in `effective_draws`; of units by their weights where there are no clusters. Both have the shape of `slots`
        and one axis more, for the outcome's groups.
        """
        if not self.clustered:
            weights, squares, cubes = (own.pooled(item[slots]) for item in (self.weights, self.squares, self.cubes))
            whole = np.where(weights > 0, weights, 1.0)
            squares, cubes = squares / whole**2, cubes / whole**3
            draws = np.divide(1.0, squares, out=np.zeros_like(squares), where=squares > 0)
            return draws, unbiased_by(squares, cubes, own.pooled(self.counts[slots]))
        used, at = np.unique(slots, return_inverse=True)
        group = self.groups(own)
        found = [effective_draws(self._by_cluster(group == k)[:, used]) for k in range(int(group.max()) + 1)]
        draws, factors = (np.stack(item, axis=1)[at].reshape(*slots.shape, -1) for item in zip(*found, strict=True))
        return draws, factors

    def groups(self, own: Own) -> Integers:
        """Return the outcome's group of each pair of a cluster and a cohort, shape (P,); the last one is there."""
        found: Integers = np.minimum(self.holds % self.cohorts, own.first)
        return found

    def members(self, own: Own, slots: NDArray[np.intp]) -> NDArray[np.bool_]:
        """Return whether each cluster, in their order, holds units of each group that have any of some slots."""
        found = np.zeros((len(self._clusters[0]), min(own.first + 1, own.cohorts)), dtype=bool)
        there = (self.masses[:, np.unique(slots)] > 0).any(axis=1)
        found[self._clusters[1][there], self.groups(own)[there]] = True
        return found

    def _by_cluster(self, pairs: NDArray[np.bool_]) -> Floats:
        """Return sums of weights by cluster of some of the pairs."""
        names, at = np.unique(self._clusters[1][pairs], return_inverse=True)
        found = np.zeros((len(names), self.masses.shape[1]))
        np.add.at(found, at, self.masses[pairs])
        return found

    def units_in(self, slots: Sequence[int], cohorts: Sequence[int]) -> int:
        """Return how many units of these cohorts have a slot, the fewest over slots."""
        return int(self.counts[np.ix_(slots, cohorts)].sum(axis=1).min())

    def draws_in(self, slots: Sequence[int], cohorts: Sequence[int]) -> int:
        """Return in how many clusters these units are, or how many there are without clusters."""
        if not self.clustered:
            return self.units_in(slots, cohorts)
        names, whose = self._clusters
        of_these = np.isin(self.holds % self.cohorts, cohorts)
        fewest = len(names)
        for slot in slots:
            there = np.zeros(len(names), dtype=bool)
            there[whose[of_these & (self.masses[:, slot] > 0)]] = True
            fewest = min(fewest, int(there.sum()))
        return fewest


def sums_of(
    slots: Floats,
    cohorts: Integers,
    count: int,
    weights: Floats,
    clusters: Integers | None,
    has: NDArray[np.bool_] | None = None,
) -> Sums:
    """Return the sums of one batch.

    Parameters
    ----------
    slots
        Values of n units, shape (n, S); NaN where there is none.
    cohorts
        Positions among the cohorts, shape (n,).
    count
        K, how many cohorts there are.
    weights, clusters
        Shape (n,).
    has
        Whether units have a block of outcomes at all, shape (n, B); all of them have the one block if left out.
    """
    S = slots.shape[1]
    counts, sums, means = np.zeros((S, count), np.int64), np.zeros((S, count)), np.zeros((S, count))
    squares, cubes = np.zeros((S, count)), np.zeros((S, count))
    for k in range(count):
        rows = cohorts == k
        values, weight = slots[rows], weights[rows][:, None]
        there = ~np.isnan(values)
        counts[:, k] = there.sum(axis=0)
        sums[:, k], squares[:, k], cubes[:, k] = ((there * weight**power).sum(axis=0) for power in (1, 2, 3))
        whole = np.where(sums[:, k] > 0, sums[:, k], 1.0)
        filled = np.where(there, values, 0.0)
        mean = (filled * weight).sum(axis=0) / whole
        # Once more about the mean: digits that all units share cost none.
        means[:, k] = mean + (np.where(there, values - mean, 0.0) * weight).sum(axis=0) / whole
    sizes = sizes_of(cohorts, count, weights, has)
    holds, masses = np.empty(0, np.int64), np.empty((0, S))
    if clusters is not None:
        there = ~np.isnan(slots)
        holds, masses = _masses_by_pair(clusters * count + cohorts, there * weights[:, None])
    return Sums(counts, sums, means, squares, cubes, sizes, holds, masses)


def sizes_of(cohorts: Integers, count: int, weights: Floats, has: NDArray[np.bool_] | None) -> Floats:
    """Return the sums of weights of the units that have a block of outcomes, by cohort, shape (B, K)."""
    counted = weights[:, None] if has is None else weights[:, None] * has
    return np.stack([np.bincount(cohorts, part, minlength=count).astype(np.float64) for part in counted.T])


def _masses_by_pair(pairs: Integers, masses: Floats) -> tuple[Integers, Floats]:
    """Return the pairs of a batch, rising, and the sums of what their units have, shape (n, S), as in `Sums`."""
    holds, at = np.unique(pairs, return_inverse=True)
    found = np.zeros((len(holds), masses.shape[1]))
    np.add.at(found, at, masses)
    return holds, found


def merge_sums(one: Sums, other: Sums) -> Sums:
    """Return the sums of both."""
    weights = one.weights + other.weights
    share = other.weights / np.where(weights > 0, weights, 1.0)
    means = one.means + (other.means - one.means) * share
    return Sums(
        one.counts + other.counts,
        weights,
        means,
        one.squares + other.squares,
        one.cubes + other.cubes,
        one.sizes + other.sizes,
        *added(one.holds, one.masses, other.holds, other.masses),
    )


def added(names: Integers, rows: NDArray[Any], others: Integers, more: NDArray[Any]) -> tuple[Integers, NDArray[Any]]:
    """Return rows by name, those of a name in both added up."""
    every = np.union1d(names, others)
    found = np.zeros((len(every), rows.shape[1]), dtype=rows.dtype)
    found[np.searchsorted(every, names)] += rows
    found[np.searchsorted(every, others)] += more
    return every, found


def weights_of(batch: UnitBatch | RowBatch) -> Floats:
    """Return the weights of a batch, ones where there are none."""
    return np.ones(len(batch.cohorts)) if batch.weights is None else batch.weights
