"""A chart that stands by itself: with its data, its title and what stands below the title, for notebooks and files."""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING, Any

from pilotzone.report.legible import legible, legible_data
from pilotzone.report.spec import CONFIG, chart_spec

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import altair as alt

    from pilotzone.report.figure import Chart

__all__ = ["drawn"]

_WIDTH = 560
_TITLE, _FOOT = 72, 100
"""Letters in a line of the title, and of what stands below it."""
_UNFIT_FOR_HEADS = re.compile(r"[^\w ,.:;%()/+&\u2212\u2013-]")
"""What the head of a tooltip does without: heads become names in an expression."""


def drawn(chart: Chart, title: str, foot: Sequence[str] = ()) -> alt.LayerChart | alt.FacetChart:
    """Return a chart as an Altair chart that needs no page: the same marks, axes and looks as in a report.

    Parameters
    ----------
    chart
        The chart, with its data.
    title
        What it says.
    foot
        How to read it, and its source; each begins a line of its own below the title.

    Notes
    -----
    Texts are cleaned as for a report, and nothing from data is read as code: see `chart_spec`.
    """
    from altair import LayerChart

    found = chart_spec(chart)
    spec = _with_heads(found.vega_lite, found.heads)
    lines = [line for text in foot for line in textwrap.wrap(legible(text), _FOOT)]
    whole = {
        **spec,
        "width": _WIDTH,
        "autosize": "pad",
        "padding": 12,
        "title": {
            "text": textwrap.wrap(legible(title), _TITLE),
            "subtitle": lines,
            "anchor": "start",
            "frame": "bounds",
            "offset": 14,
            "subtitlePadding": 6,
        },
        "config": CONFIG,
        "datasets": legible_data(dict(chart.data)),
    }
    return LayerChart.from_dict(whole, validate=False)


def _with_heads(value: Any, heads: Mapping[str, str]) -> Any:  # noqa: ANN401 - plain data of any shape
    """Return a specification whose tooltips have their heads again, without signs that could end a name."""
    if isinstance(value, dict):
        return {
            key: _headed(item, heads) if key == "tooltip" else _with_heads(item, heads) for key, item in value.items()
        }
    return [_with_heads(item, heads) for item in value] if isinstance(value, list) else value


def _headed(entries: list[dict[str, Any]], heads: Mapping[str, str]) -> list[dict[str, Any]]:
    return [entry | {"title": _UNFIT_FOR_HEADS.sub(" ", heads[entry["title"]])} for entry in entries]
