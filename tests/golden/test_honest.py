"""Honest intervals: published figures of the authors' R package, and another library on the same event study.

Benzarti and Carloni's event study (2019, restaurants' profits after a cut of VAT) comes with HonestDiD for R and
honestdid for Stata; intervals are those that both print in "R vs Stata Comparison" of stata-honestdid. The stress cases
are R's, with its folded normal quantile computed and not drawn: benchmarks/data/honest_flci_golden.json of diff-diff.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pytest
from tests.golden.test_mpdta import LAYOUT, fitted, frame, moments

from pilotzone.evaluation.many import Comparison, aggregate_effects, evaluate, group_time_effects
from pilotzone.evaluation.many.trends.magnitudes import within_magnitudes, within_magnitudes_set
from pilotzone.evaluation.many.trends.violations import EventStudy, smooth_interval, smooth_set

if TYPE_CHECKING:
    import pandas as pd

    from pilotzone.evaluation.many import CohortMoments

__all__ = ["frame", "moments"]

diff_diff: Any = import_module("diff_diff")

PROFITS = np.array(
    [0.006696352, 0.029345034, -0.006472972, 0.073014989, 0.195961118, 0.312063903, 0.239541546, 0.1260425]
)
LOWER = """
8.428358e-04
4.768687e-04 6.425420e-04
2.618051e-04 3.987425e-04 5.229950e-04
2.354220e-04 2.435515e-04 2.117686e-04 3.089595e-04
1.676371e-04 2.201960e-04 1.840722e-04 1.197866e-04 3.599704e-04
1.128708e-04 1.804591e-04 1.458528e-04 1.334081e-04 2.478819e-04 4.263950e-04
1.992816e-05 3.843765e-05 7.005197e-05 1.016335e-04 1.749579e-04 2.171438e-04 4.886698e-04
-1.368265e-04 -2.960422e-05 5.952995e-05 1.079052e-04 1.654257e-04 2.892748e-04 3.805322e-04 7.617394e-04
"""


def profits(*weights: float) -> EventStudy:
    rows = [line.split() for line in LOWER.strip().splitlines()]
    half = np.array([[float(x) for x in row] + [0.0] * (8 - len(row)) for row in rows])
    return EventStudy(PROFITS, half + np.tril(half, -1).T, 4, np.array(weights))


FIRST, THIRD = (1.0, 0.0, 0.0, 0.0), (0.0, 0.0, 1.0, 0.0)


@pytest.mark.parametrize(
    ("weights", "size", "low", "high"),
    [
        (FIRST, 0.0, 0.131, 0.216),
        (FIRST, 0.1, 0.119, 0.419),
        (FIRST, 0.2, 0.0194, 0.519),
        (FIRST, 0.3, -0.0806, 0.619),
        (THIRD, 0.0, 0.144, 0.260),
        (THIRD, 0.1, -0.244, 1.16),
        (THIRD, 0.2, -0.844, 1.76),
        (THIRD, 0.3, -1.44, 2.36),
    ],
)
def test_intervals_of_fixed_length_are_those_of_r(
    weights: tuple[float, ...], size: float, low: float, high: float
) -> None:
    found = smooth_interval(profits(*weights), size, 0.05, None)
    assert [float(f"{end:.3g}") for end in found] == [low, high]


@pytest.mark.parametrize(
    ("size", "low", "high"),
    [(0.0, 0.159, 0.233), (0.4444, 0.123, 0.267), (0.8889, 0.0786, 0.309), (1.3333, 0.0308, 0.352)],
)
def test_relative_magnitudes_hold_the_interval_of_r(size: float, low: float, high: float) -> None:
    """R's hybrid is a little shorter; it lies on a grid of 1,000 points, whose steps are 0.0008 there.

    Without violations both are the usual interval.
    """
    found = within_magnitudes(profits(*FIRST), size, 0.05, None)
    assert found[0] <= low + 0.0008
    assert found[1] >= high - 0.0008
    assert (found[1] - found[0]) / (high - low) <= 1.013
    if size == 0:
        se = 3.599704e-04**0.5
        assert found == pytest.approx((PROFITS[4] - 1.959963984540054 * se, PROFITS[4] + 1.959963984540054 * se))


INDEPENDENT = 0.01 * np.eye(7)
CORRELATED = 0.01 * 0.5 ** np.abs(np.subtract.outer(np.arange(7), np.arange(7)))
MEAN = (0.25, 0.25, 0.25, 0.25)


@pytest.mark.parametrize(
    ("covariance", "weights", "size", "centre", "half"),
    [
        (INDEPENDENT, FIRST, 0.0, 1.48575528987607, 0.202875546401568),
        (INDEPENDENT, FIRST, 0.05, 1.52634895987866, 0.250459332503154),
        (INDEPENDENT, FIRST, 0.5, 2.19999999993086, 0.732617430726547),
        (INDEPENDENT, MEAN, 0.1, 2.2669454904766, 0.793333920385725),
        (INDEPENDENT, MEAN, 0.2, 2.65977452809088, 1.36906552502129),
        (CORRELATED, FIRST, 0.0, 1.12853523123463, 0.195119452680227),
        (CORRELATED, FIRST, 0.05, 1.06873476216774, 0.271013845132539),
        (CORRELATED, FIRST, 0.2, 2.00143608768822, 0.484211636465734),
    ],
)
def test_stress_cases_of_r(
    covariance: np.ndarray[Any, Any], weights: tuple[float, ...], size: float, centre: float, half: float
) -> None:
    """The length is least in the centre, which is therefore known to half the digits of the length."""
    estimate = np.concatenate([[1.0, 0.0, 1.0], np.linspace(1.2, 1.7, 4)])
    low, high = smooth_interval(EventStudy(estimate, covariance, 3, np.array(weights)), size, 0.05, None)
    assert (high - low) / 2 == pytest.approx(half, abs=5e-9)
    assert (high + low) / 2 == pytest.approx(centre, abs=7e-5)


@pytest.mark.parametrize("size", [0.0, 0.02, 0.05])
def test_diff_diff_says_the_same_from_its_own_fit(frame: pd.DataFrame, moments: CohortMoments, size: float) -> None:
    """Its fit and covariance against ours: minimum wages, the mean over times since treatment."""
    how = Comparison(base="universal")
    averages = aggregate_effects(group_time_effects(moments, LAYOUT, how), "dynamic")
    at = [q for q, row in enumerate(averages.rows) if row.at is not None and row.at != -1]
    study = EventStudy(averages.estimate[at], averages.covariance[np.ix_(at, at)], 3, np.full(4, 0.25))
    container = fitted(frame, how).aggregate("event_study")
    bends = diff_diff.HonestDiD("smoothness", M=size).fit(container)
    found = smooth_interval(study, size, 0.05, None)
    # Both minimise the length by search; theirs in steps of 1/120 of the range, zoomed twice.
    assert found[1] - found[0] == pytest.approx(bends.ci_ub - bends.ci_lb, abs=1e-6)
    assert found == pytest.approx((bends.ci_lb, bends.ci_ub), abs=1e-4)
    assert (smooth_set(study, size) or (np.nan, np.nan)) == pytest.approx((bends.lb, bends.ub), rel=1e-7, nan_ok=True)
    moves = diff_diff.HonestDiD("relative_magnitude", M=20 * size).fit(container)
    assert within_magnitudes_set(study, 20 * size) == pytest.approx((moves.lb, moves.ub), rel=1e-7)
    # Its interval for relative magnitudes adds a standard error to the ends of the estimated set, as if they were
    # known: it is too short, which the simulation of coverage shows.
    wider = within_magnitudes(study, 20 * size, 0.05, None)
    assert wider[0] <= moves.ci_lb + 1e-9
    assert wider[1] >= moves.ci_ub - 1e-9


MEDICAID = Path(__file__).parent / "data" / "medicaid.csv"
"""Share of low-income childless adults with health insurance, by state, and when it expanded Medicaid.

From the American Community Survey, as published with the course "Advanced DID" (Mixtape-Sessions on GitHub,
Exercises/Data/ehec_data.csv); years to 2015 without states that expanded in 2015, as in the README of HonestDiD for R.
"""

YEARS = range(2008, 2016)


def medicaid() -> EventStudy:
    """Return the README's regression: states and years, clustered by state with the corrections that fixest makes."""
    table = pl.read_csv(MEDICAID)
    shares = table.select([str(year) for year in YEARS]).to_numpy()
    expanded = (table["expanded"] == 2014).fill_null(value=False).to_numpy().astype(float)
    design = np.column_stack([np.ones(len(table)), expanded])
    change = np.delete(shares - shares[:, [5]], 5, axis=1)
    inverse = np.linalg.inv(design.T @ design)
    fitted = inverse @ design.T @ change
    influence = (design @ inverse)[:, 1:] * (change - design @ fitted)
    states, rows = len(table), shares.size
    # Seven coefficients and eight years are counted; states are nested in the clusters and are not.
    correction = states / (states - 1) * (rows - 1) / (rows - 15)
    return EventStudy(fitted[1], correction * influence.T @ influence, 5, np.array([1.0, 0.0]))


@pytest.mark.parametrize(
    ("size", "low", "high"),
    [
        (0.0, 0.0259, 0.0607),
        (0.01, 0.0132, 0.0787),
        (0.02, 0.00286, 0.0907),
        (0.03, -0.00714, 0.101),
        (0.04, -0.0171, 0.111),
        (0.05, -0.0271, 0.121),
    ],
)
def test_smoothness_of_the_readme_of_r(size: float, low: float, high: float) -> None:
    """R searches on a grid and prints three digits."""
    assert smooth_interval(medicaid(), size, 0.05, None) == pytest.approx((low, high), abs=7e-5 + 0.005 * abs(high))


@pytest.mark.parametrize(
    ("size", "low", "high", "longer"),
    [
        (0.5, 0.0240, 0.0672, 1.08),
        (1.0, 0.0170, 0.0720, 1.07),
        (1.5, 0.00824, 0.0797, 1.041),
        (2.0, -0.000916, 0.0881, 1.03),
    ],
)
def test_relative_magnitudes_of_the_readme_of_r(size: float, low: float, high: float, longer: float) -> None:
    """All moves before are within their noise, so that R's conditioning on the others tells most."""
    found = within_magnitudes(medicaid(), size, 0.05, None)
    assert found[0] <= low
    assert found[1] >= high
    assert (found[1] - found[0]) / (high - low) <= longer


def test_cohorts_after_the_data_do_not_keep_the_readme_from_its_intervals() -> None:
    """Five states expanded from 2016 on, one or two at a time: never treated within the data."""
    table = pl.read_csv(MEDICAID)
    rows = table.unpivot([str(year) for year in YEARS], index=["state", "expanded"], variable_name="year")
    panel = rows.with_columns(pl.col("year").cast(pl.Int64))
    found = evaluate(
        panel, unit="state", time="year", cohort="expanded", outcomes="value", base="universal", honest=True
    )
    study = medicaid()
    at = {row.at: row.estimate for row in found.of("dynamic")}
    events = [-6, -5, -4, -3, -2, 0, 1]
    assert [at[event] for event in events] == pytest.approx(study.estimate, rel=1e-10)
    (magnitudes,) = (item for item in found.honest if item.restriction == "relative_magnitudes")
    assert magnitudes.breakdown is not None
