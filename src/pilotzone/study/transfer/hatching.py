"""Hatching of shapes on a map: slanted lines that stay inside, which grey print keeps."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

__all__ = ["hatch_rows"]

_MOST = 400
"""Lines of a shape."""


def hatch_rows(shape: Mapping[str, Any], step: float) -> list[dict[str, float]]:
    """Return lines rising to the right that lie inside a shape.

    Parameters
    ----------
    shape
        A polygon or several, as GeoJSON has them: longitudes and latitudes in degrees.
    step
        Distance of lines along the latitude, in degrees.

    Returns
    -------
    list of dict
        Ends of each line: ``lon``, ``lat``, ``lon2`` and ``lat2``.

    Notes
    -----
    Even-odd rule: along each line latitude - longitude = constant, crossings with all edges are sorted, and every
    second piece lies inside. Holes and enclaves are left out so, whatever the direction of rings.

    Examples
    --------
    >>> square = {"type": "Polygon", "coordinates": [[[0, 0], [2, 0], [2, 2], [0, 2], [0, 0]]]}
    >>> hatch_rows(square, 1.0)[1]
    {'lon': 0.0, 'lat': 0.0, 'lon2': 2.0, 'lat2': 2.0}
    """
    edges = [edge for ring in _rings(shape) for edge in pairwise(ring)]
    if not edges:
        return []
    levels = [lat - lon for (lon, lat), _ in edges]
    first, last = math.ceil(min(levels) / step), math.floor(max(levels) / step)
    rows: list[dict[str, float]] = []
    for k in range(first, min(last, first + _MOST) + 1):
        crossings = sorted(_crossings(edges, k * step))
        for a, b in zip(crossings[::2], crossings[1::2], strict=False):
            if b > a:
                lon, lon2 = round(a, 3), round(b, 3)
                rows.append({"lon": lon, "lat": round(a + k * step, 3), "lon2": lon2, "lat2": round(b + k * step, 3)})
    return rows


def _crossings(edges: Sequence[tuple[tuple[float, float], tuple[float, float]]], level: float) -> Iterator[float]:
    """Yield longitudes at which a line meets edges; an end counts for the edge that lies above it."""
    for (lon, lat), (lon2, lat2) in edges:
        here, there = lat - lon - level, lat2 - lon2 - level
        if (here >= 0) != (there >= 0):
            yield lon + (lon2 - lon) * here / (here - there)


def _rings(shape: Mapping[str, Any]) -> Iterator[list[tuple[float, float]]]:
    coordinates = shape.get("coordinates") or []
    polygons = [coordinates] if shape.get("type") == "Polygon" else coordinates
    for polygon in polygons:
        for ring in polygon:
            yield [(float(point[0]), float(point[1])) for point in ring]
