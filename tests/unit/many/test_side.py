"""Estimators side by side: what stands in which column, as text, HTML and LaTeX."""

from __future__ import annotations

import numpy as np
import pytest
from tests.unit.many.plain import draw

from pilotzone.core import Table, UsageError
from pilotzone.evaluation.many import (
    Comparison,
    GroupTimeEffects,
    StackedColumns,
    aggregate_effects,
    group_time_effects,
    imputation,
    moments_of,
    side_by_side,
    sun_abraham,
    two_way,
    two_way_events,
)

INF = np.inf
PERIODS: dict[str, tuple[int, ...]] = {"jobs": (2010, 2011, 2012, 2013), "co2": (2009, 2011, 2012, 2014)}
LAYOUT = StackedColumns(tuple(PERIODS), tuple(PERIODS.values()))
DATA = draw({2011: 6, 2012: 5, 2013: 5, INF: 9}, PERIODS, seed=4)
MOMENTS = moments_of(LAYOUT.stack(DATA.values), DATA.cohorts)


def three() -> dict[str, GroupTimeEffects]:
    return {
        "CS": group_time_effects(MOMENTS, LAYOUT, Comparison("not_yet_treated")),
        "SA": sun_abraham(MOMENTS, LAYOUT),
        "BJS": imputation(MOMENTS, LAYOUT),
    }


def cell(table: Table, outcome: str, effect: str, column: str) -> tuple[str, str]:
    """Return an effect and what stands below it."""
    columns = table.columns
    at = next(
        k for k, pair in enumerate(zip(columns["outcome"], columns["effect"], strict=True)) if pair == (outcome, effect)
    )
    return str(columns[column][at]), str(columns[column][at + 1])


def test_every_average_stands_in_its_row_and_column() -> None:
    found = three()
    table = side_by_side(found)
    assert list(table.columns) == ["outcome", "effect", "CS", "SA", "BJS"]
    words = {"simple": "all effects", "dynamic": "mean over event times"}
    seen = 0
    for name, effects in found.items():
        averages = aggregate_effects(effects, "simple", "dynamic")
        for row, value, error in zip(averages.rows, averages.estimate, averages.se, strict=True):
            label = words[row.kind] if row.at is None else f"event time {row.at}".replace("-", "\N{MINUS SIGN}")
            first, second = cell(table, row.outcome, label, name)
            seen += 1
            if error == 0:
                assert (first, second) == ("0", "reference")
                continue
            assert second[0] + second[-1] == "()"
            digits = second[1:-1].replace(".", "").lstrip("0")
            assert len(digits) == 3
            assert float(second[1:-1].replace(",", "")) == pytest.approx(error, rel=5e-3)
            places = len(second[1:-1].partition(".")[2])
            read = float(first.replace("\N{MINUS SIGN}", "-").replace(",", ""))
            assert read == pytest.approx(value, abs=0.5 * 10.0**-places + 1e-12)
            assert len(first.partition(".")[2]) == places
    filled = [
        c
        for name in found
        for k, c in enumerate(table.columns[name])
        if k % 2 == 0 and c and table.columns["outcome"][k]
    ]
    assert len(filled) == seen
    assert table.note == "Standard errors in brackets, clustered by unit; cohorts' shares are estimated."


def test_what_stands_below() -> None:
    found = three()
    table = side_by_side(found)
    facts = dict(zip(table.columns["effect"], zip(*(table.columns[name] for name in found), strict=True), strict=True))
    assert facts["units"] == ("25", "25", "25")
    assert facts["of these never treated"] == ("9", "9", "9")
    assert facts["controls"] == ("not yet treated", "never treated", "not yet treated")
    assert facts["base before treatment"] == ("varying", "universal", "universal")
    effects = tuple(str(sum(not c.reference for c in one.cells)) for one in found.values())
    assert facts["effects by cohort and period"] == effects
    assert facts["cohorts or periods left out"] == ("0", "0", "0")


def test_two_way_fixed_effects_are_a_warning_beside_them() -> None:
    warning, events = two_way(MOMENTS, LAYOUT), two_way_events(MOMENTS, LAYOUT)
    table = side_by_side(three(), two_way=warning, two_way_events=events)
    last = list(table.columns)[-1]
    assert last == "two-way fixed effects (warning)"
    for o, outcome in enumerate(warning.outcomes):
        first, _ = cell(table, outcome, "all effects", last)
        assert float(first.replace("\N{MINUS SIGN}", "-")) == pytest.approx(warning.coefficient[o], rel=0.02)
        assert cell(table, outcome, "mean over event times", last) == ("", "")
    at = events.events.index(1)
    assert events.outcomes[at] == "jobs"
    first, second = cell(table, "jobs", "event time 1", last)
    assert float(first.replace("\N{MINUS SIGN}", "-")) == pytest.approx(events.estimate[at], rel=0.02)
    assert float(second[1:-1]) == pytest.approx(events.se[at], rel=5e-3)
    assert "they estimate no effect here" in table.note
    for said in warning.statements():
        assert said in table.note


def test_errors_that_the_guard_refuses_are_not_printed() -> None:
    """The cohort of 2011 alone has event time 2 on jobs; here it is of two units."""
    data = draw({2011: 2, 2012: 9, 2013: 8, INF: 9}, PERIODS, seed=4)
    moments = moments_of(LAYOUT.stack(data.values), data.cohorts)
    found = {"SA": sun_abraham(moments, LAYOUT), "BJS": imputation(moments, LAYOUT)}
    warning = two_way(moments, LAYOUT), two_way_events(moments, LAYOUT)
    table = side_by_side(found, "dynamic", "simple", two_way=warning[0], two_way_events=warning[1], shares="given")
    for name in list(table.columns)[2:]:
        first, second = cell(table, "jobs", "event time 2", name)
        assert first != ""
        assert second == "too few"
        assert cell(table, "jobs", "event time 0", name)[1].startswith("(")
    said = "SA, jobs, event time 2: no standard error, too few: 2 units in a group that matters, 5 needed."
    assert said in table.note
    assert "shares are taken as given" in table.note


def test_text_html_and_latex_hold_the_same() -> None:
    jobs = StackedColumns(("jobs",), (PERIODS["jobs"],))
    moments = moments_of(jobs.stack({"jobs": DATA.values["jobs"]}), DATA.cohorts)
    table = side_by_side({"CS & co": group_time_effects(moments, jobs)}, "simple", "group", "calendar")
    assert list(table.columns) == ["effect", "CS & co"]
    assert table.title == "Effects on jobs by estimator"
    assert [row for row in table.columns["effect"] if row][:9] == [
        "all effects",
        "mean over cohorts",
        "cohort 2011",
        "cohort 2012",
        "cohort 2013",
        "mean over periods",
        "period 2011",
        "period 2012",
        "period 2013",
    ]
    first, second = (str(c) for c in table.columns["CS & co"][:2])
    text, html, latex = table.to_text(), table.to_html(), table.to_latex(label="tab:side")
    assert text.splitlines()[3].split() == ["all", "effects", first.replace("\N{MINUS SIGN}", "-")]
    assert text.splitlines()[4].strip() == second
    assert f"<td>{second}</td>" in html
    assert "CS &amp; co" in html
    assert f"& {second} \\\\" in latex
    assert r"CS \& co" in latex


def test_numbers_of_all_sizes() -> None:
    jobs = StackedColumns(("jobs",), ((2015, 2016),))
    tiny = ("1.50e\N{MINUS SIGN}30", "(3.95e\N{MINUS SIGN}31)")
    for size, expected in [(1.0, ("1.500", "(0.395)")), (1e6, ("1,500,000", "(395,000)")), (1e-30, tiny)]:
        values = size * np.tile([[1, 4], [3, 4], [5, 5], [7, 8]], (4, 1))
        effects = group_time_effects(moments_of(jobs.stack({"jobs": values}), [2016, 2016, INF, INF] * 4), jobs)
        table = side_by_side({"CS": effects}, "simple")
        assert tuple(table.columns["CS"][:2]) == expected
    # Where nothing varies the standard error is zero, and is said to be.
    flat = group_time_effects(
        moments_of(np.repeat([[0.0, 2.0], [0.0, 0.0]], 5, axis=0), np.repeat([2016, INF], 5)), jobs
    )
    assert tuple(side_by_side({"CS": flat}, "simple").columns["CS"][:2]) == ("2.00", "(0.00)")


def test_what_cannot_be_compared() -> None:
    with pytest.raises(UsageError, match="no estimator is given"):
        side_by_side({})
    jobs = StackedColumns(("jobs",), (PERIODS["jobs"],))
    moments = moments_of(jobs.stack({"jobs": DATA.values["jobs"]}), DATA.cohorts)
    with pytest.raises(UsageError, match="'B' is of outcomes jobs, 'A' of jobs, co2"):
        side_by_side({"A": three()["CS"], "B": group_time_effects(moments, jobs)})
