"""Coverage of averages where units lack an outcome altogether, so that cohorts count by those that have it.

``python -m tests.simulation.absent N`` prints the table of docs/explanation/moments.md with N panels a row. Cohorts are
drawn, and so is who has the outcome: of the cohort with the largest effect few have it. What is covered are averages
over those that do, with cohorts' shares as random as outcomes are; trends differ between cohorts in half of the rows. A
second outcome, which all units have, stands beside it.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import numpy as np

from pilotzone.evaluation.many import aggregate_effects
from pilotzone.evaluation.many.passes.general import general_effects
from pilotzone.store import PanelColumns, UnitBatch
from pilotzone.store.survey import SurveyKernel
from tests.simulation.staggered import COHORTS, KINDS, LAYOUT, LEVEL, NORMAL, PERIODS, SEED, SHARES, expected

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pilotzone.store import Kernel, PanelFacts, RowKernel

    Floats = NDArray[np.float64]

State = TypeVar("State")

HAVE: Floats = np.array([0.25, 0.9, 0.6, 0.75])
"""Share of each cohort's units that have the outcome at all."""


class Coverage(NamedTuple):
    """Shares of intervals that cover the four overall averages: as estimated, and with shares taken as given.

    `panel` covers what averages would be were cohorts weighed by all their units.
    """

    overall: float
    given: float
    panel: float


def averages_of(means: Floats, shares: Floats) -> Floats:
    """Return the four overall averages of the first outcome in the population, cohorts having these shares."""
    time = np.array(PERIODS)
    first = means[:, : len(PERIODS)]
    cells: list[tuple[int, int, float]] = []
    for k, cohort in enumerate(COHORTS[:-1].tolist()):
        base = PERIODS.index(cohort - 1)
        gap = (first[k] - first[k, base]) - (first[-1] - first[-1, base])
        cells += [(k, t, float(gap[t])) for t in range(len(time)) if time[t] >= cohort]
    own = np.array([k for k, _, _ in cells])
    since = np.array([time[t] - COHORTS[k] for k, t, _ in cells])
    period = np.array([t for _, t, _ in cells])
    value = np.array([v for _, _, v in cells])
    weight = shares[own]

    def by(group: NDArray[np.int64]) -> float:
        return float(np.mean([np.average(value[group == g], weights=weight[group == g]) for g in np.unique(group)]))

    by_cohort = [value[own == k].mean() for k in range(3)]
    found = {
        "simple": float(np.average(value, weights=weight)),
        "dynamic": by(since),
        "group": float(np.average(by_cohort, weights=shares[:3])),
        "calendar": by(period),
    }
    return np.array([found[kind] for kind in KINDS])


class Memory:
    """A panel in memory: an engine that does nothing but hand it over."""

    name = "memory"
    columns = PanelColumns("unit", "time", "cohort", LAYOUT.outcomes)

    def __init__(self, batch: UnitBatch) -> None:
        self._batch = batch
        n = len(batch.cohorts)
        self._facts = SurveyKernel().take(batch).facts(PERIODS, n * len(PERIODS), None)

    def facts(self) -> PanelFacts:
        """Return what it holds."""
        return self._facts

    def row_facts(self) -> PanelFacts:
        """Refuse: its rows are not units."""
        raise NotImplementedError

    def carry(self, kernel: Kernel[State]) -> State:
        """Return what a kernel makes of it."""
        return kernel.take(self._batch)

    def carry_rows(self, kernel: RowKernel[State]) -> State:
        """Refuse: its rows are not units."""
        raise NotImplementedError


def drawn(units: int, means: Floats, rng: np.random.Generator) -> Memory:
    """Draw one panel: an outcome that some units have, and another that all have."""
    cohort = rng.choice(len(COHORTS), units, p=SHARES)
    has = rng.random(units) < HAVE[cohort]
    spread = np.array([0.5, 1.0, 1.5, 0.8])[cohort] * np.exp(0.3 * rng.normal(size=units))
    noise = rng.normal(size=(2, units, len(PERIODS)))
    for t in range(1, len(PERIODS)):
        noise[:, :, t] += 0.5 * noise[:, :, t - 1]
    both = spread[:, None] * noise + means[cohort].reshape(units, 2, -1).transpose(1, 0, 2)
    gain = np.where(has[:, None], both[0], np.nan)
    return Memory(UnitBatch(COHORTS[cohort], {"gain": gain, "harm": both[1]}))


def simulate(count: int, *, units: int = 1000, parallel: bool = True, seed: int = SEED) -> Coverage:
    """Return the shares that cover over so many panels."""
    rng = np.random.default_rng(seed)
    means = expected(parallel)
    truth, whole = averages_of(means, SHARES * HAVE), averages_of(means, SHARES)
    found = []
    for _ in range(count):
        effects = general_effects(drawn(units, means, rng))
        several = aggregate_effects(effects, *KINDS)
        at = np.array([row.outcome == "gain" and row.at is None for row in several.rows])
        off = several.estimate[at] - truth
        given = np.sqrt(aggregate_effects(effects, *KINDS, shares="given").covariance.diagonal()[at])
        inside = np.abs(off) <= NORMAL * several.se[at]
        short = np.abs(off) <= NORMAL * given
        panel = np.abs(several.estimate[at] - whole) <= NORMAL * several.se[at]
        found.append((inside.mean(), short.mean(), panel.mean()))
    return Coverage(*np.mean(found, axis=0).tolist())


def main(count: int) -> None:
    """Print the table."""
    print(f"{count} panels a row, seed {SEED}, intervals at {LEVEL:.0%}")  # noqa: T201 - a script that prints
    for parallel in (True, False):
        for units in (200, 1000):
            row = simulate(count, units=units, parallel=parallel)
            words = " | ".join(f"{100 * share:.1f}" for share in row)
            print(f"| {'parallel' if parallel else 'not parallel'} | {units} | {words} |", flush=True)  # noqa: T201


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2_000)
