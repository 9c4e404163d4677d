"""Prediction for candidates, forecasts of zones held out, breakdown and ranks."""

from __future__ import annotations

import math
import re
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import t
from tests.unit.transfer.zones import GDP, covariance, described, zones_of

from pilotzone.core import MethodError, UsageError
from pilotzone.site import CriterionValue
from pilotzone.transfer import (
    Described,
    Moderator,
    Predictions,
    ZoneEffects,
    break_down,
    crps_t,
    hold_out,
    pool_effects,
    predict_candidates,
    rank_candidates,
    rank_draws,
)
from pilotzone.transfer.fitting import Predictive, fit_effects
from pilotzone.transfer.further import estimate_elsewhere
from pilotzone.transfer.mixture import Mixture

RNG = np.random.default_rng(8)
VALUES = RNG.normal(size=(10, 2))
MATRIX = covariance(RNG, 10)
EFFECTS = zones_of(1 + VALUES @ [0.5, -1.0] + 2.5 * RNG.normal(size=10), MATRIX.diagonal() ** 0.5, MATRIX)
INSIDE = RNG.dirichlet(np.full(10, 3.0), 3) @ VALUES
OUTSIDE = np.array([[9.0, 0.0]])


def predictions() -> Predictions:
    candidates = described(np.vstack([INSIDE, OUTSIDE]), ["north", "south", "west", "far"])
    return predict_candidates(EFFECTS, described(VALUES), candidates)


def test_the_regression_by_dense_algebra() -> None:
    found = predictions()
    design = np.column_stack([np.ones(10), VALUES - VALUES.mean(axis=0)])
    inverse = np.linalg.inv(MATRIX + found.fit.tau2 * np.eye(10))
    plain = np.linalg.inv(design.T @ inverse @ design)
    beta = plain @ design.T @ inverse @ EFFECTS.estimate
    left = EFFECTS.estimate - design @ beta
    spread = plain * max(1.0, float(left @ inverse @ left) / 7)
    assert found.fit.coefficients == pytest.approx(beta, rel=1e-10)
    for item, at in zip(found.transported, INSIDE, strict=True):
        row = np.array([1.0, *(at - VALUES.mean(axis=0))])
        assert item.predictive is not None
        half = t.ppf(0.975, 6) * (row @ spread @ row + found.fit.tau2) ** 0.5
        assert item.predictive.interval(0.05) == pytest.approx((row @ beta - half, row @ beta + half), rel=1e-9)
        # Balancing weights have the candidate's values as their means.
        assert item.support.weights @ VALUES == pytest.approx(at, abs=1e-8)
    frame = found.coefficients().to_frame()
    assert frame["declared"].tolist() == ["", "protocol of 2026-01-01", "protocol of 2026-01-01"]


def test_the_far_candidate_is_refused_with_what_forbids_it() -> None:
    item = predictions().items[3]
    assert item.predictive is None
    assert item.refusal.startswith("cannot be transported: m0 is outside the range of zones and would have to be")
    assert item.refusal.endswith("unit lower")
    assert "1 of 4 candidates lie outside" in repr(predictions())


def test_a_moderator_without_a_unit_is_told_without_one() -> None:
    plain = replace(predictions().zones, moderators=tuple(replace(m, unit="1") for m in predictions().zones.moderators))
    candidates = described(OUTSIDE, ["far"])
    found = predict_candidates(EFFECTS, plain, replace(candidates, moderators=plain.moderators))
    assert re.search(r"would have to be [0-9.]+ lower$", found.items[0].refusal)
    assert found.coefficients().to_frame()["unit"].tolist() == ["", "", ""]
    assert [m.title for m in plain.moderators] == ["m0", "m1"]
    assert predictions().zones.moderators[0].title == "m0, unit"


def test_it_is_handed_over_as_a_criterion() -> None:
    table = predictions().to_criterion("gain")
    made = [CriterionValue(**{**row, "low": _nan(row["low"]), "high": _nan(row["high"])}) for row in table.records()]  # type: ignore[arg-type]
    assert [item.kind for item in made] == ["modelled"] * 3 + ["missing"]
    assert made[0].unit == "%"
    assert made[3].note.startswith("cannot be transported")


def _nan(value: object) -> object:
    return math.nan if value is None else value


@pytest.mark.parametrize(
    ("count", "values", "told"),
    [
        (4, np.arange(4.0)[:, None], "4 zones have 1 moderator: m0"),
        (9, np.random.default_rng(0).normal(size=(9, 2)), "9 zones have 2 moderators: m0, m1"),
        (6, np.full((6, 1), 3.3), "moderator 'm0' does not vary between the 6 zones"),
        (10, np.column_stack([np.arange(10.0), 3 - 2 * np.arange(10.0)]), "combinations of one another"),
    ],
)
def test_moderators_that_zones_cannot_bear_are_refused(count: int, values: np.ndarray, told: str) -> None:
    effects = zones_of(list(range(count)), [1.0] * count)
    with pytest.raises(MethodError, match=told):
        predict_candidates(effects, described(values), described(values[:1], ["c"]))


def test_moderators_are_declared_beforehand() -> None:
    with pytest.raises(UsageError, match="moderator 'rain' does not say where it was declared"):
        Moderator("rain", "mm", " ")


def test_zones_and_candidates_have_the_same_moderators() -> None:
    zones = described(VALUES)
    one, two = zones.moderators
    other = Described(("c",), (one, replace(two, unit="t")), INSIDE[:1])
    with pytest.raises(UsageError, match="zones have 'm1' in 'unit' where candidates have 'm1' in 't'"):
        predict_candidates(EFFECTS, zones, other)
    with pytest.raises(UsageError, match="candidates have nothing"):
        predict_candidates(EFFECTS, zones, Described(("c",), (one,), INSIDE[:1, :1]))
    with pytest.raises(UsageError, match="candidate 'z0' is one of the zones"):
        predict_candidates(EFFECTS, zones, described(INSIDE[:1], ["z0"]))
    with pytest.raises(UsageError, match="'c' has no 'm1'"):
        Described(("c",), (one, two), np.array([[1.0, np.nan]]))
    with pytest.raises(UsageError, match="has no place 'z9'"):
        predict_candidates(EFFECTS, described(VALUES[:9]), described(INSIDE[:1], ["c"]))


def test_forecasts_by_hand() -> None:
    """A zone is forecast by the fit to the others; its error is a sum of independent parts and one covariance."""
    found = hold_out(EFFECTS, described(VALUES[:, :1]))
    design = np.column_stack([np.ones(10), VALUES[:, 0]])
    for j, item in enumerate(found.by("moderators")):
        kept = [k for k in range(10) if k != j]
        rest = predict_candidates(
            EFFECTS.part(kept),
            described(VALUES[kept, :1], [f"z{k}" for k in kept]),
            described(VALUES[kept, :1].mean(axis=0, keepdims=True), ["c"]),
        ).fit
        inverse = np.linalg.inv(MATRIX[np.ix_(kept, kept)] + rest.tau2 * np.eye(9))
        plain = np.linalg.inv(design[kept].T @ inverse @ design[kept])
        weights = design[j] @ plain @ design[kept].T @ inverse
        # Zone j's estimate minus its forecast is linear in all estimates: 1 there, minus the weights elsewhere.
        line = np.zeros(10)
        line[j], line[kept] = 1.0, -weights
        exact = line @ MATRIX @ line + rest.tau2 * (1 + weights @ weights)
        widened = float(design[j] @ plain @ design[j]) * (rest.factor - 1)
        assert isinstance(item.predictive, Predictive)
        assert item.predictive.mean == pytest.approx(weights @ EFFECTS.estimate[kept], rel=1e-9, abs=1e-12)
        assert item.predictive.scale == pytest.approx((exact + widened) ** 0.5, rel=1e-9)
        assert item.predictive.degrees == 6
        score = crps_t(item.predictive.mean, item.predictive.scale, 6, float(EFFECTS.estimate[j]))
        assert item.crps == pytest.approx(score)
    plain_mean = found.by("plain mean")[0].predictive
    assert isinstance(plain_mean, Predictive)
    others = EFFECTS.estimate[1:]
    assert plain_mean.mean == pytest.approx(others.mean())
    assert plain_mean.degrees == 8
    assert plain_mean.scale == pytest.approx(others.std(ddof=1) * (10 / 9) ** 0.5)
    assert found.gain("plain mean") == (0.0, 0.0)
    frame = found.summary().to_frame()
    assert frame["forecaster"].tolist() == ["plain mean", "random effects", "moderators"]
    assert "plain mean of the other zones" in repr(found)


def test_forecasts_with_tau_uncertain() -> None:
    """Each is the mixture for its fit to the others, scored as such; the plain mean stays as it is."""
    one, other = hold_out(EFFECTS, prediction="NNF"), hold_out(EFFECTS)
    assert one.by("plain mean") == other.by("plain mean")
    for j, item in enumerate(one.by("random effects")):
        kept = [k for k in range(10) if k != j]
        fit = fit_effects(EFFECTS.estimate[kept], np.ones((9, 1)), MATRIX[np.ix_(kept, kept)], "REML")
        expected = estimate_elsewhere(fit, np.ones(1), MATRIX[j, j], MATRIX[kept, j])
        assert isinstance(item.predictive, Mixture)
        assert item.predictive.interval(0.1) == pytest.approx(expected.interval(0.1), rel=1e-12)
        assert item.crps == pytest.approx(expected.crps(float(EFFECTS.estimate[j])), rel=1e-12)
        low, high = item.predictive.interval(0.05)
        assert item.covered == (low <= EFFECTS.estimate[j] <= high)
    assert one.to_table().to_frame()["forecast"].notna().all()
    with pytest.raises(UsageError, match="method of prediction intervals"):
        hold_out(EFFECTS, prediction="NFN")  # type: ignore[arg-type]


def test_a_moderator_that_explains_everything_beats_the_plain_mean() -> None:
    x = np.linspace(-2, 2, 12)
    noise = np.random.default_rng(1).normal(size=12) * 0.1
    effects = zones_of(3 * x + noise, [0.1] * 12)
    found = hold_out(effects, described(x[:, None]))
    assert found.answer.startswith("Forecasting by moderators beats the plain mean")
    assert [item.supported for item in found.by("moderators")] == [False, *[True] * 10, False]


def test_few_zones_are_not_scored() -> None:
    with pytest.raises(MethodError, match="forecasts of 4 zones cannot be scored"):
        hold_out(zones_of([1, 2, 3, 4], [1.0] * 4))
    with pytest.raises(MethodError, match="4 zones have 1 moderator"):
        hold_out(zones_of([1, 2, 3, 4, 5], [1.0] * 5), described(np.arange(5.0)[:, None]))


def test_breakdown_moves_the_prediction_to_the_null() -> None:
    found = predictions()
    broken = break_down(found, null=0.3)
    assert broken.tau > 0
    for row, item in zip(broken.rows, found.transported, strict=True):
        assert item.predictive is not None
        for share in (1.0, 0.25):
            away = broken.distance(row, share) * broken.tau * share**0.5
            sign = 1 if item.predictive.mean >= 0.3 else -1
            assert item.predictive.mean - sign * away == pytest.approx(0.3, abs=1e-12)
        low, high = item.predictive.interval(0.05)
        outside = max(low - 0.3, 0.3 - high, 0.0)
        assert row.end_shift == pytest.approx(outside, abs=1e-12)
    with pytest.raises(UsageError, match="share"):
        broken.distance(broken.rows[0], 0.0)


def test_zones_that_do_not_differ_say_nothing_of_what_they_share() -> None:
    pooled = pool_effects(zones_of([1.0, 1.01, 0.99, 1.0, 1.0], [0.2] * 5)).pooled[0]
    broken = break_down(pooled)
    assert broken.distance(broken.rows[0]) == math.inf
    assert broken.to_frame()["distance_100%"].isna().all()
    with pytest.raises(UsageError, match="two zones"):
        break_down(pool_effects(zones_of([1.0, 2.0], [1.0, 1.0])).pooled[0])


def test_ranks_of_two_have_a_closed_form() -> None:
    zones = described(VALUES)
    found = predict_candidates(EFFECTS, zones, described(np.vstack([INSIDE[:2], OUTSIDE]), ["a", "b", "far"]))
    mean, scale, degrees = found.joint()
    ranked = rank_candidates(found, draws=200_000, seed=3)
    sd = (scale[0, 0] + scale[1, 1] - 2 * scale[0, 1]) ** 0.5
    exact = float(t.cdf(abs(mean[0] - mean[1]) / sd, degrees))
    error = (exact * (1 - exact) / 200_000) ** 0.5
    assert abs(ranked.probability[0, 0] - exact) <= 4 * error
    assert ranked.places == (("a", "b") if mean[0] > mean[1] else ("b", "a"))
    assert ranked.probability.sum(axis=0) == pytest.approx(np.ones(2), abs=1e-12)
    assert ranked.probability.sum(axis=1) == pytest.approx(np.ones(2), abs=1e-12)
    assert ranked.refused[0][0] == "far"
    assert ranked.to_frame()["rank"].tolist()[:2] == [1, 2]
    for k, item in enumerate(found.transported):
        assert item.predictive is not None
        assert scale[k, k] ** 0.5 == pytest.approx(item.predictive.scale, rel=1e-10)


def test_less_is_better_where_down_is_good() -> None:
    down = ZoneEffects(tuple(replace(e, outcome=replace(GDP, good="down")) for e in EFFECTS.effects), MATRIX)
    candidates = described(INSIDE, ["a", "b", "c"])
    up, low = (rank_candidates(predict_candidates(e, described(VALUES), candidates)) for e in (EFFECTS, down))
    assert up.places == low.places[::-1]


def test_nothing_to_rank_and_bad_draws() -> None:
    found = predict_candidates(EFFECTS, described(VALUES), described(OUTSIDE, ["far"]))
    with pytest.raises(UsageError, match="no candidate can be ranked"):
        rank_candidates(found)
    with pytest.raises(UsageError, match="draws is 10"):
        rank_candidates(predictions(), draws=10)
    with pytest.raises(UsageError, match="draws have shape"):
        rank_draws(["a", "b"], [[1.0]])


def test_ties_share_ranks() -> None:
    found = rank_draws(["a", "b", "c"], [[1.0, 1.0, 0.0], [1.0, 1.0, 2.0]])
    assert found.position.tolist() == [1, 1, 1]
    assert found.probability[found.places.index("a")].tolist() == [0.25, 0.5, 0.25]


@pytest.mark.parametrize("size", [1, 2])
def test_charts_say_what_they_show(size: int) -> None:
    values = VALUES[:, :size]
    candidates = described(np.vstack([values.mean(axis=0), np.full(size, 9.0)]), ["near", "far"])
    found = predict_candidates(EFFECTS, described(values), candidates)
    spec = found.plot().to_dict()
    assert "1 of 2 candidates lie inside what was seen; m" in " ".join(spec["title"]["text"])
    rows = {row["row"]: row["kind"] for row in spec["datasets"]["points"]}
    assert rows["z0"] == "zone"
    assert rows["near"] == "candidate"
    assert rows.get("far", "cannot be transported") == "cannot be transported"
    assert size == 2 or spec["datasets"]["refused"][0]["row"] == "far"


def test_the_forest_has_a_row_for_the_mean_and_the_prediction() -> None:
    spec = pool_effects(EFFECTS).plot().to_dict()
    assert [row["row"] for row in spec["datasets"]["points"]][-2:] == ["mean effect", "a further zone"]
    assert "a further zone may have" in " ".join(spec["title"]["text"])
    two = pool_effects(zones_of([1.0, 2.0], [1.0, 1.0])).plot().to_dict()
    assert "two zones give no prediction interval" in " ".join(two["title"]["text"])
    assert [row["row"] for row in two["datasets"]["points"]][-1] == "mean effect"
