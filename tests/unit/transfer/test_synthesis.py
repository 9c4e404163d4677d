"""Random effects with few zones, held by dense algebra, root search and what is known without computing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy.optimize import brentq, minimize_scalar
from scipy.stats import chi2, t
from tests.unit.transfer.zones import GDP, covariance, zones_of

from pilotzone.core import MethodError, UsageError
from pilotzone.transfer import pool_effects

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


def dense(y: Floats, V: Floats, tau2: float) -> tuple[float, float, float, float]:
    """Return mean, its variance, Q and the restricted log likelihood at a tau squared, by textbook formulas."""
    inverse = np.linalg.inv(V + tau2 * np.eye(len(y)))
    ones = np.ones(len(y))
    precision = ones @ inverse @ ones
    mean = ones @ inverse @ y / precision
    q = (y - mean) @ inverse @ (y - mean)
    total = np.linalg.slogdet(V + tau2 * np.eye(len(y)))[1]
    return float(mean), float(1 / precision), float(q), float(-0.5 * (total + np.log(precision) + q))


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("shared", [False, True])
def test_every_estimator_by_dense_algebra(seed: int, shared: bool) -> None:
    rng = np.random.default_rng(seed)
    count = 3 + seed
    V = covariance(rng, count) if shared else np.diag(rng.uniform(0.2, 1.5, count))
    y = rng.multivariate_normal(np.zeros(count), V + 2 * np.eye(count))
    effects = zones_of(y, V.diagonal() ** 0.5, V)

    (found,) = pool_effects(effects, method="REML").pooled
    grid = np.linspace(0, 40, 401)
    values = [dense(y, V, at)[3] for at in grid]
    near = grid[int(np.argmax(values))]
    best = minimize_scalar(
        lambda at: -dense(y, V, at)[3], bounds=(max(0.0, near - 0.2), near + 0.2), options={"xatol": 1e-12}
    )
    assert dense(y, V, found.tau2)[3] >= -best.fun - 1e-12
    assert found.tau2 == pytest.approx(max(best.x, 0), abs=2e-6)

    (pm,) = pool_effects(effects, method="PM").pooled
    if dense(y, V, 0.0)[2] > count - 1:
        root = brentq(lambda at: dense(y, V, at)[2] - (count - 1), 0, 1e4, xtol=1e-14)
        assert pm.tau2 == pytest.approx(root, rel=1e-9)
    else:
        assert pm.tau2 == 0

    for item in (found, pm):
        mean, variance, q, _ = dense(y, V, item.tau2)
        assert item.estimate == pytest.approx(mean, rel=1e-10, abs=1e-12)
        assert item.plain_se == pytest.approx(variance**0.5, rel=1e-10)
        assert item.se == pytest.approx((variance * max(1, q / (count - 1))) ** 0.5, rel=1e-10)
        half = t.ppf(0.975, count - 2) * (item.tau2 + item.se**2) ** 0.5
        assert item.prediction == pytest.approx((mean - half, mean + half), rel=1e-10)
        assert sum(item.weights) == pytest.approx(1, abs=1e-12)

    ends = []
    for probability in (0.975, 0.025):
        target = chi2.ppf(probability, count - 1)
        above = dense(y, V, 0.0)[2] > target
        ends.append(brentq(lambda at, q=target: dense(y, V, at)[2] - q, 0, 1e6, xtol=1e-13) if above else 0.0)
    assert found.tau2_interval == pytest.approx(ends, rel=1e-8)


def test_moments_by_expectation() -> None:
    """DerSimonian and Laird's is the tau squared at which Q without it has its expectation, by the trace."""
    rng = np.random.default_rng(3)
    V = covariance(rng, 6)
    y = 3 * rng.normal(size=6)
    (found,) = pool_effects(zones_of(y, V.diagonal() ** 0.5, V), method="DL").pooled
    inverse = np.linalg.inv(V)
    ones = np.ones((6, 1))
    projection = inverse - inverse @ ones @ np.linalg.inv(ones.T @ inverse @ ones) @ ones.T @ inverse
    assert found.tau2 == pytest.approx((y @ projection @ y - 5) / np.trace(projection), rel=1e-12)


@pytest.mark.parametrize("method", ["REML", "PM"])
def test_equal_variances_have_a_closed_form(method: str) -> None:
    y = np.array([1.0, 4.0, 2.0, 7.0, 3.0])
    (found,) = pool_effects(zones_of(y, [1.2] * 5), method=method).pooled  # type: ignore[arg-type]
    assert found.tau2 == pytest.approx(y.var(ddof=1) - 1.44, rel=1e-10)
    assert found.se == pytest.approx(y.std(ddof=1) / 5**0.5, rel=1e-10)


def test_hartung_knapp_is_never_narrower() -> None:
    # Estimates closer to one another than their errors: without the limit the factor would be near zero.
    (found,) = pool_effects(zones_of([1.0, 1.01, 0.99, 1.0], [1.0, 1.0, 1.0, 1.0])).pooled
    assert found.tau2 == 0
    assert found.se == found.plain_se == pytest.approx(0.5, rel=1e-12)


def test_how_many_zones_give_a_prediction() -> None:
    counts = {k: pool_effects(zones_of(list(range(k)), [0.5] * k)) for k in (2, 3, 4, 5)}
    assert counts[2].pooled[0].prediction is None
    assert "two zones" in counts[2].pooled[0].warning
    assert "two zones" in repr(counts[2])
    for k in (3, 4):
        assert counts[k].pooled[0].prediction is not None
        assert f"{k} zones hardly tell" in counts[k].pooled[0].warning
    assert counts[5].pooled[0].warning == ""
    assert counts[5].to_table().note == ""
    frame = counts[2].to_frame()
    assert frame["prediction_low"].isna().all()


def test_shared_donors_widen_the_mean() -> None:
    y, se = [1.0, 2.0, 3.0, 2.5, 1.5], [1.0] * 5
    alone = pool_effects(zones_of(y, se)).pooled[0]
    together = pool_effects(zones_of(y, se, np.full((5, 5), 0.6) + 0.4 * np.eye(5))).pooled[0]
    assert together.se > 1.5 * alone.se


def test_one_zone_is_refused() -> None:
    with pytest.raises(MethodError, match="'gdp' has an effect of one zone, 'z0'"):
        pool_effects(zones_of([1.0], [1.0]))


def test_unknown_estimators_are_refused() -> None:
    with pytest.raises(UsageError, match="tau squared"):
        pool_effects(zones_of([1.0, 2.0], [1.0, 1.0]), method="ML")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="alpha"):
        pool_effects(zones_of([1.0, 2.0], [1.0, 1.0]), alpha=1.5)


def test_the_scale_of_the_outcome_does_not_matter() -> None:
    y, se = np.array([1.0, 4.0, 2.0, 7.0, 3.0]), np.array([1.0, 0.5, 0.7, 1.5, 1.0])
    small, large = (pool_effects(zones_of(y * size, se * size)).pooled[0] for size in (1.0, 1e9))
    assert large.tau2 == pytest.approx(small.tau2 * 1e18, rel=1e-9)
    assert large.estimate == pytest.approx(small.estimate * 1e9, rel=1e-9)
    assert GDP.name == small.outcome.name
