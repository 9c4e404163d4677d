"""How often true nulls are rejected with few clusters, by t distributions as in the package and by a score bootstrap.

The package has no score bootstrap for what is seen here. ``python -m tests.simulation.scores N`` prints the table of
docs/explanation/few-treated.md with N samples a row: a difference of two groups of clusters, whose sizes and spread
differ.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from pilotzone.evaluation.many import effective_draws

Floats = NDArray[np.float64]

SEED = 20170
ALPHA = 0.05
DRAWS = 499
WEBB_UP_TO = 11


@dataclass(frozen=True)
class Setting:
    """Two groups of clusters.

    Attributes
    ----------
    treated, controls
        How many clusters there are.
    unequal
        Whether sizes are 1, 2, 3 and so on up to 5 in turn; else alike.
    spread
        Of the treated, beside that of controls.
    """

    treated: int
    controls: int
    unequal: bool = False
    spread: float = 1.0


SETTINGS = tuple(
    Setting(treated, controls, unequal, spread)
    for treated, controls in ((5, 5), (6, 14), (8, 32), (10, 40), (15, 60), (20, 80), (30, 100))
    for unequal, spread in ((False, 1.0), (False, 2.0), (True, 1.0), (True, 2.0))
)


def sizes(count: int, *, unequal: bool) -> Floats:
    """Return sizes of clusters."""
    return 1.0 + np.arange(count, dtype=np.float64) % 5 if unequal else np.ones(count)


def score_p(gap: float, influence: Floats, seed: int) -> float:
    """Return a p-value from random signs of clusters' influences, studentised (Kline and Santos 2012).

    Signs are plus and minus one, or Webb's six values where there are at most eleven clusters.
    """
    G = len(influence)
    half = np.sqrt(np.array([0.5, 1.0, 1.5])) if G <= WEBB_UP_TO else np.ones(1)
    signs = np.random.default_rng(seed).choice(np.concatenate([half, -half]), (DRAWS, G))
    sums = signs @ influence
    squares = signs**2 @ influence**2 - sums**2 / G
    factor = G / (G - 1)
    drawn = np.abs(sums) / np.sqrt(np.maximum(squares, 0.0) * factor)
    own = abs(gap) / np.sqrt(factor * (influence**2).sum())
    return float(1 + (drawn >= own * (1 - 1e-10)).sum()) / (1 + DRAWS)


def simulate(setting: Setting, count: int, seed: int = SEED) -> tuple[float, float, float]:
    """Return the effective number of the smaller group, and shares rejected by t and by the score bootstrap."""
    rng = np.random.default_rng(seed)
    both = [sizes(n, unequal=setting.unequal) for n in (setting.treated, setting.controls)]
    known = [effective_draws(size[:, None]) for size in both]
    numbers = np.array([float(draws[0]) for draws, _ in known])
    factors = np.array([float(factor[0]) for _, factor in known])
    by_t = by_scores = 0
    for _ in range(count):
        parts = []
        for sign, size, spread in ((1, both[0], setting.spread), (-1, both[1], 1.0)):
            y = spread * rng.standard_normal(len(size))
            share = size / size.sum()
            parts.append((sign * float(share @ y), sign * share * (y - share @ y)))
        gap = parts[0][0] + parts[1][0]
        squares = np.array([(part**2).sum() for _, part in parts]) * factors
        degrees = squares.sum() ** 2 / (squares**2 / (numbers - 1)).sum()
        by_t += 2 * stats.t.sf(abs(gap) / np.sqrt(squares.sum()), degrees) <= ALPHA
        influence = np.concatenate([part for _, part in parts])
        by_scores += score_p(gap, influence, int(rng.integers(2**31))) <= ALPHA
    return float(numbers.min()), by_t / count, by_scores / count


def main(count: int) -> None:
    """Print the table."""
    print(f"{count} samples a row, seed {SEED}")  # noqa: T201 - a script that prints
    for setting in SETTINGS:
        number, by_t, by_scores = simulate(setting, count)
        words = (
            f"{setting.treated} | {setting.controls} | {'1 to 5' if setting.unequal else 'alike'} | {setting.spread:g}"
        )
        row = f"| {words} | {number:.1f} | {100 * by_t:.1f} | {100 * by_scores:.1f} |"
        print(row, flush=True)  # noqa: T201 - a script that prints


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5000)
