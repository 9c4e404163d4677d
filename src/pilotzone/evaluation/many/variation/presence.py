"""By how many draws an average is known from each cohort, where not all of them have all outcomes, or count alike.

Of thirty treated units of which two have an outcome after treatment, an effect there is known from two, and so is most
of any average that it is part of. The number for an average follows from those of its effects by taking the units that
each of them has to be among those that the others have: the fewest that the numbers allow, since any other arrangement
spreads the average over more units.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.evaluation.many.cells.weights import Weights

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = ["Presence", "Resting", "contrast_of", "counted_alike", "resting_alike"]


@dataclass(frozen=True, eq=False)
class Resting:
    """What rests on which of K cohorts in Q averages of effects; all arrays have shape (Q, K).

    Attributes
    ----------
    alike
        What each cohort would add to variances if all draws varied alike, up to a factor.
    numbers
        How many equal draws, units or clusters, each is known by.
    factors
        What squares about a cohort's mean are multiplied by to have no bias: n / (n - 1) for n equal draws, infinite
        for one.
    """

    alike: Floats
    numbers: Floats
    factors: Floats


def resting_alike(
    weights: Weights | Floats, sides: Floats, later: NDArray[np.intp], earlier: NDArray[np.intp], draws: Integers
) -> Resting:
    """Return what rests on which cohort if all draws of a cohort have all outcomes and count alike.

    Parameters
    ----------
    weights
        Weights of effects in averages, shape (Q, C).
    sides
        Weight of each cohort's mean change in each effect, shape (C, K).
    later, earlier
        Columns whose difference is the change of each effect, shape (C,).
    draws
        Number of draws of each cohort, shape (K,).
    """
    weights = Weights.of(weights)
    if weights.single:
        return counted_alike(2.0 * sides**2 * (later != earlier)[:, None] / np.maximum(draws, 1), draws)
    columns = int(max(later.max(), earlier.max())) + 1
    found = np.empty((weights.shape[0], len(draws)))
    for k, number in enumerate(draws.tolist()):
        contrast = contrast_of(weights, sides[:, k], later, earlier, columns)
        found[:, k] = (contrast**2).sum(axis=1) / max(number, 1)
    return counted_alike(found, draws)


def contrast_of(
    weights: Weights, side: Floats, later: NDArray[np.intp], earlier: NDArray[np.intp], columns: int
) -> Floats:
    """Return the weight of each of R columns in averages of changes between two columns, shape (Q, R).

    Parameters
    ----------
    weights
        Weights of each effect in each average, shape (Q, C).
    side
        Weight of the change in each effect, shape (C,).
    later, earlier
        Columns whose difference is each change, shape (C,).
    columns
        R.
    """
    part = weights.values * side[weights.columns]
    used = np.flatnonzero(part)
    row, cell, part = weights.rows[used] * columns, weights.columns[used], part[used]
    size = weights.shape[0] * columns
    found = np.zeros(size)
    found += np.bincount(row + later[cell], part, size)
    found -= np.bincount(row + earlier[cell], part, size)
    return found.reshape(weights.shape[0], columns)


def counted_alike(alike: Floats, draws: Integers) -> Resting:
    """Return what rests on which cohort, for numbers of draws, shape (K,), that are those of every effect."""
    numbers = np.broadcast_to(draws.astype(np.float64), alike.shape)
    factors = np.divide(numbers, numbers - 1, out=np.full(alike.shape, np.inf), where=numbers > 1)
    return Resting(alike, numbers, factors)


@dataclass(frozen=True, eq=False)
class Presence:
    """By how many draws the means are known of which C effects are made; arrays of shape (2, C, K).

    An effect is a mean in its later column less a mean in its earlier one, each among the treated less among controls.

    Attributes
    ----------
    columns
        Later and earlier column of each effect among stacked outcomes, shape (2, C).
    sides
        Weight of each cohort's mean in each effect: one for the treated, less a share for controls, and the other way
        round in the earlier column.
    numbers, factors
        As in `Resting`, of the draws that have the outcome there.
    """

    columns: NDArray[np.intp]
    sides: Floats
    numbers: Floats
    factors: Floats

    @classmethod
    def alike(
        cls,
        sides: Floats,
        columns: tuple[NDArray[np.intp], NDArray[np.intp]],
        draws: tuple[Floats, Floats],
    ) -> Presence:
        """Return that of effects that all draws of a cohort are in.

        Parameters
        ----------
        sides
            Weight of each cohort's mean change in each effect, shape (C, K).
        columns
            Later and earlier column of each effect.
        draws
            Numbers and factors of cohorts, both of shape (K,).
        """
        numbers, factors = (np.broadcast_to(item, (2, *sides.shape)) for item in draws)
        return cls(np.stack(columns), np.stack([sides, -sides]), numbers, factors)

    def resting(self, weights: Weights | Floats) -> Resting:
        """Return what rests on which cohort.

        Parameters
        ----------
        weights
            Weights of effects in averages, shape (Q, C).
        """
        weights = Weights.of(weights)
        if weights.single:
            return self._of_effects()
        K = self.sides.shape[2]
        parts = [self._of_cohort(weights, k) for k in range(K)]
        alike, numbers, factors = (np.stack([part[j] for part in parts], axis=1) for j in range(3))
        return Resting(alike, numbers, factors)

    def _of_effects(self) -> Resting:
        """Return what rests on which cohort in each effect by itself: as `_of_cohort`, of two means alone."""
        with np.errstate(divide="ignore", invalid="ignore"):
            adds = np.where(self.sides != 0, self.sides / self.numbers, 0.0)
            adds[:, self.columns[0] == self.columns[1]] = 0.0
            share = adds**2 * self.numbers
            both, rest = self.numbers.min(axis=0), self.numbers.max(axis=0) - self.numbers.min(axis=0)
            alone = np.where(self.numbers[0] >= self.numbers[1], adds[0], adds[1]) ** 2
            total, squares = share.sum(axis=0), both * (adds**2).sum(axis=0) ** 2 + rest * alone**2
            factors = total / np.where(share > 0, share / self.factors, 0.0).sum(axis=0)
            numbers = np.where(squares > 0, total**2 / squares, 0.0)
        return Resting(total, numbers, np.where(total > 0, factors, np.inf))

    def _of_cohort(self, weights: Weights, k: int) -> tuple[Floats, Floats, Floats]:
        """Return variances were all draws alike, numbers of draws and factors of one cohort, each of shape (Q,).

        Draws are lined up by how many effects they are in: the first n of them are those that an effect has which n
        draws have. Along the line what a draw adds changes only where an effect ends.
        """
        Q, columns = weights.shape[0], int(self.columns.max()) + 1
        side, number = self.sides[:, weights.columns, k], self.numbers[:, weights.columns, k]
        which, entry = np.nonzero(side)
        row, own = weights.rows[entry], number[which, entry]
        at = row * columns + self.columns[which, weights.columns[entry]]
        part = weights.values[entry] * side[which, entry] / own
        contrast, total, squares = np.zeros(Q * columns), np.zeros(Q), np.zeros(Q)
        ends = np.unique(own)[::-1]
        for end, following in pairwise([*ends.tolist(), 0.0]):
            here = own == end
            contrast += np.bincount(at[here], part[here], Q * columns)
            each = (contrast.reshape(Q, columns) ** 2).sum(axis=1)
            total += (end - following) * each
            squares += (end - following) * each**2
        with np.errstate(divide="ignore", invalid="ignore"):
            share = part**2 * own
            # Of squares about means, one over its factor is expected of each effect.
            whole = np.bincount(row, share, Q)
            factors = whole / np.bincount(row, share / self.factors[which, weights.columns[entry], k], Q)
            numbers = np.where(squares > 0, total**2 / squares, 0.0)
        return total, numbers, np.where(whole > 0, factors, np.inf)
