"""What the table of ADR 0031 is made of: bounds for straight lines, shares, and a reduced run."""

from __future__ import annotations

import numpy as np
import pytest

from pilotzone.evaluation.many.trends.violations import smooth_interval
from tests.simulation.departures import (
    ALPHA,
    BOUNDS,
    SETTINGS,
    TREATED,
    breakdowns,
    moved,
    noise_of,
    path_of,
    scenarios,
    shares,
    straight_limit,
    study_of,
    true_se,
)

pytestmark = pytest.mark.simulation

COUNT = 100


def test_a_straight_line_is_allowed_for_as_smoothness_does() -> None:
    study = study_of(SETTINGS[4], noise_of(SETTINGS[4], 300, np.random.default_rng(2)))
    expected = smooth_interval(study.events, 0.0, 2 * ALPHA, 80.0)[0]
    assert straight_limit(study.events, 80.0) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("setting", SETTINGS, ids=str)
def test_standard_errors_and_paths_are_those_meant(setting: object) -> None:
    item = next(each for each in SETTINGS if each == setting)
    drawn = [study_of(item, noise_of(item, 300, np.random.default_rng(k))).parallel.estimate[0] for k in range(300)]
    assert np.std(drawn) == pytest.approx(true_se(item), rel=0.15)
    line = path_of(item, item.moves, 2.0)
    assert line[item.moves] == 0
    assert line[item.moves + 1 :].mean() == pytest.approx(2.0)
    assert np.diff(line) == pytest.approx(np.full(len(line) - 1, line[-1] / item.after))


def test_at_zero_tests_are_the_usual_ones() -> None:
    """Without effect a gain is found in alpha of panels with parallel trends taken for given, and less beyond."""
    setting = SETTINGS[3]
    found = breakdowns(setting, scenarios(setting), COUNT)
    none, large = shares(found["no effect"]), shares(found["effect 3"])
    assert none[0] <= ALPHA + 3 * np.sqrt(ALPHA * (1 - ALPHA) / COUNT)
    assert large[0] == 1.0
    bounds = large[: len(BOUNDS)]
    assert (np.diff(bounds) <= 0).all()


def test_what_is_added_after_estimating_is_as_if_it_had_been_there() -> None:
    setting = SETTINGS[3]
    values = noise_of(setting, 300, np.random.default_rng(4))
    path = path_of(setting, 2, 0.7)
    with_it = values.copy()
    with_it[:TREATED] += path
    expected, given = study_of(setting, with_it), moved(study_of(setting, values), setting, path)
    assert given.parallel.estimate == pytest.approx(expected.parallel.estimate, abs=1e-12)
    assert given.events.estimate == pytest.approx(expected.events.estimate, abs=1e-12)
    assert given.parallel.covariance == pytest.approx(expected.parallel.covariance, abs=1e-12)
