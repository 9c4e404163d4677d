"""Positions of regions that have no shapes: a table of a collection, drawn as points on the map."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

from pilotzone.gather.collection import BUNDLED, COLLECTIONS, read_package, rows_of

__all__ = ["Positions", "load_positions"]

_TABLE = "positions"
"""Name of the table: columns ``region``, ``latitude_deg`` and ``longitude_deg``, and others that are not read here.

Its resource names its ``sources`` and ``licenses``.
"""


@dataclass(frozen=True)
class Positions:
    """Positions of the regions of a geography.

    Attributes
    ----------
    geography
        Name of the geography.
    at
        Latitude and longitude in degrees, by code.
    credit
        Text that every map with them shows.
    file
        The file they are read from, for the audit trail.
    """

    geography: str
    at: Mapping[str, tuple[float, float]]
    credit: str
    file: Path


@lru_cache(maxsize=4)
def load_positions(geography: str = "cn-city") -> Positions | None:
    """Return the positions of a geography's regions, or ``None`` where the evidence has none.

    Parameters
    ----------
    geography
        ``cn-city`` for the cities of China.
    """
    for name in COLLECTIONS:
        package = read_package(name)
        if package["geography"]["name"] != geography:
            continue
        for resource in package["resources"]:
            if resource["name"] == _TABLE:
                at = {
                    row["region"]: (float(row["latitude_deg"]), float(row["longitude_deg"]))
                    for row in rows_of(name, _TABLE)
                    if row["latitude_deg"] and row["longitude_deg"]
                }
                titles = {item["name"]: item["title"] for item in package["sources"]}
                named = "; ".join(titles[key] for key in resource["sources"])
                terms = ", ".join(resource["licenses"])
                credit = f"Positions: {named} ({terms})."
                return Positions(geography, MappingProxyType(at), credit, BUNDLED / name / resource["path"])
    return None
