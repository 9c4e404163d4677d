"""What units add to effects and to cohorts' sizes, as sums of products: from it follow all covariances.

For a balanced panel these sums are not formed. Every effect is a sum of changes in cohorts' means, so that covariances
of averages, variances and draws follow from cohorts' moments and from what each effect weighs them by: it costs as much
as there are effects times cohorts and periods, not effects squared.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

import numpy as np

from pilotzone.core import Brief
from pilotzone.evaluation.many.cells.weights import Weights
from pilotzone.evaluation.many.variation.families import DenseFamily, Family, MomentFamily, narrow_root
from pilotzone.evaluation.many.variation.known import changes_spread
from pilotzone.evaluation.many.variation.presence import contrast_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = ["Influences", "MomentInfluences", "SumInfluences"]


class Influences(Protocol):
    """What units, or clusters of them, add to C effects and to L sizes of cohorts.

    What one of them adds to the effects is e + shares @ z, for e shape (C,) and z, what it adds to cohorts' sizes,
    shape (L,). Sizes are those of K cohorts, block by block of outcomes that the same units have.
    """

    @property
    def within(self) -> Floats:
        """Sum of e e', shape (C, C)."""

    @property
    def shares(self) -> Floats:
        """Derivative of effects by cohorts' sizes, shape (C, L), as far as it is not in e."""

    @property
    def crossed(self) -> Floats:
        """Sum of e z', shape (C, L)."""

    @property
    def squares(self) -> Floats:
        """Sum of z z', shape (L, L)."""

    @property
    def own(self) -> Floats:
        """Covariance of the effects themselves, shape (C, C)."""

    @property
    def variance(self) -> Floats:
        """Variances of the effects themselves, shape (C,)."""

    def covariance(self, weights: Weights | Floats, sizes: Floats) -> Floats:
        """Return the covariance of averages of effects.

        Parameters
        ----------
        weights
            Weights of each effect in each average, shape (Q, C).
        sizes
            Derivative of each average by each cohort's size through these weights, shape (Q, L).

        Returns
        -------
        array
            Shape (Q, Q), symmetric. What cohorts' sizes do to controls and to weights is added up before it is
            squared, so that both may also cancel.
        """

    def family(self, at: NDArray[np.intp]) -> Family:
        """Return the joint distribution of some of the effects, by their positions."""


@dataclass(frozen=True, eq=False)
class SumInfluences(Brief):
    """The sums themselves; all arrays are read-only.

    Attributes
    ----------
    within
        Sum of e e', shape (C, C).
    shares
        Derivative of effects by cohorts' sizes, shape (C, L), as far as it is not in e: how pooled controls move with
        the numbers of units in their cohorts.
    crossed
        Sum of e z', shape (C, L).
    squares
        Sum of z z', shape (L, L).
    """

    within: Floats
    shares: Floats
    crossed: Floats
    squares: Floats

    def __post_init__(self) -> None:
        for item in (self.within, self.shares, self.crossed, self.squares):
            item.flags.writeable = False

    @cached_property
    def own(self) -> Floats:
        """Covariance of the effects themselves, shape (C, C)."""
        mixed = self.crossed @ self.shares.T
        found: Floats = self.within + mixed + mixed.T + self.shares @ self.squares @ self.shares.T
        found = (found + found.T) / 2
        found.flags.writeable = False
        return found

    @property
    def variance(self) -> Floats:
        """Variances of the effects themselves, shape (C,)."""
        return self.own.diagonal()

    def covariance(self, weights: Weights | Floats, sizes: Floats) -> Floats:
        """Return the covariance of averages of effects."""
        weights = Weights.of(weights)
        moved = weights @ self.shares + sizes
        mixed = (weights @ self.crossed) @ moved.T
        within = weights @ (weights @ self.within).T
        found: Floats = within + mixed + mixed.T + moved @ self.squares @ moved.T
        return (found + found.T) / 2

    def family(self, at: NDArray[np.intp]) -> Family:
        """Return the joint distribution of some of the effects."""
        return DenseFamily(self.own[np.ix_(at, at)])


@dataclass(frozen=True, eq=False)
class MomentInfluences(Brief):
    """The same from moments, where units have no weights, are drawn one by one, and have all outcomes.

    What a unit differs from its cohort's mean by sums to zero in every cohort, so that the sum of e z' is zero.

    Attributes
    ----------
    products, counts
        Products and counts of cohorts' moments, shapes (K, R, R) and (K,).
    sides
        Weight of each cohort's mean change in each effect, shape (C, K).
    later, earlier
        Columns whose difference is the change of each effect, shape (C,).
    shares
        Derivative of effects by cohorts' sizes, shape (C, K).
    """

    products: Floats
    counts: Integers
    sides: Floats
    later: NDArray[np.intp]
    earlier: NDArray[np.intp]
    shares: Floats

    @property
    def crossed(self) -> Floats:
        """Sum of e z', shape (C, K): zero."""
        return np.zeros_like(self.shares)

    @property
    def squares(self) -> Floats:
        """Sum of z z', shape (K, K)."""
        return np.diag(self.counts.astype(np.float64))

    @cached_property
    def within(self) -> Floats:
        """Sum of e e', shape (C, C): as many numbers as there are effects, squared."""
        found = np.zeros((len(self.sides), len(self.sides)))
        for k, products in enumerate(self.products):
            used = np.flatnonzero(self.sides[:, k])
            half = products[self.later[used]] - products[self.earlier[used]]
            both = half[:, self.later[used]] - half[:, self.earlier[used]]
            unit = self.sides[used, k] / self.counts[k]
            found[np.ix_(used, used)] += unit[:, None] * both * unit
        found.flags.writeable = False
        return found

    @cached_property
    def own(self) -> Floats:
        """Covariance of the effects themselves, shape (C, C)."""
        found: Floats = self.within + (self.shares * self.counts) @ self.shares.T
        found = (found + found.T) / 2
        found.flags.writeable = False
        return found

    @cached_property
    def variance(self) -> Floats:
        """Variances of the effects themselves, shape (C,)."""
        spread = changes_spread(self.products, self.later, self.earlier)
        found: Floats = (spread * (self.sides / self.counts) ** 2).sum(axis=1) + self.shares**2 @ self.counts
        return found

    def covariance(self, weights: Weights | Floats, sizes: Floats) -> Floats:
        """Return the covariance of averages of effects."""
        weights = Weights.of(weights)
        moved = weights @ self.shares + sizes
        found: Floats = (moved * self.counts) @ moved.T
        for k, products in enumerate(self.products):
            contrast = contrast_of(weights, self.sides[:, k] / self.counts[k], self.later, self.earlier, len(products))
            used = np.flatnonzero(contrast.any(axis=1))
            part, root = contrast[used], narrow_root(products, int(self.counts[k]))
            half = None if root is None else part @ root
            found[np.ix_(used, used)] += part @ products @ part.T if half is None else half @ half.T
        return (found + found.T) / 2

    def family(self, at: NDArray[np.intp]) -> Family:
        """Return the joint distribution of some of the effects."""
        columns = np.unique(np.concatenate([self.later[at], self.earlier[at]]))
        return MomentFamily(
            self.products[np.ix_(np.arange(len(self.products)), columns, columns)],
            self.counts,
            self.sides[at],
            np.searchsorted(columns, self.later[at]),
            np.searchsorted(columns, self.earlier[at]),
            self.shares[at],
        )
