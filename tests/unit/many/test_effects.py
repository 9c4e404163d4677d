"""Effects and averages from moments beside unit-level arithmetic, on all outcomes jointly, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from functools import reduce
from typing import TYPE_CHECKING, Any, get_args

import numpy as np
import pytest
from tests.unit.many.plain import Data, by_influence, by_weights, draw, effects_of

from pilotzone.core import DataError, MethodError, UsageError
from pilotzone.evaluation.many import (
    NEVER,
    AggregateKind,
    Base,
    Comparison,
    Controls,
    GroupTimeEffects,
    StackedColumns,
    aggregate_effects,
    group_time_effects,
    merge,
    moments_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray
    from tests.unit.many.plain import Effect

    Floats = NDArray[np.float64]
    Oracle = Callable[[Data, list[Effect]], tuple[dict[Any, float], dict[Any, Floats]]]

INF = np.inf
KINDS: tuple[AggregateKind, ...] = get_args(AggregateKind)
TWO = {"jobs": (2010, 2011, 2012, 2013, 2014, 2015), "co2": (2009, 2011, 2012, 2014, 2016)}
THREE = {**TWO, "water": (2010, 2012, 2013, 2015)}

# Cohorts that begin before, in, between and after the periods of either outcome; one has a single unit.
SIZES: dict[str, dict[float, int]] = {
    "staggered": {2008: 3, 2011: 5, 2012: 9, 2013: 1, 2014: 7, 2016: 6, 2017: 4, INF: 12},
    "all treated in the end": {2012: 6, 2013: 8, 2015: 5},
    "one cohort": {2013: 4, INF: 5},
    "one unit each": {2012: 1, 2013: 1, INF: 1},
}


def layout_of(data: Data) -> StackedColumns:
    return StackedColumns(tuple(data.periods), tuple(data.periods.values()))


def estimate(data: Data, how: Comparison, parts: int = 1) -> GroupTimeEffects:
    layout = layout_of(data)
    stacked = layout.stack(data.values)
    pieces = np.array_split(np.arange(len(stacked)), parts)
    whole = reduce(merge, (moments_of(stacked[p], data.cohorts[p]) for p in pieces))
    return group_time_effects(whole, layout, how)


def assert_joint(ours: Floats, names: list[Any], influence: dict[Any, Floats]) -> None:
    """Hold a joint covariance to the cross products of units' influences, entry by entry."""
    rows = np.array([influence[name] for name in names])
    expected = rows @ rows.T
    scale = np.sqrt(np.outer(np.diag(expected), np.diag(expected)))
    # Where all units of an effect are alone in their cohorts, rounding is all that a variance has.
    assert (np.abs(ours - expected) <= 1e-10 * scale + 1e-24).all()


def cases() -> list[Any]:
    found = []
    for name, sizes in SIZES.items():
        for controls in get_args(Controls):
            if controls == "never_treated" and INF not in sizes:
                continue
            for base in get_args(Base):
                for anticipation in (0, 1):
                    how = Comparison(controls, base, anticipation)
                    found.append(pytest.param(sizes, how, id=f"{name}, {controls}, {base}, {anticipation}"))
    return found


@pytest.mark.parametrize(("sizes", "how"), cases())
@pytest.mark.parametrize("oracle", [by_influence, by_weights])
def test_effects_averages_and_covariances_are_those_of_units(
    sizes: dict[float, int], how: Comparison, oracle: Oracle
) -> None:
    data = draw(sizes, THREE)
    effects = estimate(data, how, parts=5)
    plain = effects_of(data, how.controls, how.base, how.anticipation)
    names: list[Any] = [(c.outcome, float(c.cohort), c.period) for c in effects.cells]
    assert names == [item.name for item in plain]
    assert [(c.base, c.treated_units, c.control_units) for c in effects.cells] == [
        (item.base, item.treated.sum(), item.controls.sum()) for item in plain
    ]
    values, influence = oracle(data, plain)
    np.testing.assert_allclose(effects.estimate, [values[name] for name in names], rtol=1e-10, atol=1e-12)
    assert_joint(effects.covariance, names, influence)

    averages = aggregate_effects(effects, *KINDS)
    labels: list[Any] = [(row.kind, row.outcome, row.at) for row in averages.rows]
    assert set(labels) == set(values) - set(names)
    assert len(labels) == len(set(labels))
    np.testing.assert_allclose(averages.estimate, [values[name] for name in labels], rtol=1e-10, atol=1e-12)
    assert_joint(averages.covariance, labels, influence)
    np.testing.assert_array_equal(averages.covariance, averages.covariance.T)


def test_each_part_of_the_variance_counts() -> None:
    """The oracle above would not tell a part that is zero in its data: here none is."""
    effects = estimate(draw(SIZES["staggered"], TWO), Comparison("not_yet_treated"))
    averages = aggregate_effects(effects, "simple")
    within = averages.weights @ effects.influences.within @ averages.weights.T
    controls, shares = averages.weights @ effects.influences.shares, averages.shares

    def part(one: Floats, other: Floats) -> float:
        return abs(float((one * effects.counts) @ other[0])) / float(averages.covariance[0, 0])

    assert within[0, 0] < averages.covariance[0, 0]
    assert part(controls[0], controls) > 1e-4
    assert part(shares[0], shares) > 1e-4
    assert part(shares[0], controls) > 1e-4
    # One outcome's controls and another's shares: the joint covariance needs all of them.
    assert abs(averages.covariance[0, 1]) > 1e-4 * np.sqrt(averages.covariance[0, 0] * averages.covariance[1, 1])


def test_numbers_of_units_matter_as_shares_alone() -> None:
    """Euler: estimates do not move when all cohorts grow alike, and covariances fall with the number of copies."""
    data = draw(SIZES["staggered"], TWO)
    three = Data(np.tile(data.cohorts, 3), {k: np.tile(v, (3, 1)) for k, v in data.values.items()}, data.periods)
    how = Comparison("not_yet_treated")
    one, more = estimate(data, how), estimate(three, how)
    np.testing.assert_allclose(one.influences.shares @ one.counts, 0, atol=1e-13 * np.abs(one.estimate).max())
    np.testing.assert_allclose(more.estimate, one.estimate, rtol=1e-11, atol=1e-12)
    np.testing.assert_allclose(more.covariance, one.covariance / 3, rtol=1e-9, atol=1e-12)
    averages = aggregate_effects(one, *KINDS)
    np.testing.assert_allclose(averages.shares @ one.counts, 0, atol=1e-12 * np.abs(one.estimate).max())


def test_levels_of_units_cost_no_digits() -> None:
    """Firms that differ by ten orders of magnitude, whose changes are whole numbers: nothing may be lost."""
    data = draw(SIZES["staggered"], TWO)
    small = {name: np.round(8 * values) for name, values in data.values.items()}
    level = np.round(10.0 ** np.linspace(3, 13, len(data.cohorts)))[:, None]
    large = {name: values + level for name, values in small.items()}
    for how in (Comparison(), Comparison("not_yet_treated", "universal", 1)):
        near, far = (estimate(replace(data, values=values), how) for values in (small, large))
        np.testing.assert_array_equal(far.estimate, near.estimate)
        np.testing.assert_array_equal(far.covariance, near.covariance)


def test_levels_of_cohorts_cost_no_digits() -> None:
    """Outcomes stacked as they are: means that no double holds, whose changes are all the same known."""
    layout = StackedColumns(("jobs",), (TWO["jobs"],))
    data = draw(SIZES["staggered"], {"jobs": TWO["jobs"]})
    values = np.round(8 * data.values["jobs"])
    near, far = (group_time_effects(moments_of(values + level, data.cohorts), layout) for level in (0, 1e12))
    np.testing.assert_allclose(far.estimate, near.estimate, rtol=0, atol=1e-12 * near.se.max())
    np.testing.assert_allclose(far.covariance, near.covariance, rtol=0, atol=1e-12 * near.se.max() ** 2)


def test_two_periods_are_the_textbook_difference_in_differences() -> None:
    data = draw({2016: 6, INF: 9}, {"jobs": (2015, 2016)})
    effects = estimate(data, Comparison())
    change = data.values["jobs"] @ [-1.0, 1.0]
    one, other = change[data.cohorts == 2016], change[data.cohorts == INF]
    assert effects.estimate[0] == pytest.approx(one.mean() - other.mean(), rel=1e-13)
    assert effects.se[0] == pytest.approx(np.sqrt(one.var() / len(one) + other.var() / len(other)), rel=1e-13)
    averages = aggregate_effects(effects, *KINDS)
    np.testing.assert_allclose(averages.estimate, effects.estimate[0], rtol=1e-14)
    np.testing.assert_allclose(averages.se, effects.se[0], rtol=1e-14)


def test_late_cohorts_are_never_treated_up_to_the_last_period() -> None:
    """Of each outcome: the cohort of 2016 is treated in the periods of one outcome and not in those of the other."""
    data = draw({2012: 5, 2016: 6, 2018: 4, INF: 7}, TWO)
    effects = estimate(data, Comparison())
    units = {(c.outcome, c.cohort): c.control_units for c in effects.cells}
    assert units == {("jobs", 2012): 17, ("co2", 2012): 11, ("co2", 2016): 11}
    renamed = replace(data, cohorts=np.where(data.cohorts == 2018, INF, data.cohorts))
    np.testing.assert_allclose(estimate(renamed, Comparison()).estimate, effects.estimate, rtol=1e-12)
    assert effects.left_out == ()


def test_a_cohort_that_anticipates_from_behind_the_last_period_is_no_never_treated_one() -> None:
    data = draw({2012: 5, 2016: 6, INF: 7}, {"jobs": TWO["jobs"]})
    never = estimate(data, Comparison(anticipation=1))
    assert {c.control_units for c in never.cells} == {7}
    later = estimate(data, Comparison("not_yet_treated", anticipation=1))
    assert {c.period: c.control_units for c in later.cells if c.period >= 2014} == {2014: 13, 2015: 7}
    for effects in (never, later):
        (left,) = effects.left_out
        assert (left.cohort, left.period) == (2016, None)
        assert left.why == "treated after the last period, but anticipating within the periods"


def test_what_cannot_be_estimated_is_listed() -> None:
    data = draw({2010: 3, 2012: 4, 2014: 5}, {"jobs": TWO["jobs"]})
    effects = estimate(data, Comparison("not_yet_treated"))
    assert [(c.cohort, c.period, c.base) for c in effects.cells] == [
        (2012, 2011, 2010),
        (2012, 2012, 2011),
        (2012, 2013, 2011),
        (2014, 2011, 2010),
    ]
    assert [(item.cohort, item.period) for item in effects.left_out] == [
        (2010, None),
        (2012, 2014),
        (2012, 2015),
        (2014, 2012),
        (2014, 2013),
        (2014, 2014),
        (2014, 2015),
    ]
    assert effects.left_out[0].why == "treated, or anticipating, from the first period on: nothing to compare with"
    assert {item.why for item in effects.left_out[1:]} == {"no unit is not yet treated"}


def test_references_are_zero_and_out_of_averages_that_have_more() -> None:
    """Cohorts of 2012 and 2013 with periods 2011 and 2013 have their bases one and two years before treatment."""
    data = draw({2012: 6, 2013: 5, INF: 8}, {"co2": (2009, 2010, 2011, 2013, 2014)})
    effects = estimate(data, Comparison(base="universal"))
    references = np.array([c.reference for c in effects.cells])
    assert [(c.cohort, c.event) for c in effects.cells if c.reference] == [(2012, -1), (2013, -2)]
    assert (effects.estimate[references] == 0).all()
    assert (effects.covariance[references] == 0).all()
    averages = aggregate_effects(effects, "dynamic")
    by_event = {row.at: (averages.estimate[k], averages.se[k]) for k, row in enumerate(averages.rows)}
    at = {(c.cohort, c.period): k for k, c in enumerate(effects.cells)}
    alone = at[2012, 2010]  # two years before, where 2013 has its reference
    assert by_event[-2] == (effects.estimate[alone], effects.se[alone])
    assert by_event[-1] == (0.0, 0.0)  # 2012 in 2011; 2013 has no period 2012


@pytest.mark.parametrize(
    ("cohorts", "how", "said"),
    [
        ([2012, 2013, 2013], Comparison(), "no unit is never treated.*'not_yet_treated'"),
        ([2013, 2013, 2013], Comparison("not_yet_treated"), "no unit is not yet treated"),
        ([NEVER, NEVER, INF], Comparison(), "no cohort is treated"),
        ([2010, 2009, INF], Comparison(), "from the first period on"),
        ([0, 2012, 2012], Comparison(), "NEVER, not 0"),
    ],
)
def test_nothing_to_estimate_says_why(cohorts: list[float], how: Comparison, said: str) -> None:
    layout = StackedColumns(("jobs",), (TWO["jobs"],))
    values = np.arange(18.0).reshape(3, 6)
    with pytest.raises(MethodError, match=f"(?s)no effect can be estimated.*{said}"):
        group_time_effects(moments_of(values, cohorts), layout, how)


def test_nothing_after_treatment_says_so() -> None:
    """The last cohort alone has periods with controls, and only before its treatment."""
    data = draw({2012: 4, 2013: 4}, {"jobs": (2009, 2010, 2013)})
    effects = estimate(data, Comparison("not_yet_treated"))
    assert [(c.cohort, c.period) for c in effects.cells] == [(2012, 2010), (2013, 2010)]
    with pytest.raises(MethodError, match="'jobs' has no effect after treatment"):
        aggregate_effects(effects, "simple")


def test_unknown_options() -> None:
    effects = estimate(draw({2016: 6, INF: 9}, {"jobs": (2015, 2016)}), Comparison())
    with pytest.raises(UsageError, match="Did you mean 'dynamic'"):
        aggregate_effects(effects, "dynamics")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="'calendar'"):
        aggregate_effects(effects)
    with pytest.raises(UsageError, match="Did you mean 'not_yet_treated'"):
        Comparison("notyet_treated")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="base is 'long'"):
        Comparison(base="long")  # type: ignore[arg-type]
    for bad in (-1, 0.5, True):
        with pytest.raises(MethodError, match="anticipation"):
            Comparison(anticipation=bad)  # type: ignore[arg-type]


def test_layouts_that_do_not_fit() -> None:
    layout = StackedColumns(("jobs", "co2"), ((1, 2), (1, 3)))
    with pytest.raises(DataError, match="values of jobs are given"):
        layout.stack({"jobs": np.zeros((3, 2))})
    with pytest.raises(DataError, match=r"'co2' has values of shape \(2, 2\)"):
        layout.stack({"jobs": np.zeros((3, 2)), "co2": np.zeros((2, 2))})
    with pytest.raises(MethodError, match="have 3 columns"):
        group_time_effects(moments_of(np.zeros((2, 3)), [2, INF]), layout)
    for outcomes, periods in [
        ((), ()),
        (("a", "a"), ((1, 2), (1, 2))),
        (("a",), ((2, 1),)),
        (("a",), ((1,),)),
        (("a",), ()),
    ]:
        with pytest.raises(MethodError):
            StackedColumns(outcomes, periods)
