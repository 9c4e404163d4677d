"""The one way of a chart into the page: a Vega-Lite specification in which no text from data is read as code.

Vega-Lite is a language: field names are paths, tooltips and sort orders become expressions, and some settings are
expressions outright. What comes from data may stand in a specification only where it is a value: in data sets, in
the domain of a scale, in titles. `chart_spec` sees to that for charts of all kinds. Heads of tooltips leave the
specification and go to the page beside it; all else that could become code has to be our own, or no chart is made.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pilotzone.report.legible import legible_data

if TYPE_CHECKING:
    from pilotzone.report.figure import Chart

__all__ = ["CONFIG", "LINES", "ChartSpec", "chart_spec", "checked_spec"]

FONT = "'Helvetica Neue', Arial, 'Liberation Sans', 'Noto Sans', sans-serif"

CONFIG: dict[str, Any] = {
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
        # Labels that touch one another read as one long number.
        "labelSeparation": 6,
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
"""Looks that all charts share; the page gives them to the compiler."""

LINES = "split(datum.label, '\\n')"
"""The expression that breaks an axis label where its text has a line feed: one of two that a chart may hold."""
_DATE = r"'[0-9]{1,9}':'[0-9QW-]{4,12}'"
_DATES = re.compile(rf"\(\{{{_DATE}(?:,{_DATE}){{0,99}}\}}\)\[datum\.value\]")
"""The other: what the numbers of periods on an axis are called, in digits, hyphens, Q and W alone."""

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_FORMAT = re.compile(r"[-+$,.~%0-9a-zA-Z]*")
_NAMED = frozenset({"field", "as", "groupby", "key", "name"})
"""Keys whose text is a name or a path: ours, of letters, digits and underscores."""
_CODE = frozenset(
    {
        "bind", "calculate", "condition", "datum", "expr", "filter", "href", "init", "lookup", "on", "param", "params",
        "select", "selection", "signal", "test", "transform", "update", "url", "value_expr",
    }
)  # fmt: skip
"""Keys whose text is, or becomes, an expression or an address: our charts need none."""


@dataclass(frozen=True, eq=False)
class ChartSpec:
    """What the page draws a chart from, its data apart.

    Attributes
    ----------
    vega_lite
        The specification.
    heads
        What a tooltip's lines are headed with, by the name that stands for it in the specification.
    """

    vega_lite: dict[str, Any]
    heads: dict[str, str]


def chart_spec(chart: Chart, *, validate: bool = False) -> ChartSpec:
    """Return the specification of a chart.

    Parameters
    ----------
    chart
        The chart.
    validate
        Check the Vega-Lite specification against its schema first. It takes longer than all the rest and cannot
        depend on data, which stay outside; the tests do it.

    Raises
    ------
    ValueError
        If a text could be read as code: a fault of the chart's maker, whatever the data.
    """
    # Altair's own looks and its note of the version stay out; the page says both once for all charts.
    fit = {"type": "fit-x", "contains": "padding"}
    spec = chart.layers.to_dict(autosize=fit, height=chart.height, width="container")
    if validate:
        from altair import LayerChart

        LayerChart.validate(spec)
    heads: dict[str, str] = {}
    kept = _without_code(legible_data(spec), heads)
    return ChartSpec(kept, heads)


def checked_spec(spec: dict[str, Any]) -> dict[str, Any]:
    """Return a specification that a page holds, if nothing in it can be code or an address.

    Raises
    ------
    ValueError
        If something can.
    """
    checked: dict[str, Any] = _without_code(spec, {})
    return checked


def _without_code(value: Any, heads: dict[str, str]) -> Any:  # noqa: ANN401 - plain data of any shape
    if isinstance(value, dict):
        for key, item in value.items():
            _refuse_code(key, item)
        return {
            key: _tooltip(item, heads) if key == "tooltip" else _without_code(item, heads)
            for key, item in value.items()
        }
    return [_without_code(item, heads) for item in value] if isinstance(value, list) else value


def _refuse_code(key: str, item: object) -> None:
    """Raise an error where a setting could carry text from data into code."""
    texts = item if isinstance(item, list) else [item]
    ours = {
        "labelExpr": item == LINES or (isinstance(item, str) and _DATES.fullmatch(item) is not None),
        # A list becomes an expression that compares with each of its texts; a domain says the same as data.
        "sort": item in (None, "ascending", "descending"),
        "format": isinstance(item, str) and _FORMAT.fullmatch(item) is not None,
    }
    named = all(isinstance(text, str) and _NAME.fullmatch(text) for text in texts)
    if key in _CODE or not ours.get(key, True) or (key in _NAMED and not named):
        raise ValueError(f"the chart's {key!r} could be read as code: {item!r:.200}")


def _tooltip(entries: list[dict[str, Any]], heads: dict[str, str]) -> list[dict[str, Any]]:
    """Return entries under names of ours instead of their titles, which `heads` gets by name.

    Each entry has a name of its own: two outcomes that are called the same are two lines.
    """
    found = []
    for entry in entries:
        for key, item in entry.items():
            _refuse_code(key, item)
        name = f"t{len(heads)}"
        heads[name] = str(entry["title"])
        found.append(entry | {"title": name})
    return found
