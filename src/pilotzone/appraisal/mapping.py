"""The map of what lands where: the region of a campus, the rest of its country as one body, and what has no place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pilotzone.core import UsageError, shown
from pilotzone.gather import shapes_holding
from pilotzone.report import (
    TREATED,
    Chart,
    Figure,
    drawable,
    drawn,
    label_point,
    layered,
    number_text,
    plain_sheet,
    projection,
    signs_layer,
    tips,
)

if TYPE_CHECKING:
    import altair as alt

    from pilotzone.appraisal.landing import Landed
    from pilotzone.gather import Shapes

__all__ = ["landed_figure", "landed_shapes", "plot_landed"]

_SOURCE = "Computed by pilotzone from figures given and ASSUMED; each stands in the table below."
_REST, _NONE = "#d5e5f4", "#ffffff"
_HEIGHT = 330
_SCALES = ((1e9, "billion "), (1e6, "million "), (1.0, ""))
_SIGN = "\N{BLACK STAR}"


def landed_shapes(found: Landed) -> tuple[Shapes, dict[str, Any]] | None:
    """Return the shapes of the region's country, as they are and by code ready to be drawn; ``None`` without."""
    shapes = shapes_holding([found.code])
    if shapes is None:
        return None
    return shapes, {str(item["id"]): drawable(item.get("geometry") or {}) for item in shapes.geojson()["features"]}


def plot_landed(found: Landed) -> alt.LayerChart | alt.FacetChart:
    """Return the map by itself."""
    figure = landed_figure(found)
    if figure is None:
        raise UsageError(
            f"there are no shapes of {shown(found.code)}.",
            allowed="regions of the evidence, such as CN-GZ or US-VA",
            todo="take to_table(): it has all that a map would show",
        )
    shapes = landed_shapes(found)
    assert shapes is not None  # noqa: S101 - the figure has them
    rows = [row | {"type": "Feature", "geometry": shapes[1][str(row["code"])]} for row in figure.chart.data["shapes"]]
    chart = Chart(figure.chart.layers, {**figure.chart.data, "shapes": rows}, figure.chart.height)
    return drawn(chart, figure.title, (figure.note, figure.source, figure.credit))


def landed_figure(found: Landed) -> Figure | None:
    """Return the map of net present values by place; ``None`` where there are no shapes of the region's country."""
    import altair as alt

    known = landed_shapes(found)
    if known is None:
        return None
    shapes, geometries = known
    size, unit = _scale(found)
    told = {party: number_text(value / size, signed=True) for party, value in found.values.items()}
    here = f"{_SIGN} {found.region}: {told['province']}"
    rest = f"rest of the country, not told apart: {told['rest']}"
    nowhere = f"the operator, place not known: {told['operator']}"
    rows = [
        {
            "code": code,
            "unit": found.region if code == found.code else "rest of the country",
            "kind": here if code == found.code else rest,
            "value": f"{told['province' if code == found.code else 'rest']} {unit}",
        }
        for code, shape in geometries.items()
        if shape["coordinates"]
    ]
    point = label_point(geometries[found.code])
    signs = (
        []
        if point is None
        else [{"lon": round(point[0], 3), "lat": round(point[1], 3), "sign": _SIGN, "ink": "#ffffff"}]
    )
    legend = alt.Legend(
        title=["net present value,", unit],
        orient="bottom",
        direction="vertical",
        columns=1,
        labelLimit=310,
        symbolType="square",
        symbolSize=160,
        symbolStrokeColor="#4d545c",
        symbolStrokeWidth=0.6,
    )
    scale = alt.Scale(domain=[here, rest, nowhere], range=[TREATED, _REST, _NONE])
    # The rest is drawn without borders between its regions: it is one place, and no shade is of one of them.
    land = (
        alt.Chart(alt.NamedData("shapes"))
        .mark_geoshape(strokeWidth=0.8)
        .encode(
            fill=alt.Fill("kind:N", scale=scale, legend=legend),
            stroke=alt.Stroke("kind:N", scale=alt.Scale(domain=[here, rest], range=["#4d545c", _REST]), legend=None),
            tooltip=tips(unit="place", value="net present value"),
        )
    )
    chart = layered(land, signs_layer()).project(**projection(list(geometries.values()), shapes.projection))
    return Figure(
        id="appraisal-map",
        title=_title(found, size, unit),
        summary=f"Map of where net present value lands: {found.region} {told['province']}, the rest of the country "
        f"{told['rest']}, the operator, whose place is not known, {told['operator']} {unit}",
        source=_SOURCE,
        citation=_SOURCE,
        chart=Chart(chart, {"shapes": rows, "signs": signs}, _HEIGHT),
        sheet=plain_sheet("appraisal-map-data", found.to_table()),
        note="The rest of the country is one place here: nothing tells its regions apart. The table has what else "
        "lands where: value added, jobs, what leaks out, emissions and water.",
        credit=shapes.credit,
    )


def _scale(found: Landed) -> tuple[float, str]:
    largest = max(map(abs, found.values.values()), default=0.0)
    size, word = next(item for item in _SCALES if largest >= item[0] or item[0] == 1.0)
    return size, f"{word}{found.money}"


def _title(found: Landed, size: float, unit: str) -> str:
    parts = [
        f"{who} {'loses' if found.values[party] < 0 else 'gains'} {number_text(abs(found.values[party]) / size)}"
        for party, who in (("province", found.region), ("rest", "the rest of the country"))
    ]
    return f"{parts[0]} and {parts[1]} {unit}; the operator's account has no place on the map"
