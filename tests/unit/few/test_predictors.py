"""Synthetic control on predictors: the search for importance, the stages, and what a design with predictors refuses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from tests.unit.few.plain import level, panel_of, plain_weights

import pilotzone as pz
from pilotzone.core import MethodError, Panel, UsageError
from pilotzone.evaluation.few import FewDesign, FewEffects, Predictor, compare_estimators, estimate_few
from pilotzone.evaluation.few.identification.checks import earlier_date_effects, leave_one_out_effects
from pilotzone.evaluation.few.predictors.characteristics import Characteristics, halves
from pilotzone.evaluation.few.predictors.synthetic import PredictorSolution, solve_predictor_batch

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


def draw(seed: int, units: int = 7, predictors: int = 2, periods: int = 4) -> tuple[Floats, Floats, Floats]:
    """Return predictors of two stages and outcomes that depend on them and on noise; the first unit lies outside."""
    rng = np.random.default_rng(seed)
    training = rng.normal(size=(units, predictors))
    training[0] += 4.0
    fitted = training + 0.3 * rng.normal(size=training.shape)
    slope = rng.uniform(0.2, 2.0, size=(predictors, periods))
    return training, fitted, training @ slope + 0.4 * rng.normal(size=(units, periods))


def masks_of(count: int) -> NDArray[np.bool_]:
    return ~np.eye(count, dtype=bool)


def solve(tables: tuple[Floats, Floats, Floats], target: int = 0, **options: Any) -> PredictorSolution:
    return solve_predictor_batch(*tables, [target], masks_of(len(tables[0]))[[target]], **options)


def plain_error(tables: tuple[Floats, Floats, Floats], importance: Floats) -> tuple[float, Floats]:
    """Return the validation RMSPE of the first unit and its training weights, written down plainly."""
    training, _, outcomes = tables
    scaled = training / training.std(axis=0, ddof=1) * np.sqrt(importance)
    weights = plain_weights(scaled[0], scaled[1:])
    return float(np.sqrt(np.mean((outcomes[0] - weights @ outcomes[1:]) ** 2))), weights


@pytest.mark.parametrize("seed", range(6))
def test_no_importance_on_a_fine_grid_does_better(seed: int) -> None:
    tables = draw(seed)
    found = solve(tables)
    logarithms = np.linspace(np.log(1e-8), -np.log(1e-8), 2001)
    first = 1 / (1 + np.exp(logarithms))
    least = min(plain_error(tables, np.array([share, 1 - share]))[0] for share in first)
    assert float(found.validation_rmspe[0]) <= least * (1 + 1e-6)
    error, _ = plain_error(tables, found.importance[0])
    assert float(found.validation_rmspe[0]) == pytest.approx(error, rel=1e-6)


@pytest.mark.parametrize("seed", range(3))
def test_weights_are_those_of_the_plain_problem_in_the_later_stage(seed: int) -> None:
    tables = draw(seed, predictors=3)
    found = solve(tables)
    fitted = tables[1] / tables[1].std(axis=0, ddof=1) * np.sqrt(found.importance[0])
    np.testing.assert_allclose(found.weights[0, 1:], plain_weights(fitted[0], fitted[1:]), atol=1e-7)
    assert found.importance[0].sum() == pytest.approx(1.0, rel=1e-12)
    assert (found.importance > 0).all()
    assert float(found.gap[0]) <= 1e-11


@pytest.mark.parametrize("seed", range(3))
def test_neither_order_nor_units_of_measure_matter(seed: int) -> None:
    training, fitted, outcomes = draw(seed, predictors=3)
    found = solve((training, fitted, outcomes))
    order = np.random.default_rng(seed).permutation(len(training))
    turned = solve((training[order], fitted[order], outcomes[order]), int(np.flatnonzero(order == 0)[0]))
    np.testing.assert_array_equal(turned.weights[0], found.weights[0, order])
    np.testing.assert_array_equal(turned.importance, found.importance)
    columns = [2, 0, 1]
    named = solve((training[:, columns], fitted[:, columns], outcomes))
    np.testing.assert_allclose(named.importance[0], found.importance[0, columns], atol=1e-12)
    np.testing.assert_allclose(named.weights, found.weights, atol=1e-12)
    factor = np.array([1024.0, 0.25, 2.0])  # powers of two, so that no digit changes
    measured = solve((training * factor, fitted * factor, outcomes * 8))
    np.testing.assert_array_equal(measured.importance, found.importance)
    np.testing.assert_array_equal(measured.weights, found.weights)


@pytest.mark.parametrize("power", [-900, 490])
def test_very_small_and_large_figures_lose_nothing(power: int) -> None:
    tables = draw(1)
    one = solve(tables)
    with np.errstate(over="raise", divide="raise", invalid="raise"):
        scaled = solve((np.ldexp(tables[0], power), np.ldexp(tables[1], power), np.ldexp(tables[2], power)))
    np.testing.assert_array_equal(scaled.importance, one.importance)
    np.testing.assert_array_equal(scaled.weights, one.weights)
    np.testing.assert_array_equal(scaled.validation_rmspe, np.ldexp(one.validation_rmspe, power))


def test_tied_importance_has_the_same_error_and_reaches_its_ends() -> None:
    """Training weights stay the same along a stretch of V; its ends by bisection are the extremes that are found."""
    training = np.array([[2.0, 2.0], [0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    outcomes = np.array([[1.0], [0.0], [0.7], [0.4]])  # V decides between the last two donors
    fitted = np.array([[2.0, 1.5], [0.0, 0.0], [1.0, 0.1], [0.2, 1.2]])
    found = solve((training, fitted, outcomes))
    own = float(found.validation_rmspe[0])
    tied = found.tied_importance(0)
    for item in tied:
        assert plain_error((training, fitted, outcomes), item)[0] <= own * (1 + 1e-6)
    assert len(tied) > 1
    shares = np.linspace(1e-6, 1 - 1e-6, 4001)
    as_good = [
        s for s in shares if plain_error((training, fitted, outcomes), np.array([s, 1 - s]))[0] <= own * (1 + 1e-9)
    ]
    assert tied[0, 0] == pytest.approx(np.clip(0.5, tied[:, 0].min(), tied[:, 0].max()), abs=1e-6)  # the most even one
    assert min(as_good) == pytest.approx(tied[:, 0].min(), abs=3e-4)
    assert max(as_good) == pytest.approx(tied[:, 0].max(), abs=3e-4)


def test_where_donors_match_all_predictors_none_is_preferred() -> None:
    training = np.array([[0.1, 0.1], [1.0, 0.0], [-1.0, 1.0], [0.0, -1.0]])
    found = solve((training, training, training[:, :1] ** 2))
    np.testing.assert_array_equal(found.importance, [[0.5, 0.5]])


@pytest.mark.parametrize("seed", [1, 3])
def test_a_predictor_that_is_the_same_everywhere_does_no_harm(seed: int) -> None:
    training, fitted, outcomes = draw(seed)
    constant = np.full((len(training), 1), 3.0)
    found = solve((np.hstack([training, constant]), np.hstack([fitted, constant]), outcomes))
    assert float(found.validation_rmspe[0]) == pytest.approx(
        float(solve((training, fitted, outcomes)).validation_rmspe[0])
    )
    # Nor does one whose figures differ by rounding alone, as means of the same figures in another order do.
    rounded = constant.copy()
    rounded[::2] = np.nextafter(3.0, 4.0)
    again = solve((np.hstack([training, rounded]), np.hstack([fitted, rounded]), outcomes))
    np.testing.assert_array_equal(again.importance, found.importance)
    np.testing.assert_array_equal(again.weights, found.weights)


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"fitted": np.zeros((7, 3))}, "have shapes"),
        ({"validation": np.zeros((6, 2))}, "same units"),
        ({"validation": np.zeros((7, 0))}, "same units"),
        ({"importance": [1.0, 0.0]}, "importance is"),
        ({"importance": [1.0, 1.0, 1.0]}, "importance is"),
        ({"training": np.full((7, 2), np.nan)}, "missing or infinite"),
    ],
)
def test_what_does_not_go_together_is_refused(change: dict[str, Any], what: str) -> None:
    training, fitted, outcomes = draw(0)
    given: dict[str, Any] = {"training": training, "fitted": fitted, "validation": outcomes} | change
    with pytest.raises(MethodError, match=what):
        solve_predictor_batch(targets=[0], donors=masks_of(7)[[0]], **given)


# The room around it: panels of five units over thirteen years, the zone in A from 2011 on.


def panel_with(seed: int = 0, changes: Mapping[str, Floats] | None = None) -> Panel:
    rng = np.random.default_rng(seed)
    size = rng.normal(10, 2, (5, 1)) + rng.normal(0.2, 0.1, (5, 1)) * np.arange(13)
    share = rng.normal(5, 1, (5, 1)) + 0.1 * rng.normal(size=(5, 13))
    y = 2 * size - share + 0.3 * rng.normal(size=(5, 13))
    return panel_of({"y": y, "size": size, "share": share} | dict(changes or {}))


def design_of(**changes: Any) -> FewDesign:
    plain: dict[str, Any] = {
        "unit": "A",
        "start": 2011,
        "window": (2011, 2013),
        "estimator": "sc_predictors",
        "predictors": (Predictor("size"), Predictor("share")),
    }
    return FewDesign(**plain | changes)


def effects_of(panel: Panel, **changes: Any) -> FewEffects:
    return estimate_few(panel, [level()], design_of(**changes))


@pytest.fixture(scope="module")
def effects() -> FewEffects:
    return effects_of(panel_with())


def test_every_unit_is_estimated_as_by_the_arrays(effects: FewEffects) -> None:
    panel = panel_with()
    early, late = slice(0, 5), slice(5, 10)
    tables = [
        np.column_stack([panel.matrix(name)[:, span].mean(axis=1) for name in ("size", "share")])
        for span in (early, late)
    ]
    training, fitted = tables
    alone = solve_predictor_batch(training, fitted, panel.matrix("y")[:, late], np.arange(5), masks_of(5))
    fit = effects.fits[0]
    assert fit.importance is not None
    np.testing.assert_allclose(fit.weights, alone.weights, atol=1e-12)
    np.testing.assert_allclose(fit.importance, alone.importance, atol=1e-12)
    gaps = panel.matrix("y") - alone.weights @ panel.matrix("y")
    np.testing.assert_allclose(fit.mean_gap, gaps[:, 10:].mean(axis=1), atol=1e-11)
    np.testing.assert_allclose(fit.pre_rmspe, np.sqrt(np.mean(gaps[:, :10] ** 2, axis=1)), atol=1e-11)
    assert fit.effect_range[0] - 1e-11 <= fit.mean_gap[0] <= fit.effect_range[1] + 1e-11


@pytest.mark.parametrize("pools", ["symmetric", "exclude_treated"])
def test_an_effect_taken_off_shifts_every_gap_by_its_weight(pools: str) -> None:
    """Weights depend on the years before alone, so that null effects need no new estimates."""
    panel = panel_with(3)
    paths = panel.matrix("y").copy()
    paths[0, 10:] -= 2.5
    before, after = (effects_of(item, pools=pools) for item in (panel, panel_with(3, {"y": paths})))
    np.testing.assert_array_equal(before.fits[0].weights, after.fits[0].weights)
    expected = before.joint.draws.mean_gap + 2.5 * before.joint.draws.slope
    np.testing.assert_allclose(after.joint.draws.mean_gap, expected, atol=1e-11)


def test_earlier_dates_use_nothing_from_the_date_on(effects: FewEffects) -> None:
    panel = panel_with()
    damaged = {name: panel.matrix(name).copy() for name in ("size", "share")}
    for matrix in damaged.values():
        matrix[:, 7:] += 100 * np.random.default_rng(9).normal(size=(5, 6))  # from 2008 on
    found = earlier_date_effects(effects.fits[0], effects.design)
    other = effects_of(panel_with(changes=damaged))
    assert min(found) == 2008
    assert earlier_date_effects(other.fits[0], other.design)[2008] == found[2008]
    again = estimate_few(panel, [level()], design_of(start=2008, window=(2008, 2010)))
    assert float(again.joint.estimate[0]) == pytest.approx(found[2008], abs=1e-11)


def test_without_a_donor_importance_is_chosen_anew(effects: FewEffects) -> None:
    found = leave_one_out_effects(effects.fits[0], effects.design)
    for donor, effect in found.items():
        again = estimate_few(panel_with(), [level()], design_of(), excluded={donor: "left out"})
        assert float(again.joint.estimate[0]) == pytest.approx(effect, abs=1e-11)


def test_names_of_units_do_not_matter(effects: FewEffects) -> None:
    panel = panel_with()
    rows = [3, 1, 4, 0, 2]  # the zone comes fourth, and is called D
    turned = panel_of({name: matrix[rows] for name, matrix in panel.values.items()})
    other = effects_of(turned, unit="D")
    np.testing.assert_array_equal(other.fits[0].weights, effects.fits[0].weights[np.ix_(rows, rows)])
    given, chosen = effects.fits[0].importance, other.fits[0].importance
    assert given is not None
    np.testing.assert_array_equal(chosen, given[rows])
    assert [item.statement for item in other.joint.identification[0].checks if item.name == "earlier_dates"] == [
        item.statement for item in effects.joint.identification[0].checks if item.name == "earlier_dates"
    ]


def test_dates_before_a_predictor_is_known_cannot_be_assessed() -> None:
    late = (Predictor("size", fitted=(2010,), training=(2005,)),)
    checks = effects_of(panel_with(), predictors=late).joint.identification[0].checks
    first = next(check for check in checks if check.name == "earlier_dates")
    assert first.state == "cannot be assessed"
    assert first.statement == "At earlier dates predictors are not known yet, or do not allow a fit."


def test_units_without_a_predictor_are_no_donors() -> None:
    share = panel_with().matrix("share").copy()
    share[2, :5] = np.nan
    share[3, 5:10] = np.nan
    share[4, 5:9] = np.nan  # one year is left
    decisions = {item.unit: item for item in effects_of(panel_with(changes={"share": share})).donors}
    assert decisions["C"].reason == "predictor share missing in all periods of the training fit"
    assert decisions["D"].reason == "predictor share missing in all periods of the final fit"
    assert decisions["E"].admitted
    share[0, :5] = np.nan
    with pytest.raises(MethodError, match="treated unit 'A' cannot be fitted: predictor share missing"):
        effects_of(panel_with(changes={"share": share}))


@pytest.mark.parametrize(
    ("changes", "error", "what"),
    [
        ({"predictors": ()}, UsageError, "has no predictors"),
        ({"predictors": 3}, UsageError, "predictors hold 3"),
        ({"estimator": "sc"}, UsageError, "takes no predictors"),
        ({"predictors": ("size",)}, UsageError, "predictors hold 'size'"),
        ({"predictors": (Predictor("size"), Predictor("size"))}, UsageError, "appear twice"),
        ({"predictors": (Predictor("sise"),)}, UsageError, "Did you mean 'size'"),
        ({"predictors": (Predictor("size", fitted=(1999,)),)}, UsageError, "which the panel lacks"),
        ({"predictors": (Predictor("size", fitted=(2011,)),)}, MethodError, "after the last fitted period"),
        ({"predictors": (Predictor("size", training=(2006,)),)}, MethodError, "within validation"),
        ({"pre_from": 2010}, MethodError, "validated on 1 fitted period"),
    ],
)
def test_designs_that_cannot_be(changes: dict[str, Any], error: type[Exception], what: str) -> None:
    with pytest.raises(error, match=what):
        effects_of(panel_with(), **changes)


@pytest.mark.parametrize("given", [{"name": 3}, {"fitted": "2001"}, {"fitted": 2001}, {"training": (2001.5,)}])
def test_predictors_that_cannot_be(given: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        Predictor(**{"name": "size"} | given)


def test_an_infinite_predictor_is_refused() -> None:
    size = panel_with().matrix("size").copy()
    size[3, 2] = np.inf
    with pytest.raises(MethodError, match="'size' of 'D' is infinite in 2003"):
        effects_of(panel_with(changes={"size": size}))
    size[3, 3] = -np.inf  # the sum of both is not a number, but no missing one either
    with pytest.raises(MethodError, match="'size' of 'D' is infinite in 2003, 2004"):
        effects_of(panel_with(changes={"size": size}))


@pytest.mark.parametrize(("columns", "stage"), [(slice(0, 5), "training"), (slice(5, 10), "final")])
def test_predictors_that_do_not_differ_are_refused_unless_another_does(columns: slice, stage: str) -> None:
    size = panel_with().matrix("size").copy()
    size[:, columns] = 3.0
    panel = panel_with(changes={"size": size})
    with pytest.raises(MethodError, match=f"no predictor differs between the units in the {stage} fit"):
        effects_of(panel, predictors=(Predictor("size"),))
    assert effects_of(panel).fits[0].importance is not None


def test_one_predictor_has_no_other_importance_but_other_weights() -> None:
    notes = effects_of(panel_with(), predictors=(Predictor("size"),)).notes
    assert any("or other weights fit them as well" in note for note in notes)


def test_halves_and_means_over_what_was_observed() -> None:
    assert halves([1, 2, 3, 5]) == ([1, 2], [3, 5])
    values = np.array([[[1.0, np.nan, 5.0, 7.0, 100.0], [np.nan, np.nan, 2.0, 4.0, 100.0]]])
    found = Characteristics((Predictor("x"),), (1, 2, 3, 4, 5), values).means([1, 2, 3, 4])
    np.testing.assert_array_equal(np.hstack(found), [[1.0, 6.0], [np.nan, 3.0]])
    named = Characteristics((Predictor("x", fitted=[1, 4], training=[1]),), (1, 2, 3, 4, 5), values)  # type: ignore[arg-type]
    np.testing.assert_array_equal(np.hstack(named.means([1, 2, 3, 4])), [[1.0, 4.0], [np.nan, 4.0]])
    np.testing.assert_array_equal(np.hstack(named.dated(4).means([1, 2, 3])), [[1.0, 1.0], [np.nan, np.nan]])


def test_notes_and_balance_say_what_was_chosen(effects: FewEffects) -> None:
    rows = effects.balance().records()
    first = rows[0]
    told = ", ".join(f"{first[key]:.4g}" for key in ("treated", "synthetic", "donors_mean"))
    assert f"and all donors): size {first['importance']:.2f} ({told}); share " in effects.notes[0]
    assert [row["predictor"] for row in rows] == ["size", "share"]
    fit, panel = effects.fits[0], panel_with()
    means = panel.matrix("size")[:, 5:10].mean(axis=1)
    assert rows[0]["treated"] == pytest.approx(means[0], rel=1e-14)
    assert rows[0]["synthetic"] == pytest.approx(fit.weights[0] @ means, rel=1e-12)
    assert rows[0]["donors_mean"] == pytest.approx(means[1:].mean(), rel=1e-14)
    assert sum(float(str(row["importance"])) for row in rows) == pytest.approx(1.0)
    plain = estimate_few(panel, [level()], design_of(estimator="sc", predictors=()))
    with pytest.raises(UsageError, match="not fitted on predictors"):
        plain.balance()


def test_beside_other_estimators_and_by_the_front_door(effects: FewEffects) -> None:
    panel, plain = panel_with(), design_of(estimator="sc", predictors=())
    named = design_of().predictors
    rows = compare_estimators(panel, [level()], plain, ["sc", "sc_predictors"], predictors=named)
    assert [row.estimator for row in rows] == ["sc", "sc_predictors"]
    assert rows[1].effect == float(effects.joint.estimate[0])
    back = compare_estimators(panel, [level()], design_of(), ["sc"])
    assert back[0].effect == rows[0].effect
    with pytest.raises(UsageError, match="has no predictors"):
        compare_estimators(panel, [level()], plain, ["sc_predictors"])
    door = pz.synthetic_control(
        panel, treated="A", start=2011, outcomes=level(), estimator="sc_predictors", predictors=["size", "share"]
    )
    np.testing.assert_array_equal(door.joint.estimate, effects.joint.estimate)
