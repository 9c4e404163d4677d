"""A variance pooled over cohorts: textbook's t test, degrees of freedom by quadratic forms, levels by re-dealing."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import numpy as np
import pytest
from scipy import stats

from pilotzone.evaluation.many import (
    NEVER,
    AggregateKind,
    Comparison,
    PooledTest,
    StackedColumns,
    aggregate_effects,
    estimate_moments,
    moments_of,
    pooled_test,
)

PERIODS = (1, 2, 3, 4)
LAYOUT = StackedColumns(("y",), (PERIODS,))
STAGGERED = [3, 3, 4, 4, 4, NEVER, NEVER, NEVER, NEVER]
CASES: list[tuple[AggregateKind, dict[str, Any]]] = [
    ("group", {}),
    ("dynamic", {"comparison": Comparison("not_yet_treated")}),
    ("simple", {"estimator": "imputation"}),
    ("calendar", {"estimator": "sun_abraham"}),
]


def outcomes(units: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(units, len(PERIODS)))


def pooled(y: np.ndarray, labels: list[int], kind: AggregateKind = "group", **options: Any) -> PooledTest:
    found = pooled_test(LAYOUT.stack({"y": y}), labels, LAYOUT, kind=kind, **options)
    assert found is not None
    return found


def average(y: np.ndarray, labels: list[int], kind: AggregateKind, **options: Any) -> float:
    effects = estimate_moments(moments_of(LAYOUT.stack({"y": y}), np.array(labels)), LAYOUT, **options)
    return float(aggregate_effects(effects, kind).estimate[0])


@pytest.mark.parametrize("treated", [1, 2, 5])
def test_one_date_is_students_test_of_two_means(treated: int) -> None:
    y = outcomes(12, treated)
    change = y[:, 2:].mean(axis=1) - y[:, 1]
    found = pooled(y, [3] * treated + [NEVER] * (12 - treated))
    mine, others = change[:treated], change[treated:]
    squares = ((mine - mine.mean()) ** 2).sum() + ((others - others.mean()) ** 2).sum()
    se = np.sqrt(squares / 10 * (1 / treated + 1 / (12 - treated)))
    assert found.estimate == pytest.approx(mine.mean() - others.mean(), rel=1e-12)
    assert (found.se, found.degrees) == pytest.approx((se, 10.0), rel=1e-10)
    if treated > 1:
        theirs = stats.ttest_ind(mine, others)
        assert found.p() == pytest.approx(theirs.pvalue, rel=1e-9)
        assert found.interval(0.9) == pytest.approx(tuple(theirs.confidence_interval(0.9)), rel=1e-9)
        assert found.p(0.3, "above") == pytest.approx(
            stats.ttest_ind(mine - 0.3, others, alternative="greater").pvalue, rel=1e-9
        )
        low, high = stats.ttest_ind(mine, others, alternative="greater").confidence_interval(0.95)
        assert found.lower(0.05) == pytest.approx(low)
        low, high = stats.ttest_ind(mine, others, alternative="less").confidence_interval(0.95)
        assert found.upper(0.05) == pytest.approx(high)


@pytest.mark.parametrize(("kind", "options"), CASES)
def test_variance_and_degrees_are_those_of_the_quadratic_form(kind: AggregateKind, options: dict[str, Any]) -> None:
    """The average differentiated by each figure, residuals about cohorts' means, and all of it as matrices of n T rows.

    With M what takes cohorts' means off and c_i what unit i adds by, the variance is y' M B M y for B block by block
    the sum of c_i c_i' over N - K; its mean and variance for noise alike give degrees of freedom 2 E^2 / Var.
    """
    y, labels = outcomes(9, seed=3), np.array(STAGGERED)
    found = pooled(y, STAGGERED, kind, **options)
    n, T = y.shape
    zero = np.zeros((n, T))
    each = np.empty((n, T))
    for i, t in np.ndindex(n, T):
        one = zero.copy()
        one[i, t] = 1.0
        each[i, t] = average(one, STAGGERED, kind, **options)
    assert found.estimate == pytest.approx(float((each * y).sum()), rel=1e-10)
    take = np.eye(n) - (labels[:, None] == labels) / (labels[:, None] == labels).sum(axis=1)
    left = n - 3
    form = np.kron(take, each.T @ each / left)
    residuals = np.kron(take, np.eye(T)) @ y.ravel()
    assert found.se**2 == pytest.approx(float(residuals @ form @ residuals), rel=1e-9)
    mean, variance = np.trace(form), 2 * np.trace(form @ form)
    assert found.degrees == pytest.approx(2 * mean**2 / variance, rel=1e-9)
    assert left <= found.degrees * (1 + 1e-12)


@pytest.mark.parametrize(("kind", "options"), CASES)
def test_rejections_are_those_of_estimating_anew(kind: AggregateKind, options: dict[str, Any]) -> None:
    y, labels = outcomes(6, seed=8), [3, 3, 4, NEVER, NEVER, NEVER]
    found = pooled(y, labels, kind, alpha=0.2, **options)
    without = y - found.estimate * (np.array(PERIODS) >= np.array(labels)[:, None])
    t = np.array(
        [
            (one.estimate / one.se, one.degrees)
            for assigned in sorted(set(permutations(labels)))
            for one in [pooled(without, list(assigned), kind, draws=1, **options)]
        ]
    )
    assert t[:, 1] == pytest.approx(found.degrees)
    above, both = stats.t.ppf(0.8, t[:, 1]), stats.t.ppf(0.9, t[:, 1])
    expected = np.mean(t[:, 0] >= above), np.mean(t[:, 0] <= -above), np.mean(np.abs(t[:, 0]) >= both)
    assert (found.draws, found.exact) == (60, True)
    assert found.rejected == pytest.approx(expected, abs=1e-12)
    assert found.keeps_level == (max(expected) <= 0.28)


def test_an_outlier_among_controls_is_found_by_re_dealing() -> None:
    """One of twenty units jumps: whenever it is dealt the date of the single treated unit, the null is rejected."""
    y = 0.1 * outcomes(20, seed=5)
    labels = [3] + [NEVER] * 19
    assert pooled(y, labels).keeps_level
    y[7, 2:] += 5
    y[11, 2:] += 4
    found = pooled(y, labels)
    assert found.rejected[0] >= 0.1
    assert not found.keeps_level
    assert found.most == pytest.approx(0.07)


def test_drawn_assignments_and_the_order_of_units() -> None:
    y, labels = outcomes(24, seed=6), np.array([3] * 3 + [4] * 4 + [NEVER] * 17)
    order = np.random.default_rng(1).permutation(24)
    one = pooled(y, labels.tolist(), draws=200, seed=2)
    assert (one.draws, one.exact) == (200, False)
    other = pooled(y[order], labels[order].tolist(), draws=200, seed=2)
    assert other.rejected == one.rejected
    assert (other.se, other.degrees) == pytest.approx((one.se, one.degrees), rel=1e-12)
    assert pooled(y, labels.tolist(), draws=200, seed=3).rejected != one.rejected
    assert max(pooled(y, labels.tolist(), draws=2000).rejected) < 0.08


def test_without_variation_there_is_none() -> None:
    layout = StackedColumns(("y",), ((1, 2),))
    flat = layout.stack({"y": [[0, 1], [0, 1], [0, 0], [0, 0]]})
    assert pooled_test(flat, [2, 2, NEVER, NEVER], layout) is None
    assert pooled_test(layout.stack({"y": [[0, 1], [0, 3]]}), [2, NEVER], layout) is None
