"""How often each verdict comes out when the truth is known, with the identification checks and without them.

``python -m tests.simulation.labels N M`` prints the tables with N panels a row, M in those of power, as
docs/explanation/simulations.md shows them. Verdicts "by ranks" leave the checks aside; those "if identified" are the
verdicts of the panels that passed them (Roth 2022: passing a check changes what is reported afterwards).
"""

from __future__ import annotations

import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from pilotzone.core import Identification, Outcome, VerdictLabel
from pilotzone.evaluate.few import FewDesign, estimate_few
from pilotzone.judge import judge
from tests.simulation.panels import Process, make_panel, simulate_noise, simulate_paths

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pilotzone.core import JointEffects

    Floats = NDArray[np.float64]

Assignment = Literal["uniform", "fastest before", "noisiest"]
"""Which unit gets the zone: any, the one that grew most over the fitted years, or one with twice the others' noise."""

SEED = 20160
MARGIN = 0.1
PROCESS = Process(factor=0.01)
GAIN = Outcome("gain", role="development", good="up", margin=MARGIN, scale="level")
HARM = Outcome("harm", role="environment", good="down", margin=MARGIN, scale="level")
LABELS: tuple[VerdictLabel, ...] = get_args(VerdictLabel)


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


def draw_effects(scenario: Scenario, rng: np.random.Generator) -> JointEffects:
    """Draw a panel, choose its zone, give it its effects, and estimate them."""
    process = scenario.process
    paths = {name: simulate_paths(process, rng) for name in ("gain", "harm")}
    before = paths["gain"][:, : process.before]
    chosen = int(rng.integers(process.units))
    if scenario.assignment == "fastest before":
        chosen = int(np.argmax(before[:, -1] - before[:, 0]))
    if scenario.assignment == "noisiest":
        for path in paths.values():
            # Three times the variance on top of what is there: twice the standard deviation.
            path[chosen] += simulate_noise(replace(process, noise=process.noise * np.sqrt(3)), 1, rng)[0]
    after = slice(process.before + process.anticipation, None)
    paths["gain"][chosen, after] += scenario.gain
    paths["harm"][chosen, after] += scenario.harm
    clock = np.arange(process.periods)
    paths["gain"][chosen] += scenario.divergence * MARGIN * clock / clock[after].mean()
    window = (process.start, process.start + process.after - 1)
    design = FewDesign(f"U{chosen:02d}", start=process.start, window=window, anticipation=process.anticipation)
    return estimate_few(make_panel(process, paths), [GAIN, HARM], design).joint


def passed(effects: JointEffects) -> JointEffects:
    """Return the effects as if every check had been passed."""
    checks = tuple(
        Identification(item.outcome, tuple(replace(check, state="passed") for check in item.checks))
        for item in effects.identification
    )
    return replace(effects, identification=checks)


def labels(scenario: Scenario, count: int, seed: int = SEED) -> list[tuple[VerdictLabel, VerdictLabel]]:
    """Return, panel by panel, the verdict and the verdict by ranks alone."""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(count):
        effects = draw_effects(scenario, rng)
        found.append((judge(effects).label, judge(passed(effects)).label))
    return found


def shares(found: list[tuple[VerdictLabel, VerdictLabel]]) -> dict[str, dict[VerdictLabel, float]]:
    """Return the share of each label among all verdicts, those by ranks, and those of panels that were identified."""
    kinds: dict[str, list[VerdictLabel]] = {
        "verdict": [verdict for verdict, _ in found],
        "by ranks": [ranks for _, ranks in found],
        "if identified": [verdict for verdict, _ in found if verdict != "not identified"],
    }
    counts = {kind: Counter(items) for kind, items in kinds.items()}
    return {
        kind: {label: counts[kind][label] / max(1, len(items)) for label in LABELS} for kind, items in kinds.items()
    }


def report(scenario: Scenario, count: int) -> str:
    """Return the rows of one scenario."""
    lines = []
    for kind, row in shares(labels(scenario, count)).items():
        cells = " | ".join(f"{100 * row[label]:.1f}" for label in LABELS)
        lines.append(f"| {scenario.name} | {kind} | {cells} |")
    return "\n".join(lines)


def main(count: int, power_count: int) -> None:
    """Print all tables, percent of panels by label."""
    print(f"{count} panels a row, {power_count} in those of power, seed {SEED}")  # noqa: T201 - a script that prints
    print(f"| truth | which | {' | '.join(LABELS)} |")  # noqa: T201 - a script that prints
    rows = [(scenario, count) for scenario in (*TRUTHS, *STRESSES)] + [(scenario, power_count) for scenario in POWERS]
    with ProcessPoolExecutor() as pool:
        for text in pool.map(report, *zip(*rows, strict=True)):
            print(text, flush=True)  # noqa: T201 - a script that prints


if __name__ == "__main__":
    numbers = [int(item) for item in sys.argv[1:]] or [5000]
    main(numbers[0], numbers[-1])
