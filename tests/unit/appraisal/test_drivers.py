"""Drivers: distributions against scipy's, correlations as asked for, and what is refused."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy import stats

from pilotzone.appraisal import (
    Distribution,
    Driver,
    Drivers,
    Empirical,
    Fixed,
    LogNormal,
    Normal,
    Pert,
    Triangular,
    Uniform,
    driver_of,
)
from pilotzone.core import Assumption, UsageError

SCORES = np.array([-6.0, -3.1, -1.0, -0.2, 0.0, 0.7, 2.5, 5.5])


@pytest.mark.parametrize(
    ("own", "theirs"),
    [
        (Uniform(2, 6), stats.uniform(2, 4)),
        (Triangular(1, 2, 5), stats.triang(0.25, 1, 4)),
        (Triangular(1, 1, 5), stats.triang(0.0, 1, 4)),
        (Triangular(1, 5, 5), stats.triang(1.0, 1, 4)),
        (Normal(3, 2), stats.norm(3, 2)),
        (LogNormal(2, 0.4), stats.lognorm(0.4, scale=2)),
        (Pert(8, 10, 15), stats.beta(1 + 4 * 2 / 7, 1 + 4 * 5 / 7, 8, 7)),
        (Pert(8, 8, 15), stats.beta(1, 5, 8, 7)),
        (Pert(0, 0.9, 1, weight=10), stats.beta(10, 2, 0, 1)),
    ],
)
def test_quantiles_are_those_of_scipy(own: Distribution, theirs: stats.rv_frozen) -> None:  # type: ignore[name-defined]
    expected = np.where(SCORES < 0, theirs.ppf(stats.norm.cdf(SCORES)), theirs.isf(stats.norm.sf(SCORES)))
    np.testing.assert_allclose(own.of_scores(SCORES), expected, rtol=1e-9, atol=1e-10)
    assert own.varies


def test_pert_between_its_nodes() -> None:
    """Cubics meet the exact quantile function to ten digits everywhere."""
    own, theirs = Pert(0, 0.3, 1), stats.beta(2.2, 3.8)
    scores = np.random.default_rng(1).standard_normal(20_000)
    np.testing.assert_allclose(own.of_scores(scores), theirs.ppf(stats.norm.cdf(scores)), atol=1e-10)
    far = own.of_scores(np.array([-40.0, 40.0]))
    assert 0 <= far[0] < far[1] <= 1
    # The mean of three-point estimates, by an integral over scores.
    at = np.linspace(-8.5, 8.5, 4_000)
    mean = float(np.trapezoid(own.of_scores(at) * stats.norm.pdf(at), at))
    assert mean == pytest.approx((0 + 4 * 0.3 + 1) / 6, abs=1e-11)


def test_observed_values_are_equally_likely() -> None:
    own = Empirical([3.0, 1.0, 2.0])
    drawn = own.of_scores(stats.norm.ppf((np.arange(300) + 0.5) / 300))
    assert sorted(drawn.tolist()) == [1.0] * 100 + [2.0] * 100 + [3.0] * 100
    assert not Empirical([4.0]).varies


@pytest.mark.parametrize("kind", [Normal, LogNormal])
def test_between_two_numbers(kind: type[Normal | LogNormal]) -> None:
    own = kind.between(2, 8, share=0.8)
    ends = np.asarray(stats.norm.ppf([0.1, 0.9]), dtype=np.float64)
    np.testing.assert_allclose(own.of_scores(ends), np.array([2.0, 8.0]), rtol=1e-12)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Uniform(3, 2), "low 3, high 2"),
        (lambda: Triangular(1, 5, 3), "low 1, mode 5, high 3"),
        (lambda: Pert(1, 0, 3), "low 1, mode 0, high 3"),
        (lambda: Pert(1, 2, 3, weight=-1), "weight"),
        (lambda: Uniform(0, float("inf")), "finite"),
        (lambda: Normal(0, -1), "standard deviation"),
        (lambda: LogNormal(-1, 1), "above zero"),
        (lambda: LogNormal.between(-1, 1), "begins at -1"),
        (lambda: Normal.between(1, 2, share=1.0), "below 1"),
        (lambda: Empirical([]), "no values"),
        (lambda: Empirical([1.0, float("nan")]), "empirical distribution has"),
        (lambda: Fixed(float("nan")), "a fixed driver"),
        (lambda: Driver("a", Fixed(1), "1", " "), "no source"),
        (lambda: Driver("", Fixed(1), "1", "s"), "no name"),
        (lambda: Drivers(()), "no driver"),
    ],
)
def test_what_is_refused(make: Callable[[], object], words: str) -> None:
    with pytest.raises(UsageError) as caught:
        make()
    assert words in str(caught.value)


def three() -> tuple[Driver, Driver, Driver, Driver]:
    return (
        Driver("price", LogNormal(0.9, 0.2), "CNY/kWh", "benchmark", "data"),
        Driver("load", Triangular(40, 60, 100), "MW", "assumed"),
        Driver("cost", Pert(8, 10, 15), "CNY", "assumed"),
        Driver("tax", Fixed(0.25), "1", "law", "data"),
    )


def test_rank_correlations_of_drivers_are_those_asked_for() -> None:
    drivers = Drivers(three(), {("price", "cost"): 0.6, ("load", "price"): -0.3})
    root = np.linalg.cholesky(drivers.correlation)
    given = drivers.of_scores(np.random.default_rng(2).standard_normal((200_000, 3)) @ root.T)
    assert (given["tax"] == 0.25).all()
    assert stats.spearmanr(given["price"], given["cost"]).statistic == pytest.approx(0.6, abs=0.005)
    assert stats.spearmanr(given["price"], given["load"]).statistic == pytest.approx(-0.3, abs=0.006)
    assert stats.spearmanr(given["load"], given["cost"]).statistic == pytest.approx(0, abs=0.007)


def test_groups_that_are_independent_of_one_another() -> None:
    assert Drivers(three(), {("price", "cost"): 0.6}).independent_groups == {"price, cost": [0, 2], "load": [1]}
    assert Drivers(three()).independent_groups == {"price": [0], "load": [1], "cost": [2]}


def test_each_driver_says_where_it_comes_from() -> None:
    table = Drivers((*three(), driver_of(Assumption("pue", 1.2, 1.4, "1", "to be checked")))).to_table()
    assert table.columns["status"] == ("data", "ASSUMED", "ASSUMED", "data", "ASSUMED")
    assert table.records()[-1]["distribution"] == "uniform from 1.20 to 1.40"
    assert table.records()[-1]["5 %"] == pytest.approx(1.21)
    assert driver_of(Assumption("pue", 1.2, 1.2, "1", "s")).distribution == Fixed(1.2)


@pytest.mark.parametrize(
    ("correlations", "words"),
    [
        ({("price", "rent"): 0.5}, "no driver 'rent'"),
        ({("price", "tax"): 0.5}, "'tax', which is fixed"),
        ({("price", "price"): 0.5}, "'price' and itself"),
        ({("price", "load"): 0.5, ("load", "price"): 0.5}, "again"),
        ({("price", "load"): 1.5}, "not a matrix of correlations"),
        ({("price", "load"): 1.0}, "not positive definite"),
        ({("price", "load"): 0.9, ("price", "cost"): 0.9, ("load", "cost"): -0.9}, "nearest that can hold"),
    ],
)
def test_correlations_that_are_refused(correlations: dict[tuple[str, str], float], words: str) -> None:
    with pytest.raises(UsageError) as caught:
        Drivers(three(), correlations)
    assert words in str(caught.value)


def test_two_drivers_of_one_name() -> None:
    with pytest.raises(UsageError, match="two drivers 'price'"):
        Drivers((three()[0], three()[0]))
