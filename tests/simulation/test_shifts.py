"""Size and coverage with small cohorts, in a reduced run: exact by lot where the treated vary like the others."""

from __future__ import annotations

import numpy as np
import pytest

from pilotzone.evaluation.many import NEVER, StackedColumns, pooled_test, randomise
from tests.simulation.shifts import NOISES, UNITS, chosen, pooled, redealt, shift_tests, simulated

pytestmark = pytest.mark.simulation


def test_tests_are_those_of_the_package() -> None:
    """Of all pairs of thirty units by lot; with one variance the share of all pairs that are rejected."""
    rng = np.random.default_rng(3)
    changes = rng.standard_normal(UNITS)
    changes[:2] += 1
    layout = StackedColumns(("y",), ((1, 2),))
    stacked = layout.stack({"y": np.column_stack([np.zeros(UNITS), changes])})
    labels = [2] * 2 + [NEVER] * (UNITS - 2)
    rows = randomise(stacked, labels, layout).rows
    theirs = next(row.shifts for row in rows if row.kind == "group" and row.at is None)
    for own, other in zip(shift_tests(changes, 2, rng), theirs, strict=True):
        assert (own.draws, own.exact, own.statistic) == (435, True, other.statistic)
        assert own.interval() == pytest.approx(other.interval(), rel=1e-8)
        assert (own.lower(), own.upper()) == pytest.approx((other.lower(), other.upper()), rel=1e-8)
        for size in (-1.0, 0.0, 1.5):
            assert [own.p(size, side) for side in ("above", "below", "two-sided")] == [
                other.p(size, side) for side in ("above", "below", "two-sided")
            ]
    everybody = np.array([[i, j] for i in range(UNITS) for j in range(i)])
    mine, its = pooled(changes, 2, everybody), pooled_test(stacked, labels, layout)
    assert its is not None
    assert (mine.estimate, mine.se, mine.degrees) == pytest.approx((its.estimate, its.se, its.degrees), rel=1e-9)
    assert (mine.rejected, mine.draws, mine.exact) == (its.rejected, its.draws, its.exact)


def test_assignments_drawn_have_distinct_units() -> None:
    who = chosen(3, 200, np.random.default_rng(1))
    assert {len(set(row)) for row in who.tolist()} == {3}
    assert np.bincount(who.ravel(), minlength=UNITS).min() > 0
    assert redealt(np.ones(UNITS), 3, who).estimate == pytest.approx(np.zeros(200), abs=1e-12)


@pytest.mark.parametrize("treated", [2, 5])
def test_size_is_the_level_where_the_treated_vary_alike(treated: int) -> None:
    row = simulated(treated, NOISES[0], 400)
    error = np.sqrt(0.05 * 0.95 / 400)
    assert (row.above <= 0.05 + 3 * error).all()
    assert (row.below <= 0.05 + 3 * error).all()
    assert (np.abs(row.two_sided - 0.05) <= 3 * error).all()
    assert row.kept > 0.5


def test_heavy_tails_leave_lots_exact() -> None:
    row = simulated(3, NOISES[1], 300)
    assert (np.abs(row.two_sided[:2] - 0.05) <= 3 * np.sqrt(0.05 * 0.95 / 300)).all()


def test_treated_that_vary_more_are_not_protected_by_one_variance() -> None:
    row = simulated(2, NOISES[3], 200)
    assert row.two_sided[2] > 0.12
    assert row.two_sided[0] < row.two_sided[2]
