"""Weights and errors without each of the fitted periods: the same as solving every one of these problems by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from pilotzone.evaluation.few.weights.augmented import errors_left_out, penalties, spectrum_of
from pilotzone.evaluation.few.weights.folds import Folds, weights_without_each
from pilotzone.evaluation.few.weights.simplex import SimplexSolution, solve_simplex_batch

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


def panel(seed: int, units: int, periods: int) -> Floats:
    rng = np.random.default_rng(seed)
    common = rng.normal(size=(3, periods)).cumsum(axis=1)
    paths: Floats = rng.normal(size=(units, 3)) @ common + 0.3 * rng.normal(size=(units, periods)) + 5.0
    return paths


def solved(paths: Floats) -> SimplexSolution:
    return solve_simplex_batch(paths, [len(paths) - 1], np.arange(len(paths))[None] < len(paths) - 1)


def folds(paths: Floats) -> Folds:
    whole = solved(paths)
    settled = bool(whole.unique[0]) and not whole.inside[0]
    return weights_without_each(paths[:-1], paths[-1], whole.weights[0, :-1], settled=settled)


SHAPES = [(4, 9), (12, 30), (30, 12), (6, 60), (20, 200)]


@pytest.mark.parametrize(("units", "periods"), SHAPES)
@pytest.mark.parametrize("seed", range(6))
def test_weights_equal_those_of_each_problem_alone(seed: int, units: int, periods: int) -> None:
    paths = panel(seed, units, periods)
    found = folds(paths)
    for t in range(periods):
        alone = solved(np.delete(paths, t, axis=1))
        np.testing.assert_allclose(found.weights[t], alone.weights[0, :-1], rtol=0, atol=1e-9)
        assert found.inside[t] == alone.inside[0]


def test_few_periods_of_many_are_solved_anew() -> None:
    """The point of it; and some are, so that the test above looks at both ways."""
    counts = [folds(panel(seed, 20, 200)).solved for seed in range(6)]
    assert 0 < sum(counts) < 6 * 200 / 4


def test_a_target_in_the_hull_is_met_without_each_period() -> None:
    paths = panel(1, 8, 5)
    paths[-1] = paths[:-1].mean(axis=0)
    found = folds(paths)
    assert found.inside.all()
    assert found.solved == 5
    np.testing.assert_allclose(
        found.weights[2], solved(np.delete(paths, 2, axis=1)).weights[0, :-1], rtol=0, atol=1e-12
    )


def test_a_period_that_alone_tells_donors_apart() -> None:
    """Without it the two donors in use are the same, so that the closed form has nothing to divide by."""
    paths = np.array([[0.0, 0.0, 0.0, 1.0], [0.0, 0.0, 0.0, 3.0], [9.0, 8.0, 7.0, 9.0], [-1.0, -1.0, -2.0, 2.0]])
    found = folds(paths)
    np.testing.assert_allclose(found.weights[3], [0.5, 0.5, 0.0], rtol=0, atol=1e-12)
    assert found.solved >= 1


@pytest.mark.parametrize(("units", "periods"), [(4, 9), (12, 30), (30, 12), (40, 13)])
@pytest.mark.parametrize("seed", range(4))
def test_errors_equal_a_ridge_regression_without_each_period(seed: int, units: int, periods: int) -> None:
    """More donors than periods and fewer: in the first case the fit of a period hangs on the penalty alone."""
    paths = panel(seed, units, periods)
    donors, target = paths[:-1], paths[-1]
    spectrum, found = spectrum_of(donors), folds(paths)
    tried = penalties(spectrum.sizes)
    errors = errors_left_out(donors, target, spectrum, found, tried)
    centred = donors - donors.mean(axis=0)
    for t in range(periods):
        early = np.delete(centred, t, axis=1)
        gaps = target - found.weights[t] @ donors
        miss = np.zeros(periods - 1) if found.inside[t] else np.delete(gaps, t)
        for k, ridge in enumerate(tried):
            system = np.vstack([early.T, np.sqrt(ridge) * np.eye(units - 1)])
            slopes = np.linalg.lstsq(system, np.concatenate([miss, np.zeros(units - 1)]))[0]
            expected = gaps[t] - centred[:, t] @ slopes
            assert errors[t, k] == pytest.approx(expected**2, rel=1e-8, abs=1e-14)


def test_donors_that_do_not_differ_leave_gaps_as_they_are() -> None:
    donors, target = np.tile([1.0, 2.0, 4.0], (3, 1)), np.array([2.0, 2.0, 2.0])
    spectrum = spectrum_of(donors)
    found = weights_without_each(donors, target, np.full(3, 1 / 3), settled=False)
    errors = errors_left_out(donors, target, spectrum, found, penalties(spectrum.sizes))
    assert errors.tolist() == [[1.0], [0.0], [4.0]]
