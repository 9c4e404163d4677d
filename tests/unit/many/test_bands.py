"""Simultaneous bands against closed forms and integrals, and what they refuse."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy import optimize, stats

from pilotzone.core import MethodError
from pilotzone.evaluation.many import sup_t

if TYPE_CHECKING:
    from numpy.typing import NDArray


def error(level: float, density: float, draws: int = 100_000) -> float:
    """Return the standard error of an empirical quantile."""
    return float(np.sqrt(level * (1 - level) / draws) / density)


@pytest.mark.parametrize("level", [0.5, 0.9, 0.95, 0.99])
@pytest.mark.parametrize("count", [2, 5, 20])
def test_independent_effects_are_sidaks(count: int, level: float) -> None:
    exact = stats.norm.ppf((1 + level ** (1 / count)) / 2)
    inside = 2 * stats.norm.cdf(exact) - 1
    density = count * inside ** (count - 1) * 2 * stats.norm.pdf(exact)
    assert sup_t(np.diag(np.arange(1.0, count + 1)), level) == pytest.approx(exact, abs=3.5 * error(level, density))


@pytest.mark.parametrize("degrees", [None, 7.0])
def test_perfectly_correlated_effects_are_one(degrees: float | None) -> None:
    scale = np.array([1.0, -2.0, 5.0])
    exact = stats.norm.ppf(0.975) if degrees is None else stats.t.ppf(0.975, degrees)
    density = 2 * (stats.norm.pdf(exact) if degrees is None else stats.t.pdf(exact, degrees))
    found = sup_t(np.outer(scale, scale), degrees=degrees)
    assert exact <= found <= exact + 3.5 * error(0.95, density)


def short(c: float, correlations: NDArray[np.float64]) -> float:
    """Return how likely all stay within c, less 0.95."""
    ends = np.full(len(correlations), c)
    return float(stats.multivariate_normal.cdf(ends, cov=correlations, lower_limit=-ends)) - 0.95


@pytest.mark.parametrize("correlation", [-0.9, 0.3, 0.8])
def test_two_and_three_effects_by_integration(correlation: float) -> None:
    """Probabilities of rectangles under the multivariate normal distribution."""
    for matrix in (
        np.array([[1.0, correlation], [correlation, 1.0]]),
        correlation ** np.abs(np.subtract.outer(np.arange(3), np.arange(3))) * np.outer([1, 2, 3], [1, 2, 3]),
    ):
        scale = np.sqrt(matrix.diagonal())
        correlations = matrix / np.outer(scale, scale)
        exact = float(optimize.brentq(short, 1.5, 3.5, (correlations,), xtol=1e-5))
        density = (short(exact + 0.01, correlations) - short(exact - 0.01, correlations)) / 0.02
        assert sup_t(matrix) == pytest.approx(exact, abs=3.5 * error(0.95, density))


def test_references_and_sums_of_others_do_not_matter() -> None:
    """With singular covariances: an effect of no variance, and one that is the mean of two others' negatives."""
    two = np.diag([1.0, 4.0])
    padded = np.zeros((3, 3))
    padded[np.ix_([0, 2], [0, 2])] = two
    assert sup_t(padded) == sup_t(two)
    doubled = np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]])
    exact = stats.norm.ppf((1 + 0.95**0.5) / 2)
    assert sup_t(doubled @ doubled.T) == pytest.approx(exact, abs=0.02)


def test_draws_are_seeded_and_few_draws_do() -> None:
    matrix = np.diag([1.0, 1.0])
    assert sup_t(matrix, draws=100, seed=1) == sup_t(matrix, draws=100, seed=1)
    assert sup_t(matrix, draws=100, seed=1) != sup_t(matrix, draws=100, seed=2)
    assert sup_t(matrix, draws=1) >= stats.norm.ppf(0.975)
    assert sup_t([[2.0]]) == pytest.approx(stats.norm.ppf(0.975))


@pytest.mark.parametrize(
    ("matrix", "words"),
    [
        ([[1.0, 0.0]], "shape"),
        ([[np.nan]], "shape"),
        ([[0.0]], "no effect varies"),
        ([[1.0, 2.0], [2.0, 1.0]], "not a covariance"),
    ],
)
def test_what_is_no_covariance_is_refused(matrix: list[list[float]], words: str) -> None:
    with pytest.raises(MethodError, match=words):
        sup_t(matrix)


@pytest.mark.parametrize("option", [{"level": 1.0}, {"level": 0.0}, {"draws": 0}, {"degrees": 0.0}])
def test_options_out_of_range_are_refused(option: dict[str, float]) -> None:
    with pytest.raises(MethodError, match="level"):
        sup_t([[1.0]], **option)  # type: ignore[arg-type]
