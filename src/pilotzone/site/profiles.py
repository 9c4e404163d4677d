"""What is known of a place on each criterion: from its user, or from the evidence."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import Assumptions, Brief
from pilotzone.gather import Climate, load_layer
from pilotzone.site.annual import AnnualCooling, annual_cooling, climate_draws
from pilotzone.site.catalogue import KNOWN_CRITERIA
from pilotzone.site.criterion_values import CriterionValue, missing
from pilotzone.site.known.explanation import explanation_of
from pilotzone.site.known.record import Context
from pilotzone.site.parameters import CoolingSystem
from pilotzone.site.places import Candidate
from pilotzone.site.surface import CoolingSurface, cooling_surface
from pilotzone.site.unknowns import Quantity

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["PlaceProfile", "climate_of", "profile_of", "sampled_pue"]

_SOURCE = "China Statistical Yearbook: monthly means of the capital, 2008 and 2009"


@dataclass(frozen=True, eq=False)
class PlaceProfile(Brief):
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
    figures: tuple[CriterionValue, ...]
    quantities: Mapping[str, Quantity]
    context: tuple[CriterionValue, ...]
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
    known = [KNOWN_CRITERIA[name] for name in criteria if name in KNOWN_CRITERIA and name not in place.figures]
    climate = climate_of(place) if any(item.needs_climate for item in known) else None
    surface = None if climate is None else _surface_of(systems[0], place, climate, assumptions)
    context = Context(assumptions, year, surface)
    found = {item.name: item.find(item, place, context) for item in known}
    figures = [
        place.figures[name]
        if name in place.figures
        else found[name].value
        if name in found
        else missing(place.name, name, "", "its user gave no figure")
        for name in criteria
    ]
    own = {name: item for name, item in place.quantities.items() if name in criteria}
    quantities = {name: item.quantity for name, item in found.items() if item.quantity is not None} | own
    return PlaceProfile(
        place, tuple(figures), quantities, explanation_of(place, year), assumptions, tuple(systems), surface
    )


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


def _capital_means(region: str) -> Floats | None:
    """Return monthly means of a region's capital over the years that are known, or ``None``."""
    layer = load_layer("capital_temperatures")
    rows = layer.rows_where(region=region)
    if not len(rows):
        return None
    months = layer.numbers["month"][rows].astype(np.int64)
    temps = layer.numbers["temperature_c"][rows]
    return np.array([temps[months == month].mean() for month in range(1, 13)])
