"""How often tests of the true size of an effect reject it with small cohorts, and how long their intervals are.

``python -m tests.simulation.shifts N`` prints the tables of docs/explanation/by-lot.md with N panels a row. One change
of each of 30 units is drawn, and treatment adds the same to the first ones. Averages under assignments are by the
textbook's formulas of two means; a test holds these to `randomise` and to `pooled_test`.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from itertools import combinations
from math import comb
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from pilotzone.evaluation.many import PooledTest, ShiftTest, SizeTest
from pilotzone.evaluation.many.inference.pooled import POOLED_DRAWS
from pilotzone.evaluation.many.inference.shifts import Redealt, shift_test

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

SEED = 20171
UNITS = 30
EFFECT = 1.0
ALL, DRAWS = 1_000, 499
TREATED = (2, 3, 5, 9)
TESTS = ("studentised", "effect", "pooled")


@dataclass(frozen=True)
class Noise:
    """How changes vary: drawn by `draw`, and the treated `spread` times as much."""

    name: str
    draw: Callable[[np.random.Generator, int], Floats]
    spread: float = 1.0


def normal(rng: np.random.Generator, size: int) -> Floats:
    """Return normal noise of variance one."""
    return rng.standard_normal(size)


def heavy(rng: np.random.Generator, size: int) -> Floats:
    """Return t noise with three degrees of freedom, of variance one."""
    return np.asarray(rng.standard_t(3, size) / np.sqrt(3))


def skewed(rng: np.random.Generator, size: int) -> Floats:
    """Return lognormal noise of mean zero and variance one."""
    e = np.e
    return np.asarray((rng.lognormal(size=size) - np.sqrt(e)) / np.sqrt((e - 1) * e))


NOISES = (
    Noise("alike", normal),
    Noise("heavy tails", heavy),
    Noise("skewed", skewed),
    Noise("twice", normal, 2.0),
    Noise("half", normal, 0.5),
)


def chosen(treated: int, draws: int, rng: np.random.Generator) -> NDArray[np.intp]:
    """Return who is treated under assignments drawn, shape (draws, treated)."""
    return np.argpartition(rng.random((draws, UNITS)), treated, axis=1)[:, :treated]


def redealt(changes: Floats, treated: int, who: NDArray[np.intp]) -> Redealt:
    """Return the difference of means under assignments, with its variance, when the first units were treated."""
    exposed = (np.arange(UNITS) < treated).astype(np.float64)

    def means(values: Floats) -> tuple[Floats, Floats]:
        inside = values[who].sum(axis=1)
        return inside / treated, (values.sum() - inside) / (UNITS - treated)

    x, d = means(changes), means(exposed)
    products = [means(one * other) for one, other in ((changes, changes), (changes, exposed), (exposed, exposed))]
    pairs = ((x, x), (x, d), (d, d))
    numbers = (treated, UNITS - treated)
    variance = [
        (both[0] - one[0] * other[0]) / numbers[0] + (both[1] - one[1] * other[1]) / numbers[1]
        for both, (one, other) in zip(products, pairs, strict=True)
    ]
    return Redealt(x[0] - x[1], d[0] - d[1], np.maximum(np.column_stack(variance), [0, -np.inf, 0]))


def shift_tests(changes: Floats, treated: int, rng: np.random.Generator) -> tuple[ShiftTest, ShiftTest]:
    """Return the tests by lot, of all assignments where they are few."""
    exact = comb(UNITS, treated) <= ALL
    who = np.array(list(combinations(range(UNITS), treated))) if exact else chosen(treated, DRAWS, rng)
    dealt = redealt(changes, treated, who)
    own = redealt(changes, treated, np.arange(treated)[None])
    pair = float(own.estimate[0]), float(own.variance[0, 0])
    first, second = (shift_test(pair, dealt, exact=exact, statistic=how) for how in ("studentised", "effect"))
    return first, second


def pooled(changes: Floats, treated: int, who: NDArray[np.intp], alpha: float = 0.05) -> PooledTest:
    """Return the test with one variance, checked by assignments."""
    factor, degrees = 1 / treated + 1 / (UNITS - treated), UNITS - 2

    def pair(dealt: Redealt) -> tuple[Floats, Floats]:
        # Of all squares, those between the two means are left out.
        within = (values**2).sum() - UNITS * values.mean() ** 2 - dealt.estimate**2 / factor
        return dealt.estimate, np.sqrt(within / degrees * factor)

    values = changes
    estimate, se = (float(item[0]) for item in pair(redealt(values, treated, np.arange(treated)[None])))
    values = changes - estimate * (np.arange(UNITS) < treated)
    found, errors = pair(redealt(values, treated, who))
    t, one, two = found / errors, *(float(stats.t.ppf(1 - part, degrees)) for part in (alpha, alpha / 2))
    shares = float((t >= one).mean()), float((t <= -one).mean()), float((np.abs(t) >= two).mean())
    return PooledTest(estimate, se, float(degrees), alpha, shares, len(who), comb(UNITS, treated) == len(who))


@dataclass(frozen=True)
class Row:
    """What N panels gave: by test shares that reject the true size, one-sided and two-sided, and lengths of intervals.

    Attributes
    ----------
    above, below, two_sided
        Shares in which the true size is rejected, shape (3,); the last test is that with one variance, always.
    length
        Median length of 95% intervals in standard deviations of the others, shape (3,).
    kept
        Share of panels on which the check keeps the test with one variance.
    where_kept
        Shares rejected by it among these, above, below and two-sided.
    """

    above: Floats
    below: Floats
    two_sided: Floats
    length: Floats
    kept: float
    where_kept: Floats


def simulated(treated: int, noise: Noise, count: int, seed: int = SEED) -> Row:
    """Draw panels and test the true size of the effect on each."""
    rng = np.random.default_rng([seed, treated])
    exact = comb(UNITS, treated) <= POOLED_DRAWS
    who = np.array(list(combinations(range(UNITS), treated))) if exact else chosen(treated, POOLED_DRAWS, rng)
    p, length, kept = np.empty((count, 3, 3)), np.empty((count, 3)), np.zeros(count, dtype=bool)
    for i in range(count):
        changes = noise.draw(rng, UNITS)
        changes[:treated] = EFFECT + noise.spread * changes[:treated]
        test = pooled(changes, treated, who)
        tests: tuple[SizeTest, ...] = (*shift_tests(changes, treated, rng), test)
        for k, one in enumerate(tests):
            p[i, k] = one.p(EFFECT, "above"), one.p(EFFECT, "below"), one.p(EFFECT)
            low, high = one.interval()
            length[i, k] = high - low
        kept[i] = test.keeps_level
    rejected = p <= 0.05 + 1e-12
    shares = rejected.mean(axis=0)
    within = rejected[kept, 2].mean(axis=0) if kept.any() else np.full(3, np.nan)
    return Row(shares[:, 0], shares[:, 1], shares[:, 2], np.median(length, axis=0), float(kept.mean()), within)


def main(count: int) -> None:
    """Print the tables."""
    print(f"{count} panels a row, seed {SEED}")  # noqa: T201 - a script that prints
    for noise in NOISES:
        for treated in TREATED:
            row = simulated(treated, noise, count)
            shares = 100 * np.column_stack([row.above, row.below, 1 - row.two_sided])
            cells = [
                f"{above:.1f} | {below:.1f} | {held:.1f} | {row.length[k]:.2f}"
                for k, (above, below, held) in enumerate(shares.tolist())
            ]
            kept = f"{100 * row.kept:.0f} | {' | '.join(f'{100 * share:.1f}' for share in row.where_kept)}"
            print(f"| {noise.name} | {treated} | {' | '.join(cells)} | {kept} |", flush=True)  # noqa: T201


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5000)
