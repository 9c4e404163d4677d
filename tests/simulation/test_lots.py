"""Size by lot, in a reduced run: exact where the treated vary like the others, and not where they do not."""

from __future__ import annotations

import numpy as np
import pytest

from pilotzone.evaluation.many import NEVER, StackedColumns, randomise
from tests.simulation.lots import ALPHA, UNITS, rejected, statistics

pytestmark = pytest.mark.simulation


@pytest.mark.parametrize("treated", [1, 3])
def test_statistics_are_those_of_the_package(treated: int) -> None:
    """By p from all assignments of one treated unit, or the same drawn ones of three."""
    layout = StackedColumns(("y",), ((1, 2),))
    changes = np.random.default_rng(treated).standard_normal(UNITS)
    stacked = layout.stack({"y": np.column_stack([np.zeros(UNITS), changes])})
    cohorts = [2] * treated + [NEVER] * (UNITS - treated)
    found = randomise(stacked, cohorts, layout, draws=1)
    effect, studentised = statistics(changes, treated)
    assert abs(found.rows[0].estimate) == pytest.approx(effect, rel=1e-12)
    if treated == 1:
        moved = np.array([statistics(np.roll(changes, k), 1)[1] for k in range(UNITS)])
        assert found.rows[0].p == pytest.approx(np.mean(moved >= studentised * (1 - 1e-9)))


def test_size_is_the_level_where_the_treated_vary_alike() -> None:
    for share in rejected(3, 1.0, 600):
        assert abs(share - ALPHA) <= 3 * np.sqrt(ALPHA * (1 - ALPHA) / 600)


def test_standard_errors_help_where_they_do_not() -> None:
    effect, studentised = rejected(4, 2.0, 400)
    assert effect > 0.15
    assert studentised < effect / 1.5
