"""How often a rank among capitals and a rank among all cities reject where nothing happened.

``python -m tests.simulation.ranked N`` prints the table of docs/explanation/strength.md, N panels a row. Each panel has
20 provinces of five cities, the first of which is its capital. A city's yearly growth is half common to its province.
The zone's city is a capital drawn at random, and it has no effect. Where all cities are alike both ranks keep the level
on average over panels. Where capitals differ from other cities, only the rank among capitals does.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import EarlierEffects, PlaceboDraws
from pilotzone.evaluation.few.inference.drift import held_out
from pilotzone.evaluation.few.ranking import Ranking
from pilotzone.evaluation.few.register import ESTIMATORS
from pilotzone.evaluation.few.weights.material import Material
from pilotzone.judgement import one_sided_p

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Mask = NDArray[np.bool_]
    Rows = NDArray[np.intp]

__all__ = ["PROCESSES", "Process", "rejections"]

PROVINCES, CITIES, BEFORE, AFTER = 20, 5, 14, 6


@dataclass(frozen=True)
class Process:
    """What is drawn.

    Attributes
    ----------
    name
        In words.
    drift
        Growth of all capitals in the window beyond that of other cities, in standard deviations of yearly growth.
    noise
        How many times as much the growth of capitals varies.
    """

    name: str
    drift: float = 0.0
    noise: float = 1.0


PROCESSES = (
    Process("all cities alike"),
    Process("capitals grow by 0.3 sd a year more in the window", drift=0.3),
    Process("growth of capitals varies 1.5 times as much", noise=1.5),
)


def rejections(process: Process, draws: int, seed: int = 20260516) -> tuple[float, float]:
    """Return how often "no gain" is rejected at one in twenty, among capitals and among all cities.

    Each capital of a panel is the zone's in turn.
    """
    rng = np.random.default_rng(seed)
    count = PROVINCES * CITIES
    units = tuple(f"{k:03d}" for k in range(count))
    capitals = np.arange(0, count, CITIES)
    groups = tuple((unit, f"g{k // CITIES}") for k, unit in enumerate(units))
    masks = Ranking((), groups).masks(units, units[0], "symmetric")
    found = np.zeros(2)
    for _ in range(draws):
        paths = _paths(process, rng)
        for column, rows in enumerate((capitals, np.arange(count))):
            draws_of = _draws(paths, rows, masks)
            for capital in capitals:
                own = int(np.flatnonzero(rows == capital)[0])
                found[column] += one_sided_p(replace(draws_of, treated=own), 0, "excess_gap", 1) <= 1 / PROVINCES
    among, everyone = found / (draws * PROVINCES)
    return float(among), float(everyone)


def _paths(process: Process, rng: np.random.Generator) -> Floats:
    length = BEFORE + AFTER
    province = rng.normal(0, 1, (PROVINCES, length)).repeat(CITIES, axis=0)
    growth = (province + rng.normal(0, 1, (PROVINCES * CITIES, length))) / np.sqrt(2)
    growth[::CITIES] *= process.noise
    growth[::CITIES, BEFORE:] += process.drift
    paths: Floats = growth.cumsum(axis=1)
    return paths


def _draws(paths: Floats, rows: Rows, masks: Mask) -> PlaceboDraws:
    record = ESTIMATORS["sc_intercept"]
    periods = tuple(range(paths.shape[1]))
    material = Material(paths, periods, ("pre",) * BEFORE + ("window",) * (paths.shape[1] - BEFORE))
    solved = record.solve(material, rows, masks[rows])
    late = paths[:, BEFORE:]
    gaps = (late[rows] - solved.weights @ late - solved.intercept[:, None]).mean(axis=1)
    drift = held_out(material, record, rows, masks)
    earlier = EarlierEffects(drift.low[:, None], drift.high[:, None])
    names = tuple(map(str, rows))
    flat = np.zeros((len(rows), 1))
    return PlaceboDraws(names, 0, gaps[:, None], flat, solved.rmspe[:, None], "symmetric", earlier=lambda: earlier)


if __name__ == "__main__":
    for item in PROCESSES:
        among, everyone = rejections(item, int(sys.argv[1]))
        print(f"{item.name:55} among capitals {among:.3f}, among all {everyone:.3f}")  # noqa: T201 - a script that prints
