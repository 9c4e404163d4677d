"""Programmes as treatments: each part of the rule on invented instruments, and every region in exactly one state."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pilotzone.core import UsageError
from pilotzone.gather import Instrument, Policy, Treatment, TreatmentRule, assign_treatment, load_evidence

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from random import Random


def law(name: str, effective: str, region: str = "A", **more: Any) -> Instrument:
    given = {"kinds": ("sales-tax",), "confidence": "high"} | more
    return Instrument(name, region, f"Act {name}", effective=effective, **given)


def policy(*laws: Instrument, **more: Any) -> Policy:
    return Policy("invented", "an invented programme", "", laws, **more)


def state(*laws: Instrument, rule: TreatmentRule | None = None, **span: Any) -> tuple[str, int | None, str]:
    (found,) = assign_treatment(policy(*laws), rule, **span).regions
    return found.state, found.cohort, found.why


# -------------------------------------------------------------------------------------------------------- dates


@pytest.mark.parametrize(
    ("effective", "next_year", "same_year"),
    [
        ("2010-01-01", 2010, 2010),
        ("2010-06-30", 2010, 2010),
        ("2010-07-01", 2010, 2010),
        ("2010-07-02", 2011, 2010),
        ("2010-12-31", 2011, 2010),
        ("2010-06", 2010, 2010),
        ("2010-08", 2011, 2010),
        ("2016-02", 2016, 2016),
        ("2016-10", 2017, 2016),
    ],
)
def test_what_comes_into_force_after_july_counts_from_the_next_year(
    effective: str, next_year: int, same_year: int
) -> None:
    for unclear in ("same year", "next year", "leave out"):
        rule = TreatmentRule(year_only=unclear)
        assert rule.cohort(law("a", effective)) == next_year
        assert replace(rule, in_force_after_july="same year").cohort(law("a", effective)) == same_year


@pytest.mark.parametrize(("effective", "words"), [("2012", "only the year is known, 2012"), ("2012-07", "2012-07")])
def test_where_the_date_does_not_tell_the_rule_says_what_holds(effective: str, words: str) -> None:
    one = law("a", effective)
    assert state(one)[:2] == ("treated", 2012)
    assert state(one, rule=TreatmentRule(year_only="next year"))[:2] == ("treated", 2013)
    found = state(one, rule=TreatmentRule(year_only="leave out"))
    assert found[0] == "left out"
    assert words in found[2]
    same = TreatmentRule(in_force_after_july="same year", year_only="leave out")
    assert state(one, rule=same)[:2] == ("treated", 2012)


# -------------------------------------------------------------------------------------- what an instrument must be

FAULTS: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    ({"whole": False, "reach_text": "rural counties only"}, {"reach": "any"}, "limited: rural counties only"),
    ({"confidence": "low"}, {"confidence": "low"}, "low confidence"),
    ({"capped": True}, {"capped": True}, "capped"),
    ({"widens": True}, {"widening": True}, "a step that widens an earlier one"),
    ({"kinds": ("property-tax",)}, {"kinds": ("sales-tax", "property-tax")}, "of another kind: property-tax"),
]


@pytest.mark.parametrize(("given", "admitted", "says"), FAULTS)
def test_what_does_not_count_is_left_out_with_why(given: dict[str, Any], admitted: dict[str, Any], says: str) -> None:
    one, other = law("one", "2010-01-01", **given), law("other", "2012-01-01", "B")
    rule = TreatmentRule(kinds=("sales-tax",))
    found = assign_treatment(policy(one, other), rule)
    assert found.cohorts == {"B": 2012}
    assert found.left_out == {"A": f"no instrument counts: one ({says})"}
    assert assign_treatment(policy(one, other), replace(rule, **admitted)).cohorts == {"A": 2010, "B": 2012}


@pytest.mark.parametrize(("given", "admitted", "says"), FAULTS)
def test_what_came_before_and_does_not_count_spoils_the_year(
    given: dict[str, Any], admitted: dict[str, Any], says: str
) -> None:
    small, strong = law("small", "2008-01-01", **given), law("strong", "2010-01-01")
    rule = TreatmentRule(kinds=("sales-tax",))
    assert state(small, strong, rule=rule) == (
        "left out", None, f"small came before strong (2010) and does not count: {says}",
    )  # fmt: skip
    assert state(small, strong, rule=replace(rule, earlier="ignore"))[:2] == ("treated", 2010)
    assert state(small, strong, rule=replace(rule, **admitted))[:2] == ("treated", 2008)
    # Afterwards, or in the same year, it spoils nothing.
    assert state(replace(small, effective="2010-03-01"), strong, rule=rule)[:2] == ("treated", 2010)
    assert state(replace(small, effective="2015"), strong, rule=rule)[:2] == ("treated", 2010)


def test_an_instrument_of_unknown_date_leaves_its_region_out() -> None:
    old, new = law("old", ""), law("new", "2018-07-01")
    assert state(old) == ("left out", None, "no instrument counts: old (of unknown date)")
    assert state(old, new) == ("left out", None, "old is of unknown date, and may be older than new (2018)")
    ignored = TreatmentRule(unknown_date="ignore")
    assert state(old, new, rule=ignored)[:2] == ("treated", 2018)
    # It is not a control either, whatever the rule: nobody knows that nothing was in force.
    for rule in (None, ignored):
        assert state(old, new, rule=rule, first=2000, last=2010)[0] == "left out"


def test_confidence_is_the_least_that_is_admitted() -> None:
    laws = [law(sure, "2010", sure, confidence=sure) for sure in ("low", "medium", "high")]
    found = {
        least: sorted(assign_treatment(policy(*laws), TreatmentRule(confidence=least)).cohorts)
        for least in ("low", "medium", "high")
    }
    assert found == {"low": ["high", "low", "medium"], "medium": ["high", "medium"], "high": ["high"]}


def test_years_of_a_rule_are_those_from_which_an_instrument_counts() -> None:
    one = law("one", "2010-09-01")
    assert state(one, rule=TreatmentRule(earliest=2011, latest=2011))[:2] == ("treated", 2011)
    assert state(one, rule=TreatmentRule(earliest=2012))[2] == "no instrument counts: one (from 2011, before 2012)"
    assert state(one, rule=TreatmentRule(latest=2010))[2] == "no instrument counts: one (from 2011, after 2010)"


# ----------------------------------------------------------------------------------------------- panel and states


def test_exempt_regions_are_always_treated_whatever_the_rule() -> None:
    found = policy(law("a", "2010"), without={"B": "none found"}, exempt={"C": "no tax"})
    for rule in (TreatmentRule(), TreatmentRule(kinds=("sales-tax",), reach="any"), TreatmentRule(latest=2000)):
        told = assign_treatment(found, rule, first=2000, last=2019)
        assert told.always == {"C": "always exempt: no tax"}
        assert told.never == ("B",)


def test_a_region_without_a_year_before_is_always_treated() -> None:
    one = law("one", "2010-01-01")
    assert state(one, first=2009, last=2015)[:2] == ("treated", 2010)
    found = state(one, first=2010, last=2015)
    assert found == ("always", None, "treated from 2010: the panel, from 2010, has no year before")
    assert state(one, first=2009, last=2015, anticipation=1)[0] == "always"
    # Also where the rule asks for later ones: it was treated all the same.
    assert state(one, rule=TreatmentRule(earliest=2012), first=2011, last=2015)[0] == "always"


@pytest.mark.parametrize(
    ("laws", "expected"),
    [
        ((law("a", "2020"),), "never"),
        ((law("a", "2019-09-01"),), "never"),
        ((law("a", "2019"),), "treated"),
        ((law("a", "2020", confidence="low"),), "left out"),
        ((law("a", "2020", whole=False, capped=True, kinds=("grant",)),), "never"),
        ((law("a", "2023"), law("b", "2020")), "never"),
        ((law("a", "2023"), law("b", "")), "left out"),
    ],
)
def test_what_comes_after_the_panel_makes_a_control_if_that_is_sure(
    laws: tuple[Instrument, ...], expected: str
) -> None:
    assert state(*laws, first=2000, last=2019)[0] == expected
    if expected == "never":
        # Without a panel nothing comes after it.
        assert state(*laws)[0] != "never"


def test_years_of_anticipation_are_no_years_of_a_control() -> None:
    one = law("one", "2020-01-01")
    assert state(one, first=2000, last=2019)[0] == "never"
    assert state(one, first=2000, last=2019, anticipation=1) == (
        "left out", None, "no instrument counts: one (from 2020, after the panel)",
    )  # fmt: skip


def test_a_study_may_drop_regions() -> None:
    found = policy(law("a", "2010"), without={"B": "none found"}, exempt={"C": "no tax"})
    told = assign_treatment(found, drop={"A": "a city", "C": "an island"})
    assert (told.cohorts, told.never, told.always) == ({}, ("B",), {})
    assert told.left_out == {"A": "a city", "C": "an island"}


def rule_of(**given: Any) -> TreatmentRule:
    return TreatmentRule(**given)


WRONG: list[tuple[Any, str]] = [
    (lambda: rule_of(reach="some"), "reach"),
    (lambda: rule_of(confidence="hihg"), "Did you mean 'high'"),
    (lambda: rule_of(kinds="sales-tax"), "kinds is the text 'sales-tax'"),
    (lambda: TreatmentRule(earliest=2012, latest=2010), "earliest is 2012, after latest"),
    (lambda: law("a", "2010-13"), "effective is '2010-13'"),
    (lambda: law("a", "2010", enacted="spring"), "enacted is 'spring'"),
    (lambda: law("a", "2010", confidence="sure"), "the confidence of instrument 'a'"),
    (lambda: policy(law("a", "2010"), law("a", "2012", "B")), "two instruments 'a'"),
    (lambda: policy(law("a", "2010"), without={"A": ""}), "two things of region 'A'"),
    (lambda: policy(without={"B": ""}, exempt={"B": ""}), "two things of region 'B'"),
    (lambda: assign_treatment(policy(law("a", "2010")), TreatmentRule(("sale-tax",))), "Did you mean 'sales-tax'"),
    (lambda: assign_treatment(policy(law("a", "2010")), drop={"X": "why"}), "no region 'X'"),
    (lambda: assign_treatment(policy(law("a", "2010")), first=2010, last=2000), "begins in 2010 and ends in 2000"),
]


@pytest.mark.parametrize(("make", "says"), WRONG)
def test_what_cannot_be_is_refused(make: Callable[[], object], says: str) -> None:
    with pytest.raises(UsageError) as caught:
        make()
    assert says in str(caught.value)


# ------------------------------------------------------------------------------------------- whatever the instruments

DATES = ["", *(f"{year}{rest}" for year in range(2008, 2013) for rest in ("", "-07", "-07-01", "-09", "-12-31"))]
RULES = st.builds(
    TreatmentRule,
    kinds=st.sampled_from([(), ("sales-tax",), ("sales-tax", "grant")]),
    reach=st.sampled_from(["whole", "any"]),
    confidence=st.sampled_from(["low", "medium", "high"]),
    capped=st.booleans(),
    widening=st.booleans(),
    earliest=st.sampled_from([None, 2009, 2010]),
    latest=st.sampled_from([None, 2010, 2012]),
    in_force_after_july=st.sampled_from(["next year", "same year"]),
    year_only=st.sampled_from(["same year", "next year", "leave out"]),
    unknown_date=st.sampled_from(["leave out", "ignore"]),
    earlier=st.sampled_from(["leave out", "ignore"]),
)
SPANS = st.fixed_dictionaries(
    {
        "first": st.sampled_from([None, 2006, 2009]),
        "last": st.sampled_from([None, 2010, 2014]),
        "anticipation": st.sampled_from([0, 1]),
    }
)


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    kinds = st.sampled_from([("sales-tax",), ("grant",), ("property-tax",), ("sales-tax", "property-tax")])
    laws = tuple(
        law(
            f"law-{k}",
            draw(st.sampled_from(DATES)),
            draw(st.sampled_from("ABC")),
            kinds=draw(kinds),
            confidence=draw(st.sampled_from(["low", "medium", "high"])),
            whole=draw(st.booleans()),
            capped=draw(st.booleans()),
            widens=draw(st.booleans()),
        )
        for k in range(draw(st.integers(0, 6)))
    )
    # So that every kind that rules ask for is there.
    every = (law("x-1", "2010", "X"), law("x-2", "2010", "X", kinds=("grant",)))
    free = [region for region in "ABC" if region not in {item.region for item in laws}]
    return policy(*laws, *every, without=dict.fromkeys(free, "none found"), exempt={"E": "no tax"})


SURE = {"high": ["high"], "medium": ["high", "medium"], "low": ["high", "medium", "low"]}


def possible(item: Instrument, rule: TreatmentRule) -> tuple[int, int] | None:
    """Return the first and last year from which an instrument may count by its date alone, days taken one by one."""
    if not item.effective:
        return None
    parts = [int(part) for part in item.effective.split("-")]
    days = [
        (month, day)
        for month in range(1, 13)
        for day in range(1, 32)
        if all(one == other for one, other in zip(parts[1:], (month, day), strict=False))
    ]
    if rule.in_force_after_july == "same year":
        return parts[0], parts[0]
    return parts[0] + (days[0] > (7, 1)), parts[0] + (days[-1] > (7, 1))


def year_of(item: Instrument, rule: TreatmentRule) -> int | None:
    """Return the year from which an instrument counts."""
    span = possible(item, rule)
    if span is None or span[0] == span[1]:
        return span and span[0]
    return {"same year": span[0], "next year": span[1], "leave out": None}[rule.year_only]


def fits(item: Instrument, rule: TreatmentRule) -> bool:
    """Whether an instrument counts, whenever that is."""
    return (
        year_of(item, rule) is not None
        and (not rule.kinds or any(kind in item.kinds for kind in rule.kinds))
        and (rule.reach == "any" or item.whole)
        and item.confidence in SURE[rule.confidence]
        and (rule.capped or not item.capped)
        and (rule.widening or not item.widens)
    )


def surely_after(item: Instrument, rule: TreatmentRule, last: int) -> bool:
    span = possible(item, rule)
    return span is not None and span[0] > last and item.confidence in SURE[rule.confidence]


def expected(laws: list[Instrument], rule: TreatmentRule, span: Mapping[str, Any]) -> tuple[str, int | None]:
    """Return state and cohort, found another way: from the text of the rule, year by year."""
    last = span["last"] or 9999
    fitting = {item.name: year for item in laws if fits(item, rule) and (year := year_of(item, rule)) is not None}
    if span["first"] is not None and any(year - span["anticipation"] <= span["first"] for year in fitting.values()):
        return "always", None
    if all(surely_after(item, rule, last + span["anticipation"]) for item in laws):
        return "never", None
    within = range(rule.earliest or 0, min(rule.latest or 9999, last) + 1)
    counting = {name: year for name, year in fitting.items() if year in within}
    if not counting:
        return "left out", None
    at = min(counting.values())
    others = [item for item in laws if item.name not in counting]
    undated = [item for item in others if not item.effective]
    before = [item for item in others if item.effective and (year_of(item, rule) or int(item.effective[:4])) < at]
    spoilt = (undated and rule.unknown_date == "leave out") or (before and rule.earlier == "leave out")
    return ("left out", None) if spoilt else ("treated", at)


@settings(max_examples=400, deadline=None)
@given(policies(), RULES, SPANS)
def test_every_region_has_the_one_state_that_the_rule_says(
    one: Policy, rule: TreatmentRule, span: dict[str, Any]
) -> None:
    found = assign_treatment(one, rule, **span)
    assert [item.region for item in found.regions] == sorted({*one.regions})
    groups = [{*found.cohorts}, {*found.never}, {*found.always}, {*found.left_out}]
    assert sum(len(group) for group in groups) == len(found.regions)
    for item in found.regions:
        laws = [each for each in one.instruments if each.region == item.region]
        if laws:
            assert (item.state, item.cohort) == expected(laws, rule, span)
        assert item.why
        assert (item.state == "treated") == (item.cohort is not None)
    assert found.always["E"] == "always exempt: no tax"


@settings(max_examples=100, deadline=None)
@given(policies(), RULES, SPANS, st.randoms(use_true_random=False))
def test_order_of_rows_does_not_matter(one: Policy, rule: TreatmentRule, span: dict[str, Any], random: Random) -> None:
    mixed = list(one.instruments)
    random.shuffle(mixed)
    again = assign_treatment(replace(one, instruments=tuple(mixed)), rule, **span)
    assert again.regions == assign_treatment(one, rule, **span).regions


def tighter(rule: TreatmentRule) -> list[TreatmentRule]:
    """Return rules each of which admits less in one respect."""
    found = [replace(rule, reach="whole"), replace(rule, capped=False), replace(rule, widening=False)]
    found += [
        replace(rule, earlier="leave out"),
        replace(rule, unknown_date="leave out"),
        replace(rule, confidence="high"),
    ]
    found += [replace(rule, year_only="leave out"), replace(rule, kinds=rule.kinds[:1] or ("sales-tax",))]
    found.append(replace(rule, earliest=max(rule.earliest or 0, 2010), latest=None if rule.latest is None else 2012))
    return found


@settings(max_examples=200, deadline=None)
@given(policies(), RULES, SPANS)
def test_a_tighter_rule_never_moves_treatment_to_an_earlier_year(
    one: Policy, rule: TreatmentRule, span: dict[str, Any]
) -> None:
    rule = replace(rule, latest=None)
    before = assign_treatment(one, rule, **span)
    for less in tighter(rule):
        after = assign_treatment(one, less, **span)
        for region, year in after.cohorts.items():
            # Where it is new among the treated, it was spoilt, or always treated, before.
            assert year >= before.cohorts.get(region, year)
        assert {*after.never} <= {*before.never}


# --------------------------------------------------------------------------------------------------- big data zones


def zones(**rule: Any) -> Treatment:
    return assign_treatment(
        load_evidence().policy("china-big-data-zones"), TreatmentRule(**rule), first=2005, last=2019
    )


def test_zones_count_from_the_year_after_october() -> None:
    later = {f"CN-{code}" for code in ("BJ", "TJ", "HE", "SH", "HA", "CQ", "NM")}
    found = zones()
    assert found.cohorts == {"CN-GZ": 2016} | dict.fromkeys(later, 2017)
    assert zones(in_force_after_july="same year").cohorts == dict.fromkeys(found.cohorts, 2016)
    assert {*found.left_out} == {"CN-GD", "CN-LN"}
    assert "nine cities of the Pearl River Delta" in found.left_out["CN-GD"]
    assert (len(found.never), found.always) == (21, {})
    parts = zones(reach="any")
    assert parts.cohorts == found.cohorts | {"CN-GD": 2017, "CN-LN": 2017}
    assert "which of their cities take part is not coded" in found.policy.text


def test_results_tell_what_they_hold() -> None:
    found = zones()
    table = found.to_table()
    assert len(table) == 31
    assert table.records()[0] == {
        "region": "CN-AH", "name": "Anhui", "state": "never", "cohort": None, "instrument": None, "why": "no zone",
    }  # fmt: skip
    assert [(row["state"], row["cohort"], row["regions"]) for row in found.summary().records()] == [
        ("treated", 2016, 1), ("treated", 2017, 7), ("never", None, 21), ("always", None, 0), ("left out", None, 2),
    ]  # fmt: skip
    assert "8 treated, 21 never, 0 always, 2 left out." in repr(found)
    assert found.to_frame().shape == (31, 6)
    assert len(found.policy.to_table()) == 10
    assert dict(found.rule.words())["First year"] == "any year; in force after 1 July counts from the next year"
