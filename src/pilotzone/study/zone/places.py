"""Where the units of a study lie: shapes or positions, for the map."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pilotzone.gather import load_evidence, load_positions, load_shapes, shapes_holding
from pilotzone.study.runs.shapefiles import shapes_of
from pilotzone.study.zone.findings import MapMaterial
from pilotzone.study.zone.material import excluded_units, uses_bundled_evidence

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pilotzone.core import Panel
    from pilotzone.gather import Positions
    from pilotzone.study.zone.file import ZoneStudy

__all__ = ["map_material", "point_material", "positions_of"]


def map_material(study: ZoneStudy, panel: Panel) -> MapMaterial | None:
    """Return shapes for the map, the user's own first, or points where there are positions alone.

    ``None`` where the units have neither.

    Raises
    ------
    UsageError, DataError
        If the file of shapes that the study names cannot be read, or has none of the units.
    """
    shapes, positions = shapes_holding(panel.units), positions_of(study)
    if shapes is None and positions is None and study.spec.shapes is None:
        return None
    zones: dict[str, str] = {}
    if uses_bundled_evidence(study) or study.spec.donors.policy_zones == "exclude":
        for zone in load_evidence().zones:
            extent = "" if zone.whole else f", part: {zone.part}"
            zones.setdefault(zone.region, f"{zone.name} zone, {zone.date}{extent}")
    chosen = frozenset(excluded_units(study, panel))
    own = shapes_of(study, {unit: panel.label(unit) for unit in panel.units})
    if own is not None:
        return MapMaterial(own.geojson, own.credit, zones, chosen=chosen)
    if shapes is not None:
        return MapMaterial(shapes.geojson(), shapes.credit, zones, shapes.projection, chosen=chosen)
    return replace(point_material(panel, positions, zones), chosen=chosen) if positions else None


def positions_of(study: ZoneStudy) -> Positions | None:
    """Return the positions that the map draws, or ``None`` where the zone is not among them."""
    found = load_positions()
    return found if found is not None and set(study.spec.zone.units) <= set(found.at) else None


def point_material(panel: Panel, positions: Positions, zones: Mapping[str, str]) -> MapMaterial:
    """Return the units of the data as points, on the outlines of the provinces.

    Parameters
    ----------
    panel
        The data.
    positions
        Positions of units; one without is not drawn.
    zones
        As in `MapMaterial`.
    """
    land = load_shapes()
    points = {unit: positions.at[unit] for unit in panel.units if unit in positions.at}
    return MapMaterial(land.geojson(), f"{land.credit} {positions.credit}", zones, land.projection, points)
