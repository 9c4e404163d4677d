"""Shapes of a user's own: a GeoJSON or TopoJSON file, as regions with what it says of each."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path
from typing import Any

from pilotzone.core import DataError, listing, read_regular, shown

__all__ = ["OwnShape", "named_keys", "no_match", "read_own_shapes"]

_LARGEST = 20_000_000
"""Bytes of a file."""
_MOST_SHAPES, _MOST_POSITIONS = 5_000, 300_000
_MOST_KEYS = 60
_DEEPEST = 4
"""Collections of geometries within one another."""
_LONGEST = 200
_ALLOWED = "GeoJSON (a FeatureCollection) or TopoJSON, with longitude and latitude in degrees (WGS 84)"
_SIMPLER = "simplify the shapes, for example on mapshaper.org, and leave out regions that are not needed"
_Polygon = list[list[list[float]]]


@dataclass(frozen=True)
class OwnShape:
    """A shape of a user's file.

    Attributes
    ----------
    polygons
        Coordinates as those of a GeoJSON MultiPolygon, in degrees: polygons, rings, positions.
    said
        What the file says of it, as text: its ``id`` and its properties, those that are a text or a whole number.
    group
        Object of a topology that it belongs to; empty in GeoJSON.
    """

    polygons: list[_Polygon]
    said: Mapping[str, str] = field(default_factory=dict)
    group: str = ""


def read_own_shapes(path: Path) -> tuple[OwnShape, ...]:
    """Return the shapes of a file; points and lines in it are left out.

    Parameters
    ----------
    path
        A GeoJSON or TopoJSON file of at most 20 MB, 5,000 shapes and 300,000 positions.

    Raises
    ------
    UsageError
        If it is not there, or is too large.
    DataError
        If it is neither of the two, a position is not in degrees, or it has too many shapes.
    """
    raw = read_regular(path, "file of shapes", most=_LARGEST, todo=_SIMPLER)
    try:
        content = json.loads(raw.decode("utf-8-sig"), parse_constant=_refused)
    except (ValueError, RecursionError):
        raise _fault(path, "is not JSON") from None
    kind = content.get("type") if isinstance(content, dict) else None
    if kind not in {"FeatureCollection", "Feature", "Topology"}:
        raise _fault(path, "is neither GeoJSON nor TopoJSON")
    try:
        found = tuple(_of_topology(content) if kind == "Topology" else _of_features(content))
    except (KeyError, IndexError, TypeError, ValueError, AttributeError, OverflowError, RecursionError) as error:
        raise _fault(path, f"has a shape that cannot be read ({type(error).__name__})") from None
    if not found:
        raise _fault(path, "has no shape with an area")
    _check(path, found)
    return found


def _refused(name: str) -> float:
    raise ValueError(name)


def _fault(path: Path, what: str, *, allowed: str = _ALLOWED, todo: str = "export the shapes again") -> DataError:
    return DataError(f"{shown(path.name)} {what}.", allowed=allowed, todo=todo)


def _check(path: Path, shapes: Sequence[OwnShape]) -> None:
    """Refuse too many shapes or positions, and positions that are not in degrees."""
    count = 0
    for shape in shapes:
        for ring in (ring for polygon in shape.polygons for ring in polygon):
            count += len(ring)
            for lon, lat in ring:
                if not (math.isfinite(lon) and math.isfinite(lat) and abs(lon) <= 180 and abs(lat) <= 90):  # noqa: PLR2004
                    raise _fault(
                        path,
                        f"has the position {lon:g}, {lat:g}, which is not a longitude and a latitude",
                        todo="export the shapes in degrees (EPSG:4326), not in metres or pixels",
                    )
    if len(shapes) > _MOST_SHAPES or count > _MOST_POSITIONS:
        raise _fault(
            path,
            f"has {len(shapes):,} shapes with {count:,} positions",
            allowed=f"at most {_MOST_SHAPES:,} shapes and {_MOST_POSITIONS:,} positions",
            todo=_SIMPLER,
        )


def _of_features(content: Mapping[str, Any]) -> Iterator[OwnShape]:
    features = content["features"] if content["type"] == "FeatureCollection" else [content]
    for item in _listed(features):
        polygons = list(_polygons(item.get("geometry") or {}, _DEEPEST))
        if polygons:
            yield OwnShape(polygons, _said(item))


def _polygons(geometry: Mapping[str, Any], deep: int) -> Iterator[_Polygon]:
    kind = geometry.get("type")
    if kind == "Polygon":
        yield _rings(geometry["coordinates"])
    elif kind == "MultiPolygon":
        for polygon in geometry["coordinates"]:
            yield _rings(polygon)
    elif kind == "GeometryCollection" and deep:
        for part in geometry["geometries"]:
            yield from _polygons(part, deep - 1)


def _rings(rings: Sequence[Any]) -> _Polygon:
    """Return rings as numbers, those of an area: heights, and rings of fewer than three positions, are left out."""
    found = [[[float(point[0]), float(point[1])] for point in _listed(ring)] for ring in _listed(rings)]
    if not found or len(found[0]) < 3:  # noqa: PLR2004
        raise ValueError("a ring has fewer than three positions")
    return [ring for ring in found if len(ring) >= 3]  # noqa: PLR2004


def _of_topology(content: Mapping[str, Any]) -> Iterator[OwnShape]:
    arcs = _arcs(content)
    for name, top in content["objects"].items():
        for item in top["geometries"] if top.get("type") == "GeometryCollection" else [top]:
            polygons = list(_stitched(item, arcs, _DEEPEST))
            if polygons:
                yield OwnShape(polygons, _said(item), str(name)[:_LONGEST])


def _arcs(content: Mapping[str, Any]) -> list[list[list[float]]]:
    """Return arcs in degrees; where they are quantised, each position is told by the step to it."""
    transform = content.get("transform")
    if transform is None:
        return [[[float(point[0]), float(point[1])] for point in arc] for arc in content["arcs"]]
    (dx, dy), (x0, y0) = transform["scale"], transform["translate"]
    return [
        [
            [x0 + dx * x, y0 + dy * y]
            for x, y in accumulate(((p[0], p[1]) for p in arc), lambda at, step: (at[0] + step[0], at[1] + step[1]))
        ]
        for arc in content["arcs"]
    ]


def _stitched(item: Mapping[str, Any], arcs: Sequence[list[list[float]]], deep: int) -> Iterator[_Polygon]:
    kind = item.get("type")
    if kind in {"Polygon", "MultiPolygon"}:
        for polygon in [item["arcs"]] if kind == "Polygon" else item["arcs"]:
            yield _rings([_ring(ring, arcs) for ring in _listed(polygon)])
    elif kind == "GeometryCollection" and deep:
        for part in item["geometries"]:
            yield from _stitched(part, arcs, deep - 1)


def _ring(indices: Sequence[int], arcs: Sequence[list[list[float]]]) -> list[list[float]]:
    found: list[list[float]] = []
    for k in indices:
        arc = arcs[k] if k >= 0 else arcs[~k][::-1]
        found.extend(arc[1:] if found else arc)
        if len(found) > _MOST_POSITIONS:
            raise ValueError("a ring has too many positions")
    return found


def _listed(found: Any) -> list[Any]:  # noqa: ANN401 - of a file
    if not isinstance(found, list):
        raise TypeError
    return found


def _said(item: Mapping[str, Any]) -> dict[str, str]:
    """Return what a file says of a shape; its id first, which is where regions are looked for first."""
    properties = item.get("properties")
    every = [("id", item.get("id")), *(properties.items() if isinstance(properties, dict) else ())]
    plain = [(key, value) for key, value in every if isinstance(value, str) or type(value) is int]
    said: dict[str, str] = {}
    for key, value in plain[:_MOST_KEYS]:
        text = str(value).strip()
        if text and len(text) <= _LONGEST:
            said.setdefault(str(key)[:_LONGEST], text)
    return said


def named_keys(shapes: Sequence[OwnShape]) -> list[str]:
    """Return by what the shapes of a file can be named, in the order of the file."""
    return list(dict.fromkeys(key for shape in shapes for key in shape.said))


def no_match(path: Path, shapes: Sequence[OwnShape], units: Sequence[str], key: str | None) -> DataError:
    """Return that no shape is a region of the data."""
    what = "no shape whose code or name is a unit of the data"
    if key is not None:
        what = f"no shape whose {shown(key)} is a unit of the data"
    first = shapes[0].said
    told = listing([f"{shown(name)} such as {shown(text)}" for name, text in first.items()], most=4) or "nothing"
    return DataError(
        f"{shown(path.name)} has {what}.",
        allowed=f"shapes whose id, or one of whose properties, is a unit: {listing([shown(u) for u in units], most=4)}",
        todo=f"give each shape a property with the unit's code or name; the first shape has {told}",
    )
