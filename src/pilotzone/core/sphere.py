"""Distances on the Earth."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray

__all__ = ["EARTH_KM", "distance_km"]

EARTH_KM = 6_371.0088
"""Mean radius of the Earth (IUGG)."""


def distance_km(
    latitude: ArrayLike, longitude: ArrayLike, to_latitude: ArrayLike, to_longitude: ArrayLike
) -> NDArray[np.float64]:
    """Return great-circle distances on a sphere, km, of positions in degrees that broadcast.

    Examples
    --------
    >>> distance_km(0, 0, 0, 1).round(3).tolist()
    111.195
    """
    import numpy as np

    one, other, east = (
        np.radians(np.asarray(value, dtype=np.float64))
        for value in (latitude, to_latitude, np.subtract(to_longitude, longitude))
    )
    half = np.sin((other - one) / 2) ** 2 + np.cos(one) * np.cos(other) * np.sin(east / 2) ** 2
    return np.asarray(2 * EARTH_KM * np.arcsin(np.sqrt(np.minimum(half, 1.0))))
