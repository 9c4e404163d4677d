"""The hierarchical model by quadrature against sums over a fine grid of tau and mean."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import multivariate_normal, norm
from tests.unit.transfer.zones import covariance, zones_of

from pilotzone.core import MethodError, UsageError
from pilotzone.transfer import Priors, hierarchical
from pilotzone.transfer.mixture import Mixture


@pytest.mark.parametrize("mean_sd", [2.0, math.inf])
@pytest.mark.parametrize("shared", [False, True])
def test_posterior_by_a_grid_of_both(mean_sd: float, shared: bool) -> None:
    rng = np.random.default_rng(5)
    V = covariance(rng, 4) if shared else np.diag(rng.uniform(0.3, 1.2, 4))
    y = rng.normal(1.0, 1.5, 4)
    found = hierarchical(zones_of(y, V.diagonal() ** 0.5, V), Priors(0.8, 0.5, mean_sd))
    # Sums at equal steps are exact to rounding for what is smooth and ends at zero; tau is even about zero.
    tau, mu = np.arange(0, 8, 0.02), np.arange(-14, 16, 0.05)
    log = np.empty((len(tau), len(mu)))
    for k, at in enumerate(tau):
        log[k] = multivariate_normal(np.zeros(4), V + at**2 * np.eye(4)).logpdf(y - mu[:, None])
        log[k] += norm(0, 0.8).logpdf(at)
    if math.isfinite(mean_sd):
        log += norm(0.5, mean_sd).logpdf(mu)
    weight = np.exp(log - log.max())
    weight[0] /= 2
    weight /= weight.sum()
    by_mean, by_tau = weight.sum(axis=0), weight.sum(axis=1)
    expected = float(by_mean @ mu)
    assert found.mean.expected == pytest.approx(expected, abs=1e-8)
    assert found.mean.spread == pytest.approx(float(by_mean @ (mu - expected) ** 2) ** 0.5, abs=1e-8)
    assert found.tau_mean == pytest.approx(float(by_tau @ tau), abs=1e-4)
    assert found.new.spread**2 == pytest.approx(found.mean.spread**2 + float(by_tau @ tau**2), abs=1e-8)
    assert found.mean.below(found.mean.quantile(0.3)) == pytest.approx(0.3, abs=1e-12)


def test_without_differences_it_is_the_common_mean() -> None:
    y, se = np.array([1.0, 2.0, 4.0]), np.array([1.0, 0.5, 2.0])
    found = hierarchical(zones_of(y, se), Priors(1e-6))
    assert found.mean.expected == pytest.approx(np.average(y, weights=1 / se**2), abs=1e-9)
    assert found.mean.spread == pytest.approx((1 / se**2).sum() ** -0.5, abs=1e-9)


def test_two_zones_rest_on_the_prior() -> None:
    effects = zones_of([0.0, 1.0], [0.3, 0.3])
    narrow, wide = (hierarchical(effects, Priors(scale)) for scale in (0.1, 5.0))
    assert wide.mean.spread > 3 * narrow.mean.spread
    frame = wide.to_frame()
    assert (frame["high"] - frame["low"]).tolist()[1] > (frame["high"] - frame["low"]).tolist()[0]
    assert "half-normal (5)" in wide.to_table().title


def test_a_mixture_of_one_is_normal() -> None:
    one = Mixture(np.ones(1), np.array([2.0]), np.array([3.0]))
    assert one.quantile(0.975) == pytest.approx(norm(2, 3).ppf(0.975), rel=1e-12)


@pytest.mark.parametrize("scale", [0.0, -1.0, math.inf, math.nan])
def test_priors_are_stated(scale: float) -> None:
    with pytest.raises(UsageError, match="tau_scale"):
        Priors(scale)


def test_one_zone_is_refused() -> None:
    with pytest.raises(MethodError, match="one zone"):
        hierarchical(zones_of([1.0], [1.0]), Priors(1.0))
