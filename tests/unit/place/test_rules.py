"""Residency law as data: what shipped books say, compiled books beside a plain reading, and what is refused."""

from __future__ import annotations

import datetime as dt
import itertools
from pathlib import Path

import numpy as np
import pytest

from pilotzone.core import StudyError, UsageError
from pilotzone.place import (
    OPERATIONS,
    DataClass,
    Host,
    Operation,
    RuleBook,
    bundled_books,
    compile_rules,
    load_rules,
    parse_rules,
)

DAYS = [dt.date(2016, 1, 1), dt.date(2017, 5, 31), dt.date(2017, 6, 1), dt.date(2019, 1, 1), dt.date(2021, 11, 1)]
DAYS += [dt.date(2022, 8, 31), dt.date(2022, 9, 1), dt.date(2024, 1, 1)]
PLACES = ["CN", "DE", "US", "JP", "NO", "XX"]


def plain_reading(book: RuleBook, data: DataClass, place: str, operation: Operation, day: dt.date) -> tuple[str, str]:
    """Read a book as a lawyer would: rule by rule, case by case."""
    for rule in book.rules:
        if operation not in rule.operations or not rule.since <= day < rule.until:
            continue
        if data.collected_in not in rule.collected_in or data.kind not in rule.kinds:
            continue
        if data.operator not in rule.operators or not rule.persons[0] <= data.persons < rule.persons[1]:
            continue
        if place in rule.allow:
            return "allowed", rule.id
        if place in rule.deny:
            if set(rule.unless) & set(data.permits):
                return "permit", rule.id
            return ("audit" if rule.effect == "audit" else "denied"), rule.id
    return "denied", ""


def classes() -> list[DataClass]:
    kinds = itertools.product(
        ["CN", "DE", "BR"], ["personal", "important", "public"], ["critical_infrastructure", "other"], [0, 10**6],
        [frozenset[str](), frozenset({"security_assessment"}), frozenset({"standard_contract"})],
    )  # fmt: skip
    return [DataClass(f"c{k}", *values) for k, values in enumerate(kinds)]


@pytest.mark.parametrize("name", bundled_books())
@pytest.mark.parametrize("day", DAYS)
def test_compiled_books_are_as_read_case_by_case(name: str, day: dt.date) -> None:
    book, held = load_rules(name), classes()
    hosts = [Host(place, place) for place in PLACES]
    found = compile_rules(book, held, hosts, day)
    words = ["denied", "allowed", "audit", "permit"]
    for c, data in enumerate(held):
        for h, place in enumerate(PLACES):
            for o, operation in enumerate(OPERATIONS):
                state, rule = plain_reading(book, data, place, operation, day)
                assert words[found.state[c, h, o]] == state, (data, place, operation)
                number = int(found.rule[c, h, o])
                assert (book.rules[number].id if number >= 0 else "") == rule
    np.testing.assert_array_equal(found.allowed(["store"]), found.state[:, :, 0] > 0)


def states(day: str, **about: object) -> dict[str, str]:
    data = DataClass("d", "CN", **({"kind": "personal"} | about))  # type: ignore[arg-type]
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
    assert set(states("2022-09-01", kind="weather").values()) == {"allowed"}


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
        ("    unless:", "    unles:", r"line 5: rule home has 'unles', which is no key here. Did you mean 'unless'"),
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
        ("title: T", "title: [T", r"line \d+: it is not valid YAML"),
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
