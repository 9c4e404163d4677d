"""A map of figures: regions shaded in classes that hold for all periods, and regions without a figure named as such."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from pilotzone.report.axes import tips
from pilotzone.report.figure import Chart
from pilotzone.report.formatting import number_text
from pilotzone.report.land import projection, signs_layer
from pilotzone.report.layering import layered
from pilotzone.report.shapes import label_point
from pilotzone.report.style import INK

if TYPE_CHECKING:
    import altair as alt

__all__ = ["ABSENT", "NO_FIGURE", "Frame", "Land", "Mark", "class_words", "figures_chart"]

NO_FIGURE = "\u00d7 no figure"
"""Class of a region of the data whose figure is missing: a sign tells it from a low figure in grey print too."""
ABSENT = "not in the data"
"""Class of a shape that the data do not have."""

_FILLS = ("#eaf2f9", "#c3daee", "#93bce0", "#5f97cb", "#2f6ba8", "#0b3360")
"""From low to high: lightness falls from class to class, so that grey print keeps their order."""
_NONE, _OUT = "#efe7d6", "#d4d6d9"
_OUTLINE = "#4d545c"
_HEIGHT = 360
_HALO = 3
_LONG = 24
"""Characters of a class above which the legend has one column: two would be cut on a telephone, 390 pixels wide."""
_WIDE, _TALL = 9.0, 2.6
"""Degrees that a date takes on a map of some 350 pixels: two that are closer are not both written out."""


@dataclass(frozen=True)
class Mark:
    """What is written on a region.

    Attributes
    ----------
    sign
        One character, or none.
    date
        When, as text; left out of the map where another one is too close.
    """

    sign: str
    date: str = ""


@dataclass(frozen=True)
class Land:
    """Where regions lie.

    Attributes
    ----------
    geometries
        Shapes made by `drawable`, by code.
    names
        Code of a shape to its name.
    named
        The projection that the shapes ask for; empty where an ordinary one will do.
    points
        Code to latitude and longitude in degrees, for regions that are drawn as points on the shapes.
    """

    geometries: Mapping[str, Mapping[str, Any]]
    names: Mapping[str, str]
    named: str = ""
    points: Mapping[str, tuple[float, float]] = field(default_factory=dict)


@dataclass(frozen=True)
class Frame:
    """What a map shows in one period.

    Attributes
    ----------
    period
        As text.
    values
        Code to figure; NaN or absent where there is none.
    """

    period: str
    values: Mapping[str, float]


def class_edges(values: Sequence[float]) -> list[float]:
    """Return the edges between at most six classes that hold like numbers of different figures, in three digits.

    Parameters
    ----------
    values
        Figures of all regions and periods; those that are not finite are left out.

    Examples
    --------
    >>> class_edges([1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
    [1.83, 2.67, 3.5, 4.33, 5.17]
    >>> class_edges([2.0, 2.0, 2.0])
    []
    """
    import numpy as np

    known = np.unique([value for value in values if math.isfinite(value)])
    if not known.size:
        return []
    shares = [k / len(_FILLS) for k in range(1, len(_FILLS))]
    edges: list[float] = []
    for edge in [float(f"{found:.3g}") for found in np.quantile(known, shares).tolist()]:
        # A class that no figure lies in is none.
        low = edges[-1] if edges else -math.inf
        if edge <= known[-1] and ((known >= low) & (known < edge)).any():
            edges.append(edge)
    return edges


def class_words(edges: Sequence[float]) -> list[str]:
    """Return the classes between edges in words, from low to high.

    Examples
    --------
    >>> class_words([1.0, 2.5])
    ['below 1.00', '1.00 to below 2.50', '2.50 or more']
    >>> class_words([])
    ['all figures alike']
    """
    if not edges:
        return ["all figures alike"]
    told = [number_text(edge) for edge in edges]
    between = [f"{low} to below {high}" for low, high in pairwise(told)]
    return [f"below {told[0]}", *between, f"{told[-1]} or more"]


def _class_of(value: float, edges: Sequence[float], words: Sequence[str]) -> str:
    return words[sum(value >= edge for edge in edges)]


def figures_chart(
    land: Land, labels: Mapping[str, str], frames: Sequence[Frame], marks: Mapping[str, Mark], title: str
) -> Chart:
    """Return the map of all periods: a page draws the rows of one ``period`` at a time.

    Parameters
    ----------
    land
        Where regions lie.
    labels
        Code to name, of the regions that the data have.
    frames
        What is shown, period by period.
    marks
        What is written on regions, by code.
    title
        Of the legend: series and unit.
    """
    import altair as alt

    edges = class_edges([value for frame in frames for value in frame.values.values()])
    words = class_words(edges)
    fills = _spread(len(words))
    rows = [row for frame in frames for row in _rows(land, labels, frame, edges, words)]
    kinds = {row["kind"] for row in rows}
    shown = [
        *zip(words, fills, strict=True),
        *((kind, fill) for kind, fill in ((NO_FIGURE, _NONE), (ABSENT, _OUT)) if kind in kinds),
    ]
    fill = alt.Fill(
        "kind:N",
        scale=alt.Scale(domain=[kind for kind, _ in shown], range=[colour for _, colour in shown]),
        legend=_legend(title, [kind for kind, _ in shown]),
    )
    told = tips(unit="region", when="period", figure="figure")
    drawn = [land.geometries[code] for code in _coded(land, labels)]
    layers: list[alt.Chart] = [*_shaded(fill, told, points=bool(land.points)), signs_layer(0, _HALO), signs_layer()]
    data: dict[str, list[dict[str, Any]]] = {"shapes": rows, "signs": _signs(land, labels, frames, marks)}
    if land.points:
        data["points"] = [{**row, **_at(land.points[row["code"]])} for row in rows if row["code"] in land.points]
        data["shapes"] = [{"code": code, "unit": land.names.get(code, code)} for code in _coded(land, labels)]
    return Chart(layered(*layers).project(**projection(drawn, land.named)), data, _HEIGHT)


def _spread(count: int) -> list[str]:
    """Return so many fills, as far apart as they go."""
    if count == 1:
        return [_FILLS[2]]
    return [_FILLS[round(k * (len(_FILLS) - 1) / (count - 1))] for k in range(count)]


def _legend(title: str, words: Sequence[str]) -> alt.Legend:
    """Return the legend: in one column where there are few classes, or long words that two columns would cut."""
    import altair as alt

    return alt.Legend(
        title=title,
        orient="bottom",
        offset=8,
        direction="vertical",
        columns=1 if len(words) < 3 or max(map(len, words)) > _LONG else 2,  # noqa: PLR2004
        labelLimit=320,
        symbolType="square",
        symbolSize=160,
        symbolStrokeColor=_OUTLINE,
        symbolStrokeWidth=0.6,
    )


def _shaded(fill: alt.Fill, told: list[alt.Tooltip], *, points: bool) -> list[alt.Chart]:
    import altair as alt

    shapes = alt.Chart(alt.NamedData("shapes"))
    if not points:
        return [shapes.mark_geoshape(stroke=_OUTLINE, strokeWidth=0.6).encode(fill=fill, tooltip=told)]
    places = {"longitude": alt.Longitude("lon:Q"), "latitude": alt.Latitude("lat:Q")}
    return [
        shapes.mark_geoshape(stroke="#9aa1a8", strokeWidth=0.5, fill="#fafafa").encode(tooltip=tips(unit="province")),
        alt.Chart(alt.NamedData("points"))
        .mark_point(filled=True, size=60, stroke=_OUTLINE, strokeWidth=0.6, opacity=1)
        .encode(**places, fill=fill, tooltip=told),
    ]


def _coded(land: Land, labels: Mapping[str, str]) -> list[str]:
    """Return the shapes that can be drawn."""
    return [code for code, shape in land.geometries.items() if shape.get("coordinates") or code in labels]


def _rows(
    land: Land, labels: Mapping[str, str], frame: Frame, edges: Sequence[float], words: Sequence[str]
) -> list[dict[str, Any]]:
    places = land.points or dict.fromkeys(_coded(land, labels))
    rows = []
    for code in places:
        value = frame.values.get(code, math.nan)
        kind = ABSENT if code not in labels else NO_FIGURE
        known = math.isfinite(value)
        rows.append(
            {
                "code": code,
                "unit": labels.get(code) or land.names.get(code, code),
                "when": frame.period,
                "kind": _class_of(value, edges, words) if known else kind,
                "figure": number_text(value) if known else kind.lstrip("\u00d7 "),
            }
        )
    return rows


def _at(point: tuple[float, float]) -> dict[str, float]:
    return {"lon": round(point[1], 3), "lat": round(point[0], 3)}


def _place(land: Land, code: str) -> tuple[float, float] | None:
    """Return longitude and latitude of what is written on a region."""
    if land.points:
        return land.points[code][::-1] if code in land.points else None
    shape = land.geometries.get(code, {})
    return label_point(shape) if shape.get("coordinates") else None


def _signs(
    land: Land, labels: Mapping[str, str], frames: Sequence[Frame], marks: Mapping[str, Mark]
) -> list[dict[str, Any]]:
    """Return what is written: marks in every period, and the sign of a missing figure in those without."""
    places = {code: at for code in [*labels, *marks] if (at := _place(land, code)) is not None}
    written = _dated({code: mark for code, mark in marks.items() if code in places}, places)
    rows = []
    for frame in frames:
        for code, (lon, lat) in places.items():
            lacks = code in labels and not math.isfinite(frame.values.get(code, math.nan))
            sign = " ".join(filter(None, (written.get(code, ""), "\u00d7" if lacks else "")))
            if sign:
                row = {"code": code, "when": frame.period, **_at((lat, lon)), "sign": sign, "ink": INK}
                rows.append(row)
    return rows


def _dated(marks: Mapping[str, Mark], places: Mapping[str, tuple[float, float]]) -> dict[str, str]:
    """Return the text of marks, with their dates as far as these have room."""
    taken: list[tuple[float, float]] = []
    found = {}
    for code, mark in marks.items():
        lon, lat = places[code]
        free = all(abs(lon - x) >= _WIDE or abs(lat - y) >= _TALL for x, y in taken)
        found[code] = f"{mark.sign} {mark.date}".strip() if free else mark.sign
        if free:
            taken.append((lon, lat))
    return found
