"""Synthetic paths: weights times paths plus a shift, for every unit, and what hangs on the choice of weights."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from scipy.optimize import linprog
from tests.unit.few.plain import level, noisy_paths, panel_of, plain_fit

from pilotzone.evaluation.few import FewDesign, FewEffects, estimate_few
from pilotzone.evaluation.few.weights.material import donor_masks

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pilotzone.core import Estimator, PoolRule

    Floats = NDArray[np.float64]

PRE, WINDOW = range(9), range(10, 13)  # 2001-2009 fitted, 2010 anticipated, 2011-2013 the window, 2014 outside


def effects_of(paths: Floats, **changes: Any) -> FewEffects:
    plain: dict[str, Any] = {"unit": "A", "start": 2011, "window": (2011, 2013), "anticipation": 1}
    return estimate_few(panel_of({"y": paths}), [level()], FewDesign(**(plain | changes)))


def test_who_may_be_a_donor_for_whom() -> None:
    for count, treated in ((3, 0), (5, 2)):
        symmetric, without = (donor_masks(count, treated, rule) for rule in ("symmetric", "exclude_treated"))
        for i in range(count):
            for j in range(count):
                assert symmetric[i, j] == (i != j)
                assert without[i, j] == (j not in {i, treated})


@pytest.mark.parametrize("estimator", ["sc", "sc_intercept"])
@pytest.mark.parametrize("pools", ["symmetric", "exclude_treated"])
@pytest.mark.parametrize("seed", [1, 2])
def test_every_unit_against_a_plain_computation(estimator: Estimator, pools: PoolRule, seed: int) -> None:
    paths = noisy_paths(seed)
    fit = effects_of(paths, estimator=estimator, pools=pools).fits[0]
    for i in range(len(paths)):
        donors = [j for j in range(len(paths)) if j != i and (pools == "symmetric" or j != 0)]
        plain = plain_fit(paths, i, donors, PRE, intercept=estimator == "sc_intercept")
        np.testing.assert_allclose(fit.weights[i], plain.weights, atol=1e-9)
        assert fit.intercept[i] == pytest.approx(plain.intercept, abs=1e-8)
        np.testing.assert_allclose(fit.gaps[i], plain.gaps, atol=1e-8)
        assert fit.mean_gap[i] == pytest.approx(plain.gaps[list(WINDOW)].mean(), abs=1e-8)
        assert fit.pre_rmspe[i] == pytest.approx(plain.rmspe, rel=1e-9)
    assert fit.unique.all()
    assert fit.effect_range == pytest.approx((fit.mean_gap[0],) * 2, rel=1e-12)


@pytest.mark.parametrize("estimator", ["sc", "sc_intercept"])
def test_parts_of_a_fit_fit_together(estimator: Estimator) -> None:
    paths = noisy_paths(3, units=20)
    fit = effects_of(paths, estimator=estimator).fits[0]
    np.testing.assert_array_equal(fit.actual, paths)
    np.testing.assert_allclose(fit.synthetic, fit.weights @ paths + fit.intercept[:, None], rtol=1e-14)
    np.testing.assert_array_equal(fit.gaps, fit.actual - fit.synthetic)
    np.testing.assert_allclose(fit.mean_gap, fit.gaps[:, list(WINDOW)].mean(axis=1), rtol=1e-14)
    np.testing.assert_allclose(
        fit.pre_rmspe, np.sqrt((fit.gaps[:, list(PRE)] ** 2).mean(axis=1)), rtol=1e-9, atol=1e-12
    )
    assert (np.diag(fit.weights) == 0).all()
    np.testing.assert_allclose(fit.weights.sum(axis=1), 1.0, rtol=1e-14)
    if estimator == "sc":
        assert (fit.intercept == 0).all()
    else:
        np.testing.assert_allclose(fit.gaps[:, list(PRE)].mean(axis=1), 0.0, atol=1e-13)


def extremes(paths: Floats, *, intercept: bool) -> tuple[float, float]:
    """Return the least and largest mean gap over all weights that meet the first unit's fitted path exactly."""
    early, late = paths[:, list(PRE)], paths[:, list(WINDOW)].mean(axis=1)
    level_of = early.mean(axis=1) if intercept else np.zeros(len(paths))
    shape, rise = early - level_of[:, None], late - level_of
    conditions = np.vstack([shape[1:].T, np.ones(len(paths) - 1)])
    right = np.append(shape[0], 1.0)
    found = [linprog(sign * rise[1:], A_eq=conditions, b_eq=right, bounds=(0, 1), method="highs") for sign in (-1, 1)]
    assert all(item.status == 0 for item in found)
    return float(rise[0] + found[0].fun), float(rise[0] - found[1].fun)


@pytest.mark.parametrize("estimator", ["sc", "sc_intercept"])
@pytest.mark.parametrize("seed", range(5))
def test_range_of_effects_over_all_optimal_weights(estimator: Estimator, seed: int) -> None:
    """Twelve donors in four directions of shape: the unit is the mean of all, met in many ways."""
    rng = np.random.default_rng(seed)
    paths = rng.normal(size=(13, 4)) @ rng.normal(size=(4, 14)) + 5.0
    paths[:, 9:] += rng.normal(size=(13, 5))  # alike before, not after
    paths[0, :9] = paths[1:, :9].mean(axis=0)
    effects = effects_of(paths, estimator=estimator)
    fit = effects.fits[0]
    assert not fit.unique[0]
    low, high = fit.effect_range
    assert (low, high) == pytest.approx(extremes(paths, intercept=estimator == "sc_intercept"), abs=1e-7)
    assert high - low > 0.1
    assert low - 1e-9 <= fit.mean_gap[0] <= high + 1e-9
    # Of the shortest weights, equal ones here, the gap is known.
    np.testing.assert_allclose(fit.weights[0, 1:], 1 / 12, atol=1e-9)
    (note,) = effects.notes
    head = "y: optimal weights are not unique; those of least norm are used."
    assert note.startswith(f"{head} Other optimal weights would give effects between {low:.3g} and {high:.3g}")


def test_twins_after_as_well_as_before_leave_the_effect_alone() -> None:
    paths = noisy_paths(5)
    paths[0, :9] = (paths[1, :9] + paths[2, :9]) / 2
    doubled = np.vstack([paths, paths[1:]])
    effects = effects_of(doubled, estimator="sc")
    assert not effects.fits[0].unique[0]
    assert effects.fits[0].effect_range == pytest.approx((effects.joint.estimate[0],) * 2, rel=1e-9)
    assert effects.notes == (
        "y: optimal weights are not unique; those of least norm are used. The effect does not depend on the choice.",
    )


# -------------------------------------------------------------------------------------------- periods not observed


def test_a_synthetic_path_ends_where_a_donor_with_weight_is_missing() -> None:
    paths = noisy_paths(6)
    whole = effects_of(paths).fits[0]
    used = [j for j in range(1, 7) if whole.weights[0, j] > 0]
    idle = [j for j in range(1, 7) if whole.weights[0, j] == 0]
    assert used
    assert idle
    holed = paths.copy()
    holed[used[0], 13] = np.nan
    holed[idle[0], 9] = np.nan
    fit = effects_of(holed).fits[0]
    np.testing.assert_array_equal(np.isnan(fit.gaps[0]), [False] * 13 + [True])
    np.testing.assert_array_equal(fit.gaps[0, :13], whole.gaps[0, :13])
    np.testing.assert_array_equal(fit.mean_gap, whole.mean_gap)


def test_years_without_the_treated_unit_are_not_shown() -> None:
    paths = noisy_paths(7)
    paths[0, [3, 9]] = np.nan
    fit = effects_of(paths).fits[0]
    seen = [k for k in range(14) if k not in {3, 9}]
    assert fit.periods == tuple(2001 + k for k in seen)
    plain = plain_fit(paths[:, seen], 0, range(1, 7), range(8), intercept=True)
    np.testing.assert_allclose(fit.gaps[0], plain.gaps, atol=1e-8)


@pytest.mark.parametrize("estimator", ["sc", "sc_intercept"])
@pytest.mark.parametrize("column", [9, 13])
def test_anticipation_and_later_years_change_nothing_but_gaps_shown(estimator: Estimator, column: int) -> None:
    paths = noisy_paths(8)
    moved = paths.copy()
    moved[:, column] += np.random.default_rng(0).normal(0, 100, 7)
    first, second = effects_of(paths, estimator=estimator), effects_of(moved, estimator=estimator)
    # The zero of a mean gap is relative to the paths, so that figures a million times larger could matter; these not.
    np.testing.assert_array_equal(first.joint.draws.mean_gap, second.joint.draws.mean_gap)
    np.testing.assert_array_equal(first.joint.draws.pre_rmspe, second.joint.draws.pre_rmspe)
    np.testing.assert_array_equal(first.fits[0].weights, second.fits[0].weights)
    assert first.joint.identification == second.joint.identification
    others = [k for k in range(14) if k != column]
    np.testing.assert_array_equal(first.fits[0].gaps[:, others], second.fits[0].gaps[:, others])
    assert (first.fits[0].gaps[:, column] != second.fits[0].gaps[:, column]).all()
