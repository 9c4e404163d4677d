"""The simplex solver against independent ones: Clarabel by cvxpy, SLSQP by SciPy, and all supports by hand."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.optimize import LinearConstraint, minimize
from tests.golden.interior_point import nearest_weights, shortest_weights
from tests.golden.prop99 import load_prop99

from pilotzone.evaluation.few.weights.simplex import SimplexSolution, functional_range, solve_simplex_batch

Floats = NDArray[np.float64]


def every_other(count: int) -> NDArray[np.bool_]:
    """One problem: the first unit by all others."""
    mask = np.ones((1, count), dtype=bool)
    mask[0, 0] = False
    return mask


def solve_first(paths: Floats, *, intercept: bool = False) -> SimplexSolution:
    return solve_simplex_batch(paths, [0], every_other(len(paths)), intercept=intercept)


# --------------------------------------------------------------------- 200 random problems, ten kinds of twenty each


def factors(rng: np.random.Generator, units: int, periods: int, count: int = 3) -> Floats:
    common = np.cumsum(rng.normal(size=(count, periods)), axis=1)
    return rng.normal(size=(units, count)) @ common


def more_periods(rng: np.random.Generator) -> Floats:
    return factors(rng, 12, 30) + 0.3 * rng.normal(size=(12, 30))


def more_donors(rng: np.random.Generator) -> Floats:
    return factors(rng, 60, 12) + 0.5 * rng.normal(size=(60, 12))


def many_donors(rng: np.random.Generator) -> Floats:
    return rng.normal(size=(200, 25))


def inside(rng: np.random.Generator) -> Floats:
    donors = rng.normal(size=(40, 8))
    return np.vstack([rng.dirichlet(np.ones(40)) @ donors, donors])


def on_an_edge(rng: np.random.Generator) -> Floats:
    donors = rng.normal(size=(30, 6))
    return np.vstack([0.25 * donors[0] + 0.75 * donors[1], donors])


def collinear(rng: np.random.Generator) -> Floats:
    """All donors in a plane, the target outside it."""
    return np.vstack([rng.normal(size=15), factors(rng, 25, 15, 2)])


def collinear_inside(rng: np.random.Generator) -> Floats:
    donors = factors(rng, 25, 15, 2)
    return np.vstack([rng.dirichlet(np.ones(25)) @ donors, donors])


def duplicates(rng: np.random.Generator) -> Floats:
    donors = rng.normal(size=(15, 10))
    return np.vstack([rng.normal(size=10), donors, donors[:7], donors[:3]])


def lattice(rng: np.random.Generator) -> Floats:
    """Few distinct values: ties and repeated paths."""
    return rng.integers(-2, 3, size=(30, 4)).astype(float)


def one_period(rng: np.random.Generator) -> Floats:
    return rng.normal(size=(20, 1))


KINDS: list[Callable[[np.random.Generator], Floats]] = [
    more_periods,
    more_donors,
    many_donors,
    inside,
    on_an_edge,
    collinear,
    collinear_inside,
    duplicates,
    lattice,
    one_period,
]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("intercept", [False, True], ids=["level", "shift"])
@pytest.mark.parametrize("block", range(2))
def test_equals_an_interior_point_solver(
    kind: Callable[[np.random.Generator], Floats], intercept: bool, block: int
) -> None:
    for seed in range(5 * block, 5 * block + 5):
        paths = kind(np.random.default_rng([KINDS.index(kind), int(intercept), seed]))
        solution = solve_first(paths, intercept=intercept)
        used = paths - paths.mean(axis=1, keepdims=True) if intercept else paths
        target, donors = used[0], used[1:]
        theirs = nearest_weights(donors, target)
        own = solution.weights[0, 1:]
        path = own @ donors
        scale = max(1.0, float(np.abs(used).max()))
        assert abs(np.sum((target - path) ** 2) - np.sum((target - theirs @ donors) ** 2)) <= 1e-6 * scale**2
        np.testing.assert_allclose(path, theirs @ donors, rtol=0, atol=1e-6 * scale)
        assert solution.gap[0] <= 1e-13
        # The weights: theirs where there are no others; else, and where they are met exactly, so that an interior point
        # solver sees hardly any slope, the shortest that lead to the path.
        outside = solution.unique[0] and not solution.inside[0]
        expected = theirs if outside else shortest_weights(donors, path)
        np.testing.assert_allclose(own, expected, rtol=0, atol=2e-6)
        assert solution.unique[0] or own @ own <= expected @ expected + 1e-9


def test_random_problems_are_of_both_sorts() -> None:
    """The comparison above is empty if all problems were unique, or none."""
    unique = {}
    for k, kind in enumerate(KINDS):
        paths = [kind(np.random.default_rng([k, 0, seed])) for seed in range(10)]
        unique[kind.__name__] = [bool(solve_first(item).unique[0]) for item in paths]
    assert all(unique["more_periods"])
    assert not any(unique["inside"])
    assert not any(unique["collinear_inside"])
    assert 0 < sum(map(sum, unique.values())) < 10 * len(KINDS)


# ------------------------------------------------------------------------------------------- all supports, by hand


def faces_by_hand(donors: Floats, target: Floats) -> tuple[float, Floats]:
    """Least distance and shortest optimal weights, by least squares on every set of donors."""
    fits = []
    for size in range(1, len(donors) + 1):
        for rows in map(list, combinations(range(len(donors)), size)):
            # Bordered normal equations of the fit on the affine hull; the least-norm solution of a singular system.
            system = np.block(
                [[donors[rows] @ donors[rows].T, np.ones((size, 1))], [np.ones((1, size)), np.zeros((1, 1))]]
            )
            solved = np.linalg.lstsq(system, np.append(donors[rows] @ target, 1.0), rcond=1e-11)[0][:size]
            if solved.min() > -1e-9 and abs(solved.sum() - 1) < 1e-9:
                weights = np.zeros(len(donors))
                weights[rows] = solved
                fits.append((float(np.linalg.norm(target - weights @ donors)), weights))
    least = min(distance for distance, _ in fits)
    best = [weights for distance, weights in fits if distance <= least + 1e-9]
    return least, min(best, key=lambda weights: float(weights @ weights))


@pytest.mark.parametrize("seed", range(30))
def test_equals_every_support_tried(seed: int) -> None:
    rng = np.random.default_rng(seed)
    donors = rng.integers(-2, 3, size=(6, 2)).astype(float) if seed % 2 else rng.normal(size=(6, 1 + seed % 3))
    target = rng.integers(-1, 2, size=donors.shape[1]).astype(float) / 2
    solution = solve_first(np.vstack([target, donors]))
    distance, weights = faces_by_hand(donors, target)
    assert np.linalg.norm(target - solution.fitted[0]) == pytest.approx(distance, abs=1e-9)
    np.testing.assert_allclose(solution.weights[0, 1:], weights, rtol=0, atol=1e-7)


@pytest.mark.parametrize("seed", range(10))
def test_equals_sequential_quadratic_programming(seed: int) -> None:
    rng = np.random.default_rng(seed)
    donors, target = rng.normal(size=(5, 8)), rng.normal(size=8)

    def distance(w: Floats) -> float:
        return float(np.sum((target - w @ donors) ** 2))

    def slope(w: Floats) -> Floats:
        result: Floats = -2 * donors @ (target - w @ donors)
        return result

    found = minimize(
        distance,
        np.full(5, 0.2),
        jac=slope,
        method="SLSQP",
        bounds=[(0, 1)] * 5,
        constraints=LinearConstraint(np.ones((1, 5)), 1, 1),
        options={"ftol": 1e-15, "maxiter": 500},
    )
    np.testing.assert_allclose(solve_first(np.vstack([target, donors])).weights[0, 1:], found.x, rtol=0, atol=1e-6)


def vertices_by_hand(donors: Floats, path: Floats) -> list[Floats]:
    """All vertices of the polytope of weights that lead to a path."""
    system = np.vstack([donors.T, np.ones(len(donors))])
    aim = np.append(path, 1.0)
    found = []
    for size in range(1, len(system) + 1):
        for rows in map(list, combinations(range(len(donors)), size)):
            solved, _, rank, _ = np.linalg.lstsq(system[:, rows], aim, rcond=None)
            if rank == size and solved.min() > -1e-10 and np.abs(system[:, rows] @ solved - aim).max() < 1e-9:
                weights = np.zeros(len(donors))
                weights[rows] = solved
                found.append(weights)
    return found


@pytest.mark.parametrize("seed", range(20))
def test_range_equals_all_vertices(seed: int) -> None:
    rng = np.random.default_rng(seed)
    donors = rng.normal(size=(8, 2))
    target = rng.dirichlet(np.ones(8)) @ donors if seed % 4 else rng.normal(size=2)
    values = rng.normal(size=9)
    paths = np.vstack([target, donors])
    solution = solve_first(paths)
    at = [float(vertex @ values[1:]) for vertex in vertices_by_hand(donors, solution.fitted[0])]
    low, high = functional_range(paths, 0, every_other(9)[0], values)
    assert low == pytest.approx(min(at), abs=1e-8)
    assert high == pytest.approx(max(at), abs=1e-8)
    assert (high - low > 1e-6) == (not solution.unique[0])


# ------------------------------------------------------------------------------------------------- Proposition 99


def test_prop99_equals_an_independent_solver() -> None:
    data = load_prop99()
    before = data.packs[:, data.before]
    solution = solve_simplex_batch(before, np.arange(39), data.others)
    for unit in range(39):
        rest = np.delete(np.arange(39), unit)
        theirs = nearest_weights(before[rest], before[unit])
        np.testing.assert_allclose(solution.fitted[unit], theirs @ before[rest], rtol=0, atol=1e-6)
        np.testing.assert_allclose(solution.weights[unit, rest], theirs, rtol=0, atol=1e-6)
    assert solution.unique.all()
    assert solution.gap.max() <= 1e-14


def test_prop99_effect() -> None:
    """About -19.5 on the figures themselves, about -19.75 with every pre-period scaled by the donors' spread in it.

    Outcomes of one unit need no standardising, and the package does none: weights minimise the squared distance in
    packs. Programmes that standardise each predictor weight the years differently; both lie in the known interval.
    """
    data = load_prop99()
    who, before = data.california, data.before
    mask = data.others[[who]]
    weights = solve_simplex_batch(data.packs[:, before], [who], mask).weights[0]
    effect = float((data.packs[who] - weights @ data.packs)[~before].mean())
    spread = np.delete(data.packs[:, before], who, axis=0).std(axis=0)
    scaled = solve_simplex_batch(data.packs[:, before] / spread, [who], mask).weights[0]
    other = float((data.packs[who] - scaled @ data.packs)[~before].mean())
    assert effect == pytest.approx(-19.5136, abs=5e-5)
    assert other == pytest.approx(-19.7509, abs=5e-5)
    assert -19.8 < other < effect < -19.5
