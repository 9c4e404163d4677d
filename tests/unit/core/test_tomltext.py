"""TOML that anybody may have written: read, or refused in words and at once."""

from __future__ import annotations

import tomllib
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pilotzone.core import StudyError, parse_toml

HOSTILE = {
    "dotted key": ".".join(["a"] * 20_000) + " = 1",
    "dotted head": "[" + ".".join(["a"] * 300_000) + "]",
    "dotted in quotes": '"a".' * 200_000 + "a = 1",
    "dotted in a table": "x = { " + ".".join(["a"] * 20_000) + " = 1 }",
    "dotted after a text of many lines": 'x = { a = """b"""", ' + ".".join(["k"] * 20_000) + " = 1 }",
    "dotted after a plain text of many lines": "x = { a = '''b'''', " + ".".join(["k"] * 20_000) + " = 1 }",
    "deep lists": "x = " + "[" * 20_000,
    "deep tables": "x = " + "{a=" * 20_000,
    "a long number": "x = " + "9" * 5000,
    "a number that Python reads": "x = " + "9" * 4000,
    "a long number to the base 16": "x = 0x" + "f" * 500_000,
    "a long number in a list": "x = [1, [" + "9" * 30 + "]]",
    "a long word": "省" * 330_000,
    "quotes": '"' * 999_999,
    "escaped quotes": 'x = """' + '\\"""' * 200_000,
    "a key that stands twice": "a" * 400_000 + " = 1\n" + "a" * 400_000 + " = 1",
    "an impossible day": "x = 2017-13-45",
    "a long key with many in it": "a" * 300_000 + " = {" + ",".join(f"k{k} = 1" for k in range(9_000)) + ", z = 1e}",
}


# Read in time that grows with the square of its length, any of these would take minutes.
@pytest.mark.timeout(60)
@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_texts_are_refused_at_once(case: str) -> None:
    tracemalloc.start()
    with pytest.raises(StudyError) as caught:
        parse_toml(HOSTILE[case], "study 'x'")
    assert tracemalloc.get_traced_memory()[1] < 200e6
    tracemalloc.stop()
    assert caught.value.what.startswith("study 'x'")
    assert len(caught.value.what) < 400


def test_the_place_of_what_is_refused_is_told() -> None:
    with pytest.raises(StudyError, match=r"line 3 has a key of 40 parts"):
        parse_toml("a = 1\nb = 2\n" + ".".join(["c"] * 40) + " = 3", "plan 'x'")
    with pytest.raises(StudyError, match=r"line 2 nests more than 32 deep"):
        parse_toml("a = 1\nb = " + "[" * 40, "plan 'x'")
    with pytest.raises(StudyError, match=r"a\.b\[2\] is 9{30}, which no whole number here can be"):
        parse_toml("a.b = [1, " + "9" * 30 + "]", "plan 'x'")
    with pytest.raises(StudyError, match=r"not UTF-8 text \(byte 11, line 2\)"):
        parse_toml(b"a = 1\nb = '\xe9'", "siting 'x'")


def test_what_looks_hostile_and_is_not_is_read() -> None:
    dots = ".".join("a" * 100)
    text = (
        f'# {dots}\na = \'{dots}\'\nb = """\n{dots}\n{"[" * 99}\\""" """\nc = \'\'\'{"{" * 99}\'\'\'\nd = "\\"{dots}"\n'
    )
    assert parse_toml(text, "x") == tomllib.loads(text)
    deep = "x = " + "[" * 32 + "]" * 32
    assert parse_toml(deep, "x") == tomllib.loads(deep)
    long = ".".join("a" * 32) + " = 1"
    assert parse_toml(long, "x") == tomllib.loads(long)
    assert parse_toml("x = -9223372036854775808", "x") == {"x": -(2**63)}
    assert parse_toml(b"\xef\xbb\xbfx = 1", "x") == {"x": 1}


@settings(max_examples=300, deadline=None)
@given(st.text(st.sampled_from("ab.=[]{}'\"\\\n# 1,"), max_size=60))
def test_short_texts_are_read_as_the_parser_reads_them(text: str) -> None:
    """Nothing short is beyond a bound, so that what is refused is refused by the parser."""
    try:
        wanted = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, ValueError):
        with pytest.raises(StudyError):
            parse_toml(text, "x")
    else:
        if text.count(".") < 32 and text.count("[") + text.count("{") < 32:
            assert parse_toml(text, "x") == wanted


def test_a_name_in_another_script_is_told_to_need_quotes() -> None:
    with pytest.raises(StudyError) as caught:
        parse_toml("a = 1\n贵州 = 2", "study 'x'")
    assert caught.value.todo == 'put names in other scripts in quotes: "贵州" = ...'
