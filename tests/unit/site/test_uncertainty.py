"""Ranges that vary together, and shares of variance against closed forms and an independent program."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from pilotzone.core import DataError, UsageError
from pilotzone.site import Criterion
from pilotzone.site.sensitivity import sobol_of_winner, sobol_shares
from pilotzone.site.uncertainty import Ranges, draw_values, linked_blocks

Floats = NDArray[np.float64]


def ranges(common: float = 0.0, rho: float = 0.0) -> Ranges:
    low = np.array([[0.0, 10.0], [1.0, 20.0], [2.0, 30.0]])
    return Ranges(low, low + np.array([[1.0, 5.0]]), np.full(2, common), np.array([[1.0, rho], [rho, 1.0]]))


def test_marginals_are_uniform_on_the_ranges() -> None:
    drawn = draw_values(ranges(0.4, -0.6), 4_000)
    for i in range(3):
        for j, width in enumerate((1.0, 5.0)):
            low = ranges().low[i, j]
            assert stats.kstest(drawn[:, i, j], "uniform", (low, width)).pvalue > 1e-3


@pytest.mark.parametrize(("common", "rho"), [(0.0, 0.0), (0.5, 0.0), (0.0, 0.7), (0.3, -0.5), (1.0, 0.9)])
def test_what_places_and_criteria_have_in_common(common: float, rho: float) -> None:
    """Correlations of uniform marginals under a Gaussian copula are 6 / pi arcsin(r / 2)."""
    drawn = draw_values(ranges(common, rho), 40_000, seed=5)

    def expected(r: float) -> float:
        return float(6 / np.pi * np.arcsin(r / 2))

    def found(a: Floats, b: Floats) -> float:
        return float(np.corrcoef(a, b)[0, 1])

    assert found(drawn[:, 0, 0], drawn[:, 0, 1]) == pytest.approx(expected(rho), abs=0.02)
    assert found(drawn[:, 0, 0], drawn[:, 1, 0]) == pytest.approx(expected(common), abs=0.02)
    assert found(drawn[:, 0, 0], drawn[:, 1, 1]) == pytest.approx(expected(common * rho), abs=0.02)


def test_ranges_that_cannot_be() -> None:
    with pytest.raises(DataError, match="place 0 has the range 1 to 0 on criterion 0"):
        Ranges(np.ones((1, 1)), np.zeros((1, 1)), np.zeros(1), np.eye(1))
    with pytest.raises(UsageError, match="common shares"):
        Ranges(np.zeros((1, 1)), np.ones((1, 1)), np.full(1, 1.5), np.eye(1))
    rho = -0.9 * np.ones((3, 3)) + 1.9 * np.eye(3)
    with pytest.raises(UsageError, match="do not go together"):
        Ranges(np.zeros((1, 3)), np.ones((1, 3)), np.zeros(3), rho)


def test_blocks_of_criteria() -> None:
    rho = np.eye(4)
    rho[0, 3] = rho[3, 0] = 0.2
    rho[3, 1] = rho[1, 3] = 0.2
    assert linked_blocks(rho) == [[0, 1, 3], [2]]


def ishigami(x: Floats) -> Floats:
    return np.asarray(np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0]))


def test_shares_of_a_function_whose_shares_are_known() -> None:
    """Ishigami and Homma 1990: closed forms, and scipy's estimators, which are other ones."""
    rng = np.random.default_rng(11)
    samples = rng.uniform(-np.pi, np.pi, (2, 40_000, 3))

    def answer(second: Sequence[int]) -> Floats:
        x = samples[0].copy()
        x[:, list(second)] = samples[1][:, list(second)]
        return ishigami(x)

    first, total, first_error, total_error = sobol_shares(answer, 3)
    a, b = 7.0, 0.1
    v1, v2 = 0.5 * (1 + b * np.pi**4 / 5) ** 2, a**2 / 8
    v13 = b**2 * np.pi**8 * (1 / 18 - 1 / 50)
    whole = v1 + v2 + v13
    for found, error, expected in (
        (first, first_error, np.array([v1, v2, 0]) / whole),
        (total, total_error, np.array([v1 + v13, v2, v13]) / whole),
    ):
        assert (np.abs(found - expected) < 4 * error + 1e-3).all()
    uniform = stats.uniform(-np.pi, 2 * np.pi)
    theirs = stats.sobol_indices(
        func=lambda x: ishigami(x.T),
        n=16_384,
        dists=[uniform] * 3,  # type: ignore[list-item]
        rng=np.random.default_rng(1),
    )
    np.testing.assert_allclose(first, theirs.first_order, atol=0.03)
    np.testing.assert_allclose(total, theirs.total_order, atol=0.03)


def test_what_decides_between_two_places() -> None:
    """With certain values only weights decide; a criterion on which all are the same decides nothing."""
    criteria = [Criterion("a", "up"), Criterion("b", "up"), Criterion("c", "up")]
    low = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
    certain = Ranges(low, low, np.zeros(3), np.eye(3))
    found = sobol_of_winner(certain, criteria, 0, samples=400)
    assert found.groups == ("weights",)
    np.testing.assert_allclose(found.total, 1.0, atol=0.15)
    assert found.share == pytest.approx(0.5, abs=0.1)
    wide = Ranges(low - np.array([[2.0, 0, 0]]), low + np.array([[2.0, 0, 0]]), np.zeros(3), np.eye(3))
    both = sobol_of_winner(wide, criteria, 0, samples=2_000)
    assert both.groups == ("weights", "a")
    assert both.total.min() > 0.1
    assert (both.first < both.total + 3 * both.total_error).all()
    assert both.to_table().title.startswith("What decides whether")


def test_an_answer_that_never_varies() -> None:
    low = np.array([[1.0], [0.0]])
    found = sobol_of_winner(Ranges(low, low, np.zeros(1), np.eye(1)), [Criterion("a", "up")], 0, samples=50)
    assert np.isnan(found.first).all()
    assert found.share == 1.0
