"""A place that could carry a zone: what the evidence says about it on each criterion, and what its user says."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import Assumptions, UsageError
from pilotzone.gather import Climate, load_evidence, load_layer, load_shapes, points_inside, regions_at
from pilotzone.site.annual import AnnualCooling, annual_cooling, climate_draws
from pilotzone.site.catalogue import check_bounds
from pilotzone.site.figures import Figure, missing
from pilotzone.site.parameters import CoolingSystem
from pilotzone.site.surface import CoolingSurface, cooling_surface
from pilotzone.site.unknowns import Quantity

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Candidate", "PlaceProfile", "climate_of", "place_of_region", "profile_of", "sampled_pue"]

OUTLINE_KM = 25.0
"""How far outside a region's drawn outline a position may lie: outlines for maps are coarse."""
_SOURCE = "China Statistical Yearbook: monthly means of the capital, 2008 and 2009"
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
    spot_of
        Name of the place that this is one spot of: spots are scored one by one, and the best one counts. Empty for a
        place of its own.

    Raises
    ------
    UsageError
        If there is half a position, it lies outside its region, or a figure cannot be.
    """

    name: str
    region: str = ""
    latitude: float = float("nan")
    longitude: float = float("nan")
    weather: Climate | None = None
    figures: dict[str, Figure] = field(default_factory=dict)
    spot_of: str = ""

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
        there = regions_at(load_shapes(), self.latitude, self.longitude, within_km=OUTLINE_KM)
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
        return _points_of(self.region) if self.region else np.empty((0, 2))


@dataclass(frozen=True, eq=False)
class PlaceProfile:
    """All that is known of a place.

    Attributes
    ----------
    place
        The place.
    figures
        One for each criterion that was asked for.
    quantities
        Criterion to its value as a function of what is not known, where a figure is not all there is.
    context
        Further figures that explain these.
    assumptions, systems
        What was assumed, and the cooling systems that are shown.
    surface
        PUE and water of the first system, where a criterion rests on them.
    """

    place: Candidate
    figures: tuple[Figure, ...]
    quantities: Mapping[str, Quantity]
    context: tuple[Figure, ...]
    assumptions: Assumptions
    systems: tuple[CoolingSystem, ...]
    surface: CoolingSurface | None = None

    @property
    def has_cooling(self) -> bool:
        """Whether a year of cooling was modelled."""
        return self.surface is not None

    @cached_property
    def cooling(self) -> tuple[AnnualCooling, ...]:
        """A year of cooling by system; none where no criterion rests on it. Computed when it is first asked for."""
        if self.surface is None:
            return ()
        key = self.place.region or self.place.name
        climate = climate_of(self.place)
        assert climate is not None  # noqa: S101 - there is a surface
        hours = climate_draws(key, climate, self.assumptions, source=_SOURCE).class_hours
        surfaces = [
            self.surface
            if system == self.surface.system
            else _surface_of(system, self.place, climate, self.assumptions)
            for system in self.systems
        ]
        return tuple(surface.annual(hours) for surface in surfaces)


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
    climate = climate_of(place) if needs_climate else None
    surface = None if climate is None else _surface_of(systems[0], place, climate, assumptions)
    figures, quantities = [], {}
    for name in criteria:
        if name in place.figures:
            figures.append(place.figures[name])
        elif name not in KNOWN:
            figures.append(missing(place.name, name, "", "its user gave no figure"))
        else:
            found = KNOWN[name].find(region, surface)
            figures.append(found.figure)
            if found.quantity is not None:
                quantities[name] = found.quantity
    return PlaceProfile(place, tuple(figures), quantities, region.context(), assumptions, tuple(systems), surface)


def sampled_pue(place: Candidate, assumptions: Assumptions) -> tuple[float, float] | None:
    """Return the least and the greatest PUE of a few years, air-side, or ``None`` where no climate is known.

    For who needs about how good a place is and not how it varies with what is assumed.
    """
    climate = climate_of(place)
    if climate is None:
        return None
    key = place.region or place.name
    found = annual_cooling("airside", climate_draws(key, climate, assumptions), assumptions, place=key, classes=False)
    return found.pue[0], found.pue[2]


def climate_of(place: Candidate) -> Climate | Floats | None:
    """Return a place's hours, or the monthly means of its region's capital, degC, shape (12,), or ``None``."""
    return place.weather if place.weather is not None else _capital_means(place.region)


def _surface_of(
    system: CoolingSystem, place: Candidate, climate: Climate | Floats, assumptions: Assumptions
) -> CoolingSurface:
    if isinstance(climate, Climate):
        return cooling_surface(system, climate, assumptions, place=place.region or place.name)
    return _surface_of_region(system, place.region, assumptions)


@lru_cache(maxsize=128)
def _surface_of_region(system: CoolingSystem, region: str, assumptions: Assumptions) -> CoolingSurface:
    """Return a surface from the capital's monthly means: the same for all places of a region, thousands of them."""
    climate = _capital_means(region)
    assert climate is not None  # noqa: S101 - its caller has found it
    return cooling_surface(system, climate, assumptions, place=region)


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
