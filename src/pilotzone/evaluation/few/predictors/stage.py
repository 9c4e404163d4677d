"""One target and its donors as importance is searched for: weights by V, the error that they leave, and its slope."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["FLOOR", "LEAST", "POSITIVE", "Stage", "normalised", "shares_on"]

LEAST = 1e-8
"""Least importance of a predictor relative to the largest one; at zero weights would be left to chance."""

FLOOR = float(np.log(LEAST))
"""Its logarithm."""

POSITIVE = 1e-9
"""A weight."""


@dataclass(frozen=True, eq=False)
class Stage:
    """One target and its m donors: scaled predictors, and outcomes to be predicted.

    Attributes
    ----------
    offsets
        Donors' predictors less the target's, each in units of its standard deviation, shape (m, F).
    gaps
        Donors' outcomes of the validation periods less the target's, shape (m, Tv).
    """

    offsets: Floats
    gaps: Floats

    @cached_property
    def _squares(self) -> Floats:
        squares: Floats = self.offsets**2
        return squares

    @cached_property
    def _solver(self) -> Callable[[Floats, Floats], tuple[Floats, float]]:
        from scipy.optimize import nnls

        solver: Callable[[Floats, Floats], tuple[Floats, float]] = nnls
        return solver

    def weights(self, importance: Floats) -> Floats:
        """Return the donors' weights by V, shape (m,); some of them where they are not unique."""
        count = len(self.offsets)
        squares = self._squares @ importance
        distances = np.sqrt(squares)
        level = _middle(distances) or float(distances.max())
        if level == 0.0:
            return np.full(count, 1.0 / count)
        # A homogeneous form of least squares over the simplex: see `nearest`, which solves it to the last digits.
        lengths = np.sqrt(squares + level * level)
        system = np.empty((len(importance) + 1, count))
        np.multiply(self.offsets.T, np.sqrt(importance)[:, None] / lengths, out=system[:-1])
        np.divide(level, lengths, out=system[-1])
        aim = np.zeros(len(system))
        aim[-1] = 1.0
        try:
            scaled, _ = self._solver(system, aim)
        except RuntimeError:  # it ran out of steps
            scaled = np.zeros(count)
        if not scaled.any():
            scaled[int(np.argmin(distances))] = 1.0
        found = scaled / lengths
        shares: Floats = found / found.sum()
        return shares

    def error(self, importance: Floats) -> float:
        """Return the mean squared error over the validation periods."""
        miss = self.weights(importance) @ self.gaps
        return float(miss @ miss) / len(miss)

    def slope(self, logarithms: Floats) -> tuple[float, Floats]:
        """Return the error at a V given in logarithms, and how it changes with each, shape (F,).

        As long as the same donors carry weight, their weights are the solution of linear equations in V, whose
        derivative takes one more solution of these. It is zero where one donor alone is the synthetic control.
        """
        logarithms = logarithms - logarithms.max()
        importance = normalised(logarithms)
        weights = self.weights(importance)
        used = np.flatnonzero(weights > POSITIVE)
        miss = weights @ self.gaps
        error, flat = float(miss @ miss) / len(miss), np.zeros(len(importance))
        if len(used) == 1:
            return error, flat
        edges = self.offsets[used[1:]] - self.offsets[used[0]]
        turn = (self.gaps[used[1:]] - self.gaps[used[0]]) @ miss
        try:
            solved = np.linalg.solve((edges * importance) @ edges.T, turn)
        except np.linalg.LinAlgError:  # weights are not unique
            return error, flat
        slope: Floats = (-2 / len(miss)) * (solved @ edges) * (weights @ self.offsets) * importance
        slope[logarithms <= FLOOR] = 0.0
        return error, slope


def shares_on(gaps: Floats) -> Floats:
    """Return the weights on the simplex that leave the least error of all, whatever the predictors; shape (m,)."""
    from scipy.optimize import nnls

    lengths = np.sqrt((gaps**2).sum(axis=1))
    level = float(lengths.mean()) or 1.0
    system = np.vstack([gaps.T, np.full(len(gaps), level)])
    aim = np.zeros(len(system))
    aim[-1] = level
    try:
        found, _ = nnls(system, aim)
    except RuntimeError:  # it ran out of steps
        found = np.zeros(len(gaps))
    if not found.any():
        found[int(np.argmin(lengths))] = 1.0
    shares: Floats = found / found.sum()
    return shares


def _middle(values: Floats) -> float:
    half = len(values) // 2
    return float(np.partition(values, half)[half])


def normalised(logarithms: Floats) -> Floats:
    """Return V for its logarithms: the sum is one, no entry less than `LEAST` of the largest."""
    powers = np.exp(np.maximum(logarithms - logarithms.max(), FLOOR))
    total: Floats = powers / powers.sum()
    return total
