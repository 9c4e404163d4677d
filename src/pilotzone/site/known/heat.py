"""Heat at a place: the highest dry bulb at the stations of its region."""

from __future__ import annotations

import numpy as np

from pilotzone.gather import load_layer
from pilotzone.site.criteria import Criterion
from pilotzone.site.known.record import NO_REGION, Context, Found, KnownCriterion, Located
from pilotzone.site.unknowns import Steps, Unknown

__all__ = ["CRITERIA", "STATIONS"]

STATIONS = "EnergyPlus weather statistics"


def _heat(own: KnownCriterion, place: Located, _: Context) -> Found:
    layer = load_layer("station_maxima")
    rows = layer.rows_where(region=place.region) if place.region else np.empty(0, np.int64)
    if not len(rows):
        return own.absent(place, "no station lies in it" if place.region else NO_REGION)
    values = np.sort(layer.numbers["maximum_c"][rows].reshape(-1, 12).max(axis=1))
    value = own.value(
        place,
        float(values.min()),
        float(values.max()),
        note=f"{len(values)} station{'s' * (len(values) > 1)}, from the coolest to the hottest; stations have no "
        "position in the evidence, so which is nearest is drawn",
    )
    # Which station a spot is near is not known. It is drawn for the place, not for each spot: nobody can choose it.
    return Found(value, Steps(values, Unknown("station", own.name, 0.0)))


CRITERIA = (
    KnownCriterion(
        Criterion("heat_c", "down", "degC"),
        label="Heat",
        short="heat",
        meaning="Highest dry bulb of any month at the region's stations: from the coolest station to the hottest.",
        bounds=(-60.0, 60.0),
        source=STATIONS,
        find=_heat,
        leaning="for cool summers",
        themes=("climate",),
    ),
)
"""Records."""
