"""Earthquakes: the law of Gutenberg and Richter, distances, rates and probabilities."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

from pilotzone.core import MethodError, UsageError, distance_km
from pilotzone.gather import load_layer
from pilotzone.site.hazard import Quakes, fit_gutenberg_richter, quake_rates, within_years


def catalogue(count: int, b: float, seed: int, step: float = 0.1) -> Quakes:
    rng = np.random.default_rng(seed)
    sizes = 5.5 - step / 2 + rng.exponential(1 / (b * np.log(10)), count)
    sizes = np.round(sizes / step) * step if step > 0 else sizes
    return Quakes(rng.uniform(20, 40, count), rng.uniform(90, 110, count), sizes, 52.0, 5.5)


@pytest.fixture(scope="module")
def china() -> Quakes:
    layer = load_layer("earthquakes")
    numbers = layer.numbers
    return Quakes(numbers["latitude_deg"], numbers["longitude_deg"], numbers["magnitude"], 52.0, 5.5)


def test_the_law_is_the_most_likely_one(china: Quakes) -> None:
    """The likelihood of exponential sizes above the lower edge of the first class, maximised by a search."""
    above = china.magnitude - (5.5 - 0.05)

    def loss(b: float) -> float:
        beta = b * np.log(10)
        return float(-(np.log(beta) - beta * above).sum())

    best = minimize_scalar(loss, bounds=(0.3, 2.5), method="bounded", options={"xatol": 1e-10})
    found = fit_gutenberg_richter(china)
    assert found.b == pytest.approx(float(best.x), abs=1e-6)
    assert found.events == 1406
    assert found.yearly(5.45) == pytest.approx(1406 / 52)
    # Tectonic regions have slopes near one.
    assert 0.8 < found.b < 1.4


def test_slope_and_error_over_many_catalogues() -> None:
    """2,000 catalogues of 300 events: no bias beyond that of one over n, and intervals that cover."""
    slopes, errors = [], []
    for seed in range(2_000):
        law = fit_gutenberg_richter(catalogue(300, 1.0, seed, 0.0), step=1e-9)
        slopes.append(law.b)
        errors.append(law.b_error)
    b, error = np.array(slopes), np.array(errors)
    assert abs(b.mean() - 300 / 299) < 3 * b.std() / np.sqrt(2_000)
    covered = np.mean(np.abs(b - 1.0) < 1.96 * error)
    assert 0.93 < covered < 0.97


def test_rounded_sizes_need_the_half_step() -> None:
    slopes = [fit_gutenberg_richter(catalogue(2_000, 1.0, seed)).b for seed in range(200)]
    assert abs(np.mean(slopes) - 1.0) < 0.01


def test_distances_against_unit_vectors() -> None:
    rng = np.random.default_rng(1)
    (a, b), (c, d) = rng.uniform(-80, 80, (2, 50)), rng.uniform(-180, 180, (2, 50))

    def vector(lat: np.ndarray, lon: np.ndarray) -> np.ndarray:
        one, two = np.radians(lat), np.radians(lon)
        return np.stack([np.cos(one) * np.cos(two), np.cos(one) * np.sin(two), np.sin(one)])

    angle = np.arccos(np.clip((vector(a, c) * vector(b, d)).sum(axis=0), -1, 1))
    np.testing.assert_allclose(distance_km(a, c, b, d), 6_371.0088 * angle, rtol=1e-9)


def test_rates_one_by_one(china: Quakes) -> None:
    law = fit_gutenberg_richter(china)
    places = [(26.6, 106.7), (30.6, 104.1), (25.0, 102.7)]
    found = quake_rates(china, law, *np.array(places).T, magnitude=6.0, reach_km=50)
    for k, (lat, lon) in enumerate(places):
        whole = 0.0
        for one, two in zip(china.latitude, china.longitude, strict=True):
            whole += np.exp(-0.5 * (float(distance_km(lat, lon, one, two)) / 50) ** 2)
        assert found[k] == pytest.approx(whole / 52 * 10 ** (-law.b * 0.5), rel=1e-12)
    # What is said of Guizhou beside Sichuan and Yunnan.
    assert found[0] < found[1]
    assert found[0] < found[2]


def test_order_of_events_does_not_matter(china: Quakes) -> None:
    order = np.random.default_rng(2).permutation(1406)
    other = Quakes(china.latitude[order], china.longitude[order], china.magnitude[order], 52.0, 5.5)
    law = fit_gutenberg_richter(china)
    one, two = (quake_rates(q, law, [30.0], [104.0], magnitude=6, reach_km=50) for q in (china, other))
    np.testing.assert_allclose(one, two, rtol=1e-12)


def test_probabilities() -> None:
    assert float(within_years(1 / 475, 50)) == pytest.approx(0.0999, abs=2e-4)
    assert float(within_years(0.0, 30)) == 0.0
    assert within_years([0.1, 1.0], 10).tolist() == pytest.approx([1 - np.exp(-1), 1 - np.exp(-10)])


def test_what_is_refused(china: Quakes) -> None:
    law = fit_gutenberg_richter(china)
    with pytest.raises(UsageError, match="catalogue complete from"):
        quake_rates(china, law, [30.0], [104.0], magnitude=5.0, reach_km=50)
    with pytest.raises(UsageError, match="reach -1 km"):
        quake_rates(china, law, [30.0], [104.0], magnitude=6.0, reach_km=-1)
    with pytest.raises(MethodError, match="12 events"):
        fit_gutenberg_richter(catalogue(12, 1.0, 1))
