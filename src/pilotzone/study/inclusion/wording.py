"""Words of what was found of who gains: numbers as a reader takes them."""

from __future__ import annotations

import numpy as np

from pilotzone.core import Outcome
from pilotzone.evaluation.inclusion import INDICES

__all__ = ["gap_word", "index_word", "number_word", "range_word", "shown_effect"]

_MINUS = "\N{MINUS SIGN}"


def number_word(value: float, digits: int = 3) -> str:
    """Return a number with some significant digits and one kind of minus.

    Examples
    --------
    >>> number_word(1234.5), number_word(0.01234)
    ('1,234', '0.0123')
    """
    style = ",.0f" if abs(value) >= 10**digits else f".{digits}g"
    text = format(abs(value), style)
    return f"{_MINUS}{text}" if value < 0 and float(text.replace(",", "")) else text


def shown_effect(outcome: Outcome, effect: float) -> str:
    """Return an effect in the outcome's readable unit, with its sign."""
    value = outcome.display(effect)
    sign = "+" if value > 0 else ""
    unit = "" if outcome.display_unit in {"1", ""} else f"\u00a0{outcome.display_unit}"
    return f"{sign}{number_word(value)}{unit}"


def range_word(outcome: Outcome, ends: tuple[float, float]) -> str:
    """Return an interval in the outcome's readable unit."""
    return f"{shown_effect(outcome, ends[0])} to {shown_effect(outcome, ends[1])}"


def index_word(name: str) -> str:
    """Return what an index is called within a sentence.

    Examples
    --------
    >>> index_word("poverty_gap"), index_word("gini")
    ('poverty gap', 'Gini')
    """
    label = INDICES[name].label
    proper = label.startswith(("Gini", "Theil", "Palma"))
    return label if proper else f"{label[0].lower()}{label[1:]}"


def gap_word(ratio: float) -> str:
    """Return the zone's mean in percent of the nation's."""
    return f"{100 * ratio:.1f}\u00a0%" if np.isfinite(ratio) else "not known"
