"""Which shape of a user's file is which region of the data."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pilotzone.core import DataError, shown, unknown
from pilotzone.gather.own_shapes import OwnShape, named_keys, no_match, read_own_shapes

__all__ = ["MatchedShapes", "match_shapes"]


@dataclass(frozen=True, eq=False)
class MatchedShapes:
    """Shapes of a user's file by the regions of the data.

    Attributes
    ----------
    file
        The file.
    key
        What of a shape is the region: ``id``, or the name of a property.
    geojson
        A FeatureCollection; the id of a feature is the unit, or what no unit is called where the data lack the region.
    missing
        Units without a shape.
    """

    file: Path
    key: str
    geojson: Mapping[str, Any]
    missing: tuple[str, ...]

    @property
    def credit(self) -> str:
        """Where the shapes are from, for the foot of a map."""
        return f"Shapes: {shown(self.file.name)}."


def match_shapes(path: Path, units: Mapping[str, str], key: str | None = None) -> MatchedShapes:
    """Read a user's shapes and find the regions of the data among them.

    A region is the shape whose `key` is its code or its name, capitals and spaces at the ends apart. Where the key is
    left out, it is the one by which most units are found, the id before properties and these in the order of the file;
    of a topology, the object by which most are. Several shapes of one region are drawn as one. Shapes of other regions
    are drawn as well where they are not more than those of the data, which they would make small.

    Parameters
    ----------
    path
        As in `read_own_shapes`.
    units
        Code to name of the units of the data.
    key
        What of a shape is the region: ``id``, or the name of a property; found if left out.

    Raises
    ------
    UsageError, DataError
        As in `read_own_shapes`; or if there is no such key, or no shape is a unit.
    """
    shapes = read_own_shapes(path)
    keys = named_keys(shapes)
    if key is not None and key not in keys:
        raise unknown("property of shapes", key, keys, of=path.name, error=DataError)
    known = {_spelled(text): code for code, name in reversed(list(units.items())) for text in (name, code)}
    best, most = ("", ""), 0
    for group in dict.fromkeys(shape.group for shape in shapes):
        own = [shape for shape in shapes if shape.group == group]
        for tried in keys if key is None else [key]:
            count = len({known[text] for shape in own if (text := _spelled(shape.said.get(tried, ""))) in known})
            if count > most:
                best, most = (group, tried), count
    if not most:
        raise no_match(path, shapes, list(units), key)
    group, chosen = best
    return _matched(path, [shape for shape in shapes if shape.group == group], chosen, units, known)


def _matched(
    path: Path, shapes: Sequence[OwnShape], key: str, units: Mapping[str, str], known: Mapping[str, str]
) -> MatchedShapes:
    found: dict[str, list[Any]] = {}
    others: list[OwnShape] = []
    for shape in shapes:
        code = known.get(_spelled(shape.said.get(key, "")))
        if code is None:
            others.append(shape)
        else:
            found.setdefault(code, []).extend(shape.polygons)
    features = [_feature(code, units[code], polygons) for code, polygons in found.items()]
    if len(others) <= len(found):
        free = (name for k in range(len(units) + len(others)) if (name := f"shape {k + 1}") not in units)
        features += [
            _feature(code, shape.said.get(key, "a region without a name"), shape.polygons)
            for code, shape in zip(free, others, strict=False)
        ]
    missing = tuple(code for code in units if code not in found)
    return MatchedShapes(path, key, {"type": "FeatureCollection", "features": features}, missing)


def _feature(code: str, name: str, polygons: list[Any]) -> dict[str, Any]:
    geometry = {"type": "MultiPolygon", "coordinates": polygons}
    return {"type": "Feature", "id": code, "properties": {"name": name}, "geometry": geometry}


def _spelled(text: str) -> str:
    return unicodedata.normalize("NFC", text).strip().casefold()
