"""Changes in changes: definitions by brute force, bounds, support, and standard errors."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from pilotzone.core import MethodError, UsageError
from pilotzone.evaluation.inclusion import MicroData, changes_in_changes, micro_data
from pilotzone.evaluation.inclusion.steps import Steps

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

SHARES = (0.1, 0.35, 0.5, 0.9)


def survey(count: int = 400, seed: int = 1, *, values: int = 0, equal: bool = False, clusters: int = 0) -> MicroData:
    rng = np.random.default_rng(seed)
    zone, late = rng.random(count) < 0.45, rng.integers(0, 2, count)
    x = np.exp(rng.normal(0.1 * zone, 0.5, count)) + 0.3 * late + 0.2 * zone * late
    x = np.clip(np.round(x * values), 1, 3 * values) if values else x
    drawn = rng.integers(0, clusters, count) + 1000 * zone if clusters else None
    weights = np.ones(count) if equal else rng.integers(1, 4, count).astype(float)
    return micro_data(x, weights=weights, zone=zone, periods=late, clusters=drawn)


def cells(data: MicroData) -> dict[tuple[int, int], Floats]:
    """Return the incomes of each cell, each as often as its weight says."""
    late = np.asarray(data.periods)
    return {
        (side, when): np.sort(np.repeat(data.income[rows], data.weights[rows].astype(int)))
        for side in (0, 1)
        for when in (0, 1)
        for rows in [(np.asarray(data.zone) == bool(side)) & (late == when)]
    }


def inverse(sample: Floats, share: float) -> float:
    """Return inf{y: F(y) >= share} over the sample, by trying every value."""
    return float(min(y for y in sample if np.mean(sample <= y) >= share - 1e-12))


def other_inverse(sample: Floats, share: float) -> float:
    """Return sup{y: F(y) <= share}, minus infinity where there is none (Athey and Imbens, equation 24)."""
    return float(max((y for y in sample if np.mean(sample <= y) <= share + 1e-12), default=-np.inf))


def test_effects_by_their_definition_with_weights_as_repetitions() -> None:
    data = survey(200)
    cell = cells(data)
    moved = np.array([inverse(cell[0, 1], float(np.mean(cell[0, 0] <= y))) for y in cell[1, 0]])
    found = changes_in_changes(data, start=1, quantiles=SHARES, draws=5)
    expected = [inverse(cell[1, 1], q) - inverse(moved, q) for q in SHARES]
    assert found.effect[:-1] == pytest.approx(expected, abs=1e-13)
    assert found.effect[-1] == pytest.approx(cell[1, 1].mean() - moved.mean(), abs=1e-12)


def test_discrete_bounds_by_the_distribution_functions_of_theorem_4_1() -> None:
    """F10(F00^-1(F01(y))) from above and F10(F00^(-1)(F01(y))) from below, inverted and averaged."""
    data = survey(300, values=2, seed=3)
    data = replace(data, income=np.minimum(data.income, 4.0))  # one support
    cell = cells(data)
    points = np.unique(np.concatenate(list(cell.values())))
    high = np.array([np.mean(cell[1, 0] <= inverse(cell[0, 0], np.mean(cell[0, 1] <= y))) for y in points])
    low = np.array([np.mean(cell[1, 0] <= other_inverse(cell[0, 0], np.mean(cell[0, 1] <= y))) for y in points])
    found = changes_in_changes(data, start=1, quantiles=SHARES, discrete=True, draws=5)
    assert found.identified.all()
    for k, share in enumerate(SHARES):
        actual = inverse(cell[1, 1], share)
        largest, least = (points[np.argmax(part >= share - 1e-12)] for part in (low, high))
        assert found.low_effect[k] == pytest.approx(actual - largest)
        assert found.high_effect[k] == pytest.approx(actual - least)
    means = [float(np.diff(part, prepend=0.0) @ points) for part in (low, high)]
    assert found.low_effect[-1] == pytest.approx(cell[1, 1].mean() - means[0], abs=1e-12)
    assert found.high_effect[-1] == pytest.approx(cell[1, 1].mean() - means[1], abs=1e-12)
    assert (found.low_effect <= found.high_effect).all()
    assert found.joint is None
    with pytest.raises(UsageError, match="bounds"):
        _ = found.effect


def test_no_change_anywhere_is_no_effect_and_a_shift_is_itself() -> None:
    """Where all moved by a constant, so does the zone; what it moved beyond is the effect at every quantile."""
    base = np.random.default_rng(2).normal(size=300)
    x = np.concatenate([base, base + 1, base, base + 1.75])
    zone, late = np.repeat([False, False, True, True], 300), np.tile(np.repeat([0, 1], 300), 2)
    found = changes_in_changes(micro_data(x, weights="equal", zone=zone, periods=late), start=1, draws=20)
    assert found.effect == pytest.approx(0.75, abs=1e-12)
    assert found.identified.all()


def test_effects_go_with_a_monotone_change_of_scale() -> None:
    """Counterfactual quantiles in logarithms are the logarithms of those in levels."""
    data = survey()
    logs = micro_data(
        np.log(data.income), weights=data.weights, zone=np.asarray(data.zone), periods=np.asarray(data.periods)
    )
    level, log = (changes_in_changes(part, start=1, draws=2) for part in (data, logs))
    assert np.log(level.without[:-1]) == pytest.approx(log.without[:-1], abs=1e-13)


def test_support_is_checked_and_told() -> None:
    rng = np.random.default_rng(4)
    zone, late = np.repeat([False, False, True, True], 200), np.tile(np.repeat([0, 1], 200), 2)
    x = rng.random(800) + 0.5 * zone
    found = changes_in_changes(
        micro_data(x, weights="equal", zone=zone, periods=late), start=1, quantiles=(0.2, 0.9), draws=50
    )
    inside = np.mean(x[zone & (late == 0)] <= x[~zone & (late == 0)].max())
    assert found.interior[1] == pytest.approx(inside)
    assert found.identified.tolist() == [True, False, False]
    assert f"{1 - inside:.1%} of the zone before the start" in " ".join(found.notes)
    row = found.to_frame().iloc[1]
    assert np.isnan(row["low"])
    assert not row["identified"]
    assert found.joint is not None
    assert [item.name for item in found.joint.outcomes] == ["quantile 0.2", "mean"]
    with pytest.raises(MethodError, match="no income of the zone before the start lies among"):
        changes_in_changes(micro_data(x + 9 * zone, weights="equal", zone=zone, periods=late), start=1)


def test_result_says_that_effects_on_quantiles_are_not_effects_on_people() -> None:
    found = changes_in_changes(survey(), start=1, draws=2)
    assert "not the same people" in found.to_table().note


@pytest.mark.parametrize("clusters", [0, 30])
def test_analytic_and_bootstrap_errors_agree_in_large_samples(clusters: int) -> None:
    data = survey(3000, clusters=clusters)
    one = changes_in_changes(data, start=1, quantiles=(0.25, 0.5, 0.75), errors="analytic")
    other = changes_in_changes(data, start=1, quantiles=(0.25, 0.5, 0.75), draws=200)
    assert one.se[0] == pytest.approx(other.se[0], rel=0.25)
    assert one.critical > 1.96


def test_influence_on_the_mean_is_the_derivative_where_the_comparison_is_smooth() -> None:
    """A comparison on a fine even grid: densities are exact, and weights of the zone move the mean as told."""
    count = 4000
    grid = (np.arange(count) + 0.5) / count
    own = np.sort(np.random.default_rng(6).uniform(0.2, 0.8, 50))
    x = np.concatenate([grid, 1 + 2 * grid, own, own + 1])
    zone = np.repeat([False, True], [2 * count, 100])
    late = np.repeat([0, 1, 0, 1], [count, count, 50, 50])
    found = changes_in_changes(micro_data(x, weights="equal", zone=zone, periods=late), start=1, errors="analytic")
    # k(y) = 1 + 2y, so the zone adds var(y + 1) + var(1 + 2y) over 50, and the comparison what a shift of F adds.
    variance = own.var(ddof=1) * (1 + 4) / 50
    ranks = np.array([np.mean(own >= y) for y in grid])
    variance += 2 * 4 * ranks.var() / count
    assert found.se[0, -1] == pytest.approx(np.sqrt(variance), rel=1e-3)


def test_bootstrap_is_the_same_for_the_same_seed_and_draws_clusters() -> None:
    data = survey(clusters=12)
    first, again, other = (changes_in_changes(data, start=1, draws=50, seed=seed) for seed in (1, 1, 2))
    assert (first.spread.matrix == again.spread.matrix).all()
    assert (first.spread.matrix != other.spread.matrix).any()
    assert first.spread.counts == (12, 12)
    assert first.joint is not None
    assert first.joint.covariance is not None
    assert first.joint.covariance.drawn == "clusters"


def test_repeated_values_are_told() -> None:
    assert "discrete=True" in " ".join(changes_in_changes(survey(values=3), start=1, draws=2).notes)


def test_steps() -> None:
    steps = Steps.of(np.array([3.0, 1.0, 2.0]), np.array([1.0, 2.0, 1.0]))
    assert steps.reaching([0.5, 1, 2.5, 3]).tolist() == [0, 0.5, 0.75, 1]
    assert steps.reaching([1, 3], strictly=True).tolist() == [0, 0.75]
    assert steps.quantile([0, 0.5, 0.51, 0.75, 1]).tolist() == [1, 1, 2, 2, 3]
    # A value without weight is not the least one.
    assert steps.again(np.array([0.0, 1.0, 1.0])).quantile([0.0]).tolist() == [2]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"quantiles": (0.5, 0.2)}, "shares above 0 and below 1, ascending"),
        ({"quantiles": (0.0, 0.2)}, "shares above 0 and below 1, ascending"),
        ({"discrete": True, "errors": "analytic"}, "analytic errors are for continuous incomes"),
        ({"errors": "jackknife"}, "errors is 'jackknife'"),
        ({"draws": 1}, "draws is 1"),
    ],
)
def test_errors(options: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError) as caught:
        changes_in_changes(survey(), start=1, **options)
    assert message in str(caught.value)
