"""Differences before treatment: the test for none, and the smallest margin within which all are shown to lie."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from pilotzone.core import MethodError
from pilotzone.evaluation.many import pre_trends


@pytest.mark.parametrize("degrees", [None, 8.0])
def test_one_difference_is_a_t_test_and_its_interval(degrees: float | None) -> None:
    found = pre_trends([0.3], [[0.04]], degrees=degrees)
    law = stats.norm if degrees is None else stats.t(degrees)
    assert found.p == pytest.approx(2 * law.sf(1.5), rel=1e-10)
    assert (found.largest, found.rank, found.count) == (0.3, 1, 1)
    # At the smallest margin the worse one of two one-sided tests rejects at exactly the level.
    assert law.sf((found.bound - 0.3) / 0.2) == pytest.approx(0.05, rel=1e-10)


def test_the_wald_statistic_is_that_of_the_inverse() -> None:
    rng = np.random.default_rng(1)
    root = rng.normal(size=(3, 3))
    values, matrix = rng.normal(size=3), root @ root.T
    found = pre_trends(values, matrix)
    assert found.wald == pytest.approx(values @ np.linalg.inv(matrix) @ values, rel=1e-9)
    assert found.p == pytest.approx(stats.chi2.sf(found.wald, 3), rel=1e-9)


def test_differences_that_follow_from_others_count_once() -> None:
    """The mean of two, a reference without variance, and their twins: rank two, and the statistic of the two."""
    rng = np.random.default_rng(2)
    values, matrix = rng.normal(size=2), np.array([[2.0, 0.5], [0.5, 1.0]])
    spread = np.array([[1.0, 0.0], [0.0, 1.0], [0.5, 0.5], [0.0, 0.0], [1.0, 0.0]])
    found = pre_trends(spread @ values, spread @ matrix @ spread.T, degrees=12.0)
    alone = pre_trends(values, matrix, degrees=12.0)
    assert (found.rank, found.count) == (2, 5)
    assert (found.wald, found.p) == pytest.approx((alone.wald, alone.p), rel=1e-9)
    assert found.p == pytest.approx(stats.f.sf(alone.wald / 2, 2, 12), rel=1e-9)


def test_the_margin_is_that_of_the_worst_difference() -> None:
    found = pre_trends([0.1, -0.2, 0.0], np.diag([0.0, 0.01, 0.09]), 0.1)
    ends = np.abs([0.1, -0.2, 0.0]) + stats.norm.isf(0.1) * np.sqrt([0.0, 0.01, 0.09])
    assert found.bound == pytest.approx(ends.max(), rel=1e-12)


def test_equivalence_holds_its_level_at_the_margin() -> None:
    """One difference is exactly the margin, another zero: the margin is met in five per cent of samples."""
    rng = np.random.default_rng(3)
    matrix = np.array([[0.005, 0.0025], [0.0025, 0.005]])
    draws = rng.multivariate_normal([0.5, 0.0], matrix, 2000)
    met = np.mean([pre_trends(draw, matrix).bound <= 0.5 for draw in draws])
    assert met <= 0.05 + 2.5 * np.sqrt(0.05 * 0.95 / 2000)
    assert met >= 0.05 - 2.5 * np.sqrt(0.05 * 0.95 / 2000)


def test_nothing_before_is_refused() -> None:
    with pytest.raises(MethodError, match="no difference before treatment"):
        pre_trends([], np.zeros((0, 0)))
