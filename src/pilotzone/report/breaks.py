"""Breaks in a series, drawn: a dash-dotted rule where it stops being comparable with its past, and what to call it."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from pilotzone.core import as_period, frequency_of, span_text
from pilotzone.report.axes import edges
from pilotzone.report.formatting import EN_DASH, and_list

if TYPE_CHECKING:
    import altair as alt

    from pilotzone.core import Break

__all__ = [
    "BreakRule",
    "break_layers",
    "break_note",
    "break_periods",
    "break_room",
    "break_rules",
    "break_summary",
]

_COLOUR = "#454b52"
_DASH = [8, 3, 2, 3]
"""A long and a short dash: the start of a zone has one length."""
_LETTERS, _MOST = 26, 78
"""Letters in a line beside a rule, half a phone wide, and of a text; the whole of it stands below the chart."""
_STEP, _ROOM = 13, 5
"""Pixels from line to line, and above the uppermost."""
_ASIDE = 0.014
"""How far a rule is moved, as a share of the axis, where another one stands."""


@dataclass(frozen=True)
class BreakRule:
    """A rule on a chart.

    Attributes
    ----------
    at
        Where, on the axis.
    breaks
        What it stands for; several breaks at one period share a rule.
    text
        What stands at its top; empty where another rule has said it.
    before, after
        Last period before it and first one after it, as they are written.
    """

    at: float
    breaks: tuple[Break, ...]
    text: str
    before: str
    after: str

    @property
    def lines(self) -> list[str]:
        """The text in lines."""
        if not self.text:
            return []
        return textwrap.wrap(textwrap.shorten(self.text, _MOST, placeholder=" …"), _LETTERS)


def break_periods(found: Break) -> str:
    """Return when a break is, as it is written: one period, or the first and the last.

    Examples
    --------
    >>> from pilotzone.core import Break
    >>> break_periods(Break("b", "census", "mild", 2010, 2011, "Counted anew.")) == f"2010{EN_DASH}2011"
    True
    """
    return span_text(found.first, found.last, EN_DASH)


def break_rules(
    breaks: Iterable[Break], periods: Sequence[int], *, beside: float | None = None
) -> tuple[BreakRule, ...]:
    """Return the rules of breaks among periods, from left to right.

    Parameters
    ----------
    breaks
        Breaks of the series drawn.
    periods
        Those drawn, rising. A rule stands between the last one before and the first one after; a break that takes
        several periods has one where it begins and one where it ends.
    beside
        Where another rule stands on the axis already: one in the same place is moved a little to its left.
    """
    frequency = frequency_of(periods)
    steps = list(pairwise(periods))
    marked: dict[int, list[Break]] = {}
    for item in dict.fromkeys(breaks):
        within = [k for k, (before, after) in enumerate(steps) if item.within(before, after)]
        # Of a break that takes many periods the first and the last change have a rule.
        for k in dict.fromkeys((*within[:1], *within[-1:])):
            marked.setdefault(k, []).append(item)
    said: set[str] = set()
    rules = []
    for k, found in sorted(marked.items()):
        (before, after), here = steps[k], tuple(found)
        new = [item for item in here if item.name not in said]
        said.update(item.name for item in new)
        at = edges(periods, after)[0]
        if at == beside:
            at -= _ASIDE * float(periods[-1] - periods[0])
        text = "; ".join(f"{break_periods(item)}: {_words(item)}" for item in new)
        rules.append(BreakRule(at, here, text, *(str(as_period(frequency, item)) for item in (before, after))))
    return tuple(rules)


def _words(found: Break) -> str:
    return (found.brief or found.text).rstrip(".")


def break_room(rules: Sequence[BreakRule]) -> int:
    """Return how many pixels the texts need above the plot."""
    lines = sum(len(rule.lines) for rule in rules)
    return _STEP * lines + _ROOM if lines else 0


def break_layers(
    rules: Sequence[BreakRule], x: alt.X, field: str = "period", *, above: int = 4
) -> tuple[list[alt.Chart], dict[str, list[dict[str, Any]]]]:
    """Return the rules with their texts as layers, one rule for all at one place, and their data.

    Parameters
    ----------
    rules
        As `break_rules` returns them.
    x, field
        The axis and the field that it shows.
    above
        Pixels between the plot and the lowest text.
    """
    import altair as alt

    channel: Any = x.to_dict()
    domain = channel["scale"]["domain"]
    middle = sum(domain) / 2
    lines: dict[float, list[str]] = {}
    for rule in rules:
        lines.setdefault(rule.at, []).extend(rule.lines)
    # Rules reach up to their own text: of texts that run to the right, the leftmost has to stand highest.
    left = sorted(at for at in lines if at <= middle)
    right = sorted((at for at in lines if at > middle), reverse=True)
    layers: list[alt.Chart] = []
    data: dict[str, list[dict[str, Any]]] = {}
    top = -above - _STEP * sum(map(len, lines.values()))
    for k, at in enumerate((*left, *right), start=1):
        name, own = f"break_{k}", lines[at]
        data[name] = [{field: at, **{f"line_{n}": line for n, line in enumerate(own)}}]
        chart = alt.Chart(alt.NamedData(name))
        reach = {"y": alt.YValue(top if own else 0), "y2": alt.Y2Value("height")}
        layers.append(chart.mark_rule(color=_COLOUR, strokeDash=_DASH, strokeWidth=1.3).encode(x=x, **reach))
        for n in range(len(own)):
            layers += _text(chart, x, f"line_{n}", top, at_left=at <= middle)
            top += _STEP
    return layers, data


def _text(chart: alt.Chart, x: alt.X, field: str, top: int, *, at_left: bool) -> list[alt.Chart]:
    """Return a line of text, with a white one beneath: it stays legible where a rule crosses it."""
    import altair as alt

    place: dict[str, Any] = {
        "align": "left" if at_left else "right",
        "baseline": "top",
        "dx": 5 if at_left else -5,
        "fontSize": 11,
    }
    return [
        chart.mark_text(**place, stroke=stroke, strokeWidth=width).encode(
            x=x, y=alt.YValue(top), text=alt.Text(f"{field}:N"), color=alt.ColorValue(_COLOUR)
        )
        for stroke, width in (("#ffffff", 4), (_COLOUR, 0))
    ]


def break_summary(rules: Sequence[BreakRule]) -> str:
    """Return where a chart has rules and what they mean, for whoever does not see it; empty without any."""
    if not rules:
        return ""
    told: dict[str, None] = {}
    for rule in rules:
        words = and_list([f"{_words(item)} ({item.severity} break)" for item in rule.breaks])
        told[f"between {rule.before} and {rule.after}, {words}"] = None
    return f"Breaks in the series are marked by dash-dotted rules: {'; '.join(told)}."


def break_note(rules: Sequence[BreakRule]) -> str:
    """Return what the rules of a chart stand for, and the sources of the breaks; empty without any."""
    found = dict.fromkeys(item for rule in rules for item in rule.breaks)
    if not found:
        return ""
    told = [f"{break_periods(item)}: {_words(item)} ({item.severity})" for item in found]
    titles = dict.fromkeys(item.source.title.rstrip(".") for item in found if item.source is not None)
    sources = f" Source{'s' if len(titles) > 1 else ''} of breaks: {'; '.join(titles)}." if titles else ""
    head = "Dash-dotted rules: breaks, where a series stops being comparable with its own past."
    return f"{head} {'; '.join(told)}.{sources}"
