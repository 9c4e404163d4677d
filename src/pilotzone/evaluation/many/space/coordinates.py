"""Where units are: points from coordinates, distances in kilometres, and cells of a grid."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from pilotzone.core import EARTH_KM, DataError, UsageError, check_choice

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    from pilotzone.store import UnitBatch

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = [
    "EARTH",
    "Coordinates",
    "CoordinatesKernel",
    "Measure",
    "UnitCoordinates",
    "distances",
    "nearest",
    "points",
    "reach",
]

EARTH = EARTH_KM

Measure = Literal["degrees", "km"]
"""Longitude and latitude, with distances along great circles; or kilometres on a plane."""


@dataclass(frozen=True)
class Coordinates:
    """Columns that give the location of a unit.

    Attributes
    ----------
    columns
        Names of two columns: longitude and latitude, or kilometres eastward and northward.
    measure
        Unit of the coordinates: ``degrees`` or ``km``.

    Raises
    ------
    UsageError
        If there are not two columns, or the measure is unknown.
    """

    columns: tuple[str, str]
    measure: Measure = "degrees"

    def __post_init__(self) -> None:
        check_choice(self.measure, Measure, "measure")
        if len(set(self.columns)) != 2 or len(self.columns) != 2:  # noqa: PLR2004 - on a surface
            raise UsageError(f"coordinates are {self.columns!r}.", allowed="two columns, such as lon and lat")


@dataclass(frozen=True, eq=False)
class UnitCoordinates:
    """All units with their coordinates.

    Attributes
    ----------
    keys
        Names of n units, Arrow arrays of one type.
    cohorts
        Shape (n,).
    coordinates
        Shape (n, 2); (n, 0) where they are not known.
    """

    keys: tuple[pa.Array, ...]
    cohorts: Integers
    coordinates: Floats

    @property
    def names(self) -> pa.Array:
        """All names in one Arrow array."""
        import pyarrow as pa

        return pa.chunked_array(list(self.keys)).combine_chunks()


@dataclass(frozen=True)
class CoordinatesKernel:
    """Brings units, cohorts and coordinates together."""

    columns: tuple[str, ...]

    def take(self, batch: UnitBatch) -> UnitCoordinates:
        """Return the coordinates of one batch."""
        columns = [batch.constants[name] for name in self.columns]
        found = np.column_stack(columns) if columns else np.empty((len(batch.cohorts), 0))
        return UnitCoordinates((batch.keys,), batch.cohorts, found)

    def merge(self, one: UnitCoordinates, other: UnitCoordinates) -> UnitCoordinates:
        """Return the coordinates of both."""
        return UnitCoordinates(
            (*one.keys, *other.keys),
            np.concatenate([one.cohorts, other.cohorts]),
            np.concatenate([one.coordinates, other.coordinates]),
        )


def points(coordinates: Floats, measure: Measure) -> Floats:
    """Return points between which straight lines are as long as `reach` says.

    Parameters
    ----------
    coordinates
        Shape (n, 2).
    measure
        What they are.

    Returns
    -------
    array
        Shape (n, 3) on a sphere, (n, 2) on a plane, km.

    Raises
    ------
    DataError
        If degrees are out of range.
    """
    if measure == "km":
        return coordinates
    beyond = (np.abs(coordinates) > np.array([180.0, 90.0])).any(axis=1)
    if beyond.any():
        first = coordinates[int(np.flatnonzero(beyond)[0])].tolist()
        raise DataError(
            f"{int(beyond.sum()):,} units are not on Earth, such as at longitude {first[0]:g}, latitude {first[1]:g}.",
            allowed="longitudes from -180 to 180 and latitudes from -90 to 90, in this order",
            todo="coordinates of a plane, in kilometres, are another measure: km",
        )
    lon, lat = np.radians(coordinates).T
    return EARTH * np.column_stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])


def reach(distance: Any, measure: Measure) -> Any:  # noqa: ANN401 - a number or an array of them
    """Return the length of the straight line between points that are so many kilometres apart."""
    if measure == "km":
        return distance
    return 2 * EARTH * np.sin(np.minimum(np.asarray(distance) / (2 * EARTH), np.pi / 2))


def distances(lines: Floats, measure: Measure) -> Floats:
    """Return kilometres apart, for straight lines between points: the inverse of `reach`."""
    if measure == "km":
        return lines
    found: Floats = 2 * EARTH * np.arcsin(np.minimum(lines / (2 * EARTH), 1.0))
    return found


def nearest(of: Floats, among: Floats) -> Floats:
    """Return the length of the straight line from each point to the nearest of others, infinite if there are none."""
    from scipy.spatial import cKDTree

    if len(among) == 0 or len(of) == 0:
        return np.full(len(of), np.inf)
    return np.asarray(cKDTree(among).query(of)[0], dtype=np.float64)
