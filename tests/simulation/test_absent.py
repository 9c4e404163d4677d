"""Coverage of averages over the units that have an outcome, in a reduced run."""

from __future__ import annotations

import numpy as np
import pytest

from tests.simulation.absent import simulate
from tests.simulation.staggered import LEVEL

pytestmark = pytest.mark.simulation


@pytest.mark.parametrize("parallel", [True, False])
def test_averages_are_of_the_units_that_have_the_outcome(parallel: bool) -> None:
    count = 150
    found = simulate(count, parallel=parallel)
    error = np.sqrt(LEVEL * (1 - LEVEL) / count)
    assert abs(found.overall - LEVEL) <= 2.5 * error
    # Averages over all units of the panel are something else.
    assert found.panel < LEVEL - (1 if parallel else 10) * error
    # Who has the outcome is as random as cohorts are: their shares cannot be taken as given.
    assert parallel or found.given < LEVEL - 3 * error
