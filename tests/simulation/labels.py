"""How often each verdict comes out when the truth is known, by ranks alone and with an allowance for drift.

``python -m tests.simulation.labels N M K`` prints the tables with N panels a row where a true effect is all that
differs, M where the panel is made anew for the zone, K in those of power, as docs/explanation/simulations.md shows
them. On a panel whose units are all alike five are the zone in turn.
"""

from __future__ import annotations

import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from pilotzone.core import VerdictLabel
from tests.simulation.pairs import fitted, joint_of, verdicts
from tests.simulation.panels import Process, simulate_noise, simulate_paths

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.simulation.pairs import Pair

Assignment = Literal["uniform", "fastest before", "noisiest"]
"""Which unit gets the zone: any, the one that grew most over the fitted years, or one with twice the others' noise."""

SEED = 20160
MARGIN = 0.1
PROCESS = Process(factor=0.01)
WHICH = {"by ranks": 0.0, "allowance 0.5": 0.5, "allowance 1": 1.0}
"""Verdicts by their allowance, in multiples of the zone's own largest placebo effect before."""
LABELS: tuple[VerdictLabel, ...] = (
    "green growth",
    "growth at a cost",
    "harm without growth",
    "growth, harm not excluded",
    "harm excluded, growth not shown",
    "too noisy for this margin",
)
"""What a claim of development and environment can be called where there are units and figures enough."""
ZONES = 5
"""Units of a panel that are the zone in turn, where all are alike."""
Labels = tuple[VerdictLabel, ...]


@dataclass(frozen=True)
class Scenario:
    """A truth and a way of choosing the zone.

    Attributes
    ----------
    name
        Words for the table.
    gain, harm
        True effects on the two outcomes; the margin is 0.1 on both.
    process
        What the data are like.
    assignment
        Which unit gets the zone.
    divergence
        Mean over the window of a linear divergence of the zone's gain that begins with the data, in margins.
    """

    name: str
    gain: float = 0.0
    harm: float = 0.0
    process: Process = PROCESS
    assignment: Assignment = "uniform"
    divergence: float = 0.0


TRUTHS = (
    Scenario("nothing"),
    Scenario("gain 0.2", gain=0.2),
    Scenario("gain 0.2, harm at the margin", gain=0.2, harm=MARGIN),
    Scenario("gain 0.2, harm 0.3", gain=0.2, harm=0.3),
    Scenario("harm 0.3", harm=0.3),
    Scenario("loss 0.2", gain=-0.2),
)
STRESSES = (
    Scenario("nothing, the zone grew fastest before", assignment="fastest before"),
    Scenario("nothing, the zone has twice the noise", assignment="noisiest"),
    Scenario("nothing, gain diverges by 1 margin", divergence=1.0),
    Scenario("nothing, gain diverges by 2 margins", divergence=2.0),
)
POWERS = tuple(
    Scenario(
        f"{units - 1} donors, {before} years before", gain=0.2, process=replace(PROCESS, units=units, before=before)
    )
    for units in (21, 31, 41, 61)
    for before in (6, 10, 20)
)


def drawn(scenario: Scenario, rng: np.random.Generator) -> tuple[Pair, Sequence[int]]:
    """Draw a panel without effects, fit it, and choose its zone; of units that are all alike, several in turn."""
    process = scenario.process
    gain, harm = (simulate_paths(process, rng) for _ in range(2))
    zones: Sequence[int] = range(ZONES)
    if scenario.assignment == "fastest before":
        zones = [int(np.argmax(gain[:, process.before - 1] - gain[:, 0]))]
    if scenario.assignment == "noisiest":
        zones = [0]
        for path in (gain, harm):
            # Three times the variance on top of what is there: twice the standard deviation.
            path[0] += simulate_noise(replace(process, noise=process.noise * np.sqrt(3)), 1, rng)[0]
    if scenario.divergence:
        zones, clock = [0], np.arange(process.periods)
        gain[0] += scenario.divergence * MARGIN * clock / clock[process.before + process.anticipation :].mean()
    # Periods of anticipation are neither fitted nor in the window.
    seen = np.r_[: process.before, process.before + process.anticipation : process.periods]
    return fitted(gain[:, seen], harm[:, seen], process.before, (MARGIN, MARGIN)), zones


def labels(scenarios: Sequence[Scenario], count: int, seed: int = SEED) -> list[list[Labels]]:
    """Return, by scenario and zone, the verdict with each allowance.

    Parameters
    ----------
    scenarios
        Those that differ in nothing but the true effects, which need no new fit.
    count, seed
        Number of panels, and seed of the draws.
    """
    rng = np.random.default_rng(seed)
    found: list[list[Labels]] = [[] for _ in scenarios]
    for _ in range(count):
        pair, zones = drawn(scenarios[0], rng)
        for scenario, rows in zip(scenarios, found, strict=True):
            effects = (scenario.gain, scenario.harm)
            rows.extend(verdicts(joint_of(pair, zone, effects), tuple(WHICH.values())) for zone in zones)
    return found


def shares(found: list[Labels]) -> dict[str, dict[VerdictLabel, float]]:
    """Return the share of each label, with each allowance."""
    counts = {which: Counter(row[k] for row in found) for k, which in enumerate(WHICH)}
    return {which: {label: counts[which][label] / len(found) for label in LABELS} for which in WHICH}


def report(scenarios: Sequence[Scenario], count: int, seed: int = SEED) -> str:
    """Return the rows of scenarios that differ in nothing but the true effects."""
    lines = []
    for scenario, found in zip(scenarios, labels(scenarios, count, seed), strict=True):
        for which, row in shares(found).items():
            cells = " | ".join(f"{100 * row[label]:.1f}" for label in LABELS)
            lines.append(f"| {scenario.name} | {which} | {count} | {len(found)} | {cells} |")
    return "\n".join(lines)


def jobs(count: int, stressed: int, power: int) -> Iterator[tuple[Sequence[Scenario], int]]:
    """Yield scenarios that share their fits, with the number of panels."""
    yield TRUTHS, count
    # The zone that grew fastest needs no panel of its own.
    yield from (([item], count if item.assignment == "fastest before" else stressed) for item in STRESSES)
    yield from (([scenario], power) for scenario in POWERS)


def main(count: int, stressed: int, power: int) -> None:
    """Print all tables, percent of verdicts by label."""
    print(f"labels by panels, seed {SEED}")  # noqa: T201 - a script that prints
    print(f"| truth | which | panels | zones | {' | '.join(LABELS)} |")  # noqa: T201 - a script that prints
    with ProcessPoolExecutor() as pool:
        for text in pool.map(report, *zip(*jobs(count, stressed, power), strict=True)):
            print(text, flush=True)  # noqa: T201 - a script that prints


if __name__ == "__main__":
    numbers = [int(item) for item in sys.argv[1:]] or [5000]
    main(numbers[0], numbers[min(1, len(numbers) - 1)], numbers[-1])
