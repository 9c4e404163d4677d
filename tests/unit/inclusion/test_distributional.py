"""Distributional synthetic control: two donors in closed form, a grid search, placebos, and errors."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pytest
from scipy.stats import norm

from pilotzone.core import MethodError, UsageError
from pilotzone.evaluation.inclusion import DistributionalControl, distributional_control, micro_data, region_quantiles
from pilotzone.judgement import confidence_set

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

GRID = (np.arange(50) + 0.5) / 50
PERIODS = range(2010, 2015)


def regions(count: int = 8, seed: int = 1) -> Floats:
    rng = np.random.default_rng(seed)
    mean, spread = rng.normal(0, 1, (count, 1, 1)), rng.uniform(0.5, 2, (count, 1, 1))
    drift = rng.normal(0, 0.2, (count, 5, 1)).cumsum(axis=1)
    found: Floats = mean + drift + spread * norm.ppf(GRID) + np.sort(rng.normal(0, 0.05, (count, 5, 50)), axis=2)
    return found


def control(values: Floats, **options: Any) -> DistributionalControl:
    names = [f"r{k}" for k in range(len(values))]
    return distributional_control(values, units=names, periods=PERIODS, treated="r0", start=2013, **options)


@pytest.mark.parametrize("combination", ["joint", "mean"])
def test_two_donors_in_closed_form(combination: Literal["joint", "mean"]) -> None:
    values = regions(3)
    zone, one, two = values[:, :3]
    parts = [
        float(np.clip(((zone[t] - two[t]) * (one[t] - two[t])).sum() / ((one[t] - two[t]) ** 2).sum(), 0, 1))
        for t in (slice(None), *(slice(k, k + 1) for k in range(3)))
    ]
    expected = parts[0] if combination == "joint" else np.mean(parts[1:])
    found = control(values, combination=combination)
    assert found.weights[0] == pytest.approx([0, expected, 1 - expected], abs=1e-11)
    assert found.without == pytest.approx(expected * values[1] + (1 - expected) * values[2], abs=1e-11)


def test_weights_by_a_grid_search() -> None:
    values = regions(4)
    found = control(values)
    own = ((values[0, :3] - np.tensordot(found.weights[0], values[:, :3], axes=1)) ** 2).sum()
    steps = np.linspace(0, 1, 101)
    grid = [
        ((values[0, :3] - a * values[1, :3] - b * values[2, :3] - (1 - a - b) * values[3, :3]) ** 2).sum()
        for a, b in product(steps, steps)
        if a + b <= 1 + 1e-12
    ]
    assert own <= min(grid) + 1e-12
    assert own == pytest.approx(min(grid), rel=0.02)


def test_distance_is_the_wasserstein_distance_of_samples() -> None:
    """Equal weights in samples of one size: the best matching is that in order."""
    found = control(regions())
    for t in range(5):
        matched = np.sqrt(((np.sort(found.actual[t]) - np.sort(found.without[t])) ** 2).mean())
        assert found.distance[0, t] == pytest.approx(matched, abs=1e-13)


def test_a_mixture_of_donors_is_found_and_an_effect_is_read_off() -> None:
    values = regions()
    values[0] = 0.3 * values[2] + 0.7 * values[5]
    values[0, 3:] += 0.4 * GRID
    found = control(values)
    assert found.donor_weights() == pytest.approx({"r5": 0.7, "r2": 0.3}, abs=1e-6)
    assert found.joint.estimate == pytest.approx([0.04, 0.1, 0.2, 0.3, 0.36, 0.2], abs=1e-6)
    assert found.p == pytest.approx(1 / 8)
    assert "not the same people" in found.summary().note
    assert found.unique


def test_rank_is_that_among_all_regions_taken_for_the_zone_in_turn() -> None:
    values = regions()
    found = control(values)
    ratios = []
    for k in range(8):
        order = [k, *(j for j in range(8) if j != k)]
        own = control(values[order])
        gap = np.sqrt(((own.actual - own.without) ** 2).mean(axis=1))
        ratios.append(np.sqrt((gap[3:] ** 2).mean()) / np.sqrt((gap[:3] ** 2).mean()))
    assert found.ratio == pytest.approx(ratios, rel=1e-8)
    assert found.p == np.mean(np.array(ratios) >= ratios[0] - 1e-9)


def test_slopes_are_derivatives_of_placebos_in_an_effect_taken_off() -> None:
    values = regions()
    found = control(values)
    moved = values.copy()
    moved[0, 3:] -= 0.1
    again = control(moved)
    slope = (again.joint.draws.mean_gap - found.joint.draws.mean_gap) / 0.1
    assert slope == pytest.approx(found.joint.draws.slope, abs=1e-10)
    inside = confidence_set(found.joint, "mean", alpha=0.25)
    assert float(found.joint.estimate[-1]) in inside


def test_quantiles_by_region_from_micro_data() -> None:
    rng = np.random.default_rng(2)
    x, where, when = rng.random(600), np.repeat(["a", "b", "c"], 200), np.tile([2010, 2011], 300)
    units, periods, found = region_quantiles(micro_data(x, weights="equal", groups=where, periods=when), count=10)
    assert (units, periods, found.shape) == (("a", "b", "c"), (2010, 2011), (3, 2, 10))
    own = np.sort(x[(where == "b") & (when == 2011)])
    assert found[1, 1].tolist() == own[[4, 14, 24, 34, 44, 54, 64, 74, 84, 94]].tolist()


BAD = regions()
MISSING, FALLING = BAD.copy(), BAD.copy()
MISSING[2, 1, 4] = np.nan
FALLING[3, 0, 4] = -99


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: control(BAD[:2]), MethodError, "there are 2 regions"),
        (lambda: control(MISSING), MethodError, "r2 misses quantiles in 2011"),
        (lambda: control(FALLING), MethodError, "r3 has quantiles that fall in 2010"),
        (lambda: control(BAD[:, :, 0]), MethodError, "quantiles have shape (8, 5)"),
        (lambda: control(BAD, at=[0.5, 1.0]), UsageError, "shares above 0 and below 1"),
        (lambda: control(BAD, combination="sum"), UsageError, "combination is 'sum'"),
        (
            lambda: distributional_control(
                BAD, units=[f"r{k}" for k in range(8)], periods=PERIODS, treated="r9", start=2013
            ),
            UsageError,
            "no unit 'r9'",
        ),
        (
            lambda: distributional_control(
                BAD, units=[f"r{k}" for k in range(8)], periods=PERIODS, treated="r1", start=2010
            ),
            MethodError,
            "no period before it",
        ),
        (lambda: region_quantiles(micro_data([1.0], weights="equal")), UsageError, "no groups or no periods"),
        (
            lambda: region_quantiles(
                micro_data([1.0, 2, 3], weights="equal", groups=["a", "a", "b"], periods=[1, 2, 1])
            ),
            MethodError,
            "b has no rows in 2",
        ),
    ],
)
def test_errors(call: Callable[[], object], error: type[Exception], message: str) -> None:
    with pytest.raises(error) as caught:
        call()
    assert message in str(caught.value)
