"""Power at a place: carbon of the grid, hydropower in a dry year, plants within reach."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import EARTH_KM, MethodError, Panel, distance_km
from pilotzone.gather import evidence_panel, load_layer
from pilotzone.site.criteria import Criterion
from pilotzone.site.known.record import NO_REGION, Context, Found, KnownCriterion, Located
from pilotzone.site.outlines import regions_near
from pilotzone.site.power import DryYear, dry_year, shares_of
from pilotzone.site.unknowns import Cells, Span, Unknown

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["CRITERIA", "TENTHS", "YEARBOOK", "dry_year_of", "mix_of"]

YEARBOOK = "China Power Statistical Yearbook"
REACH_KM = 150.0
"""Within which plants count."""
TENTHS = (0.1, 0.9)
"""Which of the points of a region is taken: where in it a zone would be is not said."""
_ROUNDING = 1e-9
_SOURCES = ("thermal", "hydro", "nuclear", "wind", "solar", "other")
_UNCOUNTED = {"Wind", "Solar"}


@lru_cache(maxsize=1)
def _generation() -> Panel:
    return evidence_panel([f"generation_{name}_mwh" for name in _SOURCES])


def mix_of(place: Located, year: int | None) -> tuple[int, dict[str, float]] | None:
    """Return the year and the shares of the sources of power, or ``None`` outside the evidence."""
    if not place.region:
        return None
    panel = _generation()
    row = panel.unit_index(place.region)
    latest = panel.periods[-1]
    known = latest if year is None or year not in panel.periods else year
    column = panel.periods.index(known)
    values = {name: float(panel.matrix(f"generation_{name}_mwh")[row, column]) for name in _SOURCES}
    return known, shares_of(values)


def dry_year_of(place: Located) -> DryYear | None:
    """Return the driest year of its hydro power, or ``None`` where it has none."""
    if not place.region:
        return None
    panel = _generation()
    row = panel.unit_index(place.region)
    total = sum(panel.matrix(f"generation_{name}_mwh")[row] for name in _SOURCES)
    try:
        return dry_year(panel.periods, panel.matrix("generation_hydro_mwh")[row], total)
    except MethodError:
        return None


def _grid_carbon(own: KnownCriterion, place: Located, _: Context) -> Found:
    layer = load_layer("grid_factors")
    rows = layer.rows_where(region=place.region) if place.region else np.empty(0, np.int64)
    if not len(rows):
        return own.absent(place, "no emission factor is known for it" if place.region else NO_REGION)
    values = layer.numbers["kg_co2_per_kwh"][rows[np.argsort(layer.numbers["period"][rows])]]
    value = own.value(
        place,
        float(values.min()),
        float(values.max()),
        years="2021 and 2022",
        note="second-hand, not checked against the official page",
    )
    year = Unknown("year of the grid's factor", own.name, 1.0)
    return Found(value, Span(float(values[0]), float(values[-1]), year))


def _dry_hydro(own: KnownCriterion, place: Located, context: Context) -> Found:
    mix, dry = mix_of(place, context.year), dry_year_of(place)
    if mix is None:
        return own.absent(place, NO_REGION)
    year, shares = mix
    if dry is None:
        note = "too little hydro power for a trend"
        return Found(own.value(place, shares["hydro"], shares["hydro"], years=str(year), note=note))
    share = shares["hydro"] * dry.ratio
    note = f"{shares['hydro']:.0%} of generation in {year}; {dry.period} left {dry.ratio:.0%} of the trend"
    return Found(own.value(place, share, share, years=str(year), note=note))


def _plants(own: KnownCriterion, place: Located, _: Context) -> Found:
    points = place.points()
    if not len(points):
        return own.absent(place, "the place has neither a position nor a region")
    if not place.region and not regions_near(*points[0].tolist()):
        return own.absent(place, "plants are known in the regions of the evidence, and the place lies in none")
    lat, lon, size = _firm_plants()
    near = np.zeros((len(points), len(lat)), dtype=bool)
    maybe = _perhaps_within(points, lat, lon, REACH_KM)
    near[:, maybe] = distance_km(points[:, :1], points[:, 1:], lat[maybe], lon[maybe]) <= REACH_KM
    capacity = (near * size).sum(axis=1) / 1000
    low, high = np.quantile(capacity, TENTHS).tolist()
    where = "" if len(points) == 1 else "; the middle eight tenths of its area"
    value = own.value(place, low, high, years="2015 to 2018", note=f"within {REACH_KM:g} km{where}")
    return Found(value, Cells(capacity))


def _perhaps_within(points: Floats, lat: Floats, lon: Floats, reach_km: float) -> NDArray[np.int64]:
    """Return what may lie within reach of one of some points; all else lies farther away."""
    half = reach_km / (2 * EARTH_KM) * (1 + _ROUNDING)
    up = float(np.degrees(2 * half))
    south, west = points.min(axis=0)
    north, east = points.max(axis=0)
    # Two positions that are some degrees apart along a parallel are the nearer the farther they lie from the equator.
    farthest = min(max(abs(south), abs(north)) + up, 90.0)
    wide = np.sin(half) / max(np.cos(np.radians(farthest)), 1e-12)
    side = 360.0 if wide >= 1 else float(np.degrees(2 * np.arcsin(wide)))
    return np.flatnonzero((lat >= south - up) & (lat <= north + up) & (lon >= west - side) & (lon <= east + side))


@lru_cache(maxsize=1)
def _firm_plants() -> tuple[Floats, Floats, Floats]:
    """Return latitude, longitude and MW of the plants that count."""
    layer = load_layer("plants")
    firm = np.array([fuel not in _UNCOUNTED for fuel in layer.texts["fuel"]])
    known = firm & np.isfinite(layer.numbers["latitude_deg"]) & np.isfinite(layer.numbers["capacity_mw"])
    lat, lon, size = (layer.numbers[key][known] for key in ("latitude_deg", "longitude_deg", "capacity_mw"))
    return lat, lon, size


CRITERIA = (
    KnownCriterion(
        Criterion("grid_kg_per_kwh", "down", "kg/kWh"),
        label="Carbon of the grid",
        short="grid carbon",
        meaning="Average CO2 of a kWh from the grid; the two years that are known.",
        bounds=(0.0, 2.0),
        source="Ministry of Ecology and Environment",
        find=_grid_carbon,
        leaning="for hydropower, nuclear power, wind and sun",
        caveat="Emission factors of the grid are second-hand and were not checked against the official page.",
        themes=("hydropower",),
        caveat_brief="official emission factors of the grid",
    ),
    KnownCriterion(
        Criterion("hydro_in_a_dry_year", "up", "1"),
        label="Hydro in a dry year",
        short="dry hydro",
        meaning="Hydro power's share of all generation times what the driest year left of its trend.",
        bounds=(0.0, 1.0),
        source=YEARBOOK,
        find=_dry_hydro,
        leaning="for hydropower",
        themes=("hydropower",),
        measure="share",
    ),
    KnownCriterion(
        Criterion("plants_gw", "up", "GW"),
        label="Plants within reach",
        short="plants",
        meaning="Capacity of power plants within 150 km, without wind and sun, which the source has badly incomplete.",
        bounds=(0.0, 1000.0),
        source="WRI Global Power Plant Database",
        find=_plants,
        leaning="for regions with large plants, coal-fired ones too, and against wind and sun, which are not counted",
    ),
)
"""Records."""
