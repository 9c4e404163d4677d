"""Size with few clusters by both rules, in a reduced run."""

from __future__ import annotations

import numpy as np
import pytest

from tests.simulation.scores import Setting, simulate

pytestmark = pytest.mark.simulation


def test_t_distributions_hold_the_level_where_the_score_bootstrap_does_not() -> None:
    """Eight treated clusters among forty, sizes from one to five, twice the spread."""
    count = 600
    number, by_t, by_scores = simulate(Setting(8, 32, unequal=True, spread=2.0), count)
    assert number == pytest.approx(6.4, abs=0.1)
    assert by_t <= 0.06 + 3 * np.sqrt(0.06 * 0.94 / count)
    assert by_scores >= 0.08
    assert by_scores > by_t


def test_both_hold_it_with_thirty_alike() -> None:
    count = 400
    _, by_t, by_scores = simulate(Setting(30, 100), count)
    for share in (by_t, by_scores):
        assert share <= 0.055 + 3 * np.sqrt(0.055 * 0.945 / count)
