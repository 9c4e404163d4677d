"""Distribution functions that rise in steps, with weights, and their inverse."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

__all__ = ["SLACK", "Steps"]

SLACK = 1e-12
"""Shares that are equal but for rounding count as reached."""


@dataclass(frozen=True, eq=False)
class Steps:
    """A sample in order: the distribution function is the share of weights up to a value.

    Attributes
    ----------
    values
        In ascending order, shape (n,).
    below
        Share of weights up to each value, shape (n,), ending at one.
    """

    values: Floats
    below: Floats

    @classmethod
    def of(cls, values: Floats, weights: Floats) -> Steps:
        """Sort a sample."""
        order = np.argsort(values, kind="stable")
        return cls(values[order], _shares(weights[order]))

    def again(self, weights: Floats) -> Steps:
        """Return the same values with other weights, which stand in the order of the values; zeros are allowed."""
        return Steps(self.values, _shares(weights))

    def reaching(self, at: ArrayLike, *, strictly: bool = False) -> Floats:
        """Return the share of weights up to each point, or strictly below it."""
        where = np.searchsorted(self.values, at, side="left" if strictly else "right")
        return self.at(where)

    def at(self, where: NDArray[np.intp]) -> Floats:
        """Return the share of weights of so many first values."""
        found: Floats = np.where(where > 0, self.below[np.maximum(where - 1, 0)], 0.0)
        return found

    def quantile(self, shares: ArrayLike) -> Floats:
        """Return the least value up to which there is at least a share (type 1 of Hyndman and Fan 1996)."""
        asked = np.asarray(shares, dtype=np.float64)
        # At a share of zero the least value that has weight.
        asked = np.maximum(asked * (1 - SLACK), np.finfo(np.float64).tiny)
        where = np.searchsorted(self.below, asked, side="left")
        found: Floats = self.values[np.minimum(where, len(self.values) - 1)]
        return found


def _shares(weights: Floats) -> Floats:
    below: Floats = np.cumsum(weights)
    below /= below[-1]
    return below
