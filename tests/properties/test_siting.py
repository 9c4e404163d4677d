"""What holds of any ranking of places."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilotzone.site import Criterion, RankingMethod, draw_weights, rank_acceptability

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
