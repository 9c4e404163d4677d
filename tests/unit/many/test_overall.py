"""Averages up to a horizon and a last cohort, and the effect in one number tested over all assignments at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from pilotzone.core import MethodError
from pilotzone.evaluation.many import (
    NEVER,
    Comparison,
    StackedColumns,
    aggregate_effects,
    estimate_moments,
    moments_of,
    randomise,
)
from pilotzone.evaluation.many.inference.overall import overall_test

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pilotzone.core import ManyEstimator
    from pilotzone.evaluation.many import AggregateKind, GroupTimeEffects

    Floats = NDArray[np.float64]

PERIODS = tuple(range(2000, 2012))
LAYOUT = StackedColumns(("y",), (PERIODS,))
LABELS = np.array([2004, 2004, 2006, 2009, 2009, *[NEVER] * 5])


def outcomes(seed: int = 1) -> Floats:
    return np.random.default_rng(seed).normal(size=(len(LABELS), len(PERIODS))).cumsum(axis=1)


def estimated(comparison: Comparison, estimator: ManyEstimator = "callaway_santanna") -> GroupTimeEffects:
    return estimate_moments(moments_of(LAYOUT.stack({"y": outcomes()}), LABELS), LAYOUT, comparison, estimator)


def by_hand(kind: AggregateKind, last: int, horizon: int) -> float:
    """Return an average of effects by cohort and period, from these effects one by one."""
    effects = estimated(Comparison("not_yet_treated"))
    counted = [
        (cell, float(value))
        for cell, value in zip(effects.cells, effects.estimate, strict=True)
        if 0 <= cell.event <= horizon and cell.cohort <= last
    ]
    size = {2004: 2, 2006: 1, 2009: 2}
    if kind == "simple":
        return float(np.average([v for _, v in counted], weights=[size[c.cohort] for c, _ in counted]))
    key = {"group": "cohort", "dynamic": "event", "calendar": "period"}[kind]
    parts: dict[int, list[tuple[float, int]]] = {}
    for cell, value in counted:
        parts.setdefault(getattr(cell, key), []).append((value, size[cell.cohort]))
    means = {at: np.average([v for v, _ in some], weights=[n for _, n in some]) for at, some in parts.items()}
    weights = [size[at] for at in means] if kind == "group" else None
    return float(np.average(list(means.values()), weights=weights))


@pytest.mark.parametrize("kind", ["simple", "group", "dynamic", "calendar"])
@pytest.mark.parametrize(("last", "horizon"), [(2006, 2), (2009, 1), (2004, 7)])
def test_averages_count_effects_up_to_a_horizon_and_a_last_cohort(kind: AggregateKind, last: int, horizon: int) -> None:
    effects = estimated(Comparison("not_yet_treated", last_cohort=last, horizon=horizon))
    found = aggregate_effects(effects, kind)
    assert found.rows[0].at is None
    assert found.estimate[0] == pytest.approx(by_hand(kind, last, horizon), abs=1e-12)


def test_later_cohorts_are_controls_and_times_beyond_the_horizon_are_shown() -> None:
    every = estimated(Comparison("not_yet_treated"))
    some = estimated(Comparison("not_yet_treated", last_cohort=2006, horizon=2))
    assert [cell.controls for cell in some.cells] == [cell.controls for cell in every.cells]
    assert np.array_equal(some.estimate, every.estimate)
    events = [row.at for row in aggregate_effects(some, "dynamic").rows if row.at is not None]
    assert max(events) == 7  # of 2004 in 2011


@pytest.mark.parametrize("estimator", ["imputation", "sun_abraham"])
def test_other_estimators_count_the_same_effects(estimator: ManyEstimator) -> None:
    found = estimated(Comparison(last_cohort=2006, horizon=2), estimator)
    assert (found.comparison.last_cohort, found.comparison.horizon) == (2006, 2)
    counted = [value for cell, value in zip(found.cells, found.estimate, strict=True) if found.comparison.counts(cell)]
    assert len(counted) == 6
    assert aggregate_effects(found, "simple").estimate[0] == pytest.approx(
        np.average(counted, weights=[2, 2, 2, 1, 1, 1]), abs=1e-12
    )


def test_a_horizon_is_a_whole_number_and_leaves_something() -> None:
    with pytest.raises(MethodError, match="the horizon is -1"):
        Comparison(horizon=-1)
    with pytest.raises(MethodError, match="no effect after treatment to average"):
        aggregate_effects(estimated(Comparison(last_cohort=1999)), "group")


@pytest.mark.parametrize("comparison", [Comparison(), Comparison("not_yet_treated", last_cohort=2, horizon=0)])
def test_all_assignments_at_once_are_those_one_by_one(comparison: Comparison) -> None:
    periods = (0, 1, 2, 3, 4)
    layout = StackedColumns(("y",), (periods,))
    labels = np.array([2, 2, 3, NEVER, NEVER, NEVER, NEVER])
    for seed in range(5):
        y = layout.stack({"y": np.random.default_rng(seed).normal(size=(7, 5))})
        slow = randomise(y, labels, layout, comparison, statistic="effect")
        (shifts,) = [row.shifts for row in slow.rows if row.kind == "group" and row.at is None]
        fast = overall_test(y, labels, layout, comparison)
        assert (fast.exact, fast.draws) == (True, 105)
        assert fast.estimate == pytest.approx(shifts[0].estimate, abs=1e-12)
        for size in (-1.0, 0.0, 0.5, 2.0):
            assert [fast.p(size, side) for side in ("above", "below", "two-sided")] == [
                shifts[0].p(size, side) for side in ("above", "below", "two-sided")
            ]
        assert fast.interval(0.8) == pytest.approx(shifts[0].interval(0.8), abs=1e-9)


def test_level_of_the_test_over_drawn_assignments() -> None:
    """Of 400 panels without an effect about a twentieth is rejected: the test is exact whatever the noise is."""
    labels = np.array([2004] * 3 + [2007] * 2 + [NEVER] * 9)
    rng = np.random.default_rng(11)
    rejected = 0
    for _ in range(400):
        y = LAYOUT.stack({"y": rng.standard_t(3, size=(14, len(PERIODS))).cumsum(axis=1)})
        rejected += overall_test(y, labels, LAYOUT, draws=199).p() <= 0.05
    assert 6 <= rejected <= 36  # 20 expected; 99.9 percent of binomial counts
