"""How often true nulls are rejected with few treated units, with the guard and without it.

``python -m tests.simulation.guard N`` prints a row for each case with N panels, a fifth where the guard refuses,
and then the table of docs/explanation/few-treated.md: the worst of all cases by units in the smallest cohort.
"""

from __future__ import annotations

import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
from scipy import stats

from pilotzone.evaluate.many import NEVER, Layout, aggregate_effects, group_time_effects, moments_of
from pilotzone.evaluate.many.guard import FEWEST
from pilotzone.evaluate.many.variation import reliability

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

Noise = Literal["normal", "treated noisier", "treated calmer", "heavy tails", "skewed"]
"""Normal; the treated with twice or half the standard deviation; t with three degrees; lognormal."""

SEED = 20165
ALPHA = 0.05
NORMAL = 1.959963984540054
PERIODS = tuple(range(1, 7))
LAYOUT = Layout(("y",), (PERIODS,))
UNITS = (20, 30, 50, 100, 200)


@dataclass(frozen=True)
class Case:
    """How many units there are, how many of each cohort are treated, and what noise is like."""

    units: int
    treated: tuple[int, ...]
    noise: Noise


def cases() -> Iterator[Case]:
    """Yield the grid."""
    for units in UNITS:
        for noise in get_args(Noise):
            for size in (1, 2, 3, 4, 5, 6, 8, 10, units // 2):
                yield Case(units, (size,), noise)
            for cohorts in (3, 4):
                for size in (1, 2, 3, 4, 5, 6, 8):
                    if cohorts * size < units - 2:
                        yield Case(units, (size,) * cohorts, noise)


def draw(case: Case, rng: np.random.Generator) -> tuple[Floats, NDArray[np.int64]]:
    """Draw a panel in which nothing happens: AR(1) noise, 0.5."""
    cohorts = np.full(case.units, NEVER)
    starts = np.repeat(np.arange(3, 3 + len(case.treated)), case.treated)
    cohorts[: len(starts)] = starts
    shape = (case.units, len(PERIODS))
    match case.noise:
        case "heavy tails":
            shocks = rng.standard_t(3, shape)
        case "skewed":
            shocks = np.exp(rng.standard_normal(shape))
        case _:
            shocks = rng.standard_normal(shape)
    noise = np.empty(shape)
    noise[:, 0] = shocks[:, 0]
    for t in range(1, len(PERIODS)):
        noise[:, t] = 0.5 * noise[:, t - 1] + shocks[:, t]
    noise[: len(starts)] *= {"treated noisier": 2.0, "treated calmer": 0.5}.get(case.noise, 1.0)
    return noise, cohorts


def rejections(case: Case, count: int, seed: int = SEED) -> Floats:
    """Return shape (3 effects, 4): share rejected with normal and with t values, mean degrees, fewest units.

    Effects are one cell, the mean of the first period of treatment, and the mean over all.
    """
    rng = np.random.default_rng(seed)
    found = np.zeros((count, 3, 4))
    for r in range(count):
        noise, cohorts = draw(case, rng)
        effects = group_time_effects(moments_of(LAYOUT.stack({"y": noise}), cohorts), LAYOUT)
        averages = aggregate_effects(effects, "group", "dynamic")
        first = next(c for c, cell in enumerate(effects.cells) if cell.event == 0)
        begin = next(k for k, row in enumerate(averages.rows) if row.kind == "dynamic" and row.at == 0)
        weights = np.vstack([np.eye(len(effects.cells))[first], averages.weights[[begin, 0]]])
        estimate = np.array([effects.estimate[first], *averages.estimate[[begin, 0]]])
        variance = np.array([effects.covariance[first, first], *averages.covariance.diagonal()[[begin, 0]]])
        known = reliability(effects.variation, weights, variance)
        with np.errstate(divide="ignore", invalid="ignore"):
            t = np.abs(estimate) / np.sqrt(variance)
            p_normal = 2 * stats.norm.sf(t)
            p_t = np.where(known.degrees > 0, 2 * stats.t.sf(t / known.inflation, np.maximum(known.degrees, 1e-9)), 1.0)
        found[r] = np.column_stack([p_normal <= ALPHA, p_t <= ALPHA, known.degrees, known.fewest])
    mean: Floats = found.mean(axis=0)
    return mean


@dataclass(frozen=True, eq=False)
class Row:
    """One case: how many panels, and what `rejections` found."""

    case: Case
    count: int
    found: Floats

    def __str__(self) -> str:
        cells = " | ".join(f"{100 * n:.1f} | {100 * t:.1f} | {d:.1f} | {f:.0f}" for n, t, d, f in self.found)
        treated = " + ".join(map(str, self.case.treated))
        return f"| {self.count} | {self.case.units} | {treated} | {self.case.noise} | {cells} |"


def row_of(case: Case, count: int) -> Row:
    """Return the row of one case; where the guard refuses, sizes are far from the level and known well enough."""
    count = count if min(case.treated) >= FEWEST else max(1, count // 5)
    return Row(case, count, rejections(case, count))


def upper(share: float, count: int) -> float:
    """Return the upper end of a two-sided 95% interval for a share of so many panels."""
    return share + NORMAL * float(np.sqrt(share * (1 - share) / count))


def worst(rows: Sequence[Row]) -> Iterator[str]:
    """Yield a line for each number of units in the smallest cohort: rates in the worst of all cases and effects.

    For each noise: with normal values, with t values, and its upper Monte Carlo bound.
    """
    for fewest in sorted({min(row.case.treated) for row in rows}):
        cells = []
        for noise in get_args(Noise):
            some = [row for row in rows if row.case.noise == noise and min(row.case.treated) == fewest]
            normal = max(float(row.found[:, 0].max()) for row in some)
            t, count = max((float(row.found[:, 1].max()), row.count) for row in some)
            cells.append(f"{100 * normal:.1f} | {100 * t:.1f} | {100 * upper(t, count):.1f}")
        yield f"| {fewest} | {'no' if fewest < FEWEST else 'yes'} | {' | '.join(cells)} |"


def main(count: int) -> None:
    """Print the cases and the table."""
    print(f"{count} panels a row, seed {SEED}")  # noqa: T201 - a script that prints
    grid = list(cases())
    rows: list[Row] = []
    with ProcessPoolExecutor() as pool:
        for row in pool.map(row_of, grid, [count] * len(grid), chunksize=4):
            rows.append(row)
            print(row, flush=True)  # noqa: T201 - a script that prints
    for line in worst(rows):
        print(line)  # noqa: T201 - a script that prints


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5000)
