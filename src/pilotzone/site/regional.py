"""Criteria from the bundled evidence: each a function from a place to a figure, with its source and what is wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import Assumptions, MethodError, Panel, distance_km
from pilotzone.gather import evidence_panel, load_layer, load_shapes, regions_at
from pilotzone.site.catalogue import KNOWN_CRITERIA
from pilotzone.site.figures import Figure, FigureKind, missing
from pilotzone.site.hazard import (
    GutenbergRichter,
    Quakes,
    fit_gutenberg_richter,
    quake_rates_by_reach,
    within_years,
)
from pilotzone.site.places import OUTLINE_KM, Candidate
from pilotzone.site.power import LITRES_A_GALLON, DryYear, dry_year, shares_of, water_of_power
from pilotzone.site.surface import CoolingSurface, even_points
from pilotzone.site.unknowns import Cells, Pue, Quantity, Shaking, Span, Steps, Units, Unknown, Water, of_assumption

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["KNOWN", "Finder", "Found", "Region"]

YEARS_AHEAD = 30
MAGNITUDE = 6.0
REACH_KM = 150.0
"""Within which plants count."""
_CATALOGUE_YEARS, _COMPLETE = 52.0, 5.5
_TENTHS = (0.1, 0.9)
"""Of the points of a region: where in it a zone would be is not said."""
_SOURCES = ("thermal", "hydro", "nuclear", "wind", "solar", "other")
_UNCOUNTED = {"Wind", "Solar"}
_NO_REGION = "the place is in no region of the evidence"
_EDGES = 2.0
"""Greatest reaches around a spot that the catalogue has to cover: those hold 86 % of the bell by which it counts."""
_NODES = 33
_DESIGN = 256
_KM_A_DEGREE = 111.2


@dataclass(frozen=True)
class Finder:
    """How a criterion is found.

    Attributes
    ----------
    find
        From a region, and its PUE and water if there is a climate, to what is known.
    climate
        Whether it needs that year.
    """

    find: Callable[[Region, CoolingSurface | None], Found]
    climate: bool = False


@dataclass(frozen=True, eq=False)
class Found:
    """What is known of a place on a criterion.

    Attributes
    ----------
    figure
        Its range, with its source.
    quantity
        Its value as a function of what is not known; ``None`` where the figure is all there is.
    """

    figure: Figure
    quantity: Quantity | None = None


@dataclass(frozen=True, eq=False)
class Region:
    """A place with what is assumed, and the year that figures are of."""

    place: Candidate
    assumptions: Assumptions
    year: int | None

    @property
    def key(self) -> str:
        """Its name in the assumptions."""
        return self.place.region or self.place.name

    def figure(
        self, criterion: str, low: float, high: float, source: str, *, kind: FigureKind = "data", note: str = "",
        unit: str = "1",
    ) -> Figure:  # fmt: skip
        """Return a figure of this place; a criterion of the evidence has its own unit."""
        known = KNOWN_CRITERIA.get(criterion)
        return Figure(
            self.place.name, criterion, low, high, unit if known is None else known.criterion.unit, kind, source, note
        )

    def absent(self, criterion: str, why: str) -> Found:
        """Return that nothing is known."""
        return Found(missing(self.place.name, criterion, KNOWN_CRITERIA[criterion].criterion.unit, why))

    def mix(self) -> tuple[int, dict[str, float]] | None:
        """Return the year and the shares of the sources of power, or ``None``."""
        if not self.place.region:
            return None
        panel = _generation()
        row = panel.unit_index(self.place.region)
        latest = panel.periods[-1]
        year = latest if self.year is None or self.year not in panel.periods else self.year
        column = panel.periods.index(year)
        values = {name: float(panel.matrix(f"generation_{name}_mwh")[row, column]) for name in _SOURCES}
        return year, shares_of(values)

    def dry_year(self) -> DryYear | None:
        """Return the driest year of its hydro power, or ``None`` where it has none."""
        if not self.place.region:
            return None
        panel = _generation()
        row = panel.unit_index(self.place.region)
        total = sum(panel.matrix(f"generation_{name}_mwh")[row] for name in _SOURCES)
        try:
            return dry_year(panel.periods, panel.matrix("generation_hydro_mwh")[row], total)
        except MethodError:
            return None

    def context(self) -> tuple[Figure, ...]:
        """Return further figures that explain those of the criteria."""
        found = []
        if (mix := self.mix()) is not None:
            year, shares = mix
            source = f"China Power Statistical Yearbook, {year}"
            found += [self.figure(f"{name} power", share, share, source) for name, share in shares.items()]
        if (dry := self.dry_year()) is not None:
            source = f"China Power Statistical Yearbook, {dry.first} to {dry.last} without 2006"
            note = f"the driest year was {dry.period}"
            found.append(self.figure("hydro beside its trend", dry.ratio, dry.ratio, source, note=note))
            found.append(self.figure("hydro share over the years", dry.share_low, dry.share_high, source))
        if self.place.region:
            found.append(_design_heat(self))
        return tuple(found)


@lru_cache(maxsize=1)
def _generation() -> Panel:
    return evidence_panel([f"generation_{name}_mwh" for name in _SOURCES])


@lru_cache(maxsize=1)
def _quakes() -> tuple[Quakes, GutenbergRichter]:
    numbers = load_layer("earthquakes").numbers
    quakes = Quakes(
        numbers["latitude_deg"], numbers["longitude_deg"], numbers["magnitude"], _CATALOGUE_YEARS, _COMPLETE
    )
    return quakes, fit_gutenberg_richter(quakes)


def _pue(region: Region, cooling: CoolingSurface | None) -> Found:
    if cooling is None:
        return region.absent(
            "pue", "no hourly weather was given, and its capital's temperatures are not in the evidence"
        )
    figure = region.figure(
        "pue",
        float(cooling.pue.min()),
        float(cooling.pue.max()),
        "modelled after Lei and Masanet 2020 and 2022",
        kind="modelled",
        note="; ".join((f"{cooling.system} economiser", f"over {_ranged(region)} that are assumed", *_odd(region))),
    )
    return Found(figure, Pue(cooling))


def _ranged(region: Region) -> str:
    """Return what PUE is a range over, in words."""
    weather = region.place.weather
    if weather is None:
        return "humidities, hours and parameters"
    return "parameters" if weather.rel_humidity is not None else "humidities and parameters"


def _odd(region: Region) -> list[str]:
    """Return what a reader has to know of the weather that its user gave."""
    notes = () if region.place.weather is None else region.place.weather.notes
    return [f"{note[0].lower()}{note[1:].rstrip('.')}" for note in notes]


def _grid_water(region: Region, *, reservoirs: bool) -> tuple[tuple[float, Span], ...] | None:
    """Return the share of each source of power, and the range of litres a kWh that it consumes."""
    mix = region.mix()
    if mix is None:
        return None
    layer = load_layer("power_sources")
    litres = {
        fuel: gallons * LITRES_A_GALLON / 1000
        for fuel, gallons in zip(layer.texts["fuel"], layer.numbers["water_gal_per_mwh"].tolist(), strict=True)
    }
    # What burns is coal, gas and waste, in shares that the source does not tell, and that differ by place.
    burnt = Unknown("water_thermal_l_per_kwh", "what thermal plants burn", 0.0)
    dams = litres["hydro"] if reservoirs else 0.0
    spans = {
        "thermal": Span(litres["gas_combined_cycle"], litres["coal"], burnt),
        "hydro": Span(dams, dams, burnt),
        "wind": Span(litres["wind"], litres["wind"], burnt),
    }
    for name in ("nuclear", "solar", "other"):
        assumed = region.assumptions.of(f"water_{name}_l_per_kwh", region.key)
        spans[name] = Span(assumed.low, assumed.high, of_assumption(assumed))
    # Refuses a source with a share of which nothing is known.
    water_of_power(mix[1], {name: (span.first, span.last) for name, span in spans.items()})
    return tuple((share, spans[name]) for name, share in mix[1].items() if share > 0)


def _water(reservoirs: bool) -> Callable[[Region, CoolingSurface | None], Found]:  # noqa: FBT001 - which of two criteria
    name = "water_l_per_kwh" if reservoirs else "water_without_reservoirs_l_per_kwh"

    def find(region: Region, cooling: CoolingSurface | None) -> Found:
        grid = _grid_water(region, reservoirs=reservoirs)
        if grid is None:
            return region.absent(name, _NO_REGION)
        if cooling is None:
            return region.absent(name, "there is no climate to model cooling with")
        quantity = Water(cooling, grid)
        drawn = _drawn(quantity)
        low, high = (sum(share * end(span) for share, span in grid) for end in (_least, _greatest))
        figure = region.figure(
            name,
            float(drawn.min()),
            float(drawn.max()),
            "Macknick and others 2012 (plants of the USA); China Power Statistical Yearbook; modelled on the site",
            kind="modelled",
            note=f"site {cooling.wue.min():.2f} to {cooling.wue.max():.2f}; power {low:.2f} to {high:.2f} a kWh",
        )
        return Found(figure, quantity)

    return find


def _least(span: Span) -> float:
    return min(span.first, span.last)


def _greatest(span: Span) -> float:
    return max(span.first, span.last)


def _drawn(quantity: Quantity) -> Floats:
    """Return values over a design of what is not known, the same every time."""
    names = sorted({unknown.name for unknown in quantity.unknowns})
    design = even_points(len(names), _DESIGN)
    return quantity.values(Units({name: design[:, k] for k, name in enumerate(names)}))


def _earthquake(region: Region, _: CoolingSurface | None) -> Found:
    name = "earthquake_30_years"
    points = region.place.points()
    if not len(points):
        return region.absent(name, "the place has neither a position nor a region")
    reach = region.assumptions.of("earthquake_reach_km", region.key)
    layer = load_layer("earthquakes")
    covered = _within(points, layer.box, _EDGES * reach.high)
    if not covered.any():
        return region.absent(
            name, f"the catalogue does not reach {_EDGES:g} times the greatest reach around it: {_box_words(layer.box)}"
        )
    quakes, law = _quakes()
    rates = np.full((len(points), _NODES if reach.low < reach.high else 1), np.nan)
    rates[covered] = quake_rates_by_reach(
        quakes, law, points[covered], magnitude=MAGNITUDE, nearest_km=reach.low, farthest_km=reach.high,
        nodes=rates.shape[1],
    )  # fmt: skip
    ends = [
        np.quantile(within_years(rates[covered, end], YEARS_AHEAD), _TENTHS).tolist() for end in (0, rates.shape[1] - 1)
    ]
    where = "" if len(points) == 1 else "; the middle eight tenths of its area"
    if not covered.all():
        where += f"; {int((~covered).sum())} of {len(points)} spots lie at the catalogue's edge and are left out"
    figure = region.figure(
        name,
        min(end[0] for end in ends),
        max(end[1] for end in ends),
        "USGS/NEIC 1965 to 2016, complete from magnitude 5.5",
        kind="modelled",
        note=f"b = {law.b:.2f} (SE {law.b_error:.2f}); reach {reach.low:g} to {reach.high:g} km is assumed{where}",
    )
    logs = np.log(np.maximum(rates, 1e-300))
    return Found(figure, Shaking(logs, reach.low, reach.high, YEARS_AHEAD, reach))


def _within(points: Floats, box: tuple[float, float, float, float] | None, margin_km: float) -> NDArray[np.bool_]:
    """Return which points lie in a box, and farther from its edge than a margin."""
    if box is None:
        return np.ones(len(points), dtype=bool)
    west, east, south, north = box
    lat, lon = points.T
    up = margin_km / _KM_A_DEGREE
    side = up / np.cos(np.radians(np.clip(np.abs(lat), 0, 89)))
    return np.asarray((lat >= south + up) & (lat <= north - up) & (lon >= west + side) & (lon <= east - side))


def _box_words(box: tuple[float, float, float, float] | None) -> str:
    if box is None:  # pragma: no cover - the catalogue has one
        return "it covers the regions of the evidence"
    west, east, south, north = box
    return f"it covers {south:g} to {north:g} degrees north, {west:g} to {east:g} degrees east"


def _heat(region: Region, _: CoolingSurface | None) -> Found:
    layer = load_layer("station_maxima")
    rows = layer.rows_where(region=region.place.region) if region.place.region else np.empty(0, np.int64)
    if not len(rows):
        return region.absent("heat_c", "no station lies in it" if region.place.region else _NO_REGION)
    values = np.sort(layer.numbers["maximum_c"][rows].reshape(-1, 12).max(axis=1))
    figure = region.figure(
        "heat_c",
        float(values.min()),
        float(values.max()),
        "EnergyPlus weather statistics",
        note=f"{len(values)} station{'s' * (len(values) > 1)}, from the coolest to the hottest; stations have no "
        "position in the evidence, so which is nearest is drawn",
    )
    # Which station a spot is near is not known. It is drawn for the place, not for each spot: nobody can choose it.
    return Found(figure, Steps(values, Unknown("station", "heat_c", 0.0)))


def _design_heat(region: Region) -> Figure:
    layer = load_layer("stations")
    values = layer.numbers["cooling_design_c"][layer.rows_where(region=region.place.region)]
    return region.figure(
        "cooling design dry bulb",
        float(values.min()),
        float(values.max()),
        "EnergyPlus weather statistics",
        unit="degC",
    )


def _grid_carbon(region: Region, _: CoolingSurface | None) -> Found:
    name = "grid_kg_per_kwh"
    layer = load_layer("grid_factors")
    rows = layer.rows_where(region=region.place.region) if region.place.region else np.empty(0, np.int64)
    if not len(rows):
        return region.absent(name, "no emission factor is known for it" if region.place.region else _NO_REGION)
    values = layer.numbers["kg_co2_per_kwh"][rows[np.argsort(layer.numbers["period"][rows])]]
    figure = region.figure(
        name,
        float(values.min()),
        float(values.max()),
        "Ministry of Ecology and Environment, 2021 and 2022",
        note="second-hand, not checked against the official page",
    )
    year = Unknown("year of the grid's factor", "grid_kg_per_kwh", 1.0)
    return Found(figure, Span(float(values[0]), float(values[-1]), year))


def _dry_hydro(region: Region, _: CoolingSurface | None) -> Found:
    name = "hydro_in_a_dry_year"
    mix, dry = region.mix(), region.dry_year()
    if mix is None:
        return region.absent(name, _NO_REGION)
    year, shares = mix
    source = f"China Power Statistical Yearbook, {year}"
    if dry is None:
        note = "too little hydro power for a trend"
        return Found(region.figure(name, shares["hydro"], shares["hydro"], source, note=note))
    value = shares["hydro"] * dry.ratio
    note = f"{shares['hydro']:.0%} of generation in {year}; {dry.period} left {dry.ratio:.0%} of the trend"
    return Found(region.figure(name, value, value, source, note=note))


def _plants(region: Region, _: CoolingSurface | None) -> Found:
    name = "plants_gw"
    points = region.place.points()
    if not len(points):
        return region.absent(name, "the place has neither a position nor a region")
    if not region.place.region and not _in_the_evidence(*points[0].tolist()):
        return region.absent(name, "plants are known in the regions of the evidence, and the place lies in none")
    layer = load_layer("plants")
    firm = np.array([fuel not in _UNCOUNTED for fuel in layer.texts["fuel"]])
    known = firm & np.isfinite(layer.numbers["latitude_deg"]) & np.isfinite(layer.numbers["capacity_mw"])
    lat, lon, size = (layer.numbers[key][known] for key in ("latitude_deg", "longitude_deg", "capacity_mw"))
    near = distance_km(points[:, :1], points[:, 1:], lat, lon) <= REACH_KM
    capacity = (near * size).sum(axis=1) / 1000
    low, high = np.quantile(capacity, _TENTHS).tolist()
    where = "" if len(points) == 1 else "; the middle eight tenths of its area"
    figure = region.figure(
        name, low, high, "WRI Global Power Plant Database, 2015 to 2018", note=f"within {REACH_KM:g} km{where}"
    )
    return Found(figure, Cells(capacity))


@lru_cache(maxsize=4096)
def _in_the_evidence(latitude: float, longitude: float) -> bool:
    return bool(regions_at(load_shapes(), latitude, longitude, within_km=OUTLINE_KM))


def _gdp_gap(region: Region, _: CoolingSurface | None) -> Found:
    if not region.place.region:
        return region.absent("gdp_gap", _NO_REGION)
    panel = evidence_panel(["gdp_nominal_cny", "population"])
    gdp, people = panel.matrix("gdp_nominal_cny"), panel.matrix("population")
    year = panel.periods[-1] if region.year is None or region.year not in panel.periods else region.year
    column = panel.periods.index(year)
    row = panel.unit_index(region.place.region)
    mean = gdp[:, column].sum() / people[:, column].sum()
    value = float(gdp[row, column] / people[row, column] / mean - 1)
    note = f"{year}, current prices; the mean is that of all regions together"
    return Found(region.figure("gdp_gap", value, value, "National Bureau of Statistics of China", note=note))


KNOWN: dict[str, Finder] = {
    "pue": Finder(_pue, climate=True),
    "water_l_per_kwh": Finder(_water(True), climate=True),  # noqa: FBT003
    "water_without_reservoirs_l_per_kwh": Finder(_water(False), climate=True),  # noqa: FBT003
    "earthquake_30_years": Finder(_earthquake),
    "heat_c": Finder(_heat),
    "grid_kg_per_kwh": Finder(_grid_carbon),
    "hydro_in_a_dry_year": Finder(_dry_hydro),
    "plants_gw": Finder(_plants),
    "gdp_gap": Finder(_gdp_gap),
}
"""How each criterion of the evidence is found."""
