"""What holds of any rule book: order does not matter to the mask, and a stricter book opens nothing."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pilotzone.place import OPERATIONS, Among, Citation, DataClass, Host, Rule, RuleBook, compile_rules

CITE = Citation("L", "art. 1", dt.date(2000, 1, 1))
DAY = dt.date(2020, 1, 1)
PLACES, KINDS = ["A", "B", "C"], ["x", "y"]

some = st.builds(Among, st.frozensets(st.sampled_from(PLACES)), st.booleans())
rules = st.lists(
    st.builds(
        Rule,
        id=st.uuids().map(str),
        operations=st.frozensets(st.sampled_from(OPERATIONS), min_size=1),
        citation=st.just(CITE),
        collected_in=some,
        kinds=st.builds(Among, st.frozensets(st.sampled_from(KINDS)), st.booleans()),
        allow=some,
        deny=some,
        unless=st.frozensets(st.sampled_from(["p", "q"])),
        effect=st.sampled_from(["deny", "audit"]),
    ),
    max_size=5,
)
CLASSES = [
    DataClass(f"{at}{kind}{permit}", at, kind, permits=frozenset({permit}))
    for at in PLACES
    for kind in KINDS
    for permit in "pr"
]
HOSTS = [Host(place, place) for place in [*PLACES, "D"]]


@given(rules=rules, seed=st.integers(0, 1000))
def test_order_of_classes_and_sites_does_not_matter(rules: list[Rule], seed: int) -> None:
    book = RuleBook("b", "B", "n", tuple(rules))
    rng = np.random.default_rng(seed)
    c, h = rng.permutation(len(CLASSES)), rng.permutation(len(HOSTS))
    base = compile_rules(book, CLASSES, HOSTS, DAY)
    turned = compile_rules(book, [CLASSES[k] for k in c], [HOSTS[k] for k in h], DAY)
    np.testing.assert_array_equal(turned.state, base.state[np.ix_(c, h)])
    np.testing.assert_array_equal(turned.rule, base.rule[np.ix_(c, h)])


@given(rules=rules, data=st.data())
def test_a_stricter_book_opens_nothing(rules: list[Rule], data: st.DataObject) -> None:
    """A denial put first, permits taken away, or an audit made a denial."""
    book = RuleBook("b", "B", "n", tuple(rules))
    base = compile_rules(book, CLASSES, HOSTS, DAY).state > 0
    first = Rule("first", frozenset(OPERATIONS), CITE, deny=data.draw(some))
    for stricter in (
        (first, *rules),
        tuple(replace(rule, unless=frozenset()) for rule in rules),
        tuple(replace(rule, effect="deny") for rule in rules),
    ):
        assert not (~base & (compile_rules(replace(book, rules=stricter), CLASSES, HOSTS, DAY).state > 0)).any()
