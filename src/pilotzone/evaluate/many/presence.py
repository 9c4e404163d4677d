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
        By how many equal draws, units or clusters, that is known.
    factors
        What squares about a cohort's mean are multiplied by to have no bias: n / (n - 1) for n equal draws, infinite
        for one.
    """

    alike: Floats
    numbers: Floats
    factors: Floats


def resting_alike(
    weights: Floats, sides: Floats, later: NDArray[np.intp], earlier: NDArray[np.intp], draws: Integers
) -> Resting:
    """Return what rests on which cohort if all draws of a cohort have all outcomes and count alike.

    Parameters
    ----------
    weights
        Of effects in averages, shape (Q, C).
    sides
        Weight of each cohort's mean change in each effect, shape (C, K).
    later, earlier
        Columns whose difference is the change of each effect, shape (C,).
    draws
        Of each cohort, shape (K,).
    """
    columns = int(max(later.max(), earlier.max())) + 1
    found = np.empty((len(weights), len(draws)))
    for k, number in enumerate(draws.tolist()):
        contrast = contrast_of(weights * sides[:, k], later, earlier, columns)
        found[:, k] = (contrast**2).sum(axis=0) / max(number, 1)
    return counted_alike(found, draws)


def contrast_of(part: Floats, later: NDArray[np.intp], earlier: NDArray[np.intp], columns: int) -> Floats:
    """Return the weight of each of R columns in averages of changes between two columns, shape (R, Q).

    Parameters
    ----------
    part
        Of each change in each average, shape (Q, C).
    later, earlier
        Columns whose difference is each change, shape (C,).
    columns
        R.
    """
    found = np.zeros((columns, len(part)))
    np.add.at(found, later, part.T)
    np.subtract.at(found, earlier, part.T)
    return found


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

    def resting(self, weights: Floats) -> Resting:
        """Return what rests on which cohort.

        Parameters
        ----------
        weights
            Of effects in averages, shape (Q, C).
        """
        K = self.sides.shape[2]
        parts = [self._of_cohort(weights, k) for k in range(K)]
        alike, numbers, factors = (np.stack([part[j] for part in parts], axis=1) for j in range(3))
        return Resting(alike, numbers, factors)

    def _of_cohort(self, weights: Floats, k: int) -> tuple[Floats, Floats, Floats]:
        """Return variances were all draws alike, numbers of draws and factors of one cohort, each of shape (Q,).

        Draws are lined up by how many effects they are in: the first n of them are those that an effect has which n
        draws have. Along the line what a draw adds changes only where an effect ends.
        """
        which, cells = np.nonzero(self.sides[:, :, k])
        column, side = self.columns[which, cells], self.sides[which, cells, k]
        number, factor = self.numbers[which, cells, k], self.factors[which, cells, k]
        part = weights[:, cells] * (side / number)
        contrast = np.zeros((int(self.columns.max()) + 1, len(weights)))
        total, squares = np.zeros(len(weights)), np.zeros(len(weights))
        ends = np.unique(number)[::-1]
        for end, following in pairwise([*ends.tolist(), 0.0]):
            here = number == end
            np.add.at(contrast, column[here], part[:, here].T)
            each = (contrast**2).sum(axis=0)
            total += (end - following) * each
            squares += (end - following) * each**2
        with np.errstate(divide="ignore", invalid="ignore"):
            share = part**2 * number
            # Of squares about means, one over its factor is expected of each effect.
            factors = share.sum(axis=1) / (share / factor).sum(axis=1)
            numbers = np.where(squares > 0, total**2 / squares, 0.0)
        return total, numbers, np.where(share.sum(axis=1) > 0, factors, np.inf)
