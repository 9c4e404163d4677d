"""Earthquakes at a place: the probability of one within reach, from a catalogue of fifty years."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.gather import load_layer
from pilotzone.site.criteria import Criterion
from pilotzone.site.hazard import GutenbergRichter, Quakes, fit_gutenberg_richter, quake_rates_by_reach, within_years
from pilotzone.site.known.power import TENTHS
from pilotzone.site.known.record import Context, Found, KnownCriterion, Located
from pilotzone.site.unknowns import Shaking

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["CRITERIA"]

YEARS_AHEAD = 30
MAGNITUDE = 6.0
_CATALOGUE_YEARS, _COMPLETE = 52.0, 5.5
_EDGES = 2.0
"""Greatest reaches around a spot that the catalogue has to cover: those hold 86 % of the bell by which it counts."""
_NODES = 33
_KM_A_DEGREE = 111.2


@lru_cache(maxsize=1)
def _quakes() -> tuple[Quakes, GutenbergRichter]:
    numbers = load_layer("earthquakes").numbers
    quakes = Quakes(
        numbers["latitude_deg"], numbers["longitude_deg"], numbers["magnitude"], _CATALOGUE_YEARS, _COMPLETE
    )
    return quakes, fit_gutenberg_richter(quakes)


def _earthquake(own: KnownCriterion, place: Located, context: Context) -> Found:
    points = place.points()
    if not len(points):
        return own.absent(place, "the place has neither a position nor a region")
    reach = context.assumptions.of("earthquake_reach_km", place.region or place.name)
    layer = load_layer("earthquakes")
    covered = _within(points, layer.box, _EDGES * reach.high)
    if not covered.any():
        return own.absent(
            place,
            f"the catalogue does not reach {_EDGES:g} times the greatest reach around it: {_box_words(layer.box)}",
        )
    quakes, law = _quakes()
    rates = np.full((len(points), _NODES if reach.low < reach.high else 1), np.nan)
    rates[covered] = quake_rates_by_reach(
        quakes, law, points[covered], magnitude=MAGNITUDE, nearest_km=reach.low, farthest_km=reach.high,
        nodes=rates.shape[1],
    )  # fmt: skip
    ends = [
        np.quantile(within_years(rates[covered, end], YEARS_AHEAD), TENTHS).tolist() for end in (0, rates.shape[1] - 1)
    ]
    where = "" if len(points) == 1 else "; the middle eight tenths of its area"
    if not covered.all():
        where += f"; {int((~covered).sum())} of {len(points)} spots lie at the catalogue's edge and are left out"
    value = own.value(
        place,
        min(end[0] for end in ends),
        max(end[1] for end in ends),
        kind="modelled",
        note=f"b = {law.b:.2f} (SE {law.b_error:.2f}); reach {reach.low:g} to {reach.high:g} km is assumed{where}",
    )
    logs = np.log(np.maximum(rates, 1e-300))
    return Found(value, Shaking(logs, reach.low, reach.high, YEARS_AHEAD, reach))


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


CRITERIA = (
    KnownCriterion(
        Criterion("earthquake_30_years", "down", "1"),
        label="Earthquake",
        short="earthquake",
        meaning="Probability of one event of magnitude 6 or more within reach in thirty years, as often as 1965 to "
        "2016.",
        bounds=(0.0, 1.0),
        source="USGS/NEIC 1965 to 2016, complete from magnitude 5.5",
        find=_earthquake,
        leaning="for few earthquakes in fifty years, which is not the same as safe ground",
        caveat="Ground motion: exposure counts earthquakes of 1965 to 2016 within an assumed reach, no soils or "
        "faults.",
        caveat_brief="ground motion",
        measure="chance",
    ),
)
"""Records."""
