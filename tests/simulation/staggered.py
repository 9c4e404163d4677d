"""Coverage of intervals around staggered effects and their averages, from cohort moments.

``python -m tests.simulation.staggered N`` prints the table with N panels a row; docs/explanation/moments.md shows it.
Cohorts are drawn, so that their shares are as random as the outcomes. Noise is serially correlated, shared between two
outcomes, and of another size in each cohort and unit. Trends differ between cohorts in half of the rows: what is
covered is then the estimand with its pooled controls, no effect, and the covariance's part for shares is large.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, NamedTuple, get_args

import numpy as np
from scipy import stats

from pilotzone.core import ManyEstimator
from pilotzone.evaluation.many import (
    NEVER,
    AggregateEffects,
    AggregateKind,
    CohortMoments,
    Comparison,
    Controls,
    GroupTimeEffects,
    StackedColumns,
    aggregate_effects,
    estimate_moments,
    moments_of,
    reliability,
    sup_t,
)
from pilotzone.evaluation.many.variation.guard import refusals

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

SEED = 20164
LEVEL = 0.95
NORMAL, CHI_SQUARED = 1.959963984540054, 5.991464547107979
"""The 95% points of a standard normal's absolute value and of a chi-squared variable with two degrees of freedom."""

DRAWS = 4_000
"""Behind each band: its critical value's own error averages out over panels."""

KINDS: tuple[AggregateKind, ...] = get_args(AggregateKind)
COHORTS: Integers = np.array([2013, 2014, 2016, NEVER])
SHARES = np.array([0.2, 0.25, 0.2, 0.35])
PERIODS = tuple(range(2011, 2018))
LAYOUT = StackedColumns(("gain", "harm"), (PERIODS, PERIODS))
SETTINGS: tuple[tuple[int, Controls, bool], ...] = tuple(
    (units, controls, parallel)
    for parallel in (True, False)
    for controls in get_args(Controls)
    for units in (50, 200, 2000)
)


class Coverage(NamedTuple):
    """Shares of intervals that cover: single effects, event times, and the four overall averages on two outcomes.

    `joint` is a region for the simple average on both outcomes; `given` covers the overall averages as if cohort shares
    were given. These have normal critical values and are for all panels. The rest is as it is printed, by event times:
    `printed` intervals with t distributions and unbiased variances where the guard gives them, `bands` that hold all of
    one outcome's of these together, and the share `told` that it gives.
    """

    effects: float
    events: float
    overall: float
    joint: float
    given: float
    printed: float
    bands: float
    told: float


def expected(parallel: bool) -> Floats:
    """Return the mean outcomes of each cohort, stacked, shape (4, 14)."""
    time = np.array(PERIODS)
    since = np.where(COHORTS == NEVER, 0, np.maximum(time[:, None] - COHORTS + 1, 0)).T
    size = np.array([0.3, 0.2, 0.1, 0.0])[:, None]
    trend = np.array([0.1, 0.1, 0.1, 0.1] if parallel else [0.1, 0.9, -0.7, 0.4])[:, None]
    gain = size * since + trend * (time - time[0])
    harm = 0.5 * (since > 0) + 2 * trend * (time - time[0])
    return np.hstack([gain, harm])


def draw(units: int, means: Floats, rng: np.random.Generator) -> tuple[Floats, Integers]:
    """Draw units of random cohorts with levels, and noise that is half carried over from period to period."""
    cohort = rng.choice(len(COHORTS), units, p=SHARES)
    spread = np.array([0.5, 1.0, 1.5, 0.8])[cohort] * np.exp(0.3 * rng.normal(size=units))
    noise = rng.normal(size=(2, units, len(PERIODS)))
    noise[1] = 0.6 * noise[0] + 0.8 * noise[1]
    for t in range(1, len(PERIODS)):
        noise[:, :, t] += 0.5 * noise[:, :, t - 1]
    levels = rng.normal(0, 3, (2, units, 1))
    parts = levels + spread[:, None] * noise + means[cohort].reshape(units, 2, -1).transpose(1, 0, 2)
    stacked = LAYOUT.stack({"gain": parts[0], "harm": parts[1]})
    return stacked, COHORTS[cohort]


def population(
    means: Floats, how: Comparison, estimator: ManyEstimator = "callaway_santanna"
) -> tuple[GroupTimeEffects, AggregateEffects]:
    """Return what is estimated: effects and averages of as many units as there are."""
    zeros = np.zeros((len(COHORTS), LAYOUT.columns))
    whole = CohortMoments(
        COHORTS.copy(),
        np.round(SHARES * 10_000).astype(np.int64),
        means,
        zeros,
        np.zeros((*zeros.shape, LAYOUT.columns)),
    )
    cells = estimate_moments(whole, LAYOUT, how, estimator)
    return cells, aggregate_effects(cells, *KINDS)


def told_events(cells: GroupTimeEffects, averages: AggregateEffects) -> NDArray[np.bool_]:
    """Return which averages are of an event time, and no reference."""
    events = np.array([row.kind == "dynamic" and row.at is not None for row in averages.rows])
    real = np.array([not cell.reference for cell in cells.cells])
    found: NDArray[np.bool_] = events & (averages.weights[:, real] != 0).any(axis=1)
    return found


def simulate(
    count: int,
    *,
    units: int,
    controls: Controls = "not_yet_treated",
    parallel: bool = True,
    estimator: ManyEstimator = "callaway_santanna",
    seed: int = SEED,
) -> Coverage:
    """Return the shares that cover over panels in which no cohort is empty."""
    rng = np.random.default_rng(seed)
    means, how = expected(parallel), Comparison(controls)
    cells, averages = population(means, how, estimator)
    simple = [k for k, row in enumerate(averages.rows) if row.kind == "simple"]
    overall = np.array([row.at is None for row in averages.rows])
    events = told_events(cells, averages)
    found: list[tuple[float, ...]] = []
    while len(found) < count:
        stacked, cohorts = draw(units, means, rng)
        if len(np.unique(cohorts)) < len(COHORTS):
            continue
        effects = estimate_moments(moments_of(stacked, cohorts), LAYOUT, how, estimator)
        several = aggregate_effects(effects, *KINDS)
        inside = np.abs(effects.estimate - cells.estimate) <= NORMAL * effects.se
        within = np.abs(several.estimate - averages.estimate) <= NORMAL * several.se
        gap = (several.estimate - averages.estimate)[simple]
        distance = gap @ np.linalg.solve(several.covariance[np.ix_(simple, simple)], gap)
        given = np.sqrt(np.diag(several.weights @ effects.influences.within @ several.weights.T))
        short = np.abs(several.estimate - averages.estimate) <= NORMAL * given
        shares = (inside.mean(), within[events].mean(), within[overall].mean(), short[overall].mean())
        as_printed = printed(effects, several, averages.estimate, events)
        found.append((*shares[:3], float(distance <= CHI_SQUARED), shares[3], *as_printed))
    return Coverage(*np.nanmean(found, axis=0).tolist())


def printed(
    effects: GroupTimeEffects, averages: AggregateEffects, truth: Floats, events: NDArray[np.bool_]
) -> tuple[float, float, float]:
    """Return shares of event times covered as printed, of outcomes whose bands hold, and of event times given any."""
    known = reliability(effects.variation, averages.weights, averages.covariance.diagonal())
    told = np.array([not why for why in refusals(known)]) & events
    if not told.any():
        return np.nan, np.nan, 0.0
    gap = np.abs(averages.estimate - truth)
    with np.errstate(invalid="ignore"):
        t = gap / (averages.se * known.inflation)
    inside = t[told] <= stats.t.ppf((1 + LEVEL) / 2, known.degrees[told])
    held = []
    for outcome in LAYOUT.outcomes:
        at = np.array([q for q in np.flatnonzero(told) if averages.rows[q].outcome == outcome])
        if len(at):
            scale = known.inflation[at]
            matrix = averages.covariance[np.ix_(at, at)] * np.outer(scale, scale)
            held.append(t[at].max() <= sup_t(matrix, LEVEL, degrees=known.degrees[at].min(), draws=DRAWS))
    return float(inside.mean()), float(np.mean(held)), float(told.sum() / events.sum())


def main(count: int) -> None:
    """Print coverage in percent; the Monte Carlo standard error is that of a single interval at the nominal level."""
    error = 100 * np.sqrt(LEVEL * (1 - LEVEL) / count)
    print(f"{count} panels a row, seed {SEED}, Monte Carlo standard error {error:.2f}")  # noqa: T201 - a script
    for units, controls, parallel in SETTINGS:
        row = simulate(count, units=units, controls=controls, parallel=parallel)
        cells = " | ".join(f"{100 * share:.1f}" for share in row)
        words = f"{'parallel' if parallel else 'not parallel'} | {controls} | {units}"
        print(f"| {words} | {cells} |", flush=True)  # noqa: T201 - a script that prints


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
