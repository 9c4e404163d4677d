"""A figure of a report: a chart with its data kept apart, its words, and the table of what it shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pilotzone.report.sheet import Sheet

if TYPE_CHECKING:
    import altair as alt

__all__ = ["VEGA_LITE", "Chart", "Figure", "compile_chart"]

VEGA_LITE = "6.4"
"""Version of Vega-Lite that Altair writes and vl-convert compiles."""

FONT = "'Helvetica Neue', Arial, 'Liberation Sans', 'Noto Sans', sans-serif"

_CONFIG: dict[str, Any] = {
    # The figure as a whole is described in words; hundreds of marks would only be in a screen reader's way.
    "aria": False,
    "font": FONT,
    "background": "#ffffff",
    "view": {"stroke": None},
    "axis": {
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "labelColor": "#1b1f24",
        "titleColor": "#1b1f24",
        "gridColor": "#e3e6ea",
        "domainColor": "#6b727a",
        "tickColor": "#6b727a",
        "labelOverlap": True,
    },
    "axisX": {"grid": False},
    "legend": {
        "labelFontSize": 12,
        "labelColor": "#1b1f24",
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "titleColor": "#1b1f24",
        "titleLimit": 0,
        "titleLineHeight": 15,
        "rowPadding": 2,
        "offset": 8,
    },
    "title": {"fontSize": 15, "subtitleFontSize": 11, "anchor": "start"},
}


@dataclass(frozen=True, eq=False)
class Chart:
    """An Altair chart over named data sets.

    Attributes
    ----------
    layers
        The chart.
    data
        Rows of each named data set.
    height
        Height of the plotting area in CSS pixels; the width is the container's.
    """

    layers: alt.LayerChart | alt.FacetChart
    data: Mapping[str, list[dict[str, Any]]]
    height: int


@dataclass(frozen=True, eq=False)
class Figure:
    """A chart and everything that stands around it.

    Attributes
    ----------
    id
        Unique in the report; names the exported files.
    title
        What the chart says, made from its figures.
    summary
        The chart in words.
    source
        Where the figures come from, in short.
    citation
        The same in full, for the exported file.
    chart
        The chart.
    sheet
        The table of what is drawn; exported as CSV.
    note
        How to read it.
    credit
        A line that has to stand on the chart wherever it goes.
    """

    id: str
    title: str
    summary: str
    source: str
    citation: str
    chart: Chart
    sheet: Sheet
    note: str = field(default="")
    credit: str = field(default="")


def compile_chart(chart: Chart, *, validate: bool = False) -> dict[str, Any]:
    """Return the Vega specification of a chart.

    Parameters
    ----------
    chart
        The chart.
    validate
        Check the Vega-Lite specification against its schema first. It takes longer than all the rest and cannot
        depend on data, which stay outside; the tests do it.
    """
    import vl_convert

    spec = chart.layers.properties(
        width="container", height=chart.height, autosize={"type": "fit-x", "contains": "padding"}
    ).to_dict(validate=validate)
    spec["config"] = _CONFIG
    compiled: dict[str, Any] = vl_convert.vegalite_to_vega(spec, vl_version=VEGA_LITE)
    return compiled
