"""p-values in words: one way for every page, terminal and sentence, in which none reads as zero."""

from __future__ import annotations

import math
import re
from pathlib import Path

import pytest

import pilotzone
from pilotzone.core import p_text, p_words

P_VALUES = [
    (0.0005, "0.001", "p = 0.001"),
    (0.00049, "< 0.001", "p < 0.001"),
    (0.0, "< 0.001", "p < 0.001"),
    (1.0, "1.000", "p = 1.000"),
    (1 / 21, "0.048", "p = 0.048"),
    (math.nan, "not available", "p not available"),
]


@pytest.mark.parametrize(("p", "text", "words"), P_VALUES)
def test_p_values(p: float, text: str, words: str) -> None:
    assert p_text(p) == text
    assert p_words(p) == words


def test_no_other_place_writes_a_p_value_to_three_decimals() -> None:
    """A format of three decimals after a p of its own would print 0.000 sooner or later."""
    own = re.compile(r"\{[^{}]*\b(?:p|q|p_\w+|\w+_p)\b[^{}]*:\.3f\}")
    found = [path.name for path in Path(pilotzone.__file__).parent.rglob("*.py") if own.search(path.read_text("utf-8"))]
    assert found == ["numerals.py"]
