"""Charts of paths, gaps and joint effects, as Altair specs over named data sets.

Data stay outside the specs: the page hands them over by name, so that each figure stands in it once. Nothing here
relies on colour alone: the treated unit is told by width and shape, synthetic paths and margins by dashes, placebos
by thin lines.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from pilotzone.core import evenly_spaced
from pilotzone.report.axes import (
    NUMBER_FORMAT,
    edges,
    gap_axis_title,
    level_axis,
    padded,
    period_axis,
    side_axis,
    tips,
    unit_scale,
    wrapped,
)
from pilotzone.report.figure import Chart
from pilotzone.report.formatting import bare_title, margin_text
from pilotzone.report.zones import zones_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import altair as alt

    from pilotzone.core import Outcome, Panel
    from pilotzone.evaluate.few import FewEffects, OutcomeFit
    from pilotzone.judge import OutcomeTest
    from pilotzone.report.findings import DesignFindings

__all__ = [
    "INK",
    "MARGIN",
    "MOST_PLACEBOS",
    "PLACEBO",
    "TREATED",
    "gap_chart",
    "joint_chart",
    "path_chart",
    "path_levels",
    "point_looks",
    "reference_rules",
    "scaled_channel",
    "shown_placebos",
]

INK = "#1b1f24"
TREATED = "#0b3d66"
SYNTHETIC = "#b3470b"
PLACEBO = "#767d85"
MARGIN = "#7a1f4b"
_SHADED = (("anticipation", "#dfe3e8", -15), ("window", "#f6eedd", -2))
_WORDS_ROOM = 30
"""Pixels between legend and plot, where the phases are named."""
_HEIGHT = 300
_JOINT_HEIGHT = 400
MOST_PLACEBOS = 1000
"""So many are shown in a chart of placebos and in its table: several zones have up to a million."""


def path_levels(fit: OutcomeFit) -> tuple[list[float], list[float]]:
    """Return the treated unit's actual and synthetic path as levels: a logarithm is undone."""
    is_log = fit.outcome.scale == "log"
    actual, synthetic = (
        [math.exp(value) if is_log else float(value) for value in path[fit.treated]]
        for path in (fit.actual, fit.synthetic)
    )
    return actual, synthetic


def path_chart(panel: Panel, effects: FewEffects, fit: OutcomeFit) -> Chart:
    """Return the actual and the synthetic path of the treated unit, in levels.

    A logged outcome is drawn in its own unit on a logarithmic axis: readers see yuan or tonnes, and equal distances
    are equal percentages, as in the estimation.
    """
    import altair as alt

    label = panel.label(effects.design.unit)
    names = [label, f"synthetic {label}"]
    levels = path_levels(fit)
    factor, title = unit_scale(fit.outcome, [*levels[0], *levels[1]])
    rows: list[dict[str, Any]] = [
        {"period": period, "path": name, "value": value / factor}
        for name, path in zip(names, levels, strict=True)
        for period, value in zip(fit.periods, path, strict=True)
        if math.isfinite(value)
    ]
    is_log = fit.outcome.scale == "log"
    scale, axis = level_axis([row["value"] for row in rows], is_log=is_log)
    x, y = period_axis(fit.periods), alt.Y("value:Q", scale=scale, axis=axis)
    head = wrapped(f"{title} (logarithmic axis)" if is_log else title)
    style = _style(head, "path", names, [(TREATED, [1, 0], 3), (SYNTHETIC, [6, 4], 2.5)])
    lines = alt.Chart(alt.NamedData("lines")).mark_line().encode(x=x, y=y, **style)
    hover = (
        alt.Chart(alt.NamedData("lines"))
        .mark_point(size=80, opacity=0, filled=True)
        .encode(x=x, y=y, tooltip=tips(path="path", period="period", value=title))
    )
    return Chart(alt.layer(*_phases(x), lines, hover), {"lines": rows, **_phase_data(effects, fit)}, _HEIGHT)


def gap_chart(panel: Panel, effects: FewEffects, fit: OutcomeFit) -> Chart:
    """Return the gaps of the treated unit and of all placebos, in percent or in the outcome's unit."""
    import altair as alt

    outcome = fit.outcome
    label = panel.label(effects.design.unit)
    names = [label, f"{len(fit.units) - 1} placebos"]
    data = {"placebos": _gap_rows(panel, fit, names[1]), "treated": _gap_rows(panel, fit, names[0], treated=True)}
    looks = [(TREATED, [1, 0], 3.5), (PLACEBO, [1, 0], 0.9)]
    if outcome.margin is not None:
        names.append(f"margin: {margin_text(outcome)}")
        looks.append((MARGIN, [2, 3], 2.0))
        data["margin"] = [{"gap": outcome.display(outcome.harm_boundary), "kind": names[2]}]
    title = gap_axis_title(outcome, f"{bare_title(outcome)}: gap to the synthetic path")
    y = alt.Y("gap:Q", axis=side_axis(), scale=alt.Scale(nice=True, zero=True))
    x = period_axis(fit.periods)
    style = _style(wrapped(title), "kind", names, looks)
    layers = [*_phases(x), *reference_rules(with_margin=False, y=y)]
    layers += [
        alt.Chart(alt.NamedData(name)).mark_line().encode(x=x, y=y, detail=alt.Detail("unit:N"), **style)
        for name in ("placebos", "treated")
    ]
    if "margin" in data:
        layers.append(alt.Chart(alt.NamedData("margin")).mark_rule().encode(y=y, **style))
    for name in ("placebos", "treated"):
        hover = alt.Chart(alt.NamedData(name)).mark_point(size=50, opacity=0, filled=True)
        layers.append(hover.encode(x=x, y=y, tooltip=tips(unit="unit", period="period", gap=title)))
    return Chart(alt.layer(*layers), {**data, "zero": [{"gap": 0}], **_phase_data(effects, fit)}, _HEIGHT + 30)


def _gap_rows(panel: Panel, fit: OutcomeFit, kind: str, *, treated: bool = False) -> list[dict[str, Any]]:
    gaps = fit.gaps
    return [
        {"period": period, "unit": panel.label(unit), "kind": kind, "gap": fit.outcome.display(float(value))}
        for i, unit in enumerate(fit.units)
        if (i == fit.treated) == treated
        for period, value in zip(fit.periods, gaps[i], strict=True)
        if math.isfinite(value)
    ]


def joint_chart(panel: Panel, design: DesignFindings, pair: tuple[OutcomeTest, OutcomeTest]) -> Chart:
    """Return mean gaps on two outcomes at once: development across, environment upwards, margins drawn.

    Parameters
    ----------
    panel, design
        Labels of units, and draws of all placebos; of more than `MOST_PLACEBOS` some are shown.
    pair
        Tests of a development and of an environment outcome.
    """
    import altair as alt

    label = zones_text(panel, design)
    outcomes = [test.outcome for test in pair]
    rows = _joint_rows(panel, design, outcomes)
    margins = [outcome.display(outcome.harm_boundary) for outcome in outcomes]
    domains = [
        padded([*(row[key] for row in rows), margin]) for key, margin in zip(("across", "up"), margins, strict=True)
    ]
    treated = next(row for row in rows if row["kind"] == label)
    titles = [_joint_title(outcome) for outcome in outcomes]
    x = alt.X(
        "across:Q",
        scale=alt.Scale(domain=domains[0], nice=False),
        axis=alt.Axis(title=wrapped(titles[0]), format=NUMBER_FORMAT, tickCount=6, grid=True),
    )
    y = alt.Y("up:Q", scale=alt.Scale(domain=domains[1], nice=False), axis=side_axis())
    head = wrapped(titles[1])
    at_left = treated["across"] > sum(domains[0]) / 2
    kinds = [label, _placebos(design)]
    points = (
        alt.Chart(alt.NamedData("points"))
        .mark_point(opacity=1)
        .encode(
            x=x,
            y=y,
            shape=scaled_channel(alt.Shape, head, "kind", kinds, ["diamond", "circle"]),
            size=scaled_channel(alt.Size, head, "kind", kinds, [320, 60]),
            fill=scaled_channel(alt.Fill, head, "kind", kinds, [TREATED, "#ffffff"]),
            stroke=scaled_channel(alt.Stroke, head, "kind", kinds, ["#ffffff", PLACEBO]),
            tooltip=tips(unit="unit", across=bare_title(outcomes[0]), up=bare_title(outcomes[1])),
        )
    )
    # Once in white and broad beneath: the name stays legible where it crosses a line.
    names = [
        alt.Chart(alt.NamedData("treated"))
        .mark_text(
            align="right" if at_left else "left",
            dx=-14 if at_left else 14,
            fontSize=13,
            fontWeight="bold",
            stroke=stroke,
            strokeWidth=width,
        )
        .encode(x=x, y=y, text=alt.Text("unit:N"), color=alt.ColorValue(TREATED))
        for stroke, width in (("#ffffff", 5), (TREATED, 0))
    ]
    rules = [*reference_rules(x=x), *reference_rules(y=y)]
    data = {
        "points": rows,
        "treated": [treated],
        "zero": [{"across": 0, "up": 0}],
        "margin": [{"across": margins[0], "up": margins[1]}],
    }
    return Chart(alt.layer(*rules, *names, points, *_quadrants(outcomes)), data, _JOINT_HEIGHT)


def shown_placebos(design: DesignFindings) -> list[int]:
    """Return which draws are shown, the actual one among them: of very many, evenly spaced ones."""
    draws = design.joint.draws
    return sorted({*evenly_spaced(len(draws.units), MOST_PLACEBOS), draws.treated})


def _placebos(design: DesignFindings) -> str:
    count, shown = len(design.joint.draws.units), len(shown_placebos(design))
    return f"{count - 1:,} placebos" if shown == count else f"{shown - 1} of {count - 1:,} placebos"


def _joint_rows(panel: Panel, design: DesignFindings, outcomes: Sequence[Outcome]) -> list[dict[str, Any]]:
    draws = design.joint.draws
    across, up = (design.joint.index(outcome.name) for outcome in outcomes)
    label, rest = zones_text(panel, design), _placebos(design)
    rows = [
        {
            "unit": panel.label(draws.units[i]),
            "kind": label if i == draws.treated else rest,
            "across": outcomes[0].display(float(draws.mean_gap[i, across])),
            "up": outcomes[1].display(float(draws.mean_gap[i, up])),
        }
        for i in shown_placebos(design)
    ]
    # The treated unit last, so that it is drawn on top.
    return sorted(rows, key=lambda row: row["kind"] == label)


def _joint_title(outcome: Outcome) -> str:
    margin = margin_text(outcome).replace("a ", "", 1)
    return f"{gap_axis_title(outcome, f'{bare_title(outcome)}: mean gap')} (dotted: margin, {margin})"


def _quadrants(outcomes: Sequence[Outcome]) -> list[alt.Chart]:
    """Say in each corner what lies there."""
    import altair as alt

    words = {
        (True, True): ["better", "on both"],
        (False, False): ["worse", "on both"],
        (True, False): ["gain, but", "environment worse"],
        (False, True): ["environment better,", "but a loss"],
    }
    charts = []
    for right in (False, True):
        for top in (False, True):
            good = right == (outcomes[0].good == "up"), top == (outcomes[1].good == "up")
            mark: dict[str, Any] = {
                "align": "right" if right else "left",
                "baseline": "top" if top else "bottom",
                "dx": -6 if right else 6,
                "dy": 6 if top else -20,
                "fontStyle": "italic",
                "color": "#555c64",
                "lineHeight": 14,
                "fontSize": 12,
            }
            charts.append(
                alt.Chart(alt.NamedData("zero"))
                .mark_text(text=words[good], **mark)
                .encode(x=alt.XValue("width" if right else 0), y=alt.YValue(0 if top else "height"))
            )
    return charts


def _style(
    title: list[str], field: str, names: Sequence[str], looks: Sequence[tuple[str, list[int], float]]
) -> dict[str, Any]:
    """Return the encodings that tell lines apart, by colour, dash and width together.

    The title of the vertical axis heads the legend: there it is level, and the layout keeps room for it.
    """
    import altair as alt

    return {
        "color": scaled_channel(alt.Color, title, field, names, [colour for colour, _, _ in looks], _WORDS_ROOM),
        "strokeDash": scaled_channel(alt.StrokeDash, title, field, names, [dash for _, dash, _ in looks], _WORDS_ROOM),
        "strokeWidth": scaled_channel(
            alt.StrokeWidth, title, field, names, [width for _, _, width in looks], _WORDS_ROOM
        ),
    }


def scaled_channel(
    channel: Callable[..., Any],
    title: list[str] | None,
    field: str,
    names: Sequence[str],
    values: Sequence[Any],
    offset: int = 8,
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
    title: list[str] | None, kinds: Sequence[str], looks: Mapping[str, tuple[str, int, str, str]]
) -> dict[str, Any]:
    """Return the encodings that tell points apart by ``kind``: shape, size, filling and border, in that order."""
    import altair as alt

    channels = {"shape": alt.Shape, "size": alt.Size, "fill": alt.Fill, "stroke": alt.Stroke}
    return {
        name: scaled_channel(channel, title, "kind", kinds, [looks[kind][k] for kind in kinds])
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


def _phases(x: alt.X) -> list[alt.Chart]:
    """Shade anticipation and window, name them, and draw a line where the zone starts."""
    import altair as alt

    layers = []
    for phase, colour, _ in _SHADED:
        layers.append(alt.Chart(alt.NamedData(phase)).mark_rect(color=colour).encode(x=x, x2=alt.X2("to:Q")))
    for phase, _, top in _SHADED:
        word = alt.Chart(alt.NamedData(phase)).mark_text(align="right", baseline="bottom", fontSize=11, color="#454b52")
        layers.append(word.encode(x=alt.X("to:Q"), y=alt.YValue(top), text=alt.Text("phase:N")))
    rule = alt.Chart(alt.NamedData("start")).mark_rule(color=INK, strokeDash=[5, 3], strokeWidth=1.2)
    return [*layers, rule.encode(x=x)]


def _phase_data(effects: FewEffects, fit: OutcomeFit) -> dict[str, list[dict[str, Any]]]:
    data: dict[str, list[dict[str, Any]]] = {}
    for phase, _, _ in _SHADED:
        inside = [period for period, item in zip(fit.periods, fit.phases, strict=True) if item == phase]
        ends = [(edges(fit.periods, inside[0])[0], edges(fit.periods, inside[-1])[1])] if inside else []
        data[phase] = [{"phase": phase, "period": left, "to": right} for left, right in ends]
    started = [period for period in fit.periods if period >= effects.design.start]
    data["start"] = [{"period": edges(fit.periods, period)[0]} for period in started[:1]]
    return data
