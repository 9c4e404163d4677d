"""Coverage of conformal sets at the true effect beside that of placebo sets, and how wide both are.

``python -m tests.simulation.conformal N`` prints the table with N panels a row; docs/explanation/intervals.md shows it.
The treated unit is drawn uniformly, so that placebo ranks are exact in every row; errors over time are exchangeable in
some rows and not in others.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import Outcome
from pilotzone.evaluation.few import FewDesign, conformal_p, conformal_set, estimate_few
from pilotzone.judgement import confidence_set
from tests.simulation.panels import Process, make_panel, simulate_paths

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pilotzone.core import EffectSet

SEED = 20217
EFFECT = 0.1
ALPHA = 0.1
OUTCOME = Outcome("gain", role=None, good="up", margin=None, scale="log")
CALM = Process(units=20, anticipation=0, persistence=0.0)
MEASURED = 500
"""Panels of a row on which sets are made whole; on all of them the true effect is tested."""

KINDS = ("conformal, cyclic shifts", "conformal, all choices", "conformal, first year alone", "placebo, mean gap")

ROWS: dict[str, Process] = {
    "exchangeable": CALM,
    "common factors that wander": replace(CALM, factor=0.01),
    "AR(1), 0.5": replace(CALM, persistence=0.5),
    "AR(1), 0.9": replace(CALM, persistence=0.9),
}

BEFORE = (10, 16)


def simulate(count: int, process: Process = CALM, *, seed: int = SEED, measured: int = MEASURED) -> NDArray[np.float64]:
    """Return, panel by panel and kind by kind, whether the truth is covered and the length, shape (count, kinds, 2).

    Lengths are missing where they are not measured.
    """
    rng = np.random.default_rng(seed)
    found = np.full((count, len(KINDS), 2), np.nan)
    for k in range(count):
        paths = simulate_paths(process, rng)
        treated = int(rng.integers(process.units))
        paths[treated, process.before :] += EFFECT
        window = (process.start, process.start + process.after - 1)
        design = FewDesign(f"U{treated:02d}", start=process.start, window=window, estimator="sc_intercept")
        effects = estimate_few(make_panel(process, {"gain": paths}), [OUTCOME], design)
        placebo = confidence_set(effects.joint, "gain", alpha=ALPHA)
        found[k, :, 0] = (
            conformal_p(effects, "gain", EFFECT) > ALPHA,
            conformal_p(effects, "gain", EFFECT, permutations="iid") > ALPHA,
            conformal_p(effects, "gain", EFFECT, period=process.start) > ALPHA,
            EFFECT in placebo,
        )
        if k < measured:
            found[k, 0, 1] = length(conformal_set(effects, "gain", alpha=ALPHA))
            found[k, 2, 1] = length(conformal_set(effects, "gain", alpha=ALPHA, period=process.start))
            found[k, 3, 1] = length(placebo)
    return found


def length(found: EffectSet) -> float:
    """Return the length of all intervals together."""
    return sum(item.high - item.low for item in found.intervals)


def main(count: int) -> None:
    """Print coverage in percent, with its Monte Carlo standard error at the nominal level, and the median length."""
    error = 100 * np.sqrt(ALPHA * (1 - ALPHA) / count)
    print(f"{count} panels a row, seed {SEED}, Monte Carlo standard error {error:.2f}")  # noqa: T201 - a script
    for name, process in ROWS.items():
        for before in BEFORE:
            found = simulate(count, replace(process, before=before))
            cells = []
            for at in range(len(KINDS)):
                lengths = found[:, at, 1][~np.isnan(found[:, at, 1])]
                middle = f" ({np.median(lengths):.3f})" if len(lengths) else ""
                cells.append(f"{100 * found[:, at, 0].mean():.1f}{middle}")
            print(f"| {name} | {before} + {process.after} | {' | '.join(cells)} |", flush=True)  # noqa: T201 - a script


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5000)
