"""Coverage of confidence sets at the true effect, and how wide they are.

``python -m tests.simulation.coverage N`` prints the table with N panels a row; docs/explanation/intervals.md shows it.
The treated unit is drawn uniformly and its effect is put into the data: it is also a donor of the others.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING, get_args

import numpy as np

from pilotzone.core import Outcome, PoolRule, Statistic
from pilotzone.evaluation.few import FewDesign, estimate_few
from pilotzone.judgement import confidence_set
from pilotzone.judgement.intervals import Side
from tests.simulation.panels import Process, make_panel, simulate_paths

if TYPE_CHECKING:
    from numpy.typing import NDArray

SEED = 20163
EFFECT = 0.1
OUTCOME = Outcome("gain", role=None, good="up", margin=None, scale="log")
PROCESS = Process(units=20, factor=0.01)
KINDS: tuple[tuple[Statistic, Side], ...] = tuple((s, d) for s in get_args(Statistic) for d in get_args(Side))

SETTINGS: tuple[tuple[int, PoolRule], ...] = ((20, "symmetric"), (20, "exclude_treated"), (40, "symmetric"))


def simulate(
    count: int, *, units: int = 20, pools: PoolRule = "symmetric", alpha: float = 0.1, seed: int = SEED
) -> NDArray[np.float64]:
    """Return, panel by panel and kind by kind, whether the truth is covered and the length, shape (count, kinds, 2)."""
    rng = np.random.default_rng(seed)
    process = replace(PROCESS, units=units)
    found = np.empty((count, len(KINDS), 2))
    for k in range(count):
        paths = simulate_paths(process, rng)
        treated = int(rng.integers(units))
        paths[treated, process.before + process.anticipation :] += EFFECT
        design = FewDesign(
            f"U{treated:02d}",
            start=process.start,
            window=(process.start, process.start + process.after - 1),
            anticipation=process.anticipation,
            estimator="sc_intercept",
            pools=pools,
        )
        joint = estimate_few(make_panel(process, {"gain": paths}), [OUTCOME], design).joint
        for at, (statistic, side) in enumerate(KINDS):
            inside = confidence_set(joint, "gain", alpha=alpha, statistic=statistic, side=side)
            found[k, at] = EFFECT in inside, sum(i.high - i.low for i in inside.intervals)
    return found


def main(count: int) -> None:
    """Print coverage in percent, with its Monte Carlo standard error at the nominal level, and the median length."""
    alpha = 0.1
    error = 100 * np.sqrt(alpha * (1 - alpha) / count)
    print(f"{count} panels a row, seed {SEED}, Monte Carlo standard error {error:.2f}")  # noqa: T201 - a script
    for units, pools in SETTINGS:
        found = simulate(count, units=units, pools=pools, alpha=alpha)
        for at, (statistic, side) in enumerate(KINDS):
            covered, length = 100 * found[:, at, 0].mean(), np.median(found[:, at, 1])
            row = f"| {units - 1} | {pools} | {statistic} | {side} | {covered:.1f} | {length:.3f} |"
            print(row, flush=True)  # noqa: T201 - a script that prints


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
