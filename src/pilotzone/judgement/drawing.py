"""The chart of a verdict: the p-values of its tests beside the level that they are held to."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from pilotzone.core import p_text
from pilotzone.report import (
    INK,
    MARGIN,
    PLACEBO,
    TREATED,
    Chart,
    bare_title,
    drawn,
    headline,
    layered,
    point_looks,
    tips,
)

if TYPE_CHECKING:
    import altair as alt

    from pilotzone.judgement.tested import OutcomeTest
    from pilotzone.judgement.verdict import Verdict

__all__ = ["plot_verdict"]

_LOOKS = {
    "improvement": ("circle", 130, TREATED, TREATED),
    "harm beyond the margin ruled out": ("diamond", 130, "#ffffff", INK),
    "harm beyond the margin shown": ("cross", 130, MARGIN, MARGIN),
}
"""Shape, size, filling and border by what a test would show."""
_ROW, _LEAST_HEIGHT = 46, 120
_ROOM = 0.75
"""The least p is drawn this far to the right of the axis' beginning, as a factor."""
_TICKS = (0.0001, 0.001, 0.01, 0.05, 0.1, 0.25, 0.5, 1.0)


def plot_verdict(verdict: Verdict) -> alt.LayerChart | alt.FacetChart:
    """Return the p-values of all tests of a verdict on one axis, with its level and the smallest p there can be."""
    import altair as alt

    rows = [row for test in verdict.tests for row in _rows(test)]
    names = [bare_title(test.outcome) for test in verdict.tests]
    least = min([verdict.alpha, verdict.smallest_p or verdict.alpha, *(row["across"] for row in rows)])
    axis = alt.Axis(
        title="one-sided p-value (logarithmic axis)",
        format="~g",
        values=[tick for tick in _TICKS if tick >= least * _ROOM],
        grid=False,
    )
    x = alt.X("across:Q", axis=axis, scale=alt.Scale(type="log", domain=[least * _ROOM, 1.05], nice=False))
    y = alt.Y(
        "row:N",
        scale=alt.Scale(domain=names),
        axis=alt.Axis(title=None, labelLimit=220, ticks=False, domain=False, grid=True, labelPadding=6),
    )
    kinds = [kind for kind in _LOOKS if any(row["kind"] == kind for row in rows)]
    points = (
        alt.Chart(alt.NamedData("points"))
        .mark_point(opacity=1, strokeWidth=1.6)
        .encode(
            x=x,
            y=y,
            yOffset=alt.YOffset("kind:N", scale=alt.Scale(domain=kinds)),
            **point_looks(["test of"], kinds, _LOOKS),
            tooltip=tips(row="outcome", kind="test of", across="p"),
        )
    )
    lines = [
        alt.Chart(alt.NamedData(name)).mark_rule(color=colour, strokeDash=dash, strokeWidth=1.4).encode(x=x)
        for name, colour, dash in (("level", INK, [5, 3]), ("smallest", PLACEBO, [2, 3]))
    ]
    smallest = [] if verdict.smallest_p is None else [{"across": verdict.smallest_p}]
    level = [{"across": verdict.alpha}]
    data = {"points": rows, "level": level, "smallest": smallest}
    height = max(_LEAST_HEIGHT, _ROW * len(names))
    return drawn(Chart(layered(*lines, points), data, height), _title(verdict), _foot(verdict))


def _rows(test: OutcomeTest) -> list[dict[str, Any]]:
    shown = zip(_LOOKS, (test.p_improved, test.p_harm_excluded, test.p_harm_shown), strict=True)
    return [
        {"row": bare_title(test.outcome), "kind": kind, "across": max(p, _TICKS[0])}
        for kind, p in shown
        if math.isfinite(p)
    ]


def _title(verdict: Verdict) -> str:
    label = headline(verdict.label, verdict.grade)
    if math.isnan(verdict.p_claim):
        return label
    return f"{label}: p of the whole claim is {p_text(verdict.p_claim)}"


def _foot(verdict: Verdict) -> list[str]:
    foot = [f"Dashed: level {verdict.alpha:g}. A test at or left of it shows what it is a test of."]
    if verdict.smallest_p is not None:
        foot.append(f"Dotted: with {verdict.unit_count} units no p can be below {p_text(verdict.smallest_p)}.")
    untested = [bare_title(test.outcome) for test in verdict.tests if test.why_none]
    if untested:
        foot.append(f"No test: {', '.join(untested)}.")
    return foot
