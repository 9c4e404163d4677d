"""Margins as people write them: what each means on which scale, and what is asked about in place of a guess."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilotzone.core import Outcome, UsageError, read_margin

if TYPE_CHECKING:
    from pilotzone.core import Scale


@pytest.mark.parametrize(
    ("given_", "scale", "unit", "number", "known", "own"),
    [
        ("3%", "log", None, 3.0, "log", "1"),
        (" 3.5 % ", "log", "log(t)", 3.5, "log", "log(t)"),
        ("3 percent", "log", None, 3.0, "log", "1"),
        ("0.03%", "log", None, 0.03, "log", "1"),
        (3, "log", None, 3.0, "log", "1"),
        ("1e1", "log", None, 10.0, "log", "1"),
        ("0.5 t", None, None, 0.5, "level", "t"),
        ("0.5 t", "level", "t", 0.5, "level", "t"),
        ("500 kg", "level", "t", 0.5, "level", "t"),
        ("2 deaths per 100,000", "level", "deaths  per 100,000", 2.0, "level", "deaths  per 100,000"),
        ("3%", "level", "%", 3.0, "level", "%"),
        ("3 percent", None, "%", 3.0, "level", "%"),
        (0.03, "level", "1", 0.03, "level", "1"),
        (".5", "level", None, 0.5, "level", "1"),
        ("5 € per head", None, None, 5.0, "level", "€ per head"),
        ("2 °C", None, None, 2.0, "level", "°C"),
        ("5 µg/m3", None, None, 5.0, "level", "µg/m3"),
        ("0.5 1e8 CNY", None, None, 0.5, "level", "1e8 CNY"),
        ("2 吨", None, None, 2.0, "level", "吨"),
    ],
)
def test_what_is_written(
    given_: str | float, scale: Scale | None, unit: str | None, number: float, known: str, own: str
) -> None:
    margin, *rest = read_margin(given_, scale, unit, "'y'")
    assert margin == pytest.approx(number, rel=1e-15)
    assert rest == [known, own]


@pytest.mark.parametrize(
    ("given_", "scale", "unit", "words"),
    [
        ("3", None, None, r"is 3, without a unit, and its scale was not said\.\n.*3%.*\n.*write 3% and scale = log"),
        (0.03, "log", None, r"is 0\.03, which may mean 0\.03 or 3 percent\.\n.*\n.*write 0\.03% or 3%"),
        ("3%", None, None, r"is 3%, and its scale was not said"),
        ("3%", "level", "t", r"is 3%, and its scale is level"),
        ("3 t", "log", None, r"is 3 t, and its scale is log"),
        ("3 t", "level", "person", r"is in t, and the outcome in person"),
        ("3 t", "level", "1", r"is in t, and the outcome in 1"),
        ("3 hamsters", "level", "t", r"'hamsters' is not a known unit"),
        ("", "log", None, r"is ''"),
        ("%", "log", None, r"is '%'"),
        ("-3%", "log", None, r"is '-3%'"),
        ("0%", "log", None, r"is '0%'"),
        ("1e999%", "log", None, r"is '1e999%'"),
        ("nan", "log", None, r"is 'nan'"),
        ("1_0%", "log", None, r"the margin of 'y'"),
        ("\u0663%", "log", None, r"the margin of 'y'"),
        (float("inf"), "log", None, r"is 'inf'"),
        # The rest of a number is not a unit: a margin of 1 in ",000 t" would be a thousandth of what was meant.
        ("1,000 t", None, None, r"is 1 and then ',000 t', which is not a unit"),
        ("1 000 t", None, None, r"is 1 and then '000 t', which is not a unit"),
        ("1.000.000 t", None, None, r"is 1 and then '\.000 t', which is not a unit"),
        ("1'000 t", None, None, r"""is 1 and then "'000 t", which is not a unit"""),
        ("1_000 t", "level", None, r"is 1 and then '_000 t', which is not a unit"),
        ("1_0%", None, None, r"is 1 and then '_0%', which is not a unit"),
        ("3%%", None, None, r"is 3 and then '%%', which is not a unit"),
        ("3% 3%", None, None, r"is 3 and then '% 3%', which is not a unit"),
    ],
)
def test_what_is_asked_about(given_: str | float, scale: Scale | None, unit: str | None, words: str) -> None:
    with pytest.raises(
        UsageError, match=rf"the margin of 'y' {words}" if not words.startswith(("the", "'")) else words
    ):
        read_margin(given_, scale, unit, "'y'")


@given(st.floats(1e-6, 99.0), st.sampled_from([("log", "1"), ("level", "1"), ("level", "t"), ("level", "CNY/person")]))
def test_a_margin_in_words_is_read_back_to_the_last_digit(margin: float, kind: tuple[Scale, str]) -> None:
    scale, unit = kind
    item = Outcome("y", "environment", "down", margin, scale, unit=unit)
    assert item.margin_text is not None
    assert Outcome.written("y", "environment", "down", item.margin_text, scale, unit=unit) == item


def test_on_the_command_line() -> None:
    read = Outcome.parse("log_co2,role=environment,good=down,scale=log,margin=5%")
    assert (read.margin, read.scale, read.unit) == (5.0, "log", "1")
    read = Outcome.parse("co2,role=environment,good=down,margin=0.5 t")
    assert (read.margin, read.scale, read.unit) == (0.5, "level", "t")
    with pytest.raises(UsageError, match=r"the margin of outcome 'y' is 3, without a unit"):
        Outcome.parse("y,role=development,margin=3")
    with pytest.raises(UsageError, match=r"scale of outcome 'y' is 'ln'. Here it is called 'log'."):
        Outcome.parse("y,scale=ln,margin=3%")
