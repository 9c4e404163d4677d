"""Properties that the simplex solver has on all data: order, scale, level, copies."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from pilotzone.evaluation.few.weights.simplex import GAP_BOUND, SimplexSolution, functional_range, solve_simplex_batch

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

# The first example of a worker loads SciPy.
patient = settings(deadline=None)

# Few distinct values make ties, copies and collinear donors common; figures with three digits make the rest.
COARSE = st.integers(-3, 3).map(float)
FINE = st.integers(-999, 999).map(lambda k: k / 100)


@st.composite
def panels(draw: st.DrawFn) -> Floats:
    shape = (draw(st.integers(2, 9)), draw(st.integers(1, 6)))
    paths: Floats = draw(arrays(np.float64, shape, elements=draw(st.sampled_from([COARSE, FINE]))))
    return paths


def solve_all(paths: Floats, *, intercept: bool = False) -> SimplexSolution:
    count = len(paths)
    return solve_simplex_batch(paths, np.arange(count), ~np.eye(count, dtype=bool), intercept=intercept)


def centred(paths: Floats, *, intercept: bool) -> Floats:
    return paths - paths.mean(axis=1, keepdims=True) if intercept else paths


@patient
@given(panels(), st.booleans())
def test_weights_are_optimal(paths: Floats, intercept: bool) -> None:
    """On the simplex, and no step towards any donor gains anything (convexity does the rest)."""
    solution = solve_all(paths, intercept=intercept)
    used = centred(paths, intercept=intercept)
    assert (solution.weights >= 0).all()
    assert (np.diag(solution.weights) == 0).all()
    np.testing.assert_allclose(solution.weights.sum(axis=1), 1.0, rtol=1e-15)
    synthetic = solution.weights @ used
    for i in range(len(paths)):
        donors = np.delete(used, i, axis=0)
        gains = (donors - synthetic[i]) @ (used[i] - synthetic[i])
        assert gains.max() <= 1e-13 * (1 + np.abs(used).max() ** 2)
    assert (solution.gap <= GAP_BOUND).all()


@patient
@given(panels(), st.booleans(), st.data())
def test_order_of_units_never_matters(paths: Floats, intercept: bool, data: st.DataObject) -> None:
    order = np.array(data.draw(st.permutations(range(len(paths)))))
    one, other = solve_all(paths, intercept=intercept), solve_all(paths[order], intercept=intercept)
    np.testing.assert_array_equal(other.weights, one.weights[np.ix_(order, order)])
    np.testing.assert_array_equal(other.unique, one.unique[order])
    np.testing.assert_array_equal(other.gap, one.gap[order])


@patient
@given(panels(), st.booleans(), st.data())
def test_order_of_periods_never_matters(paths: Floats, intercept: bool, data: st.DataObject) -> None:
    order = np.array(data.draw(st.permutations(range(paths.shape[1]))))
    one, other = solve_all(paths, intercept=intercept), solve_all(paths[:, order], intercept=intercept)
    np.testing.assert_allclose(other.weights, one.weights, rtol=0, atol=1e-9)
    np.testing.assert_array_equal(other.unique, one.unique)


@patient
@given(panels(), st.booleans(), st.sampled_from([1e-8, 0.3, 7.0, 1e12]))
def test_rescaling_changes_no_weight(paths: Floats, intercept: bool, factor: float) -> None:
    one, other = solve_all(paths, intercept=intercept), solve_all(factor * paths, intercept=intercept)
    np.testing.assert_allclose(other.weights, one.weights, rtol=0, atol=1e-9)
    np.testing.assert_allclose(other.fitted, factor * one.fitted, rtol=0, atol=1e-9 * factor)
    np.testing.assert_array_equal(other.unique, one.unique)


@patient
@given(panels(), st.booleans(), st.integers(-40, 40))
def test_powers_of_two_change_no_bit(paths: Floats, intercept: bool, power: int) -> None:
    one, other = solve_all(paths, intercept=intercept), solve_all(np.ldexp(paths, power), intercept=intercept)
    np.testing.assert_array_equal(other.weights, one.weights)


@patient
@given(panels(), st.booleans(), st.integers(-1000, 1000))
def test_a_common_level_changes_no_weight(paths: Floats, intercept: bool, level: int) -> None:
    one, other = solve_all(paths, intercept=intercept), solve_all(paths + level, intercept=intercept)
    np.testing.assert_allclose(other.weights, one.weights, rtol=0, atol=1e-8)


@patient
@given(panels(), st.data())
def test_own_levels_change_no_weight_under_intercept(paths: Floats, data: st.DataObject) -> None:
    levels = np.array(data.draw(st.lists(st.integers(-500, 500), min_size=len(paths), max_size=len(paths))))
    one, other = solve_all(paths, intercept=True), solve_all(paths + levels[:, None], intercept=True)
    np.testing.assert_allclose(other.weights, one.weights, rtol=0, atol=1e-8)
    np.testing.assert_allclose(other.fitted, one.fitted + levels[:, None], rtol=0, atol=1e-8)


@patient
@given(panels(), st.booleans(), st.data())
def test_copies_of_a_donor_have_equal_weights(paths: Floats, intercept: bool, data: st.DataObject) -> None:
    copied = data.draw(st.integers(1, len(paths) - 1))
    more = np.vstack([paths, paths[[copied]]])
    solution = solve_simplex_batch(more, [0], [[False] + [True] * (len(more) - 1)], intercept=intercept)
    assert solution.weights[0, copied] == solution.weights[0, -1]
    before = solve_simplex_batch(paths, [0], [[False] + [True] * (len(paths) - 1)], intercept=intercept)
    np.testing.assert_allclose(solution.fitted, before.fitted, rtol=0, atol=1e-9)
    assert solution.unique[0] <= (solution.weights[0, copied] == 0)


@patient
@given(panels(), st.booleans())
def test_more_donors_never_fit_worse(paths: Floats, intercept: bool) -> None:
    mask = np.array([[False] + [True] * (len(paths) - 1)])
    whole = solve_simplex_batch(paths, [0], mask, intercept=intercept).rmspe[0]
    for left_out in range(1, len(paths)):
        if len(paths) > 2:
            fewer = mask.copy()
            fewer[0, left_out] = False
            part = solve_simplex_batch(paths, [0], fewer, intercept=intercept).rmspe[0]
            assert whole <= part + 1e-12 * (1 + part)


@patient
@given(panels(), st.booleans(), st.data())
def test_range_holds_the_chosen_weights(paths: Floats, intercept: bool, data: st.DataObject) -> None:
    values = np.array(data.draw(st.lists(COARSE, min_size=len(paths), max_size=len(paths))))
    mask = np.array([False] + [True] * (len(paths) - 1))
    solution = solve_simplex_batch(paths, [0], mask[None], intercept=intercept)
    low, high = functional_range(paths, 0, mask, values, intercept=intercept)
    chosen = float(solution.weights[0] @ values)
    assert low - 1e-12 <= chosen <= high + 1e-12
    assert low >= values[1:].min() - 1e-9
    assert high <= values[1:].max() + 1e-9
    if solution.unique[0]:
        assert low == high
