"""Moves before treatment are measured within cohorts: by hand, by influences, and where cohorts come and go."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

import pilotzone as pz
from pilotzone.core import NEVER
from pilotzone.evaluation.many import Comparison, StackedColumns, group_time_effects, moments_of
from pilotzone.evaluation.many.estimators.aggregates import aggregate_effects
from pilotzone.evaluation.many.trends.breakdown import ParallelStudy, moves_as_estimated, parallel_study
from pilotzone.evaluation.many.trends.moves import Moves, moves_before

if TYPE_CHECKING:
    from collections.abc import Callable

    from pilotzone.evaluation.many.estimators.effects import GroupTimeEffects

YEARS: np.ndarray = np.arange(2008, 2018)
SIZES = {2011: 12, 2014: 7, 2016: 9, NEVER: 15}
LABELS = np.repeat(list(SIZES), list(SIZES.values()))
UNIVERSAL = Comparison(base="universal")


def of(cohort: int) -> np.ndarray:
    """Return whether each unit is of a cohort."""
    return np.array([label == cohort for label in LABELS.tolist()])


def values(seed: int = 3) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(len(LABELS), len(YEARS)))


def estimated(shown: np.ndarray) -> GroupTimeEffects:
    return group_time_effects(moments_of(shown, LABELS), StackedColumns(("y",), (tuple(YEARS.tolist()),)), UNIVERSAL)


def found(shown: np.ndarray) -> tuple[GroupTimeEffects, Moves]:
    effects = estimated(shown)
    moves = moves_before(effects, "y")
    assert isinstance(moves, Moves)
    return effects, moves


def by_hand(shown: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Return the moves from weighted means of cohorts alone, from the first to that which ends at the reference."""
    mean = {cohort: weight[of(cohort)] @ shown[of(cohort)] / weight[of(cohort)].sum() for cohort in SIZES}
    treated = [cohort for cohort in SIZES if cohort != NEVER]
    first = min(YEARS[0] - cohort for cohort in treated)
    moves = []
    for event in range(first, -1):
        there = [cohort for cohort in treated if cohort + event >= YEARS[0]]
        at = {cohort: int(cohort + event - YEARS[0]) for cohort in there}
        size = np.array([weight[of(cohort)].sum() for cohort in there])
        own = [np.diff((mean[cohort] - mean[NEVER])[at[cohort] : at[cohort] + 2])[0] for cohort in there]
        moves.append(size @ np.array(own) / size.sum())
    return np.array(moves)


def test_moves_are_means_over_the_cohorts_seen_at_both_times() -> None:
    shown = values()
    effects, moves = found(shown)
    assert moves.times == tuple((event, event + 1) for event in range(-8, -1))
    assert moves.weighting @ effects.estimate == pytest.approx(by_hand(shown, np.ones(len(LABELS))), rel=1e-12)


def test_their_covariance_is_the_sum_of_squared_influences_of_units() -> None:
    """An influence is the derivative by a unit's weight, taken by a step along the imaginary axis."""
    shown = values()
    effects, moves = found(shown)
    influences = []
    for unit in range(len(LABELS)):
        weight = np.ones(len(LABELS), dtype=complex)
        weight[unit] += 1e-20j
        influences.append(by_hand(shown, weight).imag / 1e-20)
    expected = np.transpose(influences) @ np.array(influences)
    matrix = effects.influences.covariance(moves.weighting, moves.shares)
    assert matrix == pytest.approx(expected, rel=1e-10, abs=1e-14)


def test_where_all_cohorts_are_seen_they_are_differences_of_the_averages() -> None:
    """From three years before on all are seen; estimates and covariances are those of the event study."""
    effects, moves = found(values())
    averages = aggregate_effects(effects, "dynamic")
    rows = [q for q, row in enumerate(averages.rows) if row.at in {-3, -2, -1}]
    turn = np.diff(np.eye(3), axis=0)
    last = moves.weighting.some([5, 6])
    assert last @ effects.estimate == pytest.approx(turn @ averages.estimate[rows], rel=1e-12)
    assert effects.influences.covariance(last, moves.shares[5:]) == pytest.approx(
        turn @ averages.covariance[np.ix_(rows, rows)] @ turn.T, rel=1e-10, abs=1e-15
    )


def lines(slopes: dict[int, float]) -> np.ndarray:
    """Return values in which each cohort drifts away from the others in a straight line of its own."""
    return np.array([[slopes.get(label, 0.0) * (year - YEARS[0]) for year in YEARS] for label in LABELS.tolist()])


def test_a_cohort_that_comes_in_moves_nothing() -> None:
    """Cohorts on lines of their own: the averages by time jump where one comes in, moves stay within the slopes."""
    effects = estimated(lines({2011: 3.0, 2014: -1.0, 2016: 0.5}))
    averages = aggregate_effects(effects, "dynamic", "group")
    events = [q for q, row in enumerate(averages.rows) if row.kind == "dynamic" and row.at is not None and row.at < 0]
    assert np.abs(np.diff(averages.estimate[events])).max() > 3.5
    departures = moves_as_estimated(effects, averages, "y", "group")
    assert departures.largest == pytest.approx((12 * 3.0 - 7 * 1.0 + 9 * 0.5) / 28, rel=1e-12)
    assert departures.moves == 7


def test_both_uses_measure_the_same_moves() -> None:
    shown = values(8)
    effects, moves = found(shown)
    averages = aggregate_effects(effects, "dynamic", "group")
    study = parallel_study(effects, averages, "y", "group")
    assert isinstance(study, ParallelStudy)
    assert study.estimate[1:] == pytest.approx(moves.weighting @ effects.estimate, rel=1e-12)
    departures = moves_as_estimated(effects, averages, "y", "group")
    assert study.largest == pytest.approx(departures.largest, rel=1e-12)
    assert study.reach == departures.reach
    whole = next(q for q, row in enumerate(averages.rows) if row.kind == "group" and row.at is None)
    assert study.estimate[0] == averages.estimate[whole]
    # Unbiased variances: divisors of less one, in each group of units.
    raw = effects.influences.covariance(*moves.below(averages, whole)).diagonal()
    assert raw[0] == pytest.approx(averages.covariance[whole, whole], rel=1e-12)
    assert (study.covariance.diagonal() > raw).all()
    assert study.covariance.diagonal() == pytest.approx(raw, rel=0.12)


def frame(shown: np.ndarray, gone: Callable[[int, int], bool]) -> pd.DataFrame:
    gaps = np.array([[gone(int(label), int(year)) for year in YEARS] for label in LABELS.tolist()])
    units, periods = np.nonzero(~gaps)
    return pd.DataFrame(
        {
            "unit": units,
            "year": YEARS[periods],
            "start": np.where(LABELS[units] == NEVER, 0, LABELS[units]),
            "y": shown[units, periods],
        }
    )


def test_years_that_one_cohort_lacks() -> None:
    """Cohort 2016 has no figures of 2012 and 2013: moves between those years are of the others alone."""

    def gone(label: int, year: int) -> bool:
        return label == 2016 and year in {2012, 2013}

    shown = values(4)
    effects = pz.evaluate(frame(shown, gone), unit="unit", time="year", cohort="start", outcomes=["y"])
    before = pz.evaluate(
        frame(shown, gone), unit="unit", time="year", cohort="start", outcomes=["y"], base="universal"
    ).effects
    moves = moves_before(before, "y")
    assert isinstance(moves, Moves)
    path: dict[int, np.ndarray] = {
        cohort: shown[of(cohort)].mean(axis=0) - shown[of(NEVER)].mean(axis=0) for cohort in SIZES
    }

    def at(cohort: int, event: int) -> float:
        return float(path[cohort][cohort + event - YEARS[0]])

    # Cohort 2016 alone is seen seven and eight years before; -5 is the last time before its gap, where 2014 is seen.
    expected = {
        (-8, -7): at(2016, -7) - at(2016, -8),
        (-7, -6): at(2016, -6) - at(2016, -7),
        (-6, -5): (7 * (at(2014, -5) - at(2014, -6)) + 9 * (at(2016, -5) - at(2016, -6))) / 16,
        (-5, -4): at(2014, -4) - at(2014, -5),
        (-4, -3): at(2014, -3) - at(2014, -4),
        (-3, -2): (12 * (at(2011, -2) - at(2011, -3)) + 7 * (at(2014, -2) - at(2014, -3))) / 19,
        (-2, -1): sum(n * (at(cohort, -1) - at(cohort, -2)) for cohort, n in ((2011, 12), (2014, 7), (2016, 9))) / 28,
    }
    assert dict(zip(moves.times, moves.weighting @ before.estimate, strict=True)) == pytest.approx(expected, rel=1e-9)
    covariance = effects.joint.covariance
    assert covariance is not None
    assert covariance.departures["y"].largest == pytest.approx(max(map(abs, expected.values())), rel=1e-9)


def test_a_gap_of_all_cohorts_seen_is_bridged() -> None:
    """Where nobody seen at one time is seen at the next, the move leads to the next time at which they are."""

    def gone(label: int, year: int) -> bool:
        return label == 2016 and year in {2009, 2010}

    shown = values(5)
    before = pz.evaluate(
        frame(shown, gone), unit="unit", time="year", cohort="start", outcomes=["y"], base="universal"
    ).effects
    moves = moves_before(before, "y")
    assert isinstance(moves, Moves)
    # 2016 is seen eight years before and then from five on; 2014 from six on.
    assert moves.times[:2] == ((-8, -5), (-6, -5))
    path = shown[LABELS == 2016].mean(axis=0) - shown[of(NEVER)].mean(axis=0)
    assert (moves.weighting @ before.estimate)[0] == pytest.approx((path[3] - path[0]) / 3, rel=1e-9)
