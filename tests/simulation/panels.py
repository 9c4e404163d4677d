"""Panels with known truth, for simulations of size, power and identification.

Outcomes are logs: unit and period effects, two common factors with unit loadings, and AR(1) noise. The treated unit
is one of the exchangeable units, so that placebo ranks are exact by construction.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import Panel, SeriesInfo

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

__all__ = ["Process", "make_panel", "simulate_noise", "simulate_paths"]


@dataclass(frozen=True)
class Process:
    """A data-generating process.

    Attributes
    ----------
    units, before, anticipation, after
        Units (the treated one counted), fitted periods, anticipation periods and treated periods.
    factor
        Standard deviation of a factor's yearly step times a loading's.
    noise, persistence
        Standard deviation of the AR(1) noise and its coefficient.
    level
        Standard deviation of unit effects.
    """

    units: int = 21
    before: int = 10
    anticipation: int = 1
    after: int = 4
    factor: float = 0.0
    noise: float = 0.02
    persistence: float = 0.5
    level: float = 0.3

    @property
    def periods(self) -> int:
        """Number of periods."""
        return self.before + self.anticipation + self.after

    @property
    def start(self) -> int:
        """First treated period, counting from 2001."""
        return 2001 + self.before + self.anticipation


def simulate_paths(process: Process, rng: np.random.Generator) -> NDArray[np.float64]:
    """Draw the untreated outcome of all units, shape (units, periods)."""
    loadings = rng.uniform(-1, 1, (process.units, 2)) * np.sqrt(3)
    factors = np.cumsum(rng.normal(0, process.factor, (2, process.periods)), axis=1)
    noise = simulate_noise(process, process.units, rng)
    common = np.cumsum(rng.normal(0.08, 0.02, process.periods))
    paths: NDArray[np.float64] = rng.normal(0, process.level, (process.units, 1)) + common + loadings @ factors + noise
    return paths


def simulate_noise(process: Process, units: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Draw the AR(1) noise of some units alone, shape (units, periods)."""
    noise = np.empty((units, process.periods))
    noise[:, 0] = rng.normal(0, process.noise, units)
    step = process.noise * np.sqrt(1 - process.persistence**2)
    for t in range(1, process.periods):
        noise[:, t] = process.persistence * noise[:, t - 1] + rng.normal(0, step, units)
    return noise


def make_panel(process: Process, paths: Mapping[str, NDArray[np.float64]]) -> Panel:
    """Wrap simulated paths as a panel with units U00, U01, ... and yearly periods from 2001."""
    return Panel(
        units=tuple(f"U{k:02d}" for k in range(process.units)),
        periods=tuple(range(2001, 2001 + process.periods)),
        values=dict(paths),
        series={name: SeriesInfo(name, f"simulated {name}", "1") for name in paths},
    )
