"""Joint distributions of many effects, from which draws come without their covariance being formed.

A family of F effects is normal with mean zero here: what is asked of it are draws, and how some of its effects go with
all of them. With a balanced panel both are sums over cohorts of changes between two periods.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = ["DenseFamily", "Family", "MomentFamily", "narrow_root", "root_of"]


class Family(Protocol):
    """F effects that vary jointly."""

    @property
    def size(self) -> int:
        """How many effects there are."""

    def dense(self) -> Floats:
        """Return the covariance, shape (F, F)."""

    def drawn(self, count: int, rng: np.random.Generator) -> Floats:
        """Return draws, shape (F, count)."""

    def going_with(self, at: NDArray[np.intp]) -> Floats:
        """Return the covariances of all effects with some of them, shape (F, len(at))."""


_WIDE = 64
"""From so many columns on, factors have as many columns as the matrix has rank."""


def root_of(matrix: Floats) -> Floats:
    """Return a factor of a covariance that may be singular: the factor times its transpose is the covariance."""
    if len(matrix) < _WIDE:
        values, vectors = np.linalg.eigh(matrix)
        found: Floats = vectors * np.sqrt(np.clip(values, 0.0, None))
        return found
    from scipy.linalg.lapack import dpstrf

    # By pivoted elimination: with fewer units than columns little is left after as many steps as there are units.
    lower, order, rank, _ = dpstrf(
        matrix, lower=1, tol=len(matrix) * np.finfo(np.float64).eps * matrix.max(initial=0.0)
    )
    root = np.zeros((len(matrix), max(int(rank), 1)))
    root[order - 1] = np.tril(lower)[:, : root.shape[1]] if rank else 0.0
    return root


def narrow_root(products: Floats, count: int) -> Floats | None:
    """Return a factor of a cohort's products where its units are so few that it is narrow, else nothing."""
    return root_of(products) if len(products) >= _WIDE and count < len(products) // 2 else None


@dataclass(frozen=True, eq=False)
class DenseFamily:
    """Effects whose covariance is there, shape (F, F)."""

    matrix: Floats

    @property
    def size(self) -> int:
        """How many effects there are."""
        return len(self.matrix)

    def dense(self) -> Floats:
        """Return the covariance."""
        return self.matrix

    @cached_property
    def _root(self) -> Floats:
        return root_of(self.matrix)

    def drawn(self, count: int, rng: np.random.Generator) -> Floats:
        """Return draws, shape (F, count)."""
        found: Floats = self._root @ rng.standard_normal((self._root.shape[1], count))
        return found

    def going_with(self, at: NDArray[np.intp]) -> Floats:
        """Return the covariances of all effects with some of them, shape (F, len(at))."""
        found: Floats = self.matrix[:, at]
        return found


@dataclass(frozen=True, eq=False)
class MomentFamily:
    """Effects that are changes in cohorts' means, weighted.

    Attributes
    ----------
    products, counts
        Centred sums of products of K cohorts, shape (K, R, R), and their units.
    sides
        Weight of each cohort's mean change in each effect, shape (F, K).
    later, earlier
        Columns whose difference is the change of each effect, shape (F,).
    shares
        Derivative of effects by numbers of units, shape (F, K).
    """

    products: Floats
    counts: Integers
    sides: Floats
    later: NDArray[np.intp]
    earlier: NDArray[np.intp]
    shares: Floats

    @property
    def size(self) -> int:
        """How many effects there are."""
        return len(self.sides)

    def dense(self) -> Floats:
        """Return the covariance, shape (F, F)."""
        return self.going_with(np.arange(self.size))

    @cached_property
    def _roots(self) -> list[Floats]:
        """Factors of the covariances of cohorts' means."""
        return [root_of(products) / count for products, count in zip(self.products, self.counts.tolist(), strict=True)]

    def drawn(self, count: int, rng: np.random.Generator) -> Floats:
        """Return draws, shape (F, count)."""
        K, R = self.products.shape[:2]
        means = np.empty((R, K, count))
        for k, root in enumerate(self._roots):
            means[:, k] = root @ rng.standard_normal((root.shape[1], count))
        numbers = rng.standard_normal((K, count)) * np.sqrt(self.counts)[:, None]
        return self._effects(means, numbers)

    def going_with(self, at: NDArray[np.intp]) -> Floats:
        """Return the covariances of all effects with some of them, shape (F, len(at))."""
        K, R = self.products.shape[:2]
        means = np.zeros((R, K, len(at)))
        for k, products in enumerate(self.products):
            used = np.flatnonzero(self.sides[at, k])
            some = at[used]
            change = products[:, self.later[some]] - products[:, self.earlier[some]]
            means[:, k, used] = change * (self.sides[some, k] / float(self.counts[k]) ** 2)
        return self._effects(means, (self.shares[at] * self.counts).T)

    def _effects(self, means: Floats, numbers: Floats) -> Floats:
        """Return effects for deviations of cohorts' means, shape (R, K, n), and of numbers of units, shape (K, n)."""
        found = np.zeros((self.size, numbers.shape[1]))
        if self.shares.any():
            found += self.shares @ numbers
        for r, own, sides in self._by_column:
            found[own] += sides @ means[r]
        return found

    @cached_property
    def _by_column(self) -> list[tuple[int, NDArray[np.intp], Floats]]:
        """Each column with the effects that have it, as the later or the earlier one, and cohorts' weights in these."""
        found = []
        for columns, sign in ((self.later, 1.0), (self.earlier, -1.0)):
            for r in np.unique(columns).tolist():
                own = np.flatnonzero(columns == r)
                found.append((int(r), own, sign * self.sides[own]))
        return found
