"""Simulated panels with a fake zone: the processes of ADR 0030, beside the real panels of `fake_zones`.

``python -m tests.simulation.fake_processes N`` prints how often each statistic finds a gain in each scenario: N / 125
panels a process, and of 200 units three eighths of that. What needs no new fit, as a constant effect or a zone chosen
from what was drawn, is counted on four times as many. docs/explanation/strength.md shows the means of N = 5,000.
"""

from __future__ import annotations

import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from tests.simulation.fake_zones import EFFECTS, MARGIN, SCENARIOS, FakePanel, count, show
from tests.simulation.placebos import most_ranks, with_effect
from tests.simulation.refits import Refits

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tests.simulation.placebos import Placebos

    Floats = NDArray[np.float64]

__all__ = ["PROCESSES", "Drawn", "FakeProcess", "drawn", "process_shares"]

SEED = 20161
REFITTED = ("late divergence", "old divergence", "level break", "dip before")
_PLAIN = 4
"""Panels on which nothing is fitted anew, for each on which something is."""
_STEP, _NOISE = 0.01, 0.02
"""Standard deviation of a factor's step times a loading's, and of the noise; logs."""


@dataclass(frozen=True)
class FakeProcess:
    """Two factors that walk at random, with loadings that differ, and noise about them.

    Attributes
    ----------
    units, before, window
        Units with the zone, periods before its date and from it on.
    persistence
        Of the AR(1) noise.
    tails
        Of its innovations: normal, or Student's t with three degrees of freedom and the same variance.
    waves
        Weekly and yearly waves as daily sales have them, their heights and the phase of the yearly one each unit's own.
    """

    units: int = 20
    before: int = 15
    window: int = 5
    persistence: float = 0.5
    tails: Literal["normal", "t3"] = "normal"
    waves: bool = False


PROCESSES: dict[str, FakeProcess] = {
    "20 units, 15 before": FakeProcess(),
    "noise of 0.9": FakeProcess(persistence=0.9),
    "t3 noise": FakeProcess(tails="t3"),
    "8 periods before": FakeProcess(before=8),
    "40 periods before": FakeProcess(before=40),
    "50 units": FakeProcess(units=50),
    "50 units, noise of 0.9, t3": FakeProcess(units=50, persistence=0.9, tails="t3"),
    "200 units": FakeProcess(units=200),
    "daily waves": FakeProcess(before=400, window=14, waves=True),
}


@dataclass(frozen=True, eq=False)
class Drawn:
    """What units share, shape (n, T), and the noise of each, shape (n, T)."""

    common: Floats
    noise: Floats

    @property
    def paths(self) -> Floats:
        """What is observed, shape (n, T)."""
        found: Floats = self.common + self.noise
        return found


def drawn(process: FakeProcess, rng: np.random.Generator) -> Drawn:
    """Draw a panel in which nothing happens, all units exchangeable."""
    units, periods = process.units, process.before + process.window
    loadings = rng.uniform(-1, 1, (units, 2)) * np.sqrt(3)
    common = rng.normal(0, 0.3, (units, 1)) + loadings @ np.cumsum(rng.normal(0, _STEP, (2, periods)), axis=1)
    if process.waves:
        common = common + _waves(units, periods, rng)
    if process.tails == "t3":
        steps = rng.standard_t(3, (units, periods)) / np.sqrt(3)
    else:
        steps = rng.normal(0, 1, (units, periods))
    noise = np.empty((units, periods))
    noise[:, 0] = _NOISE * steps[:, 0]
    scale = _NOISE * np.sqrt(1 - process.persistence**2)
    for t in range(1, periods):
        noise[:, t] = process.persistence * noise[:, t - 1] + scale * steps[:, t]
    return Drawn(common, noise)


def _waves(units: int, periods: int, rng: np.random.Generator) -> Floats:
    """Draw heights from a tenth to three tenths, and a yearly phase that differs by up to three weeks either way."""
    day = np.arange(periods)
    week, phase = rng.normal(0, 1, 7), rng.uniform(-21, 21, (units, 1))
    weekly = (week - week.mean()) / week.std()
    heights = rng.uniform(0.1, 0.3, (2, units, 1))
    found: Floats = heights[0] * weekly[day % 7] + heights[1] * np.sin(2 * np.pi * (day + phase) / 365.25)
    return found


def process_shares(process: FakeProcess, draws: int, seed: int = SEED) -> dict[tuple[str, str, float], float]:
    """Return how often each statistic finds a gain in each scenario, with at least each allowance.

    Parameters
    ----------
    process
        What is drawn.
    draws
        Panels on which something is fitted anew, with one zone each.
    seed
        Of the draws.

    Returns
    -------
    dict
        Statistic, scenario and least breakdown to a share of panels.
    """
    rng = np.random.default_rng(seed)
    hits: dict[tuple[str, str, float], list[bool]] = {}
    for number in range(_PLAIN * draws):
        panel_drawn = drawn(process, rng)
        panel = FakePanel("simulated", panel_drawn.paths, process.before)
        fits = Refits(panel.paths, panel.before)
        plain = fits.plain
        margin = MARGIN * float(plain.mean_gap.std(ddof=1))
        zone = int(rng.integers(process.units))
        for name, times in EFFECTS.items():
            count(hits, name, with_effect(plain, zone, times * margin), zone, 1)
        _count_chosen(hits, panel, plain)
        if number < draws:
            for name in REFITTED:
                changed = SCENARIOS[name](panel, plain, zone, margin)
                count(hits, name, fits.changed(changed, zone), zone, 1)
            noisy = panel.paths.copy()
            noisy[zone] += panel_drawn.noise[zone]
            count(hits, "noisy zone", fits.changed(noisy, zone), zone, 1)
    return {key: float(np.mean(values)) for key, values in hits.items()}


def _count_chosen(hits: dict[tuple[str, str, float], list[bool]], panel: FakePanel, plain: Placebos) -> None:
    """Count zones chosen from what is known at the date: for growth, and for a low that need not last."""
    early = panel.paths[:, : panel.before]
    growth = early[:, -3:].mean(axis=1) - early[:, : panel.before - 3].mean(axis=1)
    low = early[:, -2:].mean(axis=1) - early[:, : panel.before - 2].mean(axis=1)
    count(hits, "chosen for growth", plain, int(growth.argmax()), 1)
    count(hits, "chosen for a low", plain, int(low.argmin()), 1)


def _told(name: str, draws: int) -> dict[tuple[str, str, float], float]:
    process = PROCESSES[name]
    return process_shares(process, draws if process.units <= 100 else max(1, 3 * draws // 8))


def main() -> None:
    """Print a table for each process, and the mean over them."""
    draws = max(1, (int(sys.argv[1]) if len(sys.argv) > 1 else 5000) // 125)
    # The largest first: the longest is not what all wait for at the end.
    names = sorted(PROCESSES, key=lambda name: -PROCESSES[name].units * PROCESSES[name].before)
    tables = []
    with ProcessPoolExecutor() as pool:
        for name, table in zip(names, pool.map(_told, names, [draws] * len(names)), strict=True):
            process = PROCESSES[name]
            level = most_ranks(process.units) / process.units
            size = f"{process.units} units (level {level:.3f}), {process.before} + {process.window} periods"
            show(f"{name}: {size}", table)
            tables.append(table)
    show("mean over processes", {key: float(np.mean([table[key] for table in tables])) for key in tables[0]})
    show("lowest over processes", {key: min(table[key] for table in tables) for key in tables[0]})
    show("highest over processes", {key: max(table[key] for table in tables) for key in tables[0]})


if __name__ == "__main__":
    main()
