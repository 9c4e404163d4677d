"""A figure of a report: a chart with its data kept apart, its words, and the table of what it shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pilotzone.report.sheet import Sheet

if TYPE_CHECKING:
    from pilotzone.report.layering import Layers

__all__ = ["Chart", "Figure"]


@dataclass(frozen=True, eq=False)
class Chart:
    """Altair charts on top of one another, over named data sets.

    Attributes
    ----------
    layers
        The charts.
    data
        Rows of each named data set.
    height
        Height of the plotting area in CSS pixels; the width is the container's.
    """

    layers: Layers
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
