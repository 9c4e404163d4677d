"""Regressions on dummies, unit by unit and period by period, with errors clustered by unit, as textbooks write them.

Nothing of the package is used: an outcome's panel is a long list of observations, every fixed effect is a column, and
what a unit adds to coefficients is (X'X)^-1 X_i' e_i. `imputed` writes down Borusyak, Jaravel and Spiess' estimator and
their theorem 3 with weights v on every observation. Cohorts are floats, infinite for units that are never treated.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Mask = NDArray[np.bool_]

__all__ = ["Long", "imputed", "long", "ols"]


@dataclass(frozen=True, eq=False)
class Long:
    """Observations of one outcome: position of the unit, period, cohort, value."""

    unit: NDArray[np.intp]
    time: Floats
    cohort: Floats
    y: Floats
    units: int

    @property
    def since(self) -> Floats:
        return self.time - self.cohort

    def only(self, mask: Mask) -> Long:
        return Long(self.unit[mask], self.time[mask], self.cohort[mask], self.y[mask], self.units)

    def effects(self) -> Floats:
        """Return dummies for units and for periods but the first."""
        periods = np.unique(self.time)[1:]
        units = np.unique(self.unit)
        by_unit, by_time = self.unit[:, None] == units, self.time[:, None] == periods
        return np.hstack([by_unit, by_time]).astype(float)


def long(values: Floats, periods: Sequence[int], cohorts: Floats) -> Long:
    n, T = values.shape
    unit = np.repeat(np.arange(n), T)
    return Long(unit, np.tile(np.array(periods, dtype=float), n), cohorts[unit], values.ravel(), n)


def ols(data: Long, regressors: Floats) -> tuple[Floats, Floats]:
    """Return coefficients of regressors beside fixed effects, and units' influences on them, shape (p, units)."""
    X = np.hstack([data.effects(), regressors])
    assert np.linalg.matrix_rank(X) == X.shape[1], "regressors depend on one another"
    inverse = np.linalg.inv(X.T @ X)
    found = inverse @ X.T @ data.y
    scores = X * (data.y - X @ found)[:, None]
    influence = np.zeros((X.shape[1], data.units))
    for i in range(data.units):
        influence[:, i] = inverse @ scores[data.unit == i].sum(axis=0)
    p = regressors.shape[1]
    return found[-p:], influence[-p:]


def imputed(
    data: Long, anticipation: int, weights: Sequence[Floats], group: Callable[[Long], NDArray[np.generic]]
) -> tuple[Floats, Floats]:
    """Return weighted sums of effects on single observations, and what units add by the conservative variance.

    Parameters
    ----------
    data
        Without units that are treated from the start.
    anticipation
        Periods before treatment that are imputed as well.
    weights
        For each sum a weight on every observation, zero on untreated ones.
    group
        Observation to its group: effects within one are taken to be alike.
    """
    treated = data.since >= -anticipation
    X = data.effects()
    X0, X1 = X[~treated], X[treated]
    found = np.linalg.pinv(X0) @ data.y[~treated]
    effects = data.y[treated] - X1 @ found
    labels = group(data.only(treated))
    sums, adds = [], []
    for weight in weights:
        w = weight[treated]
        v0 = -X0 @ np.linalg.pinv(X0.T @ X0) @ X1.T @ w
        rest = effects.copy()
        for label in np.unique(labels):
            some = labels == label
            # Theorem 3: the mean that minimises the variance, over units, of v times the effects less it.
            units = np.unique(data.unit[treated][some])
            own = np.array([w[some & (data.unit[treated] == i)].sum() for i in units])
            both = np.array([(w * effects)[some & (data.unit[treated] == i)].sum() for i in units])
            if (own**2).sum() > 0:
                rest[some] -= (own @ both) / (own @ own)
        psi = np.zeros(data.units)
        np.add.at(psi, data.unit[treated], w * rest)
        np.add.at(psi, data.unit[~treated], v0 * (data.y[~treated] - X0 @ found))
        sums.append(w @ effects)
        adds.append(psi)
    return np.array(sums), np.array(adds)
