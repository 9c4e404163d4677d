"""Shares of variance: functions whose shares are known, and what is refused."""

from __future__ import annotations

from itertools import combinations, permutations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.special import ndtr

from pilotzone.core import MethodError, UsageError
from pilotzone.sampling import (
    block_ratio,
    even_size,
    scrambled_scores,
    shapley_effects,
    shapley_of_costs,
    sobol_indices,
)

Floats = NDArray[np.float64]
THREE = {"1": [0], "2": [1], "3": [2]}
ISHIGAMI = {"first": (0.3139051912, 0.4424111448, 0.0), "total": (0.5575888553, 0.4424111448, 0.2436836641)}
"""Ishigami and Homma 1990, a 7 and b 0.1."""


def ishigami(scores: Floats) -> Floats:
    x = 2 * np.pi * ndtr(scores) - np.pi
    return np.asarray(np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0]))


@pytest.mark.parametrize("seed", range(5))
def test_shares_of_ishigami(seed: int) -> None:
    """65,536 draws, 327,680 answers: within 0.005 of the closed form, and within four of the errors that are told."""
    found = sobol_indices(ishigami, THREE, draws=65_536, seed=seed)
    assert found.evaluations == 327_680
    assert found.mean == pytest.approx(3.5, abs=0.005)
    assert found.variance == pytest.approx(13.84458794, rel=0.002)
    np.testing.assert_allclose(found.first, ISHIGAMI["first"], atol=0.005)
    np.testing.assert_allclose(found.total, ISHIGAMI["total"], atol=0.005)
    assert (np.abs(found.first - ISHIGAMI["first"]) < 5 * found.first_error).all()
    pair = sobol_indices(ishigami, {"13": [0, 2], "2": [1]}, draws=65_536, seed=seed)
    # What both have together beyond what each has alone.
    assert pair.first[0] - found.first[0] - found.first[2] == pytest.approx(0.2436836641, abs=0.005)


def test_shapley_effects_of_independent_inputs_halve_what_two_have_together() -> None:
    found = shapley_effects(ishigami, THREE, seed=2)
    expected = np.array([0.3139051912 + 0.2436836641 / 2, 0.4424111448, 0.2436836641 / 2])
    np.testing.assert_allclose(found.effects, expected, atol=0.005)
    assert found.effects.sum() == pytest.approx(1, abs=1e-14)
    walked = shapley_effects(ishigami, THREE, most_exact=0, draws=65_536, seed=2)
    assert walked.method == "orders"
    assert (np.abs(walked.effects - expected) < 5 * walked.errors).all()
    np.testing.assert_allclose(walked.effects, expected, atol=0.02)
    assert walked.effects.sum() == pytest.approx(1, abs=1e-14)


def linear_effects(slopes: Floats, covariance: Floats) -> Floats:
    """Shapley effects of a linear function of normal inputs, over all orders (Owen and Prieur 2017)."""
    count = len(slopes)

    def cost(drawn: tuple[int, ...]) -> float:
        if not drawn:
            return 0.0
        known = [k for k in range(count) if k not in drawn]
        own = covariance[np.ix_(drawn, drawn)]
        if known:
            across = covariance[np.ix_(drawn, known)]
            own = own - across @ np.linalg.solve(covariance[np.ix_(known, known)], across.T)
        return float(slopes[list(drawn)] @ own @ slopes[list(drawn)])

    found, orders = np.zeros(count), list(permutations(range(count)))
    for order in orders:
        for k, own in enumerate(order):
            found[own] += cost(tuple(sorted(order[: k + 1]))) - cost(tuple(sorted(order[:k])))
    return np.asarray(found / len(orders) / cost(tuple(range(count))))


@pytest.mark.parametrize("rho", [-0.9, 0.0, 0.5, 0.95])
def test_shapley_effects_of_two_correlated_inputs(rho: float) -> None:
    """Iooss and Prieur 2019: b1^2 s1^2 (1 - rho^2 / 2) + rho b1 b2 s1 s2 + b2^2 s2^2 rho^2 / 2."""
    one, other = 2.0 * 1.0, 1.0 * 0.7  # slope times standard deviation
    variance = one**2 + other**2 + 2 * rho * one * other
    first = (one**2 * (1 - rho**2 / 2) + rho * one * other + other**2 * rho**2 / 2) / variance
    matrix = np.array([[1, rho], [rho, 1]])
    np.testing.assert_allclose(linear_effects(np.array([one, other]), matrix), [first, 1 - first], atol=1e-12)
    found = shapley_effects(lambda z: z @ [one, other], {"a": [0], "b": [1]}, correlation=matrix)
    np.testing.assert_allclose(found.effects, [first, 1 - first], atol=max(5 * found.errors.max(), 1e-10))
    np.testing.assert_allclose(found.effects, [first, 1 - first], atol=0.002)


def test_shapley_effects_of_three_inputs_two_of_which_are_correlated() -> None:
    """Iooss and Prieur 2019: the independent one has its share of the variance and no more."""
    slopes, rho = np.array([1.0, 1.5, -0.8]), 0.6
    matrix = np.array([[1, 0, 0], [0, 1, rho], [0, rho, 1.0]])
    expected = linear_effects(slopes, matrix)
    assert expected[0] == pytest.approx(1 / (slopes @ matrix @ slopes))
    found = shapley_effects(lambda z: z @ slopes, THREE, correlation=matrix)
    np.testing.assert_allclose(found.effects, expected, atol=0.002)


def test_an_input_that_is_not_used_has_what_it_tells() -> None:
    """Owen and Prieur 2017: with rho its effect is rho^2 / 2, though the answer does not depend on it."""
    found = shapley_effects(lambda z: z[:, 0], {"used": [0], "not": [1]}, correlation=np.array([[1, 0.8], [0.8, 1]]))
    np.testing.assert_allclose(found.effects, [0.68, 0.32], atol=0.001)


@pytest.mark.parametrize(("most_exact", "within"), [(8, 0.001), (0, 0.02)])
def test_many_correlated_inputs_by_both_ways(most_exact: int, within: float) -> None:
    rng = np.random.default_rng(8)
    half = rng.standard_normal((6, 9))
    spread = half @ half.T
    matrix = spread / np.sqrt(np.outer(np.diag(spread), np.diag(spread)))
    slopes = rng.standard_normal(6)
    found = shapley_effects(
        lambda z: z @ slopes,
        {str(k): [k] for k in range(6)},
        correlation=matrix,
        most_exact=most_exact,
        draws=16_384,
    )
    expected = linear_effects(slopes, matrix)
    np.testing.assert_allclose(found.effects, expected, atol=within)
    low, high = found.interval(0.9999)
    assert ((low < expected) & (expected < high)).all()
    assert found.to_table().columns["share"][0] == found.effects.max()


def test_a_group_is_one_player() -> None:
    """Correlations within a group do not matter to how it is shared with others that are independent of it."""
    matrix = np.array([[1, 0.7, 0], [0.7, 1, 0], [0, 0, 1.0]])
    groups = {"both": [0, 1], "other": [2]}
    found = shapley_effects(lambda z: z.sum(axis=1), groups, correlation=matrix)
    np.testing.assert_allclose(found.effects, [3.4 / 4.4, 1 / 4.4], atol=0.002)
    swapped = sobol_indices(lambda z: z.sum(axis=1), groups, correlation=matrix)
    np.testing.assert_allclose(swapped.first, [3.4 / 4.4, 1 / 4.4], atol=0.002)
    np.testing.assert_allclose(swapped.total, [3.4 / 4.4, 1 / 4.4], atol=0.002)


def test_correlated_groups_are_refused() -> None:
    with pytest.raises(UsageError, match="'power' and 'load' are correlated") as caught:
        sobol_indices(lambda z: z.sum(axis=1), {"power": [0], "load": [1]}, correlation=np.array([[1, 0.1], [0.1, 1]]))
    assert "Shapley" in str(caught.value)


@pytest.mark.parametrize("indices", [sobol_indices, shapley_effects])
def test_answers_that_cannot_be_shared_out(indices: object) -> None:
    assert callable(indices)
    with pytest.raises(MethodError, match="whatever the inputs are"):
        indices(lambda z: 3 + 0 * z[:, 0], {"a": [0]}, draws=64)
    with pytest.raises(MethodError, match="not finite"):
        indices(lambda z: np.where(z[:, 0] > 0, np.nan, z[:, 0]), {"a": [0]}, draws=64)
    for groups in ({}, {"a": [0], "b": [0]}, {"a": [0], "b": [2]}, {"a": [0], "b": []}):
        with pytest.raises(UsageError, match="have the inputs"):
            indices(lambda z: z[:, 0], groups, draws=64)


def test_one_input_has_all() -> None:
    found = shapley_effects(lambda z: np.exp(z[:, 0]), {"a": [0]}, draws=1_024)
    assert found.effects.tolist() == [1.0]
    assert found.errors.tolist() == pytest.approx([0.0], abs=1e-15)


def test_values_of_a_game_by_all_orders() -> None:
    costs = np.random.default_rng(5).uniform(size=16)
    costs[0] = 0
    brute = np.zeros(4)
    for order in permutations(range(4)):
        for k, own in enumerate(order):
            brute[own] += costs[sum(2**j for j in order[: k + 1])] - costs[sum(2**j for j in order[:k])]
    np.testing.assert_allclose(shapley_of_costs(costs), brute / 24, atol=1e-14)
    assert len(list(combinations(range(4), 2))) == 6


def test_scrambles_are_even_and_independent() -> None:
    scrambles, size = even_size(5_000)
    assert scrambles * size >= 5_000
    assert 8 <= scrambles <= 16
    drawn = ndtr(scrambled_scores(scrambles, size, 3, 1)).reshape(scrambles, size, 3)
    # One point in each of as many equal parts: what makes the sequence even.
    for part in drawn:
        for column in part.T:
            assert sorted((column * size).astype(int)) == list(range(size))
    assert not np.array_equal(drawn[0], drawn[1])


def test_one_block_has_no_error() -> None:
    ratio, error = block_ratio(np.array([[2.0, 1.0]]), np.array([4.0]))
    assert ratio.tolist() == [0.5, 0.25]
    assert np.isnan(error).all()
