"""Figures, dates and units as readers see them."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, get_args

from pilotzone.core import GRADE_WORDS, CheckState, Grade, VerdictLabel, rounded_up, significant, span_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pilotzone.core import EffectSet, Interval, Outcome

__all__ = [
    "CHECK_SYMBOLS",
    "EN_DASH",
    "LABEL_WORDS",
    "MINUS",
    "and_list",
    "bare_title",
    "bound_number",
    "bound_text",
    "effect_text",
    "harm_word",
    "headline",
    "in_unit",
    "margin_text",
    "money_text",
    "number_text",
    "period_text",
    "plain",
    "plain_unit",
    "sentence",
    "set_text",
    "share_text",
    "typeset",
    "whole_percent",
]

CHECK_SYMBOLS: dict[CheckState, str] = {"passed": "✓", "failed": "✗", "cannot be assessed": "?"}
"""A sign beside the word, so that neither colour nor reading speed decides."""

LABEL_WORDS: dict[VerdictLabel, str] = {label: label[:1].upper() + label[1:] for label in get_args(VerdictLabel)}
"""Each label as a heading begins with it."""

MINUS, EN_DASH = "\u2212", "\u2013"
"""Signs that look like hyphens, under names that do not."""

_TO_ASCII = str.maketrans({MINUS: "-", EN_DASH: "-", "—": "-", "\u00a0": " "})
_AT_PRICES = re.compile(r"\b([A-Z]{3})([0-9][0-9QW_]*)\b")
_LOG_UNIT = re.compile(r"^log\((?P<inner>.*)\)$")
_LOG_TITLE = re.compile(r"^log(?:arithm)?\s+(?:of\s+)?", re.IGNORECASE)
_SCALED_UNIT = re.compile(r"^1e(?P<power>\d+) (?P<rest>.+)$")
_POWERS = {"3": "thousand", "4": "10,000", "6": "million", "7": "10 million", "8": "100 million", "9": "billion"}
_P_SIGN = re.compile(r"\bp (?P<sign>[=<]) (?=[<\d])")
_HYPHEN = re.compile(r"(?<![^\s(\[,;:])-(?=\.?\d)")
_CLOSE_PERCENT = re.compile(r"(?<=\d)\s?%(?!\w)")
_LEAST_SHARE = 0.0005
_MOST_PERCENT = 1000.0
_LEAST_NUMBER = 1e-6
"""Smaller ones would have an exponent."""
_MILLION = 1e6


def headline(label: VerdictLabel, grade: Grade | None) -> str:
    """Return a verdict's label with how it holds.

    Examples
    --------
    >>> headline("green growth", "with allowance")
    'Green growth: holds with allowance'
    """
    return LABEL_WORDS[label] if grade is None else f"{LABEL_WORDS[label]}: {GRADE_WORDS[grade]}"


def plain(text: str) -> str:
    """Return text with typographic signs replaced by those of a keyboard, for terminals.

    Examples
    --------
    >>> plain(f"{MINUS}1.2 %, 2016{EN_DASH}2019")
    '-1.2 %, 2016-2019'
    """
    return text.translate(_TO_ASCII)


def number_text(value: float | None, *, digits: int = 3, signed: bool = False) -> str:
    """Return a number with so many significant digits, a true minus sign and no exponent for common sizes.

    Examples
    --------
    >>> number_text(1234567.0), plain(number_text(-0.01234)), number_text(None), number_text(2.5, signed=True)
    ('1,230,000', '-0.0123', 'not available', '+2.50')
    >>> number_text(1.16e-53)
    '< 0.0001'
    """
    if value is None or math.isnan(value):
        return "not available"
    if math.isinf(value):
        return f"{MINUS}∞" if value < 0 else "∞"
    if 0 < abs(value) < _LEAST_NUMBER:
        return f"> {MINUS}0.0001" if value < 0 else "< 0.0001"
    text = significant(value, digits)
    if signed and value > 0:
        text = f"+{text}"
    return text.replace("-", MINUS)


def percent_text(value: float, *, signed: bool = False) -> str:
    """Return a percentage with one decimal; a true minus sign. Beyond a thousand the size alone is told.

    Examples
    --------
    >>> plain(percent_text(-1.25)), plain(percent_text(4868.2, signed=True))
    ('-1.2 %', 'more than +1,000 %')
    """
    if math.isnan(value):
        return number_text(value)
    if not math.isfinite(value):
        return f"{number_text(value)}\u00a0%"
    if abs(value) > _MOST_PERCENT:
        limit = f"{'+' if signed else ''}1,000" if value > 0 else f"{MINUS}1,000"
        return f"{'more' if value > 0 else 'less'} than {limit}\u00a0%"
    text = f"{value:+,.1f}" if signed else f"{value:,.1f}"
    if float(text.replace(",", "")) == 0:
        text = "0.0"
    return f"{text}\u00a0%".replace("-", MINUS)


def plain_unit(unit: str) -> str:
    """Return the unit of the quantity itself, in words: no logarithm, ``per`` for the slash, nothing for 1.

    Examples
    --------
    >>> plain_unit("log(CNY/person)"), plain_unit("1"), plain_unit("1e8 CNY")
    ('CNY per person', '', '100 million CNY')
    >>> plain_unit("CNY2015/person")
    'CNY at 2015 prices per person'
    """
    found = _LOG_UNIT.match(unit.strip())
    inner = found["inner"] if found else unit.strip()
    scaled = _SCALED_UNIT.match(inner)
    if scaled and scaled["power"] in _POWERS:
        inner = f"{_POWERS[scaled['power']]} {scaled['rest']}"
    inner = _AT_PRICES.sub(lambda found: f"{found[1]} at {found[2].replace('_', '-')} prices", inner)
    return "" if inner == "1" else inner.replace("/", " per ")


def bare_title(outcome: Outcome) -> str:
    """Return what the outcome measures, without a leading "log": charts and effects show the quantity itself."""
    if outcome.scale != "log":
        return outcome.title
    bare = _LOG_TITLE.sub("", outcome.title)
    return bare[:1].upper() + bare[1:] if bare != outcome.title else bare


def in_unit(outcome: Outcome, value: float, *, signed: bool = False) -> str:
    """Return a displayed value (see `Outcome.display`) with its unit."""
    if outcome.scale == "log":
        return percent_text(value, signed=signed)
    unit = "" if math.isnan(value) else plain_unit(outcome.unit)
    return number_text(value, signed=signed) + (f"\u00a0{unit}" if unit else "")


def effect_text(outcome: Outcome, effect: float) -> str:
    """Return an effect given in the outcome's own scale as readers see it, with sign and unit.

    Examples
    --------
    >>> from pilotzone.core import Outcome
    >>> plain(effect_text(Outcome("y", role=None, good="up", margin=None, scale="log"), -0.0202))
    '-2.0 %'
    """
    return in_unit(outcome, outcome.display(effect), signed=True)


def harm_word(outcome: Outcome) -> str:
    """Return the direction that counts as harm: a fall or a rise."""
    return "fall" if outcome.good == "up" else "rise"


def margin_text(outcome: Outcome, margin: float | None = None) -> str:
    """Return a margin in words, the outcome's own unless another is given."""
    value = outcome.margin if margin is None else margin
    if value is None:
        return "none"
    text = f"{value:g}\u00a0%" if outcome.scale == "log" else in_unit(outcome, value)
    return f"a {harm_word(outcome)} of {text}"


def bound_number(outcome: Outcome, margin: float) -> str:
    """Return the smallest margin at which harm is excluded, rounded up: harm is excluded at what is printed.

    Examples
    --------
    >>> from pilotzone.core import Outcome
    >>> y = Outcome("y", role=None, good="up", margin=None, scale="log")
    >>> plain(bound_number(y, 1.8248)), plain(bound_number(y, -1.8248))
    ('1.9 %', '-1.8 %')
    """
    return in_unit(outcome, rounded_up(margin, decimals=1 if outcome.scale == "log" else None))


def bound_text(outcome: Outcome, margin: float | None) -> str:
    """Return how far harm is excluded at the study's level, as what follows "harm" in a sentence.

    Below zero the smallest margin is a gain short of which effects are excluded as well, and is said as such.
    """
    if margin is None:
        return "would not be excluded at any margin, however large"
    # Printed as zero, a margin says nothing more than that there is hardly any.
    hardly = not any(digit in in_unit(outcome, margin).split()[0] for digit in "123456789")
    told = bound_number(outcome, margin).replace(MINUS, "")
    if margin > 0:
        return "would be excluded at almost any margin" if hardly else f"would be excluded from a margin of {told}"
    change = "rise" if outcome.good == "up" else "fall"
    words = "is excluded at any margin"
    return f"{words}, however small" if hardly else f"{words}; so is a {change} below {told}"


def set_text(found: EffectSet) -> str:
    """Return the effects that a test does not reject, in readable units; several ranges where the set has holes."""
    ranges = [
        _range_text(found.outcome, own, shown) for own, shown in zip(found.intervals, found.displayed, strict=True)
    ]
    return and_list(ranges) or "none"


def _range_text(outcome: Outcome, own: Interval, shown: Interval) -> str:
    low, high = (in_unit(outcome, value, signed=True) for value in (shown.low, shown.high))
    if math.isinf(own.low) and math.isinf(own.high):
        return "any effect (none is rejected)"
    if math.isinf(own.low):
        return f"up to {high}"
    if math.isinf(own.high):
        return f"{low} and more"
    return f"{low} to {high}" if own.low < own.high else f"just {low}"


def share_text(weight: float) -> str:
    """Return a weight in percent, below zero with its sign; one too small to print as such, and none as a dash.

    Examples
    --------
    >>> plain(share_text(0.412)), plain(share_text(0.0001)), plain(share_text(0.0))
    ('41.2 %', '< 0.1 %', '-')
    >>> plain(share_text(-0.125)), plain(share_text(-0.0001))
    ('-12.5 %', '> -0.1 %')
    """
    if weight == 0:
        return EN_DASH
    sign, size = (MINUS, abs(weight)) if weight < 0 else ("", weight)
    if size < _LEAST_SHARE:
        return f"{'>' if sign else '<'} {sign}0.1\u00a0%"
    return f"{sign}{100 * size:.1f}\u00a0%"


def whole_percent(share: float) -> str:
    """Return a share in percent without decimals.

    Examples
    --------
    >>> plain(whole_percent(0.347))
    '35 %'
    """
    return f"{100 * share:.0f}\u00a0%"


def period_text(periods: Sequence[int]) -> str:
    """Return periods as a span where they follow one another, else one by one.

    Examples
    --------
    >>> plain(period_text([2016, 2017, 2018])), period_text([2015]), period_text([2000, 2005])
    ('2016-2018', '2015', '2000, 2005')
    """
    if not periods:
        return "none"
    first, last = periods[0], periods[-1]
    if last - first == len(periods) - 1:
        return span_text(first, last, EN_DASH)
    return ", ".join(str(item) for item in periods)


def money_text(value: float, currency: str) -> str:
    """Return an amount of money, in millions where it is large.

    Examples
    --------
    >>> money_text(2_345_678, "USD"), money_text(950, "CNY")
    ('2.3 million USD', '950 CNY')
    """
    return f"{value / _MILLION:,.1f} million {currency}" if abs(value) >= _MILLION else f"{value:,.0f} {currency}"


def and_list(words: Sequence[str]) -> str:
    """Join words by commas and a final "and"."""
    if not words:
        return ""
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " and " + words[-1]


def typeset(text: str) -> str:
    """Return text with one minus sign and one style of percentages, whoever wrote it.

    Examples
    --------
    >>> typeset("from -3.99% to 5 %, 2005-2023") == f"from {MINUS}3.99\u00a0% to 5\u00a0%, 2005-2023"
    True
    """
    return _CLOSE_PERCENT.sub("\u00a0%", _HYPHEN.sub(MINUS, text))


def sentence(text: str) -> str:
    """Return text with a capital at its start and a stop at its end, typeset; p-values are kept on one line."""
    text = _P_SIGN.sub("p\u00a0\\g<sign>\u00a0", typeset(text.strip()))
    if not text:
        return ""
    return text[0].upper() + text[1:] + ("" if text[-1] in ".?!…。" else ".")
