"""A place that could carry a zone: what the evidence says about it on each criterion, and what its user says."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import Assumptions, UsageError
from pilotzone.gather import Climate, load_evidence, load_layer, load_shapes, points_inside
from pilotzone.site.annual import AnnualCooling, annual_cooling, climate_draws
from pilotzone.site.figures import Figure, missing
from pilotzone.site.parameters import CoolingSystem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Candidate", "PlaceProfile", "place_of_region", "profile_of"]

_POINTS = 120
"""Points of a region that stand for where in it a zone might be."""


@dataclass(frozen=True, eq=False)
class Candidate:
    """A place.

    Attributes
    ----------
    name
        Words for a reader.
    region
        ISO 3166-2 code of the region whose evidence is its own; empty for a place outside the evidence.
    latitude, longitude
        Of the place, degrees; NaN if all of its region may be meant.
    weather
        Hours of it; ``None`` if nobody has them.
    figures
        What its user knows, criterion to figure; goes before what the evidence has.
    """

    name: str
    region: str = ""
    latitude: float = float("nan")
    longitude: float = float("nan")
    weather: Climate | None = None
    figures: dict[str, Figure] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if np.isnan(self.latitude) != np.isnan(self.longitude):
            raise UsageError(f"{self.name} has half a position.", allowed="latitude and longitude, or neither")
        if not (np.isnan(self.latitude) or (abs(self.latitude) <= 90 and abs(self.longitude) <= 180)):  # noqa: PLR2004 - degrees
            raise UsageError(f"{self.name} lies at {self.latitude:g}, {self.longitude:g}.", allowed="degrees")
        if self.region:
            load_evidence().region(self.region)

    def points(self) -> Floats:
        """Return where it may be, latitude and longitude in degrees, shape (k, 2); none if nobody says."""
        if not np.isnan(self.latitude):
            return np.array([[self.latitude, self.longitude]])
        return _points_of(self.region) if self.region else np.empty((0, 2))


@dataclass(frozen=True, eq=False)
class PlaceProfile:
    """All that is known of a place.

    Attributes
    ----------
    place
        The place.
    figures
        A figure for each criterion that was asked for.
    context
        Further figures that explain these.
    assumptions, systems
        Under which a year of cooling is modelled, and by which systems; no systems where cooling was not asked for.
    """

    place: Candidate
    figures: tuple[Figure, ...]
    context: tuple[Figure, ...]
    assumptions: Assumptions
    systems: tuple[CoolingSystem, ...] = ()

    @property
    def has_cooling(self) -> bool:
        """Whether a year of cooling can be modelled, and was asked for."""
        return bool(self.systems) and _climate(self.place) is not None

    @cached_property
    def cooling(self) -> tuple[AnnualCooling, ...]:
        """A year of cooling by system; modelled when somebody looks, since a ranking needs the first system's alone."""
        return _cooling(self.place, self.assumptions, self.systems)


def place_of_region(code: str) -> Candidate:
    """Return a region of the evidence as a place.

    Raises
    ------
    UsageError
        If there is no such region.
    """
    region = load_evidence().region(code)
    return Candidate(region.name, region.code)


def profile_of(
    place: Candidate,
    criteria: Sequence[str],
    assumptions: Assumptions,
    *,
    systems: Sequence[CoolingSystem] = ("airside",),
    year: int | None = None,
) -> PlaceProfile:
    """Return what is known of a place.

    Parameters
    ----------
    place
        The place.
    criteria
        Names of criteria.
    assumptions
        What is not in the evidence.
    systems
        Cooling systems that are looked at; PUE and water are the first one's.
    year
        Year of GDP and of the mix of power; the latest that is known if left out.

    Returns
    -------
    PlaceProfile
        What the user gave goes first; what neither evidence nor user has is missing, with the reason.

    Raises
    ------
    UsageError
        If a criterion is neither the user's nor the evidence's, or something that is needed is not assumed.
    """
    from pilotzone.site.regional import KNOWN, Region

    region = Region(place, assumptions, year)
    needs_climate = any(KNOWN[name].climate for name in criteria if name in KNOWN and name not in place.figures)
    modelled = tuple(systems) if needs_climate else ()
    cooling = _cooling(place, assumptions, modelled[:1], classes=False)
    figures = []
    for name in criteria:
        if name in place.figures:
            figures.append(place.figures[name])
        elif name not in KNOWN:
            figures.append(missing(place.name, name, "", "its user gave no figure"))
        else:
            figures.append(KNOWN[name].find(region, cooling[0] if cooling else None))
    return PlaceProfile(place, tuple(figures), region.context(), assumptions, modelled)


def _climate(place: Candidate) -> Climate | Floats | None:
    """Return hours of a place, or monthly means of its region's capital, or ``None``."""
    return place.weather if place.weather is not None else _capital_means(place.region)


def _cooling(
    place: Candidate, assumptions: Assumptions, systems: Sequence[CoolingSystem], *, classes: bool = True
) -> tuple[AnnualCooling, ...]:
    given = _climate(place) if systems else None
    if given is None:
        return ()
    key = place.region or place.name
    source = "China Statistical Yearbook: monthly means of the capital, 2008 and 2009"
    climate = climate_draws(key, given, assumptions, source=source)
    return tuple(annual_cooling(system, climate, assumptions, place=key, classes=classes) for system in systems)


@lru_cache(maxsize=64)
def _points_of(region: str) -> Floats:
    found = points_inside(load_shapes(), region, _POINTS)
    found.flags.writeable = False
    return found


def _capital_means(region: str) -> Floats | None:
    """Return monthly means of a region's capital over the years that are known, or ``None``."""
    layer = load_layer("capital_temperatures")
    rows = layer.rows_where(region=region)
    if not len(rows):
        return None
    months = layer.numbers["month"][rows].astype(np.int64)
    temps = layer.numbers["temperature_c"][rows]
    return np.array([temps[months == month].mean() for month in range(1, 13)])
