"""How often true nulls are rejected by lot, with few treated units that vary like the others or otherwise.

``python -m tests.simulation.lots N`` prints the table of docs/explanation/by-lot.md with N samples a row. One change of
each of 30 units is drawn; the first ones are treated. Assignments are compared by the textbook's formulas of two means;
a test holds these to `randomise`.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

SEED = 20167
ALPHA = 0.05
UNITS = 30
DRAWS = 199
TREATED = (1, 2, 3, 4, 10, 15)
SPREADS = (1.0, 2.0, 0.5)
"""Standard deviation of the treated, of the others' one."""


def statistics(changes: Floats, treated: int) -> tuple[Floats, Floats]:
    """Return the effect and the effect over its standard error, by absolute value; the first units are treated."""
    mine, others = changes[..., :treated], changes[..., treated:]
    effect = np.abs(mine.mean(axis=-1) - others.mean(axis=-1))
    variance = mine.var(axis=-1) / treated + others.var(axis=-1) / (UNITS - treated)
    return effect, effect / np.sqrt(variance)


def rejected(treated: int, spread: float, count: int, seed: int = SEED) -> tuple[float, float]:
    """Return shares rejected by the effect and by the studentised effect."""
    rng = np.random.default_rng(seed)
    found = np.zeros(2)
    for _ in range(count):
        changes = rng.standard_normal(UNITS)
        changes[:treated] *= spread
        own = statistics(changes, treated)
        lots = statistics(rng.permuted(np.tile(changes, (DRAWS, 1)), axis=1), treated)
        for k in range(2):
            as_large = (lots[k] >= own[k] * (1 - 1e-9)).sum()
            found[k] += (1 + as_large) / (1 + DRAWS) <= ALPHA
    return float(found[0] / count), float(found[1] / count)


def main(count: int) -> None:
    """Print the table."""
    print(f"{count} samples a row, seed {SEED}")  # noqa: T201 - a script that prints
    for treated in TREATED:
        rows = [rejected(treated, spread, count) for spread in SPREADS]
        cells = " | ".join(f"{100 * effect:.1f} | {100 * studentised:.1f}" for effect, studentised in rows)
        print(f"| {treated} | {cells} |", flush=True)  # noqa: T201 - a script that prints


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5000)
