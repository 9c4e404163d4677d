"""How well each outcome's effects are known, by itself: what groups of units add to variances, outcome by outcome.

Cohorts that are treated after an outcome's last period are one group with those never treated: nothing tells them apart
as far as that outcome goes. Fifty dates of one unit each, long after the data end, are fifty controls and not fifty
groups of one. What stands beside an outcome has no part in this: each has cohorts, units and clusters of its own.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import NEVER, Brief
from pilotzone.evaluation.many.cells.weights import Weights

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from pilotzone.evaluation.many.cells.cells import Comparison, GroupTime
    from pilotzone.evaluation.many.cells.stacked import StackedColumns
    from pilotzone.evaluation.many.variation.groups import Variation

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = ["EffectVariation", "Own", "by_outcome"]


@dataclass(frozen=True, eq=False)
class Own:
    """What belongs to one outcome.

    Attributes
    ----------
    name
        Name of the outcome.
    cells
        Positions of its effects.
    columns
        Its columns among stacked outcomes.
    first
        Position of the first cohort that is never treated in its periods: it and all after it are one group. As many as
        there are cohorts where there is none.
    cohorts
        How many cohorts there are, K.
    """

    name: str
    cells: NDArray[np.intp]
    columns: slice
    first: int
    cohorts: int

    @property
    def several(self) -> bool:
        """Whether several cohorts are one group."""
        return self.first < self.cohorts - 1

    def pooled(self, values: NDArray[np.generic], axis: int = -1) -> Floats:
        """Return values by cohort as values by group: those of cohorts never treated added up."""
        given = np.asarray(values, dtype=np.float64)
        if not self.several:
            return given
        moved = np.moveaxis(given, axis, -1)
        whole = moved[..., self.first :].sum(axis=-1, keepdims=True)
        return np.moveaxis(np.concatenate([moved[..., : self.first], whole], axis=-1), -1, axis)

    def products(self, products: Floats, counts: Integers, means: Floats) -> Floats:
        """Return centred sums of products of its columns by group: of cohorts that are one, about their common mean."""
        own = products[:, self.columns, self.columns]
        if not self.several:
            return own
        late = slice(self.first, None)
        number, mean = counts[late].astype(np.float64), means[late, self.columns]
        gaps = mean - number @ mean / number.sum()
        whole = own[late].sum(axis=0) + (gaps * number[:, None]).T @ gaps
        return np.concatenate([own[: self.first], whole[None]])


def by_outcome(
    cells: Sequence[GroupTime],
    layout: StackedColumns,
    cohorts: Integers,
    comparison: Comparison,
    make: Callable[[Own], Variation],
    noise: Floats | None = None,
) -> EffectVariation:
    """Return how well effects are known, outcome by outcome.

    Parameters
    ----------
    cells, layout
        Effects, and the periods of their outcomes.
    cohorts
        Rising, shape (K,).
    comparison
        For the anticipation.
    make
        Returns what groups of units add to one outcome's effects.
    noise
        Standard deviation up to which effects vary by rounding alone, shape (C,); nothing if left out.
    """
    names = np.array([layout.outcomes.index(cell.outcome) for cell in cells], dtype=np.intp)
    variations = []
    for o, (name, periods) in enumerate(zip(layout.outcomes, layout.periods, strict=True)):
        late = (cohorts == NEVER) | (cohorts > periods[-1] + comparison.anticipation)
        at = np.flatnonzero(names == o)
        own = Own(name, at, layout.columns_of(o), int(np.count_nonzero(~late)), len(cohorts))
        variations.append((at, make(own)))
    return EffectVariation(tuple(variations), names, np.zeros(len(cells)) if noise is None else noise)


@dataclass(frozen=True, eq=False)
class EffectVariation(Brief):
    """How well effects on several outcomes are known.

    Attributes
    ----------
    parts
        For each outcome the positions of its effects, and what groups of units add to these.
    outcomes
        Position of each effect's outcome, shape (C,).
    noise
        Standard deviation up to which an effect varies by rounding alone, shape (C,).
    """

    parts: tuple[tuple[NDArray[np.intp], Variation], ...]
    outcomes: NDArray[np.intp]
    noise: Floats

    def with_noise(self, noise: Floats) -> EffectVariation:
        """Return the same with more rounding: standard deviations of effects, shape (C,)."""
        return replace(self, noise=np.hypot(self.noise, noise))

    def split(self, weights: Weights) -> list[tuple[NDArray[np.intp], Weights, Variation]]:
        """Return averages by outcome: their positions, their weights among its effects, and what is known of these.

        Each average is of one outcome; those without effects are with the first.
        """
        whose = np.zeros(len(weights), dtype=np.intp)
        whose[weights.rows] = self.outcomes[weights.columns]
        found = []
        for o, (at, variation) in enumerate(self.parts):
            rows = np.flatnonzero(whose == o)
            if len(rows):
                some = Weights.each(len(at)) if weights.single else weights.some(rows).among(at)
                found.append((rows, some, variation))
        return found

    def rounding(self, weights: Weights) -> Floats:
        """Return the variance up to which averages vary by rounding alone, shape (Q,)."""
        found: Floats = weights.largest(self.noise) ** 2
        return found
