"""Words of what was found of who gains: numbers as a reader takes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import Outcome, significant, t_quantile
from pilotzone.evaluation.inclusion import INDICES, MEANS

if TYPE_CHECKING:
    from pilotzone.core import JointEffects
    from pilotzone.study.inclusion.findings import Level

__all__ = [
    "among_word",
    "capital",
    "course_word",
    "effect_word",
    "ends_of",
    "gap_word",
    "index_word",
    "level_word",
    "line_unit",
    "number_word",
    "range_word",
    "shown_effect",
    "signed",
]

_MINUS = "\N{MINUS SIGN}"
_WHOLE = 1000
"""From here on fractions are not shown."""


def number_word(value: float) -> str:
    """Return a number with three significant digits and one kind of minus; whole numbers keep all of theirs.

    Examples
    --------
    >>> number_word(1234567.0), number_word(0.0640001), number_word(20.0)
    ('1,234,567', '0.0640', '20')
    """
    whole = np.isfinite(value) and (abs(value) >= _WHOLE or value == np.round(value))
    text = f"{value:,.0f}" if whole else significant(value)
    return text.replace("-", _MINUS)


def capital(text: str) -> str:
    """Return a text as it begins a sentence."""
    return text[:1].upper() + text[1:]


def signed(value: float) -> str:
    """Return a difference: a number with its sign."""
    return f"{'+' if value > 0 else ''}{number_word(value)}"


def shown_effect(outcome: Outcome, effect: float) -> str:
    """Return an effect in the outcome's readable unit, with its sign."""
    value = outcome.display(effect)
    unit = "" if outcome.display_unit in {"1", ""} else f"\u00a0{outcome.display_unit}"
    return f"{signed(value)}{unit}"


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


def among_word(name: str, of: str) -> str:
    """Return what an effect on an index is about: of regions and of shares only what lies between them is known.

    Examples
    --------
    >>> among_word("gini", "regions"), among_word("gini", "people"), among_word("mean", "regions")
    ('Gini between regions', 'Gini', 'mean income')
    """
    told = {"regions": " between regions", "shares": " between parts"}.get(of, "")
    return index_word(name) + ("" if name in MEANS else told)


def level_word(row: Level) -> str:
    """Return the value of an index, or its bounds."""
    if row.estimate is not None:
        return number_word(row.estimate)
    if row.low is None:
        return "not known" if row.high is None else f"at most {number_word(row.high)}"
    low = number_word(row.low)
    return f"at least {low}" if row.high is None else f"{low} to {number_word(row.high)}"


def course_word(first: Level, last: Level) -> str:
    """Return how an index that is known moved from one period to another: `stays` where no digit that is shown moved.

    Examples
    --------
    >>> from pilotzone.study.inclusion.findings import Level
    >>> first, last = (Level(year, "all", "gini", 0.3, None, None, "") for year in (2010, 2018))
    >>> course_word(first, last)
    'stays at 0.300 from 2010 to 2018'
    """
    before, since = level_word(first), level_word(last)
    if before == since:
        return f"stays at {since} from {first.period} to {last.period}"
    moved = "rises" if (last.estimate or 0.0) > (first.estimate or 0.0) else "falls"
    return f"{moved} from {before} in {first.period} to {since} in {last.period}"


def gap_word(ratio: float) -> str:
    """Return the zone's mean in percent of the nation's."""
    return f"{100 * ratio:.1f}\u00a0%" if np.isfinite(ratio) else "not known"


def line_unit(of: str, unit: str) -> str:
    """Return the unit of the poverty line: shares of income know no amounts, and have it in means."""
    if of == "shares":
        return "of mean income"
    return "in the unit of income" if unit == "1" else unit


def ends_of(joint: JointEffects, k: int, level: float) -> tuple[float, float]:
    """Return the ends of an effect's pointwise interval, in the outcome's scale."""
    covariance = joint.covariance
    assert covariance is not None  # noqa: S101 - effects of this study have one
    degrees = float("inf") if covariance.degrees is None else covariance.degrees
    reach = float(t_quantile((1 + level) / 2, degrees)) * float(covariance.matrix[k, k]) ** 0.5
    return float(joint.estimate[k]) - reach, float(joint.estimate[k]) + reach


def effect_word(joint: JointEffects, k: int, level: float) -> str:
    """Return an effect with its interval, or that it has none."""
    outcome = joint.outcomes[k]
    text = shown_effect(outcome, float(joint.estimate[k]))
    if joint.refusal(outcome.name):
        return f"{text} (no standard error)"
    return f"{text} ({100 * level:g}\u00a0% interval {range_word(outcome, ends_of(joint, k, level))})"
