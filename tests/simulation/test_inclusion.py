"""Coverage of intervals and bands of the statistics of inclusion, in a reduced run."""

from __future__ import annotations

import numpy as np
import pytest

from tests.simulation.inclusion import LEVEL, ROWS_OF, simulate


@pytest.mark.parametrize(
    ("part", "count"),
    [
        ("levels", 150),
        ("indices", 150),
        ("groups", 100),
        ("quantiles", 30),
        ("courses", 100),
        ("group courses", 100),
        ("between", 150),
        ("between parts", 60),
    ],
)
def test_coverage_is_near_nominal(part: str, count: int) -> None:
    """Within three Monte Carlo standard errors and one percentage point of small-sample error."""
    found = simulate(part, count)
    error = np.sqrt(LEVEL * (1 - LEVEL) / count)
    assert len(found) == len(ROWS_OF[part][1])
    assert (found >= LEVEL - 3 * error - 0.01).all(), found
