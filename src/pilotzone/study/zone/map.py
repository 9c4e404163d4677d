"""The map of zones and donors: who is treated, who is compared with it and by how much, and who is left out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pilotzone.report import (
    MINUS,
    Chart,
    called_out,
    callouts_layers,
    label_point,
    layered,
    projection,
    share_text,
    signs_layer,
    tips,
)
from pilotzone.study.zone.mapped import BY_CHOICE, DONORS, KINDS, LEFT_OUT, NEGATIVE, TREATED, ZONE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pilotzone.study.zone.mapped import MapUnit

__all__ = ["map_chart"]

_HEIGHT = 330
_LABELLED = 0.01


def map_chart(shown: Sequence[MapUnit], geometries: Mapping[str, Mapping[str, Any]], named: str = "") -> Chart:
    """Return the map; the page joins the shapes to the rows by unit code.

    Parameters
    ----------
    shown
        Places.
    geometries
        Shapes made by `drawable`, by unit code.
    named
        The projection that the shapes ask for; empty where an ordinary one will do.
    """
    import altair as alt

    drawn = [item for item in shown if geometries.get(item.unit, {}).get("coordinates")]
    kinds = [kind for kind in KINDS if any(item.kind is kind for item in drawn)]
    rows = [_row(item) for item in drawn]
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
    looks = projection([geometries[item.unit] for item in drawn], named)
    written = called_out(_signs(drawn, geometries), named)
    layers = [shapes, *(callouts_layers() if "callouts" in written else ()), signs_layer()]
    return Chart(layered(*layers).project(**looks), {"shapes": rows, **written}, _HEIGHT)


def _row(item: MapUnit) -> dict[str, Any]:
    share = share_text(item.weight) if item.is_donor else "none"
    return {"code": item.unit, "unit": item.label, "kind": item.kind.words, "weight": share, "about": item.about}


def _signs(drawn: Sequence[MapUnit], geometries: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return what is written on the shapes: a name, weights in percent, or the sign of why there is none."""
    signs = {}
    for item in drawn:
        point = label_point(geometries[item.unit])
        text, ink = _sign(item)
        if point is not None and text:
            signs[item.unit] = {"lon": round(point[0], 3), "lat": round(point[1], 3), "sign": text, "ink": ink}
    return signs


def _sign(item: MapUnit) -> tuple[str, str]:
    if item.kind is TREATED:
        return "★", "#ffffff"
    if item.is_donor:
        size = f"{100 * abs(item.weight):.0f}" if abs(item.weight) >= _LABELLED else ""
        minus = MINUS if item.kind in NEGATIVE else ""
        return minus + size, "#ffffff" if item.kind is DONORS[0] else "#0b1a28"
    sign = {ZONE.words: "△", BY_CHOICE.words: "\u25a1", LEFT_OUT.words: "\u00d7"}.get(item.kind.words, "")
    return sign, "#3a2c00" if item.kind is ZONE else "#2b2f33"
