"""Shapes for a map: outer rings turned the way the drawing library wants them, and a place for each label."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["bounds", "drawable", "label_point"]

Ring = list[list[float]]

_PLACES = 4
"""Decimals of a degree that are kept: about ten metres."""


def drawable(geometry: Mapping[str, Any]) -> dict[str, Any]:
    """Return a geometry as a multipolygon with clockwise outer rings and anticlockwise holes.

    RFC 7946 asks for the opposite, and not every file keeps to it; d3-geo takes a ring that turns the wrong way for
    the whole globe without the shape.
    """
    polygons = _polygons(geometry)
    turned = [[_turned(ring, clockwise=k == 0) for k, ring in enumerate(rings)] for rings in polygons]
    return {"type": "MultiPolygon", "coordinates": turned}


def _polygons(geometry: Mapping[str, Any]) -> list[list[Ring]]:
    kind = geometry.get("type")
    if kind == "Polygon":
        return [[_ring(ring) for ring in geometry["coordinates"]]]
    if kind == "MultiPolygon":
        return [[_ring(ring) for ring in polygon] for polygon in geometry["coordinates"]]
    if kind == "GeometryCollection":
        return [rings for part in geometry["geometries"] for rings in _polygons(part)]
    return []


def _ring(points: Sequence[Sequence[float]]) -> Ring:
    return [[round(float(point[0]), _PLACES), round(float(point[1]), _PLACES)] for point in points]


def _area(ring: Ring) -> float:
    """Signed area in square degrees; positive if anticlockwise."""
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise([*ring, ring[0]])) / 2


def _turned(ring: Ring, *, clockwise: bool) -> Ring:
    return ring if (_area(ring) < 0) == clockwise else ring[::-1]


def bounds(geometries: Sequence[Mapping[str, Any]]) -> tuple[float, float, float, float]:
    """Return west, south, east and north of geometries made by `drawable`."""
    points = [point for item in geometries for rings in item["coordinates"] for point in rings[0]]
    lons, lats = [point[0] for point in points], [point[1] for point in points]
    return min(lons), min(lats), max(lons), max(lats)


def label_point(geometry: Mapping[str, Any]) -> tuple[float, float] | None:
    """Return a point well inside the largest part of a shape: the middle of its longest level chord near the middle.

    The centroid of a crescent lies outside it; the middle of a chord never does.
    """
    outer = [rings[0] for rings in geometry["coordinates"] if rings and rings[0]]
    if not outer:
        return None
    ring = max(outer, key=lambda item: abs(_area(item)))
    lats = [point[1] for point in ring]
    low, high = min(lats), max(lats)
    if low == high:
        return ring[0][0], low
    best: tuple[float, float, float] = (-1.0, ring[0][0], low)
    for share in (0.5, 0.42, 0.58, 0.35, 0.65):
        lat = low + share * (high - low)
        # Chords far from the middle have to be clearly longer to win.
        for left, right in _chords(ring, lat):
            length = (right - left) * (1 - abs(share - 0.5))
            if length > best[0]:
                best = (length, (left + right) / 2, lat)
    return best[1], best[2]


def _chords(ring: Ring, lat: float) -> list[tuple[float, float]]:
    crossings = sorted(
        a[0] + (lat - a[1]) * (b[0] - a[0]) / (b[1] - a[1])
        for a, b in pairwise([*ring, ring[0]])
        if (a[1] <= lat) != (b[1] <= lat)
    )
    return list(zip(crossings[::2], crossings[1::2], strict=False))
