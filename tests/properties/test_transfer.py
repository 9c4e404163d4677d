"""What holds for any candidates: who dominates never ranks below; intervals hold one another."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.transfer.zones import described, zones_of

from pilotzone.transfer import (
    PredictionMethod,
    pool_effects,
    predict_candidates,
    rank_candidates,
    rank_draws,
)

NUMBERS = st.floats(-1e6, 1e6, allow_subnormal=False)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_who_dominates_never_ranks_below(data: st.DataObject) -> None:
    """Draws in any order: one candidate's quantiles are at least another's, whose draws come in another order."""
    count, places = data.draw(st.integers(1, 12)), data.draw(st.integers(2, 5))
    draws = np.array(
        data.draw(st.lists(st.lists(NUMBERS, min_size=places, max_size=places), min_size=count, max_size=count))
    )
    lift = np.array(data.draw(st.lists(st.floats(0, 1e3), min_size=count, max_size=count)))
    order = data.draw(st.permutations(range(count)))
    draws[:, 1] = (draws[:, 0] + lift)[list(order)]
    assert (np.sort(draws[:, 1]) >= np.sort(draws[:, 0])).all()
    found = rank_draws([str(k) for k in range(places)], draws)
    at = {place: int(found.position[k]) for k, place in enumerate(found.places)}
    assert at["1"] <= at["0"]
    turned = rank_draws([str(k) for k in range(places)], -draws, good="down")
    assert {place: int(turned.position[k]) for k, place in enumerate(turned.places)} == at


@pytest.mark.parametrize("prediction", ["HTS", "NNF"])
@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_predictive_distributions_that_dominate_never_rank_below(prediction: PredictionMethod, seed: int) -> None:
    """Two t distributions with the same degrees: one dominates where scales are equal and its mean is higher."""
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(7, 1))
    effects = zones_of(rng.normal(size=7), [0.5] * 7)
    middle = values.mean()
    # As far from the mean of zones on either side: with equal errors of zones the scales are equal, means differ.
    reach = min(values.max() - middle, middle - values.min()) * rng.uniform(0.1, 1, 3)
    candidates = described(np.concatenate([middle + reach, middle - reach])[:, None], [f"c{k}" for k in range(6)])
    found = predict_candidates(effects, described(values), candidates, prediction=prediction)
    ranked = rank_candidates(found, draws=1_000)
    at = {place: int(ranked.position[k]) for k, place in enumerate(ranked.places)}
    # Quantiles of each once: a mixture of normal distributions takes milliseconds for one.
    levels = [2e-6, 0.01, 0.5, 1.5, 1.9999]
    ends = {
        item.place: np.array([item.within.interval(level) for level in levels])
        for item in found.transported
        if item.within is not None
    }
    checked = 0
    for one, other in itertools.permutations(ends, 2):
        if (ends[one] >= ends[other]).all():
            checked += 1
            assert at[one] <= at[other]
    assert checked >= 3 or prediction == "NNF"  # there slopes change with tau, and fewer pairs dominate


@settings(max_examples=100, deadline=None)
@given(st.integers(3, 9), st.integers(0, 2**32 - 1))
def test_intervals_hold_one_another(count: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    se = np.exp(rng.normal(size=count))
    (found,) = pool_effects(zones_of(rng.normal(size=count) * np.exp(rng.normal()), se)).pooled
    assert found.prediction is not None
    assert found.prediction[0] <= found.interval[0] <= found.estimate <= found.interval[1] <= found.prediction[1]
    normal = 1.959963984540054 * found.plain_se
    assert found.interval[1] - found.estimate >= normal
    assert 0 <= found.i2 < 1
    assert found.tau2_interval[0] <= found.tau2_interval[1]
