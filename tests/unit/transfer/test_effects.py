"""What may be pooled: one treatment, one horizon, one scale, a covariance that can be one."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any, cast

import numpy as np
import pytest
from scipy import stats
from tests.unit.transfer.zones import GDP, zones_of

from pilotzone.core import EffectCovariance, JointEffects, MethodError, Outcome, PlaceboDraws, UsageError
from pilotzone.transfer import (
    ZoneEffect,
    ZoneEffects,
    effects_of_zones,
    pool_effects,
    pool_jointly,
    shared_donor_covariance,
)

ONE = ZoneEffect("a", "data zone", GDP, "5 years", 1.0, 0.5)


@pytest.mark.parametrize("se", [0.0, -1.0, float("nan"), float("inf")])
def test_errors_that_are_not_above_zero_are_refused(se: float) -> None:
    with pytest.raises(UsageError, match="zone 'a' on 'gdp' has the standard error"):
        replace(ONE, se=se)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"treatment": "tax holiday"}, "has the treatment 'data zone', zone 'b' 'tax holiday'"),
        ({"horizon": "1 year"}, "has the horizon '5 years', zone 'b' '1 year'"),
        ({"outcome": Outcome("gdp", None, "up", None, "log")}, "the scale 'level' in zone 'a' and 'log' in zone 'b'"),
        ({"outcome": Outcome("gdp", None, "up", None, "level", unit="t")}, "the unit '%' in zone 'a' and 't'"),
        ({"outcome": replace(GDP, good="down")}, "the good direction 'up' in zone 'a' and 'down'"),
        ({"zone": "a"}, "zone 'a' has two effects on 'gdp'"),
    ],
)
def test_unlike_effects_are_not_pooled(change: dict[str, Any], told: str) -> None:
    other = replace(ONE, **({"zone": "b"} | change))
    with pytest.raises(UsageError, match=told):
        ZoneEffects((ONE, other))


@pytest.mark.parametrize("what", ["zone", "treatment", "horizon"])
def test_effects_say_what_they_are_of(what: str) -> None:
    with pytest.raises(UsageError, match=f"has no {what}"):
        replace(ONE, **cast("dict[str, Any]", {what: " "}))


@pytest.mark.parametrize(
    ("matrix", "told"),
    [
        (np.eye(3), r"shape \(3, 3\), and there are 2"),
        (np.array([[1.0, 0.2], [0.3, 4.0]]), "not symmetric"),
        (np.array([[1.0, 0.0], [0.0, 5.0]]), "gives zone 'z1' the variance 5"),
        (np.array([[1.0, 3.0], [3.0, 4.0]]), "not positive definite"),
        (np.array([[1.0, 2.0], [2.0, 4.0]]), "not positive definite"),
        (np.array([[1.0, np.nan], [np.nan, 4.0]]), "not finite"),
    ],
)
def test_matrices_that_are_not_these_effects_covariance_are_refused(matrix: np.ndarray, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        zones_of([1.0, 2.0], [1.0, 2.0], matrix)


def test_shared_donors_by_simulation_of_the_definition() -> None:
    rng = np.random.default_rng(1)
    weights, noise, own = rng.dirichlet(np.ones(4), 3), rng.uniform(0.5, 2, 4), rng.uniform(0.5, 2, 3)
    found = shared_donor_covariance(weights, noise, own)
    # An effect is a linear function of independent errors: its covariance is the product of the coefficients.
    coefficients = np.hstack([np.eye(3), -weights]) * np.sqrt(np.concatenate([own, noise]))
    assert found == pytest.approx(coefficients @ coefficients.T, rel=1e-12)
    assert shared_donor_covariance(weights, np.diag(noise), own) == pytest.approx(found, rel=1e-12)
    with pytest.raises(UsageError, match="shapes"):
        shared_donor_covariance(weights, noise[:3], own)
    with pytest.raises(UsageError, match="variance not above zero"):
        shared_donor_covariance(weights, noise * 0, own)


def joint(seed: int, covariance: bool) -> JointEffects:
    rng = np.random.default_rng(seed)
    outcomes = (GDP, replace(GDP, name="co2", good="down", unit="t"))
    if covariance:
        spread = EffectCovariance(np.array([[1.0, 0.4], [0.4, 2.0]]), "counties", 20, 40)
        return JointEffects(
            "zone", 2016, (2016, 2017), "callaway_santanna", outcomes, rng.normal(size=2), None, (), 1, spread
        )
    gaps = rng.normal(size=(12, 2)) * [1, 2]
    draws = PlaceboDraws([f"u{k}" for k in range(12)], 3, gaps, np.zeros((12, 2)), np.ones((12, 2)), "symmetric")
    return JointEffects("zone", 2016, (2016, 2017), "sc", outcomes, gaps[3], draws)


def test_joint_effects_become_zones() -> None:
    parts = {"a": joint(1, False), "b": joint(2, True)}
    found = effects_of_zones(parts, treatment="data zone", horizon="2 years")
    gaps = np.delete(parts["a"].draws.mean_gap, 3, axis=0)
    assert found.matrix[:2, :2] == pytest.approx(gaps.T @ gaps / 11, rel=1e-12)
    assert found.matrix[2:, 2:].tolist() == [[1.0, 0.4], [0.4, 2.0]]
    assert (found.matrix[:2, 2:] == 0).all()
    across = np.zeros((4, 4))
    across[0, 2] = across[2, 0] = 0.1
    assert effects_of_zones(parts, treatment="x", horizon="y", across=across).matrix[0, 2] == 0.1
    assert found.outcomes[1].name == "co2"
    assert found.on("co2").estimate.tolist() == [parts["a"].estimate[1], parts["b"].estimate[1]]
    with pytest.raises(UsageError, match="none is named"):
        found.on()
    with pytest.raises(UsageError, match="Did you mean 'gdp'"):
        found.on("gpd")


def test_correlations_between_zones_take_five() -> None:
    found = effects_of_zones({"a": joint(1, True), "b": joint(2, True)}, treatment="x", horizon="y")
    assert pool_jointly(found).estimate.shape == (2,)
    with pytest.raises(MethodError, match="2 zones have effects on both 'gdp' and 'co2'"):
        pool_jointly(found, between="unstructured")
    with pytest.raises(MethodError, match="'gdp' has an effect of one zone"):
        pool_jointly(found.part([0, 1]))


@pytest.mark.parametrize("values", [(4.0, 1.0, 3.0, 0.0, 2.0), (2.0, 2.1, 1.9, 2.0, 2.05)])
def test_joint_predictions_are_those_of_each_outcome_alone_where_outcomes_are_independent(
    values: tuple[float, ...],
) -> None:
    """The factor of Hartung and Knapp is common to all: with it, or where it is one, intervals agree."""
    names = ("gdp", "co2")
    outcomes = [Outcome(name, None, "up", None, "level", unit="%") for name in names]
    effects = ZoneEffects(
        tuple(
            ZoneEffect(zone, "zone", outcome, "5 years", value + k, se)
            for k, outcome in enumerate(outcomes)
            for zone, value, se in zip("abcde", values[::-1] if k else values, (1.0, 1.2, 1.5, 0.8, 1.0), strict=True)
        )
    )
    found = pool_jointly(effects)
    for k, alone in enumerate(pool_effects(effects).pooled):
        assert found.predictions[k] is not None
        assert alone.prediction is not None
        assert found.between[k, k] == pytest.approx(alone.tau2, rel=1e-5, abs=1e-8)
        half = stats.t.ppf(0.975, 3) * math.sqrt(alone.tau2 + found.factor * alone.plain_se**2)
        expected = (alone.estimate - half, alone.estimate + half)
        assert found.predictions[k] == pytest.approx(expected, rel=1e-5)
        if found.factor == 1.0 and alone.se == alone.plain_se:
            assert found.predictions[k] == pytest.approx(alone.prediction, rel=1e-5)
    row = found.to_table().records()[0]
    assert (row["prediction_low"], row["prediction_high"]) == found.predictions[0]


def test_joint_predictions_of_two_zones_are_none() -> None:
    outcome = Outcome("gdp", None, "up", None, "level", unit="%")
    effects = ZoneEffects(tuple(ZoneEffect(zone, "zone", outcome, "5 years", 1.0, 1.0) for zone in "ab"))
    found = pool_jointly(effects)
    assert found.predictions == (None,)
    assert found.to_table().records()[0]["prediction_low"] is None
