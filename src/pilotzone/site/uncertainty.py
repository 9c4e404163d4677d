"""Values that are known as ranges: draws that vary together between criteria and between places.

Marginals are uniform on the ranges. Dependence is that of a Gaussian copula: what criteria have in common by a matrix
of correlations, and what places have in common by a share of variance for each criterion, for an assumption that is
wrong for all places in the same way.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import DataError, UsageError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Ranges", "as_values", "draw_scores", "draw_values", "linked_blocks"]

_ROUNDING = 1e-10


@dataclass(frozen=True, eq=False)
class Ranges:
    """What is known of the values of m places on n criteria.

    Attributes
    ----------
    low, high
        Shape (m, n), finite.
    common
        Share of the variance of each criterion that all places have in common, shape (n,).
    correlation
        Of the normal scores of criteria, shape (n, n).

    Raises
    ------
    DataError
        If a range is none, or shapes do not fit.
    UsageError
        If a share is none, or the correlations are no correlation matrix.
    """

    low: Floats
    high: Floats
    common: Floats
    correlation: Floats

    def __post_init__(self) -> None:
        n = self.low.shape[1]
        if self.low.shape != self.high.shape or self.common.shape != (n,) or self.correlation.shape != (n, n):
            raise DataError("ranges, common shares and correlations differ in shape.", allowed="m x n, n, and n x n")
        if not (np.isfinite(self.low) & np.isfinite(self.high) & (self.low <= self.high)).all():
            place, criterion = np.argwhere(~(self.low <= self.high))[0].tolist()
            raise DataError(
                f"place {place} has the range {self.low[place, criterion]:g} to {self.high[place, criterion]:g} on "
                f"criterion {criterion}.",
                allowed="finite numbers, the lower first",
            )
        if not ((self.common >= 0) & (self.common <= 1)).all():
            raise UsageError(f"common shares are {self.common.tolist()}.", allowed="from 0 to 1")
        odd = np.abs(self.correlation - self.correlation.T).max(initial=0) > _ROUNDING
        odd = odd or np.abs(np.diag(self.correlation) - 1).max(initial=0) > _ROUNDING
        if odd or np.linalg.eigvalsh(self.correlation).min(initial=1) < -_ROUNDING:
            raise UsageError(
                "correlations of criteria do not go together.",
                allowed="a symmetric matrix with ones on its diagonal that is positive semidefinite",
                todo="weaken them: three things cannot all vary against one another",
            )

    @property
    def certain(self) -> bool:
        """Whether every value is known."""
        return bool((self.low == self.high).all())

    @property
    def middle(self) -> Floats:
        """Middles of the ranges, shape (m, n)."""
        return np.asarray((self.low + self.high) / 2)


def draw_scores(ranges: Ranges, count: int, rng: np.random.Generator) -> Floats:
    """Return normal scores, shape (count, m, n)."""
    m, n = ranges.low.shape
    values, vectors = np.linalg.eigh(ranges.correlation)
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    shared = rng.standard_normal((count, 1, n)) @ root.T
    own = rng.standard_normal((count, m, n)) @ root.T
    return np.asarray(np.sqrt(ranges.common) * shared + np.sqrt(1 - ranges.common) * own)


def as_values(ranges: Ranges, scores: Floats) -> Floats:
    """Return values of normal scores, of their shape."""
    from scipy.special import ndtr

    return np.asarray(ranges.low + ndtr(scores) * (ranges.high - ranges.low))


def draw_values(ranges: Ranges, count: int, *, seed: int = 20160) -> Floats:
    """Return values as they could be, shape (count, m, n).

    Parameters
    ----------
    ranges
        What is known of them.
    count
        How many draws.
    seed
        Of the draws.
    """
    return as_values(ranges, draw_scores(ranges, count, np.random.default_rng(seed)))


def linked_blocks(correlation: Floats) -> list[list[int]]:
    """Return criteria in blocks: those of different blocks vary independently of one another.

    Examples
    --------
    >>> linked_blocks(np.array([[1, 0, 0.5], [0, 1, 0], [0.5, 0, 1]]))
    [[0, 2], [1]]
    """
    from scipy.sparse.csgraph import connected_components

    _, labels = connected_components(np.abs(correlation) > _ROUNDING, directed=False)
    return [np.flatnonzero(labels == label).tolist() for label in dict.fromkeys(labels.tolist())]
