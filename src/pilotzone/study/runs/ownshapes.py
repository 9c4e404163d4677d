"""Shapes of a user's own: the table ``[shapes]`` of every kind whose maps are drawn from its units."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pilotzone.core import Brief, listing
from pilotzone.gather import match_shapes
from pilotzone.report import Land, drawable
from pilotzone.study.runs.fields import StrictModel, Text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["OwnShapes", "ShapesSpec", "own_shapes"]


class ShapesSpec(StrictModel):
    """Shapes of the user's own for the map: GeoJSON or TopoJSON, in degrees.

    `key` is what of a shape is the unit, ``id`` or the name of a property; it is found if left out.
    """

    file: Text
    key: Text | None = None
    credit: Text | None = None


@dataclass(frozen=True, eq=False)
class OwnShapes(Brief):
    """Shapes of a user's file, matched to the units of a study.

    Attributes
    ----------
    geojson
        A FeatureCollection; the id of a feature is the unit.
    credit
        The line that has to stand on the map, with the units that have no shape.
    """

    geojson: Mapping[str, Any]
    credit: str

    @property
    def land(self) -> Land:
        """Where the units lie, ready to be drawn."""
        features = self.geojson["features"]
        shapes = {str(item["id"]): drawable(item["geometry"]) for item in features}
        return Land(shapes, {str(item["id"]): str(item["properties"]["name"]) for item in features})


def own_shapes(file: Path, labels: Mapping[str, str], key: str | None = None, credit: str | None = None) -> OwnShapes:
    """Return the shapes of a file, matched to units.

    Parameters
    ----------
    file
        GeoJSON or TopoJSON, as `pilotzone.gather.match_shapes` takes it.
    labels
        Code to name of the units.
    key, credit
        As in `ShapesSpec`.

    Raises
    ------
    UsageError, DataError
        If the file cannot be read, or has none of the units.
    """
    found = match_shapes(file, labels, key)
    missing = listing([labels[unit] for unit in found.missing], most=5)
    lacking = f" No shape of {missing}: see the table." if missing else ""
    told = found.credit if credit is None else f"Shapes: {credit.rstrip('.')}."
    return OwnShapes(found.geojson, f"{told}{lacking}")
