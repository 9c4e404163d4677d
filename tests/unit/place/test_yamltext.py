"""YAML that anybody may have written: read, or refused in words, by its line and at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from pilotzone.core import StudyError
from pilotzone.placement import load_rules
from pilotzone.placement.reading import parse_rules

BOMB = 'a: &a ["lol", "lol", "lol", "lol", "lol", "lol", "lol", "lol", "lol"]\n' + "".join(
    f"{chr(98 + k)}: &{chr(98 + k)} [{', '.join(['*' + chr(97 + k)] * 9)}]\n" for k in range(12)
)
BOOK_OF_A_DAY = """\
title: T
notice: N
rules:
- id: a
  operations: [store]
  allow: any
  cite:
    {{law: L, article: A, in_force: {day}}}
"""
HOSTILE = {
    "deep": ("[" * 5000, "line 1: it nests more than 20 deep"),
    "deep mappings": ("a: b\nc: " + "{" * 900_000, "line 2: it nests more than 20 deep"),
    "deep on one line": ("- " * 400_000, "it nests more than 20 deep"),
    "aliases": (BOMB, "line 6: it means more than 100,000 values"),
    "a list that holds itself": ("a: &a [*a]", "line 1: it holds itself"),
    "a mapping that is a key of itself": ("&a {*a : 1}", "line 1: it holds itself"),
    "many values": ("- a\n" * 110_000, "line 100000: it means more than 100,000 values"),
    "many aliases": ("- &a b\n" + "- *a\n" * 110_000, "it means more than 100,000 values"),
    "a list as a key": ("? [a]\n: 1", "line 1: a key is a list or a mapping"),
    "an impossible day": ("notice: N\ntitle: 2017-13-45", "line 2: '2017-13-45' is not a day"),
    "a long number": ("title: {from: " + "9" * 5000 + "}", "is not a number that anything here can count with"),
    "a long number to the base 16": ("title: 0x" + "f" * 300_000, "is not a number that anything here can count with"),
    "a long number to the base 60": ("title: 1" + ":1" * 300_000, "is not a number that anything here can count with"),
    "a day by its tag": ("a: !!timestamp x", "line 1: 'x' is not a day"),
    "an object of Python": ("a: !!python/object/apply:os.system [x]", "could not determine a constructor"),
    "half a sign": ('a: "\\ud800"', "is not what its tag says"),
    "a control character": ('a: b\nc: "\x01"', "line 2: it is not valid YAML, special characters are not allowed"),
    "two documents": ("a: 1\n---\nb: 2", "line 2: it is not valid YAML, but found another document"),
    "a long tag": ("!<" + "a" * 900_000 + "> b", "could not determine a constructor"),
    "an hour of a day": (
        BOOK_OF_A_DAY.format(day="2017-06-01 10:00:00"),
        "line 8: in_force is 2017-06-01 10:00:00",
    ),
    "nothing": ("", "is not a mapping"),
}


# Read as YAML readers do, any of these would take minutes or all memory.
@pytest.mark.timeout(60)
@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_books_are_refused_at_once(case: str) -> None:
    text, says = HOSTILE[case]
    with pytest.raises(StudyError, match="rule book 'x'") as caught:
        parse_rules(text, "x")
    assert says in caught.value.what
    assert len(caught.value.what) < 400


def test_what_an_alias_stands_for_is_not_written_out_in_a_message() -> None:
    """Small enough to be read, and larger than any message."""
    rows = "".join(f"- &{chr(98 + k)} [{', '.join(['*' + chr(97 + k)] * 9)}]\n" for k in range(3))
    text = f"title:\n- &a [lol, lol, lol, lol, lol, lol, lol]\n{rows}notice: N\nrules: []\n"
    text = text.replace("rules: []", "rules: [{id: a, operations: [store], cite: {law: L, article: A, in_force: "
                        "2017-06-01}, allow: any}]")  # fmt: skip
    with pytest.raises(StudyError) as caught:
        parse_rules(text, "x")
    assert len(caught.value.what) < 400


def test_aliases_that_people_write_are_read() -> None:
    text = """
title: T
notice: N
rules:
  - {id: a, operations: [store], allow: CN, cite: &law {law: L, article: "1", in_force: 2017-06-01}, when: {data: a}}
  - {id: b, operations: [store], allow: any, cite: *law}
"""
    assert [rule.citation.law for rule in parse_rules(text, "x").rules] == ["L", "L"]


def test_a_book_has_a_stated_number_of_rules() -> None:
    rules = "".join(
        f"  - {{id: r{k}, operations: [store], allow: any, cite: {{law: L, article: A, in_force: 2017-06-01}}}}\n"
        for k in range(2_001)
    )
    with pytest.raises(StudyError, match=r"2,001 rules"):
        parse_rules(f"title: T\nnotice: N\nrules:\n{rules}", "x")


def test_a_file_that_is_not_utf8_is_told_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "b.yaml").write_bytes("title: T\nnotice: 贵州\n".encode("gb18030"))
    with pytest.raises(StudyError, match=r"rule book 'b', line 2: it is not UTF-8 text"):
        load_rules(tmp_path / "b.yaml")
