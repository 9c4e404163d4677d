"""Effects by group and along a covariate: against `evaluate`, by algebra, and errors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from tests.unit.few.plain import panel_of

import pilotzone as pz
from pilotzone.core import NEVER, MethodError, Outcome, Panel, UsageError
from pilotzone.evaluation.inclusion import UnitEffects, effects_along, group_effects, quantile_groups, unit_effects

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

COUNT = 90
UNITS = [f"u{k:02d}" for k in range(COUNT)]
OUTCOMES = [Outcome("gdp", None, "up", None, "level"), Outcome("poor", None, "down", None, "level")]
STARTS = {UNITS[k]: 2004 + k % 2 for k in range(36)}
GROUPS = ["north" if k % 3 else "south" for k in range(COUNT)]


def panel(seed: int = 1) -> Panel:
    rng = np.random.default_rng(seed)
    series = {name: rng.normal(0, 1, (COUNT, 8)).cumsum(axis=1) for name in ("gdp", "poor")}
    for unit, start in STARTS.items():
        series["gdp"][UNITS.index(unit), start - 2001 :] += 2
    return panel_of(series, units=UNITS)


def units(**options: Any) -> UnitEffects:
    return unit_effects(panel(), OUTCOMES, STARTS, **options)


def test_all_units_together_are_what_evaluate_says() -> None:
    """The average by cohort of Callaway and Sant'Anna, to the last digits."""
    frame = panel().to_frame()
    frame = frame[frame["series"] == "gdp"].rename(columns={"value": "gdp"})
    frame["start"] = [STARTS.get(unit, 0) for unit in frame["unit"]]
    (row,) = pz.evaluate(
        frame, unit="unit", time="period", cohort="start", outcomes="gdp", summary="group", controls="never_treated"
    ).overall
    own = units()
    treated = own.starts != NEVER
    effect, parts = own.averaged(treated, ~treated)
    assert effect[0] == pytest.approx(row.estimate, abs=1e-13)
    assert row.se is not None
    assert np.sqrt((parts[:, 0] ** 2).sum()) == pytest.approx(row.se, rel=0.05)


def test_groups_are_differences_of_means_within_them() -> None:
    own, found = units(), group_effects(units(), GROUPS)
    values = panel().matrix("gdp")
    for g, name in enumerate(found.groups):
        effects = []
        inside = [k for k in range(COUNT) if GROUPS[k] == name]
        beside = [k for k in inside if UNITS[k] not in STARTS]
        for k in inside:
            if UNITS[k] in STARTS:
                since = STARTS[UNITS[k]] - 2001
                change = values[:, since:].mean(axis=1) - values[:, since - 1]
                effects.append(change[k] - change[beside].mean())
        assert found.joint.estimate[g] == pytest.approx(np.mean(effects), abs=1e-13)
        assert (found.treated[g], found.controls[g]) == (len(effects), len(beside))
    assert len(found.joint.outcomes) == 4
    assert own.cohorts == (2004, 2005)


def test_groups_with_controls_of_their_own_do_not_vary_together_and_outcomes_do() -> None:
    own = group_effects(units(), GROUPS).spread.matrix
    assert own[0, 1] == pytest.approx(0, abs=1e-16)
    assert abs(own[0, 2]) > 0
    shared = group_effects(units(), GROUPS, compare_with="all").spread.matrix
    assert shared[0, 1] > 0
    # What they share is the variance of the controls' mean, for cohorts mixed as in each group.
    assert shared[0, 1] < min(shared[0, 0], shared[1, 1])


def test_clusters_that_hold_both_groups_carry_a_covariance() -> None:
    clusters = {unit: f"c{k // 3}" for k, unit in enumerate(UNITS)}
    found = group_effects(units(clusters=clusters), GROUPS)
    assert abs(found.spread.matrix[0, 1]) > 0
    assert found.joint.covariance is not None
    assert found.joint.covariance.drawn == "clusters"
    assert found.joint.covariance.treated == 12


def test_winners_and_losers_have_the_people_behind_each_effect() -> None:
    people = np.arange(1.0, COUNT + 1)
    found = group_effects(units(), GROUPS, population=people)
    table = found.to_frame()
    south = sum(people[k] for k in range(36) if GROUPS[k] == "south")
    assert table["people"].tolist()[:2] == [people[:36].sum() - south, south]
    assert table["finding"].tolist()[:2] == ["gain", "gain"]
    assert set(table["finding"][2:]) == {"not shown"}
    assert "intervals that hold for all rows together" in found.to_table().note
    # A gain is shown only beyond the simultaneous bound, which is wider than the pointwise one.
    assert found.critical > 2.2


def test_a_group_with_few_units_has_no_standard_error_and_the_others_do() -> None:
    names = ["few" if k < 4 or k > 60 else "many" for k in range(COUNT)]
    found = group_effects(units(), names)
    assert "too few: 4 units" in found.refused[0]
    assert found.findings() == ["too few", "gain", "too few", "not shown"]
    assert found.joint.refusal("gdp in few")
    assert not found.joint.refusal("gdp in many")


def test_equality_of_groups_by_the_difference_of_two() -> None:
    found = group_effects(units(), GROUPS)
    difference = found.joint.estimate[0] - found.joint.estimate[1]
    variance = found.spread.matrix[0, 0] + found.spread.matrix[1, 1] - 2 * found.spread.matrix[0, 1]
    statistic, number, p = found.equal["gdp"]
    assert statistic == pytest.approx(difference**2 / variance, rel=1e-10)
    assert number == 1
    assert 0 < p < 1


def test_before_the_start_groups_are_tested_by_their_earlier_changes() -> None:
    found, values = group_effects(units(), GROUPS), panel().matrix("gdp")
    placebo = units().before_start()
    assert placebo is not None
    assert placebo.before_start() is None
    again = group_effects(placebo, GROUPS)
    effects = []
    for name in again.groups:
        inside = [k for k in range(COUNT) if GROUPS[k] == name]
        beside = [k for k in inside if UNITS[k] not in STARTS]
        own = []
        for k in (k for k in inside if UNITS[k] in STARTS):
            since = STARTS[UNITS[k]] - 2001
            change = values[:, : since - 1].mean(axis=1) - values[:, since - 1]
            own.append(change[k] - change[beside].mean())
        effects.append(np.mean(own))
    assert again.joint.estimate[:2] == pytest.approx(effects, abs=1e-13)
    assert again.before == {}
    # Two groups that do not vary together: the sum of two squares over their variances.
    statistic, number, p = found.before["gdp"]
    assert number == 2
    assert statistic == pytest.approx(((np.array(effects) / again.spread.se[:2]) ** 2).sum(), rel=1e-10)
    assert 0.05 < p < 1
    assert f"before the start, outcome gdp: p = {p:.3f}." in found.to_table().note


def test_a_trend_before_the_start_is_found_and_one_period_before_tells_nothing() -> None:
    trend = panel()
    series = {name: np.array(trend.matrix(name)) for name in ("gdp", "poor")}
    for unit in STARTS:
        series["gdp"][UNITS.index(unit)] += np.arange(8)
    moved = unit_effects(panel_of(series, units=UNITS), OUTCOMES, STARTS)
    assert group_effects(moved, GROUPS).before["gdp"][2] < 1e-4
    assert group_effects(moved, GROUPS).before["poor"][2] > 0.05
    along = effects_along(moved, covariate(), "gdp", degree=1)
    assert along.excluded_before == len(along.points)
    assert effects_along(units(), covariate(), "gdp", degree=1).excluded_before == 0
    late = unit_effects(panel(), OUTCOMES, dict.fromkeys(STARTS, 2002))
    assert late.earlier is None
    assert group_effects(late, GROUPS).before == {}
    assert effects_along(late, covariate(), "gdp").excluded_before is None


def test_quartiles_by_people_and_ties() -> None:
    assert quantile_groups([1.0, 2, 3, 4], 4) == [f"{k} of 4" for k in (1, 2, 3, 4)]
    assert quantile_groups([1.0, 2, 3], 2, weights=[1, 1, 8]) == ["1 of 2", "1 of 2", "2 of 2"]
    assert quantile_groups([1.0, 1.0, 2.0, 2.0], 2) == ["1 of 2", "1 of 2", "2 of 2", "2 of 2"]


# ------------------------------------------------------------------------------------------ along a covariate


def covariate(seed: int = 3) -> Floats:
    return np.random.default_rng(seed).uniform(0, 1, COUNT)


def test_series_is_the_regression_of_unit_effects() -> None:
    x, own = covariate(), units()
    points = np.array([0.2, 0.7])
    found = effects_along(own, x, "gdp", degree=2, points=points)
    treated = own.starts != NEVER
    counter = np.array([own.change[c, ~treated, 0].mean() for c in range(2)])
    effect = own.own[treated, 0] - counter[(own.starts[treated] == 2005).astype(int)]
    expected = np.polyval(np.polyfit(x[treated], effect, 2), points)
    assert found.estimate == pytest.approx(expected, abs=1e-11)
    assert found.critical > 1.96
    assert (found.se > 0).all()


def test_a_very_wide_bandwidth_is_a_straight_line() -> None:
    wide = effects_along(units(), covariate(), "gdp", smoother="local linear", bandwidth=1e5, points=[0.1, 0.5])
    line = effects_along(units(), covariate(), "gdp", degree=1, points=[0.1, 0.5])
    assert wide.estimate == pytest.approx(line.estimate, abs=1e-7)
    assert wide.se == pytest.approx(line.se, rel=1e-6)


def test_both_smoothers_keep_straight_lines() -> None:
    """Effects that are a line in the covariate come out as this line, whatever the bandwidth."""
    x = covariate()
    values = np.zeros((COUNT, 8))
    for k, unit in enumerate(UNITS):
        if unit in STARTS:
            values[k, STARTS[unit] - 2001 :] = 1 + 3 * x[k]
    rng = np.random.default_rng(1)
    values[36:] += rng.normal(0, 1e-9, (COUNT - 36, 8))
    own = unit_effects(panel_of({"gdp": values}, units=UNITS), OUTCOMES[:1], STARTS)
    for options in ({"degree": 3}, {"smoother": "local linear", "bandwidth": 0.4}):
        found = effects_along(own, x, "gdp", points=[0.3, 0.6], **options)
        assert found.estimate == pytest.approx([1.9, 2.8], abs=1e-8)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: group_effects(units(), ["one"] * COUNT), MethodError, "only one group, one"),
        (lambda: group_effects(units(), ["a", "b"]), UsageError, "2 groups for 90 units"),
        (
            lambda: group_effects(units(), ["t" if k < 36 else "c" for k in range(COUNT)]),
            MethodError,
            "no treated units",
        ),
        (lambda: quantile_groups([2.0, 2.0, 2.0]), MethodError, "does not vary: all 3 units have 2"),
        (lambda: quantile_groups([1.0, 1.0, 2.0], 3), MethodError, "too few values for 3 parts"),
        (lambda: effects_along(units(), np.ones(COUNT), "gdp"), MethodError, "does not vary: all 36 treated units"),
        (lambda: effects_along(units(), covariate() > 0.5, "gdp"), MethodError, "2 values among treated units"),
        (lambda: effects_along(units(), covariate(), "gpd"), UsageError, "no outcome 'gpd'"),
        (lambda: effects_along(units(), covariate(), "gdp", degree=9), UsageError, "degree is 9"),
        (lambda: effects_along(units(), covariate(), "gdp", smoother="local linear"), UsageError, "bandwidth is None"),
        (
            lambda: effects_along(units(), covariate(), "gdp", smoother="local linear", bandwidth=1e-4),
            MethodError,
            "treated units lie within",
        ),
        (lambda: unit_effects(panel(), OUTCOMES, {}), MethodError, "no unit is treated"),
        (lambda: unit_effects(panel(), OUTCOMES, {"u99": 2004}), UsageError, "no unit 'u99'"),
        (lambda: unit_effects(panel(), OUTCOMES, {"u01": 2001}), MethodError, "have no period before their start"),
        (lambda: units(clusters={"u01": "a"}), UsageError, "89 units have no cluster"),
        (lambda: units(weights=np.zeros(COUNT)), MethodError, "not positive"),
    ],
)
def test_errors(call: Callable[[], object], error: type[Exception], message: str) -> None:
    with pytest.raises(error) as caught:
        call()
    assert message in str(caught.value)


def test_gaps_are_refused_by_name() -> None:
    values = np.zeros((COUNT, 8))
    values[2, 3] = np.nan
    with pytest.raises(MethodError, match="'gdp' of u02 is missing in 2004"):
        unit_effects(panel_of({"gdp": values}, units=UNITS), OUTCOMES[:1], STARTS)
