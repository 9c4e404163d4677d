"""By how many draws effects are known where outcomes are missing or weights differ: units lined up one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest

from pilotzone.core import Outcome
from pilotzone.evaluation.many import ManyDesign, ManyEffects, evaluate_panel
from pilotzone.evaluation.many.variation.presence import Presence, resting_alike
from pilotzone.store import PanelColumns, open_panel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

JOBS = Outcome("y", role="development", good="up", margin=1.0, scale="level")


def presence(seed: int, count: int = 5) -> Presence:
    """Return made-up effects of two cohorts over four columns, known by one to nine draws."""
    rng = np.random.default_rng(seed)
    columns = np.stack([rng.integers(1, 4, count), rng.integers(0, 3, count)])
    sides = rng.normal(size=(1, count, 2)) * np.array([1.0, -1.0])[:, None, None]
    numbers = rng.integers(1, 10, (2, count, 2)).astype(np.float64)
    return Presence(columns, sides, numbers, np.full((2, count, 2), 1.25))


@pytest.mark.parametrize("seed", range(5))
def test_units_lined_up_one_by_one(seed: int) -> None:
    """Unit i of a cohort is in each mean that i or more units have, and adds to columns what it weighs there."""
    found = presence(seed)
    weights = np.random.default_rng(seed + 100).normal(size=(3, 5))
    rests = found.resting(weights)
    for q in range(3):
        for k in range(2):
            each = []
            for unit in range(1, 10):
                adds = np.zeros(4)
                for j in range(2):
                    for c in range(5):
                        if found.numbers[j, c, k] >= unit:
                            adds[found.columns[j, c]] += weights[q, c] * found.sides[j, c, k] / found.numbers[j, c, k]
                each.append(float((adds**2).sum()))
            assert rests.alike[q, k] == pytest.approx(sum(each), rel=1e-12)
            assert rests.numbers[q, k] == pytest.approx(sum(each) ** 2 / sum(v**2 for v in each), rel=1e-12)
            assert rests.factors[q, k] == pytest.approx(1.25, rel=1e-12)


def test_no_other_arrangement_rests_on_fewer() -> None:
    """Two effects over columns of their own, on 2 and 6 of nine units: every choice of who has which."""
    from itertools import combinations

    numbers = np.broadcast_to(np.array([2.0, 6.0])[None, :, None], (2, 2, 1)).copy()
    sides = np.array([1.0, -1.0])[:, None, None] * np.ones((2, 2, 1))
    found = Presence(np.array([[1, 3], [0, 2]]), sides, numbers, np.full((2, 2, 1), 1.5))
    fewest = found.resting(np.ones((1, 2))).numbers[0, 0]
    every = []
    for first in combinations(range(9), 2):
        each = np.zeros(9)
        each[list(first)] += 2 / 2**2
        each[:6] += 2 / 6**2
        every.append(each.sum() ** 2 / (each**2).sum())
    assert fewest == pytest.approx(min(every), rel=1e-12)
    assert max(every) > 1.2 * fewest


def test_balanced_draws_count_whole() -> None:
    rng = np.random.default_rng(3)
    later, earlier = np.array([1, 2, 3]), np.array([0, 0, 2])
    sides, draws = rng.normal(size=(3, 2)), np.array([7, 40])
    numbers = np.broadcast_to(draws.astype(float), (2, 3, 2))
    found = Presence(np.stack([later, earlier]), np.stack([sides, -sides]), numbers, numbers / (numbers - 1))
    weights = rng.normal(size=(4, 3))
    here, there = found.resting(weights), resting_alike(weights, sides, later, earlier, draws)
    np.testing.assert_allclose(here.alike, there.alike, rtol=1e-12)
    np.testing.assert_allclose(here.numbers, there.numbers, rtol=1e-12)
    np.testing.assert_allclose(here.factors, there.factors, rtol=1e-12)


def test_what_no_cohort_is_in_rests_on_nothing() -> None:
    rests = presence(0).resting(np.zeros((1, 5)))
    assert (rests.alike.max(), rests.numbers.max()) == (0.0, 0.0)
    assert np.isinf(rests.factors).all()


def panel(seed: int, has: int, *, towns: bool = False, weights: bool = False, sections: bool = False) -> ManyEffects:
    """Return effects where nothing happens: thirty treated of sixty, of whom `has` have the outcome after treatment.

    With weights all have it, and `has` of the treated have nearly all of their weight.
    """
    rng = np.random.default_rng(seed)
    units, periods, size = 60, 4, 3 if towns else 1
    y = np.repeat(rng.normal(size=(units, periods)), size, axis=0) + 0.5 * rng.normal(size=(units * size, periods))
    town = np.repeat(np.arange(units), size)
    treated = town < 30
    if not weights:
        y[np.ix_(np.flatnonzero(treated & (town >= has)), np.array([2, 3]))] = np.nan
    frame = pl.DataFrame(
        {
            "unit": np.arange(y.size) if sections else np.repeat(np.arange(len(y)), periods),
            "year": np.tile(np.arange(periods), len(y)),
            "start": np.repeat(np.where(treated, 2.0, np.inf), periods),
            "town": np.repeat(town, periods),
            "share": np.repeat(np.where(treated & (town >= has), 1e-3, 1.0), periods),
            "y": y.ravel(),
        }
    ).filter(pl.col("y").is_not_nan())
    columns = PanelColumns("unit", "year", "start", ("y",), "town" if towns else None, "share" if weights else None)
    return evaluate_panel(open_panel(frame, columns), [JOBS], ManyDesign(cross_sections=sections))


# Averages of effects from other rows in each period are known from more rows than each of these effects.
@pytest.mark.parametrize(
    ("has", "sections"), [(2, False), (4, False), (5, False), (30, False), (2, True), (5, True), (30, True)]
)
@pytest.mark.parametrize("towns", [False, True])
def test_who_lacks_the_outcome_does_not_count(has: int, towns: bool, sections: bool) -> None:
    found = panel(1, has, towns=towns, sections=sections)
    after = [row for row in found.rows if row.kind != "cell" or (row.period or 0) >= 2]
    after = [row for row in after if row.at is None or row.kind != "dynamic" or row.at >= 0]
    assert len(after) > 5
    assert {row.se is None for row in after} == {has < 5}
    assert {row.treated_units for row in after} == {has * (3 if towns else 1)}
    if has < 5:
        assert {row.refused.split(":")[1].split()[0] for row in after} == {str(has)}
        assert found.joint.covariance is not None
        assert set(found.joint.covariance.refused) == {"y"}
    # Before treatment all of them are there.
    (before,) = (row for row in found.of("cell") if row.period == 1)
    assert before.se is not None


@pytest.mark.parametrize(("has", "told"), [(2, False), (4, False), (6, True)])
def test_units_with_nearly_all_weight_are_those_that_count(has: int, told: bool) -> None:
    found = panel(2, has, weights=True)
    assert {row.se is not None for row in found.rows} == {told}
    assert {row.treated_units for row in found.rows} == {30}
