"""Synthetic control written down once more, plainly: one unit, one loop, SciPy's non-negative least squares.

Panels here are invented: every figure comes from a generator or from the test that uses it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import nnls

from pilotzone.core import Outcome, Panel, SeriesInfo

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

__all__ = ["PlainFit", "level", "noisy_paths", "panel_of", "plain_fit", "plain_weights"]


@dataclass(frozen=True, eq=False)
class PlainFit:
    """Weights by donor's row, gaps over all periods and the root of their mean square over the fitted ones."""

    weights: Floats
    intercept: float
    gaps: Floats
    rmspe: float


def plain_weights(target: Floats, donors: Floats) -> Floats:
    """Return the weights on the simplex that bring donors, in rows, nearest to the target.

    With u = s w the distance splits into s^2 ||w'Y - y||^2 + (s - 1)^2 c^2, so that any c > 0 gives the best w.
    """
    away = donors - target
    size = np.linalg.norm(away, axis=1).mean()
    stacked = np.vstack([away.T, np.full(len(donors), size)])
    found, _ = nnls(stacked, np.append(np.zeros(len(target)), size), maxiter=1000)
    weights: Floats = found / found.sum()
    return weights


def plain_fit(paths: Floats, row: int, donors: Sequence[int], pre: Sequence[int], *, intercept: bool) -> PlainFit:
    """Fit one unit by others on some columns."""
    early = paths[:, list(pre)]
    used = early - early.mean(axis=1, keepdims=True) if intercept else early
    weights = np.zeros(len(paths))
    weights[list(donors)] = plain_weights(used[row], used[list(donors)])
    synthetic = np.zeros(paths.shape[1])
    for j in donors:
        if weights[j] > 0:
            synthetic += weights[j] * paths[j]
    shift = float((early[row] - synthetic[list(pre)]).mean()) if intercept else 0.0
    gaps = paths[row] - synthetic - shift
    return PlainFit(weights, shift, gaps, float(np.sqrt(np.mean(gaps[list(pre)] ** 2))))


def noisy_paths(seed: int, units: int = 7, periods: int = 14) -> Floats:
    """Draw paths with levels, slopes and noise: fewer donors than fitted periods, so that weights are unique."""
    rng = np.random.default_rng(seed)
    clock = np.arange(periods)
    paths: Floats = rng.normal(10, 2, (units, 1)) + rng.normal(0.3, 0.2, (units, 1)) * clock
    return paths + rng.normal(0, 0.5, (units, periods))


def panel_of(
    series: Mapping[str, ArrayLike],
    *,
    units: Sequence[str] | None = None,
    first: int = 2001,
    labels: Mapping[str, str] | None = None,
) -> Panel:
    """Wrap matrices as a panel with units A, B, C, ... and yearly periods."""
    values = {name: np.array(matrix, dtype=float) for name, matrix in series.items()}
    count, length = next(iter(values.values())).shape
    return Panel(
        units=tuple(units or [chr(ord("A") + k) for k in range(count)]),
        periods=tuple(range(first, first + length)),
        values=values,
        series={name: SeriesInfo(name, f"invented {name}", "1") for name in values},
        labels=labels or {},
    )


def level(name: str = "y", margin: float | None = None, unit: str = "1") -> Outcome:
    """Return an outcome on a level scale, up being good."""
    return Outcome(name, role="development" if margin else None, good="up", margin=margin, scale="level", unit=unit)
