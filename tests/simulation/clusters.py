"""How often true nulls are rejected where treated clusters differ in size, counted and by their effective number.

``python -m tests.simulation.clusters N`` prints the table of docs/explanation/few-treated.md with N samples a row.
Fifty control clusters of one unit; treated ones of the sizes given, whose units share a part of their noise.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from pilotzone.evaluation.many import effective_draws

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

SEED = 20166
ALPHA = 0.05
CONTROLS = 50
SHARED = (1.0, 0.2, 0.02)
"""Part of the variance that a cluster's units share."""

SIZES: tuple[tuple[int, ...], ...] = (
    (16, 1, 1, 1, 1),
    (8, 4, 2, 1, 1, 1),
    (4, 1, 1, 1, 1, 1),
    (10, 5, 5, 2, 2, 1, 1, 1),
    (5, 4, 3, 2, 1, 1, 1),
    (20, 10, 10, 5, 5, 5, 2, 2, 1, 1),
    (30, 20, 15, 10, 5, 5, 5, 3, 3, 2, 1, 1),
    (10,) * 6,
    (100, *(5,) * 40),
    (10,) * 5 + (1,) * 20,
    (50, *(5,) * 30),
)


def rejected(sizes: tuple[int, ...], shared: float, count: int, seed: int = SEED) -> tuple[float, float, float]:
    """Return the effective number of treated clusters, and shares rejected with their count and with that number."""
    rng = np.random.default_rng(seed)
    size = np.array(sizes, dtype=np.float64)
    draws, factors = effective_draws(size[:, None])
    effective = float(draws[0])
    treated = rng.standard_normal((count, len(size))) * np.sqrt(shared + (1 - shared) / size)
    controls = rng.standard_normal((count, CONTROLS))
    mean = treated @ size / size.sum()
    squares = (((treated - mean[:, None]) * size / size.sum()) ** 2).sum(axis=1)
    rest = controls.var(axis=1, ddof=1) / CONTROLS
    gap = np.abs(mean - controls.mean(axis=1))
    found = []
    for number, factor in ((len(size), len(size) / (len(size) - 1)), (effective, factors[0])):
        part = squares * factor
        total = part + rest
        degrees = total**2 / (part**2 / (number - 1) + rest**2 / (CONTROLS - 1))
        found.append(float((2 * stats.t.sf(gap / np.sqrt(total), degrees) <= ALPHA).mean()))
    return effective, found[0], found[1]


def words(sizes: tuple[int, ...]) -> str:
    """Return sizes of clusters, those that come several times in a row once."""
    runs: list[list[int]] = []
    for size in sizes:
        if runs and runs[-1][0] == size:
            runs[-1][1] += 1
        else:
            runs.append([size, 1])
    return ", ".join(str(size) if times == 1 else f"{times} of {size}" for size, times in runs)


def main(count: int) -> None:
    """Print the table."""
    print(f"{count} samples a row, seed {SEED}")  # noqa: T201 - a script that prints
    for sizes in sorted(SIZES, key=lambda sizes: float(effective_draws(np.array(sizes)[:, None])[0][0])):
        rows = [rejected(sizes, shared, count) for shared in SHARED]
        cells = " | ".join(f"{100 * counted:.1f} | {100 * here:.1f}" for _, counted, here in rows)
        text = f"| {words(sizes)} | {len(sizes)} | {rows[0][0]:.1f} | {cells} |"
        print(text, flush=True)  # noqa: T201 - a script that prints


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000)
