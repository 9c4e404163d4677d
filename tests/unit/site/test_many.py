"""Very many places, and hours of very many sites, beside the exact versions of both."""

from __future__ import annotations

import numpy as np
import pytest

from pilotzone.core import DataError, UsageError
from pilotzone.gather import load_layer
from pilotzone.site import (
    Airside,
    CoolingSystem,
    Criterion,
    Waterside,
    Weather,
    airside,
    draw_weights,
    example_of,
    rank_acceptability,
    waterside,
)
from pilotzone.site.large import large_acceptability
from pilotzone.site.many_sites import cooling_grid

NAMES = ["a", "b", "c", "d"]
CRITERIA = tuple(Criterion(name, "down" if name == "b" else "up") for name in NAMES)


@pytest.mark.parametrize("seed", range(4))
def test_ranks_of_many_beside_all_ranks(seed: int) -> None:
    rng = np.random.default_rng(seed)
    values = rng.random((400, 4)) if seed else rng.integers(0, 4, (400, 4)).astype(float)  # ties among the first
    weights = draw_weights(NAMES, 300, seed=seed)
    found = large_acceptability(values, CRITERIA, weights, best=7)
    exact = rank_acceptability(values, CRITERIA, weights)
    np.testing.assert_allclose(found.first, exact.first, atol=1e-15)
    np.testing.assert_allclose(found.within, exact.ranks[:, :7].sum(axis=1), atol=1e-12)
    if seed:
        assert np.abs(found.mean_rank - exact.ranks @ np.arange(1, 401)).max() <= found.rank_error
        for place, weight in found.central.items():
            np.testing.assert_allclose(weight, exact.central[place], rtol=1e-12)
        assert set(found.central) == set(np.flatnonzero(exact.first > 0).tolist())


def test_order_and_threads_do_not_matter() -> None:
    rng = np.random.default_rng(5)
    values, weights = rng.random((3_000, 4)), draw_weights(NAMES, 64, seed=1)
    base = large_acceptability(values, CRITERIA, weights, threads=1)
    order = rng.permutation(3_000)
    turned = large_acceptability(values[order], CRITERIA, weights, threads=3)
    np.testing.assert_array_equal(turned.first, base.first[order])
    np.testing.assert_array_equal(turned.within, base.within[order])
    np.testing.assert_allclose(turned.mean_rank, base.mean_rank[order], rtol=1e-5)


def test_close_scores_are_told_apart_in_double_precision() -> None:
    """Differences far below what single precision can hold."""
    values = np.array([[0.5 + 1e-10, 0.5], [0.5, 0.5], [0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    criteria = (Criterion("a", "up"), Criterion("b", "up"))
    found = large_acceptability(values, criteria, [[0.5, 0.5]], best=2)
    exact = rank_acceptability(values, criteria, [[0.5, 0.5]])
    np.testing.assert_array_equal(found.first, exact.first)
    np.testing.assert_array_equal(found.within, exact.ranks[:, :2].sum(axis=1))


def test_what_many_places_cannot_be_asked() -> None:
    weights = draw_weights(NAMES, 4)
    with pytest.raises(UsageError, match="best 9 of 3 places"):
        large_acceptability(np.ones((3, 4)), CRITERIA, weights, best=9)
    with pytest.raises(DataError, match="60 criteria"):
        large_acceptability(np.ones((3, 60)), [Criterion(str(k), "up") for k in range(60)], np.full((1, 60), 1 / 60))


def hall_of(system: CoolingSystem) -> Airside | Waterside:
    layer = load_layer("cooling_parameters")
    rows = layer.rows_where(system=system)
    published = {layer.texts["parameter"][k]: float(layer.numbers["value"][k]) for k in rows}
    hall = example_of(system, published, cycles_of_concentration=4.0, drift_share=2e-4)
    assert isinstance(hall, Airside | Waterside)
    return hall


@pytest.mark.parametrize(
    ("system", "annual", "typical", "wue"), [("airside", 3e-4, 0.003, 0.004), ("waterside", 3e-4, 0.002, 0.003)]
)
def test_many_sites_beside_the_exact_model(system: CoolingSystem, annual: float, typical: float, wue: float) -> None:
    """Mean of a year, and the root mean square of an hour; single hours at borders of regimes are off by more."""
    rng = np.random.default_rng(3)
    hours = np.arange(2_190) * 4
    temp = rng.uniform(0, 26, (12, 1)) + rng.uniform(3, 15, (12, 1)) * np.sin(hours / 8760 * 2 * np.pi)
    temp = temp + 4 * np.cos(hours / 24 * 2 * np.pi) + rng.normal(0, 2, temp.shape)
    share = np.clip(rng.uniform(0.3, 0.9, (12, 1)) + rng.normal(0, 0.1, temp.shape), 0.03, 1.0)
    pressure = rng.uniform(62_000, 103_000, 12)
    hall = hall_of(system)
    found = cooling_grid(hall).of(temp.astype(np.float32), share.astype(np.float32), pressure)
    weather = Weather(temp, share, pressure[:, None])
    exact = airside(hall, weather) if isinstance(hall, Airside) else waterside(hall, weather)
    assert found.pue is not None
    assert np.abs(found.mean_pue - exact.pue.mean(axis=1)).max() < annual
    assert np.abs(found.mean_wue - exact.wue.mean(axis=1)).max() < wue
    assert np.sqrt(((found.pue - exact.pue) ** 2).mean()) < typical
    means = cooling_grid(hall).of(temp, share, pressure, hourly=False, threads=1)
    assert means.pue is None
    np.testing.assert_allclose(means.mean_pue, found.mean_pue, atol=1e-4)


def test_weather_off_the_grid() -> None:
    grid = cooling_grid(hall_of("waterside"))
    one = np.full((1, 4), 20.0)
    with pytest.raises(DataError, match="is off the grid"):
        grid.of(one + 60, one / 40, np.array([1e5]))
    with pytest.raises(DataError, match="a pressure is 50000 Pa"):
        grid.of(one, one / 40, np.array([5e4]))
    with pytest.raises(DataError, match="differ in shape"):
        grid.of(one, one / 40, np.array([1e5, 1e5]))
