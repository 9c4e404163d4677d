"""What lands where: figures of the account with the place of each, nothing handed out by a rule, and the map."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import Any

import pytest

from pilotzone.appraisal import HOURS, Landed, Landing, landed_figure
from pilotzone.core import UsageError
from pilotzone.study import parse, run_study
from pilotzone.study.appraisal import AppraisalFindings

FILE = """\
title = "A small campus"
[appraisal]
region = "{region}"
price_year = 2017
deflator = "given so"
first_year = 2018
{more}
[investment]
it_mw = 10.0
[[burden]]
kind = "health"
name = "SO2"
bearer = "province"
low = 80.0
high = 400.0
per_low = 1.0
source = "a test"
per_high = 2.0
{impact}
"""


@lru_cache(maxsize=4)
def found(region: str = "CN-GZ", more: str = "", impact: str = "") -> AppraisalFindings:
    done: Any = run_study(parse(FILE.format(region=region, more=more, impact=impact), "small", kind="appraisal"))
    assert isinstance(done.findings, AppraisalFindings)
    return done.findings


def landed(*given: str) -> Landed:
    of = found(*given).landed
    assert of is not None
    return of


def line(of: Landed, what: str, when: str = "") -> Landing:
    return next(one for one in of.lines if one.what == what and one.when.startswith(when))


def test_values_are_those_of_the_account_and_parties_have_one_place_each() -> None:
    money, of = found().money, landed()
    assert money is not None
    for party, where in (("operator", "open"), ("province", "region"), ("rest", "rest")):
        one = next(x for x in of.lines if x.what.endswith({"rest": "rest of the country"}.get(party, party)))
        assert (one.value, one.where) == (money.values[party], where)
    # Brute force: what is used in a year is IT energy times water for each MWh.
    v = money.venture.value
    water = v("it_mw") * v("load") * HOURS * v("water_m3_per_mwh")
    assert line(of, "water used on the site").value == pytest.approx(water, rel=1e-12)
    jobs = line(of, "jobs on the site", "a year")
    assert jobs.value == pytest.approx(10 * v("jobs_per_mw"), rel=1e-12)
    assert jobs.standing == money.venture.figures["jobs_per_mw"].status == "ASSUMED"


def test_tonnes_are_those_of_the_study_at_plants_whose_place_is_not_known() -> None:
    one = line(landed(), "SO2")
    assert (one.low, one.value, one.high, one.unit, one.where) == (80.0, 240.0, 400.0, "t", "plants")
    assert "place not known" in landed().place("plants")
    assert "put on the province" in one.note


def test_what_is_called_for_lands_in_the_region_and_what_leaks_outside() -> None:
    impact = "[impact]\nconstruction = { construction = 0.5 }\noperation = { utilities = 0.6 }"
    of = landed("CN-GZ", "", impact)
    effects = found("CN-GZ", "", impact).impact
    assert effects is not None
    rows = {(row["phase"], row["effect"]): row["type I"] for row in effects.effects.records()}
    assert line(of, "value added, type I", "while").value == rows["construction", "value added"]
    leaked = line(of, "spending that leaks at once", "a year")
    assert (leaked.value, leaked.where) == (rows["operation", "leaked at once"], "outside")
    assert line(of, "jobs at suppliers").value is None


def test_the_map_shows_the_region_and_one_body_of_all_others() -> None:
    figure = landed_figure(landed())
    assert figure is not None
    rows = figure.chart.data["shapes"]
    kinds = {row["kind"] for row in rows}
    assert len(kinds) == 2
    assert [row["code"] for row in rows if row["kind"].startswith("\N{BLACK STAR}")] == ["CN-GZ"]
    assert len({row["value"] for row in rows if row["code"] != "CN-GZ"}) == 1
    chart: Any = landed().plot()
    assert len(chart.to_dict()["datasets"]["shapes"]) == len(rows)


def test_a_region_without_shapes_has_the_table_and_says_so() -> None:
    of = replace(landed(), code="Northmarch", region="Northmarch")
    assert landed_figure(of) is None
    with pytest.raises(UsageError, match="no shapes of 'Northmarch'"):
        of.plot()
    own = run_study(parse(FILE.format(region="Northmarch", more="", impact=""), "small", kind="appraisal"))
    page = own.report()
    assert "There is no map: the evidence has no shapes of Northmarch." in page
    assert 'id="appraisal-map"' not in page


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"where": "everywhere"}, "where 'SO2' lands"),
        ({"low": 3.0, "high": 2.0}, "begins at 3 and ends at 2"),
        ({"value": float("nan")}, "is not a finite number"),
    ],
)
def test_a_line_that_says_nothing_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        replace(line(landed(), "SO2"), **change)
