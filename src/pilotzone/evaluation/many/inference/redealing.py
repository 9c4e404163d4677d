"""Effects under very many assignments at once, where a unit adds to an effect the same whoever else is treated.

With controls that are never treated, an effect is a sum over cohorts of mean changes, and cohorts keep their sizes when
they are dealt out anew. So what a unit adds by being in a cohort is one number per effect, the same under every
assignment: an estimate is a sum of such numbers, and a variance follows from how they vary within each cohort. Nothing
is estimated anew. Tens of thousands of assignments then take a second or two, so that all of them can be gone through.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import Brief
from pilotzone.evaluation.many.estimators.aggregates import AggregateKind, Averaging
from pilotzone.evaluation.many.inference.exposed import overall_rows
from pilotzone.evaluation.many.variation.influences import MomentInfluences

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from pilotzone.evaluation.many.estimators.aggregates import AggregateEffects
    from pilotzone.evaluation.many.estimators.effects import GroupTimeEffects

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]
    Positions = NDArray[np.intp]
    Flags = NDArray[np.bool_]

__all__ = ["Redealing", "RedealtNumbers"]

_AT_ONCE = 4_000_000
"""Assignments times units times effects that are held at a time."""

_DIGITS_LEFT = 1e-3
"""Share of the variance of all units that a cohort has to have left for its sum of squares to be a difference."""


@dataclass(frozen=True, eq=False)
class RedealtNumbers(Brief):
    """Effects under A assignments.

    Attributes
    ----------
    estimates, errors
        Effects by cohort and period on outcomes, then their averages, and their standard errors, shape (A, Q).
    overall
        What `overall_numbers` returns for overall averages, shape (A, q, 5).
    """

    estimates: Floats
    errors: Floats
    overall: Floats


@dataclass(frozen=True, eq=False)
class Redealing(Brief):
    """What each unit adds to effects by being in each cohort.

    Rows are effects by cohort and period, on outcomes and then on "is treated"; then their averages on outcomes; then
    the overall ones on "is treated".

    Attributes
    ----------
    added
        What a unit adds to a row by being in a cohort, shape (K, n, Q).
    sizes
        Units of each cohort, shape (K,).
    moved
        Derivative of each average by each cohort's size, as a linear map of effects, shape (K, Q - C, C).
    wanted
        Rows of outcomes: effects, then averages.
    pairs
        Rows of overall averages, and of the same averages of "is treated".
    """

    added: Floats
    sizes: Integers
    moved: Floats
    wanted: Positions
    pairs: tuple[Positions, Positions]

    @classmethod
    def of(
        cls, values: Floats, effects: GroupTimeEffects, averages: AggregateEffects, kinds: tuple[AggregateKind, ...]
    ) -> Redealing | None:
        """Return what units add, from effects as they were estimated; ``None`` where it is not the same throughout.

        Parameters
        ----------
        values
            Stacked outcomes and, for each, whether units are treated, shape (n, R).
        effects, averages
            Estimated from these.
        kinds
            Which averages these are.
        """
        found = effects.influences
        if not isinstance(found, MomentInfluences) or found.shares.any():
            return None
        cells, half = len(effects.cells), len(averages.rows) // 2
        overall = np.array(overall_rows(averages))
        kept = np.concatenate([np.arange(half), half + overall])
        weights = np.vstack([np.eye(cells), averages.weights[kept]])
        changes = values[:, found.later] - values[:, found.earlier]
        unit = found.sides / found.counts[None]
        added = np.stack([changes @ (weights * unit[:, k]).T for k in range(len(found.counts))])
        moved = Averaging.of(effects, *kinds).by_sizes[kept].transpose(1, 0, 2)
        wanted = np.concatenate([np.arange(cells // 2), cells + np.arange(half)])
        pairs = cells + overall, cells + half + np.arange(len(overall))
        return cls(added, found.counts, moved, wanted, pairs)

    @property
    def numbers_each(self) -> int:
        """How many numbers an assignment takes: units that are gone through, times rows."""
        cohorts, units, rows = self.added.shape
        gone_through = sum(min(size, units - size) for size in self.sizes.tolist())
        return int(rows * max(cohorts, gone_through))

    def numbers(self, assignments: Iterator[Integers], names: Integers) -> RedealtNumbers:
        """Return effects under assignments.

        Parameters
        ----------
        assignments
            Cohort of each unit, shape (n,) each.
        names
            Cohorts in the order of the sizes, shape (K,).
        """
        parts = [self._some(some, names) for some in self._batches(assignments)]
        return RedealtNumbers(*(np.concatenate(each) for each in zip(*parts, strict=True)))

    def _batches(self, assignments: Iterator[Integers]) -> Iterator[Integers]:
        """Yield assignments some at a time, shape (A, n)."""
        most = max(1, _AT_ONCE // self.numbers_each)
        some: list[Integers] = []
        for assigned in assignments:
            some.append(assigned)
            if len(some) == most:
                yield np.array(some)
                some = []
        if some:
            yield np.array(some)

    def _some(self, assigned: Integers, names: Integers) -> tuple[Floats, Floats, Floats]:
        """Return estimates, standard errors and what overall averages need, under A assignments."""
        left, right = self.pairs
        shape = len(assigned), self.added.shape[2]
        estimates, squares, products = np.zeros(shape), np.zeros(shape), np.zeros((len(assigned), len(left)))
        for added, name, size in zip(self.added, names.tolist(), self.sizes.tolist(), strict=True):
            total, square, product = _sums(added, assigned == name, size, left, right)
            estimates += total
            squares += square
            products += product
        cells = self.moved.shape[2]
        for moved, size in zip(self.moved, self.sizes.tolist(), strict=True):
            derivative = np.zeros(shape)
            derivative[:, cells:] = estimates[:, :cells] @ moved.T
            squares += size * derivative**2
            products += size * derivative[:, left] * derivative[:, right]
        overall = (estimates[:, left], estimates[:, right], squares[:, left], products, squares[:, right])
        return estimates[:, self.wanted], np.sqrt(squares[:, self.wanted]), np.stack(overall, axis=2)


def _sums(added: Floats, inside: Flags, size: int, left: Positions, right: Positions) -> tuple[Floats, Floats, Floats]:
    """Return what a cohort's units add to each row together, and sums of squares and of products around their mean.

    For a cohort that has most units it is the sum over all units less that over those outside it: with two treated
    units of two hundred this takes a hundredth of the time. Where those outside have nearly all of the variance little
    would be left of the digits, and the cohort's own units are gone through.
    """
    if 2 * size <= len(added):
        return _own_sums(added, inside, size, left, right)
    mean = added.mean(axis=0)
    centred = added - mean
    whole = (centred**2).sum(axis=0)
    others = centred[np.nonzero(~inside)[1].reshape(len(inside), len(added) - size)]
    total = -others.sum(axis=1)
    squares = whole - (others**2).sum(axis=1) - total**2 / size
    shared = (centred[:, left] * centred[:, right]).sum(axis=0) - (others[:, :, left] * others[:, :, right]).sum(axis=1)
    products = shared - total[:, left] * total[:, right] / size
    total += size * mean
    again = (squares < _DIGITS_LEFT * whole).any(axis=1)
    if again.any():
        total[again], squares[again], products[again] = _own_sums(added, inside[again], size, left, right)
    return total, squares, products


def _own_sums(
    added: Floats, inside: Flags, size: int, left: Positions, right: Positions
) -> tuple[Floats, Floats, Floats]:
    each = added[np.nonzero(inside)[1].reshape(len(inside), size)]
    total = each.sum(axis=1)
    each -= total[:, None] / size
    return total, (each**2).sum(axis=1), (each[:, :, left] * each[:, :, right]).sum(axis=1)
