"""Names of lines at their ends, in place of a legend, and the title of a vertical axis level above its plot."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from pilotzone.report.style import INK, PLACEBO

if TYPE_CHECKING:
    import altair as alt

__all__ = ["LineEnd", "end_labels", "headed", "kind_ends", "plain_lines", "rule_words"]

_APART = 14.0
"""Pixels between the middles of labels, at least."""
_BESIDE = 6
"""Pixels between the end of a line and its label."""
_FONT = 12
_RULE_FONT = 11
_LINE_HEIGHT = 15
_LONGEST = 118
"""Pixels of a label, at most: the rest of a longer one is left out, and stands in title and tooltips."""
_PALE = {PLACEBO: "#565d65"}
"""Colours that are too pale for text, and what words take in their place."""


@dataclass(frozen=True)
class LineEnd:
    """The end of a line that is named there.

    Attributes
    ----------
    name
        What the line is called.
    at
        The field of the horizontal axis and its value.
    value
        Height, in units of the vertical axis.
    colour
        Of the line; words are as dark as they have to be.
    bold
        Whether the line is what the chart is about.
    """

    name: str
    at: Mapping[str, Any]
    value: float
    colour: str = INK
    bold: bool = False


def end_labels(
    ends: Sequence[LineEnd], x: alt.X, y: alt.Y, shown: tuple[float, float], height: int, *, is_log: bool = False
) -> tuple[list[alt.Chart], dict[str, list[dict[str, Any]]]]:
    """Return layers that name lines to the right of their ends, moved apart where they would cover one another.

    Parameters
    ----------
    ends
        One for each line that is named.
    x, y
        The axes.
    shown
        Least and greatest value that the vertical axis shows, about.
    height
        Of the plot, pixels.
    is_log
        Whether the vertical axis is logarithmic.

    Returns
    -------
    layers
        One for each name.
    data
        Their data, by name.
    """
    import altair as alt

    channel: Any = y.to_dict()
    field = str(channel["field"])
    layers: list[alt.Chart] = []
    data: dict[str, list[dict[str, Any]]] = {}
    for k, (end, shift) in enumerate(zip(ends, _shifts(ends, shown, height, is_log=is_log), strict=True), start=1):
        name = f"end_{k}"
        data[name] = [{**end.at, field: end.value, "words": end.name}]
        layers.append(
            alt.Chart(alt.NamedData(name))
            .mark_text(
                align="left",
                baseline="middle",
                dx=_BESIDE,
                dy=shift,
                fontSize=_FONT,
                fontWeight="bold" if end.bold else "normal",
                color=_PALE.get(end.colour, end.colour),
                limit=_LONGEST,
            )
            .encode(x=x, y=y, text=alt.Text("words:N"))
        )
    return layers, data


def _shifts(ends: Sequence[LineEnd], shown: tuple[float, float], height: int, *, is_log: bool) -> list[float]:
    """Return by how many pixels each name is moved down, so that none covers another; their mean stays in place."""
    low, high = (math.log(value) for value in shown) if is_log else shown
    size = (high - low) or 1.0
    places = [height * (high - (math.log(end.value) if is_log else end.value)) / size for end in ends]
    order = sorted(range(len(ends)), key=lambda k: (places[k], k))
    moved = list(places)
    for above, k in pairwise(order):
        moved[k] = max(moved[k], moved[above] + _APART)
    middle = sum(moved[k] - places[k] for k in order) / max(len(order), 1)
    return [round(moved[k] - places[k] - middle, 1) for k in range(len(ends))]


def kind_ends(
    rows: Sequence[Mapping[str, Any]],
    names: Sequence[str],
    looks: Sequence[tuple[str, list[int], float]],
    x: alt.X,
    y: alt.Y,
    height: int,
) -> tuple[list[alt.Chart], dict[str, list[dict[str, Any]]]]:
    """Return layers that name the line of each ``kind`` of rows at its right end, and their data.

    Parameters
    ----------
    rows
        Points of all lines: ``kind``, and the fields of both axes.
    names
        Kinds, in the order of `looks`, which are repeated where there are more kinds.
    looks
        Colour, dash and width of each line.
    x, y, height
        As in `end_labels`.
    """
    channels: list[Any] = [x.to_dict(), y.to_dict()]
    across, up = (str(channel["field"]) for channel in channels)
    # Of several points at one place the last one is the end.
    last = {name: max((r for r in reversed(rows) if r["kind"] == name), key=lambda r: r[across]) for name in names}
    ends = [
        LineEnd(name, {across: row[across]}, float(row[up]), looks[k % len(looks)][0])
        for k, (name, row) in enumerate(last.items())
    ]
    heights = [float(row[up]) for row in rows]
    return end_labels(ends, x, y, (min(heights), max(heights)), height)


def plain_lines(field: str, names: Sequence[str], looks: Sequence[tuple[str, list[int], float]]) -> dict[str, Any]:
    """Return the encodings that tell lines apart, by colour, dash and width together, without a legend."""
    import altair as alt

    channels = {"color": alt.Color, "strokeDash": alt.StrokeDash, "strokeWidth": alt.StrokeWidth}
    return {
        key: channel(
            f"{field}:O",
            scale=alt.Scale(type="ordinal", domain=list(names), range=[look[k] for look in looks]),
            legend=None,
        )
        for k, (key, channel) in enumerate(channels.items())
    }


def headed(axis: alt.Axis, head: Sequence[str], room: int = 0) -> alt.Axis:
    """Return a vertical axis with its title level above the plot, `room` pixels over it.

    Parameters
    ----------
    axis
        The axis.
    head
        Lines of the title.
    room
        Pixels between plot and title, for what else stands above the plot.
    """
    import altair as alt

    return alt.Axis(
        **{
            **axis.to_dict(),
            "title": list(head),
            "titleAngle": 0,
            "titleAlign": "left",
            "titleAnchor": "start",
            "titleBaseline": "top",
            "titleLineHeight": _LINE_HEIGHT,
            "titleX": 0,
            "titleY": -(_LINE_HEIGHT * len(head) + room + 4),
        }
    )


def rule_words(data: str, x: alt.X, *, right: bool = False, above: int = 2) -> list[alt.Chart]:
    """Return layers that name vertical rules above the plot: the field ``words`` of a data set, white beneath.

    Parameters
    ----------
    data
        Name of the data set, a row for each rule.
    x
        The axis.
    right
        Whether words stand to the right of their rule; to the left by default.
    above
        Pixels between the plot and the words.
    """
    import altair as alt

    return [
        alt.Chart(alt.NamedData(data))
        .mark_text(
            align="left" if right else "right",
            baseline="bottom",
            dx=3 if right else -3,
            fontSize=_RULE_FONT,
            color=INK,
            stroke=stroke,
            strokeWidth=width,
        )
        .encode(x=x, y=alt.YValue(-above), text=alt.Text("words:N"))
        for stroke, width in (("#ffffff", 4), (INK, 0))
    ]
