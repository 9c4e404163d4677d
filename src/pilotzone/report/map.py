"""The map of zones and donors: who is treated, who is compared with it and by how much, and who is left out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pilotzone.report.axes import tips
from pilotzone.report.figure import Chart
from pilotzone.report.formatting import MINUS, share_text
from pilotzone.report.shapes import bounds, label_point

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import altair as alt

    from pilotzone.core import Panel
    from pilotzone.evaluate.few import FewEffects, OutcomeFit
    from pilotzone.report.findings import MapMaterial

__all__ = ["Place", "map_chart", "places", "projection", "signs_layer"]

_HEIGHT = 330
_LABELLED = 0.01


@dataclass(frozen=True)
class _Kind:
    """A class of the map: its words in the legend, its fill, and the least size of a donor's weight in it.

    Fills are told apart by lightness as far as that goes; what lies close together has a sign besides, in the legend
    and on the shape.
    """

    words: str
    fill: str
    least: float = 0.0


_TREATED = _Kind("★ treated", "#111418")
_DONORS = (
    _Kind("donor, 30 % or more", "#1f5c99", 0.30),
    _Kind("donor, 10 to 30 %", "#5f97cb", 0.10),
    _Kind("donor, 1 to 10 %", "#a9cbe8", 0.01),
    _Kind("donor, less than 1 %", "#e6f0f8"),
)
_NEGATIVE = (
    _Kind(f"{MINUS} donor, negative, 1 % or more", "#e3a08f", 0.01),
    _Kind(f"{MINUS} donor, negative, less than 1 %", "#f9e8e2"),
)
_ZONE = _Kind("△ other zone, no donor", "#f3dcae")
_LEFT_OUT = _Kind("\u00d7 not usable", "#c2c5c9")
_ABSENT = _Kind("not in the data", "#f7f7f7")
_KINDS = (_TREATED, *_DONORS, *_NEGATIVE, _ZONE, _LEFT_OUT, _ABSENT)


@dataclass(frozen=True)
class Place:
    """A unit on the map."""

    unit: str
    label: str
    kind: _Kind
    weight: float
    about: str

    @property
    def part(self) -> str:
        """The part that the unit has in the comparison, in words."""
        return self.kind.words

    @property
    def is_donor(self) -> bool:
        """Whether it may carry weight."""
        return self.kind in (*_DONORS, *_NEGATIVE)


def places(panel: Panel, effects: FewEffects, fit: OutcomeFit, material: MapMaterial) -> list[Place]:
    """Return what each shape on the map stands for, in the order of the shapes."""
    decisions = {decision.unit: decision for decision in effects.donors}
    weights = fit.donor_weights()
    found = []
    for feature in material.geojson["features"]:
        unit = str(feature["id"])
        decision = decisions.get(unit)
        weight = weights.get(unit, 0.0)
        about = material.zones.get(unit, "")
        if unit == effects.design.unit:
            kind = _TREATED
        elif decision is not None and decision.admitted:
            classes = _NEGATIVE if weight < 0 else _DONORS
            kind = next(item for item in classes if abs(weight) >= item.least)
        elif unit in material.zones:
            kind = _ZONE
        elif decision is not None:
            kind, about = _LEFT_OUT, decision.reason
        else:
            kind = _ABSENT
        found.append(Place(unit, _name(panel, unit, feature), kind, weight, about))
    return found


def _name(panel: Panel, unit: str, feature: Mapping[str, Any]) -> str:
    if unit in panel.units:
        return panel.label(unit)
    properties = feature.get("properties") or {}
    return str(properties.get("name") or unit)


def map_chart(shown: Sequence[Place], geometries: Mapping[str, Mapping[str, Any]]) -> Chart:
    """Return the map; the page joins the shapes to the rows by unit code.

    Parameters
    ----------
    shown
        Places.
    geometries
        Shapes made by `drawable`, by unit code.
    """
    import altair as alt

    drawn = [place for place in shown if geometries.get(place.unit, {}).get("coordinates")]
    kinds = [kind for kind in _KINDS if any(place.kind is kind for place in drawn)]
    rows = [_row(place) for place in drawn]
    shapes = (
        alt.Chart(alt.NamedData("shapes"))
        .mark_geoshape(stroke="#4d545c", strokeWidth=0.6)
        .encode(
            fill=alt.Fill(
                "kind:N",
                scale=alt.Scale(domain=[kind.words for kind in kinds], range=[kind.fill for kind in kinds]),
                legend=alt.Legend(
                    title=None,
                    orient="bottom",
                    offset=8,
                    direction="vertical",
                    columns=1 if len(kinds) < 3 else 2,  # noqa: PLR2004
                    labelLimit=230,
                    symbolType="square",
                    symbolSize=160,
                    symbolStrokeColor="#4d545c",
                    symbolStrokeWidth=0.6,
                ),
            ),
            tooltip=tips(unit="unit", kind="part", weight="weight", about="note"),
        )
    )
    chart = alt.layer(shapes, signs_layer()).project(**projection([geometries[place.unit] for place in drawn]))
    return Chart(chart, {"shapes": rows, "signs": _signs(drawn, geometries)}, _HEIGHT)


def signs_layer() -> alt.Chart:
    """Return what is written on shapes: rows of the data set ``signs``, with lon, lat, sign and ink."""
    import altair as alt

    layer: alt.Chart = (
        alt.Chart(alt.NamedData("signs"))
        .mark_text(fontSize=11, fontWeight="bold")
        .encode(
            longitude=alt.Longitude("lon:Q"),
            latitude=alt.Latitude("lat:Q"),
            text=alt.Text("sign:N"),
            color=alt.Color("ink:N", scale=None),
        )
    )
    return layer


def _row(place: Place) -> dict[str, Any]:
    share = share_text(place.weight) if place.is_donor else "none"
    return {"code": place.unit, "unit": place.label, "kind": place.kind.words, "weight": share, "about": place.about}


def _signs(drawn: Sequence[Place], geometries: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return what is written on the shapes: a name, weights in percent, or the sign of why there is none."""
    signs = []
    for place in drawn:
        point = label_point(geometries[place.unit])
        text, ink = _sign(place)
        if point is not None and text:
            signs.append({"lon": round(point[0], 3), "lat": round(point[1], 3), "sign": text, "ink": ink})
    return signs


def _sign(place: Place) -> tuple[str, str]:
    if place.kind is _TREATED:
        return "★", "#ffffff"
    if place.is_donor:
        size = f"{100 * abs(place.weight):.0f}" if abs(place.weight) >= _LABELLED else ""
        minus = MINUS if place.kind in _NEGATIVE else ""
        return minus + size, "#ffffff" if place.kind is _DONORS[0] else "#0b1a28"
    sign = {_ZONE.words: "△", _LEFT_OUT.words: "\u00d7"}.get(place.kind.words, "")
    return sign, "#3a2c00" if place.kind is _ZONE else "#2b2f33"


def projection(shapes: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return an equal-area projection for the region shown: areas are weights to the eye."""
    if not shapes:
        return {"type": "equirectangular"}
    west, south, east, north = bounds(shapes)
    middle = (west + east) / 2
    lower, upper = south + (north - south) / 6, north - (north - south) / 6
    return {"type": "conicEqualArea", "rotate": [-middle, 0, 0], "parallels": [round(lower, 2), round(upper, 2)]}
