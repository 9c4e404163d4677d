"""Tax incentives for data centres as treatments: what follows from the rule, against lists made by hand from the laws.

The lists were made by reading the table of laws row by row, without the code that is tested:

- *Statewide* is said, in the words of the source, of AL, AR, AZ, CT, FL, GA (both), ID, IL, IN, KS, KY (old), LA, MA,
  MD, MN, MO, MS, NC (2015), NE (both), NV, OH (both), PA (both), SC, TN (both), TX, VA (2009), WI, WY (both). Limited
  are IA (web search portals), KY 2024 (one county), MI (colocation), NC 2006 (tiers), ND (four centres), NY (web
  hosting), OK (by business), UT (enterprise centres), VA 2008 (localities), WA (rural counties), WV (technology firms).
- *Capped* is PA 2016 alone. *Of unknown date* are the old forms in GA, OK and TN.
- *Low confidence* have GA (old), KY (old), MA, OH 2011, OK, TN (old).
"""

from __future__ import annotations

from typing import Any, cast

import pytest

from pilotzone.core import UsageError
from pilotzone.gather import Treatment, TreatmentRule, assign_treatment, load_evidence

EXEMPT = {"US-AK", "US-DE", "US-MT", "US-NH", "US-OR"}
NONE_FOUND = {f"US-{code}" for code in ("CA", "CO", "DC", "HI", "ME", "NJ", "NM", "RI", "SD", "VT")}

BY_HAND = {
    "US-AL": 2012, "US-AZ": 2013, "US-FL": 2017, "US-IL": 2019, "US-IN": 2019, "US-MN": 2012, "US-MO": 2015,
    "US-MS": 2010, "US-NC": 2016, "US-NE": 2010, "US-NV": 2015, "US-OH": 2013, "US-SC": 2012, "US-TX": 2013,
    "US-VA": 2010, "US-WY": 2010,
}  # fmt: skip
"""First statewide, uncapped law of known date, 2007-2019, sure or less so, with no law of unknown date in the state.

Sixteen: GA and TN have a law of unknown date; IA's law of 2007 is for web search portals; PA's uncapped law is of 2022.
In NC and VA a limited law came first, in OH one of low confidence: here they are ignored.
"""


def treated(**rule: Any) -> Treatment:
    span = {key: rule.pop(key) for key in ("first", "last", "anticipation") if key in rule}
    return assign_treatment(load_evidence().policy("us-data-center-incentives"), TreatmentRule(**rule), **span)


def wide(**rule: Any) -> dict[str, int]:
    return treated(**{"widening": True, "earlier": "ignore", "earliest": 2007, "latest": 2019, **rule}).cohorts


def test_first_statewide_laws_are_those_counted_by_hand() -> None:
    assert len(BY_HAND) == 16
    assert wide(in_force_after_july="same year") == BY_HAND
    assert wide(in_force_after_july="same year", kinds=("sales-tax",)) == BY_HAND


def test_laws_after_july_count_from_the_next_year() -> None:
    """Arizona from 2013-08-31, Missouri 2015-08-28, Texas 2013-09-01; on 1 July: FL, IN, MN, VA."""
    assert wide() == BY_HAND | {"US-AZ": 2014, "US-MO": 2016, "US-TX": 2014}


def test_laws_of_which_only_the_year_is_known() -> None:
    """AL, IL, MS, NE (2010), NV, OH and WY (2010) have a year alone; NE and WY have a dated law in 2012 and 2011."""
    dated = {"US-AZ": 2014, "US-FL": 2017, "US-IN": 2019, "US-MN": 2012, "US-MO": 2016, "US-NC": 2016, "US-SC": 2012}
    dated |= {"US-TX": 2014, "US-VA": 2010}
    assert wide(year_only="leave out") == dated | {"US-NE": 2012, "US-WY": 2011}
    # With the year after: Illinois 2020 is after the last year of the rule; the others are a year later.
    later = {"US-AL": 2013, "US-MS": 2011, "US-NE": 2011, "US-NV": 2016, "US-OH": 2014, "US-WY": 2011}
    assert wide(year_only="next year") == dated | later


def test_only_sure_laws() -> None:
    """Mississippi and Nevada are less sure; so is Wyoming 2010, but not what widened it in 2011."""
    sure = {region: year for region, year in BY_HAND.items() if region not in {"US-MS", "US-NV"}}
    assert wide(in_force_after_july="same year", confidence="high") == sure | {"US-WY": 2011}


def test_without_a_law_of_unknown_date_two_more_are_treated() -> None:
    ignored = wide(in_force_after_july="same year", unknown_date="ignore")
    assert ignored == BY_HAND | {"US-GA": 2018, "US-TN": 2016}
    # Neither can be a comparison in a panel that ends before: something may have been in force.
    early = treated(first=2000, last=2010, unknown_date="ignore")
    assert {"US-GA", "US-TN", "US-OK"} <= {*early.left_out}


def test_limited_and_capped_laws_count_where_the_rule_says_so() -> None:
    """By date: IA 2007, VA 2008, NC 2006 (before 2007), WV 2009, WA 2010, ND 2015, MI 2016, UT 2016; NY is of 2000."""
    more = {"US-IA": 2007, "US-VA": 2008, "US-WV": 2009, "US-WA": 2010, "US-ND": 2015, "US-MI": 2016, "US-UT": 2016}
    assert wide(in_force_after_july="same year", reach="any") == BY_HAND | more
    assert wide(in_force_after_july="same year", reach="any", kinds=("property-tax",)) == {
        "US-AL": 2012, "US-NE": 2010, "US-NV": 2015, "US-WV": 2009,
    }  # fmt: skip
    assert wide(in_force_after_july="same year", capped=True) == BY_HAND | {"US-PA": 2017}


def test_the_default_rule_leaves_out_rather_than_guesses() -> None:
    found = treated(first=2000, last=2019)
    assert found.cohorts == {
        "US-AL": 2012, "US-AZ": 2014, "US-FL": 2017, "US-IL": 2019, "US-IN": 2019, "US-MN": 2012, "US-MO": 2016,
        "US-MS": 2010, "US-NE": 2010, "US-NV": 2015, "US-SC": 2012, "US-TX": 2014, "US-WY": 2010,
    }  # fmt: skip
    later = {f"US-{code}" for code in ("AR", "CT", "ID", "KS", "LA", "MD", "WI")}
    assert {*found.never} == NONE_FOUND | later
    assert {*found.always} == EXEMPT
    assert {*found.left_out} == {
        f"US-{code}" for code in "GA IA KY MA MI NC ND NY OH OK PA TN UT VA WA WV".split()  # noqa: SIM905
    }  # fmt: skip
    assert len(found.regions) == 51
    for region, words in {
        "US-GA": "us-ga-undated (of unknown date, low confidence)",
        "US-KY": "low confidence",
        "US-OH": "a step that widens an earlier one",
        "US-PA": "us-pa-2016 (capped)",
        "US-VA": "localities with unemployment above 4.9 percent",
        "US-WA": "rural counties only until 2022",
    }.items():
        assert words in found.left_out[region]


@pytest.mark.parametrize(
    "rule", [{}, {"reach": "any", "confidence": "low"}, {"kinds": ("property-tax",)}, {"latest": 2000}]
)
@pytest.mark.parametrize("span", [{}, {"first": 1990, "last": 2024}, {"first": 2010, "last": 2012}])
def test_states_without_a_sales_tax_are_always_exempt(rule: dict[str, Any], span: dict[str, int]) -> None:
    found = treated(**rule, **span)
    assert {*found.always} >= EXEMPT
    assert not EXEMPT & {*found.never}
    assert all(found.always[region].startswith("always exempt: no state sales tax") for region in EXEMPT)
    assert not NONE_FOUND - {*found.never}


def test_what_was_in_force_when_the_panel_begins_is_always_treated() -> None:
    found = treated(first=2010, last=2019)
    assert {*found.always} == EXEMPT | {"US-MS", "US-NE", "US-WY"}
    assert {*treated(first=2010, last=2019, anticipation=2).always} == EXEMPT | {
        "US-MS", "US-NE", "US-WY", "US-AL", "US-MN", "US-SC",
    }  # fmt: skip


def test_dates_and_first_years_of_the_table_agree() -> None:
    """The programme takes the date where there is one, and the first year where there is none."""
    from pilotzone.gather.collection import rows_of

    rows = {row["instrument"]: row for row in rows_of("states", "incentives") if row["status"] == "instrument"}
    kept = {item.name: item for item in load_evidence().policy("us-data-center-incentives").instruments}
    assert {*kept} == {*rows}
    for name, row in rows.items():
        assert str(kept[name].year or "") == row["first_year"], name
        assert kept[name].effective == (row["effective"] or row["first_year"])


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"first": "2000"}, "first is '2000'"),
        ({"last": 2010.5}, "last is 2010.5"),
        ({"first": True}, "first is True"),
        ({"anticipation": "1"}, "anticipation is '1'"),
        ({"anticipation": None}, "anticipation is None"),
        ({"drop": ["US-VA"]}, "drop is ['US-VA']"),
    ],
)
def test_years_that_are_no_numbers_are_refused(given: dict[str, Any], told: str) -> None:
    policy = load_evidence().policy("us-data-center-incentives")
    with pytest.raises(UsageError) as caught:
        assign_treatment(policy, **given)
    assert told in caught.value.what
    assert caught.value.allowed


@pytest.mark.parametrize("given", [{"earliest": "2000"}, {"latest": "2000"}, {"latest": 2000.0}])
def test_years_of_a_rule_are_numbers(given: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match=r"(earliest|latest) is .*2000"):
        TreatmentRule(**given)


def test_caveats_on_one_year_are_asked_for_in_a_list() -> None:
    with pytest.raises(UsageError, match="periods is 2010"):
        load_evidence().caveats_on("population", periods=cast("Any", 2010))
