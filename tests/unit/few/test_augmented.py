"""Ridge-augmented synthetic control: its closed form, the room around it, and what negative weights must not break."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from tests.simulation.panels import Process, make_panel, simulate_paths
from tests.unit.few.plain import level, panel_of

import pilotzone as pz
from pilotzone.core import MethodError, rank_p
from pilotzone.evaluation.few import FewDesign, FewEffects, compare_estimators, estimate_few
from pilotzone.evaluation.few.identification.checks import earlier_date_effects, leave_one_out_effects, yardstick
from pilotzone.evaluation.few.weights.augmented import penalties, solve_augmented_batch
from pilotzone.evaluation.few.weights.simplex import solve_simplex_batch

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

PRE, WINDOW = slice(0, 10), slice(11, 14)  # 2001-2010 fitted, 2011 anticipated, 2012-2014 the window


def draw(units: int = 8, periods: int = 14, seed: int = 0) -> Floats:
    rng = np.random.default_rng(seed)
    common = rng.normal(size=(2, periods)).cumsum(axis=1)
    paths: Floats = rng.normal(size=(units, 2)) @ common + 0.3 * rng.normal(size=(units, periods))
    return paths


def outward(seed: int = 0) -> Floats:
    """Return paths of which the first lies beyond all others, so that there is something to correct."""
    paths = draw(seed=seed)
    paths[0] += 3.0
    return paths


def masks_of(count: int) -> NDArray[np.bool_]:
    return ~np.eye(count, dtype=bool)


def design_of(**changes: Any) -> FewDesign:
    plain: dict[str, Any] = {"unit": "A", "start": 2012, "window": (2012, 2014), "anticipation": 1, "estimator": "asc"}
    return FewDesign(**(plain | changes))


def effects_of(paths: Floats, **changes: Any) -> FewEffects:
    return estimate_few(panel_of({level().name: paths}), [level()], design_of(**changes))


def plain_weights(early: Floats, row: int, donors: list[int], ridge: float) -> Floats:
    """Return augmented weights by the formula as it is printed, with an inverse."""
    mask = np.isin(np.arange(len(early)), donors)[None]
    weights: Floats = solve_simplex_batch(early, [row], mask).weights[0].copy()
    block = early[donors] - early[donors].mean(axis=0)
    miss = early[row] - weights @ early
    weights[donors] += block @ np.linalg.inv(block.T @ block + ridge * np.eye(block.shape[1])) @ miss
    return weights


def plain_choice(early: Floats, row: int, donors: list[int]) -> float:
    """Return the penalty by leaving out one period at a time, loop by loop."""
    block = early[donors] - early[donors].mean(axis=0)
    tried = [float(np.linalg.norm(block, 2)) ** 2 * 10 ** (-0.4 * k) for k in range(21)]
    errors = []
    for t in range(early.shape[1]):
        kept = np.delete(early, t, axis=1)
        errors.append([(early[row, t] - plain_weights(kept, row, donors, each) @ early[:, t]) ** 2 for each in tried])
    means, spread = np.mean(errors, axis=0), np.std(errors, axis=0, ddof=1)
    best = int(np.argmin(means))
    bound = means[best] + spread[best] / np.sqrt(len(errors))
    return float(next(each for each, mean in zip(tried, means, strict=True) if mean <= bound))


# ---------------------------------------------------------------------------------------------------- on arrays


@pytest.mark.parametrize("seed", range(6))
def test_weights_are_those_of_the_printed_formula(seed: int) -> None:
    early = draw(seed=seed)[:, :10]
    found = solve_augmented_batch(early, np.arange(8), masks_of(8))
    for row in range(8):
        donors = [k for k in range(8) if k != row]
        assert found.ridge[row] == pytest.approx(plain_choice(early, row, donors), rel=1e-12)
        expected = plain_weights(early, row, donors, float(found.ridge[row]))
        np.testing.assert_allclose(found.weights[row], expected, rtol=0, atol=1e-9)
        assert found.rmspe[row] == pytest.approx(np.sqrt(np.mean((early[row] - expected @ early) ** 2)), abs=1e-9)
    np.testing.assert_allclose(found.weights.sum(axis=1), 1.0, rtol=0, atol=1e-13)
    np.testing.assert_array_equal(np.diag(found.weights), 0.0)


@pytest.mark.parametrize("ridge", [0.3, 20.0])
def test_weights_solve_the_penalised_problem(ridge: float) -> None:
    """They minimise |gap before|^2 + ridge |w - simplex|^2 among weights that sum to one: its gradient is constant."""
    early = outward()[:, :10]
    found = solve_augmented_batch(early, [0], masks_of(8)[[0]], ridge=ridge)
    gap = early[0] - found.weights[0] @ early
    gradient = -early[1:] @ gap + ridge * found.correction[0, 1:]
    np.testing.assert_allclose(gradient, gradient.mean(), rtol=0, atol=1e-10)


def test_the_effect_is_that_of_simplex_weights_less_the_bias_that_a_ridge_regression_predicts() -> None:
    paths, ridge = outward(), 2.0
    found = solve_augmented_batch(paths[:, PRE], [0], masks_of(8)[[0]], ridge=ridge)
    early, late = paths[1:, PRE] - paths[1:, PRE].mean(axis=0), paths[1:, WINDOW] - paths[1:, WINDOW].mean(axis=0)
    slopes = np.linalg.solve(early.T @ early + ridge * np.eye(10), early.T @ late)
    simplex = found.simplex.weights[0]
    bias = (paths[0, PRE] - simplex @ paths[:, PRE]) @ slopes
    np.testing.assert_allclose(
        found.weights[0] @ paths[:, WINDOW], simplex @ paths[:, WINDOW] + bias, rtol=0, atol=1e-10
    )


def test_a_path_in_the_hull_is_left_as_it_is() -> None:
    paths = draw()
    paths[0] = 0.5 * paths[1] + 0.2 * paths[2] + 0.3 * paths[5]
    found = solve_augmented_batch(paths[:, :5], [0], masks_of(8)[[0]], ridge=0.0)
    np.testing.assert_array_equal(found.weights, found.simplex.weights)
    assert found.rmspe[0] == 0


def test_a_vast_penalty_leaves_simplex_weights_and_none_meets_the_path() -> None:
    early = outward()[:, :5]
    vast = solve_augmented_batch(early, [0], masks_of(8)[[0]], ridge=np.inf)
    np.testing.assert_array_equal(vast.weights, vast.simplex.weights)
    assert vast.rmspe[0] == pytest.approx(vast.simplex.rmspe[0], rel=1e-14)
    none = solve_augmented_batch(early, [0], masks_of(8)[[0]], ridge=0.0)
    rounding = np.finfo(float).eps * np.linalg.cond(early[1:] - early[1:].mean(axis=0))
    assert none.rmspe[0] <= rounding * np.linalg.norm(early)
    assert vast.rmspe[0] > 1


@pytest.mark.parametrize("count", [1, 3])
def test_donors_alike_have_nothing_to_correct_with(count: int) -> None:
    early = np.vstack([[1.0, 4.0, 2.0, 7.0], *[[0.1, 0.7, 0.3, 0.9]] * count])
    found = solve_augmented_batch(early, [0], masks_of(count + 1)[[0]])
    assert np.isinf(found.ridge[0])
    np.testing.assert_allclose(found.weights[0, 1:], 1 / count, rtol=0, atol=1e-15)


@pytest.mark.parametrize("factor", [1e-6, 1e6])
def test_units_of_measure_and_the_order_of_units_do_not_matter(factor: float) -> None:
    early = draw(seed=4)[:, :10]
    order = np.random.default_rng(1).permutation(8)
    one = solve_augmented_batch(early, np.arange(8), masks_of(8))
    scaled = solve_augmented_batch(early * factor + 5 * factor, np.arange(8), masks_of(8))
    np.testing.assert_allclose(scaled.weights, one.weights, rtol=0, atol=1e-8)
    np.testing.assert_allclose(scaled.ridge, one.ridge * factor**2, rtol=1e-9)
    mixed = solve_augmented_batch(early[order], np.arange(8), masks_of(8))
    np.testing.assert_array_equal(mixed.ridge, one.ridge[order])
    np.testing.assert_allclose(mixed.correction, one.correction[np.ix_(order, order)], rtol=0, atol=1e-15)


@pytest.mark.parametrize("power", [-900, -300, 300, 490])
def test_very_small_and_large_figures_lose_nothing(power: int) -> None:
    early = outward()[:, PRE]
    one = solve_augmented_batch(early, np.arange(8), masks_of(8))
    with np.errstate(over="raise", divide="raise", invalid="raise"):
        scaled = solve_augmented_batch(np.ldexp(early, power), np.arange(8), masks_of(8))
    np.testing.assert_array_equal(scaled.weights, one.weights)
    np.testing.assert_array_equal(scaled.rmspe, np.ldexp(one.rmspe, power))
    np.testing.assert_array_equal(scaled.ridge, np.ldexp(one.ridge, 2 * power))


def test_what_cannot_be_is_refused() -> None:
    early = draw()[:, :1]
    with pytest.raises(MethodError, match="single fitted period"):
        solve_augmented_batch(early, [0], masks_of(8)[[0]])
    assert np.isfinite(solve_augmented_batch(early, [0], masks_of(8)[[0]], ridge=1.0).weights).all()
    for odd in (-1.0, np.nan, [1.0, 2.0]):
        with pytest.raises(MethodError, match="penalty of zero or more"):
            solve_augmented_batch(draw(), [0], masks_of(8)[[0]], ridge=odd)
    assert penalties([]).tolist() == [np.inf]


# -------------------------------------------------------------------------------------------------- in the room


def test_every_unit_is_estimated_as_by_the_arrays() -> None:
    paths = outward()
    effects = effects_of(paths)
    (fit,) = effects.fits
    expected = solve_augmented_batch(paths[:, PRE], np.arange(8), masks_of(8))
    np.testing.assert_array_equal(fit.weights, expected.weights)
    np.testing.assert_array_equal(fit.pre_rmspe, expected.rmspe)
    np.testing.assert_array_equal(fit.ridge, expected.ridge)
    gaps = (paths - expected.weights @ paths)[:, WINDOW].mean(axis=1)
    np.testing.assert_allclose(effects.joint.draws.mean_gap[:, 0], gaps, rtol=0, atol=1e-13)
    assert fit.weights.min() < 0


@pytest.mark.parametrize("pools", ["symmetric", "exclude_treated"])
def test_the_slope_is_the_derivative_in_an_effect(pools: str) -> None:
    """Exactly, for negative weights too: weights and penalties see the fitted periods only."""
    paths = outward()
    shifted = paths.copy()
    shifted[0, 11:] -= 0.5
    one, other = (effects_of(item, pools=pools) for item in (paths, shifted))
    slope = one.joint.draws.slope
    np.testing.assert_allclose(other.joint.draws.mean_gap, one.joint.draws.mean_gap + 0.5 * slope, rtol=0, atol=1e-13)
    assert slope[0, 0] == -1
    np.testing.assert_array_equal(slope[1:, 0], one.fits[0].weights[1:, 0])
    assert (slope[1:] < 0).any() == (pools == "symmetric")


def test_negative_weights_stand_in_the_table_and_in_a_note() -> None:
    effects = effects_of(outward())
    (fit,) = effects.fits
    rows = [row for row in effects.to_table().rows() if row[3] == "A" and row[7] == "weight"]
    assert {row[8]: row[9] for row in rows} == fit.donor_weights()
    assert list(fit.donor_weights().values()) == sorted(fit.donor_weights().values(), reverse=True)
    below = sum(weight for weight in fit.donor_weights().values() if weight < 0)
    (note,) = (note for note in effects.notes if "ridge" in note)
    assert f"negative weights sum to {below:.2g}" in note
    assert below < -0.01


def test_a_missing_donor_with_negative_weight_leaves_no_synthetic_value() -> None:
    paths = outward()
    fit = effects_of(paths).fits[0]
    negative = int(fit.weights[0].argmin())
    paths[negative, 10] = np.nan
    assert np.isnan(effects_of(paths).fits[0].synthetic[0, 10])


def test_checks_measure_what_they_say_of_weights_that_leave_the_hull() -> None:
    paths = outward()
    effects = effects_of(paths)
    (fit,) = effects.fits
    checks = {check.name: check for check in effects.joint.identification[0].checks}
    simplex = solve_simplex_batch(paths[:, PRE], [0], masks_of(8)[[0]])
    gaps = paths[0, PRE] - simplex.weights[0] @ paths[:, PRE]
    span = len(fit.columns("window"))
    means = np.convolve(gaps, np.full(span, 1 / span), mode="valid")
    assert checks["hull"].value == pytest.approx(np.abs(means).max() / yardstick(fit), rel=1e-12)
    assert fit.pre_rmspe[0] < simplex.rmspe[0]
    assert checks["single_weight"].value == pytest.approx(np.abs(fit.weights[0]).max(), rel=1e-14)


def test_a_negative_weight_can_be_the_largest() -> None:
    panels = (outward(seed) for seed in range(200))
    solved = ((paths, solve_augmented_batch(paths[:, PRE], [0], masks_of(8)[[0]]).weights[0]) for paths in panels)
    paths, weights = next(pair for pair in solved if -pair[1].min() > pair[1].max() + 0.01)
    check = next(item for item in effects_of(paths).joint.identification[0].checks if item.name == "single_weight")
    assert check.value == pytest.approx(-weights.min(), rel=1e-12)
    assert re.fullmatch(r"The largest weight, whatever its sign, is -\d\.\d\d, on .+\.", check.statement)


def test_refits_are_augmented_too() -> None:
    paths = outward()
    design = design_of()
    (fit,) = effects_of(paths).fits
    donors = list(range(1, 8))
    for date, effect in earlier_date_effects(fit, design).items():
        kept = paths[:, : date - 2001]
        weights = plain_weights(kept, 0, donors, plain_choice(kept, 0, donors))
        held = paths[:, date - 2001 : 10]
        assert effect == pytest.approx((held[0] - weights @ held).mean(), abs=1e-9)
    without = leave_one_out_effects(fit, design)
    assert set(without) == {fit.units[k] for k in donors if fit.weights[0, k] != 0}
    for unit, effect in without.items():
        left = [k for k in donors if fit.units[k] != unit]
        weights = plain_weights(paths[:, PRE], 0, left, plain_choice(paths[:, PRE], 0, left))
        assert effect == pytest.approx((paths[0, WINDOW] - weights @ paths[:, WINDOW]).mean(), abs=1e-9)


def test_choice_among_optimal_weights_gives_a_range() -> None:
    """Two donors with one path before and two after: the effect depends on the choice, by as much as they differ."""
    paths = outward()
    nearest = int(solve_simplex_batch(paths[:, PRE], [0], masks_of(8)[[0]]).weights[0].argmax())
    twin = paths[nearest].copy()
    twin[WINDOW] += 1.0
    paths = np.vstack([paths, twin])
    (fit,) = effects_of(paths).fits
    assert not fit.unique[0]
    simplex = solve_simplex_batch(paths[:, PRE], [0], masks_of(9)[[0]]).weights[0]
    share = simplex[nearest] + simplex[8]
    low, high = fit.effect_range
    assert high - low == pytest.approx(share, abs=1e-9)
    assert (low + high) / 2 == pytest.approx(float(fit.mean_gap[0]), abs=1e-9)


def test_beside_other_estimators_and_by_the_front_door() -> None:
    panel = panel_of({level().name: outward()})
    rows = compare_estimators(panel, [level()], design_of(estimator="sc"), ["sc", "asc"])
    assert [row.estimator for row in rows] == ["sc", "asc"]
    assert rows[1].pools == "symmetric"
    effects = pz.synthetic_control(
        panel, treated="A", start=2012, outcomes=level(), anticipation=1, window=(2012, 2014), estimator="asc"
    )
    assert float(effects.joint.estimate[0]) == rows[1].effect
    assert rows[0].effect != rows[1].effect


@pytest.mark.simulation
@pytest.mark.parametrize("seed", [0, 1])
def test_the_rank_test_keeps_its_size(seed: int) -> None:
    """Every unit in turn has the zone with its true effect: p takes each value k/n once, neither more nor less."""
    process = Process(units=10, before=7, factor=0.02)
    paths = simulate_paths(process, np.random.default_rng(seed))
    after = slice(process.before + process.anticipation, None)
    found, pulls = [], []
    for unit in range(process.units):
        moved = paths.copy()
        moved[unit, after] += 0.7
        design = design_of(unit=f"U{unit:02d}", start=process.start, window=(process.start, process.start + 3))
        draws = estimate_few(make_panel(process, {level().name: moved}), [level()], design).joint.draws
        found.append(rank_p(draws.mean_gap[:, 0] + 0.7 * draws.slope[:, 0], draws.treated))
        pulls.append(np.delete(draws.slope[:, 0], unit).min())
    assert sorted(found) == [k / process.units for k in range(1, process.units + 1)]
    assert min(pulls) < -0.01
