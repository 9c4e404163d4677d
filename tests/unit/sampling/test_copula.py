"""Inputs that vary together: rank correlations, the nearest matrix that can be, and draws given the others."""

from __future__ import annotations

import re

import numpy as np
import pytest
from scipy import stats

from pilotzone.core import UsageError
from pilotzone.sampling import check_correlation, given_the_others, nearest_correlation, normal_of_rank, rank_of_normal


def test_rank_correlations_are_those_asked_for() -> None:
    found = normal_of_rank(np.array([-1, -0.4, 0, 0.7, 1]))
    np.testing.assert_allclose(rank_of_normal(found), [-1, -0.4, 0, 0.7, 1], atol=1e-14)
    root = np.linalg.cholesky(np.array([[1, found[3]], [found[3], 1]]))
    drawn = np.random.default_rng(1).standard_normal((200_000, 2)) @ root.T
    # Whatever rises with the scores has the same ranks.
    ranks = stats.spearmanr(np.exp(drawn[:, 0]), drawn[:, 1] ** 3)
    assert ranks.statistic == pytest.approx(0.7, abs=0.004)


def test_the_nearest_matrix_is_the_one_of_higham() -> None:
    """Higham 2002: 1 1 0 / 1 1 1 / 0 1 1 has 0.7607 and 0.1573."""
    found = nearest_correlation(np.array([[1, 1, 0], [1, 1, 1], [0, 1, 1.0]]))
    np.testing.assert_allclose(found[np.triu_indices(3, 1)], [0.7607, 0.1573, 0.7607], atol=5e-5)
    assert np.linalg.eigvalsh(found).min() > -1e-9
    same = np.array([[1, 0.3], [0.3, 1]])
    np.testing.assert_allclose(nearest_correlation(same), same, atol=1e-12)


@pytest.mark.parametrize("of_ranks", [False, True])
def test_what_is_advised_can_be(of_ranks: bool) -> None:
    names = ("power", "load", "rent", "wage")
    wrong = np.array([[1, 0.9, 0.9, 0], [0.9, 1, -0.9, 0], [0.9, -0.9, 1, 0], [0, 0, 0, 1.0]])
    with pytest.raises(UsageError, match="not positive definite") as caught:
        check_correlation(wrong, names, of_ranks=of_ranks)
    pairs = re.findall(r"'(\w+)' and '(\w+)' (-?[\d.]+) \(now", str(caught.value))
    assert {frozenset(pair[:2]) for pair in pairs} == {
        frozenset(pair) for pair in (("power", "load"), ("power", "rent"), ("load", "rent"))
    }
    for one, other, value in pairs:
        i, j = names.index(one), names.index(other)
        wrong[i, j] = wrong[j, i] = float(value)
    found = check_correlation(wrong, names, of_ranks=of_ranks)
    assert np.linalg.eigvalsh(found).min() > 0


@pytest.mark.parametrize(
    "matrix",
    [np.eye(3), np.array([[1, 0.2], [0.3, 1]]), np.array([[1, np.nan], [np.nan, 1]]), np.array([[1, 1.2], [1.2, 1]])],
)
def test_what_is_not_a_matrix_of_correlations(matrix: np.ndarray) -> None:
    with pytest.raises(UsageError, match="not a matrix of correlations"):
        check_correlation(matrix, ["a", "b"])


def test_a_correlation_with_itself() -> None:
    with pytest.raises(UsageError, match="with itself"):
        check_correlation(np.array([[0.5, 0], [0, 1]]), ["a", "b"])


def test_draws_given_the_others() -> None:
    """They keep the covariance, and their mean and variance given the others are those of the closed form."""
    matrix = np.array([[1, 0.6, 0.3, 0], [0.6, 1, -0.2, 0], [0.3, -0.2, 1, 0], [0, 0, 0, 1.0]])
    root = np.linalg.cholesky(matrix)
    rng = np.random.default_rng(3)
    first, second = (rng.standard_normal((200_000, 4)) @ root.T for _ in range(2))
    found = given_the_others(first, second, [0, 3], matrix)
    np.testing.assert_array_equal(found[:, [1, 2]], first[:, [1, 2]])
    np.testing.assert_allclose(np.cov(found.T), matrix, atol=0.01)
    slope = matrix[0, [1, 2]] @ np.linalg.inv(matrix[1:3, 1:3])
    rest = found[:, 0] - first[:, [1, 2]] @ slope
    assert rest.var() == pytest.approx(1 - slope @ matrix[[1, 2], 0], abs=0.005)
    # Given the others it is independent of what it was before, but for what they tell.
    assert np.corrcoef(rest, first[:, 0] - first[:, [1, 2]] @ slope)[0, 1] == pytest.approx(0, abs=0.01)
    assert np.corrcoef(found[:, 3], first[:, 3])[0, 1] == pytest.approx(0, abs=0.01)


def test_an_input_that_another_determines_is_not_drawn_again() -> None:
    matrix = np.ones((2, 2))
    rng = np.random.default_rng(4)
    first, second = (np.repeat(rng.standard_normal((50, 1)), 2, axis=1) for _ in range(2))
    np.testing.assert_allclose(given_the_others(first, second, [1], matrix), first, atol=1e-12)
