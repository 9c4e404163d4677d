"""Many cells: draws, covariances and bands without the covariance of all cells, against that covariance."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from tests.unit.many.plain import draw

from pilotzone.evaluation.many import (
    Comparison,
    GroupTimeEffects,
    StackedColumns,
    aggregate_effects,
    group_time_effects,
    moments_of,
    reliability,
    sup_t,
)
from pilotzone.evaluation.many.cells.weights import Weights
from pilotzone.evaluation.many.inference.bands import critical_value
from pilotzone.evaluation.many.variation.families import DenseFamily
from pilotzone.evaluation.many.variation.presence import Presence

INF = np.inf
TWO = {"jobs": (2010, 2011, 2012, 2014, 2015), "co2": (2009, 2011, 2012, 2014)}
SIZES: dict[float, int] = {2009: 4, 2012: 14, 2014: 11, 2015: 7, 2019: 5, INF: 16}


def effects(controls: str = "not_yet_treated", base: str = "varying") -> GroupTimeEffects:
    data = draw(SIZES, TWO, 3)
    layout = StackedColumns(tuple(TWO), tuple(TWO.values()))
    how = Comparison(controls, base)  # type: ignore[arg-type]
    return group_time_effects(moments_of(layout.stack(data.values), data.cohorts), layout, how)


@pytest.mark.parametrize("controls", ["never_treated", "not_yet_treated"])
@pytest.mark.parametrize("base", ["varying", "universal"])
def test_a_family_is_its_part_of_the_covariance(controls: str, base: str) -> None:
    found = effects(controls, base)
    whole = found.covariance
    np.testing.assert_allclose(found.variance, whole.diagonal(), rtol=1e-12, atol=1e-18)
    for at in (np.arange(len(found.cells)), np.array([1, 4, 7, len(found.cells) - 1])):
        family = found.influences.family(at)
        part = whole[np.ix_(at, at)]
        scale = np.sqrt(np.outer(part.diagonal(), part.diagonal())) + 1e-12
        assert (np.abs(family.dense() - part) <= 1e-10 * scale + 1e-13).all()
        one = family.going_with(np.array([2, 0]))
        assert (np.abs(one - part[:, [2, 0]]) <= 1e-10 * scale[:, [2, 0]] + 1e-13).all()
        drawn = family.drawn(60_000, np.random.default_rng(1))
        assert drawn.shape == (len(at), 60_000)
        # Covariances of draws are off by at most five of their standard errors.
        assert (np.abs(np.cov(drawn, bias=True) - part) <= 5 * scale * np.sqrt(2 / 60_000) + 1e-12).all()


def test_averages_of_dense_and_sparse_weights_are_the_same() -> None:
    found = effects()
    averages = aggregate_effects(found, "simple", "group", "dynamic", "calendar")
    dense = averages.weights
    np.testing.assert_allclose(dense @ found.estimate, averages.estimate, rtol=1e-12)
    moved = dense @ found.influences.shares + averages.shares
    whole = dense @ found.influences.within @ dense.T + moved @ found.influences.squares @ moved.T
    scale = np.sqrt(np.outer(whole.diagonal(), whole.diagonal()))
    assert (np.abs(averages.covariance - whole) <= 1e-10 * scale).all()
    values = np.random.default_rng(1).normal(size=(dense.shape[1], 3))
    np.testing.assert_allclose(averages.weighting @ values, dense @ values, rtol=1e-12, atol=1e-14)
    some = [3, 0, 5]
    np.testing.assert_array_equal(averages.weighting.some(some).dense(), dense[some])
    one, other = (reliability(found.variation, item, found.variance) for item in (Weights.each(dense.shape[1]),) * 2)
    spelt = reliability(found.variation, np.eye(dense.shape[1]), found.variance)
    for name in ("inflation", "degrees", "fewest"):
        np.testing.assert_allclose(getattr(one, name), getattr(spelt, name), rtol=1e-9)
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))


def test_single_effects_are_counted_as_averages_of_one() -> None:
    rng = np.random.default_rng(4)
    columns = np.stack([rng.integers(1, 4, 6), np.zeros(6, np.int64)])
    sides = rng.normal(size=(1, 6, 3)) * np.array([1.0, -1.0])[:, None, None]
    sides[:, :, 2] = 0
    found = Presence(columns, sides, rng.integers(1, 10, (2, 6, 3)).astype(float), rng.uniform(1.1, 2, (2, 6, 3)))
    one, other = found.resting(Weights.each(6)), found.resting(np.eye(6))
    for name in ("alike", "numbers", "factors"):
        np.testing.assert_allclose(getattr(one, name), getattr(other, name), rtol=1e-12)


@pytest.mark.parametrize("degrees", [None, 12.0])
def test_bands_of_many_independent_effects(degrees: float | None) -> None:
    """By the formula of Sidak, and for t variables by integrating it over their common scale."""
    count = 300
    variances = np.arange(1.0, count + 1)
    found = critical_value(DenseFamily(np.diag(variances)), np.sqrt(variances), 0.95, degrees=degrees, seed=1)
    if degrees is None:
        assert found == pytest.approx(stats.norm.ppf((1 + 0.95 ** (1 / count)) / 2), abs=0.006)
        return
    scale = np.sqrt(stats.chi2.ppf((np.arange(20_000) + 0.5) / 20_000, degrees) / degrees)
    inside = float(np.mean((2 * stats.norm.cdf(found * scale) - 1) ** count))
    assert inside == pytest.approx(0.95, abs=0.003)


@pytest.mark.parametrize("degrees", [None, 12.0])
def test_bands_of_many_correlated_effects_are_those_of_plain_draws(degrees: float | None) -> None:
    rng = np.random.default_rng(3)
    factor = rng.normal(size=(80, 6))
    matrix = factor @ factor.T + np.diag(rng.uniform(0, 2, 80))
    plain = sup_t(matrix, degrees=degrees, draws=200_000)
    found = critical_value(DenseFamily(matrix), np.sqrt(matrix.diagonal()), 0.95, degrees=degrees, seed=2)
    assert found == pytest.approx(plain, rel=0.006)


def test_many_effects_that_are_one_have_the_pointwise_value() -> None:
    sign = np.where(np.arange(200) % 3 > 0, 1.0, -1.0)
    found = critical_value(DenseFamily(np.outer(sign, sign)), np.ones(200), 0.95, degrees=None, seed=1)
    assert found == pytest.approx(1.959964, abs=1e-4)


def test_bands_of_many_cells_are_those_of_their_covariance() -> None:
    """Twelve cohorts and fifteen periods: 168 cells, by their factors and by plain draws of their covariance."""
    periods = tuple(range(2001, 2016))
    data = draw({**dict.fromkeys(np.arange(2003.0, 2015.0).tolist(), 8), INF: 30}, {"y": periods}, 2)
    layout = StackedColumns(("y",), (periods,))
    found = group_time_effects(moments_of(layout.stack(data.values), data.cohorts), layout)
    at = np.arange(len(found.cells))
    quick = critical_value(found.influences.family(at), found.se, 0.95, degrees=None, seed=20160)
    assert len(at) == 168
    assert quick == pytest.approx(sup_t(found.covariance), abs=0.012)
