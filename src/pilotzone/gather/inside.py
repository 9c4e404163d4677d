"""Positions and shapes: points inside a region, and the regions that a position lies in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pilotzone.core import UsageError, unknown

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from pilotzone.gather.shapes import Shapes

__all__ = ["points_inside", "regions_at"]

_KM_A_DEGREE = 111.2
_TURN = 360.0


def points_inside(shapes: Shapes, code: str, count: int) -> NDArray[np.float64]:
    """Return points of a regular grid inside a region.

    Parameters
    ----------
    shapes
        Shapes of regions.
    code
        Code of the region.
    count
        How many, about; there is at least one.

    Returns
    -------
    array
        Latitude and longitude in degrees, shape (k, 2), each point with about the same area around it. Longitudes of
        a region across the date line run on below -180, so that their mean is a place.

    Raises
    ------
    UsageError
        If there is no such region.

    Examples
    --------
    >>> from pilotzone.gather import load_shapes
    >>> points = points_inside(load_shapes(), "CN-GZ", 100)
    >>> 80 < len(points) < 120, points.mean(axis=0).round(0).tolist()
    (True, [27.0, 107.0])
    """
    import numpy as np

    by_code = shapes.rings
    if code not in by_code:
        raise unknown("shape of", code, by_code, error=UsageError)
    rings = _together(by_code[code])
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
    >>> from pilotzone.gather import load_shapes
    >>> regions_at(load_shapes(), 26.65, 106.63, within_km=25)
    ('CN-GZ',)
    >>> regions_at(load_shapes(), 25.03, 121.56, within_km=25)
    ()
    >>> regions_at(load_shapes("us-state"), 52.9, 172.9, within_km=25)
    ('US-AK',)
    """
    import numpy as np

    at, found = np.array([[latitude, longitude]]), []
    for code, rings in shapes.rings.items():
        if "-" not in code:
            continue
        beside = (_beside(ring, longitude) for ring in rings)
        near = [ring for ring in beside if _off_box(at[0], ring) <= within_km]
        if near and (_inside(at, near)[0] or min(_off(at[0], ring) for ring in near) <= within_km):
            found.append(code)
    return tuple(found)


def _beside(ring: NDArray[np.float64], longitude: float) -> NDArray[np.float64]:
    """Return a ring by longitudes around the given one: -179 is two degrees from 179."""
    import numpy as np

    west, east = ring[:, 0].min(), ring[:, 0].max()
    turns = round((longitude - (west + east) / 2) / _TURN)
    return ring + np.array([turns * _TURN, 0.0]) if turns else ring


def _together(rings: list[NDArray[np.float64]]) -> list[NDArray[np.float64]]:
    """Return the rings of a region with those beyond the date line beside the others."""
    largest = max(rings, key=len)
    return [_beside(ring, float(largest[:, 0].mean())) for ring in rings]


def _off_box(at: NDArray[np.float64], ring: NDArray[np.float64]) -> float:
    """Return how far a position is from the box around a ring, km: never more than it is from the ring."""
    import numpy as np

    here = at[::-1]
    beyond = np.maximum(np.maximum(ring.min(axis=0) - here, here - ring.max(axis=0)), 0.0)
    return float(np.hypot(*(beyond * _plane(at))))


def _plane(at: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the km of a degree of longitude and of latitude, on the plane that touches the sphere at a position."""
    import numpy as np

    return np.array([_KM_A_DEGREE * np.cos(np.radians(at[0])), _KM_A_DEGREE])


def _off(at: NDArray[np.float64], ring: NDArray[np.float64]) -> float:
    """Return how far a position is from a ring, km."""
    import numpy as np

    start = (ring - at[::-1]) * _plane(at)
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
