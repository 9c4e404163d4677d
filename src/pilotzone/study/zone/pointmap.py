"""The map of zones and donors where units are points: cities, on the outlines of their provinces."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from pilotzone.report import INK, MINUS, Chart, layered, projection, share_text, signs_layer, tips
from pilotzone.study.zone.mapped import BY_CHOICE, DONORS, KINDS, LEFT_OUT, NEGATIVE, TREATED, ZONE, MapKind, MapUnit

if TYPE_CHECKING:
    from pilotzone.study.zone.findings import MapMaterial

__all__ = ["LABELLED", "point_chart"]

_HEIGHT = 430
_LIFT, _HALO = 11, 3
LABELLED = 0.05
"""Least size of a weight that is written beside its point: there are many points, and they lie close together."""

_STAR = "M0,-1L.24,-.32L.95,-.31L.38,.12L.59,.81L0,.4L-.59,.81L-.38,.12L-.95,-.31L-.24,-.32Z"
_TIMES = "M-.7,-1L0,-.3L.7,-1L1,-.7L.3,0L1,.7L.7,1L0,.3L-.7,1L-1,.7L-.3,0L-1,-.7Z"


class _Look(NamedTuple):
    """Form and size of a point, square pixels: forms are told apart where grey print makes fills alike."""

    form: str
    size: int


_LOOKS = {
    TREATED.words: _Look(_STAR, 420),
    DONORS[0].words: _Look("circle", 200),
    DONORS[1].words: _Look("circle", 140),
    DONORS[2].words: _Look("circle", 90),
    DONORS[3].words: _Look("circle", 30),
    NEGATIVE[0].words: _Look("diamond", 90),
    NEGATIVE[1].words: _Look("diamond", 34),
    ZONE.words: _Look("triangle-up", 60),
    BY_CHOICE.words: _Look("square", 26),
    LEFT_OUT.words: _Look(_TIMES, 26),
}


def point_chart(shown: Sequence[MapUnit], geometries: Mapping[str, Mapping[str, Any]], material: MapMaterial) -> Chart:
    """Return the map: land below, a point for every unit whose position is known, the treated one on top.

    Parameters
    ----------
    shown
        Units, of which those without a position are not drawn.
    geometries
        Land, as shapes made by `drawable`, by code.
    material
        Positions, and names of the land.
    """
    import altair as alt

    order = {kind.words: place for place, kind in enumerate(KINDS)}
    drawn = sorted(
        (item for item in shown if item.unit in material.points),
        key=lambda item: (order[item.kind.words], -abs(item.weight)),
        reverse=True,
    )
    kinds = [kind for kind in KINDS if any(item.kind is kind for item in drawn)]
    land = (
        alt.Chart(alt.NamedData("shapes"))
        .mark_geoshape(stroke="#9aa1a8", strokeWidth=0.5, fill="#fafafa")
        .encode(tooltip=tips(unit="province"))
    )
    marks = (
        alt.Chart(alt.NamedData("points"))
        .mark_point(filled=True, strokeWidth=0.6, opacity=1)
        .encode(
            longitude=alt.Longitude("lon:Q"),
            latitude=alt.Latitude("lat:Q"),
            **_channels(kinds),
            tooltip=tips(unit="unit", kind="part", weight="weight", about="note"),
        )
    )
    looks = projection(list(geometries.values()), material.projection)
    chart = layered(land, marks, signs_layer(_LIFT, _HALO), signs_layer(_LIFT)).project(**looks)
    data = {
        "shapes": [{"code": code, "unit": name} for code, name in _land(material, geometries)],
        "points": [_row(item, material) for item in drawn],
        "signs": [sign for item in drawn if (sign := _sign(item, material))],
    }
    return Chart(chart, data, _HEIGHT)


def _channels(kinds: Sequence[MapKind]) -> dict[str, Any]:
    """Return fill, outline and form by kind, with one legend for the three, and size by row."""
    import altair as alt

    words, looks = [_words(kind) for kind in kinds], [_LOOKS[kind.words] for kind in kinds]
    legend = alt.Legend(
        title=None,
        orient="bottom",
        offset=8,
        direction="vertical",
        columns=1 if len(kinds) < 3 else 2,  # noqa: PLR2004
        labelLimit=230,
        symbolSize=110,
        symbolStrokeWidth=0.6,
    )

    def scale(found: list[Any]) -> alt.Scale:
        return alt.Scale(domain=words, range=found)

    return {
        "fill": alt.Fill("kind:N", scale=scale([kind.fill for kind in kinds]), legend=legend),
        # As a channel the outline stands in the legend too, where pale fills would be lost without.
        "stroke": alt.Stroke("kind:N", scale=scale(["#4d545c"] * len(kinds)), legend=legend),
        "shape": alt.Shape("kind:N", scale=scale([look.form for look in looks]), legend=legend),
        "size": alt.Size("size:Q", scale=None),
    }


def _words(kind: MapKind) -> str:
    """Return the words of a kind without the sign before them: a point has that sign for a form."""
    return kind.words.lstrip(f"★△\u00d7{MINUS} ")


def _land(material: MapMaterial, geometries: Mapping[str, Mapping[str, Any]]) -> list[tuple[str, str]]:
    named = {str(item["id"]): str((item.get("properties") or {}).get("name")) for item in material.geojson["features"]}
    return [(code, named.get(code, code)) for code, shape in geometries.items() if shape["coordinates"]]


def _row(item: MapUnit, material: MapMaterial) -> dict[str, Any]:
    share = share_text(item.weight) if item.is_donor else "none"
    told = {
        "size": _LOOKS[item.kind.words].size,
        "unit": item.label,
        "kind": _words(item.kind),
        "weight": share,
        "about": item.about,
    }
    return {**_at(item, material), **told}


def _at(item: MapUnit, material: MapMaterial) -> dict[str, Any]:
    latitude, longitude = material.points[item.unit]
    return {"lon": round(longitude, 3), "lat": round(latitude, 3)}


def _sign(item: MapUnit, material: MapMaterial) -> dict[str, Any]:
    """Return what is written beside a point: the name of the treated unit, a large weight in percent, or nothing."""
    if item.kind is TREATED:
        return {**_at(item, material), "sign": item.label, "ink": INK}
    if item.is_donor and abs(item.weight) >= LABELLED:
        minus = MINUS if item.kind in NEGATIVE else ""
        return {**_at(item, material), "sign": f"{minus}{100 * abs(item.weight):.0f}", "ink": INK}
    return {}
