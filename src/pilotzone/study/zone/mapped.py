"""What the map of zones and donors shows of each unit: treated, a donor by how much, or left out and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pilotzone.report import MINUS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pilotzone.core import Panel
    from pilotzone.evaluation.few import FewEffects, OutcomeFit
    from pilotzone.study.zone.findings import MapMaterial

__all__ = [
    "ABSENT",
    "BY_CHOICE",
    "DONORS",
    "KINDS",
    "LEFT_OUT",
    "NEGATIVE",
    "TREATED",
    "ZONE",
    "MapKind",
    "MapUnit",
    "map_units",
]


@dataclass(frozen=True)
class MapKind:
    """A class of the map: its words in the legend, its fill, and the least size of a donor's weight in it.

    Fills are told apart by lightness as far as that goes; what lies close together has a sign besides, in the legend
    and on the shape.
    """

    words: str
    fill: str
    least: float = 0.0


TREATED = MapKind("★ treated", "#111418")
DONORS = (
    MapKind("donor, 30 % or more", "#1f5c99", 0.30),
    MapKind("donor, 10 to 30 %", "#5f97cb", 0.10),
    MapKind("donor, 1 to 10 %", "#a9cbe8", 0.01),
    MapKind("donor, less than 1 %", "#e6f0f8"),
)
NEGATIVE = (
    MapKind(f"{MINUS} donor, negative, 1 % or more", "#e3a08f", 0.01),
    MapKind(f"{MINUS} donor, negative, less than 1 %", "#f9e8e2"),
)
ZONE = MapKind("△ other zone, no donor", "#f3dcae")
LEFT_OUT = MapKind("\u00d7 not usable", "#c2c5c9")
BY_CHOICE = MapKind("\u25a1 left out by the study", "#dcd8e2")
ABSENT = MapKind("not in the data", "#f7f7f7")
KINDS = (TREATED, *DONORS, *NEGATIVE, ZONE, BY_CHOICE, LEFT_OUT, ABSENT)


@dataclass(frozen=True)
class MapUnit:
    """A unit on the map."""

    unit: str
    label: str
    kind: MapKind
    weight: float
    about: str

    @property
    def part(self) -> str:
        """The part that the unit has in the comparison, in words."""
        return self.kind.words

    @property
    def is_donor(self) -> bool:
        """Whether it may carry weight."""
        return self.kind in (*DONORS, *NEGATIVE)


def map_units(panel: Panel, effects: FewEffects, fit: OutcomeFit, material: MapMaterial) -> list[MapUnit]:
    """Return what each shape or point on the map stands for: in the order of the shapes, points in that of the data."""
    decisions = {decision.unit: decision for decision in effects.donors}
    weights = fit.donor_weights()
    found = []
    for unit, name in _places(panel, material):
        decision = decisions.get(unit)
        weight = weights.get(unit, 0.0)
        about = material.zones.get(unit, "")
        if unit == effects.design.unit:
            kind = TREATED
        elif decision is not None and decision.admitted:
            classes = NEGATIVE if weight < 0 else DONORS
            kind = next(item for item in classes if abs(weight) >= item.least)
        elif unit in material.zones:
            kind = ZONE
        elif decision is not None:
            kind, about = BY_CHOICE if unit in material.chosen else LEFT_OUT, decision.reason
        else:
            kind = ABSENT
        found.append(MapUnit(unit, name, kind, weight, about))
    return found


def _places(panel: Panel, material: MapMaterial) -> list[tuple[str, str]]:
    if material.points:
        return [(unit, panel.label(unit)) for unit in panel.units]
    return [(str(item["id"]), _name(panel, str(item["id"]), item)) for item in material.geojson["features"]]


def _name(panel: Panel, unit: str, feature: Mapping[str, Any]) -> str:
    if unit in panel.units:
        return panel.label(unit)
    properties = feature.get("properties") or {}
    return str(properties.get("name") or unit)
