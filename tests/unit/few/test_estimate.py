"""Placebos by enumeration, slopes by finite differences, and what hangs together in joint effects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from tests.unit.few.plain import level, noisy_paths, panel_of

from pilotzone.core import MethodError, UsageError
from pilotzone.evaluation.few import FewDesign, FewEffects, estimate_few

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pilotzone.core import Estimator, PoolRule

    Floats = NDArray[np.float64]

UNITS = "ABCDEFG"


def effects_of(*matrices: Floats, excluded: dict[str, str] | None = None, **changes: Any) -> FewEffects:
    """Estimate on series y, z, ... from 2001 on: 2001-2009 fitted, 2010 anticipated, 2011-2013 the window."""
    plain: dict[str, Any] = {"unit": "C", "start": 2011, "window": (2011, 2013), "anticipation": 1}
    series = dict(zip("yzx", matrices, strict=False))
    outcomes = [level(name) for name in series]
    return estimate_few(panel_of(series), outcomes, FewDesign(**(plain | changes)), excluded=excluded)


@pytest.mark.parametrize("estimator", ["sc", "sc_intercept"])
def test_a_placebo_is_the_estimate_with_that_unit_named(estimator: Estimator) -> None:
    """In symmetric pools, bit by bit: nothing but the name of the treated unit differs."""
    paths, others = noisy_paths(1), noisy_paths(2)
    draws = effects_of(paths, others, estimator=estimator).joint.draws
    assert draws.units == tuple(UNITS)
    assert draws.treated == 2
    for i, unit in enumerate(UNITS):
        own = effects_of(paths, others, estimator=estimator, unit=unit)
        np.testing.assert_array_equal(draws.mean_gap[i], own.joint.estimate)
        assert own.joint.draws.treated == i
        np.testing.assert_array_equal(draws.mean_gap, own.joint.draws.mean_gap)
        np.testing.assert_array_equal(draws.pre_rmspe, own.joint.draws.pre_rmspe)


@pytest.mark.parametrize("estimator", ["sc", "sc_intercept"])
def test_without_the_treated_unit_placebos_know_nothing_of_it(estimator: Estimator) -> None:
    paths = noisy_paths(3)
    draws = effects_of(paths, estimator=estimator, pools="exclude_treated").joint.draws
    fit = effects_of(paths, estimator=estimator, pools="exclude_treated").fits[0]
    assert (fit.weights[:, 2] == 0).all()
    np.testing.assert_array_equal(np.delete(draws.slope[:, 0], 2), 0.0)
    assert draws.slope[2, 0] == -1.0
    assert draws.pool_rule == "exclude_treated"
    for unit in "ABDEFG":
        own = effects_of(paths, estimator=estimator, unit=unit, excluded={"C": "the zone"})
        i = UNITS.index(unit)
        assert draws.mean_gap[i] == pytest.approx(own.joint.estimate, rel=1e-9)
    other = paths.copy()
    other[2] = np.random.default_rng(0).normal(8, 3, 14)
    moved = effects_of(other, estimator=estimator, pools="exclude_treated").joint.draws
    np.testing.assert_allclose(np.delete(moved.mean_gap, 2), np.delete(draws.mean_gap, 2), rtol=1e-9)


@pytest.mark.parametrize("estimator", ["sc", "sc_intercept"])
@pytest.mark.parametrize("pools", ["symmetric", "exclude_treated"])
@pytest.mark.parametrize("shift", [0.5, -8.0])
def test_slope_is_the_derivative_in_the_treated_units_later_periods(
    estimator: Estimator, pools: PoolRule, shift: float
) -> None:
    """Take a null effect off and estimate anew: every mean gap moves by slope times effect, however large."""
    paths = noisy_paths(4)
    moved = paths.copy()
    moved[2, 10:] -= shift
    before, after = (effects_of(p, estimator=estimator, pools=pools).joint.draws for p in (paths, moved))
    np.testing.assert_allclose(after.mean_gap - before.mean_gap, shift * before.slope, atol=1e-12)
    np.testing.assert_array_equal(after.slope, before.slope)
    np.testing.assert_array_equal(after.pre_rmspe, before.pre_rmspe)
    assert before.slope[2, 0] == -1.0
    if pools == "symmetric":
        assert (np.delete(before.slope, 2) > 0).any()


def test_slope_is_the_weight_of_the_treated_unit() -> None:
    effects = effects_of(noisy_paths(5), noisy_paths(6))
    for k, fit in enumerate(effects.fits):
        expected = fit.weights[:, 2].copy()
        expected[2] = -1.0
        np.testing.assert_array_equal(effects.joint.draws.slope[:, k], expected)


def test_outcomes_are_estimated_each_for_itself() -> None:
    first, second = noisy_paths(7), noisy_paths(8)
    both = effects_of(first, second)
    alone = [effects_of(paths) for paths in (first, second)]
    for k, single in enumerate(alone):
        np.testing.assert_array_equal(both.joint.draws.mean_gap[:, k], single.joint.draws.mean_gap[:, 0])
        np.testing.assert_array_equal(both.joint.estimate[k], single.joint.estimate[0])
        assert both.joint.identification[k].checks == single.joint.identification[0].checks
    assert [item.outcome for item in both.joint.identification] == ["y", "z"]


def test_what_joint_effects_say_of_the_design() -> None:
    effects = effects_of(noisy_paths(1), window=(2011, 2012), estimator="sc")
    joint = effects.joint
    assert (joint.unit, joint.start, joint.window, joint.estimator) == ("C", 2011, (2011, 2012), "sc")
    assert joint.draws.smallest_p == 1 / 7
    np.testing.assert_array_equal(joint.estimate, joint.draws.mean_gap[2])
    assert effects.name == "main"


def test_excluded_units_are_in_no_pool() -> None:
    paths = noisy_paths(9)
    found = effects_of(paths, excluded={"A": "rule", "F": "rule"})
    assert found.joint.draws.units == tuple("BCDEG")
    kept = panel_of({"y": paths[[1, 2, 3, 4, 6]]}, units="BCDEG")
    design = FewDesign("C", start=2011, window=(2011, 2013), anticipation=1)
    alone = estimate_few(kept, [level()], design)
    np.testing.assert_array_equal(found.joint.draws.mean_gap, alone.joint.draws.mean_gap)
    assert found.joint.identification == alone.joint.identification


def test_a_known_effect_on_a_unit_between_its_donors_comes_back() -> None:
    paths = noisy_paths(10)
    paths[2] = 0.25 * paths[0] + 0.75 * paths[5]
    paths[2, 10:] += 1.5
    assert effects_of(paths, estimator="sc").joint.estimate[0] == pytest.approx(1.5, abs=1e-9)
    paths[2] -= 40.0
    assert effects_of(paths).joint.estimate[0] == pytest.approx(1.5, abs=1e-9)


def test_errors_of_usage_come_first() -> None:
    panel, design = panel_of({"y": noisy_paths(1)}), FewDesign("C", start=2011, window=(2011, 2013))
    with pytest.raises(UsageError, match="no outcome to estimate"):
        estimate_few(panel, [], design)
    with pytest.raises(UsageError, match="outcomes appear twice: y"):
        estimate_few(panel, [level(), level()], design)
    with pytest.raises(UsageError, match="no series 'q'"):
        estimate_few(panel, [level("q")], design)
    with pytest.raises(UsageError, match="no unit 'X'"):
        estimate_few(panel, [level()], design, excluded={"X": "rule"})
    with pytest.raises(MethodError, match="the data end in 2014"):
        estimate_few(panel, [level()], FewDesign("C", start=2011, window=(2011, 2015)))
