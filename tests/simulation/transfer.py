"""Coverage of the mean and of prediction intervals with few zones.

``python -m tests.simulation.transfer N`` prints the table of docs/explanation/transfer.md with N syntheses a row. True
effects are normal with mean zero; sampling variances differ between zones by a factor of nine, and are known. What is
covered are the mean and the true effect of a further zone.
"""

from __future__ import annotations

import sys
from typing import NamedTuple

import numpy as np

from pilotzone.core import t_quantile
from pilotzone.transfer import BetweenMethod
from pilotzone.transfer.fitting import fit_effects
from pilotzone.transfer.further import uncertain_fit

__all__ = ["COUNTS", "SEED", "SPREADS", "Coverage", "simulate"]

SEED = 20261
LEVEL = 0.95
COUNTS = (3, 4, 5, 6, 7, 8, 9, 10, 20)
SPREADS = (0.0, 0.5, 1.0, 3.0)
"""Standard deviations of true effects, in typical standard errors."""
_NORMAL = 1.959963984540054
_EVERY = 20
"""Every so many draws the ends of the second prediction interval are computed, for its width; the level needs none."""


class Coverage(NamedTuple):
    """Shares that are covered, and how wide prediction intervals are.

    Attributes
    ----------
    mean
        Of the mean, by intervals with Hartung-Knapp.
    plain
        Of the mean, by normal intervals at DerSimonian and Laird's tau squared: what is often printed.
    prediction
        Of a further zone's true effect.
    uncertain
        The same with tau uncertain, by Nagashima, Noma and Furukawa.
    width, uncertain_width
        Median width of prediction intervals of both kinds over that with everything known; infinite where zones do not
        differ.
    """

    mean: float
    plain: float
    prediction: float
    uncertain: float
    width: float
    uncertain_width: float


def simulate(
    draws: int,
    count: int,
    spread: float,
    *,
    method: BetweenMethod = "REML",
    shared: float = 0.0,
    uncertain: bool = True,
    seed: int = SEED,
) -> Coverage:
    """Return coverage over so many syntheses of a number of zones.

    Parameters
    ----------
    draws
        Syntheses.
    count
        Zones in each.
    spread
        Standard deviation of true effects, in typical standard errors.
    method
        Estimator of tau squared.
    shared
        Correlation of sampling errors between zones that share donors.
    uncertain
        Whether intervals with tau uncertain are computed, which take most of the time; NaN otherwise.
    seed
        Of the draws.
    """
    rng = np.random.default_rng(seed)
    se = np.geomspace(1 / 3**0.5, 3**0.5, count)
    correlation = np.full((count, count), shared) + (1 - shared) * np.eye(count)
    matrix = correlation * np.outer(se, se)
    root, ones = np.linalg.cholesky(matrix), np.ones((count, 1))
    mean_t, new_t = (t_quantile((1 + LEVEL) / 2, degrees) for degrees in (count - 1, count - 2))
    covered = np.zeros((draws, 4))
    width, wide = np.zeros(draws), []
    for k in range(draws):
        true = spread * rng.standard_normal(count + 1)
        estimate = true[:-1] + root @ rng.standard_normal(count)
        # What `pool_effects` does, without its tables: a test holds them to one another.
        fit, plain = fit_effects(estimate, ones, matrix, method), fit_effects(estimate, ones, matrix, "DL")
        new = fit.at(ones[0])
        wider = uncertain_fit(fit).at(ones[0]) if uncertain else None
        covered[k] = (
            abs(fit.coefficients[0]) <= mean_t * fit.covariance[0, 0] ** 0.5,
            abs(plain.coefficients[0]) <= _NORMAL * plain.plain[0, 0] ** 0.5,
            abs(true[-1] - new.mean) <= new_t * new.scale,
            np.nan if wider is None else (1 - LEVEL) / 2 <= wider.below(true[-1]) <= (1 + LEVEL) / 2,
        )
        width[k] = 2 * new_t * new.scale
        if wider is not None and k % _EVERY == 0:
            low, high = wider.interval(1 - LEVEL)
            wide.append(high - low)
    known = 2 * _NORMAL * spread
    widths = (float(np.median(own)) / known if spread else np.inf for own in (width, wide or [np.nan]))
    return Coverage(*(float(share) for share in covered.mean(axis=0)), *widths)


def main(draws: int) -> None:
    """Print the table."""
    print(f"{draws} syntheses a row, seed {SEED}, intervals at {LEVEL:.0%}")  # noqa: T201 - a script that prints
    for spread in SPREADS:
        for count in COUNTS:
            row = simulate(draws, count, spread)
            words = " | ".join(f"{100 * share:.1f}" for share in row[:4])
            wide = " | ".join("" if np.isinf(width) else f"{width:.1f}" for width in row[4:])
            print(f"| {spread:g} | {count} | {words} | {wide} |", flush=True)  # noqa: T201


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2_000)
