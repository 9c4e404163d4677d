"""What the outline of a region tells of places: whether a position lies in it, and spots that stand for its area."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from pilotzone.gather import load_shapes, points_inside, regions_at

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["OUTLINE_KM", "regions_near", "spots_of"]

OUTLINE_KM = 25.0
"""How far outside a region's drawn outline a position may lie: outlines for maps are coarse."""
_SPOTS = 120
"""Points of a region that stand for where in it a zone might be."""


@lru_cache(maxsize=4096)
def regions_near(latitude: float, longitude: float) -> tuple[str, ...]:
    """Return the codes of the regions that a position may lie in, the likeliest first; none outside the evidence."""
    return tuple(regions_at(load_shapes(), latitude, longitude, within_km=OUTLINE_KM))


@lru_cache(maxsize=64)
def spots_of(region: str) -> Floats:
    """Return spots that fill a region evenly, latitude and longitude in degrees, shape (k, 2); not to be written to."""
    found = points_inside(load_shapes(), region, _SPOTS)
    found.flags.writeable = False
    return found
