"""What holds of any ranking of places."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilotzone.core import Direction
from pilotzone.site import (
    Criterion,
    Preference,
    RankingMethod,
    draw_weights,
    rank_acceptability,
    scores,
    set_dependent,
)

DIRECTIONS: tuple[tuple[str, Direction], ...] = (("a", "up"), ("b", "down"), ("c", "up"))
CRITERIA = (Criterion("a", "up"), Criterion("b", "down"), Criterion("c", "up"))


@pytest.mark.parametrize("method", ["weighted_sum", "topsis", "promethee_2"])
@given(seed=st.integers(0, 2**31), places=st.integers(2, 7))
def test_a_dominated_place_is_never_more_acceptable_than_its_dominator(
    method: RankingMethod, seed: int, places: int
) -> None:
    rng = np.random.default_rng(seed)
    values = rng.integers(0, 5, (places, 3)).astype(float)
    values[1] = values[0] - rng.integers(0, 3, 3) * np.array([1, -1, 1])
    found = rank_acceptability(values, CRITERIA, draw_weights(["a", "b", "c"], 200, seed=seed % 1000), method)
    # At every rank or better, not only the first.
    better, worse = np.cumsum(found.ranks[0]), np.cumsum(found.ranks[1])
    assert (better >= worse - 1e-12).all()


@pytest.mark.parametrize("method", ["weighted_sum", "topsis", "promethee_2"])
@given(seed=st.integers(0, 2**31), places=st.integers(2, 7), fixed=st.booleans(), uncertain=st.booleans())
def test_shares_of_each_rank_add_up_to_one(
    method: RankingMethod, seed: int, places: int, *, fixed: bool, uncertain: bool
) -> None:
    """Whether places tie in every draw, in some or in none."""
    rng = np.random.default_rng(seed)
    weights = np.tile([0.5, 0.25, 0.25], (60, 1)) if fixed else draw_weights(["a", "b", "c"], 60, seed=seed % 1000)
    values = rng.integers(0, 2, (6, places, 3)).astype(float)
    drawn = values.__getitem__ if uncertain else None
    found = rank_acceptability(values[0], CRITERIA, weights, method, drawn=drawn, batches=6)
    np.testing.assert_allclose(found.ranks.sum(axis=0), 1, rtol=0, atol=1e-12)
    np.testing.assert_allclose(found.ranks.sum(axis=1), 1, rtol=0, atol=1e-12)
    np.testing.assert_allclose(found.grouped.sum(axis=1), 1, rtol=0, atol=1e-12)


@pytest.mark.parametrize("method", ["weighted_sum", "topsis", "promethee_2"])
@given(seed=st.integers(0, 2**31), places=st.integers(2, 7), shape=st.sampled_from(["usual", "v_shape", "linear"]))
def test_an_irrelevant_place_never_changes_the_order_of_others(
    method: RankingMethod, seed: int, places: int, shape: Preference
) -> None:
    """With scales and references, a place's score is its own: whoever joins, good or bad or far beyond every scale."""
    rng = np.random.default_rng(seed)
    criteria = [
        Criterion(name, good, "1", shape, 0.3, 0.9, scale=(0, 4), reference=tuple(rng.uniform(0, 4, 5).tolist()))
        for name, good in DIRECTIONS
    ]
    values = rng.uniform(-1, 5, (places, 3))
    joined = np.vstack([values, rng.uniform(-100, 100, (2, 3))])
    weights = draw_weights(["a", "b", "c"], 40, seed=seed % 1000)
    alone, among = (scores(table, criteria, weights, method) for table in (values, joined))
    np.testing.assert_allclose(among[:, :places], alone, rtol=0, atol=1e-12)
    assert not set_dependent(criteria, method)


@pytest.mark.parametrize("method", ["weighted_sum", "topsis", "promethee_2"])
@given(seed=st.integers(0, 2**31), places=st.integers(2, 7))
def test_on_fixed_scales_a_dominated_place_is_never_above_its_dominator(
    method: RankingMethod, seed: int, places: int
) -> None:
    rng = np.random.default_rng(seed)
    criteria = [
        Criterion(item.name, item.good, scale=(1, 3), reference=tuple(rng.uniform(0, 4, 5).tolist()))
        for item in CRITERIA
    ]
    values = rng.uniform(0, 5, (places, 3))
    values[1] = values[0] - rng.uniform(0, 3, 3) * np.array([1, -1, 1])
    found = scores(values, criteria, draw_weights(["a", "b", "c"], 60, seed=seed % 1000), method)
    assert (found[:, 0] >= found[:, 1] - 1e-12).all()
