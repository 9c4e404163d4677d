"""Critical values from clusters' influences: by counting, against normal and t, and their size with few clusters."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest
from scipy import stats

from pilotzone.core import MethodError, UsageError
from pilotzone.evaluate.many import score_bootstrap, sup_t


def test_every_choice_of_signs_is_counted() -> None:
    rng = np.random.default_rng(1)
    parts = rng.normal(size=(7, 2))
    estimate = np.array([3.0, -1.0])
    found = score_bootstrap(estimate, parts, 0.9, signs="rademacher")
    rows = []
    for signs in product((1.0, -1.0), repeat=7):
        signed = np.array(signs)[:, None] * parts
        rows.append(abs(signed.mean(axis=0)) / (signed.std(axis=0, ddof=1) / np.sqrt(7)))
    drawn = np.array(rows)
    se = np.sqrt(7 / 6 * (parts**2).sum(axis=0))
    assert found.se == pytest.approx(se.tolist())
    assert found.exact
    assert found.p == pytest.approx((drawn >= abs(estimate) / se).mean(axis=0).tolist(), abs=1e-12)
    assert (drawn.max(axis=1) <= found.critical * (1 + 1e-12)).mean() >= 0.9
    assert (drawn.max(axis=1) < found.critical * (1 - 1e-12)).mean() < 0.9
    pointwise = np.array([value for value in found.pointwise if value is not None])
    assert ((drawn <= pointwise * (1 + 1e-12)).mean(axis=0) >= 0.9).all()
    assert ((drawn < pointwise * (1 - 1e-12)).mean(axis=0) < 0.9).all()


def test_with_many_clusters_it_is_the_band_of_the_covariance() -> None:
    rng = np.random.default_rng(2)
    parts = rng.normal(size=(600, 3)) @ rng.normal(size=(3, 3))
    found = score_bootstrap(np.zeros(3), parts, draws=20_000)
    assert found.signs == "rademacher"
    # Two quantiles of 20,000 and 100,000 draws: standard errors of 0.015 and 0.007; t of 599 degrees adds 0.004.
    assert found.critical == pytest.approx(sup_t(parts.T @ parts), abs=0.06)
    assert found.p == (1.0, 1.0, 1.0)


def test_with_alike_clusters_it_is_near_t() -> None:
    """Normal influences of twelve clusters: the mean of critical values over samples is the t distribution's."""
    rng = np.random.default_rng(3)
    values = [score_bootstrap([0.0], rng.normal(size=(12, 1))).critical for _ in range(60)]
    assert np.mean(values) == pytest.approx(stats.t.ppf(0.975, 11), abs=0.06)


@pytest.mark.parametrize("clusters", [6, 10, 14])
def test_size_with_few_clusters_on_both_sides(clusters: int) -> None:
    """A difference of two groups of clusters: normal critical values reject far more often."""
    rng = np.random.default_rng(clusters)
    half, count = clusters // 2, 500
    rejected, normal = 0, 0
    for _ in range(count):
        x = rng.normal(size=clusters)
        one, two = x[:half], x[half:]
        parts = np.concatenate([(one - one.mean()) / half, (two.mean() - two) / half])[:, None]
        gap = one.mean() - two.mean()
        found = score_bootstrap([gap], parts, draws=399)
        p = found.p[0]
        rejected += p is not None and p <= 0.05
        normal += abs(gap) / np.sqrt((parts**2).sum()) >= 1.96
    error = np.sqrt(0.05 * 0.95 / count)
    assert rejected / count <= (0.05 if clusters > 6 else 0.07) + 3 * error
    assert normal > rejected


def test_webb_has_six_values_and_seeds_count() -> None:
    parts = np.random.default_rng(4).normal(size=(5, 1))
    one, same = (score_bootstrap([1.0], parts, draws=500, seed=1) for _ in range(2))
    assert one == same
    assert (one.signs, one.exact, one.draws) == ("webb", False, 500)
    assert one != score_bootstrap([1.0], parts, draws=500, seed=2)


def test_references_are_left_out() -> None:
    parts = np.column_stack([np.random.default_rng(5).normal(size=20), np.zeros(20)])
    found = score_bootstrap([1.0, 0.0], parts)
    assert (found.p[1], found.pointwise[1], found.se[1]) == (None, None, 0.0)
    assert found.critical == found.pointwise[0]


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"influences": np.zeros((5, 1))}, MethodError),
        ({"influences": np.ones((1, 1))}, MethodError),
        ({"influences": np.ones((5, 2))}, MethodError),
        ({"level": 1.0}, UsageError),
        ({"draws": 0}, UsageError),
        ({"signs": "mammen"}, UsageError),
    ],
)
def test_refused(change: dict[str, Any], error: type[Exception]) -> None:
    given: dict[str, Any] = {"estimate": [1.0], "influences": np.ones((5, 1)), **change}
    with pytest.raises(error):
        score_bootstrap(**given)
