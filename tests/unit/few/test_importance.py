"""The search for importance: slopes against differences, descent, and importance in sample or given by a design."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from tests.unit.few.plain import level, panel_of

from pilotzone.core import UsageError
from pilotzone.evaluation.few import FewDesign, FewEffects, Importance, Predictor, compare_estimators, estimate_few
from pilotzone.evaluation.few.predictors.descent import descended
from pilotzone.evaluation.few.predictors.importance import search
from pilotzone.evaluation.few.predictors.stage import Stage, normalised, shares_on
from pilotzone.evaluation.few.predictors.synthetic import solve_predictor_batch

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pilotzone.core import Panel

    Floats = NDArray[np.float64]
    Given = Importance | tuple[float, ...]


def stage(seed: int, donors: int = 9, predictors: int = 5, periods: int = 6) -> Stage:
    """Return a target outside its donors' hull, so that V matters."""
    rng = np.random.default_rng(seed)
    offsets = rng.normal(size=(donors, predictors)) - 0.8
    return Stage(offsets, offsets @ rng.normal(size=(predictors, periods)) + rng.normal(size=(donors, periods)))


@pytest.mark.parametrize("seed", range(20))
def test_slope_equals_differences(seed: int) -> None:
    problem, rng = stage(seed), np.random.default_rng(100 + seed)
    point = rng.uniform(-4, 0, size=5)
    error, slope = problem.slope(point)
    assert error == problem.error(normalised(point))
    step = 1e-6
    for k in range(5):
        ends = [problem.error(normalised(point + sign * step * np.eye(5)[k])) for sign in (1, -1)]
        assert slope[k] == pytest.approx((ends[0] - ends[1]) / (2 * step), rel=1e-4, abs=1e-6 * error)
    assert slope.sum() == pytest.approx(0.0, abs=1e-9 * error)  # V counts up to a factor only


def test_slope_is_zero_where_one_donor_is_all() -> None:
    problem = Stage(np.array([[1.0, 1.0], [3.0, 4.0]]), np.array([[2.0], [5.0]]))
    error, slope = problem.slope(np.zeros(2))
    assert error == 4.0
    assert slope.tolist() == [0.0, 0.0]


@pytest.mark.parametrize("seed", range(10))
def test_descent_ends_lower_and_where_no_step_is_better(seed: int) -> None:
    problem = stage(seed)
    start = np.zeros(5)
    error, point = descended(problem, start, 1.0, 200)
    assert error <= problem.error(normalised(start))
    assert error == problem.error(normalised(point))
    assert point.max() == 0.0


@pytest.mark.parametrize("seed", range(6))
def test_search_finds_what_many_more_points_find(seed: int) -> None:
    """Twenty thousand points spread at random, and descent from the best fifty of them."""
    problem, rng = stage(seed, predictors=3), np.random.default_rng(seed)
    points = rng.uniform(np.log(1e-8), 0, size=(20_000, 3))
    errors = np.array([problem.error(normalised(point)) for point in points])
    best = min(descended(problem, points[i], 1.0, 200)[0] for i in np.argsort(errors)[:50])
    found = problem.error(search(problem, np.ones(3))[0])
    assert found <= min(best, float(errors.min())) * (1 + 1e-6)


def test_shares_that_follow_outcomes_best() -> None:
    gaps = np.array([[1.0, 0.0], [-1.0, 0.0], [3.0, 3.0]])
    np.testing.assert_allclose(shares_on(gaps), [0.5, 0.5, 0.0], atol=1e-12)
    assert shares_on(np.array([[2.0, 1.0]])).tolist() == [1.0]


# ------------------------------------------------------------------------------------------------------ by a design

YEARS, START = 12, 2009


@pytest.fixture(scope="module")
def panel() -> Panel:
    """Seven units, 2001 to 2012; the second series is known from 2007 on, the third all along."""
    rng = np.random.default_rng(4)
    level_, slope = rng.normal(size=(7, 1)), rng.normal(size=(7, 1))
    level_[0] += 2.5
    years = np.arange(YEARS)
    late = np.where(years >= 6, slope + 0.1 * rng.normal(size=(7, YEARS)), np.nan)
    outcome = level_ + slope * years / YEARS + 0.1 * rng.normal(size=(7, YEARS))
    always = level_ + 0.1 * rng.normal(size=(7, YEARS))
    return panel_of({"y": outcome, "late": late, "always": always}, units=list("ABCDEFG"), first=2001)


def effects(panel: Panel, importance: Given) -> FewEffects:
    design = FewDesign(
        "A",
        start=START,
        window=(START, 2012),
        estimator="sc_predictors",
        predictors=(Predictor("late"), Predictor("always")),
        importance=importance,
    )
    return estimate_few(panel, [level()], design)


@pytest.mark.parametrize("importance", ["in_sample", (0.2, 0.8)])
def test_one_stage_by_arrays(panel: Panel, importance: Given) -> None:
    """Means over all periods before in which a series is known, and the error over these periods."""
    (fit,) = effects(panel, importance).fits
    rows = np.column_stack([np.nanmean(panel.matrix(name)[:, :8], axis=1) for name in ("late", "always")])
    given = None if importance == "in_sample" else importance
    found = solve_predictor_batch(
        rows, rows, panel.matrix("y")[:, :8], np.arange(7), ~np.eye(7, dtype=bool), importance=given
    )
    np.testing.assert_allclose(fit.weights, found.weights, rtol=0, atol=1e-12)
    assert fit.importance is not None
    assert fit.validation_rmspe is not None
    np.testing.assert_allclose(fit.importance, found.importance, rtol=1e-9)
    np.testing.assert_allclose(fit.validation_rmspe, fit.pre_rmspe, rtol=1e-12)
    if given is not None:
        np.testing.assert_allclose(fit.importance, np.tile([0.2, 0.8], (7, 1)), rtol=1e-14)


def test_in_sample_fits_no_worse_than_any_given_importance(panel: Panel) -> None:
    (fit,) = effects(panel, "in_sample").fits
    for share in np.linspace(0.01, 0.99, 25):
        (other,) = effects(panel, (share, 1 - share)).fits
        assert fit.pre_rmspe[0] <= other.pre_rmspe[0] * (1 + 1e-6)


def test_notes_say_how_importance_came_about(panel: Panel) -> None:
    assert any("over the fitted periods themselves" in note for note in effects(panel, "in_sample").notes)
    assert any("their importance was given" in note for note in effects(panel, (1, 3)).notes)


def test_other_estimators_beside_take_no_importance(panel: Panel) -> None:
    design = effects(panel, "in_sample").design
    rows = compare_estimators(panel, [level()], design, ["sc", "sc_predictors"])
    assert [row.estimator for row in rows] == ["sc", "sc_predictors"]
    assert rows[1].effect == float(effects(panel, "in_sample").joint.estimate[0])


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"importance": "best"}, "importance"),
        ({"importance": (1.0,)}, "2 positive numbers"),
        ({"importance": (1.0, 0.0)}, "2 positive numbers"),
        ({"importance": (1.0, float("inf"))}, "2 positive numbers"),
        ({"importance": ("a", "b")}, "2 positive numbers"),
        ({"importance": 3}, "2 positive numbers"),
        ({"importance": "in_sample", "predictors": (Predictor("y", training=(2001,)),)}, "training"),
        ({"importance": "in_sample", "predictors": (), "estimator": "sc"}, "no predictors"),
    ],
)
def test_importance_that_cannot_be(changes: dict[str, Any], what: str) -> None:
    given: dict[str, Any] = {
        "start": START,
        "window": (START, 2012),
        "estimator": "sc_predictors",
        "predictors": (Predictor("late"), Predictor("always")),
    }
    with pytest.raises(UsageError, match=what):
        FewDesign("A", **given | changes)
