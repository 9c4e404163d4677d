"""Effects of many units carried to a candidate: derivatives, algebra, double robustness, refusals."""

from __future__ import annotations

import numpy as np
import pytest
from tests.unit.transfer.zones import GDP

from pilotzone.core import MethodError, UsageError
from pilotzone.transfer import UnitEffects, transport_effects
from pilotzone.transfer.populations import METHODS, estimates_of

RNG = np.random.default_rng(11)
VALUES = RNG.normal(size=(60, 2))
TARGET = RNG.normal([0.5, -0.3], 0.6, size=(25, 2))
EFFECT = 1 + VALUES @ [1.0, 0.5] + 0.4 * VALUES[:, 0] ** 2 + RNG.normal(size=60)


def units(values: np.ndarray = VALUES, effect: np.ndarray = EFFECT, cluster: object = None) -> UnitEffects:
    names = tuple(f"m{k}" for k in range(values.shape[1]))
    return UnitEffects(GDP, "data zone", "5 years", effect, names, values, cluster)  # type: ignore[arg-type]


@pytest.mark.parametrize("which", [0, 7, 59, 60, 84])
def test_jackknife_by_finite_differences(which: int) -> None:
    found = estimates_of(EFFECT, VALUES, TARGET)
    step = 1e-4
    ends = []
    for by in (-2 * step, -step, step, 2 * step):
        cases = np.ones(85)
        cases[which] += by
        ends.append(estimates_of(EFFECT, VALUES, TARGET, cases).estimate)
    slope = (ends[0] - 8 * ends[1] + 8 * ends[2] - ends[3]) / (12 * step)
    assert found.jackknife[which] == pytest.approx(slope, abs=1e-8)


def test_derivatives_sum_to_nothing() -> None:
    """Means do not change where every unit counts twice."""
    assert estimates_of(EFFECT, VALUES, TARGET).jackknife.sum(axis=0) == pytest.approx(np.zeros(4), abs=1e-10)


def test_balancing_is_doubly_robust_by_itself() -> None:
    """With a linear outcome model its augmentation vanishes; with linear effects all but the odds are exact."""
    exact = 2 + VALUES @ [1.0, -0.5]
    truth = 2 + TARGET.mean(axis=0) @ [1.0, -0.5]
    found = estimates_of(exact, VALUES, TARGET).estimate
    assert found[[0, 1, 3]] == pytest.approx([truth] * 3, abs=1e-9)
    assert abs(found[2] - truth) > 1e-3


def test_the_doubly_robust_estimate_by_its_formula() -> None:
    from pilotzone.transfer.balancing import odds_weights

    z, x = np.column_stack([np.ones(60), VALUES]), np.column_stack([np.ones(25), TARGET])
    beta = np.linalg.lstsq(z, EFFECT, rcond=None)[0]
    weights = odds_weights(VALUES, TARGET)
    expected = (x @ beta).mean() + weights @ (EFFECT - z @ beta)
    assert transport_effects(units(), TARGET, candidate="c").by("doubly robust").estimate == pytest.approx(expected)


def test_right_odds_make_up_for_a_wrong_outcome_model() -> None:
    """Effects bend, the outcome model is a line; who takes part is logistic: odds and both together are right."""
    rng = np.random.default_rng(3)
    found = np.zeros((200, 4))
    truth = 0.5**2 + 1  # mean of x squared, x normal with mean 0.5
    for k in range(200):
        x = rng.normal(size=(800, 1))
        target = rng.normal(0.5, 1, size=(800, 1))
        found[k] = estimates_of(x[:, 0] ** 2 + rng.normal(size=800), x, target).estimate
    error = found.std(axis=0) / 200**0.5
    off = (found.mean(axis=0) - truth) / error
    assert abs(off[METHODS.index("inverse odds")]) < 4
    assert abs(off[METHODS.index("doubly robust")]) < 4
    assert abs(off[METHODS.index("outcome model")]) > 8


def test_clusters_widen_errors() -> None:
    cluster = np.repeat(np.arange(12), 5)
    shared = EFFECT + 2 * np.random.default_rng(1).normal(size=12)[cluster]
    alone = transport_effects(units(effect=shared), TARGET, candidate="c")
    together = transport_effects(units(effect=shared, cluster=cluster.tolist()), TARGET, candidate="c")
    assert together.by("outcome model").se > 1.3 * alone.by("outcome model").se
    assert together.by("outcome model").predictive.degrees == 9


def test_prediction_is_wider_than_confidence() -> None:
    found = transport_effects(units(), TARGET, candidate="c")
    for item in found.effects:
        assert item.predictive.scale > item.se
    frame = found.to_frame()
    assert frame["method"].tolist() == list(METHODS)
    assert "in common" in found.to_table().note


def test_outside_is_refused_with_the_covariate() -> None:
    far = transport_effects(units(), TARGET + np.array([0.0, 6.0]), candidate="far")
    assert far.forbids == "m1"
    assert far.refusal.startswith("cannot be transported: 0% of its units lie in the range of treated units on m1")
    assert far.to_frame()["refusal"].tolist() == [far.refusal]
    with pytest.raises(MethodError, match="far: cannot be transported"):
        far.by("doubly robust")
    # Inside each range, outside jointly: units lie on a diagonal, the candidate beside it.
    line = np.linspace(-1, 1, 40)[:, None] * [1, 1] + RNG.normal(size=(40, 2)) * 0.01
    beside = transport_effects(units(line, RNG.normal(size=40)), np.tile([[0.6, -0.6]], (5, 1)), candidate="c")
    assert beside.forbids in {"m0", "m1"}
    assert "jointly" in beside.refusal


def test_bad_input_is_one_statement() -> None:
    with pytest.raises(MethodError, match="10 units for 2 covariates"):
        units(VALUES[:10], EFFECT[:10])
    with pytest.raises(MethodError, match="covariate 'm1' does not vary"):
        units(np.column_stack([VALUES[:, 0], np.ones(60)]))
    with pytest.raises(UsageError, match="not finite"):
        units(effect=np.full(60, np.nan))
    with pytest.raises(UsageError, match="3 units have a cluster, 60 an effect"):
        units(cluster=[1, 2, 3])
    with pytest.raises(UsageError, match=r"values have shape \(25, 1\)"):
        transport_effects(units(), TARGET[:, :1], candidate="c")
