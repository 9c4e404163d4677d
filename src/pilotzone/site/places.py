"""A place that could carry a zone, and what its user knows about it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import Brief, UsageError, listing
from pilotzone.gather import Climate, load_evidence
from pilotzone.site.catalogue import check_bounds
from pilotzone.site.criterion_values import CriterionValue
from pilotzone.site.outlines import OUTLINE_KM, regions_near, spots_of
from pilotzone.site.unknowns import Quantity

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Candidate", "known_regions", "place_of_region"]

_GEOGRAPHY = "cn-province"
"""Geography that power plants, weather stations, earthquakes and outlines are known of."""


@dataclass(frozen=True, eq=False)
class Candidate(Brief):
    """A place that takes part in a ranking.

    Attributes
    ----------
    name
        Words for a reader.
    region
        ISO 3166-2 code of the region that the place lies in. The evidence of this region is used for the place. Empty
        for a place outside the evidence.
    latitude, longitude
        Latitude and longitude of the place, degrees; NaN if it may be anywhere in its region.
    weather
        Hourly weather of the place; ``None`` if it is not known.
    figures
        Figures that the user supplies, by criterion. They replace figures of the evidence.
    spot_of
        Name of the place that this spot belongs to. Spots are scored one by one, and the best spot counts. Empty for a
        place of its own.
    quantities
        Criterion to its value as a function of what is not known, where its figure is not all there is.

    Raises
    ------
    UsageError
        If only one of latitude and longitude is given, the position lies outside the region, or a figure is impossible.
    """

    name: str
    region: str = ""
    latitude: float = float("nan")
    longitude: float = float("nan")
    weather: Climate | None = None
    figures: dict[str, CriterionValue] = field(default_factory=dict)
    spot_of: str = ""
    quantities: dict[str, Quantity] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if np.isnan(self.latitude) != np.isnan(self.longitude):
            raise UsageError(f"{self.name} has half a position.", allowed="latitude and longitude, or neither")
        if not (np.isnan(self.latitude) or (abs(self.latitude) <= 90 and abs(self.longitude) <= 180)):  # noqa: PLR2004 - degrees
            raise UsageError(f"{self.name} lies at {self.latitude:g}, {self.longitude:g}.", allowed="degrees")
        for figure in self.figures.values():
            if figure.kind != "missing":
                check_bounds(self.name, figure.criterion, figure.low, figure.high)
        if self.region:
            load_evidence().region(self.region)
            if not np.isnan(self.latitude):
                self._check_region()

    def _check_region(self) -> None:
        there = regions_near(self.latitude, self.longitude)
        if self.region not in there:
            raise UsageError(
                f"{self.name} lies at {self.latitude:g}, {self.longitude:g}, which is outside {self.region}.",
                allowed=f"a position within {OUTLINE_KM:g} km of the region's outline",
                todo=f"check the position{f': {there[0]} is there' if there else ''}, or leave the region out",
            )

    @property
    def belongs(self) -> str:
        """Name of the place that it is, or is a spot of."""
        return self.spot_of or self.name

    def points(self) -> Floats:
        """Return where it may be, latitude and longitude in degrees, shape (k, 2); none if nobody says."""
        if not np.isnan(self.latitude):
            return np.array([[self.latitude, self.longitude]])
        return spots_of(self.region) if self.region else np.empty((0, 2))


def place_of_region(code: str) -> Candidate:
    """Return a region of the evidence as a place.

    Raises
    ------
    UsageError
        If there is no such region, or none of whose places anything is known.
    """
    region = load_evidence().region(code)
    if region.geography != _GEOGRAPHY:
        known = load_evidence().geographies
        raise UsageError(
            f"{region.code} ({region.name}) is one of the {known[region.geography].many}, "
            f"and criteria of places are known of {known[_GEOGRAPHY].many}.",
            allowed=f"codes such as {listing(list(known_regions()), most=5)}",
            todo="describe it as a place of your own, with a name and figures",
        )
    return Candidate(region.name, region.code)


def known_regions() -> tuple[str, ...]:
    """Return the codes of the regions that can be ranked as places, sorted.

    Examples
    --------
    >>> len(known_regions())
    31
    """
    return tuple(region.code for region in load_evidence().regions_of(_GEOGRAPHY))
