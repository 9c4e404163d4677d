"""Size of the placebo ranks of matrix completion, which are approximate.

``python -m tests.simulation.completion N`` prints the table with N panels a row; docs/explanation/matrix-completion.md
has it.
Nothing happens in these panels and the treated unit is drawn uniformly. It is not a donor of the placebos, so that they
have one donor less than it has; the penalty is the same for all.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import Outcome
from pilotzone.evaluation.few import FewDesign, compare_estimators
from tests.simulation.panels import Process, make_panel, simulate_paths
from tests.simulation.size import monte_carlo_error

if TYPE_CHECKING:
    from numpy.typing import NDArray

SEED = 20164
ALPHAS = (0.1, 0.2)
OUTCOME = Outcome("gain", role=None, good="up", margin=None, scale="log")
PROCESSES = {
    "levels alone": Process(units=10, before=7, after=2, factor=0.0),
    "factors": Process(units=10, before=7, after=2, factor=0.01),
    "strong factors": Process(units=10, before=7, after=2, factor=0.03),
}


def ranks(process: Process, count: int, seed: int = SEED) -> NDArray[np.float64]:
    """Return the one-sided p of each panel, shape (count,)."""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(count):
        paths = simulate_paths(process, rng)
        window = (process.start, process.start + process.after - 1)
        unit = f"U{int(rng.integers(process.units)):02d}"
        design = FewDesign(unit, start=process.start, window=window, anticipation=process.anticipation)
        (row,) = compare_estimators(make_panel(process, {"gain": paths}), [OUTCOME], design, ["mc"])
        found.append(row.p_good)
    return np.array(found)


def main(count: int) -> None:
    """Print how often the rank rejects at levels that ten units attain, with Monte Carlo standard errors."""
    print(f"{count} panels a row, seed {SEED}, 10 units")  # noqa: T201 - a script that prints
    for name, process in PROCESSES.items():
        found = ranks(process, count)
        cells = " | ".join(f"{(found <= a).mean():.4f} ({monte_carlo_error(a, count):.4f})" for a in ALPHAS)
        print(f"| {name} | {cells} |", flush=True)  # noqa: T201 - a script that prints


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
