"""How charts look: colours, dashes and shapes that are told apart in grey, and the lines that all charts share."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import altair as alt

__all__ = [
    "INK",
    "MARGIN",
    "PLACEBO",
    "SYNTHETIC",
    "TREATED",
    "WORDS_ROOM",
    "line_style",
    "point_looks",
    "reference_rules",
    "scaled_channel",
]

INK = "#1b1f24"


TREATED = "#0b3d66"


SYNTHETIC = "#b3470b"


PLACEBO = "#767d85"


MARGIN = "#7a1f4b"


_GAP = 8
"""Pixels between legend and plot."""

WORDS_ROOM = 30
"""Pixels between legend and plot, where the phases are named."""


def line_style(
    title: list[str],
    field: str,
    names: Sequence[str],
    looks: Sequence[tuple[str, list[int], float]],
    room: int = 0,
) -> dict[str, Any]:
    """Return the encodings that tell lines apart, by colour, dash and width together.

    The title of the vertical axis heads the legend: there it is level, and the layout keeps room for it, and `room`
    pixels more between legend and plot.
    """
    import altair as alt

    offset = WORDS_ROOM + room
    return {
        "color": scaled_channel(alt.Color, title, field, names, [colour for colour, _, _ in looks], offset),
        "strokeDash": scaled_channel(alt.StrokeDash, title, field, names, [dash for _, dash, _ in looks], offset),
        "strokeWidth": scaled_channel(alt.StrokeWidth, title, field, names, [width for _, _, width in looks], offset),
    }


def scaled_channel(
    channel: Callable[..., Any],
    title: list[str] | None,
    field: str,
    names: Sequence[str],
    values: Sequence[Any],
    offset: int = _GAP,
) -> Any:  # noqa: ANN401 - whatever channel it was given
    """Return a channel whose values are told one by one, with the legend that all channels share."""
    import altair as alt

    legend = alt.Legend(
        title=title,
        orient="top",
        direction="vertical",
        labelLimit=290,
        symbolSize=200,
        symbolStrokeWidth=2.5,
        offset=offset,
    )
    # "ordinal" has to be said: for widths and sizes the compiler would space values evenly between the ends.
    scale = alt.Scale(type="ordinal", domain=list(names), range=list(values))
    # The compiler warns of shapes for what has an order, and of sizes for what has none.
    kind = "N" if channel is alt.Shape else "O"
    return channel(f"{field}:{kind}", scale=scale, legend=legend)


def point_looks(
    title: list[str] | None, kinds: Sequence[str], looks: Mapping[str, tuple[str, int, str, str]], room: int = 0
) -> dict[str, Any]:
    """Return the encodings that tell points apart by ``kind``: shape, size, filling and border, in that order.

    `room` pixels are kept between legend and plot besides the usual ones.
    """
    import altair as alt

    channels = {"shape": alt.Shape, "size": alt.Size, "fill": alt.Fill, "stroke": alt.Stroke}
    return {
        name: scaled_channel(channel, title, "kind", kinds, [looks[kind][k] for kind in kinds], _GAP + room)
        for k, (name, channel) in enumerate(channels.items())
    }


def reference_rules(*, with_margin: bool = True, **axis: alt.X | alt.Y) -> list[alt.Chart]:
    """Return the lines at zero, solid, and at the margin, dotted, across one axis; the data sets bear those names."""
    import altair as alt

    looks = (("zero", INK, [1, 0], 1), ("margin", MARGIN, [2, 3], 2))
    return [
        alt.Chart(alt.NamedData(name)).mark_rule(color=colour, strokeDash=dash, strokeWidth=width).encode(**axis)
        for name, colour, dash, width in (looks if with_margin else looks[:1])
    ]
