"""Courses of groups before the start: by their definition, against `evaluate`, and on the way to a verdict."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from scipy import stats
from tests.unit.inclusion.test_groups import GROUPS, STARTS, UNITS, panel
from tests.unit.inclusion.test_manyunits import table

import pilotzone as pz
from pilotzone.core import DataError, Outcome, Panel, SeriesInfo
from pilotzone.evaluation.inclusion import GroupEffects, group_effects, manyunits, unit_effects, unit_effects_of
from pilotzone.judgement import judge

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pilotzone.evaluation.inclusion.groups import CompareWith

    Floats = NDArray[np.float64]

OUTCOMES = [
    Outcome("gdp", "development", "up", 1.0, "level"),
    Outcome("poor", "inclusion", "down", 1.5, "level"),
]
COLUMNS: dict[str, Any] = {"unit": "unit", "time": "period", "cohort": "start"}
UNEVEN = (2001, 2002, 2004, 2005, 2008, 2009)
TWO = {unit: 2005 if k % 2 else 2008 for k, unit in enumerate(STARTS)}
"""Starts after periods that are not a year apart: the base is 2004, and 2005."""


def uneven() -> Panel:
    rng = np.random.default_rng(6)
    values = {name: rng.normal(0, 1, (len(UNITS), len(UNEVEN))).cumsum(axis=1) for name in ("gdp", "poor")}
    return Panel(tuple(UNITS), UNEVEN, values, {name: SeriesInfo(name, "t", "drawn") for name in values})


def by_definition(values: Floats, weights: Floats, group: str, compare_with: str) -> Floats:
    """Return effect, two differences before the base and two moves of a group, unit by unit."""
    total, below = np.zeros(5), 0.0
    kept = [k for k, unit in enumerate(UNITS) if unit not in TWO and (compare_with == "all" or GROUPS[k] == group)]
    beside = weights[kept] @ values[kept] / weights[kept].sum()
    for k, unit in enumerate(UNITS):
        if unit in TWO and GROUPS[k] == group:
            own = values[k] - beside
            base = UNEVEN.index(TWO[unit]) - 1
            steps = [(own[base + j] - own[base + j - 1]) / (UNEVEN[base + j] - UNEVEN[base + j - 1]) for j in (-1, 0)]
            away = [own[base - 2] - own[base], own[base - 1] - own[base]]
            total += weights[k] * np.array([own[base + 1 :].mean() - own[base], *away, *steps])
            below += weights[k]
    return total / below


@pytest.mark.parametrize("compare_with", ["same group", "all"])
def test_courses_and_their_covariance_are_those_of_their_definition(compare_with: CompareWith) -> None:
    """Covariances by derivatives with respect to the weight of each unit, centred in what is drawn apart."""
    weights = np.random.default_rng(2).uniform(0.5, 2, len(UNITS))
    units = unit_effects(uneven(), OUTCOMES, TWO, weights=weights)
    found = group_effects(units, GROUPS, compare_with=compare_with)
    parts = courses(found)
    for k, name in enumerate(("gdp", "poor")):
        values = uneven().matrix(name)
        for g, group in enumerate(("north", "south")):
            own = by_definition(values, weights, group, compare_with)
            course, step = parts[2 * k + g], 1e-6
            rows = []
            for i in range(len(UNITS)):
                more, less = weights.copy(), weights.copy()
                more[i] *= 1 + step
                less[i] *= 1 - step
                ends = [by_definition(values, each, group, compare_with) for each in (more, less)]
                rows.append((ends[0] - ends[1]) / (2 * step))
            matrix = centred(np.array(rows), compare_with)
            assert course.against_base == pytest.approx(own[0], abs=1e-13)
            assert found.joint.estimate[2 * k + g] == pytest.approx(own[0], abs=1e-13)
            assert course.estimate == pytest.approx(own[1:3], abs=1e-13)
            assert course.se == pytest.approx(np.sqrt(matrix.diagonal()[1:3]), rel=1e-6)
            chosen = [0, 3, 4]
            assert course.study.estimate == pytest.approx(own[chosen], abs=1e-13)
            assert course.study.covariance == pytest.approx(matrix[np.ix_(chosen, chosen)], rel=1e-5, abs=1e-10)
            assert found.spread.matrix[2 * k + g, 2 * k + g] == pytest.approx(course.study.covariance[0, 0], rel=1e-9)
            # Since 2005: 1, 4 and 5 years after 2004; since 2008: 3 and 4 years after 2005.
            inside = [unit for i, unit in enumerate(UNITS) if unit in TWO and GROUPS[i] == group]
            size = dict(zip(UNITS, weights.tolist(), strict=True))
            reach = {2005: (1 + 4 + 5) / 3, 2008: (3 + 4) / 2}
            mean = sum(size[unit] * reach[TWO[unit]] for unit in inside) / sum(size[unit] for unit in inside)
            assert course.study.reach == pytest.approx(mean, rel=1e-12)


def centred(rows: Floats, compare_with: str) -> Floats:
    """Return the covariance: cohorts of a group and their controls are drawn apart."""
    codes = [
        (TWO.get(unit, 0), GROUPS[k] if unit in TWO or compare_with == "same group" else "")
        for k, unit in enumerate(UNITS)
    ]
    found = np.zeros((5, 5))
    for code in set(codes):
        some = rows[[other == code for other in codes]]
        away = some - some.mean(axis=0)
        found += away.T @ away * len(some) / (len(some) - 1)
    return found


def courses(found: GroupEffects) -> tuple[Any, ...]:
    assert found.joint.covariance is not None
    breakdown: Any = found.joint.covariance.breakdown
    return tuple(breakdown.parts)


def test_courses_of_one_cohort_are_the_event_study_of_evaluate() -> None:
    starts = dict.fromkeys(STARTS, 2005)
    found = group_effects(unit_effects(panel(), OUTCOMES, starts), GROUPS)
    frame = panel().to_frame()
    frame = frame[frame["series"] == "gdp"].rename(columns={"value": "gdp"})
    frame["start"] = [starts.get(unit, 0) for unit in frame["unit"]]
    for g, group in enumerate(("north", "south")):
        inside = {unit for unit, name in zip(UNITS, GROUPS, strict=True) if name == group}
        other = pz.evaluate(
            frame[frame["unit"].isin(inside)],
            unit="unit",
            time="period",
            cohort="start",
            outcomes="gdp",
            controls="never_treated",
            summary="dynamic",
            base="universal",
        )
        early = [row.estimate for row in other.of("dynamic") if row.at is not None and row.at < -1]
        course = courses(found)[g]
        assert course.periods == (-4, -3, -2)
        assert course.estimate == pytest.approx(early, abs=1e-13)
        (departures,) = [found.joint.covariance.departures[f"gdp in {group}"]] if found.joint.covariance else []
        assert departures.largest == pytest.approx(np.abs(np.diff([*early, 0.0])).max(), abs=1e-13)


def test_a_verdict_on_groups_rests_on_their_courses() -> None:
    """A group that had left its controls before the start is found to have, and its finding does not outlive that."""
    moved = panel()
    values = moved.matrix("gdp").copy()
    late = np.arange(8) - 3
    for k, unit in enumerate(UNITS):
        if unit in STARTS:
            values[k] *= 0.2
            values[k] += (2.0 * late if GROUPS[k] == "north" else 4.0 * (late >= STARTS[unit] - 2004)) + 0.0
        else:
            values[k] *= 0.2
    changed = replace(moved, values={**moved.values, "gdp": values})
    found = group_effects(unit_effects(changed, OUTCOMES[:1], STARTS), GROUPS)
    north, south = (item.checks for item in found.joint.identification)
    assert [item.outcome for item in found.joint.identification] == ["gdp in north", "gdp in south"]
    assert north[0].state == "failed"
    assert north[1].state == "failed"
    assert south[0].state == "passed"
    assert found.findings() == ["gain", "gain"]
    verdict = judge(found.joint)
    assert [test.identification for test in verdict.tests] == ["failed", "passed"]
    assert found.joint.covariance is not None
    breakdown = found.joint.covariance.breakdown
    assert breakdown is not None
    north_course, south_course = courses(found)
    # As estimated, a steady trend makes all of the effect: its reach times one move.
    steady = north_course.against_base / (north_course.study.reach * north_course.departures.largest)
    assert 0 < breakdown(0, 1, 0.0, 0.05) < steady < 1.2
    assert breakdown(1, 1, 0.0, 0.05) > 1.5 * steady
    assert south_course.departures.largest < north_course.departures.largest


def test_groups_without_margins_or_earlier_periods_or_units_say_so() -> None:
    bare = group_effects(unit_effects(panel(), [Outcome("gdp", None, "up", None, "level")], STARTS), GROUPS)
    assert bare.joint.identification == ()
    assert bare.joint.covariance is not None
    assert bare.joint.covariance.breakdown is None
    short = group_effects(unit_effects(panel(), OUTCOMES, dict.fromkeys(STARTS, 2002)), GROUPS)
    assert {item.checks[0].statement for item in short.joint.identification} == {
        "There is only one period before the start, and no difference before it to test."
    }
    names = ["few" if k < 4 or k > 60 else "many" for k in range(len(UNITS))]
    few = group_effects(unit_effects(panel(), OUTCOMES, STARTS), names).joint.identification
    assert "too few: 4 units" in few[0].checks[0].statement
    assert few[1].checks[0].value is not None


def test_clusters_count_as_draws_of_courses() -> None:
    clusters = {unit: f"c{k // 3}" for k, unit in enumerate(UNITS)}
    found = group_effects(unit_effects(panel(), OUTCOMES, STARTS, clusters=clusters), GROUPS)
    for k, course in enumerate(courses(found)):
        assert course.study.covariance[0, 0] == pytest.approx(found.spread.matrix[k, k], rel=1e-9)
        limit = stats.t.ppf(0.95, course.study.degrees)
        assert course.study.limit(1, 0.0, 0.05) == pytest.approx(
            course.against_base - limit * np.sqrt(found.spread.matrix[k, k]), rel=1e-9
        )


def test_courses_from_a_file_are_those_of_a_panel_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    frame = table()
    units, _ = unit_effects_of(frame, OUTCOMES, **COLUMNS)
    own = courses(group_effects(unit_effects(panel(), OUTCOMES, STARTS), GROUPS))
    for course, other in zip(courses(group_effects(units, GROUPS)), own, strict=True):
        assert course.estimate == pytest.approx(other.estimate, abs=1e-13)
        assert course.study.covariance == pytest.approx(other.study.covariance, rel=1e-10, abs=1e-14)
    # 90 units, two starts and two outcomes: two changes and two moves each.
    monkeypatch.setattr(manyunits, "_MOST_VALUES", 90 * 2 * 2 * 4 - 1)
    with pytest.raises(DataError, match="or without margins"):
        unit_effects_of(frame, OUTCOMES, **COLUMNS)
    unit_effects_of(frame, ["gdp", "poor"], **COLUMNS)
