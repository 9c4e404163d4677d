"""Residency law as data: what shipped books say, compiled books beside a plain reading, and what is refused."""

from __future__ import annotations

import datetime as dt
import itertools
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pilotzone.core import StudyError, UsageError
from pilotzone.placement import (
    OPERATIONS,
    Among,
    DataClass,
    Host,
    Operation,
    RuleBook,
    bundled_books,
    compile_rules,
    load_rules,
    parse_rules,
)
from pilotzone.placement.checking import check_book
from pilotzone.placement.jurisdictions import JURISDICTIONS
from pilotzone.placement.rules import ANY

DAYS = [dt.date(2016, 1, 1), dt.date(2017, 5, 31), dt.date(2017, 6, 1), dt.date(2019, 1, 1), dt.date(2021, 11, 1)]
DAYS += [dt.date(2022, 8, 31), dt.date(2022, 9, 1), dt.date(2024, 1, 1)]
PLACES = ["CN", "DE", "US", "JP", "NO", "BR"]


def plain_reading(book: RuleBook, data: DataClass, place: str, operation: Operation, day: dt.date) -> tuple[str, str]:
    """Read a book as a lawyer would: rule by rule, case by case, after a look at what it is about."""
    scope = book.scope
    about = data.collected_in in scope.collected_in and data.kind in scope.kinds and data.operator in scope.operators
    if not about or place not in scope.places:
        return "silent", ""
    for rule in book.rules:
        if operation not in rule.operations or not rule.since <= day < rule.until:
            continue
        if data.collected_in not in rule.collected_in or data.kind not in rule.kinds:
            continue
        if data.operator not in rule.operators or not rule.persons[0] <= (data.persons or 0) < rule.persons[1]:
            continue
        if place in rule.allow:
            return "allowed", rule.id
        if place in rule.deny:
            if set(rule.unless) & set(data.permits):
                return "permit", rule.id
            return ("audit" if rule.effect == "audit" else "denied"), rule.id
    return "denied", ""


def classes(book: RuleBook) -> list[DataClass]:
    kinds = itertools.product(
        ["CN", "DE", "BR"], sorted(book.known_kinds.names), sorted(book.known_operators.names) or ["other"], [0, 10**6],
        [frozenset[str](), frozenset({"security_assessment"}), frozenset({"standard_contract"})],
    )  # fmt: skip
    return [DataClass(f"c{k}", *values) for k, values in enumerate(kinds)]


@pytest.mark.parametrize("name", bundled_books())
@pytest.mark.parametrize("day", DAYS)
def test_compiled_books_are_as_read_case_by_case(name: str, day: dt.date) -> None:
    book = load_rules(name)
    held = classes(book)
    hosts = [Host(place, place) for place in PLACES]
    found = compile_rules(book, held, hosts, day)
    words = ["denied", "allowed", "audit", "permit", "silent"]
    for c, data in enumerate(held):
        for h, place in enumerate(PLACES):
            for o, operation in enumerate(OPERATIONS):
                state, rule = plain_reading(book, data, place, operation, day)
                assert words[found.state[c, h, o]] == state, (data, place, operation)
                number = int(found.rule[c, h, o])
                assert (book.rules[number].id if number >= 0 else "") == rule
    np.testing.assert_array_equal(found.allowed(["store"]), found.state[:, :, 0] > 0)


def states(day: str, **about: object) -> dict[str, str]:
    data = DataClass("d", "CN", **({"kind": "personal", "persons": 5000} | about))  # type: ignore[arg-type]
    found = compile_rules(
        load_rules("china"), [data], [Host("abroad", "US"), Host("home", "CN")], dt.date.fromisoformat(day)
    )
    assert (found.state[0, 1] > 0).all()  # at home everything is allowed on every day
    return {row["operation"]: str(row["state"]) for row in found.explain("d", "abroad").records()}  # type: ignore[misc]


def test_china_over_the_years() -> None:
    critical = {"operator": "critical_infrastructure"}
    assert set(states("2017-05-31", **critical).values()) == {"allowed"}
    assert set(states("2017-06-01", **critical).values()) == {"denied"}
    assessed = states("2017-06-01", **critical, permits=frozenset({"security_assessment"}))
    assert (assessed["store"], assessed["transfer"]) == ("denied", "allowed by permit")
    assert set(states("2021-10-31").values()) == {"allowed"}
    assert set(states("2021-11-01").values()) == {"denied"}
    assert set(states("2021-11-01", permits=frozenset({"standard_contract"})).values()) == {"allowed by permit"}
    many = {"persons": 1_000_000, "permits": frozenset({"standard_contract"})}
    assert set(states("2022-08-31", **many).values()) == {"allowed by permit"}
    assert set(states("2022-09-01", **many).values()) == {"denied"}
    assert set(states("2022-09-01", kind="public").values()) == {"allowed"}


def test_gdpr_as_a_contrast() -> None:
    held = [
        DataClass("bare", "DE", "personal"),
        DataClass("scc", "DE", "personal", permits=frozenset({"standard_contract"})),
    ]
    hosts = [Host(place, place) for place in ("FR", "JP", "US", "CN", "NO")]
    before, after = (
        compile_rules(load_rules("gdpr"), held, hosts, dt.date.fromisoformat(d)) for d in ("2018-12-01", "2023-08-01")
    )
    assert before.allowed()[0].tolist() == [True, False, False, False, True]
    assert after.allowed()[0].tolist() == [True, True, True, False, True]
    assert after.allowed()[1].all()
    assert "standard_contract would open it" in after.reason("bare", "CN", "store")


@pytest.mark.parametrize("name", bundled_books())
def test_books_cite_and_say_that_they_are_no_advice(name: str) -> None:
    book = load_rules(name)
    assert "No legal advice" in book.notice
    for rule in book.rules:
        assert rule.citation.law
        assert rule.citation.article
        assert rule.since >= rule.citation.in_force


BOOK = """
title: T
notice: No legal advice.
rules:
  - id: home
    when: {collected_in: [CN], data: [personal]}
    operations: [store, transfer]
    allow: [CN]
    deny: {others_than: [CN]}
    unless: [certification]
    cite: {law: L, article: art. 1, in_force: 2017-06-01}
  - id: rest
    when: {data: {others_than: [personal]}}
    operations: [store]
    allow: any
    cite: {law: L, article: art. 2, in_force: 2017-06-01}
"""


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (
            "    unless:",
            "    unles:",
            r"line 5: rule home has 'unles', which is not a key that is known here. Did you mean 'unless'",
        ),
        (
            "collected_in: [CN], ",
            "colected_in: [CN], ",
            r"when of rule home has 'colected_in'.* Did you mean 'collected_in'",
        ),
        ("[store, transfer]", "[store, transfers]", r"rules 'transfers'.* Did you mean 'transfer'"),
        ("id: rest", "id: home", r"line 12: two rules are called 'home'"),
        ("    allow: [CN]\n    deny: {others_than: [CN]}\n", "", r"rule home neither allows nor denies"),
        (
            "    unless: [certification]",
            "    unless: [certification]\n    effect: forbid",
            r"effect of rule home is 'forbid'",
        ),
        ("    unless: [certification]", "    until: 2017-06-01", r"holds from 2017-06-01 until 2017-06-01"),
        (
            "    unless: [certification]",
            "    from: 2016-01-01",
            r"holds from 2016-01-01, and its law is in force from 2017-06-01",
        ),
        ("    unless: [certification]", "    from: soon", r"from is 'soon'"),
        (
            "data: {others_than: [personal]}",
            "data: any",
            r"rest says otherwise than home \(line 5\) of store of personal data",
        ),
        (
            "when: {data: {others_than: [personal]}}",
            "when: {collected_in: [CN], data: [personal]}",
            r"rest can never decide: home",
        ),
        ("    unless: [certification]", "    allow: [US]", r"'allow' stands twice"),
        ("collected_in: [CN]", "collected_in: [NO]", r"NO without quotes"),
        ("    unless: [certification]", "    overrides: [rst]", r"home overrides 'rst', which is no later rule"),
        ("{collected_in: [CN], data: [personal]}", "{persons: {from: 5, below: 2}}", r"persons are from 5 to below 2"),
        ("in_force: 2017-06-01}\n  - id", "}\n  - id", r"cite of rule home has no in_force"),
        ("title: T", "title: [T", r"not valid YAML"),
        ("notice: No legal advice.\n", "", r"the book has no notice"),
    ],
)
def test_what_is_wrong_with_a_book(old: str, new: str, words: str) -> None:
    assert old in BOOK
    with pytest.raises(StudyError, match=words):
        parse_rules(BOOK.replace(old, new, 1), "t")


def test_a_contradiction_that_is_meant() -> None:
    text = BOOK.replace("data: {others_than: [personal]}", "data: any").replace(
        "    unless: [certification]", "    unless: [certification]\n    overrides: [rest]"
    )
    assert len(parse_rules(text, "t").rules) == 2


def test_audit_allows_and_says_so() -> None:
    book = parse_rules(BOOK.replace("    unless: [certification]", "    effect: audit"), "t")
    found = compile_rules(book, [DataClass("d", "CN", "personal")], [Host("abroad", "US")], dt.date(2020, 1, 1))
    assert found.reason("d", "abroad", "store").startswith("allowed, to be recorded by home")
    assert found.reason("d", "abroad", "process") == "denied: no rule of T in force on 2020-01-01 allows it"
    assert found.allowed(["store", "transfer"]).all()


def test_names_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="Did you mean 'china'"):
        load_rules("chin")
    with pytest.raises(UsageError, match=r"there is no rule book .*x\.yaml"):
        load_rules(tmp_path / "x.yaml")
    with pytest.raises(UsageError, match="Did you mean 'pipl-38'"):
        load_rules("china").without("pipl38")
    found = compile_rules(
        load_rules("china"), [DataClass("users", "CN", "personal")], [Host("a", "CN")], dt.date(2020, 1, 1)
    )
    with pytest.raises(UsageError, match=r"no class .user.. Did you mean .users."):
        found.explain("user", "a")
    with pytest.raises(UsageError, match="two sites are called 'a'"):
        compile_rules(load_rules("china"), [], [Host("a", "CN"), Host("a", "US")], dt.date(2020, 1, 1))


# ------------------------------------------------------------------------------- names, scopes and YAML's own traps


def test_countries_are_those_of_iso() -> None:
    """Beside the list that comes with the time zones, which is another copy of the standard."""
    from importlib import resources

    table = (resources.files("tzdata") / "zoneinfo" / "iso3166.tab").read_text(encoding="utf-8")
    codes = {line.split("\t")[0] for line in table.splitlines() if line and not line.startswith("#")}
    assert codes == JURISDICTIONS - {"XK"}


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("cn", "Did you mean 'CN'"),
        ("UK", "Did you mean 'GB'"),
        ("EU", "list its members"),
        ("Germany", "'Germany' is not"),
    ],
)
def test_a_place_that_is_not_a_country_is_refused(code: str, words: str) -> None:
    with pytest.raises(UsageError, match=f"jurisdiction of site 'h'.*{words}"):
        Host("h", code)
    with pytest.raises(UsageError, match=f"collected_in of class 'd'.*{words}"):
        DataClass("d", code, "personal")
    with pytest.raises(StudyError, match=f"line 5: allow: .*{words}"):
        parse_rules(BOOK.replace("allow: [CN]", f"allow: [{code}]", 1), "t")


def read(book: RuleBook, place: str = "US", **about: object) -> str:
    data = DataClass("d", **({"collected_in": "CN", "kind": "personal", "persons": 5000} | about))  # type: ignore[arg-type]
    found = compile_rules(book, [data], [Host("h", place)], dt.date(2024, 1, 1))
    return found.reason("d", "h", "store").partition(" by ")[0].partition(" of ")[0]


@pytest.mark.parametrize("name", bundled_books())
def test_a_kind_or_operator_that_a_book_does_not_know_is_refused(name: str) -> None:
    book = load_rules(name)
    at = min(book.scope.collected_in.names)
    with pytest.raises(UsageError, match=r"kind of class 'd' is 'personel'.*Did you mean 'personal'"):
        read(book, collected_in=at, kind="personel")
    if name == "china":
        with pytest.raises(UsageError, match="Did you mean 'critical_infrastructure'"):
            read(book, operator="critical_infrastrcture")


def test_names_that_a_book_does_not_list_are_those_of_its_rules() -> None:
    """Nothing falls to `others_than` because of a typing error; a book that wants that says `any`."""
    book = parse_rules(BOOK, "t")
    with pytest.raises(UsageError, match="kind of class 'd' is 'public', which rule book 't' does not know"):
        read(book, kind="public")
    listed = parse_rules(BOOK.replace("rules:", "kinds: [personal, public]\nrules:"), "t")
    assert read(listed, kind="public") == "allowed"
    anything = parse_rules(BOOK.replace("rules:", "kinds: any\nrules:"), "t")
    assert read(anything, kind="personel") == "allowed"
    blind = parse_rules(BOOK.partition("  - id: rest")[0].replace(", data: [personal]", ""), "t")
    assert read(blind, kind="whatever") == "denied"


def test_a_count_that_a_rule_asks_for_has_to_be_given() -> None:
    china = load_rules("china")
    with pytest.raises(UsageError, match="does not say how many persons it is about, and rule pipl-40-store"):
        read(china, persons=None)
    assert read(china, persons=0) == "denied"
    assert read(china, persons=None, kind="public") == "allowed"
    assert read(china, persons=None, operator="critical_infrastructure") == "denied"


def test_a_book_is_silent_outside_its_scope() -> None:
    assert read(load_rules("china"), collected_in="DE", kind="anything at all") == "outside the scope"
    text = BOOK.replace("rules:", "scope: {places: [US], operator: [other]}\noperators: [other, bank]\nrules:")
    here = parse_rules(text, "t")
    assert read(here) == "denied"
    assert read(here, "DE") == "outside the scope"
    assert read(here, operator="bank") == "outside the scope"
    found = compile_rules(here, [DataClass("d", "CN", "personal")], [Host("a", "US"), Host("b", "DE")], DAYS[-1])
    assert found.speaks.tolist() == [[True, False]]
    assert found.allowed().tolist() == [[False, True]]


def test_no_rule_in_force_is_said() -> None:
    found = compile_rules(
        load_rules("gdpr"), [DataClass("d", "DE", "personal")], [Host("h", "DE")], dt.date(2016, 1, 1)
    )
    assert found.reason("d", "h", "store") == "denied: no rule of GDPR, chapter V is in force on 2016-01-01"


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("allow: [CN]\n", "allow: [CN, US]\n", "line 5: home allows and denies the same place"),
        ("    deny: {others_than: [CN]}\n", "", r"line 5: home has unless \(certification\) and denies nothing"),
        (
            "    deny: {others_than: [CN]}\n    unless: [certification]\n",
            "    effect: audit\n",
            "line 5: rule home has effect and denies nothing",
        ),
        ("notice: No legal advice.", "notice: N\nkinds: [personel]", "'personal' is not among the kinds.* 'personel'"),
        ("notice: No legal advice.", "notice: N\npermits: [certificate]", "'certification' is not among the permits"),
        ("notice: No legal advice.", "notice: N\nscope: {collected: [CN]}", "scope has 'collected'.*'collected_in'"),
        ("notice: No legal advice.", "notice: N\nscope: {collected_in: [DE]}", "home says nothing of any case"),
        ("2017-06-01}", "2017-02-30}", "line 11: '2017-02-30' is not a day"),
        ("{collected_in: [CN], data", "{persons: {from: 010}, data", "line 6: 010 is not a number to the base"),
        ("{collected_in: [CN], data", "{persons: {from: 1:30}, data", "line 6: 1:30 is not a number to the base"),
        ("{collected_in: [CN], data", "{persons: {from: 0x10}, data", "line 6: 0x10 is not a number to the base"),
        ("{collected_in: [CN], data", "{persons: {from: 1:30.5}, data", "line 6: 1:30.5 is not a number to the base"),
        ("{collected_in: [CN], data", "{persons: {from: 1.5}, data", "persons are from 1.5 to below inf"),
        ("{collected_in: [CN], data", "{persons: {from: " + "9" * 5000 + "}, data", "line 6: .* is not a number that"),
        ("title: T", "? [a]\n: 1\ntitle: T", "line 2: a key is a list or a mapping"),
        ("title: T", "? {a: 1}\n: 1\ntitle: T", "line 2: a key is a list or a mapping"),
        ("title: T", "1: 2\ntitle: T", "the book has 1, which is not a key that is known here"),
        ("title: T", "title: " + "[" * 5000, "nests more than 20 deep"),
        ("title: T", "title: " + "[" * 50 + "]" * 50, "line 2: it nests more than 20 deep"),
        ("title: T", "title: 2017-13-45", "line 2: '2017-13-45' is not a day"),
        ("title: T", "title: !!python/name:os.system x", "could not determine a constructor"),
        ("title: T", "title: !!float abc", "line 2: abc is not a number"),
        ("title: T", "title: !!int abc", "line 2: abc is not a number"),
        ("title: T", "title: &a [*a]", "line 2: it holds itself"),
        ("title: T", "<<: {title: T}", "line 2: '<<' is not read here"),
        ("operations: [store]", "operations: [store, store]", "operations holds 'store' twice"),
        ("operations: [store]", "operations: []", "operations is an empty list"),
        ("id: rest", "id: [a, b]", r"line 12: id is \['a', 'b'\]"),
        ("data: [personal]", "data: [[personal]]", r"data holds \['personal'\]"),
    ],
)  # fmt: skip
def test_what_yaml_makes_of_a_book_is_refused_with_its_line(old: str, new: str, words: str) -> None:
    assert old in BOOK
    with pytest.raises(StudyError, match=words) as caught:
        parse_rules(BOOK.replace(old, new, 1), "t")
    assert len(str(caught.value)) < 800


def test_few_lines_that_stand_for_gigabytes_are_refused() -> None:
    bomb = "".join(f"      - &b{k} [{', '.join([f'*b{k - 1}'] * 9)}]\n" for k in range(1, 9))
    text = BOOK.replace("    unless:", f"    note:\n      - &b0 [{', '.join(['lol'] * 9)}]\n{bomb}    unless:")
    with pytest.raises(StudyError, match="it means more than 100,000 values"):
        parse_rules(text, "t")


def test_aliases_and_grouped_digits_are_read() -> None:
    text = BOOK.replace("{law: L, article: art. 1", "&l {law: L, article: art. 1", 1)
    text = text.replace("{law: L, article: art. 2, in_force: 2017-06-01}", "*l")
    text = text.replace("{collected_in: [CN], data", "{persons: {from: 1_000_000, below: .inf}, data")
    book = parse_rules(text, "t")
    assert book.rules[0].citation == book.rules[1].citation
    assert book.rules[0].persons == (1_000_000, float("inf"))


def long_book(count: int, wider: bool) -> RuleBook:
    """Rules of a kind each; or each wider than all before it, so that all boxes overlap."""
    rule = parse_rules(BOOK, "t").rules[0]
    rules = [
        replace(rule, id=f"r{k}", persons=(count - k, float("inf")))
        if wider
        else replace(rule, id=f"r{k}", kinds=Among(frozenset({f"k{k}"})))
        for k in range(count)
    ]
    return RuleBook("t", "T", "N", tuple(rules))


@pytest.mark.timeout(60)
@pytest.mark.parametrize("wider", [False, True])
def test_time_to_check_a_book_grows_no_faster_than_pairs_of_rules(wider: bool) -> None:
    """1,500 rules were endless: 2e8 cases, gone through for each pair of rules."""
    check_book(long_book(50, wider))  # what is loaded first
    taken = []
    for count in (500, 1500):
        book = long_book(count, wider)
        started = time.process_time()
        check_book(book)
        taken.append(time.process_time() - started)
    assert taken[1] < 30 * taken[0] + 0.5


def test_a_book_beyond_the_bounds_is_refused() -> None:
    with pytest.raises(StudyError, match=r"has 2,001 rules"):
        check_book(long_book(2001, wider=False))


def test_the_last_rule_of_a_long_book_is_compared_too() -> None:
    book = long_book(300, wider=False)
    with pytest.raises(StudyError, match="last can never decide: r17 say"):
        check_book(replace(book, rules=(*book.rules, replace(book.rules[17], id="last"))))
    otherwise = replace(book.rules[17], id="last", allow=ANY, deny=Among(), unless=frozenset(), kinds=ANY)
    with pytest.raises(StudyError, match="last says otherwise than r0"):
        check_book(replace(book, rules=(*book.rules, otherwise)))
