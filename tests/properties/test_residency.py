"""What holds of any rule book: the mask is what a plain reading says, checks say what trying all cases says."""

from __future__ import annotations

import datetime as dt
import itertools
import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pilotzone.core import StudyError
from pilotzone.placement import OPERATIONS, Among, Citation, DataClass, Host, Rule, RuleBook, Scope, compile_rules
from pilotzone.placement.checking import check_book

CITE = Citation("L", "art. 1", dt.date(2000, 1, 1))
DAYS = [dt.date(2010, 1, 1), dt.date(2020, 1, 1), dt.date(2030, 1, 1)]
DAY = DAYS[1]
PLACES, KINDS, OPERATORS = ["AT", "BE", "CN"], ["x", "y"], ["m", "other"]
ANY = Among(others=True)

some = st.builds(Among, st.frozensets(st.sampled_from(PLACES)), st.booleans())
of_kinds = st.builds(Among, st.frozensets(st.sampled_from(KINDS)), st.booleans())
of_operators = st.builds(Among, st.frozensets(st.just("m")), st.booleans())


@st.composite
def a_rule(draw: st.DrawFn, name: str = "") -> Rule:
    allow = draw(some)
    # What it denies is some of what it does not allow, or all of it.
    deny = Among(allow.names, others=not allow.others)
    if not deny.others:
        deny = Among(frozenset(draw(st.sets(st.sampled_from(sorted(deny.names))))) if deny.names else frozenset())
    elif draw(st.booleans()):
        deny = Among(frozenset(draw(st.sets(st.sampled_from([*PLACES, "DE"])))) - allow.names)
    denies = deny != Among()
    since, until = sorted(draw(st.sampled_from([(0, 1), (0, 2), (1, 2), (0, 3)])))
    low = draw(st.sampled_from([0, 10]))
    return Rule(
        id=name or draw(st.uuids().map(str)),
        operations=draw(st.frozensets(st.sampled_from(OPERATIONS), min_size=1)),
        citation=CITE,
        collected_in=draw(some),
        kinds=draw(of_kinds),
        operators=draw(of_operators),
        persons=(low, draw(st.sampled_from([20, float("inf")]))),
        allow=allow,
        deny=deny,
        unless=draw(st.frozensets(st.sampled_from(["p", "q"]))) if denies else frozenset(),
        effect=draw(st.sampled_from(["deny", "audit"])) if denies else "deny",
        since=DAYS[since],
        until=[*DAYS, dt.date.max][until],
    )


rules = st.lists(a_rule(), max_size=5)
scopes = st.builds(Scope, some, of_kinds, of_operators, some)
CLASSES = [
    DataClass(f"{at}{kind}{operator}{persons}{permit}", at, kind, operator, persons, frozenset({permit}))
    for at, kind, operator, persons, permit in itertools.product([*PLACES, "DE"], KINDS, OPERATORS, [0, 15, 30], "pr")
]
HOSTS = [Host(place, place) for place in [*PLACES, "DE"]]
LISTED = {"kinds": Among(frozenset(KINDS)), "operators": Among(frozenset(OPERATORS))}


def book_of(rules: list[Rule], scope: Scope | None = None) -> RuleBook:
    return RuleBook("b", "B", "n", tuple(rules), scope or Scope(), **LISTED)


def plain_reading(book: RuleBook, data: DataClass, place: str, operation: str, day: dt.date) -> int:
    """Read a book rule by rule, as its page in the reference says: 0 denied, 1 to 3 allowed, 4 silent."""
    scope = book.scope
    if data.collected_in not in scope.collected_in or data.kind not in scope.kinds:
        return 4
    if data.operator not in scope.operators or place not in scope.places:
        return 4
    for rule in book.rules:
        if operation not in rule.operations or not rule.since <= day < rule.until:
            continue
        if data.collected_in not in rule.collected_in or data.kind not in rule.kinds:
            continue
        if data.operator not in rule.operators or not rule.persons[0] <= (data.persons or 0) < rule.persons[1]:
            continue
        if place in rule.allow:
            return 1
        if place in rule.deny:
            return 3 if rule.unless & data.permits else 2 if rule.effect == "audit" else 0
    return 0


@given(rules=rules, scope=scopes)
@settings(deadline=None, max_examples=40)
def test_a_mask_is_what_a_plain_reading_says_of_every_case(rules: list[Rule], scope: Scope) -> None:
    book = book_of(rules, scope)
    found = compile_rules(book, CLASSES, HOSTS, DAY)
    for (c, data), (h, host), (o, operation) in itertools.product(
        enumerate(CLASSES), enumerate(HOSTS), enumerate(OPERATIONS)
    ):
        assert found.state[c, h, o] == plain_reading(book, data, host.jurisdiction, operation, DAY)


@given(rules=rules, seed=st.integers(0, 1000))
@settings(deadline=None)
def test_order_of_classes_and_sites_does_not_matter(rules: list[Rule], seed: int) -> None:
    book = book_of(rules)
    rng = np.random.default_rng(seed)
    c, h = rng.permutation(len(CLASSES)), rng.permutation(len(HOSTS))
    base = compile_rules(book, CLASSES, HOSTS, DAY)
    turned = compile_rules(book, [CLASSES[k] for k in c], [HOSTS[k] for k in h], DAY)
    np.testing.assert_array_equal(turned.state, base.state[np.ix_(c, h)])
    np.testing.assert_array_equal(turned.rule, base.rule[np.ix_(c, h)])


@given(rules=rules, data=st.data())
@settings(deadline=None)
def test_a_stricter_book_opens_nothing(rules: list[Rule], data: st.DataObject) -> None:
    """A denial put first, permits taken away, or an audit made a denial."""
    book = book_of(rules)
    base = compile_rules(book, CLASSES, HOSTS, DAY).state > 0
    first = Rule("first", frozenset(OPERATIONS), CITE, deny=data.draw(some))
    for stricter in (
        (first, *rules),
        tuple(replace(rule, unless=frozenset()) for rule in rules),
        tuple(replace(rule, effect="deny") for rule in rules),
    ):
        assert not (~base & (compile_rules(replace(book, rules=stricter), CLASSES, HOSTS, DAY).state > 0)).any()


def says(rule: Rule, case: tuple[str, str, str, float, dt.date, str, str]) -> str:
    """Return what a rule by itself says of a case."""
    collected, kind, operator, persons, day, operation, place = case
    about = collected in rule.collected_in and kind in rule.kinds and operator in rule.operators
    if not about or not rule.persons[0] <= persons < rule.persons[1]:
        return ""
    if operation not in rule.operations or not rule.since <= day < rule.until:
        return ""
    return "allow" if place in rule.allow else "deny" if place in rule.deny else ""


def verdict_by_all_cases(book: RuleBook) -> tuple[str, str]:
    """Return the first fault of a book and its rule, by going through every case that it can tell apart."""
    scope = book.scope
    axes = (
        [*PLACES, "DE", "other"],
        KINDS,
        OPERATORS,
        [0, 10, 20],
        [dt.date.min, *DAYS],
        OPERATIONS,
        [*PLACES, "DE", "o"],
    )
    cases = [
        case
        for case in itertools.product(*axes)
        if case[0] in scope.collected_in and case[1] in scope.kinds and case[2] in scope.operators
        if case[6] in scope.places
    ]
    said = [[says(rule, case) for case in cases] for rule in book.rules]
    for k, rule in enumerate(book.rules):
        if not any(said[k]):
            return "nothing", rule.id
    for k, rule in enumerate(book.rules):
        if not any(own and not any(said[n][c] for n in range(k)) for c, own in enumerate(said[k])):
            return "never", rule.id
    for k, n in itertools.combinations(range(len(book.rules)), 2):
        against = any(a and b and a != b for a, b in zip(said[k], said[n], strict=True))
        if against and book.rules[n].id not in book.rules[k].overrides:
            return "otherwise", book.rules[n].id
    return "", ""


@given(data=st.data(), scope=scopes)
@settings(deadline=None, max_examples=60)
def test_faults_of_a_book_are_those_that_trying_all_cases_finds(data: st.DataObject, scope: Scope) -> None:
    some_rules = [data.draw(a_rule(f"r{k}")) for k in range(data.draw(st.integers(1, 3)))]
    if data.draw(st.booleans()):  # as if every contradiction were meant, so that what can never decide is met as well
        some_rules = [
            replace(rule, overrides=frozenset(other.id for other in some_rules[k + 1 :]))
            for k, rule in enumerate(some_rules)
        ]
    if data.draw(st.booleans()):
        scope = Scope()
    book = book_of(some_rules, scope)
    kind, name = verdict_by_all_cases(book)
    words = {"nothing": "says nothing of any case", "never": "can never decide", "otherwise": "says otherwise"}
    if not kind:
        check_book(book)
        return
    with pytest.raises(StudyError, match=f"{re.escape(name)} {words[kind]}"):
        check_book(book)
