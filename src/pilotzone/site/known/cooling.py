"""PUE and water of a campus: modelled from the climate, and water where its power is made."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from pilotzone.gather import load_layer
from pilotzone.site.criteria import Criterion
from pilotzone.site.known.power import mix_of
from pilotzone.site.known.record import NO_REGION, Context, Found, KnownCriterion, Located
from pilotzone.site.power import LITRES_A_GALLON, water_of_power
from pilotzone.site.surface import even_points
from pilotzone.site.unknowns import Pue, Quantity, Span, Units, Unknown, Water, of_assumption

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from pilotzone.core import Assumptions

    Floats = NDArray[np.float64]

__all__ = ["CRITERIA", "grid_water"]

_DESIGN = 256


def _pue(own: KnownCriterion, place: Located, context: Context) -> Found:
    cooling = context.surface
    if cooling is None:
        return own.absent(place, "no hourly weather was given, and its capital's temperatures are not in the evidence")
    value = own.value(
        place,
        float(cooling.pue.min()),
        float(cooling.pue.max()),
        kind="modelled",
        note="; ".join((f"{cooling.system} economiser", f"over {_ranged(place)} that are assumed", *_odd(place))),
    )
    return Found(value, Pue(cooling))


def _ranged(place: Located) -> str:
    """Return what PUE is a range over, in words."""
    if place.weather is None:
        return "humidities, hours and parameters"
    return "parameters" if place.weather.rel_humidity is not None else "humidities and parameters"


def _odd(place: Located) -> list[str]:
    """Return what a reader has to know of the weather that its user gave."""
    notes = () if place.weather is None else place.weather.notes
    return [f"{note[0].lower()}{note[1:].rstrip('.')}" for note in notes]


def _water(own: KnownCriterion, place: Located, context: Context, *, reservoirs: bool) -> Found:
    grid = _grid_water(place, context, reservoirs=reservoirs)
    if grid is None:
        return own.absent(place, NO_REGION)
    cooling = context.surface
    if cooling is None:
        return own.absent(place, "there is no climate to model cooling with")
    quantity = Water(cooling, grid)
    drawn = _drawn(quantity)
    low, high = (sum(share * end(span.first, span.last) for share, span in grid) for end in (min, max))
    value = own.value(
        place,
        float(drawn.min()),
        float(drawn.max()),
        kind="modelled",
        note=f"site {cooling.wue.min():.2f} to {cooling.wue.max():.2f}; power {low:.2f} to {high:.2f} a kWh",
    )
    return Found(value, quantity)


def _grid_water(place: Located, context: Context, *, reservoirs: bool) -> tuple[tuple[float, Span], ...] | None:
    """Return the share of each source of power, and the range of litres a kWh that it consumes."""
    mix = mix_of(place, context.year)
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
        assumed = context.assumptions.of(f"water_{name}_l_per_kwh", place.region or place.name)
        spans[name] = Span(assumed.low, assumed.high, of_assumption(assumed))
    # Refuses a source with a share of which nothing is known.
    water_of_power(mix[1], {name: (span.first, span.last) for name, span in spans.items()})
    return tuple((share, spans[name]) for name, share in mix[1].items() if share > 0)


def grid_water(
    place: Located, assumptions: Assumptions, *, reservoirs: bool = True, year: int | None = None
) -> tuple[float, float] | None:
    """Return water that a kWh of a region's power consumes where it is made, litres: a range over what is not known.

    Parameters
    ----------
    place
        With its region.
    assumptions
        Assumptions on what nuclear, solar and other power consume.
    reservoirs
        Whether evaporation of reservoirs counts.
    year
        Year of the mix of power; the latest that is known if left out.

    Returns
    -------
    tuple of float or None
        Least and greatest; ``None`` outside the regions of the evidence.
    """
    mix = _grid_water(place, Context(assumptions, year, None), reservoirs=reservoirs)
    if mix is None:
        return None
    low, high = (sum(share * end(span.first, span.last) for share, span in mix) for end in (min, max))
    return float(low), float(high)


def _drawn(quantity: Quantity) -> Floats:
    """Return values over a design of what is not known, the same every time."""
    names = sorted({unknown.name for unknown in quantity.unknowns})
    design = even_points(len(names), _DESIGN)
    return quantity.values(Units({name: design[:, k] for k, name in enumerate(names)}))


_WATER_SOURCE = "Macknick and others 2012 (plants of the USA); China Power Statistical Yearbook; modelled on the site"

CRITERIA = (
    KnownCriterion(
        Criterion("pue", "down", "1"),
        label="PUE",
        short="PUE",
        meaning="Power of the whole campus beside that of its IT, mean of the year: modelled from temperatures, over "
        "the humidities and parameters that are assumed.",
        bounds=(1.0, 10.0),
        source="modelled after Lei and Masanet 2020 and 2022",
        find=_pue,
        needs_climate=True,
        leaning="for cool and dry air",
        themes=("climate",),
        measure="ratio",
    ),
    KnownCriterion(
        Criterion("water_l_per_kwh", "down", "L/kWh"),
        label="Water",
        short="water",
        meaning="Litres a kWh of IT: on the site, and where its power is made, evaporation of reservoirs among it.",
        bounds=(0.0, 1000.0),
        source=_WATER_SOURCE,
        find=partial(_water, reservoirs=True),
        needs_climate=True,
        leaning="against hydropower, whose reservoirs evaporate",
        themes=("hydropower",),
    ),
    KnownCriterion(
        Criterion("water_without_reservoirs_l_per_kwh", "down", "L/kWh"),
        label="Water without reservoirs",
        short="no reservoirs",
        meaning="The same without the evaporation of reservoirs, which not everybody puts down to power.",
        bounds=(0.0, 1000.0),
        source=_WATER_SOURCE,
        find=partial(_water, reservoirs=False),
        needs_climate=True,
        leaning="against coal with towers",
        instead_of="water_l_per_kwh",
    ),
)
"""Records."""
