"""Files of shapes for tests: squares in a row, one for each name. Nothing in them is real."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

__all__ = ["feature", "features", "square", "topology", "written"]


def square(west: float, south: float = 0.0, size: float = 1.0) -> list[list[list[float]]]:
    """Return a ring that turns anticlockwise, as RFC 7946 asks for."""
    east, north = west + size, south + size
    return [[[west, south], [east, south], [east, north], [west, north], [west, south]]]


def feature(k: int, **said: Any) -> dict[str, Any]:
    """Return the k-th square of rows of six; ``id`` goes to the feature itself."""
    own = {"id": said.pop("id")} if "id" in said else {}
    rings = square(float(k % 6), float(k // 6))
    return {"type": "Feature", **own, "properties": said, "geometry": {"type": "Polygon", "coordinates": rings}}


def features(*names: str, key: str = "NAME") -> dict[str, Any]:
    """Return a collection with a square for each name."""
    return {"type": "FeatureCollection", "features": [feature(k, **{key: name}) for k, name in enumerate(names)]}


def topology(*names: str, quantised: bool = True) -> dict[str, Any]:
    """Return two squares that share an edge as one object, and a square around both as another before it."""
    arcs = [[[1, 0], [0, 1]], [[1, 1], [-1, 0], [0, -1], [1, 0]], [[1, 0], [1, 0], [0, 1], [-1, 0]]]
    if not quantised:
        arcs = [[[1, 0], [1, 1]], [[1, 1], [0, 1], [0, 0], [1, 0]], [[1, 0], [2, 0], [2, 1], [1, 1]]]
    own = [
        {"type": "Polygon", "id": name, "arcs": ring} for name, ring in zip(names, ([[0, 1]], [[2, -1]]), strict=True)
    ]
    around = {"type": "Polygon", "id": "around", "arcs": [[2, 1]]}
    whole = {"type": "Topology", "objects": {"all": around, "own": {"type": "GeometryCollection", "geometries": own}}}
    return {**whole, "arcs": arcs, **({"transform": {"scale": [0.5, 0.5], "translate": [10, 20]}} if quantised else {})}


def written(folder: Path, content: object, name: str = "own.geojson") -> Path:
    """Write a file of shapes; text as it is."""
    path = folder / name
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path
