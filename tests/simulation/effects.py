"""Errors of shares of variance and of simulated appraisals, when the truth is known in closed form.

``python -m tests.simulation.effects N`` prints, for each quantity, how often its 95 % interval holds the truth, the
standard deviation of estimates, and the mean standard error that was told, in N repetitions.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from pilotzone.appraisal import Driver, Drivers, LogNormal, Normal, simulate
from pilotzone.sampling import normal_of_rank, shapley_effects, sobol_indices

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

SEED = 20173
SLOPES, RHO = np.array([1.0, 1.5, -0.8]), 0.6
MATRIX = np.array([[1, 0, 0], [0, 1, RHO], [0, RHO, 1.0]])
GROUPS = {"1": [0], "2": [1], "3": [2]}
Estimates = list[tuple[str, float, float, float, int]]
"""What, its truth, its estimate, its standard error, and degrees of freedom of that."""


def ishigami(scores: Floats) -> Floats:
    """Return the function of Ishigami and Homma 1990, a 7 and b 0.1."""
    x = 2 * np.pi * stats.norm.cdf(scores) - np.pi
    return np.asarray(np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0]))


def linear_truth() -> Floats:
    """Return effects in the linear function (Iooss and Prieur 2019): an independent input and two that are not."""
    one, other, rho = SLOPES[1], SLOPES[2], RHO
    variance = float(SLOPES @ MATRIX @ SLOPES)
    first = one**2 * (1 - rho**2 / 2) + rho * one * other + other**2 * rho**2 / 2
    second = other**2 * (1 - rho**2 / 2) + rho * one * other + one**2 * rho**2 / 2
    return np.array([SLOPES[0] ** 2, first, second]) / variance


def of_sets(seed: int) -> Estimates:
    """Shapley effects over all sets."""
    found = shapley_effects(lambda z: z @ SLOPES, GROUPS, correlation=MATRIX, draws=1_024, seed=seed)
    return _rows("Shapley, all sets", linear_truth(), found.effects, found.errors, found.blocks)


def of_orders(seed: int) -> Estimates:
    """Shapley effects over orders that are drawn."""
    found = shapley_effects(lambda z: z @ SLOPES, GROUPS, correlation=MATRIX, draws=1_024, most_exact=0, seed=seed)
    return _rows("Shapley, drawn orders", linear_truth(), found.effects, found.errors, found.blocks)


def of_swaps(seed: int) -> Estimates:
    """Sobol' shares of independent inputs."""
    found = sobol_indices(ishigami, GROUPS, draws=4_096, seed=seed)
    blocks = 8
    first, total = np.array([0.3139051912, 0.4424111448, 0.0]), np.array([0.5575888553, 0.4424111448, 0.2436836641])
    return [
        *_rows("Sobol alone", first, found.first, found.first_error, blocks),
        *_rows("Sobol with interactions", total, found.total, found.total_error, blocks),
    ]


def of_appraisals(seed: int) -> Estimates:
    """Mean, median and probability of loss of a sum of two correlated drivers, and the mean of a product."""
    drivers = Drivers(
        (Driver("a", Normal(1, 2), "1", "simulated"), Driver("b", LogNormal(1, 0.5), "1", "simulated")),
        {("a", "b"): 0.5},
    )
    rho = float(normal_of_rank(0.5))
    both = simulate(lambda of: of["a"] + 3 * np.log(of["b"]), drivers, draws=2_048, indices=False, seed=seed)
    product = simulate(lambda of: of["a"] * of["b"], drivers, draws=2_048, indices=False, seed=seed + 1)
    law = stats.norm(1, np.sqrt(4 + 2.25 + 2 * rho * 2 * 1.5))
    middle = both.probabilities.index(0.5)
    upper = both.probabilities.index(0.95)
    # E[(1 + 2 z) exp(w / 2)] with normal scores z and w.
    mean = np.exp(0.125) * (1 + 2 * rho * 0.5)
    return [
        ("probability of loss", float(law.cdf(0)), both.loss, both.loss_error, both.scrambles),
        ("median", 1.0, float(both.quantiles[middle]), float(both.quantile_errors[middle]), both.scrambles),
        (
            "95 % quantile",
            float(law.ppf(0.95)),
            float(both.quantiles[upper]),
            float(both.quantile_errors[upper]),
            both.scrambles,
        ),
        ("mean of a product", float(mean), product.mean, product.mean_error, product.scrambles),
    ]


CASES: tuple[Callable[[int], Estimates], ...] = (of_sets, of_orders, of_swaps, of_appraisals)


def _rows(what: str, truth: Floats, found: Floats, errors: Floats, blocks: int) -> Estimates:
    return [(f"{what}, {k + 1}", float(truth[k]), float(found[k]), float(errors[k]), blocks) for k in range(len(truth))]


def repeat(
    case: Callable[[int], Estimates], count: int, seed: int = SEED
) -> Iterator[tuple[str, float, float, float, float]]:
    """Yield what, the share of 95 % intervals that hold the truth, bias, spread of estimates, and mean error told."""
    seeds = np.random.default_rng(seed).integers(2**31, size=count).tolist()
    runs = [case(own) for own in seeds]
    for rows in zip(*runs, strict=True):
        what, truth, _, _, blocks = rows[0]
        found, errors = np.array([row[2] for row in rows]), np.array([row[3] for row in rows])
        half = stats.t.ppf(0.975, blocks - 1) * errors
        yield (
            what,
            float((np.abs(found - truth) <= half).mean()),
            float(found.mean() - truth),
            float(found.std()),
            float(errors.mean()),
        )


def main(count: int) -> None:
    """Print the table."""
    print(f"{count} repetitions, seed {SEED}")  # noqa: T201 - a script that prints
    print("| quantity | in the 95 % interval | bias | spread | mean error told |")  # noqa: T201 - a script that prints
    for case in CASES:
        for what, covered, bias, spread, error in repeat(case, count):
            print(f"| {what} | {100 * covered:.1f} % | {bias:.5f} | {spread:.5f} | {error:.5f} |", flush=True)  # noqa: T201 - a script that prints


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5000)
