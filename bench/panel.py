"""The panel that every program of a bench is given: simulated paths, two outcomes, an effect on one unit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from pilotzone.core import Panel

    Floats = NDArray[np.float64]

__all__ = ["Simulated", "simulate"]

EFFECT = 0.05
FACTORS = 2
SEED = 20161


@dataclass(frozen=True, eq=False)
class Simulated:
    """Paths of one treated unit, the first, and its donors.

    Attributes
    ----------
    units
        Names, sorted, the treated one first.
    periods
        Years.
    before
        How many periods are before the treatment and fitted.
    paths
        Outcome to paths, shape (units, periods).
    """

    units: tuple[str, ...]
    periods: tuple[int, ...]
    before: int
    paths: dict[str, Floats]

    @property
    def start(self) -> int:
        """First treated period."""
        return self.periods[self.before]

    def panel(self) -> Panel:
        """Return the paths as pilotzone takes them."""
        from pilotzone.core import Panel, SeriesInfo

        series = {name: SeriesInfo(name, name, "1") for name in self.paths}
        return Panel(units=self.units, periods=self.periods, values=dict(self.paths), series=series)

    def long(self) -> pd.DataFrame:
        """Return the paths as a table of unit, time, treated (0 or 1) and outcomes, as other programs take them."""
        import pandas as pd

        count, length = len(self.units), len(self.periods)
        frame = pd.DataFrame({"unit": np.repeat(self.units, length), "time": np.tile(self.periods, count)})
        frame["treated"] = ((frame["unit"] == self.units[0]) & (frame["time"] >= self.start)).astype(int)
        for name, paths in self.paths.items():
            frame[name] = paths.ravel()
        return frame


def simulate(donors: int, *, before: int = 30, after: int = 10, outcomes: int = 2, seed: int = SEED) -> Simulated:
    """Draw a panel: unit levels, a common trend, two factors with unit loadings, and noise, in logs."""
    rng = np.random.default_rng([seed, donors])
    units, periods = donors + 1, before + after
    paths = {}
    for k in range(outcomes):
        factors = np.cumsum(rng.normal(0, 0.01, (FACTORS, periods)), axis=1)
        trend = np.cumsum(rng.normal(0.08, 0.02, periods))
        drawn = rng.normal(0, 0.3, (units, 1)) + trend + rng.normal(size=(units, FACTORS)) @ factors
        drawn += rng.normal(0, 0.02, (units, periods))
        drawn[0, before:] += EFFECT
        paths[f"y{k + 1}"] = drawn
    names = tuple(f"U{k:05d}" for k in range(units))
    return Simulated(names, tuple(range(1981, 1981 + periods)), before, paths)
