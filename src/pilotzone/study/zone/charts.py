"""Charts of paths, gaps and joint effects, as Altair specs over named data sets.

Data stay outside the specs: the page hands them over by name, so that each figure stands in it once. Nothing here
relies on colour alone: the treated unit is told by width and shape, synthetic paths and margins by dashes, placebos
by thin lines.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pilotzone.core import evenly_spaced
from pilotzone.report import (
    NUMBER_FORMAT,
    PLACEBO,
    TREATED,
    Chart,
    bare_title,
    gap_axis_title,
    layered,
    margin_text,
    padded,
    reference_rules,
    scaled_channel,
    side_axis,
    tips,
    wrapped,
)
from pilotzone.study.zone.zones import zones_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    import altair as alt

    from pilotzone.core import Outcome, Panel
    from pilotzone.judgement import OutcomeTest
    from pilotzone.study.zone.findings import DesignFindings

__all__ = [
    "MOST_PLACEBOS",
    "joint_chart",
    "shown_placebos",
]

_JOINT_HEIGHT = 400
MOST_PLACEBOS = 1000
"""So many are shown in a chart of placebos and in its table: several zones have up to a million."""


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
    return Chart(layered(*rules, *names, points, *_quadrants(outcomes)), data, _JOINT_HEIGHT)


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
        (True, False): ["gain, but", f"{outcomes[1].role} worse"],
        (False, True): [f"{outcomes[1].role} better,", "but a loss"],
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
