"""The simplex solver on problems whose answer is known, and on numbers that are hard to compute with."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy.optimize import nnls

from pilotzone.core import MethodError
from pilotzone.evaluation.few.weights import face, nearest, shortest, simplex
from pilotzone.evaluation.few.weights.simplex import GAP_BOUND, SimplexSolution, functional_range, solve_simplex_batch

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]


def everyone(count: int) -> NDArray[np.bool_]:
    return ~np.eye(count, dtype=bool)


def solve_first(paths: ArrayLike, *, intercept: bool = False) -> SimplexSolution:
    paths = np.asarray(paths, dtype=float)
    return solve_simplex_batch(paths, [0], everyone(len(paths))[:1], intercept=intercept)


# ---------------------------------------------------------------------------------------------------- known answers


def test_one_donor_has_all_the_weight() -> None:
    solution = solve_first([[1.0, 2.0, 6.0], [4.0, 4.0, 4.0]])
    np.testing.assert_array_equal(solution.weights, [[0.0, 1.0]])
    assert solution.rmspe[0] == pytest.approx(np.sqrt((9 + 4 + 4) / 3), rel=1e-15)
    assert solution.unique[0]
    assert not solution.inside[0]
    assert solution.gap[0] == 0.0


def test_one_donor_with_intercept() -> None:
    solution = solve_first([[1.0, 2.0, 6.0], [4.0, 5.0, 6.0]], intercept=True)
    assert solution.intercepts[0] == pytest.approx(-2.0, abs=1e-15)
    np.testing.assert_allclose(solution.fitted[0], [2.0, 3.0, 4.0], atol=1e-15)
    assert solution.rmspe[0] == pytest.approx(np.sqrt((1 + 1 + 4) / 3), rel=1e-15)


def test_one_period_outside_the_range_takes_the_nearest_donor() -> None:
    solution = solve_first([[9.0], [1.0], [2.0], [5.0]])
    np.testing.assert_array_equal(solution.weights, [[0.0, 0.0, 0.0, 1.0]])
    assert solution.rmspe[0] == 4.0


def test_one_period_inside_the_range_takes_the_shortest_weights() -> None:
    """Minimise ||w|| with w'(0, 1, 2, 3) = 1: by Lagrange w is linear in the donor's value, (4, 3, 2, 1) / 10."""
    solution = solve_first([[1.0], [0.0], [1.0], [2.0], [3.0]])
    np.testing.assert_allclose(solution.weights, [[0.0, 0.4, 0.3, 0.2, 0.1]], atol=1e-15)
    assert not solution.unique[0]
    assert solution.inside[0]
    assert solution.rmspe[0] == 0.0


def test_one_period_with_intercept_fits_always_and_says_nothing() -> None:
    solution = solve_first([[7.0], [0.0], [1.0], [5.0]], intercept=True)
    np.testing.assert_allclose(solution.weights, [[0.0, 1 / 3, 1 / 3, 1 / 3]], rtol=1e-15)
    assert solution.intercepts[0] == pytest.approx(5.0, rel=1e-15)
    assert not solution.unique[0]


def test_a_donor_on_the_target_may_share_with_others() -> None:
    """The second donor alone is optimal, and so are equal parts of all three; the latter are shorter."""
    solution = solve_first([[1.0], [0.0], [1.0], [2.0]])
    np.testing.assert_allclose(solution.weights, [[0.0, 1 / 3, 1 / 3, 1 / 3]], rtol=1e-14)
    assert not solution.unique[0]


def test_a_corner_of_the_hull_is_met_in_one_way() -> None:
    solution = solve_first([[0.0, 0.0], [0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    np.testing.assert_array_equal(solution.weights, [[0.0, 1.0, 0.0, 0.0, 0.0]])
    assert solution.unique[0]
    assert solution.inside[0]


def test_weights_that_end_at_a_bound_are_still_not_unique() -> None:
    """On a line at 0, 1 and 10 the target 0.1 has other optimal weights, but the shortest leave the last donor out."""
    solution = solve_first([[0.1], [0.0], [1.0], [10.0]])
    np.testing.assert_allclose(solution.weights, [[0.0, 0.9, 0.1, 0.0]], atol=1e-14)
    assert not solution.unique[0]


@pytest.mark.parametrize("intercept", [False, True])
def test_identical_paths_share_alike(intercept: bool) -> None:
    # 0.1 has no exact mean over seven periods; what is left must not be taken for shape.
    solution = solve_first(np.full((6, 7), 0.1), intercept=intercept)
    np.testing.assert_allclose(solution.weights, [[0.0, 0.2, 0.2, 0.2, 0.2, 0.2]], rtol=1e-15)
    assert not solution.unique[0]
    assert solution.inside[0]
    assert solution.gap[0] == 0.0


def test_constant_paths_have_no_shape() -> None:
    solution = solve_first(np.outer([0.3, 0.1, 0.7, 0.9, 1.3], np.ones(11)), intercept=True)
    np.testing.assert_allclose(solution.weights, [[0.0, 0.25, 0.25, 0.25, 0.25]], rtol=1e-15)
    assert solution.intercepts[0] == pytest.approx(0.3 - 0.75, rel=1e-14)


@pytest.mark.parametrize("intercept", [False, True])
def test_paths_alike_up_to_rounding_are_no_error(intercept: bool) -> None:
    """Only the last digits differ: no optimum can be told from another, and none is refused."""
    for seed in range(200):
        rng = np.random.default_rng(seed)
        base = rng.normal(size=int(rng.integers(1, 8)))
        paths = base * (1 + rng.integers(-4, 5, size=(int(rng.integers(2, 12)), len(base))) * 2.0**-52)
        solution = solve_first(paths, intercept=intercept)
        assert solution.weights.min() >= 0
        np.testing.assert_allclose(solution.fitted[0], paths[0], rtol=0, atol=1e-14)


def test_copies_of_a_donor_share_its_weight() -> None:
    rng = np.random.default_rng(4)
    donors, target = rng.normal(size=(6, 12)), rng.normal(size=12)
    single = solve_first(np.vstack([target, donors]))
    heaviest = int(np.argmax(single.weights[0]))
    copied = solve_first(np.vstack([target, donors, donors[[heaviest - 1]] * np.ones((2, 1))]))
    share = single.weights[0, heaviest] / 3
    np.testing.assert_allclose(copied.weights[0, [heaviest, 7, 8]], share, rtol=1e-12)
    assert copied.weights[0, heaviest] == copied.weights[0, 7] == copied.weights[0, 8]
    np.testing.assert_allclose(np.delete(copied.weights[0, :7], heaviest), np.delete(single.weights[0], heaviest))
    assert single.unique[0]
    assert not copied.unique[0]


def test_one_call_solves_each_problem_as_if_alone() -> None:
    rng = np.random.default_rng(1)
    paths = rng.normal(size=(9, 6)).cumsum(axis=1)
    targets = np.array([3, 0, 3, 8])
    masks = everyone(9)[targets]
    masks[2, [0, 1]] = False
    batch = solve_simplex_batch(paths, targets, masks, intercept=True)
    assert batch.weights[2, 0] == batch.weights[2, 1] == 0
    for p, target in enumerate(targets):
        alone = solve_simplex_batch(paths, [target], masks[[p]], intercept=True)
        np.testing.assert_array_equal(alone.weights[0], batch.weights[p])
    used = paths - paths.mean(axis=1, keepdims=True)
    expected = batch.weights @ used + paths[targets].mean(axis=1, keepdims=True)
    np.testing.assert_allclose(batch.fitted, expected, atol=1e-14)


def test_results_have_the_shapes_they_claim_and_cannot_be_changed() -> None:
    solution = solve_simplex_batch(np.random.default_rng(0).normal(size=(5, 4)), [1, 2], everyone(5)[[1, 2]])
    shapes = {item.name: getattr(solution, item.name).shape for item in fields(solution)}
    assert shapes == {
        "weights": (2, 5),
        "fitted": (2, 4),
        **dict.fromkeys(("intercepts", "rmspe", "gap", "inside", "unique", "iterations"), (2,)),
    }
    for item in fields(solution):
        assert not getattr(solution, item.name).flags.writeable


def test_no_problems_are_no_error() -> None:
    assert solve_simplex_batch(np.ones((3, 2)), np.empty(0, int), np.empty((0, 3), bool)).weights.shape == (0, 3)


def test_the_callers_paths_stay_as_they_are() -> None:
    paths = np.array([[1.0, 2.0], [0.0, np.nan], [3.0, 1.0]])
    before = paths.copy()
    solve_simplex_batch(paths, [0], [[False, False, True]], intercept=True)
    np.testing.assert_array_equal(paths, before)


# ------------------------------------------------------------------------------------------- optimality conditions


def certificate(paths: Floats, solution: SimplexSolution) -> tuple[float, float]:
    """Largest violation of stationarity, relative, for the first unit by the others; and of the simplex."""
    weights, donors = solution.weights[0, 1:], paths[1:]
    residual = paths[0] - weights @ donors
    pull = (donors - weights @ donors) @ residual  # what a step towards each donor gains
    scale = np.linalg.norm(donors - paths[0], axis=1)
    used = weights > 1e-9
    size = float(np.median(scale) * scale.max())
    stationary = max(float(pull.max()), float(np.abs(pull[used]).max()) if used.any() else 0.0) / size
    return stationary, max(abs(float(weights.sum()) - 1), -float(weights.min()), 0.0)


@pytest.mark.parametrize("factor", [1e-300, 1e-8, 1.0, 1e12, 1e250])
@pytest.mark.parametrize("intercept", [False, True])
def test_conditions_hold_on_every_scale(factor: float, intercept: bool) -> None:
    for seed in range(10):
        rng = np.random.default_rng(seed)
        paths = rng.normal(size=(30, 12)).cumsum(axis=1)
        solution = solve_first(factor * paths, intercept=intercept)
        used = paths - paths.mean(axis=1, keepdims=True) if intercept else paths
        stationary, simplex = certificate(used, solution)
        assert stationary <= 1e-14
        assert simplex <= 4e-16
        assert solution.rmspe[0] == pytest.approx(factor * solve_first(paths, intercept=intercept).rmspe[0], rel=1e-12)


@pytest.mark.parametrize("level", [1e3, 1e6, 1e9])
def test_a_level_that_all_share_costs_only_the_digits_it_takes(level: float) -> None:
    rng = np.random.default_rng(7)
    paths = np.round(rng.normal(size=(20, 10)), 3)
    plain, lifted = solve_first(paths), solve_first(paths + level)
    np.testing.assert_allclose(lifted.weights, plain.weights, rtol=0, atol=1e-14 * level)


@pytest.mark.parametrize("spread", [1e-3, 1e-6, 1e-9])
def test_donors_close_together_and_far_away(spread: float) -> None:
    """The target hangs over the hull of donors in a plane: weights are those of its foot."""
    rng = np.random.default_rng(2)
    flat = rng.normal(size=(6, 5))
    foot = rng.dirichlet(np.ones(6)) @ flat
    paths = np.hstack([np.vstack([foot, flat]) * spread, np.array([[1.0], *[[0.0]] * 6])])
    solution = solve_first(paths)
    np.testing.assert_allclose(solution.weights[0, 1:] @ flat, foot, rtol=0, atol=2e-15 / spread)
    assert solution.gap[0] <= 1e-14


@pytest.mark.parametrize("ratio", [1e3, 1e6, 1e12])
def test_one_donor_far_beyond_the_others_changes_nothing(ratio: float) -> None:
    """It lies on the far side of all others, so that it is not a use; the other weights keep all their digits."""
    rng = np.random.default_rng(3)
    paths = rng.normal(size=(15, 8))
    plain = solve_first(paths)
    residual = paths[0] - plain.fitted[0]
    solution = solve_first(np.vstack([paths, -ratio * residual]))
    np.testing.assert_allclose(solution.weights[0, :15], plain.weights[0], rtol=0, atol=1e-13)
    assert solution.weights[0, 15] == 0.0


@pytest.mark.parametrize("apart", [1e-3, 1e-5, 1e-7, 1e-9, 1e-11, 1e-13])
def test_nearly_collinear_donors_keep_the_optimum(apart: float) -> None:
    """Whether they count as one or two, the fit is as good as any, and the certificate says so."""
    for seed in range(20):
        rng = np.random.default_rng(seed)
        donors = rng.normal(size=(20, 30))
        near = donors + apart * rng.normal(size=donors.shape)
        for target in (rng.normal(size=30), donors.mean(axis=0)):
            paths = np.vstack([target, donors, near])
            solution = solve_first(paths)
            assert solution.gap[0] <= GAP_BOUND
            assert certificate(paths, solution)[0] <= GAP_BOUND
            alone = solve_first(np.vstack([target, donors]))
            assert solution.rmspe[0] <= alone.rmspe[0] * (1 + 1e-12) + 1e-13


def test_steps_after_the_search_repair_a_poor_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """From the worst donor the steps alone must reach what the search reaches."""
    rng = np.random.default_rng(9)
    problems = [rng.normal(size=(40, 10)) for _ in range(10)]
    expected = [solve_first(paths).weights for paths in problems]

    def worst(offsets: Floats, distances: Floats) -> Floats:
        weights = np.zeros(len(offsets))
        weights[int(np.argmax(distances))] = 1.0
        return weights

    monkeypatch.setattr(nearest, "_search", worst)
    for paths, weights in zip(problems, expected, strict=True):
        solution = solve_first(paths)
        assert solution.iterations[0] > 0
        np.testing.assert_allclose(solution.weights, weights, rtol=0, atol=1e-12)


def test_a_search_that_runs_out_of_steps_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    paths = np.random.default_rng(5).normal(size=(20, 6))
    expected = solve_first(paths).weights

    def gives_up(*_: object, **__: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("scipy.optimize.nnls", gives_up)
    np.testing.assert_allclose(solve_first(paths).weights, expected, rtol=0, atol=1e-13)


def few_of_many(rng: np.random.Generator) -> Floats:
    """Paths of 150 units by two factors and noise: a dozen of them carry weight."""
    common = rng.normal(size=(2, 20)).cumsum(axis=1)
    paths: Floats = rng.normal(size=(150, 2)) @ common + 0.5 * rng.normal(size=(150, 20)) + rng.normal(size=(150, 1))
    return paths


def in_the_hull(rng: np.random.Generator) -> Floats:
    return rng.normal(size=(120, 4))


def on_a_grid(rng: np.random.Generator) -> Floats:
    """Ties, copies, and targets that donors meet."""
    return rng.integers(-2, 3, size=(120, 4)).astype(float)


def in_a_plane(rng: np.random.Generator) -> Floats:
    paths: Floats = rng.normal(size=(120, 2)) @ rng.normal(size=(2, 15))
    return paths


@pytest.mark.parametrize("draw", [few_of_many, in_the_hull, on_a_grid, in_a_plane])
@pytest.mark.parametrize(("nearest_first", "more"), [(1, 1), (2, 7), (24, 16)])
def test_trying_few_donors_at_a_time_finds_what_all_at_once_give(
    monkeypatch: pytest.MonkeyPatch, draw: Callable[[np.random.Generator], Floats], nearest_first: int, more: int
) -> None:
    for seed in range(3):
        paths = draw(np.random.default_rng(seed))
        masks = everyone(len(paths))[:20]
        monkeypatch.setattr(nearest, "MANY", len(paths))
        whole = solve_simplex_batch(paths, np.arange(20), masks)
        monkeypatch.setattr(nearest, "MANY", 30)
        monkeypatch.setattr(nearest, "NEAREST", nearest_first)
        monkeypatch.setattr(nearest, "MORE", more)
        parts = solve_simplex_batch(paths, np.arange(20), masks)
        np.testing.assert_allclose(parts.weights, whole.weights, rtol=0, atol=1e-12)
        np.testing.assert_array_equal(parts.unique, whole.unique)
        assert parts.gap.max() <= 1e-14
        # The search ends at the optimum by itself, where that among all does: SciPy's of 1.15 may stop short of it.
        exact = whole.iterations == 0
        assert exact.mean() >= 0.9
        assert not parts.iterations[exact].any()


def test_few_donors_are_searched_among_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the time rests on: no search by least squares is ever given more than a part of the donors."""
    sizes = []
    search = nearest._non_negative

    def watched(rows: Floats) -> tuple[Floats, Floats]:
        sizes.append(len(rows))
        return search(rows)

    monkeypatch.setattr(nearest, "_non_negative", watched)
    paths = few_of_many(np.random.default_rng(0))
    solve_simplex_batch(paths, np.arange(20), everyone(len(paths))[:20])
    assert max(sizes) <= nearest.MORE + 21  # at most T + 1 carry weight
    assert len(sizes) <= 20 * 10


def test_a_search_that_is_cut_short_is_finished_by_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    paths = few_of_many(np.random.default_rng(1))
    expected = solve_first(paths).weights
    monkeypatch.setattr(nearest, "TRIALS", 1)
    cut = solve_first(paths)
    assert cut.iterations[0] > 0
    np.testing.assert_allclose(cut.weights, expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("least", [1e-1, 1e-5, 1e-7, 1e-10, 1e-12, 0.0])
def test_independence_is_called_clear_only_where_it_is(least: float) -> None:
    """Rows with known singular values, the least being `least` of the largest."""
    rng = np.random.default_rng(6)
    for count in (2, 5, 12):
        left, right = (np.linalg.qr(rng.normal(size=(size, count)))[0] for size in (count, 15))
        rows = left * np.geomspace(1.0, 1e-1, count) @ right.T
        rows += (least - 1e-1) * np.outer(left[:, -1], right[:, -1])
        assert face._clearly_independent(rows, 1e-11) == (least > face.CLEARLY)
        assert not face._clearly_independent(rows, 1e-3)
    assert not face._clearly_independent(rng.normal(size=(16, 15)), 1e-11)


@pytest.mark.parametrize("apart", [0.0, 1e-3, 1e-6, 1e-9, 1e-12])
def test_clear_independence_is_a_shortcut_only(monkeypatch: pytest.MonkeyPatch, apart: float) -> None:
    rng = np.random.default_rng(3)
    donors = rng.normal(size=(10, 8))
    paths = np.vstack([donors, donors[:4] + apart * rng.normal(size=(4, 8))])
    masks = everyone(len(paths))
    quick = solve_simplex_batch(paths, np.arange(len(paths)), masks)
    monkeypatch.setattr(face, "CLEARLY", 2.0)  # never: singular values decide
    slow = solve_simplex_batch(paths, np.arange(len(paths)), masks)
    np.testing.assert_array_equal(quick.unique, slow.unique)
    np.testing.assert_array_equal(quick.weights, slow.weights)


def test_the_shortest_weights_have_a_dual() -> None:
    """Weights of least norm are the positive part of a combination of paths and a constant, and only they are."""
    for seed in range(20):
        rng = np.random.default_rng(seed)
        donors = rng.normal(size=(60, 5))
        target = rng.dirichlet(np.ones(60)) @ donors
        weights = solve_first(np.vstack([target, donors])).weights[0, 1:]
        # Seek y with (paths, 1) y = w where w > 0 and <= 0 elsewhere, as non-negative least squares with slacks.
        system = np.column_stack([donors, np.ones(60)])
        slack = np.diag((weights == 0).astype(float))
        _, miss = nnls(np.hstack([system, -system, slack]), weights)
        assert miss <= 1e-12


def test_what_changes_no_condition_but_lengthens_weights_is_taken_off() -> None:
    """Long steps of the search for the shortest weights can leave it behind, far above rounding."""
    donors = np.random.default_rng(8).normal(size=(9, 3))
    conditions = np.column_stack([donors - donors.mean(axis=0), np.ones(9)])
    system = np.linalg.qr(conditions)[0]
    whole = face.Face(np.arange(9), inside=True, scale=np.ones(9), system=system)
    best = np.full(9, 1 / 9)  # the shortest of all weights that sum to one, and they meet the mean
    idle = np.linalg.svd(system.T)[2][-1]
    assert np.abs(system.T @ idle).max() <= 1e-15
    np.testing.assert_allclose(shortest._exact(whole, best, best + 1e-8 * idle)[0], best, rtol=0, atol=1e-15)


def test_a_result_above_the_bound_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    paths = np.random.default_rng(5).normal(size=(8, 6))

    def lazy(points: Floats, target: Floats) -> tuple[nearest.SyntheticPoint, int]:
        distances = nearest.row_norms(points - target)
        return nearest.locate(points, target, distances, np.full(len(points), 1 / len(points))), 0

    monkeypatch.setattr(simplex, "nearest_point", lazy)
    with pytest.raises(MethodError, match=r"problem 0 \(row 0\) end at a relative duality gap of"):
        solve_first(paths)


def test_shortest_weights_that_miss_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shortest, "FEASIBLE", -1.0)
    with pytest.raises(MethodError, match="did not end"):
        solve_first([[1.0], [0.0], [1.0], [2.0]])


@pytest.mark.parametrize("ratio", [1e2, 1e4, 1e6])
def test_far_donors_that_are_used_keep_the_fit(ratio: float) -> None:
    """Some donors far away, the target inside the hull: the shortest weights still meet it."""
    for seed in range(20):
        rng = np.random.default_rng(seed)
        donors = rng.normal(size=(30, int(rng.integers(1, 12))))
        donors[:2] *= ratio
        solution = solve_first(np.vstack([donors[2:].mean(axis=0), donors]))
        assert solution.inside[0]
        assert not solution.unique[0]
        np.testing.assert_allclose(solution.fitted[0], donors[2:].mean(axis=0), rtol=0, atol=2e-14)


# ------------------------------------------------------------------------------------------------- the linear range


def test_range_of_unique_weights_is_a_point() -> None:
    paths = np.array([[5.0, 1.0], [1.0, 0.0], [0.0, 1.0], [2.0, 2.0]])
    values = np.array([np.nan, 1.0, 2.0, 3.0])
    solution = solve_first(paths)
    assert solution.unique[0]
    expected = float(solution.weights[0, 1:] @ values[1:])
    assert functional_range(paths, 0, everyone(4)[0], values) == (expected, expected)


def test_range_of_equal_values_is_a_point() -> None:
    low, high = functional_range([[1.0], [0.0], [1.0], [2.0]], 0, everyone(4)[0], np.full(4, 3.5))
    assert low == high == 3.5


def test_range_with_intercept_follows_shapes() -> None:
    """Donors two and three have the target's shape at other levels: any mix of them is optimal."""
    paths = np.array([[0.0, 1.0], [0.0, -3.0], [5.0, 6.0], [7.0, 8.0]])
    low, high = functional_range(paths, 0, everyone(4)[0], [0.0, 50.0, 1.0, 4.0], intercept=True)
    assert low == pytest.approx(1.0, abs=1e-9)
    assert high == pytest.approx(4.0, abs=1e-9)


@pytest.mark.parametrize("factor", [1e-12, 1.0, 1e12])
def test_range_scales_with_values(factor: float) -> None:
    rng = np.random.default_rng(0)
    paths = rng.normal(size=(30, 3))
    paths[0] = paths[1:].mean(axis=0)
    values = rng.normal(size=30)
    plain = functional_range(paths, 0, everyone(30)[0], values)
    scaled = functional_range(factor * paths, 0, everyone(30)[0], factor * values)
    np.testing.assert_allclose(scaled, factor * np.array(plain), rtol=1e-8)


# ---------------------------------------------------------------------------------------------------------- refusals


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("row", [0, 2])
def test_missing_values_are_refused(bad: float, row: int) -> None:
    paths = np.ones((4, 3))
    paths[row, 1] = bad
    with pytest.raises(MethodError, match=rf"paths of rows {row} hold missing or infinite values"):
        solve_first(paths)


def test_missing_values_of_units_not_in_use_do_not_matter() -> None:
    paths = np.array([[1.0, 2.0], [0.0, 4.0], [3.0, 1.0], [np.nan, np.inf]])
    mask = np.array([[False, True, True, False]])
    solution = solve_simplex_batch(paths, [0], mask)
    np.testing.assert_array_equal(
        solution.weights, solve_simplex_batch(paths[:3], [0], mask[:, :3]).weights @ np.eye(3, 4)
    )


@pytest.mark.parametrize(
    ("paths", "targets", "donors", "words"),
    [
        (np.ones(3), [0], [[False, True, True]], "paths have shape"),
        (np.ones((3, 0)), [0], [[False, True, True]], "paths have shape"),
        (np.ones((3, 2)), [3], [[False, True, True]], "targets are not rows"),
        (np.ones((3, 2)), [-1], [[True, True, False]], "targets are not rows"),
        (np.ones((3, 2)), [0.0], [[False, True, True]], "targets are not rows"),
        (np.ones((3, 2)), [0], [[0, 1, 1]], "type int64"),
        (np.ones((3, 2)), [0], [False, True, True], "donors have shape"),
        (np.ones((3, 2)), [0, 1], [[False, True, True]], "donors have shape"),
        (np.ones((3, 2)), [0, 1], [[False, True, True], [False] * 3], "no donors in problem 1"),
        (np.ones((3, 2)), [0], [[True, True, True]], "its own donor in problem 0"),
    ],
)
def test_wrong_problems_are_refused(paths: ArrayLike, targets: ArrayLike, donors: ArrayLike, words: str) -> None:
    with pytest.raises(MethodError, match=words):
        solve_simplex_batch(paths, targets, donors)


def test_wrong_values_are_refused() -> None:
    paths = np.array([[1.0], [0.0], [2.0]])
    with pytest.raises(MethodError, match="values have shape"):
        functional_range(paths, 0, everyone(3)[0], [1.0, 2.0])
    with pytest.raises(MethodError, match="finite for donors"):
        functional_range(paths, 0, everyone(3)[0], [1.0, np.nan, 2.0])


def test_shortest_weights_where_most_donors_lie_close_together() -> None:
    """Six donors within 3e-4 of the target and three a thousand times as far, where Newton's method stalls."""
    paths = np.array(
        [
            [0.03922438, -0.06274138, -0.81665841],
            [0.03913193, -0.06266029, -0.81686929],
            [0.03911782, -0.06255459, -0.81651679],
            [0.03913345, -0.06274584, -0.81665651],
            [0.03930848, -0.06280406, -0.81669906],
            [0.03928307, -0.06268778, -0.81653337],
            [0.03939774, -0.0627072, -0.81665884],
            [-0.34167915, 0.51819076, -2.1595965],
            [-0.38752096, 1.69558228, -0.31735044],
            [-0.44560023, -0.98373508, -1.14605016],
        ]
    )
    donors = np.arange(10) != 4
    solution = solve_simplex_batch(paths, [4], donors[None])
    weights = solution.weights[0, donors]
    assert solution.inside[0]
    assert not solution.unique[0]
    assert solution.gap[0] < 1e-15
    # Shortest if and only if they are the positive part of a combination of the conditions.
    conditions = np.column_stack([(paths[donors] - paths[4]) * 1e3, np.ones(9)])
    used = weights > 0
    dual = np.linalg.lstsq(conditions[used], weights[used], rcond=None)[0]
    np.testing.assert_allclose(np.maximum(conditions @ dual, 0.0), weights, rtol=0, atol=1e-11)
