"""Placebo ranks of matrix completion under no effect, in a reduced run."""

from __future__ import annotations

import numpy as np
import pytest

from tests.simulation.completion import PROCESSES, ranks
from tests.simulation.size import monte_carlo_error

pytestmark = pytest.mark.simulation


def test_the_rank_rejects_about_as_often_as_its_level_says() -> None:
    found = np.concatenate([ranks(process, 6) for process in PROCESSES.values()])
    assert (found <= 0.2).mean() <= 0.2 + 2 * monte_carlo_error(0.2, len(found))
    assert set(found) <= {k / 10 for k in range(1, 11)}
    assert len(set(found)) > 5
