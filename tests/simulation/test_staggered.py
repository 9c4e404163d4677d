"""Coverage of staggered effects and their averages, in a reduced run."""

from __future__ import annotations

import numpy as np
import pytest

from pilotzone.core import ManyEstimator
from tests.simulation.staggered import LEVEL, simulate

pytestmark = pytest.mark.simulation


@pytest.mark.parametrize("parallel", [True, False])
def test_coverage_is_nominal_with_many_units(parallel: bool) -> None:
    count = 300
    found = simulate(count, units=1000, parallel=parallel)
    error = np.sqrt(LEVEL * (1 - LEVEL) / count)
    # Averages over many intervals are known better than one interval is, and are held to the same.
    for share in (*found[:4], found.printed, found.bands):
        assert abs(share - LEVEL) <= 2.5 * error
    # Where cohorts differ in trend, their shares cannot be taken as given.
    assert parallel or found.given < LEVEL - 5 * error


def test_few_units_are_covered_as_far_as_anything_is_printed() -> None:
    """Of 50 units a cohort has about ten, sometimes fewer than five: the guard then gives nothing."""
    count = 300
    found = simulate(count, units=50)
    error = np.sqrt(LEVEL * (1 - LEVEL) / count)
    assert found.printed >= LEVEL - 2.5 * error
    assert found.bands >= LEVEL - 2.5 * error
    assert 0.5 < found.told < 1
    assert found.events < found.printed


@pytest.mark.parametrize("estimator", ["sun_abraham", "imputation"])
def test_coverage_of_other_estimators(estimator: ManyEstimator) -> None:
    """Of what they estimate where trends are not parallel: all parts of the variance count."""
    count = 300
    found = simulate(count, units=1000, controls="never_treated", parallel=False, estimator=estimator)
    error = np.sqrt(LEVEL * (1 - LEVEL) / count)
    for share in (found.events, found.overall, found.joint):
        assert abs(share - LEVEL) <= 2.5 * error
    assert found.given < LEVEL - 5 * error
