"""Cohorts that are treated after an outcome's last period are one group with those never treated.

Nothing tells them apart as far as that outcome goes, and what is known of how controls vary is known from all of them
together: fifty dates of one unit each, long after the data end, are fifty controls and not fifty groups of one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import NEVER
from pilotzone.evaluate.many.presence import Resting
from pilotzone.evaluate.many.variation import Variation
from pilotzone.evaluate.many.weights import Weights

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from pilotzone.evaluate.many.cells import Comparison, GroupTime
    from pilotzone.evaluate.many.layout import Layout

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = ["EffectVariation", "with_late_controls"]


@dataclass(frozen=True, eq=False)
class EffectVariation(Variation):
    """What groups of units add, with late cohorts and those never treated as one group for each outcome.

    Attributes
    ----------
    apart
        What cohorts add, each by itself.
    outcome
        Position of each effect's outcome, shape (C,).
    never
        For each outcome the positions of cohorts that are never treated in its periods.
    sums, counts
        Sums of influences of each cohort's units on effects, shape (C, K), and numbers of units, shape (K,).
    noise
        Standard deviation up to which an effect varies by rounding alone, shape (C,).
    """

    apart: Variation
    outcome: NDArray[np.intp]
    never: tuple[NDArray[np.intp], ...]
    sums: Floats
    counts: Integers
    noise: Floats

    def parts(self, weights: Weights | Floats) -> Floats:
        """Return what each group adds to the variance of averages of effects."""
        weights = Weights.of(weights)
        found = self.apart.parts(weights)
        if found.shape[1] != len(self.counts):
            return found
        for o, late in self._several():
            rows = np.flatnonzero(self._outcomes(weights) == o)
            moved = weights.some(rows) @ self.sums[:, late]
            numbers = self.counts[late].astype(np.float64)
            # Of several means about their common one.
            between = (moved**2 / numbers).sum(axis=1) - moved.sum(axis=1) ** 2 / numbers.sum()
            found[np.ix_(rows, late)] = _first(found[np.ix_(rows, late)].sum(axis=1) + np.maximum(between, 0.0), late)
        return found

    def resting(self, weights: Weights | Floats) -> Resting:
        """Return what rests on which group, and by how many draws each is known."""
        weights = Weights.of(weights)
        found = self.apart.resting(weights)
        alike, numbers, factors = (np.array(item) for item in (found.alike, found.numbers, found.factors))
        pooled = _pooled if self.apart.nested else _of_largest
        for o, late in self._several():
            rows = np.flatnonzero(self._outcomes(weights) == o)
            at = np.ix_(rows, late)
            whole = pooled(alike[at], numbers[at], factors[at])
            for item, one in zip((alike, numbers, factors), whole, strict=True):
                item[at] = _first(one, late)
        return Resting(alike, numbers, factors)

    def rounding(self, weights: Weights | Floats) -> Floats:
        """Return the variance up to which averages vary by rounding alone, shape (Q,)."""
        found: Floats = Weights.of(weights).largest(self.noise) ** 2
        return found

    def with_noise(self, noise: Floats) -> EffectVariation:
        """Return the same with more rounding: standard deviations of effects, shape (C,)."""
        return replace(self, noise=np.hypot(self.noise, noise))

    def _several(self) -> list[tuple[int, NDArray[np.intp]]]:
        return [(o, late) for o, late in enumerate(self.never) if len(late) > 1]

    def _outcomes(self, weights: Weights) -> NDArray[np.intp]:
        """Return the outcome of each average, -1 of those without effects; each is of one outcome."""
        found = np.full(weights.shape[0], -1)
        found[weights.rows] = self.outcome[weights.columns]
        return found


def _of_largest(alike: Floats, numbers: Floats, factors: Floats) -> tuple[Floats, Floats, Floats]:
    """Return what rests on cohorts whose clusters may be the same ones: known as well as the cohort with most is."""
    best = np.where(alike > 0, numbers, -1.0).argmax(axis=1)
    each = np.arange(len(alike))
    return alike.sum(axis=1), numbers[each, best], factors[each, best]


def _first(values: Floats, late: NDArray[np.intp]) -> Floats:
    """Return values in the first of several columns, zeros in the others."""
    found = np.zeros((len(values), len(late)))
    found[:, 0] = values
    return found


def _pooled(alike: Floats, numbers: Floats, factors: Floats) -> tuple[Floats, Floats, Floats]:
    """Return what rests on several cohorts as one: their draws put together, each with its share.

    A cohort's draws have shares u of its mean, with sums of squares s = 1 / number and of cubes that follow from its
    factor, 1 / factor = 1 - 2 cubes / s + s. In the whole a cohort has the share p, and its draws p u.
    """
    there = (numbers > 0) & (alike > 0)
    squares = np.divide(1.0, numbers, out=np.zeros_like(numbers), where=there)
    kept = np.where(np.isfinite(factors), np.divide(1.0, factors, out=np.zeros_like(factors), where=factors > 0), 0.0)
    cubes = squares * (1 + squares - kept) / 2
    part = np.sqrt(np.divide(alike, squares, out=np.zeros_like(alike), where=there))
    whole = part.sum(axis=1, keepdims=True)
    share = np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)
    s, c = (share**2 * squares).sum(axis=1), (share**3 * cubes).sum(axis=1)
    number = np.divide(1.0, s, out=np.zeros_like(s), where=s > 0)
    left = 1 - 2 * np.divide(c, s, out=np.ones_like(s), where=s > 0) + s
    factor = np.divide(1.0, left, out=np.full_like(left, np.inf), where=left > 1e-12)  # noqa: PLR2004 - rounding
    return alike.sum(axis=1), number, factor


def with_late_controls(
    apart: Variation,
    cells: Sequence[GroupTime],
    layout: Layout,
    cohorts: Integers,
    comparison: Comparison,
    sums: Floats,
    counts: Integers,
    noise: Floats | None = None,
) -> EffectVariation:
    """Return what groups of units add to effects, late cohorts being of one group with those never treated.

    Parameters
    ----------
    apart
        What cohorts add, each by itself.
    cells, layout
        Effects, and the periods of their outcomes.
    cohorts, counts
        Shape (K,).
    comparison
        For the anticipation.
    sums
        Of influences of each cohort's units on effects, shape (C, K).
    noise
        Standard deviation up to which effects vary by rounding alone, shape (C,); nothing if left out.
    """
    position = {name: o for o, name in enumerate(layout.outcomes)}
    never = tuple(
        np.flatnonzero((cohorts > periods[-1] + comparison.anticipation) | (cohorts == NEVER))
        for periods in layout.periods
    )
    outcome = np.array([position[cell.outcome] for cell in cells], dtype=np.intp)
    return EffectVariation(apart, outcome, never, sums, counts, np.zeros(len(cells)) if noise is None else noise)
