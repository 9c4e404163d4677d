"""An appraisal over all that drivers could be: closed forms, errors that are honest, and what is told of a constant."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from pilotzone.appraisal import (
    Driver,
    Drivers,
    Empirical,
    Fixed,
    LogNormal,
    Model,
    Normal,
    Pert,
    Triangular,
    Uniform,
    even_draws,
    simulate,
    tornado_of,
)
from pilotzone.core import MethodError, UsageError
from pilotzone.sampling import normal_of_rank

Floats = NDArray[np.float64]


def normals(rank: float = 0.0) -> Drivers:
    entries = (
        Driver("a", Normal(1, 2), "CNY", "s"),
        Driver("b", Normal(0, 1), "CNY", "s"),
        Driver("c", Fixed(3), "1", "s"),
    )
    return Drivers(entries, {("a", "b"): rank} if rank else {})


def linear(of: Mapping[str, Floats]) -> Floats:
    return of["a"] + of["c"] * of["b"]


@pytest.mark.parametrize("rank", [0.0, 0.5])
def test_a_linear_outcome_of_normal_drivers(rank: float) -> None:
    """Its distribution is normal, and the shares are those of Owen and Prieur 2017."""
    found = simulate(linear, normals(rank), name="gain", unit="CNY", draws=100_000)
    rho = float(normal_of_rank(rank))
    law = stats.norm(1, np.sqrt(4 + 9 + 12 * rho))
    assert (found.draws, found.scrambles) == (106_496, 13)
    assert found.mean == pytest.approx(1, abs=1e-3)
    assert found.sd == pytest.approx(law.std(), rel=1e-3)
    assert found.loss == pytest.approx(law.cdf(0), abs=5 * found.loss_error + 1e-5)
    expected = law.ppf(found.probabilities)
    np.testing.assert_allclose(found.quantiles, expected, atol=5 * found.quantile_errors.max())
    np.testing.assert_allclose(found.quantiles, expected, atol=0.02)
    assert found.effects is not None
    first = (4 * (1 - rho**2 / 2) + 6 * rho + 9 * rho**2 / 2) / law.var()
    np.testing.assert_allclose(found.effects.effects, [first, 1 - first], atol=0.001)
    assert found.shares is not None
    assert found.shares.groups == (("a, b",) if rank else ("a", "b"))
    if not rank:
        np.testing.assert_allclose(found.shares.first, [4 / 13, 9 / 13], atol=0.005)
    told = found.to_table().records()
    assert told[0]["what"] == "mean"
    assert told[1]["what"] == "probability of less than 0"


def test_all_drivers_of_an_appraisal_by_plain_draws() -> None:
    """Pseudo-random draws by numpy and scipy, of a product that no closed form is needed for."""
    entries = (
        Driver("price", LogNormal(0.9, 0.2), "1", "s"),
        Driver("load", Triangular(40, 60, 100), "1", "s"),
        Driver("cost", Pert(8, 10, 15), "1", "s"),
        Driver("rate", Uniform(0.05, 0.1), "1", "s"),
        Driver("year", Empirical([1, 2, 5]), "1", "s"),
    )

    def model(of: Mapping[str, Floats]) -> Floats:
        return of["price"] * of["load"] / (1 + of["rate"]) ** of["year"] - 4 * of["cost"]

    found = simulate(model, Drivers(entries, {("price", "cost"): 0.7}), indices=False)
    rng = np.random.default_rng(4)
    score = rng.multivariate_normal([0, 0], [[1, float(normal_of_rank(0.7))], [float(normal_of_rank(0.7)), 1]], 200_000)
    other = model(
        {
            "price": 0.9 * np.exp(0.2 * score[:, 0]),
            "load": rng.triangular(40, 60, 100, 200_000),
            "cost": 8 + 7 * stats.beta(1 + 8 / 7, 1 + 20 / 7).ppf(stats.norm.cdf(score[:, 1])),
            "rate": rng.uniform(0.05, 0.1, 200_000),
            "year": rng.choice([1.0, 2.0, 5.0], 200_000),
        }
    )
    error = other.std() / np.sqrt(200_000)
    assert found.mean == pytest.approx(other.mean(), abs=4 * error)
    assert found.mean_error < error
    assert found.loss == pytest.approx((other < 0).mean(), abs=0.004)
    np.testing.assert_allclose(found.quantiles, np.quantile(other, found.probabilities), atol=0.15)
    assert found.effects is None


def test_several_outcomes_can_be_taken_of_the_same_draws() -> None:
    drawn = even_draws(normals(), 2_000, 20172)
    models: tuple[Model, ...] = (linear, lambda of: of["a"])
    for model in models:
        alone, shared = (simulate(model, normals(), draws=draws, indices=False) for draws in (2_000, drawn))
        np.testing.assert_array_equal(shared.values, alone.values)
        assert shared.scrambles == alone.scrambles
        assert shared.mean_error == alone.mean_error


def test_one_driver_decides_all() -> None:
    found = simulate(lambda of: of["a"] ** 3, Drivers((Driver("a", Uniform(0, 1), "1", "s"),)), draws=2_000)
    assert found.effects is not None
    assert found.effects.effects.tolist() == [1.0]
    assert found.mean == pytest.approx(0.25, abs=1e-3)


@pytest.mark.parametrize("drivers", [normals(), Drivers((Driver("a", Fixed(3), "1", "s"),))])
def test_an_outcome_that_does_not_vary_is_told(drivers: Drivers) -> None:
    found = simulate(lambda of: 0 * of["a"] + 7, drivers, name="gain", unit="CNY", draws=500)
    assert found.note == "gain is 7 CNY whatever its drivers are."
    assert found.effects is None
    assert found.shares is None
    assert (found.mean, found.sd, found.loss) == (7, 0, 0)


def test_what_a_model_must_not_return() -> None:
    with pytest.raises(UsageError, match="one outcome each"):
        simulate(lambda _: np.zeros(3), normals(), draws=100)
    with pytest.raises(MethodError, match="not finite where a -"):
        simulate(lambda of: np.where(of["a"] < 0, np.nan, 1.0), normals(), draws=100)
    with pytest.raises(UsageError, match="1 or more"):
        simulate(linear, normals(), draws=0)


def test_swings_of_a_linear_outcome() -> None:
    end = float(stats.norm.ppf(0.9))
    found = tornado_of(linear, normals(0.5), name="gain", unit="CNY")
    assert [swing.driver for swing in found.swings] == ["b", "a"]
    assert found.middle == pytest.approx(1)
    wide, narrow = found.swings
    assert (wide.at_low, wide.at_high) == pytest.approx((1 - 3 * end, 1 + 3 * end))
    assert (narrow.low, narrow.high) == pytest.approx((1 - 2 * end, 1 + 2 * end))
    assert narrow.width == pytest.approx(4 * end)
    rho = float(normal_of_rank(0.5))
    together = {swing.driver: swing.width for swing in tornado_of(linear, normals(0.5), moving="together").swings}
    assert together == pytest.approx({"a": 2 * end * (2 + 3 * rho), "b": 2 * end * (3 + 2 * rho)})
    with pytest.raises(UsageError, match="above 0 and below 1"):
        tornado_of(linear, normals(), share=1.0)
    assert found.to_table().columns["driver"] == ("b", "a")
