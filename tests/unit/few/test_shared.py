"""Weights shared over outcomes: known solutions, what must not matter, and the room around them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from tests.unit.few.plain import level, panel_of

import pilotzone as pz
from pilotzone.core import MethodError, UsageError
from pilotzone.evaluation.few import FewDesign, FewEffects, compare_estimators, estimate_few
from pilotzone.evaluation.few.identification.checks import earlier_date_effects, leave_one_out_effects
from pilotzone.evaluation.few.weights.shared import SharedSolution, solve_shared_batch, spread_of
from pilotzone.evaluation.few.weights.simplex import solve_simplex_batch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from pilotzone.core import Panel, PoolRule

    Floats = NDArray[np.float64]

GAIN, HARM = level("gain"), level("harm")
PRE = slice(0, 10)


def others(count: int) -> NDArray[np.bool_]:
    return ~np.eye(count, dtype=bool)


def solved(outcomes: Sequence[Floats]) -> SharedSolution:
    return solve_shared_batch(outcomes, np.arange(len(outcomes[0])), others(len(outcomes[0])))


def draw(seed: int = 0, units: int = 8, lengths: tuple[int, ...] = (10, 7)) -> list[Floats]:
    rng = np.random.default_rng(seed)
    loadings = rng.normal(size=(units, 2))
    return [
        loadings @ rng.normal(size=(2, length)).cumsum(axis=1)
        + 0.4 * rng.normal(size=(units, length))
        + rng.normal(size=(units, 1))
        for length in lengths
    ]


def panel(seed: int = 0, units: int = 8) -> Panel:
    """Return ten fitted years (the second outcome begins in the third), one between, and three of the window."""
    gain, harm = draw(seed, units, (14, 14))
    harm = 50 * harm
    harm[:, :2] = np.nan
    return panel_of({"gain": gain, "harm": harm})


def copies(data: Panel) -> tuple[Floats, Floats]:
    """Return both outcomes, to be changed."""
    return data.matrix("gain").copy(), data.matrix("harm").copy()


def design_of(**changes: Any) -> FewDesign:
    plain: dict[str, Any] = {"unit": "A", "start": 2012, "window": (2012, 2014), "anticipation": 1}
    return FewDesign(**(plain | {"estimator": "sc_shared"} | changes))


def effects_of(seed: int = 0, **changes: Any) -> FewEffects:
    return estimate_few(panel(seed), [GAIN, HARM], design_of(**changes))


# ---------------------------------------------------------------------------------------------------- on arrays


@pytest.mark.parametrize("seed", range(5))
def test_one_outcome_alone_is_the_intercept_shift_bit_for_bit(seed: int) -> None:
    """A single outcome is not divided by anything, so that not even the last digit differs."""
    (paths,) = draw(seed, lengths=(10,))
    found, expected = solved([paths]), solve_simplex_batch(paths, np.arange(8), others(8), intercept=True)
    np.testing.assert_array_equal(found.weights, expected.weights)
    np.testing.assert_array_equal(found.intercepts[:, 0], expected.intercepts)
    np.testing.assert_array_equal(found.rmspe[:, 0], expected.rmspe)
    np.testing.assert_array_equal(found.unique, expected.unique)


def test_the_same_outcome_twice_is_that_outcome_once() -> None:
    (paths,) = draw(lengths=(10,))
    once, twice = solved([paths]), solved([paths, -3 * paths])
    np.testing.assert_allclose(twice.weights, once.weights, rtol=0, atol=1e-12)
    np.testing.assert_allclose(twice.rmspe, once.rmspe * [1, 3], rtol=1e-11)


def test_two_donors_give_the_weight_of_the_printed_formula() -> None:
    """With donors b and c the weight of b is a regression of y - c on b - c through the origin, cut to [0, 1]."""
    for seed in range(20):
        outcomes = draw(seed, units=3, lengths=(6, 4))
        above = below = 0.0
        for paths in outcomes:
            own, b, c = (row - row.mean() for row in paths)
            scale = spread_of(paths) ** 2 * len(own)
            above += (own - c) @ (b - c) / scale
            below += (b - c) @ (b - c) / scale
        found = solve_shared_batch(outcomes, [0], others(3)[[0]])
        assert found.weights[0, 1] == pytest.approx(np.clip(above / below, 0, 1), abs=1e-12)


def test_a_target_that_is_a_mean_of_donors_in_all_outcomes_is_met() -> None:
    outcomes = draw()
    for paths, up in zip(outcomes, (4.0, -700.0), strict=True):
        paths[0] = 0.3 * paths[2] + 0.7 * paths[5] + up
    found = solve_shared_batch(outcomes, [0], others(8)[[0]])
    np.testing.assert_allclose(found.weights[0], [0, 0, 0.3, 0, 0, 0.7, 0, 0], rtol=0, atol=1e-12)
    np.testing.assert_allclose(found.intercepts[0], [4.0, -700.0], rtol=1e-12)
    assert found.rmspe[0].tolist() == [0.0, 0.0]


@pytest.mark.parametrize("power", [-40, 3, 200])
def test_a_power_of_two_changes_no_digit_of_the_weights(power: int) -> None:
    gain, harm = draw(1)
    one, other = solved([gain, harm]), solved([gain, np.ldexp(harm, power)])
    np.testing.assert_array_equal(other.weights, one.weights)
    np.testing.assert_array_equal(other.rmspe, np.ldexp(one.rmspe, [0, power]))


@pytest.mark.parametrize("factor", [1e-9, 37.0, -1e7])
def test_units_of_measure_do_not_matter(factor: float) -> None:
    gain, harm = draw(2)
    one, other = solved([gain, harm]), solved([gain, factor * harm + 5 * factor])
    np.testing.assert_allclose(other.weights, one.weights, rtol=0, atol=1e-10)
    np.testing.assert_allclose(other.spreads, one.spreads * [1, abs(factor)], rtol=1e-12)


def test_the_order_of_units_and_of_outcomes_does_not_matter() -> None:
    gain, harm = draw(3)
    order = np.random.default_rng(1).permutation(8)
    one = solved([gain, harm])
    np.testing.assert_allclose(solved([harm, gain]).weights, one.weights, rtol=0, atol=1e-12)
    mixed = solved([gain[order], harm[order]])
    np.testing.assert_allclose(mixed.weights, one.weights[np.ix_(order, order)], rtol=0, atol=1e-12)


def test_levels_and_what_all_units_share_drop_out() -> None:
    """Also from the scale: an outcome that grows everywhere does not count for less."""
    gain, harm = draw(4)
    moved = gain + 100 * np.arange(8)[:, None] + 40 * np.arange(10)
    np.testing.assert_allclose(solved([moved, harm]).weights, solved([gain, harm]).weights, rtol=0, atol=1e-10)


def test_more_periods_of_the_same_do_not_count_for_more() -> None:
    gain, harm = draw(5)
    repeated = np.hstack([gain] * 4)
    np.testing.assert_allclose(solved([repeated, harm]).weights, solved([gain, harm]).weights, rtol=0, atol=1e-11)


def test_an_outcome_in_which_units_do_not_differ_does_not_count() -> None:
    gain, _ = draw(6)
    flat = 1e6 * np.arange(8)[:, None] + 0.1 * np.arange(5)
    one, other = solved([gain, flat]), solved([gain])
    assert one.spreads[1] == 0
    np.testing.assert_allclose(one.weights, other.weights, rtol=0, atol=1e-12)
    assert one.rmspe[:, 1].max() == 0
    alike = solved([flat, flat])
    np.testing.assert_allclose(alike.weights, others(8) / 7, rtol=0, atol=1e-15)


def test_a_unit_that_no_problem_uses_decides_nothing() -> None:
    gain, harm = draw(7)
    mask = others(8)[[0]]
    mask[0, 7] = False
    harm[7] *= 1e6
    kept = solve_shared_batch([gain[:7], harm[:7]], [0], mask[:, :7])
    np.testing.assert_allclose(
        solve_shared_batch([gain, harm], [0], mask).weights[0, :7], kept.weights[0], rtol=0, atol=1e-13
    )


def test_what_is_no_set_of_outcomes_is_refused() -> None:
    gain, harm = draw()
    for odd in ([], [gain, harm[:5]]):
        with pytest.raises(MethodError, match="one matrix per outcome"):
            solve_shared_batch(odd, [0], others(8)[[0]])
    harm[3, 2] = np.nan
    with pytest.raises(MethodError, match="missing or infinite"):
        solve_shared_batch([gain, harm], [0], others(8)[[0]])


# -------------------------------------------------------------------------------------------------- in the room


@pytest.mark.parametrize("pools", ["symmetric", "exclude_treated"])
def test_every_unit_is_estimated_as_by_the_arrays(pools: PoolRule) -> None:
    effects, data = effects_of(pools=pools), panel()
    mask = others(8)
    mask[:, 0] &= pools == "symmetric"
    gain, harm = data.matrix("gain"), data.matrix("harm")
    expected = solve_shared_batch([gain[:, PRE], harm[:, 2:10]], np.arange(8), mask)
    for k, (fit, paths) in enumerate(zip(effects.fits, (gain, harm), strict=True)):
        np.testing.assert_array_equal(fit.weights, expected.weights)
        np.testing.assert_array_equal(fit.intercept, expected.intercepts[:, k])
        np.testing.assert_array_equal(fit.pre_rmspe, expected.rmspe[:, k])
        gaps = (paths - expected.weights @ np.nan_to_num(paths))[:, 11:].mean(axis=1) - expected.intercepts[:, k]
        np.testing.assert_allclose(fit.mean_gap, gaps, rtol=0, atol=1e-11)


def test_one_outcome_alone_is_estimated_as_with_intercept_shift() -> None:
    one, other = (estimate_few(panel(), [GAIN], design_of(estimator=name)) for name in ("sc_shared", "sc_intercept"))
    np.testing.assert_array_equal(one.joint.draws.mean_gap, other.joint.draws.mean_gap)
    assert one.joint.identification == other.joint.identification
    assert one.fits[0].fit_loss is None
    assert one.notes == other.notes


@pytest.mark.parametrize("pools", ["symmetric", "exclude_treated"])
@pytest.mark.parametrize("seed", range(3))
def test_the_slope_is_exact(seed: int, pools: PoolRule) -> None:
    """An effect taken off the treated unit's later periods, and everything estimated anew."""
    data = panel(seed)
    one = estimate_few(data, [GAIN, HARM], design_of(pools=pools)).joint.draws
    moved = {name: data.matrix(name).copy() for name in ("gain", "harm")}
    for name, effect in (("gain", 0.7), ("harm", -20.0)):
        moved[name][0, 11:] -= effect
    other = estimate_few(replace(data, values=moved), [GAIN, HARM], design_of(pools=pools)).joint.draws
    np.testing.assert_allclose(other.mean_gap, one.mean_gap + one.slope * [0.7, -20.0], rtol=0, atol=1e-11)
    np.testing.assert_array_equal(other.pre_rmspe, one.pre_rmspe)
    np.testing.assert_array_equal(one.slope[:, 0], one.slope[:, 1])
    assert one.slope[1:].any() == (pools == "symmetric")


@pytest.mark.parametrize("seed", range(3))
def test_checks_fit_all_outcomes_anew_before_an_earlier_date(seed: int) -> None:
    """As if the zone had been dated then: the very same as a design with that date."""
    data, design = panel(seed), design_of()
    for fit in estimate_few(data, [GAIN, HARM], design).fits:
        found = earlier_date_effects(fit, design)
        assert list(found) == [2010, 2009, 2008]
        for date, effect in found.items():
            dated = design_of(start=date, window=(date, 2010), anticipation=0)
            again = estimate_few(data, [GAIN, HARM], dated).fit(fit.outcome.name)
            assert effect == pytest.approx(float(again.mean_gap[0]), rel=1e-12)


@pytest.mark.parametrize("seed", range(3))
def test_checks_fit_all_outcomes_anew_without_a_donor(seed: int) -> None:
    """As if the donor had been ruled out beforehand, from the scale too."""
    data, design = panel(seed), design_of()
    for fit in estimate_few(data, [GAIN, HARM], design).fits:
        found = leave_one_out_effects(fit, design)
        assert set(found) == {unit for unit, weight in fit.donor_weights().items() if weight > 0}
        for donor, effect in found.items():
            again = estimate_few(data, [GAIN, HARM], design, excluded={donor: "left out"}).fit(fit.outcome.name)
            assert effect == pytest.approx(float(again.mean_gap[0]), rel=1e-11)


def test_an_outcome_that_was_not_known_at_an_earlier_date_is_left_out_of_it() -> None:
    gain, harm = copies(panel())
    harm[:, :8] = np.nan
    data, design = panel_of({"gain": gain, "harm": harm}), design_of()
    fit = estimate_few(data, [GAIN, HARM], design).fit("gain")
    dated = design_of(start=2008, window=(2008, 2010), anticipation=0, estimator="sc_intercept")
    alone = estimate_few(data, [GAIN], dated)
    assert earlier_date_effects(fit, design)[2008] == pytest.approx(float(alone.joint.estimate[0]), rel=1e-12)


def test_the_loss_of_fit_is_shown_beside_own_weights() -> None:
    effects, own = effects_of(), effects_of(estimator="sc_intercept")
    rows = compare_estimators(panel(), [GAIN, HARM], design_of(), ["sc_shared", "sc_intercept"])
    table = [row for row in effects.to_table().rows() if row[7] == "pre_rmspe_alone"]
    for k, (fit, alone) in enumerate(zip(effects.fits, own.fits, strict=True)):
        assert fit.alone_rmspe is not None
        np.testing.assert_array_equal(fit.alone_rmspe, alone.pre_rmspe)
        loss = fit.pre_rmspe / alone.pre_rmspe
        assert loss.min() >= 1 - 1e-12
        assert loss.max() > 1.05
        np.testing.assert_array_equal(fit.fit_loss, loss)
        median = float(np.median(loss[1:]))
        assert (rows[k].fit_loss, rows[k].placebo_fit_loss) == (loss[0], median)
        assert rows[2 + k].fit_loss is None
        (note,) = (note for note in effects.notes if note.startswith(fit.outcome.title) and "shared" in note)
        assert f"fit it {loss[0]:.2f} times as badly as its own would" in note
        assert f"the placebos' median is {median:.2f} times" in note
        here = {row[3]: row[9] for row in table if row[2] == fit.outcome.name}
        assert here == dict(zip(fit.units, alone.pre_rmspe.tolist(), strict=True))
    assert not any(row[7] == "pre_rmspe_alone" for row in own.to_table().rows())


def test_a_path_that_own_weights_meet_has_an_infinite_loss() -> None:
    gain, harm = copies(panel())
    gain[0] = (gain[3] + gain[4]) / 2
    effects = estimate_few(panel_of({"gain": gain, "harm": harm}), [GAIN, HARM], design_of())
    assert effects.fits[0].fit_loss is not None
    assert np.isinf(effects.fits[0].fit_loss[0])
    assert any("its own weights would meet the path (RMSPE before the zone" in note for note in effects.notes)
    gain[0], harm[0] = gain[1] + 3, harm[1] - 2
    met = estimate_few(panel_of({"gain": gain, "harm": harm}), [GAIN, HARM], design_of()).fits[0]
    assert met.fit_loss is not None
    assert (met.pre_rmspe[0], met.fit_loss[0]) == (0.0, 1.0)


def test_weights_can_be_shared_with_an_outcome_on_which_no_effect_is_estimated() -> None:
    """Such as one whose data end before a longer window does."""
    both = estimate_few(panel(), [GAIN, HARM], design_of())
    gain, harm = copies(panel())
    harm[:, 11:] = np.nan
    data = panel_of({"gain": gain, "harm": harm})
    alone = estimate_few(data, [GAIN], design_of(), shared_with=[HARM])
    np.testing.assert_array_equal(alone.joint.draws.mean_gap[:, 0], both.joint.draws.mean_gap[:, 0])
    assert alone.joint.identification == both.joint.identification[:1]
    assert len(alone.joint.outcomes) == 1
    with pytest.raises(UsageError, match="twice"):
        estimate_few(data, [GAIN], design_of(), shared_with=[GAIN])
    other = estimate_few(data, [GAIN], design_of(estimator="sc_intercept"), shared_with=[HARM])
    np.testing.assert_array_equal(
        other.joint.draws.mean_gap, estimate_few(data, [GAIN], design_of(estimator="sc_intercept")).joint.draws.mean_gap
    )


def test_the_hull_is_that_of_all_outcomes() -> None:
    (check,) = (item for item in effects_of().joint.identification[0].checks if item.name == "hull")
    assert "outside the donors' hull over all outcomes" in check.statement
    (check,) = (
        item for item in effects_of(estimator="sc_intercept").joint.identification[0].checks if item.name == "hull"
    )
    assert "over all outcomes" not in check.statement


def test_choice_among_optimal_weights_gives_a_range() -> None:
    """A donor with the same paths before as the one that weighs most: the effect depends on how the two share."""
    gain, harm = (panel().matrix(name) for name in ("gain", "harm"))
    top = int(effects_of().fits[0].weights[0].argmax())
    gain, harm = np.vstack([gain, gain[top]]), np.vstack([harm, harm[top]])
    gain[8, 11:] += 1.0
    effects = estimate_few(panel_of({"gain": gain, "harm": harm}), [GAIN, HARM], design_of())
    fit = effects.fits[0]
    assert not fit.unique[0]
    low, high = fit.effect_range
    share = float(fit.weights[0, top] + fit.weights[0, 8])
    assert share > 0.1
    assert high - low == pytest.approx(share, abs=1e-9)
    assert (low + high) / 2 == pytest.approx(float(fit.mean_gap[0]), abs=1e-9)
    assert effects.fits[1].effect_range == pytest.approx((float(effects.fits[1].mean_gap[0]),) * 2, abs=1e-9)


def test_by_the_front_door() -> None:
    effects = pz.synthetic_control(
        panel(),
        treated="A",
        start=2012,
        outcomes=[GAIN, HARM],
        window=(2012, 2014),
        anticipation=1,
        estimator="sc_shared",
    )
    np.testing.assert_array_equal(effects.joint.estimate, effects_of().joint.estimate)
