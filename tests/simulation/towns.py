"""Coverage of intervals and bands around staggered effects on units in towns that are treated as a whole.

``python -m tests.simulation.towns N`` prints the table of docs/explanation/moments.md with N panels a row. Towns have
two, five or eight units, which share three tenths of the variance of their noise; the rest is as in `staggered`:
cohorts are drawn, noise is carried over, shared between two outcomes, and of another size in each cohort and unit.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import numpy as np

from pilotzone.evaluation.many import Comparison, aggregate_effects
from pilotzone.evaluation.many.passes.general import general_effects
from pilotzone.store import PanelColumns, PanelFacts, UnitBatch
from tests.simulation.staggered import COHORTS, KINDS, LAYOUT, NORMAL, PERIODS, SHARES, expected, population, printed
from tests.simulation.staggered import told_events as events_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pilotzone.store import Kernel, RowKernel

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

State = TypeVar("State")

SEED = 20169
TOWNS = (10, 20, 40, 100, 400)
SIZES = np.array([2, 5, 8])
SHARED = 0.3


class Coverage(NamedTuple):
    """Shares that cover: event times and overall averages with normal critical values, over all panels.

    Then as printed, by event times: intervals, bands that hold all of an outcome's together, and how many are told.
    """

    events: float
    overall: float
    printed: float
    bands: float
    told: float


class Memory:
    """A panel in memory: an engine that does nothing but hand it over."""

    name = "memory"
    columns = PanelColumns("unit", "time", "cohort", LAYOUT.outcomes, "town")

    def __init__(self, batch: UnitBatch, towns: int) -> None:
        self._batch = batch
        cohorts, counts = np.unique(batch.cohorts, return_counts=True)
        n = len(batch.cohorts)
        observed = {name: np.full(len(PERIODS), n) for name in LAYOUT.outcomes}
        self._facts = PanelFacts(
            PERIODS, cohorts, counts.astype(np.int64), observed, n * len(PERIODS), n, np.arange(towns)
        )

    def facts(self) -> PanelFacts:
        """Return what it holds."""
        return self._facts

    def row_facts(self) -> PanelFacts:
        """Return the same."""
        return self._facts

    def carry(self, kernel: Kernel[State]) -> State:
        """Return what a kernel makes of it."""
        return kernel.take(self._batch)

    def carry_rows(self, kernel: RowKernel[State]) -> State:
        """Refuse: its rows are not units."""
        raise NotImplementedError


def draw(towns: int, means: Floats, rng: np.random.Generator) -> Memory:
    """Draw towns of random cohorts with their units."""
    size = SIZES[np.arange(towns) % len(SIZES)]
    town = np.repeat(np.arange(towns), size)
    cohort = rng.choice(len(COHORTS), towns, p=SHARES)[town]
    n, T = len(town), len(PERIODS)
    spread = np.array([0.5, 1.0, 1.5, 0.8])[cohort] * np.exp(0.3 * rng.normal(size=n))
    own, shared = rng.normal(size=(2, n, T)), rng.normal(size=(2, towns, T))[:, town]
    noise = np.sqrt(1 - SHARED) * own + np.sqrt(SHARED) * shared
    noise[1] = 0.6 * noise[0] + 0.8 * noise[1]
    for t in range(1, T):
        noise[:, :, t] += 0.5 * noise[:, :, t - 1]
    parts = rng.normal(0, 3, (2, n, 1)) + spread[:, None] * noise + means[cohort].reshape(n, 2, T).transpose(1, 0, 2)
    values = dict(zip(LAYOUT.outcomes, parts, strict=True))
    return Memory(UnitBatch(COHORTS[cohort], values, town.astype(np.int64)), towns)


def simulate(count: int, towns: int, seed: int = SEED) -> Coverage:
    """Return the shares that cover over panels in which no cohort is empty."""
    rng = np.random.default_rng(seed)
    means, how = expected(parallel=True), Comparison("never_treated")
    cells, averages = population(means, how)
    events = events_of(cells, averages)
    overall = np.array([row.at is None for row in averages.rows])
    found: list[tuple[float, ...]] = []
    while len(found) < count:
        panel = draw(towns, means, rng)
        if len(panel.facts().cohorts) < len(COHORTS):
            continue
        effects = general_effects(panel, how)
        several = aggregate_effects(effects, *KINDS)
        within = np.abs(several.estimate - averages.estimate) <= NORMAL * several.se
        as_printed = printed(effects, several, averages.estimate, events)
        found.append((within[events].mean(), within[overall].mean(), *as_printed))
    rows = np.array(found)
    # Where the guard told nothing in any panel there is nothing to cover.
    shares = [row[~np.isnan(row)].mean() if (~np.isnan(row)).any() else np.nan for row in rows.T]
    return Coverage(*map(float, shares))


def main(count: int) -> None:
    """Print coverage in percent."""
    print(f"{count} panels a row, seed {SEED}")  # noqa: T201 - a script that prints
    for towns in TOWNS:
        row = simulate(count, towns)
        cells = " | ".join("none" if np.isnan(share) else f"{100 * share:.1f}" for share in row)
        print(f"| {towns * 5} | {towns} | {cells} |", flush=True)  # noqa: T201 - a script that prints


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5000)
