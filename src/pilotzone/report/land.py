"""Land on a chart: a projection that keeps areas, and what is written on shapes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pilotzone.report.shapes import bounds

if TYPE_CHECKING:
    import altair as alt

__all__ = ["called_out", "callouts_layers", "projection", "signs_layer"]

_BESIDE = {
    "US-VT": (47.1, -76.4),
    "US-NH": (43.2, -68.1),
    "US-MA": (41.4, -68.2),
    "US-RI": (39.7, -68.9),
    "US-CT": (38.1, -70.1),
    "US-NJ": (36.6, -71.5),
    "US-DE": (35.1, -73.0),
    "US-MD": (33.5, -74.2),
    "US-DC": (31.9, -75.4),
}
"""Where what is written about small states begins, latitude and longitude: off the coast, one below the other."""
_EDGE = (38.8, -64.6)
"""How far it may reach."""


def signs_layer(lift: int = 0, halo: int = 0) -> alt.Chart:
    """Return what is written on shapes: rows of the data set ``signs``, with lon, lat, sign and ink.

    Parameters
    ----------
    lift
        Pixels that it stands above its place: it would hide a point there.
    halo
        Pixels of white around each letter in place of the letters, for a layer below them.
    """
    import altair as alt

    layer: alt.Chart = (
        alt.Chart(alt.NamedData("signs"))
        .mark_text(
            fontSize=11,
            fontWeight="bold",
            dy=-lift if lift else alt.Undefined,
            stroke="#ffffff" if halo else alt.Undefined,
            strokeWidth=halo or alt.Undefined,
        )
        .encode(
            longitude=alt.Longitude("lon:Q"),
            latitude=alt.Latitude("lat:Q"),
            text=alt.Text("sign:N"),
            color=alt.value("#ffffff") if halo else alt.Color("ink:N", scale=None),
        )
    )
    return layer


def called_out(signs: Mapping[str, dict[str, Any]], named: str) -> dict[str, list[dict[str, Any]]]:
    """Return the data sets ``signs`` and, where some shapes are too small to be written on, ``callouts``.

    Parameters
    ----------
    signs
        Signs of shapes by code: lon, lat, sign and ink.
    named
        The projection that the shapes ask for; where it is an ordinary one, no sign is called out.
    """
    small = [code for code in signs if named == "albersUsa" and code in _BESIDE]
    written = {"signs": [sign for code, sign in signs.items() if code not in small]}
    if not small:
        return written
    rows = [
        _callout(_BESIDE[code], (signs[code]["lat"], signs[code]["lon"]), f"{code[3:]} {signs[code]['sign']}")
        for code in small
    ]
    # A place without a sign: the frame is drawn around all places, and has to leave room for words that begin at one.
    return {**written, "callouts": [*rows, _callout(_EDGE, _EDGE, "")]}


def _callout(begin: tuple[float, float], end: tuple[float, float], sign: str) -> dict[str, Any]:
    return {"lat": begin[0], "lon": begin[1], "lat2": end[0], "lon2": end[1], "sign": sign}


def callouts_layers() -> list[alt.Chart]:
    """Return lines and words of rows made by `called_out`."""
    import altair as alt

    ends = {"longitude": alt.Longitude("lon:Q"), "latitude": alt.Latitude("lat:Q")}
    source = alt.Chart(alt.NamedData("callouts"))
    lines = source.mark_rule(color="#4d545c", strokeWidth=0.6).encode(
        **ends, longitude2=alt.Longitude2("lon2:Q"), latitude2=alt.Latitude2("lat2:Q")
    )
    words = source.mark_text(fontSize=11, fontWeight="bold", align="left", dx=3, color="#0b1a28").encode(
        **ends, text=alt.Text("sign:N")
    )
    return [lines, words]


def projection(shapes: Sequence[Mapping[str, Any]], named: str = "") -> dict[str, Any]:
    """Return an equal-area projection for the region shown: areas are weights to the eye.

    Parameters
    ----------
    shapes
        Made by `drawable`.
    named
        The projection that the shapes ask for, by Vega's name; empty where an ordinary one will do.
    """
    if named:
        return {"type": named}
    if not shapes:
        return {"type": "equirectangular"}
    west, south, east, north = bounds(shapes)
    middle = (west + east) / 2
    lower, upper = south + (north - south) / 6, north - (north - south) / 6
    return {"type": "conicEqualArea", "rotate": [-middle, 0, 0], "parallels": [round(lower, 2), round(upper, 2)]}
