"""Shapes of a user's own: the table ``[shapes]`` of every kind whose maps are drawn from its units."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pilotzone.core import Brief, listing
from pilotzone.gather import match_shapes
from pilotzone.report import Land, drawable
from pilotzone.study.runs.fields import StrictModel, Text
from pilotzone.study.runs.kind import Input

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from pilotzone.study.runs.kind import Study

__all__ = ["OwnShapes", "ShapesSpec", "own_shapes", "shapes_files", "shapes_inputs", "shapes_moved", "shapes_of"]


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


def shapes_of(study: Study[Any], labels: Mapping[str, str]) -> OwnShapes | None:
    """Return the shapes that a study names, matched to its units; ``None`` where it names none.

    Parameters
    ----------
    study
        Study of a kind whose file has ``[shapes]``.
    labels
        As in `own_shapes`.

    Raises
    ------
    UsageError, DataError
        As `own_shapes` does.
    """
    named: ShapesSpec | None = study.spec.shapes
    return None if named is None else own_shapes(study.path(named.file), labels, named.key, named.credit)


def shapes_files(named: ShapesSpec | None) -> tuple[str, ...]:
    """Return the file that a table names; nothing without one."""
    return () if named is None else (named.file,)


def shapes_moved(named: ShapesSpec | None, where: Callable[[str], str]) -> ShapesSpec | None:
    """Return the table with its file elsewhere."""
    return None if named is None else named.model_copy(update={"file": where(named.file)})


def shapes_inputs(study: Study[Any]) -> list[Input]:
    """Return the file of shapes that a study names, for its audit trail; nothing without one."""
    named: ShapesSpec | None = study.spec.shapes
    return [] if named is None else [Input("shapes", study.path(named.file), what="file of shapes")]
