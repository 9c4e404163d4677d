"""Weights of effects in averages, most of which are zero: kept as those that are not."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import Brief

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Positions = NDArray[np.intp]

__all__ = ["Weights"]

_WIDE = 256
"""Columns of an array above which rows are taken for one average at a time."""


@dataclass(frozen=True, eq=False)
class Weights(Brief):
    """Weights of C effects in Q averages.

    Attributes
    ----------
    rows, columns, values
        Average, effect and weight of each that is not zero, rows rising, all of shape (n,).
    shape
        Q and C.
    single
        Whether each average is the effect of the same number: weights are an identity.
    """

    rows: Positions
    columns: Positions
    values: Floats
    shape: tuple[int, int]
    single: bool = False

    @classmethod
    def each(cls, count: int) -> Weights:
        """Return the weights by which each effect is an average of its own."""
        at = np.arange(count)
        return cls(at, at, np.ones(count), (count, count), single=True)

    @classmethod
    def of(cls, weights: Weights | Floats) -> Weights:
        """Return weights of an array, shape (Q, C); of weights, these themselves."""
        if isinstance(weights, Weights):
            return weights
        rows, columns = np.nonzero(weights)
        return cls(rows, columns, weights[rows, columns], (weights.shape[0], weights.shape[1]))

    @classmethod
    def stacked(cls, parts: Sequence[tuple[Positions, Floats]], count: int) -> Weights:
        """Return weights of averages, each given by positions of effects and their weights."""
        rows = np.repeat(np.arange(len(parts)), [len(at) for at, _ in parts])
        columns = np.concatenate([np.empty(0, np.intp), *(at for at, _ in parts)])
        values = np.concatenate([np.empty(0), *(value for _, value in parts)])
        return cls(rows, columns.astype(np.intp), values, (len(parts), count))

    def __len__(self) -> int:
        """How many averages there are, Q."""
        return self.shape[0]

    def dense(self) -> Floats:
        """Return them as an array, shape (Q, C)."""
        found = np.zeros(self.shape)
        np.add.at(found, (self.rows, self.columns), self.values)
        return found

    def some(self, at: Positions | Sequence[int]) -> Weights:
        """Return those of some averages, in the order given."""
        starts = np.searchsorted(self.rows, np.arange(self.shape[0] + 1))
        parts = [(self.columns[starts[q] : starts[q + 1]], self.values[starts[q] : starts[q + 1]]) for q in at]
        return Weights.stacked(parts, self.shape[1])

    def among(self, at: Positions) -> Weights:
        """Return the same as weights of some effects, at rising positions, among which all are that have a weight."""
        found = np.searchsorted(at, self.columns).astype(np.intp)
        return Weights(self.rows, found, self.values, (self.shape[0], len(at)))

    def only(self, at: Positions) -> Weights:
        """Return weights of some effects, at rising positions; the others' are left out."""
        kept = np.isin(self.columns, at)
        part = Weights(self.rows[kept], self.columns[kept], self.values[kept], self.shape)
        return part.among(at)

    def squares(self, matrix: Floats) -> Floats:
        """Return each average's weights times a matrix times these weights, shape (Q,)."""
        found = np.zeros(len(self))
        starts = np.searchsorted(self.rows, np.arange(len(self) + 1)).tolist()
        for q, (start, end) in enumerate(pairwise(starts)):
            at, value = self.columns[start:end], self.values[start:end]
            found[q] = value @ matrix[np.ix_(at, at)] @ value
        return found

    def __matmul__(self, values: Floats) -> Floats:
        """Return averages of values, shape (C,) or (C, n), as shape (Q,) or (Q, n)."""
        if self.single:
            return values.copy()
        found = np.zeros((self.shape[0], *values.shape[1:]))
        if len(self.rows) == 0:
            return found
        if values.ndim > 1 and values.shape[1] > _WIDE:
            for q, (start, end) in enumerate(pairwise(np.searchsorted(self.rows, np.arange(len(self) + 1)).tolist())):
                found[q] = self.values[start:end] @ values[self.columns[start:end]]
            return found
        weight = self.values if values.ndim == 1 else self.values[:, None]
        starts = np.flatnonzero(np.diff(self.rows, prepend=-1))
        found[self.rows[starts]] = np.add.reduceat(weight * values[self.columns], starts, axis=0)
        return found

    def largest(self, values: Floats) -> Floats:
        """Return sums of absolute weights times values, shape (Q,)."""
        found = np.bincount(self.rows, np.abs(self.values) * values[self.columns], minlength=self.shape[0])
        return found.astype(np.float64)
